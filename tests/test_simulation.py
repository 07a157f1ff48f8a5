"""The simulated people: what may be wrong with them, how they fare, and what the shipped order is worth, at a small size."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Final

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.model import Fix, Guide, Intent, Kind, Likely, Outcome, Risk, Stage, Step
from bot.simulation.best import merged
from bot.simulation.followers import READING, at_first_card, cards_for, with_bot, with_list
from bot.simulation.lists import GUIDE_A, GUIDE_B, written
from bot.simulation.people import NOBODY, Cause, Person, causes, person, perturbed
from bot.simulation.worlds import BEST, FOLLOWED, Result, Setting, overall, simulate

SETTING: Final = Setting(people=60, worlds=40)


@pytest.fixture(scope="module")
def results(guide: Guide) -> dict[str, Result]:
    return {intent.id: simulate(guide, intent, SETTING) for intent in guide.intents.values() if intent.kind is Kind.ERROR}


# --- what the shipped order is worth ---------------------------------------------------------------------------------------


def test_the_bot_is_never_worse_than_the_list(results: dict[str, Result]) -> None:
    """In no world within the bounds, not even the one made to be worst for it, does the bot cost more than the same content as a list."""
    assert {error: one.at_worst for error, one in results.items() if one.at_worst > 1 + 1e-9} == {}


def test_the_bot_costs_at_most_seven_tenths_of_the_better_guide(results: dict[str, Result]) -> None:
    """Over all errors, with a margin for chance; and for no error clearly more than the better guide."""
    together = overall([*results.values()])
    guides = [together.averages[who]["minutes"] for who in ("guide A", "guide B")]
    bot = together.averages["bot"]["minutes"]
    assert bot.value + 3 * bot.error <= 0.7 * min(one.value - 3 * one.error for one in guides)
    assert all(one.of_better_guide < 1.1 for one in results.values())


def test_the_bot_is_safer_than_every_list(results: dict[str, Result]) -> None:
    """Over all errors fewer fixes that change or delete something are done with the bot than with any list."""
    risky = {who: by["risky"].value for who, by in overall([*results.values()]).averages.items() if who in FOLLOWED}
    assert min(risky, key=risky.__getitem__) == "bot"


def test_the_best_order_is_a_bound(results: dict[str, Result]) -> None:
    """Nobody fares better than with the best order in any world, but for the hundredth that an order of their own may give some people."""
    for one in results.values():
        assert one.minutes(BEST) < one.minutes("bot")
        best, bot = (one.averages[who]["minutes"].others for who in (BEST, "bot"))
        assert all(low < 1.01 * high for low, high in zip(best, bot, strict=True))


def test_the_same_seed_gives_the_same_result(guide: Guide) -> None:
    """Another seed gives other people."""
    intent = guide.intents["poor-network"]
    small = Setting(20, 3, 5)
    assert simulate(guide, intent, small) == simulate(guide, intent, small)
    assert simulate(guide, intent, small) != simulate(guide, intent, Setting(20, 4, 5))


# --- the people ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def errors(guide: Guide) -> list[Intent]:
    return [intent for intent in guide.intents.values() if intent.kind is Kind.ERROR]


def test_shares_of_causes(guide: Guide, errors: list[Intent]) -> None:
    """They sum up to one, each error has a cause that nobody can cure, and what is likelier is met more often."""
    for intent in errors:
        found = causes(guide, intent)
        assert sum(cause.share for cause in found) == pytest.approx(1)
        assert any(cause.fix == NOBODY for cause in found)
    shares = {cause.fix: cause.share for cause in causes(guide, guide.intents["poor-network"])}
    assert shares["wifi"] == pytest.approx(2.5 * shares["restart"])
    assert shares["restart"] == pytest.approx(4 * shares["network-reset"])


def test_the_cure_of_everybody_lies_on_their_road(guide: Guide, errors: list[Intent]) -> None:
    """Who knows all facts of a phone finds its cure among the cards of the road."""
    chance = Random(1)
    for intent in errors:
        for cause in causes(guide, intent):
            one = person(guide, cause, chance)
            on_road = {fix for _, entry in cards_for(guide, intent.id, one) for fix in entry}
            assert cause.fix in on_road | {NOBODY}, f"{cause} of {intent.id}"


def test_whoever_answers_and_can_do_all_is_healed(guide: Guide, errors: list[Intent]) -> None:
    """With the bot everybody whose cause has a fix is healed, if they can tell and do everything; the others come to Apple Support."""
    chance = Random(2)
    for intent in errors:
        start = at_first_card(guide, intent.id)
        for cause in causes(guide, intent):
            drawn = person(guide, cause, chance)
            able = Person(cause.fix, drawn.facts, frozenset(), {}, frozenset(), silent=False)
            journey = with_bot(guide, start, able)
            assert journey.supported == (cause.fix == NOBODY), f"{cause} of {intent.id}"
            assert journey.taps > 0


def test_perturbed_shares() -> None:
    """Each is off by half at most before they are made to sum up to one again."""
    moved = perturbed([0.5, 0.3, 0.2], 0.5, Random(1))
    assert sum(moved) == pytest.approx(1)
    assert all(0.5 / 1.5 <= new / old <= 1.5 / 0.5 for new, old in zip(moved, [0.5, 0.3, 0.2], strict=True))


# --- how they fare -----------------------------------------------------------------------------------------------------------


FIXES: Final = {
    fix.id: fix
    for fix in (
        Fix("quick", 2, test="try"),
        Fix("slow", 10, test="try"),
        Fix("wipe", 5, Risk.DATA, confirm=True),
        Fix("try", 15),
        Fix("apple-support", 240, ends=True),
    )
}
BROKEN: Final = Intent(
    "broken", Kind.ERROR, steps=(Step(("quick",), likely=Likely.OFTEN), Step(("slow",)), Step(("wipe",)), Step(("apple-support",)))
)
SMALL: Final = Guide({"broken": BROKEN}, FIXES, {})


def who(cure: str, **more: object) -> Person:
    return Person(**{"cure": cure, "facts": {}, "unsure": frozenset(), "failing": {}, "already": frozenset(), "silent": False, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "minutes", "taps", "risky"),
    [
        (who("quick"), 17, 1, 0),
        (who("slow"), 17 + 25, 2, 0),
        (who("wipe"), 17 + 25 + 5, 4, 1),
        (who(NOBODY), 17 + 25 + 5 + 240, 4, 1),
        (who("slow", already=frozenset({"quick"})), 25, 2, 0),
        (who("quick", failing={"quick": 1}), 25 + 5 + 17, 5, 1),
        (who("quick", failing={"quick": 2}), 25 + 5 + 240, 5, 1),
        (who("quick", silent=True), 17, 0, 0),
    ],
)
def test_minutes_taps_and_risky_steps(one: Person, minutes: float, taps: int, risky: int) -> None:
    """What a person does is counted: each fix with its test, each card that is read, each press, each risky fix."""
    journey = with_bot(SMALL, at_first_card(SMALL, "broken"), one)
    read = taps + one.silent
    assert journey.minutes == pytest.approx(minutes + READING * read)
    assert (journey.taps, journey.risky) == (taps, risky)
    listed = with_list(SMALL, written(SMALL, BROKEN), one)
    assert listed.minutes == pytest.approx(journey.minutes)
    assert (listed.taps, listed.risky) == (0, risky)


def test_the_journey_is_the_dialogue(guide: Guide) -> None:
    """The bot's journey is played by the state machine: its history is that of a real conversation."""
    start = at_first_card(guide, "poor-network")
    assert (start.session.stage, start.session.subject) == (Stage.FIXING, "last-date")
    cause = next(one for one in causes(guide, guide.intents["poor-network"]) if one.fix == "restart")
    drawn = person(guide, cause, Random(1))
    journey = with_bot(guide, start, Person("restart", drawn.facts, frozenset(), {"wifi": 2}, frozenset({"other-wifi"}), silent=False))
    assert [(note.key, note.value) for note in journey.history if note.mark.value == "tried"] == [
        ("wifi", Outcome.COULDNT.value),
        ("other-wifi", Outcome.ALREADY.value),
        ("restart", Outcome.WORKED.value),
    ]


def test_lists_name_shipped_fixes(guide: Guide) -> None:
    """Every fix on the guides' lists is one of ours, and stands there once; the written list goes on beyond a hand-over."""
    for entries in (GUIDE_A, GUIDE_B):
        named = [fix for entry in entries for fix in entry]
        assert set(named) <= guide.fixes.keys()
        assert len(named) == len(set(named))
    listed = written(guide, guide.intents["needs-restart"])
    assert listed.index(("toggle",)) < listed.index(("other-wifi",)) < listed.index(("free-space",))


def test_who_sees_what_is_not_for_them_passes_it_over() -> None:
    """A reader who knows which fixes are for them does only those."""
    journey = with_list(SMALL, written(SMALL, BROKEN), who("slow"), frozenset({"slow"}))
    assert journey.minutes == pytest.approx(25 + READING)


def test_chains_are_merged_by_their_best_beginnings() -> None:
    """A poor first entry goes early when what it opens is worth it, and the order within a chain is kept."""
    chances: dict[tuple[str, ...], float] = {("a",): 0.01, ("b",): 0.6, ("c",): 0.2}
    costs: dict[tuple[str, ...], float] = {("a",): 1.0, ("b",): 2.0, ("c",): 2.0}
    assert merged([[("a",), ("b",)], [("c",)]], chances, costs) == [("a",), ("b",), ("c",)]
    assert merged([[("c",)], [("b",), ("a",)]], chances, costs) == [("b",), ("c",), ("a",)]


def test_a_cause_of_an_error_beyond() -> None:
    """An error that leads on has the next one's causes as well, each once, for the share that its own fixes do not cure."""
    first = Intent("first", Kind.ERROR, steps=(Step(("quick",), likely=Likely.OFTEN),), then="broken")
    guide = Guide({"first": first, "broken": BROKEN}, FIXES, {})
    found = causes(guide, first)
    assert [cause.fix for cause in found] == ["quick", "slow", "wipe", NOBODY]
    assert found[0] == Cause("quick", pytest.approx(0.5 / 0.7), {})  # type: ignore[arg-type]


# --- the command -----------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["simulate", *arguments], prog_name="python -m bot")
    return result.exit_code, result.output


def test_table() -> None:
    """A row for each error and one for all, with the bot, the lists and the best order."""
    status, shown = run("poor-network", "phone-full", "--people", "20")
    assert status == 0
    rows = [line.split()[0] for line in shown.splitlines() if line and not line.startswith(" ")]
    assert rows.count("poor-network") == rows.count("phone-full") == rows.count("all") == 2
    assert "guide A" in shown
    assert "at worst" in shown


def test_json() -> None:
    """The same figures for another program."""
    status, shown = run("poor-network", "--people", "20", "--json")
    assert status == 0
    errors = json.loads(shown)["errors"]
    assert errors.keys() == {"poor-network", "all"}
    assert errors["poor-network"]["followed"]["bot"]["minutes"]["mean"] > errors["poor-network"]["followed"]["best"]["minutes"]["mean"]


@pytest.mark.parametrize(("name", "begins"), [("worth.png", b"\x89PNG"), ("worth.svg", b"<?xml")])
def test_picture(tmp_path: Path, name: str, begins: bytes) -> None:
    """A picture is drawn in the format that its name asks for."""
    pytest.importorskip("matplotlib")
    status, shown = run("poor-network", "phone-full", "--people", "20", "--picture", str(tmp_path / name))
    assert status == 0, shown
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("poor-netwerk",), "no error is called poor-netwerk; there are: account-check"),
        (("poor-network", "--people", "0"), "0 is not in the range"),
        (("poor-network", "--picture", "worth.gif"), "worth.gif: a picture ends in .png or .svg"),
        (("poor-network", "--people", "4", "--picture", "no/such/folder.png"), "no/such/folder.png: "),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], told: str) -> None:
    """What cannot be played or drawn is told in one line."""
    status, shown = run(*arguments)
    assert status != 0
    assert told in shown
    assert "Traceback" not in shown
