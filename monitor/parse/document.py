"""From the bytes of an answer to a document that the readers may have: one charset, no DTD.

Both XML readers get UTF-8 that begins with an XML declaration and the root element. The character
set is settled here and once (byte order mark, then valid UTF-8, then what the header or the prolog
name), since a declaration like `utf-7` makes control characters out of plain ASCII. The DTD goes:
a feed needs none, and entities are how XML documents read files and grow without bounds. Entities
that stand for a plain piece of text, which some old feeds do use, are replaced by it.
"""

import codecs
import re
from collections import Counter
from html import unescape
from typing import Final, NamedTuple

from monitor.parse.common import ParseError
from monitor.text import clean

PROLOG: Final = 64 << 10  # bytes before the root element
EXPANSION: Final = 1 << 20  # bytes that all uses of a document's entities may come to

_CHARSETS: Final = re.compile(
    r"ascii|utf-(8|16|32)(-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|gb2312|gbk|gb18030|hz"
    r"|big5(hkscs)?|euc[_-](jp|jis_2004|jisx0213|kr)|shift_ji(s|s_2004|sx0213)|johab|tis-620"
    r"|iso2022_(jp(_[123]|_2004|_ext)?|kr)|ptcp154|kz1048|hp-roman8"
)
_STATEFUL: Final = re.compile(r"hz|iso2022_\w+")
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OPENINGS: Final = (  # of documents without a mark: "<" or "{" followed by ASCII
    (re.compile(rb"[<{\[]\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[]", re.DOTALL), "utf-32-be"),
    (re.compile(rb"[<{\[]\0[^\0]\0", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\0[<{\[]\0[^\0]", re.DOTALL), "utf-16-be"),
    (re.compile(b"\x4c\x6f\xa7\x94"), "cp037"),  # "<?xm" in EBCDIC
)
_HEADER_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_PROLOG_CHARSET: Final = re.compile(
    rb"""\s*<\?xml[^>]{0,500}?\sencoding\s*=\s*["']([^"'>]{1,60})["']"""
)

_MISC: Final = rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+"
_PROLOG: Final = re.compile(
    rb"(?P<stray>[^<]*+)" + _MISC + rb"(?P<doctype><!(?i:DOCTYPE)"
    rb"""(?:[^\[>"']++|"[^"]*"|'[^']*')*+"""
    rb"""(?:\[(?:<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|[^\]"'])*+\]\s*+)?>)?""" + _MISC,
    re.DOTALL,
)
_ENTITY: Final = re.compile(
    rb"""<!ENTITY\s+([^\s%&;"'<>]+)\s+(?:"([^"]*)"|'([^']*)'|SYSTEM|PUBLIC)""",
)
_PLAIN_VALUE: Final = re.compile(rb"[^&%<]*|&#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});")
_REFERENCE: Final = re.compile(rb"&([^\s&;<>#%]{1,100});")
_PREDEFINED: Final = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_DOCTYPE: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w:.-]{0,100})")
_TITLE: Final = re.compile(rb"<title[^>]{0,500}>([^<]{1,500})", re.IGNORECASE)
_MAGIC: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"\x7fELF", "a program file"),
)


class Document(NamedTuple):
    """A document ready for the readers: `data` is UTF-8, `warning` tells what was mended."""

    data: bytes
    json: bool
    warning: str


def document(body: bytes, content_type: str) -> Document:
    """The document in `body`; raises ParseError where it can be no feed, and says what it is."""
    if not body.strip(b" \t\r\n\0"):
        raise NotAFeed("an empty body")
    for magic, what in _MAGIC:
        if body.startswith(magic):
            raise NotAFeed(what)
    data, warning = _utf8(body, content_type)
    data = data.lstrip(b" \t\r\n\xef\xbb\xbf") if data[:1] in b" \t\r\n\xef" else data
    if not data:
        raise NotAFeed("an empty body")
    if data[:1] in b"{[":
        return Document(data, True, warning)
    if b"<" not in data:
        raise NotAFeed("plain text" if _texty(data) else "binary data")
    return Document(_without_prolog(data), False, warning)


class NotAFeed(ParseError):
    """The error for an answer that is something else; `what` is a noun for people."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the answer is {what}, not a feed")
        self.what = what


def kind(data: bytes) -> str:
    """What an XML-like document is that holds no feed, as a noun for people."""
    root = _ROOT.search(data, 0, PROLOG)
    name = root[1].decode("ascii", "replace") if root else ""
    if name.lower() in ("html", "head", "body") or b"<html" in data[:1000].lower():
        title = _TITLE.search(data, 0, PROLOG)
        named = clean(unescape(title[1].decode("utf-8", "replace")), 80) if title else ""
        return f"an HTML page titled '{named}'" if named else "an HTML page"
    if name.lower() == "opml":
        return "an OPML list of feeds"
    if not name:
        return "plain text" if _texty(data) else "binary data"
    return f"an XML document of <{clean(name, 40)}>"


def _texty(data: bytes) -> bool:
    """Whether these bytes read as text: hardly any control characters among the first."""
    head = data[:1000]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
    return odd * 50 < len(head)


def _utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The body as UTF-8 without a mark, and a warning where bytes were lost on the way."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    opening = next((name for start, name in _OPENINGS if start.match(body)), "")
    if opening and opening != "cp037":
        return _decoded(body, opening)
    names = [_codec(name) for name in _declared(body, content_type, opening)]
    if not any(_STATEFUL.fullmatch(name) for name in names):
        names.insert(0, opening or "utf-8")
    for name in filter(None, names):
        try:
            text = body.decode(name)
        except UnicodeError:
            continue
        return (body if name == "utf-8" else text.encode("utf-8", "replace")), ""
    return _guessed(body)


def _declared(body: bytes, content_type: str, opening: str) -> list[str]:
    """The charsets that the header and the XML declaration name."""
    header = _HEADER_CHARSET.search(content_type[:500])
    head = body[:1000]
    if opening:
        head = head.decode(opening, "replace").encode()
    prolog = _PROLOG_CHARSET.match(head)
    names = [header[1]] if header else []
    return names + ([prolog[1].decode("latin-1")] if prolog else [])


def _codec(name: str) -> str:
    """Python's name of an accepted charset, "" for one it has never heard of.

    Raises ParseError for codecs that turn plain ASCII into something else or are no charsets.
    """
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    if not _CHARSETS.fullmatch(found):
        raise ParseError(f"the feed claims the charset {clean(name, 40)}, which is not accepted")
    return "gb18030" if found in ("gb2312", "gbk") else found


def _decoded(body: bytes, name: str) -> tuple[bytes, str]:
    """The body by the charset that its first bytes prove."""
    try:
        return (body if name == "utf-8" else body.decode(name).encode()), ""
    except UnicodeError:
        text = body.decode(name, "replace")
    return text.encode("utf-8", "replace"), f"it holds bytes that are no {name.upper()}"


def _guessed(body: bytes) -> tuple[bytes, str]:
    """A body that is what it says nowhere: UTF-8 with faults, or else windows-1252."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 2 > len(text) - sum(map(str.isascii, text)):
        text = body.decode("cp1252", "replace")
        return text.encode(), "its charset is not the one it names; read as windows-1252"
    return text.encode(), f"it holds {broken} faulty UTF-8 characters"


def _without_prolog(data: bytes) -> bytes:
    """The root element behind a plain XML declaration; line numbers stay true where cheap.

    What stands before the first markup, such as the notice of a script, is left out.
    """
    match = _PROLOG.match(data, 0, 2 * PROLOG)
    end = match.end() if match else 0
    rest = data[end:]
    root = _ROOT.search(rest)
    if not root:
        raise NotAFeed("plain text" if _texty(data) else "binary data")
    before = rest[: root.start()]
    if end + len(before) > PROLOG or _DOCTYPE.search(before):
        raise ParseError("what stands before the first element of the feed is too long or broken")
    if before:  # feedparser's patterns stall on white space in there
        rest = re.sub(rb"\s{2,}", b"\n", before) + rest[len(before) :]
    if match and match["doctype"] and b"<!ENTITY" in match["doctype"]:
        rest = _expanded(rest, match["doctype"])
    return b'<?xml version="1.0"?>' + b"\n" * min(data.count(b"\n", 0, end), 100) + rest


def _expanded(rest: bytes, doctype: bytes) -> bytes:
    """The document with its harmless entities replaced by their text.

    Raises ParseError where an entity is used that is built of others or lies elsewhere, or where
    the text would grow by more than a mebibyte; entities that are only declared do no harm.
    """
    declared = {m[1]: m[2] if m[2] is not None else m[3] for m in _ENTITY.finditer(doctype)}
    used = Counter(name for name in _REFERENCE.findall(rest) if name in declared)
    texts: dict[bytes, bytes] = {}
    for name in used.keys() - _PREDEFINED:
        text = declared[name]  # None where it lies elsewhere
        if text is None or not _PLAIN_VALUE.fullmatch(text):
            told = clean(name.decode("utf-8", "replace"), 40)
            raise ParseError(f"the feed uses the XML entity '{told}', which is not plain text")
        texts[name] = text.replace(b'"', b"&quot;").replace(b"'", b"&apos;")
    if sum(len(text) * used[name] for name, text in texts.items()) > EXPANSION:
        raise ParseError("the XML entities of the feed grow beyond 1 MiB")

    def value(match: re.Match[bytes]) -> bytes:
        return texts.get(match[1], match[0])

    return _REFERENCE.sub(value, rest)
