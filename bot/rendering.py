"""Reply + guide -> Message: its parts and buttons in words, folded where it would not fit on a phone, with its picture or leaflet.

A reply is rendered in one language as a whole: where a text is missing, all of it is English.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bot.illustrating import CannotShow, buttons_picture, has_picture, path_picture
from bot.keys import rows
from bot.model import ENGLISH, Button, Guide, Leaflet, Message, Picture, Reply
from bot.parts import passages
from bot.phone import fit
from bot.summaries import leaflet
from bot.templates import LEAFLET, SUMMARY
from bot.wording import MissingText, Words


def render(guide: Guide, reply: Reply, *, pictures: bool = False, leaflets: bool = False, peeks: bool = True) -> Message:
    """The reply in words.

    Its language is the reply's own, else English; English is complete (`check` sees to it).
    pictures: whether the output can show any; where it cannot, none is offered. leaflets: the same of the summary on one page.
    peeks: whether it shows the first lines of a fold that is closed; where it does not, less is folded.
    Raises MissingText when even English lacks a text.
    """
    reply = reply if pictures else without_pictures(reply)
    reply = reply if leaflets else without_leaflet(reply)
    if reply.language in guide.responses and reply.language != ENGLISH:
        with suppress(MissingText):
            return _message(_words(guide, reply.language, reply), reply, peeks=peeks)
    return _message(_words(guide, ENGLISH, reply), reply, peeks=peeks)


def without_pictures(reply: Reply) -> Reply:
    """The reply for an output that shows no pictures of fixes."""
    return replace(reply, picture="", buttons=_without(reply, "show")) if reply.picture or _has(reply, "show") else reply


def without_leaflet(reply: Reply) -> Reply:
    """The reply for an output that has no leaflets: the summary to be copied stands in its place."""
    if not is_drawn(reply) and not _has(reply, LEAFLET):
        return reply
    parts = tuple(replace(part, template=SUMMARY) if part.template == LEAFLET else part for part in reply.parts)
    return replace(reply, parts=parts, buttons=_without(reply, LEAFLET))


def is_drawn(reply: Reply) -> bool:
    """Whether there is something to be drawn for a reply."""
    return bool(reply.picture) or any(part.template == LEAFLET for part in reply.parts)


def _has(reply: Reply, action: str) -> bool:
    """Whether a reply has a button for this action."""
    return any(button.action == action for row in reply.buttons for button in row)


def _without(reply: Reply, action: str) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons without those for this action."""
    rows = (tuple(button for button in row if button.action != action) for row in reply.buttons)
    return tuple(row for row in rows if row)


def picture_of(guide: Guide, reply: Reply) -> Picture | None:
    """The picture of a reply in its own language, if it has one that is right for this phone. Raises MissingText, CannotShow."""
    return _picture(_words(guide, reply.language, reply), reply)


def plain_text(guide: Guide, language: str, key: str) -> str:
    """One text of replies.yaml by itself, in a language or else in English: for the bot's profile."""
    try:
        return Words(guide, guide.responses[language], {}).text("replies", key)
    except MissingText:
        return Words(guide, guide.responses[ENGLISH], {}).text("replies", key)


def _words(guide: Guide, language: str, reply: Reply) -> Words:
    return Words(guide, guide.responses[language], reply.facts)


def _message(words: Words, reply: Reply, *, peeks: bool) -> Message:
    keys = rows(words, reply)
    said = list(passages(words, reply))
    picture = None
    with suppress(CannotShow):  # the content has changed since; `check` sees to it that this one can be drawn
        picture = _picture(words, reply)
    text = fit(said, len(keys), peeks=peeks)
    return Message(text, keys, reply.session, reply.turn, reply.card, reply.copies, picture, _leaflet(words, reply))


def _leaflet(words: Words, reply: Reply) -> Leaflet | None:
    """The summary on one page, if the reply has one. In English as well: so can whoever stands behind the counter read it."""
    part = next((part for part in reply.parts if part.template == LEAFLET), None)
    if part is None:
        return None
    return leaflet((words,) if words.language == ENGLISH else (words, words.in_language(ENGLISH)), part)


def _picture(words: Words, reply: Reply) -> Picture | None:
    """The picture of a reply, if it has one that is right for this phone. Raises MissingText, CannotShow."""
    fix = words.guide.fixes.get(reply.picture)
    if fix is None or not has_picture(fix, reply.facts) or (sketch := fix.picture) is None:
        return None
    if sketch.buttons:
        return buttons_picture(reply.facts[sketch.buttons], words.language, lambda name: words.text("replies", name))
    english = words.in_language(ENGLISH).lines("fixes", fix.id, "steps")
    return path_picture(sketch, words.language, words.lines("fixes", fix.id, "steps"), english)
