"""The elements of one item of a well-formed feed, read as feedparser reads them.

What an element does depends on those before it, so `Item` keeps feedparser's state, as far as it
matters here: a second description becomes the content unless there was one, the first title wins
unless a source came between, a permalink is the link unless there is one, and so on.
"""

import re
from collections.abc import Callable
from typing import Final

from feedparser.mixin import _FeedParserMixin
from lxml import etree

from monitor.models import RawEntry, RawText
from monitor.parse.common import ADDRESS, NAME, TEXT, TITLE, person, plain, when
from monitor.parse.dialect import Dialect, Unsure, mended, text_of

_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XHTML_DIV: Final = "{http://www.w3.org/1999/xhtml}div"
_HTML_TYPES: Final = {
    "html": True,
    "text/html": True,
    "text": False,
    "plain": False,
    "text/plain": False,
}
_LINK_TYPES: Final = frozenset(("html", "text/html", "xhtml", "application/xhtml+xml"))
_LOOSE_REFERENCE: Final = re.compile(r"&([A-Za-z0-9_]+);")
_looks_like_html: Final[Callable[[str], bool]] = _FeedParserMixin.looks_like_html


class Item:
    """The state of reading one item with `entry`, or a channel's title and link."""

    __slots__ = (
        "author", "contents", "copied", "created", "deep", "dialect", "has_content",
        "heading", "id", "inherited", "lang", "link", "published", "settled", "source", "sourced",
        "stirred", "summary", "title_lang", "titled", "updated",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, lang: str) -> None:
        self.dialect = dialect
        self.inherited = lang  # of the elements around
        self.id = ""
        self.link: str | None = None
        self.heading = RawText()
        self.titled = False  # some title was found
        self.settled = False  # a title that is not empty was found
        self.stirred = False  # an element came after which feedparser takes another title
        self.summary: RawText | None = None
        self.copied = False  # the summary is but a copy of the content
        self.contents: list[RawText] = []
        self.has_content = False
        self.deep = False  # inside a media:group or media:content
        self.published: float | None = None
        self.updated: float | None = None
        self.created: float | None = None
        self.author = ""
        self.source = ""
        self.sourced = False
        self.lang = ""
        self.title_lang = ""

    def entry(self, element: etree._Element) -> RawEntry:
        """The item as an entry; raises Unsure."""
        if element.keys():
            if element.get("href") or element.get("lastmod"):
                raise Unsure  # CDF
            self.id = element.get(_ABOUT) or ""
        self.inherited = self.dialect.lang(element, self.inherited)
        self.children(element)
        return RawEntry(
            id=self.id[:ADDRESS],
            link=(self.link or "")[:ADDRESS],
            title=_cut(self.heading, TITLE),
            summary=RawText() if self.copied or not self.summary else _cut(self.summary, TEXT),
            content=_cut(max(self.contents, key=_length), TEXT) if self.contents else RawText(),
            published=self.published or self.updated or self.created,
            author=person(self.author),
            source=self.source[:NAME],
            lang=(self.lang or self.title_lang)[:NAME],
        )

    def children(self, element: etree._Element) -> None:
        names = self.dialect.names
        for child in element:
            name = names.get(child.tag) or self.dialect.name(child)
            HANDLERS.get(name, _unknown)(self, child)

    def rich(self, element: etree._Element, html: bool) -> RawText:
        """The text of a title, summary or content; `html` holds where the element says nothing."""
        kind = element.get("type")
        if kind is not None:
            if kind.lower() in ("xhtml", "application/xhtml+xml"):
                return self.xhtml(element)
            if kind.lower() not in _HTML_TYPES:
                raise Unsure
            html = _HTML_TYPES[kind.lower()]
        text = text_of(element)
        if not html and not self.dialect.atom and ("<" in text or "&" in text):
            html = _looks_like_html(text)
        return RawText(text, html)

    def xhtml(self, element: etree._Element) -> RawText:
        """Markup that is part of the document: the one `div` that RFC 4287, 3.1.1.3 asks for."""
        if not self.dialect.atom or len(element) != 1 or (element.text or "").strip():
            raise Unsure
        (div,) = element
        if div.tag != _XHTML_DIV or div.prefix or (div.tail or "").strip():
            raise Unsure
        names = {self.dialect.name(inner) for inner in div.iter("*")}
        if "xhtml_body" in names or not all(name.startswith("xhtml_") for name in names):
            raise Unsure  # feedparser takes their ends for those of elements of the feed
        if any(">" in value for value in div.values()):
            raise Unsure
        markup = etree.tostring(div, method="c14n", with_tail=False).decode()
        return RawText(mended(markup[markup.index(">") + 1 : markup.rindex("<")].strip()), True)

    def title(self, element: etree._Element) -> None:
        if self.settled:
            if self.stirred:
                raise Unsure
            return
        if self.deep and self.titled:
            raise Unsure
        self.titled = True
        self.heading = self.rich(element, False)
        self.title_lang = self.dialect.lang(element, self.inherited)
        self.settled = bool(self.heading.value)

    def media_title(self, element: etree._Element) -> None:
        if self.stirred or (self.heading.value and not self.settled):
            raise Unsure
        if not self.settled:
            self.title(element)
            self.settled = False

    def take_link(self, element: etree._Element) -> None:
        href = element.get("url", element.get("uri", element.get("href")))
        if href is None:
            address = self.dialect.resolve(text_of(element)).replace("&amp;", "&")
            self.link = _LOOSE_REFERENCE.sub(r"&\1", address) if "&" in address else address
            return
        if not href:
            raise Unsure
        kind = element.get("type", "text/html").lower()
        if element.get("rel", "alternate").lower() == "alternate" and kind in _LINK_TYPES:
            self.link = self.dialect.resolve(href)

    def guid(self, element: etree._Element) -> None:
        self.id = text_of(element)
        if element.get("isPermaLink", element.get("ispermalink", "true")) == "true":
            self.id = self.dialect.resolve(self.id)
            if self.link is None:
                self.link = self.id

    def description(self, element: etree._Element) -> None:
        self.brief(element, True)

    def take_summary(self, element: etree._Element) -> None:
        self.brief(element, False)

    def brief(self, element: etree._Element, html: bool) -> None:
        if self.summary is not None and not self.has_content:
            if self.dialect.mixed:
                raise Unsure
            self.content(element)
        elif self.summary is not None and self.deep:
            raise Unsure
        else:
            self.summary = self.rich(element, html)
            self.copied = False

    def content(self, element: etree._Element) -> None:
        self.body(element, False)

    def encoded(self, element: etree._Element) -> None:
        self.body(element, True)

    def body(self, element: etree._Element, html: bool) -> None:
        text = self.rich(element, html)
        self.has_content = True
        self.contents.append(text)
        if self.summary is None:
            self.summary = text
            self.copied = True

    def publish(self, element: etree._Element) -> None:
        self.published = when(text_of(element))

    def update(self, element: etree._Element) -> None:
        self.updated = when(text_of(element))

    def create(self, element: etree._Element) -> None:
        self.created = when(text_of(element))

    def take_author(self, element: etree._Element) -> None:
        if not len(element):
            self.author = text_of(element)
            return
        parts = {self.dialect.name(part): part for part in element}
        if parts.keys() & HANDLERS.keys() or len(parts) != len(element):
            raise Unsure
        name, email = (text_of(parts[key]) if key in parts else "" for key in ("name", "email"))
        if self.author and not name:
            raise Unsure
        self.author = name or email

    def take_source(self, element: etree._Element) -> None:
        if self.sourced:
            raise Unsure
        self.stirred = self.sourced = True
        if not len(element):
            self.source = text_of(element)
            return
        parts = {self.dialect.name(part): part for part in element}
        if not parts.keys() <= _SOURCE_PARTS:
            raise Unsure
        if "title" in parts:
            heading = self.rich(parts["title"], False)
            self.source = plain(heading)

    def language(self, element: etree._Element) -> None:
        self.lang = text_of(element)

    def group(self, element: etree._Element) -> None:
        outer = self.deep, self.inherited
        self.deep, self.inherited = True, self.dialect.lang(element, self.inherited)
        self.children(element)
        self.deep, self.inherited = outer

    def image(self, element: etree._Element) -> None:
        if len(element):
            raise Unsure
        self.stirred = True

    def odd(self, element: etree._Element) -> None:
        raise Unsure

    def skip(self, element: etree._Element) -> None:
        """Elements whose children are of no concern either."""


def _unknown(item: Item, element: etree._Element) -> None:
    """Elements that mean nothing to us, unless there are some that do inside."""
    if len(element):
        for inner in element.iter("*"):
            if inner is not element and item.dialect.name(inner) in HANDLERS:
                raise Unsure


def _cut(text: RawText, limit: int) -> RawText:
    return text if len(text.value) <= limit else RawText(text.value[:limit], text.html)


def _length(text: RawText) -> int:
    return len(text.value)


_SOURCE_PARTS: Final = frozenset((
    "title", "id", "link", "updated", "subtitle", "icon", "logo", "generator", "category",
    "rights", "author",
))  # fmt: skip
HANDLERS: Final[dict[str, Callable[[Item, etree._Element], None]]] = {
    "title": Item.title,
    "dc_title": Item.title,
    "media_title": Item.media_title,
    "link": Item.take_link,
    "guid": Item.guid,
    "id": Item.guid,
    "description": Item.description,
    "dc_description": Item.description,
    "media_description": Item.description,
    "summary": Item.take_summary,
    "itunes_summary": Item.take_summary,
    "content": Item.content,
    "content_encoded": Item.encoded,
    "pubdate": Item.publish,
    "published": Item.publish,
    "issued": Item.publish,
    "dcterms_issued": Item.publish,
    "updated": Item.update,
    "modified": Item.update,
    "lastbuilddate": Item.update,
    "dc_date": Item.update,
    "dcterms_modified": Item.update,
    "created": Item.create,
    "dcterms_created": Item.create,
    "author": Item.take_author,
    "managingeditor": Item.take_author,
    "dc_creator": Item.take_author,
    "dc_author": Item.take_author,
    "itunes_author": Item.take_author,
    "source": Item.take_source,
    "language": Item.language,
    "dc_language": Item.language,
    "media_group": Item.group,
    "media_content": Item.group,
    "image": Item.image,
    "contributor": Item.skip,
    "itunes_owner": Item.skip,
    **dict.fromkeys(("rss", "channel", "feed", "item", "entry", "textinput"), Item.odd),
    **dict.fromkeys(("abstract", "fullitem", "body", "xhtml_body"), Item.odd),
}
