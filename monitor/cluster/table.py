"""Numbers by the hash of a text, in a fifth of a dict's memory."""

from array import array
from collections.abc import Mapping

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
        wanted = hash(text) & _HASHES
        slot = self._slots[self._find(wanted)]
        return (slot & _NUMBERS) - 2 if slot else NOTHING

    def put(self, text: str, number: int) -> None:
        """Sets the number of a text: NOTHING, or below 16 million."""
        self._set(hash(text) & _HASHES, number + 2)

    def renumbered(self, numbers: Mapping[int, int]) -> "Table":
        """The texts whose numbers are among these, under the new ones."""
        table = Table()
        for slot in filter(None, self._slots):
            number = numbers.get((slot & _NUMBERS) - 2)
            if number is not None:
                table._set(slot >> _NUMBER, number + 2)
        return table

    def _set(self, wanted: int, value: int) -> None:
        place = self._find(wanted)
        self._filled += not self._slots[place]
        self._slots[place] = wanted << _NUMBER | value
        if self._filled * 3 > len(self._slots) * 2:
            self._grow()

    def _find(self, wanted: int) -> int:
        """Where a hash is, or would be put."""
        slots = self._slots
        size = len(slots)
        place = wanted % size
        while (slot := slots[place]) and slot >> _NUMBER != wanted:
            place = (place + 1) % size
        return place

    def _grow(self) -> None:
        old, self._filled = self._slots, 0
        self._slots = array("Q", bytes(8 * (len(old) * 3 // 2)))
        for slot in filter(None, old):
            self._set(slot >> _NUMBER, slot & _NUMBERS)
