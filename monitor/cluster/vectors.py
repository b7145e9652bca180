"""Entries as weighted terms, in columns: 100,000 of them in a few tens of megabytes.

Terms are numbers, a vector is a slice of two long arrays (term, weight in 255ths of its heaviest),
and what names a term is an array of story numbers. Python objects are only made for what is
looked at.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import log, sqrt
from operator import mul
from sys import byteorder
from typing import NamedTuple

from monitor.cluster.reading import Terms
from monitor.cluster.terms import cap

TERMS = 40  # of a vector, heaviest first
RARE, RARE_PAIRS = 10, 14  # of them lead to candidates; more where pairs of characters are terms
_POSTING = 400  # stories that one term leads to, the newest
_LOOKED_AT = 200  # stories that one entry's terms lead to
_PROMISING = 0.04  # summed squares of the weights of the shared terms, for a story to be scored
_PRIOR = 500  # stories that are imagined before any has been seen
_FINE = 100  # steps of rarity to one of its natural logarithm
_SHIFT = 22  # of a weight above the number of its term: both fit the 30 bits of a fast integer
_MASK = (1 << _SHIFT) - 1
_SIZE = array("I").itemsize  # of the number of a story among others
_ABOVE = 2.0**32  # any number of a story; what is summed above it fits a float with it

# By part of a `Reading` (address, summary, title, title and once more) and rarity in steps: ten
# times what it counts there, shifted.
_HIGHEST = round(_FINE * 12.4)
_WEIGHTS = [
    [int(10 * factor * steps / _FINE) << _SHIFT for steps in range(_HIGHEST + 1)]
    for factor in (sqrt(0.25), sqrt(0.6), 1.0, sqrt(1.6))
]


class Vector(NamedTuple):
    """Weights in tenths by term, heaviest first."""

    weights: dict[int, int]
    square: int  # of its length
    scale: float  # what makes its length 1; 0.0 for the empty vector

    @classmethod
    def of(cls, weights: dict[int, int]) -> "Vector":
        square = sum(map(mul, weights.values(), weights.values()))
        return cls(weights, square, 1 / sqrt(square) if square else 0.0)


def leading(words: str) -> int:
    """How many terms of an entry lead to its story.

    A word of Chinese is several pairs of characters that overlap: they tell less each.
    """
    return RARE if words.isascii() else RARE_PAIRS


def _steps(rarity: float) -> int:
    return round(_FINE * rarity)


class _Ids(dict[str, int]):
    """Form of a term in a `Lexicon`, and its root alone -> its number, learning what is new."""

    def __init__(self, learn: Callable[[str], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, form: str) -> int:
        number = self[form] = self._learn(form)
        return number


class Vocabulary:
    """The terms seen so far, how many stories name each, and which.

    A term is as rare as all stories are many, less those that name it, and at most as its cap, all
    in logarithms. What is to be taken off is kept by term; all stories are in a table.
    """

    def __init__(self) -> None:
        self.stories = 0
        self._ids = _Ids(self._learn)
        self._forms: list[str] = []
        self._caps = array("H")  # in steps
        self._capped: list[int] = []  # the terms that have a cap
        self._counts: list[int] = []
        self._off: list[int] = []  # in steps
        self._postings: list[int | bytes | None] = []  # a story, or several of four bytes each
        self._logs = [0]  # in steps: of 1 in place of 0, then of 1, 2, 3 ...
        self._all = 0  # the logarithm of all stories, in steps
        self._lexicon: Sequence[str] = ()  # the forms of a lexicon,
        self._known = array("I")  # and by its numbers ours
        self._weights: list[list[int]] = []  # by part and by what is taken off
        self._weigh()

    def _learn(self, form: str) -> int:
        root, _, _ = form.partition("=")
        if (number := self._ids.get(root)) is not None:
            return number
        if len(self._forms) > _MASK:  # more terms than people use: the last stands for the others
            return _MASK
        number = self._ids[root] = len(self._forms)
        self._forms.append(form)
        self._caps.append(most := _steps(cap(root)))
        if most < _HIGHEST:
            self._capped.append(number)
        self._counts.append(0)
        self._off.append(max(0, self._all - most))
        self._postings.append(None)
        return number

    def name(self, term: int) -> str:
        """A word of a text, by which people are told of a term."""
        return self._forms[term].rpartition("=")[2]

    def learnt(self, weights: Mapping[int, int], other: "Vocabulary") -> dict[int, int]:
        """Weights by the terms of another vocabulary, by those of this one."""
        return {self._ids[other._forms[t]]: weight for t, weight in weights.items()}

    def vector(self, terms: Terms, forms: Sequence[str]) -> Vector:
        """The weighed terms of a `Reading`; none if no word of it means anything.

        `forms` are those of its lexicon; they may grow from call to call.
        """
        if forms is not self._lexicon:
            self._lexicon, self._known = forms, array("I")
        off, known = self._off, self._known
        if len(forms) > len(known):
            known.extend(map(self._ids.__getitem__, forms[len(known) :]))
        # weight and term in one number: they are sorted and taken apart faster than pairs
        weighed = [
            weights[off[t]] | t
            for weights, part in zip(self._weights, terms, strict=True)
            for t in map(known.__getitem__, part)
        ]
        weighed.sort(reverse=True)
        return Vector.of({n & _MASK: n >> _SHIFT for n in weighed[:TERMS]})

    def cap(self, term: int) -> float:
        """The most it may weigh; see TELLING and SPECIAL."""
        return self._caps[term] / _FINE

    def count(self, terms: Iterable[int]) -> None:
        """A new story names these terms."""
        self.stories += 1
        counts, off, logs = self._counts, self._off, self._logs
        logs.append(steps if (steps := _steps(log(self.stories))) != logs[-1] else logs[-1])
        for t in terms:
            counts[t] = count = counts[t] + 1
            if (less := logs[count]) > off[t]:
                off[t] = less
        if _steps(log(self.stories + _PRIOR)) != self._all:
            self._weigh()

    def _weigh(self) -> None:
        """All stories have become more by a step."""
        self._all = _steps(log(self.stories + _PRIOR))
        above = self._all - _HIGHEST
        self._weights = [
            weights[-1:] * above + weights[min(self._all, _HIGHEST) :: -1] for weights in _WEIGHTS
        ]
        off, caps = self._off, self._caps
        for t in self._capped:
            if (least := self._all - caps[t]) > off[t]:
                off[t] = least

    def lead(self, terms: Iterable[int], story: int, first: int = RARE) -> None:
        """From now on the first of these terms lead to `story`."""
        postings, last = self._postings, story.to_bytes(_SIZE, byteorder)
        for t in islice(terms, first):
            posting = postings[t]
            if posting is None:
                postings[t] = story
            elif isinstance(posting, int):
                if posting != story:
                    postings[t] = posting.to_bytes(_SIZE, byteorder) + last
            elif not posting.endswith(last):
                if len(posting) >= _POSTING * _SIZE:
                    posting = posting[_POSTING // 2 * _SIZE :]
                postings[t] = posting + last

    def candidates(self, vector: Vector, most: int, first: int = RARE) -> list[int]:
        """The stories that the first terms lead to, most promising first."""
        # by story: the squared weights of the shared terms, above the bits of the story's number;
        # as floats, which are summed and sorted faster than integers of that size
        shared: dict[int, float] = {}
        get = shared.get
        left = _LOOKED_AT
        postings = self._postings
        for t, weight in islice(vector.weights.items(), first):
            posting = postings[t]
            if posting is None:
                continue
            square = weight * weight * _ABOVE
            if isinstance(posting, int):
                shared[posting] = get(posting, posting) + square
                continue
            for story in array("I", posting):
                shared[story] = get(story, story) + square
            left -= len(posting) // _SIZE
            if left < 0:
                break
        least = _PROMISING * vector.square * _ABOVE
        found = sorted(shared.values(), reverse=True)[:most]
        return [int(n % _ABOVE) for n in found if n > least]


class Vectors:
    """Vectors by number, packed."""

    def __init__(self) -> None:
        self._terms = array("I")
        self._weights = bytearray()
        self._scales = array("f")  # 1 / length
        self._starts = array("I", [0])

    def append(self, vector: Vector) -> None:
        self._terms.extend(vector.weights)
        self._weights += bytes(vector.weights.values())
        self._scales.append(vector.scale)
        self._starts.append(len(self._terms))

    def get(self, number: int) -> dict[int, int]:
        """The weights of vector `number` by term."""
        part = slice(self._starts[number], self._starts[number + 1])
        return dict(zip(self._terms[part], self._weights[part], strict=True))

    def dot(self, weights: Mapping[int, int], number: int) -> float:
        """The product of a vector, by term, with vector `number` made of length 1."""
        part = slice(self._starts[number], self._starts[number + 1])
        pairs = zip(self._terms[part], self._weights[part])  # noqa: B905 (they are as long)
        return self._scales[number] * sum([weights[t] * w for t, w in pairs if t in weights])

    def shared(self, weights: Mapping[int, int], number: int) -> list[tuple[float, int]]:
        """What each common term adds to `dot`, most first, with the term."""
        scale = self._scales[number]
        pairs = self.get(number).items()
        return sorted(((weights[t] * w * scale, t) for t, w in pairs if t in weights), reverse=True)
