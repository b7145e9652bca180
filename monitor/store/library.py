"""Entries, stories and marks in memory: how they get there, and how they are kept in step."""

import gc
import threading
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from monitor.models import Entry, Story
from monitor.store.archive import Archive, Row, part_name, part_number
from monitor.store.edits import EDITS, Edits
from monitor.store.feeds import FEEDS, Feeds
from monitor.store.files import Folder, Stamp
from monitor.store.front import FrontKeeper
from monitor.store.marks import PINS, READS, Marks, Pin
from monitor.store.stories import Past, Shelf, Shelved, hay


class Library:
    """What `Store` serves its readers from. `memory` is held while things change, never longer."""

    def __init__(self, folder: Folder, part_entries: int) -> None:
        self.memory = threading.RLock()
        self.archive = Archive(folder, part_entries)
        self.shelf = Shelf()
        self.front = FrontKeeper(folder, self.shelf.stories)
        self.pinned: set[str] = set()
        self.read: set[str] = set()
        self._folder = folder
        self._todo: list[int] | None = None  # parts to load; None before the first
        self._stamps: dict[str, Stamp | None] = {}
        self._marks: Marks | None = None
        self._edits: Edits | None = None
        self.past: dict[str, Past] | None = None  # what stories were; None if nobody asks
        self.edited = 0  # counts up whenever edits may have moved entries
        self._feeds: Feeds | None = None

    @property
    def marks(self) -> Marks:
        """The user's marks, read when they are first needed."""
        with self.memory:
            if self._marks is None:
                self._marks = Marks(self._folder)
            return self._marks

    @property
    def edits(self) -> Edits:
        """The user's splits and merges, read when they are first needed."""
        if (edits := self._edits) is not None:
            return edits
        with self.memory:
            if self._edits is None:
                self._edits = Edits(self._folder)
            return self._edits

    @property
    def feeds(self) -> Feeds:
        """The feed states, read when they are first needed."""
        with self.memory:
            if self._feeds is None:
                self._feeds = Feeds(self._folder)
            return self._feeds

    @property
    def loaded(self) -> bool:
        return self._todo is not None and not self._todo

    def step(self) -> bool:
        """Load one more part; False if there is none."""
        with self.memory, _no_collection():
            if self.loaded:
                return False
            if self._todo is None:
                self._stamps = self.look()
                self._marks, self._feeds, self._edits = self.marks, self.feeds, self.edits
                self._todo = self.archive.numbers()[::-1]
            if self._todo:
                self._load(self._todo[-1])
                self._todo.pop()
            if not self._todo:
                self._restore_pins()
                gc.freeze()  # 100,000 entries that stay need not be looked at again and again
            return True

    def put(self, items: Iterable[Shelved]) -> set[str]:
        """Show entries in their stories; the ids of these."""
        changed = self.shelf.put(items)
        self._flag(changed)
        self.front.changed(changed)
        return changed

    def remember(self, story_ids: Iterable[str]) -> None:
        """Keep what these stories are, before they change."""
        if (past := self.past) is not None:
            stories, hays = self.shelf.stories, self.shelf.hays
            for story_id in story_ids:
                if story_id not in past:
                    past[story_id] = Past(stories.get(story_id), hays.get(story_id, ""))

    def drop(self, entries: Iterable[Entry]) -> set[str]:
        """Take entries out of their stories; the ids of these, emptied ones included."""
        changed = self.shelf.drop(entries)
        self._flag(changed)
        self.front.shrunk()
        return changed

    def let_go(self, entries: Collection[Entry]) -> None:
        """Remove entries; what is left of a story that was read stays read."""
        if not entries:
            return
        read = [self.shelf.stories[story_id] for story_id in self.read]
        self.archive.remove(entry.uid for entry in entries)
        left = self.archive.entries
        uids = [entry.uid for story in read for entry in story.entries if entry.uid in left]
        self.marks.change_reads(uids, [entry.uid for entry in entries])
        self.drop(entries)

    def move(self, entries: Iterable[Entry]) -> set[str]:
        """Show known entries in the stories that they now carry; the ids of those that changed."""
        moved = {entry.uid: entry for entry in entries}
        old = [self.archive.entries[uid] for uid in moved]
        hays = [self.shelf.shelved(entry).hay for entry in old]
        stories = self.drop(old)
        for entry in moved.values():
            self.archive.update(entry)
        return stories | self.put(map(Shelved, moved.values(), hays))

    def settle(self) -> set[str]:
        """Put all entries that edits touch where they belong; the ids of stories that changed."""
        self.edited += 1
        known = self.archive.entries
        touched = [known[uid] for uid in self.edits.places if uid in known]
        settled = ((entry, self.edits.settled(entry)) for entry in touched)
        return self.move(entry for old, entry in settled if entry is not old)

    def mark(self, stories: Iterable[Story]) -> None:
        """Bring the flags of these stories into line with the marks of their entries."""
        self._flag({story.id for story in stories})

    def look(self) -> dict[str, Stamp | None]:
        """The versions of all files that readers depend on."""
        names = [part_name(number) for number in self.archive.numbers()]
        return {name: self._folder.stamp(name) for name in (*names, PINS, READS, EDITS, FEEDS)}

    def save_small(self) -> None:
        """Put feed states and marks on disk, if they are in memory and changed."""
        if self._feeds is not None:
            self._feeds.save()
        if self._marks is not None:
            self._marks.save()

    def save_edits(self) -> None:
        """Put edits on disk, if they are in memory and changed."""
        if self._edits is not None:
            self._edits.save()

    def tidy(self) -> None:
        """All entries are on disk: let go of what is no longer needed to know their places."""
        if self._edits is not None and self.loaded:
            self._edits.tidy(self.archive.entries)
            self._edits.save()

    def saved(self) -> None:
        """The files are as memory is."""
        self._stamps = self.look()

    def catch_up(self) -> set[str] | None:
        """Read again the files that another process replaced; the ids of the stories that changed.

        None if there were no such files.
        """
        with self.memory:
            if not self.loaded:
                return None
            before, self._stamps = self._stamps, self.look()
            names = before.keys() | self._stamps.keys()
            changed = {name for name in names if before.get(name) != self._stamps.get(name)}
            if not changed:
                return None
            stories, marks = dict(self.shelf.stories), (set(self.pinned), set(self.read))
            self._reload(changed)
            marked = (self.pinned ^ marks[0]) | (self.read ^ marks[1])
            now = self.shelf.stories
            others = {key for key in now if now[key] != stories.get(key)}
            return others | marked | (stories.keys() - now.keys())

    def _reload(self, changed: set[str]) -> None:
        self._marks = None if changed & {PINS, READS} else self._marks
        self._feeds = None if FEEDS in changed else self._feeds
        self._edits = None if EDITS in changed else self._edits
        parts = sorted(filter(None, map(part_number, changed)), reverse=True)
        for number in parts:
            self.drop(self.archive.forget(number))
        for number in parts:
            self._load(number)
        self._restore_pins()
        if EDITS in changed:
            self.settle()
        self._flag(self.shelf.stories.keys() | self.pinned | self.read)

    def _load(self, number: int) -> None:
        loaded = self.archive.load(number)
        self.put(Shelved(self._settled(entry), hay(entry, summary)) for entry, summary in loaded)

    def _settled(self, entry: Entry) -> Entry:
        """An entry of the archive where the edits want it: its file may be older than these."""
        settled = self.edits.settled(entry)
        if settled is not entry:
            self.archive.update(settled)
        return settled

    def _restore_pins(self) -> None:
        """Serve from pins what the archive lost; a writer's next save puts it back there."""
        for pin in list(self.marks.pins.values()):
            for row in pin["rows"]:
                entry, body = row["entry"], row["body"]
                if entry.uid not in self.archive.entries:
                    entry = self.edits.settled(entry)
                    self.archive.add(entry, body)
                    self.put([Shelved(entry, hay(entry, body.summary))])

    def _flag(self, story_ids: AbstractSet[str]) -> None:
        marks = ((self.pinned, self.marks.pins.keys()), (self.read, self.marks.reads))
        for flags, uids in marks:
            marked = {key for key in story_ids if self._is_marked(key, uids)} if uids else set()
            flags.update(marked)
            flags.difference_update(story_ids - marked)

    def _is_marked(self, story_id: str, uids: AbstractSet[str]) -> bool:
        story = self.shelf.stories.get(story_id)
        return story is not None and any(entry.uid in uids for entry in story.entries)

    def pin(self, story: Story, since: float) -> Pin:
        """A pin with its copy of the story."""
        rows: list[Row] = [
            {"entry": entry, "body": self.archive.body(entry.uid)} for entry in story.entries
        ]
        return {"lead": story.lead.uid, "since": since, "rows": rows}


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the garbage collector's walks over what is being loaded."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
