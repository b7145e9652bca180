"""Splits and merges by the user: what holds after them, and that all can be taken back."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor.cluster import Constraints, Index, Item
from monitor.models import EditKind, Fresh, Why
from monitor.store import Store, StoreError
from tests.storing import DAY, Clock, FailingDisk, fresh, reader

COPY = Why("a", "same title", 1.0, 1.0)


def entry(uid: str, story: str, other: str = "", duplicate_of: str = "") -> Fresh:
    """An entry that grouping put in a story beside another."""
    why = Why(other or duplicate_of, "same event", 0.5, 0.3) if other or duplicate_of else None
    return fresh(uid, story=story, why=why, duplicate_of=duplicate_of)


def grouped(store: Store) -> dict[str, set[str]]:
    return {key: {e.uid for e in story.entries} for key, story in store.stories.items()}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A story of an entry, its copy and two others, and a story of two."""
    store = Store.open(tmp_path, now=Clock())
    store.add(
        [
            entry("a", "a"),
            entry("a2", "a", duplicate_of="a"),
            entry("b", "a", "a"),
            entry("b2", "a", duplicate_of="b"),
            entry("x", "x"),
            entry("y", "x", "x"),
        ]
    )
    return store


def again(store: Store, folder: Path) -> Store:
    """The store at the next start."""
    store.close()
    return Store.open(folder, now=Clock())


def test_a_split_entry_takes_its_copies_along_and_comes_back(store: Store, tmp_path: Path) -> None:
    before = dict(store.entries)
    edited = store.split(["b"])
    assert grouped(store) == {"a": {"a", "a2"}, "b": {"b", "b2"}, "x": {"x", "y"}}
    assert edited.stories == {"a", "b"}
    why = store.entries["b"].why
    assert why is not None
    assert (why.reason, why.other) == ("split by you", "a")
    assert store.entries["b2"].duplicate_of == "b"
    store = again(store, tmp_path)
    store.load()
    [edit] = store.edits_of("b")
    assert [e.id for e in store.edits_of("a")] == [edit.id]
    assert (edit.kind, edit.when, store.edits_of("x")) == (EditKind.SPLIT, Clock().now, [])
    store.take_back([edit.id])
    assert dict(store.entries) == before
    assert store.edits_of("a") == []
    store.close()


def test_the_first_entry_of_a_story_leaves_its_id_behind(store: Store) -> None:
    store.split(["a"])
    assert grouped(store) == {"a": {"b", "b2"}, "2-a": {"a", "a2"}, "x": {"x", "y"}}
    store.split(["a2"])
    assert grouped(store)["a2"] == {"a2"}
    assert store.entries["a2"].duplicate_of == ""
    assert store.split(["a2", "nothing"]).edits == ()
    store.close()


def test_what_comes_later_follows_the_entry_it_is_nearest_to(store: Store, tmp_path: Path) -> None:
    [split] = store.split(["b"]).edits
    [merge] = store.merge(["x", "a"]).edits
    store = again(store, tmp_path)
    store.add(
        [
            entry("copy", "b", duplicate_of="b"),
            entry("late", "a", "b"),  # grouping did not hear of the split yet
            entry("later", "b", "late"),
            entry("other", "a", "a"),  # nor of the merge
            entry("again", "x", "y"),
        ]
    )
    together = {"x", "y", "a", "a2", "other", "again"}
    assert grouped(store) == {"x": together, "b": {"b", "b2", "copy", "late", "later"}}
    store.take_back([split.id])
    assert grouped(store) == {"x": together | {"b", "b2", "copy", "late", "later"}}
    store.take_back([merge.id])
    assert grouped(store)["x"] == {"x", "y", "again"}
    assert grouped(store).keys() == {"x", "a"}
    store.close()


def test_grouping_does_not_move_what_the_user_put_somewhere(store: Store) -> None:
    store.split(["b"])
    store.merge(["x", "a"])
    before = grouped(store)
    store.regroup(
        [*(fresh(uid, story="b").entry for uid in ("a", "x")), fresh("b", story="x").entry]
    )
    assert grouped(store) == before
    store.close()


def test_edits_outlive_the_entries_they_name(tmp_path: Path) -> None:
    clock = Clock()
    store = Store.open(tmp_path, now=clock)
    store.add([entry("a", "a"), entry("b", "a", "a"), entry("c", "c")])
    store.split(["b"])
    store.merge(["a", "c"])
    clock.now += 40 * DAY
    assert store.prune(30) == 3
    store = again(store, tmp_path)
    store.add([entry("a", "a"), entry("b", "a", "a"), entry("c", "c")])
    assert grouped(store) == {"a": {"a", "c"}, "b": {"b"}}
    store.close()


def test_pins_and_reads_stay_with_their_entries(store: Store, tmp_path: Path) -> None:
    store.pin(["a"])
    store.mark_read(["a"])
    store.split(["b"])
    assert (store.pinned, store.read) == ({"a"}, {"a", "b"})
    store = again(store, tmp_path)
    store.load()
    assert (store.pinned, store.read) == ({"a"}, {"a", "b"})
    assert store.edits_of("b")
    store.close()


def test_a_pinned_story_stays_pinned_without_its_first_entry(store: Store, tmp_path: Path) -> None:
    store.pin(["a"])
    store.split(["a"])
    assert store.pinned == {"a", "2-a"}
    store.pin(["2-a"], on=False)
    assert reader(tmp_path).pinned == {"a"}
    store.close()


def test_edits_that_were_changed_by_hand_are_left_out(store: Store, tmp_path: Path) -> None:
    store.split(["b"])
    store.close()
    file = tmp_path / "edits.json"
    file.write_text(file.read_text().replace('"stories":["a"]', '"stories":[]'))
    store = Store.open(tmp_path, now=Clock())
    assert store.split(["y"]).edits
    assert store.edits_of("b") == []
    store.close()


def test_a_killed_program_keeps_its_edits(store: Store, tmp_path: Path) -> None:
    """The edit is on disk when the key returns; the entries are not until the next commit."""
    store.flush()
    store.split(["b"])
    expected = grouped(store)
    assert grouped(reader(tmp_path)) == expected
    [edit] = store.edits_of("b")
    store.flush()
    store.take_back([edit.id])
    assert grouped(reader(tmp_path)) == grouped(store)
    store.close()


def test_a_reader_follows(store: Store, tmp_path: Path) -> None:
    store.flush()
    there = reader(tmp_path)
    store.merge(["x", "a"])
    count = there.edited
    assert there.reload_if_changed()
    assert grouped(there) == grouped(store)
    assert there.edited > count
    with pytest.raises(StoreError, match="reading only"):
        there.split(["b"])
    store.close()


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    disk = FailingDisk(10**9, stays=True)
    store = Store.open(tmp_path, now=Clock(), disk=disk)
    store.add([entry("a", "a"), entry("b", "a", "a"), entry("c", "c")])
    store.flush()
    before = dict(store.entries)
    disk.nth = disk.calls + 1
    with pytest.raises(StoreError, match=r"edits\.json"):
        store.split(["b"])
    with pytest.raises(StoreError):
        store.merge(["a", "c"])
    assert (dict(store.entries), store.edits_of("a")) == (before, [])
    disk.mended = True
    store.close()
    assert grouped(reader(tmp_path)) == {"a": {"a", "b"}, "c": {"c"}}


def test_damaged_edits_are_set_aside_and_their_copy_is_used(store: Store, tmp_path: Path) -> None:
    store.split(["b"])
    store.split(["a2"])  # the version before is the copy
    store.close()
    (tmp_path / "edits.json").write_bytes(b'{"edits": {"1"')
    store = Store.open(tmp_path, now=Clock())
    store.load()
    assert "edits.json" in store.problems[0]
    assert len(list(tmp_path.glob("edits.json.damaged-*"))) == 1
    assert grouped(store)["b"] == {"b", "b2"}
    assert [edit.story for edit in store.edits_of("b")] == ["b"]
    store.close()


def item(key: str, title: str, time: float) -> Item:
    return Item(key, title, "", time, "", key)


def test_grouping_puts_an_entry_on_its_nearest_side_of_a_split() -> None:
    """Without the user's word the larger story draws it, as it is like the whole of that."""
    late = "Zephyrine Quillback Marlowe Tessera Obsidion Farrow Glimmer Vantage"
    stories = {
        "a1": "Zephyrine Quillback Marlowe Tessera Kestrel Bramble",
        "a2": "Obsidion Farrow Glimmer Vantage Cinder Harrow Wexford",
        "b": "Zephyrine Quillback Obsidion Farrow Glimmer Mistral Corbel Dunmore",
    }
    for apart, side in (({}, "a"), ({"a": {"b"}, "b": {"a"}}, "b")):
        index = Index(constraints=Constraints(apart))
        for number, (key, title) in enumerate(stories.items()):
            index.know(item(key, title, float(number)), key[0])
        assert index.add(item("late", late, 3.0)).story == side


UIDS = [f"{letter}{number}" for letter in "ab" for number in range(4)]
uids = st.sampled_from(UIDS)


class Machine(RuleBasedStateMachine):
    """Any order of polls, regrouping, edits, their undo, restarts and retention."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-edits-"))
        self.clock = Clock()
        self.base: dict[str, str] = {}  # what grouping said last
        self.made: list[str] = []
        self.store = Store.open(self.folder, now=self.clock)
        self.store.load()

    def teardown(self) -> None:
        """With all edits taken back, each entry is where grouping has it."""
        self.store.take_back(self.made)
        assert not any(self.store.edits_of(story) for story in self.store.stories)
        self.is_whole()
        assert {uid: e.story for uid, e in self.store.entries.items()} == self.base
        self.store.close()
        assert grouped(reader(self.folder, self.clock)) == grouped(self.store)
        shutil.rmtree(self.folder)

    @rule(uid=uids, other=uids, copy=st.booleans())
    def arrive(self, uid: str, other: str, copy: bool) -> None:
        """Grouping knows the stories as they are, and puts an entry beside another, if any."""
        if uid in self.store.entries:
            return
        beside = self.store.entries.get(other)
        if beside is None:
            self.store.add([entry(uid, uid)])
            self.base[uid] = uid
        else:
            self.store.add([entry(uid, beside.story, other, other if copy else "")])
            assert self.store.entries[uid].story == beside.story
            self.base[uid] = self.base[other]

    @rule(uid=uids)
    def split(self, uid: str) -> None:
        known = self.store.entries.get(uid)
        if known is None:
            return
        story = self.store.stories[known.story]
        left = {e.uid for e in story.entries if uid not in (e.uid, e.duplicate_of)}
        edited = self.store.split([uid])
        self.made += [edit.id for edit in edited.edits]
        assert bool(edited.edits) == bool(left)
        if left:
            assert self.store.entries[uid].story not in {self.store.entries[u].story for u in left}
            assert {self.store.entries[u].story for u in left} == {story.id}

    @rule(which=st.lists(uids, max_size=3))
    def merge(self, which: list[str]) -> None:
        stories = [self.store.entries[uid].story for uid in which if uid in self.store.entries]
        self.made += [edit.id for edit in self.store.merge(stories).edits]
        assert len({self.store.entries[u].story for u in which if u in self.store.entries}) <= 1

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        if self.made:
            edit = data.draw(st.sampled_from(self.made))
            self.made.remove(edit)
            assert [one.id for one in self.store.take_back([edit]).edits] == [edit]

    @rule()
    def reopen(self) -> None:
        before = grouped(self.store)
        self.store.close()
        self.store = Store.open(self.folder, now=self.clock)
        self.store.load()
        assert grouped(self.store) == before

    @rule()
    def crash(self) -> None:
        """What was committed is found as the edits have it."""
        self.store.flush()
        assert grouped(reader(self.folder, self.clock)) == grouped(self.store)

    @invariant()
    def is_whole(self) -> None:
        assert self.store.entries.keys() == self.base.keys()
        for story_id, members in grouped(self.store).items():
            assert all(self.store.entries[uid].story == story_id for uid in members)
        assert sum(map(len, grouped(self.store).values())) == len(self.base)


TestEdits = Machine.TestCase
TestEdits.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
