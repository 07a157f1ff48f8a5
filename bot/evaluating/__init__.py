"""`python -m bot eval`: how well messages are understood, by labelled examples. The measures are those of docs/understanding.md.

`utterances` reads the examples from files, `measures` counts what became of them, `misses` says why some went wrong;
`tables`, `objects` and `pictures` show it all to people, to programs and at a glance.
"""
