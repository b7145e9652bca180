"""The query language over stories."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.config import TOPICS
from monitor.models import Kind, Story
from monitor.query.fields import (
    Language,
    Spec,
    bounds,
    count_within,
    holds,
    moment,
    newer_within,
    read_choice,
    read_count,
    read_cve,
    read_part,
    read_start,
    read_time,
    starts,
)
from monitor.text import fold

Test = Callable[[Story], bool]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is searched: `stories[i]` and its folded text `hays[i]` belong together.

    `kinds` has the kind of each feed id; stories of feeds that are not in it have none.
    """

    stories: Sequence[Story]
    hays: Sequence[str]
    pinned: Container[str]
    read: Container[str]
    kinds: Mapping[str, Kind]

    @property
    def items(self) -> Sequence[Story]:
        return self.stories

    def titles(self, index: int) -> Iterable[str]:
        return [entry.title for entry in self.stories[index].entries]


def _feed(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(e.feed.lower().startswith(value) for e in story.entries)


def _kind(value: str, corpus: Corpus, now: float) -> Test:
    feeds = {feed for feed, kind in corpus.kinds.items() if kind == value}
    return lambda story: any(entry.feed in feeds for entry in story.entries)


def _topic(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: value in story.topics


def _cve(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(cve.startswith(value) for cve in story.cves)


def _lang(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(e.lang.lower().startswith(value) for e in story.entries)


def _outlet(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: any(value in fold(entry.outlet) for entry in story.entries)


def _title(value: str, corpus: Corpus, now: float) -> Test:
    return lambda story: value in _titles(story)


def _titles(story: Story) -> str:
    """The folded titles of a story, one a line."""
    if len(story.entries) == 1:
        return fold(story.lead.title)
    return "\n".join(fold(entry.title) for entry in story.entries)


def _newer(value: str, corpus: Corpus, now: float) -> Test:
    since = moment(value, now)
    return lambda story: story.time >= since


def _older(value: str, corpus: Corpus, now: float) -> Test:
    until = moment(value, now)
    return lambda story: story.time < until


def _sources(value: str, corpus: Corpus, now: float) -> Test:
    low, high = bounds(value)
    return lambda story: low <= story.sources <= high


def _roots(value: str, corpus: Corpus, now: float) -> Test:
    low, high = bounds(value)
    return lambda story: low <= story.roots <= high


def _is(value: str, corpus: Corpus, now: float) -> Test:
    pinned, read = corpus.pinned, corpus.read
    tests: dict[str, Test] = {
        "pinned": lambda story: story.id in pinned,
        "read": lambda story: story.id in read,
        "unread": lambda story: story.id not in read,
        "disputed": lambda story: story.disputed,
        "duplicated": lambda story: any(entry.duplicate_of for entry in story.entries),
    }
    return tests[value]


def _has(value: str, corpus: Corpus, now: float) -> Test:
    tests: dict[str, Test] = {
        "cve": lambda story: bool(story.cves),
        "sources": lambda story: story.sources > 1,
        "hidden": lambda story: any(entry.hidden for entry in story.entries),
    }
    return tests[value]


def _read_is(text: str) -> str:
    mark = "duplicated" if fold(text) == "duplicate" else text
    return read_choice(("pinned", "unread", "read", "disputed", "duplicated"), "mark")(mark)


STORIES = Language(
    "story",
    "stories",
    {
        "feed": Spec("has a feed whose id starts with", read_start, _feed, starts),
        "kind": Spec("has a source of kind", read_choice([*Kind], "kind"), _kind),
        "topic": Spec("has topic", read_choice(TOPICS, "topic"), _topic, quick=True),
        "cve": Spec("names", read_cve, _cve, starts, marked=True),
        "lang": Spec("is in language", read_start, _lang, starts),
        "outlet": Spec("has an outlet named", read_part, _outlet, holds, in_hay=True, marked=True),
        "title": Spec("has in its title", read_part, _title, holds, in_hay=True, marked=True),
        "newer": Spec("is newer than", read_time, _newer, newer_within, quick=True, drifts=-1),
        "older": Spec(
            "is older than",
            read_time,
            _older,
            lambda a, b: newer_within(b, a),
            quick=True,
            drifts=1,
        ),
        "is": Spec("is", _read_is, _is, quick=True),
        "has": Spec("has", read_choice(("cve", "sources", "hidden"), "thing"), _has),
        "sources": Spec("number of sources is", read_count, _sources, count_within, quick=True),
        "roots": Spec("number of roots is", read_count, _roots, count_within, quick=True),
    },
)
