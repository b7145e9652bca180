"""The courier: delivers what waits, and sends the digests whose hour has come.

One message at a time to a target, the targets side by side. What is sent is written as sent right
after; a kill in between sends it once more, under the same key. It never raises for a target.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from monitor.alert import Alert, Delivery, DeliveryState, DigestState, alert_json
from monitor.models import Config, Target
from monitor.notify import schedule
from monitor.notify.message import Message, alert_message
from monitor.notify.queue import (
    Due,
    TargetHealth,
    health,
    plan,
    seen_to,
    stale,
    targets_by_id,
)
from monitor.notify.senders import Outlet, Senders
from monitor.notify.sending import SendError
from monitor.store import StoreError

GONE = "the configuration has no [notify.{}] any more"
STUCK = 30.0  # seconds until the disk is tried again, when what was sent can't be written


class Desk(Protocol):
    """Where alerts lie; `Store.alerts` is one."""

    @property
    def all(self) -> Sequence[Alert]: ...
    def get(self, alert_id: str) -> Alert | None: ...
    def deliver(self, alert_id: str, delivery: Delivery) -> None: ...
    def save(self) -> None: ...


class Ledger(Protocol):
    """Where it is written which digest was sent; `Store.digests` is one."""

    def get(self, target: str) -> DigestState | None: ...
    def put(self, state: DigestState) -> None: ...


Compose = Callable[[str, float, float], Message]  # key, since, until


class Report(Struct, frozen=True):
    """What one run came to. `errors`: by target, why it failed; `trouble`: of the store."""

    sent: int = 0
    failed: int = 0
    errors: Mapping[str, str] = {}
    trouble: str = ""


class Courier:
    """Delivers for one configuration; use one for as long as the program runs.

    `compose` writes the digest of a time. Times are by the wall clock `now`, as they are stored;
    `monotonic` measures how long a run may take.
    """

    def __init__(
        self,
        config: Config,
        desk: Desk,
        senders: Senders,
        *,
        ledger: Ledger | None = None,
        compose: Compose | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
    ) -> None:
        self._config = config
        self._rules = {rule.id: rule for rule in config.rules}
        self._targets = targets_by_id(config.targets)
        self._desk = desk
        self._senders = senders
        self._ledger = ledger
        self._compose = compose
        self._now = now
        self._monotonic = monotonic
        self._zone = zone
        self._running = threading.Lock()
        self._unwritten: dict[tuple[str, str], Callable[[], None]] = {}
        self._stuck_until = 0.0

    def next_due(self) -> float | None:
        """When something is to be sent next, by the wall clock; None when nothing waits."""
        times = [due.when for queue in self._plan().values() for due in queue]
        times += [when for target in self._targets.values() if (when := self._digest_at(target))]
        soonest = min(times, default=None)
        return None if soonest is None else max(soonest, self._stuck_until)

    def health(self) -> list[TargetHealth]:
        """How each target does."""
        return health(self._config.targets, self._desk.all, self._plan())

    async def run(self, within: float | None = None) -> Report:
        """Send all that is due, within so many seconds; what there is no time for stays waiting.

        Returns at once where another run goes on.
        """
        if not self._running.acquire(blocking=False):
            return Report()
        try:
            turn = _Turn(self, None if within is None else self._monotonic() + within)
            return await turn.run(self._plan())
        finally:
            self._running.release()

    def _plan(self) -> dict[str, list[Due]]:
        return plan(self._desk.all, self._rules, self._targets, self._now(), self._zone)

    def _digest_at(self, target: Target) -> float | None:
        """When the next digest goes to a target."""
        if not (target.digest and target.enabled and self._ledger and self._compose):
            return None
        return schedule.digest_due(
            target.digest, self._ledger.get(target.id), self._now(), self._zone
        )


class _Turn:
    """One run of the courier."""

    def __init__(self, courier: Courier, until: float | None) -> None:
        self._courier = courier
        self._until = until
        self._sent = self._failed = 0
        self._errors: dict[str, str] = {}
        self._trouble = ""

    async def run(self, queues: Mapping[str, list[Due]]) -> Report:
        courier = self._courier
        self._settle()
        if queues:
            self._write(("alerts", ""), courier._desk.save)  # no alert leaves before it is on disk
        if not self._trouble:
            ids = [*dict.fromkeys((*queues, *courier._targets))]
            await asyncio.gather(*(self._serve(key, queues.get(key, ())) for key in ids))
        return Report(self._sent, self._failed, self._errors, self._trouble)

    async def _serve(self, key: str, queue: Iterable[Due]) -> None:
        """Make the deliveries to one target, and its digest after them."""
        courier, target = self._courier, self._courier._targets.get(key)
        queue, post = list(queue), Outlet(courier._senders, target) if target else None
        for due in queue:
            if self._trouble or due.when > courier._now() or not self._fresh(due):
                continue
            if seen_to(due.alert):
                self._note(due, state=DeliveryState.DROPPED)
            elif target is None or post is None:
                self._note(due, state=DeliveryState.FAILED, error=GONE.format(key))
            elif not self._time_for(post) or not await self._deliver(post, due, queue):
                return
        if target is not None and post is not None and self._time_for(post):
            await self._digest(post, target)

    def _fresh(self, due: Due) -> bool:
        """Whether a delivery still is to be made: the user may have been quicker."""
        alert, target = self._courier._desk.get(due.alert.id), due.delivery.target
        if alert is None or alert.state is not due.alert.state:
            return False
        return _delivery(alert, target) == _delivery(due.alert, target)

    def _time_for(self, post: Outlet) -> bool:
        """Whether there is time for one more; the first gets what there is."""
        left = self._left()
        return left is None or left >= post.target.timeout or (left > 0 and not post.used)

    def _left(self) -> float | None:
        return None if self._until is None else self._until - self._courier._monotonic()

    async def _deliver(self, post: Outlet, due: Due, queue: Iterable[Due]) -> bool:
        """Send one; whether the target may be sent another."""
        payload = alert_json(due.alert, self._title(due.alert))
        error = await post.send(alert_message(due.alert, due.delivery, payload), self._left())
        delivery = replace(due.delivery, tries=due.delivery.tries + 1)
        due = due._replace(delivery=delivery)
        if error is None:
            self._sent += 1
            state = DeliveryState.SENT
            return self._note(due, state=state, error="", next_try=0.0, sent=delivery.sent + 1)
        self._failed += 1
        self._errors[post.target.id] = str(error)
        again = schedule.next_try(delivery.tries, self._courier._now(), error.after)
        if error.hopeless or again is None:
            self._note(due, state=DeliveryState.FAILED, error=str(error))
        else:
            self._note(due, error=str(error), next_try=again)
        if again is None:
            self._give_up(due, queue, str(error))
        return error.hopeless and not self._trouble

    def _title(self, alert: Alert) -> str:
        rule = self._courier._rules.get(alert.rule)
        return rule.title if rule else ""

    def _give_up(self, given: Due, queue: Iterable[Due], error: str) -> None:
        """With one that failed for a day go all that have waited for as long."""
        for due in queue:
            old = due.alert.id != given.alert.id and stale(due, self._courier._now())
            if old and self._fresh(due) and not seen_to(due.alert):
                self._note(due, state=DeliveryState.FAILED, error=error)

    def _note(self, due: Due, **changes: Any) -> bool:
        """Write a delivery's new state; whether that could be done."""
        courier = self._courier
        delivery = replace(due.delivery, **({"when": courier._now()} | changes))
        key = (due.alert.id, delivery.target)
        return self._write(key, lambda: courier._desk.deliver(due.alert.id, delivery))

    def _write(self, key: tuple[str, str], write: Callable[[], None]) -> bool:
        try:
            write()
        except StoreError as error:
            self._trouble = str(error)
            self._courier._unwritten[key] = write
            self._courier._stuck_until = self._courier._now() + STUCK
            return False
        return True

    def _settle(self) -> None:
        """Write what could not be written before; until that is done nothing more is sent."""
        for key, write in list(self._courier._unwritten.items()):
            if not self._write(key, write):
                return
            del self._courier._unwritten[key]

    async def _digest(self, post: Outlet, target: Target) -> None:
        """Send the digest whose hour has come."""
        courier, now = self._courier, self._courier._now()
        when, ledger, compose = courier._digest_at(target), courier._ledger, courier._compose
        if when is None or when > now or ledger is None or compose is None:
            return
        key, state = ("digest", target.id), ledger.get(target.id)
        if state is None:  # the first one covers the time from now on
            state = DigestState(target.id, last=now)
        else:
            hour = int(schedule.last_at(target.digest, now, courier._zone))
            try:
                message = await asyncio.to_thread(
                    compose, f"digest.{hour}.{target.id}", state.last, now
                )
            except StoreError as error:
                self._trouble = str(error)
                return
            state = self._told(state, target, await post.send(message, self._left()))
        self._write(key, lambda: ledger.put(state))

    def _told(self, state: DigestState, target: Target, error: SendError | None) -> DigestState:
        """What is to be remembered of a digest that was sent, or was not."""
        now = self._courier._now()
        if error is None:
            self._sent += 1
            return DigestState(target.id, last=now)
        self._failed += 1
        self._errors[target.id] = str(error)
        tries = state.tries + 1
        again = None if error.hopeless else schedule.next_try(tries, now, error.after)
        if again is None:  # the next one covers its time too
            tries, again = 0, schedule.next_at(target.digest, now, self._courier._zone)
        return replace(state, tries=tries, next_try=again, error=str(error))


def _delivery(alert: Alert, target: str) -> Delivery | None:
    return next((one for one in alert.deliveries if one.target == target), None)
