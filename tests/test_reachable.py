"""Everything that the guide knows is shown in some conversation, at the moment when it helps; and each error's cards come in their order.

The ids are those of the project's fact sheets: E an error state, F a fix, Q a question, P what the fix lists of others lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bot.matching import Matcher
from bot.model import Decision, Guide, Kind, Part, Reply
from bot.road import known
from tests.conversing import Talk, answering, buttons_of, name_of_part, press_on, shipped_guide, shipped_matcher, text_of, walk

KNOWLEDGE: Final = Path(__file__).resolve().parents[2] / "shared" / "knowledge"


@dataclass(frozen=True)
class Shown:
    """What a person says first; the part that they then come to, by buttons alone; and words of it that they read there."""

    says: str
    part: str
    words: tuple[str, ...]


def shown(says: str, part: str, *words: str) -> Shown:
    return Shown(says, part, words)


FULL: Final = "Not Enough iCloud Storage"
FAILED: Final = "The last backup could not be completed."
STUCK: Final = "stuck on estimating time remaining"
NOTHING: Final = "iPhone hasn't been backed up in 3 weeks"

REACHABLE: Final[Mapping[str, tuple[Shown, ...]]] = {
    # --- error states ---
    "E1": (shown(FULL, "means storage-full", "no room", "cannot run"),),
    "E2": (
        shown(FAILED, "means last-backup-failed", "stopped before its end", "Wi-Fi dropped", "room ran out", "held a file"),
        shown("Last Backup Failed", "means last-backup-failed", "stopped before its end"),
    ),
    "E3": (shown("Backup needs restart", "means needs-restart", "hung part-way", "slept", "30 seconds"),),
    "E4": (
        shown(STUCK, "means stalled", "Estimating time remaining", "question from Apple that never appeared", "24 hours"),
        shown("backup is stuck at zero percent", "means stalled", "hardly moves"),
    ),
    "E5": (
        shown(NOTHING, "means requirements-not-met", "power", "locked screen", "Wi-Fi"),
        shown("iCloud Backup is Off", "means backup-off", "iOS update may have switched it off"),
    ),
    "E6": (shown("my icloud backup is far too large", "means too-large", "more in the backup than your plan has room for"),),
    "E7": (
        shown("why does my backup pause overnight", "answer overnight", "router sleeps", "cable slipped", "held a file", "fault in iOS"),
        shown("after the latest ios update the icloud backup fails", "means ios-bug", "a later update puts it right"),
    ),
    # --- fixes ---
    "F-storage-check": (shown(FULL, "step storage-check", "colored bar", "Manage Account Storage", "iCloud"),),
    "F-free-space": (
        shown(FULL, "step free-space", "Turn Off and Delete from iCloud", "replaced or wiped", "cannot be brought back"),
        shown(FULL, "confirm free-space", "gone for good", "Everything on this iPhone stays"),
    ),
    "F-upgrade": (shown(FULL, "step upgrade", "$0.99", "$2.99", "$9.99", "costs money every month"),),
    "F-wifi": (
        shown(FAILED, "step wifi+power+enable", "Settings › Wi-Fi", "checkmark", "5GHz"),
        shown(FAILED, "step wifi+power+enable", "0 %"),
    ),
    "F-cellular": (shown(NOTHING, "step cellular", "Back Up Over Cellular", "Mobile Data", "data plan"),),
    "F-power": (
        shown(FAILED, "step wifi+power+enable", "charger", "screen locked"),
        shown(FAILED, "step wifi+power+enable", "all three", "by hand needs no cable"),
    ),
    "F-enable": (
        shown("iCloud Backup is Off", "step enable", "Back Up This iPhone", "iCloud Backup"),
        shown("iCloud Backup is Off", "step enable", "off after an iOS update"),
    ),
    "F-backup-now": (
        shown("my phone won't back up", "step back-up-now", "Back Up Now", "Keep the screen awake"),
        shown(FAILED, "step restart", "To test it", "Back Up Now", "paste or type it here"),
    ),
    "F-toggle": (
        shown("Backup needs restart", "step toggle", "Wait 30 seconds", "Turn the switch on again", "2 minutes"),
        shown("Backup needs restart", "step toggle", "90 seconds"),
        shown("Backup needs restart", "confirm toggle", "Do not choose Turn Off & Delete"),
    ),
    "F-force-restart": (
        shown("Backup needs restart", "step force-restart", "Volume Up", "Volume Down", "Apple logo"),
        shown("Backup needs restart", "step force-restart", "2 minutes"),
    ),
    "F-restart": (shown(FAILED, "step restart", "Settings › General", "slide to power off", "volume button"),),
    "F-delete-broken": (
        shown(FAILED, "step delete-broken", "Turn Off and Delete from iCloud", "30 seconds", "Back Up Now"),
        shown(FAILED, "confirm delete-broken", "deleted for good", "nothing could be restored from it"),
    ),
    "F-sign-out-in": (
        shown(FAILED, "step sign-out-in", "Sign Out", "Find My", "Keychain", "60 seconds"),
        shown(FAILED, "confirm sign-out-in", "Do not begin without password and code", "your own iPhone"),
    ),
    "F-account-recovery": (
        shown(
            "This iPhone cannot back up to iCloud without a verified email address.",
            "step account-recovery",
            "iforgot.apple.com",
            "do not sign out",
        ),
    ),
    "F-network-reset": (
        shown(FAILED, "step network-reset", "Transfer or Reset iPhone › Reset", "Reset Network Settings", "passcode"),
        shown(FAILED, "confirm network-reset", "forgets all Wi-Fi passwords"),
    ),
    "F-update": (shown(FAILED, "step update", "Software Update", "Download and Install", "15 to 45 minutes", "cannot be verified"),),
    "F-trim-apps": (
        shown("my icloud backup is far too large", "step trim-apps", "Backups", "Turn off an app", "streaming", "games"),
        shown("my icloud backup is far too large", "confirm trim-apps", "no longer be in the iCloud backup"),
    ),
    "F-trim-whatsapp": (
        shown("my icloud backup is far too large", "step trim-whatsapp", "Chat Backup", "Turn off WhatsApp"),
        shown("my icloud backup is far too large", "step trim-whatsapp", "5 GB"),
    ),
    "F-trim-photos": (shown("my icloud backup is far too large", "step trim-photos", "iCloud Photos", "Photo Library"),),
    "F-finder": (
        shown(FAILED, "step back-up-to-computer", "Finder", "Encrypt local backup", "5 to 15 minutes"),
        shown(FAILED, "step back-up-to-computer", "free", "does not use iCloud"),
        shown(
            "how do I back up my iphone to my computer",
            "answer computer-backup",
            "Finder",
            "Back up all of the data on your iPhone",
            "5 to 15 minutes",
        ),
    ),
    "F-both": (
        shown(FAILED, "solved", "both ways can be used side by side"),
        shown("icloud or mac, which is better", "answer icloud-or-computer", "two ways to restore"),
    ),
    "F-apple-support": (
        shown(FAILED, "support", "1-800-275-2273", "free", "Send them the list of it", "on Apple's side"),
        shown("talk to a person", "answer human", "free of charge"),
        shown("talk to a person", "support", "1-800-275-2273"),
    ),
    # --- questions ---
    "Q-how-long": (
        shown("how long should a backup take?", "answer how-long", "4 to 6 GB", "15 to 40 minutes", "2 to 10 minutes", "24 hours"),
    ),
    "Q-needs-restart": (
        shown("why does it say backup needs restart", "means needs-restart", "off without deleting, wait 30 seconds, turn it on again"),
    ),
    "Q-cellular": (shown("can I back up over mobile data?", "answer cellular", "Back Up Over Cellular", "iOS 15", "5G"),),
    "Q-what": (
        shown(
            "what does an icloud backup include",
            "answer what-is-backed-up",
            *("app data", "settings", "Home Screen layout", "text messages", "ringtones", "Visual Voicemail", "Health", "HomeKit"),
            *("Not in it", "Photos", "iCloud Drive", "Contacts", "Calendars", "Notes", "Mail", "Safari", "4.8 GB", "80 GB"),
        ),
    ),
    "Q-delete-old": (
        shown("does deleting an old backup free space?", "answer delete-old-backup", "Yes", "fastest", "2 to 6 GB", "permanent"),
    ),
    "Q-overnight": (
        shown("why does it pause overnight?", "answer overnight", "router sleeps", "Software Update", "plugged in until morning"),
    ),
    "Q-icloud-or-mac": (
        shown(
            "icloud or mac, which is better",
            "answer icloud-or-computer",
            "every night",
            "tonight",
            "moving to a new phone",
            "encrypted copy",
        ),
    ),
    "Q-what-is-5gb": (
        shown("how much does icloud storage cost?", "answer plans-and-prices", "5 GB are free", "$0.99", "$2.99", "$9.99", "200 photos"),
    ),
    # --- what other lists lack ---
    "P-last-date": (
        shown(FAILED, "step last-date", "date of your last backup", "Settings › [your name] › iCloud › iCloud Backup"),
        shown(FAILED, "noted last_backup:never", "computer backup soon"),
    ),
    "P-next-size": (shown(FAILED, "step next-size", "Next Backup Size", "some minutes", "Compare it with the free space"),),
    "P-other-wifi": (shown(FAILED, "step other-wifi", "hotspot", "only a test", "friend"),),
    "P-leave-24h": (shown(STUCK, "step leave-24h", "24 hours", "charger", "Wi-Fi"),),
    "P-system-status": (
        shown(FAILED, "step system-status", "apple.com/support/systemstatus", "iCloud Backup"),
        shown(FAILED, "step wait-for-apple", "green"),
        shown("is apple down?", "answer apple-down", "System Status"),
    ),
    "P-two-factor": (
        shown("iCloud Backup is Off", "step two-factor", "Two-Factor Authentication"),
        shown("iCloud Backup is Off", "step two-factor", "iOS 16.3"),
    ),
    "P-prompt": (
        shown(
            "This iPhone cannot back up to iCloud without a verified email address.",
            "step prompt",
            "below your name",
            "password",
            "e-mail address is not verified",
        ),
    ),
    "P-profile": (shown("iCloud Backup is Off", "step profile", "VPN & Device Management", "work or school", "Screen Time"),),
    "P-restore-running": (shown("iCloud Backup is Off", "step restore-running", "being restored", "another iPhone from this same backup"),),
    "P-app-downloads": (
        shown(
            "my icloud backup is far too large",
            "step app-downloads",
            "Delete what you can download again",
            "update that app",
            "turn this app off",
        ),
        shown("my icloud backup is far too large", "step app-downloads", "offline maps"),
    ),
    "P-phone-space": (
        shown(
            "There isn't enough free space on this device to finish a backup.",
            "step phone-space",
            "Settings › General › iPhone Storage",
            "Offload App",
        ),
    ),
    "P-temporary-storage": (
        shown(FULL, "step temporary-storage", "Transfer or Reset iPhone › Get Started", "21 days"),
        shown("I hand my phone in tonight", "step temporary-storage", "Get Started"),
    ),
    "P-newer-backup": (
        shown("iCloud contains a backup from a newer iOS version.", "step newer-backup", "Software Update", "start a new backup"),
    ),
}
"""Id -> where it is shown."""


ONWARD: Final = ("worked", "made", "couldnt", "didnt", "tell", "confirm", "safety")
"""The buttons of a card that lead on along its road."""


def explored(says: str) -> Iterator[tuple[Talk, Reply, Part]]:
    """Every part that buttons lead to from what a person says first, with its talk and reply.

    Breadth first; each card is left once by each of its buttons, for each of the roads that hand-overs make.
    """
    guide = shipped_guide()
    junctions = {fact for intent in guide.intents.values() for step in intent.steps if step.go for fact in step.only_if}
    seen: set[tuple[str, ...]] = set()
    talks = [Talk(guide, shipped_matcher()).say(says)]
    for talk in talks:
        yield from ((talk, reply, part) for reply in talk.turn.replies for part in reply.parts)
        road = (f"{fact}:{value}" for fact, value in known(talk.session).items() if fact in junctions)
        here = (talk.at, *sorted(road))
        if here not in seen:
            seen.add(here)
            onward = [button for reply in talk.turn.replies for button in buttons_of(reply) if button.action in ONWARD]
            talks += [talk.fork().send(press_on(talk.cards[-1], button)) for button in onward]


@pytest.mark.parametrize("says", sorted({where.says for listed in REACHABLE.values() for where in listed}))
def test_every_fact_is_shown(says: str) -> None:
    """What the table promises is read in the conversation that begins with these words and goes on by buttons."""
    unsaid = {(id_, where.part): where.words for id_, listed in REACHABLE.items() for where in listed if where.says == says}
    met: set[str] = set()
    for talk, reply, part in explored(says):
        for id_, name in (promise for promise, words in unsaid.items() if words and promise[1] == name_of_part(part)):
            text = text_of(talk.guide, reply, part)
            unsaid[id_, name] = tuple(word for word in unsaid[id_, name] if word not in text)
            met.add(name)
        if not any(unsaid.values()):
            return
    assert not {f"{id_}: {name} {'without' if name in met else 'is not met:'} {words}" for (id_, name), words in unsaid.items() if words}


SUGGESTED: Final = re.compile(r'\b(?:[Tt]ell me|[Aa]sk me(?: first)?|[Ww]rite)(?: here)?:? "([^"]+)"')


def test_what_the_bot_tells_people_to_write_is_understood(guide: Guide, matcher: Matcher) -> None:
    """Each text in quotes that an answer tells people to write is surely understood."""
    groups = guide.responses["en"].groups
    suggested = {said for entries in groups.values() for entry in entries.values() for said in SUGGESTED.findall(repr(dict(entry)))}
    assert suggested
    assert not {said for said in suggested if matcher.read(said).decision is not Decision.MATCH and matcher.read(said).act is None}


@pytest.mark.parametrize("file", ["guide-facts.md", "apple-facts.md"])
def test_no_id_is_forgotten(file: str) -> None:
    """The table above lists every id of the fact sheets."""
    sheet = KNOWLEDGE / file
    if not sheet.is_file():
        pytest.skip(f"outside the repository: {file} is not beside this checkout")
    ids = re.findall(r"^\| ([EFQP](?:\d|-[a-z0-9-]+)) \|", sheet.read_text(encoding="utf-8"), re.MULTILINE)
    assert ids, f"{file} lists no ids"
    assert not set(ids) - REACHABLE.keys()


# --- the order of each error's cards ------------------------------------------------------------------------------------------

ORDER: Final = {
    "storage-full": """
        full_storage? last-date storage-check next-size moving? temporary-storage computer? back-up-to-computer make_room? upgrade
        !free-space !trim-apps !app-downloads whatsapp_backup? !trim-whatsapp icloud_photos? !trim-photos
        wifi+power+enable other-wifi system-status restart prompt !toggle leave-24h update
        trusted? !sign-out-in !delete-broken !network-reset
        """,
    "phone-full": "last-date phone-space computer? back-up-to-computer",
    "last-backup-failed": """
        last-date next-size wifi+power+enable other-wifi system-status restart prompt !toggle leave-24h update
        computer? back-up-to-computer trusted? !sign-out-in !delete-broken !network-reset
        """,
    "poor-network": "last-date wifi other-wifi restart update !network-reset",
    "newer-backup": "last-date newer-backup computer? back-up-to-computer",
    "needs-restart": """
        last-date !toggle switch_hangs? restart_buttons? force-restart wifi+power update
        next-size enable other-wifi system-status restart prompt leave-24h
        computer? back-up-to-computer trusted? !sign-out-in !delete-broken !network-reset
        """,
    "stalled": """
        last-date wifi+power system-status stuck_for? leave-24h other-wifi restart restart_buttons? force-restart prompt !toggle update
        computer? back-up-to-computer trusted? !sign-out-in !network-reset
        """,
    # by the order of Apple's facts two-factor comes third, but a copy on a computer risks nothing
    "account-check": "last-date prompt system-status computer? back-up-to-computer trusted? !two-factor !sign-out-in",
    "requirements-not-met": "last-date wifi+power enable cellular overnight-wifi restart",
    "backup-off": "enable restore-running profile trusted? !two-factor",
    "ios-bug": "last-date !toggle update computer? back-up-to-computer",
    "too-large": """
        next-size computer? back-up-to-computer make_room? upgrade !trim-apps !app-downloads whatsapp_backup? !trim-whatsapp
        icloud_photos? !trim-photos
        """,
    "not-backing-up": """
        last-date storage-check next-size wifi+power enable back-up-now
        other-wifi system-status restart prompt !toggle leave-24h update
        computer? back-up-to-computer trusted? !sign-out-in !delete-broken !network-reset
        """,
}
"""Error -> its cards in order, where nothing is ruled out: `fact?` a question, `!fix` one that is confirmed first."""


@pytest.mark.parametrize("error", [*ORDER])
def test_cards_come_in_order(guide: Guide, error: str) -> None:
    """Who has password and trusted device, can tell nothing else, and whom nothing helps, sees all cards in their order."""
    assert cards_of(guide, error, trusted="yes") == ORDER[error].split()


@pytest.mark.parametrize("error", [error for error, order in ORDER.items() if "trusted?" in order])
def test_unsure_of_the_password(guide: Guide, error: str) -> None:
    """Who cannot tell whether password and trusted device are at hand is spared what needs both; the account is put right instead."""
    needs_both = {f"!{fix.id}" for fix in guide.fixes.values() if "yes" in fix.only_if.get("trusted", ())}
    assert {"!sign-out-in", "!two-factor"} <= needs_both
    sure, unsure = cards_of(guide, error, trusted="yes"), cards_of(guide, error)
    assert needs_both & set(sure)
    assert [card for card in unsure if card != "!account-recovery"] == [card for card in sure if card not in needs_both]


def cards_of(guide: Guide, error: str, **facts: str) -> list[str]:
    passed = walk(Talk(guide).take(error), answering("didnt", "confirm", "already", facts=facts))
    return [name_of_stop(stop) for stop in passed if f"confirming {stop.partition(' ')[2]}" not in passed or stop.startswith("confirming")]


def name_of_stop(stop: str) -> str:
    stage, _, subject = stop.partition(" ")
    return {"asking": f"{subject}?", "confirming": f"!{subject}"}.get(stage, subject)


def test_the_order_names_every_error(guide: Guide) -> None:
    """The order above lists every error of the guide."""
    assert set(ORDER) == {intent.id for intent in guide.intents.values() if intent.kind is Kind.ERROR}
