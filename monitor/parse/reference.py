"""Everything that feedparser reads, broken documents among it.

feedparser gets a `BytesIO` only: a text or bytes it would take for the name of a file or an
address. Its own clean-up of HTML is off, since what we keep is plain text in the end.
"""

import io
import re
from typing import Final
from xml.sax import SAXParseException

import feedparser
from feedparser.exceptions import CharacterEncodingOverride, NonXMLContentType

from monitor.models import RawEntry, RawFeed, RawText
from monitor.parse.common import (
    ADDRESS,
    ITEMS,
    NAME,
    TEXT,
    TITLE,
    ParseError,
    cut_warning,
    epoch,
    period,
    person,
    plain,
    raw,
    sentences,
    whole,
)
from monitor.parse.document import NotAFeed, kind

_HTML: Final = frozenset(("text/html", "application/xhtml+xml"))
_END_OF_ITEM: Final = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)
_LONG_TAG: Final = re.compile(rb"<[A-Za-z][^<>]{20000,}")
_LONG_AUTHOR: Final = re.compile(
    rb"(<(?:\w{1,20}:)?(?:author|creator|managingEditor|webMaster|publisher|owner|name|email)"
    rb"[^<>]{0,200}>(?:\s*<!\[CDATA\[)?[^<\]]{500})[^<\]]+",
    re.IGNORECASE,
)
_CDF: Final = re.compile(rb"\A\s*<\?xml[^>]*>\s*<channel[\s>]", re.IGNORECASE)
_REFERENCE: Final = re.compile(rb"&#([0-9]+|[xX][0-9a-fA-F]+);?")
_ATTRIBUTES: Final = 1_000

Record = dict[str, object]


def parse_reference(data: bytes, url: str) -> RawFeed:
    """The feed in `data` (a `Document`'s), whose relative addresses are relative to `url`.

    Raises ParseError where there is no feed in it or nothing could be recovered.
    """
    data, cut = _first_items(_defused(data))
    result = _parsed(data, url)
    items = [item for item in result["entries"] if isinstance(item, dict)]
    broken = _breakage(result)
    if not items and not result.get("version") and not _CDF.search(data):
        raise NotAFeed(kind(data))
    if not items and broken:
        raise ParseError(f"no item could be read: {broken}")
    return _feed(result["feed"], items, cut, broken)


def _parsed(data: bytes, url: str) -> feedparser.FeedParserDict:
    try:
        return feedparser.parse(
            io.BytesIO(data),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # UnicodeError, RecursionError, AttributeError ...: it promises none
        raise ParseError(f"the feed cannot be read ({type(error).__name__})") from error


def _defused(data: bytes) -> bytes:
    """The document without what feedparser's patterns stall on."""
    for tag in _LONG_TAG.finditer(data):
        if tag[0].count(b"=") > _ATTRIBUTES:
            raise ParseError(f"an element of the feed has over {_ATTRIBUTES} attributes")
    return _REFERENCE.sub(_character, _LONG_AUTHOR.sub(rb"\1", data))


def _character(match: re.Match[bytes]) -> bytes:
    """A reference to what is no character (a surrogate, say) as U+FFFD: feedparser raises at it."""
    digits = match[1]
    number = -1 if len(digits) > 12 else int(digits[1:], 16) if digits[0] in b"xX" else int(digits)
    fine = 0 <= number < 0xD800 or 0xDFFF < number <= 0x10FFFF
    return match[0] if fine else b"\xef\xbf\xbd"


def _first_items(data: bytes) -> tuple[bytes, int]:
    """The document up to the last item that is read, with its own tail, and how many were cut."""
    ends = [match.end() for match in _END_OF_ITEM.finditer(data)]
    if len(ends) <= ITEMS:
        return data, 0
    return data[: ends[ITEMS - 1]] + data[ends[-1] :], len(ends) - ITEMS


def _breakage(result: feedparser.FeedParserDict) -> str:
    """What is wrong with the document, for people; "" where nothing is."""
    error = result.get("bozo_exception")
    if error is None or isinstance(error, CharacterEncodingOverride | NonXMLContentType):
        return ""
    if isinstance(error, SAXParseException):
        return f"its XML is broken in line {error.getLineNumber()} ({error.getMessage()})"
    return f"it is broken ({type(error).__name__})"


def _feed(feed: Record, items: list[Record], cut: int, broken: str) -> RawFeed:
    more = max(0, len(items) - ITEMS)
    return RawFeed(
        title=whole(plain(_rich(feed, "title")), TITLE),
        link=_text(feed, "link", ADDRESS),
        lang=_text(feed, "language", NAME),
        ttl=period(
            dict.get(feed, "ttl"),
            dict.get(feed, "sy_updateperiod"),
            dict.get(feed, "sy_updatefrequency"),
        ),
        warning=sentences(broken, cut_warning(cut + more)),
        entries=tuple(_entry(item) for item in items[:ITEMS]),
    )


def _entry(item: Record) -> RawEntry:
    contents = dict.get(item, "content")
    texts = [_content(one) for one in contents] if isinstance(contents, list) else []
    dates = (epoch(dict.get(item, f"{name}_parsed")) for name in _DATES)
    detail = dict.get(item, "title_detail")
    return RawEntry(
        id=_text(item, "id", ADDRESS),
        link=_text(item, "link", ADDRESS),
        title=_rich(item, "title"),
        summary=_rich(item, "summary") if "summary_detail" in item else RawText(),
        content=max(texts, key=lambda text: len(text.value), default=RawText()),
        published=next((date for date in dates if date), None),
        author=_author(item),
        source=_source(item),
        lang=_text(item, "language", NAME)
        or (_text(detail, "language", NAME) if isinstance(detail, dict) else ""),
    )


# `dict.get` throughout: FeedParserDict's own gives an update for a missing date, with a warning.
_DATES: Final = ("published", "updated", "created")


def _text(record: Record, key: str, limit: int) -> str:
    value = dict.get(record, key)
    return whole(value, limit) if isinstance(value, str) else ""


def _rich(record: Record, key: str) -> RawText:
    """The text under `key`, markup if feedparser says so."""
    limit = TITLE if key == "title" else TEXT
    detail = dict.get(record, f"{key}_detail")
    html = isinstance(detail, dict) and dict.get(detail, "type") in _HTML
    return RawText(_text(record, key, limit), html)


def _author(item: Record) -> str:
    """The last author's name, or address; feedparser joins the two parts of an Atom author."""
    author = _text(item, "author", NAME)
    people = dict.get(item, "authors")
    last = people[-1] if isinstance(people, list) and people else None
    if isinstance(last, dict):
        name, email = _text(last, "name", NAME), _text(last, "email", NAME)
        author = name if name and author == f"{name} ({email})"[:NAME] else author
    return person(author)


def _content(part: object) -> RawText:
    value = dict.get(part, "value") if isinstance(part, dict) else None
    html = isinstance(part, dict) and dict.get(part, "type") in _HTML
    return raw(value, html, TEXT) if isinstance(value, str) else RawText()


def _source(item: Record) -> str:
    source = dict.get(item, "source")
    return whole(plain(_rich(source, "title")), NAME) if isinstance(source, dict) else ""
