"""The lists that people read instead of talking to the bot: what stands on them, in order, as cards of fixes.

The two guides are the ones that the project began with. Only the order of their fixes is held here, by our ids.
"""

from __future__ import annotations

from typing import Final

from bot.model import Guide, Intent

Entries = tuple[tuple[str, ...], ...]
"""The entries of a list, each with the fixes that are done before one test."""


def _each(fixes: str) -> Entries:
    """One entry for each word. Fixes joined by a plus are one entry there and several of ours: people do the one that is for them."""
    return tuple(tuple(entry.split("+")) for entry in fixes.split())


GUIDE_A: Final = _each("""
    storage-check free-space upgrade wifi cellular power enable back-up-now sign-out-in restart network-reset update+newer-backup
    trim-apps trim-whatsapp trim-photos back-up-to-computer
""")
"""The checklist of fifteen, from top to bottom; the last one is Apple Support, where every list ends."""
GUIDE_B: Final = _each("""
    storage-check free-space upgrade wifi power cellular network-reset toggle force-restart delete-broken sign-out-in
    account-recovery update+newer-backup back-up-to-computer
""")
"""The seven sections by error, from top to bottom."""


def written(guide: Guide, intent: Intent) -> Entries:
    """An error's cards as its file lists them, then those of the errors to which it leads: the same content without a conversation."""
    listed: list[tuple[str, ...]] = []
    ahead, walked = [intent.id], set[str]()
    while ahead:
        current = guide.intents.get(ahead.pop(0))
        if current is not None and current.id not in walked:
            walked.add(current.id)
            listed += [step.fixes for step in current.steps if step.fixes]
            ahead += [step.go for step in current.steps if step.go] + ([current.then] if current.then else [])
    return tuple(listed)
