"""The user's corrections of the grouping, in a database of their own: splits and merges.

An edit names entries, for the ids of stories change. What grouping says of an entry is its base
place, kept here once an edit touches it; where it stands is what the edits, in their order, make
of that. So an edit can be taken back at any time, whatever came after it, and every entry is in
exactly one story.
"""

import threading
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TypedDict

from msgspec.json import Decoder
from msgspec.structs import replace

from monitor.models import Edit, EditKind, Entry, Story, Why
from monitor.store.files import Folder, Storage, open_table

EDITS = "edits.json"
SPLIT, MERGED = "split by you", "merged by you"


class Place(TypedDict):
    """Where grouping put an entry; a document of the table "places"."""

    uid: str
    story: str
    duplicate_of: str
    why: Why | None


class _Tables(TypedDict, total=False):
    edits: dict[str, Edit]
    places: dict[str, Place]


_tables = Decoder(_Tables)


class Edits:
    """The edits in their order, and the base place of each entry that one of them touches."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._dirty = False
        found = folder.read(EDITS, _tables) or {}
        self.edits = {edit.id: edit for edit in found.get("edits", {}).values() if _usable(edit)}
        self.places = {place["uid"]: place for place in found.get("places", {}).values()}
        self._named = {edit.id: set(edit.uids) for edit in self.edits.values()}

    # What is made of them

    def settled(self, entry: Entry) -> Entry:
        """An entry where it belongs by its base place and the edits."""
        base = self.places.get(entry.uid)
        return entry if base is None else _put(entry, self._after(base))

    def arrived(self, entry: Entry) -> Entry:
        """A new entry: in the place that it had before it was let go, or beside its neighbour."""
        if not self.edits or entry.uid in self.places:
            return self.settled(entry)
        base = _place(entry)
        other = entry.why.other if entry.why else ""
        if beside := self.places.get(other):
            base["story"] = beside["story"]
            for edit in list(self.edits.values()):
                if edit.kind is EditKind.SPLIT and other in self._named[edit.id]:
                    self._keep(replace(edit, uids=(*edit.uids, entry.uid)))
        return self._based(entry, base)

    def regrouped(self, entry: Entry) -> Entry:
        """An entry that grouping moves; what the user put somewhere stays there."""
        return self._based(entry, _place(entry)) if self.edits or self.places else entry

    def apart(self) -> Mapping[str, frozenset[str]]:
        """By story, the stories from which the user split it."""
        found: dict[str, set[str]] = {}
        for edit in list(self.edits.values()):
            if edit.kind is EditKind.SPLIT:
                one, other = (self._story(story) for story in (edit.story, edit.stories[0]))
                if one != other:
                    found.setdefault(one, set()).add(other)
                    found.setdefault(other, set()).add(one)
        return {story: frozenset(others) for story, others in found.items()}

    def of(self, story: Story) -> list[Edit]:
        """The edits that a story's entries took part in, oldest first."""
        uids = {entry.uid for entry in story.entries}
        return [
            edit
            for edit in list(self.edits.values())
            if not uids.isdisjoint(edit.uids) or not uids.isdisjoint(edit.stay)
        ]

    def _based(self, entry: Entry, base: Place) -> Entry:
        after, shown = self._after(base), _place(entry)
        if entry.uid in self.places or shown not in (base, after) or base != after:
            self.places[entry.uid] = base
            self._dirty = True
        return _put(entry, after)

    def _after(self, base: Place) -> Place:
        place = base
        for edit in self.edits.values():
            place = self._step(edit, place)
        return place

    def _step(self, edit: Edit, place: Place) -> Place:
        """Where an edit leaves an entry that is there before it."""
        uid, reason = place["uid"], dict(edit.reasons)
        if edit.kind is EditKind.SPLIT:
            if uid in reason:
                why = Why(reason[uid], SPLIT, 1.0, 1.0)
                return {"uid": uid, "story": edit.story, "duplicate_of": "", "why": why}
            if uid in self._named[edit.id]:
                return {**place, "story": edit.story}
            back = place["story"] == edit.story and uid in edit.stay
            return {**place, "story": edit.stories[0]} if back else place
        if uid not in self._named[edit.id] and place["story"] not in edit.stories:
            return place
        if uid in reason and not place["duplicate_of"]:
            return {**place, "story": edit.story, "why": Why(reason[uid], MERGED, 1.0, 1.0)}
        return {**place, "story": edit.story}

    def _story(self, name: str) -> str:
        """What became of a story by merges."""
        for edit in list(self.edits.values()):
            if edit.kind is EditKind.MERGE and name in edit.stories:
                name = edit.story
        return name

    # Changes

    def split(self, story: Story, uid: str, now: float, taken: Mapping[str, object]) -> Edit | None:
        """Take an entry off its story, with those that repeat it; None if nothing would be left.

        `taken` holds the ids of all stories.
        """
        off = [e.uid for e in story.entries if uid in (e.uid, e.duplicate_of)]
        stay = [e for e in story.entries if e.uid not in off]
        if not stay:
            return None
        self._touch(story.entries)
        names = {place["story"] for place in self.places.values()} | taken.keys()
        names |= {name for edit in self.edits.values() for name in (edit.story, *edit.stories)}
        free = next(name for name in _names(uid) if name not in names)
        edit = Edit(
            id=self._id("s"),
            kind=EditKind.SPLIT,
            when=now,
            story=free,
            stories=(story.id,),
            uids=tuple(off),
            stay=tuple(entry.uid for entry in stay),
            reasons=((uid, stay[0].uid),),
        )
        self._keep(edit)
        return edit

    def merge(self, stories: list[Story], now: float) -> Edit:
        """Put stories together in the first."""
        first, *others = stories
        entries = [entry for story in stories for entry in story.entries]
        self._touch(entries)
        edit = Edit(
            id=self._id("m"),
            kind=EditKind.MERGE,
            when=now,
            story=first.id,
            stories=tuple(story.id for story in others),
            uids=tuple(entry.uid for entry in entries),
            reasons=tuple((story.lead.uid, first.lead.uid) for story in others),
        )
        self._keep(edit)
        return edit

    def remove(self, ids: Iterable[str]) -> list[Edit]:
        """Take edits back; places stay known until all entries are on disk (`tidy`)."""
        gone = [self.edits.pop(name) for name in ids if name in self.edits]
        self._dirty = self._dirty or bool(gone)
        return gone

    def restore(self, edits: Mapping[str, Edit]) -> None:
        """Make the edits what they were; for a change that could not be written."""
        self.edits = dict(edits)
        self._named = {edit.id: set(edit.uids) for edit in edits.values()}
        self._dirty = True

    def tidy(self, entries: Mapping[str, Entry]) -> None:
        """Forget the places that say no more than what is on disk."""
        named = {uid for edit in self.edits.values() for uid in (*edit.uids, *edit.stay)}
        for uid, place in list(self.places.items()):
            if uid not in named and (uid not in entries or self._after(place) == place):
                del self.places[uid]
                self._dirty = True

    def save(self) -> None:
        """Put on disk what changed. Raises StoreError; it then stays to be written."""
        with self._lock:
            if not self._dirty:
                return
            self._dirty = False
            storage = Storage()
            edits, places = list(self.edits.values()), list(self.places.values())
            open_table(storage, "edits").insert_multiple(map(_document, edits))
            open_table(storage, "places").insert_multiple(places)
            try:
                self._folder.write(EDITS, storage.encode(), backup=True)
            except BaseException:
                self._dirty = True
                raise

    def _touch(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.places.setdefault(entry.uid, _place(entry))

    def _keep(self, edit: Edit) -> None:
        self.edits[edit.id] = edit
        self._named[edit.id] = set(edit.uids)
        self._dirty = True

    def _id(self, letter: str) -> str:
        last = max((int(name[1:]) for name in self.edits), default=0)
        return f"{letter}{last + 1}"


def _usable(edit: Edit) -> bool:
    """Whether an edit is one that was made here; a file may have been changed by hand."""
    return bool(edit.stories) and edit.id[1:].isdecimal()


def _names(uid: str) -> Iterable[str]:
    """Ids for a story that an entry begins a second time."""
    yield uid
    yield from (f"{number}-{uid}" for number in count(2))


def _place(entry: Entry) -> Place:
    return {
        "uid": entry.uid,
        "story": entry.story,
        "duplicate_of": entry.duplicate_of,
        "why": entry.why,
    }


def _put(entry: Entry, place: Place) -> Entry:
    if place == _place(entry):
        return entry
    return replace(
        entry, story=place["story"], duplicate_of=place["duplicate_of"], why=place["why"]
    )


def _document(edit: Edit) -> dict[str, object]:
    from msgspec.structs import asdict

    return asdict(edit)
