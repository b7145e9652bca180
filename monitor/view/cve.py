"""Everything known of one CVE as a page: each fact with its source and date, or unknown."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from monitor.models import Story
from monitor.text import clean
from monitor.view.bulletins import UNKNOWN, day, name_of
from monitor.view.detail import latest, make_link
from monitor.view.fixes import Fix, Party, change_item, facts_of, party_of
from monitor.view.page import Item, Leads, Page, Section, Target

if TYPE_CHECKING:
    from monitor.vulnerability import (
        Change,
        Exploited,
        Likelihood,
        Listing,
        Rating,
        Record,
        Vulnerability,
    )

REFERENCES = 50
WORDS = ("critical", "high", "medium", "low")


def cve_page(
    known: "Vulnerability", stories: Sequence[Story] = (), tz: tzinfo | None = None
) -> Page:
    """The page of a CVE, with the stories that name it, newest first."""
    title = next((clean(record.title, 300) for record in known.records if record.title), "")
    sections = (
        Section("Severity", tuple(_severity(known, tz))),
        Section("Exploitation", tuple(_exploitation(known, tz))),
        Section("Record", tuple(_record_facts(known, tz))),
        Section("Description", tuple(_descriptions(known))),
        Section("Affected", tuple(_affected(known))),
        _section("Bulletins", _listings(known, tz), "no stored bulletin lists it"),
        _section("Stories", _stories(stories, tz), "no stored story names it"),
        _section("History", _history(known, tz), "no change seen"),
        _section("References", _references(known), UNKNOWN),
        Section("Problems", tuple(_problems(known))),
    )
    name = clean(known.cve, 60)
    return Page(
        f"{name}  {title}" if title else name,
        tuple(_marks(known)),
        tuple(section for section in sections if section.items),
    )


def _section(head: str, items: Iterator[Item], nothing: str) -> Section:
    """A section that says so when there is nothing in it."""
    return Section(head, tuple(items) or (_none(nothing),))


def _none(text: str) -> Item:
    return Item("", text, style="dim")


def _marks(known: "Vulnerability") -> Iterator[str]:
    facts = facts_of(known.records)
    if facts.rejected:
        yield "rejected"
    if facts.disputed:
        yield "disputed"
    if known.exploited is not None:
        yield "known exploited (KEV)"
    rows = [listing.row for listing in known.listings]
    words = set().union(*(Fix(row, facts).words for row in rows)) if rows else _words(facts.ratings)
    if len(words) > 1:
        order = sorted(words, key=lambda word: WORDS.index(word) if word in WORDS else 9)
        yield f"ratings differ: {', '.join(order)}"


def _words(ratings: object) -> set[str]:
    marks = ratings.values() if isinstance(ratings, dict) else ()
    return {mark.severity for mark in marks} - {UNKNOWN, ""}


def _severity(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Item]:
    """A line a rating; the vendor, the CNA, an ADP and NVD have one even where it is unknown."""
    for listing in known.listings:
        word = str(listing.row.severity)
        score = f" {listing.row.cvss}" if listing.row.cvss is not None else ""
        where = f"{_bulletin(listing)}, {day(listing.published, tz)}"
        yield Item("Vendor", f"{word}{score}", where, word)
    if not known.listings:
        yield Item("Vendor", UNKNOWN, "no bulletin")
    rated = [(rating, record) for record in known.records for rating in record.ratings]
    for party in Party:
        mine = [pair for pair in rated if party_of(pair[0].by) is party]
        yield from (_rating(str(party), *pair, tz) for pair in mine)
        if not mine:
            yield Item(str(party), UNKNOWN)
    yield from (_rating("Other", *pair, tz) for pair in rated if party_of(pair[0].by) is None)


def _rating(label: str, rating: "Rating", record: "Record", tz: tzinfo | None) -> Item:
    word = str(rating.severity)
    parts = [word, "no score" if rating.score is None else f"{rating.score}"]
    vector = clean(rating.vector, 200)
    if rating.version and not vector.startswith("CVSS:"):  # else the vector names it
        parts.append(f"CVSS {clean(rating.version, 8)}")
    parts += [vector] if vector else []
    when = rating.date if rating.date is not None else record.updated
    return Item(label, "  ".join(parts), f"{clean(rating.by, 60)}, {day(when, tz)}", word)


def _exploitation(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Item]:
    yield from _kev(known.exploited, tz)
    yield _epss(known.likelihood, tz)
    for record in known.records:
        if record.ssvc:
            yield Item("SSVC", clean(record.ssvc, 200), _source(record, tz))


def _kev(row: "Exploited | None", tz: tzinfo | None) -> Iterator[Item]:
    if row is None:
        yield Item("KEV", "not listed", "CISA")
        return
    words = [f"listed {day(row.added, tz)}", f"due {day(row.due, tz)}"]
    words.append(f"ransomware {clean(row.ransomware, 20).casefold() or UNKNOWN}")
    yield Item("KEV", ", ".join(words), "CISA", "grave")
    name = " · ".join(clean(text, 120) for text in (row.vendor, row.product, row.name) if text)
    for text in (name, clean(row.action, 400)):
        if text:
            yield Item("", text)
    for note in row.notes:
        link = make_link(note)
        target = Target(Leads.LINK, link.url, link) if link.url else None
        yield Item("", link.shown if target else clean(note, 300), style="dim", target=target)


def _epss(row: "Likelihood | None", tz: tzinfo | None) -> Item:
    if row is None:
        return Item("EPSS", UNKNOWN, "FIRST")
    text = f"{row.epss:.5f} in 30 days, above {row.percentile:.1%} of all CVEs"
    return Item("EPSS", text, f"model {clean(row.model, 20) or UNKNOWN}, {day(row.date, tz)}")


def _source(record: "Record", tz: tzinfo | None) -> str:
    return f"{clean(record.source, 40)}, {day(record.updated, tz)}"


def _record_facts(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Item]:
    if not known.records:
        yield Item("State", UNKNOWN, "no record stored")
    for record in known.records:
        source = _source(record, tz)
        state = clean(record.state, 40) or UNKNOWN
        yield Item("State", state, source, "warning" if state.upper() == "REJECTED" else "")
        if record.rejected:
            yield Item("Rejected", clean(record.rejected, 600), source, "warning")
        if record.disputed:
            yield Item("Disputed", "the record says that this is disputed", source, "warning")
        for label, text in (
            ("Title", record.title), ("Assigner", record.assigner), ("Component", record.component),
            ("Weakness", ", ".join(record.weaknesses)),
        ):  # fmt: skip
            if text:
                yield Item(label, clean(text, 400), source)
        if record.published is not None:
            yield Item("Published", day(record.published, tz), source)
    for label, found in (
        ("Component", any(record.component for record in known.records)),
        ("Weakness", any(record.weaknesses for record in known.records)),
    ):
        if not found:
            parts = dict.fromkeys(clean(one.row.component, 200) for one in known.listings)
            text = ", ".join(filter(None, parts)) if label == "Component" else ""
            yield Item(label, text or UNKNOWN, "bulletin" if text else "")


def _bulletin(listing: "Listing") -> str:
    return f"{name_of(listing.vendor, listing.line)} {clean(listing.month, 10)}"


def _descriptions(known: "Vulnerability") -> Iterator[Item]:
    for record in known.records:
        if record.description:
            yield Item("", clean(record.description, 4000), clean(record.source, 40))
    for listing in known.listings:
        row = listing.row
        name = _bulletin(listing)
        for text in dict.fromkeys((row.summary, row.impact)):
            if text:
                yield Item("", clean(text, 1000), name)


def _affected(known: "Vulnerability") -> Iterator[Item]:
    found = False
    for record in known.records:
        for one in record.affected:
            versions = ", ".join(clean(version, 60) for version in one.versions) or UNKNOWN
            product = clean(f"{one.vendor} {one.product}".strip(), 120) or UNKNOWN
            yield Item("", f"{product}: {versions}", clean(record.source, 40))
            found = True
    for listing in known.listings:
        if listing.row.affected:
            versions = ", ".join(clean(version, 60) for version in listing.row.affected)
            yield Item("", versions, _bulletin(listing))
            found = True
    if not found:
        yield _none(UNKNOWN)


def _listings(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Item]:
    for listing in known.listings:
        row = listing.row
        table = "third-party" if row.third_party else "own"
        text = f"{name_of(listing.vendor, listing.line)}, {row.severity}, {table}"
        text += f", {clean(row.component, 100)}" if row.component else ""
        month = clean(listing.month, 10)
        target = Target(Leads.BULLETIN, listing.bulletin)
        yield Item(month, text, f"published {day(listing.published, tz)}", target=target)
        for fix in row.fixes:
            link = make_link(fix)
            yield Item("", f"fix: {link.shown}", target=Target(Leads.LINK, link.url, link))


def _stories(stories: Sequence[Story], tz: tzinfo | None) -> Iterator[Item]:
    for story in stories:
        lead = story.lead
        many = f"x{story.sources} " if story.sources > 1 else ""
        target = Target(Leads.STORY, story.id)
        yield Item(
            latest(story, tz)[:10],
            many + clean(lead.title, 300),
            clean(lead.outlet, 60),
            target=target,
        )


def _history(known: "Vulnerability", tz: tzinfo | None) -> Iterator[Item]:
    """All changes that were seen, newest first."""
    changes: list[Change] = [change for record in known.records for change in record.changes]
    changes += known.exploited.changes if known.exploited else ()
    for change in sorted(changes, key=lambda change: -change.when):
        yield change_item(change, tz, cve=False)


def _references(known: "Vulnerability") -> Iterator[Item]:
    addresses = dict.fromkeys(url for record in known.records for url in record.references)
    for url in list(addresses)[:REFERENCES]:
        link = make_link(url)
        yield Item("", link.shown, target=Target(Leads.LINK, link.url, link))
    if len(addresses) > REFERENCES:
        yield _none(f"and {len(addresses) - REFERENCES} more")


def _problems(known: "Vulnerability") -> Iterator[Item]:
    for record in known.records:
        for problem in record.problems:
            yield Item("", clean(problem, 400), clean(record.source, 40), "warning")
