"""The query language over alerts.

Fields: rule (start of its id), state (new, acknowledged, snoozed, closed), sev (high, >=high),
on (the transition: kev, new, sources ...), kind (of the subject: story, cve, bulletin, device,
feed, word), cve (start of an id that it names), newer and older (of when it fired), is (open: not
closed; new, acknowledged, snoozed, closed; opened, unopened: whether its subject was looked at;
failed, waiting: a delivery; noted; summed: stands for several).

Words are looked for in the subject's title, the reason, the note and the title of the rule. An
alert of unknown severity passes thresholds: `sev:>=high` shows it too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.alert import Alert, AlertState, DeliveryState, Subject, in_trouble
from monitor.models import Severity, Transition
from monitor.query.fields import (
    Field,
    Language,
    Spec,
    ValueProblem,
    compared,
    moment,
    newer_within,
    read_choice,
    read_cve,
    read_start,
    read_time,
    starts,
)
from monitor.query.query import Query
from monitor.query.terms import All, Either, Not, Term, quoted
from monitor.text import fold

Test = Callable[[Alert], bool]
SCALE: list[Severity] = [*Severity][1:]  # least first, without unknown


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts, to search."""

    items: Sequence[Alert]
    hays: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Alert], rules: Mapping[str, str]) -> "Alerts":
        """With the texts that are searched; `rules` has the title of each rule's id."""
        return cls(items, [hay_of(alert, rules.get(alert.rule, "")) for alert in items])

    def titles(self, index: int) -> Iterable[str]:
        alert = self.items[index]
        return [one.title for one in alert.subjects]


def hay_of(alert: Alert, rule: str) -> str:
    """The folded text of an alert that words are looked for in; `rule` is the rule's title."""
    return fold("\n".join(filter(None, (*_texts(alert), alert.note, alert.rule, rule))))


def _texts(alert: Alert) -> list[str]:
    """What names the subjects, and the reason."""
    return [alert.reason, *(part for one in alert.subjects for part in (one.id, one.title))]


def asks_for_closed(query: Query) -> bool:
    """Whether a query speaks of closed alerts, so that they are to be looked at at all."""
    return _speaks_of_closed(query.term)


def _speaks_of_closed(term: Term) -> bool:
    match term:
        case Field(name, values):
            return name in ("state", "is") and AlertState.CLOSED in values
        case Not(inner):
            return _speaks_of_closed(inner)
        case All(terms) | Either(terms):
            return any(map(_speaks_of_closed, terms))
    return False


def _read_severity(text: str) -> str:
    """Read a severity, or a comparison with one."""
    sign, name = compared(fold(text))
    if not sign:
        return read_choice([*reversed(SCALE), Severity.UNKNOWN], "severity")(name)
    if name == Severity.UNKNOWN:
        raise ValueProblem(f"{quoted(text)}: unknown is neither more nor less; write unknown alone")
    return sign + read_choice(SCALE[::-1], "severity")(name)


def _severities(value: str) -> set[Severity]:
    """Those that a value takes; a threshold takes unknown ones too."""
    sign, name = compared(value)
    if sign in ("", "="):
        return {Severity(name)}
    limit = SCALE.index(Severity(name))
    least, most = {
        ">": (limit + 1, len(SCALE)),
        ">=": (limit, len(SCALE)),
        "<": (0, limit),
        "<=": (0, limit + 1),
    }[sign]
    return {*SCALE[least:most], Severity.UNKNOWN}


def _severity_within(a: str, b: str) -> bool:
    return _severities(a) <= _severities(b)


def _rule(value: str, corpus: Alerts, now: float) -> Test:
    return lambda alert: alert.rule.lower().startswith(value)


def _state(value: str, corpus: Alerts, now: float) -> Test:
    return lambda alert: alert.state == value


def _severity(value: str, corpus: Alerts, now: float) -> Test:
    taken = _severities(value)
    return lambda alert: alert.severity in taken


def _on(value: str, corpus: Alerts, now: float) -> Test:
    return lambda alert: alert.on == value


def _kind(value: str, corpus: Alerts, now: float) -> Test:
    return lambda alert: alert.kind == value


def _cve(value: str, corpus: Alerts, now: float) -> Test:
    return lambda alert: any(value in text.upper() for text in _texts(alert))


def _newer(value: str, corpus: Alerts, now: float) -> Test:
    since = moment(value, now)
    return lambda alert: alert.fired >= since


def _older(value: str, corpus: Alerts, now: float) -> Test:
    until = moment(value, now)
    return lambda alert: alert.fired < until


_MARKS: dict[str, Test] = {
    "open": lambda alert: alert.open,
    "new": lambda alert: alert.state is AlertState.NEW,
    "acknowledged": lambda alert: alert.state is AlertState.ACKNOWLEDGED,
    "snoozed": lambda alert: alert.state is AlertState.SNOOZED,
    "closed": lambda alert: alert.state is AlertState.CLOSED,
    "opened": lambda alert: alert.opened,
    "unopened": lambda alert: not alert.opened,
    "failed": lambda alert: any(map(in_trouble, alert.deliveries)),
    "waiting": lambda alert: any(one.state is DeliveryState.WAITING for one in alert.deliveries),
    "noted": lambda alert: bool(alert.note),
    "summed": lambda alert: alert.count > 1,
}


def _is(value: str, corpus: Alerts, now: float) -> Test:
    return _MARKS[value]


ALERTS = Language(
    "alert",
    "alerts",
    {
        "rule": Spec("is of a rule whose id starts with", read_start, _rule, starts, quick=True),
        "state": Spec("is", read_choice([*AlertState], "state"), _state, quick=True),
        "sev": Spec("is of severity", _read_severity, _severity, _severity_within, quick=True),
        "on": Spec("fired on", read_choice([*Transition], "transition"), _on, quick=True),
        "kind": Spec("is about a", read_choice([*Subject], "kind"), _kind, quick=True),
        "cve": Spec("names", read_cve, _cve, starts, marked=True),
        "newer": Spec("is newer than", read_time, _newer, newer_within, quick=True, drifts=-1),
        "older": Spec(
            "is older than",
            read_time,
            _older,
            lambda a, b: newer_within(b, a),
            quick=True,
            drifts=1,
        ),
        "is": Spec("is", read_choice([*_MARKS], "mark"), _is, quick=True),
    },
)
