"""Many short texts by number, in a fraction of the memory that as many strings take."""

from array import array


class Texts:
    """Texts in the order they came, packed: their own bytes and four."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._starts = array("I", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        part = self._bytes[self._starts[number] : self._starts[number + 1]]
        return part.decode("utf-8", "surrogatepass")

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._starts.append(len(self._bytes))


class Names:
    """Texts that come again and again: each is kept once, and four bytes for each time it came."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._places = array("I")

    def __getitem__(self, number: int) -> str:
        return self._names[self._places[number]]

    def append(self, name: str) -> None:
        number = self._numbers.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        self._places.append(number)
