"""Entries as weighted terms, in columns: 100,000 of them in a few tens of megabytes.

Terms are numbers, a vector is a slice of two long arrays (term, weight in 255ths of its heaviest),
and what names a term is an array of story numbers. Python objects are only made for what is
looked at.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from math import log, sqrt
from operator import mul
from typing import NamedTuple

from monitor.cluster.terms import cap

TERMS = 48  # of a vector, heaviest first
RARE = 12  # of them lead to candidates
_POSTING = 400  # stories that one term leads to, the newest
_LOOKED_AT = 200  # stories that one entry's terms lead to
_PROMISING = 0.04  # summed squares of the weights of the shared terms, for a story to be scored
_PRIOR = 1000  # stories that are imagined before any has been seen
_PARTS = 10 * sqrt(0.6), 10.0, 10 * sqrt(1.6)  # ten times what rarity counts in each part
_ZEROS = repeat(0)

_SHIFT, _MASK = 32, (1 << 32) - 1


class Vector(NamedTuple):
    """Terms, heaviest first, and their weights in tenths."""

    terms: list[int]
    weights: bytes

    def by_term(self) -> dict[int, int]:
        return dict(zip(self.terms, self.weights, strict=True))

    def square(self) -> int:
        """Of its length."""
        return sum(map(mul, self.weights, self.weights))

    def scale(self) -> float:
        """What makes its length 1; 0.0 for the empty vector."""
        square = self.square()
        return 1 / sqrt(square) if square else 0.0


class _Ids(dict[str, int]):
    """Form of a term in a `Reading` -> its number, learning what is new."""

    def __init__(self, learn: Callable[[str], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, form: str) -> int:
        number = self[form] = self._learn(form)
        return number


class Vocabulary:
    """The terms seen so far, how many stories name each, and which."""

    def __init__(self) -> None:
        self.stories = 0
        self._ids = _Ids(self._learn)
        self._forms: list[str] = []
        self._caps: list[float] = []
        self._counts = array("I")
        self._postings: list[int | array[int] | None] = []
        self._common: list[float] = []  # the logarithms of the counts
        self._logs = [0.0]  # of 1 in place of 0, then of 1, 2, 3 ...

    def _learn(self, form: str) -> int:
        root, _, _ = form.partition("=")
        if (number := self._ids.get(root)) is not None:
            return number
        number = self._ids[root] = len(self._forms)
        self._forms.append(form)
        self._caps.append(cap(root))
        self._counts.append(0)
        self._common.append(0.0)
        self._postings.append(None)
        return number

    def name(self, term: int) -> str:
        """A word of a text, by which people are told of a term."""
        return self._forms[term].rpartition("=")[2]

    def learnt(self, terms: Iterable[int], other: "Vocabulary") -> list[int]:
        """The terms of another vocabulary in this one."""
        return [self._ids[other._forms[t]] for t in terms]

    def vector(self, terms: tuple[str, str, str]) -> Vector:
        """The weighed terms of a `Reading`; none if no word of it means anything."""
        ids, caps, common = self._ids, self._caps, self._common
        total = log(self.stories + _PRIOR)
        # weight and term in one number: they are sorted and taken apart faster than pairs
        weighed = [
            int(part * (rare if (rare := total - common[t]) < (most := caps[t]) else most))
            << _SHIFT
            | t
            for part, forms in zip(_PARTS, terms, strict=True)
            for t in map(ids.__getitem__, forms.split())
        ]
        weighed.sort(reverse=True)
        del weighed[TERMS:]
        return Vector([n & _MASK for n in weighed], bytes([n >> _SHIFT for n in weighed]))

    def cap(self, term: int) -> float:
        """The most it may weigh; see TELLING and SPECIAL."""
        return self._caps[term]

    def count(self, terms: Sequence[int]) -> None:
        """A new story names these terms."""
        self.stories += 1
        self._logs.append(log(self.stories))
        counts, common, logs = self._counts, self._common, self._logs
        for t in terms:
            counts[t] = count = counts[t] + 1
            common[t] = logs[count]

    def lead(self, terms: Sequence[int], story: int) -> None:
        """From now on the first of these terms lead to `story`."""
        postings = self._postings
        for t in terms[:RARE]:
            posting = postings[t]
            if posting is None:
                postings[t] = story
            elif isinstance(posting, int):
                if posting != story:
                    postings[t] = array("I", (posting, story))
            elif posting[-1] != story:
                if len(posting) >= _POSTING:
                    del posting[: _POSTING // 2]
                posting.append(story)

    def candidates(self, vector: Vector, most: int) -> list[int]:
        """The stories that share the rarest terms, most promising first."""
        shared: dict[int, int] = {}  # by story: the squared weights of the shared terms
        get = shared.get
        left = _LOOKED_AT
        postings = self._postings
        for t, weight in zip(vector.terms[:RARE], vector.weights, strict=False):
            posting = postings[t]
            if posting is None:
                continue
            square = weight * weight
            if isinstance(posting, int):
                shared[posting] = get(posting, 0) + square
                continue
            for story in posting:
                shared[story] = get(story, 0) + square
            left -= len(posting)
            if left < 0:
                break
        least = _PROMISING * vector.square()
        found = [(weight, story) for story, weight in shared.items() if weight > least]
        found.sort(reverse=True)
        return [story for _, story in found[:most]]


class Vectors:
    """Vectors by number, packed."""

    def __init__(self) -> None:
        self._terms = array("I")
        self._weights = bytearray()
        self._scales = array("f")  # 1 / length
        self._starts = array("I", [0])

    def append(self, vector: Vector) -> None:
        self._terms.extend(vector.terms)
        self._weights += vector.weights
        self._scales.append(vector.scale())
        self._starts.append(len(self._terms))

    def get(self, number: int) -> Vector:
        part = slice(self._starts[number], self._starts[number + 1])
        return Vector(self._terms[part].tolist(), bytes(self._weights[part]))

    def dot(self, weights: Mapping[int, int], number: int) -> float:
        """The product of a vector, by term, with vector `number` made of length 1."""
        part = slice(self._starts[number], self._starts[number + 1])
        found = map(weights.get, self._terms[part], _ZEROS)
        total: int = sum(map(mul, found, self._weights[part]))
        return self._scales[number] * total

    def shared(self, weights: Mapping[int, int], number: int) -> list[tuple[float, int]]:
        """What each common term adds to `dot`, most first, with the term."""
        part = slice(self._starts[number], self._starts[number + 1])
        scale = self._scales[number]
        pairs = zip(self._terms[part], self._weights[part], strict=True)
        return sorted(((weights[t] * w * scale, t) for t, w in pairs if t in weights), reverse=True)
