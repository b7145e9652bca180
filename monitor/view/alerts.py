"""The Alerts pane: its rows, their order, their filter, and what a row says.

An alert is shown as the user wants it from the key on: `AlertsView.hold` lays what is still being
written over what the store says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from monitor.alert import GRAVITY, Alert, AlertState, Subject, in_trouble
from monitor.models import Rule, Severity
from monitor.text import clean
from monitor.view.panes import Problem
from monitor.view.rows import DAY, Spans, age, ago

if TYPE_CHECKING:
    from monitor.query import Query

TITLE, REASON = 500, 300  # characters that a row can ever show
LETTERS = {
    Severity.CRITICAL: "C",
    Severity.HIGH: "H",
    Severity.MEDIUM: "M",
    Severity.LOW: "L",
    Severity.INFO: "I",
    Severity.UNKNOWN: "?",
}
MARKS = {
    AlertState.NEW: "●",
    AlertState.ACKNOWLEDGED: "✓",
    AlertState.SNOOZED: "z",
    AlertState.CLOSED: "×",
}
MANY = {  # what several subjects of a kind are called
    Subject.STORY: "stories",
    Subject.CVE: "CVEs",
    Subject.BULLETIN: "bulletins",
    Subject.DEVICE: "devices",
    Subject.FEED: "feeds",
    Subject.WORD: "words",
}


class AlertSort(StrEnum):
    """What comes first in the pane; ties are broken by time, newest first."""

    NEWEST = "newest first"
    SEVERITY = "gravest first"
    RULE = "by rule"


class AlertLine(NamedTuple):
    """A row of the pane; texts are clean, "" is what does not apply. `found` is of `title`."""

    id: str
    severity: str
    letter: str
    state: str
    mark: str
    age: str
    title: str
    reason: str
    ends: str  # "snoozed until Fri 08:00", "closed 2d ago"
    rule: str
    failed: bool  # a target could not be told
    noted: bool
    muted: bool
    found: Spans = ()


class AlertsView:
    """The alerts that are shown, in order; the one that the cursor is on."""

    searching = False

    hint = ""

    def __init__(self, now: Callable[[], float]) -> None:
        self.alerts: dict[str, Alert] = {}  # all, newest first
        self.order: list[str] = []  # those that are not closed
        self.rows: list[str] = []
        self.cursor = ""
        self.filter = ""
        self.sort = AlertSort.NEWEST
        self.problem: Problem | None = None
        self.query: Query | None = None
        self.new = 0
        self.muted: Mapping[str, float | None] = {}  # rules, and until when; None: until it ends
        self._now = now
        self._rules: dict[str, Rule] = {}
        self._held: dict[str, Alert] = {}  # not written yet
        self._hays: dict[str, tuple[Alert, str]] = {}

    def configure(self, rules: Iterable[Rule]) -> None:
        """Follow a configuration: what the rules are called is searched too."""
        self._rules = {rule.id: rule for rule in rules}
        self._hays = {}

    def rule(self, alert: Alert) -> Rule | None:
        """The rule that fired, None if the configuration no longer has it."""
        return self._rules.get(alert.rule)

    def rule_title(self, alert: Alert) -> str:
        rule = self.rule(alert)
        return clean((rule.title if rule else "") or alert.rule, 100)

    def show(self, alerts: Iterable[Alert]) -> None:
        """Take over what the store has, newest first; filter, order and cursor stay."""
        self.alerts = {one.id: one for one in alerts}
        self.alerts |= {name: one for name, one in self._held.items() if name in self.alerts}
        self._arrange()

    def hold(self, alerts: Iterable[Alert]) -> None:
        """Show alerts as the user wants them, until they are written."""
        for alert in alerts:
            self._held[alert.id] = self.alerts[alert.id] = alert
        self._arrange()

    def release(self, alerts: Iterable[Alert]) -> None:
        """These were written, or could not be; what was done to them since stays held."""
        for alert in alerts:
            if self._held.get(alert.id) == alert:
                del self._held[alert.id]

    def filter_by(self, text: str) -> None:
        """Narrow the list. A query that is wrong leaves it as it is and is told in `problem`."""
        self.filter = text
        self.problem = None
        if not text.strip():
            self.query = None
        else:
            from monitor.query import QueryError, parse
            from monitor.query.alerts import ALERTS

            try:
                self.query = parse(text, ALERTS)
            except QueryError as error:
                self.problem = Problem(str(error), error.position)
                return
        self._narrow()

    def sort_by(self, sort: AlertSort) -> None:
        self.sort = sort
        self._arrange()

    def id_at(self, row: int) -> str:
        return self.rows[row] if 0 <= row < len(self.rows) else ""

    def at(self, row: int) -> Alert | None:
        return self.alerts.get(self.id_at(row))

    def line(self, row: int, tz: tzinfo | None = None) -> AlertLine | None:
        """The values of a row."""
        alert = self.at(row)
        if alert is None:
            return None
        spans = self.query.spans if self.query else None
        return make_line(alert, self._now(), tz, alert.rule in self.muted, spans)

    def find(self, wanted: str, near: int = 0) -> int | None:
        """The row that shows an alert, looked for at `near` first."""
        if self.id_at(near) == wanted:
            return near
        return self.rows.index(wanted) if wanted in self.rows else None

    def shown(self) -> list[Alert]:
        return [self.alerts[name] for name in self.rows]

    def count(self) -> str:
        """What the pane's title says: "3 new, 12"."""
        total = f"{len(self.order):,}"
        if self.query is not None:
            return f"{len(self.rows):,} of {total}"
        return f"{self.new:,} new, {total}" if self.new else total

    @property
    def closed(self) -> int:
        return len(self.alerts) - len(self.order)

    def _arrange(self) -> None:
        opened = [one for one in self.alerts.values() if one.open]
        self.new = sum(one.state is AlertState.NEW for one in opened)
        self.order = [one.id for one in self._sorted(opened)]
        self._narrow()

    def _sorted(self, alerts: list[Alert]) -> list[Alert]:
        """Of alerts that are newest first, in the order that is asked for."""
        if self.sort is AlertSort.SEVERITY:
            return sorted(alerts, key=lambda one: -GRAVITY[one.severity])
        if self.sort is AlertSort.RULE:
            return sorted(alerts, key=lambda one: one.rule)
        return alerts

    def _narrow(self) -> None:
        if self.query is None:
            self.rows = self.order
            return
        from monitor.query.alerts import Alerts, asks_for_closed

        if asks_for_closed(self.query):
            items = self._sorted(list(self.alerts.values()))
        else:
            items = [self.alerts[name] for name in self.order]
        corpus = Alerts(items, list(map(self._hay, items)))
        found = self.query.select(corpus, range(len(items)), self._now())
        self.rows = [items[index].id for index in found]

    def _hay(self, alert: Alert) -> str:
        """Its searched text, made when it is first looked for."""
        known = self._hays.get(alert.id)
        if known is None or known[0] is not alert:
            from monitor.query.alerts import hay_of

            known = (alert, hay_of(alert, self.rule_title(alert)))
            self._hays[alert.id] = known
        return known[1]


def make_line(
    alert: Alert,
    now: float,
    tz: tzinfo | None = None,
    muted: bool = False,
    spans: Callable[[str], Sequence[tuple[int, int]]] | None = None,
) -> AlertLine:
    """What the row of an alert says at the time `now`; `spans` finds what a filter asked for."""
    title = title_of(alert)
    return AlertLine(
        id=alert.id,
        severity=str(alert.severity),
        letter=LETTERS[alert.severity],
        state=str(alert.state),
        mark=MARKS[alert.state],
        age=age(alert.fired, now),
        title=title,
        reason=clean(alert.reason, REASON),
        ends=ends(alert, now, tz),
        rule=clean(alert.rule, 60),
        failed=failed(alert),
        noted=bool(alert.note),
        muted=muted,
        found=tuple(spans(title)) if spans else (),
    )


def title_of(alert: Alert) -> str:
    """What an alert is about; one that sums up says for how many it stands."""
    title = clean(alert.about.title or alert.about.id, TITLE)
    if alert.count < 2:
        return title
    return f"{alert.count:,} {MANY[alert.kind]}: {title}"


def failed(alert: Alert) -> bool:
    """Whether a target could not be told, yet or for good."""
    return any(map(in_trouble, alert.deliveries))


def ends(alert: Alert, now: float, tz: tzinfo | None = None) -> str:
    """How long a state lasts or lasted, for those that are over or wait."""
    if alert.state is AlertState.SNOOZED:
        return f"snoozed {until(alert.until, now, tz)}"
    if alert.state is AlertState.CLOSED:
        return f"closed {ago(alert.since, now)}"
    return ""


def until(moment: float | None, now: float, tz: tzinfo | None = None) -> str:
    """The end of a snooze: "until 16:00", "until Fri 08:00", "until 2026-12-05", "until it
    changes"."""
    if moment is None:
        return "until it changes"
    end, start = (datetime.fromtimestamp(t, UTC).astimezone(tz) for t in (moment, now))
    if end.date() == start.date():
        return f"until {end:%H:%M}"
    if 0 < moment - now < 6 * DAY:
        return f"until {end:%a %H:%M}"
    return f"until {end:%Y-%m-%d}"


def gravest(alerts: Sequence[Alert]) -> Alert:
    """The first of the gravest."""
    return max(alerts, key=lambda one: GRAVITY[one.severity])


def summary(alerts: Sequence[Alert]) -> tuple[str, str]:
    """What a notification of several alerts says: a title and a text, clean, one line each."""
    counts = [(name, sum(one.severity is name for one in alerts)) for name in reversed(Severity)]
    grave = ", ".join(f"{n} {name}" for name, n in counts if n)
    return f"{len(alerts):,} alerts: {grave}", f"{clean(title_of(gravest(alerts)), 120)}, and more"
