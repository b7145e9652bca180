"""OpenHarmony's bulletins: all real files, the shapes of later years, hostile ones, the client."""

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.advisories.openharmony import BASE, collect, parse
from monitor.advisories.source import Batch, Context, Settings, SourceError
from monitor.fetch import Fetcher
from monitor.models import PollSettings, Severity
from monitor.transport import Transport
from monitor.vulnerability import Bulletin, BulletinRow, Counts, counts
from tests.bulletin_pages import openharmony
from tests.loopback import Site, serve

DATA = Path(__file__).parents[2] / "shared" / "data" / "security" / "openharmony"
FILES = sorted(DATA.rglob("*.md"))
real_data = pytest.mark.skipif(not FILES, reason="the real bulletins are not here")
NOW = datetime(2023, 12, 20, tzinfo=UTC).timestamp()


def day(year: int, month: int, number: int) -> float:
    return datetime(year, month, number, tzinfo=UTC).timestamp()


def read(text: str, url: str = "2024/2024-12.md") -> Bulletin:
    return parse(text.encode(), url)


# -- the real files -------------------------------------------------------------------------------
@real_data
def test_there_are_46_files() -> None:
    assert len(FILES) == 46


@real_data
@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-4:]))
def test_every_real_file_is_read_whole_and_without_a_problem(path: Path) -> None:
    body = path.read_bytes()
    bulletin = parse(body, str(path))
    own, third = counted(body.decode())
    assert bulletin.problems == ()
    assert [row.cve for row in bulletin.rows if not row.third_party] == own
    assert [row.cve for row in bulletin.rows if row.third_party] == third
    assert bulletin.month == path.stem
    assert bulletin.lang == path.parts[-4]
    assert bulletin.published is not None
    assert bulletin.updated is not None
    assert bulletin.updated >= bulletin.published
    assert all(row.affected for row in bulletin.rows)
    assert all(row.fixes for row in bulletin.rows)


def counted(text: str) -> tuple[list[str], list[str]]:
    """The ids of both tables, by lines that begin with one; another method than the parser's.

    Own rows of 2022 give the vendor's id and then that of a CVE, or NA.
    """
    lists: tuple[list[str], list[str]] = ([], [])
    third = False
    for line in text.splitlines():
        third = third or line.startswith(
            ("### The following table lists the third", "### 以下为三方")
        )
        first = re.match(r"\|\s*(CVE-\d+-\d+|OpenHarmony-SA-\d+-\d+)\s*\|\s*(CVE-\d+-\d+)?", line)
        if first:
            lists[third].append(first[2] or first[1])
    return lists


@real_data
@pytest.mark.parametrize(
    ("month", "own", "third"),
    [  # counted by eye
        ("2021-09", Counts(unknown=3), Counts()),
        ("2022-05", Counts(unknown=4), Counts(high=12, medium=5, low=1)),
        ("2023-06", Counts(), Counts(critical=1, high=3, medium=3)),
        ("2023-11", Counts(unknown=1), Counts(high=14)),
        ("2023-12", Counts(unknown=7), Counts(critical=2, high=6, medium=12, low=1)),
    ],
)
def test_counts_are_those_of_a_count_by_hand(month: str, own: Counts, third: Counts) -> None:
    for lang in ("en", "zh"):
        path = DATA / lang / "security-disclosure" / month[:4] / f"{month}.md"
        rows = parse(path.read_bytes(), str(path)).rows
        assert counts(row for row in rows if not row.third_party) == own
        assert counts(row for row in rows if row.third_party) == third


@real_data
@pytest.mark.parametrize("path", [p for p in FILES if "/en/" in str(p)], ids=lambda path: path.stem)
def test_both_languages_of_a_month_agree(path: Path) -> None:
    other = DATA / "zh" / path.relative_to(DATA / "en")
    english, chinese = (parse(p.read_bytes(), str(p)) for p in (path, other))
    facts = [
        {(row.cve, row.severity, row.third_party) for row in bulletin.rows}
        for bulletin in (english, chinese)
    ]
    assert facts[0] == facts[1]  # without an exception in these 23 months
    assert len(english.rows) == len(chinese.rows)


@real_data
def test_a_row_with_all_its_facts() -> None:
    path = DATA / "en/security-disclosure/2022/2022-09.md"
    bulletin = parse(path.read_bytes(), "https://x.example/en/security-disclosure/2022/2022-09.md")
    row = bulletin.rows[1]
    assert row == BulletinRow(
        cve="CVE-2022-38081",
        component="security_access_token",
        summary="Tokensync in security subsystem has a permission bypass vulnerability.",
        impact=row.impact,
        affected=("OpenHarmony-v3.1-Release through OpenHarmony-v3.1.2-Release",),
        cvss=6.2,
        fixes=("https://gitee.com/openharmony/security_access_token/pulls/397",),
    )
    assert row.impact.startswith("LAN attackers can bypass")
    assert (bulletin.id, bulletin.vendor, bulletin.line) == (
        "openharmony-2022-09",
        "openharmony",
        "openharmony",
    )
    assert bulletin.title == "Security Vulnerabilities in September 2022"
    assert bulletin.published == day(2022, 9, 6)
    assert bulletin.updated == day(2022, 10, 27)


@real_data
def test_ranges_are_alike_in_both_languages_and_the_label_is_the_page_s() -> None:
    english, chinese = (
        parse((DATA / lang / "security-disclosure/2023/2023-06.md").read_bytes(), "2023-06.md")
        for lang in ("en", "zh")
    )
    assert [row.affected for row in english.rows] == [row.affected for row in chinese.rows]
    assert (english.label, chinese.label) == ("June 2023", "2023年6月")


@real_data
def test_an_own_id_stands_where_there_is_no_cve() -> None:
    path = DATA / "zh/security-disclosure/2022/2022-05.md"
    first = parse(path.read_bytes(), str(path)).rows[0]
    assert (first.cve, first.severity) == ("OpenHarmony-SA-2022-0501", Severity.UNKNOWN)


# -- later years, which the data does not hold ----------------------------------------------------
LINK = "[5.0.3.x](https://gitcode.com/openharmony/kernel_linux_5.10/commit/ef47c9ae)"


def test_february_2024_with_its_misspelt_month() -> None:
    own = [("CVE-2023-49118", "has a flaw", "leak", "2.9", "v3.2", "dsoftbus", LINK)]
    dates = "_published Feburary 2,2024_<br/>\n_updated Feburary 2,2024_"
    bulletin = read(openharmony("Feburary 2024", own, dates=dates), "2024/2024-02.md")
    assert bulletin.published == bulletin.updated == day(2024, 2, 2)
    assert (bulletin.month, bulletin.problems) == ("2024-02", ())
    assert (bulletin.rows[0].cvss, bulletin.rows[0].severity) == (2.9, Severity.UNKNOWN)


@pytest.mark.parametrize(
    ("word", "score", "severity", "cvss"),
    [
        ("None", "not yet provided", Severity.UNKNOWN, None),
        ("无", "尚未提供", Severity.UNKNOWN, None),
        ("高危", "8.0", Severity.HIGH, 8.0),
        ("中危", "5.5", Severity.MEDIUM, 5.5),
        ("低危", "3.3", Severity.LOW, 3.3),
        ("严重", "10.0", Severity.CRITICAL, 10.0),
        ("Low", "0.0", Severity.LOW, 0.0),
        ("**High**", "7.8 ", Severity.HIGH, 7.8),
        ("ＨＩＧＨ", "７．８", Severity.HIGH, 7.8),
    ],
)
def test_severities_and_scores(
    word: str, score: str, severity: Severity, cvss: float | None
) -> None:
    row = ("CVE-2025-21719", word, score, "kernel_linux_5.10", "OpenHarmony-v5.0.3-Release", LINK)
    bulletin = read(openharmony("December 2024", third=[row]))
    assert bulletin.problems == ()
    assert (bulletin.rows[0].severity, bulletin.rows[0].cvss) == (severity, cvss)
    assert bulletin.rows[0].third_party


def test_a_severity_column_among_the_own_ones_as_in_2025() -> None:
    header = (
        *("CVE", "Vulnerability Description", "Vulnerability Impact", "severity", "CVSS3.1"),
        *("affected versions", "affected projects", "fix link"),
    )
    row = ("CVE-2025-27577", "a race", "code execution", "High", "8.4", "v5", "liteos", LINK)
    label = (
        "### The security patch labels.\n| Security patch label | fix links |\n| --- | --- |\n"
        "| 5.0.3.x | https://gitcode.com/openharmony/startup_init/pull/3977 |"
    )
    text = openharmony("August 2025", [row], own_header=header, after=label)
    bulletin = read(text.replace(" |\n\n", " \n\n"), "2025/2025-08.md")  # rows end without a bar
    assert bulletin.problems == ()
    assert bulletin.label == ""  # this form names branches, no label
    (found,) = bulletin.rows
    assert (found.severity, found.third_party, found.component) == (Severity.HIGH, False, "liteos")
    assert found.fixes == ("https://gitcode.com/openharmony/kernel_linux_5.10/commit/ef47c9ae",)


def test_the_chinese_form_of_2026() -> None:
    text = (
        "## 2026年09月安全漏洞\n_发布于2026.09.01_<br/>\n_最后更新于2026.09.02_\n\n"
        "### 备注：某分支当前已停止维护，后续这个分支的安全漏洞也不再维护。\n\n"
        "| CVE | 漏洞描述 | 漏洞影响 | 严重程度 |CVSS3.1基础得分 "
        "| 受影响的版本 | 受影响的仓库 | 修复链接 |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| CVE-2026-67582 | 竞争条件漏洞 | 可造成DOS | 低危 | 3.3 | OpenHarmony-v6.0-Release<br/>"
        f"OpenHarmony-v6.1-Release | web_webview | {LINK}<br/>{LINK[:-1]}2) |  \n\n"
        "### 以下为三方库漏洞\n\n"
        "| CVE | 严重程度 | CVSS 3.1得分 |受影响的仓库 | 受影响的OpenHarmony版本 | 修复链接 |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        f"| CVE-2024-36883 | 高危 | 7 | kernel_linux_6.6 | v6.0到v6.1 | {LINK} \n\n"
        "### 以下是各维护版本的安全补丁标签。\n| 对应维护版本 | 链接 |\n| --- | --- |\n"
        "| 6.1.x | https://gitcode.com/openharmony/startup_init/pull/4879 |\n"
    )
    bulletin = read(text, "zh/security-disclosure/2026/2026-09.md")
    own, third = bulletin.rows
    assert bulletin.problems == ()
    assert (bulletin.published, bulletin.updated) == (day(2026, 9, 1), day(2026, 9, 2))
    assert own.affected == ("OpenHarmony-v6.0-Release", "OpenHarmony-v6.1-Release")
    assert len(own.fixes) == 2
    assert (third.severity, third.cvss, third.affected) == (
        Severity.HIGH,
        7.0,
        ("v6.0 through v6.1",),
    )
    assert (own.third_party, third.third_party) == (False, True)


def test_adjustments_of_december_2024_what_was_missed_is_new_and_the_rest_is_earlier() -> None:
    table = (
        "### Content adjustment of published vulnerabilities.\n"
        "| adjusted content | CVE | Vulnerability Description | CVSS3.1 | fix link |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| Missed CVE | CVE-2024-12082 | has an out-of-bounds read | 5.5 | {LINK} |\n"
        f"| Score changed | CVE-2024-9978 | has an out-of-bounds write | 5.5 | {LINK} |\n"
    )
    bulletin = read(openharmony("December 2024", after=table))
    assert [row.cve for row in bulletin.rows] == ["CVE-2024-12082"]
    assert bulletin.earlier == ("CVE-2024-9978",)
    assert bulletin.problems == ()


# -- what does not fit ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("| CVE-2025-1111 | High | x |", "a row has 3 cells, not 6"),
        (f"| CVE-2025-1111 | High | 7 | a | b | {LINK} | more |", "a row has 7 cells, not 6"),
    ],
)
def test_a_row_of_other_cells_is_told_and_its_id_is_kept(row: str, told: str) -> None:
    good = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)
    bulletin = read(
        openharmony("December 2024", third=[good], after="").rstrip("\n") + f"\n{row}\n"
    )
    assert [(row.cve, row.severity) for row in bulletin.rows] == [
        ("CVE-2025-1000", Severity.LOW),
        ("CVE-2025-1111", Severity.HIGH),
    ]
    (problem,) = bulletin.problems
    assert problem.startswith(told)
    assert "CVE-2025-1111" in problem


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("CVE-2025-1", "High", "7", "a", "b", "c"), "a row names no vulnerability: CVE-2025-1 |"),
        (("CVE-2025-1111", "Grave", "7", "a", "b", "c"), "unknown severity 'Grave'"),
        (("CVE-2025-1111", "High", "eleven", "a", "b", "c"), "no CVSS score is 'eleven'"),
        (("CVE-2025-1111", "High", "78", "a", "b", "c"), "no CVSS score is '78'"),
    ],
)
def test_a_cell_that_does_not_fit_is_told_with_its_row(cells: tuple[str, ...], told: str) -> None:
    bulletin = read(openharmony("December 2024", third=[cells]))
    assert len(bulletin.problems) == 1
    assert bulletin.problems[0].startswith(told)


def test_a_month_that_is_not_that_of_the_address_is_told() -> None:
    row = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)
    bulletin = read(openharmony("November 2024", third=[row]))
    assert bulletin.month == "2024-12"
    assert "says 2024-11" in bulletin.problems[0]


def test_ids_outside_the_tables_are_told() -> None:
    row = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)
    text = openharmony("December 2024", third=[row], after="Also CVE-2025-2000 and CVE-2025-1000.")
    assert read(text).problems == (
        "named outside the tables: Also CVE-2025-2000 and CVE-2025-1000.",
    )


def test_links_that_are_none_of_the_web_and_markup_are_left_out() -> None:
    fix = "[a](javascript:alert(1)) [b](https://u:p@evil.example/) [c](https://gitcode.com/ok)"
    row = ("`CVE-2025-1000`", "High", "7", "<b>zl\x1b[31mib</b>", "v5 &lt;b&gt;", fix)
    (found,) = read(openharmony("December 2024", third=[row])).rows
    assert (found.cve, found.component, found.affected) == ("CVE-2025-1000", "zlib", ("v5 <b>",))
    assert found.fixes == ("https://gitcode.com/ok",)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "an empty body"),
        (b" \n\t ", "an empty body"),
        (b"<!DOCTYPE html><title>404 Not\x1b[2J Found</title>", "an HTML page titled '404 Not F"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "binary data"),
        (b'{"message": "CVE-2025-1000 not found"}', "JSON"),
        (b"# Readme\n\nNothing of the kind.\n", "other text"),
    ],
)
def test_what_is_no_bulletin_is_named(body: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse(body, "2024/2024-12.md")


def test_ten_megabytes_of_rows_are_bounded_and_the_rest_is_told() -> None:
    row = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)
    head = openharmony("December 2024", third=[row]).rstrip("\n")
    line = "\n| CVE-2025-1111 | High | 7 | a | b | c |"
    bulletin = read(head + line * ((10 << 20) // len(line)))
    assert len(bulletin.rows) == 4999  # and the header
    assert bulletin.problems[-1].endswith("more table rows were not read: 5,000 is the most")


CELL = st.text(alphabet="|\\\n\r\x1b[]()<>&`*_-CVE2025 高危https://é\u202e\0", max_size=60)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELL, max_size=8), max_size=8), st.binary(max_size=200))
def test_whatever_stands_in_the_cells_nothing_breaks_and_all_is_clean(
    rows: list[list[str]], more: bytes
) -> None:
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    row = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)
    text = openharmony("December 2024", third=[row]) + table
    bulletin = parse(text.encode() + more, "2024/2024-12.md")
    assert bulletin.rows[0].cve == "CVE-2025-1000"
    shown = [bulletin.title, bulletin.label, *bulletin.problems, *bulletin.earlier]
    for found in bulletin.rows:
        shown += [found.cve, found.component, found.summary, *found.affected, *found.fixes]
    assert all(text.isprintable() for text in shown)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_bulletin_or_a_source_error(body: bytes) -> None:
    with contextlib.suppress(SourceError):
        assert parse(body, "x").vendor == "openharmony"


# -- the client -----------------------------------------------------------------------------------
def context(site: Site, months: int = 3, **more: object) -> Context:
    fetcher = Fetcher(
        PollSettings(spacing=0.0, timeout=5.0),
        transport=Transport(proxies={}),
        private=("127.0.0.1",),
    )
    settings = Settings("oh", "openharmony", url=site.base, months=months)

    async def sleep(seconds: float) -> None:
        raise AssertionError("nothing to wait for")

    return Context(fetcher.fetch, settings, lambda: NOW, sleep, **more)  # type: ignore[arg-type]


async def batches(found: AsyncIterator[Batch]) -> list[Batch]:
    return [batch async for batch in found]


FOLDER = "/en/security-disclosure"
ROW = ("CVE-2025-1000", "Low", "3.3", "zlib", "v5", LINK)


def put(site: Site, month: str, words: str) -> str:
    return site.put(f"{FOLDER}/{month[:4]}/{month}.md", openharmony(words, third=[ROW]))


async def test_the_months_of_the_index_are_read_newest_first() -> None:
    with serve() as site:
        elsewhere = "https://gitcode.com/openharmony/security/blob/master/en/security-disclosure"
        site.put(
            f"{FOLDER}/README.md",
            f"**[October]({elsewhere}/2023/2023-10.md)**\n[August](2023/2023-08.md)\n"
            "[May](./2021/2021-05.md)\n[x](../../etc/passwd)\n",
        )
        put(site, "2023-10", "October 2023")
        put(site, "2023-12", "December 2023")
        found = await batches(collect(context(site, months=4)))
        assert [b.id for batch in found for b in batch.bulletins] == [
            "openharmony-2023-12",
            "openharmony-2023-10",
        ]
        assert [(batch.done, batch.total) for batch in found] == [(1, 2), (2, 2)]
        assert site.requests("/etc/passwd") == 0
        assert found[0].bulletins[0].url.startswith(site.base)


async def test_without_an_index_each_month_is_asked_for() -> None:
    with serve() as site:
        put(site, "2023-11", "November 2023")
        found = await batches(collect(context(site)))
        notes = [note for batch in found for note in batch.notes]
        assert notes == ["2023-12 is not published yet", "2023-10 is not published"]
        assert [b.month for batch in found for b in batch.bulletins] == ["2023-11"]
        assert not [problem for batch in found for problem in batch.problems]


async def test_validators_are_sent_back_and_an_unchanged_page_brings_nothing() -> None:
    with serve() as site:
        url = put(site, "2023-12", "December 2023")
        (first,) = await batches(collect(context(site, months=1)))
        assert first.validators[url].etag
        (second,) = await batches(collect(context(site, months=1, validators=first.validators)))
        assert (second.bulletins, second.notes, second.problems) == ((), (), ())
        put(site, "2023-12", "Dec 2023")
        (third,) = await batches(collect(context(site, months=1, validators=first.validators)))
        assert third.bulletins


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_server_that_wants_peace_gets_it_and_the_run_goes_on_later(status: int) -> None:
    with serve() as site:
        put(site, "2023-12", "December 2023")
        site.put(f"{FOLDER}/2023/2023-11.md", "slower", status, Retry_After="120")
        pages = collect(context(site))
        found = [await anext(pages)]
        with pytest.raises(SourceError, match="2023-11, page 2 of 3") as caught:
            await anext(pages)
        assert (caught.value.status, caught.value.retry_after) == (status, 120.0)
        assert [b.month for batch in found for b in batch.bulletins] == ["2023-12"]
        assert site.requests(f"{FOLDER}/2023/2023-10.md") == 0
        put(site, "2023-11", "November 2023")
        last = found[-1]
        later = context(site, cursor=last.cursor, validators=last.validators)
        rest = await batches(collect(later))
        assert [b.month for batch in rest for b in batch.bulletins] == ["2023-11"]
        assert (rest[-1].cursor, rest[-1].done, rest[-1].total) == ("", 3, 3)


async def test_a_page_that_is_no_bulletin_is_a_problem_of_that_page() -> None:
    with serve() as site:
        site.put(f"{FOLDER}/2023/2023-12.md", "<html><title>Login</title></html>")
        site.put(f"{FOLDER}/2023/2023-11.md", "oops", 500)
        put(site, "2023-10", "October 2023")
        first, second, third = await batches(collect(context(site)))
        assert first.problems == (
            "2023-12: the answer is an HTML page titled 'Login', not a bulletin",
        )
        assert first.validators == {}
        assert second.problems[0].startswith("2023-11: ")
        assert [b.month for b in third.bulletins] == ["2023-10"]


async def test_nobody_there_is_an_error_for_people() -> None:
    with serve() as site:
        gone = context(site)
    with pytest.raises(SourceError, match="the list of bulletins: "):
        await batches(collect(gone))


def test_the_real_address_is_that_of_a_public_mirror() -> None:
    assert BASE.startswith("https://")
