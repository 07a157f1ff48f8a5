"""What to try: updates of every shape, and such as nearly are Telegram's."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

ANN: Final = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "de"}
PRIVATE: Final = {"id": 7, "type": "private"}
GROUP: Final = {"id": -100, "type": "supergroup"}
KEYS: Final = (
    *("update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat", "from", "id", "type", "date", "text"),
    *("caption", "photo", "data", "message_id", "is_topic_message", "message_thread_id", "new_chat_member", "status", "migrate_to_chat_id"),
    *("inline_query", "query", "document", "reply_to_message", "language_code", "media_group_id"),
)


def _message(chat: Any = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_750_000_000, "chat": chat, "from": ANN, **fields}


SAMPLES: Final[list[dict[str, Any]]] = [
    {"update_id": 9, "message": _message(GROUP, text="@BackupMedicBot full", is_topic_message=True, message_thread_id=4)},
    {"update_id": 9, "message": _message(text="/start storage-full")},
    {"update_id": 9, "message": _message(caption="full", photo=[{"file_id": "x", "width": 1, "height": 1}])},
    {"update_id": 9, "message": _message(document={"file_id": "x", "mime_type": "image/png", "file_size": 5}, media_group_id="a")},
    {"update_id": 9, "edited_message": _message(text="full", edit_date=1_750_000_001)},
    {"update_id": 9, "callback_query": {"id": "q1", "from": ANN, "message": _message(), "data": "abc.3.worked"}},
    {"update_id": 9, "inline_query": {"id": "q1", "from": ANN, "query": "storage full", "offset": ""}},
    {"update_id": 9, "my_chat_member": {"chat": PRIVATE, "new_chat_member": {"status": "kicked"}}},
    {"update_id": 9, "message": _message(GROUP, migrate_from_chat_id=-5)},
]

words = st.text(max_size=8) | st.sampled_from(["private", "channel", "/start", "full", "\ud83d", "from_-100_4", "fix_restart"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.just(10**30)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6), max_leaves=15
)


@st.composite
def _changed(draw: st.DrawFn) -> Any:
    raw = json.loads(json.dumps(draw(st.sampled_from(SAMPLES))))
    place: Any = raw
    key = draw(st.sampled_from(sorted(place)))
    while isinstance(place[key], dict) and place[key] and draw(st.booleans()):
        place = place[key]
        key = draw(st.sampled_from(sorted(place)))
    place[key] = draw(anything)
    return raw


changed_updates = _changed()
"""A real update with anything in the place of any part of it."""
