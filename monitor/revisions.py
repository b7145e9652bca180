"""What changed between two looks at a bulletin, a CVE record or a row of KEV.

Publishers revise in silence, also without touching their own date; so what is stored is compared
with what came, and every difference is kept with the time at which we saw it. Pure functions.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from monitor.vulnerability import Bulletin, BulletinRow, Change, Exploited, Rating, Record

CHANGES = 500  # that are kept of one bulletin or record, the newest
NOTHING_LEFT = "the page lists no vulnerability any more; the rows that it had are kept"

_Key = tuple[str, bool]


def revise_bulletin(old: Bulletin | None, new: Bulletin, now: float) -> Bulletin:
    """The bulletin as it is to be stored: new rows, the old history and what was different."""
    if old is None:
        return replace(new, first_seen=now, last_seen=now, changes=())
    if old.rows and not new.rows:
        problems = tuple(dict.fromkeys((*new.problems, NOTHING_LEFT)))
        return replace(old, last_seen=now, problems=problems)
    changes = (*old.changes, *_rows_changed(_by_key(old.rows), _by_key(new.rows), now))
    return replace(
        new,
        published=new.published if new.published is not None else old.published,
        first_seen=old.first_seen,
        last_seen=now,
        changes=changes[-CHANGES:],
    )


def _by_key(rows: Iterable[BulletinRow]) -> dict[_Key, BulletinRow]:
    """The rows by CVE and table; of one that stands twice, the first."""
    found: dict[_Key, BulletinRow] = {}
    for row in rows:
        found.setdefault((row.cve, row.third_party), row)
    return found


def _rows_changed(
    old: Mapping[_Key, BulletinRow], new: Mapping[_Key, BulletinRow], now: float
) -> Iterable[Change]:
    for key, before in old.items():
        cve, third_party = key
        moved = (cve, not third_party)
        if key in new:
            yield from _row_changed(before, new[key], now)
        elif moved in new and moved not in old:
            yield Change(now, cve, "table", _table(third_party), _table(not third_party))
            yield from _row_changed(before, new[moved], now)
        else:
            yield Change(now, cve, "removed", before=str(before.severity))
    for key, after in new.items():
        cve, third_party = key
        moved = (cve, not third_party)
        if key not in old and not (moved in old and moved not in new):
            yield Change(now, cve, "added", after=str(after.severity))


def _table(third_party: bool) -> str:
    return "third-party" if third_party else "own"


def _row_changed(before: BulletinRow, after: BulletinRow, now: float) -> Iterable[Change]:
    pairs = (
        ("severity", str(before.severity), str(after.severity)),
        ("cvss", _number(before.cvss), _number(after.cvss)),
        ("affected", ", ".join(before.affected), ", ".join(after.affected)),
        ("component", before.component, after.component),
    )
    return (Change(now, before.cve, what, a, b) for what, a, b in pairs if a != b)


def revise_record(old: Record | None, new: Record, now: float) -> Record:
    """The record as it is to be stored, with its history."""
    if old is None:
        return replace(new, changes=())
    pairs = [
        ("state", old.state, new.state),
        ("disputed", _yes(old.disputed), _yes(new.disputed)),
        ("rejected", old.rejected, new.rejected),
        ("title", old.title, new.title),
        ("affected", _products(old), _products(new)),
    ]
    ratings, others = _ratings(old.ratings), _ratings(new.ratings)
    pairs += [
        (f"rating of {by}", ratings.get(by, ""), others.get(by, ""))
        for by in dict.fromkeys((*ratings, *others))
    ]
    changes = tuple(Change(now, new.cve, what, a, b, new.source) for what, a, b in pairs if a != b)
    return replace(new, changes=(*old.changes, *changes)[-CHANGES:])


def _ratings(ratings: Iterable[Rating]) -> dict[str, str]:
    """By who gave it and the version of CVSS: what it says."""
    return {
        f"{rating.by} (CVSS {rating.version})" if rating.version else rating.by: " ".join(
            filter(None, (_number(rating.score), str(rating.severity), rating.vector))
        )
        for rating in ratings
    }


def _products(record: Record) -> str:
    return "; ".join(f"{one.product} {', '.join(one.versions)}".strip() for one in record.affected)


def revise_catalogue(
    old: Mapping[str, Exploited], new: Iterable[Exploited], now: float
) -> dict[str, Exploited]:
    """The catalogue as it is to be stored. What CISA took out stays, marked as removed."""
    first = not old
    found: dict[str, Exploited] = {}
    for row in new:
        before = old.get(row.cve)
        changes = () if first else tuple(_exploited_changed(before, row, now))
        kept = before.changes if before else ()
        found[row.cve] = replace(row, changes=(*kept, *changes)[-CHANGES:])
    for cve, before in old.items():
        if cve not in found:
            gone = Change(now, cve, "removed", source="KEV")
            known = removed(before)
            found[cve] = before if known else replace(before, changes=(*before.changes, gone))
    return found


def removed(row: Exploited) -> bool:
    """Whether CISA took the row out of its catalogue again."""
    return bool(row.changes) and row.changes[-1].what == "removed"


def _exploited_changed(before: Exploited | None, after: Exploited, now: float) -> Iterable[Change]:
    if before is None or removed(before):
        yield Change(now, after.cve, "added", source="KEV")
    if before is None:
        return
    pairs = (
        ("due date", _number(before.due), _number(after.due)),
        ("ransomware", before.ransomware, after.ransomware),
    )
    for what, a, b in pairs:
        if a != b:
            yield Change(now, after.cve, what, a, b, "KEV")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
