"""Running the poller behind the screen: progress, what it stored, when it is due again."""

from collections.abc import Callable, Collection
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from monitor.models import Config, FeedState, PollResult

if TYPE_CHECKING:
    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent

LONGEST = 60.0  # seconds between two looks at what is due: the wall clock may jump
SHORTEST = 1.0
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


class Progress:
    """What the running polls came to so far, and which stories the screen does not know yet."""

    def __init__(self) -> None:
        self.running = 0  # polls
        self.started = 0  # feeds
        self.done = 0
        self.failed = 0
        self.last: float | None = None  # when the last poll ended
        self.advisories = False  # bulletins or facts came that the screen does not show yet
        self.source = ""  # how far a source is that takes long: "nvd 500/2,291"
        self.unreachable = False  # every feed of the last poll failed without an answer
        self.troubles: list[str] = []
        self._changed: dict[str, None] = {}
        self._answered = 0

    def begin(self) -> None:
        if not self.running:
            self.started = self.done = self.failed = self._answered = 0
        self.running += 1

    def end(self, now: float) -> None:
        self.running -= 1
        if self.done:
            self.last = now
            self.unreachable = self.failed == self.done and not self._answered

    def take(self, event: "PollEvent | SourceEvent") -> None:
        """Count an event of a poll. Those of sources come from another thread: plain flags only."""
        from monitor.models import PollStatus
        from monitor.poll import FeedDone, FeedStarted, Stored, Trouble
        from monitor.sources import AdvisoriesStored, SourceDone, SourceProgress

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
        elif isinstance(event, AdvisoriesStored):
            self.advisories = True
        elif isinstance(event, SourceProgress) and event.total > 1:
            self.source = f"{event.id} {event.done:,}/{event.total:,}"
        elif isinstance(event, SourceDone):
            self.source = ""

    def changed(self) -> list[str]:
        """The next stories for the screen to take in; empty when it has all."""
        some = list(islice(self._changed, AT_ONCE))
        for story in some:
            del self._changed[story]
        return some


def wait(due: float | None, now: float) -> float:
    """Seconds until the next look at what is due."""
    return LONGEST if due is None else max(SHORTEST, min(due - now, LONGEST))
