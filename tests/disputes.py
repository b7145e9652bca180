"""A disputed affair for the tests: a claim, a reprint, a denial with its reason, a silence."""

from msgspec.structs import replace

from monitor.claims import read
from monitor.models import Fresh
from tests.screen_samples import DAY, HOUR, fresh

CLAIM = "Maduro says US spies cannot hack his Huawei phone"
DENIAL = "No, Maduro's Huawei phone is not unhackable"
CVES = ("CVE-2026-63000", "CVE-2026-99999")


def as_read(item: Fresh) -> Fresh:
    """An entry with its claim read, as the reading process hands it on."""
    reading = read(item.entry.title, item.body.summary)
    return Fresh(replace(item.entry, reading=reading), item.body) if reading.marks else item


def affair() -> list[Fresh]:
    """One disputed story of four entries, one in which all report, and an earlier one."""
    items = [
        fresh("claim", CLAIM, feed="state", ago=6 * HOUR, cves=CVES,
              summary="He held it up before reporters. Huawei made no statement."),
        fresh("copy", CLAIM, ago=5 * HOUR, story="claim", duplicate_of="claim"),
        fresh("ledger", "Experts look at the phone from Xi", ago=4 * HOUR, story="claim",
              summary="Security researchers dispute that: code as new as this holds mistakes."),
        fresh("denial", DENIAL, feed="lab", ago=HOUR, story="claim"),
        fresh("fold", "Huawei shows a phone that folds twice", ago=3 * HOUR),
        fresh("before", "Maduro gets a phone from Xi", ago=40 * DAY, cves=CVES[:1]),
    ]  # fmt: skip
    return [as_read(item) for item in items]
