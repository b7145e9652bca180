"""Numbers by the hash of a text, in a fifth of a dict's memory."""

from array import array
from collections.abc import Iterable, Mapping

NOTHING = -1
_NUMBER = 24  # bits of a slot that hold a number, plus two; the other 40 hold the hash
_NUMBERS, _HASHES = (1 << _NUMBER) - 1, (1 << 64 - _NUMBER) - 1


class Table:
    """Open addressing in one array of 8-byte slots.

    Two of 100,000 texts share 40 bits of hash in one run of 200; Python salts its hashes, so nobody
    can make them do so.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._filled = 0

    def get(self, text: str) -> int:
        """The number put for a text, or NOTHING."""
        slot = self._slots[self._find(hash(text) & _HASHES)]
        return (slot & _NUMBERS) - 2 if slot else NOTHING

    def put(self, text: str, number: int) -> None:
        """Sets the number of a text: NOTHING, or below 16 million."""
        wanted = hash(text) & _HASHES
        slots, place = self._slots, self._find(wanted)
        if not slots[place]:
            self._filled += 1
            if self._filled * 3 > len(slots) * 2:
                slots = self._slots = _spread(slots, len(slots) * 3 // 2)
                place = self._find(wanted)
        slots[place] = wanted << _NUMBER | number + 2

    def renumbered(self, numbers: Mapping[int, int]) -> "Table":
        """The texts whose numbers are among these, under the new ones."""
        kept = array("Q")
        for slot in filter(None, self._slots):
            number = numbers.get((slot & _NUMBERS) - 2)
            if number is not None:
                kept.append(slot & ~_NUMBERS | number + 2)
        table = Table()
        table._filled = len(kept)
        table._slots = _spread(kept, max(len(table._slots), len(kept) * 2))
        return table

    def _find(self, wanted: int) -> int:
        """Where a hash is, or would be put."""
        slots = self._slots
        size = len(slots)
        place = wanted % size
        while (slot := slots[place]) and slot >> _NUMBER != wanted:
            place = (place + 1) % size
        return place


def _spread(filled: Iterable[int], size: int) -> "array[int]":
    """Slots of different hashes in so many new ones."""
    slots = array("Q", bytes(8 * size))
    for slot in filter(None, filled):
        place = (slot >> _NUMBER) % size
        while slots[place]:
            place = (place + 1) % size
        slots[place] = slot
    return slots
