"""The list of bulletins, for the Patches pane: columns go as room does."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

from monitor.tui.cells import fit
from monitor.tui.lists import RowList
from monitor.view import BulletinLine, BulletinSort, Shown, make_line
from monitor.view.bulletins import SORTS, stack

if TYPE_CHECKING:
    from monitor.vulnerability import Summary

MARKS, MONTH, TOTAL = 5, 8, 4  # cells, with the one after
NAME_MIN, NAME_FULL, NAME_MAX = 12, 14, 18
NARROW = 48  # cells below which only what is needed most has room
WIDE = 70  # cells from which on there is room for words
Run = tuple[str, str]


class BulletinList(RowList):
    """A row a bulletin: month, product line, total, severities, exploitation, age."""

    def __init__(self, view: "Shown[Summary]", now: Callable[[], float]) -> None:
        super().__init__(view, "patches")
        self.view = view
        self._now = now
        self._sort = BulletinSort.MONTH
        self._most = 0

    @property
    def summary(self) -> "Summary | None":
        """The bulletin under the cursor."""
        return self.view.at(self.cursor)

    @property
    def sort(self) -> BulletinSort:
        return self._sort

    @sort.setter
    def sort(self, sort: BulletinSort) -> None:
        self._sort = sort
        self.view.sort_by(SORTS[sort])

    def find(self, near: int) -> int | None:
        return self.view.find(self.view.cursor)

    def rows_changed(self, ids: Collection[str] | None = None) -> None:
        """The largest total may be another, and with it the length of every bar."""
        self._most = max((one.counts.total for one in self.view.things.values()), default=0)
        super().rows_changed(ids)

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        summary = self.view.at(row)
        if summary is not None:
            line = make_line(summary, self._now())
            for text, style in bulletin_runs(line, width, self._most):
                yield self.styled(style, text, base, on)


def bulletin_runs(line: BulletinLine, width: int, most: int | None = None) -> Iterator[Run]:
    """A row in runs of (text, component class): what is at the right goes first as room does.

    `most` is the total whose bar is as long as there is room.
    """
    tail = list(_tail(line, width))
    marks = MARKS if width >= NARROW else 3
    room = width - marks - MONTH - TOTAL - sum(len(text) for text, _ in tail)
    name = max(NAME_FULL if width >= WIDE else NAME_MIN, min(NAME_MAX, room // 3))
    yield "Δ" if line.changes else " ", "entries--notable"
    yield "!" if line.problems else " ", "entries--grave"
    kev = f"K{min(line.kev, 9)} " if width >= NARROW else "K"
    yield kev if line.kev else " " * len(kev), "entries--grave"
    yield fit(line.month, MONTH - 1) + " ", "entries--label"
    yield fit(line.name if cell_len(line.name) < name else line.line, name - 1) + " ", ""
    yield f"{line.total:>{TOTAL - 1}} ", "entries--word"
    yield from bar_runs(line, max(0, room - name), most)
    yield from tail


def bar_runs(line: BulletinLine, room: int, most: int | None) -> Iterator[Run]:
    """The stacked bar in exactly so many cells."""
    used = 0
    for text, severity in stack(line.bar, room, most):
        used += len(text)
        yield text, f"severity--{severity}"
    yield " " * (room - used), ""


def _tail(line: BulletinLine, width: int) -> Iterator[Run]:
    """What is shown only where there is room: each with a blank before it."""
    if width >= WIDE:
        third = f"+{line.third_party} 3rd" if line.third_party else ""
        yield f" {line.own:>3}{third:<8}", "entries--dim"
    if width >= 100:
        yield f" {f'KEV {line.kev}' if line.kev else '':<6}", "entries--grave"
    if width >= NARROW:
        yield " EPSS" if width >= WIDE else "", "entries--dim"
        yield f" {line.epss or '?':>4}", "entries--sources"
    if width >= 56:
        yield f" {line.age:>4}", "entries--dim"
    if width >= 140:
        yield f"  {line.published}", "entries--dim"
