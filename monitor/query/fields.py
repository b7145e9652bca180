"""The fields of the query language: how a value is read, what it matches, what it implies."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from monitor.config import TOPICS, did_you_mean, seconds
from monitor.models import Kind, Story
from monitor.query.terms import Corpus, Span, Term, occurrences, quoted, titles
from monitor.text import fold

Test = Callable[[Story], bool]


class ValueProblem(ValueError):
    """A field's value that can't be; `unfinished` if more typing could still make it one."""

    def __init__(self, message: str, unfinished: bool = False) -> None:
        super().__init__(message)
        self.unfinished = unfinished


class Spec(NamedTuple):
    """What a field is. Values are kept as text, in the normal form that `read` gives.

    `within(a, b)` tells that every story that matches `a` matches `b` too.
    """

    says: str
    read: Callable[[str], str]
    test: Callable[[str, Corpus, float], Test]
    within: Callable[[str, str], bool] = str.__eq__
    in_hay: bool = False  # the value is a part of the story's searched text


@dataclass(frozen=True, slots=True)
class Field(Term):
    """`name:value,value`: the field has any of the values."""

    name: str
    values: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int]:
        return 0 if self.name in _OF_STORY else 2, 0

    @property
    def drifts(self) -> int:
        """1 if stories come to match as time goes by, -1 if they cease to, else 0."""
        relative = self.name in ("newer", "older") and not all(map(_DATE.fullmatch, self.values))
        return relative * (1 if self.name == "older" else -1)

    def select(self, corpus: Corpus, candidates: Sequence[int], now: float) -> list[int]:
        spec, stories, hays = FIELDS[self.name], corpus.stories, corpus.hays
        if spec.in_hay:  # cheap, and spares most stories the folding of their titles
            candidates = [i for i in candidates if any(v in hays[i] for v in self.values)]
        tests = [spec.test(value, corpus, now) for value in self.values]
        if len(tests) == 1:
            test = tests[0]
            return [i for i in candidates if test(stories[i])]
        return [i for i in candidates if any(test(stories[i]) for test in tests)]

    def within(self, other: "Field") -> bool:
        """Every story that this one matches, the other matches too."""
        spec = FIELDS[self.name]
        return self.name == other.name and all(
            any(spec.within(mine, theirs) for theirs in other.values) for mine in self.values
        )

    def find(self, folded: str) -> Iterator[Span]:
        if self.name in ("title", "outlet", "cve"):
            for value in self.values:
                yield from occurrences(fold(value), folded)

    def explain(self) -> str:
        return f"{FIELDS[self.name].says} {' or '.join(self.values)}"

    def __str__(self) -> str:
        bare = re.compile(r'[^\s(),"][^\s(),]*').fullmatch
        return f"{self.name}:" + ",".join(v if bare(v) else quoted(v) for v in self.values)


_OF_STORY = ("topic", "newer", "older", "is", "sources")  # tested without a look at its entries


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
    """Read a part of a title or of an outlet's name."""
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
        _moment(value, 0.0)
    except ValueError:
        message = f"{quoted(text)} is no time; write 30m, 2h, 7d or 2025-08-31"
        raise ValueProblem(message, bool(_UNFINISHED_TIME.fullmatch(value))) from None
    return value


def _moment(value: str, now: float) -> float:
    if not _DATE.fullmatch(value):
        return now - seconds(value)
    year, month, day = map(int, value.split("-"))
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def _newer_within(a: str, b: str) -> bool:
    alike = bool(_DATE.fullmatch(a)) == bool(_DATE.fullmatch(b))
    return alike and _moment(a, 0.0) >= _moment(b, 0.0)


_COUNT = re.compile(r"(>=|<=|>|<|=)?([0-9]{1,6})")


def read_count(text: str) -> str:
    """Read a number with an optional comparison before it."""
    value = fold(text)
    if _COUNT.fullmatch(value):
        return value
    message = f"{quoted(text)} is no number of sources; write 3, >3 or <=2"
    raise ValueProblem(message, value in (">=", "<=", ">", "<", "="))


def _bounds(value: str) -> tuple[float, float]:
    match = _COUNT.fullmatch(value)
    assert match
    number, far = int(match[2]), float("inf")
    return {
        ">": (number + 1, far),
        ">=": (number, far),
        "<": (-far, number - 1),
        "<=": (-far, number),
    }.get(match[1] or "=", (number, number))


def _count_within(a: str, b: str) -> bool:
    (low, high), (least, most) = _bounds(a), _bounds(b)
    return least <= low and high <= most


def _starts(a: str, b: str) -> bool:
    return a.startswith(b)


def _holds(a: str, b: str) -> bool:
    return b in a


def _feed(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(e.feed.lower().startswith(value) for e in story.entries)


def _kind(value: str, corpus: Corpus, now: float) -> Test:
    feeds = {feed for feed, kind in corpus.kinds.items() if kind == value}
    return lambda story: any(entry.feed in feeds for entry in story.entries)


def _topic(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: value in story.topics


def _cve(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(cve.startswith(value) for cve in story.cves)


def _lang(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(e.lang.lower().startswith(value) for e in story.entries)


def _outlet(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(value in fold(entry.outlet) for entry in story.entries)


def _title(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: value in titles(story)


def _newer(value: str, corpus: Corpus, now: float) -> Test:
    moment = _moment(value, now)
    return lambda story: story.time >= moment


def _older(value: str, corpus: Corpus, now: float) -> Test:
    moment = _moment(value, now)
    return lambda story: story.time < moment


def _sources(value: str, corpus: Corpus, now: float) -> Test:
    low, high = _bounds(value)
    return lambda story: low <= story.sources <= high


def _is(value: str, corpus: Corpus, now: float) -> Test:
    pinned, read = corpus.pinned, corpus.read
    tests: dict[str, Test] = {
        "pinned": lambda story: story.id in pinned,
        "read": lambda story: story.id in read,
        "unread": lambda story: story.id not in read,
        "duplicated": lambda story: any(entry.duplicate_of for entry in story.entries),
    }
    return tests[value]


def _has(value: str, corpus: Corpus, now: float) -> Test:
    tests: dict[str, Test] = {
        "cve": lambda story: bool(story.cves),
        "sources": lambda story: story.sources > 1,
        "hidden": lambda story: any(entry.hidden for entry in story.entries),
    }
    return tests[value]


def _read_is(text: str) -> str:
    mark = "duplicated" if fold(text) == "duplicate" else text
    return read_choice(("pinned", "unread", "read", "duplicated"), "mark")(mark)


FIELDS = {
    "feed": Spec("has a feed whose id starts with", read_start, _feed, _starts),
    "kind": Spec("has a source of kind", read_choice([*Kind], "kind"), _kind),
    "topic": Spec("has topic", read_choice(TOPICS, "topic"), _topic),
    "cve": Spec("names", read_cve, _cve, _starts),
    "lang": Spec("is in language", read_start, _lang, _starts),
    "outlet": Spec("has an outlet named", read_part, _outlet, _holds, in_hay=True),
    "title": Spec("has in its title", read_part, _title, _holds, in_hay=True),
    "newer": Spec("is newer than", read_time, _newer, _newer_within),
    "older": Spec("is older than", read_time, _older, lambda a, b: _newer_within(b, a)),
    "is": Spec("is", _read_is, _is),
    "has": Spec("has", read_choice(("cve", "sources", "hidden"), "thing"), _has),
    "sources": Spec("number of sources is", read_count, _sources, _count_within),
}
