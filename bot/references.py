"""Checks that everything that the content names exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.cures import nearest
from bot.inspection import Inspection
from bot.model import Fact, Fix, Guide, Intent, Kind
from bot.schemas.intents import FACTS, FIXES


@dataclass(frozen=True, slots=True)
class References:
    """Checks that everything named in the content exists."""

    inspection: Inspection
    guide: Guide

    def check(self) -> None:
        """Find everything that is named and not there."""
        for fix in self.guide.fixes.values():
            self._fix(fix)
        for fact in self.guide.facts.values():
            self._fact(fact)
        for intent in self.guide.intents.values():
            self._intent(intent)

    def _fix(self, fix: Fix) -> None:
        for field, named in (("only_if", tuple(fix.only_if)), ("needs", fix.needs), ("asks", (fix.asks,) if fix.asks else ())):
            for fact in named:
                self._known(FIXES, [fix.id, field], "fact", fact, FACTS)
        self._values(FIXES, [fix.id, "only_if"], fix.only_if)
        if fix.picture is not None:
            for fact in (*fix.picture.unless, *((fix.picture.buttons,) if fix.picture.buttons else ())):
                self._known(FIXES, [fix.id, "picture"], "fact", fact, FACTS)
            self._values(FIXES, [fix.id, "picture"], fix.picture.unless)
        if fix.test is not None:
            self._known(FIXES, [fix.id, "test"], "fix", fix.test, FIXES)

    def _fact(self, fact: Fact) -> None:
        for field, told in (("said", fact.said), ("answered", fact.answered)):
            for value in told:
                self._values(FACTS, [fact.id, field, value], {fact.id: (value,)})
        for value, implied in fact.implies.items():
            self._values(FACTS, [fact.id, "implies", value], {fact.id: (value,)})
            for other, its_value in implied.items():
                self._known(FACTS, [fact.id, "implies", value, other], "fact", other, FACTS)
                self._values(FACTS, [fact.id, "implies", value, other], {other: (its_value,)})

    def _intent(self, intent: Intent) -> None:
        file = f"intents/{intent.id}.yaml"
        if intent.then is not None:
            self._error(file, ["then"], intent.then)
        for place, step in enumerate(intent.steps):
            keys: list[str | int] = ["fixes", place]
            for fix in step.fixes:
                self._known(file, keys, "fix", fix, FIXES)
            if step.go is not None:
                self._error(file, keys, step.go)
            for fact in step.only_if:
                self._known(file, keys, "fact", fact, FACTS)
            self._values(file, keys, step.only_if)
        for phrase, (its_file, where) in zip(intent.phrases, self.inspection.places[intent.id], strict=True):
            for fact, value in phrase.facts.items():
                self._known(its_file, where, "fact", fact, FACTS)
                self._values(its_file, where, {fact: (value,)})

    def _error(self, file: str, keys: Sequence[str | int], name: str) -> None:
        """A hand-over must lead to an error."""
        if name in self.guide.intents and (kind := self.guide.intents[name].kind) is not Kind.ERROR:
            self.inspection.find(file, keys, f'"{name}" is no error but of the kind {kind.value}: the road can only go on to an error')
        else:
            self._known(file, keys, "error", name, "intents")

    def _known(self, file: str, keys: Sequence[str | int], what: str, name: str, where: str) -> None:
        known = self.inspection.ids.get(where, set())
        if name not in known and not self.inspection.is_broken(where, ""):
            self.inspection.find(file, keys, f'there is no {what} "{name}"{nearest(name, known)}')

    def _values(self, file: str, keys: Sequence[str | int], conditions: Mapping[str, tuple[str, ...]]) -> None:
        for fact, values in conditions.items():
            for value in values:
                if fact in self.guide.facts and value not in self.guide.facts[fact].values:
                    known = self.guide.facts[fact].values
                    self.inspection.find(
                        file, keys, f'the fact "{fact}" has no value "{value}"{nearest(value, known)}; its values: {", ".join(known)}'
                    )
