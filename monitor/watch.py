"""Rules joined to what comes in: they look at it before it is stored, and alerts are stored first.

So a kill at any moment neither loses an alert nor doubles one: what made it fire comes again, and
the memory of what fired is there already. Stories are looked at before each commit of a poll, what
sources say before each batch, and what time brings (lateness, silence) once an hour.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from monitor.alert import Alert, AlertState, Subject
from monitor.models import Config, Transition
from monitor.store import Store, StoreError

if TYPE_CHECKING:
    from monitor.advisories.phone import Report
    from monitor.advisories.source import Batch
    from monitor.rules.compiled import Compiled, HasFired
    from monitor.rules.sift import Sift
    from monitor.store.alerts import Alerts
    from monitor.vulnerability import Bulletin, Exploited, Likelihood, Record, Vulnerability

HOUR = 3600.0
ASKED = 2 * 86400.0  # how long ago a vendor may have been asked, to be called late


class Fired(Struct, frozen=True):
    """Alerts fired, or a sum of alerts grew; in memory, and on disk with the next commit."""

    alerts: tuple[Alert, ...]


class Watcher:
    """The rules of a configuration over a store. One each for the feeds and for the sources."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        on_event: Callable[[Fired], None] = lambda event: None,
        now: Callable[[], float],
    ) -> None:
        self._config = config
        self._store = store
        self._tell = on_event
        self._now = now
        self._ids: set[str] = set()
        self.new_feeds: set[str] = set()  # whose first document is among what is not looked at yet

    @property
    def count(self) -> int:
        """How many alerts fired here."""
        return len(self._ids)

    def prepare(self) -> None:
        """Read what is needed, so that nothing has to wait for it later; call it in a thread."""
        with suppress(StoreError):  # it is told when it is needed
            _ = self._alerts, self._sift

    def stories(self) -> Iterator[None]:
        """Look at the stories that polls changed, in steps; then they may be saved.

        Raises StoreError if the alerts cannot be read.
        """
        past = dict(self._store.changes)
        if not past:
            return
        self._end_snoozes(Subject.STORY, self._named_by(past))
        rules = self._of(Subject.STORY)
        if rules:
            from monitor.rules.stories import Changes, story_alerts

            ids = [story_id for story_id in past if story_id in self._store.stories]
            changes = Changes(
                past=past,
                stories=[self._store.stories[story_id] for story_id in ids],
                hays=[self._store.hay(story_id) for story_id in ids],
                pinned=self._store.pinned,
                read=self._store.read,
                kinds={feed.id: feed.kind for feed in self._config.feeds},
                new_feeds=frozenset(self.new_feeds),
            )
            fired = self._alerts.fired
            for alerts in story_alerts(rules, self._sift, changes, fired, self._now()):
                self._fire(alerts)
                yield
        self._store.followed()
        self.new_feeds.clear()

    def batch(self, batch: "Batch", *, first: bool) -> None:
        """Look at what a source says before it is stored; alerts are on disk on return.

        `first`: its first run is not over yet, so that what comes may be old. Raises StoreError.
        """
        self._named = None
        found = [
            *self._bulletins(batch.bulletins),
            *self._records(batch.records, first),
            *self._catalogue(batch.catalogue or ()),
            *self._likelihoods(batch.likelihoods),
        ]
        if self._fire(found) or self._ended:
            self._ended = False
            self._alerts.save()

    def standing(self) -> None:
        """Look at what time brings, once an hour, and end snoozes. Raises StoreError."""
        now, alerts = self._now(), self._alerts
        alerts.wake(now)
        if 0.0 <= now - alerts.looked < HOUR:
            alerts.save()
            return
        self._fire(self.what_time_brings(alerts.fired))
        self._end_what_is_over(now)
        alerts.look(now)
        alerts.save()

    def what_time_brings(self, fired: "HasFired") -> list[Alert]:
        """What the rules would fire now for what is late, overdue, silent or surging."""
        now = self._now()
        return [
            *self._late(fired, now),
            *self._overdue(fired, now),
            *self._silent(fired, now),
            *self._surging(fired, now),
        ]

    # Rules

    @property
    def _alerts(self) -> "Alerts":
        return self._store.alerts

    @cached_property
    def _rules(self) -> "list[Compiled]":
        from monitor.rules import compile_rules

        return compile_rules(self._config.rules, self._config.targets)

    def _of(self, kind: Subject, *transitions: Transition) -> "list[Compiled]":
        return [
            rule
            for rule in self._rules
            if rule.kind is kind and (not transitions or rule.watches(*transitions))
        ]

    @cached_property
    def _limits(self) -> dict[str, int]:
        return {rule.id: rule.limit for rule in self._config.rules}

    @cached_property
    def _sift(self) -> "Sift":
        from monitor.rules.sift import Sift

        return Sift([rule.query for rule in self._of(Subject.STORY)])

    def _fire(self, found: list[Alert]) -> list[Alert]:
        if not found:
            return []
        fired = self._alerts.fire(found, self._limits)
        self._ids.update(alert.id for alert in fired)
        if fired:
            self._tell(Fired(tuple(fired)))
        return fired

    _named: set[str] | None = None  # the CVE ids in stories, once something moved
    _ended = False  # whether a snooze did, and is not on disk

    def _end_snoozes(self, kind: Subject, changed: Iterable[str]) -> None:
        """End snoozes until one of these subjects changes."""
        if any(
            alert.state is AlertState.SNOOZED and alert.until is None and alert.kind is kind
            for alert in self._alerts.all
        ):
            ended = self._alerts.subject_changed(kind, set(changed))
            self._ended = self._ended or bool(ended)

    def _named_by(self, story_ids: Iterable[str]) -> Iterator[str]:
        for story_id in story_ids:
            yield story_id
            if story := self._store.stories.get(story_id):
                yield from (entry.uid for entry in story.entries)

    # What sources say

    def _bulletins(self, bulletins: "Iterable[Bulletin]") -> Iterator[Alert]:
        from monitor.revisions import revise_bulletin
        from monitor.rules.bulletins import bulletin_alerts
        from monitor.rules.days import is_recent_month

        rules, now = self._of(Subject.BULLETIN), self._now()
        for new in bulletins:
            before = self._store.advisories.bulletin(new.id)
            after = revise_bulletin(before, new, now)
            if before is not None and before.changes != after.changes:
                self._end_snoozes(Subject.BULLETIN, [after.id])
            elif before is None:
                self._end_snoozes(Subject.BULLETIN, self._line(after))
            yield from bulletin_alerts(rules, before, after, self._alerts.fired, now)
            if before is not None or is_recent_month(after.month, now):
                yield from self._listed(before, after, now)

    def _line(self, bulletin: "Bulletin") -> list[str]:
        """The bulletins of its line: that one of them is late is over."""
        known = self._store.advisories.bulletins
        line = bulletin.vendor, bulletin.line
        return [one.id for one in known if (one.vendor, one.line) == line]

    def _listed(self, before: "Bulletin | None", after: "Bulletin", now: float) -> Iterator[Alert]:
        """For the vulnerabilities whose rows in a bulletin are new or other ones."""
        from monitor.vulnerability import listings

        old = set(before.rows) if before else set()
        changed = {row.cve for row in after.rows if row not in old}
        if not self._of(Subject.CVE):
            return
        for cve in sorted(changed):
            known = self._store.advisories.vulnerability(cve)
            others = [one for one in known.listings if one.bulletin != after.id]
            mine = listings(after, cve)
            yield from self._cve(known, replace(known, listings=(*mine, *others)), now)

    def _records(self, records: "Iterable[Record]", first: bool) -> Iterator[Alert]:
        from monitor.rules.cves import is_recent
        from monitor.rules.days import RECENT

        now = self._now()
        wanted = {
            record.cve: record
            for record in records
            if not first or (record.published is not None and now - record.published <= RECENT)
        }
        if not wanted or not self._of(Subject.CVE):
            return
        stored = self._store.advisories.records(wanted)
        for cve, new in wanted.items():
            olds = stored.get(cve, ())
            old = next((one for one in olds if one.source == new.source), None)
            if old is not None and _same(old, new):
                continue
            self._end_snoozes(Subject.CVE, [cve])
            if new.ratings != (old.ratings if old else ()):
                known = self._store.advisories.vulnerability(cve)
                others = [one for one in known.records if one.source != new.source]
                after = replace(known, records=(*others, new))
                news = old is not None or is_recent(after, now)
                yield from self._cve(known, after, now, news=news)

    def _catalogue(self, rows: "Iterable[Exploited]") -> Iterator[Alert]:
        from monitor.rules.days import RECENT

        if not rows or not self._of(Subject.CVE):
            return
        before, now = self._store.advisories.exploited, self._now()
        for row in rows:
            old = before.get(row.cve)
            if old is not None and (old.ransomware, old.due) == (row.ransomware, row.due):
                continue
            self._end_snoozes(Subject.CVE, [row.cve])
            # Of a catalogue that comes for the first time, what is old is no news.
            if before or (row.added is not None and now - row.added <= RECENT):
                known = self._store.advisories.vulnerability(row.cve)
                known = replace(known, exploited=old)
                yield from self._cve(known, replace(known, exploited=row), now)

    def _likelihoods(self, rows: "Iterable[Likelihood]") -> Iterator[Alert]:
        rules = self._of(Subject.CVE, Transition.EPSS)
        levels = {on.level for rule in rules for on in rule.on if on.what is Transition.EPSS}
        after = {row.cve: row for row in rows} if levels else {}
        before, now = self._store.advisories.likelihoods(after), self._now()
        for cve, old in before.items():
            if any(old.epss < level <= after[cve].epss for level in levels):
                known = self._store.advisories.vulnerability(cve)
                yield from self._cve(known, replace(known, likelihood=after[cve]), now)

    def _cve(
        self, before: "Vulnerability", after: "Vulnerability", now: float, *, news: bool = True
    ) -> Iterator[Alert]:
        from monitor.query.cves import Case
        from monitor.rules.cves import cve_alerts

        if self._named is None:
            self._store.load()
            stories = list(self._store.stories.values())  # at one go: a poll may add to them
            self._named = {cve for story in stories for cve in story.cves}
        case = Case(after, after.cve in self._named)
        rules, fired = self._of(Subject.CVE), self._alerts.fired
        yield from cve_alerts(rules, before, case, fired, now, news=news)

    # What time brings

    def _end_what_is_over(self, now: float) -> None:
        """Close the alerts whose bulletin came, whose device is in time, whose feed speaks."""
        brought = {Transition.LATE, Transition.OVERDUE, Transition.SILENT}
        mine = [alert for alert in self._alerts.all if alert.open and alert.on in brought]
        if not mine:
            return
        from monitor.rules.bulletins import newest_of_line
        from monitor.rules.standing import over

        kinds = {alert.on for alert in mine}
        reports = self._reports(now) if Transition.OVERDUE in kinds else []
        last: dict[str, float] = {}
        if Transition.SILENT in kinds:
            self._store.load()
            for entry in list(self._store.entries.values()):  # at one go, as above
                last[entry.feed] = max(entry.first_seen, last.get(entry.feed, 0.0))
        newest = newest_of_line(self._store.advisories.bulletins)
        ended = over(mine, newest, {one.device.id: one for one in reports}, last)
        self._alerts.end(ended, "its reason is no more")

    def _late(self, fired: "HasFired", now: float) -> list[Alert]:
        rules = self._of(Subject.BULLETIN, Transition.LATE)
        if not rules:
            return []
        from monitor.rules.bulletins import late_alerts

        states = self._store.advisories.sources
        asked = {
            source.kind
            for source in self._config.sources
            if source.enabled
            and (state := states.get(source.id))
            and state.feed.last_success is not None
            and now - state.feed.last_success <= ASKED
        }
        bulletins = self._store.advisories.bulletins
        return late_alerts(rules, bulletins, asked, fired, now)

    def _overdue(self, fired: "HasFired", now: float) -> list[Alert]:
        rules = self._of(Subject.DEVICE)
        if not rules or not self._config.devices:
            return []
        from monitor.rules.standing import overdue_alerts

        return overdue_alerts(rules, self._reports(now), fired, now)

    def _reports(self, now: float) -> "list[Report]":
        from monitor.advisories.phone import report

        kept = self._store.advisories
        bulletins = [found for one in kept.bulletins if (found := kept.bulletin(one.id))]
        return [report(device, bulletins, now) for device in self._config.devices]

    def _silent(self, fired: "HasFired", now: float) -> list[Alert]:
        rules = self._of(Subject.FEED)
        if not rules:
            return []
        from monitor.rules.standing import silences, silent_alerts

        self._store.load()
        entries = list(self._store.entries.values())  # at one go: a poll may add to them
        found = silences(self._config.feeds, self._store.feeds, entries, now)
        return silent_alerts(rules, found, fired, now)

    def _surging(self, fired: "HasFired", now: float) -> list[Alert]:
        rules = self._of(Subject.WORD)
        if not rules:
            return []
        from monitor.rules.standing import surge_alerts
        from monitor.surge import surges

        self._store.load()
        found = surges(list(self._store.entries.values()), now)
        return surge_alerts(rules, found, fired, now)


def _same(old: "Record", new: "Record") -> bool:
    """Whether a record says what it said, its dates apart."""
    return replace(old, updated=None, changes=()) == replace(new, updated=None, changes=())
