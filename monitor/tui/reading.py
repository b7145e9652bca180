"""The part of the main screen that shows a story: what is read when, how it follows the cursor."""

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from monitor.models import Story
from monitor.tui.marking import Marking
from monitor.view import (
    Detail,
    is_patch,
    make_detail,
    related_steps,
    with_figures,
    with_related,
    with_said,
    with_texts,
)
from monitor.view.figures import Figure, figures_of
from monitor.view.ledger import said_in

if TYPE_CHECKING:
    from monitor.view.page import Page

PREVIEW = 0.12  # seconds that the cursor rests before the story beside the list follows it
REST = 0.3  # seconds more before earlier stories are looked for
PAUSE = 0.002  # seconds between two slices of that


class Reading(Marking):
    """The story beside the list, or in its place."""

    _preview: Timer | None = None

    if TYPE_CHECKING:

        @property
        def side_by_side(self) -> bool: ...

    def action_next_source(self) -> None:
        self.detail.select(1)

    def action_previous_source(self) -> None:
        self.detail.select(-1)

    def action_zoom(self) -> None:
        """The story alone on the screen, with all the room there is."""
        if story := self._story():
            self.open_story(story)

    def above(self) -> "Page | None":
        """What is shown above the story."""
        return None

    def show_story(self) -> None:
        """Show the story under the cursor, if the story is seen at all; texts come later."""
        self.status.refresh()  # what can be done with it
        if not (self.side_by_side or self.has_class("-reading")):
            return
        story = self.board.story(self.story)
        if story is None:
            self.detail.show(None, self.above())
            return
        detail = make_detail(
            story,
            kinds=self.board.kinds,
            pinned=story.id in self.board.pinned,
            unread=story.id not in self.board.read,
            alerts=self.app.alerts_of(story),
            edits=self.app.store.edits_of(story.id),
            tz=self.app.tz,
        )
        detail = with_said(detail, said_in(story, self.board.kinds, self.app.tz))
        shown = self.detail.detail
        if shown is not None and shown.story == story.id and shown.text is not None:
            detail = detail._replace(text=shown.text, links=shown.links, related=shown.related)
            detail = with_figures(detail, shown.figures)
        self.detail.show(detail, self.above())
        if detail.text is None:
            self._read_texts()

    @work(exclusive=True, group="texts", exit_on_error=False)
    async def _read_texts(self) -> None:
        """Read the lead's text in a thread; look for earlier stories once the cursor rests."""
        detail = self.detail.detail
        story = self.board.story(detail.story) if detail else None
        if detail is None or story is None:
            return
        body = await self.app.in_thread(lambda: self.app.store.body(story.lead.uid))
        self._show_more(with_texts(detail, body))
        await self._compare_figures(story)
        await asyncio.sleep(REST)
        steps = related_steps(story, self.board.stories, self.board.hays)
        for found in steps:
            await self.app.turns.rest(PAUSE)
            if found is not None and self.detail.detail is not None:
                self._show_more(with_related(self.detail.detail, found, self.app.tz))

    def library_changed(self) -> None:
        """Bulletins came: what the shown story says of one is held against it again."""
        super().library_changed()
        detail = self.detail.detail
        story = self.board.story(detail.story) if detail else None
        if story is not None:
            self._compare_again(story)

    @work(exclusive=True, group="figures", exit_on_error=False)
    async def _compare_again(self, story: Story) -> None:
        await self._compare_figures(story)

    async def _compare_figures(self, story: Story) -> None:
        """Hold the counts that a story on patches states against the bulletins."""
        library, store = self.app.library, self.app.store
        if library is None or not is_patch(story):
            return

        def compare() -> tuple[Figure, ...]:
            bodies = {entry.uid: store.body(entry.uid) for entry in story.entries}
            return figures_of(story, bodies, library.bulletins)

        figures = await self.app.in_thread(compare)
        detail = self.detail.detail
        if figures and detail is not None and detail.story == story.id:
            self._show_more(with_figures(detail, figures))

    def _show_more(self, detail: Detail) -> None:
        if self.detail.detail is not None and self.detail.detail.story == detail.story:
            self.detail.show(detail, self.detail.page)

    def _follow(self) -> None:
        """The story beside the list follows the cursor once it rests."""
        if self._preview is not None:
            self._preview.stop()
        self._preview = self.set_timer(PREVIEW, self.show_story)
