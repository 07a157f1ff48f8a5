"""Reads an event as a trigger: what the person means at this stage. The table in `dialogue` says what follows from it.

Typed words, pressed buttons and commands that mean the same are the same trigger. Nothing in an event is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.hours import TOMORROW, TONIGHT, is_by_the_clock, is_zone, times
from bot.identifying import closest
from bot.model import UNKNOWN, Asked, Check, Decision, Event, Guide, Heard, Kind, Mark, Pressed, Session, Showed, Stage, TimerFired
from bot.road import OPEN, SEPARATOR, intent_of, known, next_stop


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a transition may look at: the guide, the session, the event with what it is about, and the time."""

    guide: Guide
    session: Session
    now: int
    about: str = ""
    heard: Heard = Heard()

    @property
    def facts(self) -> dict[str, str]:
        return known(self.session)


FIX_LINK: Final = "fix_"
"""What the payload of a link to a fix begins with; that of a link to a problem or a question is its id alone."""
NO_FIX: Final = "-"
"""What a late "it worked" that stood on no fix's card is about."""

TOPICS: Final = ("take", "answer")
"""The triggers of what a text may be about: a problem to work on, a question or another topic to answer."""
ABOUT_CARD: Final = frozenset(("didnt", "couldnt", "already", "done", "next", "yes", "no", "none"))
"""The triggers by which a text answers the card on the table."""
ABOUT_CHOICE: Final = frozenset(("yes", "no", "none"))
"""Those that a text means of a choice on the table, whatever it has interrupted."""
ABOUT_INTERRUPTED: Final = frozenset(("didnt", "already", "done", "show", "why"))
"""Those that a text means of the card that a choice has interrupted, and not of the choice."""
BEHIND: Final = 60
"""Score of an act from which on a text may mean it although something else is likelier; below, most of the messages in tests/ do not."""
THANKED_FOR: Final = frozenset(("it-worked", "didnt-help"))
"""The acts that go before a thank-you in the same text."""
WEIGHTY: Final[Mapping[str, tuple[int, str]]] = {"it-worked": (70, "done"), "start-over": (85, "")}
"""Act that ends what is under way -> the score that it needs, and the act that is understood below that, if any."""
ACTS: Final[Mapping[str, str]] = {
    "it-worked": "worked",
    "didnt-help": "didnt",
    "cant-do": "couldnt",
    "already-did": "already",
    "done": "done",
    "next": "next",
    "yes": "yes",
    "no": "no",
    "why": "why",
    "show-me": "show",
    "later": "wait",
    "stop-reminding": "stop",
    "back": "back",
    "start-over": "restart",
    "tried": "tried",
    "none-of-these": "none",
    "hello": "hello",
    "help": "help",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "about-bot": "about",
    "upset": "upset",
}
"""What people type instead of pressing: act intent -> trigger."""

COMMANDS: Final[Mapping[str, str]] = {
    "start": "start",
    "help": "help",
    "tried": "tried",
    "back": "back",
    "restart": "restart",
    "language": "language",
    "timezone": "timezone",
    "privacy": "privacy",
    "forget": "forget",
}
"""Chat command -> trigger; any other command is met with help."""

BUTTONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("worked", "made"), "worked"),
    **dict.fromkeys(("take", "fix-it"), "take"),
    **{same: same for same in ("didnt", "couldnt", "already", "back", "tell", "confirm", "decline", "safety", "none", "show", "wait")},
    **dict.fromkeys(("menu", "go-on"), "menu"),
    **{same: same for same in ("tried", "leaflet", "restart", "language")},
    "came-back": "didnt",
    "pass-on": "pass-on",
    "offer-again": "offer-again",
    **{same: same for same in ("remind", "zone", "stop", "finished", "other-message", "ran", "didnt-run")},
    "still-running": "wait",
}
"""A button's action -> trigger; any other action is a forgery, and as harmless as an old button."""


AFTER_A_REMINDER: Final[Mapping[Check, Mapping[str, str]]] = {
    Check.FIX: {"yes": "finished", "done": "finished", "no": "wait"},
    Check.NIGHT: {"yes": "ran", "worked": "ran", "done": "ran", "no": "didnt-run", "didnt": "didnt-run"},
}
"""What typed words answer after a reminder has asked."""


def read_event(scene: Scene, event: Event) -> tuple[str, Scene]:
    match event:
        case Heard():
            heard_of = _with_language(_with_facts(scene, event), event)
            return _read_text(heard_of, heard_of.heard)
        case Pressed():
            return _read_press(scene, event)
        case Asked():
            return _read_command(scene, event)
        case Showed(heard=Heard() as heard):  # a picture that was read counts like a message of its words
            return _read_text(_with_language(_with_facts(scene, heard), heard), heard)
        case Showed():
            return "showed", replace(scene, about=event.what)
        case TimerFired():
            reminder = scene.session.reminder
            live = reminder is not None and not reminder.rang and (event.session, event.turn) == (scene.session.id, reminder.turn)
            return "timer" if live else "late-timer", scene


def _with_facts(scene: Scene, heard: Heard) -> Scene:
    """The scene with what a text says of the phone (it corrects what was told before) and of fixes done already."""
    known_facts = scene.guide.facts
    facts = {fact: value for fact, value in heard.facts.items() if fact in known_facts and value in known_facts[fact].values}
    session = scene.session
    if session.problem is not None:
        history = tuple(
            replace(note, value=facts[note.key]) if note.mark is Mark.TOLD and note.key in facts else note
            for note in session.problem.history
        )
        session = replace(session, problem=replace(session.problem, history=history))
    told = tuple(fix for fix in heard.reported if _can_be_reported(scene.guide, fix))
    reported = tuple(dict.fromkeys((*session.reported, *told)))
    session = replace(session, facts={**session.facts, **facts}, reported=reported)
    return replace(scene, session=session, heard=replace(heard, reported=told, message="" if heard.disclosed else heard.message))


def _can_be_reported(guide: Guide, fix: str) -> bool:
    """Whether a fix can be done with: what only looks has answers of its own, and the end of the road stays."""
    return fix in guide.fixes and guide.fixes[fix].asks is None and not guide.fixes[fix].ends


def _with_language(scene: Scene, heard: Heard) -> Scene:
    """The scene in the language of a text, where that is sure, spoken here, and not overruled by what is known already."""
    session = scene.session
    language = closest(heard.language, scene.guide.responses) if heard.language and heard.language_from else None
    if language is None or heard.language_from < session.language_from:
        return scene
    return replace(scene, session=replace(session, language=language, language_from=heard.language_from))


def _read_text(scene: Scene, heard: Heard) -> tuple[str, Scene]:
    """While something is on the table, text is first an answer to it."""
    if (answered := _read_answer(scene, heard) or _read_interrupted(scene, heard)) is not None:
        return answered
    on_table = scene.session.stage is not Stage.HOME
    act = _likely_act(heard)
    if act in ACTS and (on_table or heard.decision is Decision.NONE or (heard.decision is Decision.CHOOSE and ACTS[act] not in ABOUT_CARD)):
        return ("showed", replace(scene, about="edited")) if heard.edited else _read_act(scene, ACTS[act])
    if heard.reported and (heard.decision is Decision.NONE or (on_table and heard.decision is Decision.CHOOSE)):
        return "reported", scene
    if heard.decision is Decision.NONE or not heard.intents:
        return "not-found", scene
    if heard.decision is Decision.CHOOSE:
        return _read_choice(scene, heard)
    return _read_act(replace(scene, about=heard.intents[0]), trigger_of_intent(scene.guide, heard.intents[0]))


def _read_answer(scene: Scene, heard: Heard) -> tuple[str, Scene] | None:
    """What a text answers: the question on the table, when to ask again (which a card that takes its time offers), which phone it is."""
    if (told := _told_by(scene, heard)) is not None:
        return "tell", replace(scene, about=told)
    if heard.when and not heard.edited and offered_times(scene):
        return "remind", replace(scene, about=heard.when)
    if heard.when and scene.session.stage in OPEN and heard.decision is Decision.CHOOSE and not _likely_act(heard):
        return "wait", scene
    return ("mention", scene) if _only_tells(scene, heard) else None


def _read_interrupted(scene: Scene, heard: Heard) -> tuple[str, Scene] | None:
    """What a text means of the card that a choice has interrupted, where it does not choose: its answer, or what became of its fix."""
    session = scene.session
    if session.stage is not Stage.CHOOSING or session.problem is None:
        return None
    stop = next_stop(scene.guide, session.problem, scene.facts)
    there = replace(scene, session=replace(session, turn=session.turn + 1, stage=stop.stage, subject=stop.subject, unmatched=None))
    act = _likely_act(heard)
    if ACTS.get(act) not in ABOUT_CHOICE and (told := _told_by(there, heard)) is not None:
        return "tell", replace(there, about=told)
    return _read_act(there, ACTS[act]) if act in ACTS and ACTS[act] in ABOUT_INTERRUPTED and not heard.edited else None


def _likely_act(heard: Heard) -> str:
    """The act that a text means, if it is likely enough for what follows from it; else empty."""
    act, scores = heard.act, {candidate.intent: candidate.score for candidate in heard.candidates}
    if act is None or not scores:
        return act or ""
    if act == "thanks":
        act = next((other for other in scores if other in THANKED_FOR and scores[other] >= BEHIND), act)
    elif act != heard.candidates[0].intent and scores.get(act, 0) < BEHIND:
        return ""
    least, instead = WEIGHTY.get(act, (0, ""))
    return act if scores.get(act, 0) >= least else instead


def _only_tells(scene: Scene, heard: Heard) -> bool:
    """Whether a text says what is so, and nothing besides: of the phone or its owner ("iphone 13"), or else in the middle of a problem."""
    guide, under_way = scene.guide, scene.session.stage in OPEN
    alone = bool(heard.facts) and heard.facts.items() <= heard.answers.items() and not _has_topic(guide, heard)
    return alone and all(fact in guide.facts and (under_way or guide.facts[fact].lasting) for fact in heard.facts)


def _has_topic(guide: Guide, heard: Heard) -> bool:
    """Whether a text is surely about a problem, a question or another topic."""
    return heard.decision is Decision.MATCH and any(trigger_of_intent(guide, intent) in TOPICS for intent in heard.intents[:1])


def _read_choice(scene: Scene, heard: Heard) -> tuple[str, Scene]:
    """What a text that may mean several things leads to. That an error is still there is no news while its card is on the table."""
    under_way = intent_of(scene.guide, scene.session.problem) if scene.session.stage in (Stage.CONFIRMING, Stage.FIXING) else None
    if under_way is not None and heard.intents[0] == under_way.id and under_way.kind is Kind.ERROR:
        return "take", replace(scene, about=under_way.id)
    if scene.session.stage in OPEN and heard.candidates and heard.candidates[0].intent in ACTS:  # faint, and all else fainter
        return "not-found", scene
    choices = tuple(intent for intent in heard.intents if trigger_of_intent(scene.guide, intent) in TOPICS)
    return ("choose", replace(scene, about=SEPARATOR.join(choices))) if choices else ("not-found", scene)


def _read_act(scene: Scene, trigger: str) -> tuple[str, Scene]:
    """What an act means. One that answers the card is, where the text names fixes as done, about these and not about the card."""
    named, session = set(scene.heard.reported), scene.session
    if session.reminder is not None and session.reminder.rang and not named:
        return AFTER_A_REMINDER[session.reminder.check].get(trigger, trigger), scene
    if trigger not in ABOUT_CARD or not named:
        return trigger, scene
    card = set(session.subject.split(SEPARATOR)) if session.stage in (Stage.CONFIRMING, Stage.FIXING) else set()
    if named != card and not (trigger == "done" and named <= card):
        return "reported", scene
    session = replace(session, reported=tuple(fix for fix in session.reported if fix not in named))
    return trigger, replace(scene, session=session, heard=replace(scene.heard, reported=()))


def _told_by(scene: Scene, heard: Heard) -> str | None:
    """The answer (`fact:value`) that a text gives to the question on the table."""
    fact = scene.session.subject if scene.session.stage is Stage.ASKING else looks_for(scene)
    if fact is None or heard.edited:
        return None
    if fact not in scene.guide.facts:
        return None
    in_passing = not _has_topic(scene.guide, heard)  # a question or an error that names the thing is not an answer to ours
    is_version = bool(scene.guide.facts[fact].ages) and _only_tells(scene, heard)  # "iOS 17.4" is no 17 April
    value = (None if is_version else heard.answers.get(fact)) or (heard.facts.get(fact) if in_passing else None)
    return f"{fact}:{value}" if value in scene.guide.facts[fact].values else None


def trigger_of_intent(guide: Guide, intent: str) -> str:
    if intent not in guide.intents:
        return "not-found"
    found = guide.intents[intent]
    if found.kind is Kind.ACT:
        return ACTS.get(intent, "not-found")
    return "take" if found.steps else "answer"


def _read_press(scene: Scene, event: Pressed) -> tuple[str, Scene]:
    """A press counts once, on the card that it was drawn for. A late "it worked" still counts."""
    trigger = BUTTONS.get(event.action, "old-button")
    about = replace(scene, about=event.value)
    session = scene.session
    if event.session != session.id or not _well_formed(scene, trigger, event.value):
        return "old-button", scene
    if event.turn == session.turn:
        if trigger == "confirm" and event.value:
            return "fix-steps", about
        return ("answer", about) if trigger == "take" and not scene.guide.intents[event.value].steps else (trigger, about)
    late = event.action == "worked" and session.problem is not None and session.problem.turn <= event.turn < session.turn
    return (trigger, replace(scene, about=event.value or NO_FIX)) if late else ("old-button", scene)


def _well_formed(scene: Scene, trigger: str, value: str) -> bool:  # noqa: PLR0911 - one line for each
    """Whether a button's value is one that the bot could have drawn at this stage: button data is never trusted."""
    guide = scene.guide
    match trigger:
        case "take":
            return value in guide.intents and guide.intents[value].kind is not Kind.ACT
        case "tell":
            fact, _, told = value.partition(":")
            on_table = scene.session.subject if scene.session.stage is Stage.ASKING else looks_for(scene)
            return fact == on_table and fact in guide.facts and told in (*guide.facts[fact].values, UNKNOWN)
        case "language" | "remind":
            return value in (guide.responses if trigger == "language" else offered_times(scene))
        case "confirm":
            return not value or value in guide.fixes
        case "pass-on":
            return bool(value) and scene.session.unmatched is not None and value == scene.session.unmatched.message
        case "worked" | "zone":
            return _is_place(scene, value) if trigger == "zone" else _are_fixes(guide, value)
        case _:
            return not value


def _are_fixes(guide: Guide, value: str) -> bool:
    return not value or all(fix in guide.fixes for fix in value.split(SEPARATOR))


def _is_place(scene: Scene, value: str) -> bool:
    """Whether this is a time zone (or none), and before it the time that is chosen with it (or none)."""
    choice, marked, zone = value.partition("@")
    return bool(marked) and (not choice or _can_be_chosen(scene, choice)) and (not zone or is_zone(zone))


def _can_be_chosen(scene: Scene, choice: str) -> bool:
    """Whether the card on the table can be asked about then: what was typed may be any time by the clock."""
    offered = offered_times(scene)
    return choice in offered or (bool(offered) and (choice in (TONIGHT, TOMORROW) or is_by_the_clock(choice)))


def _read_command(scene: Scene, event: Asked) -> tuple[str, Scene]:
    trigger = COMMANDS.get(event.command, "help")
    wanted = event.argument.strip()
    if trigger == "start" and wanted in scene.guide.intents and scene.guide.intents[wanted].kind is not Kind.ACT:
        return trigger_of_intent(scene.guide, wanted), replace(scene, about=wanted)
    if trigger == "start" and wanted.startswith(FIX_LINK) and (fix := wanted.removeprefix(FIX_LINK)) in scene.guide.fixes:
        return "fix", replace(scene, about=fix)
    return trigger, replace(scene, about=wanted)


def offered_times(scene: Scene) -> tuple[str, ...]:
    """When the card on the table can be asked about again."""
    if scene.session.stage is not Stage.FIXING:
        return ()
    wait = max(scene.guide.fixes[fix].wait for fix in scene.session.subject.split(SEPARATOR))
    return times(wait) if wait else ()


def looks_for(scene: Scene) -> str | None:
    """The fact that the card on the table finds out, if it only looks."""
    fix = scene.guide.fixes.get(scene.session.subject) if scene.session.stage is Stage.FIXING else None
    return fix.asks if fix else None
