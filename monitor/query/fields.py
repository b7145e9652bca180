"""What a field of the query language is: how a value is read, what it matches, what it implies.

Each kind of thing that is searched has a `Language`, its own table of fields. The readers here are
what those tables have in common.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from monitor.config import did_you_mean, seconds
from monitor.query.terms import Searched, Span, Term, occurrences, quoted
from monitor.text import fold


class ValueProblem(ValueError):
    """A field's value that can't be; `unfinished` if more typing could still make it one."""

    def __init__(self, message: str, unfinished: bool = False) -> None:
        super().__init__(message)
        self.unfinished = unfinished


class Spec(NamedTuple):
    """What a field is. Values are kept as text, in the normal form that `read` gives.

    `test` makes, of a value, the corpus and the time, what is asked of each of the corpus's items.
    `within(a, b)` tells that every item that matches `a` matches `b` too.
    """

    says: str
    read: Callable[[str], str]
    test: Callable[[str, Any, float], Callable[[Any], bool]]
    within: Callable[[str, str], bool] = str.__eq__
    in_hay: bool = False  # the value is a part of the item's searched text
    marked: bool = False  # the value is highlighted in texts
    quick: bool = False  # tested without a look at the item's parts
    drifts: int = 0  # 1 if items come to match as time goes by, -1 if they cease to


class Language(NamedTuple):
    """The fields of one kind of item; `item` and `items` are what it is called."""

    item: str
    items: str
    fields: Mapping[str, Spec]


@dataclass(frozen=True, slots=True)
class Field(Term):
    """`name:value,value`: the field has any of the values."""

    name: str
    values: tuple[str, ...]
    spec: Spec = field(repr=False)

    @property
    def rank(self) -> tuple[int, int]:
        return 0 if self.spec.quick else 2, 0

    @property
    def drifts(self) -> int:
        """1 if items come to match as time goes by, -1 if they cease to, else 0."""
        return 0 if all(map(_DATE.fullmatch, self.values)) else self.spec.drifts

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        spec, items, hays = self.spec, corpus.items, corpus.hays
        if spec.in_hay:  # cheap, and spares most items the folding of their titles
            candidates = [i for i in candidates if any(v in hays[i] for v in self.values)]
        tests = [spec.test(value, corpus, now) for value in self.values]
        if len(tests) == 1:
            test = tests[0]
            return [i for i in candidates if test(items[i])]
        return [i for i in candidates if any(test(items[i]) for test in tests)]

    def within(self, other: "Field") -> bool:
        """Every item that this one matches, the other matches too."""
        return self.name == other.name and all(
            any(self.spec.within(mine, theirs) for theirs in other.values) for mine in self.values
        )

    def find(self, folded: str) -> Iterator[Span]:
        if self.spec.marked:
            for value in self.values:
                yield from occurrences(fold(value), folded)

    def explain(self) -> str:
        return f"{self.spec.says} {' or '.join(self.values)}"

    def __str__(self) -> str:
        bare = re.compile(r'[^\s(),"][^\s(),]*').fullmatch
        return f"{self.name}:" + ",".join(v if bare(v) else quoted(v) for v in self.values)


def read_choice(known: Sequence[str], what: str) -> Callable[[str], str]:
    """Read one of the known values."""

    def read(text: str) -> str:
        value = fold(text)
        if value in known:
            return value
        unfinished = any(name.startswith(value) for name in known)
        hint = f"; one of {', '.join(known)}" if unfinished else did_you_mean(value, known)
        raise ValueProblem(f"unknown {what} {quoted(text)}{hint}", unfinished)

    return read


def read_part(text: str) -> str:
    """Read a part of a title or of a name."""
    if value := " ".join(fold(text).split()):
        return value
    raise ValueProblem("nothing to search for", True)


def read_start(text: str) -> str:
    """Read the start of an id or of a language tag."""
    value = fold(text)
    if re.fullmatch(r"[a-z0-9_-]{1,64}", value):
        return value
    raise ValueProblem(f"{quoted(text)} is neither an id nor the start of one")


def read_cve(text: str) -> str:
    """Read a CVE id or the start of one, with or without "CVE-"."""
    value = fold(text)
    number = value.removeprefix("cve-")
    if re.fullmatch(r"[0-9]{1,4}|[0-9]{4}-[0-9]{0,19}", number):
        return f"CVE-{number}"
    raise ValueProblem(
        f"{quoted(text)} is no CVE id; write CVE-2025-54627 or 2025", "cve-".startswith(value)
    )


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNFINISHED_TIME = re.compile(r"(?:[0-9]+[smhdw])*[0-9]+|[0-9]{4}-(?:[0-9]{0,2}|[0-9]{2}-[0-9]?)")


def read_time(text: str) -> str:
    """Read a duration or a date."""
    value = fold(text)
    try:
        moment(value, 0.0)
    except ValueError:
        message = f"{quoted(text)} is no time; write 30m, 2h, 7d or 2025-08-31"
        raise ValueProblem(message, bool(_UNFINISHED_TIME.fullmatch(value))) from None
    return value


def moment(value: str, now: float) -> float:
    """The time that a value of `read_time` means."""
    if not _DATE.fullmatch(value):
        return now - seconds(value)
    year, month, day = map(int, value.split("-"))
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def newer_within(a: str, b: str) -> bool:
    alike = bool(_DATE.fullmatch(a)) == bool(_DATE.fullmatch(b))
    return alike and moment(a, 0.0) >= moment(b, 0.0)


SIGNS = (">=", "<=", ">", "<", "=")
_COUNT = re.compile(r"(>=|<=|>|<|=)?([0-9]{1,6})")


def compared(value: str) -> tuple[str, str]:
    """The comparison before a value, "" where there is none, and the value."""
    sign = next((sign for sign in SIGNS if value.startswith(sign)), "")
    return sign, value[len(sign) :]


def read_count(text: str) -> str:
    """Read a number with an optional comparison before it."""
    value = fold(text)
    if _COUNT.fullmatch(value):
        return value
    message = f"{quoted(text)} is no number; write 3, >3 or <=2"
    raise ValueProblem(message, value in SIGNS)


def bounds(value: str) -> tuple[float, float]:
    """The least and the most that a value of `read_count` takes."""
    sign, digits = compared(value)
    number, far = int(digits), float("inf")
    return {
        ">": (number + 1, far),
        ">=": (number, far),
        "<": (-far, number - 1),
        "<=": (-far, number),
    }.get(sign, (number, number))


def count_within(a: str, b: str) -> bool:
    (low, high), (least, most) = bounds(a), bounds(b)
    return least <= low and high <= most


def starts(a: str, b: str) -> bool:
    return a.startswith(b)


def holds(a: str, b: str) -> bool:
    return b in a
