"""What users rely on of `monitor.parse`: every format read alike, whatever comes never raises."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models import RawEntry, RawFeed, RawText
from monitor.parse import ITEMS, ParseError, document, parse, parse_fast, parse_reference
from monitor.parse.common import epoch, period, person, when

FEEDS = Path(__file__).parents[2] / "shared" / "data" / "feeds"
URL = "https://example.org/news/feed.xml"
REAL = ("fastfeedparser/benchmark", "cyberdash/xml-20250724", "rss-parser")
needs_feeds = pytest.mark.skipif(not FEEDS.is_dir(), reason="the recorded feeds are not here")

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Outlet</title><link>https://example.org/</link><language>en</language><ttl>60</ttl>
<item><title>Patches &amp; fixes</title><link>/a</link><guid isPermaLink="false">7</guid>
<description>&lt;p&gt;Short&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Long text</p>]]></content:encoded>
<pubDate>Tue, 05 Aug 2025 10:00:00 +0200</pubDate><author>a@b.example (Ann)</author>
<source url="https://s.example/">Source</source></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Outlet</title>
<link href="https://example.org/"/><entry><title>Patches &amp; fixes</title><id>7</id>
<link rel="self" href="/self"/><link href="/a"/><updated>2025-08-05T08:00:00Z</updated>
<summary type="html">&lt;p&gt;Short&lt;/p&gt;</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long text</p></div></content>
<author><name>Ann</name><email>a@b.example</email></author>
<source><title>Source</title></source></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Outlet</title><link>https://example.org/</link></channel>
<item rdf:about="7"><title>Patches &amp; fixes</title><link>/a</link>
<description>Short</description><dc:date>2025-08-05T10:00:00+02:00</dc:date>
<dc:creator>Ann</dc:creator></item></rdf:RDF>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Outlet",
        "home_page_url": "https://example.org/",
        "language": "en",
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "Patches & fixes",
                "summary": "Short",
                "content_html": "<p>Long text</p>",
                "date_published": "2025-08-05T10:00:00+02:00",
                "authors": [{"name": "Ann"}],
            }
        ],
    }
)
MOMENT = datetime(2025, 8, 5, 8, tzinfo=UTC).timestamp()


def read(text: str | bytes, content_type: str = "") -> RawFeed:
    return parse(text.encode() if isinstance(text, str) else text, content_type, URL)


def words(text: RawText) -> str:
    """The text as a reader sees it, so that harmless differences of markup do not count."""
    plain = unescape(re.sub(r"<[^>]*>", " ", text.value)) if text.html else text.value
    return " ".join(plain.split())


def essence(entry: RawEntry) -> tuple[object, ...]:
    texts = (entry.title, entry.summary, entry.content)
    return (
        *(entry.id, entry.link, entry.published, entry.author, entry.source, entry.lang),
        *((words(text), text.html) for text in texts),
    )


@pytest.mark.parametrize("text", [RSS, ATOM, RDF, JSON], ids=["rss", "atom", "rdf", "json"])
def test_every_format_gives_the_same_entry(text: str) -> None:
    feed = read(text)
    (entry,) = feed.entries
    assert (feed.title, feed.link, feed.warning) == ("Outlet", "https://example.org/", "")
    assert (entry.id.removeprefix("https://example.org/news/"), entry.author) == ("7", "Ann")
    assert (entry.link, entry.published) == ("https://example.org/a", MOMENT)
    assert words(entry.title) == "Patches & fixes"
    assert words(entry.summary) == "Short"
    assert words(entry.content) == ("" if text is RDF else "Long text")
    assert entry.source == ("Source" if text in (RSS, ATOM) else "")


def test_the_channel_of_rss_says_how_often_it_may_be_polled_and_its_language() -> None:
    feed = read(RSS)
    assert (feed.ttl, feed.lang, read(JSON).lang, read(ATOM).lang) == (3600.0, "en", "en", "en")


def test_cdf_and_atom_03_and_netscape_rss_are_read() -> None:
    cdf = read(
        '<channel href="https://e.org/"><item href="https://e.org/1"><title>T</title></item>'
        "</channel>"
    )
    old = read(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title>'
        "<issued>2025-08-05T08:00:00Z</issued></entry></feed>"
    )
    netscape = read(
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://n.example/d">'
        '<rss version="0.91"><channel><item><title>T</title></item></channel></rss>'
    )
    assert [words(feed.entries[0].title) for feed in (cdf, old, netscape)] == ["T"] * 3
    assert cdf.entries[0].link == "https://e.org/1"
    assert old.entries[0].published == MOMENT


def recorded(*folders: str) -> Iterator[tuple[Path, bytes]]:
    """The recorded XML documents, as the readers get them."""
    for folder in folders:
        for path in sorted((FEEDS / folder).rglob("*")):
            if path.is_file() and "hourly" not in path.parts:
                try:
                    data, is_json, _ = document(path.read_bytes(), "")
                except ParseError:
                    continue
                if not is_json:
                    yield path, data


@needs_feeds
def test_where_the_fast_path_answers_it_says_what_the_reference_says() -> None:
    compared = 0
    for path, data in recorded("."):
        fast = parse_fast(data, URL)
        if fast is None:
            continue
        slow = parse_reference(data, URL)
        assert [*map(essence, fast.entries)] == [*map(essence, slow.entries)], path
        compared += len(fast.entries)
    assert compared > 3_500


@needs_feeds
def test_the_fast_path_takes_most_real_feeds() -> None:
    answers = [parse_fast(data, URL) is not None for _, data in recorded(*REAL)]
    assert len(answers) > 130
    assert sum(answers) > 0.9 * len(answers)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_two_paths_agree_on_rearranged_items(data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.sampled_from(PIECES), max_size=7))
    text = RSS[: RSS.index("<item>")] + "<item>" + "".join(pieces) + "</item></channel></rss>"
    plain = document(text.encode(), "").data
    fast = parse_fast(plain, URL)
    if fast is not None:
        assert [*map(essence, fast.entries)] == [*map(essence, parse_reference(plain, URL).entries)]


PIECES = [
    *re.findall(r"<(?=[a-z])[^<]*>[^<]*</[^<]*>", RSS[RSS.index("<item>") + 6 :]),
    "<title/>",
    "<title>Caf\u00e9 \u534e\u4e3a</title>",
    "<title>&lt;b&gt;Bold&lt;/b&gt; &amp;amp; more</title>",
    "<link>https://example.com/x?a=1&amp;b=2;c</link>",
    "<link/>",
    "<guid>https://example.com/9</guid>",
    "<guid>nine</guid>",
    "<description>Second</description>",
    "<content:encoded>&lt;i&gt;Third&lt;/i&gt;</content:encoded>",
    "<dc:creator>Bob</dc:creator>",
    "<dc:date>2025-02-30T00:00:00Z</dc:date>",
    "<dc:title>Other</dc:title>",
    "<pubDate>5 Aug 25 10:00 EST</pubDate>",
    "<source>Elsewhere</source>",
    "<unknown a='b'><title>Inner</title></unknown>",
    "<media:group xmlns:media='http://search.yahoo.com/mrss/'><media:title>M</media:title>"
    "<media:description>D</media:description></media:group>",
]


def test_a_feed_without_items_is_fine() -> None:
    assert read("<rss version='2.0'><channel><title>T</title></channel></rss>").entries == ()
    assert read("<rss version='2.0'><channel/></rss>").warning == ""


@pytest.mark.parametrize(
    "text",
    [RSS.replace("</source>", "</source> & "), RSS[: RSS.index("<source")], "\n" + RSS * 2],
    ids=["bare ampersand", "truncated", "two documents"],
)
def test_the_entries_of_a_broken_feed_are_kept_and_the_breakage_is_told(text: str) -> None:
    feed = read(text)
    assert [words(entry.title) for entry in feed.entries[:1]] == ["Patches & fixes"]
    assert re.search(r"its XML is broken in line \d+ \(", feed.warning)


def test_what_a_script_printed_before_the_feed_is_left_out() -> None:
    feed = read("\n\nDeprecated: x in y.php\n" + RSS)
    assert len(feed.entries) == 1
    assert feed.warning == ""


def many(count: int, tail: str = "") -> str:
    items = "".join(f"<item><title>N{i}</title>{tail}</item>" for i in range(count))
    return f"<rss version='2.0'><channel>{items}</channel></rss>"


@pytest.mark.parametrize("tail", ["", "<b>&nbsp;</b>"], ids=["fast", "reference"])
def test_only_the_first_items_are_read_and_the_cut_is_told(tail: str) -> None:
    feed = read(many(ITEMS + 7, tail))
    titles = [words(entry.title) for entry in feed.entries]
    assert titles == [f"N{i}" for i in range(ITEMS)]
    assert f"the first {ITEMS} of its {ITEMS + 7} items" in feed.warning


def test_only_the_first_items_of_a_json_feed_are_read() -> None:
    items = [{"id": str(i), "title": "t"} for i in range(ITEMS + 7)]
    feed = read(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}))
    assert len(feed.entries) == ITEMS
    assert f"of its {ITEMS + 7} items" in feed.warning


@pytest.mark.parametrize("tail", ["", "&nbsp;"], ids=["fast", "reference"])
def test_no_field_is_longer_than_its_limit(tail: str) -> None:
    long = "x" * 100_000
    (entry,) = read(
        f"<rss version='2.0'><channel><item><title>{long}</title><link>https://e.org/{long}</link>"
        f"<guid>{long}</guid><description>{long}</description><author>{long}</author>"
        f"<source>{long}</source>{tail}</item></channel></rss>"
    ).entries
    assert (len(entry.title.value), len(entry.summary.value)) == (2_000, 60_000)
    assert (len(entry.link), len(entry.id)) == (2_000, 2_000)
    assert len(entry.author) == len(entry.source) == 500


def test_what_feedparser_stalls_on_is_read_or_refused() -> None:
    assert len(read("<?xml version='1.0'?>" + "\n" * 60_000 + RSS.split("?>", 1)[1]).entries) == 1
    author = RSS.replace("a@b.example (Ann)", "a@" + "a." * 20_000 + "!&nbsp;")
    assert len(read(author).entries) == 1
    with pytest.raises(ParseError, match="over 1000 attributes"):
        read(RSS.replace("<item>", f"<item {' '.join(f'a{i}=1' for i in range(50_000))}>"))


def test_references_to_what_is_no_character_do_not_cost_the_feed() -> None:
    feed = read(RSS.replace("/a<", "/a&#xD800;&#99999999999;<"))
    assert feed.entries[0].link == "https://example.org/a\ufffd\ufffd"


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, ZONES)
def test_dates_of_both_standards_are_read_to_the_second(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    assert when(format_datetime(aware)) == aware.timestamp()
    assert when(aware.isoformat()) == aware.timestamp()
    assert when(aware.isoformat(timespec="milliseconds")) == aware.timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05 Aug 2025 10:00 EST", MOMENT + 7 * 3600),
        ("2025-08-05", MOMENT - 8 * 3600),
        ("2025-08-05 08:00:00", MOMENT),
        ("Tue, 5 Aug 2025 08:00:00 GMT", MOMENT),
        ("Tue, 30 Feb 2025 08:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_other_dates_are_read_and_what_is_none_is_none(text: str, expected: float | None) -> None:
    assert when(text) == expected


@given(st.text())
def test_no_date_raises(text: str) -> None:
    assert when(text) is None or isinstance(when(text), float)


def test_a_time_that_no_clock_can_hold_is_none() -> None:
    assert epoch(time.struct_time((-1, 0, 0, 0, 0, 0, 0, 0, 0))) is None


@pytest.mark.parametrize(
    ("ttl", "named", "frequency", "expected"),
    [
        ("60", None, None, 3600.0),
        ("0", None, None, None),
        ("-5", "hourly", None, 3600.0),
        ("99999999", "daily", "4", 21600.0),
        (None, "Daily ", "x", 86400.0),
        (None, "yearly", "1", None),
        (["60"], {"a": 1}, None, None),
    ],
)
def test_only_sane_periods_are_taken(
    ttl: object, named: object, frequency: object, expected: float | None
) -> None:
    assert period(ttl, named, frequency) == expected


def test_a_person_is_a_name_where_there_is_one() -> None:
    names = [person(text) for text in ("a@b.c (Ann Lee)", "Ann Lee <a@b.c>", "a@b.c", "Ann", "")]
    assert names == ["Ann Lee", "Ann Lee", "a@b.c", "Ann", ""]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
FIELDS = ("id", "url", "external_url", "title", "content_html", "content_text", "summary",
          "date_published", "date_modified", "authors", "author", "language")  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING) | ANYTHING, max_size=4))
def test_wrong_types_in_a_json_feed_never_raise(items: list[object]) -> None:
    version = {"version": "https://jsonfeed.org/version/1.1"}
    feed = read(json.dumps({**version, "title": items, "items": items}))
    assert len(feed.entries) == sum(isinstance(item, dict) for item in items)
    "".join(f"{entry!r}" for entry in feed.entries).encode()  # no lone surrogates


def test_wrong_types_and_faults_of_json_are_told() -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": %s}'
    told = read(feed % '[{"id": "1", "title": ["x"], "url": 5}, 3, {"id": NaN}]')
    assert len(told.entries) == 2
    assert "1 items are no JSON objects" in told.warning
    assert "wrong types in: title, url" in told.warning
    with pytest.raises(ParseError, match="broken in line 1"):
        read(feed % "[")
    with pytest.raises(ParseError, match="nested too deeply"):
        read(feed % ("[" * 100_000 + "]" * 100_000))


@given(st.binary(max_size=200), st.text(max_size=20))
def test_whatever_comes_is_a_feed_or_an_error(body: bytes, content_type: str) -> None:
    for start in (b"", b"<rss version='2.0'><channel><item>", b"<?xml version='1.0' encoding='"):
        with suppress(ParseError):
            assert isinstance(parse(start + body, content_type, URL), RawFeed)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_feed_is_read_or_refused(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from([RSS, ATOM, RDF, JSON])).encode()
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 30)))
        body = body[:start] + data.draw(st.binary(max_size=8)) + body[end:]
    with suppress(ParseError):
        "".join(f"{entry!r}" for entry in parse(body, "", URL).entries).encode()
