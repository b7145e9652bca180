"""What the feeds of a poll came to: the next state of each, its result, and the sum of all."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from monitor import schedule
from monitor.fetch import Answer
from monitor.models import Feed, FeedResult, FeedState, PollResult, PollStatus
from monitor.prepare import Prepared


class Arrival(Struct, frozen=True):
    """One feed's answer on its way to the consumer."""

    feed: Feed
    state: FeedState
    answer: Answer
    prepared: Prepared | None
    error: str


class Tally:
    """What a poll has come to so far."""

    def __init__(self, waiting: Iterable[FeedResult]) -> None:
        self.feeds = list(waiting)
        self._entries = 0
        self._stories: set[str] = set()

    def count(self, entries: int, begun: Collection[str], ended: Collection[str]) -> None:
        """So many new entries, the stories that they began, and those that were merged."""
        self._entries += entries
        self._stories.update(begun)
        self._stories.difference_update(ended)

    def result(self, alerts: int, seconds: float) -> PollResult:
        return PollResult(
            feeds=tuple(self.feeds),
            entries_new=self._entries,
            stories_new=len(self._stories),
            alerts_new=alerts,
            seconds=seconds,
        )


def outcome(arrival: Arrival) -> schedule.Outcome:
    """What the schedule needs to know of it."""
    answer, prepared = arrival.answer, arrival.prepared
    return schedule.Outcome(
        status=answer.status,
        error=arrival.error,
        validators=answer.validators,
        retry_after=answer.retry_after,
        max_age=answer.max_age,
        ttl=prepared.ttl if prepared else None,
        moved_to=answer.moved_to,
        warning=prepared.warning if prepared else "",
        entries=prepared.seen if prepared else None,
    )


def feed_result(arrival: Arrival, new: int) -> FeedResult:
    """What is told of a feed that brought so many new entries."""
    answer, prepared = arrival.answer, arrival.prepared
    status = PollStatus.UNCHANGED if answer.status == 304 else PollStatus.UPDATED
    return FeedResult(
        id=arrival.feed.id,
        status=PollStatus.FAILED if arrival.error else status,
        http=answer.status,
        entries=prepared.seen if prepared else 0,
        new=new,
        error=arrival.error,
        seconds=answer.seconds,
    )
