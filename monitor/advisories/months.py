"""Months: in words and in addresses, and the polite walk over a vendor's monthly pages.

A month is "2025-08". Vendors give dates without a zone; they are read as midnight UTC.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from monitor.advisories.source import UNKNOWN, Batch, Context, Reply, SourceError
from monitor.text import clean, fold
from monitor.vulnerability import Bulletin

CHINA: Final = 8 * 3600.0  # seconds; the vendors' month begins that much earlier
MONTHS: Final = 240  # at most, however far back is asked for

PAGE: Final = 4 << 20  # bytes of a page at most; real ones have under a hundred thousand

_STOP: Final = frozenset((401, 403, 429, 503))  # answers after which nothing more is asked
_GONE: Final = frozenset((404, 410))
_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME: Final = rf"({'|'.join(_NAMES)})[a-z]{{0,8}}\.?"  # by three letters: "Feburary" occurs
_YEAR: Final = r"((?:19|20)\d\d)"
_IN_WORDS: Final = re.compile(rf"\b{_NAME} ?,? ?{_YEAR}\b")
_IN_NUMBERS: Final = re.compile(rf"(?<!\d){_YEAR} ?[-./年] ?(0?[1-9]|1[0-2])(?!\d)")
_DATES: Final = (
    re.compile(rf"(?<!\d){_YEAR} ?[-./年] ?(?P<m>\d\d?) ?[-./月] ?(?P<d>\d\d?)(?!\d)"),
    re.compile(rf"\b(?P<m>{_NAME}) ?(?P<d>\d\d?)(?:st|nd|rd|th)?(?: ?, ?| ){_YEAR}\b"),
    re.compile(rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th)? ?(?P<m>{_NAME})(?: ?, ?| ){_YEAR}\b"),
)


class Published(NamedTuple):
    """One page to ask for."""

    url: str
    month: str
    key: str  # its name in cursors and notes: "phones 2025-08"


def month_in(text: str) -> str:
    """The first month that a text names, as "2025-08"; "" where it names none."""
    folded = fold(text)
    numbers = _IN_NUMBERS.search(folded)
    words = _IN_WORDS.search(folded)
    if numbers and not (words and words.start() < numbers.start()):
        return f"{numbers[1]}-{int(numbers[2]):02}"
    return f"{words[2]}-{_NAMES.index(words[1]) + 1:02}" if words else ""


def date_in(text: str) -> float | None:
    """The date that a text names, in whichever of the vendors' forms; None where it names none."""
    folded = fold(text)
    for form in _DATES:
        match = form.search(folded)
        if match:
            year = next(part for part in match.groups() if part and re.fullmatch(_YEAR, part))
            name = match["m"]
            month = int(name) if name.isdigit() else _NAMES.index(name[:3]) + 1
            try:
                return datetime(int(year), month, int(match["d"]), tzinfo=UTC).timestamp()
            except ValueError:
                return None
    return None


def month_at(now: float) -> str:
    """The month at a time, by the vendors' clock; the furthest one for a clock out of range."""
    try:
        return f"{datetime.fromtimestamp(now + CHINA, UTC):%Y-%m}"
    except (ValueError, OverflowError, OSError):
        return "9999-12"


def months_back(now: float, count: int) -> list[str]:
    """The current month and those before it, newest first."""
    year, month = map(int, month_at(now).split("-"))
    first = year * 12 + month - 1
    span = range(first, max(first - max(1, min(count, MONTHS)), 12), -1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in span]


async def collect_pages(
    context: Context, pages: Sequence[Published], parse: Callable[[Reply, Published], Bulletin]
) -> AsyncIterator[Batch]:
    """A batch for each page, in order; after an interrupted run from the cursor on.

    The current month is always asked for. Raises SourceError where the server wants to be left
    alone or does not answer; `parse` may raise it for an answer that is no bulletin, which is a
    problem of that page only.
    """
    current = month_at(context.now())
    keys = [page.key for page in pages]
    start = keys.index(context.cursor) + 1 if context.cursor in keys else 0
    for done, page in enumerate(pages, 1):
        last = done == len(pages)
        if done <= start and page.month < current and not last:
            continue
        known = context.validators.get(page.url, UNKNOWN)
        reply = await context.ask(page.url, known, limit=PAGE)
        if reply.status is None or reply.status in _STOP:
            told = reply.error or f"it answered {reply.status}"
            raise SourceError(
                f"stopped at {page.key}, page {done} of {len(pages)}: {told}",
                reply.status,
                reply.retry_after,
            )
        yield _batch(reply, page, parse, done, len(pages), current)


def _batch(
    reply: Reply,
    page: Published,
    parse: Callable[[Reply, Published], Bulletin],
    done: int,
    total: int,
    current: str,
) -> Batch:
    """What one answer brought."""
    cursor = "" if done == total else page.key
    kept = {page.url: reply.validators}
    if reply.status == 304:
        return Batch(cursor=cursor, validators=kept, done=done, total=total)
    note = problem = ""
    bulletin = None
    if reply.status in _GONE:
        note = f"{page.key} is not published" + (" yet" if page.month >= current else "")
    elif reply.body is None:
        problem = f"{page.key}: {reply.error or f'the server answered {reply.status}'}"
    else:
        try:
            bulletin = parse(reply, page)
        except SourceError as error:
            problem = f"{page.key}: {error}"
    if bulletin is None:
        return Batch(
            cursor=cursor,
            done=done,
            total=total,
            notes=(clean(note, 300),) if note else (),
            problems=(clean(problem, 300),) if problem else (),
        )
    return Batch(bulletins=(bulletin,), cursor=cursor, validators=kept, done=done, total=total)
