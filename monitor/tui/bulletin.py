"""An opened bulletin: its head, and its rows with all ratings side by side."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import work
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from monitor.text import clean
from monitor.tui.base import BaseScreen, common_bindings
from monitor.tui.cells import cut, fit
from monitor.tui.crumbs import Crumbs
from monitor.tui.footer import plain_facts
from monitor.tui.lists import RowList
from monitor.tui.status import Facts as StatusFacts
from monitor.tui.status import Run, RunLine, StatusLine
from monitor.view import Link, Shown, make_link
from monitor.view.bulletins import LETTERS, name_of, stack
from monitor.view.fixes import (
    SORTS,
    Facts,
    Fix,
    FixSort,
    Head,
    Party,
    chance,
    facts_of,
    fixes_of,
    fixes_shown,
    joined,
    make_head,
)

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from monitor.view import Filtered
    from monitor.vulnerability import Bulletin

AT_ONCE = 16  # CVEs that are read between two looks at the event loop
STEPS = 40  # and no more such looks than this
NOTES = 5  # lines of the head in a low terminal
LOW = 30  # lines up to which a terminal is low
BAR_MAX = 100
CVE_MIN, CVE_MAX = 14, 24  # cells of a CVE id
LETTER = dict(LETTERS)


class Column(NamedTuple):
    """A column of the list: its title, its cells with the blank after it, what a row has there."""

    title: str
    width: int
    cell: Callable[[Fix], Run]


def columns(width: int, cve: int = 0) -> list[Column]:
    """The columns for a width; ratings get their words where there is room. `cve` is the length of
    the longest id.
    """
    words = width >= 160
    rating = 14 if words else 7
    fixed = [
        Column("", 4, _marks),
        Column(
            "CVE", 1 + max(CVE_MIN, min(cve, CVE_MAX)), lambda fix: (clean(fix.row.cve, 40), "")
        ),
        Column("Vendor", 9, lambda fix: _severity(str(fix.row.severity))),
        *(Column(str(party), rating, _rating(party, words)) for party in Party),
        Column("EPSS", 6, _epss),
        Column("Table", 6, lambda fix: ("3rd" if fix.row.third_party else "own", "entries--dim")),
    ]
    rest = width - sum(column.width for column in fixed)
    shares = _shares(rest)
    texts: list[tuple[str, Callable[[Fix], Run]]] = [
        ("Component", _component),
        ("Affected", lambda fix: (_affected(fix), "entries--dim")),
        ("What", lambda fix: (clean(fix.facts.title or fix.row.summary, 300), "")),
    ]
    return fixed + [
        Column(name, size, cell) for (name, cell), size in zip(texts, shares, strict=False)
    ]


def _shares(rest: int) -> list[int]:
    """Cells for component, affected versions and what it is about."""
    if rest < 34:
        return [rest]
    if rest < 80:
        return [rest * 2 // 5, rest - rest * 2 // 5]
    return [24, 30, rest - 54]


def _marks(fix: Fix) -> Run:
    facts = fix.facts
    state = "X" if facts.rejected else "D" if facts.disputed else " "
    text = f"{'K' if facts.kev else ' '}{'≠' if fix.disagreement else ' '}{state}"
    return text, "entries--grave" if facts.kev or facts.rejected else "entries--notable"


def _severity(word: str) -> Run:
    return word, f"severity-text--{word}" if word in ("critical", "high", "medium", "low") else ""


def _rating(party: Party, words: bool) -> Callable[[Fix], Run]:
    """Word and score of a party: "high 8.4", or "H 8.4" where room is short."""

    def cell(fix: Fix) -> Run:
        if fix.facts.ratings is None:
            return "…", "entries--dim"
        mark = fix.facts.ratings.get(party)
        if mark is None:
            return "unknown" if words else "?", "entries--dim"
        word = mark.severity if words else LETTER.get(mark.severity, "?")
        score = "" if mark.score is None else f"{mark.score:.1f}"
        return f"{word:<{9 if words else 2}}{score}".rstrip(), _severity(mark.severity)[1]

    return cell


def _epss(fix: Fix) -> Run:
    if not fix.facts.epss_read:
        return "…", "entries--dim"
    text = chance(fix.facts.epss)
    return ("?", "entries--dim") if text == "unknown" else (text, "entries--sources")


def _component(fix: Fix) -> Run:
    """Third-party rows seldom tell it: that is said calmly."""
    text = clean(fix.row.component, 200)
    return (text, "entries--label") if text else ("?", "entries--dim")


def _affected(fix: Fix) -> str:
    """Versions, the product before the first only where it changes: "HarmonyOS 4.2.0, 4.3.0"."""
    shown, before = [], ""
    for version in fix.row.affected:
        product, _, number = clean(version, 60).rpartition(" ")
        shown.append(number if product == before and product else f"{product} {number}".strip())
        before = product
    return ", ".join(shown) or "?"


class FixList(RowList):
    """The rows of a bulletin."""

    def __init__(self, view: Shown[Fix]) -> None:
        super().__init__(view, "fixes")
        self.view = view
        self._columns: tuple[tuple[int, int], list[Column]] = ((0, 0), [])
        self._longest = 0

    def find(self, near: int) -> int | None:
        return self.view.find(self.view.cursor)

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        fix = self.view.at(row)
        if fix is not None:
            for column in self.columns(width):
                text, style = column.cell(fix)
                shown = fit(text, column.width - 1) + " "
                yield self.styled(style, shown, base, on)

    def columns(self, width: int) -> list[Column]:
        key = width, self._longest
        if self._columns[0] != key:
            self._columns = key, columns(*key)
        return self._columns[1]

    def rows_changed(self, ids: Collection[str] | None = None) -> None:
        """The longest id may be another, also of a row that a filter hides."""
        every = self.view.things.values()
        self._longest = max((len(clean(fix.row.cve, CVE_MAX)) for fix in every), default=0)
        super().rows_changed(ids)


class Titles(RunLine):
    """The titles of the columns of a list."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"titles--name"}

    def __init__(self, fixes: FixList) -> None:
        super().__init__(id="titles")
        self._fixes = fixes

    def render_line(self, y: int) -> Strip:
        width = self._fixes.scrollable_content_region.width
        texts = [fit(c.title, c.width - 1) + " " for c in self._fixes.columns(width)]
        style = self.get_component_rich_style("titles--name")
        return Strip([Segment("".join(texts), style)]).adjust_cell_length(self.size.width, style)


class HeadView(Widget):
    """What stands above the rows: the stacked bar, and notes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--title", "detail--dim", "detail--mark", "detail--warning", "severity--critical",
        "severity--high", "severity--medium", "severity--low", "severity--unknown",
    }  # fmt: skip
    STYLES: ClassVar[dict[str, str]] = {
        "dim": "detail--dim",
        "warning": "detail--mark",
        "grave": "detail--warning",
    }

    def __init__(self) -> None:
        super().__init__(id="head")
        self._head: Head | None = None
        self._instead = "Reading …"

    def show(self, head: Head | None) -> None:
        """Show a head; None: there is none."""
        self._instead = ""
        self._head = head
        self._fit()
        self.refresh()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        self.styles.height = max(1, len(self._lines(self.size.width)))

    def _lines(self, width: int) -> list[list[Run]]:
        head = self._head
        if head is None:
            return [[(self._instead, "detail--dim")]]
        total = f"{head.total} fix{'' if head.total == 1 else 'es'}  "
        bar = stack(head.bar, min(width - len(total) - 2, BAR_MAX))
        lines: list[list[Run]] = [
            [(total, "detail--title"), *((text, f"severity--{name}") for text, name in bar)]
        ]
        notes = list(head.notes)
        if self.screen.size.height <= LOW and len(notes) > NOTES:
            notes = [*notes[: NOTES - 1], (f"{len(notes) - NOTES + 1} more notes: i", "dim")]
        return [*lines, *([(text, self.STYLES.get(style, ""))] for text, style in notes)]

    def render_line(self, y: int) -> Strip:
        base, left = self.rich_style, self.size.width - 1
        lines = self._lines(self.size.width)
        segments = [Segment(" ", base)]
        for text, name in lines[y] if y < len(lines) else ():
            text = cut(text, left)
            left -= cell_len(text)
            segments.append(Segment(text, self.get_component_rich_style(name) if name else base))
        return Strip(segments).adjust_cell_length(self.size.width, base)


class BulletinScreen(BaseScreen):
    """A bulletin. Its rows show at once; what others say of them fills in as it is read."""

    BINDINGS: ClassVar[list[BindingType]] = common_bindings(
        "filter", "sort", "about", "chart", "next_unread", "previous_unread"
    )
    HINTS = ("open", "filter", "chart", "about", "sort", "browse", "back", "help")

    def __init__(self, bulletin: str) -> None:
        super().__init__()
        self.crumb = "Bulletin"
        self.id_ = bulletin
        self.bulletin: Bulletin | None = None
        self.view = fixes_shown()
        self.head = HeadView()
        self.fixes = FixList(self.view)
        self.status = StatusLine(self._facts)
        self._sort = FixSort.SEVERITY
        self._known: dict[str, Facts] = {}

    @property
    def listing(self) -> FixList:
        return self.fixes

    def compose(self) -> "ComposeResult":
        yield Crumbs()
        yield self.head
        yield Titles(self.fixes)
        yield self.fixes
        yield self.status

    def on_mount(self) -> None:
        self.fixes.say_when_empty("Reading …")
        self.set_focus(self.fixes)
        self._load()

    def library_changed(self) -> None:
        self._load()

    @work(exclusive=True, group="facts", exit_on_error=False)
    async def _load(self) -> None:
        library, name = self.app.library, self.id_
        bulletin = await self.app.attempt(lambda: library.bulletin(name)) if library else None
        if bulletin is None:
            self.fixes.say_when_empty("This bulletin is not stored")
            self.head.show(None)
            return
        assert library is not None
        self._show(bulletin)
        seen = [fix.row.cve for fix in self.view.shown()]  # these first
        cves = list(dict.fromkeys([*seen, *(row.cve for row in bulletin.rows)]))
        self._take(
            await self.app.attempt(
                lambda: joined(cves, library.exploited, library.likelihoods(cves), self._known)
            )
        )
        size = max(AT_ONCE, len(cves) // STEPS)
        for start in range(0, len(cves), size):
            some = cves[start : start + size]
            records = await self.app.attempt(lambda: library.records(some))  # noqa: B023
            if records is not None:
                known = self._known
                self._take({c: facts_of(records.get(c, ()), known[c]) for c in some if c in known})

    def _show(self, bulletin: "Bulletin") -> None:
        self.bulletin = bulletin
        self.crumb = f"{name_of(bulletin.vendor, bulletin.line)} {bulletin.month}"
        self.query_one(Crumbs).refresh()
        self.head.show(make_head(bulletin, self.app.tz))
        self._fill()

    def _take(self, facts: dict[str, Facts] | None) -> None:
        """Show more of what is known of the rows."""
        self._known |= facts or {}
        self._fill()

    def _fill(self) -> None:
        if self.bulletin is not None:
            self.view.show(fixes_of(self.bulletin, self._known))
            self._rows_changed()

    def _rows_changed(self) -> None:
        nothing = f"Nothing matches {self.view.filter}\nEsc clears the filter"
        self.fixes.say_when_empty(nothing if self.view.query else "The bulletin lists no fix")
        self.fixes.rows_changed()
        self.query_one(Titles).refresh()
        if self.bar is not None:
            self.bar.tell(self.view)
        self.status.refresh()

    def _facts(self) -> StatusFacts:
        view = self.view
        found = f"{len(view.rows)} of {len(view.order)}"
        note = f"/{clean(view.filter, 40)}  {found}" if view.filter and not self.typing else ""
        return plain_facts(self.app, self.HINTS)._replace(filter=note, counts=str(self._sort))

    # What the keys do

    def action_open(self) -> None:
        fix = self.view.at(self.fixes.cursor)
        if self.typing:
            self.enter_bar()
        elif fix is not None:
            self.open_cve(fix.row.cve)

    def on_row_list_opened(self) -> None:
        self.action_open()

    def action_about(self) -> None:
        self.open_about(self.id_)

    def action_chart(self) -> None:
        self.open_chart(self.id_)

    def action_next_unread(self) -> None:
        self.move(1)

    def action_previous_unread(self) -> None:
        self.move(-1)

    def action_sort(self) -> None:
        modes = list(FixSort)
        self._sort = modes[(modes.index(self._sort) + 1) % len(modes)]
        self.view.sort_by(SORTS[self._sort])
        self._rows_changed()

    async def action_filter(self) -> None:
        await self.open_bar(self.view)

    def narrow(self, view: "Filtered", text: str) -> None:
        view.filter_by(text)
        self._rows_changed()

    def link(self) -> Link | None:
        return make_link(self.bulletin.url) if self.bulletin else None

    def action_cancel(self) -> None:
        if self.typing:
            self.drop_filter()
        else:
            self.action_back()

    def action_back(self) -> None:
        """The filter goes first, then the screen."""
        if self.view.filter:
            self.narrow(self.view, "")
        else:
            self.dismiss()
