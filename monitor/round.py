"""One round of polling: the feeds, and beside them the sources of advisories."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.beside import beside
from monitor.models import FeedState, PollResult, SourceResult
from monitor.poll import Poller
from monitor.sources import Collector

if TYPE_CHECKING:
    from monitor.notify.dispatch import Dispatcher
    from monitor.notify.queue import TargetHealth


class Round:
    """Polls feeds and asks sources side by side, each at its own interval.

    At its end the rules look at what time brings.

    The sources have a thread and an event loop of their own: a bulletin of 10 MB that is taken
    apart there keeps no key waiting. So what the collector tells, it tells from that thread. With
    `linger` a poll ends with its feeds, and sources that take minutes (NVD's pace) go on behind it;
    without, they have `patience` seconds, and go on where they stopped with the next poll.
    A `dispatcher` starts with the first poll and sends what each of them fires.
    """

    def __init__(
        self,
        poller: Poller,
        collector: Collector,
        *,
        linger: bool = False,
        patience: float | None = None,
        dispatcher: "Dispatcher | None" = None,
    ) -> None:
        self._poller = poller
        self._collector = collector
        self._linger = linger
        self._patience = patience
        self._dispatcher = dispatcher
        self._asking: set[asyncio.Task[tuple[SourceResult, ...]]] = set()

    def next_due(self) -> float | None:
        """When the next feed or source is due, by the wall clock; None when none ever is."""
        if self._dispatcher is not None and not self._dispatcher.started:
            return 0.0
        times = (self._poller.next_due(), self._collector.next_due())
        return min((when for when in times if when is not None), default=None)

    def failing(self) -> list[FeedState]:
        """The feeds and sources whose last poll failed."""
        return [*self._poller.failing(), *self._collector.failing()]

    def targets(self) -> "list[TargetHealth]":
        """How those do to whom alerts are sent."""
        return self._dispatcher.health() if self._dispatcher is not None else []

    async def poll(
        self,
        ids: Collection[str] = (),
        all: bool = False,  # noqa: A002 - the word of the command line
    ) -> PollResult:
        """Poll those named, or all, or those that are due; never raises for one of them."""
        if self._dispatcher is not None:
            self._dispatcher.start()
        chosen = self._collector.choose(ids, all)
        asking = asyncio.create_task(beside(lambda: self._collector.ask(chosen, self._patience)))
        self._asking.add(asking)
        alerts = self._alerts
        asking.add_done_callback(self._asked)
        try:
            result = await self._poller.poll(ids, all)
            self._kick()
            sources = () if self._linger else await asking
            await self._poller.stand()
            self._kick()
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

    def _asked(self, asking: "asyncio.Task[tuple[SourceResult, ...]]") -> None:
        self._asking.discard(asking)
        self._kick()

    def _kick(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.kick()

    @property
    def _alerts(self) -> int:
        return self._poller.watch.count + self._collector.watch.count

    async def aclose(self) -> None:
        """End the worker process, the connections, and sources that are being asked."""
        if self._dispatcher is not None:
            await self._dispatcher.aclose()
        for asking in self._asking:
            asking.cancel()
        await self._poller.aclose()
