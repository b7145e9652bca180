"""The store against a model of plain dicts, through any order of what users and polls do."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from monitor.models import Body, Entry, FeedState, Former
from monitor.store import Store, archive
from tests.storing import DAY, Clock, fresh, reader

UIDS = [f"{letter}{number}" for letter in "abc" for number in range(4)]
FEEDS = ("press", "state")
KEEP = 30.0
SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

uids = st.sampled_from(UIDS)
feeds = st.sampled_from(FEEDS)


class Model:
    """What a store should hold, in the simplest form."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.bodies: dict[str, Body] = {}
        self.feeds: dict[str, FeedState] = {}
        self.pins: set[str] = set()
        self.reads: set[str] = set()

    def stories(self) -> dict[str, list[Entry]]:
        stories: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            stories.setdefault(entry.story, []).append(entry)
        return stories

    def marked(self, marks: set[str]) -> set[str]:
        return {
            story_id
            for story_id, entries in self.stories().items()
            if any(entry.uid in marks for entry in entries)
        }

    def lead(self, story_id: str) -> str:
        """Of what was published first; of equals, an original."""
        keys = (
            (entry.published or 0.0, bool(entry.duplicate_of), entry.uid)
            for entry in self.stories()[story_id]
        )
        return min(keys)[2]


class Machine(RuleBasedStateMachine):
    """Each rule does one thing to the store and to the model."""

    part_entries = archive.PART_ENTRIES

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-model-"))
        self.clock = Clock()
        self.model = Model()
        self.flushed = self.copy()
        self.store = Store.open(self.folder, now=self.clock, part_entries=self.part_entries)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def copy(self) -> tuple[dict[str, str], dict[str, FeedState]]:
        titles = {uid: entry.title for uid, entry in self.model.entries.items()}
        return titles, dict(self.model.feeds)

    @rule(uid=uids, story=uids, feed=feeds, title=st.sampled_from("xy"), copy=st.booleans())
    def add(self, uid: str, story: str, feed: str, title: str, copy: bool) -> None:
        now = self.clock.now
        item = fresh(
            uid, when=now, title=title, story=story, feed=feed, duplicate_of="a0" if copy else ""
        )
        known = self.model.entries.get(uid)
        added = self.store.add([item])
        assert added.new == (() if known else (uid,))
        if known is None:
            self.model.entries[uid] = item.entry
        else:
            assert added.changed == ((uid,) if known.title != title else ())
            if known.title != title:
                titles = [*known.former, Former(known.title, now)]
                former = tuple(titles if len(titles) <= 5 else [titles[0], *titles[-4:]])
                self.model.entries[uid] = replace(known, title=title, feed=feed, former=former)
        self.model.bodies[uid] = item.body

    @rule(uid=uids, story=uids)
    def regroup(self, uid: str, story: str) -> None:
        known = self.model.entries.get(uid)
        if known is not None:
            self.model.entries[uid] = replace(known, story=story)
            assert story in self.store.regroup([self.model.entries[uid]])

    @rule(feed=feeds, which=st.sets(uids))
    def poll_200(self, feed: str, which: set[str]) -> None:
        now = self.clock.now
        self.store.seen(feed, which, now)
        for uid in which & self.model.entries.keys():
            entry = self.model.entries[uid]
            if entry.feed == feed and now - entry.last_seen > DAY:
                self.model.entries[uid] = replace(entry, last_seen=now)
        self.put_feed(FeedState(feed, last_success=now, last_change=now))

    @rule(feed=feeds)
    def poll_304(self, feed: str) -> None:
        state = self.model.feeds.get(feed)
        if state is not None:
            self.put_feed(replace(state, last_success=self.clock.now))

    def put_feed(self, state: FeedState) -> None:
        self.store.put_feed(state)
        self.model.feeds[state.id] = state

    @rule(which=st.sets(uids, max_size=3), on=st.booleans())
    def pin(self, which: set[str], on: bool) -> None:
        stories = self.model.stories()
        pinned = self.model.marked(self.model.pins)
        expected = {one for one in which & stories.keys() if (one in pinned) != on}
        assert self.store.pin(sorted(which), on) == expected
        for story_id in expected:
            if on:
                self.model.pins.add(self.model.lead(story_id))
            else:
                self.model.pins -= {entry.uid for entry in stories[story_id]}
        if on and expected:  # durable; by entry, for where it is grouped now may not be on disk yet
            there = reader(self.folder, self.clock)
            entries = {entry.uid for one in there.pinned for entry in there.stories[one].entries}
            assert entries >= {self.model.lead(story_id) for story_id in expected}

    @rule(which=st.sets(uids), on=st.booleans())
    def mark_read(self, which: set[str], on: bool) -> None:
        stories = self.model.stories()
        read = self.model.marked(self.model.reads)
        expected = {one for one in which & stories.keys() if (one in read) != on}
        assert self.store.mark_read(sorted(which), on) == expected
        uids = {entry.uid for one in expected for entry in stories[one]}
        self.model.reads = self.model.reads | uids if on else self.model.reads - uids

    @rule(days=st.sampled_from([0.5, 2.0, 20.0, 40.0]))
    def wait(self, days: float) -> None:
        self.clock.now += days * DAY

    @rule()
    def prune(self) -> None:
        pinned = self.model.marked(self.model.pins)
        read = self.model.marked(self.model.reads)
        gone = {
            uid
            for uid, entry in self.model.entries.items()
            if entry.story not in pinned and self.clock.now - self.last_seen(entry) > KEEP * DAY
        }
        assert self.store.prune(KEEP) == len(gone)
        for uid in gone:
            del self.model.entries[uid], self.model.bodies[uid]
        if gone:
            left = {uid for uid, entry in self.model.entries.items() if entry.story in read}
            self.model.reads = (self.model.reads - gone) | left

    def last_seen(self, entry: Entry) -> float:
        state = self.model.feeds.get(entry.feed)
        if state is not None and state.last_change is not None and state.last_success is not None:
            still_there = entry.last_seen >= state.last_change - DAY - 3600
            return max(entry.last_seen, state.last_success) if still_there else entry.last_seen
        return entry.last_seen

    @rule()
    def flush(self) -> None:
        self.store.flush()
        self.flushed = self.copy()
        self.check_disk()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.flushed = self.copy()
        self.store = Store.open(self.folder, now=self.clock, part_entries=self.part_entries)
        self.store.load()

    @precondition(lambda self: self.flushed[0])
    @rule()
    def check_disk(self) -> None:
        """What a reader finds, or a start after a crash: what was flushed, and all marks."""
        found = reader(self.folder, self.clock)
        assert not found.problems
        titles = {uid: entry.title for uid, entry in found.entries.items()}
        assert titles.items() >= self.flushed[0].items()
        assert dict(found.feeds) == self.flushed[1]

    @invariant()
    def is_as_the_model(self) -> None:
        self.store.load()
        assert dict(self.store.entries) == self.model.entries
        assert dict(self.store.feeds) == self.model.feeds
        assert self.store.pinned == self.model.marked(self.model.pins)
        assert self.store.read == self.model.marked(self.model.reads)
        stories = self.model.stories()
        assert self.store.stories.keys() == stories.keys()
        for story_id, entries in stories.items():
            story = self.store.stories[story_id]
            assert story.lead.uid == self.model.lead(story_id)
            assert sorted(entry.uid for entry in story.entries) == sorted(e.uid for e in entries)
            for entry in entries:
                assert entry.title.casefold() in self.store.hay(story_id)
                assert f"summary of {entry.uid}" in self.store.hay(story_id)
                assert self.store.body(entry.uid) == self.model.bodies[entry.uid]


class SmallParts(Machine):
    """With parts that are soon full, so that many are begun, emptied and merged."""

    part_entries = 6


TestStore = Machine.TestCase
TestStore.settings = SETTINGS
TestStoreOfSmallParts = SmallParts.TestCase
TestStoreOfSmallParts.settings = SETTINGS
