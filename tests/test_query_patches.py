"""The query language over bulletins and their rows: what matches, what is refused and where."""

import operator
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models import Severity
from monitor.query import Query, QueryError, parse
from monitor.query.fields import Field, Language
from monitor.query.patches import BULLETINS, ROWS, Bulletins, Rows, Subject
from monitor.query.terms import All, Either, Fuzzy, Not, Pattern, Term, Word, near
from monitor.text import fold
from monitor.vulnerability import Bulletin, BulletinRow, Summary, summary, version_range

CRITICAL, HIGH, MEDIUM, UNKNOWN = (
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.UNKNOWN,
)
SUBJECTS = [
    Subject(
        BulletinRow(
            "CVE-2025-54627",
            HIGH,
            component="Skia",
            summary="Out-of-bounds write in the Skia module",
            impact="May affect confidentiality",
            affected=("HarmonyOS5.1.0", "EMUI 15.0.0"),
        ),
        epss=0.02,
        ratings=(MEDIUM,),
    ),
    Subject(
        BulletinRow("CVE-2025-54630", MEDIUM, component="图库 Gallery", affected=("EMUI 14.0.0",)),
        ratings=(MEDIUM, UNKNOWN),
        changed=True,
    ),
    Subject(
        BulletinRow(
            "CVE-2023-4863",
            CRITICAL,
            third_party=True,
            component="third_party_chromium",
            affected=("OpenHarmony-v3.1-Release through OpenHarmony-v3.1.6-Release",),
        ),
        exploited=True,
        epss=0.94,
    ),
    Subject(BulletinRow("OpenHarmony-SA-2021-0301", component="samgr_lite")),
    Subject(
        BulletinRow("CVE-2024-1", Severity.LOW, third_party=True), epss=0.5, ratings=(UNKNOWN,)
    ),
]
ROW_CORPUS = Rows.of(SUBJECTS)


def bulletin(vendor: str, line: str, month: str, *rows: BulletinRow, changes: int = 0) -> Summary:
    made = summary(
        Bulletin(
            f"{vendor}-{line}-{month}",
            vendor,
            line,
            month,
            "",
            title=f"{vendor} {month}",
            rows=rows,
        ),
        {"CVE-2023-4863"},
    )
    values = {name: getattr(made, name) for name in made.__struct_fields__}
    return Summary(**values | {"changes": changes, "epss": 0.94 if made.kev else None})


SUMMARIES = [
    bulletin("huawei", "phones", "2025-08", SUBJECTS[0].row, SUBJECTS[1].row, changes=2),
    bulletin("huawei", "wearables", "2025-01", SUBJECTS[1].row),
    bulletin("openharmony", "openharmony", "2024-12", SUBJECTS[2].row, SUBJECTS[3].row),
    bulletin("huawei", "phones", "2024-08", SUBJECTS[4].row),
]
BULLETIN_CORPUS = Bulletins.of(SUMMARIES)
Case = tuple[Language, Rows | Bulletins]
ON_ROWS: Case = (ROWS, ROW_CORPUS)
ON_BULLETINS: Case = (BULLETINS, BULLETIN_CORPUS)


def hits(text: str, case: Case) -> list[int]:
    language, corpus = case
    return parse(text, language).select(corpus, range(len(corpus.items)), 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("skia", [0]),
        ("out-of-bounds confidentiality", [0]),
        ('"skia module" OR 图库', [0, 1]),
        ("-third_party", [0, 1, 3, 4]),
        ("/sa-20\\d\\d/", [3]),
        ("~galery", [1]),
        ("emui", [0, 1]),
        ("sev:high", [0]),
        ("sev:>=high", [0, 2, 3]),  # nobody has rated the fourth
        ("sev:>high", [2, 3]),
        ("sev:<=low", [3, 4]),
        ("sev:<medium -sev:unknown", [4]),
        ("SEV:High,critical", [0, 2]),
        ("sev:unknown", [3]),
        ("sev:=medium", [1]),
        ("cve:2025", [0, 1]),
        ("cve:CVE-2025-5462", [0]),
        ("component:SKI", [0]),
        ("component:图库,chromium", [1, 2]),
        ("kev:yes", [2]),
        ("kev:no", [0, 1, 3, 4]),
        ("epss:>0.1", [1, 2, 3, 4]),  # two have none
        ("epss:>0.1 -epss:unknown", [2, 4]),
        ("epss:>=0.5 -epss:unknown", [2, 4]),
        ("epss:<.5", [0, 1, 3]),
        ("epss:<=0.5 is:third-party", [4]),
        ("epss:unknown", [1, 3]),
        ("product:harmonyos", [0]),
        ("product:emui", [0, 1]),
        ("product:openharmony", [2]),
        ("version:5.1", [0]),
        ("version:14", [1]),
        ("version:4.2", []),
        ("version:3.1.2", [2]),  # within a range
        ("version:v3.1.9", []),
        ("is:own", [0, 1, 3]),
        ("is:third-party", [2, 4]),
        ("is:changed", [1]),
        ("is:disagreed", [0]),
        ("sev：>=high　kev:yes", [2]),
    ],
)
def test_rows(text: str, expected: list[int]) -> None:
    assert hits(text, ON_ROWS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("phones", [0, 3]),
        ("skia", [0]),
        ("vendor:huawei", [0, 1, 3]),
        ("vendor:open", [2]),
        ("line:phones,wear", [0, 1, 3]),
        ("month:2025-08", [0]),
        ("month:2025", [0, 1]),
        ("month:>=2025-01", [0, 1]),
        ("month:>2025-01", [0]),
        ("month:<2025", [2, 3]),
        ("month:<=2025", [0, 1, 2, 3]),
        ("cve:2025-54627", [0]),
        ("cve:2023", [2]),
        ("kev:yes", [2]),
        ("kev:no line:phones", [0, 3]),
        ("sev:critical", [2]),
        ("sev:>=high", [0, 2]),
        ("sev:unknown", [2]),
        ("epss:>0.99", [0, 1, 3]),
        ("epss:>0.9 -epss:unknown", [2]),
        ("is:changed", [0]),
        ("/huawei 2025-0[18]/", [0, 1]),
        ("~huwaei", [0, 1, 3]),
    ],
)
def test_bulletins(text: str, expected: list[int]) -> None:
    assert hits(text, ON_BULLETINS) == expected


@pytest.mark.parametrize(
    ("text", "case", "position", "message"),
    [
        (
            "a sev:high",
            None,
            2,
            "sev is for bulletins, rows of a bulletin, CVEs and alerts, not for stories",
        ),
        ("component:x", None, 0, 'to search for it, quote it: "component:x"'),
        ("month:2025", None, 0, "month is for bulletins, not for stories"),
        ("topic:security", ON_ROWS, 0, "topic is for stories, not for rows of a bulletin"),
        ("month:2025", ON_ROWS, 0, "month is for bulletins, not for rows of a bulletin"),
        ("version:4", ON_BULLETINS, 0, "version is for rows of a bulletin, not for bulletins"),
        ("componen:x", ON_ROWS, 0, "unknown field \"componen\"; did you mean 'component'?"),
        ("sev:hihg x", ON_ROWS, 4, "unknown severity \"hihg\"; did you mean 'high'?"),
        ("sev:>=hihg x", ON_ROWS, 4, "did you mean 'high'?"),
        ("sev:>=unknown", ON_ROWS, 4, "unknown is neither more nor less"),
        ("sev:info", ON_ROWS, 4, "known are critical, high, medium, low, unknown"),
        ("epss:0.5", ON_ROWS, 5, "write >0.1 or <=0.5 (from 0 to 1), or unknown"),
        ("epss:>5", ON_ROWS, 5, "is no EPSS threshold"),
        ("epss:>1.5", ON_ROWS, 5, "is no EPSS threshold"),
        ("kev:maybe", ON_ROWS, 4, "known are yes, no"),
        ("is:thirdparty", ON_ROWS, 3, "did you mean 'third-party'?"),
        ("is:third-party", ON_BULLETINS, 3, "known are changed"),
        ("version:x", ON_ROWS, 8, '"x" is no version; write 4.2.0 or 4.2'),
        ("month:2025-13", ON_BULLETINS, 6, "is no month; write 2025-08, 2025 or >=2025-01"),
        ("month:august", ON_BULLETINS, 6, "is no month"),
        ("cve:x", ON_ROWS, 4, "is no CVE id"),
    ],
)
def test_errors(text: str, case: Case | None, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, case[0]) if case else parse(text)
    assert message in caught.value.message
    assert caught.value.position == position
    assert not caught.value.incomplete


@pytest.mark.parametrize(
    ("later", "earlier", "case", "expected"),
    [
        ("sev:critical", "sev:>=high", ON_ROWS, True),
        ("sev:>high", "sev:>=high", ON_ROWS, True),
        ("sev:>=high", "sev:high,critical", ON_ROWS, False),  # unknown ones pass it
        ("sev:>=medium", "sev:>=high", ON_ROWS, False),
        ("cve:2025-5", "cve:2025", ON_ROWS, True),
        ("component:skia", "component:ski", ON_ROWS, True),
        ("product:emui", "product:em", ON_ROWS, True),
        ("month:2025-08", "month:2025", ON_BULLETINS, True),
        ("month:>2025-02", "month:>2025-01", ON_BULLETINS, True),
        ("month:>=2025-01", "month:>=2025", ON_BULLETINS, False),  # not surely
        ("month:<=2025", "month:<=2025-01", ON_BULLETINS, False),
    ],
)
def test_narrows(later: str, earlier: str, case: Case, expected: bool) -> None:
    language, _ = case
    assert parse(later, language).narrows(parse(earlier, language)) == expected


def test_marks_and_explains() -> None:
    query = parse("component:skia sev:>=high -epss:unknown", ROWS)
    assert query.spans("The Skia module") == [(4, 8)]
    assert query.explain() == (
        "A row matches if it has a component named skia, and is of severity >=high, "
        "and not (has an EPSS of unknown)."
    )


@pytest.mark.parametrize(
    ("text", "product", "low", "high"),
    [
        ("HarmonyOS4.2.0", "harmonyos", (4, 2, 0), (4, 2, 0)),
        ("HarmonyOS NEXT 5.0.1", "harmonyos", (5, 0, 1), (5, 0, 1)),
        ("EMUI 14.0.0", "emui", (14, 0, 0), (14, 0, 0)),
        ("Magic UI 6.1", "magic ui", (6, 1), (6, 1)),
        (
            "OpenHarmony-v3.1-Release through OpenHarmony-v3.1.6-Release",
            "openharmony",
            (3, 1),
            (3, 1, 6),
        ),
        ("OpenHarmony-v3.2-Release到OpenHarmony-v3.2.2-Release", "openharmony", (3, 2), (3, 2, 2)),
        ("OpenHarmony_release_v1.1.0", "openharmony", (1, 1, 0), (1, 1, 0)),
        ("OpenHarmony-1.0(master)", "openharmony", (1, 0), (1, 0)),
    ],
)
def test_affected_versions(
    text: str, product: str, low: tuple[int, ...], high: tuple[int, ...]
) -> None:
    assert version_range(text) == (product, low, high)


@given(st.text())
def test_any_text_is_a_range_or_none(text: str) -> None:
    found = version_range(text)
    assert found is None or (found.low and found.high)


# ----------------------------------------------------------------------------------- properties

SEVERITIES = ["high", ">=high", "<medium", ">low", "<=critical", "unknown", "low", "=medium"]
CHANCES = [">0.1", "<=0.5", ">=0.94", "<.5", "unknown", ">1", "<1.0"]
ROW_VALUES = {
    "cve": ["2025", "CVE-2023-4", "2025-54627"],
    "component": ["skia", "i", "图库", "third_party"],
    "product": ["harmony", "emui", "openharmony-v", "emui 15"],
    "version": ["5", "3.1.4", "14.0.0", "3.1.7"],
    "sev": SEVERITIES,
    "kev": ["yes", "no"],
    "epss": CHANCES,
    "is": ["own", "third-party", "changed", "disagreed"],
}
BULLETIN_VALUES = {
    "vendor": ["huawei", "open", "h"],
    "line": ["phones", "wearables", "p"],
    "month": ["2025-08", "2025", ">=2025-01", "<2025", "<=2024-12", ">2024"],
    "cve": ["2025", "CVE-2023-4", "2025-54627"],
    "sev": SEVERITIES,
    "kev": ["yes", "no"],
    "epss": CHANCES,
    "is": ["changed"],
}


def attempt(text: str, language: Language) -> Query | QueryError:
    try:
        return parse(text, language)
    except QueryError as error:
        return error


def texts(values: dict[str, list[str]]) -> st.SearchStrategy[str]:
    """Queries of a language whose fields have these values."""
    chosen = [
        f"{name}:" + ",".join(f'"{one}"' if " " in one else one for one in some)
        for name, known in values.items()
        for some in (*((one,) for one in known), known[:2], known[-2:])
    ]
    words = ["skia", "cve-2025", "huawei", "/\\d{5}/", "~skai", '"the skia"', "图库"]
    return st.recursive(
        st.sampled_from([*chosen, *words]),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(" ".join),
            st.lists(inner, min_size=2, max_size=3).map(" OR ".join),
            inner.map(lambda text: f"-({text})"),
        ),
        max_leaves=5,
    )


ROW_TEXTS, BULLETIN_TEXTS = texts(ROW_VALUES), texts(BULLETIN_VALUES)
QUERIES = st.one_of(
    st.tuples(st.just(ON_ROWS), ROW_TEXTS), st.tuples(st.just(ON_BULLETINS), BULLETIN_TEXTS)
)
PAIRS = st.one_of(
    st.tuples(st.just(ON_ROWS), ROW_TEXTS, ROW_TEXTS),
    st.tuples(st.just(ON_BULLETINS), BULLETIN_TEXTS, BULLETIN_TEXTS),
)


@given(QUERIES)
def test_select_agrees_with_one_item_at_a_time(made: tuple[Case, str]) -> None:
    (language, corpus), text = made
    everything = range(len(corpus.items))
    term = parse(text, language).term
    found = parse(text, language).select(corpus, everything, 0.0)
    assert found == [i for i in everything if matches(term, corpus, i)]


@given(QUERIES)
def test_written_out_it_parses_to_the_same(made: tuple[Case, str]) -> None:
    (language, _), text = made
    query = parse(text, language)
    assert str(parse(str(query), language)) == str(query)
    assert parse(str(query), language) == query


@given(PAIRS)
def test_narrowing_never_misses_a_hit(made: tuple[Case, str, str]) -> None:
    (language, corpus), one, other = made
    everything = range(len(corpus.items))
    terms = [parse(text, language) for text in (one, other, f"{one} {other}", f"{one} OR {other}")]
    for later in terms:
        for earlier in terms:
            if later.narrows(earlier):
                among = earlier.select(corpus, everything, 0.0)
                assert later.select(corpus, among, 0.0) == later.select(corpus, everything, 0.0)


@given(QUERIES)
def test_typing_letter_by_letter_never_goes_wrong(made: tuple[Case, str]) -> None:
    (language, corpus), text = made
    earlier: Query | None = None
    kept: Sequence[int] = range(len(corpus.items))
    for end in range(len(text) + 1):
        query = attempt(text[:end], language)
        if isinstance(query, QueryError):
            assert query.incomplete, query
            continue
        everything = range(len(corpus.items))
        narrowed = earlier is not None and query.narrows(earlier)
        kept = query.select(corpus, kept if narrowed else everything, 0.0)
        assert kept == query.select(corpus, everything, 0.0)
        earlier = query


@given(st.one_of(st.text(), st.text(st.sampled_from('sevpkcmontherid:><=0.18-2hgu(), "/'))))
def test_parse_raises_query_errors_only(text: str) -> None:
    for language, corpus in (ON_ROWS, ON_BULLETINS):
        query = attempt(text, language)
        if isinstance(query, QueryError):
            assert 0 <= query.position <= len(text)
        else:
            query.select(corpus, range(len(corpus.items)), 0.0)


def matches(term: Term, corpus: Rows | Bulletins, i: int) -> bool:
    """What the language says, for one item, as plainly as can be."""
    match term:
        case All(terms):
            return all(matches(inner, corpus, i) for inner in terms)
        case Either(terms):
            return any(matches(inner, corpus, i) for inner in terms)
        case Not(inner):
            return not matches(inner, corpus, i)
        case Word(needle):
            return needle in corpus.hays[i]
        case Pattern(source):
            return any(
                re.search(source, text, re.I) for text in (corpus.hays[i], *corpus.titles(i))
            )
        case Fuzzy(needle):
            joined = "\n".join(fold(title) for title in corpus.titles(i))
            return all(near(word, joined) for word in needle.split())
        case Field(name, values):
            if isinstance(corpus, Rows):
                return any(row_has(corpus.items[i], name, value) for value in values)
            return any(bulletin_has(corpus.items[i], name, value) for value in values)
    raise AssertionError(term)


def compares(value: str, actual: Any, order: Any) -> bool:
    sign, limit = re.findall(r"^([<>=]*)(.*)$", value)[0]
    signs = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
    return bool(signs.get(sign, operator.eq)(order(actual), order(limit)))


def rated(severity: str, value: str) -> bool:
    if severity == "unknown":
        return value == "unknown" or value[0] in "<>"
    order = ["low", "medium", "high", "critical"]
    return value != "unknown" and compares(value, severity, order.index)


def likely(epss: float | None, value: str) -> bool:
    if epss is None or value == "unknown":
        return epss is None
    return compares(value, epss, float)


def row_has(subject: Subject, name: str, value: str) -> bool:
    row = subject.row
    match name:
        case "cve":
            return row.cve.startswith(value)
        case "component":
            return value in row.component.lower()
        case "product":
            return any(one.lower().startswith(value) for one in row.affected)
        case "version":
            known = {"5": [0], "3.1.4": [2], "14.0.0": [1], "3.1.7": []}  # by hand
            return SUBJECTS.index(subject) in known[value]
        case "sev":
            return rated(row.severity, value)
        case "kev":
            return subject.exploited == (value == "yes")
        case "epss":
            return likely(subject.epss, value)
        case _:
            disagreed = len({row.severity, *subject.ratings} - {"unknown"}) > 1
            third, changed = row.third_party, subject.changed
            marks = {"own": not third, "third-party": third, "changed": changed}
            return (marks | {"disagreed": disagreed})[value]


def bulletin_has(item: Summary, name: str, value: str) -> bool:
    match name:
        case "vendor" | "line":
            return str(getattr(item, name)).startswith(value)
        case "month":
            length = len(value.lstrip("<>="))
            return compares(value, item.month[:length], str)
        case "cve":
            return value.lower() in item.hay
        case "sev":
            found = zip(("critical", "high", "medium", "low", "unknown"), item.counts, strict=True)
            return any(rated(severity, value) for severity, count in found if count)
        case "kev":
            return (item.kev > 0) == (value == "yes")
        case "epss":
            return likely(item.epss, value)
        case _:
            return item.changes > 0
