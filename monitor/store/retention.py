"""Which entries are old: counted from when their feed was last known to hold them."""

from collections.abc import Iterable, Iterator, Mapping

from monitor.models import Entry, FeedState

DAY = 86400.0
SLACK = 3600.0  # between the clock readings of one poll, and what rounding takes


def last_seen(entry: Entry, state: FeedState | None) -> float:
    """When the entry was last in its feed, as far as is known.

    An entry that was in the document of the feed's last change is still there for as long as the
    feed answers 304, which writes nothing to the entry; `Entry.last_seen` is a day coarse.
    """
    if state is None or state.last_change is None or state.last_success is None:
        return entry.last_seen
    if entry.last_seen < state.last_change - DAY - SLACK:
        return entry.last_seen
    return max(entry.last_seen, state.last_success)


def expired(
    entries: Iterable[Entry], feeds: Mapping[str, FeedState], before: float
) -> Iterator[Entry]:
    """The entries that have not been in their feed since `before`."""
    for entry in entries:
        if entry.last_seen < before and last_seen(entry, feeds.get(entry.feed)) < before:
            yield entry
