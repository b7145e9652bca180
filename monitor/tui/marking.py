"""The part of the main screen that acts on stories: marks, links, queries, feeds, program."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from textual.screen import Screen

from monitor.view import Change, Sort
from monitor.view.marks import Mark

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp
    from monitor.tui.detail import DetailView
    from monitor.tui.entries import EntryList
    from monitor.view import Board, Link


class Marking(Screen[None]):
    """Actions on the selected story; apart, so that the main screen is about the screen."""

    board: "Board"
    detail: "DetailView"

    if TYPE_CHECKING:

        @property
        def app(self) -> MonitorApp: ...  # type: ignore[override]
        @property
        def entries(self) -> EntryList: ...
        def filter_by(self, text: str) -> None: ...
        def rows_changed(self, stories: Collection[str] | None = None) -> None: ...
        def marks_changed(self, stories: Collection[str]) -> None: ...
        def retitle(self) -> None: ...

    # Marks

    def change(self, mark: Mark, stories: Iterable[str], on: bool) -> None:
        """Set or take a mark: seen at once, written behind the screen."""
        if self._refused():
            return
        change = self.board.marks.change(mark, stories, on)
        if change is not None:
            self.app.save(change)
            self.marked(change)

    def _refused(self) -> bool:
        if self.app.read_only:
            self.app.say(f"Marks cannot be kept: {self.app.read_only}", "warning")
        return bool(self.app.read_only)

    def marked(self, change: Change) -> None:
        """Show a change of marks that was just made."""
        self.board.marked(change)
        if change.mark == "pin" and self.board.pinned_first:
            for view in self.board.panes.values():
                view.resort()
            self.rows_changed()
        self.marks_changed(change.stories)

    def action_pin(self) -> None:
        story = self.entries.story
        if story:
            self.change("pin", [story], story not in self.board.pinned)

    def action_toggle_read(self) -> None:
        story = self.entries.story
        if story:
            self.change("read", [story], story not in self.board.read)

    def action_mark_all(self) -> None:
        from monitor.tui.dialogs import Confirm

        stories = [s for s in self.entries.view.ids() if s not in self.board.read]
        if not stories:
            self.app.say("Nothing unread here")
            return
        many = f"{len(stories):,} stories" if len(stories) > 1 else "one story"

        def answer(yes: bool | None) -> None:
            if yes:
                self.change("read", stories, True)

        self.app.push_screen(Confirm(f"Mark {many} read?", "u takes it back"), answer)

    def action_undo(self) -> None:
        if self._refused():
            return
        change = self.board.marks.undo()
        if change is None:
            self.app.say("Nothing to undo")
            return
        self.app.save(change)
        self.marked(change)
        word = {"pin": ("unpinned", "pinned"), "read": ("unread", "read")}[change.mark][change.on]
        many = f"{len(change.stories):,} stories" if len(change.stories) > 1 else "one story"
        self.app.say(f"Undone: {many} {word} again")

    # Links

    def _link(self) -> "Link | None":
        """The selected source's link, or the lead's while the story is not shown."""
        from monitor.view import make_link

        shown = self.detail.detail
        if shown is not None and shown.story == self.entries.story:
            return self.detail.link
        story = self.board.story(self.entries.story)
        return make_link(story.lead.url) if story else None

    def action_browse(self) -> None:
        link = self._link()
        if link is None or not link.shown:
            self.app.say("This story has no link")
        elif not link.url:
            self.app.say(f"Not opened, only http and https links are: {link.shown}", "warning")
        else:
            self.app.browse(link)

    def action_copy(self) -> None:
        link = self._link()
        if link is None or not link.shown:
            self.app.say("This story has no link")
        else:
            text = link.url or link.shown
            self.app.copy_to_clipboard(text)
            self.app.say(f"Copied {text}")

    # Queries and order

    def action_queries(self) -> None:
        from monitor.tui.dialogs import Menu

        queries = list(self.board.config.queries.items())
        if not queries:
            self.app.say("No saved queries; [queries] in the configuration holds them")
            return

        def chosen(number: int | None) -> None:
            if number is not None:
                self.filter_by(queries[number][1])

        self.app.push_screen(Menu("Saved queries", queries), chosen)

    def action_query(self, number: int) -> None:
        queries = list(self.board.config.queries.values())
        if number <= len(queries):
            self.filter_by(queries[number - 1])
        else:
            self.app.say(f"No saved query {number}")

    def action_sort(self) -> None:
        view = self.entries.view
        modes = list(Sort)
        view.sort_by(modes[(modes.index(view.sort) + 1) % len(modes)])
        self.rows_changed()
        words = {Sort.NEWEST: "newest first", Sort.SOURCES: "most sources first"}
        self.app.say(f"Sorted: {words.get(view.sort, 'by outlet')}")

    # Feeds and program

    def action_refresh(self) -> None:
        story = self.board.story(self.entries.story)
        if story is not None:
            self.app.poll(tuple(dict.fromkeys(entry.feed for entry in story.entries)))

    def action_refresh_all(self) -> None:
        self.app.poll((), everything=True)

    def action_next_failing(self) -> None:
        self._health(1)

    def action_previous_failing(self) -> None:
        self._health(-1)

    def _health(self, step: int) -> None:
        from monitor.tui.health import Health

        self.app.push_screen(Health(self.app.health(), self.app.now(), self.app.tz, step))

    def action_reload(self) -> None:
        self.app.reload()

    def action_palette(self) -> None:
        self.app.action_command_palette()

    def action_help(self) -> None:
        from monitor.tui.help import Help

        self.app.push_screen(Help(self.board.config.ui.keys))
