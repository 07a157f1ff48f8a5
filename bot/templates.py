"""The texts that the code itself asks for by name: the templates of replies and the labels of buttons, with their placeholders.

`check` compares them with responses/: nothing is missing there, and nothing left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SUMMARY: Final = "summary"
LEAFLET: Final = "leaflet"
"""The part that stands for the summary on one page, and the button that asks for it."""

_PLAIN: Final = """
    own-name welcome hello-again welcome-back been-a-while menu help about-bot privacy forgotten restarted welcome-thanks goodbye glad
    upset not-found not-understood which meant none-then back-to-it nothing-open answer-first choose-first press-one old-button
    guide-changed showed-photo showed-voice showed-sticker showed-empty showed-edited showed-other last-one more-if-needed road why-asked
    how-asked how-confirmed noted-didnt-help noted-couldnt noted-fact
    noted-already noted-declined go-on-without went-back first-step did-it-help look-first safety-first safe-now take-your-time asking-again
    when-again when-tonight when-tomorrow reminders-off zone-ask zone-unset paste-it night-announced night-asked night-ran night-failed
    once-more solved solved-copy later-declined reopened support support-done summary-intro summary-title summary-screen summary-left
    summary-tried summary-notes leaflet tried tried-nothing not-yours
    profile-name profile-description profile-short-description command-start command-help command-tried command-back command-restart
    command-language command-timezone command-privacy command-forget
    outcome-worked outcome-didnt-help outcome-couldnt outcome-already outcome-declined
    together solved-hand-in too-many pass-on-offer passed-on not-passed-on in-private
    disclosed-password disclosed-code disclosed-card disclosed-email disclosed-phone
    picture-failed picture-volume-up picture-volume-down picture-side picture-power picture-home picture-press
    picture-hold picture-hold-both
    web-write web-send web-menu web-more web-copy web-copied web-save web-writing web-you web-offline web-trouble web-forget
    web-forget-yes web-cancel web-close web-new web-no-script
    showed-unreadable showed-unknown showed-refused showed-busy
""".split()
_PLACE: Final = ("number", "minutes", "more")
REPLIES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_PLAIN, ()),
    **dict.fromkeys(("same-problem", "switched", "also-heard", "later-offer", "go-on-offer"), ("problem",)),
    **dict.fromkeys(("warning", "sign", "test", "why", "lost", "kept", "summary-problem"), ("text",)),
    "safety-offer": ("minutes",),
    **dict.fromkeys(("when-minutes", "when-hours", "when-days"), ("count",)),
    **dict.fromkeys(("place", "place-waiting"), (*_PLACE, "more_text")),
    "more": _PLACE,
    "confirm": ("title",),
    "skipped": ("titles",),
    "will-ask": ("minutes", "when"),
    "read-in-picture": ("line",),
    **dict.fromkeys(("will-ask-tonight", "will-ask-tomorrow", "will-ask-tomorrow-at", "will-ask-morning"), ("clock", "time")),
    "zone-set": ("place", "clock", "time"),
    "languages": ("names",),
    "language-set": ("name",),
}
"""Every entry of replies.yaml, with the placeholders that are filled for it; the words of words.yaml may stand in any text."""
LABELS: Final = (
    *("worked", "made", "didnt", "couldnt", "already", "back", "wait", "confirm", "decline", "safety", "cannot-tell", "none"),
    *("fix-it", "menu", "go-on", "came-back", "restart", "tried", "pass-on", "offer-again", "show", "copy", "private", "go-on-here"),
    *("stop", "finished", "other-message", "still-running", "ran", "didnt-run", LEAFLET),
)
"""Every entry of buttons.yaml. Other buttons carry the name of an intent, an answer of a question or the name of a language."""
