"""The file for the first frame: the newest stories and the counts, readable in a few milliseconds.

It is a copy: a stale, missing or damaged one costs nothing but a first frame without stories.
"""

import threading
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from heapq import nsmallest

from msgspec import Struct
from msgspec.json import Decoder, encode

from monitor.models import Story, newest_first
from monitor.store.files import Folder, StoreError

FRONT = "front.json"
STORIES = 200


class Front(Struct, frozen=True, omit_defaults=True):
    """The newest stories, newest first; which of them are read or pinned; and counts of all."""

    stories: tuple[Story, ...] = ()
    read: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    total: int = 0
    unread: int = 0
    pins: int = 0
    saved: float | None = None  # when; None if there is no such file


class FrontKeeper:
    """Knows the newest of all stories without looking at all of them for every save."""

    def __init__(self, folder: Folder, stories: Mapping[str, Story]) -> None:
        self._folder = folder
        self._stories = stories
        self._ids: set[str] | None = None  # None: they have to be found among all
        self._lock = threading.Lock()

    def changed(self, story_ids: Iterable[str]) -> None:
        """These stories are new or have new entries."""
        if self._ids is not None:
            self._ids.update(story_ids)

    def shrunk(self) -> None:
        """Stories are gone, or older than they were."""
        self._ids = None

    def take(self, pinned: AbstractSet[str], read: AbstractSet[str], now: float) -> Front:
        """What the first frame should show from now on."""
        found: Iterable[Story] = self._stories.values()
        if self._ids is not None:
            found = [self._stories[key] for key in self._ids if key in self._stories]
        newest = nsmallest(STORIES, found, key=newest_first)
        self._ids = {story.id for story in newest}
        return Front(
            stories=tuple(newest),
            read=frozenset(self._ids & read),
            pinned=frozenset(self._ids & pinned),
            total=len(self._stories),
            unread=len(self._stories) - len(read),
            pins=len(pinned),
            saved=now,
        )

    def load(self) -> Front:
        return self._folder.peek(FRONT, Decoder(Front)) or Front()

    def save(self, front: Front) -> None:
        """Write it if that is possible; it is not worth an fsync, nor an error."""
        with self._lock, suppress(StoreError, UnicodeEncodeError):
            self._folder.write(FRONT, encode(front), durable=False)
