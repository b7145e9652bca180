"""Lists of feeds as other readers keep them: OPML 2.0 (opml.org/spec2.opml), read and written.

A list comes from outside, so it is as hostile as a feed: no DTD, no include is followed, and only
public http(s) addresses are taken from it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.parsers import expat

from monitor.addresses import is_private_literal
from monitor.models import Feed
from monitor.parse.common import ParseError
from monitor.parse.document import NotAFeed, document, kind
from monitor.text import clean

MOST = 1_000  # feeds of one list
TITLE = 120  # characters
TOLD = 10  # outlines that are told as left out


class OpmlError(Exception):
    """A file that is no list of feeds; the message is a sentence for people."""


class Listed(NamedTuple):
    """A feed of a list."""

    url: str
    title: str


class Outlines(NamedTuple):
    """What a list holds: each address once, and a line for each outline that was left out."""

    feeds: tuple[Listed, ...]
    problems: tuple[str, ...]


def read_opml(raw: bytes) -> Outlines:
    """The feeds of an OPML document. Raises OpmlError where it is none, or holds too many."""
    try:
        found = document(raw, "")
    except NotAFeed as error:
        raise _other(error.what) from None
    except ParseError as error:
        raise OpmlError(str(error)) from None
    if found.json:
        raise _other("JSON")
    listed: dict[str, Listed] = {}
    problems: dict[str, None] = {}
    for outline in _outlines(found.data):
        url, title = outline["xmlUrl"], outline.get("title") or outline.get("text") or ""
        name = clean(title, TITLE)
        if problem := _problem(url):
            problems[f"{name or 'an outline without a name'}: {problem}"] = None
        else:
            listed.setdefault(url, Listed(url, name))
    if len(listed) > MOST:
        raise OpmlError(f"the list holds {len(listed):,} feeds; at most {MOST:,} are taken")
    told = list(problems)[:TOLD]
    if len(problems) > TOLD:
        told.append(f"and {len(problems) - TOLD} more that can't be taken")
    return Outlines(tuple(listed.values()), tuple(told))


def _other(what: str) -> OpmlError:
    return OpmlError(f"the file is {what}, not an OPML list of feeds")


def _outlines(data: bytes) -> list[Mapping[str, str]]:
    """The attributes of the outlines that have an address. Expat: no depth is too deep for it."""
    if kind(data) != "an OPML list of feeds":
        raise _other(kind(data))
    outlines: list[Mapping[str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "outline" and "xmlUrl" in attributes and attributes.get("type") != "include":
            outlines.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise OpmlError(f"the list breaks off in line {error.lineno}: it is no XML") from None
    return outlines


def _problem(url: str) -> str:
    """Why an address is not taken, "" if it is. None of it is shown: it may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "its address can't be read"
    if parts.scheme not in ("http", "https"):
        return "its address is none of http or https"
    if not host or not url.isprintable() or " " in url:
        return "its address can't be read"
    if parts.username is not None or parts.password is not None:
        return "its address has a user name in it; add it to feeds.toml by hand"
    if is_private_literal(host) or host.rstrip(".").lower().endswith("localhost"):
        return "its address is a private one; add it to feeds.toml by hand"
    return ""


def write_opml(feeds: Iterable[Feed]) -> str:
    """An OPML document of feeds, without the passwords that their addresses may hold."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "monitor"
    body = ElementTree.SubElement(root, "body")
    for feed in feeds:
        attributes = {"type": "rss", "text": feed.title, "title": feed.title}
        attributes["xmlUrl"] = _without_user(feed.url)
        if feed.topics:
            attributes["category"] = ",".join(feed.topics)
        if feed.lang:
            attributes["language"] = feed.lang
        ElementTree.SubElement(body, "outline", attributes)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
