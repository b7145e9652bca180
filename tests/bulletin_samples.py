"""Bulletins and vulnerabilities for the tests of view and screen: synthetic, fixed in time.

`library()` has 24 months of four product lines. Counts, ratings and dates are made by arithmetic
from month and number, so that they are the same each run; what a test looks for is in `AUGUST`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from monitor.models import Severity
from monitor.vulnerability import (
    Affected,
    Bulletin,
    BulletinRow,
    Change,
    Exploited,
    Likelihood,
    Listing,
    Rating,
    Record,
    Summary,
    Vulnerability,
    summary,
)
from tests.screen_samples import DAY, NOW

LINES = (
    ("huawei", "phones"),
    ("huawei", "laptops"),
    ("huawei", "wearables"),
    ("openharmony", "openharmony"),
)
MODULES = (
    "Kernel module",
    "Bluetooth module",
    "图形模块",
    "Media library",
    "distributed file system",
)
WEAKNESSES = ("CWE-787", "CWE-416", "CWE-20", "CWE-362")
SEVERITIES = (Severity.MEDIUM, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.MEDIUM)
MODEL = "v2025.03.14"


class MemoryLibrary:
    """Bulletins, records, KEV and EPSS in memory; `put` gives a new sequence, as a store does."""

    def __init__(self, bulletins: Iterable[Bulletin] = (), records: Iterable[Record] = ()) -> None:
        self.kept = {bulletin.id: bulletin for bulletin in bulletins}
        self.known = {record.cve: record for record in records}
        self.exploited: Mapping[str, Exploited] = {}
        self.scores: Mapping[str, Likelihood] = {}
        self.bulletins: Sequence[Summary] = ()
        self.put()

    def put(self, *bulletins: Bulletin) -> None:
        self.kept |= {bulletin.id: bulletin for bulletin in bulletins}
        made = [summary(one, self.exploited, self.scores) for one in self.kept.values()]
        self.bulletins = sorted(made, key=lambda one: one.month, reverse=True)

    def likelihoods(self, cves: Collection[str]) -> Mapping[str, Likelihood]:
        return {cve: self.scores[cve] for cve in cves if cve in self.scores}

    def bulletin(self, id: str) -> Bulletin | None:  # noqa: A002
        return self.kept.get(id)

    def records(self, cves: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
        return {cve: (self.known[cve],) for cve in cves if cve in self.known}

    def vulnerability(self, cve: str) -> Vulnerability:
        listings = [
            Listing(b.id, b.vendor, b.line, b.month, row, b.published, b.first_seen)
            for b in self.kept.values()
            for row in b.rows
            if row.cve == cve
        ]
        return Vulnerability(
            cve,
            self.records([cve]).get(cve, ()),
            self.exploited.get(cve),
            self.scores.get(cve),
            tuple(sorted(listings, key=lambda listing: listing.month, reverse=True)),
        )


def month_name(back: int, last: tuple[int, int] = (2026, 11)) -> str:
    number = last[0] * 12 + last[1] - 1 - back
    return f"{number // 12:04}-{number % 12 + 1:02}"


def start_of(month: str) -> float:
    return datetime.strptime(month + "-05", "%Y-%m-%d").replace(tzinfo=UTC).timestamp()


def row(
    number: int, year: str, third: bool = False, severity: Severity | None = None
) -> BulletinRow:
    """A row made of a number."""
    return BulletinRow(
        cve=f"CVE-{year}-{54000 + number}",
        severity=SEVERITIES[number % 5] if severity is None else severity,
        third_party=third,
        component="Linux kernel" if third else MODULES[number % len(MODULES)],
        summary=f"Out-of-bounds write in the {MODULES[number % len(MODULES)]}",
        impact="Successful exploitation may affect availability.",
        affected=("HarmonyOS 4.2.0", "HarmonyOS 4.3.0", "HarmonyOS 5.0.1"),
    )


def bulletin(back: int, vendor: str = "huawei", line: str = "phones") -> Bulletin:
    """The bulletin of so many months ago."""
    month = month_name(back)
    at = LINES.index((vendor, line))
    own = 4 + (back * 7 + at * 5) % 9
    third = 0 if line == "laptops" else 6 + (back * 11 + at * 3) % 34
    first = back * 240 + at * 60
    rows = [row(first + n, month[:4]) for n in range(own)]
    rows += [row(first + own + n, month[:4], third=True) for n in range(third)]
    if back % 5 == 2:
        rows[0] = row(first, month[:4], severity=Severity.CRITICAL)
    if back % 4 == 1:
        rows[-1] = row(first + len(rows) - 1, month[:4], rows[-1].third_party, Severity.UNKNOWN)
    published = start_of(month)
    return Bulletin(
        id=f"{vendor}-{line}-{month}",
        vendor=vendor,
        line=line,
        month=month,
        url=f"https://consumer.huawei.com/en/support/bulletin/{month.replace('-', '/')}/",
        lang="en",
        title=f"HUAWEI EMUI/Magic UI security updates {month}",
        published=published,
        label=f"{month}-01",
        rows=tuple(rows),
        first_seen=published + DAY,
        last_seen=NOW,
    )


def august() -> Bulletin:
    """August 2026 as August 2025 was: 58 listed, 13 of them high; revised 19 days later."""
    high = [row(n, "2026", severity=Severity.HIGH) for n in range(9000, 9005)]
    medium = [row(n, "2026", severity=Severity.MEDIUM) for n in range(9005, 9028)]
    third = [row(n, "2026", True, Severity.HIGH) for n in range(9028, 9036)]
    third += [row(n, "2026", True, Severity.MEDIUM) for n in range(9036, 9056)]
    third += [row(9056, "2026", True, Severity.LOW), row(9057, "2026", True, Severity.UNKNOWN)]
    published = start_of("2026-08")
    seen = published + 19 * DAY
    gone = [Change(seen, f"CVE-2026-{63700 + n}", "removed") for n in range(10)]
    return Bulletin(
        id="huawei-phones-2026-08", vendor="huawei", line="phones", month="2026-08",
        url="https://consumer.huawei.com/en/support/bulletin/2026/8/", lang="en",
        title="HUAWEI EMUI/Magic UI security updates August 2026", published=published,
        label="2026-08-01", rows=(*high, *medium, *third),
        earlier=("CVE-2026-50001", "CVE-2026-50002"),
        problems=("row 14: no CVE id: 'see the notice'", "row 31: severity 'Hihg' is no severity"),
        first_seen=published + DAY, last_seen=NOW,
        changes=(*gone, Change(seen, "CVE-2026-63001", "severity", "medium", "high")),
    )  # fmt: skip


AUGUST = august()
FIRST = AUGUST.rows[0].cve  # has everything: KEV, EPSS, ratings that differ, history


def record_of(one: BulletinRow, number: int) -> Record:
    """The CVE record of a row; every third has no NVD rating, every seventh differs."""
    when = NOW - 90 * DAY
    score = {"critical": 9.8, "high": 8.4, "medium": 6.2, "low": 3.3}.get(str(one.severity))
    word = one.severity if score else Severity.MEDIUM
    vector = "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    ratings = [Rating("huawei (CNA)", word, score or 5.9, vector, "3.1", when)]
    if number % 2:
        ratings.append(Rating("CISA-ADP", word, score or 5.9, vector, "3.1", when + DAY))
    if number % 3:
        other = Severity.CRITICAL if number % 7 == 1 else word
        value = 9.8 if number % 7 == 1 else score or 5.9
        ratings.append(Rating("NVD", other, value, vector, "3.1", when + 3 * DAY))
    return Record(
        cve=one.cve, source="CVE", state="PUBLISHED", assigner="huawei",
        title=f"Out-of-bounds write in the {one.component}",
        description=f"Out-of-bounds write vulnerability in the {one.component}. Impact: "
        "Successful exploitation of this vulnerability may affect availability.",
        component=one.component, weaknesses=(WEAKNESSES[number % 4],),
        affected=(Affected("Huawei", "HarmonyOS", ("4.2.0", "4.3.0", "5.0.1")),
                  Affected("Huawei", "EMUI", ("14.0.0",))),
        ratings=tuple(ratings),
        references=("https://consumer.huawei.com/en/support/bulletin/2026/8/",
                    f"https://www.cve.org/CVERecord?id={one.cve}"),
        ssvc="exploitation: none, automatable: no, technical impact: partial",
        published=when, updated=when + 4 * DAY,
        changes=(Change(when + 4 * DAY, one.cve, "cvss", "7.8", "8.4", "CVE"),),
    )  # fmt: skip


def library(months: int = 24) -> MemoryLibrary:
    """24 months of four product lines, a few CVEs in KEV, EPSS for two rows of three."""
    made = [
        bulletin(back, *line)
        for back in range(months)
        for line in LINES
        if line[1] != "laptops" or back % 3 == 0
    ]
    kept = {one.id: one for one in made} | {AUGUST.id: AUGUST}
    known = MemoryLibrary(kept.values())
    rows = [(at, one) for b in kept.values() for at, one in enumerate(b.rows)]
    known.known = {one.cve: record_of(one, at + 1) for at, one in rows if at % 9 != 8}
    known.scores = {
        one.cve: Likelihood(one.cve, 0.0004 * (at + 1) ** 1.5, min(0.99, 0.1 + at / 60), NOW, MODEL)
        for at, one in rows
        if at % 3 != 2
    }
    known.scores = {**known.scores, FIRST: Likelihood(FIRST, 0.4271, 0.971, NOW - DAY, MODEL)}
    known.exploited = {FIRST: exploited(FIRST)}
    known.put()
    return known


def exploited(cve: str) -> Exploited:
    return Exploited(
        cve, added=NOW - 80 * DAY, due=NOW - 59 * DAY, name="Huawei HarmonyOS Kernel Write",
        vendor="Huawei", product="HarmonyOS", ransomware="Unknown",
        action="Apply mitigations per vendor instructions or stop using the product.",
        notes=("https://consumer.huawei.com/en/support/bulletin/2026/8/",),
        changes=(Change(NOW - 80 * DAY, cve, "added", source="KEV"),),
    )  # fmt: skip
