"""Evenings with the bot: scripted people, the real bot process, and pages of docs/conversations/ that show what they saw.

    python -m tests.evenings            # plays all, and writes the pages; `make conversations` does this

Where to read:

  script.py       a script (scripts/*.yaml): what a person says and presses, and when
  told_clock.py   the bot with a clock that the scripts set, so that a page never depends on the day
  screens.py      what stands on a person's screen, and what has changed on it
  playing.py      plays a script over the fake Telegram or the web page, and notes what was seen
  page.py         what was seen -> Markdown
"""
