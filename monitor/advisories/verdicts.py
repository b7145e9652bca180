"""Whether the counts that a story states are those of the bulletin, by arithmetic alone.

Nothing is said of the truth: a count agrees with the stored bulletin, differs from it, or can't be
compared. Where it is known how a count drifts as it is copied ("high" turned "critical", another
year, one of the two tables taken for both), that is named.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.advisories.figures import Claimed
from monitor.models import Severity
from monitor.text import month_name, months_apart
from monitor.vulnerability import GRAVEST_FIRST, Bulletin, Counts, Summary, counts

SURE = 2  # how well counts have to fit a month that the text does not tell: one agrees


class Outcome(StrEnum):
    """What comparing a count came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """One count, compared. `says` is the arithmetic; the words it is about are the claim's."""

    claim: Claimed
    outcome: Outcome
    says: str
    bulletin: str = ""  # id of the one it was compared with
    drift: tuple[str, ...] = ()  # "high turned critical", "wrong year", "own table only" ...


class Figures(NamedTuple):
    """What a bulletin counts."""

    id: str
    vendor: str
    line: str
    month: str
    own: Counts
    third_party: Counts
    earlier: int  # CVEs that it names as fixed before


class _Around(NamedTuple):
    """What is known of a story's month beside an entry's own words."""

    day: str  # month of publication, "" if unknown
    told: tuple[str, ...]  # full months that other entries name, the most named first

    def of_year(self, month: str) -> str:
        """A month without its year as most of the other entries tell it; "" if they don't."""
        same = [other for other in self.told if other.endswith(month[1:])]
        return same[0] if same else ""


def check(
    claims: Iterable[Claimed], bulletins: Iterable[Bulletin | Summary], published: float | None
) -> tuple[Verdict, ...]:
    """The counts of one story held against bulletins, in their order.

    `published` is when the story was (seconds since 1970). What an entry leaves open of the month
    is taken from the story's other entries, then from that, and said. Counts of one entry and
    month are compared with one bulletin.
    """
    claims = list(claims)
    known = [_figures(bulletin) for bulletin in bulletins]
    groups: dict[tuple[str, ...], list[Claimed]] = {}
    for claim in claims:
        groups.setdefault(_group(claim), []).append(claim)
    day = datetime.fromtimestamp(published, UTC).strftime("%Y-%m") if published else ""
    verdicts: dict[Claimed, Verdict] = {}
    for group in groups.values():
        around = _Around(day, _told(claims, group[0].entry))
        verdicts.update((verdict.claim, verdict) for verdict in _compare(group, known, around))
    return tuple(verdicts[claim] for claim in claims)


def sentence(verdicts: Iterable[Verdict]) -> str:
    """All of it in a line: "own 5 + third-party 8 = 13 high; 58 listed, 60 claimed"."""
    return "; ".join(dict.fromkeys(verdict.says for verdict in verdicts))


def _told(claims: Iterable[Claimed], but: str) -> tuple[str, ...]:
    """The months that are told in full by entries other than one, the most named first."""
    said = {(claim.entry, claim.month) for claim in claims if claim.month and claim.entry != but}
    named = Counter(month for _, month in sorted(said) if re.fullmatch(r"\d{4}-\d\d", month))
    return tuple(month for month, _ in named.most_common())


def _group(claim: Claimed) -> tuple[str, ...]:
    return (claim.entry, claim.month or "", claim.vendor, claim.line)


def _figures(bulletin: Bulletin | Summary) -> Figures:
    if isinstance(bulletin, Summary):
        own, third_party, earlier = bulletin.own, bulletin.third_party, bulletin.earlier
    else:
        own = counts(row for row in bulletin.rows if not row.third_party)
        third_party = counts(row for row in bulletin.rows if row.third_party)
        earlier = len(bulletin.earlier)
    return Figures(
        bulletin.id, bulletin.vendor, bulletin.line, bulletin.month, own, third_party, earlier
    )


def _compare(group: Sequence[Claimed], known: Sequence[Figures], around: _Around) -> list[Verdict]:
    """The counts of one entry, month and vendor, all with the bulletin that fits them best."""
    first = group[0]
    mine = [f for f in known if f.vendor == first.vendor and f.line == _line(first)]
    if not first.vendor:
        return _unknown(group, "the text names no vendor")
    if not mine:
        whose = first.vendor + (f" {first.line}" if first.line else "")
        return _unknown(group, f"no bulletin of {whose} is stored")
    if first.month and first.month.isdigit():
        return _unknown(group, f"a count of the whole year {first.month}, not of a month")
    if first.month is None:
        return _untold(group, mine, around)
    month = _with_year(first.month, mine, around)
    if not month:
        return _unknown(group, "the text does not tell the year")
    candidates = [f for f in mine if f.month == month]
    if len({(f.own, f.third_party) for f in candidates}) > 1:
        return _unknown(group, f"several bulletins of {month_name(month)} are stored")
    if not any(_fit(group, f) for f in candidates):
        other = _of_another_year(group, mine, month, around)
        if other and first.month == month:
            said = f"{month_name(month)} said; "
            return [_verdict(claim, other, said, ("wrong year",)) for claim in group]
        if other and not candidates:
            said = f"year not told; compared with {month_name(other.month)}: "
            return [_verdict(claim, other, said) for claim in group]
    if not candidates:
        return _unknown(group, f"no bulletin of {month_name(month)} is stored")
    return [_verdict(claim, candidates[0]) for claim in group]


def _of_another_year(
    group: Sequence[Claimed], mine: Sequence[Figures], month: str, around: _Around
) -> Figures | None:
    """The bulletin of the same month of another year that a count is really of.

    It has to fit. Where a year is told, other entries must name that month, or the story have come
    out in it or right after; where none is, the newest that fits best will do.
    """
    told = group[0].month == month
    others = [
        f
        for f in mine
        if f.month[5:] == month[5:]
        and f.month != month
        and (f.month in around.told or (_is_near(f.month, around.day) if told else True))
        and _fit(group, f) >= (1 if told else SURE)
    ]
    rank = {m: len(around.told) - at for at, m in enumerate(around.told)}
    best = sorted(others, key=lambda f: (rank.get(f.month, 0), _fit(group, f), f.month))
    return best[-1] if best else None


def _line(claim: Claimed) -> str:
    if claim.vendor == "openharmony":
        return "openharmony"
    return claim.line or "phones"


def _untold(group: Sequence[Claimed], mine: Sequence[Figures], around: _Around) -> list[Verdict]:
    """Compare with the months that other entries name, the month of publication and the one before;
    only a count that fits tells.
    """
    day = around.day
    if not (day or around.told):
        return _unknown(group, "the text does not tell the month")
    near = [
        f for f in mine if f.month in around.told or (day and months_apart(f.month, day) in (0, 1))
    ]
    best = max((_fit(group, f) for f in near), default=0)
    fitting = [f for f in near if _fit(group, f) == best]
    if best < SURE:
        names = " or ".join(dict.fromkeys(month_name(f.month) for f in near))
        fits = f", and nothing of {names} fits" if names else ""
        return _unknown(group, f"month not told{fits}")
    if len({f.month for f in fitting}) > 1:
        return _unknown(group, "month not told, and more than one fits")
    said = f"month not told; compared with {month_name(fitting[0].month)}: "
    return [_verdict(claim, fitting[0], said) for claim in group]


def _with_year(month: str, mine: Sequence[Figures], around: _Around) -> str:
    """A month that may lack its year, with that of other entries; else the newest such month that
    is not more than a month after publication, for which a bulletin can be out.
    """
    if not month.startswith("--"):
        return month
    if told := around.of_year(month):
        return told
    day = around.day
    if not day:
        of_month = {f.month for f in mine if f.month.endswith(month[1:])}
        return of_month.pop() if len(of_month) == 1 else ""
    years = (f"{int(day[:4]) + more:04}{month[1:]}" for more in (-1, 0, 1))
    return max(one for one in years if months_apart(day, one) <= 1)


def _is_near(month: str, day: str) -> bool:
    """Whether a story came out in a month, or right before or after."""
    return bool(day) and months_apart(month, day) in (-1, 0, 1)


def _fit(group: Sequence[Claimed], figures: Figures) -> int:
    """How well counts fit a bulletin: 2 for each that agrees, 1 for each that is known to drift."""
    verdicts = [_verdict(claim, figures) for claim in group]
    return sum(
        2 if verdict.outcome is Outcome.AGREES else bool(verdict.drift) for verdict in verdicts
    )


def _unknown(group: Iterable[Claimed], why: str) -> list[Verdict]:
    return [Verdict(claim, Outcome.UNKNOWN, why) for claim in group]


def _verdict(
    claim: Claimed, figures: Figures, said: str = "", drift: tuple[str, ...] = ()
) -> Verdict:
    """One count and one bulletin. `said` comes before the arithmetic; `drift` is known already."""
    own, third, unrated = _of(figures, claim)
    what = claim.severity or "listed"
    sum_ = f"own {own} + third-party {third} = {own + third} {what}"
    arithmetic = said + (sum_ if third else f"{own} {what}")
    if claim.scope:
        table, listed = ("own", own) if claim.scope == "own" else ("third-party", third)
        arithmetic = f"{said}{table} table: {listed} {what}"
    else:
        listed = own + third
    differs = f"{arithmetic}, {claim.count} claimed"
    if claim.hedge:
        text = f"{differs} with {claim.hedge!r}, which is no exact count"
        return Verdict(claim, Outcome.UNKNOWN, text, figures.id, drift)
    if claim.count == listed:
        outcome = Outcome.DIFFERS if drift else Outcome.AGREES
        return Verdict(claim, outcome, arithmetic, figures.id, drift)
    if listed < claim.count <= listed + unrated:
        text = f"{differs}, and {unrated} have no severity"
        return Verdict(claim, Outcome.UNKNOWN, text, figures.id, drift)
    if name := _drift(claim, figures, own, third):
        return Verdict(
            claim,
            Outcome.DIFFERS,
            _explained(claim, figures, differs, name),
            figures.id,
            (*drift, name),
        )
    return Verdict(claim, Outcome.DIFFERS, differs, figures.id, drift)


def _of(figures: Figures, claim: Claimed) -> tuple[int, int, int]:
    """What the own and the third-party table count, and how many of them nobody has rated."""
    if claim.severity is None:
        return figures.own.total, figures.third_party.total, 0
    column = GRAVEST_FIRST.index(claim.severity)
    unrated = {
        "own": figures.own.unknown,
        "third-party": figures.third_party.unknown,
    }.get(claim.scope, figures.own.unknown + figures.third_party.unknown)
    return figures.own[column], figures.third_party[column], unrated


def _drift(claim: Claimed, figures: Figures, own: int, third: int) -> str:
    """The known way in which a count became this one, or ""."""
    if not claim.count or claim.scope:
        return ""
    if claim.count == own:
        return "own table only"
    if claim.count == third:
        return "third-party table only"
    if claim.severity is None:
        with_earlier = claim.count == own + third + figures.earlier
        return "earlier updates counted too" if with_earlier else ""
    column = GRAVEST_FIRST.index(claim.severity)
    turned = _severities(figures, claim.count, (column - 1, column + 1))
    return f"{turned[0]} turned {claim.severity}" if len(turned) == 1 else ""


def _severities(figures: Figures, count: int, columns: Sequence[int]) -> list[Severity]:
    """Which of the severities in these columns has just so many."""
    return [
        GRAVEST_FIRST[column]
        for column in columns
        if 0 <= column < 4 and figures.own[column] + figures.third_party[column] == count
    ]


def _explained(claim: Claimed, figures: Figures, differs: str, drift: str) -> str:
    if drift.endswith("table only"):
        return f"{differs}: {claim.count} = {drift}"
    if " turned " in drift:
        column = GRAVEST_FIRST.index(Severity(drift.split()[0]))
        own, third = figures.own[column], figures.third_party[column]
        sum_ = f"own {own} + third-party {third} = " if third else ""
        return f"{differs}: {sum_}{claim.count} {GRAVEST_FIRST[column]}"
    return f"{differs}: with {figures.earlier} already included in earlier updates"
