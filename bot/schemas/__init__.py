"""The shape of the YAML files, as strict pydantic models: what `reading` checks, and what editors get as JSON Schema.

A module for each folder: `intents`, and `texts` for responses/; both are made of `shapes`.
"""
