"""What is written down of deliveries and digests, each right after it happened.

What the disk does not take is kept, and written before anything else is sent: an alert that was
sent, and is not known as sent, would be sent again and again.
"""

from collections.abc import Callable, Container, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from monitor.alert import Alert, Delivery, DigestState
from monitor.store import StoreError

STUCK = 30.0  # seconds until the disk is tried again


class Desk(Protocol):
    """Where alerts lie; `Store.alerts` is one."""

    @property
    def all(self) -> Sequence[Alert]: ...
    @property
    def muted(self) -> Container[str]: ...
    def get(self, alert_id: str) -> Alert | None: ...
    def deliver(self, alert_id: str, delivery: Delivery) -> None: ...
    def save(self) -> None: ...


class Ledger(Protocol):
    """Where it is written which digest was sent; `Store.digests` is one."""

    def get(self, target: str) -> DigestState | None: ...
    def put(self, state: DigestState) -> None: ...


class Book:
    """The writing side of both. `trouble` is what the disk has against it, "" for nothing."""

    def __init__(self, desk: Desk, ledger: Ledger, now: Callable[[], float]) -> None:
        self.desk = desk
        self.ledger = ledger
        self.trouble = ""
        self.stuck_until = 0.0  # before which there is no use in trying
        self._now = now
        self._unwritten: dict[tuple[str, str], Callable[[], None]] = {}

    def settle(self) -> bool:
        """Write what could not be written, and alerts that are not on disk yet; whether all is."""
        self.trouble = ""
        for key, write in list(self._unwritten.items()):
            if not self._write(key, write):
                return False
            del self._unwritten[key]
        return self._write(("", ""), self.desk.save)

    def note(self, alert: Alert, delivery: Delivery, **changes: Any) -> bool:
        """Write a delivery's new state; whether that could be done."""
        made = replace(delivery, **({"when": self._now()} | changes))
        return self._write((alert.id, made.target), lambda: self.desk.deliver(alert.id, made))

    def remember(self, state: DigestState) -> bool:
        """Write what became of a digest; whether that could be done."""
        return self._write(("", state.target), lambda: self.ledger.put(state))

    def current(self, alert: Alert) -> Alert | None:
        """An alert as it is now, None where it came to another state: the user may be quicker."""
        now = self.desk.get(alert.id)
        return now if now is not None and now.state is alert.state else None

    def _write(self, key: tuple[str, str], write: Callable[[], None]) -> bool:
        try:
            write()
        except StoreError as error:
            self.trouble = str(error)
            self._unwritten[key] = write
            self.stuck_until = self._now() + STUCK
            return False
        return True
