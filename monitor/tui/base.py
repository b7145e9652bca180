"""What all full screens share: moving, the filter bar, going back, opening what is known."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from monitor.tui.bindings import bindings
from monitor.tui.commands import COMMANDS

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp
    from monitor.tui.filterbar import FilterBar
    from monitor.tui.lists import RowList
    from monitor.tui.status import StatusLine
    from monitor.view import Filtered, Link

CHORD_TIME = 1.0  # seconds for the second key
ACTIONS = {command.action.partition("(")[0] for command in COMMANDS} | {"chord"}
END = 1_000_000_000  # rows: as far as it goes
COMMON = {
    "down", "up", "half_down", "half_up", "top", "bottom", "open", "browse", "copy", "cancel",
    "back", "leave", "help", "palette", "phone", "infected", "next_pane", "previous_pane",
}  # fmt: skip


class BaseScreen(Screen[None]):
    """A screen with one place at a time that the keys move in.

    `listing` is its list; None where it has none. A screen says what moves in `move` and what one
    step back is in `action_back`.
    """

    # What a key still does in the filter bar
    TYPING: ClassVar[set[str]] = {"cancel", "open", "next_pane", "previous_pane"}

    if TYPE_CHECKING:

        @property
        def app(self) -> MonitorApp: ...  # type: ignore[override]

    bar: "FilterBar | None" = None  # made when it is first needed
    status: "StatusLine"
    narrowed: "Filtered | None" = None  # what the filter bar is, or was last, about
    _before = ""  # its filter when the bar was opened
    _chord = float("-inf")

    @property
    def listing(self) -> "RowList | None":
        """The list that the keys go to, or went to before something beside it got them."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is being typed all other keys belong to it."""
        ours = action in ACTIONS
        return not (ours and self.typing) or action in self.TYPING

    def library_changed(self) -> None:
        """What is known of bulletins and vulnerabilities is more than it was."""

    def alerts_changed(self, ids: Collection[str] | None = None) -> None:
        """Alerts came or changed, these or perhaps all."""

    # Moving

    def move(self, rows: int) -> None:
        """Move the cursor, or scroll, by so many rows."""
        if self.listing is not None:
            self.listing.move_by(rows)

    @property
    def page(self) -> Widget:
        """The widget whose height is that of a page."""
        return self.listing or self

    def action_down(self) -> None:
        self.move(1)

    def action_up(self) -> None:
        self.move(-1)

    def action_half_down(self) -> None:
        self.move(max(1, self.page.size.height // 2))

    def action_half_up(self) -> None:
        self.move(-max(1, self.page.size.height // 2))

    def action_top(self) -> None:
        self.move(-END)

    def action_bottom(self) -> None:
        self.move(END)

    def action_chord(self) -> None:
        """The first or the second g."""
        now = self.app.monotonic()
        if now - self._chord <= CHORD_TIME:
            self._chord = float("-inf")
            self.action_top()
        else:
            self._chord = now

    # Filtering

    @property
    def typing(self) -> bool:
        """Whether a filter is being typed."""
        return self.bar is not None and self.bar.open

    async def open_bar(self, view: "Filtered") -> None:
        """Let the user type a filter for what a view shows."""
        if self.bar is None:
            from monitor.tui.filterbar import FilterBar

            self.bar = FilterBar()
            await self.mount(self.bar)
        self.narrowed, self._before = view, view.filter
        self.bar.show(view.filter)
        self.bar.tell(view)
        self.status.refresh()

    def close_bar(self, keep: bool = True) -> None:
        """The filter is typed, or given up: the keys that the bar had go to the list again."""
        if self.bar is None:
            return
        if self.bar.has_focus_within:
            self.set_focus(self.listing)
        self.bar.hide(keep)
        self.status.refresh()
        if keep:
            self._leave_wrong()
            self.bar.settle(self._leave_wrong)  # letters may be on their way

    def enter_bar(self) -> None:
        """Enter: the filter is typed, unless it isn't understood; the bar says why and stays.

        Letters that were typed before the key may be on their way, and are waited for then.
        """
        if self.bar is not None and self._wrong:
            self.bar.settle(lambda: None if self._wrong else self.close_bar())
        else:
            self.close_bar()

    @property
    def _wrong(self) -> bool:
        return self.narrowed is not None and self.narrowed.problem is not None

    def _leave_wrong(self) -> None:
        """The bar was left with a filter that isn't understood: what was before it holds."""
        if self.narrowed is not None and self.narrowed.problem and not self.typing:
            self.app.say(self.narrowed.problem.message, "warning")
            self.narrow(self.narrowed, self._before)

    def drop_filter(self) -> None:
        """The filter that is being typed is given up."""
        self.close_bar(keep=False)
        if self.narrowed is not None:
            self.narrow(self.narrowed, "")

    def on_filter_bar_typed(self, message: "FilterBar.Typed") -> None:
        """Narrow what the bar is about, which another pane may have the keys of by now."""
        if self.narrowed is not None:
            self.narrow(self.narrowed, message.text)

    def on_descendant_focus(self, event: object) -> None:
        """A click can move the focus out of the filter bar."""
        if self.typing and self.bar is not None and not self.bar.has_focus_within:
            self.close_bar()

    def narrow(self, view: "Filtered", text: str) -> None:
        """Filter what a view shows, and its list with it."""

    def action_next_pane(self) -> None:
        """There is one pane; a filter that is being typed is done."""
        if self.typing:
            self.close_bar()

    def action_previous_pane(self) -> None:
        self.action_next_pane()

    # Links

    def link(self) -> "Link | None":
        """The address that `browse` and `copy` are about."""
        return None

    def action_browse(self) -> None:
        link = self.link()
        if link is None or not link.shown:
            self.app.say("There is no link here")
        elif not link.url:
            self.app.say(f"Not opened, only http and https links are: {link.shown}", "warning")
        else:
            self.app.browse(link)

    def action_copy(self) -> None:
        link = self.link()
        if link is None or not link.shown:
            self.app.say("There is no link here")
        else:
            text = link.url or link.shown
            self.app.copy_to_clipboard(text)
            self.app.say(f"Copied {text}")

    # Opening

    def open_about(self, bulletin: str) -> None:
        from monitor.tui.pages import AboutScreen

        self.app.push_screen(AboutScreen(bulletin))

    def open_chart(self, bulletin: str) -> None:
        from monitor.tui.chart import ChartScreen

        self.app.push_screen(ChartScreen(bulletin))

    def open_bulletin(self, bulletin: str) -> None:
        from monitor.tui.bulletin import BulletinScreen

        self.app.push_screen(BulletinScreen(bulletin))

    def open_cve(self, cve: str) -> None:
        from monitor.tui.pages import CveScreen

        self.app.push_screen(CveScreen(cve))

    def open_story(self, story: str) -> None:
        from monitor.tui.story import StoryScreen

        self.app.push_screen(StoryScreen(story))

    def open_timeline(self, story: str) -> None:
        from monitor.tui.pages import TimelineScreen

        self.app.push_screen(TimelineScreen(story))

    def choose(
        self, title: str, items: list[tuple[str, str]], chosen: Callable[[int], None]
    ) -> None:
        """Let the user choose one of a few."""
        from monitor.tui.dialogs import Menu

        def answer(number: int | None) -> None:
            if number is not None:
                chosen(number)

        self.app.push_screen(Menu(title, items), answer)

    def action_phone(self) -> None:
        from monitor.tui.pages import PhoneScreen

        self.app.push_screen(PhoneScreen())

    def action_infected(self) -> None:
        from monitor.tui.pages import SupportScreen

        self.app.push_screen(SupportScreen())

    # Going back

    def action_cancel(self) -> None:
        """One step back; never out of the program."""
        self.action_back()

    def action_back(self) -> None:
        self.dismiss()

    def action_leave(self) -> None:
        self.app.leave()

    def action_palette(self) -> None:
        self.app.action_command_palette()

    def action_help(self) -> None:
        from monitor.tui.help import Help

        self.app.push_screen(Help(self.app.board.config.ui.keys))


def common_bindings(*more: str) -> list[BindingType]:
    """The bindings of a screen that has these actions beside what all have."""
    return bindings(COMMON | set(more))
