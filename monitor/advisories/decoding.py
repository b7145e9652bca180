"""The bytes of an answer to text, or a word for what came in place of a bulletin."""

import codecs
import re
from typing import Final

from monitor.advisories.source import SourceError
from monitor.text import clean

BODY: Final = 16 << 20  # bytes that are looked at

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMED: Final = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?([\w-]{1,40})""", re.IGNORECASE)
_ACCEPTED: Final = re.compile(r"gb2312|gbk|gb18030|big5(hkscs)?|iso8859-\d+|cp125\d|ascii")
_TITLE: Final = re.compile(r"<title[^>]{0,500}>([^<]{1,500})", re.IGNORECASE)
_TAG: Final = re.compile(r"<(?:table|div|p|h[1-6]|title|span)[\s>]", re.IGNORECASE)
_HTML: Final = re.compile(
    r"\s{0,999}(?:<!--[^<>]{0,999}-->\s{0,999})?<(?:!doctype html|html|head|body)", re.I
)


def decoded(body: bytes) -> tuple[str, str]:
    """The text of a page, and a problem where characters were lost.

    Valid UTF-8 is read as such whatever the page names. Raises SourceError for an empty body and
    for binary data.
    """
    if len(body) > BODY:
        raise not_a_bulletin(f"a page of {len(body) >> 20} MiB")
    if not body.strip():
        raise not_a_bulletin("an empty body")
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _read(body[len(mark) :], charset)
    head = body[:1000]
    if sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head) * 10 > len(head):
        raise not_a_bulletin("binary data")
    try:
        return body.decode(), ""
    except UnicodeError:
        pass
    named = _NAMED.search(body[:4000])
    try:
        charset = codecs.lookup(named[1].decode()).name if named else "utf-8"
    except LookupError:
        charset = "utf-8"
    if not _ACCEPTED.fullmatch(charset):
        charset = "utf-8"
    return _read(body, "gb18030" if charset in ("gb2312", "gbk") else charset)


def is_html(text: str) -> bool:
    """Whether a text is a whole page of HTML."""
    return bool(_HTML.match(text))


def what_came(text: str) -> str:
    """What a text is that holds no bulletin, as a noun for people."""
    if is_html(text) or _TAG.search(text, 0, 50_000):
        title = _TITLE.search(text, 0, 50_000)
        named = clean(title[1], 80) if title else ""
        return f"an HTML page titled '{named}'" if named else "an HTML page"
    start = text.lstrip()[:1]
    return "JSON" if start and start in "{[" and text.rstrip()[-1:] in "}]" else "other text"


def not_a_bulletin(what: str) -> SourceError:
    """The error for an answer that is something else."""
    return SourceError(f"the answer is {what}, not a bulletin")


def _read(body: bytes, charset: str) -> tuple[str, str]:
    text = body.decode(charset, "replace")
    lost = text.count("\ufffd")
    return text, f"{lost:,} characters of the page could not be read as {charset}" if lost else ""
