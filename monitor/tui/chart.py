"""Fixes by month and severity of a product line: stacked bars, each of which opens its bulletin."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from monitor.tui.base import BaseScreen, common_bindings
from monitor.tui.cells import fit
from monitor.tui.crumbs import Crumbs
from monitor.tui.footer import plain_facts
from monitor.tui.lists import RowList
from monitor.tui.status import Run, RunLine, StatusLine
from monitor.view import Shown
from monitor.view.bulletins import LETTERS, stack
from monitor.view.chart import Bar, Chart, make_chart
from monitor.view.narrow import words_in

if TYPE_CHECKING:
    from textual.app import ComposeResult

MONTH, TOTAL = 9, 6  # cells
HINTS = ("open", "back", "help")


class BarList(RowList):
    """A month a row, as long as its share of the largest."""

    def __init__(self, view: Shown[Bar]) -> None:
        super().__init__(view, "bars")
        self.view = view
        self.most = 0

    def find(self, near: int) -> int | None:
        return self.view.find(self.view.cursor)

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        bar = self.view.at(row)
        if bar is None:
            return
        yield self.styled("entries--label", " " + fit(bar.month, MONTH - 1), base, on)
        if not bar.id:
            yield self.styled("entries--dim", f"{'–':>{TOTAL - 2}}  no bulletin", base, on)
            return
        yield self.styled("entries--word", f"{bar.total:>{TOTAL - 2}}  ", base, on)
        for text, name in stack(bar.bar, width - MONTH - TOTAL - 1, self.most):
            yield self.styled(f"severity--{name}", text, base, on)


class Legend(RunLine):
    """What the letters and colours of the bars mean."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"severity--{name}" for name, _ in LETTERS}

    def __init__(self) -> None:
        super().__init__(id="legend")

    def runs(self) -> Sequence[Run]:
        runs: list[Run] = []
        for name, letter in LETTERS:
            runs += [(f" {letter} {name} ", f"severity--{name}"), ("  ", "")]
        return runs


class ChartScreen(BaseScreen):
    """The chart of the product line that a bulletin belongs to; the cursor is on its month."""

    BINDINGS: ClassVar[list[BindingType]] = common_bindings()

    def __init__(self, bulletin: str) -> None:
        super().__init__()
        self.crumb = "Chart"
        self.view: Shown[Bar] = Shown(_newest, lambda text: words_in(text, lambda bar: bar.month))
        self.view.cursor = bulletin
        self.bars = BarList(self.view)
        self.status = StatusLine(lambda: plain_facts(self.app, HINTS))
        self._bulletin = bulletin

    @property
    def listing(self) -> BarList:
        return self.bars

    def compose(self) -> "ComposeResult":
        yield Crumbs()
        yield Legend()
        yield self.bars
        yield self.status

    def on_mount(self) -> None:
        self.bars.say_when_empty("No bulletin of this product line is stored")
        self.set_focus(self.bars)
        self.library_changed()

    def library_changed(self) -> None:
        chart = self._chart()
        self.bars.most = chart.most
        self.view.show((bar.id or bar.month, bar) for bar in chart.bars)
        self.bars.rows_changed()

    def _chart(self) -> Chart:
        summary = self.app.board.bulletins.things.get(self._bulletin)
        if summary is None:
            return Chart("", (), 0)
        summaries = self.app.board.bulletins.things.values()
        chart = make_chart(summaries, summary.vendor, summary.line)
        self.crumb = f"{chart.title}: fixes by month and severity"
        return chart

    def action_open(self) -> None:
        bar = self.view.at(self.bars.cursor)
        if bar is not None and bar.id:
            self.open_bulletin(bar.id)

    def on_row_list_opened(self) -> None:
        self.action_open()


def _newest(bar: Bar) -> object:
    return tuple(-ord(character) for character in bar.month)
