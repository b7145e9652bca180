"""When a feed is polled next, and what its polls teach about it. Pure: values in, values out.

The manners are those of the public list of feed reader behaviour (rachelbythebay.com/frb): both
validators kept after every 200 and 304, Retry-After, ttl and max-age honoured, back-off on every
kind of failure, a stop at 410, permanent redirects learned. Times are seconds; wall clock.
"""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from monitor.models import Feed, FeedState, Validators

SHORTEST = 60.0  # no feed is polled more often, whatever it or the configuration says
DAY = 86400.0  # the longest wait, but for feeds whose own interval is longer
UNKNOWN = Validators()
SLACK = 300.0  # by so much a clock may be set back without anything being late or early
TIMES_SEEN = 3  # polls in a row that must meet the same permanent redirect
TIMES_FAILED = 3  # in a row, after which a learned address is given up


class Outcome(Struct, frozen=True):
    """What one poll of a feed came to, parsing included; `error` is "" for a success."""

    status: int | None = None
    error: str = ""
    validators: Validators = UNKNOWN
    retry_after: float | None = None  # seconds from now
    max_age: float | None = None  # seconds from now
    ttl: float | None = None  # seconds, of the document
    moved_to: str = ""
    warning: str = ""
    entries: int | None = None  # in the document; None where none was read, as after a 304


def current(state: FeedState, feed: Feed) -> FeedState:
    """What is known of the feed as it is configured now.

    An address that was edited is a new feed as far as the network goes: what was learned of the
    old one (validators, a redirect, that it is gone) says nothing of it.
    """
    mark = _mark(feed.url)
    if state.address == mark:
        return state
    if not state.address:
        return replace(state, address=mark)
    return FeedState(state.id, address=mark)


def address(state: FeedState, feed: Feed) -> str:
    """The address to poll: the configured one, or where it has moved to for good."""
    return current(state, feed).moved_to or feed.url


def due(state: FeedState, feed: Feed, now: float) -> bool:
    """Whether a feed is to be polled by the wall clock `now`.

    A clock that was set back leaves polls in the future behind, and a shortened interval a next
    one beyond any wait of now: one poll puts either right.
    """
    state = current(state, feed)
    if state.gone:
        return False
    if state.last_poll is None or state.next_poll is None:
        return True
    from_the_future = state.last_poll > now + SLACK
    too_far = state.next_poll > now + _longest(feed) + SLACK
    return from_the_future or too_far or state.next_poll <= now


def after(state: FeedState, feed: Feed, outcome: Outcome, now: float) -> FeedState:
    """The state of a feed after a poll at `now`."""
    state = current(state, feed)
    state = replace(state, last_poll=now, http=outcome.status, polls=state.polls + 1)
    step = _failed if outcome.error else _succeeded
    return step(state, feed, outcome, now)


def _succeeded(state: FeedState, feed: Feed, outcome: Outcome, now: float) -> FeedState:
    delay, why = _pace(feed, outcome)
    unchanged = outcome.status == 304
    pair = _updated(state.validators, outcome.validators) if unchanged else outcome.validators
    state = replace(
        _learn(state, feed, outcome.moved_to),
        validators=pair,
        last_success=now,
        error="",
        failures=0,
        gone=False,
        next_poll=now + delay,
        next_why=why,
    )
    if unchanged:
        return replace(state, unchanged=state.unchanged + 1)
    entries = state.entries if outcome.entries is None else outcome.entries
    return replace(state, last_change=now, warning=outcome.warning, entries=entries)


def _failed(state: FeedState, feed: Feed, outcome: Outcome, now: float) -> FeedState:
    """The validators stay: a document that was bad must not come to be "unchanged"."""
    failures = state.failures + 1
    gone = outcome.status == 410
    state = replace(state, error=outcome.error, failures=failures, gone=False)
    if state.moved_to and (gone or failures >= TIMES_FAILED):
        gone = False
        state = replace(state, moved_to="", validators=UNKNOWN)
    if gone:
        return replace(state, gone=True, next_poll=None, next_why="gone, asked again only by hand")
    delay, why = _back_off(feed, outcome, failures)
    return replace(state, next_poll=now + delay, next_why=why)


def _pace(feed: Feed, outcome: Outcome) -> tuple[float, str]:
    """The wait after a success and what it comes from."""
    wishes = [(_shortest(feed), "interval")]
    for name, seconds in (("ttl", outcome.ttl), ("max-age", outcome.max_age)):
        if seconds is not None and seconds > 0:
            wishes.append((min(seconds, DAY), f"{name} {min(seconds, DAY):.0f} s"))
    return max(wishes, key=lambda wish: wish[0])


def _back_off(feed: Feed, outcome: Outcome, failures: int) -> tuple[float, str]:
    """The wait after a failure: doubled each time, and no shorter than the server asks for."""
    doubled = _shortest(feed) * 2.0 ** min(failures - 1, 20)
    delay = min(doubled, _longest(feed))
    asked = min(outcome.retry_after or 0.0, DAY)
    if outcome.status in (429, 503) and asked > delay:
        return asked, f"Retry-After {asked:.0f} s"
    return delay, f"back-off after {failures} failure{'s' if failures > 1 else ''}"


def _learn(state: FeedState, feed: Feed, target: str) -> FeedState:
    """Follow a permanent redirect for good once several polls in a row have met it."""
    if not target:
        return replace(state, moving_to="", moving_seen=0)
    seen = state.moving_seen + 1 if target == state.moving_to else 1
    if seen < TIMES_SEEN:
        return replace(state, moving_to=target, moving_seen=seen)
    learned = "" if target == feed.url else target
    return replace(state, moved_to=learned, moving_to="", moving_seen=0)


def _updated(old: Validators, new: Validators) -> Validators:
    """The stored pair after a 304, which replaces what it carries (RFC 9111, 4.3.4)."""
    return Validators(new.etag or old.etag, new.last_modified or old.last_modified)


def _shortest(feed: Feed) -> float:
    return max(feed.interval, SHORTEST)


def _longest(feed: Feed) -> float:
    return max(feed.interval, DAY)


def _mark(url: str) -> str:
    """A fingerprint of an address: the address itself may hold a password."""
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=8).hexdigest()
