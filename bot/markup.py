"""The markup of messages, and what each output makes of it.

`**bold**`, `` `Settings path` ``, a block between lines of three backticks to be copied, and a fold: a passage that is shown
in part, and opens with a tap. Authors write the first three; folds are made in `phone`, where a message would be too long.
"""

from __future__ import annotations

import html as html_escapes
import re
from collections.abc import Callable, Iterator
from typing import Final

BLOCK: Final = "```"

PATH: Final = re.compile(r"`(?P<path>[^`]+)`")
MARK: Final = re.compile(rf"```\n(?P<block>.*?)\n```|{PATH.pattern}|\*\*(?P<bold>.+?)\*\*", re.DOTALL)
_FOLD: Final = re.compile(r"\*\(\n(.*?)\n\)\*", re.DOTALL)


def folded(text: str) -> str:
    """A passage, as a fold."""
    return f"*(\n{text}\n)*"


def sections(text: str) -> Iterator[tuple[str, bool]]:
    """A text cut into its passages: each with whether it is a fold."""
    for place, passage in enumerate(_FOLD.split(text)):
        if passage:
            yield passage, place % 2 == 1


def html(text: str) -> str:
    """Marked-up text as Telegram HTML. Everything is escaped first, so no text can open a tag."""
    escaped = html_escapes.escape(text, quote=False)
    return marked(
        escaped, "<b>{}</b>".format, "<code>{}</code>".format, "<pre>{}</pre>".format, "<blockquote expandable>{}</blockquote>".format
    )


def plain(text: str) -> str:
    """Marked-up text without its marks."""
    return marked(text, str, str, str, str)


def marked(
    text: str, bold: Callable[[str], str], path: Callable[[str], str], block: Callable[[str], str], fold: Callable[[str], str]
) -> str:
    """Marked-up text with functions of an output for bold words, paths, blocks to copy, and folds.

    A path may be bold, and a fold may hold everything but a fold; nothing else nests.
    """
    if "*" not in text and "`" not in text:  # most texts: looking for what is not there takes longer
        return text

    def mark(found: re.Match[str]) -> str:
        if found["block"] is not None:
            return block(found["block"])
        return path(found["path"]) if found["path"] is not None else bold(PATH.sub(mark_path, found["bold"]))

    def mark_path(found: re.Match[str]) -> str:
        return path(found["path"])

    passages = ((MARK.sub(mark, passage), is_fold) for passage, is_fold in sections(text))
    return "".join(fold(passage) if is_fold else passage for passage, is_fold in passages)
