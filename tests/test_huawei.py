"""Huawei's consumer bulletins: both shapes of pages, what does not fit, the client."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.advisories.huawei import collect, parse
from monitor.advisories.source import Batch, Context, Settings, SourceError
from monitor.advisories.words import column, is_earlier, severity, versions
from monitor.fetch import Fetcher
from monitor.models import PollSettings, Severity
from monitor.transport import Transport
from monitor.vulnerability import Bulletin, BulletinRow, Counts, counts
from tests.bulletin_pages import (
    AUGUST_URL,
    OWN_HEADER,
    THIRD_HEADER,
    august_2025,
    page,
    shape_a,
    table,
)
from tests.loopback import Site, serve

DATA = Path(__file__).parents[2] / "shared" / "data" / "security" / "huawei"
NOW = datetime(2025, 8, 20, tzinfo=UTC).timestamp()
GOOD = ("CVE-2025-1000", "A flaw in the x module.", "It may stop.", "Low", "EMUI 14.0.0")
TITLE = "Security bulletin, August 2025"


def read(markup: str, url: str = AUGUST_URL) -> Bulletin:
    return parse(markup.encode(), url)


def own(*rows: tuple[str, ...], header: tuple[str, ...] = OWN_HEADER) -> Bulletin:
    return read(page(TITLE, table(header, rows)))


# -- shape B --------------------------------------------------------------------------------------
def test_august_2025_as_it_was_counted() -> None:
    bulletin = read(august_2025())
    first, third = (
        counts(row for row in bulletin.rows if row.third_party is kind) for kind in (False, True)
    )
    assert first == Counts(high=5, medium=41)
    assert third == Counts(high=8, medium=3, low=1)
    assert counts(bulletin.rows) == Counts(high=13, medium=44, low=1)
    assert counts(bulletin.rows).total == 58
    assert bulletin.problems == ()
    assert (bulletin.id, bulletin.line, bulletin.lang) == ("huawei-phones-2025-08", "phones", "en")
    assert bulletin.published == datetime(2025, 8, 5, tzinfo=UTC).timestamp()
    assert bulletin.title == "Security bulletin for phones and tablets, August 2025"


def test_a_row_with_all_its_facts() -> None:
    row = next(row for row in read(august_2025()).rows if row.cve == "CVE-2025-54627")
    assert row == BulletinRow(
        cve="CVE-2025-54627",
        severity=Severity.HIGH,
        component="skia",
        summary="Out-of-bounds write vulnerability in the skia module.",
        impact="Successful exploitation of this vulnerability may affect service confidentiality.",
        affected=("HarmonyOS 5.1.0", "HarmonyOS 5.0.1"),
    )


@pytest.mark.skipif(not DATA.exists(), reason="the real page is not here")
def test_the_page_of_another_project_s_test() -> None:
    path = DATA / "vulnerablecode-huawei-test.html"
    bulletin = parse(path.read_bytes(), "https://consumer.huawei.com/en/support/bulletin/2024/9/")
    assert [(row.cve, row.severity, row.third_party, row.affected) for row in bulletin.rows] == [
        ("CVE-2024-45449", Severity.MEDIUM, False, ("HarmonyOS 4.2.0", "HarmonyOS 2.0.0")),
        ("CVE-2024-34740", Severity.HIGH, True, ("HarmonyOS 4.2.0", "HarmonyOS 4.0.0")),
    ]
    assert bulletin.problems == ()


def test_chinese_headers_in_another_order() -> None:
    header = ("严重程度", "受影响版本", "CVE编号", "备注", "漏洞影响", "漏洞描述")
    row = ("高危", "HarmonyOS4.2.0、EMUI 14.0.0", "ｃｖｅ-2025-1000", "x", "可用性", "相机模块越界")
    bulletin = parse(
        page("2025年8月安全公告", table(header, [row]), published="2025年8月5日").encode(),
        AUGUST_URL.replace("/en/", "/cn/"),
    )
    assert bulletin.problems == ()
    assert bulletin.lang == "zh"
    assert bulletin.published == datetime(2025, 8, 5, tzinfo=UTC).timestamp()
    assert bulletin.rows == (
        BulletinRow(
            cve="CVE-2025-1000",
            severity=Severity.HIGH,
            component="相机",
            summary="相机模块越界",
            impact="可用性",
            affected=("HarmonyOS 4.2.0", "EMUI 14.0.0"),
        ),
    )


def test_tables_without_headers_are_known_by_their_columns() -> None:
    rows = "<table><tr>{}</tr></table>"
    cells = "".join(f"<td>{cell}</td>" for cell in GOOD)
    third = "<td>CVE-2025-2000</td><td>High</td><td>EMUI 14.0.0</td>"
    bulletin = read(page(TITLE, rows.format(cells), rows.format(third)))
    assert bulletin.problems == ()
    assert [(row.cve, row.severity, row.third_party) for row in bulletin.rows] == [
        ("CVE-2025-1000", Severity.LOW, False),
        ("CVE-2025-2000", Severity.HIGH, True),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HarmonyOS4.2.0, EMUI 14.0.0", ("HarmonyOS 4.2.0", "EMUI 14.0.0")),
        ("HarmonyOS4.2.0EMUI14.0.0", ("HarmonyOS 4.2.0", "EMUI 14.0.0")),
        ("HarmonyOS 5.1.0 HarmonyOS 5.0.1", ("HarmonyOS 5.1.0", "HarmonyOS 5.0.1")),
        (
            "HarmonyOS 5.1.0, 5.0.1；emui15.0.0",
            ("HarmonyOS 5.1.0", "HarmonyOS 5.0.1", "EMUI 15.0.0"),
        ),
        ("HarmonyOS NEXT 5.0.0/magicui 4.0", ("HarmonyOS NEXT 5.0.0", "Magic UI 4.0")),
        ("ＨａｒｍｏｎｙＯＳ４．２．０", ("HarmonyOS 4.2.0",)),
        ("HarmonyOS4.2.0\nHarmonyOS4.2.0", ("HarmonyOS 4.2.0",)),
        ("Some Watch 3.1", ("Some Watch 3.1",)),
        (
            "OpenHarmony-v3.0-LTS和OpenHarmony-v3.0.1-LTS",
            ("OpenHarmony-v3.0-LTS", "OpenHarmony-v3.0.1-LTS"),
        ),
        ("", ()),
    ],
)
def test_versions_are_taken_apart(text: str, expected: tuple[str, ...]) -> None:
    assert versions(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Critical", Severity.CRITICAL),
        ("严重", Severity.CRITICAL),
        ("HIGH", Severity.HIGH),
        ("High (7.5)", Severity.HIGH),
        ("高危漏洞", Severity.HIGH),
        ("中风险", Severity.MEDIUM),
        ("moderate", Severity.MEDIUM),
        ("低", Severity.LOW),
        ("N/A", Severity.UNKNOWN),
        ("", Severity.UNKNOWN),
        ("Highest", None),
        ("High/Medium", None),
    ],
)
def test_severity_words(word: str, expected: Severity | None) -> None:
    assert severity(word) is expected


def test_headers_that_look_alike() -> None:
    names = (
        "Affected Version",
        "Affected projects",
        "影响版本",
        "影响",
        "CVSS 3.1得分",
        "参考链接",
    )
    assert [column(name) for name in names] == [
        "affected",
        "component",
        "affected",
        "impact",
        "cvss",
        "other",
    ]


# -- what was in earlier updates ------------------------------------------------------------------
def test_a_section_of_earlier_updates_is_not_counted() -> None:
    earlier = [("CVE-2024-1001", "High", "EMUI 14"), ("CVE-2025-1000", "High", "EMUI 14")]
    bulletin = read(
        page(
            TITLE,
            table(OWN_HEADER, [GOOD]),
            "<h3>Already included in previous updates</h3>",
            table(THIRD_HEADER, earlier),
            "<h3>Third-party library patches</h3>",
            table(THIRD_HEADER, [("CVE-2025-2000", "High", "EMUI 14")]),
        )
    )
    assert [row.cve for row in bulletin.rows] == ["CVE-2025-1000", "CVE-2025-2000"]
    assert bulletin.earlier == ("CVE-2024-1001",)
    assert bulletin.problems == (
        "listed as fixed now and as included in earlier updates: CVE-2025-1000",
    )


def test_rows_and_lines_across_a_table_of_earlier_updates() -> None:
    markup = page(
        TITLE,
        "<table><tr>" + "".join(f"<th>{name}</th>" for name in THIRD_HEADER) + "</tr>"
        "<tr><td>CVE-2025-1000</td><td>High</td><td>EMUI 14</td></tr>"
        "<tr><td>CVE-2025-1001</td><td>已包含在之前的更新中</td><td>EMUI 14</td></tr>"
        "<tr><td colspan=3>Already included in earlier updates: CVE-2025-1002</td></tr>"
        "<tr><td colspan=3>Already included in earlier updates</td></tr>"
        "<tr><td>CVE-2025-1003</td><td>High</td><td>EMUI 14</td></tr></table>",
    )
    bulletin = read(markup)
    assert [row.cve for row in bulletin.rows] == ["CVE-2025-1000"]
    assert bulletin.earlier == ("CVE-2025-1001", "CVE-2025-1002", "CVE-2025-1003")
    assert bulletin.problems == ()


def test_a_sentence_on_what_is_not_listed_begins_no_such_section() -> None:
    assert not is_earlier("Patches already included in previous updates are not listed here.")
    assert is_earlier("以下补丁已包含在之前的更新中")


# -- shape A --------------------------------------------------------------------------------------
def test_paragraphs_and_lists_of_2022() -> None:
    bulletin = read(shape_a(), "https://consumer.huawei.com/en/support/bulletin/2022/8/")
    assert [(row.cve, row.severity, row.third_party) for row in bulletin.rows] == [
        ("CVE-2021-40001", Severity.HIGH, False),
        ("CVE-2021-40002", Severity.LOW, False),
        ("CVE-2022-20001", Severity.CRITICAL, True),
        ("CVE-2022-20002", Severity.HIGH, True),
        ("CVE-2022-20003", Severity.HIGH, True),
        ("CVE-2022-20004", Severity.HIGH, True),
    ]
    first = bulletin.rows[0]
    assert (first.component, first.impact) == ("codec", "Availability may suffer.")
    assert first.affected == ("EMUI 12.0.0", "EMUI 11.0.1", "Magic UI 4.0.0")
    assert bulletin.earlier == ("CVE-2021-0001", "CVE-2021-0002")
    assert bulletin.problems == ()
    assert bulletin.title == "Security update of August 2022"


def test_paragraphs_in_chinese_and_one_without_a_severity() -> None:
    markup = shape_a().replace("Severity: High", "严重程度：高").replace("<p>Severity: Low</p>", "")
    bulletin = read(markup, "https://consumer.huawei.com/cn/support/bulletin/2022/8/")
    assert [row.severity for row in bulletin.rows[:2]] == [Severity.HIGH, Severity.UNKNOWN]
    (problem,) = bulletin.problems
    assert problem.startswith("no severity is given: cve-2021-40002")


# -- what does not fit ----------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_row_of_other_cells_is_told_and_its_id_is_kept(count: int) -> None:
    cells = ["<td>CVE-2025-1111</td>", "<td>High</td>", *["<td>x</td>"] * 4][:count]
    markup = page(TITLE, table(OWN_HEADER, [GOOD]).replace("</table>", f"<tr>{''.join(cells)}"))
    bulletin = read(markup)
    assert [row.cve for row in bulletin.rows] == ["CVE-2025-1000", "CVE-2025-1111"]
    assert bulletin.rows[1].severity is (Severity.HIGH if count > 1 else Severity.UNKNOWN)
    (problem,) = bulletin.problems
    assert "CVE-2025-1111" in problem


def test_an_unknown_word_is_unknown_and_named() -> None:
    bulletin = own((*GOOD[:3], "Dire", GOOD[4]))
    assert bulletin.rows[0].severity is Severity.UNKNOWN
    assert bulletin.problems[0].startswith(
        "unknown severity 'Dire' of CVE-2025-1000: CVE-2025-1000"
    )


def test_a_row_that_names_no_vulnerability_is_told() -> None:
    assert (
        own(GOOD, ("soon", *GOOD[1:])).problems[0].startswith("a row names no vulnerability: soon")
    )


def test_the_month_of_the_page_is_held_against_the_address() -> None:
    bulletin = read(page("Bulletin of July 2025", table(OWN_HEADER, [GOOD])))
    assert bulletin.month == "2025-08"
    assert bulletin.problems == (
        "the address is that of 2025-08, the page says 2025-07: Bulletin of July 2025",
    )


def test_headings_of_other_months_beside_the_right_one_are_no_disagreement() -> None:
    bulletin = read(page("Bulletin of July 2025", f"<h2>{TITLE}</h2>", table(OWN_HEADER, [GOOD])))
    assert (bulletin.title, bulletin.problems) == (TITLE, ())


@pytest.mark.parametrize(
    ("words", "third"),
    [
        ("<p>This update has patches of Huawei and of third-party libraries.</p>", False),
        ("<p>This update has HUAWEI patches, and third-party library patches.</p>", False),
        ("<p>About third-party libraries.</p><p>What was fixed:</p>", False),
        ("<h3>Third-party library patches</h3><p>What was fixed:</p>", True),
        ("<p>以下为三方库漏洞</p>", True),
        ("", False),
    ],
)
def test_whose_a_table_with_descriptions_is(words: str, third: bool) -> None:
    bulletin = read(page(TITLE, words, table(OWN_HEADER, [GOOD])))
    assert [row.third_party for row in bulletin.rows] == [third]


def test_a_table_of_three_columns_that_is_said_to_be_the_vendor_s_own() -> None:
    row = ("CVE-2025-1000", "High", "EMUI 14")
    bulletin = read(page(TITLE, "<p>HUAWEI patches:</p>", table(THIRD_HEADER, [row])))
    assert not bulletin.rows[0].third_party


def test_a_file_without_an_address_has_the_page_s_month() -> None:
    bulletin = read(august_2025(), "august.html")
    assert (bulletin.id, bulletin.problems) == ("huawei-phones-2025-08", ())


@pytest.mark.parametrize(
    ("path", "line"), [("bulletinlaptops", "laptops"), ("bulletinwearables", "wearables")]
)
def test_product_lines(path: str, line: str) -> None:
    bulletin = read(august_2025(), AUGUST_URL.replace("bulletin", path))
    assert (bulletin.line, bulletin.id) == (line, f"huawei-{line}-2025-08")


def test_several_ids_in_one_cell_spans_nested_tables_and_markup() -> None:
    inner = table(THIRD_HEADER, [("CVE-2025-3000", "Low", "EMUI 13")])
    markup = page(
        TITLE,
        f"<table><tr><td>{inner}</td></tr></table>"
        "<table><tr><th>CVE</th><th>Severity</th><th>Affected Version</th></tr>"
        "<tr><td>CVE-2025-1000<br>cve-2025-1001</td><td rowspan=2><b>Hi</b>gh</td>"
        "<td>EMUI 14.0.0</td></tr><tr><td><a href='https://nvd.example/'>CVE-2025-1002</a></td>"
        "<td>EMUI <i>13.0.0</i></td></tr></table>",
    )
    bulletin = read(markup)
    assert bulletin.problems == ()
    assert [(row.cve, row.severity, row.affected) for row in bulletin.rows] == [
        ("CVE-2025-3000", Severity.LOW, ("EMUI 13",)),
        ("CVE-2025-1000", Severity.HIGH, ("EMUI 14.0.0",)),
        ("CVE-2025-1001", Severity.HIGH, ("EMUI 14.0.0",)),
        ("CVE-2025-1002", Severity.HIGH, ("EMUI 13.0.0",)),
    ]


def test_ids_outside_the_tables_are_told_and_scripts_are_not_read() -> None:
    bulletin = read(page(TITLE, table(OWN_HEADER, [GOOD]), "<p>Thanks for CVE-2025-9999.</p>"))
    assert bulletin.problems == ("named outside the tables: Thanks for CVE-2025-9999.",)


def test_control_characters_and_escapes_do_not_come_through() -> None:
    bulletin = own(("CVE-2025-1000", "\x1b]0;x\x07A\u202e flaw", "b\x00ad", "Hi\u200bgh", "EMUI 1"))
    assert bulletin.rows[0].summary == "A flaw"
    assert bulletin.rows[0].severity is Severity.HIGH


def test_another_charset_and_a_wrong_one() -> None:
    markup = page(
        "2025年8月", table(("CVE", "严重程度", "影响版本"), [("CVE-2025-1000", "高危", "x")])
    )
    named = markup.replace("utf-8", "gb2312")
    assert parse(named.encode("gb18030"), AUGUST_URL).rows[0].severity is Severity.HIGH
    assert parse(named.encode(), AUGUST_URL).problems == ()  # it is UTF-8, whatever it says
    lost = parse(markup.encode("gb18030"), AUGUST_URL)
    assert [row.cve for row in lost.rows] == ["CVE-2025-1000"]
    assert "could not be read as utf-8" in lost.problems[0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "an empty body"),
        (b"<html><head><title>403 Forbidden</title></head><body>no</body></html>", "403 Forbidden"),
        (b"<html><body><table><tr><td>menu</td></tr></table>", "an HTML page"),
        (b"PK\x03\x04\0\0\0\0\x08\0", "binary data"),
        (b'{"code": 500}', "JSON"),
        (b"<div>" * 300_000, "nested|broken"),
    ],
)
def test_what_is_no_bulletin_is_named(body: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        parse(body, AUGUST_URL)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "body",
    [
        table(THIRD_HEADER, [])[:-9] + "<tr><td>CVE-2025-1000<td>High<td>EMUI 14" * 250_000,
        table(THIRD_HEADER, [])[:-9] + "<tr>" + "<td>CVE-2025-1000</td>" * 400_000,
        "<p>High: CVE-2025-1000</p>" * 400_000,
        table(THIRD_HEADER, [])[:-9] + "<tr><td rowspan=9999><td colspan=9999>" * 250_000,
        table(THIRD_HEADER, [])[:-9] + "<tr><td>CVE-2025-1000 " + "<b>x</b>" * 1_000_000,
    ],
    ids=["rows", "cells", "lists", "spans", "one cell"],
)
def test_ten_megabytes_are_bounded_and_told(body: str) -> None:
    bulletin = read(body)
    assert len(bulletin.rows) <= 5000
    assert len(bulletin.problems) <= 201
    assert bulletin.problems


PARTS = (
    *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "<p>", "</p>", "<br>"),
    *("<td colspan=3>", "<td rowspan=2>", "<h3>", "CVE", "CVE-2025-1000", "CVE-2025-1001"),
    *("High:", "严重", "Severity", "Severity:", "EMUI14.0", "Impact", "third-party", "&lt;"),
    *("&#0;", "\x1b[2J", "\u202e", "already included in previous updates", "Affected Version"),
)
MARKUP = st.lists(st.sampled_from(PARTS), max_size=80)


@settings(max_examples=300, deadline=None)
@given(MARKUP)
def test_no_id_is_lost_and_no_row_unclean_however_the_markup_is_mixed(parts: list[str]) -> None:
    with contextlib.suppress(SourceError):
        bulletin = read(page(TITLE, table(OWN_HEADER, [GOOD]), " ".join(parts)))
        told = " ".join(
            [*(row.cve for row in bulletin.rows), *bulletin.earlier, *bulletin.problems]
        )
        for cve in {"CVE-2025-1000", "CVE-2025-1001"}.intersection(parts):
            assert cve in told
        shown = [bulletin.title, *bulletin.problems, *(row.summary for row in bulletin.rows)]
        assert all(text.isprintable() for text in shown)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_bulletin_or_a_source_error(body: bytes) -> None:
    with contextlib.suppress(SourceError):
        assert parse(b"<table>" + body, AUGUST_URL).vendor == "huawei"


# -- the client -----------------------------------------------------------------------------------
def context(
    site: Site, months: int = 2, products: tuple[str, ...] = ("phones",), **more: object
) -> Context:
    fetcher = Fetcher(PollSettings(spacing=0.0, timeout=5.0), transport=Transport(proxies={}))
    lang = str(more.pop("lang", "en"))
    chosen = Settings("hw", "huawei", site.base, lang, products, months)

    async def sleep(seconds: float) -> None:
        raise AssertionError("nothing to wait for")

    return Context(fetcher.fetch, chosen, lambda: NOW, sleep, **more)  # type: ignore[arg-type]


async def batches(found: AsyncIterator[Batch]) -> list[Batch]:
    return [batch async for batch in found]


async def test_all_lines_of_each_month_are_asked_for_newest_first() -> None:
    with serve() as site:
        site.put("/en/support/bulletin/2025/8/", august_2025())
        site.put("/en/support/bulletinlaptops/2025/7/", august_2025().replace("August", "July"))
        found = await batches(collect(context(site, products=())))
        assert [path for path, _ in site.asked] == [
            f"/en/support/bulletin{line}/2025/{month}/"
            for month in (8, 7)
            for line in ("", "laptops", "wearables")
        ]
        assert [b.id for batch in found for b in batch.bulletins] == [
            "huawei-phones-2025-08",
            "huawei-laptops-2025-07",
        ]
        assert [note for batch in found for note in batch.notes] == [
            "laptops 2025-08 is not published yet",
            "wearables 2025-08 is not published yet",
            "phones 2025-07 is not published",
            "wearables 2025-07 is not published",
        ]
        assert [(batch.done, batch.total) for batch in found] == [(n, 6) for n in range(1, 7)]
        assert found[-1].cursor == ""


@pytest.mark.parametrize("lang", ["zh", "cn", "zh-CN"])
async def test_the_chinese_pages(lang: str) -> None:
    with serve() as site:
        site.put("/cn/support/bulletin/2025/8/", august_2025())
        (batch,) = await batches(collect(context(site, months=1, lang=lang)))
        assert batch.bulletins[0].lang == "zh"


async def test_the_month_begins_when_it_begins_in_china() -> None:
    with serve() as site:
        last = context(site, months=1)
        eve = datetime(2025, 8, 31, 17, tzinfo=UTC).timestamp()
        await batches(collect(Context(last.ask, last.settings, lambda: eve, last.sleep)))
        assert site.asked[0][0] == "/en/support/bulletin/2025/9/"


async def test_an_unchanged_page_brings_nothing_and_a_revised_one_does() -> None:
    with serve() as site:
        path = "/en/support/bulletin/2025/8/"
        site.put(path, august_2025())
        (first,) = await batches(collect(context(site, months=1)))
        known = context(site, months=1, validators=first.validators)
        assert (await batches(collect(known)))[0].bulletins == ()
        site.put(path, august_2025(drop=["CVE-2025-54640"]))
        (third,) = await batches(collect(known))
        assert counts(third.bulletins[0].rows).total == 57


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_it_stops_where_it_is_asked_to_and_goes_on_from_there(status: int) -> None:
    with serve() as site:
        for month in (8, 6):
            site.put(f"/en/support/bulletin/2025/{month}/", august_2025())
        site.put("/en/support/bulletin/2025/7/", "enough", status, Retry_After="60")
        pages = collect(context(site, months=3))
        first = await anext(pages)
        with pytest.raises(SourceError, match="stopped at phones 2025-07, page 2 of 3") as caught:
            await anext(pages)
        assert (caught.value.status, caught.value.retry_after) == (status, 60.0)
        assert first.bulletins
        site.put("/en/support/bulletin/2025/7/", august_2025())
        rest = await batches(
            collect(context(site, months=3, cursor=first.cursor, validators=first.validators))
        )
        assert [batch.done for batch in rest] == [1, 2, 3]  # the current month is always asked for
        assert [b.month for batch in rest for b in batch.bulletins] == ["2025-07", "2025-06"]


async def test_a_page_that_leads_elsewhere_is_no_bulletin_of_that_month() -> None:
    with serve() as site:
        other = site.put("/en/support/bulletin/2025/7/", august_2025())
        site.put("/en/support/bulletin/2025/8/", "", 302, Location=other)
        first, second = await batches(collect(context(site)))
        assert first.bulletins == ()
        assert "leads to" in first.problems[0]
        assert second.bulletins[0].month == "2025-07"


async def test_an_unknown_product_line_is_an_error_that_names_the_known_ones() -> None:
    with serve() as site:
        with pytest.raises(SourceError, match="'toasters': use phones, laptops, wearables"):
            await batches(collect(context(site, products=("toasters",))))
        assert site.asked == []
