"""The courier: delivers what waits, and sends the digests whose hour has come.

One message at a time to a target, the targets side by side. What is sent is written as sent right
after; a kill in between sends it once more, under the same key. It never raises for a target.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from datetime import tzinfo

from msgspec import Struct
from msgspec.structs import replace

from monitor.alert import Alert, DeliveryState, DigestState, alert_json
from monitor.models import Config, Target
from monitor.notify import schedule
from monitor.notify.book import Book, Desk, Ledger
from monitor.notify.message import Message, alert_message
from monitor.notify.queue import Due, TargetHealth, health, plan, seen_to, stale, targets_by_id
from monitor.notify.senders import Outlet, Senders
from monitor.notify.sending import SendError
from monitor.store import StoreError

GONE = "the configuration has no [notify.{}] any more"

Compose = Callable[[str, float, float], Message]  # the digest of a key, since, until


class Report(Struct, frozen=True):
    """What one run came to. `errors`: by target, why it failed; `trouble`: of the store."""

    sent: int = 0
    failed: int = 0
    errors: Mapping[str, str] = {}
    trouble: str = ""


class Courier:
    """Delivers for one configuration; use one for as long as the program runs.

    Times are by the wall clock `now`, as they are stored; `monotonic` measures how long a run may
    take. `zone` is None for the system's own.
    """

    def __init__(
        self,
        config: Config,
        desk: Desk,
        ledger: Ledger,
        senders: Senders,
        compose: Compose,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
    ) -> None:
        self._config = config
        self._rules = {rule.id: rule for rule in config.rules}
        self._targets = targets_by_id(config.targets)
        self._book = Book(desk, ledger, now)
        self._senders = senders
        self._compose = compose
        self._now = now
        self._monotonic = monotonic
        self._zone = zone
        self._running = threading.Lock()
        self._stopping = False

    def next_due(self) -> float | None:
        """When something is to be sent next, by the wall clock; None when nothing waits."""
        times = [due.when for queue in self._plan().values() for due in queue]
        digests = map(self._digest_at, self._targets.values())
        times += [when for when in digests if when is not None]
        soonest = min(times, default=None)
        return None if soonest is None else max(soonest, self._book.stuck_until)

    def health(self) -> list[TargetHealth]:
        """How each target does."""
        return health(self._config.targets, self._book.desk.all, self._plan())

    def stop(self) -> None:
        """Begin nothing more; what is being sent comes to its end, and a run with it."""
        self._stopping = True

    async def run(self, within: float | None = None) -> Report:
        """Send all that is due, within so many seconds; what there is no time for stays waiting.

        Returns at once where another run goes on.
        """
        if not self._running.acquire(blocking=False):
            return Report()
        try:
            if not self._book.settle():  # no alert leaves before it is on disk
                return Report(trouble=self._book.trouble)
            end = None if within is None else self._monotonic() + within
            tallies = await self._send(self._plan(), end)
        finally:
            self._running.release()
        return Report(
            sent=sum(tally.sent for tally in tallies),
            failed=sum(tally.failed for tally in tallies),
            errors={tally.target.id: tally.error for tally in tallies if tally.error},
            trouble=self._book.trouble,
        )

    def _plan(self) -> dict[str, list[Due]]:
        muted = self._book.desk.muted  # what waits of these rules waits on
        alerts = [alert for alert in self._book.desk.all if alert.rule not in muted]
        return plan(alerts, self._rules, self._targets, self._now(), self._zone)

    async def _send(self, queues: Mapping[str, list[Due]], end: float | None) -> "list[_Tally]":
        """Serve all targets side by side; `end` is by `monotonic`."""
        for key in queues.keys() - self._targets.keys():
            for due in queues[key]:
                error = GONE.format(key)
                self._book.note(due.alert, due.delivery, state=DeliveryState.FAILED, error=error)
        outlets = [Outlet(self._senders, target) for target in self._targets.values()]
        tallies = [_Tally(outlet, end, self._monotonic) for outlet in outlets]
        await asyncio.gather(
            *(self._serve(tally, queues.get(tally.target.id, [])) for tally in tallies)
        )
        return tallies

    async def _serve(self, tally: "_Tally", queue: list[Due]) -> None:
        """Make the deliveries to one target, and its digest after them."""
        for due in queue:
            alert = self._book.current(due.alert)
            if alert is None or due.when > self._now():
                continue
            if seen_to(alert):
                self._book.note(alert, due.delivery, state=DeliveryState.DROPPED)
            elif not await self._deliver(tally, due._replace(alert=alert), queue):
                return
        await self._digest(tally)

    async def _deliver(self, tally: "_Tally", due: Due, queue: list[Due]) -> bool:
        """Send one alert if there is time; whether the target may be sent more."""
        if not self._may_send(tally):
            return False
        payload = alert_json(due.alert, self._title(due.alert))
        error = await tally.send(alert_message(due.alert, due.delivery, payload))
        delivery = replace(due.delivery, tries=due.delivery.tries + 1, next_try=0.0)
        if error is None:
            sent = delivery.sent + 1
            return self._book.note(
                due.alert, delivery, state=DeliveryState.SENT, error="", sent=sent
            )
        again = schedule.next_try(delivery.tries, self._now(), error.after)
        if error.hopeless or again is None:
            self._book.note(due.alert, delivery, state=DeliveryState.FAILED, error=str(error))
        else:
            self._book.note(due.alert, delivery, error=str(error), next_try=again)
        if again is None:
            self._give_up(due, queue, str(error))
        return error.hopeless

    def _may_send(self, tally: "_Tally") -> bool:
        return tally.has_time and not (self._stopping or self._book.trouble)

    def _title(self, alert: Alert) -> str:
        rule = self._rules.get(alert.rule)
        return rule.title if rule else ""

    def _give_up(self, given: Due, queue: list[Due], error: str) -> None:
        """With one that failed for a day go all that have waited for as long."""
        for due in queue:
            old = due.alert.id != given.alert.id and stale(due, self._now())
            if old and self._book.current(due.alert) and not seen_to(due.alert):
                self._book.note(due.alert, due.delivery, state=DeliveryState.FAILED, error=error)

    def _digest_at(self, target: Target) -> float | None:
        """When the next digest goes to a target, None if it gets none."""
        if not (target.digest and target.enabled):
            return None
        state = self._book.ledger.get(target.id)
        return schedule.digest_due(target.digest, state, self._now(), self._zone)

    async def _digest(self, tally: "_Tally") -> None:
        """Send the digest whose hour has come."""
        target, now = tally.target, self._now()
        when = self._digest_at(target)
        if when is None or when > now or not self._may_send(tally):
            return
        state = self._book.ledger.get(target.id)
        if state is None:  # the first one covers the time from now on
            self._book.remember(DigestState(target.id, last=now))
            return
        key = f"digest.{int(schedule.last_at(target.digest, now, self._zone))}.{target.id}"
        try:
            message = await asyncio.to_thread(self._compose, key, state.last, now)
        except StoreError as error:
            self._book.trouble = str(error)
            return
        self._book.remember(self._told(state, target, await tally.send(message)))

    def _told(self, state: DigestState, target: Target, error: SendError | None) -> DigestState:
        """What is to be remembered of a digest that was sent, or was not."""
        now = self._now()
        if error is None:
            return DigestState(target.id, last=now)
        tries = state.tries + 1
        again = None if error.hopeless else schedule.next_try(tries, now, error.after)
        if again is None:  # the next one covers its time too
            tries, again = 0, schedule.next_at(target.digest, now, self._zone)
        return replace(state, tries=tries, next_try=again, error=str(error))


class _Tally:
    """What one run sends to one target, and until when it may."""

    def __init__(self, outlet: Outlet, end: float | None, monotonic: Callable[[], float]) -> None:
        self.target = outlet.target
        self.sent = self.failed = 0
        self.error = ""
        self._outlet = outlet
        self._end = end
        self._monotonic = monotonic

    @property
    def has_time(self) -> bool:
        """Whether there is time for one more; the first gets what there is."""
        left = self._left
        if left is None or left >= self.target.timeout:
            return True
        return left > 0 and not self.sent + self.failed

    @property
    def _left(self) -> float | None:
        return None if self._end is None else self._end - self._monotonic()

    async def send(self, message: Message) -> SendError | None:
        """Send a message; what went wrong, if anything."""
        error = await self._outlet.send(message, self._left)
        self.sent += error is None
        self.failed += error is not None
        self.error = str(error) if error else self.error
        return error
