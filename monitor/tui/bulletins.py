"""The list of bulletins, for the Patches pane: columns go as room does."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from monitor.tui.cells import fit
from monitor.tui.lists import RowList
from monitor.view import BulletinLine, BulletinSort, Shown, make_line
from monitor.view.bulletins import MARKS, MONTH, SORTS, TOTAL, Columns, columns, stack

if TYPE_CHECKING:
    from monitor.vulnerability import Summary

HEADED = 6  # lines from which on a list has one for the titles of its columns
Run = tuple[str, str]


class BulletinList(RowList):
    """A row a bulletin: month, product line, total, severities, exploitation, age.

    The titles of its columns stand in the line that CSS keeps free above the rows (`-headed`).
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"titles--name"}

    def __init__(self, view: "Shown[Summary]", now: Callable[[], float]) -> None:
        super().__init__(view, "patches")
        self.view = view
        self._now = now
        self._sort = BulletinSort.MONTH
        self._most = 0
        self._columns: tuple[int, Columns] | None = None

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
        self._columns = None
        super().rows_changed(ids)

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        summary = self.view.at(row)
        if summary is not None:
            line = make_line(summary, self._now())
            for text, style in bulletin_runs(line, self.columns(width), self._most):
                yield self.styled(style, text, base, on)

    def columns(self, width: int) -> Columns:
        """The columns of all rows, those that a filter hides too, so that it moves none."""
        if self._columns is None or self._columns[0] != width:
            now = self._now()
            lines = (make_line(one, now) for one in self.view.things.values())
            self._columns = width, columns(lines, width)
        return self._columns[1]

    def on_resize(self) -> None:
        super().on_resize()
        self.set_class(self.size.height >= HEADED, "-headed")

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        y = self.gutter.top - 1 - crop.y
        if self.has_class("-headed") and self.listed.rows and 0 <= y < len(strips):
            left, width = self.gutter.left, self.scrollable_content_region.width
            style = self.get_component_rich_style("titles--name")
            text = Strip([Segment(self.columns(width).titles(), style)])
            head = text.adjust_cell_length(self.size.width, style)
            whole, right = strips[y], left + self.size.width - crop.x
            parts = [whole.crop(0, max(0, left - crop.x)), head.crop(max(0, crop.x - left))]
            joined = Strip.join([*parts, whole.crop(right)]) if right > 0 else whole
            strips[y] = joined.crop(0, crop.width)
        return strips


def bulletin_runs(line: BulletinLine, cells: Columns, most: int | None = None) -> Iterator[Run]:
    """A row in runs of (text, component class).

    `most` is the total whose bar is as long as there is room.
    """
    yield "Δ" if line.changes else " ", "entries--notable"
    yield "!" if line.problems else " ", "entries--grave"
    kev = f"K{min(line.kev, 9)}" if cells.marks > MARKS else "K"
    yield (kev if line.kev else "").ljust(cells.marks - 2), "entries--grave"
    yield fit(line.month, MONTH - 1) + " ", "entries--label"
    yield fit(line.name if cells.whole else line.line, cells.name - 1) + " ", ""
    yield f"{line.total:>{TOTAL - 1}} ", "entries--word"
    yield from bar_runs(line, cells.bar, most)
    if cells.split:
        yield f" {f'{line.own}+{line.third_party}':>{cells.split - 1}}", "entries--dim"
    if cells.epss:
        known = "entries--sources" if line.epss else "entries--dim"
        yield f" {line.epss or '?':>{cells.epss - 1}}", known
    if cells.seen:
        yield f" {line.age:>{cells.seen - 1}}", "entries--dim"
    if cells.published:
        yield f"{line.published:^{cells.published}}", "entries--dim"


def bar_runs(line: BulletinLine, room: int, most: int | None) -> Iterator[Run]:
    """The stacked bar in exactly so many cells."""
    used = 0
    for text, severity in stack(line.bar, room, most):
        used += len(text)
        yield text, f"severity--{severity}"
    yield " " * (room - used), ""
