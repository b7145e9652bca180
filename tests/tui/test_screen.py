"""What a reader does at the keyboard, on a real store."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import Key, Paste

from monitor.models import Config, Pane
from monitor.store import Store, StoreError
from monitor.tui.app import MonitorApp
from monitor.tui.base import ACTIONS
from monitor.tui.commands import COMMANDS
from monitor.tui.detail import DetailView
from monitor.tui.opener import OpenError
from monitor.tui.screen import MainScreen
from monitor.tui.story import StoryScreen
from tests.screen_samples import MINUTE, NOW, config, fresh
from tests.tui.conftest import MakeApp
from tests.tui.screens import lines, press, settled, text, told

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)


def toasts(app: MonitorApp) -> str:
    return "\n".join(note.message for note in app._notifications)


async def test_narrow_shows_one_pane_with_the_counts_of_all(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        assert lines(app)[0].strip() == "Headlines 9 │ Patches 0 │ Alerts 0"
        assert "Export ban" in text(app)
        await press(pilot, "tab")
        assert "Export ban" not in text(app)
        assert "No source of bulletins" in text(app)
        await press(pilot, "shift+tab", "h")
        assert app.main.pane is Pane.ALERTS
        assert "No alert yet" in text(app)


@pytest.mark.parametrize("size", [WIDE, HUGE])
async def test_wide_shows_all_panes_and_the_story(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        app = await settled(pilot)
        await press(pilot, "enter")
        seen = text(app)
        for words in ("Headlines 9", "Patches 0", "Alerts 0", "Sources (3)"):
            assert words in seen
        await told(pilot)
        assert "The agency read the mail" in text(app)


async def test_every_command_has_its_action() -> None:
    for action in ACTIONS:
        assert hasattr(MainScreen, f"action_{action}"), action
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


async def test_moving_by_vim_keys_and_arrows(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "j", "j", "down", "k", "up")
        assert app.main.entries.story == "aug"
        await press(pilot, "G")
        assert app.main.entries.story == "old"
        await press(pilot, "g")
        assert app.main.entries.story == "old"
        await press(pilot, "g")
        assert app.main.entries.story == "nsa1"
        await press(pilot, "end", "ctrl+u", "ctrl+u", "home")
        assert app.main.entries.story == "nsa1"


async def test_open_read_and_go_back_in_a_narrow_terminal(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "enter")
        assert "Sources (3)" in text(app)
        assert "Export ban" not in text(app)
        assert app.store.read == {"nsa1"}
        await press(pilot, "escape")
        assert "Export ban" in text(app)
        await press(pilot, "enter", "q")
        assert "Export ban" in text(app)


async def test_the_filter_narrows_while_typing_and_escape_clears_it(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"nsa")
        assert "2 of 9" in text(app)
        assert "Export ban" not in text(app)
        await press(pilot, "enter", "j")
        assert app.main.entries.story == "old"
        assert "/nsa  2 of 9" in lines(app)[-1]
        await press(pilot, "escape")
        assert "Export ban" in text(app)
        assert app.main.entries.story == "old"
        await press(pilot, "slash", *"zzz")
        assert "Nothing matches zzz" in text(app)
        await press(pilot, "escape", "escape", "escape")
        assert app.is_running
        assert "Export ban" in text(app)


async def test_a_filter_by_a_feed_that_is_not_there_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"feed:nope")
        assert "0 of 9: no feed 'nope'" in text(app)
        await press(pilot, *["backspace"] * 4)
        assert "no feed" not in text(app)


async def test_keys_typed_ahead_belong_to_the_filter(make_app: MakeApp) -> None:
    """A terminal hands "/pin" over in one piece: the p is a letter then, not a command."""
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        for key in ("slash", "p", "f", "A", "Q"):
            character = "/" if key == "slash" else key
            app.post_message(Key(key, character))
        await settled(pilot)
        assert app.board.panes[Pane.HEADLINES].filter == "pfAQ"
        assert app.board.marks.pinned == set()


async def test_a_half_typed_query_says_so_and_keeps_the_list(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"nsa (")
        assert "NSA broke into" in text(app)
        assert "at character 6" in lines(app)[-2]


async def test_a_filter_and_its_enter_in_one_burst_is_kept(make_app: MakeApp) -> None:
    """Enter is the screen's, and overtakes letters that are on their way to the bar."""
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        for key in ("slash", *"nsa", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settled(pilot)
        assert not app.main.typing
        assert app.board.panes[Pane.HEADLINES].filter == "nsa"
        for key in ("slash", "x", "escape"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settled(pilot)
        assert app.board.panes[Pane.HEADLINES].filter == ""


async def test_control_characters_cannot_be_pasted_into_the_filter(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await press(pilot, "slash")
        app.post_message(Paste("ns\x1b]0;x\x07\u202ea"))
        await settled(pilot)
        assert app.board.panes[Pane.HEADLINES].filter == "ns]0;xa"


async def test_what_is_pasted_becomes_one_line(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash")
        app.post_message(Paste("\r\n huawei\tnsa\u3000\n\nservers  "))
        await settled(pilot)
        assert app.board.panes[Pane.HEADLINES].filter == "huawei nsa servers"
        app.post_message(Paste(" \n"))
        await settled(pilot)
        assert app.board.panes[Pane.HEADLINES].filter == "huawei nsa servers"


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("query", ["is:foo", "foo:bar", "sev:high"])
async def test_what_is_wrong_with_a_query_is_shown_whole(
    make_app: MakeApp, size: tuple[int, int], query: str
) -> None:
    async with make_app().run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *query)
        problem = app.main.filtered.problem
        assert problem is not None
        seen = " ".join(text(app).split())
        assert problem.message in seen
        await press(pilot, "escape")
        assert problem.message[:20] not in text(app)


async def test_a_filter_that_is_not_understood_is_not_taken(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"nsa", "enter", "slash", *" is:foo", "enter")
        assert app.main.typing
        assert "foo" in lines(app)[-2]
        await press(pilot, "tab")  # it is left for another pane
        assert not app.main.typing
        assert app.board.panes[Pane.HEADLINES].filter == "nsa"
        assert "is:foo" not in text(app)


async def test_enter_waits_for_letters_that_end_a_word(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await press(pilot, "slash", *"newer:2")
        for key in ("d", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settled(pilot)
        assert not app.main.typing
        assert app.board.panes[Pane.HEADLINES].filter == "newer:2d"


@pytest.mark.parametrize(("typed", "kept"), [("nsa", "nsa"), ("newer:", "")])
async def test_letters_that_come_late_belong_to_the_pane_they_were_typed_in(
    make_app: MakeApp, typed: str, kept: str
) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        for key in ("slash", *typed, "tab"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settled(pilot)
        assert app.main.pane is Pane.PATCHES
        assert not app.main.typing
        assert app.board.panes[Pane.HEADLINES].filter == kept
        assert app.board.bulletins.filter == ""


@pytest.mark.parametrize(
    ("size", "place", "pane", "reads"),
    [
        (WIDE, (5, 5), Pane.HEADLINES, False),
        (WIDE, (100, 5), Pane.PATCHES, False),
        (WIDE, (60, 30), Pane.HEADLINES, True),  # the story
        (NARROW, (24, 0), Pane.PATCHES, False),  # its tab
    ],
)
async def test_a_click_elsewhere_ends_the_typing_of_a_filter(
    make_app: MakeApp, size: tuple[int, int], place: tuple[int, int], pane: Pane, reads: bool
) -> None:
    async with make_app().run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"nsa")
        await pilot.click(offset=place)
        await press(pilot, "j")
        assert not app.main.typing
        assert (app.main.pane, app.main.reading) == (pane, reads)
        assert app.board.panes[Pane.HEADLINES].filter == "nsa"
        assert app.board.bulletins.filter == ""


async def test_a_saved_query_of_another_pane_leaves_the_filter(make_app: MakeApp) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "tab", "slash", *"month:2025-08", "enter")
        app.main.filter_by("is:disputed")
        await settled(pilot)
        assert app.board.bulletins.filter == "month:2025-08"
        assert "disputed" in toasts(app)


async def test_a_filter_that_finds_nothing_shows_what_one_can_write(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"zzz")
        seen = " ".join(text(app).split())
        assert "Nothing matches zzz" in seen
        assert 'for example: huawei OR 华为, -laptop, "a phrase", is:unread, newer:2d' in seen


async def test_a_pin_is_durable_and_undo_takes_it_back(make_app: MakeApp, tmp_path: Path) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "j", "p")
        assert "★" in lines(app)[2]
        with_pin = Store.open(tmp_path / "data", now=lambda: NOW, write=False)
        with_pin.load()
        assert with_pin.pinned == {"aug"}
        await press(pilot, "u")
        assert "★" not in text(app)
        assert app.store.pinned == set()
        await press(pilot, "f", "ctrl+z", "m", "m")
        assert app.store.pinned == app.store.read == set()


async def test_a_pin_that_cannot_be_saved_is_taken_back_and_told(make_app: MakeApp) -> None:
    app = make_app()

    def full(story_ids: object, on: bool = True) -> frozenset[str]:
        raise StoreError("disk full")

    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.store.pin = full  # type: ignore[method-assign]
        await press(pilot, "p")
        assert app.board.marks.pinned == set()
        assert "disk full" in toasts(app)


async def test_mark_all_asks_first_marks_what_the_filter_shows_and_undoes(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "slash", *"nsa", "enter", "A")
        assert "Mark 2 stories read?" in text(app)
        await press(pilot, "n")
        assert app.store.read == set()
        await press(pilot, "A", "y")
        assert app.store.read == {"nsa1", "old"}
        await press(pilot, "u")
        assert app.store.read == set()


async def test_next_unread_skips_what_was_read(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "j", "m", "home", "n")
        assert app.main.entries.story == "cve"
        await press(pilot, "N")
        assert app.main.entries.story == "nsa1"


async def test_news_move_neither_cursor_nor_scroll(make_app: MakeApp) -> None:
    many = [fresh(f"u{i:03}", f"Story {i}", ago=(i + 5) * MINUTE) for i in range(100)]
    async with make_app(many).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, *["j"] * 40)
        before = [line[:-1] for line in lines(app)[1:-1]]  # without the scrollbar
        story = app.main.entries.story
        app.store.add([fresh("new1", "Breaking", ago=0), fresh("new2", "Also new", ago=1)])
        app.board.update(app.store, ["new1", "new2"], NOW)
        app.main.rows_changed()
        await settled(pilot)
        assert app.main.entries.story == story
        assert [line[:-1] for line in lines(app)[1:-1]] == before


async def test_an_untouched_list_shows_the_news_at_the_top(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        app.store.add([fresh("new1", "Breaking", ago=0)])
        app.board.update(app.store, ["new1"], NOW)
        app.main.rows_changed()
        await settled(pilot)
        assert app.main.entries.story == "new1"


async def test_titles_are_shown_letter_for_letter(make_app: MakeApp) -> None:
    title = "[CVE-2026-1234] Flaw in [/] HarmonyOS [@click=app.quit]updater[/]"
    async with make_app().run_test(size=HUGE) as pilot:
        await settled(pilot)
        app = await press(pilot, "j", "j", "enter")
        assert text(app).count(title) >= 2
        app.say(title)
        await pilot.pause()
        assert title in toasts(app)


async def test_columns_stay_aligned_with_wide_characters(make_app: MakeApp) -> None:
    titles = ["plain", "华为发布鸿蒙系统" * 12, "emoji 🎉🎉 " * 12, "e\u0301" * 50, "ｆｕｌｌ" * 20]
    entries = [
        fresh(f"u{i}", t, cves=("CVE-2026-1111",), outlet="华为新闻中心 International")
        for i, t in enumerate(titles)
    ]
    async with make_app(entries).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        rows = lines(app)[1:6]
        assert {cell_len(row) for row in rows} == {80}
        assert {cell_len(row[: row.index("1 CVE")]) for row in rows} == {75}


async def test_browser_gets_web_links_only_and_a_refusal_is_told(make_app: MakeApp) -> None:
    opened: list[str] = []
    async with make_app(opener=opened.append).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "o", "G", "k", "o")
        assert app.main.entries.story == "bidi"
        assert opened == ["https://wire.example/nsa1"]
        assert "only http and https" in toasts(app)


async def test_a_browser_that_is_not_there_is_told(make_app: MakeApp) -> None:
    def fail(url: str) -> None:
        raise OpenError("no browser found")

    async with make_app(opener=fail).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "o")
        assert "no browser found" in toasts(app)


async def test_the_selected_source_is_what_is_copied(make_app: MakeApp) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "enter", "right_square_bracket", "y")
        assert app.clipboard == app.main.detail.detail.sources[1].link.url  # type: ignore[union-attr]
        assert "Copied https://" in toasts(app)


async def test_saved_queries_by_menu_and_by_number(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "2")
        assert app.main.entries.view.ids() == ["nsa1", "old"]
        await press(pilot, "escape", "F", "1")
        assert app.main.entries.view.ids() == ["aug", "cve"]
        await press(pilot, "9")
        assert "No saved query 9" in toasts(app)


async def test_help_shows_the_live_keys_and_searches(make_app: MakeApp) -> None:
    async with make_app(keys={"pin": "x"}).run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "question_mark", *"keep the story")
        pins = [line for line in lines(app) if "Keep the story for ever" in line]
        assert len(pins) == 1
        assert "│  x  " in pins[0]
        await press(pilot, "escape", "x")
        assert app.store.pinned == {"nsa1"}
        await press(pilot, "p")
        assert app.store.pinned == {"nsa1"}


async def test_the_palette_runs_a_command(make_app: MakeApp) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        app = await settled(pilot)
        await pilot.press("colon")
        await pilot.press(*"undo")
        await pilot.pause(0.2)
        assert "Undo" in text(app)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert "Nothing to undo" in toasts(app)


async def test_first_start_names_the_demo(make_app: MakeApp) -> None:
    async with make_app([]).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        assert "Nothing is stored yet" in text(app)
        assert "monitor --demo" in text(app)


async def test_sentences_name_the_keys_of_the_user(make_app: MakeApp) -> None:
    async with make_app(keys={"undo": "U", "cancel": "f4"}).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "A")
        assert "U takes it back" in text(app)
        await press(pilot, "n", "slash", *"zzz")
        assert "f4 clears the filter" in text(await settled(pilot))


async def test_the_bottom_line_tells_of_an_unusual_order_and_of_keys_that_do_something(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=(200, 40)) as pilot:
        app = await settled(pilot)
        assert "first" not in lines(app)[-1]
        await press(pilot, "s")
        assert "most sources first" in lines(app)[-1]
        await press(pilot, "s", "s", "g", "g")
        await pilot.pause(0.3)
        assert not app.main.names_cves
        assert "CVEs" not in lines(app)[-1]
        app.main.entries.move_to(app.board.panes[Pane.HEADLINES].ids().index("cve"))
        await pilot.pause(0.3)
        assert "c CVEs" in lines(app)[-1]


async def test_a_toast_takes_the_place_of_the_last(make_app: MakeApp) -> None:
    async with make_app(keys={"leave": "f10"}).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "s", "ctrl+c")
        assert toasts(app) == "f10 quits"
        await press(pilot, "A")  # a dialog is not covered
        assert toasts(app) == ""


async def test_the_first_start_names_the_keys_of_the_user(make_app: MakeApp) -> None:
    keys = {"refresh_all": "f5", "next_failing": "ctrl+e"}
    async with make_app([], keys=keys).run_test(size=NARROW) as pilot:
        assert "f5 polls all feeds, Ctrl+E shows how" in text(await settled(pilot))


async def test_a_second_program_reads_but_does_not_mark(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(write=False)
    with Store.open(tmp_path / "data", now=lambda: NOW):
        async with app.run_test(size=NARROW) as pilot:
            await settled(pilot)
            assert "read-only" in lines(app)[-1]
            assert "NSA broke into" in text(app)
            hints = lines(app)[-1]
            assert "pin" not in hints
            assert "poll" not in hints.replace("polled", "")
            await press(pilot, "p")
            assert app.board.marks.pinned == set()
            assert "Marks cannot be kept" in toasts(app)


async def test_a_toast_makes_room_for_the_next_unless_it_tells_of_an_error(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        app = await settled(pilot)
        app.notify("HarmonyOS 4.2 is overdue", title="alert", timeout=600)
        app.say("cannot be saved", "error")
        app.say("first")
        app.say("second")
        await settled(pilot)
        assert toasts(app) == "HarmonyOS 4.2 is overdue\ncannot be saved\nsecond"
        await press(pilot, "A")  # a question
        assert toasts(app) == "HarmonyOS 4.2 is overdue\ncannot be saved"


async def test_reload_follows_a_new_configuration_and_keeps_a_wrong_one_out(
    make_app: MakeApp,
) -> None:
    answers: list[Config | Exception] = [
        ValueError("feeds.toml: feeds.x.url: missing"),
        config(rules=()),
    ]

    def load() -> Config:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with make_app(load_config=load).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "ctrl+r")
        assert "feeds.x.url: missing" in toasts(app)
        assert "Configuration read" not in toasts(app)
        await press(pilot, "ctrl+r")
        assert "Configuration read: 4 feeds" in toasts(app)
        assert app.board.config.rules == ()


async def test_mouse_selects_opens_and_switches_tabs(make_app: MakeApp) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await pilot.click(offset=(30, 3))
        await settled(pilot)
        assert app.main.entries.story == "cve"
        await pilot.click(offset=(30, 4), times=2)
        await settled(pilot)
        assert app.main.reading
        assert app.main.query_one(DetailView).detail.story == "zh1"  # type: ignore[union-attr]
        await pilot.click(offset=(18, 0))
        await settled(pilot)
        assert app.main.pane is Pane.PATCHES


async def test_resizing_keeps_what_is_selected(make_app: MakeApp) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        app = await settled(pilot)
        await press(pilot, "j", "j", "j")
        for size in (NARROW, HUGE, (40, 10), WIDE):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert app.main.entries.story == "zh1"


@pytest.mark.parametrize("key", ["q", "Q"])
async def test_quit(make_app: MakeApp, key: str) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("escape", key)
        await pilot.pause(0.1)
        assert not pilot.app.is_running or pilot.app._exit


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_a_story_can_have_the_whole_screen(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await settled(pilot)
        for key in ("escape", "q", "O"):
            app = await press(pilot, "O")
            shown = app.screen
            assert isinstance(shown, StoryScreen)
            assert shown.detail.size.height == size[1] - 2
            assert "The Wire" in text(app)
            await press(pilot, key)
            assert isinstance(app.screen, MainScreen)
            assert app.main.entries.story == "nsa1"


async def test_a_row_without_cves_leaves_their_place_to_its_title(make_app: MakeApp) -> None:
    long = "A headline that is long enough to fill a row of a narrow terminal to its very end"
    entries = [fresh("plain", long), fresh("cve", long + "!", cves=("CVE-2026-1234",), ago=7200)]
    async with make_app(entries).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        plain, with_cve = (line.rstrip() for line in lines(app)[1:3])
        assert cell_len(plain) >= 78
        assert plain.endswith("…")
        assert with_cve.endswith("…  1 CVE")
        assert cell_len(with_cve) == 80


@pytest.mark.parametrize(
    ("size", "hints"),
    [
        (NARROW, "? help  / filter  Enter open  p pin"),
        (WIDE, "? help  / filter  Enter open  p pin  o browser  R poll  q quit"),
    ],
)
async def test_the_keys_that_are_needed_first_stand_first(
    make_app: MakeApp, size: tuple[int, int], hints: str
) -> None:
    async with make_app().run_test(size=size) as pilot:
        app = await settled(pilot)
        assert hints in lines(app)[-1]


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_help_is_whole_and_in_its_columns(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "question_mark", *"infected")
        seen = [line.strip("│ ") for line in lines(app)]
        words = " ".join(" ".join(seen).split())
        assert "…" not in words
        for word in ("Help", "phone", "may", "infected", "vendor's", "pages"):
            assert word in words
        await press(pilot, *["backspace"] * 8, *"timeline")
        assert "…" not in " ".join(seen)
        starts = {line.index("│") for line in lines(app) if "T  " in line}
        assert len(starts) == 1


async def test_help_says_something_of_every_command() -> None:
    for command in COMMANDS:
        assert command.title.casefold() != command.help.casefold(), command.id
