"""One list of stories: its order, its filter in slices, its counts, its cursor.

Stories are handled by their index in the board's list of them, which never changes while the
program runs; what a pane holds are plain lists of such integers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence, Set
from enum import StrEnum
from itertools import islice
from operator import attrgetter, eq
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from monitor.models import Kind, Pane, Story, newest_first
from monitor.view.marks import Change, Marks

if TYPE_CHECKING:
    from monitor.query import Corpus, Query

BUDGET = 0.008  # seconds that one step of a search may take
FIRST = 2  # times as much for the first, which fills the screen
MANY = 500  # stories: rather than to look up so many, all are looked at
KNOWN = 24  # finished searches that are kept
SLICE = 512  # stories between two looks at the clock, at first
SCREENFUL = 120  # hits that are worth showing before the search is done


_id, _time = attrgetter("id"), attrgetter("time")


def newest_order(stories: Sequence[Story]) -> list[int]:
    """The places of stories, newest first; only those that share their time are looked at closer.

    In C as far as it goes, for 100,000 of them.
    """
    times = list(map(_time, stories))
    order = sorted(range(len(stories)), key=times.__getitem__, reverse=True)
    sorted_times = [times[place] for place in order]
    same = map(eq, sorted_times, islice(sorted_times, 1, None))
    ties = [place for place, alike in enumerate(same) if alike]  # with the one after
    at = 0
    while at < len(ties):
        start = ties[at]
        while at + 1 < len(ties) and ties[at + 1] == ties[at] + 1:
            at += 1
        end = ties[at] + 2
        order[start:end] = sorted(order[start:end], key=lambda n: newest_first(stories[n]))
        at += 1
    return order


class Sort(StrEnum):
    """What comes first in a list; ties are broken by time, newest first."""

    NEWEST = "newest first"
    SOURCES = "most sources first"
    OUTLET = "by outlet"


class Problem(NamedTuple):
    """What is wrong with a query, and at which character of it."""

    message: str
    position: int


class Source(Protocol):
    """What a pane needs of the board."""

    stories: list[Story]
    pinned_first: bool
    marks: Marks

    @property
    def kinds(self) -> Mapping[str, Kind]: ...
    @property
    def pinned(self) -> Set[str]: ...
    @property
    def read(self) -> Set[str]: ...
    def corpus(self) -> "Corpus": ...


class PaneView:
    """A pane's stories as sorted and filtered, and the story that the cursor is on."""

    def __init__(self, pane: Pane, source: Source) -> None:
        self.pane = pane
        self.order: list[int] = []  # all its stories, sorted
        self.rows: list[int] = self.order  # those that are shown
        self.sort = Sort.NEWEST
        self.filter = ""
        self.problem: Problem | None = None
        self.query: Query | None = None
        self.cursor = ""  # story id; "" until the user has moved
        self._source = source
        self._unread: tuple[int, int] | None = None  # version of the marks, count
        self._search: _Search | None = None
        self._stale: set[int] = set()  # stories that changed or went while a search goes on
        self._came: set[int] = set()  # those of them that are in the pane
        self._filtered: tuple[Query, list[int]] | None = None  # the last search that was completed
        self._known: dict[str, tuple[Query, list[int]]] = {}  # for going back letter by letter
        self._known_at = 0  # the marks' version that this is true of

    @property
    def searching(self) -> bool:
        return self._search is not None

    @property
    def hint(self) -> str:
        """Why nothing matches, where that is known: a feed that isn't there; else ""."""
        if self.query is None or self.rows or self.searching:
            return ""
        missing = self.query.missing("feed", self._source.kinds)
        if not missing:
            return ""
        from monitor.config import did_you_mean

        near = did_you_mean(missing[0], self._source.kinds)
        return f"no feed {missing[0]!r}{near if 'mean' in near else ''}"

    @property
    def unread(self) -> int:
        """How many of all its stories are unread; all are looked at only if it is not known."""
        if self._unread is None or self._unread[0] != self._source.marks.version:
            self._unread = (self._source.marks.version, self._count(self.order))
        return self._unread[1]

    def marked(self, change: Change, stories: Sequence[int]) -> None:
        """Follow a change of marks that was just made, so that the unread need no new count."""
        version = self._source.marks.version
        if self._unread is not None and self._unread[0] == version - 1 and len(stories) < MANY:
            count = self._unread[1]
            if change.mark == "read":
                mine = sum(self._place(self.order, index) >= 0 for index in stories)
                count += -mine if change.on else mine
            self._unread = (version, count)

    def _count(self, indexes: Collection[int]) -> int:
        """How many of these stories are unread; of 100,000 in a few milliseconds."""
        stories, read = self._source.stories, self._source.read
        if not read:
            return len(indexes)
        ids = map(_id, map(stories.__getitem__, indexes))
        return len(indexes) - sum(map(read.__contains__, ids))

    def _recount(self, difference: int) -> None:
        if self._unread is not None:
            self._unread = (self._unread[0], self._unread[1] + difference)

    def ids(self) -> list[str]:
        """The stories shown, in order."""
        stories = self._source.stories
        return [stories[index].id for index in self.rows]

    def id_at(self, row: int) -> str:
        """The story in a row, "" beyond the end."""
        return self._source.stories[self.rows[row]].id if 0 <= row < len(self.rows) else ""

    def row_of(self, story: int | None, near: int = 0) -> int | None:
        """The row that shows a story, looked for around `near` first."""
        if story is None:
            return None
        for row in range(max(0, near - 4), min(len(self.rows), near + 64)):
            if self.rows[row] == story:
                return row
        place = self._place(self.rows, story)
        return place if place >= 0 else None

    def show(self, newest_first: Sequence[int]) -> None:
        """Take over a new set of stories, sorted by time; the filter is applied again."""
        self._unread = None
        self.order = list(newest_first)
        self.rows = []  # what was there meant other stories
        self._arrange()
        self._restart()

    def sort_by(self, sort: Sort) -> None:
        self.sort = sort
        self.resort()

    def resort(self) -> None:
        """Sort anew, after the sort mode or the pins changed."""
        stories = list(map(self._source.stories.__getitem__, self.order))
        self.order = [self.order[place] for place in newest_order(stories)]
        self._arrange()
        self._restart()

    def remove(self, gone: Set[int]) -> None:
        """Take out stories that are about to change; to be called while they are what they were."""
        self._known = {}
        self._stale |= gone
        self._came -= gone
        showing_all = self.rows is self.order
        places = self._places(self.order, gone)
        self._recount(-self._count([self.order[place] for place in places]))
        self.order = _without(self.order, places)
        self.rows = (
            self.order if showing_all else _without(self.rows, self._places(self.rows, gone))
        )

    def insert(self, members: Sequence[int], now: float) -> None:
        """Put stories where they belong now, and in a filtered list only those that match."""
        showing_all = self.rows is self.order
        self.order = self._with(self.order, members)
        self._recount(self._count(members))
        if showing_all:
            self.rows = self.order
        if self._search is not None:
            self._stale.update(members)
            self._came.update(members)
        elif self.query is not None:
            hits = self.query.select(self._source.corpus(), sorted(members), now)
            self.rows = self._with(self.rows, hits)
            self._filtered = (self.query, self.rows)

    def filter_by(self, text: str) -> None:
        """Set the filter; a search is begun, which `step` goes on with.

        A query that is wrong or half typed leaves the list as it is and is told in `problem`.
        """
        self.filter, self.problem = text, None
        if not text.strip():
            self.query, self._search, self._filtered = None, None, None
            self.rows = self.order
            return
        if self._recall(text):
            return
        from monitor.query import QueryError, parse

        try:
            query = parse(text)
        except QueryError as error:
            self.problem = Problem(str(error), error.position)
            return
        self._search = _Search(query, self._candidates(query))
        self.query = query

    def step(self, now: float, budget: float = BUDGET) -> bool:
        """Search for at most about `budget` seconds; whether there is more to do."""
        search = self._search
        if search is None:
            return False
        if not search.hits:
            budget *= FIRST
        done = search.run(self._source.corpus(), now, budget)
        if done or len(search.hits) >= SCREENFUL:
            self.rows = search.hits
        if done:
            self._search = None
            self.rows = self._up_to_date(search, now)
            self._filtered = (search.query, self.rows)
            self._remember()
        return not done

    def _remember(self) -> None:
        """Keep a finished search, so that taking back a letter costs nothing."""
        if self._known_at != self._source.marks.version:
            self._known, self._known_at = {}, self._source.marks.version
        if self._filtered is not None and self.problem is None:
            self._known.pop(self.filter, None)
            self._known[self.filter] = self._filtered
            if len(self._known) > KNOWN:
                del self._known[next(iter(self._known))]

    def _recall(self, text: str) -> bool:
        """Show a search that was done before and is still true."""
        if text not in self._known or self._known_at != self._source.marks.version:
            return False
        self._search, self._filtered = None, self._known[text]
        self.query, self.rows = self._filtered
        return True

    def _up_to_date(self, search: "_Search", now: float) -> list[int]:
        """A search's hits, true also of the stories that changed while it went on."""
        if not self._stale:
            return search.hits
        hits = [index for index in search.hits if index not in self._stale]
        late = search.query.select(self._source.corpus(), sorted(self._came), now)
        self._stale, self._came = set(), set()
        return self._with(hits, late)

    def _candidates(self, query: "Query") -> Sequence[int]:
        """Where a query's hits can be: among those of an earlier one that it narrows, or all."""
        search = self._search
        if search is not None and query.narrows(search.query):
            return [*search.hits, *search.left()]
        self._stale, self._came = set(), set()  # of an earlier search
        if search is None and self._filtered is not None and query.narrows(self._filtered[0]):
            return self._filtered[1]
        return self.order

    def _restart(self) -> None:
        self._known = {}
        self._filtered = None
        self._stale, self._came = set(), set()
        if self.query is None:
            self.rows = self.order
        else:
            self._search = _Search(self.query, self.order)

    def _arrange(self) -> None:
        """From newest first to the order that is asked for; every pass is a stable sort."""
        stories = self._source.stories
        if self.sort is Sort.SOURCES:
            self.order.sort(key=lambda index: -stories[index].sources)
        elif self.sort is Sort.OUTLET:
            self.order.sort(key=lambda index: stories[index].lead.outlet.casefold())
        if self._source.pinned_first:
            pinned = self._source.pinned
            self.order.sort(key=lambda index: stories[index].id not in pinned)

    def _key(self, index: int) -> tuple[object, ...]:
        """What `_arrange` sorts by, in one."""
        story = self._source.stories[index]
        unpinned = self._source.pinned_first and story.id not in self._source.pinned
        sources = -story.sources if self.sort is Sort.SOURCES else 0
        outlet = story.lead.outlet.casefold() if self.sort is Sort.OUTLET else ""
        return unpinned, sources, outlet, *newest_first(story)

    def _places(self, order: list[int], gone: Set[int]) -> list[int]:
        """Where those of these stories are that are in a sorted list."""
        return sorted(place for index in gone if (place := self._place(order, index)) >= 0)

    def _with(self, order: list[int], members: Sequence[int]) -> list[int]:
        """A sorted list with these stories too: slices, whose ends are found by bisection."""
        merged: list[int] = []
        start = 0
        for index in sorted(members, key=self._key):
            place = bisect_right(order, self._key(index), lo=start, key=self._key)
            merged += order[start:place]
            merged.append(index)
            start = place
        merged += order[start:]
        return merged

    def _place(self, order: list[int], index: int) -> int:
        """Where a story is in a sorted list, -1 if it is not in it."""
        key = self._key(index)
        place = bisect_left(order, key, key=self._key)
        while place < len(order) and order[place] != index:
            if self._key(order[place]) != key:
                return -1
            place += 1
        return place if place < len(order) else -1


def _without(order: list[int], places: Sequence[int]) -> list[int]:
    """A list without what is at these places."""
    kept: list[int] = []
    start = 0
    for place in places:
        kept += order[start:place]
        start = place + 1
    kept += order[start:]
    return kept


class _Search:
    """A query on its way through its candidates."""

    def __init__(self, query: "Query", candidates: Sequence[int]) -> None:
        self.query = query
        self.hits: list[int] = []
        self._candidates = candidates
        self._at = 0

    def left(self) -> Sequence[int]:
        return self._candidates[self._at :]

    def run(self, corpus: "Corpus", now: float, budget: float) -> bool:
        """Look on for about `budget` seconds; whether the end was reached."""
        end = perf_counter() + budget
        size, before = SLICE, perf_counter()
        while self._at < len(self._candidates):
            part = self._candidates[self._at : self._at + size]
            self.hits += self.query.select(corpus, part, now)
            self._at += len(part)
            after = perf_counter()
            if after >= end:
                break
            size = _next_size(len(part), after - before, end - after)
            before = after
        return self._at >= len(self._candidates)


def _next_size(size: int, took: float, left: float) -> int:
    """How many fit in the time that is left, at the speed so far; at most four times as many."""
    return max(SLICE // 8, min(size * 4, int(size * left / max(took, 1e-6))))
