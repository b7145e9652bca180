"""The query language over bulletins and over the rows of one.

Rows: cve (start of the id), component (a part of it), product (start of an affected one), version
(4.2 is any 4.2.x, also within a range), sev (high, >=high: the bulletin's own word), kev (yes, no),
epss (>0.1, unknown), is (own, third-party, changed, disagreed).
Bulletins: vendor and line (start), month (2025-08, 2025, >=2025-01), cve, sev and epss (of any of
their rows), kev, is (changed).

Unknown is a value, and passes thresholds: `sev:>=high` and `epss:>0.1` also show what nobody has
rated. `-sev:unknown` and `-epss:unknown` take that away.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.models import Severity
from monitor.query.fields import (
    Language,
    Spec,
    ValueProblem,
    compared,
    holds,
    read_choice,
    read_cve,
    read_part,
    read_start,
    starts,
)
from monitor.query.ratings import (
    COMPARE,
    chance,
    read_epss,
    read_severity,
    read_yes,
    severities,
    severity_within,
)
from monitor.query.terms import quoted
from monitor.text import fold
from monitor.vulnerability import GRAVEST_FIRST, BulletinRow, Summary, version_range


class Subject(NamedTuple):
    """A row of a bulletin with what is known of its CVE elsewhere."""

    row: BulletinRow
    exploited: bool = False  # in KEV
    epss: float | None = None
    ratings: tuple[Severity, ...] = ()  # what other parties call it
    changed: bool = False  # since the bulletin was first seen

    @property
    def disagreed(self) -> bool:
        """Whether two parties that rate it call it differently."""
        return len({self.row.severity, *self.ratings} - {Severity.UNKNOWN}) > 1


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a bulletin, to search."""

    items: Sequence[Subject]
    hays: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Subject]) -> "Rows":
        """With the texts that are searched: id, component, summary, impact, affected versions."""
        return cls(items, [fold("\n".join(filter(None, _texts(item.row)))) for item in items])

    def titles(self, index: int) -> Iterable[str]:
        return _texts(self.items[index].row)


def _texts(row: BulletinRow) -> tuple[str, ...]:
    return (row.cve, row.component, row.summary, row.impact, *row.affected)


@dataclass(frozen=True, slots=True)
class Bulletins:
    """The bulletins of the Patches pane, to search."""

    items: Sequence[Summary]
    hays: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Summary]) -> "Bulletins":
        return cls(items, [item.hay for item in items])

    def titles(self, index: int) -> Iterable[str]:
        return (self.items[index].title,)


_MONTH = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?")
_MONTH_BEGUN = re.compile(r"[0-9]{0,3}|[0-9]{4}-[01]?")
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,5}")


def _read_month(text: str) -> str:
    """Read a month or a year, with an optional comparison before it."""
    value = fold(text)
    _, month = compared(value)
    if _MONTH.fullmatch(month):
        return value
    message = f"{quoted(text)} is no month; write 2025-08, 2025 or >=2025-01"
    raise ValueProblem(message, bool(_MONTH_BEGUN.fullmatch(month)))


def _month_within(a: str, b: str) -> bool:
    (sign, mine), (other, theirs) = compared(a), compared(b)
    if sign in ("", "=") and other in ("", "="):
        return mine.startswith(theirs)
    return sign == other and len(mine) == len(theirs) and COMPARE[sign[0] + "="](mine, theirs)


def _read_version(text: str) -> str:
    """Read a version or the start of one."""
    value = fold(text).removeprefix("v")
    if _VERSION.fullmatch(value):
        return value
    message = f"{quoted(text)} is no version; write 4.2.0 or 4.2"
    raise ValueProblem(message, not value or bool(re.fullmatch(r"[0-9.]*[0-9]\.", value)))


def _cve(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    return lambda subject: subject.row.cve.startswith(value)


def _component(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    return lambda subject: value in fold(subject.row.component)


def _product(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    return lambda subject: any(fold(one).startswith(value) for one in subject.row.affected)


def _version(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    version = tuple(map(int, value.split(".")))

    def test(subject: Subject) -> bool:
        ranges = map(version_range, subject.row.affected)
        return any(one.holds(version) for one in ranges if one)

    return test


def _severity(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    taken = severities(value)
    if Severity.UNKNOWN in taken:
        taken = taken | {Severity.INFO}  # no severity of a bulletin: counted as unknown
    return lambda subject: subject.row.severity in taken


def _kev(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    return lambda subject: subject.exploited == (value == "yes")


def _epss(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    test = chance(value)
    return lambda subject: test(subject.epss)


_ROW_MARKS: dict[str, Callable[[Subject], bool]] = {
    "own": lambda subject: not subject.row.third_party,
    "third-party": lambda subject: subject.row.third_party,
    "changed": lambda subject: subject.changed,
    "disagreed": lambda subject: subject.disagreed,
}


def _row_is(value: str, corpus: Rows, now: float) -> Callable[[Subject], bool]:
    return _ROW_MARKS[value]


def _vendor(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    return lambda bulletin: bulletin.vendor.startswith(value)


def _line(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    return lambda bulletin: bulletin.line.startswith(value)


def _month(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    sign, month = compared(value)
    compare, length = COMPARE[sign], len(month)
    return lambda bulletin: compare(bulletin.month[:length], month)


def _listed(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    needle = value.lower()
    return lambda bulletin: needle in bulletin.hay


def _has_severity(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    columns = [GRAVEST_FIRST.index(severity) for severity in severities(value)]
    return lambda bulletin: any(bulletin.counts[column] for column in columns)


def _has_kev(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    return lambda bulletin: bool(bulletin.kev) == (value == "yes")


def _highest_epss(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    test = chance(value)
    return lambda bulletin: test(bulletin.epss)


def _bulletin_is(value: str, corpus: Bulletins, now: float) -> Callable[[Summary], bool]:
    return lambda bulletin: bulletin.changes > 0


ROWS = Language(
    "row",
    "rows of a bulletin",
    {
        "cve": Spec("is", read_cve, _cve, starts, marked=True),
        "component": Spec(
            "has a component named", read_part, _component, holds, in_hay=True, marked=True
        ),
        "product": Spec("affects", read_part, _product, starts, in_hay=True, marked=True),
        "version": Spec("affects version", _read_version, _version),
        "sev": Spec("is of severity", read_severity, _severity, severity_within, quick=True),
        "kev": Spec("is known to be exploited:", read_yes, _kev, quick=True),
        "epss": Spec("has an EPSS of", read_epss, _epss, quick=True),
        "is": Spec("is", read_choice([*_ROW_MARKS], "mark"), _row_is, quick=True),
    },
)
BULLETINS = Language(
    "bulletin",
    "bulletins",
    {
        "vendor": Spec("has a vendor that starts with", read_start, _vendor, starts, quick=True),
        "line": Spec("has a product line that starts with", read_start, _line, starts, quick=True),
        "month": Spec("is of", _read_month, _month, _month_within, quick=True),
        "cve": Spec("lists", read_cve, _listed, starts, marked=True),
        "sev": Spec("lists severity", read_severity, _has_severity, severity_within, quick=True),
        "kev": Spec("lists what is known to be exploited:", read_yes, _has_kev, quick=True),
        "epss": Spec("has a highest EPSS of", read_epss, _highest_epss, quick=True),
        "is": Spec("is", read_choice(("changed",), "mark"), _bulletin_is, quick=True),
    },
)
