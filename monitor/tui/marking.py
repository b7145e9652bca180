"""The part of the main screen that acts on stories: marks, links, queries, feeds, program."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from monitor.tui.base import BaseScreen
from monitor.tui.commands import UNDONE
from monitor.view import Change, Correction, Sort
from monitor.view.marks import Mark

if TYPE_CHECKING:
    from monitor.store import Edited
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
        def show_story(self) -> None: ...

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
            self.app.saving.save(change)
            self.marked(change)

    def _refused(self) -> bool:
        if self.app.read_only:
            self.app.refused("Marks cannot be kept")
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
            self.app.say("That is for stories; select one first")
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

        self.app.push_screen(Confirm(f"Mark {many} read?", self.app.keyed(UNDONE)), answer)

    def action_undo(self) -> None:
        if self._refused():
            return
        change = self.board.marks.undo()
        if change is None:
            self.app.say("Nothing to undo")
            return
        if isinstance(change, Correction):
            self._take_back(change.edits, change.says)
            return
        if not isinstance(change, Change):
            self.app.desk.undo(change)
            return
        self.app.saving.save(change)
        self.marked(change)
        word = {"pin": ("unpinned", "pinned"), "read": ("unread", "read")}[change.mark][change.on]
        many = f"{len(change.stories):,} stories" if len(change.stories) > 1 else "one story"
        self.app.say(f"Undone: {many} {word} again")

    # Splits and merges

    def action_choose_row(self) -> None:
        if story := self._story():
            if story in self.board.chosen:
                del self.board.chosen[story]
            else:
                self.board.chosen[story] = None
            self.marks_changed([story])

    def unchoose(self) -> bool:
        """Let go of the stories that were chosen; whether there were any."""
        chosen = list(self.board.chosen)
        self.board.chosen.clear()
        if chosen:
            self.marks_changed(chosen)
        return bool(chosen)

    def action_merge(self) -> None:
        """Put the chosen stories into the one under the cursor."""
        story = self._story()
        others = [other for other in self.board.chosen if other != story]
        if not story or self._refused():
            return
        if not others:
            how = "Choose stories with {choose_row}; {merge} merges them into the one you are at"
            self.app.say(self.app.keyed(how))
        elif len(others) == 1:
            self._merge([story, *others])
        else:
            from monitor.tui.dialogs import Confirm

            def answer(yes: bool | None) -> None:
                if yes:
                    self._merge([story, *others])

            question = f"Merge {len(others) + 1} stories into one?"
            self.app.push_screen(Confirm(question, self.app.keyed(UNDONE)), answer)

    def _merge(self, stories: list[str]) -> None:
        def done(edited: "Edited") -> None:
            self.unchoose()
            self._corrected(edited, f"Merged {len(stories)} stories", "the stories are apart")

        self.app.saving.correct(lambda: self.app.store.merge(stories), done)

    def action_split(self) -> None:
        """Make the selected source a story of its own."""
        shown = self.detail.detail
        if not self.reads_story or shown is None or self._refused():
            if not self.reads_story:
                self.app.say(self.app.keyed("Open a story; there {split} splits off a source"))
            return
        source = shown.sources[self.detail.source]

        def done(edited: "Edited") -> None:
            if edited.edits:
                back = self.app.keyed(UNDONE)
                said = f"{source.outlet}: a story of its own; {back}"
                self._corrected(edited, said, f"{source.outlet} is back in its story")
            else:
                self.app.say("Nothing would be left of this story; its copies can be split off")

        self.app.saving.correct(lambda: self.app.store.split([source.uid]), done)

    @property
    def reads_story(self) -> bool:
        """Whether the keys go to a story that is laid out, with its sources."""
        return True

    def _corrected(self, edited: "Edited", said: str, undone: str) -> None:
        self.board.marks.remember(Correction(tuple(edit.id for edit in edited.edits), undone))
        self.app.say(said)
        self.show_story()

    def action_take_back(self) -> None:
        """Take back a split or merge of this story; a choice where there are several."""
        from monitor.view import edit_says

        story = self.board.story(self._story())
        if story is None or self._refused():
            return
        edits = self.app.store.edits_of(story.id)
        says = [edit_says(edit, story, self.app.tz) for edit in edits]
        if not edits:
            self.app.say("You have neither split nor merged this story")
        elif len(edits) == 1:
            self._take_back((edits[0].id,), says[0])
        else:
            items = [(str(edit.kind), text) for edit, text in zip(edits, says, strict=True)]
            self.choose("Take back", items, lambda n: self._take_back((edits[n].id,), says[n]))

    def _take_back(self, edits: tuple[str, ...], says: str) -> None:
        def done(edited: "Edited") -> None:
            self.board.marks.taken_back(set(edits))
            self.app.say(f"Undone: {says}")
            if self.story and self.board.story(self.story) is None:
                self.action_back()
            else:
                self.show_story()

        self.app.saving.correct(lambda: self.app.store.take_back(edits), done)

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
        self.app.say(f"Sorted: {view.sort}")
        self.status.refresh()

    # Feeds and program

    def action_refresh(self) -> None:
        story = self.board.story(self._story())
        if story is not None:
            self.app.polls.ask(tuple(dict.fromkeys(entry.feed for entry in story.entries)))

    def action_refresh_all(self) -> None:
        self.app.polls.ask((), everything=True)

    def action_next_failing(self) -> None:
        self._health(1)

    def action_previous_failing(self) -> None:
        self._health(-1)

    def _health(self, step: int) -> None:
        from monitor.tui.health import Health

        self.app.push_screen(Health(self.app.health(), self.app.now(), self.app.tz, step))

    def action_reload(self) -> None:
        self.app.reload()
