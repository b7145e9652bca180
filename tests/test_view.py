"""What the panes show, on a real store: order, filter, counts, marks, rows, detail."""

from collections.abc import Iterator
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Entry, Pane
from monitor.store import Store
from monitor.view import (
    Board,
    Marks,
    PaneView,
    Sort,
    age,
    make_detail,
    make_link,
    related_steps,
    with_related,
    with_texts,
)
from monitor.view.marks import Change, Mark
from monitor.view.timeline import timeline_page
from tests.screen_samples import DAY, HOUR, MINUTE, NOW, config, fresh, news, store_with

SOME = st.lists(st.sampled_from(["nsa1", "aug", "cve", "zh1", "old"]), min_size=1, unique=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_with(tmp_path, news()) as store:
        store.load()
        yield store


def board_of(store: Store, pinned_first: bool = False) -> Board:
    board = Board(config(pinned_first=pinned_first))
    board.adopt(board.snapshot(store), store)
    return board


@given(st.permutations(["a", "b", "c", "d", "e", "f"]), st.integers(0, 6))
@settings(max_examples=30, deadline=None)
def test_stories_of_one_time_keep_one_order(uids: list[str], known: int) -> None:
    """As they come, in whatever order they are told of, after a restart, in the first frame."""
    with TemporaryDirectory() as folder:
        with Store.open(folder, now=lambda: NOW) as store:
            store.add(fresh(uid, f"No date {uid}") for uid in uids[:known])
            board = board_of(store)
            added = store.add(fresh(uid, f"No date {uid}") for uid in uids[known:])
            board.update(store, sorted(added.stories, key=uids.index), NOW)
            assert headlines(board).ids() == headlines(board_of(store)).ids() == sorted(uids)
        with Store.open(folder, now=lambda: NOW, write=False) as store:
            first = Board(config())
            first.show_front(store.front())
            store.load()
            assert headlines(first).ids() == headlines(board_of(store)).ids() == sorted(uids)


def test_what_nobody_can_date_is_below_the_news_and_has_no_age(tmp_path: Path) -> None:
    page = fresh("about", "About Huawei Press")
    page = page._replace(entry=replace(page.entry, published=None, time=NOW - 30 * DAY))
    with store_with(tmp_path, [page, *news()]) as store:
        store.load()
        board = board_of(store)
        view = headlines(board)
        assert view.ids().index("about") == 8
        assert board.row(view, 8, NOW).age == "?"
        assert facts_of(board, "about")["Lead"].endswith("undated, here since 2026-11-20 11:00")
        assert "about" not in search(view, "newer:7d")


def test_what_comes_late_bears_the_date_it_came_out_and_that_of_its_arrival(tmp_path: Path) -> None:
    """It is sorted in as new, so that it is seen."""
    late = fresh("late", "Told days ago, fetched today")
    late = late._replace(
        entry=replace(late.entry, published=NOW - 3 * DAY, time=NOW, first_seen=NOW)
    )
    with store_with(tmp_path, [late, *news()]) as store:
        store.load()
        board = board_of(store)
        assert headlines(board).ids()[0] == "late"
        lead = facts_of(board, "late")["Lead"]
        assert lead.endswith("2026-11-17 12:00, here since 2026-11-20 12:00")
        story = store.stories["late"]
        page = timeline_page(store.stories["aug"], {}, earlier=[story], tz=UTC)
        labels = [item.label for section in page.sections for item in section.items]
        assert "2026-11-17 12:00" in labels
        assert labels == sorted(labels)


def test_a_story_says_when_it_began_and_what_came_last(store: Store) -> None:
    facts = facts_of(board_of(store), "nsa1")
    assert facts["Lead"] == "The Wire, 2026-11-20 11:55"
    assert facts["Newest"] == "State News, 2026-11-20 11:56"
    assert "Newest" not in facts_of(board_of(store), "aug")


def facts_of(board: Board, story_id: str) -> dict[str, str]:
    story = board.story(story_id)
    assert story is not None
    return dict(make_detail(story, kinds={}, pinned=False, unread=True, tz=UTC).facts)


def search(view: PaneView, text: str) -> list[str]:
    view.filter_by(text)
    while view.step(NOW):
        pass
    return view.ids()


def headlines(board: Board) -> PaneView:
    return board.panes[Pane.HEADLINES]


def test_headlines_hold_every_story_newest_first(store: Store) -> None:
    ids = headlines(board_of(store)).ids()
    assert ids == ["nsa1", "aug", "cve", "zh1", "zh2", "fold", "ban", "bidi", "old"]


def test_patches_are_of_the_topic_or_name_a_cve(store: Store) -> None:
    assert board_of(store).panes[Pane.PATCHES].ids() == ["aug", "cve", "zh1"]


def test_the_first_frame_is_what_the_archive_then_confirms(store: Store, tmp_path: Path) -> None:
    first = Board(config())
    first.show_front(Store.open(tmp_path, now=lambda: NOW, write=False).front())
    assert headlines(first).ids() == headlines(board_of(store)).ids()
    assert not first.complete


def test_a_row_says_what_a_reader_looks_for(store: Store) -> None:
    board = board_of(store)
    row = board.row(headlines(board), 0, NOW)
    assert (row.age, row.sources, row.label, row.unread, row.pinned) == (
        "4m", 3, "The Wire", True, False,
    )  # fmt: skip
    assert [row.title[a:b] for a, b in row.words] == ["Huawei"]
    assert board.row(headlines(board), 1, NOW).cves == 2
    assert board.row(headlines(board), 7, NOW).hidden


def test_the_filter_finds_marks_and_counts(store: Store) -> None:
    board = board_of(store)
    view = headlines(board)
    assert search(view, "huawei nsa") == ["nsa1", "old"]
    row = board.row(view, 0, NOW)
    assert {row.title[a:b].casefold() for a, b in row.found} == {"huawei", "nsa"}
    assert search(view, "") == board_of(store).panes[Pane.HEADLINES].ids()


def test_a_wrong_query_says_where_and_keeps_the_list(store: Store) -> None:
    view = headlines(board_of(store))
    before = search(view, "nsa")
    assert search(view, "nsa (") == before
    assert view.problem is not None
    assert view.problem.position >= 0


@pytest.mark.parametrize("typed", ["huawei servers", "华为 更新", "has:cve newer:7d", "-huawei"])
def test_typing_letter_by_letter_ends_where_the_whole_query_does(store: Store, typed: str) -> None:
    narrowed, whole = headlines(board_of(store)), headlines(board_of(store))
    for end in range(1, len(typed) + 1):
        narrowed.filter_by(typed[:end])
        narrowed.step(NOW, budget=0)  # typed faster than searched
    assert search(narrowed, typed) == search(whole, typed)


def test_a_search_goes_in_steps_and_comes_to_the_same(tmp_path: Path) -> None:
    many = [fresh(f"u{i:05}", f"Story {i} of Huawei", ago=i * MINUTE) for i in range(3000)]
    with store_with(tmp_path, many) as store:
        store.load()
        view = headlines(board_of(store))
        view.filter_by("7")
        steps = 1
        while view.step(NOW, budget=0):
            steps += 1
        assert steps > 1
        assert view.ids() == [f"u{i:05}" for i in range(3000) if "7" in str(i)]


def test_new_stories_go_where_they_belong_and_only_where_the_filter_lets_them(
    store: Store,
) -> None:
    board = board_of(store)
    search(headlines(board), "huawei")
    store.add([fresh("new1", "Huawei answers", ago=60), fresh("new2", "Unrelated", ago=30)])
    board.update(store, ["new1", "new2"], NOW)
    view = headlines(board)
    assert view.ids()[:2] == ["new1", "nsa1"]
    assert search(view, "")[:3] == ["new2", "new1", "nsa1"]


def test_what_changes_while_a_search_goes_on_is_found_as_it_is_then(tmp_path: Path) -> None:
    many = [fresh(f"u{i:05}", f"Story {i} of Huawei", ago=i * MINUTE + 99) for i in range(2000)]
    with store_with(tmp_path, many) as store:
        store.load()
        board = board_of(store)
        view = headlines(board)
        view.filter_by("feed:wire story")
        assert view.step(NOW, budget=0)
        store.add([fresh("new1", "A new story", ago=60), fresh("new2", "Unrelated", ago=30)])
        store.add([fresh("grown", "More of it", story="u01500", ago=10)])
        changed = store.regroup([replace(store.entries["u00003"], story="u00004")])
        board.update(store, {"new1", "new2", "u01500", *changed}, NOW)
        while view.step(NOW, budget=0):
            pass
        found = view.ids()
        assert found == search(headlines(board_of(store)), "feed:wire story")
        assert found[:2] == ["u01500", "new1"]
        assert "u00003" not in found


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 50)), max_size=25), st.booleans())
@settings(deadline=None)
def test_updates_come_to_the_same_as_a_new_start(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], pinned_first: bool
) -> None:
    start = [fresh(f"s{i:02}", f"Story {i}", ago=i * HOUR) for i in range(20)]
    with store_with(tmp_path_factory.mktemp("store"), start) as store:
        store.load()
        store.pin(["s05", "s15"])
        for sort in Sort:
            board = board_of(store, pinned_first)
            view = headlines(board)
            view.sort_by(sort)
            for at, (number, hours) in enumerate(changes):
                uid = f"n{at}{sort}"
                store.add([fresh(uid, "More", story=f"s{number:02}", ago=hours * HOUR + at)])
                board.update(store, [f"s{number:02}"], NOW)
            anew = headlines(board_of(store, pinned_first))
            anew.sort_by(sort)
            assert sorted(view.ids()) == sorted(anew.ids())
            times = [(view._key(a), view._key(b)) for a, b in pairwise(view.rows)]
            assert all(a <= b for a, b in times)


def test_a_story_that_grows_moves_up_and_keeps_its_id(store: Store) -> None:
    board = board_of(store)
    store.add([fresh("ban2", "Chips: ban widened", feed="lab", story="ban", ago=10)])
    board.update(store, ["ban"], NOW)
    assert headlines(board).ids()[0] == "ban"
    assert headlines(board).ids().count("ban") == 1


def test_a_story_that_went_is_gone_everywhere(store: Store) -> None:
    board = board_of(store)
    gone = {s for s in store.stories if s not in ("nsa1", "aug")}
    entry = store.entries["nsa1"]
    changed = store.regroup([*(_moved(store, uid, entry.story) for uid in gone)])
    board.update(store, changed, NOW)
    assert headlines(board).ids() == ["nsa1", "aug"]
    assert board.story("ban") is None
    assert search(headlines(board), "export") == ["nsa1"]


def _moved(store: Store, uid: str, story: str) -> Entry:
    return replace(store.entries[uid], story=story)


def test_many_changes_at_once_come_to_the_same_as_few(store: Store) -> None:
    board = board_of(store)
    many = [fresh(f"m{i:03}", f"Report {i}", ago=i * HOUR) for i in range(400)]
    store.add(many)
    board.update(store, [item.entry.uid for item in many], NOW)
    assert headlines(board).ids() == headlines(board_of(store)).ids()


def test_sorting_by_sources_and_outlet(store: Store) -> None:
    view = headlines(board_of(store))
    view.sort_by(Sort.SOURCES)
    assert view.ids()[0] == "nsa1"
    view.sort_by(Sort.OUTLET)
    outlets = [store.stories[story].lead.outlet for story in view.ids()]
    assert outlets == sorted(outlets, key=str.casefold)


def test_pinned_first_when_the_user_wants_it(store: Store) -> None:
    store.pin(["old"], True)
    assert headlines(board_of(store, pinned_first=True)).ids()[0] == "old"
    assert headlines(board_of(store)).ids()[0] == "nsa1"


def test_marks_survive_and_undo_takes_back_the_last(store: Store) -> None:
    marks = board_of(store).marks
    pin = marks.change("pin", ["ban"], True)
    read = marks.change("read", ["ban", "old"], True)
    assert pin is not None
    assert read is not None
    for change in (pin, read):
        change.save(store)
        marks.settle(change, saved=True)
    undone = marks.undo()
    assert isinstance(undone, Change)
    undone.save(store)
    assert (set(store.pinned), set(store.read)) == ({"ban"}, set())
    assert (marks.pinned, marks.read) == ({"ban"}, set())


def test_unread_is_counted_as_marks_and_stories_come_and_go(store: Store) -> None:
    board = board_of(store)
    view = headlines(board)
    assert view.unread == 9
    board.marks.change("read", ["ban", "old"], True)
    assert view.unread == 7
    store.add([fresh("new1", "Huawei answers", ago=60)])
    board.update(store, ["new1"], NOW)
    assert view.unread == 8
    board.marks.undo()
    assert view.unread == 10


@given(
    st.lists(st.tuples(st.sampled_from(["read", "unread", "undo", "pin", "change"]), SOME)),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_the_unread_are_the_same_followed_or_counted(
    steps: list[tuple[str, list[str]]], pinned_first: bool
) -> None:
    with TemporaryDirectory() as folder, store_with(Path(folder), news()) as store:
        board = board_of(store, pinned_first)
        for at, (what, ids) in enumerate(steps):
            if what == "change":
                store.add([fresh(f"{i}{at}", f"Again {i}", ago=30 + at, story=i) for i in ids])
                board.update(store, ids, NOW)
            else:
                marks = board.marks
                mark: Mark = "pin" if what == "pin" else "read"
                change = (
                    marks.undo() if what == "undo" else marks.change(mark, ids, what != "unread")
                )
                if isinstance(change, Change):
                    change.save(store)
                    marks.settle(change, saved=True)
                    board.marked(change)
                    if change.mark == "pin" and pinned_first:
                        for view in board.panes.values():
                            view.resort()
            for view in board.panes.values():
                assert view.unread == sum(board.stories[i].id not in board.read for i in view.order)


def test_a_mark_that_cannot_be_saved_is_taken_back(store: Store) -> None:
    marks = Marks(pinned=["a"])
    change = marks.change("pin", ["a", "b"], True)
    assert change is not None
    marks.settle(change, saved=False)
    assert marks.pinned == {"a"}
    assert marks.undo() is None


def test_a_mark_on_its_way_to_disk_is_not_undone_by_news(store: Store) -> None:
    marks = board_of(store).marks
    marks.change("pin", ["ban"], True)
    marks.sync(store, ["ban", "old"])
    assert marks.pinned == {"ban"}


@given(st.lists(st.tuples(st.sampled_from("pr"), st.sampled_from("abc"), st.booleans())))
def test_undoing_everything_leads_back(steps: list[tuple[str, str, bool]]) -> None:
    marks = Marks(pinned=["a"], read=["b"])
    for kind, story, on in steps:
        marks.change("pin" if kind == "p" else "read", [story], on)
    while marks.undo():
        pass
    assert (marks.pinned, marks.read) == ({"a"}, {"b"})


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(-HOUR, "now"), (59, "now"), (60, "1m"), (3599, "59m"), (HOUR, "1h"), (DAY - 1, "23h"),
     (DAY, "1d"), (364 * DAY, "364d"), (800 * DAY, "2y")],
)  # fmt: skip
def test_age_in_at_most_four_characters(ago: float, shown: str) -> None:
    assert age(NOW - ago, NOW) == shown
    assert len(shown) <= 4


def test_the_detail_tells_where_it_is_from_and_why_it_belongs_together(store: Store) -> None:
    story = store.stories["nsa1"]
    board = board_of(store)
    detail = make_detail(
        story, kinds=board.kinds, pinned=True, unread=False, alerts=["NSA named (high)"], tz=UTC
    )
    assert detail.marks == ("pinned",)
    facts = dict(detail.facts)
    assert facts["Alert"] == "NSA named (high)"
    assert facts["Entries"] == "3 from 3 outlets"
    lead, second, third = detail.sources
    assert (lead.lead, lead.kind, lead.when) == (True, "press", "2026-11-20 11:55")
    assert third.duplicate or second.duplicate
    reasons = " ".join(source.why for source in detail.sources)
    assert "same event as The Wire: 0.87 of 0.60 needed; huawei, nsa" in reasons
    full = with_texts(detail, store.body("nsa1"))
    assert full.text == "The agency read the mail of executives.\nHuawei wants an answer."
    assert [link.host for link in full.links] == ["wire.example"]


def test_earlier_stories_share_rare_words_or_a_cve(store: Store) -> None:
    board = board_of(store)
    *slices, found = related_steps(store.stories["nsa1"], board.stories, board.hays)
    assert set(slices) == {None}
    assert found is not None
    assert [story.id for story in found] == ["old"]
    detail = make_detail(store.stories["nsa1"], kinds={}, pinned=False, unread=True)
    assert with_related(detail, found, UTC).related[0][:2] == ("old", "2025-10-16 12:00")


def test_only_web_links_can_be_opened_and_look_alikes_are_marked() -> None:
    assert make_link("javascript:alert(1)").url == ""
    assert make_link("https://example.org/a").url == "https://example.org/a"
    assert make_link("https://xn--hawei-qra.example/").marked
    assert not make_link("https://huawei.example/").marked


def test_the_detail_shows_which_outlets_hang_on_which_root(tmp_path: Path) -> None:
    entries = [
        fresh("a", "Huawei builds", story="a", feed="wire", ago=3 * HOUR),
        fresh("b", "Huawei builds", story="a", feed="state", ago=2 * HOUR),
        fresh("c", "Huawei builds!", story="a", feed="psirt", duplicate_of="d"),
        fresh("d", "Huawei builds", story="a", feed="lab", ago=2 * HOUR),
    ]
    cited = [one._replace(entry=replace(one.entry, cites=("Reuters",))) for one in entries[:2]]
    with store_with(tmp_path, [*cited, *entries[2:]]) as store:
        store.load()
        board = board_of(store)
        story = store.stories["a"]
        assert (story.sources, story.roots) == (4, 2)
        view = headlines(board)
        for query, hits in (("roots:2", 1), ("roots:>=2", 1), ("roots:>2", 0), ("roots:1", 0)):
            view.filter_by(query)
            assert not view.step(NOW)
            assert len(view.rows) == hits, query
        detail = make_detail(story, kinds=board.kinds, pinned=False, unread=True, tz=UTC)
        assert detail.roots == (
            ("Reuters", "cited by The Wire, State News"),
            ("Kernel Lab", "and Huawei PSIRT: the same text"),
        )
        assert [source.kind for source in detail.sources] == [
            "press", "state", "researcher", "vendor",
        ]  # fmt: skip
