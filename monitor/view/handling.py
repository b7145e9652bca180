"""What the user does to alerts and to their rules, with what takes it back; how long one can be
snoozed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from monitor.alert import Alert, AlertState
from monitor.view.rows import DAY, HOUR

WORDS = {AlertState.NEW: "reopened"}  # of the audit log, where the state has another name


class AlertStore(Protocol):
    """What handling needs of the store; what it is told is durable when it returns."""

    def get(self, alert_id: str) -> Alert | None: ...
    def change(self, changes: Iterable[Alert], what: str = "") -> object: ...
    @property
    def muted(self) -> Mapping[str, float | None]: ...
    def mute(self, rule: str, until: float | None, on: bool) -> object: ...


class Handling(NamedTuple):
    """Something the user did to alerts: what they were before, and what they are by it."""

    what: str  # the word of the audit log, which has none for a look
    before: tuple[Alert, ...]
    after: tuple[Alert, ...]

    def inverse(self) -> "Handling":
        return Handling("undone", self.after, self.before)

    def save(self, store: AlertStore) -> None:
        """Write it; blocks until it is durable. What else happened to an alert stays."""
        known = [(store.get(mine.id), mine) for mine in self.after]
        store.change([_with_users(one, mine) for one, mine in known if one], self.what)

    def says(self) -> str:
        """What was done, for people."""
        return self.what if len(self.after) == 1 else f"{len(self.after):,} alerts {self.what}"


class Muting(NamedTuple):
    """A rule that tells nobody, or does again; until when, None: until it is unmuted."""

    rule: str
    before: tuple[bool, float | None]
    after: tuple[bool, float | None]

    def inverse(self) -> "Muting":
        return self._replace(before=self.after, after=self.before)

    def says(self) -> str:
        return f"{self.rule} {'muted' if self.after[0] else 'unmuted'}"

    def save(self, store: AlertStore) -> None:
        """Write it; blocks until it is durable."""
        on, until = self.after
        store.mute(self.rule, until, on)


def handle(
    alerts: Iterable[Alert], state: AlertState, now: float, until: float | None = None
) -> Handling | None:
    """Put alerts into a state; None when all are in it already. A snooze can be made anew."""
    before = [one for one in alerts if one.state is not state or state is AlertState.SNOOZED]
    after = [replace(one, state=state, since=now, until=until) for one in before]
    what = WORDS.get(state, str(state))
    return Handling(what, tuple(before), tuple(after)) if before else None


def noted(alert: Alert, note: str) -> Handling:
    """Give an alert a note in place of the one it has."""
    return Handling("note", (alert,), (replace(alert, note=note),))


def opened(alert: Alert) -> Handling:
    """The user looked at its subject."""
    return Handling("", (alert,), (replace(alert, opened=True),))


def _with_users(alert: Alert, mine: Alert) -> Alert:
    """An alert with what is the user's of another look at it."""
    return replace(
        alert,
        state=mine.state,
        since=mine.since,
        until=mine.until,
        note=mine.note,
        opened=alert.opened or mine.opened,
    )


class Nap(NamedTuple):
    """A choice of the snooze menu; `until` is None where the subject ends it."""

    name: str
    until: float | None


def naps(now: float, tz: tzinfo | None = None) -> list[Nap]:
    """How long an alert can be snoozed, by the clock of the user's zone."""
    here = datetime.fromtimestamp(now, UTC).astimezone(tz)
    morning = here.replace(hour=8, minute=0, second=0, microsecond=0)

    def day(days: int) -> float:
        """That morning, with the offset that the zone has then."""
        there = morning + timedelta(days=days)
        return (there.replace(tzinfo=None).astimezone() if tz is None else there).timestamp()

    return [
        Nap("1 hour", now + HOUR),
        Nap("4 hours", now + 4 * HOUR),
        Nap("Until tomorrow", day(1)),
        Nap("Until next Monday", day(7 - here.weekday())),
        Nap("A week", now + 7 * DAY),
        Nap("Until it changes", None),
    ]


def nap_says(nap: Nap, tz: tzinfo | None = None) -> str:
    """The second column of the menu."""
    if nap.until is None:
        return "when its subject moves on"
    return datetime.fromtimestamp(nap.until, UTC).astimezone(tz).strftime("%a %Y-%m-%d %H:%M")
