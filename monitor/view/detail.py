"""What the detail view says of a story, as plain values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from monitor.models import Body, Edit, EditKind, Entry, Kind, Story, Why
from monitor.roots import Shared, roots
from monitor.text import clean, clean_block, cves, plural, shown_host, tokens, web_url
from monitor.view.rows import kind_of

if TYPE_CHECKING:
    from monitor.view.figures import Figure
    from monitor.view.ledger import Said

TEXT = 40_000  # characters of an article that are shown
LINKS = 50
LATE = 3600.0  # seconds after it came out from which on an entry's arrival is told beside that
SHARED = 6  # terms shown of a reason
RELATED = 5
PART = 8000  # texts searched between two looks at the event loop
RARE = 40  # a word in more stories than this tells nothing about what belongs together


class Link(NamedTuple):
    """An address; `url` is "" where an opener may not get it."""

    url: str
    shown: str
    host: str
    marked: bool  # the host looks like another


class SourceLine(NamedTuple):
    """One entry of the story."""

    uid: str
    outlet: str
    kind: str
    when: str
    title: str
    link: Link
    lead: bool
    duplicate: bool
    why: str


class Detail(NamedTuple):
    """A whole story. `text` is None while it is being read."""

    story: str
    title: str
    marks: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    sources: tuple[SourceLine, ...]
    text: str | None = None
    links: tuple[Link, ...] = ()
    related: tuple[tuple[str, str, str], ...] = ()  # story id, when, title
    disputed: bool = False
    said: "tuple[Said, ...]" = ()  # who claims, disputes, was asked and said nothing
    roots: tuple[tuple[str, str], ...] = ()  # name and what hangs on it, of several entries
    figures: "tuple[Figure, ...]" = ()  # counts of a month's patch, compared with the bulletin


def make_detail(
    story: Story,
    *,
    kinds: Mapping[str, Kind],
    pinned: bool,
    unread: bool,
    alerts: Sequence[str] = (),
    edits: Sequence[Edit] = (),
    tz: tzinfo | None = None,
) -> Detail:
    """All that is known of a story without reading its texts."""
    lead = story.lead
    hidden = sum(entry.hidden for entry in story.entries)
    marks = [
        name
        for name, on in (
            ("pinned", pinned),
            ("unread", unread),
            ("disputed", story.disputed),
            ("one source", story.sources < 2),
        )
        if on
    ]
    if hidden:
        marks.append(f"{hidden} hidden character{'s' if hidden != 1 else ''} removed")
    return Detail(
        story=story.id,
        title=clean(lead.title),
        marks=tuple(marks),
        facts=tuple(
            (name, value)
            for name, value in (*_facts(story, alerts, tz), *_edited(story, edits, tz))
            if value
        ),
        sources=tuple(_source(entry, story, kinds, tz) for entry in story.entries),
        disputed=story.disputed,
        roots=tuple(_roots(story)) if len(story.entries) > 1 else (),
    )


def with_texts(detail: Detail, body: Body) -> Detail:
    """The detail with what has to be read from disk: the lead's text and its links."""
    text = clean_block(body.content or body.summary, TEXT)
    return detail._replace(text=text, links=tuple(make_link(url) for url in body.links[:LINKS]))


def with_said(detail: Detail, said: "tuple[Said, ...]") -> Detail:
    """The detail with who says what."""
    return detail._replace(said=said)


def with_figures(detail: Detail, figures: "tuple[Figure, ...]") -> Detail:
    """The detail with what the story's counts come to."""
    return detail._replace(figures=figures)


def with_related(detail: Detail, stories: Iterable[Story], tz: tzinfo | None = None) -> Detail:
    """The detail with earlier stories."""
    earlier = tuple((s.id, latest(s, tz).ljust(16), clean(s.lead.title, 300)) for s in stories)
    return detail._replace(related=earlier)


def make_link(url: str) -> Link:
    """An address as it is shown and opened."""
    safe = web_url(url)
    host, marked = shown_host(safe) if safe else ("", False)
    return Link(safe, clean(url, 300), clean(host, 120), marked)


def related_steps(
    story: Story, stories: Sequence[Story], hays: Sequence[str]
) -> Iterator[list[Story] | None]:
    """Earlier stories that share a CVE id or two rare words of the title, closest first.

    Yields None after every slice of the texts, a millisecond or two of work, and the stories last.
    """
    shared: dict[int, int] = {}
    for term, weight in _terms(story):
        found: list[int] = []
        for start in range(0, len(hays), PART):
            part = hays[start : start + PART]
            found += [index for index, hay in enumerate(part, start) if term in hay]
            yield None
        if weight > 1 or len(found) <= min(RARE, max(2, len(hays) // 4)):
            for index in found:
                shared[index] = shared.get(index, 0) + weight
    close = [
        (-weight, -stories[index].time, index)
        for index, weight in shared.items()
        if weight > 1 and stories[index].time < story.time and stories[index].id != story.id
    ]
    yield [stories[index] for _, _, index in sorted(close)[:RELATED]]


def stamp(time: float, tz: tzinfo | None = None) -> str:
    """A moment for people, to the minute; in the local zone unless another is given."""
    try:
        return datetime.fromtimestamp(time, UTC).astimezone(tz).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "unknown"


def dated(entry: Entry, tz: tzinfo | None = None) -> str:
    """When an entry came out, and when it was there first where it is sorted in by that."""
    came = f"here since {stamp(entry.first_seen, tz)}"
    if entry.undated:
        return f"undated, {came}"
    when = stamp(published(entry), tz)
    return f"{when}, {came}" if entry.time - published(entry) > LATE else when


def published(entry: Entry) -> float:
    """When an entry came out, as far as that is known; its place in the lists may be later."""
    return entry.time if entry.published is None else min(entry.published, entry.time)


def latest(story: Story, tz: tzinfo | None = None) -> str:
    """When a story's newest entry came out."""
    return "undated" if story.newest.undated else stamp(published(story.newest), tz)


def _terms(story: Story) -> list[tuple[str, int]]:
    """What to look for in other stories, and what it counts: two are needed."""
    named = [(cve.casefold(), 2) for cve in story.cves[:4]]
    title = story.lead.title
    ids = {cve.casefold() for cve in cves(title)}
    words = dict.fromkeys(word for word in tokens(title) if word not in ids)
    longest = sorted((word for word in words if len(word) > 3 or not word.isascii()), key=len)
    return named + [(word, 1) for word in longest[-8:]]


def _facts(story: Story, alerts: Sequence[str], tz: tzinfo | None) -> list[tuple[str, str]]:
    lead, newest = story.lead, story.newest
    words = dict.fromkeys(word for entry in story.entries for word in entry.matched)
    others = len(story.entries) - 1
    return [
        ("Lead", f"{clean(lead.outlet)}, {dated(lead, tz)}"),
        ("Newest", f"{clean(newest.outlet)}, {dated(newest, tz)}" * (newest is not lead)),
        ("Entries", f"{len(story.entries)} from {plural(story.sources, 'outlet')}" * (others > 0)),
        *(("Alert" if not at else "", clean(one, 200)) for at, one in enumerate(alerts)),
        ("Topics", ", ".join(map(clean, story.topics))),
        ("Words", ", ".join(map(clean, words))),
        ("CVE", ", ".join(map(clean, story.cves))),
    ]


def _roots(story: Story) -> Iterator[tuple[str, str]]:
    for root in roots(story.entries):
        outlets = dict.fromkeys(story.entries[n].outlet for n in root.entries)
        others = ", ".join(clean(outlet, 60) for outlet in outlets if outlet != root.name)
        words = {
            Shared.REPORT: f"cited by {others}",
            Shared.TEXT: f"and {others}: the same text",
            Shared.LINK: f"and {others}: they link to the same report",
            Shared.NOTHING: "",
        }
        yield clean(root.name, 60), words[root.shared]


def edit_says(edit: Edit, story: Story, tz: tzinfo | None = None) -> str:
    """What the user did to a story, and when."""
    when = stamp(edit.when, tz)
    if edit.kind is EditKind.MERGE:
        return f"merged by you on {when}, {plural(len(edit.stories) + 1, 'story', 'stories')}"
    off = any(entry.uid in edit.uids for entry in story.entries)
    return f"split by you on {when}" if off else f"an entry split off by you on {when}"


def _edited(story: Story, edits: Sequence[Edit], tz: tzinfo | None) -> Iterator[tuple[str, str]]:
    for number, edit in enumerate(edits):
        yield "By you" if not number else "", edit_says(edit, story, tz)


def _source(entry: Entry, story: Story, kinds: Mapping[str, Kind], tz: tzinfo | None) -> SourceLine:
    return SourceLine(
        uid=entry.uid,
        outlet=clean(entry.outlet, 60),
        kind=kind_of(entry.feed, kinds),
        when=dated(entry, tz),
        title=clean(entry.title, 300),
        link=make_link(entry.url),
        lead=entry is story.lead,
        duplicate=bool(entry.duplicate_of) and entry is not story.lead,
        why=_why(entry.why, story) if entry.why else "",
    )


def _why(why: Why, story: Story) -> str:
    """A reason in a line: what was shared with which outlet's entry, and how sure that is."""
    outlets = [clean(entry.outlet, 40) for entry in story.entries if entry.uid == why.other]
    other = outlets[0] if outlets else "another entry"
    if why.reason.endswith("by you"):
        return f"{why.reason}, {'from' if why.reason.startswith('split') else 'with'} {other}"
    shared = ", ".join(clean(term, 40) for term, _ in why.shared[:SHARED])
    score = f"{why.score:.2f} of {why.threshold:.2f} needed"
    return f"{clean(why.reason)} as {other}: {score}" + (f"; {shared}" if shared else "")
