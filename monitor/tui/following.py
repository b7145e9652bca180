"""A screen that may not write: it shows what the writer saves, and takes its place when that ends.

Not for the first frame, nor for a screen that writes.
"""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from monitor.text import clean
from monitor.tui.polling import AT_ONCE

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp

EVERY = 3.0  # seconds between two looks: at the lock, then at the files' dates
TAKEN = "The other monitor has ended; this one saves and polls from now on"


class Following:
    """Follows the writer of the store, until this screen is the writer."""

    def __init__(self, app: "MonitorApp") -> None:
        self._app = app
        self._busy = asyncio.Lock()
        self._timer = app.set_interval(EVERY, self._begin)

    def _begin(self) -> None:
        self._app.run_worker(self.look(), group="follow", exit_on_error=False)

    async def look(self) -> None:
        """Become the writer, or show what the writer has saved since the last look."""
        if not self._busy.locked() and not await self.take_over():
            async with self._busy:
                changed = await self._app.attempt(self._app.store.catch_up)
                await self._show(changed or ())

    async def take_over(self) -> bool:
        """Try to become the writer; whether this screen is."""
        from monitor.store import StoreError

        app = self._app
        async with self._busy:
            if app.store.writable:
                return True
            try:
                changed = await app.in_thread(app.store.lock)
            except StoreError as error:
                app.read_only = clean(str(error))
                return False
            app.read_only = ""
            self._timer.stop()
            await self._show(changed)
        app.say(TAKEN)
        app.run_worker(app.polls.begin(), group="poll", exit_on_error=False)
        return True

    async def _show(self, changed: Collection[str]) -> None:
        """Take changed stories in, a few at a time; what else there is has its own ways."""
        stories = list(changed)
        for start in range(0, len(stories), AT_ONCE):
            self._app.take_in(stories[start : start + AT_ONCE])
            await asyncio.sleep(0)
        self._app.follow_rest()
