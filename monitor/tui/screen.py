"""The main screen: three lists, the story, the filter; which of them are seen, and the keys."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from monitor.models import Pane
from monitor.tui.commands import CHORD, COMMANDS, keymap
from monitor.tui.detail import DetailView
from monitor.tui.entries import EntryList
from monitor.tui.reading import Reading
from monitor.tui.status import Facts, StatusLine, Tabs

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from monitor.tui.filterbar import FilterBar

CHORD_TIME = 1.0  # seconds for the second key
UNBOUND = "f63"  # for a binding whose key the user gave away; no terminal sends it
WIDTHS = [(0, "-narrow"), (120, "-wide"), (180, "-huge")]  # cells, class
ACTIONS = {command.action.partition("(")[0] for command in COMMANDS} | {"chord"}
TITLES = {Pane.HEADLINES: "Headlines", Pane.PATCHES: "Patches", Pane.ALERTS: "Alerts"}


def bindings() -> list[BindingType]:
    """Every command of the registry. They have priority, so that keys typed ahead stay in order:
    what follows a "/" is not taken for commands by the list that still has the focus."""
    made: list[BindingType] = [
        Binding(
            ",".join(key for key in command.keys if key != CHORD),
            command.action,
            command.title,
            id=command.id,
            priority=True,
            show=False,
            tooltip=command.help,
        )
        for command in COMMANDS
    ]
    return [*made, Binding("g", "chord", "Top", id="chord", priority=True, show=False)]


def textual_keymap(mapping: dict[str, str]) -> dict[str, str]:
    """`[ui.keys]` as Textual takes it."""
    keys = keymap(mapping)
    changed = {
        name: ",".join(key for key in keys[name] if key != CHORD) or UNBOUND
        for name in mapping
        if name in keys
    }
    return changed if CHORD in keys["top"] else changed | {"chord": UNBOUND}


def _breakpoint(width: int) -> str:
    """The class for a width, set from the start so that nothing is styled twice."""
    return [name for least, name in WIDTHS if least <= width][-1]


PAINT = 0.02  # seconds in which a first screenful of matches is painted


class MainScreen(Reading):
    """Lists and story side by side where there is room, one at a time where there is not."""

    BINDINGS: ClassVar[list[BindingType]] = bindings()
    HORIZONTAL_BREAKPOINTS = WIDTHS
    TYPING: ClassVar[set[str]] = {"cancel", "open", "next_pane", "previous_pane"}

    def __init__(self) -> None:
        super().__init__(classes=_breakpoint(self.app.size.width))
        self.board = board = self.app.board
        self.lists = {
            pane: EntryList(board, view, self.app.now) for pane, view in board.panes.items()
        }
        self.lists[Pane.HEADLINES].add_class("-active")
        self.pane = Pane.HEADLINES
        self.detail = DetailView()
        self.bar: FilterBar | None = None  # made when it is first needed
        self.status = StatusLine(self._facts)
        self.tabs = Tabs(self._tabs)
        self._chord = float("-inf")
        self._search_goes_on = False

    @property
    def entries(self) -> EntryList:
        """The list that the keys go to, or went to before the story got them."""
        return self.lists[self.pane]

    @property
    def searching(self) -> bool:
        """Whether a filter has not been through all stories yet."""
        return any(view.searching for view in self.board.panes.values())

    @property
    def side_by_side(self) -> bool:
        return not self.has_class("-narrow")

    @property
    def reading(self) -> bool:
        """Whether the keys go to the story."""
        return self.focused is self.detail

    def compose(self) -> "ComposeResult":
        yield self.tabs
        with Container(id="panes"):
            yield self.lists[Pane.HEADLINES]
        yield self.status

    async def unfold(self) -> None:
        """Put the other panes beside the headlines, which were painted first and stay in place."""
        others = [entries for pane, entries in self.lists.items() if pane is not Pane.HEADLINES]
        await self.query_one("#panes").mount(*others, self.detail)
        self.retitle()

    def on_mount(self) -> None:
        self.set_focus(self.entries)
        self.retitle()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is being typed all other keys belong to it."""
        ours = action in ACTIONS
        return not (ours and self.typing) or action in self.TYPING

    # What the app tells

    def rows_changed(self, stories: Collection[str] | None = None) -> None:
        """These stories came, went or changed; None: all may have. Counts follow by `retitle`."""
        for entries in self.lists.values():
            entries.rows_changed(stories)
        self._search()

    def marks_changed(self, stories: Collection[str]) -> None:
        """Pins or read marks of these stories are others now."""
        for entries in self.lists.values():
            entries.repaint_stories(stories)
        self.status.refresh()
        if self.entries.story in stories:
            self.show_story()

    def tick(self) -> None:
        """A minute went by: ages are others now."""
        for entries in self.lists.values():
            entries.repaint()
        self.status.refresh()

    def retitle(self) -> None:
        """Counts and what an empty pane says."""
        for pane, entries in self.lists.items():
            entries.entitle(self._title(pane))
            entries.say_when_empty(self._empty(pane))
        self.tabs.refresh()
        self.status.refresh()

    # Moving

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_half_down(self) -> None:
        self._move(self._half_page())

    def action_half_up(self) -> None:
        self._move(-self._half_page())

    def action_top(self) -> None:
        self._move(-1_000_000_000)

    def action_bottom(self) -> None:
        self._move(1_000_000_000)

    def action_chord(self) -> None:
        """The first or the second g."""
        now = self.app.monotonic()
        if now - self._chord <= CHORD_TIME:
            self._chord = float("-inf")
            self.action_top()
        else:
            self._chord = now

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

    def _move(self, rows: int) -> None:
        if self.reading:
            self.detail.scroll_by(rows)
        else:
            self.entries.move_by(rows)

    def _half_page(self) -> int:
        widget = self.detail if self.reading else self.entries
        return max(1, widget.size.height // 2)

    def _turn(self, step: int, story: bool = False) -> None:
        """To the next pane round the ring; the story is part of it where it is beside the lists."""
        if self.typing:
            self._accept_filter()
        ring: list[Pane | None] = [*Pane, None] if story else [*Pane]
        here = ring.index(None) if self.reading and story else ring.index(self.pane)
        target = ring[(here + step) % len(ring)]
        if target is None:
            self.set_focus(self.detail)
            self.show_story()
        else:
            self._activate(target)

    def _to_unread(self, step: int) -> None:
        """To the next row that is unread, or, with a filter, simply to the next that matches."""
        view, row = self.entries.view, self.entries.cursor + step
        read = self.board.marks.read
        while 0 <= row < len(view.rows) and view.query is None and view.id_at(row) in read:
            row += step
        if 0 <= row < len(view.rows):
            self.entries.move_to(row)
        else:
            self.app.say("No match there" if view.query else "Nothing unread there")

    def _activate(self, pane: Pane) -> None:
        """Give a list the keys; in a narrow terminal it is also the one that is seen."""
        self.pane = pane
        for other, entries in self.lists.items():
            entries.set_class(other is pane, "-active")
        self.remove_class("-reading")
        self.set_focus(self.entries)
        self.tabs.refresh()
        self.status.refresh()
        self._follow()

    # The story

    def action_open(self) -> None:
        if self.typing:
            self._accept_filter()
        elif self.reading:
            self.action_browse()
        elif self.entries.story:
            self.add_class("-reading")
            self.set_focus(self.detail)
            self.show_story()
            self.change("read", [self.entries.story], True)

    # Filtering

    @property
    def typing(self) -> bool:
        """Whether a filter is being typed."""
        return self.bar is not None and self.bar.open

    async def action_filter(self) -> None:
        if self.reading:
            self._activate(self.pane)
        if self.bar is None:
            from monitor.tui.filterbar import FilterBar

            self.bar = FilterBar()
            await self.mount(self.bar)
        self.bar.show(self.entries.view.filter)
        self.bar.tell(self.entries.view)
        self.status.refresh()

    def filter_by(self, text: str) -> None:
        """Narrow the pane that has the keys."""
        self.entries.view.filter_by(text)
        self.entries.rows_changed()
        self._search()
        if not self.searching:
            self.retitle()
            if self.bar is not None:
                self.bar.tell(self.entries.view)

    def on_filter_bar_typed(self, message: "FilterBar.Typed") -> None:
        self.filter_by(message.text)

    def _accept_filter(self) -> None:
        self._close_bar()

    def _close_bar(self) -> None:
        if self.bar is not None:
            self.bar.hide()
        self.set_focus(self.entries)
        self.status.refresh()

    def _search(self) -> None:
        """Go on with the searches for a slice of time, and again when others had their turn.

        Painted are the first screenful and the end; in between only the search goes on.
        """
        more = shown = False
        for pane, view in self.board.panes.items():
            if view.searching:
                before = view.rows
                unfinished = view.step(self.app.now())
                if view.rows is not before or not unfinished:
                    self.lists[pane].rows_changed()
                    shown = True
                more = more or unfinished
        if more and not self._search_goes_on:
            self._search_goes_on = True
            if shown:  # the screen paints only when no message waits for it
                self.set_timer(PAINT, self._go_on_searching)
            else:
                self.call_later(self._go_on_searching)
        if shown and not more:
            self.retitle()
        if shown and self.bar is not None:
            self.bar.tell(self.entries.view)

    def _go_on_searching(self) -> None:
        self._search_goes_on = False
        self._search()

    # What is shown where

    def _title(self, pane: Pane) -> str:
        view = self.board.panes[pane]
        total = len(view.order)
        if pane is Pane.HEADLINES and not self.board.complete:
            total = max(total, self.app.front_total)
        count = f"{len(view.rows):,} of {total:,}" if view.query else f"{total:,}"
        return f"{TITLES[pane]} {count}"

    def _tabs(self) -> Iterable[tuple[Pane, str, bool]]:
        return [(pane, self._title(pane), pane is self.pane) for pane in Pane]

    def _empty(self, pane: Pane) -> str:
        view = self.board.panes[pane]
        if view.query is not None:
            return "" if view.searching else f"Nothing matches {view.filter}\nEsc clears the filter"
        return self.app.nothing(pane)

    def _facts(self) -> Facts:
        return self.app.facts(self.entries.view)

    # Going back

    def action_cancel(self) -> None:
        """One step back; never out of the program."""
        view = self.entries.view
        if self.typing:
            self._close_bar()
            self.filter_by("")
        elif self.has_class("-reading") or self.reading:
            self._activate(self.pane)
        elif view.filter:
            self.filter_by("")

    def action_back(self) -> None:
        if self.has_class("-reading") or self.reading or self.entries.view.filter:
            self.action_cancel()
        else:
            self.app.leave()

    def action_leave(self) -> None:
        self.app.leave()

    def on_entry_list_moved(self, message: EntryList.Moved) -> None:
        if message.entries is self.entries:
            self._follow()

    def on_entry_list_opened(self) -> None:
        self.action_open()

    def on_descendant_focus(self, event: object) -> None:
        """A click can move the focus too."""
        widget: Widget | None = self.focused
        if isinstance(widget, EntryList) and widget is not self.entries:
            self._activate(widget.view.pane)

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self._activate(message.pane)

    def on_detail_view_source_opened(self) -> None:
        self.action_browse()

    def on_detail_view_story_chosen(self, message: DetailView.StoryChosen) -> None:
        """Go to an earlier story in the headlines, if they show it."""
        self._activate(Pane.HEADLINES)
        row = self.entries.view.row_of(self.board.index(message.story))
        if row is None:
            self.app.say("The filter hides that story")
        else:
            self.entries.move_to(row)
            self.action_open()
