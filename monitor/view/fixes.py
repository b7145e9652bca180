"""An opened bulletin: its head, its rows with what is known of their CVEs, their filter."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from monitor.models import Severity
from monitor.text import clean, fold
from monitor.view.bulletins import LETTERS, UNKNOWN, bar_of, counted, day, name_of, probability
from monitor.view.detail import make_link
from monitor.view.narrow import Select, Shown, by_query
from monitor.view.page import Item, Leads, Page, Section, Target

if TYPE_CHECKING:
    from monitor.query.patches import Subject
    from monitor.vulnerability import (
        Bulletin,
        BulletinRow,
        Change,
        Counts,
        Exploited,
        Likelihood,
        Rating,
        Record,
        Summary,
    )

DAY = 86400.0
GRAVEST = 12  # rows shown beside the list
GRAVITY = {name: rank for rank, (name, _) in enumerate(LETTERS)}
CISA_ADP = "134c704f-9b21-4f2e-91b3-4a467353bcc0"  # how NVD names CISA's ADP container


class Party(StrEnum):
    """Who rates a vulnerability beside the vendor's bulletin."""

    CNA = "CNA"
    ADP = "ADP"
    NVD = "NVD"


class Mark(NamedTuple):
    """A rating in a column: its word, "" if that party gives none, and its score."""

    severity: str
    score: float | None


class Facts(NamedTuple):
    """What other sources say of a row's CVE; None for what was not read yet."""

    ratings: Mapping[Party, Mark] | None = None
    kev: bool | None = None
    epss: "Likelihood | None" = None
    epss_read: bool = False
    title: str = ""
    rejected: bool = False
    disputed: bool = False


NOTHING = Facts()


class Fix(NamedTuple):
    """A row of a bulletin, with what is known of it."""

    row: "BulletinRow"
    facts: Facts = Facts()
    changed: bool = False  # since the bulletin was first seen

    @property
    def words(self) -> set[str]:
        """The distinct severities that parties name; unknown is none."""
        given = {str(self.row.severity)}
        given |= {mark.severity for mark in (self.facts.ratings or {}).values()}
        return given - {UNKNOWN, ""}

    @property
    def disagreement(self) -> bool:
        return len(self.words) > 1


class FixSort(StrEnum):
    """What comes first in an opened bulletin."""

    SEVERITY = "gravest first"
    LISTED = "as in the bulletin"
    EPSS = "likeliest to be exploited first"


def fixes_shown() -> Shown[Fix]:
    """The rows of a bulletin, gravest first."""
    return Shown(_gravest, fix_filter)


def fix_filter(text: str) -> Select[Fix]:
    """What a filter of an opened bulletin asks for, in the query language of rows."""
    from monitor.query.patches import ROWS, Rows

    return by_query(text, ROWS, lambda fixes: Rows(*zip(*map(_searched, fixes), strict=True)))


def _searched(fix: Fix) -> "tuple[Subject, str]":
    """A row as the query language takes it, and the text that is searched for words."""
    from monitor.query.patches import Subject

    facts = fix.facts
    ratings = tuple(Severity(mark.severity) for mark in (facts.ratings or {}).values())
    epss = facts.epss.epss if facts.epss else None
    return Subject(fix.row, bool(facts.kev), epss, ratings, fix.changed), _hay(fix)


def _hay(fix: Fix) -> str:
    row = fix.row
    party = "third-party" if row.third_party else "own"
    kev = "kev" if fix.facts.kev else ""
    parts = [row.cve, row.severity, party, kev, row.component, row.summary, row.impact]
    return fold("\n".join([*parts, *row.affected, fix.facts.title]))


def _gravest(fix: Fix) -> tuple[int, bool]:
    return GRAVITY.get(str(fix.row.severity), 4), fix.row.third_party


def _likeliest(fix: Fix) -> object:
    known = fix.facts.epss
    return (1, 0.0) if known is None else (0, -known.epss)


SORTS = {FixSort.SEVERITY: _gravest, FixSort.LISTED: lambda fix: 0, FixSort.EPSS: _likeliest}


def fixes_of(bulletin: "Bulletin", facts: Mapping[str, Facts]) -> Iterator[tuple[str, Fix]]:
    """The rows with names of their own: a CVE can stand in both tables, and twice in one."""
    seen: Counter[tuple[str, bool]] = Counter()
    changed = {change.cve for change in bulletin.changes}
    for row in bulletin.rows:
        key = (row.cve, row.third_party)
        seen[key] += 1
        table = "third-party" if row.third_party else "own"
        yield (
            f"{row.cve}/{table}/{seen[key]}",
            Fix(row, facts.get(row.cve, Facts()), row.cve in changed),
        )


def joined(
    cves: Iterable[str],
    exploited: "Mapping[str, Exploited]",
    likelihoods: "Mapping[str, Likelihood]",
    before: Mapping[str, Facts],
) -> dict[str, Facts]:
    """KEV and EPSS of CVEs, laid over what was known."""
    return {
        cve: before.get(cve, Facts())._replace(
            kev=cve in exploited, epss=likelihoods.get(cve), epss_read=True
        )
        for cve in cves
    }


def facts_of(records: "Collection[Record]", before: Facts = NOTHING) -> Facts:
    """What a row shows of the records of its CVE, laid over KEV and EPSS."""
    return before._replace(
        ratings=ratings_by_party(rating for record in records for rating in record.ratings),
        title=next((clean(record.title, 300) for record in records if record.title), ""),
        rejected=any(record.state.upper() == "REJECTED" or record.rejected for record in records),
        disputed=any(record.disputed for record in records),
    )


def party_of(by: str) -> Party | None:
    """Whose rating it is, by the name that `Rating.by` gives."""
    name = by.casefold()
    if "adp" in name or CISA_ADP in name:
        return Party.ADP
    if name == "nvd" or name.startswith("nvd@"):
        return Party.NVD
    return Party.CNA if "(cna)" in name or name.endswith("via nvd") else None


def ratings_by_party(ratings: "Iterable[Rating]") -> dict[Party, Mark]:
    """One rating a party: its own record's before NVD's copy, then the newest CVSS version."""
    best: dict[Party, tuple[tuple[bool, str], Mark]] = {}
    for rating in ratings:
        party = party_of(rating.by)
        if party is None:
            continue
        rank = (not rating.by.casefold().endswith("via nvd"), rating.version)
        if party not in best or rank > best[party][0]:
            best[party] = rank, Mark(str(rating.severity), rating.score)
    return {party: mark for party, (_, mark) in best.items()}


# The head


class Head(NamedTuple):
    """What stands above a bulletin's rows. `notes` are (text, style) lines."""

    title: str
    bar: tuple[tuple[str, int], ...]
    total: int
    notes: tuple[tuple[str, str], ...]


def make_head(bulletin: "Bulletin", tz: tzinfo | None = None) -> Head:
    """The head of a bulletin in a few lines; everything is in `about`."""
    from monitor.vulnerability import counts

    every = counts(bulletin.rows)
    own = counts(row for row in bulletin.rows if not row.third_party)
    third = counts(row for row in bulletin.rows if row.third_party)
    dates = [f"{what} {day(when, tz)}" for what, when in _dates(bulletin)]
    tables = f"{_split('own', own)}   {_split('third-party', third)}"
    notes = [(tables, ""), ("   ".join(dates), "dim")]
    notes += [(text, "warning") for text in change_lines(bulletin)]
    if bulletin.problems:
        many = len(bulletin.problems)
        more = f" (and {many - 1} more: i)" if many > 1 else ""
        word = "problems" if many > 1 else "problem"
        notes.append((f"{many} {word}: {clean(bulletin.problems[0], 200)}{more}", "grave"))
    if bulletin.earlier:
        notes.append((f"{len(bulletin.earlier)} already in earlier updates, not counted", "dim"))
    name = name_of(bulletin.vendor, bulletin.line)
    title = f"{name} · {clean(bulletin.month, 10)}"
    return Head(title, bar_of(every), every.total, tuple(notes))


def _split(name: str, some: "Counts") -> str:
    return f"{some.total} {name}" + (f" ({counted(bar_of(some))})" if some.total else "")


def _dates(bulletin: "Bulletin") -> Iterator[tuple[str, float | None]]:
    yield "published", bulletin.published
    if bulletin.updated and bulletin.updated != bulletin.published:
        yield "the page says updated", bulletin.updated
    yield "first seen", bulletin.first_seen or None


def change_lines(bulletin: "Bulletin") -> list[str]:
    """What was different when it was seen again: "10 removed 19 days after publication"."""
    days: dict[int, list[Change]] = {}
    for change in bulletin.changes:
        days.setdefault(int(change.when // DAY), []).append(change)
    lines = []
    for changes in days.values():
        what = Counter(_kind(change) for change in changes)
        words = ", ".join(f"{n} {word}" for word, n in sorted(what.items(), key=_order))
        lines.append(f"{words} {_when(changes[0].when, bulletin)}")
    return lines


def _kind(change: "Change") -> str:
    if change.what in ("added", "removed"):
        return change.what
    return "re-rated" if change.what == "severity" else f"with another {clean(change.what, 40)}"


def _order(pair: tuple[str, int]) -> tuple[int, str]:
    words = ("removed", "added", "re-rated")
    return (words.index(pair[0]) if pair[0] in words else len(words)), pair[0]


def _when(when: float, bulletin: "Bulletin") -> str:
    """How long after it was published; after it was first seen, where that is unknown."""
    start, what = bulletin.published, "publication"
    if start is None:
        start, what = bulletin.first_seen, "it was first seen"
    days = round((when - start) / DAY)
    return f"{days} day{'' if days == 1 else 's'} after {what}" if days > 0 else "on the same day"


# Everything about it


def about(bulletin: "Bulletin", tz: tzinfo | None = None) -> Page:
    """The whole head: every problem, change and CVE that was already included earlier."""
    head = make_head(bulletin, tz)
    link = make_link(bulletin.url)
    facts = [
        Item("Title", clean(bulletin.title, 300) or UNKNOWN),
        Item("Fixes", f"{head.total}: {counted(head.bar)}" if head.total else "none listed"),
        *(Item("", text) for text, style in head.notes[:1] if not style),
        *(Item(what.capitalize(), day(when, tz)) for what, when in _dates(bulletin)),
        Item("Last seen", day(bulletin.last_seen or None, tz)),
        Item("Patch label", clean(bulletin.label, 60) or UNKNOWN),
        Item("Page", link.shown or UNKNOWN, target=Target(Leads.LINK, link.url, link)),
    ]
    return Page(
        head.title,
        sections=tuple(
            section
            for section in (
                Section("", tuple(facts)),
                Section("Problems", tuple(_problems(bulletin))),
                Section("Changes", tuple(_changes(bulletin, tz))),
                Section("Already in earlier updates", tuple(map(cve_item, bulletin.earlier))),
            )
            if section.items
        ),
    )


def overview(
    bulletin: "Bulletin", tz: tzinfo | None = None, known: "Summary | None" = None
) -> Page:
    """What is shown beside the list of bulletins: all about it, and the gravest of its rows.

    `known` is its row in the list, which has what KEV and EPSS say.
    """
    page = about(bulletin, tz)
    if known:
        first, items = page.sections[0], page.sections[0].items
        exploited = Item("Exploited", _exploited(known))
        at = next(n for n, item in enumerate(items) if item.label == "Published")
        page = page._replace(
            sections=(
                first._replace(items=(*items[:at], exploited, *items[at:])),
                *page.sections[1:],
            )
        )
    fixes = sorted((Fix(row) for row in bulletin.rows), key=_gravest)
    items = tuple(map(_fix_item, fixes[:GRAVEST]))
    gravest = (Section("Gravest", items),) if items else ()
    return page._replace(sections=(page.sections[0], *gravest, *page.sections[1:]))


def _exploited(known: "Summary") -> str:
    """ "1 in KEV   highest EPSS 94%"."""
    kev = f"{known.kev} in KEV" if known.kev else "none in KEV"
    return f"{kev}   highest EPSS {probability(known.epss) or UNKNOWN}"


def _fix_item(fix: Fix) -> Item:
    row = fix.row
    text = f"{row.severity:<9}{clean(row.component, 60) or clean(row.summary, 200) or '?'}"
    return Item(clean(row.cve, 60), text, style=str(row.severity))


def _problems(bulletin: "Bulletin") -> Iterator[Item]:
    for problem in bulletin.problems:
        yield Item("", clean(problem, 500), style="warning")


def _changes(bulletin: "Bulletin", tz: tzinfo | None) -> Iterator[Item]:
    for change in reversed(bulletin.changes):
        yield change_item(change, tz)


def change_item(change: "Change", tz: tzinfo | None, cve: bool = True) -> Item:
    """A dated change in a line."""
    what = clean(change.what, 60)
    if change.before or change.after:
        before, after = (clean(text, 200) or "nothing" for text in (change.before, change.after))
        what = f"{what}: {before} → {after}"
    name = clean(change.cve, 60) if cve else ""
    return Item(
        day(change.when, tz),
        f"{name}  {what}" if name else what,
        clean(change.source, 60),
        target=Target(Leads.CVE, name) if name else None,
    )


def cve_item(cve: str) -> Item:
    name = clean(cve, 60)
    return Item("", name, target=Target(Leads.CVE, name))


def chance(known: "Likelihood | None") -> str:
    return probability(known.epss) if known else UNKNOWN
