"""What waits for which target, and when it may be sent. Pure.

A target's deliveries are a queue, the oldest first. What fails holds up those behind it until it is
tried again, so that a target that is down is asked once, not once for every alert.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from monitor.alert import Alert, AlertState, Delivery, DeliveryState
from monitor.models import Rule, Target
from monitor.notify.schedule import DAY, quiet_until, sane

IN_SCREEN = frozenset({"toast", "bell", "terminal"})  # kinds that only the screen can serve
SHIPPED = (Target(id="desktop", kind="desktop"),)  # that need no `[notify.<id>]`
_SEEN_TO = frozenset({AlertState.ACKNOWLEDGED, AlertState.CLOSED})


class Due(NamedTuple):
    """A delivery that is to be made, from a time on."""

    alert: Alert
    delivery: Delivery
    when: float


class TargetHealth(Struct, frozen=True):
    """How a target does; wall-clock times."""

    id: str
    kind: str
    enabled: bool
    waiting: int = 0
    sent: int = 0  # alerts that are still known
    failed: int = 0  # given up
    last_sent: float | None = None
    next_try: float | None = None
    error: str = ""  # of the last try, where it failed
    digest: str = ""


def targets_by_id(targets: Iterable[Target]) -> dict[str, Target]:
    """What alerts can be sent to; the user's word on one that ships comes first."""
    known = {target.id: target for target in SHIPPED}
    known |= {target.id: target for target in targets}
    return {key: target for key, target in known.items() if target.kind not in IN_SCREEN}


def seen_to(alert: Alert) -> bool:
    """Whether the user dealt with an alert, so that nobody need be told of it any more."""
    return alert.state in _SEEN_TO


def plan(
    alerts: Iterable[Alert],
    rules: Mapping[str, Rule],
    targets: Mapping[str, Target],
    now: float,
    zone: tzinfo | None = None,
) -> dict[str, list[Due]]:
    """The queue of each target, the oldest alert first, each with the time from which it may go.

    A target that is switched off keeps what waits for it. One that the configuration names no more
    has a queue too: what is in it can only be given up.
    """
    queues: dict[str, list[Due]] = {}
    for alert in alerts:
        for due in _dues(alert, rules.get(alert.rule), now, zone):
            target = targets.get(due.delivery.target)
            if target is None or target.enabled:
                queues.setdefault(due.delivery.target, []).append(due)
    for key, queue in queues.items():
        queue.sort(key=lambda due: (due.alert.fired, len(due.alert.id), due.alert.id))
        queues[key] = list(_held(queue, now))
    return queues


def stale(due: Due, now: float) -> bool:
    """Whether a delivery has waited for so long that it may be given up."""
    return now - (due.delivery.since or due.alert.fired) >= DAY


def health(
    targets: Iterable[Target],
    alerts: Iterable[Alert],
    queues: Mapping[str, list[Due]],
) -> list[TargetHealth]:
    """How each target does, in the order of the configuration."""
    made: dict[str, list[Delivery]] = {}
    for alert in alerts:
        for delivery in alert.deliveries:
            made.setdefault(delivery.target, []).append(delivery)
    known = list(targets_by_id(targets).values())
    return [_health(target, made.get(target.id, []), queues.get(target.id, [])) for target in known]


def _health(target: Target, made: list[Delivery], queue: list[Due]) -> TargetHealth:
    states = [delivery.state for delivery in made]
    tried = [delivery for delivery in made if delivery.tries]
    last = max(tried, key=lambda delivery: delivery.when, default=None)
    sent = [one.when for one in made if one.state is DeliveryState.SENT]
    return TargetHealth(
        id=target.id,
        kind=target.kind,
        enabled=target.enabled,
        waiting=states.count(DeliveryState.WAITING),
        sent=len(sent),
        failed=states.count(DeliveryState.FAILED),
        last_sent=max(sent, default=None),
        next_try=min((due.when for due in queue), default=None),
        error=last.error if last else "",
        digest=target.digest,
    )


def _dues(alert: Alert, rule: Rule | None, now: float, zone: tzinfo | None) -> Iterator[Due]:
    """The deliveries of an alert that are to be made or made again; quiet hours put them off."""
    for delivery in alert.deliveries:
        found = _due(alert, delivery, rule, now)
        if found is None:
            continue
        if rule is not None and rule.quiet and not seen_to(alert):
            rest = quiet_until(rule.quiet, max(found.when, now), zone)
            found = found._replace(when=rest or found.when)
        yield found


def _due(alert: Alert, delivery: Delivery, rule: Rule | None, now: float) -> Due | None:
    """When a delivery is to be made, None for one that is not.

    A time that lies too far ahead was written by a clock that was wrong: then it is now.
    """
    if delivery.state is DeliveryState.WAITING:
        if alert.state is AlertState.SNOOZED:
            return None  # it waits until the alert wakes
        if seen_to(alert):
            return Due(alert, delivery, 0.0)  # to be dropped
        return Due(alert, delivery, sane(delivery.next_try or delivery.when, now))
    if delivery.state is DeliveryState.DROPPED or alert.state is not AlertState.NEW:
        return None
    if rule is None or not rule.repeat:
        return None
    when = sane(delivery.when, now) + rule.repeat
    again = replace(
        delivery, state=DeliveryState.WAITING, tries=0, since=when, when=when, next_try=0.0
    )
    return Due(alert, again, when)


def _held(queue: list[Due], now: float) -> Iterator[Due]:
    """A queue in which all wait for the one that failed; not for its quiet hours."""
    failed = [due for due in queue if due.delivery.tries and not seen_to(due.alert)]
    hold = max((sane(due.delivery.next_try, now) for due in failed), default=0.0)
    for due in queue:
        yield due if seen_to(due.alert) else due._replace(when=max(due.when, hold))
