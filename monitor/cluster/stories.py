"""The entries that are known and the stories they make, in columns."""

from array import array
from collections.abc import Iterable
from math import inf, sqrt
from typing import NamedTuple

from monitor.cluster.table import NOTHING, Table
from monitor.cluster.texts import Names, Texts
from monitor.cluster.vectors import Vector, Vectors

MEMBERS = 40  # of a story that an entry is compared with: the first and the newest


class Link(NamedTuple):
    """The average likeness of two stories' members, the highest, and the two it is between."""

    average: float
    best: float
    ours: int
    theirs: int


class Entries:
    """What is remembered of each entry, by number, in the order they came."""

    def __init__(self) -> None:
        self.keys = Texts()
        self.titles = Texts()
        self.sources = Names()
        self.times = array("d")
        self.stories = array("i")
        self.vectors = Vectors()
        self.cves: dict[int, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def append(
        self, key: str, title: str, source: str, time: float, cves: frozenset[str], vector: Vector
    ) -> int:
        """Number of the new entry; its story is set by `Stories.join`."""
        number = len(self.keys)
        self.keys.append(key)
        self.titles.append(title)
        self.sources.append(source)
        self.times.append(time)
        self.stories.append(NOTHING)
        self.vectors.append(vector)
        if cves:
            self.cves[number] = cves
        return number


class Stories:
    """Which entries make which story; stories are numbers, and have the id that others know."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._names: dict[int, str] = {}  # where it isn't the key of the first entry
        self._numbers = Table()
        self._leads = array("i")  # the first entry
        self._newest = array("i")
        self._sizes = array("I")
        self._squares = array("f")  # length of the sum of the members' vectors, squared
        self._from = array("d")
        self._to = array("d")
        self._previous = array("i")  # by entry: the member that came before it
        self._parts: dict[int, int] = {}  # a story that was merged -> the one it is part of

    def new(self, name: str) -> int:
        """The number of a story that gets its first entry next."""
        story = len(self._leads)
        self._names[story] = name
        self._numbers.put(name, story)
        self._leads.append(NOTHING)
        self._newest.append(NOTHING)
        self._sizes.append(0)
        self._squares.append(0.0)
        self._from.append(inf)
        self._to.append(-inf)
        return story

    def find(self, name: str) -> int:
        """The number of the story with this id, or NOTHING."""
        story = self._numbers.get(name)
        return self.whole(story) if story != NOTHING and self.name(story) == name else NOTHING

    def name(self, story: int) -> str:
        """The id by which others know a story."""
        name = self._names.get(story)
        return self._entries.keys[self._leads[story]] if name is None else name

    def whole(self, story: int) -> int:
        """The story that this one was merged into, or itself."""
        while story in self._parts:
            story = self._parts[story]
        return story

    def current(self, stories: list[int]) -> Iterable[int]:
        """The stories that these are or were merged into, in this order, each once."""
        if self._parts.keys().isdisjoint(stories):
            return stories
        return dict.fromkeys(map(self.whole, stories))

    def size(self, story: int) -> int:
        return self._sizes[story]

    def lead(self, story: int) -> int:
        """The first entry."""
        return self._leads[story]

    def join(self, entry: int, story: int, average: float) -> int:
        """Makes the newest entry a member; `average` is its likeness to those that are.

        Returns how many members there are now.
        """
        size = self._sizes[story]
        self._previous.append(self._newest[story])
        self._newest[story] = entry
        entries = self._entries
        if not size:
            self._leads[story] = entry
            if entries.keys[entry] == self._names[story]:
                del self._names[story]
        self._sizes[story] = size + 1
        self._squares[story] += 1.0 + 2.0 * size * average
        entries.stories[entry] = story
        self.stretch(story, entries.times[entry])
        return size + 1

    def linked(self, story: int, other: int) -> Link:
        """How like two stories are, each member of one compared with each of the other."""
        vectors, theirs = self._entries.vectors, self.sample(other)
        links = []
        for entry in self.sample(story):
            vector = Vector.of(vectors.get(entry))
            links += [(vector.scale * vectors.dot(vector.weights, n), entry, n) for n in theirs]
        return Link(sum(link for link, _, _ in links) / len(links), *max(links))

    def merge(self, story: int, into: int, average: float) -> None:
        """Makes the members of one story those of an older one, `average` the likeness of both."""
        member = last = self._newest[story]
        while member != NOTHING:
            self._entries.stories[member] = into
            member, last = self._previous[member], member
        self._previous[last] = self._newest[into]
        self._newest[into] = self._newest[story]
        self._squares[into] += self._squares[story]
        self._squares[into] += 2.0 * self._sizes[story] * self._sizes[into] * average
        self._sizes[into] += self._sizes[story]
        self._from[into] = min(self._from[into], self._from[story])
        self._to[into] = max(self._to[into], self._to[story])
        self._parts[story] = into

    def stretch(self, story: int, time: float) -> None:
        """The story was in the news at this time too."""
        self._from[story] = min(self._from[story], time)
        self._to[story] = max(self._to[story], time)

    def gap(self, story: int, time: float) -> float:
        """Seconds from a time to the nearest that the story was in the news."""
        return max(0.0, time - self._to[story], self._from[story] - time)

    def ended(self, story: int) -> float:
        return self._to[story]

    def sample(self, story: int) -> list[int]:
        """Its newest members and its first, newest first."""
        newest = self._newest[story]
        if self._sizes[story] == 1:
            return [newest]
        members: list[int] = []
        while newest != NOTHING and len(members) < MEMBERS - 1:
            members.append(newest)
            newest = self._previous[newest]
        return members if newest == NOTHING else [*members, self._leads[story]]

    def centre(self, story: int, average: float) -> float:
        """Cosine with the sum of the members, given the average cosine with them."""
        return average * self._sizes[story] / sqrt(self._squares[story])
