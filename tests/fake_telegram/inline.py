"""answerInlineQuery, with what Telegram refuses."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.fake_telegram import rules
from tests.fake_telegram.rules import Json, bad, flag_of, integer_of, text_of
from tests.fake_telegram.world import World

MOST_RESULTS: Final = 50
LONGEST_ID: Final = 64
PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def answer_inline_query(world: World, parameters: Json) -> bool:
    results = rules.structure_of(parameters, "results", "inline query results") or []
    if not isinstance(results, list):
        raise bad("Expected an Array of inline query results")
    if len(results) > MOST_RESULTS:
        raise bad("RESULTS_TOO_MUCH")
    button = rules.structure_of(parameters, "button", "InlineQueryResultsButton")
    if button is not None:
        _check_button(button)
    read = [_article(result) for result in results]
    if len({result["id"] for result in read}) < len(read):
        raise bad("RESULT_ID_DUPLICATE")
    query = world.inline.get(text_of(parameters, "inline_query_id"))
    if query is None or world.clock.now() - query.at > world.options.inline_lifetime:
        raise bad(rules.TOO_OLD)
    personal, cached = flag_of(parameters, "is_personal"), integer_of(parameters, "cache_time", 300)
    query.answer = {"results": read, "button": button, "personal": personal, "cached": cached}
    world.counts["answered"] += 1
    return True


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad("Can't parse inline query results button: Can't find field \"text\"")
    if not PAYLOAD.fullmatch(str(button.get("start_parameter", ""))):
        raise bad("START_PARAM_INVALID")


def _article(result: Any) -> Json:
    """A result of type article, as it is shown and as it would be sent."""
    if not isinstance(result, dict) or result.get("type") != "article":
        raise bad("Can't parse inline query result: Unsupported type specified")
    if not 1 <= len(str(result.get("id", "")).encode()) <= LONGEST_ID:
        raise bad("RESULT_ID_INVALID")
    if not result.get("title"):
        raise bad("Can't parse inline query result: Can't find field \"title\"")
    said = result.get("input_message_content")
    if not isinstance(said, dict) or not said.get("message_text"):
        raise bad("Message text is empty")
    content = rules.fitting(rules.marked(str(said["message_text"]), str(said.get("parse_mode", "")), said.get("entities")))
    keyboard = rules.shown_keyboard(rules.keyboard(result, inline_only=True))
    named = {"id": str(result["id"]), "title": result["title"], "description": result.get("description", "")}
    return {**named, "content": content, "keyboard": keyboard}
