"""The query language: what it matches, what it refuses, and that the live filter can rely on it."""

import json
import operator
import re
import string
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import Entry, Kind, Story
from monitor.query import Corpus, Query, QueryError, parse
from monitor.query.fields import Field
from monitor.query.terms import All, Either, Fuzzy, Not, Pattern, Term, Word, near
from monitor.text import fold

NOW = datetime(2025, 8, 31, 12, tzinfo=UTC).timestamp()
HOUR, DAY = 3600.0, 86400.0
SHARED = Path(__file__).parent.parent.parent / "shared"


def entry(title: str, feed: str = "bbc", **more: object) -> Entry:
    fields = {"outlet": "BBC News", "lang": "en", "time": NOW} | more
    uid = f"{feed}-{title}"
    return Entry(
        uid=uid,
        feed=feed,
        id=uid,
        title=title,
        url="",
        canonical="",
        published=None,
        first_seen=NOW,
        last_seen=NOW,
        **fields,  # type: ignore[arg-type]
    )


def story(*entries: Entry, topics: tuple[str, ...] = ()) -> Story:
    return Story(
        id=entries[0].uid,
        entries=entries,
        time=max(entry.time for entry in entries),
        sources=len({entry.outlet for entry in entries}),
        topics=topics,
        cves=tuple(sorted({cve for entry in entries for cve in entry.cves})),
    )


STORIES = [
    story(
        entry("Maduro: US spies cannot hack this Huawei phone", feed="gulf-news", outlet="Gulf"),
        entry("Huawei phone is unhackable, says Maduro", outlet="Yahoo!", duplicate_of="x"),
        topics=("geopolitics", "devices"),
    ),
    story(
        entry(
            "HarmonyOS August bulletin fixes 60 bugs",
            feed="huawei-psirt",
            outlet="Huawei PSIRT",
            cves=("CVE-2025-54627", "CVE-2024-1234"),
            time=NOW - 30 * DAY,
        ),
        topics=("security", "patches"),
    ),
    story(
        entry(
            "华为发布鸿蒙系统更新",
            feed="ithome",
            outlet="IT之家",
            lang="zh-CN",
            time=NOW - 3 * HOUR,
        )
    ),
    story(
        entry(
            "NSA hacked Huawei's servers", feed="spiegel", outlet="Der Spiegel", time=NOW - 8 * DAY
        ),
        entry("Snowden files: the NSA and Huawei", outlet="NYT", time=NOW - 8 * DAY),
        entry("Beijing accuses NSA", feed="xinhua", outlet="Xinhua", lang="zh", time=NOW - 8 * DAY),
        topics=("geopolitics", "security"),
    ),
    story(entry("Kirin 9030 in the Mate 80", feed="hc", outlet="HC (Newsroom)", hidden=2)),
    story(
        entry("“Curly” quotes – and dashes", feed="gulf-news", outlet="Gulf", time=NOW - 2 * DAY)
    ),
]
SUMMARIES = ["an espionage claim", "13 of them high", "", "Operation Shotgiant", "a chip", "a \\ b"]
CORPUS = Corpus(
    stories=STORIES,
    hays=[
        "\n".join(fold(" ".join((e.title, summary, e.outlet, *e.cves))) for e in story.entries)
        for story, summary in zip(STORIES, SUMMARIES, strict=True)
    ],
    pinned={STORIES[1].id},
    read={STORIES[0].id, STORIES[1].id},
    kinds={
        "bbc": Kind.PRESS,
        "huawei-psirt": Kind.VENDOR,
        "xinhua": Kind.STATE,
        "hc": Kind.RESEARCHER,
    },
)
EVERYTHING = range(len(STORIES))


def hits(text: str) -> list[int]:
    return parse(text).select(CORPUS, EVERYTHING, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("huawei", [0, 1, 3]),
        ("HUAWEI nsa", [3]),
        ("Huawei AND nsa", [3]),
        ("huaw", [0, 1, 3]),
        ("espionage", [0]),
        ("kirin OR maduro", [0, 4]),
        ("huawei -nsa -maduro", [1]),
        ("huawei NOT nsa", [0, 1]),
        ("-(huawei OR kirin)", [2, 5]),
        ("-huawei -kirin", [2, 5]),
        ("--kirin", [4]),
        ("huawei maduro OR kirin", [0, 4]),
        ("huawei (maduro OR kirin)", [0]),
        ('"hack this huawei"', [0]),
        ("'curly' OR \"curly\"", [5]),
        ('"quotes - and"', [5]),
        ("“quotes – and”", [5]),
        ("ＫＩＲＩＮ　（mate OR 荣耀）", [4]),
        ("鸿蒙", [2]),
        ("60", [1]),
        ('"\\"curly\\""', [5]),
        ('"a \\\\ b"', [5]),
        ('"a \\ b"', [5]),
        ('"a   \\ b"', [5]),
    ],
)
def test_words_and_operators(text: str, expected: list[int]) -> None:
    assert hits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feed:xin", [3]),
        ("feed:huawei-psirt,ITHOME", [1, 2]),
        ("kind:state,vendor", [1, 3]),
        ("kind:press -kind:state", [0]),
        ("KIND:State", [3]),
        ("topic:security", [1, 3]),
        ("topic:security topic:geopolitics", [3]),
        ("cve:2025", [1]),
        ("cve:cve-2024-12", [1]),
        ("cve:CVE‑2025‑54627", [1]),
        ("cve:2025-54628", []),
        ("lang:zh", [2, 3]),
        ("lang:zh-cn", [2]),
        ("outlet:gul", [0, 5]),
        ('outlet:"der spie",之家', [2, 3]),
        ('outlet:"hc (news"', [4]),
        ("title:bulletin", [1]),
        ("title:espionage", []),
        ("title:servers,quotes", [3, 5]),
        ("newer:1h", [0, 4]),
        ("newer:1h30m", [0, 4]),
        ("newer:3h", [0, 2, 4]),
        ("older:7d", [1, 3]),
        ("older:1w newer:2w", [3]),
        ("newer:2025-08-31", [0, 2, 4]),
        ("older:2025-08-29", [1, 3]),
        ("is:pinned", [1]),
        ("is:unread", [2, 3, 4, 5]),
        ("is:read -is:pinned", [0]),
        ("is:duplicate", [0]),
        ("is:duplicated", [0]),
        ("has:cve", [1]),
        ("has:sources", [0, 3]),
        ("has:hidden", [4]),
        ("sources:>2", [3]),
        ("sources:2", [0]),
        ("sources:<=1", [1, 2, 4, 5]),
        ("sources:>=2 sources:<3", [0]),
        ("huawei kind：state，vendor", [1, 3]),
    ],
)
def test_fields(text: str, expected: list[int]) -> None:
    assert hits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"/kirin \d{4}/", [4]),
        ("/HUAWEI.*MADURO/", [0]),
        ("/^nsa/", [3]),
        ("/^snowden/", [3]),  # the title of an entry that is not the lead
        (r"/[“”]curly/", [5]),
        (r"/\p{Han}{4}/", [2]),
        (r"-/huawei/ -/\p{Han}/", [4, 5]),
        (r"/a\/b|quotes/", [5]),
        ("~harmonyso", [1]),
        ("~Huwaei", [0, 3]),
        ("~kirn", [4]),
        ("~snwoden ~nsa", [3]),
        ('~"hauwei unhackabel"', [0]),
        ("~鸿蒙", [2]),
        ("-~huwaei", [1, 2, 4, 5]),
        ("~xyzzy", []),
        ("~ns", [3]),
    ],
)
def test_patterns_and_slips(text: str, expected: list[int]) -> None:
    assert hits(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("huawei fed:x", 7, "unknown field \"fed\"; did you mean 'feed'?"),
        ("http://x/y z", 0, 'quote it: "http://x/y"'),
        ("see foo:bar", 4, 'quote it: "foo:bar"'),
        ("kind:statte x", 5, "did you mean 'state'?"),
        ("a kind:state,pres b", 13, "one of press, vendor, state"),
        ("topic:securty", 6, "did you mean 'security'?"),
        ("is:pined", 3, "did you mean 'pinned'?"),
        ("has:wings", 4, "known are cve, sources, hidden"),
        ("newer:soon", 6, '"soon" is no time; write 30m'),
        ("newer:2025-13-01", 6, "is no time"),
        ("cve:54a", 4, "is no CVE id"),
        ("sources:many", 8, "is no number"),
        ("feed:a/b", 5, "neither an id"),
        ("a OR OR b", 5, "is missing here"),
        ("OR b", 0, 'to search for the word, write "OR"'),
        ("a AND OR b", 6, "is missing here"),
        ("( )", 2, "is missing here"),
        ("a )", 2, 'without its "("'),
        ("huawei - news", 8, "quote it to search for a dash"),
        ("//", 0, "an empty pattern"),
        ("x /[a/", 2, "the pattern does not compile: missing ]"),
        ("/a{9999}/", 0, "the pattern does not compile"),
        (r"/(?:\pL{1,30}){30}/", 0, "the pattern is too large"),
        ('""', 0, "nothing to search for"),
        ("~ a", 1, "a word is missing"),
        ("~" + "a" * 99, 0, "longer than 64 characters"),
        ("-" * 40 + "a", 20, "nested too deeply"),
        ("(" * 40 + "a" + ")" * 40, 20, "nested too deeply"),
        ("a" * 2000, 1000, "longer than 1000 characters"),
    ],
)
def test_errors_say_what_and_where(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.position == position
    assert str(caught.value) == f"at character {position + 1}: {caught.value.message}"
    assert not caught.value.incomplete


@pytest.mark.parametrize(
    "text",
    [
        *("(", "(a", "a (b OR", "a OR", "a OR ", "OR", "a AND", "a -", "NOT", "a NOT ", "-(a"),
        *('"abc', '"', "“鸿蒙", "/ab", "/", r"/a\/", "~", '~"a b', 'outlet:"a'),
        *("feed:", "feed:a,", "kind:sta", "kind:state,p", "is:un", "has:", "cve:c", "newer:"),
        *("newer:2", "newer:2025", "newer:2025-08-3", "older:1h3", "sources:", "sources:>"),
    ],
)
def test_half_typed_queries_are_incomplete_not_wrong(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.incomplete


def test_hostile_patterns_end_or_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    tools = SHARED / "tools"
    if not (tools / "hostile.py").exists():
        pytest.skip("no shared tools here")
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]);"
        "import hostile; print(json.dumps(hostile.REDOS))"
    )
    command = [sys.executable, "-c", code, str(tools)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    patterns: list[str] = json.loads(done.stdout)
    titles = ["a" * 40 + "!", "a" * 5000 + "!", "word " * 60 + "!", "1" * 60 + "!", "0-" * 60]
    stories = [story(entry(title)) for title in titles]
    corpus = Corpus(stories, [fold(title) for title in titles], (), (), {})
    refused = 0
    for pattern in [*patterns, r"((a?){30}){30}z", r"(?:[ab]?.){500}q"]:
        try:
            query = parse("/" + pattern.replace("/", r"\/") + "/")
        except QueryError:
            refused += 1
        else:
            assert set(query.select(corpus, range(len(titles)), NOW)) <= set(range(len(titles)))
    assert refused >= 8
    assert capfd.readouterr() == ("", "")  # RE2 must not write over the screen


def test_imports_nothing_heavy_before_it_is_needed() -> None:
    code = (
        "import sys; from monitor.query import parse; parse('huawei (a OR kind:state) newer:2h');"
        "print(sorted({'re2', 'rapidfuzz', 'difflib', 'platformdirs', 'textual'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------- spans and narrowing


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("huawei", "Huawei and HUAWEI", ["Huawei", "HUAWEI"]),
        ("mate 80", "The Mate 80 Pro", ["Mate", "80"]),
        ('"mate 80"', "The Mate 80 Pro", ["Mate 80"]),
        ("hua huawei", "Huawei", ["Huawei"]),
        ("-huawei nsa", "Huawei, NSA", ["NSA"]),
        ("-(huawei nsa)", "Huawei, NSA", []),
        ("a-b", "x A—B x", ["A—B"]),
        ("office", "The oﬃce", ["oﬃce"]),
        ("cafe\u0301", "Le Cafe\u0301 noir", ["Cafe\u0301"]),
        ("鸿蒙 OR 华为", "华为发布鸿蒙系统", ["华为", "鸿蒙"]),
        (r"/kirin \d+/", "The KIRIN 9030 chip", ["KIRIN 9030"]),
        ("/x*/", "no such thing", []),
        ("~huwaei", "the Huawei phone", ["Huawei"]),
        ("title:phone feed:phon", "the phone", ["phone"]),
        ("cve:2025-5", "fixes CVE-2025-54627", ["CVE-2025-5"]),
        ("aa", "aaa", ["aaa"]),
    ],
)
def test_spans_are_of_the_original_text(query: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in parse(query).spans(text)] == marked


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("h", ""),
        ("hu", "h"),
        ("huawei", "huaw"),
        ("huawei n", "huawei"),
        ("huawei nsa", "nsa huaw"),
        ('"mate 80"', "mate"),
        ("huawei -nsa", "huawei"),
        ("-n", "-nsa"),
        ("huawei kirin", "huawei OR kirin"),
        ("huawei", "huaw OR kirin"),
        ("huawei OR huawai", "hua"),
        ("a (b OR c)", "a (b OR c OR d)"),
        ("feed:xinhua", "feed:xin"),
        ("kind:state", "kind:state,vendor"),
        ("cve:2025-546", "cve:2025"),
        ("title:huawei", "title:hua"),
        ("newer:1h", "newer:2h"),
        ("newer:2025-08-02", "newer:2025-08-01"),
        ("sources:>12", "sources:>1"),
        ("sources:3", "sources:>=2"),
        ("/a.c/ x", "/a.c/"),
        ("~huwaei x", "~huwaei"),
        ("-older:2h x", "-older:2h"),
    ],
)
def test_narrows(later: str, earlier: str) -> None:
    assert parse(later).narrows(parse(earlier))


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("", "h"),
        ("huaw", "huawei"),
        ("huawei OR nsa", "huawei"),
        ("-nsa", "-n"),
        ("kind:state,vendor", "kind:state"),
        ("title:hua", "outlet:hua"),
        ("newer:2h", "newer:1h"),
        ("newer:2025-08-01", "newer:1h"),
        ("sources:>1", "sources:>12"),
        ("~huawei", "~huwaei"),
        ("/ab/", "/a/"),
        # Stories grow older while one types: those that just did were not among the hits.
        ("older:2h", "older:2h"),
        ("-newer:2h", "-newer:2h"),
        ("huawei older:2h", "older:2h OR x"),
    ],
)
def test_does_not_narrow(later: str, earlier: str) -> None:
    assert not parse(later).narrows(parse(earlier))


def test_narrows_stays_quick_for_nested_queries() -> None:
    text = "a b"
    for _ in range(9):
        text = f"(x ({text}) OR y ({text[:20].count('x')}z))"
    query = parse(text)
    assert query.narrows(query)


def test_explains_itself() -> None:
    explained = parse('huawei -(rumor OR "a leak") kind:state,vendor').explain()
    assert explained == (
        'A story matches if it contains "huawei", and not (either (contains "rumor" or contains '
        '"a leak")), and has a source of kind state or vendor.'
    )


# ----------------------------------------------------------------------------------- properties

WORDS = ["huawei", "hua", "Maduro", "nsa", "鸿蒙", "e", "60", "mate 80", "NSA and", 'say "x"', "–"]
FIELD_VALUES = {
    "feed": ["b", "bbc", "xinhua", "h"],
    "kind": [*Kind],
    "topic": ["security", "devices", "patches"],
    "cve": ["2025", "CVE-2024-1", "2025-54627"],
    "lang": ["en", "zh", "zh-CN"],
    "outlet": ["gulf", "e", "IT之家", "hc (news"],
    "title": ["huawei", "s", "鸿蒙", "nsa and"],
    "newer": ["2h", "1h30m", "9d", "2025-08-30"],
    "older": ["2h", "4w", "2025-08-30"],
    "is": ["pinned", "read", "unread", "duplicated"],
    "has": ["cve", "sources", "hidden"],
    "sources": ["1", ">1", "<3", ">=2", "<=2", "=3"],
}


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def fields(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(FIELD_VALUES)))
    values = draw(st.lists(st.sampled_from(FIELD_VALUES[name]), min_size=1, max_size=3))
    return f"{name}:" + ",".join(quote(v) if " " in v else v for v in values)


TERMS = st.one_of(
    st.sampled_from(WORDS).map(lambda word: quote(word) if not word.isalnum() else word),
    fields(),
    st.sampled_from(["/hua.ei/", r"/\d{2}/", "/^nsa|mate/", "/a|e/", "~huwaei", '~"kirn maet"']),
)
QUERIES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(" OR ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=6,
)
SYNTAX = st.text(st.sampled_from([*' ()"/~-:,\\><=ORANDT09h鸿“：', *string.ascii_lowercase]))


def attempt(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@given(st.one_of(st.text(), SYNTAX, st.text(st.characters(codec=None))))
def test_parse_raises_query_errors_only(text: str) -> None:
    query = attempt(text)
    if isinstance(query, QueryError):
        assert 0 <= query.position <= len(text)
        assert query.message
    else:
        assert set(query.select(CORPUS, EVERYTHING, NOW)) <= set(EVERYTHING)


@given(st.one_of(QUERIES, SYNTAX, st.text()))
def test_written_out_it_parses_to_the_same(text: str) -> None:
    query = attempt(text)
    if isinstance(query, QueryError):
        return
    again = str(query)
    assert parse(again).select(CORPUS, EVERYTHING, NOW) == query.select(CORPUS, EVERYTHING, NOW)
    assert str(parse(again)) == again


@given(QUERIES, st.lists(st.sampled_from(EVERYTHING), unique=True))
def test_select_agrees_with_one_story_at_a_time(text: str, candidates: list[int]) -> None:
    query = parse(text)
    expected = [i for i in candidates if matches(query.term, i)]
    assert query.select(CORPUS, candidates, NOW) == expected


@given(QUERIES, QUERIES, st.sampled_from([" ", " OR ", " -"]))
def test_narrowing_never_misses_a_hit(one: str, other: str, joint: str) -> None:
    queries = [parse(one), parse(other), parse(one + joint + f"({other})"), parse("")]
    for later in queries:
        for earlier in queries:
            if later.narrows(earlier):
                among = earlier.select(CORPUS, EVERYTHING, NOW)
                everywhere = later.select(CORPUS, EVERYTHING, NOW + DAY)
                assert later.select(CORPUS, among, NOW + DAY) == everywhere


@given(QUERIES)
def test_typing_a_query_letter_by_letter_never_goes_wrong(text: str) -> None:
    earlier: Query | None = None
    kept = list(EVERYTHING)
    for end in range(len(text) + 1):
        query = attempt(text[:end])
        if isinstance(query, QueryError):
            assert query.incomplete, query
            continue
        narrowed = earlier is not None and query.narrows(earlier)
        kept = query.select(CORPUS, kept if narrowed else EVERYTHING, NOW)
        assert kept == query.select(CORPUS, EVERYTHING, NOW)
        earlier = query


@given(
    QUERIES, st.one_of(st.text(), st.sampled_from([e.title for s in STORIES for e in s.entries]))
)
def test_spans_are_sorted_apart_and_inside(query: str, text: str) -> None:
    flat = [edge for span in parse(query).spans(text) for edge in span]
    assert flat == sorted(set(flat))
    assert all(0 <= edge <= len(text) for edge in flat)


@given(st.sampled_from(["huawei", "鸿蒙", "a-b"]), st.text(), st.text())
def test_a_word_that_matches_is_marked(word: str, before: str, after: str) -> None:
    text = f"{before} {word.upper()} {after}"
    marked = [fold(text[start:end]) for start, end in parse(word).spans(text)]
    assert any(word in part for part in marked)


def matches(term: Term, i: int) -> bool:
    """What the language says, for one story, as plainly as can be."""
    match term:
        case All(terms):
            return all(matches(inner, i) for inner in terms)
        case Either(terms):
            return any(matches(inner, i) for inner in terms)
        case Not(inner):
            return not matches(inner, i)
        case Word(needle):
            return needle in CORPUS.hays[i]
        case Pattern(source):
            texts = [CORPUS.hays[i], *(entry.title for entry in STORIES[i].entries)]
            return any(re.search(source, text, re.I) for text in texts)
        case Fuzzy(needle):
            joined = "\n".join(fold(entry.title) for entry in STORIES[i].entries)
            return all(near(word, joined) for word in needle.split())
        case Field(name, values):
            return any(has(STORIES[i], name, value) for value in values)
    raise AssertionError(term)


def has(story: Story, name: str, value: str) -> bool:
    entries = story.entries
    match name:
        case "feed":
            return any(entry.feed.startswith(value.lower()) for entry in entries)
        case "kind":
            return value in {CORPUS.kinds.get(entry.feed) for entry in entries}
        case "topic":
            return value in story.topics
        case "cve":
            return any(cve.startswith(value) for entry in entries for cve in entry.cves)
        case "lang":
            return any(entry.lang.lower().startswith(value.lower()) for entry in entries)
        case "outlet":
            return any(fold(value) in fold(entry.outlet) for entry in entries)
        case "title":
            return any(fold(value) in fold(entry.title) for entry in entries)
        case "newer" | "older":
            return (story.time >= moment(value)) == (name == "newer")
        case "is":
            duplicated = any(entry.duplicate_of for entry in entries)
            read, pinned = story.id in CORPUS.read, story.id in CORPUS.pinned
            known = {"pinned": pinned, "read": read, "unread": not read, "duplicated": duplicated}
            return known[value]
        case "has":
            hidden = any(entry.hidden for entry in entries)
            return {"cve": bool(story.cves), "sources": story.sources > 1, "hidden": hidden}[value]
        case _:
            sign, number = re.findall(r"^(\D*)(\d+)$", value)[0]
            signs = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
            return bool(signs.get(sign, operator.eq)(story.sources, int(number)))


def moment(value: str) -> float:
    if "-" in value:
        return datetime.fromisoformat(f"{value}T00:00:00+00:00").timestamp()
    sizes = {"m": 60, "h": HOUR, "d": DAY, "w": 7 * DAY}
    return NOW - sum(int(n) * sizes[unit] for n, unit in re.findall(r"(\d+)(\w)", value))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("feed:nope", ("nope",)),
        ("feed:BB", ()),
        ("feed:bbc,nope huawei (feed:xin OR feed:other)", ("nope", "other")),
        ("-feed:nope", ()),  # leaves nothing out, and says nothing false
        ("kind:press huawei", ()),
        ("", ()),
    ],
)
def test_feeds_that_are_not_there_are_known(text: str, missing: tuple[str, ...]) -> None:
    assert parse(text).missing("feed", CORPUS.kinds) == missing
