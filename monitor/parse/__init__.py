"""The bytes of an answer as a feed: RSS 0.9x to 2.0, RDF, Atom, CDF and JSON Feed.

`document` settles the character set and takes the DTD away, `parse_fast` reads the usual feeds,
`parse_reference` (feedparser) all others, `parse_json` those in JSON.

An entry's `published` is the time of its publication, or else of its last change, or else of its
creation. Dates have no fractions of a second.
"""

import msgspec

from monitor.models import RawFeed
from monitor.parse.common import ITEMS, ParseError, sentences
from monitor.parse.document import Document, document
from monitor.parse.fast import parse_fast
from monitor.parse.jsonfeed import parse_json
from monitor.parse.reference import parse_reference

__all__ = [
    "ITEMS",
    "Document",
    "ParseError",
    "document",
    "parse",
    "parse_fast",
    "parse_json",
    "parse_reference",
]


def parse(body: bytes, content_type: str, url: str) -> RawFeed:
    """The feed in `body`, untrusted in every field, at most `ITEMS` items of it.

    `content_type` is the header as received, `url` the address it came from, to which relative
    addresses are relative. Raises ParseError with a sentence for people where it is no feed.
    """
    data, is_json, warning = document(body, content_type)
    read = parse_json if is_json else _parse_xml
    feed = read(data, url)
    if warning:
        feed = msgspec.structs.replace(feed, warning=sentences(warning, feed.warning))
    return feed


def _parse_xml(data: bytes, url: str) -> RawFeed:
    return parse_fast(data, url) or parse_reference(data, url)
