"""Which items a query may match at all, for very many queries, in one pass over the items.

Most queries need one of a few words or patterns to be there. RE2 looks for those of all queries at
once, so that a thousand queries over thousands of texts cost little more than a few; each query is
then only asked about the items that have one of its own.
"""

from collections.abc import Sequence

import re2

from monitor.query import Query
from monitor.query.fields import Field
from monitor.query.terms import All, Either, Pattern, Searched, Term, Word

MEMORY = 64 << 20  # bytes that RE2 may use for all of them
_ALWAYS = ""  # matches every text: where it is not among the matches, RE2 ran out of memory

_Needs = frozenset[str]  # sources of patterns


class Sift:
    """Made once for a list of queries."""

    def __init__(self, queries: Sequence[Query]) -> None:
        needs = [_needed(query.term) for query in queries]
        self._free = [n for n, need in enumerate(needs) if need is None]
        self._wanted: dict[int, list[int]] = {}  # by number of a pattern: which queries need it
        numbers: dict[str, int] = {}
        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        self._all = range(len(queries))
        self._set = re2.Set.SearchSet(options)
        try:
            self._canary = self._set.Add(_ALWAYS)
            for n, need in enumerate(needs):
                for source in need or ():
                    if source not in numbers:
                        numbers[source] = self._set.Add(source)
                    self._wanted.setdefault(numbers[source], []).append(n)
            self._set.Compile()
        except re2.error:  # too much for RE2: then every query is asked about every item
            self._wanted, self._free = {}, list(self._all)

    def queries(self, corpus: Searched, index: int) -> set[int]:
        """The numbers of the queries that may match an item."""
        found: set[int] = set(self._free)
        if not self._wanted:
            return found
        for text in dict.fromkeys((corpus.hays[index], *corpus.titles(index))):
            try:
                matches = self._set.Match(text)
            except UnicodeEncodeError:  # half a character, which no pattern can be asked about
                return set(self._all)
            if self._canary not in matches:
                return set(self._all)
            for number in matches:
                if number != self._canary:
                    found.update(self._wanted[number])
        return found


def _needed(term: Term) -> _Needs | None:
    """Patterns of which every match has at least one; None where there are no such."""
    match term:
        case Word(needle):
            return frozenset([_literal(needle)])
        case Pattern(source):
            return frozenset([f"(?i:{source})"])
        case Field() if term.spec.in_hay:
            return frozenset(map(_literal, term.values))
        case All(terms):
            known = [need for one in terms if (need := _needed(one)) is not None]
            return min(known, key=_breadth, default=None)
        case Either(terms):
            every = [_needed(one) for one in terms]
            if None in every:
                return None
            return frozenset(source for need in every for source in need or ())
    return None


def _literal(text: str) -> str:
    return str(re2.escape(text))


def _breadth(need: _Needs) -> tuple[int, int]:
    """Few and long ones match least."""
    return min(10, len(need)), -min(map(len, need))
