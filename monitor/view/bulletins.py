"""The Patches pane: bulletins, their order, their filter, and what a row of them says."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from monitor.text import clean
from monitor.view.detail import stamp
from monitor.view.narrow import Select, Shown, by_query
from monitor.view.rows import age

if TYPE_CHECKING:
    from monitor.vulnerability import Counts, Summary

UNKNOWN = "unknown"
LETTERS = (("critical", "C"), ("high", "H"), ("medium", "M"), ("low", "L"), ("unknown", "?"))
VENDORS = {"huawei": "Huawei", "openharmony": "OpenHarmony"}
LINES = ("phones", "laptops", "wearables")  # in this order within a month
REST = ""  # the name of what there is no room to tell apart
GAP = 1  # cells after a part of a bar, so that its numbers stand apart without colour


class BulletinSort(StrEnum):
    """What comes first in the pane."""

    MONTH = "newest month first"
    SEVERITY = "most critical and high first"


class BulletinLine(NamedTuple):
    """A row of the pane; "" is what is not known."""

    id: str
    month: str
    name: str  # "Huawei phones"
    line: str  # the same where there is no room: "phones"
    total: int
    bar: tuple[tuple[str, int], ...]  # severity, count
    own: int
    third_party: int
    kev: int
    epss: str
    age: str  # since it was first seen
    published: str  # a date
    changes: int
    problems: int


def bulletins_shown() -> "Shown[Summary]":
    """The pane's list, newest month first."""
    return Shown(SORTS[BulletinSort.MONTH], bulletin_filter)


def bulletin_filter(text: str) -> "Select[Summary]":
    """What a filter of the pane asks for, in the query language of bulletins."""
    from monitor.query.patches import BULLETINS, Bulletins

    return by_query(text, BULLETINS, Bulletins.of)


def _by_month(summary: "Summary") -> tuple[object, ...]:
    line = LINES.index(summary.line) if summary.line in LINES else len(LINES)
    return _backwards(summary.month), line, summary.vendor, summary.line, summary.id


def _by_severity(summary: "Summary") -> tuple[object, ...]:
    return tuple(-count for count in summary.counts), *_by_month(summary)


def _backwards(month: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in month)


SORTS: "dict[BulletinSort, Callable[[Summary], object]]" = {
    BulletinSort.MONTH: _by_month,
    BulletinSort.SEVERITY: _by_severity,
}


def make_line(summary: "Summary", now: float) -> BulletinLine:
    """What the row of a bulletin says at the time `now`."""
    return BulletinLine(
        id=summary.id,
        month=clean(summary.month, 10) or UNKNOWN,
        name=name_of(summary.vendor, summary.line),
        line=_short(summary.vendor, summary.line),
        total=summary.counts.total,
        bar=bar_of(summary.counts),
        own=summary.own.total,
        third_party=summary.third_party.total,
        kev=summary.kev,
        epss=probability(summary.epss),
        age=age(summary.first_seen, now) if summary.first_seen else "",
        published=day(summary.published),
        changes=summary.changes,
        problems=summary.problems,
    )


def day(when: float | None, tz: tzinfo | None = None) -> str:
    """A date for people."""
    return UNKNOWN if when is None else stamp(when, tz)[:10]


def name_of(vendor: str, line: str) -> str:
    """A product line as people call it: "Huawei phones", "OpenHarmony"."""
    maker = VENDORS.get(vendor, vendor)
    return clean(maker if line in ("", vendor) else f"{maker} {line}", 60)


def _short(vendor: str, line: str) -> str:
    return name_of(vendor, line) if vendor == line or not line else clean(line, 60)


def bar_of(counts: "Counts") -> tuple[tuple[str, int], ...]:
    """The severities that there are, gravest first."""
    return tuple((name, n) for (name, _), n in zip(LETTERS, counts, strict=True) if n)


def probability(epss: float | None) -> str:
    """An EPSS score in at most four characters; "" where it is unknown, which is not 0."""
    if epss is None:
        return ""
    if epss < 0.001:
        return "<.1%"
    return f"{epss:.1%}" if epss < 0.0995 else f"{epss:.0%}"


def counted(bar: tuple[tuple[str, int], ...]) -> str:
    """Severities in letters: "C2 H13 M40"."""
    return " ".join(f"{dict(LETTERS)[name]}{n}" for name, n in bar)


def stack(
    bar: tuple[tuple[str, int], ...], width: int, most: int | None = None
) -> list[tuple[str, str]]:
    """A stacked bar of (text, severity): in each part its letter and count, then its length.

    `most` is the total whose bar fills the width; None makes each bar do so. A part is never too
    short for its text, so that small ones are longer than their share; where there is no room for
    all, the least severe are one part, "+26", so that the parts always add up.
    """
    gap = GAP if _long(bar, GAP) <= width else 0
    parts = bar if gap else _folded(bar, width)
    total = sum(n for _, n in parts)
    if not total:
        return []
    room = width if most is None else max(1, round(width * total / max(most, 1)))
    least = [len(_part(*part)) + gap for part in parts]
    sizes = _sizes([n for _, n in parts], least, max(room, sum(least)))
    return [
        (_part(name, n).ljust(size), name if name != REST else UNKNOWN)
        for (name, n), size in zip(parts, sizes, strict=True)
    ]


def _part(name: str, count: int) -> str:
    return f"{dict(LETTERS).get(name, '+')}{count}"


def _long(bar: tuple[tuple[str, int], ...], gap: int = 0) -> int:
    """The cells that a bar needs at least."""
    return sum(len(_part(*part)) + gap for part in bar)


def _folded(bar: tuple[tuple[str, int], ...], width: int) -> tuple[tuple[str, int], ...]:
    """The bar with its least severe parts as one, so that it fits; () where nothing does."""
    for keep in range(len(bar), 0, -1):
        rest = sum(n for _, n in bar[keep:])
        folded = (*bar[:keep], (REST, rest)) if rest else bar
        if _long(folded) <= width:
            return folded
    return ()


def _sizes(shares: list[int], least: list[int], width: int) -> list[int]:
    """Lengths by share that add up to `width`, none below its least."""
    sizes, free = list(least), set(range(len(shares)))
    while free:
        room = width - sum(sizes[at] for at in range(len(sizes)) if at not in free)
        whole = sum(shares[at] for at in free)
        small = {at for at in free if room * shares[at] < least[at] * whole}
        if not small:
            ends = [round(room * _upto(shares, free, at) / whole) for at in sorted(free)]
            for at, start, end in zip(sorted(free), [0, *ends], ends, strict=False):
                sizes[at] = end - start
            break
        free -= small
    else:
        sizes[-1] += width - sum(sizes)
    return sizes


def _upto(shares: list[int], free: set[int], last: int) -> int:
    return sum(shares[at] for at in free if at <= last)


# Columns of the pane

MARKS, MONTH, TOTAL = 3, 8, 4  # cells of columns, with the blank that parts them
EPSS, SEEN, SPLIT, PUBLISHED = 5, 5, 7, 12  # with the blank before
NAME_MIN, NAME_MAX = 7, 18
LONG_BAR = 40  # cells of a bar that can do without some for a date


class Columns(NamedTuple):
    """How wide the columns of the pane are; 0 where there is no room for one."""

    marks: int
    name: int
    whole: bool  # whether names tell the vendor too
    bar: int
    split: int
    epss: int
    seen: int
    published: int

    def titles(self) -> str:
        """The head of the columns."""
        marks = "KEV " if self.marks > MARKS else ""
        line = f"{marks:>{self.marks}}{'Month':{MONTH}}{'Line':{self.name}}{'All':>{TOTAL - 1}} "
        line += f"{'Severity':{self.bar}}"[: self.bar]
        line += f"{'own+3rd':>{self.split}}" if self.split else ""
        line += f"{'EPSS':>{self.epss}}" if self.epss else ""
        line += f"{'seen':>{self.seen}}" if self.seen else ""
        return line + (f"{'published':^{self.published}}" if self.published else "")


def columns(lines: "Iterable[BulletinLine]", width: int) -> Columns:
    """The columns for rows in so many cells: what a bulletin counts comes first, then the highest
    EPSS, when it was first seen, its two tables, whole names; the bars get what is left.
    """
    short, whole, bar, roomy = NAME_MIN, NAME_MIN, 0, 0
    for line in lines:
        short = max(short, len(line.line) + 1)
        whole = max(whole, len(line.name) + 1)
        bar, roomy = max(bar, _long(line.bar)), max(roomy, _long(line.bar, GAP))
    name = min(short, NAME_MAX)
    left = width - MARKS - MONTH - TOTAL - name - bar
    sizes = []
    for size in (EPSS, SEEN, SPLIT):
        sizes.append(size if left >= size else 0)
        left -= sizes[-1]
    marks = MARKS + (2 if left >= 2 else 0)
    left -= marks - MARKS
    wider = min(whole, NAME_MAX) - name
    if names := left - wider >= roomy - bar:
        name, left = name + wider, left - wider
    published = PUBLISHED if bar + left - PUBLISHED >= LONG_BAR else 0
    epss, seen, split = sizes
    room = max(0, bar + left - published)
    return Columns(marks, name, names, room, split, epss, seen, published)
