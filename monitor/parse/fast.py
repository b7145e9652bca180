"""Well-formed feeds of the usual shapes, some twenty times as fast as feedparser reads them.

It goes through a document as feedparser would, and gives up (`None`) at whatever it is not sure
of: then the reference reads the document. `item.py` does the same for the elements of one item.
"""

import re
from collections.abc import Iterable
from typing import Final

from lxml import etree

from monitor.models import RawFeed, RawText
from monitor.parse.common import ADDRESS, ITEMS, NAME, TITLE, cut_warning, period, plain, whole
from monitor.parse.dialect import ATOM, Dialect, Unsure, text_of
from monitor.parse.item import Item

_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_OTHER_FORMATS: Final = frozenset(
    ("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/")
)
_BASE64: Final = re.compile(rb"""mode(?<=\smode)\s*=\s*["']base64""")
_REBASED: Final = re.compile(rb"base(?<=[\s:]base)\s*=")
_BRIEFS: Final = frozenset(("description", "dc_description", "summary", "itunes_summary"))
_BODIES: Final = frozenset((
    "content", "content_encoded", "fullitem", "body", "xhtml_body", "abstract", "media_group",
    "media_content", "media_description",
))  # fmt: skip
_FRAMES: Final = frozenset(("image", "textinput", "contributor", "itunes_owner"))


def parse_fast(data: bytes, url: str) -> RawFeed | None:
    """The feed in `data` (a `Document`'s), whose relative addresses are relative to `url`.

    None where another reader must have a look; nothing is an error here.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    if _BASE64.search(data):
        return None
    base = None if _REBASED.search(data) else url
    try:
        return _feed(etree.fromstring(data, parser), base, b"lang=" in data)
    except (etree.XMLSyntaxError, Unsure):
        return None


def _feed(root: etree._Element, base: str | None, languages: bool) -> RawFeed:
    """The feed of this document; `base` is None where some element has one of its own."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unsure
    atom = root.tag == f"{{{ATOM}}}feed"
    spaces = set(root.nsmap.values())
    if not spaces.isdisjoint(_OTHER_FORMATS if atom else (ATOM,) if root.tag == _RDF else ()):
        raise Unsure
    dialect = Dialect(base, atom, languages)
    lang = dialect.lang(root, "")
    if atom:
        return _collect(dialect, root, lang, root)
    if root.tag not in ("rss", _RDF):
        raise Unsure
    channels = [child for child in root if dialect.name(child) == "channel"]
    others = [child for child in root if dialect.name(child) != "channel"]
    if len(channels) != 1 or (others and root.tag == "rss"):
        raise Unsure
    if channels[0].get("href") or channels[0].get("lastmod"):
        raise Unsure  # CDF
    return _collect(dialect, channels[0], lang, [*channels[0], *others])


def _collect(
    dialect: Dialect, channel: etree._Element, lang: str, children: Iterable[etree._Element]
) -> RawFeed:
    """The feed of these elements: its items, and what stands beside them in the channel."""
    items: list[etree._Element] = []
    beside: list[etree._Element] = []
    names = dialect.names
    for child in children:
        name = names.get(child.tag) or dialect.name(child)
        (items if name in ("item", "entry") else beside).append(child)
    around = [dialect.name(child) for child in beside]
    if not _BODIES.isdisjoint(around) or sum(name in _BRIEFS for name in around) > 1:
        dialect.mixed = True  # feedparser mixes these up with those of the next item
    inner = dialect.lang(channel, lang)
    entries = tuple(Item(dialect, inner).entry(item) for item in items[:ITEMS])
    title, link, facts = _facts(dialect, beside)
    return RawFeed(
        title=whole(plain(title), TITLE),
        link=whole(link, ADDRESS),
        lang=whole(facts.get("language") or facts.get("dc_language") or lang, NAME),
        ttl=period(facts.get("ttl"), facts.get("sy_updateperiod"), facts.get("sy_updatefrequency")),
        warning=cut_warning(max(0, len(items) - ITEMS)),
        entries=entries,
    )


def _facts(dialect: Dialect, beside: list[etree._Element]) -> tuple[RawText, str, dict[str, str]]:
    """The channel's title, its link, and its plain elements by name."""
    head = Item(dialect, "")
    facts: dict[str, str] = {}
    for child in beside:
        name = dialect.name(child)
        if name in ("title", "dc_title"):
            head.title(child)
        elif name == "link":
            head.take_link(child)
        elif not len(child):
            facts[name] = text_of(child)
        elif name not in _FRAMES:
            _without_items(dialect, child)
    return head.heading, head.link or "", facts


def _without_items(dialect: Dialect, element: etree._Element) -> None:
    """Give up at an element of the channel that hides items in it."""
    if any(dialect.name(inner) in ("item", "entry", "title") for inner in element.iter("*")):
        raise Unsure
