"""Says how a text is understood: for authors word by word, for programs as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.affirming import POSSIBLE
from bot.matching import Explanation, Matcher
from bot.model import Decision
from bot.normalising import compared, rooted, token
from bot.scoring import SURE

HOWS = {
    "whole": "the whole message is a phrase",
    "screen": "one of iOS's own texts stands in the message",
    "blend": "words and phrases weighed together",
    "nothing": "there is nothing in it to weigh",
}


def text_of(line: str) -> str:
    """The message of an input line: plain text, or a JSON object with `text`."""
    line = line.rstrip("\r\n")
    if line.lstrip().startswith("{"):
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            return line
        if isinstance(raw, dict) and isinstance(raw.get("text"), str):
            return str(raw["text"])
    return line


def as_object(matcher: Matcher, text: str) -> dict[str, object]:
    """The decision about a text, as an object for JSON."""
    heard = matcher.read(text)
    sure = heard.decision is Decision.MATCH
    intent = heard.intents[0] if sure else None
    return {
        "decision": heard.decision.value,
        "intent": intent,
        "kind": matcher.kind(intent).value if intent else None,
        "score": heard.candidates[0].score if heard.candidates else 0.0,
        "language": heard.language,
        "candidates": [{"intent": candidate.intent, "score": candidate.score} for candidate in heard.candidates],
    }


def explained(matcher: Matcher, text: str) -> str:
    """The decision about a text, word by word."""
    heard = matcher.read(text)
    explanation = matcher.explain(text)
    reading = explanation.reading
    lines = [
        f"language   {heard.language or 'unknown'}",
        f"decision   {_decision(matcher, heard.decision, heard.intents)}",
        f"because    {HOWS[reading.how]}",
    ]
    if heard.facts:
        lines.append("facts      " + ", ".join(f"{fact} = {value}" for fact, value in heard.facts.items()))
    if heard.reported:
        lines.append("done       " + ", ".join(heard.reported) + " (by what the message says)")
    if heard.disclosed:
        lines.append(f"discloses  {heard.disclosed.value}")
    if heard.act:
        lines.append(f"answer     {heard.act} (while something is on the table)")
    lines += ["", "score  intent, and its nearest phrase"]
    for candidate in reading.scores[:5]:
        pairs = reading.nearest.get(candidate.intent, ())
        nearest = f"  ~ {explanation.lexicon.text(pairs[0][1])} ({pairs[0][0]:.0%})" if pairs else ""
        lines.append(f"{candidate.score:5.1f}  {candidate.intent}{nearest}")
    lines += ["", f"sure from {SURE:.0f}, worth a button from {POSSIBLE:.0f}", "", *_words(explanation)]
    return "\n".join(lines)


def nearest_phrases(explanation: Explanation, intents: Sequence[str]) -> dict[str, tuple[float, str]]:
    """The nearest phrase of each of these intents that has any near, and how near (0 to 1), however little else speaks for the intent."""
    lexicon, decided = explanation.lexicon, explanation.reading.nearest
    words = compared([explanation.corrected.get(word, word) for word in explanation.words])
    features = lexicon.index.features(words)
    found = {}
    for intent in (intent for intent in intents if intent in lexicon.index.intents):
        number = lexicon.index.intents.index(intent)
        # One by one: beside a nearer intent the phrases of a farther one would not be looked at.
        if pairs := decided.get(intent) or lexicon.index.nearness(features, [number]).get(number):
            found[intent] = (pairs[0][0], lexicon.text(pairs[0][1]))
    return found


def _decision(matcher: Matcher, decision: Decision, intents: tuple[str, ...]) -> str:
    named = ", ".join(f"{intent} ({matcher.kind(intent).value})" for intent in intents)
    return f"{decision.value}: {named}" if named else decision.value


def _words(explanation: Explanation) -> list[str]:
    """Each word: what it was read as, how rare it is, and for which intents it speaks most."""
    lines = ["weight  word"]
    for word in dict.fromkeys(explanation.words):
        right = explanation.corrected.get(word, word)
        weight = explanation.lexicon.index.rarity(token(right))
        read_as = f"{word} -> {rooted(right)}" if rooted(right) != word else word
        if not weight:
            lines.append(f"     -  {read_as}: in no phrase")
            continue
        speaks = sorted(explanation.lexicon.index.speaks_for(token(right)), key=lambda pair: pair[1], reverse=True)[:3]
        lines.append(f"{weight:6.2f}  {read_as}: " + ", ".join(intent for intent, _ in speaks))
    return lines
