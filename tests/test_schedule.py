"""When a feed is polled next: tables for the rules, properties for the bounds, simulated clocks."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Feed, FeedState, Validators
from monitor.schedule import DAY, SHORTEST, Outcome, address, after, current, due

NOW = 1_800_000_000.0
HOUR = 3600.0
URL = "https://feed.example/rss"
FEED = Feed("f", URL, "A feed", interval=HOUR)
NEW = FeedState("f")
GOOD = Outcome(
    status=200, validators=Validators('"v1"', "Tue, 05 Aug 2025 10:00:00 GMT"), entries=9
)
SAME = Outcome(status=304)
DOWN = Outcome(error="no answer within 20 s")
MOVED = Outcome(status=200, moved_to="https://new.example/rss")


def polled(*outcomes: Outcome, feed: Feed = FEED, state: FeedState = NEW) -> FeedState:
    """The state after these polls, an hour apart, the last of them at NOW."""
    for index, outcome in enumerate(outcomes):
        state = after(state, feed, outcome, NOW - HOUR * (len(outcomes) - 1 - index))
    return state


# -- success --------------------------------------------------------------------------------------
def test_a_success_is_written_down() -> None:
    state = polled(DOWN, replace_outcome(GOOD, warning="not well-formed"))
    assert (state.last_poll, state.last_success, state.last_change) == (NOW, NOW, NOW)
    assert (state.http, state.error, state.failures) == (200, "", 0)
    assert (state.warning, state.entries, state.polls) == ("not well-formed", 9, 2)
    assert state.validators == GOOD.validators


def test_an_unchanged_feed_keeps_what_is_known_of_its_document() -> None:
    state = polled(replace_outcome(GOOD, warning="not well-formed"), SAME)
    assert (state.last_success, state.last_change) == (NOW, NOW - HOUR)
    assert (state.http, state.unchanged, state.polls) == (304, 1, 2)
    assert (state.warning, state.entries) == ("not well-formed", 9)


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (Outcome(status=200), Validators()),
        (Outcome(status=200, validators=Validators('"v2"')), Validators('"v2"')),
        (SAME, GOOD.validators),
        (
            Outcome(status=304, validators=Validators('"v2"')),
            Validators('"v2"', GOOD.validators.last_modified),
        ),
        (Outcome(status=304, validators=Validators('"v2"', "now")), Validators('"v2"', "now")),
        (Outcome(status=500, error="HTTP 500", validators=Validators('"v2"')), GOOD.validators),
        (Outcome(status=200, error="not a feed", validators=Validators('"v2"')), GOOD.validators),
    ],
)
def test_validators_are_kept_as_a_pair_after_every_200_and_304(
    outcome: Outcome, kept: Validators
) -> None:
    assert polled(GOOD, outcome).validators == kept


@pytest.mark.parametrize(
    ("interval", "hints", "wait", "why"),
    [
        (HOUR, {}, HOUR, "interval"),
        (1.0, {}, SHORTEST, "interval"),
        (HOUR, {"ttl": 1800.0}, HOUR, "interval"),
        (HOUR, {"ttl": 7200.0}, 7200.0, "ttl 7200 s"),
        (HOUR, {"max_age": 7200.0, "ttl": 5400.0}, 7200.0, "max-age 7200 s"),
        (HOUR, {"ttl": math.inf}, DAY, "ttl 86400 s"),
        (HOUR, {"max_age": 1e18}, DAY, "max-age 86400 s"),
        (HOUR, {"ttl": math.nan, "max_age": -5.0}, HOUR, "interval"),
        (7 * DAY, {"ttl": math.inf}, 7 * DAY, "interval"),
        (HOUR, {"retry_after": 7200.0}, HOUR, "interval"),
    ],
)
def test_the_next_poll_after_a_success(
    interval: float, hints: dict[str, Any], wait: float, why: str
) -> None:
    state = polled(Outcome(status=200, **hints), feed=replace(FEED, interval=interval))
    assert (state.next_poll, state.next_why) == (NOW + wait, why)


# -- failure --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "outcome",
    [
        DOWN,
        Outcome(error="name not found: feed.example"),
        Outcome(status=403, error="HTTP 403 Forbidden"),
        Outcome(status=404, error="HTTP 404 Not Found"),
        Outcome(status=500, error="HTTP 500 Internal Server Error"),
        Outcome(status=200, error="not a feed"),
        Outcome(status=304, error="HTTP 304 Not Modified, though nothing was known of the feed"),
    ],
)
def test_every_kind_of_failure_backs_off(outcome: Outcome) -> None:
    waits = []
    for failures in range(1, 8):
        state = polled(GOOD, *[outcome] * failures)
        assert state.next_poll is not None
        waits.append((state.next_poll - NOW) / HOUR)
        assert (state.failures, state.error) == (failures, outcome.error)
        assert (state.last_success, state.http) == (NOW - failures * HOUR, outcome.status)
    assert waits == [1, 2, 4, 8, 16, 24, 24]
    assert state.next_why == "back-off after 7 failures"
    assert polled(outcome).next_why == "back-off after 1 failure"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("seconds", "wait", "why"),
    [
        (7200.0, 7200.0, "Retry-After 7200 s"),
        (1e18, DAY, "Retry-After 86400 s"),
        (0.0, HOUR, "back-off after 1 failure"),
        (30.0, HOUR, "back-off after 1 failure"),
        (None, HOUR, "back-off after 1 failure"),
    ],
)
def test_retry_after_is_kept_within_the_interval_and_a_day(
    status: int, seconds: float | None, wait: float, why: str
) -> None:
    state = polled(Outcome(status=status, error="HTTP", retry_after=seconds))
    assert (state.next_poll, state.next_why) == (NOW + wait, why)


def test_a_feed_that_is_gone_is_not_polled_until_the_user_asks() -> None:
    gone = polled(GOOD, Outcome(status=410, error="HTTP 410 Gone: the feed is gone for good"))
    assert (gone.gone, gone.next_poll, gone.failures) == (True, None, 1)
    assert "gone" in gone.error
    assert not due(gone, FEED, NOW + 1000 * DAY)
    back = polled(GOOD, state=gone)
    assert (back.gone, back.error, back.next_poll) == (False, "", NOW + HOUR)
    broken = polled(DOWN, state=gone)
    assert (broken.gone, broken.next_poll) == (False, NOW + 2 * HOUR)


# -- addresses ------------------------------------------------------------------------------------
def test_a_permanent_redirect_is_learned_when_three_polls_met_it() -> None:
    assert address(polled(MOVED, MOVED), FEED) == URL
    assert polled(MOVED, MOVED).moving_seen == 2
    learned = polled(MOVED, MOVED, MOVED)
    assert address(learned, FEED) == MOVED.moved_to
    assert (learned.moving_to, learned.moving_seen) == ("", 0)


@pytest.mark.parametrize(
    "other", [GOOD, SAME, Outcome(status=200, moved_to="https://third.example/")]
)
def test_another_answer_starts_the_count_anew(other: Outcome) -> None:
    assert address(polled(MOVED, MOVED, other, MOVED, MOVED), FEED) == URL


def test_a_poll_without_an_answer_says_nothing_about_a_redirect() -> None:
    assert address(polled(MOVED, MOVED, DOWN, MOVED), FEED) == MOVED.moved_to


def test_a_learned_address_that_fails_three_times_is_given_up() -> None:
    learned = polled(MOVED, MOVED, MOVED)
    assert address(polled(DOWN, DOWN, state=learned), FEED) == MOVED.moved_to
    given_up = polled(DOWN, DOWN, DOWN, state=learned)
    assert address(given_up, FEED) == URL
    assert given_up.validators == Validators()


def test_a_learned_address_that_is_gone_leaves_the_configured_one() -> None:
    learned = polled(MOVED, MOVED, MOVED)
    state = polled(Outcome(status=410, error="HTTP 410 Gone"), state=learned)
    assert (state.gone, address(state, FEED)) == (False, URL)
    assert state.next_poll is not None


def test_a_redirect_back_to_the_configured_address_undoes_the_learned_one() -> None:
    back = Outcome(status=200, moved_to=URL)
    assert address(polled(MOVED, MOVED, MOVED, back, back, back), FEED) == URL


def test_an_edited_address_starts_afresh() -> None:
    edited = replace(FEED, url="https://elsewhere.example/rss")
    gone = polled(GOOD, Outcome(status=410, error="HTTP 410 Gone"))
    assert due(gone, edited, NOW)
    learned = polled(MOVED, MOVED, MOVED)
    assert address(learned, edited) == edited.url
    assert current(learned, edited).validators == Validators()
    assert after(learned, edited, DOWN, NOW).validators == Validators()


def test_no_part_of_a_configured_address_is_written_down() -> None:
    secret = replace(FEED, url="https://me:hunter2@feed.example/?token=hunter3")
    assert "hunter" not in repr(polled(GOOD, DOWN, feed=secret))


# -- due ------------------------------------------------------------------------------------------
def test_a_feed_is_due_when_it_was_never_polled_or_its_time_has_come() -> None:
    state = polled(GOOD)
    assert due(NEW, FEED, NOW)
    assert not due(state, FEED, NOW)
    assert not due(state, FEED, NOW + HOUR - 1)
    assert due(state, FEED, NOW + HOUR)


def test_a_poll_in_the_future_is_put_right_at_once() -> None:
    state = polled(GOOD)
    assert not due(state, FEED, NOW - 60.0)
    assert due(state, FEED, NOW - HOUR)


def test_a_feed_whose_interval_was_shortened_does_not_wait_out_the_old_one() -> None:
    state = polled(GOOD, feed=replace(FEED, interval=7 * DAY))
    assert due(state, FEED, NOW + HOUR)


JUMPS = [sign * seconds for sign in (1, -1) for seconds in (HOUR, DAY, 10 * 365 * DAY)]


@pytest.mark.parametrize("interval", [600.0, HOUR, 2 * DAY])
@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("outcome", [GOOD, DOWN, Outcome(status=200, ttl=1e9)])
def test_a_clock_that_jumps_costs_one_poll_at_most(
    jump: float, interval: float, outcome: Outcome
) -> None:
    feed = replace(FEED, interval=interval)
    assert polls(feed, outcome, jump) <= polls(feed, outcome, 0.0) + 1
    back_and_forth = polls(feed, outcome, jump, return_after=500)
    assert back_and_forth <= polls(feed, outcome, 0.0) + 2


@pytest.mark.parametrize("interval", [600.0, HOUR, 2 * DAY])
@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_does_not_stop_the_polling(jump: float, interval: float) -> None:
    feed = replace(FEED, interval=interval)
    longest = max(interval, DAY) + HOUR
    state = after(polled(GOOD, feed=feed), feed, GOOD, NOW)
    moments = [NOW + jump + step * 60.0 for step in range(int(longest / 60.0) + 1)]
    assert any(due(state, feed, moment) for moment in moments)


def polls(feed: Feed, outcome: Outcome, jump: float, return_after: int | None = None) -> int:
    """How often a feed is polled in 1,000 looks 5 minutes apart; the clock jumps at the 100th."""
    state, count = NEW, 0
    for look in range(1000):
        jumped = look >= 100 and (return_after is None or look < return_after)
        moment = NOW + look * 300.0 + (jump if jumped else 0.0)
        if due(state, feed, moment):
            state, count = after(state, feed, outcome, moment), count + 1
    return count


# -- properties -----------------------------------------------------------------------------------
seconds = st.none() | st.floats(allow_nan=True, allow_infinity=True)
outcomes = st.builds(
    Outcome,
    status=st.none() | st.sampled_from([200, 206, 301, 304, 403, 404, 410, 429, 500, 503, 999]),
    error=st.sampled_from(["", "it failed"]),
    validators=st.builds(Validators, st.sampled_from(["", '"a"']), st.sampled_from(["", "b"])),
    retry_after=seconds,
    max_age=seconds,
    ttl=seconds,
    moved_to=st.sampled_from(["", URL, "https://new.example/"]),
    entries=st.none() | st.integers(0, 500),
)


@given(st.lists(outcomes, min_size=1), st.floats(0, 30 * DAY))
def test_the_next_poll_is_never_too_soon_nor_too_late(met: list[Outcome], interval: float) -> None:
    feed = replace(FEED, interval=interval)
    state = NEW
    for outcome in met:
        state = after(state, feed, outcome, NOW)
        if state.next_poll is None:
            assert state.gone
        else:
            wait = state.next_poll - NOW
            assert max(SHORTEST, interval) - 1e-3 <= wait <= max(DAY, interval) + 1e-3
            assert not due(state, feed, NOW)
            assert due(state, feed, state.next_poll)
    assert state.polls == len(met)
    assert address(state, feed) in (URL, "https://new.example/")


def replace_outcome(outcome: Outcome, warning: str) -> Outcome:
    return Outcome(outcome.status, validators=outcome.validators, entries=9, warning=warning)
