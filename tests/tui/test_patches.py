"""Bulletins, CVEs, the chart and the pages over the lists, at the keyboard."""

from collections.abc import Collection, Mapping
from time import perf_counter
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from monitor.models import Pane, Source
from monitor.tui.app import MonitorApp
from monitor.tui.bulletin import BulletinScreen
from monitor.tui.chart import ChartScreen
from monitor.tui.pages import AboutScreen, CveScreen, PageScreen, PhoneScreen, Support
from monitor.tui.story import StoryScreen
from monitor.view.page import Item, Leads, Page, Section, Target
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Change,
    Exploited,
    Rating,
    Record,
)
from tests.bulletin_samples import AUGUST, FIRST, MemoryLibrary, bulletin, library
from tests.screen_samples import DAY, NOW, fresh, news
from tests.tui.conftest import MakeApp
from tests.tui.screens import Driver, lines, press, settled, text, told

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)
TO_AUGUST = ("l", "slash", *"aug", "enter")


def toasts(app: MonitorApp) -> str:
    return "\n".join(note.message for note in app._notifications)


def top(app: MonitorApp) -> object:
    """The screen that is seen."""
    return app.screen


async def opened(pilot: Driver) -> BulletinScreen:
    """August, opened from the pane."""
    await settled(pilot)
    app = await press(pilot, *TO_AUGUST, "enter")
    assert isinstance(app.screen, BulletinScreen)
    return app.screen


# The pane


async def test_the_pane_has_a_row_a_bulletin_with_its_numbers(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, *TO_AUGUST)
        [row] = [line for line in lines(app) if "2026-08" in line and "phones" in line][:1]
        for word in ("Δ!K1", "Huawei phones", "58", "H13", "M43", "?1", "28+30", "43%", "106d"):
            assert word in row, word
        assert "Patches 1 of 80" in text(app)
        titles = lines(app)[1]
        for word in ("KEV", "Month", "Line", "All", "Severity", "own+3rd", "EPSS", "seen"):
            assert word in titles, word
        assert titles.index("EPSS") + 4 == row.index("43%") + 3
        assert titles.index("own+3rd") + 7 == row.index("28+30") + 5


async def test_the_titles_of_the_pane_stay_while_it_scrolls_and_go_where_it_is_low(
    make_app: MakeApp,
) -> None:
    async with make_app(library=library()).run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "l", "G")
        rows = app.main.bulletins
        assert rows.scroll_offset.y > 0
        assert "Month" in lines(app)[1]
        await pilot.click(rows, offset=(5, 3))  # the second row: border, titles, first row
        assert rows.cursor == rows.scroll_offset.y + 1
        await pilot.resize_terminal(120, 16)
        await settled(pilot)
        assert "Month" not in text(app)
        assert rows.cursor in range(rows.scroll_offset.y, rows.scroll_offset.y + rows.size.height)
        app = await press(pilot, "slash", *"zzz")
        assert "Month" not in text(app)


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50), HUGE, (40, 10)])
async def test_rows_of_the_pane_fit_in_any_width(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app(library=library()).run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, *TO_AUGUST)
        assert {cell_len(line) for line in lines(app)} == {size[0]}
        assert "H13" in text(app) or size[0] == 40


async def test_an_empty_pane_says_how_bulletins_come(make_app: MakeApp) -> None:
    source = Source("huawei", "huawei", "Huawei", "http://127.0.0.1:9")
    async with make_app(library=MemoryLibrary(), sources=(source,)).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "l")
        assert "No bulletin yet; R polls the sources" in text(app)
        assert "filter topic:patches in Headlines" in text(app)
        await press(pilot, "enter", "t", "i", "c", "p", "m", "r", "n", "s", "y")
        assert top(app) is app.main
        await press(pilot, "A")
        assert top(app) is app.main
        assert not app.store.read
        await press(pilot, "h", "slash", *"topic:patches", "enter")
        assert app.main.entries.view.ids() == ["aug", "zh1"]


async def test_without_a_source_the_empty_pane_says_what_to_add(make_app: MakeApp) -> None:
    app = make_app(library=MemoryLibrary())
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "l")
        assert "No source of bulletins is named" in text(app)
        assert "[sources.huawei]" in text(app)
        assert "R polls" not in text(app)


async def test_the_pane_filters_and_sorts(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "l", "slash", *"openharmony", "enter")
        assert "Patches 24 of 80" in text(app)
        assert "/openharmony" in lines(app)[-1]
        await press(pilot, "escape")
        assert "Patches 80" in text(app)
        await press(pilot, "s")
        assert "most critical and high first" in toasts(app)
        assert "C1" in lines(app)[2]
        await press(pilot, "slash", *"zzz")
        assert "Nothing matches zzz" in text(app)


async def test_a_click_ends_the_typing_of_a_bulletins_filter(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        screen = await opened(pilot)
        await press(pilot, "slash", "z")
        await pilot.click(offset=(5, 12))
        await press(pilot, "j")
        assert not screen.typing
        assert screen.view.filter == "z"


async def test_a_bulletin_that_comes_is_held_against_the_story_that_is_shown(
    make_app: MakeApp,
) -> None:
    known = MemoryLibrary()
    title = f"Huawei's August {AUGUST.month[:4]} security patch fixes 999 vulnerabilities"
    entries = [fresh("aug", title, topics=("patches",))]
    async with make_app(entries, library=known).run_test(size=HUGE) as pilot:
        await told(pilot)
        app = await settled(pilot)
        assert "no bulletin of huawei is stored" in text(app)
        known.put(AUGUST)
        app.follow_library()
        await settled(pilot)
        assert "no bulletin of huawei is stored" not in text(app)
        assert any("differs" in line for line in lines(app))


async def test_bulletins_that_come_move_neither_cursor_nor_scroll(make_app: MakeApp) -> None:
    known = library()
    async with make_app(library=known).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "l", *["j"] * 30)
        selected = app.main.bulletins.selected
        place = app.main.bulletins.cursor - app.main.bulletins.scroll_offset.y
        newest = bulletin(0)
        known.put(replace(newest, id="new", month="2026-12"), replace(newest, id="late"))
        app.follow_library()
        await settled(pilot)
        assert "Patches 82" in text(app)
        assert app.main.bulletins.selected == selected
        assert app.main.bulletins.cursor - app.main.bulletins.scroll_offset.y == place


async def test_beside_the_lists_stands_what_the_bulletin_is(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=HUGE) as pilot:
        await settled(pilot)
        app = await press(pilot, *TO_AUGUST)
        await pilot.pause(0.3)
        await settled(pilot)
        assert "row 31: severity 'Hihg' is no severity" in text(app)
        assert "Gravest" in text(app)
        assert "Exploited    1 in KEV   highest EPSS 43%" in text(app)
        await press(pilot, "h")
        await pilot.pause(0.3)
        await settled(pilot)
        assert "Sources (3)" in text(app)


# An opened bulletin


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE])
async def test_a_bulletin_opens_with_head_and_rows(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    async with make_app(library=library()).run_test(size=size) as pilot:
        screen = await opened(pilot)
        seen = text(screen.app)
        for words in (
            "Patches › Huawei phones 2026-08", "58 fixes", "28 own (H5 M23)", "30 third-party",
            "10 removed, 1 re-rated 19 days after publication", "2 problems: row 14",
            "2 already in earlier updates", FIRST, "Kernel module",
        ):  # fmt: skip
            assert words in seen, words
        [row] = [line for line in lines(screen.app) if FIRST in line]
        assert row.startswith("K≠")
        for score in ("8.4", "9.8", "43%"):
            assert score in row
        assert {cell_len(line) for line in lines(screen.app)} == {size[0]}


async def test_rows_show_before_what_others_say_of_them(make_app: MakeApp) -> None:
    import threading

    gate = threading.Event()
    known = library()

    class Slow(MemoryLibrary):
        def records(self, cves: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
            gate.wait(20)
            return known.records(cves)

    slow = Slow(known.kept.values())
    async with make_app(library=slow).run_test(size=NARROW) as pilot:
        try:
            await settled(pilot)
            await press(pilot, *TO_AUGUST)
            await pilot.press("enter")
            for _ in range(200):
                await pilot.pause(0.01)
                if FIRST in text(pilot.app):  # type: ignore[arg-type]
                    break
            [row] = [line for line in lines(pilot.app) if FIRST in line]  # type: ignore[arg-type]
            assert "…" in row
            await pilot.press("j", "j")
        finally:
            gate.set()
        app = await settled(pilot)
        assert isinstance(app.screen, BulletinScreen)
        assert app.screen.fixes.cursor == 2
        [row] = [line for line in lines(app) if FIRST in line]
        assert "9.8" in row


async def test_a_bulletins_rows_filter_while_typing(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        screen = await opened(pilot)
        app = await press(pilot, "slash", *"linux high")
        assert "8 of 58" in text(app)
        await press(pilot, "tab", "j")
        assert screen.fixes.selected == screen.view.rows[1]
        assert "/linux high  8 of 58" in lines(app)[-1]
        await press(pilot, "escape")
        assert len(screen.view.rows) == 58
        assert top(app) is screen
        await press(pilot, "slash", *"q", "escape", "escape")
        assert top(app) is app.main


async def test_a_bulletin_that_is_revised_while_open_keeps_the_cursor(make_app: MakeApp) -> None:
    known = library()
    async with make_app(library=known).run_test(size=NARROW) as pilot:
        screen = await opened(pilot)
        app = await press(pilot, *["j"] * 20)
        selected = screen.fixes.selected
        known.put(replace(AUGUST, rows=AUGUST.rows[3:], problems=()))
        app.follow_library()
        await settled(pilot)
        assert "55 fixes" in text(app)
        assert screen.fixes.selected == selected
        assert "problem" not in text(app)


async def test_a_bulletin_sorts_opens_its_page_and_tells_all_about_itself(
    make_app: MakeApp,
) -> None:
    urls: list[str] = []
    async with make_app(library=library(), opener=urls.append).run_test(size=NARROW) as pilot:
        await opened(pilot)
        app = await press(pilot, "s", "s")
        assert "likeliest to be exploited first" in lines(app)[-1]
        await press(pilot, "o")
        assert urls == [AUGUST.url]
        await press(pilot, "i")
        assert isinstance(app.screen, AboutScreen)
        assert "row 31: severity 'Hihg' is no severity" in text(app)
        await press(pilot, "q", "t")
        assert isinstance(app.screen, ChartScreen)


async def test_back_goes_one_step_and_keeps_every_cursor(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        screen = await opened(pilot)
        app = await press(pilot, "j", "j", "j", "enter")
        assert isinstance(app.screen, CveScreen)
        await press(pilot, "q")
        assert top(app) is screen
        assert screen.fixes.cursor == 3
        await press(pilot, "escape")
        assert top(app) is app.main
        assert app.main.pane is Pane.PATCHES
        assert app.main.bulletins.selected == AUGUST.id
        await press(pilot, "q")  # the filter goes
        assert app.is_running
        assert app.main.bulletins.selected == AUGUST.id


async def test_a_file_that_cannot_be_read_is_told(make_app: MakeApp) -> None:
    class Damaged(MemoryLibrary):
        def bulletin(self, id: str) -> Bulletin | None:  # noqa: A002
            raise OSError("bulletins/08.json: damaged")

    async with make_app(library=Damaged([AUGUST])).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "l", "enter")
        assert "bulletins/08.json: damaged" in toasts(app)
        assert "This bulletin is not stored" in text(app)
        assert "Reading" not in text(app)
        await press(pilot, "enter", "t", "escape", "escape")
        assert top(app) is app.main


# A CVE


async def test_a_cve_leads_to_its_bulletin_its_stories_and_its_links(make_app: MakeApp) -> None:
    urls: list[str] = []
    entries = [*news(), fresh("k1", "Kernel flaw exploited", cves=(FIRST,), ago=3 * DAY)]
    async with make_app(entries, library=library(), opener=urls.append).run_test(
        size=WIDE
    ) as pilot:
        await opened(pilot)
        app = await press(pilot, "enter")
        assert isinstance(app.screen, CveScreen)
        assert "known exploited (KEV) · ratings differ: critical, high" in text(app)
        await press(pilot, "right_square_bracket", "o", "y")
        assert urls == [AUGUST.url]
        assert app.clipboard == AUGUST.url
        await press(pilot, "right_square_bracket", "y")
        assert app.clipboard == AUGUST.id
        await press(pilot, "right_square_bracket", "enter")
        assert isinstance(app.screen, StoryScreen)
        assert "Kernel flaw exploited" in text(app)
        assert "k1" in app.store.read
        await press(pilot, "c")
        assert isinstance(app.screen, CveScreen)
        await press(pilot, "q", "q", "left_square_bracket", "enter")
        assert isinstance(app.screen, BulletinScreen)
        await press(pilot, "q", "q", "q")
        assert top(app) is app.main


async def test_moving_in_a_page_selects_what_is_in_sight_and_reaches_both_ends(
    make_app: MakeApp,
) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await opened(pilot)
        app = await press(pilot, "enter")
        screen = app.screen
        assert isinstance(screen, PageScreen)
        seen = set()
        for _ in range(90):
            screen.action_down()
            seen.add(screen.view.source)
        assert seen >= set(range(screen.view.count))
        assert screen.view.scroll_offset.y == screen.view.max_scroll_y
        await press(pilot, "g", "g")
        assert screen.view.scroll_offset.y == 0
        await press(pilot, "G")
        assert screen.view.scroll_offset.y == screen.view.max_scroll_y


async def test_from_a_story_its_cves_open_by_a_choice_or_at_once(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "c")
        assert "This story names no CVE" in toasts(app)
        await press(pilot, "j", "c")
        assert "CVEs of the story" in text(app)
        await press(pilot, "2")
        assert lines(app)[0].strip() == "Headlines › CVE-2026-58306"
        assert "August bulletin: HarmonyOS 5" in text(app) or await _scrolled(pilot)
        await press(pilot, "q", "j", "enter", "c")
        assert lines(app)[0].strip() == "Headlines › CVE-2026-1234"
        assert "unknown" in text(app)
        assert "not listed" in text(app)


async def _scrolled(pilot: Driver) -> bool:
    app = await press(pilot, "G")
    return "August bulletin: HarmonyOS 5" in text(app)


async def test_without_a_library_a_cve_is_unknown_but_its_stories_are_there(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, "j", "j", "c")
        assert "no stored bulletin lists it" in text(app)
        await press(pilot, "right_square_bracket", "enter")
        assert isinstance(app.screen, StoryScreen)


# Chart, phone, support


async def test_the_chart_opens_the_bulletin_of_a_month(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=WIDE) as pilot:
        await settled(pilot)
        app = await press(pilot, *TO_AUGUST, "t")
        assert isinstance(app.screen, ChartScreen)
        assert "Huawei phones: fixes by month and severity" in lines(app)[0]
        assert app.screen.bars.selected == AUGUST.id
        assert len([line for line in lines(app) if line.startswith((" 2026-", " 2025-"))]) == 23
        await press(pilot, "j", "enter")
        assert "Huawei phones 2026-07" in lines(app)[0]


async def test_a_chart_shows_where_no_bulletin_was(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "l", "slash", *"laptops", "enter", "t", "j")
        assert "no bulletin" in text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ChartScreen)


async def test_my_phone_shows_what_it_is_given(make_app: MakeApp) -> None:
    open_cve = Item("open", FIRST, target=Target(Leads.CVE, FIRST))
    page = Page("My phone", ("overdue by 12 days",), (Section("Mate 60", (open_cve,)),))
    async with make_app(library=library(), phone=lambda: page).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "d")
        assert isinstance(app.screen, PhoneScreen)
        assert "overdue by 12 days" in text(app)
        await press(pilot, "j", "enter")
        assert isinstance(app.screen, CveScreen)


async def test_my_phone_says_how_to_configure_one(make_app: MakeApp) -> None:
    async with make_app(library=library()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "d")
        assert "No device is configured" in text(app)


async def test_help_for_an_infected_phone_is_in_the_palette_and_opens_links(
    make_app: MakeApp,
) -> None:
    urls: list[str] = []
    pages = [
        Support("Phone behaves oddly", "https://support.example/odd", "Start it in safe mode."),
        Support("[b]Not a page[/b]", "javascript:alert(1)", "[/]"),
    ]
    async with make_app(support=pages, opener=urls.append).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        await pilot.press(*"infected")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        app = await settled(pilot)
        assert "Start it in safe mode." in text(app)
        assert "[b]Not a page[/b]" in text(app)
        await press(pilot, "j", "enter", "j", "o")
        assert urls == ["https://support.example/odd"]
        assert "only http and https" in toasts(app)


# What is not ours


MARKUP = "[/] [@click=app.quit]x[/] [b]B[/b] $x"


def hostile(payload: str) -> MemoryLibrary:
    """A library that has this text wherever it has text."""
    row = BulletinRow(
        payload, component=payload, summary=payload, impact=payload, affected=(payload,),
        fixes=(payload,),
    )  # fmt: skip
    change = Change(NOW, payload, payload, payload, payload, payload)
    one = Bulletin(
        payload or "id", payload, payload, payload, payload, title=payload, label=payload,
        rows=(row,) * 3, earlier=(payload,), problems=(payload,), changes=(change,), first_seen=NOW,
    )  # fmt: skip
    known = MemoryLibrary([one])
    rating = Rating(payload, vector=payload, version=payload)
    record = Record(
        payload, payload, payload, payload, payload, payload, payload, payload, True, (payload,),
        ratings=(rating,), references=(payload,), ssvc=payload, problems=(payload,),
        changes=(change,),
    )  # fmt: skip
    known.known = {payload: record}
    known.exploited = {
        payload: Exploited(
            payload, None, None, payload, payload, payload, payload, payload, (payload,), (change,)
        )
    }
    return known


@pytest.mark.parametrize("size", [NARROW, HUGE])
@pytest.mark.parametrize(
    "payload", [MARKUP, "\x1b]0;owned\x07\x9b31m", "a\u202eb\u2066c\u200b", "华\n为\t🎉" * 400, ""]
)
async def test_any_text_is_shown_letter_for_letter_everywhere(
    make_app: MakeApp, payload: str, size: tuple[int, int]
) -> None:
    pages: dict[str, Any] = {
        "phone": lambda: Page(payload, (payload,), (Section(payload, ()),)),
        "support": [Support(payload, payload, payload)],
    }
    async with make_app(library=hostile(payload), **pages).run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "l")
        seen = [text(app)]
        for keys in ("t", "q", "i", "q", "enter", "enter", "G", "q", "q", "I"):
            await press(pilot, keys)
            seen.append(text(app))
            assert {cell_len(line) for line in lines(app)} == {size[0]}
        assert app.is_running
        joined = "".join(seen)
        assert not set(joined) & set("\x1b\x07\x9b\u202e\u2066\u200b")
        if payload is MARKUP:
            assert joined.count(MARKUP) > 5


# Speed


async def test_the_pane_and_a_bulletin_open_at_once_with_200_bulletins(make_app: MakeApp) -> None:
    known = library()
    known.put(*(replace(AUGUST, id=f"x{n}", month=f"2023-{n % 12 + 1:02}") for n in range(120)))
    assert len(known.bulletins) == 200
    async with make_app(library=known).run_test(size=HUGE) as pilot:
        await settled(pilot)
        before = perf_counter()
        await pilot.press("l")
        app = pilot.app
        assert isinstance(app, MonitorApp)
        assert "2026-11" in text(app)
        assert perf_counter() - before < 1.0  # a bound for noisy machines; benchmarks tell more
