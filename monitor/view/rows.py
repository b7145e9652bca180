"""What one row of a list says, as plain values: the screen only paints them."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from monitor.models import Kind, Story
from monitor.text import Keywords, clean

MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400.0
TITLE = 500  # characters of a title that a row can ever show

Spans = tuple[tuple[int, int], ...]


class Row(NamedTuple):
    """A story in a list. Spans are character ranges of `title`."""

    story: str
    unread: bool
    pinned: bool
    hidden: bool  # invisible characters were removed from it
    disputed: bool  # a party in it contradicts another
    age: str
    sources: int
    label: str  # outlet
    kind: str
    title: str
    words: Spans  # watch words
    found: Spans  # what the filter asked for
    cves: int
    chosen: bool = False  # for a merge


@dataclass(frozen=True, slots=True)
class RowStyle:
    """What rows depend on besides their story."""

    keywords: Keywords
    kinds: Mapping[str, Kind]
    pinned: Container[str]
    read: Container[str]
    chosen: Container[str] = ()


def make_row(
    story: Story,
    style: RowStyle,
    now: float,
    spans: Callable[[str], list[tuple[int, int]]] | None = None,
) -> Row:
    """The row of a story at the time `now`; `spans` finds what a filter asked for in a title."""
    lead = story.lead
    title = clean(lead.title, TITLE)
    return Row(
        story=story.id,
        unread=story.id not in style.read,
        pinned=story.id in style.pinned,
        hidden=any(entry.hidden for entry in story.entries),
        disputed=story.disputed,
        age=story_age(story, now),
        sources=story.sources,
        label=clean(lead.outlet, 60),
        kind=kind_of(lead.feed, style.kinds),
        title=title,
        words=tuple(style.keywords.spans(title)),
        found=tuple(spans(title)) if spans else (),
        cves=len(story.cves),
        chosen=story.id in style.chosen,
    )


def kind_of(feed: str, kinds: Mapping[str, Kind]) -> str:
    """The kind of a feed, "" for one that the configuration no longer has."""
    return str(kinds[feed]) if feed in kinds else ""


def story_age(story: Story, now: float) -> str:
    """How old a story is, "?" where nobody knows."""
    return "?" if story.newest.undated else age(story.time, now)


def age(time: float, now: float) -> str:
    """How long ago in at most four characters: now, 5m, 3h, 2d, 4y."""
    seconds = now - time
    if seconds < MINUTE:
        return "now"
    for unit, size, end in (("m", MINUTE, HOUR), ("h", HOUR, DAY), ("d", DAY, YEAR)):
        if seconds < end:
            return f"{int(seconds // size)}{unit}"
    return f"{min(int(seconds // YEAR), 99)}y"


def ago(time: float, now: float) -> str:
    """The same in words: "just now", "3h ago"."""
    words = age(time, now)
    return "just now" if words == "now" else f"{words} ago"
