"""What the user does to alerts, with what takes it back; how long one can be snoozed."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from msgspec.structs import replace

from monitor.alert import Alert, AlertState
from monitor.view.rows import DAY, HOUR


class Handling(NamedTuple):
    """Something the user did to alerts: what they were before and what they are by it."""

    what: str  # the word of the audit log: "acknowledged", "snoozed", "closed", "reopened", "note"
    before: tuple[Alert, ...]
    after: tuple[Alert, ...]

    def inverse(self) -> "Handling":
        return Handling("undone", self.after, self.before)

    def onto(self, current: Callable[[str], Alert | None]) -> list[Alert]:
        """The alerts as they are to be, with what else happened to them in the meantime."""
        return [
            _with_users(now, mine) for mine in self.after if (now := current(mine.id)) is not None
        ]


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


def handle(
    alerts: Iterable[Alert], state: AlertState, now: float, until: float | None = None
) -> Handling | None:
    """Put alerts into a state; None when all are in it already. Snoozed ones may be so anew."""
    before = [one for one in alerts if one.state is not state or state is AlertState.SNOOZED]
    words = {AlertState.NEW: "reopened"}
    after = [replace(one, state=state, since=now, until=until) for one in before]
    what = words.get(state, str(state))
    return Handling(what, tuple(before), tuple(after)) if before else None


def noted(alert: Alert, note: str) -> Handling:
    return Handling("note", (alert,), (replace(alert, note=note),))


class Nap(NamedTuple):
    """A choice of the snooze menu; `until` is None where the subject ends it."""

    name: str
    until: float | None


def naps(now: float, tz: tzinfo | None = None) -> list[Nap]:
    """How long an alert can be snoozed, by the clock of the user's zone."""
    here = datetime.fromtimestamp(now, UTC).astimezone(tz)
    morning = here.replace(hour=8, minute=0, second=0, microsecond=0)

    def day(days: int) -> float:
        """That morning; the offset of its own day where the zone is the system's."""
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


def nap_says(nap: Nap, now: float, tz: tzinfo | None = None) -> str:
    """The second column of the menu."""
    if nap.until is None:
        return "when its story, CVE or bulletin moves on"
    return datetime.fromtimestamp(nap.until, UTC).astimezone(tz).strftime("%a %Y-%m-%d %H:%M")
