"""What users rely on: what was stored is there again, marks stay, old entries go."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace
from tinydb import TinyDB

from monitor.models import Body, FeedState, Fresh, Validators
from monitor.store import Added, Store, StoreError, archive
from tests.storing import DAY, START, Clock, data_files, fresh, reader


def test_what_was_flushed_is_there_again(tmp_path: Path) -> None:
    item = fresh("a", cves=("CVE-2025-0001",), topics=("security",), lang="en", hidden=2)
    state = FeedState("press", validators=Validators('"x"', "Thu, 31 Jul 2025 22:13:20 GMT"))
    with Store.open(tmp_path, now=Clock()) as store:
        added = store.add([item])
        store.put_feed(state)
        store.flush()
        again = reader(tmp_path)
    assert added == Added(frozenset("a"), ("a",), ())
    assert again.entries == {"a": item.entry}
    assert again.body("a") == item.body
    assert again.feeds == {"press": state}
    assert again.stories["a"].lead == item.entry


def test_entries_are_in_memory_before_they_are_on_disk(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a")])
        assert store.body("a").summary == "Summary of a"
        assert not reader(tmp_path).entries
    assert set(reader(tmp_path).entries) == {"a"}


def test_files_are_databases_that_stock_tinydb_reads(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
        store.put_feed(FeedState("press"))
        store.pin(["a"])
        store.mark_read(["b"])
    with TinyDB(tmp_path / "entries" / "0001.json", access_mode="r") as part:
        rows = part.table("entries").all()
    assert [row["entry"]["title"] for row in rows] == ["Title of a", "Title of b"]
    for name in ("pins", "reads", "feeds", "meta"):
        with TinyDB(tmp_path / f"{name}.json", access_mode="r") as database:
            assert len(database.table(name)) == 1


def test_only_the_owner_can_read_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with Store.open(folder, now=Clock()) as store:
        store.add([fresh("a")])
        store.pin(["a"])
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_an_entry_that_comes_again_unchanged_writes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("a"), fresh("b")])
    with Store.open(tmp_path, now=clock) as store:
        before = os.stat(tmp_path / "entries" / "0001.json")
        clock.now += 3600
        added = store.add([fresh("a", when=clock.now), fresh("b", when=clock.now)])
        store.seen("press", ["a", "b"], clock.now)
        store.flush()
    assert added == Added(frozenset(), (), ())
    assert os.stat(tmp_path / "entries" / "0001.json").st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    "change", [{"title": "Corrected"}, {"summary": "Corrected"}, {"url": "https://example.org/b"}]
)
def test_a_changed_entry_is_updated_in_its_place(tmp_path: Path, change: dict[str, str]) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("z"), fresh("a", story="z", duplicate_of="z")])
        later = fresh("a", when=START + DAY, **change)
        added = store.add([later])
        store.flush()
        again = reader(tmp_path)
    assert added == Added(frozenset("z"), (), ("a",))
    kept = again.entries["a"]
    assert (kept.first_seen, kept.time, kept.story, kept.duplicate_of) == (START, START, "z", "z")
    assert (kept.title, kept.url) == (later.entry.title, later.entry.url)
    assert again.body("a") == later.body
    assert again.hay("z") == store.hay("z")
    assert len(again.entries) == 2


def test_a_story_is_led_by_what_was_published_first_whichever_copy_came_first(
    tmp_path: Path,
) -> None:
    items = [
        fresh("copy", when=START, story="s", duplicate_of="first", outlet="Mirror"),
        fresh("late", when=START + 60, story="s", published=None, outlet="B", topics=("devices",)),
        fresh("first", when=START + 90, story="s", published=START + 30, topics=("security",)),
        fresh("dupe", when=START + 99, story="s", duplicate_of="first", outlet="B"),
    ]
    orders = [items, items[::-1], [items[2], items[0], items[3], items[1]]]
    for number, order in enumerate(orders):
        with Store.open(tmp_path / str(number), now=Clock()) as store:
            for item in order:
                store.add([item])
            story = store.stories["s"]
        assert [entry.uid for entry in story.entries] == ["copy", "late", "first", "dupe"]
        assert (story.time, story.sources) == (START + 90, 3)
        assert story.topics == ("devices", "security")
        assert reader(tmp_path / str(number)).stories["s"] == story


def test_search_looks_at_titles_summaries_outlets_and_cves(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a", title="HUAWEI “Kirin”", cves=("CVE-2025-1",), outlet="The Wire")])
        store.add([fresh("b", summary="ARRÊT", story="a")])
        assert '"kirin"' in store.hay("a")
        for word in ("huawei", "cve-2025-1", "the wire", "arrêt", "title of b"):
            assert word in store.hay("a")
        assert "content" not in store.hay("a")
        assert store.hay("nothing") == ""


def test_parts_are_bounded_and_only_the_newest_is_rewritten(tmp_path: Path) -> None:
    clock = Clock()
    count = archive.PART_ENTRIES
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh(f"{number}") for number in range(count)])
        store.flush()
        before = os.stat(tmp_path / "entries" / "0001.json").st_mtime_ns
        store.add([fresh("one more")])
        store.flush()
        assert os.stat(tmp_path / "entries" / "0001.json").st_mtime_ns == before
        clock.now += 40 * DAY
        store.add([fresh("next month", when=clock.now)])
        store.add([fresh("long", when=clock.now)._replace(body=Body(content="x" * (5 << 20)))])
        store.flush()
    parts = sorted(path.name for path in (tmp_path / "entries").iterdir())
    assert parts == ["0001.json", "0002.json", "0003.json", "0004.json"]
    store = Store.open(tmp_path, now=clock, write=False)
    assert list(store.load_steps()) == [1, 2, 3, count + 3]
    assert store.body("0").content == "Content of 0"
    assert store.body("long").content == "x" * (5 << 20)


def test_a_part_goes_on_after_reopening(tmp_path: Path) -> None:
    for number in range(5):
        with Store.open(tmp_path, now=Clock(), part_entries=2) as store:
            store.add([fresh(f"{number}")])
    store = Store.open(tmp_path, now=Clock(), write=False)
    assert list(store.load_steps()) == [1, 3, 5]


def test_the_first_frame_needs_neither_archive_nor_tinydb(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh(f"{number:03}", when=START + number) for number in range(300)])
        store.pin(["299"])
        store.mark_read(["298", "000"])
    for part in (tmp_path / "entries").iterdir():
        part.unlink()
    front = Store.open(tmp_path, now=clock, write=False).front()
    assert [story.id for story in front.stories[:2]] == ["299", "298"]
    assert len(front.stories) == 200
    assert front.pinned == {"299"}
    assert front.read == {"298"}
    assert (front.total, front.unread, front.pins, front.saved) == (300, 298, 1, START)


def test_the_front_follows_what_comes_and_goes(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh(f"{number:03}", when=START + number) for number in range(250)])
        store.flush()
        clock.now += 100 * DAY
        store.add([fresh("new", when=clock.now), fresh("100", title="Changed")])
        store.flush()
        assert [story.id for story in store.front().stories[:2]] == ["new", "249"]
        store.prune(90)
        store.flush()
        assert [story.id for story in store.front().stories] == ["new"]


def test_the_front_is_filled_up_when_the_newest_go(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh(f"old{number:03}", when=START - number) for number in range(250)])
        store.add([fresh(f"new{number}", when=START + 1, feed="other") for number in range(9)])
        store.flush()
        clock.now += 100 * DAY
        state = FeedState("press", last_success=clock.now, last_change=START)
        store.put_feed(state)
        assert store.prune(90) == 9
        store.flush()
        stories = store.front().stories
        assert [story.id for story in stories] == [f"old{number:03}" for number in range(200)]


def test_without_a_front_the_first_frame_is_empty(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "absent", write=False)
    assert store.front().stories == ()
    assert store.front().saved is None
    store.load()
    assert store.loaded
    assert not (tmp_path / "absent").exists()


# Marks


def test_marks_are_durable_on_return_and_say_what_changed(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b"), fresh("c")])
        store.flush()
        assert store.pin(["a", "b", "unknown"]) == {"a", "b"}
        assert store.mark_read(["a"]) == {"a"}
        assert reader(tmp_path).pinned == {"a", "b"}
        assert reader(tmp_path).read == {"a"}
        assert store.pin(["b", "c"]) == {"c"}
        assert store.pin(["a", "b"], False) == {"a", "b"}
        assert store.mark_read(["a", "b"], False) == {"a"}
        assert reader(tmp_path).pinned == {"c"}
        assert reader(tmp_path).read == set()


def test_marks_can_be_set_from_the_first_frame_on(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
    with Store.open(tmp_path, now=Clock()) as store:
        assert not store.loaded
        store.pin([store.front().stories[0].id])
        assert reader(tmp_path).pinned == store.pinned == {"a"}
        assert reader(tmp_path).body("b").content == "Content of b"


def test_a_new_entry_leaves_its_story_read_and_pinned(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a")])
        store.pin(["a"])
        store.mark_read(["a"])
        store.add([fresh("0", when=START - 9, story="a")])
        assert store.stories["a"].lead.uid == "0"
        assert store.read == store.pinned == {"a"}
    assert reader(tmp_path).read == reader(tmp_path).pinned == {"a"}


def test_marks_stay_with_their_entries_when_stories_are_regrouped(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b", story="a", when=START + 1), fresh("c")])
        store.pin(["a"])
        store.mark_read(["a"])
        moved = [replace(store.entries["a"], story="c"), replace(store.entries["b"], story="b")]
        assert store.regroup(moved) == {"a", "b", "c"}
        assert set(store.stories) == {"b", "c"}
        assert store.pinned == {"c"}
        assert store.read == {"b", "c"}
        assert "title of a" in store.hay("c")
        assert "title of a" not in store.hay("b")
    again = reader(tmp_path)
    assert (set(again.stories), again.pinned, again.read) == ({"b", "c"}, {"c"}, {"b", "c"})


def test_a_pin_outlives_the_archive(tmp_path: Path) -> None:
    items = [fresh("a"), fresh("b", story="a")]
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([*items, fresh("c")])
        store.pin(["a"])
    (tmp_path / "entries" / "0001.json").unlink()
    again = reader(tmp_path)
    assert set(again.entries) == {"a", "b"}
    assert [again.body(uid) for uid in "ab"] == [item.body for item in items]
    assert again.pinned == {"a"}
    with Store.open(tmp_path, now=Clock()) as store:
        store.load()
    with Store.open(tmp_path, now=Clock()) as store:
        store.pin(["a"], False)
    assert set(reader(tmp_path).entries) == {"a", "b"}


# Retention


def test_entries_go_when_they_left_their_feed_long_ago(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("gone"), fresh("there"), fresh("pinned"), fresh("0", story="pinned")])
        store.pin(["pinned"])
        store.mark_read(["gone", "there"])
        clock.now += 91 * DAY
        store.seen("press", ["there"], clock.now)
        assert store.prune(90) == 1
        store.flush()
        again = reader(tmp_path)
        assert set(again.entries) == {"there", "pinned", "0"} == set(store.entries)
        assert again.entries["there"].last_seen == clock.now
        assert again.read == {"there"}
        assert "gone" not in (tmp_path / "reads.json").read_text()
        assert store.body("gone") == Body()
        assert store.prune(90) == 0


def test_a_feed_that_answers_304_keeps_its_entries(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("left", when=START - 3 * DAY), fresh("there"), fresh("x", feed="other")])
        store.seen("press", ["there"], START)
    for _ in range(100):
        clock.now += DAY
        with Store.open(tmp_path, now=clock) as store:
            state = FeedState("press", last_poll=clock.now, last_success=clock.now)
            store.put_feed(replace(state, last_change=START))
            store.prune(90)
    assert set(reader(tmp_path).entries) == {"there"}


def test_entries_of_a_feed_that_fails_go_when_their_time_comes(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("a")])
        clock.now += 91 * DAY
        store.put_feed(
            FeedState("press", last_poll=clock.now, last_success=START, last_change=START)
        )
        assert store.prune(90) == 1


def test_a_story_that_was_read_stays_read_when_its_first_entry_goes(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("a")])
        store.mark_read(["a"])
        clock.now += 60 * DAY
        store.add([fresh("b", when=clock.now, story="a")])
        clock.now += 60 * DAY
        assert store.prune(90) == 1
        assert store.stories["a"].lead.uid == "b"
    again = reader(tmp_path)
    assert (set(again.entries), again.read) == ({"b"}, {"a"})


def test_the_archive_is_bounded(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        for poll in range(100):
            clock.now += 4 * DAY
            items = [fresh(f"{poll}-{number}", when=clock.now) for number in range(20)]
            store.add(items)
            if poll % 10 == 0:
                store.pin([items[0].entry.uid])
            store.prune(90)
            store.flush()
        expected = {uid for uid, entry in store.entries.items()}
        assert len(expected) == 23 * 20 + 8
    assert len(list((tmp_path / "entries").iterdir())) <= 6
    again = reader(tmp_path)
    assert set(again.entries) == expected
    assert len(again.pinned) == 10
    assert again.body("0-0").content == "Content of 0-0"


def test_last_seen_is_a_day_coarse_and_written_at_leisure(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("a"), fresh("b", feed="other")])
        store.seen("press", ["a", "b", "unknown"], START + DAY)
        assert store.entries["a"].last_seen == START
        store.seen("press", ["a", "b"], START + DAY + 1)
        assert store.entries["a"].last_seen == START + DAY + 1
        assert store.stories["a"].lead.last_seen == START + DAY + 1
        assert store.entries["b"].last_seen == START
    assert reader(tmp_path).entries["a"].last_seen == START + DAY + 1


# Other processes, odd input


def test_a_reader_takes_in_what_the_writer_saved(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
        store.flush()
        watcher = reader(tmp_path)
        assert not watcher.reload_if_changed()
        store.add([fresh("c"), fresh("a", title="Changed")])
        store.put_feed(FeedState("press"))
        store.flush()
        store.pin(["b"])
        assert watcher.reload_if_changed()
        assert watcher.entries == store.entries
        assert watcher.stories == store.stories
        assert watcher.pinned == {"b"}
        assert set(watcher.feeds) == {"press"}
        assert watcher.hay("a") == store.hay("a")
        assert not watcher.reload_if_changed()


def test_a_reader_keeps_pinned_stories_that_the_archive_loses(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
        store.pin(["a"])
    watcher = reader(tmp_path)
    (tmp_path / "entries" / "0001.json").unlink()
    assert watcher.reload_if_changed()
    assert set(watcher.stories) == {"a"}
    assert watcher.body("a").content == "Content of a"


def test_an_entry_that_is_stored_twice_counts_once(tmp_path: Path) -> None:
    """As after a kill between the two saves that move entries from one part to another."""
    entries = tmp_path / "entries"
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
    shutil.copy(entries / "0001.json", entries / "0002.json")
    for name in ("0001.json", "0002.json"):
        with TinyDB(entries / name) as part:
            table = part.table("entries")
            table.insert_multiple([dict(row) for row in table.all()])
    text = (entries / "0001.json").read_text()
    (entries / "0001.json").write_text(text.replace("Title of b", "Old title of b"))
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a", title="Changed", summary="Changed")])
    for _ in range(2):
        with Store.open(tmp_path, now=Clock()) as store:
            store.load()
            assert {uid: entry.title for uid, entry in store.entries.items()} == {
                "a": "Changed",
                "b": "Title of b",
            }
            assert store.body("a").summary == "Changed"
            assert store.hay("a").count("changed") == 2
            store.regroup(store.entries.values())
    (entries / "0002.json").unlink()
    assert not reader(tmp_path).entries.keys() - {"a", "b"}


def test_two_stores_can_take_turns(tmp_path: Path) -> None:
    one = Store.open(tmp_path, now=Clock())
    one.add([fresh("a")])
    one.unlock()
    with Store.open(tmp_path, now=Clock()) as two:
        two.add([fresh("b")])
        two.mark_read(["a"])
    assert set(one.entries) == {"a"}
    with pytest.raises(StoreError, match="reading only"):
        one.pin(["a"])
    one.lock()
    assert (set(one.entries), one.read) == ({"a", "b"}, {"a"})
    one.add([fresh("c")])
    one.close()
    assert set(reader(tmp_path).entries) == {"a", "b", "c"}


def test_what_no_file_can_hold_does_not_spoil_the_file(tmp_path: Path) -> None:
    odd = fresh("odd", title="lone \ud800 surrogate", first_seen=float("nan"), time=float("inf"))
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([odd, fresh("a"), fresh("b", published=float("nan"), story="")])
        store.pin(["odd"])
    again = reader(tmp_path)
    assert set(again.entries) == {"odd", "a", "b"}
    assert again.entries["odd"].title == "lone ? surrogate"
    assert again.entries["odd"].time == START
    assert again.entries["b"].story == "b"
    assert again.entries["b"].published is None
    assert not again.problems


def test_recent_entries_come_with_their_summaries_in_order_of_arrival(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock) as store:
        store.add([fresh("old", time=START - DAY), fresh("b"), fresh("a", when=START + 1)])
        store.flush()
        clock.now += 40 * DAY
        store.add([fresh("new", when=clock.now)])
        found = [(entry.uid, summary) for entry, summary in store.recent(START)]
    assert found == [(uid, f"Summary of {uid}") for uid in ("b", "a", "new")]


def test_old_folders_are_migrated_step_by_step(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a")])
    with TinyDB(tmp_path / "meta.json") as meta:
        meta.table("meta").update({"schema": 0})
    (tmp_path / "entries").rename(tmp_path / "articles")
    with pytest.raises(StoreError, match="schema 0"):
        Store.open(tmp_path, now=Clock())
    with pytest.raises(StoreError, match="older"):
        Store.open(tmp_path, now=Clock(), write=False)

    def to_1(folder: Path) -> None:
        for part in (folder / "articles").iterdir():
            part.rename(folder / "entries" / part.name)

    Store.open(tmp_path, now=Clock(), migrations={0: to_1}).close()
    assert set(reader(tmp_path).entries) == {"a"}
    Store.open(tmp_path, now=Clock(), migrations={}).close()


def test_a_newer_folder_is_left_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a")])
    with TinyDB(tmp_path / "meta.json") as meta:
        meta.table("meta").update({"schema": 2, "program": "monitor 9.0", "more": [1]})
    before = {name: (tmp_path / name).read_bytes() for name in data_files(tmp_path)}
    with pytest.raises(StoreError, match=r"newer program \(monitor 9.0, schema 2\)"):
        Store.open(tmp_path, now=Clock())
    watcher = reader(tmp_path)
    assert set(watcher.entries) == {"a"}
    assert "monitor 9.0" in watcher.problems[0]
    watcher.close()
    assert {name: (tmp_path / name).read_bytes() for name in data_files(tmp_path)} == before


def test_fresh_entries_are_values(tmp_path: Path) -> None:
    item = fresh("a")
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([item])
        store.seen("press", ["a"], START + 2 * DAY)
        store.flush()
    assert item == Fresh(replace(item.entry, last_seen=START), item.body)
