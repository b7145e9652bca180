"""What the pane of bulletins, an opened bulletin, a CVE and the chart say; without a screen."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Severity
from monitor.text import fold
from monitor.tui.bulletins import bulletin_runs
from monitor.view import make_line
from monitor.view.bulletins import SORTS, BulletinSort, bulletins_shown, columns, probability, stack
from monitor.view.chart import make_chart
from monitor.view.cve import cve_page
from monitor.view.fixes import (
    Facts,
    Fix,
    Mark,
    Party,
    about,
    change_lines,
    facts_of,
    fixes_of,
    fixes_shown,
    joined,
    make_head,
    ratings_by_party,
)
from monitor.view.page import Leads, Page
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Change,
    Rating,
    Record,
    Summary,
    Vulnerability,
    summary,
)
from tests.bulletin_samples import AUGUST, FIRST, MemoryLibrary, library
from tests.screen_samples import DAY, NOW

NAMES = ("critical", "high", "medium", "low", "unknown")
BARS = st.lists(st.integers(0, 900), min_size=5, max_size=5).map(
    lambda counts: tuple((name, n) for name, n in zip(NAMES, counts, strict=True) if n)
)


def lines(page: Page) -> list[str]:
    return [
        f"{item.label}|{item.text}|{item.source}" for part in page.sections for item in part.items
    ]


@given(BARS, st.integers(0, 120), st.integers(1, 2000))
def test_a_bar_never_runs_over_and_its_numbers_add_up(
    bar: tuple[tuple[str, int], ...], width: int, most: int
) -> None:
    total = sum(n for _, n in bar)
    for parts in (stack(bar, width), stack(bar, width, max(most, total))):
        assert sum(len(text) for text, _ in parts) <= width
        texts = [text.strip() for text, _ in parts]
        assert not parts or sum(int(text[1:]) for text in texts) == total
        for text, (_, name), (wanted, n) in zip(texts, parts, bar, strict=False):
            if not text.startswith("+"):
                assert (name, text[1:]) == (wanted, str(n))
        assert not any(text.startswith("+") for text in texts[:-1])
    full = stack(bar, width)
    if full:
        assert sum(len(text) for text, _ in full) == width


@given(st.lists(BARS, max_size=4), st.integers(30, 200), st.booleans())
def test_rows_of_the_pane_and_their_titles_fill_the_width(
    bars: list[tuple[tuple[str, int], ...]], width: int, wearables: bool
) -> None:
    one = make_line(summary(AUGUST), NOW)
    name = "wearables" if wearables else "phones"
    rows = [
        one._replace(
            bar=bar, total=min(999, sum(n for _, n in bar)), name=f"Huawei {name}", line=name
        )
        for bar in bars
    ]
    cells = columns(rows, width)
    for row in rows:
        text = "".join(text for text, _ in bulletin_runs(row, cells, 5_000))
        assert len(text) == width
        if cells.epss:
            assert (row.epss or "?") in text
    assert len(cells.titles()) == width
    for title, size in (("EPSS", cells.epss), ("seen", cells.seen), ("own+3rd", cells.split)):
        assert (title in cells.titles()) == bool(size)


def test_columns_come_as_there_is_room() -> None:
    rows = [make_line(one, NOW) for one in library().bulletins]
    sizes = {width: columns(rows, width) for width in (38, 44, 58, 80, 120)}
    assert [sizes[38].epss, sizes[38].seen, sizes[38].split] == [0, 0, 0]
    assert sizes[44].epss
    assert sizes[58].seen
    assert sizes[80].split
    assert sizes[80].whole
    assert sizes[120].published
    assert all(
        sum(int(text[1:]) for text, _ in stack(row.bar, sizes[38].bar)) == row.total for row in rows
    )


def test_a_bar_is_as_long_as_its_share_of_the_largest() -> None:
    long = stack((("high", 10), ("medium", 30)), 40, 40)
    short = stack((("high", 5), ("medium", 15)), 40, 40)
    assert [len(text) for text, _ in long] == [10, 30]
    assert [len(text) for text, _ in short] == [5, 15]


@pytest.mark.parametrize(
    ("width", "texts"),
    [
        (11, ["C1 ", "H13 ", "M44 "]),
        (10, ["C1", "H13", "M44  "]),
        (8, ["C1", "H13", "M44"]),
        (7, ["C1", "+57  "]),
        (5, ["C1", "+57"]),
        (4, []),
    ],
)
def test_a_bar_without_room_for_all_tells_the_gravest_apart(width: int, texts: list[str]) -> None:
    parts = stack((("critical", 1), ("high", 13), ("medium", 44)), width)
    assert [text for text, _ in parts] == texts


@pytest.mark.parametrize(
    ("epss", "shown"),
    [(None, ""), (0.0, "<.1%"), (0.0004, "<.1%"), (0.0123, "1.2%"), (0.0999, "10%"), (1.0, "100%")],
)
def test_epss_is_short_and_unknown_is_not_zero(epss: float | None, shown: str) -> None:
    assert probability(epss) == shown


def test_a_line_of_the_pane() -> None:
    known = library()
    [of_august] = [one for one in known.bulletins if one.id == AUGUST.id]
    line = make_line(of_august, NOW)
    assert (line.month, line.name, line.line, line.total) == (
        "2026-08", "Huawei phones", "phones", 58,
    )  # fmt: skip
    assert line.bar == (("high", 13), ("medium", 43), ("low", 1), ("unknown", 1))
    assert (line.own, line.third_party, line.kev, line.epss) == (28, 30, 1, "43%")
    assert (line.changes, line.problems, line.age) == (11, 2, "106d")


def test_the_pane_sorts_by_month_or_by_severity_and_filters_by_all_words() -> None:
    shown = bulletins_shown()
    shown.show((one.id, one) for one in library().bulletins)
    months = [one.month for one in shown.shown()]
    assert months == sorted(months, reverse=True)
    shown.sort_by(SORTS[BulletinSort.SEVERITY])
    graves = [(one.counts.critical, one.counts.high) for one in shown.shown()]
    assert graves == sorted(graves, reverse=True)
    shown.filter_by("huawei 2026-08 PHONES")
    assert [one.id for one in shown.shown()] == [AUGUST.id]
    shown.filter_by(FIRST.lower())
    assert [one.id for one in shown.shown()] == [AUGUST.id]
    shown.filter_by("  ")
    assert len(shown.rows) == len(shown.order)


def test_a_head_has_both_tables_the_changes_and_the_problems() -> None:
    head = make_head(AUGUST, UTC)
    notes = "\n".join(text for text, _ in head.notes)
    assert head.total == 58
    assert "28 own (H5 M23)   30 third-party (H8 M20 L1 ?1)" in notes
    assert "published 2026-08-05   first seen 2026-08-06" in notes
    assert "10 removed, 1 re-rated 19 days after publication" in notes
    assert "2 problems: row 14: no CVE id: 'see the notice' (and 1 more: i)" in notes
    assert "2 already in earlier updates, not counted" in notes


def test_changes_are_told_by_day_and_without_a_date_from_when_it_was_first_seen() -> None:
    gone = Change(3 * DAY, "CVE-2025-1", "removed")
    more = Change(9 * DAY, "CVE-2025-2", "cvss", "5.0", "7.0")
    one = Bulletin("b", "huawei", "phones", "2025-08", "", first_seen=2 * DAY, changes=(gone, more))
    assert change_lines(one) == [
        "1 removed 1 day after it was first seen",
        "1 with another cvss 7 days after it was first seen",
    ]
    assert change_lines(replace(one, published=3 * DAY))[0] == "1 removed on the same day"


def test_about_has_every_problem_change_and_earlier_cve() -> None:
    page = about(AUGUST, UTC)
    told = "\n".join(lines(page))
    assert "row 31: severity 'Hihg' is no severity" in told
    assert told.count("removed") == 10
    assert "severity: medium → high" in told
    assert "CVE-2026-50002" in told
    targets = [item.target for part in page.sections for item in part.items if item.target]
    assert {target.to for target in targets} == {Leads.LINK, Leads.CVE}


def test_rows_of_the_same_cve_have_names_of_their_own() -> None:
    rows = (BulletinRow("CVE-2025-1"), BulletinRow("CVE-2025-1", third_party=True)) * 2
    one = Bulletin("b", "huawei", "phones", "2025-08", "", rows=rows)
    assert len(dict(fixes_of(one, {}))) == 4


def test_ratings_stand_by_party_and_the_newest_version_counts() -> None:
    high, low = Severity.HIGH, Severity.LOW
    marks = ratings_by_party(
        [
            Rating("psirt@huawei.com via NVD", low, 1.0, version="4.0"),
            Rating("huawei (CNA)", high, 8.4, version="3.1"),
            Rating("huawei (CNA)", low, 2.0, version="2.0"),
            Rating("134c704f-9b21-4f2e-91b3-4a467353bcc0 via NVD", high, 7.0, version="3.1"),
            Rating("NVD", Severity.CRITICAL, 9.8, version="3.1"),
            Rating("someone else", low, 0.1),
        ]
    )
    assert marks == {
        Party.CNA: Mark("high", 8.4),
        Party.ADP: Mark("high", 7.0),
        Party.NVD: Mark("critical", 9.8),
    }


def test_only_words_that_parties_give_can_disagree() -> None:
    row = BulletinRow("CVE-2025-1", Severity.HIGH)

    def fix(*marks: Mark) -> Fix:
        return Fix(row, Facts(ratings=dict(zip(Party, marks, strict=False))))

    assert not fix().disagreement
    assert not fix(Mark("unknown", 9.8), Mark("high", 7.0)).disagreement
    assert fix(Mark("critical", None)).disagreement
    assert not Fix(replace(row, severity=Severity.UNKNOWN)).disagreement


def test_an_opened_bulletin_filters_by_what_is_known_of_its_rows() -> None:
    known = library()
    shown = fixes_shown()
    cves = [row.cve for row in AUGUST.rows]
    facts = joined(cves, known.exploited, known.likelihoods(cves), {})
    records = known.records(cves)
    facts = {cve: facts_of(records.get(cve, ()), facts[cve]) for cve in cves}
    shown.show(fixes_of(AUGUST, facts))
    shown.filter_by("kev:yes")
    assert [fix.row.cve for fix in shown.shown()] == [FIRST]
    shown.filter_by("sev:high is:third-party")
    assert len(shown.rows) == 8
    shown.filter_by("is:disagreed")
    assert FIRST in [fix.row.cve for fix in shown.shown()]
    shown.filter_by("sev:hihg")
    assert shown.problem is not None
    assert "high" in shown.problem.message
    assert FIRST in [fix.row.cve for fix in shown.shown()]
    shown.filter_by("harmonyos 图形")
    assert shown.rows


def test_a_cve_page_has_every_fact_with_source_and_date() -> None:
    page = cve_page(library().vulnerability(FIRST), (), UTC)
    told = lines(page)
    assert page.marks == ("known exploited (KEV)", "ratings differ: critical, high")
    for expected in (
        "Vendor|high|Huawei phones 2026-08, 2026-08-05",
        "CNA|high  8.4  CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H|huawei (CNA), 2026-08-22",
        "NVD|critical  9.8  CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H|NVD, 2026-08-25",
        "KEV|listed 2026-09-01, due 2026-09-22, ransomware unknown|CISA",
        "EPSS|0.42710 in 30 days, above 97.1% of all CVEs|model v2025.03.14, 2026-11-19",
        "State|PUBLISHED|CVE, 2026-08-26",
        "Weakness|CWE-416|CVE, 2026-08-26",
        "|Huawei HarmonyOS: 4.2.0, 4.3.0, 5.0.1|CVE",
        "2026-08|Huawei phones, high, own, Kernel module|published 2026-08-05",
        "2026-09-01|added|KEV",
    ):
        assert expected in told, expected


def test_what_is_unknown_of_a_cve_is_said() -> None:
    told = lines(cve_page(Vulnerability("CVE-2025-1"), (), UTC))
    for expected in (
        "Vendor|unknown|no bulletin", "CNA|unknown|", "ADP|unknown|", "NVD|unknown|",
        "KEV|not listed|CISA", "EPSS|unknown|FIRST", "State|unknown|no record stored",
        "Component|unknown|", "Weakness|unknown|", "|no stored bulletin lists it|",
        "|no stored story names it|", "|no change seen|",
    ):  # fmt: skip
        assert expected in told, expected


def test_rejected_and_disputed_are_marks() -> None:
    record = Record("CVE-2025-1", "CVE", "REJECTED", rejected="not a flaw", disputed=True)
    page = cve_page(Vulnerability("CVE-2025-1", (record,)), (), UTC)
    assert page.marks == ("rejected", "disputed")
    assert "Rejected|not a flaw|CVE, unknown" in lines(page)


def test_a_chart_shows_months_without_a_bulletin_and_survives_odd_ones() -> None:
    def of(month: str) -> Summary:
        return summary(Bulletin(month, "huawei", "phones", month, "", rows=AUGUST.rows[:3]))

    known = [of("2025-01"), of("2025-04"), of("not a month"), of("0000-01"), of("2025-04")]
    chart = make_chart(known, "huawei", "phones")
    months = [bar.month for bar in chart.bars]
    assert months[:6] == ["not a mon…", "2025-04", "2025-04", "2025-03", "2025-02", "2025-01"]
    assert [bar.total for bar in chart.bars[1:6]] == [3, 3, 0, 0, 3]
    assert len(months) < 130
    assert make_chart(known, "huawei", "laptops").bars == ()


def test_the_library_of_the_samples_is_what_the_store_offers() -> None:
    known = MemoryLibrary([AUGUST])
    before = known.bulletins
    known.put(replace(AUGUST, rows=AUGUST.rows[:10]))
    assert known.bulletins is not before
    assert known.bulletins[0].counts.total == 10
    assert fold(FIRST) in known.bulletins[0].hay
