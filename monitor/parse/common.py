"""What the readers of the formats share: limits, dates, periods, and the error they raise."""

import calendar
import re
import time
from datetime import UTC, datetime
from html import unescape
from typing import Final

from feedparser.datetimes import _parse_date

from monitor.models import RawText

ITEMS: Final = 500  # read of one document; the others are told in the warning
TITLE: Final = 2_000
TEXT: Final = 60_000
ADDRESS: Final = 2_000
NAME: Final = 500

MINUTE: Final = 60.0
WEEK: Final = 7 * 24 * 60 * MINUTE

_PERIODS: Final = {"hourly": 60 * MINUTE, "daily": WEEK / 7, "weekly": WEEK}
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_NUMBERS: Final = {name: number for number, name in enumerate(_MONTHS, start=1)}
_RFC_822: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) ([A-Z][a-z]{2}) (\d{4})"
    r" (\d\d):(\d\d):(\d\d) (?:GMT|UTC|UT|Z|([+-])(\d\d)(\d\d))",
    re.ASCII,
)
_RFC_3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


class ParseError(Exception):
    """The document cannot be read as a feed; the message is a sentence for people."""


def whole(text: str, limit: int) -> str:
    """`text` cut at `limit` characters, without lone surrogates (which no encoder takes)."""
    text = text[:limit]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def raw(text: str, html: bool, limit: int) -> RawText:
    """`text`, cut, as the `RawText` that says whether it is markup."""
    return RawText(whole(text, limit), html)


def when(text: str) -> float | None:
    """Seconds since 1970 of a date as feeds write it, whole; None where it is no date.

    The two usual forms (RFC 822 with a four-digit year, RFC 3339) are read here; feedparser's
    handlers know the other ones.
    """
    text = text[:100].strip()
    if match := _RFC_822.fullmatch(text):
        day, name, year, hour, minute, second, sign, hours, minutes = match.groups()
        month = _NUMBERS.get(name, 0)
    elif match := _RFC_3339.fullmatch(text):
        year, number, day, hour, minute, second, sign, hours, minutes = match.groups()
        month = int(number)
    else:
        return _other_date(text)
    try:
        moment = datetime(
            int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
        stamp = moment.timestamp()
    except ValueError:
        return _other_date(text)
    if sign is None:
        return stamp
    offset = int(hours) * 3600 + int(minutes) * 60
    return stamp - offset if sign == "+" else stamp + offset


def _other_date(text: str) -> float | None:
    """The date by feedparser's handlers, which may raise what they please."""
    try:
        return epoch(_parse_date(text))
    except Exception:
        return None


def epoch(moment: object) -> float | None:
    """Seconds since 1970 of one of feedparser's UTC time tuples; None where there is none."""
    if not isinstance(moment, time.struct_time):
        return None
    try:
        return float(calendar.timegm(moment))
    except (ValueError, OverflowError):
        return None


def period(ttl: object, update_period: object, frequency: object) -> float | None:
    """How long the feed asks to be left alone, in seconds; None where it gives no sane value.

    `ttl` is in minutes (RSS 2.0); the others are `sy:updatePeriod` and `sy:updateFrequency` of
    the RSS 1.0 syndication module. Between a minute and a week is taken as sane.
    """
    minutes = _count(ttl)
    if minutes is not None:
        seconds = minutes * MINUTE
    else:
        named = update_period.strip().lower() if isinstance(update_period, str) else ""
        seconds = _PERIODS.get(named, 0.0) / max(1, _count(frequency) or 1)
    return seconds if MINUTE <= seconds <= WEEK else None


def _count(value: object) -> int | None:
    """A plain decimal number of at most six digits."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def person(text: str) -> str:
    """The name in "mail@host (Name)" and the like; the address only where there is nothing else."""
    text = whole(text, NAME).strip()
    if "@" not in text:
        return text
    words = [word for word in text.replace("(", " ").replace(")", " ").split() if "@" not in word]
    return " ".join(words) or text


def cut_warning(cut: int) -> str:
    """The sentence that tells of items beyond the limit."""
    return f"only the first {ITEMS} of its {ITEMS + cut} items were read" if cut else ""


def sentences(*parts: str) -> str:
    """The non-empty parts as one warning."""
    return "; ".join(part for part in parts if part)


def plain(text: RawText) -> str:
    """The words of a short text, for a name: without tags, references resolved."""
    return unescape(re.sub(r"<[^<>]*>", " ", text.value)).strip() if text.html else text.value
