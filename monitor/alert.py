"""The values of alerts, as `models.py` has those of the news.

Frozen msgspec Structs; times are seconds since 1970 in UTC. Texts have been through `text.clean`.
"""

from enum import StrEnum

from msgspec import Struct

from monitor.models import Severity, Transition


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
    moved: str  # the state that its subject came to: "new", "sources>=3", "kev", "high" ...
    reason: str  # for people: "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP"
    severity: Severity
    fired: float
    others: tuple[About, ...] = ()  # the rest of what a summed-up alert stands for
    state: AlertState = AlertState.NEW
    since: float = 0.0  # of the state; `fired` at first
    until: float | None = None  # snoozed until then, None: until its subject changes
    note: str = ""  # the user's own
    opened: bool = False  # the user looked at its subject
    deliveries: tuple[Delivery, ...] = ()
