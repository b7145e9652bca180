"""Numbers in the news: what counts as a count of a patch, and how it compares with the bulletin."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.advisories.figures import Claimed, claimed, claims
from monitor.advisories.verdicts import Outcome, Verdict, check, sentence
from monitor.models import Body, Entry, Severity
from monitor.vulnerability import Bulletin, BulletinRow, summary

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


def found(text: str) -> list[Claimed]:
    return claimed("u", {"title": text})


def numbers(text: str) -> list[tuple[int, Severity | None]]:
    return [(claim.count, claim.severity) for claim in found(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Huawei's August security patch fixes 60 bugs, 13 high", [(60, None), (13, HIGH)]),
        ("August patch: 60 bugs, 13 of them high", [(60, None), (13, HIGH)]),
        ("A security update for 1,234 vulnerabilities was fixed", [(1234, None)]),
        (
            "Sixty vulnerabilities, including 13 rated critical, fixed in HarmonyOS",
            [(60, None), (13, CRITICAL)],
        ),
        ("The bulletin fixes sixty-four security flaws", [(64, None)]),
        ("The August patch fixes 5 high and 41 medium", [(5, HIGH), (41, MEDIUM)]),
        (
            "This patch fixes 5 high and 41 medium levels of CVEs, and 8 high, 3 medium and 1 low",
            [(5, HIGH), (41, MEDIUM), (8, HIGH), (3, MEDIUM), (1, LOW)],
        ),
        (
            "It fixes nine high-level and seven medium-level vulnerabilities",
            [(9, HIGH), (7, MEDIUM)],
        ),
        (
            "It addresses nineteen high and two medium-grade Common Vulnerabilities and Exposures",
            [(19, HIGH), (2, MEDIUM)],
        ),
        (
            "Resolution of 1 critical, 6 high, and 12 medium-level exploits. A security patch",
            [(1, CRITICAL), (6, HIGH), (12, MEDIUM)],
        ),
        (
            "The 26 vulnerabilities: 22 are high level and 2 are medium level, all patched",
            [(26, None), (22, HIGH), (2, MEDIUM)],
        ),
        ("Patched: 13 of the 60 bugs are high, says the security bulletin", [(13, HIGH)]),
        ("13 high-severity CVEs patched", [(13, HIGH)]),
        ("Security update: 60 vulnerability fixes", [(60, None)]),
        ("One critical vulnerability patched", [(1, CRITICAL)]),
        ("13 CVEs are rated as critical, and patched", [(13, CRITICAL)]),
        (
            "Security bulletin: Critical: 0, High: 13, Medium (44), Low = 1 vulnerabilities",
            [(0, CRITICAL), (13, HIGH), (44, MEDIUM), (1, LOW)],
        ),
        ("华为8月安全补丁修复60个漏洞,其中13个高危", [(60, None), (13, HIGH)]),
        ("华为８月安全补丁：修复６０个安全漏洞，１３个为高危", [(60, None), (13, HIGH)]),
        (
            "安全更新修复六十个漏洞，其中高危漏洞13个、中危44个",
            [(60, None), (13, HIGH), (44, MEDIUM)],
        ),
        ("本次更新共修复漏洞60个", [(60, None)]),
        ("安全公告：5个高危漏洞、41个中危漏洞、1个低危漏洞", [(5, HIGH), (41, MEDIUM), (1, LOW)]),
        ("鸿蒙安全补丁修复一百二十三个漏洞，13 个被评为严重", [(123, None), (13, CRITICAL)]),
        ("补丁修复十个漏洞", [(10, None)]),
        # Without the words "security", "vulnerability", CVE or 漏洞: the subject and a fix tell.
        (
            "Huawei patches 60 HarmonyOS bugs, 13 high. The August 2025 update closes 60 bugs, 13 "
            "of them high severity.",
            [(60, None), (13, HIGH), (60, None), (13, HIGH)],
        ),
        (
            "HarmonyOS update fixes 13 critical bugs among 60. Huawei's update of August 2024 "
            "closes 60 holes in HarmonyOS, 13 of them critical, so owners should install it soon.",
            [(13, CRITICAL), (60, None), (13, CRITICAL)],
        ),
        (
            "13 high-severity holes closed in HarmonyOS. About 60 bugs were repaired in August "
            "2025.",
            [(13, HIGH), (60, None)],
        ),
        ("EMUI update resolves 9 medium flaws", [(9, MEDIUM)]),
        ("OpenHarmony's August update fixes 7 defects", [(7, None)]),
        ("华为8月更新修复60个缺陷，其中13个高危", [(60, None), (13, HIGH)]),
        ("鸿蒙8月更新解决60个问题，13个为严重", [(60, None), (13, CRITICAL)]),
        # What another text said is not said here, and what is denied neither.
        ("HarmonyOS August update fixes 13 high-severity bugs, not 13 critical", [(13, HIGH)]),
        (
            "An earlier article said that 13 bugs were critical. The bulletin of August 2025 calls "
            "13 bugs high and none critical: Huawei's update",
            [(13, HIGH)],
        ),
        (
            "此前报道误称13个漏洞为严重。华为8月安全更新修复13个高危漏洞，而非13个严重漏洞",
            [(13, HIGH)],
        ),
    ],
)
def test_counts(text: str, expected: list[tuple[int, Severity | None]]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "60 Hz display",
        "13 MP camera",
        "a 13-megapixel lens",
        "shipped to 60 countries",
        "for 60 euros",
        "$60 bugs",
        "€ 60 vulnerabilities bounty",
        "13 researchers",
        "60% of vulnerabilities fixed",
        "60 percent of bugs",
        "Mate 60 bugs",
        "the Mate 60 vulnerabilities",
        "Mate60 bugs",
        "Pura 70 flaws fixed",
        "P60 bugs fixed",
        "HarmonyOS 5.0 vulnerabilities",
        "HarmonyOS 5 vulnerabilities fixed",
        "HarmonyOS NEXT 5 bugs",
        "EMUI 14 flaws",
        "Android 16 vulnerabilities",
        "nova 13 high-severity bugs",
        "Kirin 9030 bugs",
        "Watch GT 5 flaws",
        "MatePad 13 bugs",
        "version 4.2.0.186 bugs fixed",
        "patch level 5 vulnerabilities",
        "the top 15 vulnerabilities",
        "No. 13 vulnerability",
        "#13 vulnerability",
        "Critical SMA 100 vulnerability patched",
        "2025 vulnerabilities fixed",
        "in 2024 bugs were fixed",
        "CVE-2025-54627 bugs fixed",
        "CVE-2025-60 fixed",
        "a 60-day-old bug is fixed",
        "60 days later, bugs are fixed",
        "a 13-year-old flaw is fixed",
        "a zero-day vulnerability is fixed",
        "the 5th vulnerability is fixed",
        "13 high-end phones get the fix",
        "13 high-resolution cameras get the update",
        "60 low-light photos",
        "13 critical infrastructure operators",
        "13 high schools get the update",
        "50 medium-sized companies",
        "120 low cost phones are updated",
        "13 high and critical bugs fixed",
        "13 critical or high severity flaws fixed",
        "13 high- and critical-severity flaws fixed",
        "14 of the flaws earned a bounty",
        "fixes many flaws, including two flaws in the camera",
        "among 3 bugs fixed",
        "on August 13 high temperatures delayed the update",
        "August 13 bugs fixed",
        "13.5 bugs per patch",
        "1/60 bugs fixed",
        "v60 bugs fixed",
        "4 GB of patches",
        "60 apps were updated",
        "CVSS 9.8 vulnerability fixed",
        "12:60 vulnerability fixed",
        "Mate 60 漏洞已修复",
        "影响60款机型的漏洞已修复",
        "漏洞60款机型已修复",
        "漏洞影响60个国家,已修复",
        "鸿蒙5漏洞修复",
        "这一漏洞已修复",
        "13个高危地区",
        "60亿元补丁",
        "8月13日修复漏洞",
        "第60个用户",
        "华为P60漏洞修复",
        "60赫兹,1300万像素",
        "2025年漏洞已修复",
    ],
)
def test_what_is_no_count(text: str) -> None:
    assert numbers(f"Huawei's security patch. {text}. Vulnerabilities are patched.") == []
    assert numbers(text + " 安全补丁") == []


@pytest.mark.parametrize(
    "text",
    [
        "Update fixes 60 bugs and adds a new camera",  # not about security
        "60 flaws in the plot",
        "The startup fixes 60 bugs a day",
        "Huawei opens 60 stores and updates 13 of them in August",
        "Huawei fixed 60 roads in August, and closes 13 holes in none",
        "Huawei and the 13 critical minerals: an update on bugs in the supply chain",
        "HarmonyOS update brings 60 features, 13 of them critical for cars",
        "HarmonyOS 6 beta update fixes 60 bugs",  # neither a severity nor a month's patch
        "Huawei: 13 high, says the update",
        "Samsung's August update closes 60 holes, 13 of them critical",
        "Huawei's rival Xiaomi: its August update fixes 60 bugs",
        "华为8月新开60家门店，更新13个展区",
        "华为回答了60个问题，更新了8月的日程",
        "华为修复60条道路，13种关键矿产",
        "鸿蒙更新解决60个问题",
        "小米8月更新解决60个问题，13个为严重",
        "",
    ],
)
def test_only_texts_about_security_updates(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Huawei's August 2025 security patch fixes 60 bugs", "2025-08"),
        ("60 bugs fixed by the security patch for Aug. 2025", "2025-08"),
        ("Huawei's August security patch fixes 60 bugs", "--08"),
        ("The security patch for August fixes 60 bugs", "--08"),
        ("May security update fixes 60 bugs", "--05"),
        ("It may update security: 60 vulnerabilities fixed", None),
        ("After the march for security, 60 bugs are fixed. Vulnerabilities", None),
        ("The security patch fixes 60 bugs", None),
        ("On 6 August 2025 Huawei's July 2025 patch fixed 60 bugs", "2025-07"),
        ("Published August 6, 2025: security patch fixes 60 bugs", None),
        ("Patch level 2025-08: 60 bugs fixed", "2025-08"),
        ("60 vulnerabilities patched in HarmonyOS in 2022", "2022"),
        ("华为8月安全补丁修复60个漏洞", "--08"),
        ("华为2025年8月安全补丁修复60个漏洞", "2025-08"),
        ("华为2025年8月5日发布安全补丁,修复60个漏洞", None),
        ("Security patch for August 2025. It fixes 60 bugs", "2025-08"),
        ("It fixes 60 bugs. This is the security patch of August 2025", "2025-08"),
        ("August patch out. The August 2025 bulletin fixes 60 bugs", "2025-08"),
        ("August patch fixes 60 bugs. See the August 2025 bulletin", "2025-08"),
        ("July patch: 9 bugs. August patch: 60 bugs. The August 2025 fix", "2025-08"),
    ],
)
def test_months(text: str, month: str | None) -> None:
    assert next(claim.month for claim in found(text) if claim.count == 60) == month


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ("Huawei security patch fixes 60 bugs", "huawei"),
        ("鸿蒙安全补丁修复60个漏洞", "huawei"),
        ("OpenHarmony security bulletin fixes 60 bugs", "openharmony"),
        ("开源鸿蒙安全公告修复60个漏洞", "openharmony"),
        ("Microsoft patches 60 vulnerabilities", "microsoft"),
        ("Huawei's patch is out. Samsung's security update fixes 60 bugs", "samsung"),
        ("Samsung's patch fixes 9 bugs, Huawei's security patch 60 bugs", "huawei"),
        ("Huawei news. The security patch fixes 60 bugs", "huawei"),
        ("Security patch fixes 60 bugs", ""),
    ],
)
def test_vendors(text: str, vendor: str) -> None:
    assert next(claim.vendor for claim in found(text) if claim.count == 60) == vendor


def test_tables_lines_and_hedges() -> None:
    text = "The security patch fixes 5 high in its own code, and 8 high in third-party libraries"
    assert [claim.scope for claim in found(text)] == ["own", "third-party"]
    text = "Third-party libraries: 8 high and 3 medium CVEs patched. Own: 5 high CVEs"
    assert [claim.scope for claim in found(text)] == ["third-party", "third-party", "own"]
    (both,) = found("The patch fixes 60 vulnerabilities in own and third-party code")
    assert both.scope == ""
    whole, part = found("60 CVEs patched, including 13 high ones in third-party libraries")[:1] * 2
    assert whole.scope == part.scope == ""
    (laptop,) = found("MateBook security update fixes 7 vulnerabilities")
    assert laptop.line == "laptops"
    for text, hedge in [
        ("Security patch fixes over 60 bugs", "over"),
        ("Nearly 60 vulnerabilities patched", "nearly"),
        ("安全补丁修复60多个漏洞", "多"),
        ("Security patch fixes 60+ bugs", "+"),
        ("Security patch fixes 60 bugs", ""),
    ]:
        (one,) = found(text)
        assert (one.count, one.hedge) == (60, hedge)


def test_a_count_carries_its_place_and_words() -> None:
    texts = {
        "title": "Huawei's August patch",
        "summary": "",
        "content": "Out now.\n“HarmonyOS” security: 60 bugs are fixed, 13\u00a0high! Update.",
    }
    total, high = claimed("u1", texts)
    for claim, words in ((total, "60 bugs"), (high, "13\u00a0high")):
        assert (claim.entry, claim.field) == ("u1", "content")
        assert texts["content"][slice(*claim.span)] == words
        assert claim.words == "“HarmonyOS” security: 60 bugs are fixed, 13 high"


def test_a_smaller_total_is_a_part_and_repeats_count_once() -> None:
    text = (
        "Huawei August patch fixes 60 bugs. 3 bugs are fixed in the camera. All 60 bugs are fixed."
    )
    entry = Entry("u", "f", "i", text, "", "", None, 0, 0, 0, "o")
    assert [claim.count for claim in claims([(entry, Body(summary=text))])] == [60]


@given(
    st.lists(
        st.sampled_from(
            [
                *("60", "13", "sixty", "六十", "个", "漏洞", "高危", "bugs", "high", "critical"),
                *("medium", "fixes", "patch", "of", "them", "and", ",", ".", ";", ":", "-", "("),
                *("August", "2025", "8月", "Huawei", "其中", "third-party", "own", "over", "level"),
                *("\n", "security", "are", "Mate", "）", "＄", "１３"),
            ]
        )
    ).map(" ".join)
)
def test_any_words_make_counts_that_stand_in_the_text(text: str) -> None:
    for claim in claimed("u", {"title": "Security patch", "content": text}):
        start, end = claim.span
        assert 0 <= start < end <= len(text)
        assert claim.words


@given(st.text(), st.text())
def test_any_text_is_read(title: str, content: str) -> None:
    claimed("u", {"title": title + " security patch", "content": content})


@pytest.mark.parametrize(
    "part",
    ["a", "1", "60 high ", "high level ", "60 bugs, ", "高危", "的", ": ", "1.", "二", "8月 "],
)
def test_long_texts_are_read_in_time(part: str) -> None:
    import time

    begin = time.process_time()
    claimed("u", {"title": "Huawei security patch fixes", "content": part * (100_000 // len(part))})
    assert time.process_time() - begin < 5


# ----------------------------------------------------------------------------------- verdicts


def bulletin(
    month: str,
    own: tuple[int, int, int, int, int],
    third: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0),
    earlier: int = 0,
    vendor: str = "huawei",
    line: str = "phones",
) -> Bulletin:
    severities = (CRITICAL, HIGH, MEDIUM, LOW, Severity.UNKNOWN)
    rows = [
        BulletinRow(f"CVE-{table}-{severity}-{number}", severity, table == "third")
        for table, numbers in (("own", own), ("third", third))
        for severity, count in zip(severities, numbers, strict=True)
        for number in range(count)
    ]
    past = tuple(f"CVE-2020-{number}" for number in range(earlier))
    return Bulletin(
        f"{vendor}-{line}-{month}", vendor, line, month, "", rows=tuple(rows), earlier=past
    )


AUGUST = bulletin("2025-08", (0, 5, 41, 0, 0), (0, 8, 3, 1, 0))
JULY = bulletin("2025-07", (0, 4, 10, 0, 0), (0, 2, 2, 0, 0))
STORED = [AUGUST, JULY]
PUBLISHED = datetime(2025, 8, 12, tzinfo=UTC).timestamp()


def judged(
    text: str, stored: list[Bulletin] | None = None, published: float | None = PUBLISHED
) -> list[Verdict]:
    return list(check(found(text), STORED if stored is None else stored, published))


def outcomes(verdicts: list[Verdict]) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(one.claim.count, one.outcome.value, one.drift) for one in verdicts]


@pytest.mark.parametrize(
    "text",
    [
        "Huawei's August 2025 security patch fixes 60 bugs, 13 high",
        "华为2025年8月安全补丁修复60个漏洞,其中13个高危",
        "华为8月安全补丁修复60个漏洞,其中13个高危",
    ],
)
def test_the_arithmetic_of_august_2025(text: str) -> None:
    verdicts = judged(text)
    assert outcomes(verdicts) == [(60, "differs", ()), (13, "agrees", ())]
    assert sentence(verdicts) == (
        "own 46 + third-party 12 = 58 listed, 60 claimed; own 5 + third-party 8 = 13 high"
    )
    assert {verdict.bulletin for verdict in verdicts} == {AUGUST.id}
    assert all(verdict.claim.words in text for verdict in verdicts)


def test_summaries_compare_like_bulletins() -> None:
    claims = found("Huawei's August 2025 security patch fixes 60 bugs, 13 high")
    of_summaries = check(claims, [summary(one) for one in STORED], PUBLISHED)
    assert of_summaries == check(claims, STORED, PUBLISHED)


def test_high_turned_critical() -> None:
    (verdict,) = judged("Huawei's August 2025 patch fixes 13 critical bugs")
    assert verdict.outcome == Outcome.DIFFERS
    assert verdict.drift == ("high turned critical",)
    assert verdict.says == "0 critical, 13 claimed: own 5 + third-party 8 = 13 high"


def test_wrong_year() -> None:
    verdicts = judged("Huawei's August 2024 security patch fixes 60 bugs, 13 of them critical")
    assert outcomes(verdicts) == [
        (60, "differs", ("wrong year",)),
        (13, "differs", ("wrong year", "high turned critical")),
    ]
    assert verdicts[0].says == "August 2024 said; own 46 + third-party 12 = 58 listed, 60 claimed"
    (right,) = judged("Huawei's August 2024 security patch fixes 13 high bugs")
    assert (right.outcome, right.drift) == (Outcome.DIFFERS, ("wrong year",))
    last_year = bulletin("2024-08", (0, 13, 2, 0, 0))
    (right,) = judged("Huawei's August 2024 patch fixes 13 high bugs", [AUGUST, last_year])
    assert (right.outcome, right.bulletin) == (Outcome.AGREES, last_year.id)
    # Years later a year is not doubted.
    later = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    (unknown,) = judged("Huawei's August 2024 patch fixes 13 high bugs", published=later)
    assert unknown.says == "no bulletin of August 2024 is stored"


@pytest.mark.parametrize(
    ("text", "drift", "says"),
    [
        ("46 bugs", "own table only", "= 58 listed, 46 claimed: 46 = own table only"),
        ("12 bugs", "third-party table only", "12 = third-party table only"),
        ("5 high bugs", "own table only", "own 5 + third-party 8 = 13 high, 5 claimed"),
        ("8 high bugs", "third-party table only", "8 = third-party table only"),
    ],
)
def test_one_table_taken_for_both(text: str, drift: str, says: str) -> None:
    (verdict,) = judged(f"Huawei's August 2025 patch fixes {text}")
    assert (verdict.outcome, verdict.drift) == (Outcome.DIFFERS, (drift,))
    assert says in verdict.says


def test_counts_that_name_their_table_are_compared_with_it() -> None:
    verdicts = judged(
        "Huawei's August 2025 patch fixes 5 high and 41 medium CVEs in its own code, and 8 high, "
        "3 medium and 2 low in third-party libraries"
    )
    assert [verdict.outcome.value for verdict in verdicts] == [*["agrees"] * 4, "differs"]
    assert verdicts[-1].says == "third-party table: 1 low, 2 claimed"


def test_earlier_updates_counted_too() -> None:
    stored = [bulletin("2025-08", (0, 5, 41, 0, 0), (0, 8, 3, 1, 0), earlier=2)]
    (verdict,) = judged("Huawei's August 2025 patch fixes 60 bugs", stored)
    assert verdict.drift == ("earlier updates counted too",)
    assert verdict.says.endswith("60 claimed: with 2 already included in earlier updates")


def test_month_not_told() -> None:
    verdicts = judged("Huawei's security patch fixes 60 bugs, 13 high")
    assert outcomes(verdicts) == [(60, "differs", ()), (13, "agrees", ())]
    assert verdicts[1].says == (
        "month not told; compared with August 2025: own 5 + third-party 8 = 13 high"
    )
    (before,) = judged("Huawei's security patch fixes 18 bugs")
    assert (before.outcome, before.bulletin) == (Outcome.AGREES, JULY.id)
    (neither,) = judged("Huawei's security patch fixes 60 bugs")
    assert neither.outcome == Outcome.UNKNOWN
    assert neither.says == "month not told, and nothing of August 2025 or July 2025 fits"
    twice = [AUGUST, bulletin("2025-07", (0, 13, 0, 0, 0))]
    (both,) = judged("Huawei's security patch fixes 13 high bugs", twice)
    assert (both.outcome, both.says) == (
        Outcome.UNKNOWN,
        "month not told, and more than one fits",
    )
    (undated,) = judged("Huawei's security patch fixes 13 high bugs", published=None)
    assert undated.says == "the text does not tell the month"


@pytest.mark.parametrize(
    ("published", "bulletin_id"),
    [
        (datetime(2025, 8, 12, tzinfo=UTC), "huawei-phones-2025-08"),
        (datetime(2025, 7, 30, tzinfo=UTC), "huawei-phones-2025-08"),
        (datetime(2026, 1, 5, tzinfo=UTC), "huawei-phones-2025-08"),
        (datetime(2026, 6, 5, tzinfo=UTC), "huawei-phones-2025-08"),
        (
            datetime(2026, 7, 5, tzinfo=UTC),
            "huawei-phones-2025-08",
        ),  # of 2026 there is none: it fits
        (None, "huawei-phones-2025-08"),  # the only August that is stored
    ],
)
def test_year_not_told(published: datetime | None, bulletin_id: str) -> None:
    time = published.timestamp() if published else None
    (verdict,) = judged("Huawei's August patch fixes 13 high bugs", published=time)
    assert verdict.bulletin == bulletin_id


def test_a_year_that_is_not_told_is_no_older_one_unless_the_counts_fit() -> None:
    later = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
    (fits,) = judged("Huawei's August patch fixes 13 high bugs", published=later)
    assert fits.says == "year not told; compared with August 2025: own 5 + third-party 8 = 13 high"
    (other,) = judged("Huawei's August patch fixes 14 high bugs", published=later)
    assert (other.outcome, other.says) == (
        Outcome.UNKNOWN,
        "no bulletin of August 2026 is stored",
    )
    of_2026 = bulletin("2026-08", (0, 14, 0, 0, 0))
    (newest,) = judged("Huawei's August patch fixes 13 high bugs", [AUGUST, of_2026], later)
    assert (newest.outcome, newest.bulletin) == (Outcome.DIFFERS, of_2026.id)


def of_story(*texts: str, published: float, stored: list[Bulletin]) -> list[Verdict]:
    """The verdicts on the counts of a story of several entries."""
    claims = [claim for at, text in enumerate(texts) for claim in claimed(str(at), {"title": text})]
    return list(check(claims, stored, published))


def test_a_storys_other_entries_tell_the_year() -> None:
    later = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
    of_2026 = bulletin("2026-08", (0, 1, 0, 0, 0))
    verdicts = of_story(
        "Huawei's August patch fixes 60 bugs",
        "HarmonyOS: the August 2025 patch closes 13 high holes",
        "Huawei's August 2025 security patch: 13 high bugs",
        "Huawei's update of August 2024 closes 13 critical holes",
        "HarmonyOS patch closes 13 high holes",
        published=later,
        stored=[AUGUST, of_2026],
    )
    assert [(one.bulletin, one.drift) for one in verdicts] == [
        *[(AUGUST.id, ())] * 3,
        (AUGUST.id, ("wrong year", "high turned critical")),
        (AUGUST.id, ()),
    ]
    assert verdicts[0].says == "own 46 + third-party 12 = 58 listed, 60 claimed"
    assert verdicts[-1].says.startswith("month not told; compared with August 2025")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Microsoft's August 2025 security update fixes 13 high flaws", "no bulletin of microsoft"),
        ("August 2025 security update fixes 13 high flaws", "the text names no vendor"),
        ("OpenHarmony's August 2025 patch fixes 13 high bugs", "no bulletin of openharmony"),
        (
            "MateBook: Huawei's August 2025 patch fixes 13 high bugs",
            "no bulletin of huawei laptops",
        ),
        ("Huawei's March 2025 patch fixes 13 high bugs", "no bulletin of March 2025 is stored"),
        ("Huawei patched 60 vulnerabilities in 2025", "a count of the whole year 2025"),
        ("Huawei's August 2025 patch fixes over 50 bugs", "'over', which is no exact count"),
    ],
)
def test_unknown(text: str, says: str) -> None:
    (verdict,) = judged(text)
    assert verdict.outcome == Outcome.UNKNOWN
    assert says in verdict.says


def test_what_nobody_has_rated_leaves_it_open() -> None:
    stored = [bulletin("2025-08", (0, 5, 0, 0, 9))]
    (perhaps,) = judged("Huawei's August 2025 patch fixes 13 high bugs", stored)
    assert perhaps.outcome == Outcome.UNKNOWN
    assert perhaps.says == "5 high, 13 claimed, and 9 have no severity"
    (too_many,) = judged("Huawei's August 2025 patch fixes 15 high bugs", stored)
    assert too_many.outcome == Outcome.DIFFERS
    other = [AUGUST, bulletin("2025-08", (1, 0, 0, 0, 0))]
    (several,) = judged("Huawei's August 2025 patch fixes 15 high bugs", other)
    assert several.says == "several bulletins of August 2025 are stored"


def test_no_counts_no_verdicts() -> None:
    assert check([], STORED, PUBLISHED) == ()
    assert sentence([]) == ""
