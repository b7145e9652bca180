"""A story over other screens, as the CVE view opens it."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from monitor.tui.base import common_bindings
from monitor.tui.crumbs import Crumbs
from monitor.tui.detail import DetailView
from monitor.tui.footer import plain_facts
from monitor.tui.reading import Reading
from monitor.tui.status import StatusLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

HINTS = ("browse", "timeline", "cves", "pin", "back", "help")


class StoryScreen(Reading):
    """One story; back leads to where it was opened."""

    BINDINGS: ClassVar[list[BindingType]] = common_bindings(
        *("next_source", "previous_source", "timeline", "cves", "pin", "toggle_read", "undo"),
        "zoom",
        *("split", "take_back"),
    )
    crumb = "Story"
    side_by_side = True

    def __init__(self, story: str) -> None:
        super().__init__()
        self.board = self.app.board
        self._shown = story
        self.detail = DetailView()
        self.status = StatusLine(lambda: plain_facts(self.app, HINTS))

    @property
    def story(self) -> str:
        return self._shown

    def compose(self) -> "ComposeResult":
        yield Crumbs()
        yield self.detail
        yield self.status

    def on_mount(self) -> None:
        self.set_focus(self.detail)
        self.show_story()
        if not self.app.read_only:
            self.change("read", [self.story], True)

    def move(self, rows: int) -> None:
        self.detail.scroll_by(rows)

    @property
    def page(self) -> Widget:
        return self.detail

    def rows_changed(self, stories: Collection[str] | None = None) -> None:
        self.app.main.rows_changed(stories)

    def marks_changed(self, stories: Collection[str]) -> None:
        self.app.main.marks_changed(stories)
        self.show_story()

    def action_zoom(self) -> None:
        self.action_back()

    def action_open(self) -> None:
        self.action_browse()

    def on_detail_view_source_opened(self) -> None:
        self.action_browse()

    def on_detail_view_story_chosen(self, message: DetailView.StoryChosen) -> None:
        self.open_story(message.story)
