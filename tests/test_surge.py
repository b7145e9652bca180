"""When a word counts as surging."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Entry
from monitor.surge import DAY, LEAST, Surge, peak, surges
from tests.storing import START, fresh

NOW = START + 40 * DAY


def entries(word: str, per_day: list[int], feed: str = "press") -> list[Entry]:
    """So many entries with a word in the last 24 hours, in those before, and so on."""
    return [
        replace(
            fresh(f"{word}{feed}{day}.{n}", when=NOW - (day + 0.5) * DAY, feed=feed).entry,
            matched=(word,),
        )
        for day, count in enumerate(per_day)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("history", "today", "surging"),
    [
        ([2, 3, 1, 2, 4, 2, 3], 14, True),
        ([2, 3, 1, 2, 4, 2, 3], 6, False),
        ([0] * 14, 6, True),
        ([0] * 14, LEAST - 1, False),
        ([40, 60, 45, 55, 50, 48, 52], 75, False),  # not twice the usual
        ([40, 60, 45, 55, 50, 48, 52], 130, True),
        ([2, 30, 2, 2, 28, 2, 2], 20, True),  # earlier peaks don't hide it
        ([5, 20, 3, 18, 6, 25, 4], 22, False),  # a word that comes and goes
        ([0, 0, 0], 50, False),  # too short a history
    ],
)
def test_a_peak_is_told_from_what_is_usual(history: list[int], today: int, surging: bool) -> None:
    assert bool(peak(history, today)) is surging


@given(st.lists(st.integers(0, 50), min_size=7), st.integers(0, 500))
def test_more_is_never_less_of_a_peak(history: list[int], today: int) -> None:
    assert peak(history, today + 1) >= peak(history, today) >= 0
    assert peak(sorted(history), today) == peak(history, today)


def test_words_that_surge_come_strongest_first() -> None:
    usual = [2] * 20
    found = surges(
        [*entries("kirin", [20, *usual]), *entries("mate", [9, *usual]), *entries("nova", usual)],
        NOW,
    )
    assert [(one.word, one.today, one.usual) for one in found] == [
        ("kirin", 20, 2.0),
        ("mate", 9, 2.0),
    ]


def test_duplicates_and_new_feeds_do_not_surge() -> None:
    old = entries("kirin", [2] * 20)
    copies = [replace(one, duplicate_of="x") for one in entries("kirin", [30], "state")]
    new = entries("mate", [30, 1, 0], "new")
    assert surges([*old, *copies, *new], NOW) == []
    assert surges([], NOW) == []


def test_topics_count_as_words() -> None:
    quiet = entries("x", [0] * 10 + [1])
    loud = [replace(one, matched=(), topics=("patches",)) for one in entries("y", [6])]
    assert surges([*quiet, *loud], NOW) == [Surge("patches", 6, 0.0, 6.0)]
