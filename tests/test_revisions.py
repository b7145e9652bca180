"""What changed between two looks: the history that is kept of bulletins, records and KEV."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Severity
from monitor.revisions import (
    NOTHING_LEFT,
    removed,
    revise_bulletin,
    revise_catalogue,
    revise_record,
)
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Change,
    Exploited,
    Rating,
    Record,
    counts,
)

DAY = 86400.0
HIGH, MEDIUM, UNKNOWN = Severity.HIGH, Severity.MEDIUM, Severity.UNKNOWN


def bulletin(*rows: BulletinRow, published: float | None = 0.0) -> Bulletin:
    return Bulletin(
        "openharmony-2023-07", "openharmony", "openharmony", "2023-07", "", rows=rows,
        published=published,
    )  # fmt: skip


def test_the_first_look_has_no_changes() -> None:
    seen = revise_bulletin(None, bulletin(BulletinRow("CVE-2023-1", HIGH)), now=5.0)
    assert (seen.first_seen, seen.last_seen, seen.changes) == (5.0, 5.0, ())


def test_what_came_went_and_was_rated_anew_is_kept_with_the_time_we_saw_it() -> None:
    old = revise_bulletin(
        None, bulletin(BulletinRow("CVE-2023-1", HIGH), BulletinRow("CVE-2023-2", MEDIUM)), DAY
    )
    new = bulletin(BulletinRow("CVE-2023-2", HIGH), BulletinRow("CVE-2023-3", UNKNOWN))
    seen = revise_bulletin(old, new, 19 * DAY)
    assert seen.changes == (
        Change(19 * DAY, "CVE-2023-1", "removed", before="high"),
        Change(19 * DAY, "CVE-2023-2", "severity", "medium", "high"),
        Change(19 * DAY, "CVE-2023-3", "added", after="unknown"),
    )
    assert (seen.first_seen, seen.last_seen) == (DAY, 19 * DAY)
    assert revise_bulletin(seen, new, 20 * DAY).changes == seen.changes


def test_a_row_that_moves_to_the_other_table_is_no_removal() -> None:
    old = revise_bulletin(None, bulletin(BulletinRow("CVE-2023-1", HIGH)), 0.0)
    seen = revise_bulletin(old, bulletin(BulletinRow("CVE-2023-1", HIGH, third_party=True)), 1.0)
    assert seen.changes == (Change(1.0, "CVE-2023-1", "table", "own", "third-party"),)


def test_a_page_that_lists_nothing_any_more_takes_nothing_away() -> None:
    old = revise_bulletin(None, bulletin(BulletinRow("CVE-2023-1", HIGH)), 0.0)
    seen = revise_bulletin(old, bulletin(), 1.0)
    assert (seen.rows, seen.changes) == (old.rows, ())
    assert seen.problems == (NOTHING_LEFT,)


rows = st.lists(
    st.builds(
        BulletinRow,
        st.sampled_from(["CVE-1", "CVE-2", "CVE-3"]),
        st.sampled_from(Severity),
        st.booleans(),
    ),
    min_size=1,
)


@given(rows, rows)
def test_changes_lead_from_the_old_rows_to_the_new_ones(
    before: list[BulletinRow], after: list[BulletinRow]
) -> None:
    """Replayed on the old severities, they give the new ones."""
    old = revise_bulletin(None, bulletin(*before), 0.0)
    known = {(row.cve, row.third_party): str(row.severity) for row in reversed(before)}
    for change in revise_bulletin(old, bulletin(*after), 1.0).changes:
        own, third = (change.cve, False), (change.cve, True)
        if change.what == "added":
            known[third if own in known else own] = change.after
        elif change.what == "table":
            key = third if change.before == "third-party" else own
            known[own if key == third else third] = known.pop(key)
    assert {cve for cve, _ in known} >= {row.cve for row in after}


def test_a_cve_counts_once_a_table_by_its_gravest_row() -> None:
    found = counts(
        [
            BulletinRow("CVE-1", MEDIUM),
            BulletinRow("CVE-1", HIGH),
            BulletinRow("CVE-1", HIGH, third_party=True),
            BulletinRow("CVE-2", Severity.INFO),
        ]
    )
    assert found._asdict() == {"critical": 0, "high": 2, "medium": 0, "low": 0, "unknown": 1}


def test_a_records_history_names_who_changed_what() -> None:
    old = Record("CVE-1", "NVD", "Received", ratings=(Rating("NVD", HIGH, 8.8, "", "3.1"),))
    new = replace(old, state="Analyzed", ratings=(Rating("NVD", MEDIUM, 6.0, "", "3.1"),))
    assert revise_record(revise_record(None, old, 0.0), new, 1.0).changes == (
        Change(1.0, "CVE-1", "state", "Received", "Analyzed", "NVD"),
        Change(1.0, "CVE-1", "rating of NVD (CVSS 3.1)", "8.8 high", "6 medium", "NVD"),
    )


def test_what_cisa_takes_out_stays_and_is_marked() -> None:
    listed = revise_catalogue({}, [Exploited("CVE-1"), Exploited("CVE-2")], 0.0)
    assert not any(row.changes for row in listed.values())
    later = revise_catalogue(listed, [Exploited("CVE-2", ransomware="Known")], 1.0)
    assert removed(later["CVE-1"])
    assert [c.what for c in later["CVE-2"].changes] == ["ransomware"]
    again = revise_catalogue(later, [Exploited("CVE-1"), Exploited("CVE-3")], 2.0)
    assert [c.what for c in again["CVE-1"].changes] == ["removed", "added"]
    assert [c.what for c in again["CVE-3"].changes] == ["added"]
    assert revise_catalogue(again, [Exploited("CVE-1"), Exploited("CVE-3")], 3.0) == again
