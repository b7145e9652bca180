"""Topics and watch words that are in the news far more often than their own history says.

A robust peak test: the last 24 hours against the median of the days before, in units of their
median absolute deviation (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

from monitor.models import Entry

DAY = 86_400.0
DAYS = 28  # of history, at most
WATCHED = 7  # days that a feed must have been polled for
LEAST = 5  # entries in a day
PEAK = 4.0  # deviations above the median
TIMES = 2.0  # the median
_SIGMA = 1.4826  # a standard deviation in median absolute deviations, for a normal distribution


class Surge(NamedTuple):
    """A word's entries in the last 24 hours, and on a usual day."""

    word: str
    today: int
    usual: float
    score: float


def peak(history: Sequence[int], today: int) -> float:
    """How many deviations a day's count is above its history; 0.0 if it is no peak.

    The deviation is at least that of rare events (the square root of the median) and at least 1,
    so that a quiet word needs more than one entry.
    """
    if len(history) < WATCHED or today < LEAST:
        return 0.0
    usual = median(history)
    spread = _SIGMA * median(abs(count - usual) for count in history)
    score = (today - usual) / max(spread, sqrt(usual), 1.0)
    return score if score >= PEAK and today >= TIMES * usual else 0.0


def surges(entries: Iterable[Entry], now: float) -> list[Surge]:
    """The topics and watch words that surge, strongest first; `now` in seconds since 1970.

    Duplicates don't count, nor feeds that are new here: what they hold of the past is little.
    """
    known = list(entries)
    since: dict[str, float] = {}
    for entry in known:
        since[entry.feed] = min(entry.first_seen, since.get(entry.feed, now))
    watched = {feed: int((now - first) // DAY) for feed, first in since.items()}
    days = min((n for n in watched.values() if n >= WATCHED), default=0)
    days = min(days, DAYS)
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * (days + 1))
    for entry in known:
        day = int((now - entry.time) // DAY)
        if entry.duplicate_of or watched[entry.feed] < WATCHED or not 0 <= day <= days:
            continue
        for word in {*entry.topics, *entry.matched}:
            counts[word][day] += 1
    found = [
        Surge(word, by_day[0], float(median(by_day[1:])), score)
        for word, by_day in counts.items()
        if (score := peak(by_day[1:], by_day[0]))
    ]
    return sorted(found, key=lambda surge: (-surge.score, surge.word))
