"""Splitting and merging at the keyboard, on a real store."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.store import Store, StoreError
from monitor.tui.app import MonitorApp
from tests.screen_samples import DAY, HOUR, fresh
from tests.tui.conftest import MakeApp
from tests.tui.screens import lines, press, settled, text, told

NARROW, WIDE = (80, 24), (120, 40)


def toasts(app: MonitorApp) -> str:
    return "\n".join(note.message for note in app._notifications)


def members(store: Store, story: str) -> set[str]:
    return {entry.uid for entry in store.stories[story].entries}


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_x_splits_the_selected_source_off_and_u_puts_it_back(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    async with make_app().run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "enter", "right_square_bracket", "x")
        assert members(app.store, "nsa1") == {"nsa1", "nsa3"}
        assert members(app.store, "nsa2") == {"nsa2"}
        assert app.main.entries.story == "nsa1"
        await told(pilot)
        assert "Sources (2)" in text(app)
        assert "an entry split off by you on 2026-11-20 12:00" in text(app)
        await press(pilot, "u")
        assert members(app.store, "nsa1") == {"nsa1", "nsa2", "nsa3"}
        assert "Sources (3)" in text(app)
        assert app.main.entries.story == "nsa1"


async def test_x_needs_an_open_story_of_several(make_app: MakeApp) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "x")
        assert "Open a story" in toasts(app)
        await press(pilot, "j", "enter", "x")
        assert "Nothing would be left" in toasts(app)
        assert len(app.store.stories) == 9


async def test_a_split_is_taken_back_after_a_restart(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "enter", "right_square_bracket", "x")
    app.store.close()
    store = Store.open(tmp_path / "data", now=lambda: app.now())
    again = MonitorApp(app.board.config, store, now=app.now, tz=app.tz)
    async with again.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await press(pilot, "j")
        assert again.main.entries.story in ("nsa1", "nsa2")
        if again.main.entries.story != "nsa2":
            await press(pilot, "k")
        await press(pilot, "enter")
        await told(pilot)
        assert "split by you on 2026-11-20 12:00" in text(again)
        assert "split by you, from The Wire" not in text(again)
        await press(pilot, "X")
        assert members(store, "nsa1") == {"nsa1", "nsa2", "nsa3"}
        assert again.main.entries.story == "nsa1"
        await told(pilot)
        assert "Sources (3)" in text(again)
    store.close()


async def test_m_merges_what_v_chose_and_asks_when_there_are_more_than_two(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "M")
        assert "Choose stories with v" in toasts(app)
        await press(pilot, "v", "j", "v")
        assert "◆" in lines(app)[1] + lines(app)[2]
        await press(pilot, "j", "M")
        assert len(app.store.stories) == 9
        await press(pilot, "n")
        assert len(app.store.stories) == 9
        await press(pilot, "M", "y")
        assert members(app.store, "cve") == {"cve", "aug", "nsa1", "nsa2", "nsa3"}
        assert (app.main.entries.story, len(app.store.stories)) == ("cve", 7)
        assert "◆" not in text(app)
        await press(pilot, "u")
        assert (app.main.entries.story, len(app.store.stories)) == ("cve", 9)
        await press(pilot, "space", "j", "M")
        assert (app.main.entries.story, len(app.store.stories)) == ("zh1", 8)


async def test_escape_lets_go_of_what_was_chosen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "v", "j", "v", "v", "escape")
        assert "◆" not in text(app)
        assert not app.board.chosen
        assert app.main.entries.story == "aug"


async def test_undo_goes_back_through_marks_and_edits_in_turn(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "v", "j", "M", "p", "u")
        assert (app.store.pinned, len(app.store.stories)) == (set(), 8)
        await press(pilot, "u")
        assert len(app.store.stories) == 9
        await press(pilot, "u")
        assert "Nothing to undo" in toasts(app)


async def test_an_edit_that_cannot_be_written_is_told(make_app: MakeApp) -> None:
    app = make_app()

    def full(stories: object) -> None:
        raise StoreError("edits.json: cannot be written: the disk is full")

    app.store.merge = full  # type: ignore[assignment, method-assign]
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "v", "j", "M")
        assert "the disk is full" in toasts(app)
        assert len(app.store.stories) == 9
        assert app.board.chosen


async def test_a_word_that_surges_is_marked_in_the_status_line(make_app: MakeApp) -> None:
    old = [fresh(f"o{day}", f"Huawei on day {day}", ago=day * DAY) for day in range(1, 12)]
    new = [fresh(f"n{hour}", f"Huawei at {hour}", ago=hour * HOUR) for hour in range(1, 8)]
    entries = [
        one._replace(entry=replace(one.entry, topics=(), matched=("Huawei",)))
        for one in [*old, *new]
    ]
    async with make_app(entries).run_test(size=NARROW) as pilot:
        assert "▲ Huawei" in lines(await settled(pilot))[-1]
