"""What the matching makes of real and of strange texts. How well it does over many: test_understanding.py."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import Matcher
from bot.model import Decision, Guide, Heard, Intent, Kind, Phrase
from bot.normalising import phrase_words
from tests.catalogue import CATALOGUE, SEED, WHY_NOT, best, by_locale, catalogue, filled, mistyped, shares
from tests.conversing import shipped_guide, shipped_matcher
from tests.sampling import sample

TREATED: Final = (Kind.ERROR, Kind.QUESTION)

AUTOMATIC: Final = (
    "Anna’s iPhone has not been backed up in 3 weeks. Backups happen when this iPhone is connected to power, locked, and on Wi-Fi."
)
NO_ROOM: Final = "This iPhone cannot be backed up because there is not enough iCloud storage available."
POOR_NETWORK: Final = "The last backup could not be completed because of poor network conditions."


def screens(guide: Guide, least: int = 1) -> Iterator[tuple[str, str]]:
    """IOS's own texts, of at least so many words, each with its intent."""
    for intent in guide.intents.values():
        for phrase in intent.phrases:
            if phrase.screen and phrase.language == "en" and len(phrase.text.split()) >= least:
                yield intent.id, filled(phrase.text)


def treats(guide: Guide, heard: Heard) -> bool:
    """Whether the text is taken for an error or a question without asking."""
    return heard.decision is Decision.MATCH and guide.intents[heard.intents[0]].kind in TREATED


# --- iOS's own texts --------------------------------------------------------------------------------------------------------


def test_screens_alone(guide: Guide, matcher: Matcher) -> None:
    """Every text that iOS shows, pasted alone, is taken for its intent."""
    astray = [(intent, text) for intent, text in screens(guide) if matcher.read(text).intents[:1] != (intent,)]
    assert astray == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hello, my mum's phone says: ", " what do i do now?"),
        ("So I was cooking and then THIS came up: “", "”. I am 74 and my grandson is at school until four."),
        ("", "\n\nI have had this since Tuesday and turning it off and on did nothing"),
        ("😡😡 ", " 😡😡"),
        ("<b>", "</b> & so on"),
    ],
)
def test_screens_inside_chatter(guide: Guide, matcher: Matcher, before: str, after: str) -> None:
    """A text of iOS's own of five words or more is found in whatever surrounds it."""
    astray = [(intent, text) for intent, text in screens(guide, least=5) if best(matcher.read(before + text + after)) != intent]
    assert astray == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("so basically im at work and my phone just said not enough icloud storage, what does that mean", "storage-full"),
        ("my ipad keeps showing iPhone Storage Full, go to settings to manage it", "phone-full"),
        ("good morning, it says Last Backup Failed in red, is that bad, thanks in advance for any help", "last-backup-failed"),
        ("hi there! my screen says “Estimating time remaining…” since this morning, is that normal for an iphone 12?", "stalled"),
        ("thank you for helping me. The phone says: Verification Required. I do not know what it wants from me.", "account-check"),
    ],
)
def test_short_screens_inside_chatter(matcher: Matcher, text: str, intent: str) -> None:
    """A shorter one stands at least among the first three, whatever courtesies surround it."""
    assert intent in [candidate.intent for candidate in matcher.read(text).candidates[:3]]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (
            "Settings • 5m ago\niPhone Backup Failed\nYou do not have enough space in iCloud to back up this iPhone.",
            "storage-full",
        ),
        (
            f"9:41 AM  SETTINGS  now\n{AUTOMATIC}",
            "requirements-not-met",
        ),
        (
            "[21:14, 3/11/2025] Mum: " + AUTOMATIC.replace("Anna’s iPhone", "This iPad").replace("locked, ", "locked,\n") + " 📶",
            "requirements-not-met",
        ),
        ("> The last backup could not be completed.\n> Last successful backup: 14 March 2024 at 02:10", "last-backup-failed"),
        ("*NOTIFICATION CENTER*\niCloud Storage Full\nyesterday, 18:22", "storage-full"),
        ("[Settings] The iPad “Küche” can’t be backed up because there isn’t enough iCloud storage available.", "storage-full"),
    ],
)
def test_pasted_notification(matcher: Matcher, text: str, intent: str) -> None:
    """A notification is understood with the app's name, the time, the device's name and line breaks around it."""
    heard = matcher.read(text)
    assert (heard.decision, heard.intents[:1]) == (Decision.MATCH, (intent,))


@pytest.mark.parametrize("name", ["Anna’s iPhone", "iPhone von Jürgen", "Пётр", "最初のiPhone", "My Backup iPad 2", "📱", "x" * 60])
def test_device_names(guide: Guide, matcher: Matcher, name: str) -> None:
    """Whatever a phone is called, the text with its name in it is understood."""
    for intent in guide.intents.values():
        for phrase in intent.phrases:
            if phrase.screen and "{device" in phrase.text and len(phrase.text.split()) >= 8:
                assert (
                    best(
                        matcher.read(
                            filled(
                                phrase.text,
                                {"n": "3", "size": "1 GB", "percent": "40", "account": "a@b.c", "device": name, "device_name": name},
                            )
                        )
                    )
                    == intent.id
                ), phrase.text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("The last backup could not be completed.", "last-backup-failed"),
        ("The last backup could not be completed because of poor network conditions.", "poor-network"),
        ("it says the last backup could not be completed because of poor network conditions make sure you stay connected", "poor-network"),
        ("Last backup could not be completed. You do not have enough space in iCloud to back up this iPhone.", "storage-full"),
        ("This iPhone cannot be backed up because there is not enough iCloud storage available.", "storage-full"),
        ("iPhone Backup Failed", "last-backup-failed"),
    ],
)
def test_the_longer_text_goes_first(matcher: Matcher, text: str, intent: str) -> None:
    """Where one on-screen text stands inside a longer one, the one that says why is meant."""
    heard = matcher.read(text)
    assert (heard.decision, heard.intents[0]) == (Decision.MATCH, intent)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Das letzte Backup konnte wegen schlechter Netzwerkverbindung nicht abgeschlossen werden.", "poor-network"),
        ("Das letzte Backup konnte nicht abgeschlossen werden.", "last-backup-failed"),
        ("Das letzte Backup konnte heute Nacht leider nicht abgeschlossen werden, warum?", "last-backup-failed"),
        ("Poslední zálohu nebylo možné dokončit, iCloud má zálohu z novějšího iOS.", "newer-backup"),
    ],
)
def test_a_vague_text_gives_way(matcher: Matcher, text: str, intent: str) -> None:
    """The reason in a sentence counts more than the on-screen text around it that only says that it fails."""
    heard = matcher.read(text)
    assert (heard.decision, heard.intents[0]) == (Decision.MATCH, intent)


def test_the_telling_word_must_be_there() -> None:
    """An on-screen text of which just the rarest word is missing is another text."""
    off = Intent("off", Kind.ERROR, (Phrase("the copy of this phone in the cloud is prohibited", "en", screen=True),))
    others = (
        Intent(f"other-{n}", Kind.ERROR, (Phrase(f"the copy of this phone in the cloud is {word}", "en"),))
        for n, word in enumerate(("failing", "slow"))
    )
    matcher = Matcher(Guide({intent.id: intent for intent in (off, *others)}, {}, {}))
    assert best(matcher.read("hello, the copy of this phone in the cloud is prohibited since today")) == "off"
    assert best(matcher.read("hello, the copy of this phone in the cloud is failing since today")) != "off"


def test_a_dot_in_a_name_ends_no_clause(matcher: Matcher) -> None:
    """The account in an on-screen text does not part it in two problems."""
    heard = matcher.read("iCloud 백업이 ‘anna@example.com’ 계정을 이용할 수 없습니다. 계정 정보를 확인하십시오.")
    assert heard.intents == ("account-check",)


def test_typing_errors(guide: Guide, matcher: Matcher) -> None:
    """With two words mistyped, on-screen texts of five words or more are still found, and shorter ones nearly always."""
    chance = random.Random(20)
    tries = [(intent, text, mistyped(text, chance)) for intent, text in screens(guide, least=3) for _ in range(2)]
    astray = [(intent, typed, text) for intent, text, typed in tries if best(matcher.read(typed)) != intent]
    long = [row for row in astray if len(row[2].split()) >= 5]
    assert len(long) <= 0.01 * len(tries), long
    assert len(astray) <= 0.06 * len(tries), astray


ENGLISH_EQUALS: Final[Mapping[str, tuple[str, str]]] = {
    "iPhone Backup Failed": ("last-backup-failed", "the title alone says nothing of storage; its second line does"),
    "iCloud Backup Failed": (
        "last-backup-failed",
        "the title alone may stand over any failed backup; its second line says that it is the switch",
    ),
    "Backing Up…": ("not-backing-up", "a progress text, an error only when it stays: so the bot asks"),
    "iPod touch Not Backed Up": ("how-to-back-up", "no iPod has been made since 2022: the bot asks"),
}
"""Texts that may lead elsewhere than their entry says: the intent that is as good, and why."""


@pytest.mark.skipif(not CATALOGUE.exists(), reason=WHY_NOT)
def test_catalogue_of_screens(guide: Guide, matcher: Matcher) -> None:
    """Of the catalogue's sourced English texts at least 99 % lead to their intent, or to one that is listed as equal."""
    rows = [
        (entry["bucket"], text)
        for entry in catalogue()["strings"]
        if entry["confidence"] == "sourced"
        for text in (entry["text"], *entry.get("variants", ()))
    ]
    assert len(rows) > 90
    astray = []
    for bucket, text in rows:
        heard = matcher.read(filled(text))
        chosen = heard.decision is Decision.CHOOSE and bucket in heard.intents
        if best(heard) not in (bucket, ENGLISH_EQUALS.get(text, (bucket,))[0]) and not chosen:
            astray.append((bucket, text, heard.decision.value, heard.candidates[:3]))
    assert len(astray) <= 0.01 * len(rows), astray
    unused = [text for text in ENGLISH_EQUALS if all(text != other for _, other in rows)]
    assert unused == [], "an exception for a text that the catalogue does not have"


@pytest.mark.skipif(not CATALOGUE.exists(), reason=WHY_NOT)
@pytest.mark.parametrize(
    ("typed", "least"), [(str, 97.0), (partial(mistyped, chance=random.Random(SEED)), 95.0)], ids=["exact", "mistyped"]
)
def test_catalogue_of_all_locales(matcher: Matcher, typed: Callable[[str], str], least: float) -> None:
    """In every locale at least 97 % of the catalogue's texts lead to their intent, or ask for it; with two typing errors 95 %."""
    found = shares(by_locale(matcher, typed))
    assert len(found) == 22
    assert {locale: share for locale, share in found.items() if share.percent < least} == {}


# --- short, vague, near ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Cannot Back Up", "cannot back up!", "バックアップできません", "Backup nicht möglich", "无法备份"])
def test_a_title_that_people_say_too(matcher: Matcher, text: str) -> None:
    """A title that iOS shows for one reason, and that says no more than people do, is asked about."""
    heard = matcher.read(text)
    assert heard.decision is Decision.CHOOSE
    assert set(heard.intents) == {"account-check", "not-backing-up"}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "backup",
            "Backup!",
            "iphone",
            "ipad",
            "icloud",
            "storage",
            "wifi",
            "wi-fi",
            "phone",
            "apple",
            "restart",
            "error",
            "failed",
            "update",
        ),
        *("full", "settings", "photos", "password", "account", "network", "stuck", "slow", "backup?", "BACKUP"),
        *(
            "my phone",
            "my backup",
            "the icloud",
            "icloud backup",
            "the phone and the cloud",
            "something about icloud",
            "a problem with my iphone",
        ),
        *("hm", "ok so", "and now", "?", "...", "asdf", "lorem ipsum dolor", "123 456"),
    ],
)
def test_vague(guide: Guide, matcher: Matcher, text: str) -> None:
    """One word, or a vague one or two, never starts a treatment: the bot asks."""
    heard = matcher.read(text)
    assert not treats(guide, heard), heard.candidates[:2]


@pytest.mark.sampled
def test_one_word_of_any_phrase(guide: Guide, matcher: Matcher) -> None:
    """No single word of all the guide's phrases is taken for an error or a question."""
    said = sorted({word for intent in guide.intents.values() for phrase in intent.phrases for word in phrase_words(phrase.text)})
    taken = [
        f"{word}: {heard.intents[0]} {heard.candidates[0].score}" for word in sample(said, 16) if treats(guide, heard := matcher.read(word))
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("the printer is offline and needs a restart", "needs-restart"),
        ("the band needs a backup singer for tonight", "needs-restart"),
        ("WhatsApp backup stuck at 99%", "stalled"),
        ("the last update could not be completed", "last-backup-failed"),
        ("OneDrive says storage is full", "storage-full"),
        ("my android phone does not back up to google", "not-backing-up"),
        ("time machine backup failed, the disk is not available", "last-backup-failed"),
        ("restore from icloud stuck at estimating time remaining", "stalled"),
        ("icloud photos are not uploading over wifi", "requirements-not-met"),
        ("my gmail storage is full", "storage-full"),
        ("whatsapp has not been backed up in 3 weeks", "requirements-not-met"),
    ],
)
def test_neighbours(matcher: Matcher, text: str, looks: str) -> None:
    """A neighbour's problem in an error's words is not treated as that error."""
    heard = matcher.read(text)
    assert not (heard.decision is Decision.MATCH and heard.intents[0] == looks), heard.candidates[:3]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("whatsapp backup stuck at 99%", "whatsapp-backup"),
        ("what is the weather like tomorrow", "off-topic"),
        ("my android phone is full", "android"),
        ("time machine says the disk is not available", "time-machine"),
        ("my airpods do not connect", "accessories"),
    ],
)
def test_elsewhere(guide: Guide, matcher: Matcher, text: str, intent: str) -> None:
    """Neighbour topics come first as such, and are never treated as a backup's trouble."""
    heard = matcher.read(text)
    assert best(heard) == intent
    assert not treats(guide, heard)
    assert matcher.kind(intent) is guide.intents[intent].kind is Kind.ELSEWHERE


# --- storage full, two problems, acts, facts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["storage full", "my storage is full and it does not back up", "it says storage full", "not enough storage"]
)
def test_which_storage_is_full(matcher: Matcher, text: str) -> None:
    """Where the text does not say which storage is full, the fact stays open, and iCloud's is never ruled out."""
    heard = matcher.read(text)
    assert heard.intents[0] == "storage-full"
    assert "full_storage" not in heard.facts


@pytest.mark.parametrize(
    ("text", "intent", "which"),
    [
        ("iCloud Storage Full", "storage-full", "icloud"),
        ("iPhone Storage Full", "phone-full", "phone"),
        ("This iPhone cannot be backed up because there is not enough iCloud storage available.", "storage-full", "icloud"),
        ("You do not have enough space in iCloud to back up this iPhone.", "storage-full", "icloud"),
        ("not enough icloud storage for the backup", "storage-full", "icloud"),
    ],
)
def test_the_storage_that_is_named(matcher: Matcher, text: str, intent: str, which: str) -> None:
    """Where the text names the storage, nobody is asked which one: also when it says that there is not enough of it."""
    heard = matcher.read(text)
    assert (heard.intents[0], heard.facts.get("full_storage")) == (intent, which)


@pytest.mark.parametrize(
    "text", ["not enough icloud storage", "This iPhone cannot be backed up because there is not enough iCloud storage available."]
)
def test_negation(matcher: Matcher, text: str) -> None:
    """Too little room is never read as room enough, neither in passing nor as an answer."""
    heard = matcher.read(text)
    assert heard.facts.get("icloud_room") != "room"
    assert heard.answers.get("icloud_room") != "room"


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (
            f"{NO_ROOM} And another thing: {POOR_NETWORK}",
            "storage-full",
            "poor-network",
        ),
        (
            f"Backup needs restart\n{AUTOMATIC}",
            "needs-restart",
            "requirements-not-met",
        ),
        ("my icloud storage is full and it also says the backup has to be restarted", "storage-full", "needs-restart"),
        ("backup is stuck on estimating time remaining, and my icloud storage is full too", "stalled", "storage-full"),
    ],
)
def test_two_problems(matcher: Matcher, text: str, first: str, second: str) -> None:
    """Of two errors in one message one is worked on and the other is kept."""
    heard = matcher.read(text)
    assert heard.decision is Decision.MATCH
    assert sorted(heard.intents) == sorted((first, second))


@pytest.mark.parametrize(
    "text",
    [
        "The last backup could not be completed because of poor network conditions.",
        "not enough icloud storage. I deleted photos and it still says not enough icloud storage.",
        "iPhone Backup Failed. You do not have enough space in iCloud to back up this iPhone.",
        "my phone does not back up, it is an iPhone 8, I have wifi and power",
    ],
)
def test_one_problem(matcher: Matcher, text: str) -> None:
    """One problem put in two ways is not two."""
    assert len(matcher.read(text).intents) == 1


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("it worked", "it-worked"),
        ("it worked!!! 🎉", "it-worked"),
        ("yes", "yes"),
        ("no", "no"),
        ("didn't help", "didnt-help"),
        ("still the same", "didnt-help"),
        ("that did not help at all", "didnt-help"),
        ("go back", "back"),
        ("start over", "start-over"),
        ("why?", "why"),
        ("i already did that", "already-did"),
        ("cant do that", "cant-do"),
        ("thanks", "thanks"),
        ("hello", "hello"),
        ("help", "help"),
        ("none of these", "none-of-these"),
        ("next", "next"),
        ("did'nt hlep", "didnt-help"),
    ],
)
def test_acts(matcher: Matcher, text: str, act: str) -> None:
    """What people type instead of pressing is heard as that act."""
    assert matcher.read(text).act == act


@pytest.mark.parametrize(
    "text",
    [
        "The last backup could not be completed.",
        "This iPhone cannot be backed up because there is not enough iCloud storage available.",
        "my iphone has not been backed up in three weeks although it is on power and wifi every single night, thanks for any help",
    ],
)
def test_errors_are_no_acts(matcher: Matcher, text: str) -> None:
    """An error text is never heard as an answer to the card on the table."""
    assert matcher.read(text).act is None


@pytest.mark.parametrize(
    ("text", "intent", "facts"),
    [
        (
            "iphone 8, ios 16.7.2: the last backup could not be completed",
            "last-backup-failed",
            {"device": "iphone", "ios": "16", "restart_buttons": "volume-keys"},
        ),
        ("This iPad has not been backed up in 2 weeks. iPadOS 17.4", "requirements-not-met", {"device": "ipad", "ios": "17"}),
        ("ios 26 backup stuck on estimating time remaining", "stalled", {"ios": "26"}),
    ],
)
def test_facts_beside_the_problem(matcher: Matcher, text: str, intent: str, facts: dict[str, str]) -> None:
    """Model and version are read along with the problem."""
    heard = matcher.read(text)
    assert best(heard) == intent
    assert facts.items() <= heard.facts.items()


def test_facts_of_a_phrase() -> None:
    """A phrase that gives away a fact gives it only when the text is that phrase."""
    phrases = (Phrase("it wants me to buy more", "en", facts={"full_storage": "icloud"}), Phrase("nothing fits into it any more", "en"))
    guide = Guide(
        {"full": Intent("full", Kind.ERROR, phrases), "other": Intent("other", Kind.ERROR, (Phrase("it hangs all day", "en"),))}, {}, {}
    )
    matcher = Matcher(guide)
    assert matcher.read("It wants me to buy more!").facts == {"full_storage": "icloud"}
    assert matcher.read("nothing fits into it any more").facts == {}


def test_edited(matcher: Matcher) -> None:
    """That a message was corrected afterwards is passed on."""
    assert matcher.read("backup failed", edited=True).edited
    assert not matcher.read("backup failed").edited


# --- any text ----------------------------------------------------------------------------------------------------------------


def consistent(guide: Guide, heard: Heard) -> None:
    """Holds a reading to the rules of the three decisions."""
    scores = [candidate.score for candidate in heard.candidates]
    assert len(scores) <= 5
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    named = [candidate.intent for candidate in heard.candidates]
    assert len(set(named)) == len(named)
    assert set(named) | set(heard.intents) <= guide.intents.keys()
    assert len(set(heard.intents)) == len(heard.intents)
    assert all(value in guide.facts[fact].values for told in (heard.facts, heard.answers) for fact, value in told.items())
    assert heard.act is None or guide.intents[heard.act].kind is Kind.ACT
    match heard.decision:
        case Decision.MATCH:
            assert heard.intents[0] == named[0]
            assert len(heard.intents) <= 2
            assert all(guide.intents[intent].kind is Kind.ERROR for intent in heard.intents[1:])
        case Decision.CHOOSE:
            assert 1 <= len(heard.intents) <= 4
            assert all(guide.intents[intent].kind is not Kind.ACT for intent in heard.intents)
        case Decision.NONE:
            assert heard.intents == ()


PIECES: Final = (
    "The last backup could not be completed | because of poor network conditions | not enough iCloud storage | it worked | backup | "
    "stuck | no | iPhone 8 | iOS 16.7 | my | since the update | whatsapp | thanks | 99% | {n} | <b> | &amp; | ``` | ** | \n | . | "
    "also | and | 😭 | \u0301 | \u202e | резервная копия | 备份失败 | النسخ الاحتياطي | \x00 | \ud800 | ' | ’ | zzzzzz"
).split(" | ")


@given(st.text(st.characters()) | st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
def test_any_text(text: str) -> None:
    """Whatever is written is read without an error, and the decision keeps to the rules."""
    consistent(shipped_guide(), shipped_matcher().read(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "a" * 10_000,
        "a " * 5_000,
        "backup failed " * 700,
        "The last backup could not be completed. " * 250,
        "".join(chr(0x4E00 + n) for n in range(5_000)),
        "👩‍👩‍👧‍👦" * 1_500,
        "\u0301" * 10_000,
        "ﷺ" * 10_000,
        "not enough iCloud storage" + " blah" * 2_000,
        "<script>alert(1)</script>" * 400,
        "' OR 1=1; DROP TABLE sessions; --",
        "{n} {device} {0} %s ${HOME}",
        "**bold** `code` ``` _x_ [a](b)",
        "\x00\x01\x02",
        "\ud800 lone half of a pair",
        "رسالة خطأ: لا يمكن عمل نسخة احتياطية",
        "резервная копия не создаётся",
        "iCloudバックアップに失敗しました",
    ],
)
def test_strange_texts(guide: Guide, matcher: Matcher, text: str) -> None:
    """Long, empty, marked-up, foreign and broken texts are read like any other."""
    consistent(guide, matcher.read(text))
    consistent(guide, matcher.read(text, edited=True))
    assert matcher.explain(text).reading.scores[:1] == matcher.read(text).candidates[:1]


@pytest.mark.parametrize("text", ["", "   ", "...", "🙈🍕", "!!!", "🐙🏽", "ー"])
def test_nothing_to_read(matcher: Matcher, text: str) -> None:
    """A text without a word means nothing, and says so."""
    heard = matcher.read(text)
    assert (heard.decision, heard.candidates, heard.intents) == (Decision.NONE, (), ())


def test_a_long_story(matcher: Matcher) -> None:
    """An error text at the end of what is read of a long story is still found."""
    story = "we were on holiday by the sea with the children and the dog and it rained all week long " * 30
    heard = matcher.read(f"{story} and then it said: The last backup could not be completed because of poor network conditions.")
    assert best(heard) == "poor-network"


def test_the_same_again(matcher: Matcher) -> None:
    """Reading is a pure function: the same text means the same, whatever was read before."""
    texts = ["storage full", "The last backup could not be completed", "backup stuk on 1 minut remaning", "it worked"]
    before = [matcher.read(text) for text in texts]
    assert [matcher.read(text) for text in reversed(texts)] == before[::-1]
    new = Matcher(shipped_guide())
    assert [new.read(text) for text in reversed(texts)] == before[::-1]


def test_a_guide_without_phrases() -> None:
    """A guide with nothing in it understands nothing, and does not break."""
    heard = Matcher(Guide({}, {}, {})).read("The last backup could not be completed")
    assert (heard.decision, heard.candidates) == (Decision.NONE, ())


def test_a_tie_is_a_choice() -> None:
    """The same phrase under two intents is never decided by their order in the guide."""
    intents = {name: Intent(name, Kind.ERROR, (Phrase("the same words here", "en"),)) for name in ("b", "a")}
    heard = Matcher(Guide(intents, {}, {})).read("the same words here")
    assert (heard.decision, sorted(heard.intents)) == (Decision.CHOOSE, ["a", "b"])


def test_language_of_the_phrase() -> None:
    """The language is that of the phrase which decided; where nothing is found there is none."""
    intents = {
        "full": Intent("full", Kind.ERROR, (Phrase("storage is full", "en"), Phrase("der speicher ist voll", "de"))),
        "stuck": Intent("stuck", Kind.ERROR, (Phrase("backup hangs", "en"), Phrase("die sicherung hängt", "de"))),
    }
    matcher = Matcher(Guide(intents, {}, {}))
    assert matcher.read("Der Speicher ist voll!").language == "de"
    assert matcher.read("die Sicherung haengt seit Stunden").language == "de"
    assert matcher.read("the storage is full again").language == "en"
    assert matcher.read("zebra").language is None
