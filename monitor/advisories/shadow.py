"""The shadow of components: how long a library's vulnerability was known before its fix was listed.

A vendor that ships a library ships its vulnerabilities; they are public, and perhaps exploited,
before the vendor's bulletin lists them. Counted for third-party rows only, in days from the day on
which CISA listed the CVE as exploited (KEV), or on which its record was published, to the day of
the bulletin. Below 0 the bulletin came first. A missing date makes an unknown, never a 0.
"""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import NamedTuple

from monitor.vulnerability import Bulletin, BulletinRow, Exploited

DAY = 86400.0


class Shadow(NamedTuple):
    """One third-party CVE of a bulletin; days are whole ones in UTC, None where a date is missing.

    `dated` tells that the bulletin has a day: without one, both are None.
    """

    bulletin: str
    cve: str
    component: str
    exploited: bool  # in KEV
    since_kev: int | None
    since_published: int | None
    dated: bool


class Side(NamedTuple):
    """How the bulletins' days lie to one of the other dates. `median` is None where none is known.

    The same day is neither before nor after.
    """

    after: int = 0  # rows whose bulletin came later: the shadow
    before: int = 0
    same: int = 0
    unknown: int = 0
    median: float | None = None  # of all known days, those below 0 included
    median_after: float | None = None  # of the shadow alone


class Shadows(NamedTuple):
    """The summary of many; `kev` is about rows in KEV only, `published` about all."""

    rows: int
    exploited: int
    kev: Side
    published: Side


def shadows(
    bulletin: Bulletin,
    exploited: Mapping[str, Exploited],
    published: Mapping[str, float | None],
) -> tuple[Shadow, ...]:
    """The third-party CVEs of a bulletin, each once, in its order.

    `published` has the days of CVE records, in seconds since 1970.
    """
    listed: dict[str, BulletinRow] = {}
    for row in bulletin.rows:
        if row.third_party:
            listed.setdefault(row.cve, row)
    day = _day(bulletin.published)
    return tuple(
        Shadow(
            bulletin.id,
            cve,
            row.component,
            cve in exploited,
            _between(_day(exploited[cve].added) if cve in exploited else None, day),
            _between(_day(published.get(cve)), day),
            day is not None,
        )
        for cve, row in listed.items()
    )


def summed(found: Iterable[Shadow]) -> Shadows:
    """The summary of the rows of any number of bulletins."""
    rows = list(found)
    in_kev = [row for row in rows if row.exploited]
    return Shadows(
        len(rows),
        len(in_kev),
        _side([row.since_kev for row in in_kev]),
        _side([row.since_published for row in rows]),
    )


def sentence(found: Shadows) -> str:
    """The summary for people."""
    if not found.rows:
        return "No third-party vulnerability is listed."
    text = f"{found.rows} third-party vulnerabilities, {found.exploited} known to be exploited"
    if found.exploited:
        text += f": {_told(found.kev, 'KEV listing')}"
    return f"{text}. CVE publication: {_told(found.published, 'it')}."


def _told(side: Side, what: str) -> str:
    parts = [f"{side.after} bulletined after {what}"]
    if side.median_after is not None:
        parts[0] += f" (median {side.median_after:g} days)"
    parts += [f"{count} {word}" for count, word in ((side.before, "before"),) if count]
    parts += [f"{count} on the day" for count in (side.same,) if count]
    parts += [f"{count} unknown" for count in (side.unknown,) if count]
    return ", ".join(parts)


def _side(days: list[int | None]) -> Side:
    known = [day for day in days if day is not None]
    late = [day for day in known if day > 0]
    return Side(
        after=len(late),
        before=sum(day < 0 for day in known),
        same=known.count(0),
        unknown=len(days) - len(known),
        median=median(known) if known else None,
        median_after=median(late) if late else None,
    )


def _day(time: float | None) -> int | None:
    return None if time is None else int(time // DAY)


def _between(earlier: int | None, later: int | None) -> int | None:
    return None if earlier is None or later is None else later - earlier
