"""The list of stories, for the panes of news."""

from collections.abc import Callable, Collection, Iterator

from rich.segment import Segment
from rich.style import Style

from monitor.tui.cells import fit
from monitor.tui.lists import Key, RowList
from monitor.view import Board, PaneView, Row
from monitor.view.rows import Spans

AGE, SOURCES = 4, 4  # cells
FIXED = 4 + AGE + 1 + SOURCES + 2  # marks, age, sources
FOUND = "entries--found"
NARROW = 60  # cells below which a list has no room for every column
LABEL_MIN, LABEL_MAX = 9, 18


class EntryList(RowList):
    """The stories of one pane."""

    def __init__(self, board: Board, view: PaneView, now: Callable[[], float]) -> None:
        super().__init__(view, str(view.pane))
        self.view = view
        self._board = board
        self._now = now

    @property
    def story(self) -> str:
        """The id of the story under the cursor, "" when there is none."""
        return self.selected

    def find(self, near: int) -> int | None:
        return self.view.row_of(self._board.index(self.view.cursor), near)

    def keys_of(self, ids: Collection[str]) -> Collection[Key | None]:
        return {self._board.index(story) for story in ids}

    def base(self, row: int, on: bool) -> Style:
        if on:
            return self.cursor_style()
        read = self.view.id_at(row) in self._board.read
        return self.get_component_rich_style("entries--dim") if read else self.rich_style

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        values = self._board.row(self.view, row, self._now())
        for text, style in _runs(values, width):
            yield self.styled(style, text, base, on)


def _runs(row: Row, width: int) -> Iterator[tuple[str, str]]:
    """A story in runs of (text, component class)."""
    label = _label(width)
    yield "◆" if row.chosen else "●" if row.unread else " ", "entries--mark"
    yield "★" if row.pinned else " ", "entries--notable"
    yield "!" if row.hidden else " ", "entries--grave"
    yield "≠" if row.disputed else " ", "entries--notable"
    yield row.age.rjust(AGE) + " ", "entries--dim"
    many = f"x{min(row.sources, 999)}" if row.sources > 1 else ""
    yield many.rjust(SOURCES) + "  ", "entries--sources"
    if label:
        kind = "entries--notable" if row.kind == "state" else "entries--label"
        yield fit(row.label, label) + " ", kind
    cves = f"  {row.cves} CVE" if row.cves and width >= NARROW else ""
    used = FIXED + (label + 1 if label else 0) + len(cves)
    yield from spanned(row.title, row.found, max(0, width - used), row.words)
    yield cves, "entries--notable"


def _label(width: int) -> int:
    """Cells for the label; a narrow list leaves them to the title."""
    return max(LABEL_MIN, min(LABEL_MAX, width // 6)) if width >= NARROW else 0


def spanned(title: str, found: Spans, width: int, words: Spans = ()) -> Iterator[tuple[str, str]]:
    """A title in `width` cells, in runs of one style; what was searched wins over watch words."""
    shown = fit(title, width)
    styles = [""] * len(shown)
    for spans, style in ((words, "entries--word"), (found, FOUND)):
        for start, end in spans:
            for at in range(start, min(end, len(shown))):
                styles[at] = style
    start = 0
    for at in range(1, len(shown) + 1):
        if at == len(shown) or styles[at] != styles[start]:
            yield shown[start:at], styles[start]
            start = at
