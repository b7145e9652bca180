"""The main screen: three lists, the story, the filter; which of them are seen, and the keys."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from monitor.models import Pane
from monitor.tui.alertpane import AlertPane
from monitor.tui.bindings import bindings
from monitor.tui.bulletins import BulletinList
from monitor.tui.detail import DetailView
from monitor.tui.entries import EntryList
from monitor.tui.footer import nothing, pane_facts, unmatched
from monitor.tui.lists import RowList
from monitor.tui.status import Facts, StatusLine, Tabs
from monitor.view import PaneView, Shown

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from monitor.view import Filtered
    from monitor.view.alerts import AlertsView

    View = PaneView | Shown[Any] | AlertsView

WIDTHS = [(0, "-narrow"), (120, "-wide"), (180, "-huge")]  # cells, class
TITLES = {Pane.HEADLINES: "Headlines", Pane.PATCHES: "Patches", Pane.ALERTS: "Alerts"}
PAINT = 0.02  # seconds in which a first screenful of matches is painted


def _breakpoint(width: int) -> str:
    """The class for a width, set from the start so that nothing is styled twice."""
    return [name for least, name in WIDTHS if least <= width][-1]


class MainScreen(AlertPane):
    """Lists and story side by side where there is room, one at a time where there is not."""

    BINDINGS: ClassVar[list[BindingType]] = bindings()
    HORIZONTAL_BREAKPOINTS = WIDTHS

    def __init__(self) -> None:
        super().__init__(classes=_breakpoint(self.app.size.width))
        self.board = board = self.app.board
        self.headlines = EntryList(board, board.panes[Pane.HEADLINES], self.app.now)
        self.bulletins = BulletinList(board.bulletins, self.app.now)
        self.lists: dict[Pane, RowList] = {
            Pane.HEADLINES: self.headlines,
            Pane.PATCHES: self.bulletins,
        }  # and the alerts, see `unfold`
        self.headlines.add_class("-active")
        self.pane = Pane.HEADLINES
        self.detail = DetailView()
        self.status = StatusLine(self._facts)
        self.tabs = Tabs(self._tabs)
        self._search_goes_on = False

    @property
    def crumb(self) -> str:
        return TITLES[self.pane]

    @property
    def listing(self) -> RowList:
        """The list that the keys go to, or went to before the story got them."""
        return self.lists[self.pane]

    @property
    def searching(self) -> bool:
        """Whether a filter has not been through all stories yet."""
        return self.headlines.view.searching

    @property
    def entries(self) -> EntryList:
        return self.headlines

    @property
    def story(self) -> str:
        """The story that the keys are about, "" where they are about something else."""
        if self.pane is Pane.ALERTS:
            return self.alert_story
        return self.headlines.story if self.pane is Pane.HEADLINES else ""

    @property
    def names_cves(self) -> bool:
        """Whether the story that the keys are about names any."""
        story = self.board.story(self.story)
        return story is not None and bool(story.cves)

    @property
    def sorting(self) -> str:
        """How the pane is sorted, "" where that is as usual."""
        sort: StrEnum = self.headlines.view.sort
        if self.pane is Pane.ALERTS:
            sort = self.desk.view.sort
        elif self.pane is Pane.PATCHES:
            sort = self.bulletins.sort
        return "" if sort is next(iter(type(sort))) else sort.value

    @property
    def side_by_side(self) -> bool:
        return not self.has_class("-narrow")

    @property
    def reading(self) -> bool:
        """Whether the keys go to the story."""
        return self.focused is self.detail

    @property
    def reads_story(self) -> bool:
        return self.reading and bool(self.story)

    def compose(self) -> "ComposeResult":
        yield self.tabs
        with Container(id="panes"):
            yield self.lists[Pane.HEADLINES]
        yield self.status

    async def unfold(self) -> None:
        """Put the other panes beside the headlines, which were painted first and stay in place."""
        from monitor.tui.alerts import AlertList

        self.alerts = AlertList(self.app.desk.view, self.app.now, self.app.tz)
        self.lists[Pane.ALERTS] = self.alerts
        await self.query_one("#panes").mount(self.bulletins, self.alerts, self.detail)
        self.retitle()

    def on_mount(self) -> None:
        self.set_focus(self.listing)
        self.retitle()

    # What the app tells

    def rows_changed(self, stories: Collection[str] | None = None) -> None:
        """These stories came, went or changed; None: all may have. Counts follow by `retitle`."""
        self.headlines.rows_changed(stories)
        self._search()

    def marks_changed(self, stories: Collection[str]) -> None:
        """Pins or read marks of these stories are others now."""
        self.headlines.repaint_rows(stories)
        self.status.refresh()
        if self.story in stories:
            self.show_story()

    def tick(self) -> None:
        """A minute went by: ages are others now."""
        for rows in self.lists.values():
            rows.repaint()
        self.status.refresh()

    def retitle(self) -> None:
        """Counts and what an empty pane says."""
        for pane, rows in self.lists.items():
            rows.entitle(self._title(pane))
            rows.say_when_empty(self._empty(pane))
        self.tabs.refresh()
        self.status.refresh()

    # Moving

    def action_left(self) -> None:
        self._turn(-1)

    def action_right(self) -> None:
        self._turn(1)

    def action_next_pane(self) -> None:
        self._turn(1, story=self.side_by_side)

    def action_previous_pane(self) -> None:
        self._turn(-1, story=self.side_by_side)

    def action_next_unread(self) -> None:
        self._to_unread(1)

    def action_previous_unread(self) -> None:
        self._to_unread(-1)

    def move(self, rows: int) -> None:
        if self.reading:
            self.detail.scroll_by(rows)
        else:
            self.listing.move_by(rows)

    @property
    def page(self) -> Widget:
        return self.detail if self.reading else self.listing

    def _turn(self, step: int, story: bool = False) -> None:
        """To the next pane round the ring; the story is part of it where it is beside the lists."""
        ring: list[Pane | None] = [*self.lists, None] if story else [*self.lists]
        here = ring.index(None) if self.reading and story else ring.index(self.pane)
        target = ring[(here + step) % len(ring)]
        if target is None:
            if self.typing:
                self.close_bar()
            self.set_focus(self.detail)
            self.show_story()
        else:
            self.activate(target)

    def _to_unread(self, step: int) -> None:
        """To the next row that is unread, or, with a filter, simply to the next that matches."""
        view, row = self.filtered, self.listing.cursor + step
        while 0 <= row < len(view.rows) and view.query is None and self._is_read(view.id_at(row)):
            row += step
        if 0 <= row < len(view.rows):
            self.listing.move_to(row)
        else:
            word = "new" if self.pane is Pane.ALERTS else "unread"
            self.app.say("No match there" if view.query else f"Nothing {word} there")

    def _is_read(self, name: str) -> bool:
        if self.pane is Pane.ALERTS:
            return self.desk.view.alerts[name].state != "new"
        return self.pane is Pane.HEADLINES and name in self.board.marks.read

    def activate(self, pane: Pane) -> None:
        """Give a list the keys; in a narrow terminal it is also the one that is seen."""
        if self.typing:
            self.close_bar()
        self.pane = pane
        for other, rows in self.lists.items():
            rows.set_class(other is pane, "-active")
        self.remove_class("-reading")
        self.set_focus(self.listing)
        self.tabs.refresh()
        self.status.refresh()
        self._follow()

    # The story

    def action_open(self) -> None:
        if self.typing:
            self.enter_bar()
        elif self.pane is Pane.PATCHES:
            self.open_selected()
        elif self.reading:
            self.action_browse()
        elif self.pane is Pane.ALERTS:
            self.open_alert()
        elif self.story:
            self.read_story()

    def read_story(self) -> None:
        """Give the story view the keys; in a narrow terminal it is also the one that is seen."""
        self.add_class("-reading")
        self.set_focus(self.detail)
        self.show_story()
        self.change("read", [self.story], True)

    # Filtering

    @property
    def filtered(self) -> "View":
        """What the pane that has the keys shows."""
        return self._view(self.pane)

    def _view(self, pane: Pane) -> "View":
        if pane is Pane.ALERTS:
            return self.desk.view
        return self.headlines.view if pane is Pane.HEADLINES else self.board.bulletins

    async def action_filter(self) -> None:
        if self.reading:
            self.activate(self.pane)
        await self.open_bar(self.filtered)

    def filter_by(self, text: str) -> None:
        """Narrow the pane that has the keys; what it doesn't understand, it says and leaves."""
        view = self.filtered
        before = view.filter
        self.narrow(view, text)
        if view.problem is not None:  # a saved query that is for another pane
            self.app.say(view.problem.message, "warning")
            self.narrow(view, before)

    def narrow(self, view: "Filtered", text: str) -> None:
        view.filter_by(text)
        for pane, rows in self.lists.items():
            if self._view(pane) is view:
                rows.rows_changed()
        self._search()
        if not self.searching:
            self.retitle()
            if self.bar is not None:
                self.bar.tell(view)

    def _search(self) -> None:
        """Go on with the search for a slice of time, and again when others had their turn.

        Painted are the first screenful and the end; in between only the search goes on.
        """
        view, more, shown = self.headlines.view, False, False
        if view.searching:
            before = view.rows
            more = view.step(self.app.now())
            if view.rows is not before or not more:
                self.headlines.rows_changed()
                shown = True
        if more and not self._search_goes_on:
            self._search_goes_on = True
            if shown:  # the screen paints only when no message waits for it
                self.set_timer(PAINT, self._go_on_searching)
            else:
                self.call_later(self._go_on_searching)
        if shown and not more:
            self.retitle()
        if shown and self.bar is not None and self.narrowed is not None:
            self.bar.tell(self.narrowed)

    def _go_on_searching(self) -> None:
        self._search_goes_on = False
        self._search()

    # What is shown where

    def _title(self, pane: Pane) -> str:
        if pane is Pane.ALERTS:
            return f"{TITLES[pane]} {self.desk.view.count()}"
        view = self._view(pane)
        total = len(view.order)
        if pane is Pane.HEADLINES and not self.board.complete:
            total = max(total, self.app.front_total)
        count = f"{len(view.rows):,} of {total:,}" if view.query else f"{total:,}"
        return f"{TITLES[pane]} {count}"

    def _tabs(self) -> Iterable[tuple[Pane, str, bool]]:
        return [(pane, self._title(pane), pane is self.pane) for pane in self.lists]

    def _empty(self, pane: Pane) -> str:
        view = self._view(pane)
        if view.query is not None:
            return "" if view.searching else unmatched(self.app, pane, view.filter)
        return nothing(self.app, pane)

    def _facts(self) -> Facts:
        return pane_facts(self.app, self.pane, self.filtered)

    # Going back

    def action_cancel(self) -> None:
        """One step back; never out of the program."""
        if self.typing:
            self.drop_filter()
        elif self.has_class("-reading") or self.reading:
            self.activate(self.pane)
        elif self.unchoose():
            pass
        elif self.filtered.filter:
            self.filter_by("")

    def action_back(self) -> None:
        if self.has_class("-reading") or self.reading or self.filtered.filter or self.board.chosen:
            self.action_cancel()
        else:
            self.app.leave()

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        if message.rows is self.listing:
            self._follow()

    def on_row_list_opened(self) -> None:
        self.action_open()

    def on_descendant_focus(self, event: object) -> None:
        """A click can move the focus too."""
        for pane, rows in self.lists.items():
            if rows is self.focused and pane is not self.pane:
                self.activate(pane)

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self.activate(message.pane)

    def on_detail_view_source_opened(self) -> None:
        self.action_browse()

    def on_detail_view_story_chosen(self, message: DetailView.StoryChosen) -> None:
        """Go to an earlier story in the headlines, if they show it."""
        self.activate(Pane.HEADLINES)
        row = self.entries.view.row_of(self.board.index(message.story))
        if row is None:
            self.app.say("The filter hides that story")
        else:
            self.entries.move_to(row)
            self.action_open()
