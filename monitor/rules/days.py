"""Days and months as the rules count them."""

import re
from datetime import UTC, datetime

from monitor.text import months_apart

DAY = 86400.0
RECENT = 2 * DAY  # how old what is new may be
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def day(when: float | None) -> str:
    """ "2025-09-02"; "on an unknown day" where it is not told."""
    if when is None:
        return "on an unknown day"
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d")


def month_of(when: float) -> str:
    """ "2025-09"."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m")


def month_start(month: str) -> float:
    return datetime(int(month[:4]), int(month[5:7]), 1, tzinfo=UTC).timestamp()


def is_recent_month(month: str, now: float) -> bool:
    """Whether a bulletin of that month is news: this month's, the last one's or the next one's."""
    return bool(MONTH.fullmatch(month)) and -1 <= months_apart(month, month_of(now)) <= 1
