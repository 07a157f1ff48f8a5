"""The dialogue, in short conversations: what the laws do not say by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import ACTS, COMMANDS, step
from bot.matching import Matcher
from bot.model import Asked, Decision, Guide, Heard, Kind, Pressed, Session, Showed, Stage, Timer, TimerFired
from bot.rendering import render
from tests.conversing import DAY, HOUR, MINUTE, START, Talk, answering, buttons_of, press_on, walk
from tests.moves import without

NO_ICLOUD = "This iPhone cannot be backed up because there is not enough iCloud storage available."
NO_NETWORK = "This iPhone cannot be backed up because of poor network conditions."


@pytest.fixture
def talk(guide: Guide, matcher: Matcher) -> Talk:
    return Talk(guide, matcher)


def at(talk: Talk, stop: str, error: str = "stalled") -> Talk:
    """The talk, led to a stop of an error's road; nothing has helped so far."""
    walk(talk.take(error), answering("didnt", "confirm", "already"), until=stop)
    return talk


# --- from a text to the fix --------------------------------------------------------------------------------------------


def test_a_pasted_text_leads_to_the_first_fix(talk: Talk) -> None:
    """What iOS said is explained, with the number of fixes there may be, and the date of the last backup is found out first."""
    talk.say(NO_NETWORK)
    assert talk.parts == ["means poor-network", "road", "step last-date"]
    assert talk.buttons[:4] == [f"tell last_backup:{value}" for value in ("days", "weeks", "months", "never")]
    assert "The safest comes first." in talk.text


def test_an_answer_may_be_typed(talk: Talk) -> None:
    """What is typed while a fix is on the table is first an answer to it."""
    talk.say(NO_NETWORK).say("yesterday")
    assert (talk.at, talk.history[-1]) == ("fixing wifi", "told last_backup days")
    talk.say("still the same")
    assert (talk.at, talk.history[-1]) == ("fixing other-wifi", "tried wifi didnt-help")
    talk.say("that did the trick, it worked")
    assert (talk.at, talk.history[-1]) == ("solved", "tried other-wifi worked")


def test_full_storage_of_which_kind_is_asked(talk: Talk) -> None:
    """Storage that is full without saying which is asked about, and the phone's own leads to another road."""
    talk.say("storage full")
    talk.take("storage-full")
    assert talk.at == "asking full_storage"
    talk.press("tell full_storage:phone").press("tell last_backup:days")
    assert talk.at == "fixing phone-space"


def test_full_storage_that_was_named_is_not_asked(talk: Talk) -> None:
    """What the text says is not asked again."""
    talk.say(NO_ICLOUD)
    assert talk.at == "fixing last-date"
    assert talk.session.facts["full_storage"] == "icloud"


def test_two_problems_in_one_message(talk: Talk) -> None:
    """The first problem is worked on; the second is offered after the first is solved, with what was tried still known."""
    talk.send(Heard(Decision.MATCH, ("poor-network", "phone-full"))).press("tell last_backup:days", "didnt", "worked other-wifi")
    assert talk.parts == ["solved", "night-announced", "later-offer phone-full"]
    assert "take phone-full" in talk.buttons
    talk.mean("yes")
    assert (talk.at, talk.session.later) == ("fixing phone-space", ())
    assert "tried wifi didnt-help" in talk.history


def test_two_screens_in_one_text_are_both_heard(talk: Talk) -> None:
    """Two of iOS's own texts in one message are two problems."""
    talk.say(f"{NO_NETWORK} Before that it said: There isn't enough free space on this device to finish a backup.")
    problems = {talk.history[0].split()[1], *talk.session.later}
    assert problems == {"poor-network", "phone-full"}


# --- what is known of the phone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("iphone 8, ios 16.7", "Press Volume Up and let go"),
        ("i have an iphone 15", "Press Volume Up and let go"),
        ("iphone se 2020", "Press Volume Up and let go"),
        ("iphone 7 plus", "Hold Volume Down and the side button together"),
        ("iphone 6s", "round Home button"),
        ("iphone se 1st generation", "round Home button"),
    ],
)
def test_restart_buttons_fit_the_phone(talk: Talk, told: str, words: str) -> None:
    """A phone named in passing decides the buttons of the force restart, and is not asked for."""
    talk.say(told)
    stops = walk(talk.take("stalled"), answering("didnt", "confirm"), until="fixing force-restart")
    assert "asking restart_buttons" not in stops
    assert words in talk.text


def test_restart_buttons_are_asked_once(talk: Talk) -> None:
    """A phone that was not named is asked about right before the force restart, once."""
    at(talk, "asking restart_buttons").press("tell restart_buttons:volume-down")
    assert talk.at == "fixing force-restart"
    assert "Hold Volume Down" in talk.text
    assert "asking restart_buttons" not in walk(talk, answering("couldnt", "confirm"))


def test_unknown_restart_buttons_name_all_three(talk: Talk) -> None:
    """Who cannot tell the model is shown the buttons of all models."""
    at(talk, "asking restart_buttons").press("tell restart_buttons:unknown")
    assert all(model in talk.text for model in ("iPhone 8 or later", "iPhone 7", "iPhone 6s or older"))


@pytest.mark.parametrize(
    ("told", "menu", "reset"),
    [
        ("ios 14.8", "Manage Storage", "General › Reset"),
        ("ios 15", "Manage Storage", "Transfer or Reset iPhone › Reset"),
        ("ios 16.7.2", "Manage Account Storage", "Transfer or Reset iPhone › Reset"),
        ("ios 17", "Manage Account Storage", "Transfer or Reset iPhone › Reset"),
        ("ios 18.1", "› Storage ›", "Transfer or Reset iPhone › Reset"),
        ("", "Manage Account Storage", "Transfer or Reset iPhone › Reset"),
    ],
)
def test_menu_names_fit_the_version(talk: Talk, told: str, menu: str, reset: str) -> None:
    """Settings paths carry the names of the iOS version that was named, else the newest common ones."""
    talk.say(told)
    walk(talk.take("last-backup-failed"), answering("didnt", "confirm"), until="fixing next-size")
    assert menu in talk.text
    walk(talk, answering("didnt", "confirm", "already"), until="fixing network-reset")
    assert reset in talk.text


def test_an_ipad_is_called_an_ipad(talk: Talk) -> None:
    """Texts name the device that the person has."""
    talk.say("my iPad on iPadOS 17 is stuck on estimating time remaining")
    walk(talk, answering("didnt"), until="fixing wifi+power")
    assert "Plug in the iPad" in talk.text
    assert "iPhone" not in talk.text


def test_a_fact_in_passing_corrects_what_was_told(talk: Talk) -> None:
    """What a text says of the phone replaces what was told before, also in the history."""
    at(talk, "asking computer").press("tell computer:none")
    talk.say("wait, I found a macbook")
    assert "told computer mac" in talk.history


def test_facts_of_the_phone_outlive_a_problem(talk: Talk) -> None:
    """A new start keeps what is lasting, such as the model, and drops what belonged to the problem."""
    talk.say("iphone 8, ios 16.7").say(NO_ICLOUD).press("tell last_backup:never").ask("restart")
    assert talk.at == "home"
    assert talk.session.facts == {"device": "iphone", "restart_buttons": "volume-keys", "newest_ios": "16", "ios": "16"}
    assert talk.session.problem is None


# --- in the middle -----------------------------------------------------------------------------------------------------------


def test_a_typed_question_is_answered_and_the_fix_shown_again(talk: Talk) -> None:
    """A question typed in the middle of a fix is answered above the same card."""
    before = at(talk, "fixing other-wifi").session
    talk.say("is apple down?")
    assert talk.parts == ["answer apple-down", "back-to-it", "step other-wifi"]
    assert replace(talk.session, seen=before.seen, language=before.language, language_from=before.language_from) == before


@pytest.mark.parametrize(
    ("stop", "error", "question", "answered"),
    [
        ("asking full_storage", "storage-full", "how much does icloud storage cost?", "answer plans-and-prices"),
        ("asking computer", "stalled", "how do I back up my iphone to my computer", "answer computer-backup"),
    ],
)
def test_a_question_is_no_answer_to_the_bots_own(talk: Talk, stop: str, error: str, question: str, answered: str) -> None:
    """A question that happens to name what the bot asks for is answered, not taken for an answer and passed over."""
    at(talk, stop, error).say(question)
    assert answered in talk.parts


def test_a_new_error_text_at_a_question_switches(talk: Talk) -> None:
    """An error text that happens to tell what the bot asks for is taken up, with what it tells."""
    at(talk, "asking restart_buttons").say(f"now my iphone 8 says {NO_NETWORK}")
    assert talk.history[-1] == "took poor-network"
    assert talk.session.facts["restart_buttons"] == "volume-keys"


def test_another_error_keeps_what_was_tried(talk: Talk) -> None:
    """After a switch of error, what did not help is not offered again."""
    at(talk, "fixing other-wifi").say(NO_NETWORK)
    assert talk.parts[:3] == ["switched poor-network", "means poor-network", "road"]
    assert talk.at == "fixing wifi" or "tried wifi+power didnt-help" in talk.history
    assert "fixing wifi" not in walk(talk, answering("didnt", "confirm"))


def test_the_same_error_again_changes_nothing(talk: Talk) -> None:
    """Pasting the error that is being worked on shows the card again."""
    before = at(talk, "fixing wifi", "poor-network").session
    talk.say(NO_NETWORK)
    assert talk.parts == ["same-problem poor-network", "step wifi"]
    assert talk.session.problem == before.problem


def test_yes_to_a_look_is_no_success(talk: Talk) -> None:
    """Yes on a card that only looks ends nothing: the question is still open."""
    talk.say(NO_NETWORK).say("yes")
    assert talk.at == "fixing last-date"


def test_a_risky_fix_is_declined(talk: Talk) -> None:
    """A risky fix that the person does not want is left out for good."""
    at(talk, "confirming toggle").press("decline")
    assert talk.history[-1] == "tried toggle declined"
    assert not [stop for stop in walk(talk, answering("couldnt", "confirm")) if stop.endswith("toggle")]


def test_the_safety_net_leads_back(talk: Talk) -> None:
    """A computer backup made before something risky leads back to its confirmation, and is not offered again."""
    at(talk, "confirming network-reset", "poor-network").press("safety")
    assert (talk.parts[0], talk.at) == ("safety-first", "fixing back-up-to-computer")
    talk.press("made back-up-to-computer")
    assert (talk.parts[0], talk.at) == ("safe-now", "confirming network-reset")
    assert "safety" not in talk.buttons


def test_a_copy_alone_solves_nothing(talk: Talk) -> None:
    """A computer backup makes the evening safe; the error itself goes on, and the fix is not offered twice."""
    at(talk, "asking computer").press("tell computer:mac", "made back-up-to-computer")
    assert talk.session.stage in (Stage.ASKING, Stage.CONFIRMING)
    assert not [stop for stop in walk(talk, answering("didnt", "confirm")) if "back-up-to-computer" in stop]


def test_why_is_answered_above_the_card(talk: Talk) -> None:
    """Why? gives the reason of the fix, and its card again."""
    assert at(talk, "fixing other-wifi").mean("why").parts == ["why other-wifi", "step other-wifi"]


def test_what_could_not_be_done_comes_once_more(talk: Talk) -> None:
    """Just before Apple Support, what could not be done is offered a second time, and no third."""
    at(talk, "fixing wifi", "poor-network").press("couldnt")
    stops = walk(talk, answering("didnt", "confirm"))
    assert stops[-1] == "fixing wifi"
    assert talk.at == "support"
    talk = Talk(talk.guide)
    stops = walk(talk.take("poor-network"), answering("couldnt", "confirm"))
    assert stops.count("fixing wifi") == 2


# --- undo ------------------------------------------------------------------------------------------------------------------------


def test_back_shows_the_previous_fix(talk: Talk) -> None:
    """Back takes back an outcome; the fix may then have another."""
    at(talk, "fixing other-wifi", "poor-network").press("didnt", "back")
    assert (talk.at, talk.parts[0]) == ("fixing other-wifi", "went-back")
    talk.press("couldnt")
    assert talk.history[-1] == "tried other-wifi couldnt"


def test_back_changes_an_answer(talk: Talk) -> None:
    """Back takes back what was told; the question is asked again."""
    at(talk, "asking computer").press("tell computer:none", "back")
    assert talk.at == "asking computer"
    talk.press("tell computer:mac")
    assert talk.at == "fixing back-up-to-computer"


def test_back_to_a_risky_fix_asks_again(talk: Talk) -> None:
    """Back to a risky fix that was declined shows its confirmation, never its steps."""
    at(talk, "confirming toggle").press("decline").ask("back")
    assert talk.at == "confirming toggle"


def test_back_over_a_switch_returns_to_the_error_before(talk: Talk) -> None:
    """Back takes back a switch of error."""
    at(talk, "fixing other-wifi").say(NO_NETWORK).ask("back")
    assert talk.at == "fixing other-wifi"
    assert "took poor-network" not in talk.history


def test_a_success_that_did_not_last_is_taken_up_again(talk: Talk) -> None:
    """After success, "it came back" notes that the fix did not help, and goes on with the next."""
    at(talk, "fixing wifi", "poor-network").press("worked wifi", "came-back")
    assert (talk.parts[0], talk.at, talk.history[-1]) == ("reopened", "fixing other-wifi", "tried wifi didnt-help")


def test_a_late_success_counts(talk: Talk) -> None:
    """A late "it worked" on an earlier card of the problem ends it, and is credited to that card's fix."""
    card = at(talk, "fixing wifi", "poor-network").cards[-1]
    talk.press("didnt", "didnt").send(Pressed(card.session, card.turn, "worked", "wifi"))
    assert (talk.at, talk.history[-1]) == ("solved", "tried wifi worked")


def test_a_late_success_of_no_fix_credits_none(talk: Talk) -> None:
    """A late "it worked" on the old card of Apple Support ends the problem, but says nothing of the fix that is on the screen now."""
    card = at(talk, "support", "poor-network").cards[-1]
    before = talk.press("back", "confirm").history
    talk.send(Pressed(card.session, card.turn, "worked"))
    assert (talk.at, talk.history) == ("solved", before)


def test_a_copy_that_was_made_is_not_offered_by_a_forged_button(talk: Talk) -> None:
    """A forged press for the safety net does not bring back a computer backup that was made before."""
    at(talk, "asking computer").press("tell computer:mac", "made back-up-to-computer")
    walk(talk, answering("didnt", "confirm"), until="confirming network-reset")
    talk.send(Pressed(talk.session.id, talk.session.turn, "safety"))
    assert talk.at == "confirming network-reset"


def test_a_copy_is_credited_once(talk: Talk) -> None:
    """The press that says that the computer backup is made, coming twice, is one press."""
    card = at(talk, "asking computer").press("tell computer:mac").cards[-1]
    made = Pressed(card.session, card.turn, "made", "back-up-to-computer")
    once = talk.send(made).session
    talk.send(made)
    assert (talk.session.problem, talk.at) == (once.problem, f"{once.stage} {once.subject}")


# --- time ------------------------------------------------------------------------------------------------------------------------


def test_after_days_the_person_is_welcomed_back(talk: Talk) -> None:
    """Who comes back after days is told where we were, and the buttons of the old card still work."""
    at(talk, "fixing other-wifi").later(3 * DAY).show("sticker")
    assert talk.parts[0] == "welcome-back"
    assert talk.at == "fixing other-wifi"
    at(talk, "fixing other-wifi", "poor-network").later(3 * DAY).press("didnt")
    assert talk.at == "fixing restart"


def test_a_short_pause_needs_no_welcome(talk: Talk) -> None:
    """Within hours nobody is greeted again."""
    at(talk, "fixing other-wifi").later(5 * HOUR).mean("why")
    assert talk.parts == ["why other-wifi", "step other-wifi"]


@pytest.mark.parametrize("days", [14, 15, 400])
def test_two_idle_weeks_end_a_problem(talk: Talk, days: int) -> None:
    """After more than 14 idle days the conversation starts anew; what is lasting is kept."""
    talk.say("iphone 8")
    at(talk, "fixing other-wifi").later(days * DAY).show("sticker")
    if days == 14:
        assert talk.at == "fixing other-wifi"
    else:
        assert talk.parts[0] == "been-a-while"
        assert (talk.at, talk.session.problem, talk.session.facts) == (
            "home",
            None,
            {"device": "iphone", "restart_buttons": "volume-keys", "newest_ios": "16"},
        )


def test_an_error_after_two_weeks_is_a_new_problem(talk: Talk) -> None:
    """An error pasted after two idle weeks begins a new problem, in which nothing was tried."""
    at(talk, "fixing other-wifi", "poor-network").later(20 * DAY).say(NO_NETWORK)
    assert talk.parts[:2] == ["been-a-while", "means poor-network"]
    assert talk.history == ["took poor-network"]


def test_a_button_from_before_two_idle_weeks_is_old(talk: Talk) -> None:
    """A press on a card of an ended problem does nothing but show the menu."""
    at(talk, "fixing other-wifi").later(20 * DAY).press("didnt")
    assert talk.parts[0] == "been-a-while"
    assert (talk.at, talk.session.problem) == ("home", None)


def test_a_timer_asks_again(talk: Talk) -> None:
    """The wish to be asked later offers times by the fix; the timer of the chosen one asks whether it finished."""
    at(talk, "fixing leave-24h").press("wait")
    assert talk.buttons == ["remind 1440", "remind 2880", "go-on"]
    talk.press("remind 1440")
    timer = Timer(talk.now + DAY, talk.session.id, talk.session.turn)
    assert (talk.turn.timers, talk.parts[0]) == ((timer,), "will-ask")
    assert "tomorrow" in talk.text
    before = talk.later(DAY).at
    talk.send(TimerFired(timer.session, timer.turn))
    assert (talk.parts, talk.at) == (["asking-again"], before)
    assert talk.buttons == ["finished", "other-message", "still-running", "stop", "go-on"]
    assert talk.send(TimerFired(timer.session, timer.turn)).parts == []


@pytest.mark.parametrize("meanwhile", ["didnt", "worked leave-24h"])
def test_a_timer_whose_moment_has_passed_is_silent(talk: Talk, meanwhile: str) -> None:
    """A timer of a card that was left says nothing and changes nothing."""
    timer = at(talk, "fixing leave-24h").press("wait", "remind 1440").turn.timers[0]
    before = talk.press(meanwhile).later(DAY).session
    talk.send(TimerFired(timer.session, timer.turn))
    assert (talk.turn.replies, talk.session) == ((), before)


def test_a_timer_of_another_session_is_silent(guide: Guide) -> None:
    """A timer of a session that was deleted touches no other."""
    session = step(guide, Session("new"), Asked("start", "stalled"), START).session
    assert step(guide, session, TimerFired("old", session.turn), START + DAY).session == session


# --- special roads ----------------------------------------------------------------------------------------------------------------


def test_who_hands_the_phone_in_tonight_gets_a_copy_first(talk: Talk) -> None:
    """Handing in tonight comes before the error under way, begins with a computer backup, and the error is offered afterwards."""
    at(talk, "fixing other-wifi").say("I hand my phone in tonight")
    assert talk.parts[0] == "answer hand-in-tonight"
    assert talk.at == "asking computer"
    talk.press("tell computer:mac")
    assert talk.at == "fixing back-up-to-computer"
    talk.press("worked back-up-to-computer")
    assert talk.session.stage is Stage.SOLVED
    assert "later-offer stalled" in talk.parts
    talk.press("take stalled")
    assert talk.at == "fixing other-wifi"


def test_who_hands_in_without_a_computer_may_borrow_space(talk: Talk) -> None:
    """Without a computer, the free storage for a move is offered next, then the backup itself."""
    talk.take("hand-in-tonight").press("tell computer:none", "tell moving:yes")
    assert talk.at == "fixing temporary-storage"
    assert walk(talk, answering("didnt", "confirm"))[1] == "fixing last-date"


def test_a_person_at_apple_is_offered_with_what_was_tried(talk: Talk) -> None:
    """Asking for a person leads to Apple Support with the summary so far, and back again to the fix."""
    at(talk, "fixing other-wifi").say("talk to a person")
    assert talk.at == "support"
    summary = next(part for reply in talk.turn.replies for part in reply.parts if part.template == "summary")
    assert summary.values["errors"] == ("stalled",)
    fixes = summary.values["fixes"]
    assert isinstance(fixes, tuple)
    assert [entry.rpartition(":")[0] for entry in fixes] == ["wifi:didnt-help", "power:didnt-help", "leave-24h:didnt-help"]
    talk.press("back")
    assert talk.at == "fixing other-wifi"


def test_a_detour_that_was_taken_back_is_not_offered_again(talk: Talk) -> None:
    """After Back from Apple Support, the error under way is not offered as another one at its own end."""
    at(talk, "fixing other-wifi").say("talk to a person").press("back", "worked other-wifi")
    assert talk.session.stage is Stage.SOLVED
    assert "later-offer stalled" not in talk.parts


def test_a_question_with_a_fix_offers_it(talk: Talk) -> None:
    """An answer outside a problem ends with a button that leads to the error where a fix follows."""
    talk.say("how long should a backup take?")
    assert talk.parts == ["answer how-long"]
    assert talk.buttons == ["fix-it stalled", "menu"]
    assert talk.press("fix-it stalled").at == "fixing last-date"


def test_the_menu_after_success_opens_nothing(talk: Talk) -> None:
    """The menu after success is the menu, not the next fix of what is solved."""
    at(talk, "fixing wifi", "poor-network").press("worked wifi").say("how long should a backup take?").press("menu")
    assert talk.at == "home"


def test_a_greeting_in_a_choice_does_not_end_the_problem(talk: Talk) -> None:
    """/start or the menu while a choice is open, in the middle of a problem, does not throw away what was tried."""
    before = at(talk, "fixing other-wifi").session.problem
    talk.send(Heard(Decision.CHOOSE, ("storage-full", "phone-full")))
    assert talk.fork().ask("start").session.problem == before
    assert talk.say("how long should a backup take?").press("menu").session.problem == before


def test_facts_heard_with_a_choice_are_kept(talk: Talk) -> None:
    """What an ambiguous text says of the phone still counts once the person has chosen."""
    talk.send(Heard(Decision.CHOOSE, ("storage-full", "phone-full"), facts={"full_storage": "icloud"})).press("take storage-full")
    assert talk.at == "fixing last-date"


# --- content that changes under the conversation ------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", ["asking computer", "confirming toggle", "fixing other-wifi", "fixing wifi+power"])
def test_a_card_that_has_left_the_guide_gives_way_to_the_next(talk: Talk, stop: str) -> None:
    """When the fix or question on the table is gone, the next one is shown, and a press on the old card does nothing."""
    at(talk, stop)
    card, gone = talk.cards[-1], frozenset(talk.session.subject.split("+"))
    history = talk.history
    talk.under(without(gone)).send(press_on(card, buttons_of(card)[0]))
    assert talk.parts[0] == "guide-changed"
    assert not gone & set(talk.session.subject.split("+"))
    assert talk.history == history


def test_an_error_that_has_left_the_guide_gives_way_to_the_one_before(talk: Talk) -> None:
    """When the error under way is gone, the one before it goes on; when there is none, the menu is shown."""
    at(talk, "fixing other-wifi").say(NO_NETWORK)
    talk.under(without(frozenset({"poor-network"}))).show("sticker")
    assert talk.at == "fixing other-wifi"
    talk.under(without(frozenset({"poor-network", "stalled"}))).show("sticker")
    assert (talk.at, talk.session.problem, talk.parts[0]) == ("home", None, "guide-changed")


@pytest.mark.parametrize("end", ["worked wifi", "support"])
def test_what_was_kept_for_later_may_leave_the_guide(talk: Talk, end: str) -> None:
    """A second problem that the guide no longer has is neither offered nor taken up."""
    talk.send(Heard(Decision.MATCH, ("poor-network", "phone-full"))).press("tell last_backup:days")
    talk.under(without(frozenset({"phone-full"})))
    if end == "support":
        walk(talk, answering("didnt", "confirm"))
    else:
        talk.press(end)
    assert "take phone-full" not in talk.buttons
    stage = talk.session.stage
    assert talk.mean("yes").session.stage is stage


def test_a_value_that_has_left_the_guide_is_not_named(talk: Talk) -> None:
    """An answer that the guide no longer has does not keep the summary from being written."""
    at(talk, "asking computer").press("tell computer:pc")
    fact = talk.guide.facts["computer"]
    texts = talk.guide.responses["en"]
    entry = {field: text for field, text in texts.groups["questions"]["computer"].items() if not field.endswith("/pc")}
    groups = {**texts.groups, "questions": {**texts.groups["questions"], "computer": entry}}
    facts = {**talk.guide.facts, "computer": replace(fact, values=("mac", "none"))}
    talk.under(replace(talk.guide, facts=facts, responses={"en": replace(texts, groups=groups)})).say("talk to a person")
    assert talk.at == "support"


# --- the odd message ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["photo", "unreadable", "unknown", "refused", "busy", "voice", "sticker", "empty"])
@pytest.mark.parametrize("stop", ["home", "fixing other-wifi"])
def test_what_is_not_words_is_answered(talk: Talk, what: str, stop: str) -> None:
    """A photo, voice message, sticker or empty message is answered by its kind, with the card or the menu."""
    if stop != "home":
        at(talk, stop)
    talk.show(what)
    assert talk.parts[0] == f"showed-{what}"
    assert talk.buttons


def test_a_picture_that_was_read_is_taken_up_under_its_line(talk: Talk) -> None:
    """What is sure goes on to the fix, with the line that told it above; what is not is asked about."""
    talk.send(Showed("read", Heard(Decision.MATCH, ("poor-network",)), "poor network conditions"))
    assert (talk.parts[0], talk.session.stage) == ("read-in-picture", Stage.FIXING)
    talk.send(Showed("read", Heard(Decision.CHOOSE, ("storage-full", "phone-full")), "storage full"))
    assert (talk.parts[0], talk.session.stage) == ("read-in-picture", Stage.CHOOSING)


def test_an_edited_answer_is_not_an_answer(talk: Talk) -> None:
    """An older message that is corrected does not answer the card that stands there now."""
    before = at(talk, "fixing other-wifi").session
    talk.say("it worked", edited=True)
    assert (talk.parts[0], talk.session.problem) == ("showed-edited", before.problem)


def test_an_edited_error_counts(talk: Talk) -> None:
    """An older message that is corrected to an error text is taken up."""
    assert talk.say(NO_NETWORK, edited=True).history == ["took poor-network"]


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "backup " * 2000, "<b>&amp;</b> **x** `y` {device} {nope}", "```\n```", "\N{PILE OF POO}", "\u202e"]
)
def test_a_strange_text_is_answered(talk: Talk, text: str) -> None:
    """Very long texts, markup and signs are answered like any other, and nothing of them comes back."""
    talk.say(text)
    assert talk.text
    assert text not in talk.text


@pytest.mark.parametrize("command", [*COMMANDS, "nosuchcommand"])
@pytest.mark.parametrize("stop", ["home", "asking computer", "confirming toggle", "fixing other-wifi", "solved", "support"])
def test_every_command_is_answered_everywhere(talk: Talk, command: str, stop: str) -> None:
    """Each chat command has an answer at each stage, and only those that say so end a problem."""
    if stop == "solved":
        at(talk, "fixing other-wifi").press("worked other-wifi")
    elif stop != "home":
        walk(talk.take("stalled"), answering("didnt", "confirm", "already"), until="" if stop == "support" else stop)
    problem = talk.session.problem
    talk.ask(command)
    assert talk.text
    if command not in ("start", "restart", "forget", "back"):
        assert talk.session.problem == problem


def test_a_link_leads_to_its_intent(talk: Talk) -> None:
    """/start with an intent's id begins there; with anything else it greets."""
    assert talk.take("phone-full").parts[0] == "means phone-full"
    assert talk.ask("restart").take("cellular").parts == ["answer cellular"]
    assert talk.take("it-worked").parts == talk.take("nonsense").parts == ["welcome"]


def test_every_act_is_typed_somewhere(guide: Guide, matcher: Matcher) -> None:
    """The first phrases of each act are understood as that act while a card is on the table."""
    for act in ACTS:
        first = [phrase.text for phrase in guide.intents[act].phrases if phrase.language == "en"][:3]
        assert any(matcher.read(text).act == act for text in first), act


SAID_OF_ANY = "Cannot Back Up"
"""A text of iOS that people say of every error."""


def test_every_error_screen_in_the_middle_switches(talk: Talk, matcher: Matcher) -> None:
    """IOS's own text of another error, pasted while a fix is on the table, is taken up; what people say for any error is asked about."""
    at(talk, "fixing other-wifi", "poor-network")
    for intent in talk.guide.intents.values():
        screens = [phrase.text for phrase in intent.phrases if phrase.screen and phrase.language == "en"]
        if intent.kind is Kind.ERROR and intent.id != "poor-network" and screens:
            there = talk.fork().say(screens[0])
            if screens[0] == SAID_OF_ANY:
                assert (there.parts, f"take {intent.id}" in there.buttons) == (["which"], True), there.buttons
            else:
                assert there.history[-1] == f"took {intent.id}", f"{screens[0]!r}: {there.parts}"


def test_language_is_kept(talk: Talk) -> None:
    """/language with a language that the content has is said and kept; with any other, the choice is shown."""
    assert talk.ask("language", "en").parts[0] == "language-set en"
    assert talk.session.language == "en"
    assert talk.ask("language", "tlh").parts == ["languages"]
    assert "language en" in talk.buttons


def test_a_session_of_another_day_is_answered_in_its_language(guide: Guide) -> None:
    """A language that the content no longer has falls back to English."""
    turn = step(guide, Session("s", language="xx"), Asked("help"), START)
    assert render(guide, turn.replies[0]).text == render(guide, step(guide, Session("s"), Asked("help"), START).replies[0]).text


def test_forgetting_starts_over(talk: Talk) -> None:
    """/forget asks for everything to be deleted, and what follows is a first conversation."""
    at(talk.say("iphone 8"), "fixing other-wifi").ask("forget")
    assert talk.turn.forget
    assert (talk.session.problem, talk.session.facts, talk.session.later) == (None, {}, ())
    assert talk.say(NO_NETWORK).history == ["took poor-network"]


def test_minutes_are_said_as_people_say_them(talk: Talk) -> None:
    """A wait of half a day is said in hours."""
    at(talk, "fixing overnight-wifi", "requirements-not-met").press("wait", "remind 720")
    assert talk.turn.timers[0].due == talk.now + 720 * MINUTE
    assert "in 12 hours" in talk.text
