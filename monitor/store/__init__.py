"""What is known, kept in a folder of TinyDB databases: entries, stories, feed states, marks.

Everything is read from memory; `flush` puts what is new on disk, whole and durable. One process
writes at a time; readers need no lock and meet each file old or new, never half.
"""

import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from msgspec.structs import replace

from monitor.models import Body, Edit, Entry, FeedState, Former, Fresh, Story
from monitor.store import schema
from monitor.store.archive import FOLDER, PART_ENTRIES, Loaded
from monitor.store.files import Disk, Folder, StoreError
from monitor.store.front import Front
from monitor.store.library import Library
from monitor.store.lock import Holder, StoreLocked, WriterLock
from monitor.store.retention import DAY, expired
from monitor.store.stories import Past, Shelved, hay

if TYPE_CHECKING:
    from monitor.store.advisories import Advisories
    from monitor.store.alerts import Alerts
    from monitor.store.digests import Digests

__all__ = [
    "Added",
    "Disk",
    "Edited",
    "Front",
    "Holder",
    "Loaded",
    "Past",
    "Store",
    "StoreError",
    "StoreLocked",
]


class Edited(NamedTuple):
    """What an edit came to: the edits made or taken back, the ids of the stories that changed."""

    edits: tuple[Edit, ...]
    stories: frozenset[str]


FORMER = 5  # earlier headlines of an entry that are kept: the first and the last of them


class Added(NamedTuple):
    """What `Store.add` came to: ids of changed stories, uids of new and of changed entries."""

    stories: frozenset[str]
    new: tuple[str, ...]
    changed: tuple[str, ...]


class Store:
    """The data folder. Use `Store.open`.

    Changes come from one thread (the event loop's); `flush`, `pin` and `mark_read` may be called
    from any. `problems` says, for people, what was damaged and set aside.
    """

    def __init__(
        self,
        folder: Folder,
        now: Callable[[], float],
        migrations: Mapping[int, schema.Migration],
        part_entries: int,
    ) -> None:
        self._folder = folder
        self._now = now
        self._migrations = migrations
        self._lock = WriterLock(folder, now)
        self._flushing = threading.Lock()
        self._library = Library(folder, part_entries)
        self._advisories: Advisories | None = None
        self._alerts: Alerts | None = None
        self._digests: Digests | None = None
        self.trouble = ""  # why the last commit failed, for people; "" if it did not

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        now: Callable[[], float] = time.time,
        write: bool = True,
        wait: float = 0.0,
        disk: Disk | None = None,
        migrations: Mapping[int, schema.Migration] = schema.MIGRATIONS,
        part_entries: int = PART_ENTRIES,
    ) -> Self:
        """Open a folder, to write in it or only to read; it is not read yet.

        `wait`: seconds to try for the lock; `part_entries`: how many entries a file holds. Raises
        StoreLocked, which names the other writer, or StoreError if the folder cannot be used;
        never because a file in it is damaged.
        """
        store = cls(Folder(Path(path), disk or Disk(), now), now, migrations, part_entries)
        if write:
            store.lock(wait)
        else:
            schema.check(store._folder, migrations)
        return store

    @property
    def problems(self) -> list[str]:
        return self._folder.problems

    @property
    def writable(self) -> bool:
        return self._folder.writable

    @property
    def unsaved(self) -> int:
        """How many new or changed entries are only in memory."""
        return self._library.archive.unsaved

    def lock(self, wait: float = 0.0) -> frozenset[str]:
        """Become the writer, and take in what others wrote before; the ids of changed stories.

        Raises as `open` does.
        """
        if self.writable:
            return frozenset()
        self._folder.make()
        self._lock.acquire(wait)
        try:
            self._folder.make(FOLDER)
            self._folder.sweep()
            self._folder.sweep(FOLDER)
            schema.check(self._folder, self._migrations)
            changed = self._catch_up()
            self._digests = None  # another process may have sent some
            return frozenset(changed or ())
        except BaseException:
            self._lock.release()
            raise

    def unlock(self) -> None:
        """Save everything and let others write; this store goes on as a reader."""
        try:
            if self.writable:
                self._save(everything=True)
                self._library.tidy()
                self._library.saved()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Save everything and let go of the lock. Raises StoreError if it cannot be saved."""
        self.unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Reading

    def front(self) -> Front:
        """The newest stories and the counts, as of the last save, from one small file."""
        return self._library.front.load()

    @property
    def loaded(self) -> bool:
        """Whether the whole archive is in memory."""
        return self._library.loaded

    def load_steps(self) -> Iterator[int]:
        """Load the archive, newest part first; after each part, how many entries there are."""
        while self._library.step():
            yield len(self.entries)

    def load(self) -> None:
        """Load what is not in memory yet."""
        while self._library.step():
            pass

    def reload_if_changed(self) -> bool:
        """For a reader: take in what the writer saved since; whether there was anything."""
        return not self.writable and self._catch_up() is not None

    def catch_up(self) -> frozenset[str]:
        """The same; the ids of the stories that changed, in themselves or in their marks."""
        return frozenset(() if self.writable else self._catch_up() or ())

    def _catch_up(self) -> set[str] | None:
        if self._alerts is not None:
            self._alerts.reload_if_changed()
        if self._advisories is not None:
            self._advisories.reload_if_changed()
        return self._library.catch_up()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries in memory, by uid."""
        return MappingProxyType(self._library.archive.entries)

    @property
    def stories(self) -> Mapping[str, Story]:
        """The stories in memory, by id."""
        return MappingProxyType(self._library.shelf.stories)

    def hay(self, story_id: str) -> str:
        """What search looks at: folded title, summary, outlet and CVE ids of all its entries."""
        return self._library.shelf.hays.get(story_id, "")

    def body(self, uid: str) -> Body:
        """The long texts of an entry, from disk if need be; empty if they cannot be had."""
        return self._library.archive.body(uid)

    def recent(self, since: float) -> Iterator[Loaded]:
        """The entries of a time from `since` on with their summaries, in order of arrival.

        Of those without a date the time is when they came.
        """
        self.load()
        found = [
            entry
            for entry in self.entries.values()
            if (entry.first_seen if entry.undated else entry.time) >= since
        ]
        found.sort(key=attrgetter("first_seen", "uid"))
        return self._library.archive.summaries(entry.uid for entry in found)

    @property
    def feeds(self) -> Mapping[str, FeedState]:
        """The state of each feed that was ever polled, by id."""
        return MappingProxyType(self._library.feeds.states)

    @property
    def advisories(self) -> "Advisories":
        """Bulletins, CVE records, KEV and EPSS; the first frame needs none of them."""
        if self._advisories is None:
            from monitor.store.advisories import Advisories

            self._advisories = Advisories(self._folder, self._now)
        return self._advisories

    @property
    def alerts(self) -> "Alerts":
        """The alerts and what has fired; the first frame needs none of them."""
        if (found := self._alerts) is None:
            from monitor.store.alerts import Alerts

            with self._library.memory:
                if self._alerts is None:
                    self._alerts = Alerts(self._folder, self._now)
                found = self._alerts
        return found

    @property
    def digests(self) -> "Digests":
        """Up to when each target was told by a digest."""
        if (found := self._digests) is None:
            from monitor.store.digests import Digests

            with self._library.memory:
                if self._digests is None:
                    self._digests = Digests(self._folder)
                found = self._digests
        return found

    @property
    def pinned(self) -> AbstractSet[str]:
        """The ids of the stories in memory that are pinned."""
        return self._library.pinned

    @property
    def read(self) -> AbstractSet[str]:
        """The ids of the stories in memory that were read."""
        return self._library.read

    # Writing

    def add(self, fresh: Iterable[Fresh]) -> Added:
        """Take in new and changed entries, in memory; `flush` makes them durable.

        An entry that is known keeps its times and its place, and is written only if its title,
        address or summary differ; a claim that is read otherwise than before, as by newer cues,
        is followed and written at leisure. What is not loaded yet is loaded first.
        """
        self.load()
        archive = self._library.archive
        new, changed, shelved = [], [], []
        with self._library.memory:
            for entry, body in fresh:
                known = archive.entries.get(entry.uid)
                if known is None:
                    entry = self._library.edits.arrived(_sound(entry, self._now()))
                    archive.add(entry, body)
                    new.append(entry.uid)
                elif archive.differs(known, entry, body):
                    entry = _renewed(known, entry, self._now())
                    archive.change(entry, body)
                    changed.append(entry.uid)
                elif known.reading != entry.reading:
                    part = self._library.shelf.shelved(known).hay
                    entry = replace(known, reading=entry.reading)
                    archive.update(entry, soon=False)
                    shelved.append(Shelved(entry, part))
                    continue
                else:
                    continue
                shelved.append(Shelved(entry, hay(entry, body.summary)))
            self._library.remember({one.entry.story for one in shelved})
            stories = self._library.put(shelved)
        return Added(frozenset(stories), tuple(new), tuple(changed))

    def seen(self, feed_id: str, uids: Iterable[str], when: float) -> None:
        """Note that a feed's document held these entries; a day coarse, so that it costs little."""
        self.load()
        with self._library.memory:
            known = filter(None, map(self.entries.get, uids))
            behind = [
                entry for entry in known
                if entry.feed == feed_id and when - entry.last_seen > DAY
            ]  # fmt: skip
            entries = [replace(entry, last_seen=when) for entry in behind]
            hays = [self._library.shelf.shelved(entry).hay for entry in behind]
            for entry in entries:
                self._library.archive.update(entry, soon=False)
            self._library.put(map(Shelved, entries, hays))

    def regroup(self, entries: Iterable[Entry]) -> set[str]:
        """Move entries to the story, `duplicate_of` and `why` that they now carry.

        The ids of the stories that changed, emptied ones included. Marks stay with their entries;
        what the user split or merged stays so.
        """
        self.load()
        with self._library.memory:
            edits = self._library.edits
            known = [edits.regrouped(one) for one in entries if one.uid in self.entries]
            self._library.remember({entry.story for entry in known})
            self._library.remember({self.entries[entry.uid].story for entry in known})
            return self._library.move(known)

    def follow(self) -> None:
        """From now on keep what stories are before a poll changes them, for `changes`."""
        if self._library.past is None:
            self._library.past = {}

    @property
    def changes(self) -> Mapping[str, Past]:
        """What the stories that polls changed were, by id, since `followed` was called last."""
        return MappingProxyType(self._library.past or {})

    def followed(self) -> None:
        """What changed was looked at: it need not be kept any more."""
        if self._library.past:
            self._library.past = {}

    def split(self, uids: Iterable[str]) -> Edited:
        """Make each of these entries a story of its own, with those that repeat it; durably.

        One that has its story for itself is left as it is. Raises StoreError if it cannot be
        written; nothing is changed then.
        """
        return self._edit(partial(self._split, uid) for uid in dict.fromkeys(uids))

    def merge(self, story_ids: Iterable[str]) -> Edited:
        """Merge stories into the first of them, durably. Raises StoreError as `split` does."""

        def merge() -> list[Edit]:
            found = [self.stories[key] for key in dict.fromkeys(story_ids) if key in self.stories]
            return [self._library.edits.merge(found, self._now())] if len(found) > 1 else []

        return self._edit([merge])

    def take_back(self, edits: Iterable[str]) -> Edited:
        """Take edits back, by their ids, durably. Raises StoreError as `split` does."""
        return self._edit([partial(self._library.edits.remove, list(edits))])

    def edits_of(self, story_id: str) -> list[Edit]:
        """The user's splits and merges that a story in memory comes from, oldest first."""
        story = self.stories.get(story_id)
        return self._library.edits.of(story) if story is not None and self.loaded else []

    @property
    def apart(self) -> Mapping[str, frozenset[str]]:
        """By story, the stories from which the user split it."""
        return self._library.edits.apart()

    @property
    def edited(self) -> int:
        """Counts up with every edit, and when another process may have made one."""
        return self._library.edited

    def put_feed(self, state: FeedState) -> None:
        """Keep the state of a feed, in memory; `flush` makes it durable."""
        self._library.feeds.put(state)

    def flush(self) -> None:
        """Put on disk what is new: alerts, entries, feed states. To be called in a thread.

        Raises StoreError; what was not written then stays in memory, for the next flush.
        """
        self._save(everything=False)

    def pin(self, story_ids: Iterable[str], on: bool = True) -> frozenset[str]:
        """Pin stories or take pins back, durably; the ids of those for which that is a change.

        Raises StoreError if it cannot be written; it holds in memory, and the next flush tries.
        """
        stories = self._choose(story_ids, self.pinned, on)
        pins = [self._library.pin(story, self._now()) for story in stories if on]
        uids = () if on else [entry.uid for story in stories for entry in story.entries]
        self._library.marks.change_pins(pins, uids)
        return self._marked(stories)

    def mark_read(self, story_ids: Iterable[str], on: bool = True) -> frozenset[str]:
        """Mark stories as read or unread, durably; the ids of those for which that is a change.

        Raises StoreError as `pin` does.
        """
        stories = self._choose(story_ids, self.read, on)
        uids = [entry.uid for story in stories for entry in story.entries]
        self._library.marks.change_reads(uids if on else (), () if on else uids)
        return self._marked(stories)

    def prune(self, keep_days: float) -> int:
        """Let go of entries that left their feed `keep_days` ago, in memory; pinned stories stay.

        How many; `flush` then frees the disk. A feed that answers 304 still holds its entries.
        """
        self.load()
        with self._library.memory:
            old = expired(self.entries.values(), self.feeds, self._now() - keep_days * DAY)
            gone = [entry for entry in old if entry.story not in self.pinned]
            self._library.let_go(gone)
        return len(gone)

    def _split(self, uid: str) -> list[Edit]:
        entry = self.entries.get(uid)
        if entry is None:
            return []
        story = self.stories[entry.story]
        edit = self._library.edits.split(story, uid, self._now(), self.stories)
        return [edit] if edit else []

    def _edit(self, changes: Iterable[Callable[[], list[Edit]]]) -> Edited:
        """Make changes of edits; each is written, and only then shown."""
        if not self.writable:
            raise StoreError(f"{self._folder.path}: opened for reading only")
        self.load()
        edits, made, stories = self._library.edits, list[Edit](), set[str]()
        for change in changes:
            with self._library.memory:
                before, pinned = dict(edits.edits), set(self.pinned)
                changed = change()
            if not changed:
                continue
            try:
                edits.save()
            except StoreError:
                with self._library.memory:
                    edits.restore(before)
                    self._library.settle()
                raise
            made += changed
            with self._library.memory:
                moved = self._library.settle()
                self._repin(pinned & moved)
            stories |= moved
        self._save_front()
        return Edited(tuple(made), frozenset(stories))

    def _repin(self, story_ids: Iterable[str]) -> None:
        """Let stories stay pinned though the entry that bore the pin was split off."""
        alive = (key for key in story_ids if key in self.stories and key not in self.pinned)
        lost = [self.stories[key] for key in alive]
        if lost:
            pins = [self._library.pin(story, self._now()) for story in lost]
            self._library.marks.change_pins(pins, ())
            self._library.mark(lost)
            with suppress(StoreError):  # the next flush tries again
                self._library.marks.save()

    def _choose(self, story_ids: Iterable[str], marked: AbstractSet[str], on: bool) -> list[Story]:
        """The stories that are not marked so yet; those that are not in memory are loaded."""
        if not self.writable:
            raise StoreError(f"{self._folder.path}: opened for reading only")
        wanted = dict.fromkeys(story_ids)
        while not all(story_id in self.stories for story_id in wanted):
            if not self._library.step():
                break
        with self._library.memory:
            found = filter(None, map(self.stories.get, wanted))
            return [story for story in found if (story.id in marked) != on]

    def _marked(self, stories: Collection[Story]) -> frozenset[str]:
        with self._library.memory:
            self._library.mark(stories)
        self._library.marks.save()
        self._save_front()
        return frozenset(story.id for story in stories)

    def _save(self, *, everything: bool) -> None:
        with self._flushing:
            try:
                if self._alerts is not None:
                    self._alerts.save()  # before what made them fire
                self._library.save_edits()  # first: entries on disk may be behind them
                self._library.archive.save(everything=everything)
                self._library.save_small()
            except StoreError as error:
                self.trouble = str(error)
                raise
            self.trouble = ""
        self._save_front()

    def _save_front(self) -> None:
        if self.loaded:
            with self._library.memory:
                front = self._library.front.take(self.pinned, self.read, self._now())
            self._library.front.save(front)


def _sound(entry: Entry, now: float) -> Entry:
    """A new entry, in a story and with times that a file can hold."""
    times_together = entry.first_seen + entry.last_seen + entry.time + (entry.published or 0.0)
    if entry.story and math.isfinite(times_together):
        return entry
    first = entry.first_seen if math.isfinite(entry.first_seen) else now
    times = {"first_seen": first, "last_seen": entry.last_seen, "time": entry.time}
    sound = {name: when if math.isfinite(when) else first for name, when in times.items()}
    published = entry.published
    if published is not None and not math.isfinite(published):
        published = None
    return replace(entry, story=entry.story or entry.uid, published=published, **sound)


def _renewed(known: Entry, entry: Entry, now: float) -> Entry:
    """An entry that its publisher changed: new texts, in the old place."""
    former = known.former
    if entry.title != known.title:
        former = (*former, Former(known.title, now))
        former = former[:1] + former[1 - FORMER :] if len(former) > FORMER else former
    return replace(
        entry,
        published=known.published,
        first_seen=known.first_seen,
        last_seen=known.last_seen,
        time=known.time,
        story=known.story,
        duplicate_of=known.duplicate_of,
        why=known.why,
        former=former,
    )
