"""Screens of iPhones, drawn from data (screens.yaml), and how well they are read: `python -m tests.screens`."""
