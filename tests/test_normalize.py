"""What users rely on: each entry shows as its outlet meant it, once, at an honest time."""

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.models import Entry, Feed, Fresh, Kind, RawEntry, RawFeed, RawText
from monitor.normalize import CONTENT, LINKS, SUMMARY, TITLE, canonical, normalize
from monitor.text import clean, clean_block, web_url

NOW = 1_753_500_000.0
HOUR, DAY = 3600.0, 86400.0
FEED = Feed(id="bleeping", url="https://feed.example/", title="BleepingComputer")
NEWS = Feed(id="news", url="https://feed.example/", title="Google News", kind=Kind.AGGREGATOR)


def fresh(
    *,
    feed: Feed = FEED,
    raw_feed: RawFeed = RawFeed(),  # noqa: B008 (frozen)
    since: float | None = None,
    **fields: Any,
) -> Fresh:
    for name in ("title", "summary", "content"):
        if isinstance(fields.get(name), str):
            fields[name] = RawText(fields[name], html=True)
    result = normalize(RawEntry(**{"id": "1", **fields}), raw_feed, feed, NOW, since)
    assert result is not None
    return result


def entry(**fields: Any) -> Entry:
    return fresh(**fields).entry


@pytest.mark.parametrize(
    ("value", "html", "title"),
    [
        ("[CVE-2026-1234] Flaw", True, "[CVE-2026-1234] Flaw"),
        ("AT&amp;T fined", True, "AT&T fined"),
        ("AT&amp;amp;T fined", True, "AT&T fined"),
        ("R&D at Huawei", True, "R&D at Huawei"),
        ("a < b and c > d", True, "a < b and c > d"),
        ("x <y and z", True, "x <y and z"),
        ("XSS through <script> tags", True, "XSS through <script> tags"),
        ("<b>Huawei</b> says <i>no</i>", True, "Huawei says no"),
        ("&lt;b&gt;Huawei&lt;/b&gt; says", True, "Huawei says"),
        ("Huawei&#8217;s &quot;OS&quot;", True, 'Huawei’s "OS"'),
        ("Write &amp; in <b>HTML</b>", False, "Write &amp; in <b>HTML</b>"),
        ("&#27;]0;pwned&#7;Flaw", True, "]0;pwnedFlaw"),
        ("&amp;#x9d;52;c;SFM=&amp;#x9c;Flaw", True, "52;c;SFM=œFlaw"),  # as HTML reads C1
        (" two\n lines ", False, "two lines"),
    ],
)
def test_titles(value: str, html: bool, title: str) -> None:
    assert entry(title=RawText(value, html)).title == title


def test_a_summary_is_one_line_and_a_content_has_paragraphs() -> None:
    result = fresh(
        title="t",
        summary="<p>First &amp; <b>second</b>.</p><p>Third<br/>fourth.</p><script>evil()</script>",
        content="<h2>Head</h2>\n<ul>\n<li>one\n word</li><li>two</li></ul><style>p{}</style>tail",
    )
    assert result.body.summary == "First & second. Third fourth."
    assert result.body.content == "Head\none word\ntwo\ntail"


def test_plain_text_stays_as_it_is() -> None:
    body = fresh(title="t", summary=RawText("if a <b> c &amp; d", html=False)).body
    assert body.summary == "if a <b> c &amp; d"
    mislabelled = fresh(title="t", summary=RawText("Flaw&nbsp;#1&nbsp;: bad", html=False)).body
    assert mislabelled.summary == "Flaw #1 : bad"


def test_markup_that_was_escaped_twice_is_decoded_twice() -> None:
    body = fresh(title="t", summary="&lt;p&gt;It&amp;#39;s &lt;b&gt;bad&lt;/b&gt;&lt;/p&gt;").body
    assert body.summary == "It's bad"


def test_a_long_summary_is_cut_at_a_word_and_kept_whole_as_content() -> None:
    body = fresh(title="t", summary="<p>" + "word " * 2000 + "</p>").body
    assert len(body.summary) <= SUMMARY
    assert body.summary.endswith("word…")
    assert body.content == ("word " * 2000).strip()


def test_lengths_are_bounded_and_cuts_are_told() -> None:
    result = fresh(
        id="g" * 1_000_000,
        link="https://example.invalid/" + "a" * 100_000,
        title="T" * 1_000_000,
        summary="S" * 1_000_000,
        content="C" * 1_000_000,
        author="A" * 1_000_000,
    )
    assert (len(result.entry.title), result.entry.title[-1]) == (TITLE, "…")
    assert len(result.body.content) == CONTENT
    assert len(result.entry.id) <= 2000
    assert (result.entry.url, result.entry.canonical) == ("", "")
    assert len(result.body.author) == 100


def test_summary_and_content_stand_in_for_one_another_and_for_a_title() -> None:
    result = fresh(content="<p>Only content.</p>")
    assert result.entry.title == "Only content."
    assert (result.body.summary, result.body.content) == ("Only content.", "")
    assert entry(link="https://example.org/x").title == "(no title)"


def test_what_says_nothing_is_dropped() -> None:
    raw = RawEntry(title=RawText("\u200b "), link="javascript:alert(1)")
    assert normalize(raw, RawFeed(), FEED, NOW, None) is None


def test_a_title_that_was_nothing_but_an_attack_is_told() -> None:
    got = entry(title="\x1b]52;c;SFM=\x07")
    assert (got.title, got.hidden) == ("(no title)", 2)


def test_control_characters_in_markup_do_no_harm() -> None:
    body = fresh(title="t", summary="<p>a\x01b\uffff</p>c &#1;&#xFFFF;<br>\x1b[2Jd").body
    assert body.summary.startswith("ab c")
    assert body.summary.endswith("d")


def test_a_picture_speaks_by_its_alternative_text_if_nothing_else_does() -> None:
    assert fresh(title="t", summary='<img src="x.png" alt="The bulletin">').body.summary == (
        "The bulletin"
    )


def test_links_are_web_addresses_and_few() -> None:
    anchors = "".join(f'<a href="https://example.org/{i}">x</a>' for i in range(50))
    html = '<a href="javascript:x">x</a><a href="/rel">x</a><a href=" https://a.example/ ">x</a>'
    links = fresh(title="t", summary=html * 2 + anchors).body.links
    assert links[:2] == ("https://a.example/", "https://example.org/0")
    assert len(links) == LINKS


def test_hidden_characters_are_counted_in_title_and_summary() -> None:
    assert entry(title="safe\u202egnp.exe", summary="a&#8203;b&#173;c").hidden == 3
    assert entry(title="“Huawei’s” 👨\u200d👩\u200d👧", summary="<p>a</p>\n<p>b</p>").hidden == 0


def test_identity_is_guid_else_link_else_what_it_says() -> None:
    assert entry(id=" urn:1 ", link="https://a.example/", title="t").id == "urn:1"
    assert entry(id="", link="https://a.example/?x=1", title="t").id == "https://a.example/?x=1"
    hashed = {entry(id="", title=title).id for title in ("one", "two", "one")}
    assert len(hashed) == 2
    assert entry(id="", title="one", published=NOW).id not in hashed


def test_uid_depends_on_feed_and_id_only() -> None:
    uid = entry(id="1", title="t").uid
    assert len(uid) == 16
    assert uid == entry(id="1", title="other", summary="s", link="https://a.example/").uid
    assert uid != entry(id="2", title="t").uid
    assert uid != entry(id="1", title="t", feed=NEWS).uid


def test_long_ids_that_differ_at_their_end_stay_apart() -> None:
    first, second = (entry(id="g" * 5000 + end, title="t") for end in "ab")
    assert first.uid != second.uid


@pytest.mark.parametrize(
    ("published", "since", "kept", "time"),
    [
        (NOW - 5 * HOUR, None, NOW - 5 * HOUR, NOW - 5 * HOUR),
        (None, None, None, NOW - 30 * DAY),
        (NOW + 0.5 * HOUR, None, NOW + 0.5 * HOUR, NOW),
        (NOW + 2 * HOUR, None, None, NOW - 30 * DAY),
        (0.0, None, None, NOW - 30 * DAY),
        (-62e9, None, None, NOW - 30 * DAY),
        (math.nan, None, None, NOW - 30 * DAY),
        (math.inf, None, None, NOW - 30 * DAY),
        (0.0, NOW - HOUR, None, NOW),
        (NOW - 2 * HOUR, NOW - HOUR, NOW - 2 * HOUR, NOW - 2 * HOUR),
        (NOW - 9 * HOUR, NOW - HOUR, NOW - 9 * HOUR, NOW),
        (None, NOW - HOUR, None, NOW),
    ],
)
def test_times(
    published: float | None, since: float | None, kept: float | None, time: float
) -> None:
    got = entry(title="t", published=published, since=since)
    assert (got.published, got.time, got.first_seen, got.last_seen) == (kept, time, NOW, NOW)


# -------------------------------------------------------------------------------------- outlet


@pytest.mark.parametrize(
    ("fields", "title", "outlet"),
    [
        ({"title": "Flaw found | BleepingComputer"}, "Flaw found", "BleepingComputer"),
        ({"title": "Flaw found - bleepingcomputer"}, "Flaw found", "BleepingComputer"),
        ({"title": "Inside BleepingComputer"}, "Inside BleepingComputer", "BleepingComputer"),
        ({"title": "Patches - a primer"}, "Patches - a primer", "BleepingComputer"),
        (
            {"title": "Flaw found - The Register", "feed": NEWS, "source": "The Register"},
            "Flaw found",
            "The Register",
        ),
        ({"title": "Flaw found by X-Force - Ars", "feed": NEWS}, "Flaw found by X-Force", "Ars"),
        ({"title": "No outlet in this", "feed": NEWS}, "No outlet in this", "Google News"),
        ({"title": "Flaw - Ars", "source": "Ars"}, "Flaw", "Ars"),
        ({"title": "Flaw", "source": "https://www.example.org/feed"}, "Flaw", "www.example.org"),
        (
            {"title": "Flaw - The Register", "raw_feed": RawFeed(title="The Register - Security")},
            "Flaw",
            "BleepingComputer",
        ),
        (
            {"title": "鸿蒙补丁发布-IT之家", "feed": Feed("it", "https://i.example", "IT之家")},
            "鸿蒙补丁发布",
            "IT之家",
        ),
        (
            {"title": "Flaw", "feed": Feed("f", "u", ""), "raw_feed": RawFeed(title="Their")},
            "Flaw",
            "Their",
        ),
        (
            {"title": "Flaw", "feed": Feed("f", "u", ""), "link": "https://www.example.org/a"},
            "Flaw",
            "example.org",
        ),
    ],
)
def test_outlets(fields: dict[str, Any], title: str, outlet: str) -> None:
    got = entry(**fields)
    assert (got.title, got.outlet) == (title, outlet)


def test_an_aggregators_summary_that_repeats_the_title_is_dropped() -> None:
    result = fresh(
        title="Flaw found in phones - Ars",
        summary='<a href="https://a.example/">Flaw found in phones</a>&nbsp;<font>Ars</font>',
        source="Ars",
        feed=NEWS,
    )
    assert result.body.summary == ""
    assert result.body.links == ("https://a.example/",)


# ------------------------------------------------------------------------------------ language


@pytest.mark.parametrize(
    ("declared", "title", "lang"),
    [
        ("en-US", "Flaw found", "en"),
        ("", "Flaw found", ""),
        ("zh_CN", "Flaw found", "zh"),
        ("en", "华为发布安全公告", "zh"),
        ("", "华为HarmonyOS 5.1发布", "zh"),
        ("ja", "華為技術日本", "ja"),
        ("en", "ファーウェイのスマホ", "ja"),
        ("zh", "화웨이 보안 업데이트", "ko"),
        ("", "Уязвимость в HarmonyOS", "ru"),
        ("uk", "Вразливість у телефонах", "uk"),
        ("en", "ثغرة في هواتف هواوي", "ar"),
        ("fa", "آسیب‌پذیری در گوشی‌های هواوی", "fa"),
        ("en", "Huawei (华为) says the flaw isn’t real", "en"),
        ("fr", "Sécurité : une faille corrigée", "fr"),
        ("x" * 1000, "Flaw", ""),
        ("12", "Flaw", ""),
    ],
)
def test_languages(declared: str, title: str, lang: str) -> None:
    assert entry(title=title, lang=declared).lang == lang
    assert entry(title=title, raw_feed=RawFeed(lang=declared)).lang == lang


# ------------------------------------------------------------------------------------- address

SAME = "https://example.org/a/b?id=7"


@pytest.mark.parametrize(
    "url",
    [
        SAME,
        "http://www.example.org/a/b?id=7",
        "https://EXAMPLE.org:443/a/b/?id=7#comments",
        "http://example.org:80/a/b?utm_source=rss&id=7&utm_medium=feed&fbclid=X&ref=hn",
        "https://m.example.org/a/b?id=7&gclid=1&mc_cid=2&at_medium=x&cmp=y&guccounter=1",
        "https://mobile.example.org/a/b/amp/?id=7",
        "https://amp.example.org/a/b/?amp=1&id=7",
        "https://example.org/a/./x/../%62/index.html?id=7",
        "https://example.org/amp/a/b?id=7&outputType=amp",
        "https://www.google.com/amp/s/www.example.org/a/b?id=7",
        "https://example-org.cdn.ampproject.org/c/s/example.org/a/b?id=7",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.org%2Fa%2Fb%3Fid%3D7&usg=x",
        "https://news.google.com/x?url=https://www.example.org/a/b%3Fid%3D7",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%2Fb%3Fid%3D7%26fbclid%3Dz",
    ],
)
def test_one_article_has_one_canonical_address(url: str) -> None:
    assert canonical(url) == SAME
    got = entry(title="t", link=f" {url}\n")
    assert (got.url, got.canonical) == (url, SAME)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/", "https://example.org"),
        ("https://example.org/?b=2&a=1", "https://example.org?a=1&b=2"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://en.m.wikipedia.org/wiki/Huawei", "https://en.wikipedia.org/wiki/Huawei"),
        ("https://m.me/x", "https://m.me/x"),
        ("https://amp.dev/x", "https://amp.dev/x"),
        ("https://example.org/camp/champ", "https://example.org/camp/champ"),
        ("https://example.org/A/b%2fc", "https://example.org/A/b%2Fc"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://example.org/安全", "https://example.org/%E5%AE%89%E5%85%A8"),
        ("https://www.google.com/search?q=https://a.example/", None),
        ("https://example.org/share?url=https://a.example/", None),
        ("https://www.google.com/url?url=javascript:x", "https://google.com/url?url=javascript:x"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_what_is_another_article_keeps_its_address(url: str, expected: str | None) -> None:
    if expected is None:
        expected = url.replace("www.", "")
    assert canonical(url) == expected


PARTS = [
    "https://", "http://", "www.", "m.", "amp.", "example.org", "google.com", ":80", ":8080",
    "/", "//", "/amp", ".amp", "/index.html", "/..", "/.", "%61", "%2f", "%", "?", "&", "=", ";",
    "#", "url=", "https%3A%2F%2F", "utm_source=x", "id=1", "amp=1", "é", "中", "[", "]", "@",
]  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14))
@example(["/", "%", "%61", "%61"])
def test_a_canonical_address_is_its_own(parts: list[str]) -> None:
    url = canonical("https://example.org" + "".join(parts))
    assert canonical(url) == url
    assert url == web_url(url)


# -------------------------------------------------------------------------------- anything goes

ODD = st.text(
    st.one_of(
        st.characters(), st.sampled_from("<>&;#/=\"' \n\x00\x01\uffff\x1b\x9d\u202e\ud800abpx!-")
    ),
    max_size=80,
)
TEXTS = st.builds(
    RawText,
    st.one_of(ODD, st.sampled_from(["<p>x", "&lt;b&gt;", "<!-- ", "<a href='https://a.b/'>"])),
    st.booleans(),
)


@settings(max_examples=1500, deadline=None)
@given(
    st.builds(
        RawEntry,
        id=ODD,
        link=st.one_of(ODD, ODD.map("https://a.example/".__add__)),
        title=TEXTS,
        summary=TEXTS,
        content=TEXTS,
        published=st.one_of(st.none(), st.floats()),
        author=ODD,
        source=ODD,
        lang=ODD,
    ),
    st.builds(RawFeed, title=ODD, lang=ODD),
    st.sampled_from([FEED, NEWS]),
    st.one_of(st.none(), st.floats(0, NOW)),
)
def test_no_entry_does_harm(raw: RawEntry, feed_: RawFeed, feed: Feed, since: float | None) -> None:
    result = normalize(raw, feed_, feed, NOW, since)
    if result is None:
        return
    got, body = result
    for line in (got.id, got.title, got.outlet, got.lang, body.summary, body.author):
        assert clean(line) == line
    assert clean_block(body.content) == body.content
    assert got.title
    assert got.id
    assert web_url(got.url) == got.url
    assert got.time <= NOW
    assert normalize(raw, feed_, feed, NOW, since) == result
