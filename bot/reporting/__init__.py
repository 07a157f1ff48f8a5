"""What the anonymous counts tell an operator: of a period as text or as one HTML page, and of this week in the chat.

`summary` reads the counts and works out what they say, `estimates` how sure that is, `names` puts ids in words, `tables` writes text,
`elements` and `plots` make HTML and SVG, `page` the page, `status` what /status answers.
"""
