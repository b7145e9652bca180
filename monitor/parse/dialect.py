"""The names, addresses and texts of a well-formed document as feedparser would have them.

Names of elements are feedparser's: the lower-case local name behind the prefix that feedparser
gives to the namespace ("dc_creator"), and none for those of RSS and Atom alike.
"""

import contextlib
import re
from typing import Final
from urllib.parse import urljoin

from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from lxml import etree

ATOM: Final = "http://www.w3.org/2005/Atom"

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIXES: Final[dict[str, str]] = {
    uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()
}
_STRANGE: Final = {uri for uri, prefix in _PREFIXES.items() if not prefix} - {
    *("", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", ATOM.lower())
}
_USUAL_ADDRESS: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d+)?/[^\s?#;]*(?:\?[^\s#]+)?(?:#[^\s]+)?|(?:tag|urn|yt):[^\s/]+"
)
_C1: Final = re.compile("[\x80-\x9f]")
_SLASHES: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")


class Unsure(Exception):
    """This document is one for the reference."""


class Dialect:
    """What holds for a whole document, and the names of its elements, worked out once each."""

    __slots__ = ("atom", "base", "languages", "mixed", "names", "prefixes")

    def __init__(self, base: str | None, atom: bool, languages: bool) -> None:
        self.base = base
        self.atom = atom
        self.languages = languages
        self.mixed = False  # the channel has several descriptions or a content
        self.names: dict[object, str] = {}
        self.prefixes: dict[str, str] = {}

    def name(self, element: etree._Element) -> str:
        """feedparser's name for the element."""
        found = self.names.get(element.tag)
        if found is None:
            found = self.names[element.tag] = self._name(element)
        return found

    def _name(self, element: etree._Element) -> str:
        if not isinstance(element.tag, str):
            raise Unsure  # an entity
        space, _, local = element.tag.rpartition("}")
        space, local = space[1:].lower(), local.lower()
        given = (element.prefix or "").lower()
        if given and self.prefixes.setdefault(given, space) != space:
            raise Unsure  # feedparser goes by the prefix where it does not know the namespace
        if "backend.userland.com/rss" in space:
            return local  # feedparser takes any of these for RSS
        prefix = _PREFIXES.get(space, given)
        if space in _STRANGE:
            raise Unsure  # Atom 0.3 and the like, which mean other things by the same names
        return f"{prefix}_{local}" if prefix else local

    def lang(self, element: etree._Element, inherited: str) -> str:
        """The language in force at the element."""
        if not self.languages:
            return ""
        own = element.get(_LANG)
        own = element.get("lang") if own is None else own
        return inherited if own is None else own.replace("_", "-")

    def resolve(self, address: str) -> str:
        """The address as feedparser makes it absolute; "" for one that cannot be."""
        if not address or _USUAL_ADDRESS.fullmatch(address):
            return address
        if self.base is None:
            raise Unsure
        try:
            return urljoin(self.base, _SLASHES.sub(r"\1", address))
        except ValueError:
            return ""


def text_of(element: etree._Element) -> str:
    """The text of an element without children, stripped, and mended as feedparser does."""
    if len(element):
        raise Unsure
    text = (element.text or "").strip()
    return text if text.isascii() else mended(text)


def mended(text: str) -> str:
    """UTF-8 that somebody took for Latin-1, and windows-1252 that somebody took for C1."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_cp1252) if _C1.search(text) else text
