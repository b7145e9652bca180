"""Fixes by month and severity of one product line."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from monitor.text import clean
from monitor.view.bulletins import bar_of, name_of

if TYPE_CHECKING:
    from monitor.vulnerability import Summary

YEARS = 10  # of months at most: a wrong month must not make a chart of a thousand


class Bar(NamedTuple):
    """A month. Without a bulletin its `id` is "" and its bar empty."""

    id: str
    month: str
    bar: tuple[tuple[str, int], ...] = ()
    total: int = 0


class Chart(NamedTuple):
    """The months of a line, newest first; `most` is the largest total of one."""

    title: str
    bars: tuple[Bar, ...]
    most: int


def make_chart(summaries: "Iterable[Summary]", vendor: str, line: str) -> Chart:
    """The chart of a vendor's line; months between two bulletins that have none are shown too."""
    found: dict[str, list[Bar]] = {}
    for summary in summaries:
        if (summary.vendor, summary.line) == (vendor, line):
            bar = Bar(
                summary.id, clean(summary.month, 10), bar_of(summary.counts), summary.counts.total
            )
            found.setdefault(bar.month, []).append(bar)
    months = set(found) | set(_between([month for month in found if _number(month) is not None]))
    bars = [
        bar
        for month in sorted(months, reverse=True)
        for bar in found.get(month) or [Bar("", month)]
    ]
    most = max((bar.total for bar in bars), default=0)
    return Chart(name_of(vendor, line), tuple(bars), most)


def _between(months: list[str]) -> list[str]:
    """All months from the first to the last."""
    numbers = [number for month in months if (number := _number(month)) is not None]
    if not numbers:
        return []
    last = max(numbers)
    first = max(min(numbers), last - YEARS * 12)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]


def _number(month: str) -> int | None:
    """Months since the year 0, None for what is no month."""
    year, _, number = month.partition("-")
    if len(month) != 7 or not (year.isascii() and year.isdecimal()):
        return None
    if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= 12):
        return None
    return int(year) * 12 + int(number) - 1
