"""Looks after a bot's webhook: whether Telegram still knows the token, sends updates to us, and can deliver them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from bot.metrics import WEBHOOK_LAST_ERROR, WEBHOOK_PENDING, WEBHOOK_REGISTERED
from bot.transports import CannotRun
from bot.transports.bot_api import BotApi, InvalidToken, TelegramError
from bot.transports.polling import WRONG_TOKEN
from bot.transports.registering import webhook_info

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 60.0
"""How often Telegram is asked; besides whenever a call was refused."""
MANY_WAIT: Final = 100
"""Updates that wait at Telegram: so many are no crowd any more, but a webhook that does not keep up."""
LONGEST_REASON: Final = 200
ELSEWHERE: Final = "Telegram does not send updates to WEBHOOK_URL yet: `python -m bot setup` makes it do so"

Report = Callable[[str, str], None]


class WebhookWatch:
    """Asks getWebhookInfo again and again. url: ours. report: takes the kind of a trouble, and a line on it, for the operators."""

    def __init__(self, api: BotApi, url: str, report: Report) -> None:
        self._api = api
        self._url = url
        self._report = report
        self._elsewhere = False
        self._last_error = int(time.time())  # what went wrong before our start is over

    async def run(self) -> None:
        """Look until cancelled. Raises CannotRun when the token was revoked: by webhook, Telegram is just silent then."""
        while True:
            self._api.refused.clear()
            try:
                self._look(await webhook_info(self._api))
            except InvalidToken as error:
                raise CannotRun(WRONG_TOKEN) from error
            except TelegramError:
                pass  # nothing new is known
            with suppress(TimeoutError):
                await asyncio.wait_for(self._api.refused.wait(), CHECK_SECONDS)

    def _look(self, info: dict[str, Any]) -> None:
        """Tell what is wrong: each thing once in the log, and to the operators."""
        elsewhere, pending, error_at = info.get("url") != self._url, _number(info, "pending_update_count"), _number(info, "last_error_date")
        WEBHOOK_REGISTERED.set(not elsewhere)
        WEBHOOK_PENDING.set(pending)
        WEBHOOK_LAST_ERROR.set(error_at)
        if elsewhere and not self._elsewhere:
            log.warning(ELSEWHERE)
            self._report("webhook", ELSEWHERE)
        self._elsewhere = elsewhere
        if error_at > self._last_error:
            self._last_error = error_at
            reason = f"Telegram could not deliver updates: {str(info.get('last_error_message', 'no reason given'))[:LONGEST_REASON]}"
            log.warning("%s", reason)
            self._report("webhook", f"{reason}. Look at proxy and certificate, at /readyz, and at the log")
        if pending >= MANY_WAIT:
            self._report("webhook", f"{pending} updates wait at Telegram. Look at /readyz and at the log")


def _number(info: dict[str, Any], name: str) -> int:
    value = info.get(name)
    return value if isinstance(value, int) else 0
