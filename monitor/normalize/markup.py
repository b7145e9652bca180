"""Markup of feeds to plain text: as often decoded as it was escaped, and no more."""

import html
import re
from typing import Final

from lxml import etree

from monitor.models import RawText
from monitor.text import web_url

MARKUP: Final = 60_000  # characters of one field that are looked at
LINKS: Final = 20
_ROUNDS: Final = 3  # feeds escape what was escaped already, but seldom more often

_BLOCK_TAG: Final = re.compile(
    "</?(?:p|div|br|li|[uod]l|d[td]|table|t[rdh]|hr|pre|h[1-6]|blockquote|section|article|aside"
    r"|header|footer|nav|figure|figcaption|address|details|summary|form|main)(?=[\s/>])",
    re.IGNORECASE,
)
_UNSEEN: Final = (
    "script", "style", "template", "noscript", "title", "iframe", "object", "svg", "math",
    "textarea", "select",
)  # fmt: skip
_UNSEEN_TAG: Final = re.compile(rf"<(?:{'|'.join(_UNSEEN)})", re.IGNORECASE)
_INLINE: Final = (
    "a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|small|span|strike"
    "|strong|sub|sup|tt|u|wbr"
)
# In a title only these are markup: "<script> tags" is what it is about.
_NO_TAG: Final = re.compile(rf"<(?!/?(?:{_INLINE})[\s/>]|!--)", re.IGNORECASE)
_CLOSING: Final = re.compile(rf"</(?:{_INLINE}|li|ul|ol|td|table)>|<br ?/?>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LONG_TAG: Final = re.compile("<[^<>]{2000,}>")  # pictures in the address, or an attack
_PARSER: Final = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
)


def title_text(raw: RawText, limit: int) -> str:
    """A title without its markup, not yet clean; no more than four times `limit` is looked at."""
    value = raw.value[: 4 * limit + 65]
    if raw.html and "<" in value:
        value = _NO_TAG.sub("&lt;", value)
    return _decoded(value, []) if raw.html else value


def body_text(raw: RawText) -> tuple[str, list[str]]:
    """A summary or content without its markup, not yet clean; and the web addresses it links to."""
    if not raw.html:
        text = raw.value[:MARKUP]
        return html.unescape(text) if "&nbsp;" in text else text, []  # nobody writes that in prose
    links: list[str] = []
    return _decoded(_whole_tags(raw.value), links), list(dict.fromkeys(links))[:LINKS]


def _whole_tags(value: str) -> str:
    """`value`, not too long, and without the beginning of a tag at its end."""
    cut = value[:MARKUP]
    tail = cut.rfind("<")
    if tail <= cut.rfind(">"):
        return cut
    return cut[:tail] if len(cut) < len(value) else f"{cut[:tail]}&lt;{cut[tail + 1 :]}"


def _decoded(value: str, links: list[str]) -> str:
    for round_ in range(_ROUNDS):
        if "<" in value and (round_ == 0 or _CLOSING.search(value)):
            value = _stripped(value, links)
        elif "&" in value and _ENTITY.search(value):
            value = html.unescape(value)
        else:
            break
    return value


def _stripped(markup: str, links: list[str]) -> str:
    """The text of `markup`, with newlines where its blocks begin and end."""
    markup = " ".join(markup.split())
    if len(markup) > 2000:
        markup = _LONG_TAG.sub(" ", markup)
    markup = _BLOCK_TAG.sub(r"\n\g<0>", markup)
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), _PARSER)
    except etree.LxmlError:
        return ""
    if root is None:  # nothing but comments
        return ""
    if _UNSEEN_TAG.search(markup):
        etree.strip_elements(root, *_UNSEEN, with_tail=False)
    for anchor in root.iter("a"):
        link = web_url((anchor.get("href") or "").strip())
        if link and len(links) < 2 * LINKS:
            links.append(link)
    text = etree.tostring(root, method="text", encoding="unicode")
    return text if text.strip() else " ".join(image.get("alt") or "" for image in root.iter("img"))
