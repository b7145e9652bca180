"""Running the poller behind the screen: progress, what it stored, when it is due again."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from monitor.models import Config, FeedState, PollResult

if TYPE_CHECKING:
    from monitor.alert import Alert
    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent

LONGEST = 60.0  # seconds between two looks at what is due: the wall clock may jump
SHORTEST = 1.0
WORK, REST = 0.005, 0.012  # seconds of a poll's work, and for keys in between
PATIENCE = 0.1  # seconds that it waits for one of them
STEP = 0.002  # seconds between two looks whether that is painted
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


def wait(due: float | None, now: float) -> float:
    """Seconds until the next look at what is due."""
    return LONGEST if due is None else max(SHORTEST, min(due - now, LONGEST))
