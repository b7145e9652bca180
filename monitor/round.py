"""One round of polling: the feeds, and beside them the sources of advisories."""

import asyncio
from collections.abc import Collection

from msgspec.structs import replace

from monitor.models import FeedState, PollResult
from monitor.poll import Poller
from monitor.sources import Collector


class Round:
    """Polls feeds and asks sources side by side, each at its own interval."""

    def __init__(self, poller: Poller, collector: Collector) -> None:
        self._poller = poller
        self._collector = collector

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
        result, sources = await asyncio.gather(
            self._poller.poll(ids, all), self._collector.run(ids, all)
        )
        return replace(result, sources=sources)

    async def aclose(self) -> None:
        """End the worker process and the connections."""
        await self._poller.aclose()
        await self._collector.aclose()
