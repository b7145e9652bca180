"""Sample bulletins of the months after the last one that is a file, so that the demo never ages.

They are made after that of September 2025, of which some rows are left out, and say themselves that
they are samples. One comes out on the 4th of each month.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from monitor.text import month_after, month_name

MODEL: Final = "2025-09"  # the last month whose sample is a file
DAY: Final = 4  # of the month, on which a sample comes out
LEFT_OUT: Final = {"Critical": (1, 2), "High": (5, 4), "Medium": (7, 11)}  # factor, modulus


def newest(now: float) -> str:
    """The month of the newest sample that is out at a time, as "2025-10"."""
    moment = datetime.fromtimestamp(now, UTC)
    month = moment.strftime("%Y-%m")
    return max(MODEL, month if moment.day >= DAY else month_after(month, -1))


def later(now: float) -> Iterator[str]:
    """The months after the model's whose samples are out at a time."""
    last, month = newest(now), MODEL
    while month < last:
        month = month_after(month, 1)
        yield month


def page_of(month: str, model: str) -> str:
    """The page of a month, after that of the model's."""
    year, number = month.split("-")
    renamed = model.replace(month_name(MODEL), month_name(month))
    released = f"{month_name(month)[:3]} {DAY}, {year}"
    renamed = renamed.replace(f"{month_name(MODEL)[:3]} {DAY}, {MODEL[:4]}", released)
    renamed = renamed.replace(f"CVE-{MODEL[:4]}-99{MODEL[5:]}", f"CVE-{year}-99{number}")
    left = {word: int(number) * times % many for word, (times, many) in LEFT_OUT.items()}
    kept = []
    for line in renamed.splitlines(keepends=True):
        word = re.search(r"<td>(Critical|High|Medium)</td>", line)
        if word and left[word[1]]:
            left[word[1]] -= 1
        else:
            kept.append(line)
    return "".join(kept)
