"""The user's own marks, pins and reads, in databases of their own.

So a pin costs the same however many stories are stored. Marks are keyed by entries, for the ids of
stories change when entries are grouped anew. A pin keeps a copy of its story's entries and texts,
and so outlives retention, the removal of its feed and damage of the archive.
"""

import threading
from collections.abc import Collection, Iterable
from typing import TypedDict

from msgspec.json import Decoder

from monitor.store.archive import Row
from monitor.store.files import Folder

PINS = "pins.json"
READS = "reads.json"


class Pin(TypedDict):
    """A document of pins.json: `lead` is the uid that is pinned, `rows` the story at that time."""

    lead: str
    since: float
    rows: list[Row]


class _Pins(TypedDict):
    pins: dict[str, Pin]


class _Uids(TypedDict):
    uids: list[str]


class _Reads(TypedDict):
    reads: dict[str, _Uids]


_pins = Decoder(_Pins)
_reads = Decoder(_Reads)


class Marks:
    """Pins by the uid of their story's lead, and the uids of all entries that were read."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._dirty: set[str] = set()
        self._changing = threading.Lock()
        self._saving = threading.Lock()
        pins = folder.read(PINS, _pins)
        reads = folder.read(READS, _reads)
        self.pins = {pin["lead"]: pin for pin in pins["pins"].values()} if pins else {}
        self.reads = (
            {uid for part in reads["reads"].values() for uid in part["uids"]} if reads else set()
        )

    def change_pins(self, add: Iterable[Pin], remove: Iterable[str]) -> None:
        with self._changing:
            for lead in remove:
                self.pins.pop(lead, None)
            self.pins.update({pin["lead"]: pin for pin in add})
            self._dirty.add(PINS)

    def change_reads(self, add: Collection[str], remove: Collection[str]) -> None:
        with self._changing:
            self.reads.difference_update(remove)
            self.reads.update(add)
            self._dirty.add(READS)

    def save(self) -> None:
        """Put on disk what changed. Raises StoreError; it then stays to be written."""
        with self._saving:
            with self._changing:
                dirty, self._dirty = self._dirty, set()
                pins = list(self.pins.values()) if PINS in dirty else []
                reads = list(self.reads) if READS in dirty else []
            try:
                if PINS in dirty:
                    self._folder.write_table(PINS, "pins", pins)
                    dirty.discard(PINS)
                if READS in dirty:
                    self._folder.write_table(READS, "reads", [{"uids": reads}])
                    dirty.discard(READS)
            finally:
                with self._changing:
                    self._dirty |= dirty
