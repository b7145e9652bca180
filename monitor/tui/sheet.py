"""Text laid out in lines, some of which can be selected; painting only what is seen."""

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from monitor.tui.cells import over

TEXT = "text"  # the one run that has no component class of its own

Run = tuple[str, str]  # text, component class


class Line(NamedTuple):
    """A line on the screen, the selectable part that it belongs to, and the story it leads to."""

    runs: tuple[Run, ...]
    source: int | None = None
    story: str = ""


class Sheet(ScrollView, can_focus=True):
    """Lines that `lay_out` makes for a width."""

    WIDEST = 100  # cells of a line of text that is still easy to read

    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--title",
        "detail--head",
        "detail--label",
        "detail--mark",
        "detail--outlet",
        "detail--dim",
        "detail--link",
        "detail--warning",
        "detail--selected",
        "severity-text--critical",
        "severity-text--high",
        "severity-text--medium",
        "severity-text--low",
        "severity--critical",
        "severity--high",
        "severity--medium",
        "severity--low",
        "severity--unknown",
    }

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.source = 0  # which part is selected
        self.lines: list[Line] = []

    def lay_out(self, width: int) -> Iterable[Line]:
        """What is to be shown, in lines of at most `width` cells."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """How many parts can be selected."""
        return 0

    def changed(self) -> None:
        """Lay everything out again."""
        width = min(self.scrollable_content_region.width - 2, self.WIDEST)
        self.lines = list(self.lay_out(width)) if width > 8 else []
        self.virtual_size = Size(width + 2, len(self.lines))
        self.refresh()

    def select(self, step: int) -> None:
        """Select the next or previous part and bring it into view."""
        if self.count:
            self.source = (self.source + step) % self.count
            self.changed()
            row = next(y for y, line in enumerate(self.lines) if line.source == self.source)
            top, height = self.scroll_offset.y, self.size.height
            if not top <= row < top + height:
                self.scroll_to(y=max(0, row - height // 3), animate=False, immediate=True)

    def scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)

    def to_top(self) -> None:
        self.scroll_to(y=0, animate=False, immediate=True)

    def line_at(self, y: int) -> Line | None:
        """The line under a place of the widget, its border included."""
        at = y - self.gutter.top + self.scroll_offset.y
        return self.lines[at] if 0 <= at < len(self.lines) else None

    def on_resize(self) -> None:
        self.changed()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        at = y + self.scroll_offset.y
        line = self.lines[at] if at < len(self.lines) else Line(())
        if line.source is not None and line.source == self.source:
            base = over(base, self.get_component_rich_style("detail--selected"))
        segments = [Segment(text, self._style(base, name)) for text, name in line.runs]
        return Strip([Segment(" ", base), *segments]).adjust_cell_length(width, base)

    def _style(self, base: Style, name: str) -> Style:
        if name == TEXT:
            return base
        if name.startswith("severity--"):
            return self.get_component_rich_style(name)
        style = name if name.startswith("severity-text--") else f"detail--{name}"
        return over(self.get_component_rich_style(style), base)
