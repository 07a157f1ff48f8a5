"""The fixes of each intent: an order that keeps the laws, an end to every road, and nothing that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from bot import ordering
from bot.cards import COMPUTER_BACKUP
from bot.cures import nearest
from bot.model import UNKNOWN, ByFact, Fix, Guide, Intent, Kind, Risk, Step
from bot.ordering import RISKY, Card, worst
from bot.parts import SUPPORT_FIX
from bot.reading import Reader
from bot.schemas.intents import FACTS, FIXES
from bot.triggers import ACTS

CLEARLY: Final = 3.0
"""So many times better per minute must a later card be, before its place is called into question: each word for how often may be off by
half either way, and three times better stays better then."""


def check_roads(reader: Reader, guide: Guide) -> None:
    """Check all intents, fixes and facts for what they do (not for what they say)."""
    for intent in guide.intents.values():
        _kind(reader, intent)
        _cards(reader, guide, intent)
        _order(reader, guide, intent)
    _ends(reader, guide)
    _menu(reader, guide)
    _fixes(reader, guide)
    _facts(reader, guide)
    if untyped := sorted(ACTS.keys() - reader.ids.get("intents", set())):
        reader.find("intents", [], f"these acts have no file, so nobody can type them: {', '.join(untyped)}", warning=True)


def _file(intent: Intent) -> str:
    return f"intents/{intent.id}.yaml"


# --- intents ---------------------------------------------------------------------------------------------------------


def _kind(reader: Reader, intent: Intent) -> None:
    """What only some kinds of intents may have."""
    if intent.kind is Kind.ERROR and not any(step.fixes for step in intent.steps):
        reader.find(_file(intent), ["kind"], "an error needs `fixes`: without one it is a question or a topic that is treated elsewhere")
    if intent.kind is Kind.ACT and intent.id not in ACTS:
        reader.find(
            _file(intent), ["id"], f'the bot knows no act "{intent.id}"{nearest(intent.id, ACTS)}; its acts: {", ".join(sorted(ACTS))}'
        )
    if intent.kind in (Kind.ACT, Kind.ELSEWHERE):
        for field, given in (("fixes", intent.steps), ("then", intent.then)):
            if given:
                reader.find(
                    _file(intent), [field], f"`{field}` means nothing in the kind {intent.kind.value}: only errors and questions lead on"
                )
    if intent.kind is not Kind.ERROR:
        for field, set_ in (("menu", intent.menu is not None), ("vague", intent.vague)):
            if set_:
                reader.find(_file(intent), [field], f"`{field}` is for errors only: delete it")


def _cards(reader: Reader, guide: Guide, intent: Intent) -> None:
    """Each card of its own."""
    seen: dict[str, Step] = {}
    for place, step in enumerate(intent.steps):
        fixes = _known(guide, step)
        if len(fixes) > 1 and any(fix.asks or fix.ends for fix in fixes):
            alone = next(fix.id for fix in fixes if fix.asks or fix.ends)
            reader.find(_file(intent), ["fixes", place], f'"{alone}" needs a card of its own: give it a line of its own')
        for fix in step.fixes:
            if fix in seen and (not step.only_if or not seen[fix].only_if):
                reader.find(_file(intent), ["fixes", place], f'"{fix}" stands here twice, and is offered only once: delete one')
            seen[fix] = step
        if step.go is not None:
            _decided(reader, guide, intent, place)


def _decided(reader: Reader, guide: Guide, intent: Intent, place: int) -> None:
    """A hand-over whose fact is found out by looking needs that look before it."""
    for fact in intent.steps[place].only_if:
        looks = {fix.id for fix in guide.fixes.values() if fix.asks == fact}
        before = {fix for step in intent.steps[:place] for fix in step.fixes}
        if looks and not looks & before:
            message = f'nothing before this finds out "{fact}", so it is passed by: put {" or ".join(sorted(looks))} before it'
            reader.find(_file(intent), ["fixes", place], message, warning=True)


def _known(guide: Guide, step: Step) -> list[Fix]:
    return [guide.fixes[fix] for fix in step.fixes if fix in guide.fixes]


# --- the order ---------------------------------------------------------------------------------------------------------


def _order(reader: Reader, guide: Guide, intent: Intent) -> None:
    """Safe before risky, free before paid, and what is likely and quick before what is not."""
    cards = [
        (place, step, fixes)
        for place, step in enumerate(intent.steps)
        if (fixes := _known(guide, step)) and not any(fix.ends for fix in fixes)
    ]
    for place, _, fixes in cards:
        named, risk = _names(fixes), worst(fixes)
        later = next((_names(others) for other, _, others in cards if other > place and worst(others) is Risk.NONE), None)
        if later and risk in RISKY:
            reader.find(
                _file(intent), ["fixes", place], f"{named} (risk {risk.value}) stands before {later}, which risks nothing: put it after"
            )
        if later and risk is Risk.MONEY:
            reader.find(_file(intent), ["fixes", place], f"{named} costs money and stands before {later}, which is free", warning=True)
    _worth(reader, guide, intent)
    for dear, chance in ordering.too_dear(guide, intent):
        message = (
            f"{_figures(dear)} costs more than it promises: after all that comes before it, it cures in {chance:.0%}; "
            "let Apple Support come first (delete it here)"
        )
        reader.find(_file(intent), ["fixes", dear.place], message, warning=True)


def _worth(reader: Reader, guide: Guide, intent: Intent) -> None:
    """Among cards that risk the same, what is clearly likelier and quicker comes first."""
    weighed = ordering.cards(guide, intent)
    for number, card in enumerate(weighed):
        for earlier in weighed[:number]:
            if card.worth >= CLEARLY * earlier.worth and ordering.may_precede(intent, card, earlier):
                message = f"{_figures(card)}, stands after {_figures(earlier)}: should it come first?"
                reader.find(_file(intent), ["fixes", card.place], message, warning=True)
                break


def _names(fixes: list[Fix]) -> str:
    return " + ".join(fix.id for fix in fixes)


def _figures(card: Card) -> str:
    return f"{card.name} ({card.step.likely.value}, {card.minutes:.0f} min with its test: {100 * card.worth:.1f}% per minute)"


# --- where roads lead ----------------------------------------------------------------------------------------------------


def _ends(reader: Reader, guide: Guide) -> None:
    """Every error's road must reach a fix that ends it."""
    if SUPPORT_FIX not in guide.fixes and not reader.is_broken(FIXES, SUPPORT_FIX):
        reader.find(FIXES, [], f'the fix "{SUPPORT_FIX}" is missing: it is what the bot shows at the end of every road')
    for intent in guide.intents.values():
        road = list(_road(guide, intent))
        if (
            intent.kind is Kind.ERROR
            and _whole(guide, road)
            and not any(fix.ends for one in road for step in one.steps for fix in _known(guide, step))
        ):
            passed = " › ".join(one.id for one in road)
            message = f"this road ({passed}) reaches no fix with `ends: true`: put {SUPPORT_FIX} last, or lead on with `then`"
            reader.find(_file(intent), ["then" if intent.then else "fixes"], message)


def _road(guide: Guide, intent: Intent) -> Iterator[Intent]:
    """The intent, and those that it leads on to."""
    seen: set[str] = set()
    current: Intent | None = intent
    while current is not None and current.id not in seen:
        seen.add(current.id)
        yield current
        current = guide.intents.get(current.then or "")


def _whole(guide: Guide, road: list[Intent]) -> bool:
    """Whether the road has no gap; a gap has been found already."""
    last = road[-1]
    return all(one.kind is Kind.ERROR and all(step.go or _known(guide, step) for step in one.steps) for one in road) and (
        last.then is None or last.then in guide.intents
    )


def _menu(reader: Reader, guide: Guide) -> None:
    """Each place in the menu once."""
    listed = sorted((i for i in guide.intents.values() if i.menu is not None), key=lambda i: (i.menu or 0, i.id))
    for first, second in pairwise(listed):
        if first.menu == second.menu:
            reader.find(_file(second), ["menu"], f"place {second.menu} in the menu is taken by {first.id}: choose another number")


# --- fixes and facts ------------------------------------------------------------------------------------------------------


def _fixes(reader: Reader, guide: Guide) -> None:
    """Fixes that lead nowhere, and risks that are not confirmed."""
    used = {fix for intent in guide.intents.values() for step in intent.steps for fix in step.fixes}
    tests = {fix.test for fix in guide.fixes.values()}
    complete = not any(file.startswith("intents/") for file, _ in reader.broken)
    for fix in guide.fixes.values():
        if complete and fix.id not in used | tests | {COMPUTER_BACKUP, SUPPORT_FIX}:
            lost = f', and nothing else finds out "{fix.asks}"' if fix.asks else ""
            reader.find(
                FIXES, [fix.id], f'no intent uses the fix "{fix.id}"{lost}: add it to an error\'s `fixes`, or delete it with its texts'
            )
        if fix.risk in RISKY and not fix.confirm:
            reader.find(FIXES, [fix.id, "risk"], f"a fix with the risk {fix.risk.value} must be confirmed: add `confirm: true`")
        if fix.asks and (fix.confirm or fix.risk is not Risk.NONE or fix.test):
            reader.find(FIXES, [fix.id, "asks"], "a fix that only looks (`asks`) has no risk, no `confirm` and no `test`")


def _facts(reader: Reader, guide: Guide) -> None:
    """A fact is worth asking for only where something depends on it."""
    conditions = [fix.only_if for fix in guide.fixes.values()] + [
        step.only_if for intent in guide.intents.values() for step in intent.steps
    ]
    used = {fact for only_if in conditions for fact in only_if} | {fact for fix in guide.fixes.values() for fact in fix.needs}
    for responses in guide.responses.values():
        used |= {
            text.fact
            for group in responses.groups.values()
            for entry in group.values()
            for text in entry.values()
            if isinstance(text, ByFact)
        }
        used |= {fact for fact, entry in responses.groups["questions"].items() if any(field.startswith("notes/") for field in entry)}
    for one in guide.facts.values():
        if one.unsure not in (*one.values, UNKNOWN):
            reader.find(FACTS, [one.id, "unsure"], f'"{one.unsure}" is no value of this fact{nearest(one.unsure, one.values)}')
    for fact in guide.facts.keys() - used:
        if not reader.broken:
            message = f'nothing depends on the fact "{fact}": use it in `only_if`, `needs`, a text\'s `by` or a note, or delete it'
            reader.find(FACTS, [fact], message)
