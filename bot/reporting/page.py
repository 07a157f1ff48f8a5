"""The report of a period as one HTML page: no address outside, no script, light and dark, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.model import Outcome
from bot.reporting.elements import Content, Html, element, joined, table
from bot.reporting.estimates import Share
from bot.reporting.names import Names
from bot.reporting.plots import bar, columns, interval
from bot.reporting.summary import Funnel, Summary
from bot.store.counted import LONGER, SPANS

STYLE: Final = Path(__file__).with_name("page.css")
TOLD: Final[dict[Outcome, str]] = {
    Outcome.WORKED: "It worked",
    Outcome.DIDNT_HELP: "Didn't help",
    Outcome.COULDNT: "Couldn't do it",
    Outcome.ALREADY: "Did it before",
    Outcome.DECLINED: "Declined",
}
CHECKS: Final = {"fix": "How a fix went", "night": "Whether the night's backup ran"}
MOST_STOPS: Final = 20
"""Cards that are listed; the rest is one line."""
NOTHING: Final = "Nothing was counted in this period."


def page(summary: Summary, names: Names, made: str) -> str:
    """The page. made: the program, and when it was made."""
    period = summary.period
    title = f"Backup Medic: {period.first} to {period.last}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(STYLE.read_text(encoding="utf-8"))),
    )
    intro = element(
        "header",
        element("h1", "Backup Medic"),
        element("p", element("strong", f"{period.first} to {period.last}"), f", both included. Days begin at 00:00 UTC. {made}"),
        element("p", "Anonymous counts only: no message, no name, no chat and no time of day is in them.", class_="faint"),
    )
    parts = [element("p", NOTHING, class_="empty")] if summary.is_empty else _sections(summary, names)
    return "<!DOCTYPE html>\n" + element("html", head, element("body", element("main", intro, *parts)), lang="en") + "\n"


def _sections(summary: Summary, names: Names) -> list[Html]:
    return [
        _tiles(summary),
        _section("Day by day", DAYS, _by_day(summary)),
        _section("From the first message to the outcome", FUNNEL, _whole_funnel(summary), _funnels(summary, names)),
        _section("Where people stop", STOPS, _stops(summary, names)),
        _section("What became of each fix", FIXES, _fixes(summary, names)),
        _section("Time to the solution", TIMES, _times(summary)),
        _section("What was understood", READ, _readings(summary, names)),
        _section("Languages", LANGUAGES, _languages(summary, names)),
        _section("Reminders", REMINDERS, _reminders(summary)),
    ]


DAYS: Final = "Problems by the day on which they began, and where they stand now."
FUNNEL: Final = (
    "Problems that began in this period, by what they began with. A problem ends when the backup runs or Apple Support takes over; "
    "the others stand at some card: given up, or still under way (people come back within 14 days)."
)
STOPS: Final = "The last card of the problems that began in this period and have not ended: of those long ago, where people fell silent."
FIXES: Final = (
    "What people told in this period. The share is “It worked” of those who tell whether it helped; its band is Wilson's interval of 95 %: "
    "the true share may well be anywhere in it. Fixes come in an order, so a late one meets the hard cases."
)
TIMES: Final = "From the first message to the fix that worked, of problems that began in this period, where a fix was named."
READ: Final = (
    "Messages as they were read. Not understood: nothing was found in it, or the bot asked which of a few it was and none fitted. "
    "By the language that they seem to be in."
)
LANGUAGES: Final = (
    "Conversations by the language in which the bot answers. One counts once on each day on which the person wrote or pressed."
)
REMINDERS: Final = "Agreed with the person; asked when the time came; answered: they went on from there."


def _section(title: str, note: str, *content: Content) -> Html:
    return element("section", element("h2", title), element("p", note, class_="faint"), *content)


def _none(what: str) -> Html:
    return element("p", f"{what}: none.", class_="empty")


# --- at a glance -----------------------------------------------------------------------------------------------------------


def _tiles(summary: Summary) -> Html:
    total, reading = summary.total, summary.reading
    tiles = [
        (str(sum(summary.came.values())), "conversations", "each once a day"),
        (str(total.began), "problems began", ""),
        (_percent(Share(total.solved, total.began)), "backup runs", _of(total.solved, total.began)),
        (_percent(Share(total.support, total.began)), "to Apple Support", _of(total.support, total.began)),
        (_percent(Share(total.stopped, total.began)), "open or given up", _of(total.stopped, total.began)),
        (_percent(reading.not_understood), "not understood", _of(reading.not_understood.part, reading.messages, "messages")),
    ]
    cells = [element("div", element("b", figure), element("span", name), element("small", note)) for figure, name, note in tiles]
    return element("div", *cells, class_="tiles")


def _of(part: int, of: int, what: str = "") -> str:
    return f"{part} of {of} {what}".strip()


def _percent(share: Share) -> str:
    return f"{share.value:.0%}".replace("%", " %") if share.of else "–"


def _between(share: Share) -> str:
    """The interval of a share: `17–34 %`."""
    low, high = share.interval
    return f"{100 * low:.0f}–{100 * high:.0f} %"


ENDS: Final = (("solved", "Backup runs"), ("support", "Apple Support"), ("stopped", "Open or given up"))
"""How a problem stands: the class of its colour, and its name."""


def _ends(funnel: Funnel) -> list[tuple[str, float]]:
    return [(kind, max(getattr(funnel, kind), 0)) for kind, _ in ENDS]


def _legend(kinds: Sequence[tuple[str, str]] = ENDS) -> Html:
    swatches = (joined(element("i", class_=kind), f" {name} ") for kind, name in kinds)
    return element("p", *(element("span", swatch) for swatch in swatches), class_="legend")


def _by_day(summary: Summary) -> Html:
    if not summary.total.began:
        return _none("Problems")
    most = max(funnel.began for funnel in summary.standing.values())
    told = f"Problems of each day, at most {most}"
    axis = element(
        "p", element("span", summary.period.first), element("span", f"at most {most} a day"), element("span", summary.period.last)
    )
    rows: list[tuple[Content, ...]] = [
        (day, str(summary.came.get(day, 0)), *(str(figure) for figure in (one.began, one.solved, one.support, one.stopped)))
        for day, one in summary.standing.items()
    ]
    head = ("Day (UTC)", "Conversations", "Problems", "Backup runs", "Support", "Open, given up")
    listed = element("details", element("summary", "The figures of each day"), table(head, rows))
    stacks = [_ends(funnel) for funnel in summary.standing.values()]
    return joined(_legend(), element("div", columns(stacks, told), element("div", axis, class_="axis"), class_="plot"), listed)


# --- problems ----------------------------------------------------------------------------------------------------------------


def _whole_funnel(summary: Summary) -> Html:
    total = summary.total
    steps = [
        ("Problem began", total.began),
        ("Saw a fix", total.offered),
        ("Told how a fix went", total.tried),
        ("Backup runs", total.solved),
    ]
    rows: list[tuple[Content, ...]] = [
        (
            name,
            bar([("solved" if name == "Backup runs" else "accent", count)], total.began, _of(count, total.began)),
            str(count),
            _percent(Share(count, total.began)),
        )
        for name, count in steps
    ]
    return table(("All problems", "", "Problems", "Share"), rows, "bars")


def _funnels(summary: Summary, names: Names) -> Html:
    if not summary.funnels:
        return _none("Problems")
    most = max(funnel.began for funnel in summary.funnels)
    rows: list[tuple[Content, ...]] = []
    for one in summary.funnels:
        figures = (one.began, one.solved, one.support, one.stopped, one.offered, one.tried)
        told = ", ".join(f"{name}: {getattr(one, kind)}" for kind, name in ENDS)
        rows.append((_named(names.intent(one.intent), one.intent), bar(_ends(one), most, told), *map(str, figures)))
    head = ("Problem", "", "Began", "Backup runs", "Support", "Open, given up", "Saw a fix", "Told how one went")
    return joined(_legend(), table(head, rows, "bars"))


def _named(name: str, id_: str) -> Html:
    """A name, and the id beside it by which the files know it."""
    return joined(name) if name == id_ else joined(name, " ", element("code", id_))


def _stops(summary: Summary, names: Names) -> Html:
    if not summary.stops:
        return _none("Open or given up")
    listed = list(summary.stops.items())
    most, total = listed[0][1], sum(summary.stops.values())
    rows: list[tuple[Content, ...]] = [
        (names.card(card), bar([("stopped", count)], most, str(count)), str(count), _percent(Share(count, total)))
        for card, count in listed[:MOST_STOPS]
    ]
    if rest := listed[MOST_STOPS:]:
        count = sum(count for _, count in rest)
        rows.append(
            (f"{len(rest)} other cards", bar([("stopped", count)], max(most, count), str(count)), str(count), _percent(Share(count, total)))
        )
    return table(("Last card", "", "Problems", "Share"), rows, "bars")


def _times(summary: Summary) -> Html:
    if not summary.spans:
        return _none("Solved by a fix that was named")
    total, most = sum(summary.spans.values()), max(summary.spans.values())
    rows: list[tuple[Content, ...]] = []
    sofar = 0
    for span in (*map(str, SPANS), LONGER):
        count = summary.spans.get(span, 0)
        sofar += count
        rows.append((_span(span), bar([("solved", count)], most, str(count)), str(count), _percent(Share(sofar, total))))
    return table(("Within", "", "Problems", "Up to here"), rows, "bars")


def _span(span: str) -> str:
    """A span's upper end, in the unit in which people say it."""
    if span == LONGER:
        return f"more than {SPANS[-1] // 1440} days"
    minutes = int(span)
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            return f"{minutes // size} {unit}{'s' * (minutes != size)}"
    return span


# --- fixes -------------------------------------------------------------------------------------------------------------------


def _fixes(summary: Summary, names: Names) -> Html:
    if not summary.fixes:
        return _none("Outcomes")
    rows: list[tuple[Content, ...]] = []
    for record in summary.fixes:
        told = f"{_percent(record.helped)} of {record.helped.of}, {_between(record.helped)}"
        share = f"{_percent(record.helped)} ({_between(record.helped)})" if record.helped.of else "–"
        figures = (str(record.outcomes.get(outcome, 0)) for outcome in TOLD)
        rows.append((_named(names.fix(record.fix), record.fix), interval(record.helped, told), share, *figures))
    return table(("Fix", "0 to 100 %", "Share (interval)", *TOLD.values()), rows, "bars")


# --- messages and people ---------------------------------------------------------------------------------------------------


READINGS: Final = (("solved", "Understood"), ("support", "Asked which"), ("missed", "Nothing found"))


def _readings(summary: Summary, names: Names) -> Html:
    if not summary.reading.messages:
        return _none("Messages")
    most = summary.readings[0].messages
    rows: list[tuple[Content, ...]] = []
    for one in (summary.reading, *summary.readings):
        parts = [("solved", one.match), ("support", one.choose), ("missed", one.none)]
        told = ", ".join(f"{name}: {count}" for (_, name), (_, count) in zip(READINGS, parts, strict=True))
        figures = (one.match, one.choose, one.missed, one.none)
        name = names.language(one.language) if one is not summary.reading else "All"
        share = _percent(one.not_understood)
        of = one.messages if one is summary.reading else most
        rows.append((name, bar(parts, of, told), str(one.messages), share, *map(str, figures)))
    head = ("Language", "", "Messages", "Not understood", "Understood", "Asked which", "… none of these", "Nothing found")
    return joined(_legend(READINGS), table(head, rows, "bars"))


def _languages(summary: Summary, names: Names) -> Html:
    if not summary.languages:
        return _none("Conversations")
    most, total = max(summary.languages.values()), sum(summary.languages.values())
    rows: list[tuple[Content, ...]] = [
        (_named(names.language(code), code), bar([("accent", count)], most, str(count)), str(count), _percent(Share(count, total)))
        for code, count in summary.languages.items()
    ]
    return table(("Language", "", "Conversations", "Share"), rows, "bars")


def _reminders(summary: Summary) -> Html:
    if not summary.reminders:
        return _none("Reminders")
    rows: list[tuple[Content, ...]] = [
        (CHECKS.get(check, check), *(str(counts.get(what, 0)) for what in ("agreed", "asked", "answered")))
        for check, counts in sorted(summary.reminders.items())
    ]
    return table(("What is asked", "Agreed", "Asked", "Answered"), rows)
