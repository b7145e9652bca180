"""What users rely on of the first look at an answer: what it is, its charset, its entities."""

import re

import pytest

from monitor.models import RawFeed
from monitor.parse import ParseError, parse

URL = "https://example.org/news/feed.xml"
RSS = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Outlet</title>
<item><title>Patches &amp; fixes</title></item></channel></rss>"""


def feed_of(text: str | bytes, content_type: str = "") -> RawFeed:
    return parse(text.encode() if isinstance(text, str) else text, content_type, URL)


def title_of(text: str | bytes, content_type: str = "") -> str:
    return feed_of(text, content_type).entries[0].title.value


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty body"),
        (b"\xef\xbb\xbf \n", "an empty body"),
        (b"<!doctype html><html><title>Sign\x1b in</title><p>x</html>", "titled 'Sign in'"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "an HTML page"),
        (b"\x89PNG\r\n\x1a\n123", "a PNG image"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x1f\x8b\x08\x00\x00", "gzip-compressed data"),
        (b"Service unavailable", "plain text"),
        (b"/etc/passwd", "plain text"),
        (b"https://example.org/feed.xml", "plain text"),
        (bytes(range(1, 256)) * 4, "binary data"),
        (b'{"items": []}', "JSON, but not a JSON Feed"),
        (b"[1, 2]", "JSON, but not a JSON Feed"),
        (b"<opml version='2.0'><body/></opml>", "an OPML list of feeds"),
        (b"<note><to>you</to></note>", "an XML document of <note>"),
    ],
)
def test_what_came_instead_of_a_feed_is_named(body: bytes, what: str) -> None:
    with pytest.raises(ParseError, match=re.escape(what)):
        parse(body, "application/rss+xml", URL)


ENTITIES = """<!DOCTYPE rss [<!ENTITY eacute "&#233;"><!ENTITY % p "x">
<!ENTITY ext SYSTEM "file:///etc/hostname"><!ENTITY a "aa"><!ENTITY b "&a;&a;">]>"""


def with_entity(use: str) -> str:
    head, tail = RSS.split("\n", 1)
    return f"{head}\n{ENTITIES}\n{tail.replace('Patches', use)}"


def test_entities_that_stand_for_plain_text_are_read_and_unused_ones_do_no_harm() -> None:
    assert title_of(with_entity("Caf&eacute;")) == "Caf\u00e9 & fixes"
    assert title_of(with_entity("Patches")) == "Patches & fixes"


@pytest.mark.parametrize("use", ["&ext;", "&b;"])
def test_entities_from_elsewhere_or_of_others_are_refused(use: str) -> None:
    with pytest.raises(ParseError, match=f"the XML entity '{use[1:-1]}'"):
        feed_of(with_entity(use))


def test_entities_cannot_make_a_document_grow() -> None:
    head = f'<!DOCTYPE rss [<!ENTITY big "{"A" * 30_000}">]>'
    with pytest.raises(ParseError, match="grow beyond 1 MiB"):
        feed_of(head + RSS.split("\n", 1)[1].replace("Patches", "&big;" * 100))


def test_a_prolog_of_over_64_kib_is_refused() -> None:
    declarations = "".join(f'<!ENTITY a{i} "x">' for i in range(8_000))
    with pytest.raises(ParseError, match="before the first element"):
        feed_of(f"<!DOCTYPE rss [{declarations}]>" + RSS.split("\n", 1)[1])


UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")
ASIAN = ("gb18030", "gbk", "big5hkscs", "euc_jp", "shift_jis", "euc_kr", "iso2022_jp")


@pytest.mark.parametrize("encoding", [*UNICODE, *ASIAN])
@pytest.mark.parametrize("where", ["prolog", "header"])
def test_text_is_the_same_in_every_charset(encoding: str, where: str) -> None:
    name = encoding.removesuffix("-sig").replace("-le", "").replace("-be", "")
    title = "\uff28\uff35\uff21\uff37\uff25\uff29" if "jp" in encoding else "\u83ef"
    declared = f' encoding="{name}"' if where == "prolog" else ""
    text = f'<?xml version="1.0"{declared}?>' + RSS.split("?>", 1)[1].replace("Patches", title)
    header = f"application/rss+xml; charset={name}" if where == "header" else "text/xml"
    feed = feed_of(text.encode(encoding), header)
    assert feed.entries[0].title.value == f"{title} & fixes"
    assert feed.warning == ""


UNSAFE = ("utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "undefined", "idna", "hex")


@pytest.mark.parametrize("name", UNSAFE)
def test_charsets_that_make_something_else_of_ascii_are_refused(name: str) -> None:
    with pytest.raises(ParseError, match=f"the charset {name}"):
        feed_of(RSS, f"text/xml; charset={name}")
    with pytest.raises(ParseError, match=f"the charset {name}"):
        feed_of(RSS.replace('"1.0"', f'"1.0" encoding="{name}"', 1))


def test_bytes_that_are_no_utf8_are_told_and_cost_no_more_than_themselves() -> None:
    body = RSS.replace("Patches", "\u534e\u4e3a and bad").encode().replace(b"bad", b"b\xe9d")
    feed = parse(body, "text/xml; charset=utf-8", URL)
    assert "\u534e\u4e3a and b" in feed.entries[0].title.value
    assert "faulty UTF-8" in feed.warning
    windows = parse(RSS.replace("Patches", "Caf\u00e9").encode("cp1252"), "text/xml", URL)
    assert windows.entries[0].title.value.startswith("Caf\u00e9")
