"""The entries, in parts by time of arrival: each part a TinyDB database of some 2,000 documents.

New entries only ever go to the newest part, so that a commit costs the same whatever is stored.
Memory holds every Entry; the long texts stay on disk, in the part of their entry. A part is saved
by bringing its file into line with memory, so a save that failed is simply done again.
"""

import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypedDict

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import force_setattr

from monitor.models import Body, Entry
from monitor.store.files import Folder, Storage, StoreError, open_table

FOLDER = "entries"
TABLE = "entries"
PART_ENTRIES = 2_000
PART_TEXT = 4 << 20  # characters of long text after which a part is full, whatever it counts
CACHED = 3  # parts whose bodies stay in memory
PART = re.compile(FOLDER + r"/((?!0000)[0-9]{4}|[1-9][0-9]{4,8})\.json")


class Row(TypedDict):
    """A document of a part."""

    entry: Entry
    body: Body


class _Tables(TypedDict):
    entries: dict[str, Row]


class _Summary(Struct, gc=False):
    summary: str = ""


class _Brief(Struct, gc=False):
    entry: Entry
    body: _Summary


class _Briefs(Struct, gc=False):
    entries: dict[str, _Brief]


class _Key(Struct, gc=False):
    uid: str


class _Text(Struct, gc=False):
    entry: _Key
    body: Body


class _Texts(Struct, gc=False):
    entries: dict[str, _Text]


class _Line(Struct, gc=False):
    entry: _Key
    body: _Summary


class _Lines(Struct, gc=False):
    entries: dict[str, _Line]


class Loaded(NamedTuple):
    """An entry as it comes from disk, with its summary, which does not stay in memory."""

    entry: Entry
    summary: str


_tables = Decoder(_Tables)
_briefs = Decoder(_Briefs)
_texts = Decoder(_Texts)
_lines = Decoder(_Lines)


class Archive:
    """All entries by uid, and where each of them is kept.

    Changes are made in memory by one thread at a time; `save` may run in another one meanwhile.
    """

    def __init__(self, folder: Folder, part_entries: int) -> None:
        self.entries: dict[str, Entry] = {}
        self._folder = folder
        self._part_entries = part_entries
        self._part: dict[str, int] = {}
        self._digest: dict[str, int] = {}  # of summaries: is an entry that comes again the same?
        self._fresh: dict[int, dict[str, Body]] = {}  # long texts that are not on disk yet
        self._dirty: set[int] = set()
        self._stale: set[int] = set()  # parts that differ from memory only in `last_seen`
        self._bodies: OrderedDict[int, dict[str, Body]] = OrderedDict()
        self._saves = 0
        self._thinned = False  # entries were removed, so that parts may be worth merging
        self._lock = threading.Lock()  # over what `save` shares with the rest
        self._newest = max(self.numbers(), default=1)
        self._count = self._text = 0  # of the newest part
        self._month = ""
        self._open: tuple[int, Storage] | None = None  # the documents of the newest part

    @property
    def unsaved(self) -> int:
        """How many new or changed entries are only in memory."""
        with self._lock:
            return sum(map(len, self._fresh.values()))

    def numbers(self) -> list[int]:
        """The parts on disk, newest first."""
        names = (f"{FOLDER}/{path.name}" for path in (self._folder.path / FOLDER).glob("*.json"))
        return sorted(filter(None, map(part_number, names)), reverse=True)

    def load(self, number: int) -> list[Loaded]:
        """Bring a part into memory; newest first, for what is in two parts counts in the newer."""
        self._newest = max(self._newest, number)
        found = self._folder.read(part_name(number), _briefs)
        share: dict[Any, Any] = {}
        loaded = []
        for row in found.entries.values() if found is not None else ():
            entry, summary = row.entry, row.body.summary
            if entry.uid in self.entries:
                continue
            _slim(entry, share)
            self.entries[entry.uid] = entry
            self._part[entry.uid] = number
            self._digest[entry.uid] = hash(summary)
            loaded.append(Loaded(entry, summary))
        if number == self._newest and loaded:
            self._count = len(loaded)
            self._text = self._size(number)
            self._month = _month(max(item.entry.first_seen for item in loaded))
        return loaded

    def forget(self, number: int) -> list[Entry]:
        """Take a part out of memory, for its file has changed; what was in it."""
        gone = [self.entries[uid] for uid, part in self._part.items() if part == number]
        for entry in gone:
            del self.entries[entry.uid], self._part[entry.uid], self._digest[entry.uid]
        self._bodies.pop(number, None)
        self._open = None
        return gone

    def summaries(self, uids: Iterable[str]) -> Iterator[Loaded]:
        """These entries with their summaries, part by part, oldest part first."""
        wanted: dict[int, list[str]] = {}
        for uid in uids:
            wanted.setdefault(self._part[uid], []).append(uid)
        for number in sorted(wanted):
            with self._lock:
                texts = {uid: body.summary for uid, body in self._fresh.get(number, {}).items()}
            if not texts.keys() >= set(wanted[number]):
                found = self._folder.read(part_name(number), _lines)
                rows = found.entries.values() if found is not None else ()
                texts = {row.entry.uid: row.body.summary for row in rows} | texts
            for uid in wanted[number]:
                if uid in self.entries:
                    yield Loaded(self.entries[uid], texts.get(uid, ""))

    def differs(self, known: Entry, entry: Entry, body: Body) -> bool:
        """Whether an entry that came again was changed by its publisher."""
        return (
            entry.title != known.title
            or entry.url != known.url
            or hash(body.summary) != self._digest[known.uid]
        )

    def add(self, entry: Entry, body: Body) -> None:
        """A new entry."""
        text = len(body.summary) + len(body.content)
        month = _month(entry.first_seen)
        full = self._count >= self._part_entries or self._text + text > PART_TEXT
        if self._count and (full or month != self._month):
            self._newest += 1
            self._count = self._text = 0
        self._count += 1
        self._text += text
        self._month = month
        self._put(entry, body, self._newest)

    def change(self, entry: Entry, body: Body) -> None:
        """A known entry with other texts."""
        self._put(entry, body, self._part[entry.uid])

    def update(self, entry: Entry, *, soon: bool = True) -> None:
        """A known entry with the same long texts; saved at leisure if not `soon`."""
        with self._lock:
            self.entries[entry.uid] = entry
            (self._dirty if soon else self._stale).add(self._part[entry.uid])

    def remove(self, uids: Iterable[str]) -> None:
        with self._lock:
            self._thinned = True
            for uid in uids:
                number = self._part.pop(uid)
                del self.entries[uid], self._digest[uid]
                self._fresh.get(number, {}).pop(uid, None)
                self._dirty.add(number)

    def body(self, uid: str) -> Body:
        """The long texts of an entry; empty if they cannot be had."""
        while True:
            with self._lock:
                number = self._part.get(uid, 0)
                fresh = self._fresh.get(number, {}).get(uid)
                if fresh is not None or not number:
                    return fresh or Body()
                if number in self._bodies:
                    self._bodies.move_to_end(number)
                    return self._bodies[number].get(uid) or Body()
                saves = self._saves
            try:
                found = self._folder.read(part_name(number), _texts)
            except StoreError:
                return Body()
            rows = found.entries.values() if found is not None else ()
            with self._lock:
                if saves == self._saves:  # else it may be the file from before that save
                    self._cache(number, {row.entry.uid: row.body for row in rows})

    def save(self, *, everything: bool = False) -> None:
        """Put on disk what differs; without `everything`, at most one part only for `last_seen`.

        Raises StoreError; what was not written then stays to be written.
        """
        if self._thinned:
            self._merge()
            self._thinned = False
        with self._lock:
            stale = self._stale - self._dirty
            extra = stale if everything else set(sorted(stale)[: 0 if self._dirty else 1])
            waiting = self._dirty | extra
            fresh = {number: dict(self._fresh.get(number, {})) for number in waiting}
            self._dirty = set()
            self._stale -= waiting
        try:
            # Parts that entries were moved to come before those that they left.
            for number in sorted(waiting, key=lambda number: (not fresh[number], number)):
                self._save(number, fresh[number])
                waiting.discard(number)
        finally:
            with self._lock:
                self._dirty |= waiting

    def _merge(self) -> None:
        """Move what is left in small neighbouring parts into one, in memory.

        Only `save` may do this: a part must not be saved without the entries that left it before
        the part is saved that they went to.
        """
        with self._lock:
            counts = Counter(self._part.values())
        numbers = sorted(counts.keys() - {self._newest})
        for older, newer in pairwise(numbers):
            total = counts[older] + counts[newer]
            size = self._size(older) + self._size(newer)
            if total <= self._part_entries // 2 and size <= PART_TEXT:
                self._move(older, newer)
                counts[newer] = total

    def _move(self, older: int, newer: int) -> None:
        with self._lock:
            uids = [uid for uid, number in self._part.items() if number == older]
        for uid in uids:
            body = self.body(uid)
            with self._lock:
                if self._part.get(uid) != older:
                    continue
                self._part[uid] = newer
                self._fresh.setdefault(newer, {})[uid] = body
                self._fresh.get(older, {}).pop(uid, None)
                self._dirty |= {older, newer}

    def _size(self, number: int) -> int:
        stamp = self._folder.stamp(part_name(number))
        return stamp.size if stamp else 0

    def _save(self, number: int, fresh: dict[str, Body]) -> None:
        storage = self._storage(number)
        self._align(storage, number, fresh)
        rows: Iterable[Row] = (storage.tables or {}).get(TABLE, {}).values()
        bodies = {row["entry"].uid: row["body"] for row in rows}
        if bodies:
            self._folder.write(part_name(number), storage.encode())
        else:
            self._folder.remove(part_name(number))
        with self._lock:
            self._open = (number, storage) if number == self._newest else self._open
            self._cache(number, bodies)
            self._saves += 1
            left = self._fresh.get(number, {})
            for uid, body in fresh.items():
                if left.get(uid) is body:
                    del left[uid]

    def _storage(self, number: int) -> Storage:
        """A part's documents, those of the newest from memory."""
        if self._open and self._open[0] == number:
            return self._open[1]
        tables = self._folder.read(part_name(number), _tables)
        return Storage({TABLE: dict(tables["entries"])} if tables else None)

    def _align(self, storage: Storage, number: int, fresh: dict[str, Body]) -> None:
        """Make a part's documents those that memory holds."""
        mine = self._members(storage, number, fresh)
        kept: set[str] = set()

        def outdated(value: Mapping[str, Any]) -> bool:
            uid = value["entry"].uid
            known = uid in kept
            kept.add(uid)
            return known or uid not in mine

        def refresh(row: Any) -> None:
            uid = row["entry"].uid
            row["entry"] = mine.pop(uid)
            row["body"] = fresh.get(uid) or row["body"]

        table = open_table(storage, TABLE)
        table.remove(outdated)
        table.update(refresh)
        table.insert_multiple(
            {"entry": entry, "body": fresh.get(uid) or Body()} for uid, entry in mine.items()
        )

    def _members(self, storage: Storage, number: int, fresh: dict[str, Body]) -> dict[str, Entry]:
        """The entries of a part, without a look at all there are unless its file was lost."""
        with self._lock:
            rows = storage.tables[TABLE].values() if storage.tables else ()
            uids = [row["entry"].uid for row in rows] if storage.tables else list(self._part)
            return {
                uid: self.entries[uid] for uid in (*uids, *fresh) if self._part.get(uid) == number
            }

    def _put(self, entry: Entry, body: Body, number: int) -> None:
        with self._lock:
            self.entries[entry.uid] = entry
            self._part[entry.uid] = number
            self._digest[entry.uid] = hash(body.summary)
            self._fresh.setdefault(number, {})[entry.uid] = body
            self._dirty.add(number)

    def _cache(self, number: int, bodies: dict[str, Body]) -> None:
        self._bodies[number] = bodies
        self._bodies.move_to_end(number)
        while len(self._bodies) > CACHED:
            self._bodies.popitem(last=False)


def part_name(number: int) -> str:
    """The file of a part, in the data folder."""
    return f"{FOLDER}/{number:04}.json"


def part_number(name: str) -> int | None:
    """The part that a file of the data folder is, None if it is none."""
    found = PART.fullmatch(name)
    return int(found[1]) if found else None


@lru_cache(8)  # the entries of one document share their time
def _month(when: float) -> str:
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(when, UTC).strftime("%Y-%m")
    return ""


def _slim(entry: Entry, share: dict[Any, Any]) -> None:
    """Let entries share their equal values: a third of the memory of an archive.

    Frozen Structs are set here as part of decoding them; nobody else has seen them yet.
    """
    for name in ("feed", "outlet", "lang", "topics", "matched", "cites", "first_seen", "last_seen"):
        value = getattr(entry, name)
        kept = share.setdefault(value, value)
        if kept is not value:
            force_setattr(entry, name, kept)
    for name, other in (
        ("id", "url"),
        ("canonical", "url"),
        ("story", "uid"),
        ("time", "published"),
    ):
        value, twin = getattr(entry, name), getattr(entry, other)
        if value == twin and value is not twin:
            force_setattr(entry, name, twin)
    for mark in entry.reading.marks if entry.reading else ():
        for name in ("cue", "words", "party"):
            value = getattr(mark, name)
            force_setattr(mark, name, share.setdefault(value, value))
        if mark.passage == entry.title:
            force_setattr(mark, "passage", entry.title)
