"""A list of a few hundred things: its order, its filter, its cursor; all at once, no slices.

`PaneView` is the same for 100,000 stories, by the query language.
"""

from collections.abc import Callable, Iterable, Sequence, Sized
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from monitor.text import fold
from monitor.view.panes import Problem

if TYPE_CHECKING:
    from monitor.query.fields import Language

T = TypeVar("T")
Select = Callable[[Sequence[T]], Iterable[int]]  # the indexes of those that a filter asks for


class Filtered(Protocol):
    """What the filter bar needs of a view."""

    filter: str

    @property
    def problem(self) -> Problem | None: ...
    @property
    def query(self) -> object | None: ...  # None without a filter
    @property
    def searching(self) -> bool: ...
    @property
    def hint(self) -> str: ...  # why nothing matches, "" if that is not known
    @property
    def order(self) -> Sized: ...
    @property
    def rows(self) -> Sized: ...
    def filter_by(self, text: str) -> None: ...


class WrongFilter(ValueError):
    """A filter that says nothing: the message is for people, the position a character of it."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


def words_in(text: str, hay: Callable[[T], str]) -> Select[T]:
    """Those in whose `hay`, in folded text, all words of a filter stand."""
    words = fold(text).split()

    def select(things: Sequence[T]) -> Iterable[int]:
        hays = map(hay, things)
        return [i for i, found in enumerate(hays) if all(word in found for word in words)]

    return select


def by_query(text: str, language: "Language", corpus: Callable[[Sequence[T]], Any]) -> Select[T]:
    """Those that the query language finds in the `corpus` of things; raises `WrongFilter`."""
    from monitor.query import QueryError, parse

    try:
        query = parse(text, language)
    except QueryError as error:
        raise WrongFilter(str(error), error.position) from None
    return lambda things: query.select(corpus(things), range(len(things)), 0.0)


class Shown(Generic[T]):
    """Things by id, as sorted and filtered. `key` sorts, `parse` makes of a filter what selects.

    `parse` raises `WrongFilter`; then the list stays as it was and `problem` says why.
    """

    searching = False
    hint = ""

    def __init__(self, key: Callable[[T], Any], parse: Callable[[str], Select[T]]) -> None:
        self.things: dict[str, T] = {}
        self.order: list[str] = []
        self.rows: list[str] = []
        self.cursor = ""
        self.filter = ""
        self.problem: Problem | None = None
        self.query: Select[T] | None = None
        self._key = key
        self._parse = parse

    def show(self, things: Iterable[tuple[str, T]]) -> None:
        """Take over a new set of things; the filter is applied again."""
        self.things = dict(things)
        self._arrange()

    def sort_by(self, key: Callable[[T], Any]) -> None:
        self._key = key
        self._arrange()

    def filter_by(self, text: str) -> None:
        self.filter = text
        try:
            self.query = self._parse(text) if text.strip() else None
            self.problem = None
        except WrongFilter as error:
            self.problem = Problem(str(error), error.position)
        self._narrow()

    def id_at(self, row: int) -> str:
        return self.rows[row] if 0 <= row < len(self.rows) else ""

    def at(self, row: int) -> T | None:
        return self.things.get(self.id_at(row))

    def find(self, wanted: str) -> int | None:
        """The row that shows a thing."""
        return self.rows.index(wanted) if wanted in self.rows else None

    def shown(self) -> Sequence[T]:
        return [self.things[name] for name in self.rows]

    def _arrange(self) -> None:
        self.order = sorted(self.things, key=lambda name: self._key(self.things[name]))
        self._narrow()

    def _narrow(self) -> None:
        query = self.query
        if query is None:
            self.rows = self.order
        else:
            things = [self.things[name] for name in self.order]
            self.rows = [self.order[index] for index in query(things)]
