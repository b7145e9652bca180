"""A parsed query: what it matches, whether it narrows another, what it highlights."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.query.fields import Field
from monitor.query.terms import All, Either, Not, Pattern, Searched, Span, Term, Word
from monitor.text import fold_map


@dataclass(frozen=True, slots=True)
class Query:
    """A query, as `parse` gives it; `str` writes it in a form that parses to an equal one."""

    term: Term
    item: str  # what that is, which it is about: "story"

    def select(self, corpus: Searched, candidates: Sequence[int], now: float) -> list[int]:
        """Those of the candidates (indexes into the corpus) that match, in their order."""
        return self.term.select(corpus, candidates, now)

    def narrows(self, earlier: "Query") -> bool:
        """Whether every match of this query is surely one of the earlier query.

        Then the earlier one's hits in the same corpus are all that has to be looked at, also when
        it was asked some seconds ago. "No" only means "not surely".
        """
        return not _drifts(earlier.term) and _Implication().holds(self.term, earlier.term)

    def spans(self, text: str) -> list[Span]:
        """What to highlight in a text: start and end of words, phrases and pattern matches."""
        folded, source = fold_map(text)
        spans = [
            _unfold(span, source, text) for span in self.term.find(folded) if span[0] < span[1]
        ]
        spans += [span for pattern in _patterns(self.term) for span in pattern.find(text)]
        return _merged(spans)

    def missing(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        """The values of a field, asked for as the start of an id, that no known id begins with."""
        ids = [one.lower() for one in known]
        values = (value for field in _fields(self.term, name) for value in field.values)
        return tuple(v for v in dict.fromkeys(values) if not any(i.startswith(v) for i in ids))

    def explain(self) -> str:
        """The query as a sentence about an item."""
        article = "An" if self.item[0] in "aeiou" else "A"
        return f"{article} {self.item} matches if it {self.term.explain()}."

    def __str__(self) -> str:
        return str(self.term)


class _Implication:
    """Which terms imply which, remembered: else nested terms would be compared again and again."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], bool] = {}

    def holds(self, a: Term, b: Term) -> bool:
        """Every item that a matches, b matches. Sound, not complete."""
        pair = (id(a), id(b))
        if pair not in self.known:
            self.known[pair] = self._holds(a, b)
        return self.known[pair]

    def _holds(self, a: Term, b: Term) -> bool:
        match a, b:
            case _, All(terms):
                return all(self.holds(a, term) for term in terms)
            case Either(terms), _:
                return all(self.holds(term, b) for term in terms)
            case Not(mine), Not(theirs):
                return self.holds(theirs, mine)
            case Word(mine), Word(theirs):
                return theirs in mine
            case Field(), Field():
                return a.within(b)
        return (
            a == b
            or (isinstance(a, All) and any(self.holds(term, b) for term in a.terms))
            or (isinstance(b, Either) and any(self.holds(a, term) for term in b.terms))
        )


def _drifts(term: Term, sign: int = 1) -> bool:
    """Whether items come to match just because time goes by ("older than an hour")."""
    match term:
        case Field():
            return term.drifts == sign
        case Not(inner):
            return _drifts(inner, -sign)
        case All(terms) | Either(terms):
            return any(_drifts(inner, sign) for inner in terms)
    return False


def _patterns(term: Term) -> list[Pattern]:
    match term:
        case Pattern():
            return [term]
        case All(terms) | Either(terms):
            return [pattern for inner in terms for pattern in _patterns(inner)]
    return []


def _fields(term: Term, name: str) -> list[Field]:
    """The fields of a name that something is asked of; what is left out is not looked at."""
    match term:
        case Field() if term.name == name:
            return [term]
        case All(terms) | Either(terms):
            return [field for inner in terms for field in _fields(inner, name)]
    return []


def _unfold(span: Span, source: Sequence[int], text: str) -> Span:
    """A span of the folded text in the text it was folded from, with its combining marks."""
    start, end = source[span[0]], source[span[1] - 1] + 1
    while end < len(text) and unicodedata.category(text[end])[0] == "M":
        end += 1
    return start, end


def _merged(spans: list[Span]) -> list[Span]:
    """Sorted, without empty ones, those that touch or overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
