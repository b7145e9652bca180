"""A disputed story at the keyboard: its mark, who says what, its timeline."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from monitor.tui.pages import CveScreen, TimelineScreen
from monitor.tui.screen import MainScreen
from monitor.tui.story import StoryScreen
from tests.bulletin_samples import library
from tests.disputes import CLAIM, DENIAL, affair
from tests.screen_samples import NOW, config, store_with
from tests.tui.conftest import MakeApp
from tests.tui.screens import lines, press, settled, text, told

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)


async def test_a_disputed_story_is_marked_from_the_first_frame_on(
    make_app: MakeApp, tmp_path: Path
) -> None:
    from monitor.tui.app import MonitorApp

    store = store_with(tmp_path / "front", affair(), write=False)
    app = MonitorApp(config(), store, now=lambda: NOW)  # nothing but the file for the first frame
    assert {story.id for story in app.board.stories if story.disputed} == {"claim"}
    async with make_app(affair()).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        marked = [line for line in lines(app) if "≠" in line]
        assert [CLAIM[:20] in line for line in marked] == [True]
        await press(pilot, "slash", *"is:disputed", "enter")
        assert app.main.entries.view.ids() == ["claim"]


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE, (160, 45)])
async def test_who_says_what_is_read_at_any_size(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app(affair()).run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        app = await told(pilot)
        shown = ["".join(run for run, _ in line.runs) for line in app.main.detail.lines]
        assert all(cell_len(line) <= size[0] - 3 for line in shown)
        start = next(at for at, line in enumerate(shown) if "Claim beside dispute" in line)
        ledger = "\n".join(shown[start:])
        assert [line.split()[0] for line in ledger.splitlines() if line[:1].isalpha()][:5] == [
            "Claim", "claims", "disputes", "disputes", "silent",
        ]  # fmt: skip
        for words in ("by “says” (weak)", "Evidence given: code as new", DENIAL, "Huawei made no"):
            assert words in " ".join(ledger.split())


async def test_a_story_that_only_reports_has_no_ledger(make_app: MakeApp) -> None:
    async with make_app(affair()).run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "j", "enter")
        app = await told(pilot)
        assert "folds twice" in text(app)
        assert "Claim beside dispute" not in text(app)
        assert "Who says what" not in text(app)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_timeline_is_one_key_away_and_leads_on(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    async with make_app(affair(), library=library()).run_test(size=size) as pilot:
        await settled(pilot)
        app = await press(pilot, "T")
        assert isinstance(app.screen, TimelineScreen)
        seen = text(app)
        assert "Headlines › Timeline" in seen
        assert seen.index("Earlier story: Maduro gets") < seen.index(CLAIM, seen.index("In order"))
        targets = [target.to.value for target in app.screen.view.targets]
        assert {"story", "link", "bulletin", "cve"} <= set(targets)
        for kind, screen in (("story", StoryScreen), ("cve", CveScreen)):
            app.screen.view.source = targets.index(kind)
            await press(pilot, "enter")
            assert isinstance(app.screen, screen)
            await press(pilot, "q")
        await press(pilot, "q")
        assert isinstance(app.screen, MainScreen)


async def test_the_timeline_opens_from_a_story_over_other_screens(make_app: MakeApp) -> None:
    async with make_app(affair()).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        app.main.open_story("before")
        await press(pilot, "T")
        assert isinstance(app.screen, TimelineScreen)
        assert "Maduro gets a phone from Xi" in text(app)
