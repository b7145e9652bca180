"""Transitions of stories: what they were before a poll and what they are now -> alerts."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.alert import About, Alert, Subject
from monitor.models import Entry, Kind, On, Story, Transition, newest_first
from monitor.query import Corpus
from monitor.rules.compiled import Compiled, HasFired, Moved
from monitor.rules.days import RECENT
from monitor.rules.sift import Sift
from monitor.store.stories import Past

CHUNK = 500  # stories that a query is asked about at once
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
    backfill brings of the past is no news. All that a rule fires comes at once. `sift` is made of
    the queries of these rules.
    """
    corpus, before = _corpus(changes, changes.stories, changes.hays), _Before(changes)
    candidates: list[list[int]] = [[] for _ in rules]
    every = list(dict.fromkeys(on for rule in rules for on in rule.on))
    watched = [sum(1 << every.index(on) for on in rule.on) for rule in rules]
    for index, story in enumerate(changes.stories):
        if any(recent(entry, now, changes.new_feeds) for entry in story.entries):
            states = sum(1 << n for n, on in enumerate(every) if _is(on, story))
            for number in sift.queries(corpus, index):
                if watched[number] & states:
                    candidates[number].append(index)
        yield []
    cases: dict[int, _Case] = {}
    for rule, indexes in zip(rules, candidates, strict=True):
        hits: list[_Case] = []
        for start in range(0, len(indexes), CHUNK):
            for index in rule.query.select(corpus, indexes[start : start + CHUNK], now):
                if (case := cases.get(index)) is None:
                    case = cases[index] = _Case(changes.stories[index], before)
                hits.append(case)
            yield []
        past = sorted({number for case in hits for number in case.past})
        matched = set(rule.query.select(before.corpus, past, now))
        moves = [(case, moved) for case in hits if (moved := case.moves(rule, matched, fired))]
        moves.sort(key=lambda move: newest_first(move[0].story))  # not as their feeds answered
        yield [rule.alert(case.about, moved, now) for case, moved in moves]


class _Before:
    """What there was before: the stories that the entries of those that changed were in."""

    def __init__(self, changes: Changes) -> None:
        known = [past for past in changes.past.values() if past.story]
        self.stories = [past.story for past in known if past.story]
        self.corpus = _corpus(changes, self.stories, [past.hay for past in known])
        self._by_uid = {
            entry.uid: number
            for number, story in enumerate(self.stories)
            for entry in story.entries
        }

    def of(self, story: Story) -> set[int]:
        """The stories that the entries of a story were in, as indexes of the corpus."""
        found = (self._by_uid.get(entry.uid) for entry in story.entries)
        return {number for number in found if number is not None}


class _Case:
    """A story that rules match, and what they may say of it."""

    def __init__(self, story: Story, before: _Before) -> None:
        self.about = about(story)
        self.past = before.of(story)
        self.story = story
        self._before = before
        self._moved: dict[On, Moved] = {}

    def moves(self, rule: Compiled, matched: Collection[int], fired: HasFired) -> list[Moved]:
        """The states of a rule that the story came to, and that did not fire yet.

        `matched` are the stories of before that the rule matches.
        """
        rule_id, uids = rule.rule.id, self.about.uids
        past = [self._before.stories[number] for number in self.past if number in matched]
        return [
            self._move(on)
            for on in rule.on
            if _is(on, self.story)
            and not any(_is(on, story) for story in past)
            and not fired(rule_id, Subject.STORY, str(on), uids)
        ]

    def _move(self, on: On) -> Moved:
        if (found := self._moved.get(on)) is None:
            found = self._moved[on] = Moved(on, str(on), _reason(on, self.story))
        return found


def about(story: Story) -> About:
    """A story as an alert names it."""
    uids = tuple(entry.uid for entry in story.entries)
    return About(story.id, story.lead.title, story.lead.url, uids)


def states(rule: Compiled, story: Story) -> list[Moved]:
    """The states of a rule that a story is in, whatever it was before."""
    return [Moved(on, str(on), _reason(on, story)) for on in rule.on if _is(on, story)]


def _corpus(changes: Changes, stories: Sequence[Story], hays: Sequence[str]) -> Corpus:
    return Corpus(stories, hays, changes.pinned, changes.read, changes.kinds)


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
        return f"disputed by {line.party or line.outlet}, in {line.outlet}: {line.passage}"
    return "disputed"
