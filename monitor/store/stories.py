"""Stories made of entries, each with the one folded string that search looks at."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.models import Entry, Reading, Stance, Story
from monitor.roots import count
from monitor.text import fold

BETWEEN = (
    "\n\n"  # between the entries of a story's search string; within one there is no empty line
)


class Shelved(NamedTuple):
    """An entry with its own part of its story's search string."""

    entry: Entry
    hay: str


class Past(NamedTuple):
    """A story as it was before a poll changed it, None if there was none; and its search string."""

    story: Story | None
    hay: str


def hay(entry: Entry, summary: str) -> str:
    """What search looks at in an entry: title, summary, outlet and CVE ids, folded, a line each."""
    cves = fold(" ".join(entry.cves)) if entry.cves else ""
    lines = (fold(entry.title), fold(summary), _outlet(entry.outlet), cves)
    return "\n".join(filter(None, lines))


@lru_cache(4096)
def _outlet(name: str) -> str:
    return fold(name)


def build(story_id: str, entries: Sequence[Entry]) -> Story:
    """The story of these entries, in an order that does not depend on when each of them came."""
    if len(entries) == 1:
        (only,) = entries
        disputed = only.reading is not None and _is_disputed(entries)
        return Story(story_id, (only,), only.time, 1, only.topics, only.cves, disputed)
    originals = [entry for entry in entries if not entry.duplicate_of] or entries
    lead = min(entries, key=_published)  # of copies the first, whichever came here first
    others = sorted((entry for entry in entries if entry is not lead), key=_by_time)
    ordered = (lead, *others)
    return Story(
        id=story_id,
        entries=ordered,
        time=max(entry.time for entry in originals),
        sources=len({entry.outlet for entry in entries}),
        topics=tuple(dict.fromkeys(topic for entry in ordered for topic in entry.topics)),
        cves=tuple(dict.fromkeys(cve for entry in ordered for cve in entry.cves)),
        disputed=_is_disputed(ordered),
        roots=count(entries),
    )


def _is_disputed(entries: Sequence[Entry]) -> bool:
    """Judged only where an entry denies something: few do, and what judges comes late."""
    for entry in entries:
        if entry.reading is not None and _denies(entry.reading):
            break
    else:
        return False
    from monitor.claims import judge, tellings

    return judge(tellings(entries)) is not None


def _denies(reading: Reading) -> bool:
    return any(mark.stance is Stance.DISPUTES for mark in reading.marks)


def _published(entry: Entry) -> tuple[float, bool, str]:
    when = entry.first_seen if entry.published is None else entry.published
    return when, bool(entry.duplicate_of), entry.uid


def _by_time(entry: Entry) -> tuple[float, str]:
    return entry.time, entry.uid


class Shelf:
    """All stories by id, and their search strings."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self.hays: dict[str, str] = {}

    def put(self, items: Iterable[Shelved]) -> set[str]:
        """Add or replace entries in the stories that they name; the ids of these stories."""
        groups: dict[str, dict[str, Shelved]] = {}
        for item in items:
            groups.setdefault(item.entry.story, {})[item.entry.uid] = item
        for story_id, group in groups.items():
            self._change(story_id, group, ())
        return set(groups)

    def drop(self, entries: Iterable[Entry]) -> set[str]:
        """Take entries out of their stories; the ids of these stories, emptied ones included."""
        groups: dict[str, list[str]] = {}
        for entry in entries:
            groups.setdefault(entry.story, []).append(entry.uid)
        for story_id, uids in groups.items():
            self._change(story_id, {}, uids)
        return set(groups)

    def shelved(self, entry: Entry) -> Shelved:
        """An entry that is here, with its part of the search string."""
        return self._items(entry.story)[entry.uid]

    def _items(self, story_id: str) -> dict[str, Shelved]:
        story = self.stories.get(story_id)
        if story is None:
            return {}
        hays = self.hays[story_id].split(BETWEEN)
        return {
            entry.uid: Shelved(entry, part) for entry, part in zip(story.entries, hays, strict=True)
        }

    def _change(self, story_id: str, put: dict[str, Shelved], drop: Collection[str]) -> None:
        items = self._items(story_id) | put
        for uid in drop:
            items.pop(uid, None)
        if not items:
            self.stories.pop(story_id, None)
            self.hays.pop(story_id, None)
            return
        story = build(story_id, [item.entry for item in items.values()])
        self.stories[story_id] = story
        self.hays[story_id] = BETWEEN.join(items[entry.uid].hay for entry in story.entries)
