"""How the screen looks; look at the report before taking a new picture over."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from monitor.tui.reading import PREVIEW
from tests.alert_samples import RULES, TARGETS, fire
from tests.bulletin_samples import library
from tests.disputes import affair
from tests.tui.conftest import MakeApp
from tests.tui.screens import press, settled, told

Compare = Callable[..., bool]

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)
CASES: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "narrow": (NARROW, "", ()),
    "wide": (WIDE, "", ("p", "j", "m", "j")),
    "huge": (HUGE, "", ("enter",)),
    "light": (WIDE, "textual-light", ("j",)),
    "nord": (WIDE, "nord", ("enter",)),
    "filter": (WIDE, "", ("slash", *"huawei nsa")),
    "wrong_query": (NARROW, "", ("slash", *"nsa (")),
    "detail": (NARROW, "", ("enter",)),
    "markup": (NARROW, "", ("j", "j", "enter")),
    "chinese": (NARROW, "", ("j", "j", "j", "enter")),
    "help": (WIDE, "", ("question_mark",)),
    "mark_all": (NARROW, "textual-light", ("A",)),
}


@pytest.mark.parametrize("case", CASES)
def test_looks(make_app: MakeApp, snap_compare: Compare, case: str) -> None:
    size, theme, keys = CASES[case]

    async def prepare(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *keys)
        await told(pilot)
        await pilot.pause()

    assert snap_compare(make_app(theme=theme), terminal_size=size, run_before=prepare)


PATCHES: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "pane": (NARROW, "", ("l",)),
    "pane_huge": (HUGE, "textual-light", ("l", "j")),
    "bulletin": (NARROW, "", ("l", *["j"] * 10, "enter")),
    "bulletin_light": (WIDE, "textual-light", ("l", *["j"] * 10, "enter", "slash", *"kernel high")),
    "cve": (WIDE, "", ("l", *["j"] * 10, "enter", "enter", "j")),
    "chart": (NARROW, "", ("l", "t")),
}


@pytest.mark.parametrize("case", PATCHES)
def test_patches_look(make_app: MakeApp, snap_compare: Compare, case: str) -> None:
    size, theme, keys = PATCHES[case]

    async def prepare(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *keys)
        await pilot.pause(PREVIEW * 2)
        await settled(pilot)

    app = make_app(theme=theme, library=library())
    assert snap_compare(app, terminal_size=size, run_before=prepare)


ALERTS: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "pane": (NARROW, "", ("h", "j")),
    "pane_huge": (HUGE, "textual-light", ("h", "j")),
    "snooze": (WIDE, "", ("h", "j", "z")),
}


@pytest.mark.parametrize("case", ALERTS)
def test_alerts_look(make_app: MakeApp, snap_compare: Compare, case: str) -> None:
    size, theme, keys = ALERTS[case]

    async def prepare(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *keys)
        await pilot.pause(PREVIEW * 2)
        await settled(pilot)

    app = make_app(theme=theme, library=library())
    app.board.configure(replace(app.board.config, rules=RULES, targets=TARGETS))
    fire(app.store)
    assert snap_compare(app, terminal_size=size, run_before=prepare)


def test_first_start(make_app: MakeApp, snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[Any]) -> None:
        await settled(pilot)

    assert snap_compare(make_app([]), terminal_size=NARROW, run_before=prepare)


DISPUTED: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "ledger": (NARROW, "", ("enter",)),
    "ledger_beside": ((160, 45), "textual-light", ("enter",)),
    "timeline": (WIDE, "", ("T", "right_square_bracket")),
}


@pytest.mark.parametrize("case", DISPUTED)
def test_disputes_look(make_app: MakeApp, snap_compare: Compare, case: str) -> None:
    size, theme, keys = DISPUTED[case]

    async def prepare(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *keys)
        await told(pilot)
        await pilot.pause()

    app = make_app(affair(), theme=theme, library=library())
    assert snap_compare(app, terminal_size=size, run_before=prepare)
