"""Transitions of stories: what they were before a poll and what they are now -> alerts."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.alert import About, Alert, Subject
from monitor.models import Entry, Kind, On, Story, Transition
from monitor.query import Corpus
from monitor.rules.compiled import Compiled, HasFired, Moved
from monitor.rules.days import RECENT
from monitor.rules.sift import Sift
from monitor.store.stories import Past

CHUNK = 100  # stories that a query is asked about at once
OUTLETS = 3  # that a reason names


class Changes(Struct, frozen=True):
    """Stories that a poll changed: `past` as they were, by id; the others as they are now."""

    past: Mapping[str, Past]
    stories: Sequence[Story]
    hays: Sequence[str]
    pinned: Collection[str] = ()
    read: Collection[str] = ()
    kinds: Mapping[str, Kind] = {}
    new_feeds: Collection[str] = ()  # whose first document came with this poll


def recent(entry: Entry, now: float, new_feeds: Collection[str] = ()) -> bool:
    """Whether an entry is news: by its date; one without was seen in a feed known already."""
    if entry.published is not None:
        return now - entry.published <= RECENT
    return now - entry.first_seen <= RECENT and entry.feed not in new_feeds


def story_alerts(
    rules: Sequence[Compiled], sift: Sift, changes: Changes, fired: HasFired, now: float
) -> Iterator[list[Alert]]:
    """What the rules fire, little by little, so that a caller can do something else between.

    A transition is that a story matches, and is in a state, and that no story which one of its
    entries was in before did and was. Only stories with a recent entry count: what a new feed or a
    backfill brings of the past is no news. `sift` is made of the queries of these rules.
    """
    corpus = _corpus(changes, changes.stories, changes.hays)
    candidates: dict[int, list[int]] = {}
    for index, story in enumerate(changes.stories):
        if any(recent(entry, now, changes.new_feeds) for entry in story.entries):
            for number in sift.queries(corpus, index):
                if any(_is(on, story) for on in rules[number].on):
                    candidates.setdefault(number, []).append(index)
        yield []
    before = _Before(changes, now)
    for number in sorted(candidates):
        rule, indexes = rules[number], candidates[number]
        for start in range(0, len(indexes), CHUNK):
            hits = rule.query.select(corpus, indexes[start : start + CHUNK], now)
            yield [
                rule.alert(_about(story), moved, now)
                for story in (changes.stories[index] for index in hits)
                if (moved := _moves(rule, story, before, fired))
            ]


class _Before:
    """What became of entries that were known before."""

    def __init__(self, changes: Changes, now: float) -> None:
        self._changes = changes
        self._now = now
        self._by_uid = {
            entry.uid: past for past in changes.past.values() if past.story
            for entry in past.story.entries
        }  # fmt: skip

    def of(self, story: Story) -> list[Past]:
        """The stories that the entries of a story were in."""
        found = (self._by_uid.get(entry.uid) for entry in story.entries)
        return list({past.story.id: past for past in found if past and past.story}.values())

    def matched(self, rule: Compiled, past: Past) -> bool:
        stories = [past.story] if past.story else []
        corpus = _corpus(self._changes, stories, [past.hay] * len(stories))
        return bool(rule.query.select(corpus, range(len(stories)), self._now))


def _corpus(changes: Changes, stories: Sequence[Story], hays: Sequence[str]) -> Corpus:
    return Corpus(stories, hays, changes.pinned, changes.read, changes.kinds)


def _moves(rule: Compiled, story: Story, before: _Before, fired: HasFired) -> list[Moved]:
    """The states of a rule that a matching story came to, and that did not fire yet."""
    uids = [entry.uid for entry in story.entries]
    states = [
        on
        for on in rule.on
        if _is(on, story) and not fired(rule.rule.id, Subject.STORY, str(on), uids)
    ]
    if not states:
        return []
    matching = [past for past in before.of(story) if before.matched(rule, past)]
    return [
        Moved(on, str(on), _reason(on, story))
        for on in states
        if not any(past.story and _is(on, past.story) for past in matching)
    ]


def _is(on: On, story: Story) -> bool:
    match on.what:
        case Transition.SOURCES:
            return story.sources >= on.level
        case Transition.ROOTS:
            return story.roots >= on.level
        case Transition.DISPUTED:
            return story.disputed
    return on.what is Transition.NEW


def _reason(on: On, story: Story) -> str:
    outlets = list(dict.fromkeys(entry.outlet for entry in story.entries))
    named = ", ".join(outlets[:OUTLETS])
    if len(outlets) > OUTLETS:
        named += f" and {len(outlets) - OUTLETS} more"
    match on.what:
        case Transition.SOURCES:
            return f"{story.sources} sources tell it: {named}"
        case Transition.ROOTS:
            return f"{story.roots} roots, by {named}"
        case Transition.DISPUTED:
            return _dispute(story)
    return f"new in {named}"


def _dispute(story: Story) -> str:
    from monitor.claims import story_ledger

    ledger = story_ledger(story.entries)
    for line in ledger.disputes if ledger else ():
        return f"{line.party or line.outlet} disputes it, in {line.outlet}: {line.passage}"
    return "disputed"


def _about(story: Story) -> About:
    uids = tuple(entry.uid for entry in story.entries)
    return About(story.id, story.lead.title, story.lead.url, uids)
