"""The list of stories: one widget for all three panes, painting only what is visible.

On Textual's Line API, so that 100,000 rows cost what a screenful costs. Rows come from the view;
what is kept here is where the cursor is, and strips that were painted already.
"""

from collections.abc import Callable, Collection, Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from monitor.tui.cells import fit, over
from monitor.view import Board, PaneView, Row

AGE, SOURCES, CVES = 4, 4, 8  # cells
FIXED = 3 + AGE + 1 + SOURCES + 2  # marks, age, sources
FOUND = "entries--found"
NARROW = 60  # cells below which a list has no room for every column
LABEL_MIN, LABEL_MAX = 9, 18
SEVERITY = 8  # cells of the longest severity
STYLES = {  # of labels, by kind of outlet or severity of rule
    "state": "entries--notable",
    "medium": "entries--notable",
    "high": "entries--grave",
    "critical": "entries--grave",
}


class EntryList(ScrollView, can_focus=True):
    """The stories of one pane."""

    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "entries--cursor",
        "entries--cursor-blurred",
        "entries--dim",
        "entries--mark",
        "entries--sources",
        "entries--label",
        "entries--notable",
        "entries--grave",
        "entries--word",
        "entries--found",
    }

    cursor = reactive(0, repaint=False, init=False)

    class Told(Message):
        """What a list tells of itself."""

        def __init__(self, entries: "EntryList") -> None:
            super().__init__()
            self.entries = entries

        @property
        def control(self) -> "EntryList":
            return self.entries

    class Moved(Told):
        """The cursor is on another story."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self)) and message.control is self.control

    class Opened(Told):
        """A story was chosen with the mouse."""

    def __init__(self, board: Board, view: PaneView, now: Callable[[], float]) -> None:
        super().__init__(id=str(view.pane))
        self.view = view
        self.entitled = ""
        self.empty = ""  # what to say when there is no row
        self._board = board
        self._now = now
        self._seen: list[int] = []  # what was in sight after the last change of rows
        self._strips: LRUCache[tuple[int, int, bool, bool], Strip] = LRUCache(512)

    @property
    def story(self) -> str:
        """The id of the story under the cursor, "" when there is none."""
        return self.view.id_at(self.cursor)

    def entitle(self, text: str) -> None:
        """What stands in the border; setting it paints the whole list again."""
        if text != self.entitled:
            self.entitled = text
            self.border_title = Content(text)

    def say_when_empty(self, text: str) -> None:
        """What stands in the place of rows when there are none."""
        if text != self.empty:
            self.empty = text
            if not self.view.rows:
                self.refresh()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or as near as there is one; this counts as the user's doing."""
        row = max(0, min(row, len(self.view.rows) - 1))
        self.cursor = row
        self.view.cursor = self.story
        self._reveal()

    def move_by(self, rows: int) -> None:
        self.move_to(self.cursor + rows)

    @property
    def half_page(self) -> int:
        return max(1, self.size.height // 2)

    def rows_changed(self, stories: Collection[str] | None = None) -> None:
        """Rows came, went or moved: the cursor stays on its story, at its place on the screen.

        Only a cursor that was never moved, at the very top, stays at the top instead. `stories`
        are those that are others than before; None when all may be.
        """
        before, offset = self.cursor, self.scroll_offset.y
        row = self.view.row_of(self._board.index(self.view.cursor), before)
        changed = self._forget(stories)
        self._grow()
        row = 0 if row is None else row
        self.set_reactive(EntryList.cursor, row)
        top = max(0, min(offset + row - before, len(self.view.rows) - self.size.height))
        if top != offset:
            self.scroll_to(y=top, animate=False, immediate=True)
        self._reveal()
        seen, self._seen = self._seen, self._visible()
        if changed or row != before or seen != self._seen:
            self.refresh()
            self.post_message(self.Moved(self))

    def _visible(self) -> list[int]:
        top = self.scroll_offset.y
        return self.view.rows[top : top + self.size.height]

    def _forget(self, stories: Collection[str] | None) -> bool:
        """Let go of what was painted of some stories, or of all; whether any of it is in sight."""
        if stories is None:
            self._strips.clear()
            return True
        indexes = {self._board.index(story) for story in stories}
        for key in [key for key in self._strips.keys() if key[0] in indexes]:  # noqa: SIM118
            self._strips.discard(key)
        return not indexes.isdisjoint(self._visible())

    def repaint(self) -> None:
        """Marks, ages or highlights changed, rows did not."""
        self._strips.clear()
        self.refresh()

    def repaint_stories(self, stories: Collection[str]) -> None:
        """Only some stories changed: paint those of their rows that are seen."""
        if self._forget(stories):
            indexes = {self._board.index(story) for story in stories}
            for row, index in enumerate(self._visible(), self.scroll_offset.y):
                if index in indexes:
                    self.refresh_line(row)

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if row >= len(self.view.rows):
            return self._blank(y, width)
        on = row == self.cursor
        key = (self.view.rows[row], width, on, on and self._lit())
        strip = self._strips.get(key)
        if strip is None:
            values = self._board.row(self.view, row, self._now())
            strip = self._strips[key] = self._paint(values, width, on)
        return strip

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_line(old)
        self.refresh_line(new)
        if old != new:
            self.post_message(self.Moved(self))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        self._grow()
        self._reveal()

    def on_focus(self) -> None:
        self.refresh_line(self.cursor)

    def on_blur(self) -> None:
        self.refresh_line(self.cursor)

    def on_click(self, event: events.Click) -> None:
        row = event.y - self.gutter.top + self.scroll_offset.y
        if 0 <= row < len(self.view.rows):
            self.move_to(row)
            if event.chain > 1:
                self.post_message(self.Opened(self))

    def _lit(self) -> bool:
        return self.screen.focused is self

    def _grow(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.view.rows))

    def _reveal(self) -> None:
        """Scroll no further than it takes to see the cursor."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, immediate=True)

    def _blank(self, y: int, width: int) -> Strip:
        style = self.get_component_rich_style("entries--dim")
        lines = self.empty.split("\n") if not self.view.rows and self.empty else []
        if 1 <= y <= len(lines):
            return Strip([Segment(fit(f"  {lines[y - 1]}", width), style)], width)
        return Strip([Segment(" " * width, style)], width)

    def _paint(self, row: Row, width: int, on: bool) -> Strip:
        segments = list(self._segments(row, width, on))
        return Strip(segments).adjust_cell_length(width, self._base(row, on))

    def _base(self, row: Row, on: bool) -> Style:
        if on:
            lit = "entries--cursor" if self._lit() else "entries--cursor-blurred"
            return self.get_component_rich_style(lit)
        return self.rich_style if row.unread else self.get_component_rich_style("entries--dim")

    def _segments(self, row: Row, width: int, on: bool) -> Iterator[Segment]:
        base = self._base(row, on)

        def styled(name: str, text: str) -> Segment:
            if on and self._lit():  # colours that are made for the list vanish on the cursor
                return Segment(text, base)
            style = self.get_component_rich_style(name)
            return Segment(text, over(style, base) if on and name != FOUND else style)

        label, cves = _columns(row, width)
        yield styled("entries--mark", "●" if row.unread else " ")
        yield styled("entries--notable", "★" if row.pinned else " ")
        yield styled("entries--grave", "!" if row.hidden else " ")
        yield styled("entries--dim", row.age.rjust(AGE) + " ")
        many = f"x{min(row.sources, 999)}" if row.sources > 1 else ""
        yield styled("entries--sources", many.rjust(SOURCES) + "  ")
        name = STYLES.get(row.severity or row.kind, "entries--label")
        if label:
            text = row.severity if row.severity and width < NARROW else row.label
            yield styled(name, fit(text, label) + " ")
        used = FIXED + (label + 1 if label else 0) + cves
        for text, style in _title(row, max(0, width - used)):
            yield styled(style, text) if style else Segment(text, base)
        many = f"{row.cves} CVE" if row.cves else ""
        yield styled("entries--notable", many.rjust(cves)[:cves])


def _columns(row: Row, width: int) -> tuple[int, int]:
    """Cells for the label and for the number of CVEs; a narrow list leaves them to the title."""
    if width < NARROW:
        return SEVERITY if row.severity else 0, 0
    return max(LABEL_MIN, min(LABEL_MAX, width // 6)), CVES


def _title(row: Row, width: int) -> Iterator[tuple[str, str]]:
    """The title in `width` cells, in runs of one style; what was searched wins over watch words."""
    shown = fit(row.title, width)
    styles = [""] * len(shown)
    for spans, style in ((row.words, "entries--word"), (row.found, FOUND)):
        for start, end in spans:
            for at in range(start, min(end, len(shown))):
                styles[at] = style
    start = 0
    for at in range(1, len(shown) + 1):
        if at == len(shown) or styles[at] != styles[start]:
            yield shown[start:at], styles[start]
            start = at
