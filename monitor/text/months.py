"""Months as people and phones write them."""

import re
from datetime import date
from typing import Final

_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
MONTHS: Final = (
    {name: number for number, name in enumerate(_NAMES, 1)}
    | {name[:3]: number for number, name in enumerate(_NAMES, 1)}
    | {"sept": 9}
)
# "August 2025", "1 August 2025", "Aug. 1, 2025"
_NAMED: Final = r"(?:(\d{1,2}) )?([a-z]+)\.?(?: (\d{1,2}),)? (\d{4})"
_NUMBERED: Final = r"(\d{4})(?:-|年)(\d{1,2})(?:(?:-|月)(\d{1,2})?日?)?"


def month_or_day(text: str) -> str:
    """A month as "2025-08", or a day as "2025-08-01"; raises ValueError where it is neither.

    Takes "2025-08", "2025-08-01", "August 2025", "1 August 2025", "Aug. 1, 2025", "2025年8月1日".
    """
    folded = " ".join(text.lower().split())
    year, month, day = 0, 0, ""
    if found := re.fullmatch(_NUMBERED, folded):
        year, month, day = int(found[1]), int(found[2]), found[3] or ""
    elif found := re.fullmatch(_NAMED, folded):
        year, month, day = int(found[4]), MONTHS.get(found[2], 0), found[1] or found[3] or ""
    exact = date(year, month, int(day or 1)).isoformat()  # raises ValueError
    return exact if day else exact[:7]


def months_apart(earlier: str, later: str) -> int:
    """How many months from one month to the other; both as "2025-08", days are left alone."""
    years = int(later[:4]) - int(earlier[:4])
    return years * 12 + int(later[5:7]) - int(earlier[5:7])


def month_after(month: str, months: int) -> str:
    """The month so many months later, or earlier if negative."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:7]) - 1 + months, 12)
    return f"{year:04}-{number + 1:02}"


def month_name(month: str) -> str:
    """ "August 2025" for "2025-08" and for "2025-08-01"."""
    return f"{_NAMES[int(month[5:7]) - 1].title()} {int(month[:4])}"
