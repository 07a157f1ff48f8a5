"""Inline mode: `@bot needs restart` in any chat offers the fixes of what that means, to be sent there.

Best effort, outside of store and queue, as the answer to a pressed button is: whoever still wants it types on. Nothing of a query is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from bot.identifying import closest
from bot.linking import opener
from bot.markup import html, plain
from bot.model import Button, Decision, Guide, Heard, Intent, Kind, Part, Reply
from bot.rendering import render
from bot.triggers import FIX_LINK

KIND: Final = "inline_query"
MOST: Final = 10
"""Results of one answer: what somebody scrolls through; Telegram allows 50."""
EACH: Final = 3
"""Fixes of one problem."""
CACHED: Final = 60
"""Seconds for which Telegram may give the same person the same answer."""
NOWHERE: Final = "inline"
"""The payload of the button where nothing was understood: one that leads to the welcome."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """One result: its id, its title and what it belongs to, and the message that it sends."""

    id: str
    title: Part
    intent: str
    parts: tuple[Part, ...]


def query_of(raw: Any) -> Mapping[str, Any] | None:
    """The inline query that an update brings, if it brings one."""
    query = raw.get(KIND) if isinstance(raw, dict) else None
    return query if isinstance(query, dict) else None


def superseded(updates: Sequence[Any]) -> set[int]:
    """The places of inline queries after which the same person typed on: nobody waits for their answers any more."""
    newest: dict[str, int] = {}
    old = set()
    for place, raw in enumerate(updates):
        query = query_of(raw)
        if query is not None and isinstance(sender := query.get("from"), dict):
            asker = str(sender.get("id"))
            if asker in newest:
                old.add(newest[asker])
            newest[asker] = place
    return old


def answer_of(guide: Guide, read: Callable[..., Heard], query: Mapping[str, Any], username: str) -> dict[str, Any]:
    """The parameters of answerInlineQuery. Raises KeyError, TypeError, ValueError for a query of another form than Telegram's."""
    text, code = str(query.get("query", "")).strip(), str(query["from"].get("language_code") or "")
    heard = read(text, hint=code or None) if text else Heard()
    spoken = heard.language if heard.language and heard.language_from else code
    language = (closest(spoken, guide.responses) if spoken else None) or ""
    offers = list(islice(_offers(guide, _meant(guide, heard) if text else _menu(guide)), MOST))
    results = [_result(guide, offer, heard, language, username) for offer in offers]
    label = render(guide, Reply((), ((Button("go-on-here"),),), language=language)).keys[0][0].label
    button = {"text": label, "start_parameter": offers[0].intent if offers else NOWHERE}
    return {"inline_query_id": str(query["id"]), "results": results, "button": button, "is_personal": True, "cache_time": CACHED}


def _menu(guide: Guide) -> list[Intent]:
    listed = ((intent.menu, intent.id) for intent in guide.intents.values() if intent.menu is not None)
    return [guide.intents[id_] for _, id_ in sorted(listed)]


def _meant(guide: Guide, heard: Heard) -> list[Intent]:
    """What a text may mean, best first; nothing where nothing is near enough to be asked about."""
    ids = heard.intents if heard.decision is not Decision.NONE else ()
    return [guide.intents[id_] for id_ in ids if id_ in guide.intents and guide.intents[id_].kind is not Kind.ACT]


def _offers(guide: Guide, intents: Sequence[Intent]) -> Iterator[_Offer]:
    """What can be sent: of a problem its fixes, of a question its answer. Each once."""
    done: set[str] = set()
    for intent in intents:
        fixes = [fix for fix in dict.fromkeys(_safe_fixes(guide, intent)) if fix not in done][:EACH]
        done.update(fixes)
        for fix in fixes:
            yield _Offer(FIX_LINK + fix, Part("title", fix), intent.id, (Part("name", intent.id), Part("fix", fix)))
        if not fixes:
            meaning = "means" if intent.kind is Kind.ERROR else "answer"
            yield _Offer(intent.id, Part("name", intent.id), intent.id, (Part(meaning, intent.id),))


def _safe_fixes(guide: Guide, intent: Intent) -> list[str]:
    """The fixes of a problem that cost nothing: what is to be confirmed first is for the bot's own chat, and so is what only looks."""
    fixes = (guide.fixes[fix] for step in intent.steps for fix in step.fixes)
    return [fix.id for fix in fixes if not fix.confirm and not fix.asks and not fix.ends]


def _result(guide: Guide, offer: _Offer, heard: Heard, language: str, username: str) -> dict[str, Any]:
    """An offer as an InlineQueryResultArticle."""
    buttons = ((Button("go-on-here"),),)
    message = render(guide, Reply(offer.parts, buttons, facts=heard.facts, language=language))
    title, name = (plain(render(guide, Reply((part,), language=language)).text) for part in (offer.title, Part("name", offer.intent)))
    key = {"text": message.keys[0][0].label, "url": opener(username, offer.intent)}
    said = {"message_text": html(message.text), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    return {
        "type": "article",
        "id": offer.id,
        "title": title,
        **({"description": name} if name != title else {}),
        "input_message_content": said,
        "reply_markup": {"inline_keyboard": [[key]]},
    }
