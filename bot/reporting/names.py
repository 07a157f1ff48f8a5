"""Ids in words: operators read names, in English, and find the id beside them in the files."""

from __future__ import annotations

from bot.cldr import language_names
from bot.markup import plain
from bot.model import ENGLISH, UNKNOWN, Guide, Part, Reply, Stage
from bot.rendering import render
from bot.road import SEPARATOR


class Names:
    """What things are called. An id that the guide does not know (any more) stands for itself."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide

    def intent(self, id_: str) -> str:
        return self._words(Part("name", id_)) if id_ in self._guide.intents else id_

    def fix(self, id_: str) -> str:
        return self._words(Part("title", id_)) if id_ in self._guide.fixes else id_

    def card(self, standing: str) -> str:
        """A card on which a problem may stand: its fixes, its question, or what else it is."""
        stage, _, about = standing.partition(" ")
        if stage == Stage.ASKING:
            texts = self._guide.responses[ENGLISH].groups["questions"].get(about, {})
            return f"Question: {texts.get('name', about)}"
        if stage in {Stage.FIXING, Stage.CONFIRMING}:
            named = " + ".join(self.fix(fix) for fix in about.split(SEPARATOR))
            return f"Warning before: {named}" if stage == Stage.CONFIRMING else named
        return {Stage.CHOOSING.value: "Choice between problems", Stage.HOME.value: "Menu"}.get(stage, standing)

    def language(self, code: str) -> str:
        """A language's English name: of `zh-Hans` that of `zh_Hans`."""
        return "not known" if code in {UNKNOWN, ""} else language_names().get(code.replace("-", "_"), code)

    def _words(self, part: Part) -> str:
        return plain(render(self._guide, Reply((part,), language=ENGLISH)).text)
