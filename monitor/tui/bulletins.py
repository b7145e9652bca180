"""The list of bulletins, for the Patches pane: columns go as room does."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rich.segment import Segment

from monitor.tui.cells import fit
from monitor.tui.lists import RowList
from monitor.view import BulletinLine, BulletinSort, Shown, make_line
from monitor.view.bulletins import SORTS, stack

if TYPE_CHECKING:
    from monitor.vulnerability import Summary

MONTH, TOTAL = 8, 5  # cells, with the one after
NAME_MIN, NAME_MAX = 9, 18
BAR_MAX = 48
Run = tuple[str, str]


class BulletinList(RowList):
    """A row a bulletin: month, product line, total, severities, exploitation, age."""

    def __init__(self, view: "Shown[Summary]", now: Callable[[], float]) -> None:
        super().__init__(view, "patches")
        self.view = view
        self._now = now
        self._sort = BulletinSort.MONTH

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

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        summary = self.view.at(row)
        if summary is not None:
            for text, style in bulletin_runs(make_line(summary, self._now()), width):
                yield self.styled(style, text, base, on)


def bulletin_runs(line: BulletinLine, width: int) -> Iterator[Run]:
    """A row in runs of (text, component class): what is at the right goes first as room does."""
    tail = list(_tail(line, width))
    room = width - 4 - MONTH - TOTAL - sum(len(text) for text, _ in tail)
    name = max(NAME_MIN, min(NAME_MAX, room // 3))
    yield "Δ" if line.changes else " ", "entries--notable"
    yield "!" if line.problems else " ", "entries--grave"
    yield "K" if line.kev else " ", "entries--grave"
    yield " ", ""
    yield line.month.ljust(MONTH), "entries--label"
    yield fit(line.name if len(line.name) <= name else line.line, name), ""
    yield f"{line.total:>{TOTAL - 1}} ", "entries--word"
    yield from bar_runs(line, max(0, room - name))
    yield from tail


def bar_runs(line: BulletinLine, room: int) -> Iterator[Run]:
    """The stacked bar in exactly so many cells."""
    used = 0
    for text, severity in stack(line.bar, min(room, BAR_MAX)):
        used += len(text)
        yield text, f"severity--{severity}"
    yield " " * (room - used), ""


def _tail(line: BulletinLine, width: int) -> Iterator[Run]:
    """What is shown only where there is room: each with a blank before it."""
    if width >= 70:
        yield f" {line.own:>3}+{line.third_party:<3}", "entries--dim"
    if width >= 100:
        yield f" {f'KEV {line.kev}' if line.kev else '':<6}", "entries--grave"
    if width >= 48:
        label = "EPSS " if width >= 70 else ""
        yield f" {label + (line.epss or '?'):>{len(label) + 4}}", "entries--sources"
    if width >= 56:
        yield f" {line.age:>4}", "entries--dim"
