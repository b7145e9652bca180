"""A list with a cursor that paints only what is visible: the mechanics of every list here.

On Textual's Line API, so that 100,000 rows cost what a screenful costs. Rows come from the view;
what is kept here is where the cursor is, and strips that were painted already.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar, Protocol

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

from monitor.tui.cells import fit, over, wrap

Key = int | str  # what a row is known by, whatever its place
OWN_COLOUR = ("entries--found", "severity--")  # styles whose background the cursor leaves alone


class Rows(Protocol):
    """What a list widget needs of a view."""

    cursor: str  # id of the row under the cursor; "" until the user has moved

    @property
    def rows(self) -> Sequence[Key]: ...
    def id_at(self, row: int) -> str: ...


class RowList(ScrollView, can_focus=True):
    """A list of rows. What a row says is `segments`, where the cursor's row went is `find`."""

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
        "severity--critical",
        "severity--high",
        "severity--medium",
        "severity--low",
        "severity--unknown",
        "severity-text--critical",
        "severity-text--high",
        "severity-text--medium",
        "severity-text--low",
    }

    cursor = reactive(0, repaint=False, init=False)

    class OfList(Message):
        """A message about a list."""

        def __init__(self, rows: "RowList") -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> "RowList":
            return self.rows

    class Moved(OfList):
        """The cursor is on another row."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, type(self)) and message.control is self.control

    class Opened(OfList):
        """A row was chosen with the mouse."""

    def __init__(self, view: Rows, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.listed = view
        self.entitled = ""
        self.empty = ""  # what to say when there is no row
        self._seen: list[Key] = []  # what was in sight after the last change of rows
        self._strips: LRUCache[tuple[Key, int, bool, bool], Strip] = LRUCache(512)

    # What a kind of list says

    def find(self, near: int) -> int | None:
        """The row that the cursor belongs on, looked for around `near` first."""
        raise NotImplementedError

    def keys_of(self, ids: Collection[str]) -> Collection[Key | None]:
        """The keys of the rows with these ids."""
        return ids

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        """A row in about `width` cells; `on` is whether the cursor is on it."""
        raise NotImplementedError

    def base(self, row: int, on: bool) -> Style:
        """The style of what has no style of its own."""
        return self.cursor_style() if on else self.rich_style

    # Moving

    @property
    def selected(self) -> str:
        """The id of the row under the cursor, "" when there is none."""
        return self.listed.id_at(self.cursor)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or as near as there is one; this counts as the user's doing."""
        row = max(0, min(row, len(self.listed.rows) - 1))
        self.cursor = row
        self.listed.cursor = self.selected
        self._reveal()

    def move_by(self, rows: int) -> None:
        self.move_to(self.cursor + rows)

    # Changes

    def entitle(self, text: str) -> None:
        """What stands in the border; setting it paints the whole list again."""
        if text != self.entitled:
            self.entitled = text
            self.border_title = Content(text)

    def say_when_empty(self, text: str) -> None:
        """What stands in the place of rows when there are none."""
        if text != self.empty:
            self.empty = text
            if not self.listed.rows:
                self.refresh()

    def rows_changed(self, ids: Collection[str] | None = None) -> None:
        """Rows came, went or moved: the cursor stays on its row, at its place on the screen.

        Only a cursor that was never moved, at the very top, stays at the top instead. `ids` are
        of the rows that are others than before; None when all may be.
        """
        before, offset = self.cursor, self.scroll_offset.y
        found = self.find(before)
        changed = self._forget(ids)
        self._grow()
        row = 0 if found is None else found
        self.set_reactive(RowList.cursor, row)
        top = max(0, min(offset + row - before, len(self.listed.rows) - self.size.height))
        if top != offset:
            self.scroll_to(y=top, animate=False, immediate=True)
        self._reveal()
        seen, self._seen = self._seen, self._visible()
        if changed or row != before or seen != self._seen:
            self.refresh()
            self.post_message(self.Moved(self))

    def repaint(self) -> None:
        """Marks, ages or highlights changed, rows did not."""
        self._strips.clear()
        self.refresh()

    def repaint_rows(self, ids: Collection[str]) -> None:
        """Only some rows changed: paint those of them that are seen."""
        if self._forget(ids):
            keys = set(self.keys_of(ids))
            for row, key in enumerate(self._visible(), self.scroll_offset.y):
                if key in keys:
                    self.refresh_line(row)

    def _visible(self) -> list[Key]:
        top = self.scroll_offset.y
        return list(self.listed.rows[top : top + self.size.height])

    def _forget(self, ids: Collection[str] | None) -> bool:
        """Let go of what was painted of some rows, or of all; whether any of it is in sight."""
        if ids is None:
            self._strips.clear()
            return True
        gone = set(self.keys_of(ids))
        for key in [key for key in self._strips.keys() if key[0] in gone]:  # noqa: SIM118
            self._strips.discard(key)
        return not gone.isdisjoint(self._visible())

    # Painting

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if row >= len(self.listed.rows):
            return self._blank(y, width)
        on = row == self.cursor
        key = (self.listed.rows[row], width, on, on and self.lit)
        strip = self._strips.get(key)
        if strip is None:
            segments = list(self.segments(row, width, on))
            strip = Strip(segments).adjust_cell_length(width, self.base(row, on))
            self._strips[key] = strip
        return strip

    @property
    def lit(self) -> bool:
        """Whether the cursor is painted as the one that the keys move."""
        return self.screen.focused is self

    def cursor_style(self) -> Style:
        name = "entries--cursor" if self.lit else "entries--cursor-blurred"
        return self.get_component_rich_style(name)

    def styled(self, name: str, text: str, base: Style, on: bool) -> Segment:
        """Text in a component class's style, or in that of the cursor."""
        if not name:
            return Segment(text, base)
        own = name.startswith(OWN_COLOUR)
        if on and self.lit and not name.startswith("severity--"):
            return Segment(text, base)  # colours that are made for the list vanish on the cursor
        style = self.get_component_rich_style(name)
        return Segment(text, over(style, base) if on and not own else style)

    def _blank(self, y: int, width: int) -> Strip:
        style = self.get_component_rich_style("entries--dim")
        lines = wrap(self.empty, width - 4) if not self.listed.rows and self.empty else []
        if 1 <= y <= len(lines):
            return Strip([Segment(fit(f"  {lines[y - 1]}", width), style)], width)
        return Strip([Segment(" " * width, style)], width)

    def _grow(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.listed.rows))

    def _reveal(self) -> None:
        """Scroll no further than it takes to see the cursor."""
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, immediate=True)

    # What happens to it

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
        if 0 <= row < len(self.listed.rows):
            self.move_to(row)
            if event.chain > 1:
                self.post_message(self.Opened(self))
