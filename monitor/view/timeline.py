"""A story in order of time as a page: its entries, changed headlines, patches and CVEs of the same
affair, and earlier stories."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from monitor.models import Entry, Kind, Stance, Story
from monitor.text import clean
from monitor.view.bulletins import day, name_of
from monitor.view.detail import make_link, published, stamp
from monitor.view.page import Item, Leads, Page, Section, Target
from monitor.view.rows import kind_of

if TYPE_CHECKING:
    from monitor.view.library import Library
    from monitor.vulnerability import Summary, Vulnerability

CVES = 30  # of a story that are looked up
NAMED = 3  # CVEs named in a bulletin's line
DATE = 10  # characters of a stamp that are its date


class Moment(NamedTuple):
    """Something that happened; `time` is None where that is not known."""

    time: float | None
    item: Item
    whole_day: bool = False  # only the day is known


def timeline_page(
    story: Story,
    kinds: Mapping[str, Kind],
    library: "Library | None" = None,
    earlier: Iterable[Story] = (),
    tz: tzinfo | None = None,
) -> Page:
    """The page of a story, with `earlier` ones; reads files of the library, so in a thread."""
    moments = [
        *_told(story.entries, kinds),
        *_changed(story.entries),
        *_before(earlier),
        *(_patches(story.cves, library, tz) if library is not None else ()),
    ]
    dated = sorted(
        (moment for moment in moments if moment.time is not None),
        key=lambda moment: moment.time or 0.0,
    )
    undated = tuple(moment.item for moment in moments if moment.time is None)
    sections = [Section("In order of time", tuple(_dated(moment, tz) for moment in dated))]
    sections += [Section("Without a date", undated)] if undated else []
    more = len(story.cves) - CVES
    return Page(
        clean(story.lead.title, 300),
        (("disputed",) if story.disputed else ())
        + ((f"{more} more CVEs were not looked up",) if more > 0 else ()),
        tuple(sections),
    )


def _dated(moment: Moment, tz: tzinfo | None) -> Item:
    when = stamp(moment.time or 0.0, tz)
    return moment.item._replace(label=when[:DATE] if moment.whole_day else when)


def _told(entries: Sequence[Entry], kinds: Mapping[str, Kind]) -> Iterator[Moment]:
    """Each entry, with what it does with a claim."""
    for entry in entries:
        stance = entry.reading.stance if entry.reading else Stance.REPORTS
        notes = [clean(entry.outlet, 60), kind_of(entry.feed, kinds)]
        notes += ["duplicate"] if entry.duplicate_of else []
        notes += [str(stance)] if stance is not Stance.REPORTS else []
        against = stance in (Stance.DISPUTES, Stance.RETRACTS)
        link = make_link(entry.url)
        yield Moment(
            None if entry.undated else published(entry),
            Item(
                "",
                clean(entry.title, 300),
                ", ".join(filter(None, notes)),
                "warning" if against else "",
                Target(Leads.LINK, link.url, link) if link.url else None,
            ),
        )


def _changed(entries: Sequence[Entry]) -> Iterator[Moment]:
    """Each headline that was replaced, when that was seen, with what replaced it."""
    for entry in entries:
        titles = [*(former.title for former in entry.former), entry.title]
        for former, new in zip(entry.former, titles[1:], strict=True):
            text = f"Headline changed: “{clean(former.title, 300)}” → “{clean(new, 300)}”"
            yield Moment(former.until, Item("", text, clean(entry.outlet, 60), "warning"))


def _before(stories: Iterable[Story]) -> Iterator[Moment]:
    for story in stories:
        text = f"Earlier story: {clean(story.lead.title, 300)}"
        target = Target(Leads.STORY, story.id)
        when = None if story.newest.undated else published(story.newest)
        yield Moment(when, Item("", text, clean(story.lead.outlet, 60), "", target))


def _patches(cves: Sequence[str], library: "Library", tz: tzinfo | None) -> Iterator[Moment]:
    """What is known of the CVEs that the story names, and the bulletins that fix them."""
    for cve in cves[:CVES]:
        yield from _known(library.vulnerability(cve), tz)
    wanted = set(cves)
    for summary in library.bulletins:
        if fixed := wanted.intersection(summary.cves):
            yield _bulletin(summary, fixed, len(wanted))


def _known(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Moment]:
    target = Target(Leads.CVE, known.cve)
    dates = [record.published for record in known.records if record.published is not None]
    if dates:
        title = next((clean(record.title, 200) for record in known.records if record.title), "")
        text = f"{known.cve} published" + (f": {title}" if title else "")
        yield Moment(min(dates), Item("", text, "CVE record", "", target), whole_day=True)
    row = known.exploited
    if row is not None:
        text = f"{known.cve} known to be exploited, to be fixed by {day(row.due, tz)}"
        yield Moment(row.added, Item("", text, "KEV, CISA", "grave", target), whole_day=True)


def _bulletin(summary: "Summary", fixed: Collection[str], named: int) -> Moment:
    shown = sorted(fixed)[:NAMED]
    more = f" and {len(fixed) - NAMED} more" if len(fixed) > NAMED else ""
    name = f"{name_of(summary.vendor, summary.line)} {clean(summary.month, 10)}"
    text = f"Bulletin {name} fixes {', '.join(shown)}{more}"
    source = f"{len(fixed)} of {named} CVEs of the story" if named > 1 else "bulletin"
    when = summary.published if summary.published is not None else summary.first_seen or None
    item = Item("", text, source, "", Target(Leads.BULLETIN, summary.id))
    return Moment(when, item, whole_day=True)
