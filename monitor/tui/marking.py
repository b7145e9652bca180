"""The part of the main screen that acts on stories: marks, links, queries, feeds, program."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from monitor.tui.base import BaseScreen
from monitor.view import Change, Sort
from monitor.view.marks import Mark

if TYPE_CHECKING:
    from monitor.tui.detail import DetailView
    from monitor.tui.entries import EntryList
    from monitor.view import Board, Link


class Marking(BaseScreen):
    """Actions on the selected story; apart, so that the main screen is about the screen."""

    board: "Board"
    detail: "DetailView"

    if TYPE_CHECKING:

        @property
        def entries(self) -> EntryList: ...
        def filter_by(self, text: str) -> None: ...
        def rows_changed(self, stories: Collection[str] | None = None) -> None: ...
        def marks_changed(self, stories: Collection[str]) -> None: ...
        def retitle(self) -> None: ...

    @property
    def story(self) -> str:
        """The story that the keys are about, "" where there is none."""
        return ""

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
        if story := self._story():
            self.change("pin", [story], story not in self.board.pinned)

    def action_toggle_read(self) -> None:
        if story := self._story():
            self.change("read", [story], story not in self.board.read)

    def _story(self) -> str:
        """The selected story; without one the user is told."""
        if not self.story:
            self.app.say("That is for stories; this pane holds bulletins")
        return self.story

    def action_timeline(self) -> None:
        """The story in order of time."""
        if story := self._story():
            self.open_timeline(story)

    def action_cves(self) -> None:
        """Everything known of the CVEs of the story; a choice where there are several."""
        story = self.board.story(self._story())
        if story is None:
            return
        cves = story.cves
        if not cves:
            self.app.say("This story names no CVE")
        elif len(cves) == 1:
            self.open_cve(cves[0])
        else:
            items = [(cve, "") for cve in cves]
            self.choose("CVEs of the story", items, lambda number: self.open_cve(cves[number]))

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

    def link(self) -> "Link | None":
        """The selected source's link, or the lead's while the story is not shown."""
        from monitor.view import make_link

        shown = self.detail.detail
        if shown is not None and shown.story == self.story:
            return self.detail.link
        story = self.board.story(self.story)
        return make_link(story.lead.url) if story else None

    # Queries and order

    def action_queries(self) -> None:
        queries = list(self.board.config.queries.items())
        if queries:
            self.choose("Saved queries", queries, lambda n: self.filter_by(queries[n][1]))
        else:
            self.app.say("No saved queries; [queries] in the configuration holds them")

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
        story = self.board.story(self._story())
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
