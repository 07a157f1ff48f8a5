"""A bot as one would write it first, only for comparison: `python -m tests.bench.typical_bot CONTENT.json STATE.pickle`.

python-telegram-bot's Application with its own client and order of things, a ConversationHandler, PicklePersistence, and
WRatio over all phrases. It says what ours says (CONTENT.json holds the phrases and the cards), without questions in between.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process, utils
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    Defaults,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.warnings import PTBUserWarning

FIXING: Final = 1
SURE: Final = 60
Context = ContextTypes.DEFAULT_TYPE
Handler = BaseHandler[Update, Any, Any]


class Content:
    """The phrases (text -> problem) and the cards of each problem."""

    def __init__(self, path: Path) -> None:
        raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self.problems = [problem for _, problem in raw["phrases"]]
        self.phrases = [utils.default_process(text) for text, _ in raw["phrases"]]
        self.cards: dict[str, list[str]] = raw["cards"]

    def problem(self, text: str) -> str | None:
        found = process.extractOne(utils.default_process(text), self.phrases, scorer=fuzz.WRatio, score_cutoff=SURE)
        return self.problems[found[2]] if found else None


def keyboard() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton("It worked", callback_data="worked"), InlineKeyboardButton("Didn't help", callback_data="didnt")],
            [InlineKeyboardButton("Can't do this", callback_data="couldnt")],
        ]
    )


async def answered(query: CallbackQuery) -> None:
    """Stop the button's little clock; a press that is too old for that counts all the same."""
    with suppress(BadRequest):
        await query.answer()


def conversation(content: Content) -> ConversationHandler[Any]:
    async def heard(update: Update, context: Context) -> int:
        assert update.effective_message
        assert context.user_data is not None
        problem = content.problem(update.effective_message.text or "")
        if problem is None or problem not in content.cards:
            await update.effective_message.reply_text("Please paste the exact words that your iPhone shows.")
            return ConversationHandler.END
        context.user_data.update(problem=problem, step=0, tried=[])
        await update.effective_message.reply_text(content.cards[problem][0], reply_markup=keyboard())
        return FIXING

    async def did_not_help(update: Update, context: Context) -> int:
        assert update.callback_query
        assert context.user_data is not None
        await answered(update.callback_query)
        context.user_data["step"] += 1
        context.user_data["tried"].append(update.callback_query.data)
        cards = content.cards[context.user_data["problem"]]
        step = context.user_data["step"]
        if step >= len(cards):
            await update.callback_query.edit_message_text("That was everything. Please ask Apple Support.")
            return ConversationHandler.END
        await update.callback_query.edit_message_text(cards[step], reply_markup=keyboard())
        return FIXING

    async def worked(update: Update, context: Context) -> int:
        assert update.callback_query
        assert context.user_data is not None
        await answered(update.callback_query)
        context.user_data.clear()
        await update.callback_query.edit_message_text("Your backup runs. Well done.")
        return ConversationHandler.END

    async def start(update: Update, context: Context) -> int:
        assert update.effective_message
        await update.effective_message.reply_text("Paste the words that your iPhone shows about the backup.")
        return ConversationHandler.END

    said: Handler = MessageHandler(filters.TEXT & ~filters.COMMAND, heard)
    presses: list[Handler] = [CallbackQueryHandler(worked, "^worked$"), CallbackQueryHandler(did_not_help, "^(didnt|couldnt)$")]
    return ConversationHandler([said], {FIXING: [*presses, said]}, [CommandHandler("start", start)], name="fixing", persistent=True)


def main(content: Path, state: Path) -> None:
    warnings.filterwarnings("ignore", "If 'per_message=False'", PTBUserWarning)
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_BOT_TOKEN"])
        .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
        .defaults(Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)))
        .persistence(PicklePersistence(state))
        .build()
    )
    application.add_handler(conversation(Content(content)))
    application.run_polling(allowed_updates=["message", "callback_query"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
