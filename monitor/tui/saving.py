"""What the user does, written behind the screen that shows it already; and the end, when it is."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from monitor.text import plural
from monitor.view import Change

if TYPE_CHECKING:
    from monitor.store import Edited, Store
    from monitor.tui.app import MonitorApp


class Saving:
    """Writes in threads, one thing after the other, in the order of the keys."""

    def __init__(self, app: "MonitorApp") -> None:
        self.turn = asyncio.Lock()  # held by who writes
        self._app = app
        self._asked = False  # whether quitting was put off, for not all could be saved

    def save(self, change: Change) -> None:
        """Write a change of marks that is already shown."""
        self._app.run_worker(self._save(change), group="marks", exit_on_error=False)

    async def _save(self, change: Change) -> None:
        from monitor.store import StoreError

        app = self._app
        try:
            async with self.turn:
                await app.in_thread(lambda: change.save(app.store))
        except StoreError as error:
            app.board.marks.settle(change, saved=False)
            app.main.marked(change.inverse())
            app.say(f"Not saved: {error}", "error")
            await app.in_thread(lambda: _take_back(change, app.store))
        else:
            app.board.marks.settle(change, saved=True)

    def correct(self, change: "Callable[[], Edited]", done: "Callable[[Edited], None]") -> None:
        """Split, merge or take that back: written in a thread, then shown."""
        self._app.run_worker(self._correct(change, done), group="marks", exit_on_error=False)

    async def _correct(
        self, change: "Callable[[], Edited]", done: "Callable[[Edited], None]"
    ) -> None:
        from monitor.store import StoreError

        app = self._app
        try:
            async with self.turn:
                edited = await app.in_thread(change)
        except StoreError as error:
            app.say(f"Not saved: {error}", "error")
            return
        entries = app.main.entries
        entries.view.cursor = entries.story  # it stays, also at the very top
        app.board.inherit(app.store, edited.edits)
        app.board.update(app.store, edited.stories, app.now())
        app.main.rows_changed(edited.stories)
        app.main.retitle()
        done(edited)

    async def everything(self) -> bool:
        """Try to write what is only in memory; whether all of it is on disk."""
        from monitor.store import StoreError

        app = self._app
        with suppress(StoreError):  # the footer says so
            await app.in_thread(app.store.flush)
        app.main.status.refresh()
        return not app.store.trouble

    async def leave(self, ask: bool) -> None:
        """End the program; where something can't be saved, and `ask`, only the second time."""
        app, store = self._app, self._app.store
        async with self.turn:
            pending = store.trouble or store.unsaved
            if pending and ask and not self._asked and not await self.everything():
                self._asked = True
                again = app.keyed("{leave} again quits and loses")
                lost = plural(store.unsaved, "entry", "entries")
                app.say(f"Not saved: {store.trouble}. {again} {lost}", "error")
            else:
                app.exit()


def _take_back(change: Change, store: "Store") -> None:
    """The store keeps a mark that it could not write, for the next time; the user saw it go."""
    from monitor.store import StoreError

    with suppress(StoreError):
        change.inverse().save(store)
