"""The conversation on a web page: `python -m bot web`.

app: what is answered to whom. updates: what a page sends. receiving: its way to the commit. messages: what a page is sent.
pages: who waits for something new. tokens: whose page it is. limits: how much of it. gallery: its pictures.
site: the page itself, from static/.
"""
