"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), which feedparser does not read.

Every field is taken for what it may be: a wrong type is left out and told, it never raises.
"""

import json
from urllib.parse import urljoin

from monitor.models import RawEntry, RawFeed, RawText
from monitor.parse.common import (
    ADDRESS,
    ITEMS,
    NAME,
    TEXT,
    TITLE,
    ParseError,
    cut_warning,
    raw,
    sentences,
    when,
    whole,
)
from monitor.parse.document import NotAFeed

Record = dict[str, object]


def parse_json(data: bytes, url: str) -> RawFeed:
    """The feed in `data` (UTF-8); raises ParseError where it is no JSON or no JSON Feed."""
    feed = _load(data)
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in str(version):
        raise NotAFeed("JSON, but not a JSON Feed")
    odd: list[str] = []
    items = _list(feed, "items", odd)
    entries = [_entry(item, url, odd) for item in items[:ITEMS] if isinstance(item, dict)]
    missed = min(len(items), ITEMS) - len(entries)
    return RawFeed(
        title=_text(feed, "title", TITLE, odd),
        link=_address(feed, "home_page_url", url, odd),
        lang=_text(feed, "language", NAME, odd),
        warning=sentences(
            cut_warning(max(0, len(items) - ITEMS)),
            f"{missed} items are no JSON objects" if missed else "",
            f"wrong types in: {', '.join(sorted(set(odd)))}" if odd else "",
        ),
        entries=tuple(entries),
    )


def _load(data: bytes) -> object:
    """The JSON value; numbers too long to be one become 0."""
    try:
        text = data.decode("utf-8", "replace")
        return json.loads(text, strict=False, parse_int=_integer)
    except RecursionError:
        raise ParseError("the JSON of the feed is nested too deeply") from None
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise ParseError(f"the JSON of the feed is broken in line {line}") from None


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= 40 else 0


def _entry(item: Record, url: str, odd: list[str]) -> RawEntry:
    html = _text(item, "content_html", TEXT, odd)
    plain = _text(item, "content_text", TEXT, odd)
    link = _address(item, "url", url, odd) or _address(item, "external_url", url, odd)
    dates = (_date(item, key, odd) for key in ("date_published", "date_modified"))
    return RawEntry(
        id=_identity(item, odd),
        link=link,
        title=raw(_text(item, "title", TITLE, odd), False, TITLE),
        summary=raw(_text(item, "summary", TEXT, odd), False, TEXT),
        content=RawText(html, True) if html else RawText(plain, False),
        published=next((date for date in dates if date is not None), None),
        author=_author(item, odd),
        lang=_text(item, "language", NAME, odd),
    )


def _value(record: Record, key: str, wanted: type, odd: list[str]) -> object | None:
    """The value under `key` if it is what it must be; None, and a note, if it is not."""
    value = record.get(key)
    if value is None or isinstance(value, wanted):
        return value
    odd.append(key)
    return None


def _text(record: Record, key: str, limit: int, odd: list[str]) -> str:
    value = _value(record, key, str, odd)
    return whole(value, limit).strip() if isinstance(value, str) else ""


def _list(record: Record, key: str, odd: list[str]) -> list[object]:
    value = _value(record, key, list, odd)
    return value if isinstance(value, list) else []


def _address(record: Record, key: str, base: str, odd: list[str]) -> str:
    value = _text(record, key, ADDRESS, odd)
    try:
        return urljoin(base, value) if value else ""
    except ValueError:
        odd.append(key)
        return ""


def _identity(item: Record, odd: list[str]) -> str:
    """The id; numbers are taken too, as the specification asks."""
    value = item.get("id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _text(item, "id", ADDRESS, odd)


def _date(item: Record, key: str, odd: list[str]) -> float | None:
    text = _text(item, key, NAME, odd)
    return when(text) if text else None


def _author(item: Record, odd: list[str]) -> str:
    """The first name of `authors` (1.1) or `author` (1.0)."""
    people = _list(item, "authors", odd) or [_value(item, "author", dict, odd)]
    first = people[0]
    return _text(first, "name", NAME, odd) if isinstance(first, dict) else ""
