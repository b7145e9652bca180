"""The part of the main screen that acts on bulletins: preview, order, chart, what opens them."""

from typing import TYPE_CHECKING

from textual import work

from monitor.models import Pane
from monitor.tui.reading import Reading
from monitor.view import BulletinSort

if TYPE_CHECKING:
    from monitor.tui.bulletins import BulletinList
    from monitor.view import Link


class Patching(Reading):
    """The pane of bulletins; the story view beside it shows the head of the selected one."""

    bulletins: "BulletinList"
    pane: Pane

    def show_story(self) -> None:
        """What is under the cursor: a story, or what is known of a bulletin as a whole."""
        if self.pane is not Pane.PATCHES:
            super().show_story()
        elif self.side_by_side:
            self._preview_bulletin(self.bulletins.selected)

    @work(exclusive=True, group="texts", exit_on_error=False)
    async def _preview_bulletin(self, name: str) -> None:
        from monitor.view.fixes import overview

        library = self.app.library
        bulletin = None
        if library is not None and name:
            bulletin = await self.app.in_thread(lambda: library.bulletin(name))
        if self.pane is Pane.PATCHES and name == self.bulletins.selected:
            known = self.bulletins.summary
            page = overview(bulletin, self.app.tz, known) if bulletin else None
            self.detail.show(None, page, "Bulletin")

    def open_selected(self) -> None:
        """Open the bulletin under the cursor."""
        if self.bulletins.selected:
            self.bulletins.move_by(0)  # so that it is still selected when the filter goes
            self.open_bulletin(self.bulletins.selected)

    def library_changed(self) -> None:
        super().library_changed()
        self.bulletins.rows_changed()
        self.retitle()

    def link(self) -> "Link | None":
        if self.pane is not Pane.PATCHES:
            return super().link()
        from monitor.view import make_link

        summary = self.bulletins.summary
        return make_link(summary.url) if summary else None

    def action_refresh(self) -> None:
        """Poll the feeds of the story, or the sources of the vendor whose bulletin it is."""
        if self.pane is not Pane.PATCHES:
            super().action_refresh()
            return
        vendor = self.bulletins.summary.vendor if self.bulletins.summary else ""
        sources = [one.id for one in self.app.board.config.sources if one.kind == vendor]
        if sources:
            self.app.polls.ask(tuple(sources))

    def action_sort(self) -> None:
        if self.pane is not Pane.PATCHES:
            super().action_sort()
            return
        modes = list(BulletinSort)
        sort = self.bulletins.sort = modes[(modes.index(self.bulletins.sort) + 1) % len(modes)]
        self.bulletins.rows_changed()
        self.app.say(f"Sorted: {sort}")
        self.status.refresh()

    def action_mark_all(self) -> None:
        if self.pane is not Pane.PATCHES:
            super().action_mark_all()
        else:
            self._story()

    def action_about(self) -> None:
        if name := self._bulletin():
            self.open_about(name)

    def action_chart(self) -> None:
        if name := self._bulletin():
            self.open_chart(name)

    def _bulletin(self) -> str:
        """The selected bulletin; without one the user is told."""
        name = self.bulletins.selected if self.pane is Pane.PATCHES else ""
        if not name:
            self.app.say("Select a bulletin in Patches first")
        return name
