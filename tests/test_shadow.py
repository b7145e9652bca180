"""The shadow of components: days from KEV listing or publication to the bulletin, both ways."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.advisories.shadow import Shadow, Side, sentence, shadows, summed
from monitor.vulnerability import Bulletin, BulletinRow, Exploited

DAY = 86400.0
SECURITY = Path(__file__).parent.parent.parent / "shared" / "data" / "security"


def at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def kev(**added: str | None) -> dict[str, Exploited]:
    ids = {name.replace("_", "-"): day for name, day in added.items()}
    return {cve: Exploited(cve, at(day) if day else None) for cve, day in ids.items()}


def library(cve: str, component: str = "zlib") -> BulletinRow:
    return BulletinRow(cve, third_party=True, component=component)


BULLETIN = Bulletin(
    "huawei-phones-2025-08",
    "huawei",
    "phones",
    "2025-08",
    "",
    rows=(
        library("CVE-1"),
        BulletinRow("CVE-2"),  # the vendor's own
        library("CVE-3"),
        library("CVE-1", "again"),
        library("CVE-4"),
        library("CVE-5"),
        library("CVE-6"),
    ),
    published=at("2025-08-05") + 3600,
)


def test_days_both_ways() -> None:
    catalogue = kev(
        CVE_1="2025-07-01", CVE_2="2025-07-01", CVE_3="2025-09-01", CVE_4=None, CVE_5="2025-08-05"
    )
    published = {"CVE-1": at("2025-06-01T23:59"), "CVE-5": None, "CVE-6": at("2025-08-05T23:59")}
    found = shadows(BULLETIN, catalogue, published)
    assert found == (
        Shadow(BULLETIN.id, "CVE-1", "zlib", True, 35, 65, True),
        Shadow(BULLETIN.id, "CVE-3", "zlib", True, -27, None, True),
        Shadow(BULLETIN.id, "CVE-4", "zlib", True, None, None, True),
        Shadow(BULLETIN.id, "CVE-5", "zlib", True, 0, None, True),
        Shadow(BULLETIN.id, "CVE-6", "zlib", False, None, 0, True),
    )
    both = summed(found)
    assert (both.rows, both.exploited) == (5, 4)
    assert both.kev == Side(
        after=1, before=1, same=1, unknown=1, median=0, median_after=35
    )  # of 35, -27 and 0
    assert both.published == Side(
        after=1, before=0, same=1, unknown=3, median=32.5, median_after=65
    )
    assert sentence(both) == (
        "5 third-party vulnerabilities, 4 known to be exploited: 1 bulletined after KEV listing "
        "(median 35 days), 1 before, 1 on the day, 1 unknown. CVE publication: 1 bulletined after "
        "it (median 65 days), 1 on the day, 3 unknown."
    )


def test_a_bulletin_without_a_day_leaves_all_unknown() -> None:
    undated = Bulletin("b", "huawei", "phones", "2025-08", "", rows=(library("CVE-1"),))
    (row,) = shadows(undated, kev(CVE_1="2025-07-01"), {"CVE-1": at("2025-07-01")})
    assert (row.since_kev, row.since_published, row.dated) == (None, None, False)
    assert summed([row]).kev == Side(unknown=1)


def test_nothing() -> None:
    assert sentence(summed([])) == "No third-party vulnerability is listed."
    only = summed(shadows(BULLETIN, {}, {}))
    assert sentence(only).startswith("5 third-party vulnerabilities, 0 known to be exploited. CVE")


@given(st.lists(st.one_of(st.none(), st.integers(-400, 400))))
def test_every_row_is_on_one_side(days: list[int | None]) -> None:
    side = summed(Shadow("b", "c", "", True, day, None, True) for day in days).kev
    assert side.after + side.before + side.same + side.unknown == len(days)
    assert (side.median is None) == all(day is None for day in days)
    assert (side.median_after is None) == (side.after == 0)


# What grep finds in the 23 files: third-party rows whose CVE is in KEV, and days by the calendar.
BY_HAND = {
    ("2022-05", "CVE-2022-0185"): -838,
    ("2022-05", "CVE-2021-22600"): 25,
    ("2022-05", "CVE-2022-0847"): 11,
    ("2022-10", "CVE-2022-2586"): -624,
    ("2022-11", "CVE-2022-2294"): 68,
    ("2023-01", "CVE-2022-3038"): -86,
    ("2023-01", "CVE-2022-3075"): 117,
    ("2023-02", "CVE-2022-4135"): 67,
    ("2023-05", "CVE-2023-0386"): -770,
    ("2023-11", "CVE-2023-4863"): 55,
    ("2023-11", "CVE-2023-4762"): -91,
    ("2023-12", "CVE-2023-44487"): 56,
    ("2023-12", "CVE-2023-5217"): 64,
}


def rough(path: Path) -> Bulletin:
    """A bulletin of OpenHarmony, with no more than its day and the ids of its two tables."""
    own, _, libraries = path.read_text("utf-8").partition("third-party librar")
    found = re.search(r"ublished (\w{3})\w* (\d+),\s*(\d{4})_", own + libraries)
    assert found, path
    day = datetime.strptime(f"{found[1]} {found[2]} {found[3]}", "%b %d %Y").replace(tzinfo=UTC)
    ids = re.findall(r"^\|\s*(CVE-\d+-\d+)", own, re.M)
    rows = [BulletinRow(cve) for cve in ids]
    rows += [library(cve) for cve in re.findall(r"^\|\s*(CVE-\d+-\d+)", libraries, re.M)]
    month = path.stem
    return Bulletin(
        f"openharmony-{month}",
        "openharmony",
        "openharmony",
        month,
        "",
        published=day.timestamp(),
        rows=tuple(rows),
    )


def test_the_real_bulletins_and_the_real_catalogue() -> None:
    if not SECURITY.exists():
        pytest.skip("no shared data here")
    raw = json.loads((SECURITY / "kev" / "known_exploited_vulnerabilities.json").read_text())
    catalogue = {
        row["cveID"]: Exploited(row["cveID"], at(row["dateAdded"]))
        for row in raw["vulnerabilities"]
    }
    paths = sorted((SECURITY / "openharmony" / "en").rglob("20*.md"))
    assert len(paths) == 23
    found = [row for path in paths for row in shadows(rough(path), catalogue, {})]
    exploited = {(row.bulletin[-7:], row.cve): row.since_kev for row in found if row.exploited}
    assert exploited == BY_HAND
    both = summed(found)
    assert (both.exploited, both.kev.after, both.kev.before) == (13, 8, 5)
    assert both.kev.median_after == 60
