"""When something is sent: back-off, quiet hours, the hour of a digest; by the local clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert import DigestState
from monitor.config.alerts import hours
from monitor.notify.schedule import DAY, WAITS, digest_due, last_at, next_at, next_try, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def shown(when: float | None) -> str | None:
    return None if when is None else datetime.fromtimestamp(when, BERLIN).isoformat()[:16]


def test_back_off_grows_for_a_day_and_then_gives_up() -> None:
    now, tries, times = 0.0, 0, []
    while (again := next_try(tries := tries + 1, now)) is not None:
        times.append(again)
        now = again
    assert times[:3] == [30.0, 150.0, 750.0]
    assert 0.9 * DAY < times[-1] <= DAY
    assert len(times) == len(WAITS)


@pytest.mark.parametrize(
    ("after", "expected"),
    [(None, 30.0), (5.0, 30.0), (3600.0, 3600.0), (1e12, DAY), (float("inf"), DAY)],
)
def test_what_a_target_asks_for_is_honoured_within_a_day(
    after: float | None, expected: float
) -> None:
    assert next_try(1, 1000.0, after) == 1000.0 + expected


@pytest.mark.parametrize(
    ("spans", "now", "expected"),
    [
        (["22:00-07:00"], "2026-01-10T21:59:59", None),
        (["22:00-07:00"], "2026-01-10T22:00", "2026-01-11T07:00"),
        (["22:00-07:00"], "2026-01-11T00:00", "2026-01-11T07:00"),
        (["22:00-07:00"], "2026-01-11T06:59", "2026-01-11T07:00"),
        (["22:00-07:00"], "2026-01-11T07:00", None),
        (["12:00-13:00"], "2026-01-11T12:30", "2026-01-11T13:00"),
        (["12:00-13:00", "13:00-14:00"], "2026-01-11T12:30", "2026-01-11T14:00"),
        (["22:00-07:00", "06:00-08:00"], "2026-01-10T23:00", "2026-01-11T08:00"),
        ([], "2026-01-11T12:30", None),
        # The night in which the clocks go forward, and the one in which they go back.
        (["22:00-07:00"], "2026-03-28T23:00", "2026-03-29T07:00"),
        (["22:00-07:00"], "2026-10-24T23:00", "2026-10-25T07:00"),
        (["02:00-03:00"], "2026-10-25T01:30", None),
    ],
)
def test_quiet_hours(spans: list[str], now: str, expected: str | None) -> None:
    assert shown(quiet_until(hours(spans), at(now), BERLIN)) == expected


clock = st.integers(0, 24 * 60 - 1)


@settings(deadline=None)
@given(st.lists(st.tuples(clock, clock), max_size=3), st.floats(1.7e9, 1.8e9))
def test_quiet_hours_end_outside_of_them(spans: list[tuple[int, int]], now: float) -> None:
    parsed = hours([f"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for a, b in spans])
    end = quiet_until(parsed, now, BERLIN)
    if end is not None:
        assert now < end <= now + 2 * DAY + 3600
        if end - now < DAY - 3600:
            assert quiet_until(parsed, end, BERLIN) is None


def test_the_last_and_the_next_time_of_an_hour() -> None:
    now = at("2026-03-29T07:30")
    assert shown(last_at("08:00", now, BERLIN)) == "2026-03-28T08:00"
    assert shown(next_at("08:00", now, BERLIN)) == "2026-03-29T08:00"
    eight = at("2026-03-29T08:00")
    assert last_at("08:00", eight, BERLIN) == eight
    assert shown(next_at("08:00", eight, BERLIN)) == "2026-03-30T08:00"


def test_a_digest_is_due_once_a_day_and_one_makes_up_for_those_that_were_missed() -> None:
    def due(last: str, now: str) -> str | None:
        state = DigestState("x", at(last))
        return shown(digest_due("08:00", state, at(now), BERLIN))

    assert due("2026-01-10T08:01", "2026-01-10T20:00") == "2026-01-11T08:00"
    assert due("2026-01-10T08:01", "2026-01-11T08:00") == "2026-01-11T08:00"
    assert due("2026-01-10T08:01", "2026-01-14T12:00") == "2026-01-14T08:00"
    assert due("2026-01-14T12:00", "2026-01-14T12:00") == "2026-01-15T08:00"


def test_a_first_digest_begins_now_and_a_failed_one_is_tried_again_when_it_says() -> None:
    assert digest_due("08:00", None, 5.0, BERLIN) == 5.0
    assert digest_due("08:00", DigestState("x", 0.0, 1, 77.0), 5.0, BERLIN) == 77.0
