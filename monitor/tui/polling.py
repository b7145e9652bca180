"""Running the poller behind the screen: progress, what it stored, when it is due again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from monitor.models import Config, FeedState, PollResult

if TYPE_CHECKING:
    from monitor.alert import Alert
    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent
    from monitor.surge import Surge
    from monitor.tui.app import MonitorApp

LONGEST = 60.0  # seconds between two looks at what is due: the wall clock may jump
SHORTEST = 1.0
WORK, REST = 0.005, 0.012  # seconds of a poll's work, and for keys in between
PATIENCE = 0.1  # seconds that it waits for one of them
STEP = 0.002  # seconds between two looks whether that is painted
TAKE_IN = 0.05  # seconds between two looks at what a poll has stored
COUNT = 0.25  # seconds in which a poll changes the counts: painting them takes what a key takes
AT_ONCE = 50  # stored stories that the screen takes in at a time: a few milliseconds


class PollerLike(Protocol):
    """What the screen needs of a poller; `monitor.poll.Poller` is one."""

    def next_due(self) -> float | None: ...
    def failing(self) -> list[FeedState]: ...
    async def poll(
        self,
        ids: Collection[str] = (),
        all: bool = False,  # noqa: A002 - the poller's word
    ) -> PollResult: ...
    async def aclose(self) -> None: ...


PollerFactory = Callable[[Config, "Callable[[PollEvent | SourceEvent], None]"], PollerLike]


class Turns:
    """Keys come first: a poll rests as long as one is on its way to the screen."""

    def __init__(
        self,
        searching: Callable[[], bool],
        *,
        now: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._searching = searching
        self._now = now
        self._sleep = sleep
        self._pressed = False

    def key(self) -> None:
        """A key was pressed."""
        self._pressed = True

    def painted(self) -> None:
        """What it came to is on the terminal."""
        self._pressed = False

    @property
    def pressed(self) -> bool:
        """Whether a key is on its way; may be asked from any thread."""
        return self._pressed

    async def rest(self, pause: float = REST) -> None:
        """Leave the event loop to others; to a key or a search for `PATIENCE` seconds at most."""
        await self._sleep(pause)
        end = self._now() + PATIENCE
        while (self._pressed or self._searching()) and self._now() < end:
            await self._sleep(STEP)
        if self._now() >= end:
            self._pressed = False  # it came to nothing that is painted


class Progress:
    """What the running polls came to so far, and which stories the screen does not know yet."""

    def __init__(self) -> None:
        self.running = 0  # polls
        self.started = 0  # feeds
        self.done = 0
        self.failed = 0
        self.last: float | None = None  # when the last poll ended
        self.advisories = False  # bulletins or facts came that the screen does not show yet
        self.fired: list[Alert] = []  # that the screen does not show yet
        self.source = ""  # how far a source is that takes long: "nvd 500/2,291"
        self.unreachable = False  # every feed of the last poll failed without an answer
        self.troubles: list[str] = []
        self._changed: dict[str, None] = {}
        self._answered = 0

    @property
    def unanswered(self) -> bool:
        """Whether all that is done of the running poll failed without an answer."""
        return bool(self.done) and self.failed == self.done and not self._answered

    def begin(self) -> None:
        if not self.running:
            self.started = self.done = self.failed = self._answered = 0
        self.running += 1

    def end(self, now: float) -> None:
        self.running -= 1
        if self.done:
            self.last = now
            self.unreachable = self.unanswered

    def take(self, event: "PollEvent | SourceEvent") -> None:
        """Count an event of a poll. Those of sources come from another thread: plain flags only."""
        from monitor.models import PollStatus
        from monitor.poll import FeedDone, FeedStarted, Stored, Trouble
        from monitor.sources import AdvisoriesStored, SourceDone, SourceProgress
        from monitor.watch import Fired

        if isinstance(event, FeedStarted):
            self.started += 1
        elif isinstance(event, FeedDone):
            self.done += 1
            self.failed += event.result.status is PollStatus.FAILED
            self._answered += event.result.http is not None
        elif isinstance(event, Stored):
            self._changed |= dict.fromkeys(event.stories)
        elif isinstance(event, Trouble):
            self.troubles.append(event.message)
        elif isinstance(event, Fired):
            self.fired.extend(event.alerts)  # the list stays: sources tell from their thread
        elif isinstance(event, AdvisoriesStored):
            self.advisories = True
        elif isinstance(event, SourceProgress) and event.total > 1:
            self.source = f"{event.id} {event.done:,}/{event.total:,}"
        elif isinstance(event, SourceDone):
            self.source = ""

    def new_alerts(self) -> "list[Alert]":
        """The alerts that fired since this was last asked."""
        fired = list(self.fired)
        del self.fired[: len(fired)]
        return fired

    def changed(self) -> list[str]:
        """The next stories for the screen to take in; empty when it has all."""
        some = list(islice(self._changed, AT_ONCE))
        for story in some:
            del self._changed[story]
        return some


class Polls:
    """The polls behind the screen: those that are due, those that the user asks for."""

    def __init__(self, app: "MonitorApp", factory: PollerFactory | None) -> None:
        self.progress = Progress()
        self.surges: list[Surge] = []  # words that are in the news more than usual
        self._app = app
        self._factory = factory
        self._poller: PollerLike | None = None
        self._busy = asyncio.Lock()

    async def begin(self) -> None:
        """From now on poll what is due, if this is the writer."""
        await self._start()
        await self.poll(everything=self._app.demo)

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """While no poll is under way; afterwards the poller follows the configuration of then."""
        async with self._busy:
            yield
            await self.aclose()
            await self._start()

    async def aclose(self) -> None:
        if self._poller is not None:
            await self._poller.aclose()

    def next_due(self) -> float | None:
        """When something is polled next, by itself."""
        return self._poller.next_due() if self._poller else None

    def ask(self, ids: tuple[str, ...] = (), everything: bool = False) -> None:
        """Poll some feeds, or all, because the user asks for it."""
        if self._poller is None:
            self._app.refused("Nothing can be polled here")
        elif self.progress.running:
            self._app.say("A poll is under way")
        else:
            self._app.run_worker(self.poll(ids, everything), group="poll", exit_on_error=False)

    async def poll(self, ids: tuple[str, ...] = (), everything: bool = False) -> None:
        """Poll and show what comes, unless a poll is under way; then plan the next one."""
        app, poller = self._app, self._poller
        if poller is None or self._busy.locked():
            return
        async with self._busy:
            self.progress.begin()
            app.main.retitle()
            taking = app.set_interval(TAKE_IN, self._take_in)
            counting = app.set_interval(COUNT, app.main.retitle)
            try:
                await poller.poll(ids, all=everything)
            except Exception as error:  # a poll that breaks must not end the program
                app.log.error(error)
                app.say(f"The poll failed: {error}", "error")
            finally:
                taking.stop()
                counting.stop()
                self.progress.end(app.now())
            while self._take_in():
                await asyncio.sleep(0)
        await self.look_for_surges()
        app.desk.follow()  # also snoozes that ended
        app.main.retitle()
        self._plan()

    async def look_for_surges(self) -> None:
        """See which words are in the news more than usual; beside the event loop."""
        app = self._app

        def look() -> "list[Surge]":
            from monitor.surge import surges

            return surges(list(app.store.entries.values()), app.now())

        self.surges = await app.in_thread(look)
        app.main.status.refresh()

    def told(self, event: "PollEvent | SourceEvent") -> None:
        """Count what a poll tells; sources tell it from a thread of their own, and later."""
        progress, later = self.progress, self._app.call_later
        before = progress.source
        progress.take(event)
        if progress.advisories:
            progress.advisories = False
            later(self._app.follow_library)
        if progress.fired:
            later(self._take_alerts)
        if before != progress.source and not progress.source:
            later(self._app.main.status.refresh)

    async def _start(self) -> None:
        """Make the poller of the configuration, in a thread: it imports a tenth of a second."""
        factory, app = self._factory, self._app
        if factory is not None and not app.read_only:
            config = app.board.config
            self._poller = await app.in_thread(lambda: factory(config, self.told))

    def _plan(self) -> None:
        """Look again when the next feed is due."""
        if self._poller is not None:
            delay = wait(self.next_due(), self._app.now())
            self._app.set_timer(delay, self._poll_due, name="due")

    def _poll_due(self) -> None:
        due = self.next_due()
        if due is None or due > self._app.now():
            self._plan()
        elif not self._busy.locked():
            self._app.run_worker(self.poll(), group="poll", exit_on_error=False)

    def _take_in(self) -> bool:
        """Show some of what the poll has stored since the last look; whether there was any."""
        changed = self.progress.changed()
        if changed:
            self._app.take_in(changed)
        self._app.follow_library()
        while self.progress.troubles:
            self._app.say(self.progress.troubles.pop(), "error")
        return bool(changed)

    def _take_alerts(self) -> None:
        """Show and tell what fired since the last look."""
        if fired := self.progress.new_alerts():
            self._app.desk.fired(fired)


def wait(due: float | None, now: float) -> float:
    """Seconds until the next look at what is due."""
    return LONGEST if due is None else max(SHORTEST, min(due - now, LONGEST))
