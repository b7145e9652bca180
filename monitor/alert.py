"""The values of alerts, as `models.py` has those of the news.

Frozen msgspec Structs; times are seconds since 1970 in UTC. Texts have been through `text.clean`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.models import Severity, Transition
from monitor.text import rfc3339

HOUR = 3600.0
OTHERS = 1000  # subjects that an alert that sums up names, at most
AND = ", "  # between the states of `Alert.moved`


class Subject(StrEnum):
    """What an alert is about."""

    STORY = "story"
    CVE = "cve"
    BULLETIN = "bulletin"
    DEVICE = "device"
    FEED = "feed"
    WORD = "word"


class AlertState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # the user had seen to it before it was sent


class Delivery(Struct, frozen=True, gc=False, omit_defaults=True):
    """One alert on its way to one target, `[notify.<id>]`; wall-clock times."""

    target: str
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    when: float = 0.0  # of the last try; before the first, the earliest time for it
    next_try: float = 0.0
    error: str = ""
    since: float = 0.0  # when it began to wait; 0: when the alert fired
    sent: int = 0  # how often it was sent, where its rule repeats


def in_trouble(delivery: Delivery) -> bool:
    """Whether a target could not be told: not yet, or for good."""
    over = (DeliveryState.SENT, DeliveryState.DROPPED)
    return bool(delivery.error) and delivery.state not in over


class DigestState(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is remembered of a target's daily digests; wall-clock times."""

    target: str
    last: float  # up to when it was told; before its first digest, from when on it will be
    tries: int = 0  # of the one that could not be sent yet
    next_try: float = 0.0
    error: str = ""


class About(Struct, frozen=True, gc=False, omit_defaults=True):
    """A subject that an alert names: its id, and what people know it by."""

    id: str  # of a story, bulletin, device or feed; a CVE id; a word
    title: str
    url: str = ""
    uids: tuple[str, ...] = ()  # of a story: its entries when the alert fired, for ids change


class Alert(Struct, frozen=True, gc=False, omit_defaults=True):
    """One firing of a rule; texts have been through `text.clean`."""

    id: str  # "a17"
    rule: str
    on: Transition
    kind: Subject
    about: About
    moved: str  # the states that its subject came to: "new", "sources>=3, disputed", "kev" ...
    reason: str  # for people: "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP"
    severity: Severity
    fired: float
    others: tuple[About, ...] = ()  # the rest of what a summed-up alert stands for
    count: int = 1  # of subjects; `others` names no more than `OTHERS` of them
    state: AlertState = AlertState.NEW
    since: float = 0.0  # of the state; `fired` at first
    until: float | None = None  # snoozed until then, None: until its subject changes
    note: str = ""  # the user's own
    opened: bool = False  # the user looked at its subject
    deliveries: tuple[Delivery, ...] = ()

    @property
    def number(self) -> int:
        """The number in its id, 0 where that has none."""
        return int(self.id[1:]) if self.id[1:].isdecimal() else 0

    @property
    def open(self) -> bool:
        """Whether it still waits for its user: not closed."""
        return self.state is not AlertState.CLOSED

    @property
    def untouched(self) -> bool:
        """Whether nobody has been told of it, nor looked at it."""
        tried = any(delivery.tries for delivery in self.deliveries)
        return self.state is AlertState.NEW and not self.opened and not tried

    @property
    def subjects(self) -> tuple[About, ...]:
        """All that it is about."""
        return (self.about, *self.others)


GRAVITY = {severity: rank for rank, severity in enumerate(Severity)}


def newest_first(alert: Alert) -> tuple[float, int, str, str, int]:
    """What lists are sorted by: of one moment the gravest first, whatever came first by chance."""
    return -alert.fired, -GRAVITY[alert.severity], alert.kind, alert.rule, alert.number


def names(about: About) -> tuple[str, ...]:
    """By which it is remembered that an alert fired for this subject: a story's entries, an id."""
    return about.uids or (about.id,)


def over_limit(fresh: Sequence[Alert], recent: Sequence[Alert], limit: int) -> bool:
    """Whether a rule that fires these would fire more often than `limit` an hour.

    `recent` are its alerts of the last hour.
    """
    return len(fresh) + sum(alert.count for alert in recent) > limit


def sum_up(fresh: Sequence[Alert], recent: Sequence[Alert], limit: int) -> Alert:
    """One alert that stands for these of one rule, newest first, and for what nobody saw yet.

    It is the one that summed up already in the last hour, if that is still new: then it has an id.
    """
    sums = (alert for alert in recent if alert.others and alert.state is AlertState.NEW)
    base = next(sums, None)
    rest = [] if base else [alert for alert in recent if alert.untouched]
    first, *others = [base, *fresh] if base else [*fresh, *rest]
    subjects = [*first.others, *(about for alert in others for about in alert.subjects)]
    known = {name for about in first.subjects for name in names(about)}
    added = []
    for about in subjects[len(first.others) :]:
        if known.isdisjoint(names(about)):
            added.append(about)
            known.update(names(about))
    count = first.count + len(added)
    moved = dict.fromkeys(AND.join(alert.moved for alert in (first, *others)).split(AND))
    return replace(
        first,
        others=(*first.others, *added)[:OTHERS],
        count=count,
        moved=AND.join(moved),
        reason=f"{count:,} at once, over the limit of {limit} an hour",
    )


def alert_json(alert: Alert, title: str = "") -> dict[str, Any]:
    """An alert as commands print it and targets get it. `title` is that of its rule."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "title": title or alert.rule,
        "on": alert.on.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "fired": rfc3339(alert.fired),
        "since": rfc3339(alert.since or alert.fired),
        "until": rfc3339(alert.until),
        "note": alert.note,
        "reason": alert.reason,
        "subject": {"kind": alert.kind.value, **_about_json(alert.about)},
        "others": [_about_json(about) for about in alert.others],
        "deliveries": [
            {
                "target": delivery.target,
                "state": delivery.state.value,
                "tries": delivery.tries,
                "when": rfc3339(delivery.when or None),
                "error": delivery.error or None,
            }
            for delivery in alert.deliveries
        ],
    }


def _about_json(about: About) -> dict[str, Any]:
    return {"id": about.id, "title": about.title, "url": about.url or None}
