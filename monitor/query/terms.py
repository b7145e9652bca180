"""The parts of a query but for its fields: values that know which items they match."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from monitor.text import clean, fold

Span = tuple[int, int]

PATTERN_SIZE = 2000  # RE2 instructions: keeps the worst pattern under 100 ms on a long title
PATTERN_MEMORY = 1 << 19  # bytes; re2 keeps the last 128 patterns
NEAR = 80.0  # per cent: one slip in a word of five letters, two in one of ten
LOOSE = 66.0  # what the whole title must reach before its words are looked at one by one


class Searched(Protocol):
    """What is searched: `items[i]` and its folded text `hays[i]` belong together."""

    @property
    def items(self) -> Sequence[Any]: ...
    @property
    def hays(self) -> Sequence[str]: ...
    def titles(self, index: int) -> Iterable[str]:
        """What patterns and slips are looked for in, as written; patterns in the text too."""


class Term(ABC):
    """One condition on items. Terms are frozen, and equal when they are written alike."""

    __slots__ = ()

    @property
    @abstractmethod
    def rank(self) -> tuple[int, int]:
        """Cheap and rare terms sort first: 0 an item's own values, 1 words, 2 values of its parts,
        3 patterns, 4 fuzzy words."""

    @abstractmethod
    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        """Those of the candidates that match, in their order."""

    def find(self, folded: str) -> Iterator[Span]:
        """What of a folded text to highlight."""
        return iter(())

    @abstractmethod
    def explain(self) -> str:
        """The condition in words."""


@dataclass(frozen=True, slots=True)
class Word(Term):
    """A folded word, part of a word, or phrase that the text of an item holds."""

    needle: str

    @property
    def rank(self) -> tuple[int, int]:
        return 1, -len(self.needle)

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        needle, hays = self.needle, corpus.hays
        return [i for i in candidates if needle in hays[i]]

    def find(self, folded: str) -> Iterator[Span]:
        return occurrences(self.needle, folded)

    def explain(self) -> str:
        return f"contains {quoted(self.needle)}"

    def __str__(self) -> str:
        bare = _BARE_WORD.fullmatch(self.needle)
        return self.needle if bare else quoted(self.needle)


@dataclass(frozen=True, slots=True)
class Pattern(Term):
    """A regular expression of RE2: linear in the text, so that it can't hang."""

    source: str

    @property
    def rank(self) -> tuple[int, int]:
        return 3, -len(self.source)

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        search, hays, titles = compiled(self.source).search, corpus.hays, corpus.titles
        return [i for i in candidates if search(hays[i]) or any(map(search, titles(i)))]

    def find(self, folded: str) -> Iterator[Span]:
        for match in compiled(self.source).finditer(folded):
            yield match.span()

    def explain(self) -> str:
        return f"matches /{self.source}/"

    def __str__(self) -> str:
        return f"/{self.source}/"


@dataclass(frozen=True, slots=True)
class Fuzzy(Term):
    """Words that a title has, give or take a slip of the finger."""

    needle: str

    @property
    def rank(self) -> tuple[int, int]:
        return 4, -len(self.needle)

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        from rapidfuzz.fuzz import partial_ratio  # late: costs 25 ms at the first frame

        words = self.needle.split()
        longest = max(words, key=len)
        hits = []
        for i in candidates:
            title = "\n".join(map(fold, corpus.titles(i)))
            if partial_ratio(longest, title, score_cutoff=LOOSE) and all(
                near(word, title) for word in words
            ):
                hits.append(i)
        return hits

    def find(self, folded: str) -> Iterator[Span]:
        for word in self.needle.split():
            yield from occurrences(word, folded)
            for token in re.finditer(r"\w+", folded):
                if alike(word, token.group()):
                    yield token.span()

    def explain(self) -> str:
        return f"title has about {quoted(self.needle)}"

    def __str__(self) -> str:
        bare = re.fullmatch(r'[^\s()"][^\s()]*', self.needle)
        return "~" + (self.needle if bare else quoted(self.needle))


@dataclass(frozen=True, slots=True)
class Not(Term):
    """Every item but those that the term matches."""

    term: Term

    @property
    def rank(self) -> tuple[int, int]:
        return self.term.rank[0], 0

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        hits = set(self.term.select(corpus, candidates, now))
        return [i for i in candidates if i not in hits]

    def explain(self) -> str:
        return f"not ({self.term.explain()})"

    def __str__(self) -> str:
        return f"-{_inner(self.term)}"


@dataclass(frozen=True, slots=True)
class All(Term):
    """Every one of the terms; without terms, every item."""

    terms: tuple[Term, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        return max((term.rank[0] for term in self.terms), default=0), 0

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        for term in sorted(self.terms, key=lambda term: term.rank):
            candidates = term.select(corpus, candidates, now)
        return list(candidates)

    def find(self, folded: str) -> Iterator[Span]:
        for term in self.terms:
            yield from term.find(folded)

    def explain(self) -> str:
        return ", and ".join(term.explain() for term in self.terms) or "is there"

    def __str__(self) -> str:
        return " ".join(map(_inner, self.terms))


@dataclass(frozen=True, slots=True)
class Either(Term):
    """At least one of the terms."""

    terms: tuple[Term, ...]

    @property
    def rank(self) -> tuple[int, int]:
        return max(term.rank[0] for term in self.terms), 0

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        hits: set[int] = set()
        rest = candidates
        for term in sorted(self.terms, key=lambda term: term.rank):
            hits.update(term.select(corpus, rest, now))
            rest = [i for i in rest if i not in hits]
        return [i for i in candidates if i in hits]

    def find(self, folded: str) -> Iterator[Span]:
        for term in self.terms:
            yield from term.find(folded)

    def explain(self) -> str:
        return f"either ({' or '.join(term.explain() for term in self.terms)})"

    def __str__(self) -> str:
        return " OR ".join(map(str, self.terms))


# What the parser reads as one word, and neither as an operator nor as a field.
_BARE_WORD = re.compile(r'(?![A-Za-z]+:)[^\s()"/~\-][^\s()]*')


def _inner(term: Term) -> str:
    return f"({term})" if isinstance(term, All | Either) else str(term)


def quoted(text: str) -> str:
    """As a phrase of the query language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def occurrences(needle: str, text: str) -> Iterator[Span]:
    """Where the needle, which is not empty, stands in the text."""
    at = text.find(needle)
    while at >= 0:
        yield at, at + len(needle)
        at = text.find(needle, at + 1)


def near(word: str, title: str) -> bool:
    """Whether the title has the word, or one that is nearly it."""
    return word in title or any(alike(word, token) for token in re.findall(r"\w+", title))


def alike(word: str, token: str) -> bool:
    """Whether the token, or its beginning, is the word with a slip or two; both folded."""
    from rapidfuzz.fuzz import ratio

    if len(word) < 4:  # too short to tell a slip from another word
        return False
    cutoff = NEAR
    return bool(
        ratio(word, token, score_cutoff=cutoff)
        or ratio(word, token[: len(word)], score_cutoff=cutoff)
    )


@lru_cache(maxsize=16)
def compiled(source: str) -> Any:
    """The pattern, ready to search; raises ValueError with a message for people."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False  # RE2 would write them over the screen
    options.max_mem = PATTERN_MEMORY
    try:
        pattern = re2.compile(source, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "?"
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        text = "is too large" if "too large" in text else f"does not compile: {text}"
    except UnicodeEncodeError:
        text = "does not compile: half a character in it"
    else:
        if pattern.programsize <= PATTERN_SIZE:
            return pattern
        text = "is too large"
    raise ValueError(clean(f"the pattern {text}", 120))
