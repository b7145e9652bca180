"""An alert as a page: what fired, why and when, the rule in words, who was told, what it went
through."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject, in_trouble
from monitor.models import Rule
from monitor.text import clean
from monitor.view.alerted import Tally
from monitor.view.alerts import ends, title_of
from monitor.view.detail import make_link, stamp
from monitor.view.page import Item, Leads, Page, Section, Target
from monitor.view.rows import DAY, ago

LEADS = {
    Subject.STORY: Leads.STORY,
    Subject.CVE: Leads.CVE,
    Subject.BULLETIN: Leads.BULLETIN,
}
HEADS = {
    Subject.STORY: "Stories",
    Subject.CVE: "CVEs",
    Subject.BULLETIN: "Bulletins",
    Subject.DEVICE: "Devices",
    Subject.FEED: "Feeds",
    Subject.WORD: "Words",
}
HISTORY = 50  # lines of the audit log that are shown


class Heard(NamedTuple):
    """A line of the audit log, clean."""

    when: float
    what: str
    target: str = ""
    error: str = ""
    note: str = ""


class Known(NamedTuple):
    """What is known of an alert besides itself."""

    rule: Rule | None = None  # None: the configuration no longer has it
    explained: str = ""  # the rule in a sentence
    tally: Tally = Tally()
    muted: str = ""  # "until it is unmuted"
    story: str = ""  # the id of the story that it is about, today
    kinds: Mapping[str, str] = {}  # of targets, by id
    history: Sequence[Heard] = ()
    beside: bool = False  # its story is shown too: then the page need not lead there


def heard(line: Mapping[str, Any]) -> Heard:
    """A line of the audit log as it is read."""
    try:
        when = datetime.fromisoformat(str(line.get("when", ""))).timestamp()
    except ValueError:
        when = 0.0
    texts = {name: clean(str(line.get(name) or ""), 200) for name in Heard._fields[1:]}
    return Heard(when, **texts)


def explained(rule: Rule) -> str:
    """What a rule does, in a sentence."""
    from monitor.query import QueryError
    from monitor.rules.explain import explain

    try:
        return clean(explain(rule), 500)
    except QueryError as error:
        return clean(f"Its query cannot be read: {error}", 500)


def alert_page(alert: Alert, known: Known, now: float, tz: tzinfo | None = None) -> Page:
    """All about an alert."""
    sections = [
        Section("", tuple(_facts(alert, known, now, tz))),
        Section("Told", tuple(_told(alert, known, now, tz))),
        Section(_several(alert), tuple(_subjects(alert, known)) if alert.others else ()),
        Section("History", tuple(_history(known.history, tz))),
    ]
    return Page(title_of(alert), (), tuple(part for part in sections if part.items))


def _several(alert: Alert) -> str:
    return f"{HEADS[alert.kind]} ({alert.count:,})"


def _facts(alert: Alert, known: Known, now: float, tz: tzinfo | None) -> Iterator[Item]:
    yield Item("State", _state(alert, now, tz), style=str(alert.severity))
    yield Item("Why", clean(alert.reason, 1000))
    yield Item("Fired", f"{stamp(alert.fired, tz)}  {ago(alert.fired, now)}", style="dim")
    if not alert.others and not known.beside:
        yield from _about(alert, known)
    name = clean((known.rule.title if known.rule else "") or alert.rule, 100)
    also = f" ({clean(alert.rule, 60)})" if name != alert.rule else ""
    gone = "" if known.rule else "  no longer in the configuration"
    yield Item("Rule", f"{name}{also}{gone}")
    if known.explained:
        yield Item("", known.explained, style="dim")
    if known.muted:
        yield Item("Muted", f"{known.muted}; its alerts are kept, and told to nobody", style="dim")
    if known.tally.noisy:
        yield Item("Noise", f"It {known.tally.says()}. Z mutes it; or narrow it.", style="warning")
    elif known.tally.fired > 1:
        yield Item("", f"It {known.tally.says()}", style="dim")
    if alert.note:
        yield Item("Note", clean(alert.note, 1000))


def _state(alert: Alert, now: float, tz: tzinfo | None) -> str:
    """How grave, and in which state since when: "high  snoozed until Fri 08:00, since ..."."""
    words = ends(alert, now, tz) or str(alert.state)
    since = "" if alert.state is AlertState.NEW else f", since {stamp(alert.since, tz)}"
    return f"{alert.severity}  {words}{since}"


def _about(alert: Alert, known: Known) -> Iterator[Item]:
    """The one subject, where it leads somewhere that is not shown below."""
    target = target_of(alert.kind, alert.about, known.story)
    if target is not None:
        word = {Subject.STORY: "Story", Subject.CVE: "CVE"}.get(alert.kind, "Bulletin")
        yield Item(word, clean(alert.about.title or alert.about.id, 300), target=target)


def target_of(kind: Subject, about: About, story: str = "") -> Target | None:
    """Where a subject leads; devices, feeds and words have screens of their own."""
    if kind in LEADS:
        return Target(LEADS[kind], story or about.id, make_link(about.url) if about.url else None)
    return None


def _subjects(alert: Alert, known: Known) -> Iterator[Item]:
    for one in alert.subjects:
        label = clean(one.id, 30) if alert.kind is Subject.CVE else ""
        title = clean(one.title or one.id, 300)
        yield Item(label if label != title else "", title, target=target_of(alert.kind, one))


def _told(alert: Alert, known: Known, now: float, tz: tzinfo | None) -> Iterator[Item]:
    for one in alert.deliveries:
        kind = known.kinds.get(one.target, "")
        name = clean(f"{kind} {one.target}" if kind != one.target else kind, 40).strip()
        style = "grave" if in_trouble(one) else ""
        yield Item(name, delivery_says(one, now, tz), style=style)


def delivery_says(one: Delivery, now: float, tz: tzinfo | None = None) -> str:
    """How it stands: "failed 3 times, next try 12:40: connection refused"."""
    tries = "once" if one.tries == 1 else f"{one.tries:,} times"
    error = f": {clean(one.error, 200)}" if one.error else ""
    if one.state is DeliveryState.SENT:
        after = f", at try {one.tries:,}" if one.tries > 1 else ""
        return f"sent {_moment(one.when, now, tz)}{after}"
    if one.state is DeliveryState.DROPPED:
        return "not sent: it was seen to before"
    if one.state is DeliveryState.FAILED:
        return f"given up {_moment(one.when, now, tz)}, failed {tries}{error}"
    if not one.tries:
        late = one.when > now
        return f"waits until {_moment(one.when, now, tz)}" if late else "waits to be sent"
    return f"failed {tries}, next try {_moment(one.next_try, now, tz)}{error}"


def _moment(time: float, now: float, tz: tzinfo | None) -> str:
    """The time of day while it is near, else with the date."""
    words = stamp(time, tz)
    return words[11:] if abs(time - now) < DAY / 2 else words


def _history(heard: Iterable[Heard], tz: tzinfo | None) -> Iterator[Item]:
    lines = list(heard)
    if len(lines) == 1 and lines[0].what == "fired":
        return  # as is said above
    for one in lines[-HISTORY:]:
        target = f" {one.target}" if one.target else ""
        rest = "; ".join(filter(None, (one.error, one.note)))
        text = f"{one.what}{target}" + (f": {rest}" if rest else "")
        yield Item(stamp(one.when, tz), text, style="grave" if one.error else "")
