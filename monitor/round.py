"""One round of polling: the feeds, and beside them the sources of advisories."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeVar

from msgspec.structs import replace

from monitor.models import FeedState, PollResult, SourceResult
from monitor.poll import Poller
from monitor.sources import Collector

T = TypeVar("T")


class Round:
    """Polls feeds and asks sources side by side, each at its own interval.

    At its end the rules look at what time brings.

    The sources have a thread and an event loop of their own: a bulletin of 10 MB that is taken
    apart there keeps no key waiting. So what the collector tells, it tells from that thread. With
    `linger` a poll ends with its feeds, and sources that take minutes (NVD's pace) go on behind it.
    """

    def __init__(self, poller: Poller, collector: Collector, *, linger: bool = False) -> None:
        self._poller = poller
        self._collector = collector
        self._linger = linger
        self._asking: set[asyncio.Task[tuple[SourceResult, ...]]] = set()

    def next_due(self) -> float | None:
        """When the next feed or source is due, by the wall clock; None when none ever is."""
        times = (self._poller.next_due(), self._collector.next_due())
        return min((when for when in times if when is not None), default=None)

    def failing(self) -> list[FeedState]:
        """The feeds and sources whose last poll failed."""
        return [*self._poller.failing(), *self._collector.failing()]

    async def poll(
        self,
        ids: Collection[str] = (),
        all: bool = False,  # noqa: A002 - the word of the command line
    ) -> PollResult:
        """Poll those named, or all, or those that are due; never raises for one of them."""
        chosen = self._collector.choose(ids, all)
        asking = asyncio.create_task(_beside(lambda: self._collector.ask(chosen)))
        self._asking.add(asking)
        alerts = self._alerts
        asking.add_done_callback(self._asking.discard)
        try:
            result = await self._poller.poll(ids, all)
            sources = () if self._linger else await asking
            await self._poller.stand()
            longest = max((source.seconds for source in sources), default=0.0)
            return replace(
                result,
                sources=sources,
                alerts_new=self._alerts - alerts,
                seconds=max(result.seconds, longest),
            )
        except BaseException:
            asking.cancel()
            raise

    @property
    def _alerts(self) -> int:
        return self._poller.watch.count + self._collector.watch.count

    async def aclose(self) -> None:
        """End the worker process, the connections, and sources that are being asked."""
        for asking in self._asking:
            asking.cancel()
        await self._poller.aclose()


async def _beside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on an event loop in a thread; to cancel this is to cancel that."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(work())

    def run() -> T:
        try:
            return loop.run_until_complete(task)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    try:
        return await asyncio.to_thread(run)
    except asyncio.CancelledError:
        loop.call_soon_threadsafe(task.cancel)
        raise
