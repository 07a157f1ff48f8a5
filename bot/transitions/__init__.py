"""The transitions, which the table in `dialogue` names. Each takes the scene and returns a Turn, and changes nothing.

`choosing`, `fixing` and `undoing` move along a problem's road; `asides` do not. Those about reminders stand in `reminding`.
"""
