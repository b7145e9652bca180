"""The alerts, their states, and what has fired: the user's own, in a database and a log.

`alerts.json` has the alerts and, by rule and state, the subjects that came to that state: what is
remembered there fires no more. `audit.jsonl` only grows. All of it may be used from any thread; an
alert is on disk before what made it fire (`Store.flush`), so that a kill neither loses nor doubles
one.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypedDict

from msgspec import DecodeError
from msgspec.json import Decoder, encode
from msgspec.structs import asdict, replace

from monitor.alert import (
    AND,
    HOUR,
    Alert,
    AlertState,
    Delivery,
    DeliveryState,
    Subject,
    names,
    newest_first,
    over_limit,
    sum_up,
)
from monitor.store.files import Folder, Storage, StoreError, open_table
from monitor.text import rfc3339

ALERTS, AUDIT = "alerts.json", "audit.jsonl"
MOST = 2_000  # alerts that are kept; closed ones go first, then the oldest
DAY = 86400.0
MEMORY = 400 * DAY  # how long it is remembered that something fired
SAYS = {
    AlertState.NEW: "reopened",
    AlertState.ACKNOWLEDGED: "acknowledged",
    AlertState.SNOOZED: "snoozed",
    AlertState.CLOSED: "closed",
}

_State = tuple[str, Subject, str]  # of a rule: what its subjects are, and what they came to


class _Fired(TypedDict):
    rule: str
    kind: Subject
    moved: str
    names: dict[str, float]  # of subjects, with the time


class _Numbers(TypedDict):
    last: int  # number of an alert
    looked: float


class _Muted(TypedDict):
    rule: str
    until: float | None


class _Tables(TypedDict, total=False):
    alerts: dict[str, Alert]
    fired: dict[str, _Fired]
    numbers: dict[str, _Numbers]
    muted: dict[str, _Muted]


_tables = Decoder(_Tables)
_line = Decoder(dict[str, Any]).decode


class Alerts:
    """The alerts of a data folder."""

    def __init__(self, folder: Folder, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now
        self._lock = threading.RLock()  # held while memory changes, never longer
        self._saving = threading.RLock()
        self._dirty = False
        self._lines: list[dict[str, Any]] = []  # of the audit log, still to be written
        self._sorted: tuple[Alert, ...] | None = None
        self._muted: dict[str, float | None] = {}
        self._read()

    # Reading

    @property
    def all(self) -> Sequence[Alert]:
        """All alerts, newest first; the same object until something changed."""
        with self._lock:
            if self._sorted is None:
                self._sorted = tuple(sorted(self._alerts.values(), key=newest_first))
            return self._sorted

    def get(self, alert_id: str) -> Alert | None:
        """The alert of that id."""
        return self._alerts.get(alert_id)

    def fired(self, rule: str, kind: Subject, moved: str, among: Collection[str]) -> bool:
        """Whether a rule fired when one of these subjects (`alert.names`) came to a state."""
        known = self._fired.get((rule, kind, moved))
        return known is not None and not known.keys().isdisjoint(among)

    @property
    def looked(self) -> float:
        """When it was last looked at what time brings; see `look`."""
        return self._looked

    @property
    def muted(self) -> Mapping[str, float | None]:
        """The rules that tell nobody, and until when; None is until they are unmuted."""
        now = self._now()
        with self._lock:
            return {rule: end for rule, end in self._muted.items() if end is None or end > now}

    def history(self, alert_id: str) -> list[dict[str, Any]]:
        """What the audit log says of an alert, oldest first; reads the whole of it.

        Raises StoreError if it cannot be read.
        """
        mark, found = b'"alert":' + encode(alert_id), []
        for line in self._folder.lines(AUDIT):
            if mark in line:
                with suppress(DecodeError):  # a kill left it half written
                    found.append(_line(line))
        with self._lock:
            return found + [line for line in self._lines if line["alert"] == alert_id]

    def reload_if_changed(self) -> bool:
        """For a reader, and who becomes the writer: take in what another process wrote since."""
        with self._lock:
            if self._dirty or self._stamp == self._folder.stamp(ALERTS):
                return False
            self._read()
            return True

    # Writing

    def fire(self, alerts: Iterable[Alert], limits: Mapping[str, int] | None = None) -> list[Alert]:
        """Take in alerts, in memory: those that are new, with their ids.

        What fired before is left out. A new alert closes an older one of its rule on its subject.
        Where a rule comes to more than its limit an hour, one alert stands for all that are new; it
        may be one that did so before, and then it keeps its id.
        """
        with self._lock:
            by_rule: dict[str, list[Alert]] = {}
            for alert in alerts:
                if self._remember(alert):
                    by_rule.setdefault(alert.rule, []).append(alert)
            found: list[Alert] = []
            for rule, fresh in by_rule.items():
                found += self._limited(fresh, (limits or {}).get(rule))
            self._keep_most()
            return found

    def change(self, changes: Iterable[Alert], what: str = "") -> list[Alert]:
        """Put these in place of those of the same id, durably; what these were before.

        `change` with that takes it back. `what` is for the audit log, where the change of state
        does not say it. Deliveries stay as they are known here: one may have been made since the
        change was thought of. Raises StoreError if it cannot be written; nothing is changed then.
        """
        with self._saving:
            with self._lock:
                known = [(self._alerts[one.id], one) for one in changes if one.id in self._alerts]
                pairs = [(old, replace(new, deliveries=old.deliveries)) for old, new in known]
                lines = len(self._lines)
                for before, after in pairs:
                    self._put(after)
                    self._tell(after, what or _what(before, after))
            try:
                self._save_alerts()
            except BaseException:
                with self._lock:
                    for before, after in pairs:
                        if self._alerts.get(after.id) is after:
                            self._put(before)
                    del self._lines[lines:]
                raise
            with suppress(StoreError):  # the next save tries again
                self._save_audit()
        return [before for before, _ in pairs]

    def mute(self, rule: str, until: float | None = None, on: bool = True) -> None:
        """Let a rule tell nobody until then, or again, durably: its alerts have no deliveries.

        Raises StoreError if it cannot be written; nothing is changed then.
        """
        with self._saving:
            with self._lock:
                before = dict(self._muted)
                self._muted.pop(rule, None)
                if on:
                    self._muted[rule] = until
                self._dirty = True
            try:
                self._save_alerts()
            except BaseException:
                self._muted = before
                raise

    def deliver(self, alert_id: str, delivery: Delivery) -> None:
        """Keep what became of one alert on its way to one target, durably.

        Raises StoreError if it cannot be written; it holds in memory, and the next save tries.
        """
        with self._lock:
            alert = self._alerts.get(alert_id)
            if alert is None:
                return
            kept = {one.target: one for one in alert.deliveries} | {delivery.target: delivery}
            self._put(replace(alert, deliveries=tuple(kept.values())))
            if delivery.state is DeliveryState.SENT:
                self._tell(alert, "sent", target=delivery.target)
            elif delivery.error:
                self._tell(alert, "failed", target=delivery.target, error=delivery.error)
        self.save()

    def subject_changed(self, kind: Subject, ids: Collection[str]) -> list[Alert]:
        """End snoozes until a change of these subjects, in memory; the alerts that are new again.

        A story may be named by its id or by its entries.
        """
        wanted = set(ids)
        return self._end(
            alert
            for alert in self.all
            if alert.state is AlertState.SNOOZED
            and alert.until is None
            and alert.kind is kind
            and any(one.id in wanted or wanted.intersection(one.uids) for one in alert.subjects)
        )

    def wake(self, now: float) -> list[Alert]:
        """End snoozes whose time came, in memory; the alerts that are new again."""
        return self._end(
            alert
            for alert in self.all
            if alert.state is AlertState.SNOOZED and alert.until is not None and alert.until <= now
        )

    def end(self, alerts: Iterable[Alert], why: str) -> None:
        """Close alerts whose reason is no more, in memory."""
        with self._lock:
            for alert in alerts:
                self._put(replace(alert, state=AlertState.CLOSED, since=self._now(), until=None))
                self._tell(alert, "closed", note=why)

    def look(self, now: float) -> None:
        """Note that somebody looks at what time brings: silence, lateness."""
        with self._lock:
            self._looked, self._dirty = now, True

    def save(self) -> None:
        """Put on disk what changed. Raises StoreError; it then stays to be written."""
        with self._saving:
            self._save_alerts()
            self._save_audit()

    # What they are made of

    def _read(self) -> None:
        self._stamp = self._folder.stamp(ALERTS)
        found = self._folder.read(ALERTS, _tables) or {}
        self._alerts: dict[str, Alert] = {}
        self._by_rule: dict[str, dict[str, Alert]] = {}
        for alert in found.get("alerts", {}).values():
            self._put(alert)
        self._dirty = False
        self._fired: dict[_State, dict[str, float]] = {
            (row["rule"], row["kind"], row["moved"]): row["names"]
            for row in found.get("fired", {}).values()
        }
        self._muted = {row["rule"]: row["until"] for row in found.get("muted", {}).values()}
        self._last = max((alert.number for alert in self._alerts.values()), default=0)
        self._looked = 0.0
        for row in found.get("numbers", {}).values():
            self._last, self._looked = row["last"], row["looked"]
        self._sorted = None

    def _remember(self, alert: Alert) -> bool:
        """Remember the states that an alert is about; whether any of them is new."""
        now, new = self._now(), False
        among = [name for about in alert.subjects for name in names(about)]
        for moved in alert.moved.split(AND):
            known = self._fired.setdefault((alert.rule, alert.kind, moved), {})
            new = new or known.keys().isdisjoint(among)
            for name in among:
                if name not in known:
                    known[name] = now
                    self._dirty = True
        return new

    def _limited(self, fresh: list[Alert], limit: int | None) -> list[Alert]:
        """What a rule fires: these, or one that sums them up."""
        since, mine = self._now() - HOUR, self._by_rule.get(fresh[0].rule, {}).values()
        recent = [alert for alert in mine if alert.fired > since]
        recent.sort(key=newest_first)
        if limit is None or not over_limit(fresh, recent, limit):
            return [self._new(alert) for alert in fresh]
        summed = sum_up(fresh, recent, limit)
        if summed.id:
            self._put(summed)
            self._tell(summed, "fired", note=f"with {len(fresh)} more")
            return [summed]
        summed = self._new(summed)
        self._overtake((one for one in recent if one.untouched), summed)
        return [summed]

    def _new(self, alert: Alert) -> Alert:
        """Give an alert its id, and let it take the place of an older one on its subject."""
        self._last += 1
        told = () if alert.rule in self.muted else alert.deliveries
        since = alert.since or alert.fired
        alert = replace(alert, id=f"a{self._last}", since=since, deliveries=told)
        among = set(names(alert.about))
        older = [
            one
            for one in self._by_rule.get(alert.rule, {}).values()
            if one.open
            and one.kind is alert.kind
            and not one.others
            and among.intersection(names(one.about))
        ]
        self._overtake(older, alert)
        self._put(alert)
        self._tell(alert, "fired")
        return alert

    def _overtake(self, older: Iterable[Alert], newer: Alert) -> None:
        for alert in older:
            self._put(replace(alert, state=AlertState.CLOSED, since=newer.fired, until=None))
            self._tell(alert, "closed", note=f"{newer.id} took its place")

    def _end(self, snoozed: Iterable[Alert]) -> list[Alert]:
        with self._lock:
            now = self._now()
            ended = [replace(one, state=AlertState.NEW, since=now, until=None) for one in snoozed]
            for alert in ended:
                self._put(alert)
                self._tell(alert, "reopened", note="its snooze ended")
            return ended

    def _put(self, alert: Alert) -> None:
        self._alerts[alert.id] = self._by_rule.setdefault(alert.rule, {})[alert.id] = alert
        self._sorted, self._dirty = None, True

    def _keep_most(self) -> None:
        """Let go of the oldest alerts beyond `MOST`, of closed ones first."""
        if len(self._alerts) <= MOST:
            return
        order = sorted(self._alerts.values(), key=lambda one: (not one.open, *newest_first(one)))
        for alert in order[MOST:]:
            del self._alerts[alert.id], self._by_rule[alert.rule][alert.id]
            self._sorted, self._dirty = None, True

    def _tell(self, alert: Alert, what: str, **more: str) -> None:
        """A line for the audit log."""
        if not what:
            return
        about = alert.about
        self._lines.append(
            {
                "when": rfc3339(self._now()),
                "alert": alert.id,
                "rule": alert.rule,
                "what": what,
                **more,
                "subject": {"kind": alert.kind.value, "id": about.id, "title": about.title},
                "reason": alert.reason,
                **({"note": alert.note} if alert.note and "note" not in more else {}),
            }
        )

    def _save_alerts(self) -> None:
        with self._lock:
            if not self._dirty:
                return
            self._dirty = False
            alerts = [asdict(alert) for alert in self._alerts.values()]
            since = self._now() - MEMORY
            for state, known in list(self._fired.items()):
                for name in [name for name, when in known.items() if when < since]:
                    del known[name]
                if not known:
                    del self._fired[state]
            fired: list[Mapping[str, Any]] = [
                {"rule": rule, "kind": kind, "moved": moved, "names": dict(known)}
                for (rule, kind, moved), known in self._fired.items()
            ]
            muted: list[Mapping[str, Any]] = [
                {"rule": rule, "until": until} for rule, until in self._muted.items()
            ]
            numbers = _Numbers(last=self._last, looked=self._looked)
        try:
            storage = Storage()
            open_table(storage, "alerts").insert_multiple(alerts)
            open_table(storage, "fired").insert_multiple(fired)
            open_table(storage, "numbers").insert(numbers)
            open_table(storage, "muted").insert_multiple(muted)
            self._folder.write(ALERTS, storage.encode(), backup=True)
            self._stamp = self._folder.stamp(ALERTS)
        except BaseException:
            self._dirty = True
            raise

    def _save_audit(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            self._folder.append(AUDIT, b"".join(encode(line) + b"\n" for line in lines))
        except BaseException:
            with self._lock:
                self._lines[:0] = lines
            raise


def _what(before: Alert, after: Alert) -> str:
    """What the audit log says of a change; nothing of one that is no decision."""
    if before.state is not after.state or before.until != after.until:
        return SAYS[after.state]
    return "note" if before.note != after.note else ""
