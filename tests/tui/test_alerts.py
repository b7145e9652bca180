"""The Alerts pane at the keyboard, and being told in the terminal."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from monitor.alert import About, Alert, AlertState
from monitor.models import Pane, Rule, Severity
from monitor.store import Disk, Store, StoreError
from monitor.tui.alert import AlertScreen
from monitor.tui.app import MonitorApp
from monitor.tui.bulletin import BulletinScreen
from monitor.tui.dialogs import Confirm, Menu
from monitor.tui.health import Health
from monitor.tui.pages import CveScreen, PhoneScreen
from monitor.tui.reading import PREVIEW
from monitor.tui.story import StoryScreen
from monitor.tui.telling import GATHER, title_sequence
from monitor.watch import Fired
from tests.alert_samples import RULES, TARGETS, alert, fire
from tests.bulletin_samples import library
from tests.screen_samples import HOUR, NOW, config
from tests.tui.conftest import MakeApp
from tests.tui.screens import Driver, lines, press, settled, text

NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)
NEW, SEEN, ASLEEP, CLOSED = AlertState
MakeAlerting = Callable[..., MonitorApp]


@pytest.fixture
def make_alerting(make_app: MakeApp) -> MakeAlerting:
    """Makes an app whose store has the sample alerts, or these."""

    def make(
        some: list[Alert] | None = None, rules: tuple[Rule, ...] = RULES, **options: Any
    ) -> MonitorApp:
        app = make_app(library=library(), **options)
        app.board.configure(replace(config(), rules=rules, targets=TARGETS))
        if options.get("write", True):
            fire(app.store, some)
        return app

    return make


def toasts(app: MonitorApp) -> list[str]:
    return [f"{note.title}|{note.message}" for note in app._notifications]


def shown(app: MonitorApp) -> type:
    """Which screen is on top."""
    return type(app.screen)


def states(app: MonitorApp) -> list[str]:
    """The states of all alerts on disk, newest first."""
    folder = app.store._folder.path
    return [str(one.state) for one in Store.open(folder, write=False).alerts.all]


def on_disk(app: MonitorApp, alert_id: str) -> Alert:
    found = Store.open(app.store._folder.path, write=False).alerts.get(alert_id)
    assert found is not None
    return found


async def on_row(pilot: Driver, rule: str) -> MonitorApp:
    """The pane with the cursor on the first alert of a rule."""
    app = await settled(pilot)
    await press(pilot, "h")
    while app.main.alert is not None and app.main.alert.rule != rule:
        await press(pilot, "j")
    return app


async def told_of(pilot: Driver, app: MonitorApp, *some: Alert) -> None:
    """These fire in a poll."""
    for one in app.store.alerts.fire(some):
        app.polls.told(Fired((one,)))
    await pilot.pause(GATHER * 1.5)
    await settled(pilot)


# The pane


@pytest.mark.parametrize("size", [NARROW, WIDE, (160, 50), HUGE, (40, 10)])
async def test_rows_fit_in_any_width(make_alerting: MakeAlerting, size: tuple[int, int]) -> None:
    async with make_alerting().run_test(size=size) as pilot:
        app = await on_row(pilot, "nsa")
        await pilot.pause(PREVIEW * 2)
        assert {cell_len(line) for line in lines(app)} == {size[0]}
        rows = [line for line in lines(app) if "CVE-2026-58305" in line]
        assert any("●!" in row and "1h" in row for row in rows)
        assert "until" in text(app)


async def test_a_row_says_severity_state_age_subject_reason_and_rule(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        assert lines(app)[0].strip() == "Headlines 9 │ Patches 80 │ Alerts 4 new, 7"
        assert "4 new alerts" in lines(app)[-1]
        row = lines(app)[2]
        for words in ("critical ●!", "1h", "CVE-2026-58305  KEV added 2026-11-20", "exploited"):
            assert words in row
        assert "snoozed until Sat 08:00; patch level" in text(app)
        assert "300 stories: Huawei shows" in text(app)


async def test_beside_the_list_stands_the_alert_above_its_story(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=HUGE) as pilot:
        app = await on_row(pilot, "nsa")
        await pilot.pause(PREVIEW * 2)
        await settled(pilot)
        seen = text(app)
        for words in (
            "nsa (high) fires when a story is new",
            "Sources (3)",
            "NSA named (high, new)",
        ):
            assert words in seen
        await press(pilot, "j")
        await pilot.pause(PREVIEW * 2)
        await settled(pilot)
        assert "webhook ops  failed 3 times, next try 12:40: connection refused" in text(app)
        assert "Sources" not in text(app)
        await press(pilot, "a")
        await pilot.pause(PREVIEW * 2)
        await settled(pilot)
        assert "2026-11-20 12:00  acknowledged" in text(app)


async def test_filter_and_order(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "j", "k", "slash", *"is:snoozed", "enter")
        assert "Alerts 2 of 7" in lines(app)[0]
        await press(pilot, "escape", "slash", *"sev:hihg")
        assert "unknown severity" in text(app)
        await press(pilot, "escape", "s")
        assert "gravest first" in toasts(app)[-1]
        assert "critical" in lines(app)[1]
        assert app.main.alert is not None
        assert app.main.alert.rule == "nsa"  # the cursor stayed on it


async def test_an_empty_pane_says_where_closed_ones_are(make_alerting: MakeAlerting) -> None:
    async with make_alerting([alert(state=CLOSED)]).run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "h")
        assert "No open alert; the filter is:closed shows 1" in text(app)
        await press(pilot, "a", "z", "enter", "i", "n", "A", "o", "s", "m")
        assert app.screen is app.main
        await press(pilot, "slash", *"is:closed", "enter")
        assert "closed 5m ago" in text(app)


async def test_alerts_that_come_move_neither_cursor_nor_scroll(
    make_alerting: MakeAlerting,
) -> None:
    many = [
        alert("r", about=About(f"s{n}", f"Story {n}", uids=(f"s{n}",)), ago=(200 - n) * 60.0)
        for n in range(100)
    ]
    async with make_alerting(many).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await press(pilot, "h", *["j"] * 40)
        before = [line[:-1] for line in lines(app)[1:-1]]
        selected = app.main.alerts.selected
        await told_of(pilot, app, alert("new", about=About("x", "New", uids=("x",)), ago=0.0))
        assert app.main.alerts.selected == selected
        seen = [line[:-1] for line in lines(app)[1:-1]]
        assert [row for row in seen if "Story" in row][:10] == before[:10]


async def test_to_the_next_new_alert(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "exploited")
        await press(pilot, "a", "home", "n")
        assert app.main.alert is not None
        assert app.main.alert.rule == "bulletins"
        await press(pilot, "n", "n")
        assert "Nothing new there" in toasts(app)[-1]


# What keys do to alerts


async def test_acknowledged_is_on_disk_and_undone(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "a")
        assert "✓" in lines(app)[1]
        assert "Alerts 3 new, 7" in lines(app)[0]
        assert states(app)[0] == "acknowledged"
        await press(pilot, "a")
        assert "It is acknowledged already" in toasts(app)[-1]
        await press(pilot, "u")
        assert "●" in lines(app)[1]
        assert states(app)[0] == "new"
        assert "Undone: acknowledged" in toasts(app)[-1]


async def test_marks_and_alerts_are_undone_in_the_order_of_the_keys(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "a", "p", "C")
        assert (states(app)[0], app.store.pinned) == ("closed", {"nsa1"})
        await press(pilot, "u")
        assert (states(app)[0], app.store.pinned) == ("acknowledged", {"nsa1"})
        await press(pilot, "u")
        assert (states(app)[0], app.store.pinned) == ("acknowledged", set())
        await press(pilot, "u")
        assert states(app)[0] == "new"


async def test_snooze_offers_times_and_the_change_of_the_subject(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "z")
        assert isinstance(app.screen, Menu)
        for words in ("1 hour", "Until next Monday  Mon 2026-11-23 08:00", "Until it changes"):
            assert words in text(app)
        await press(pilot, "3")
        assert "snoozed until Sat 08:00" in lines(app)[1]
        assert on_disk(app, "a8").until == NOW + 20 * HOUR
        await press(pilot, "z", "6")
        assert "snoozed until it changes" in lines(app)[1]
        await press(pilot, "w")
        assert states(app)[0] == "new"


async def test_a_snooze_that_is_over_is_new_again_and_told(make_alerting: MakeAlerting) -> None:
    clock = [NOW]
    app = make_alerting([alert(state=ASLEEP, until=NOW + 90.0)])
    app.now = lambda: clock[0]
    app.store.alerts._now = lambda: clock[0]
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        clock[0] += 60.0
        await app._tick()
        assert app.new_alerts == 0
        clock[0] += 60.0
        await app._tick()
        await pilot.pause(GATHER * 1.5)
        assert (app.new_alerts, states(app)) == (1, ["new"])
        assert "HIGH: NSA broke into" in toasts(app)[-1]


async def test_closed_ones_go_and_can_be_reopened(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "C")
        assert "Alerts 3 new, 6" in lines(app)[0]
        assert app.main.alerts.selected
        await press(pilot, "slash", *"is:closed nsa", "enter", "w")
        assert states(app)[0] == "new"
        await press(pilot, "escape")
        assert "Alerts 4 new, 7" in lines(app)[0]


async def test_what_goes_from_the_list_leaves_the_cursor_in_its_place(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "bulletins")
        await press(pilot, "C")
        assert (app.main.alerts.cursor, app.main.alert) == (2, app.store.alerts.get("a5"))
        await press(pilot, "slash", *"is:new", "enter", "home", "a", "a")
        assert [one.rule for one in app.desk.view.shown()] == ["noise"]
        await press(pilot, "G", "a", "escape")
        assert states(app).count("acknowledged") == 4


async def test_a_note_is_written_kept_and_changed(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=WIDE) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "W", *"[/]mine", "enter")
        assert on_disk(app, "a8").note == "[/]mine"
        await pilot.pause(PREVIEW * 2)
        assert "Note        [/]mine" in text(app)
        await press(pilot, "W", *"!", "escape")
        assert on_disk(app, "a8").note == "[/]mine"
        await press(pilot, "u")
        assert on_disk(app, "a8").note == ""


async def test_a_muted_rule_is_marked_silent_and_unmuted(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=(110, 24)) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "Z", "6")
        assert "muted nsa" in lines(app)[1]
        assert Store.open(app.store._folder.path, write=False).alerts.muted == {"nsa": None}
        before = len(toasts(app))
        await told_of(pilot, app, alert(about=About("s", "Quiet", uids=("s",))))
        assert len(toasts(app)) == before
        assert "Quiet" in text(app)
        await press(pilot, "Z")
        assert app.store.alerts.muted == {}
        await press(pilot, "u")
        assert app.store.alerts.muted == {"nsa": None}


async def test_all_that_are_shown_are_acknowledged_after_a_question(
    make_alerting: MakeAlerting,
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "A")
        assert isinstance(app.screen, Confirm)
        assert "Acknowledge 4 alerts?" in text(app)
        await press(pilot, "y")
        assert (app.new_alerts, states(app).count("acknowledged")) == (0, 5)
        await press(pilot, "u")
        assert states(app).count("new") == 4


async def test_what_cannot_be_saved_is_taken_back_and_told(make_alerting: MakeAlerting) -> None:
    app = make_alerting()

    def full(changes: object, what: str = "") -> list[Alert]:
        raise StoreError("disk full")

    async with app.run_test(size=NARROW) as pilot:
        await on_row(pilot, "nsa")
        app.store.alerts.change = full  # type: ignore[method-assign]
        await press(pilot, "a")
        assert "Not saved: disk full" in toasts(app)[-1]
        assert "Alerts 4 new, 7" in lines(app)[0]
        await press(pilot, "u")
        assert "Nothing to undo" in toasts(app)[-1]


class Unreadable(Disk):
    """A disk that does not give the alerts."""

    def read(self, path: Path) -> bytes:
        if path.name.startswith("alerts.json"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(path)


async def test_alerts_that_cannot_be_read_are_told_and_harm_nothing_else(
    make_alerting: MakeAlerting,
) -> None:
    first = make_alerting()
    folder = first.store._folder.path
    first.store.close()
    store = Store.open(folder, now=lambda: NOW, disk=Unreadable())
    app = MonitorApp(config(), store, now=lambda: NOW, library=library())
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        [said] = [line for line in toasts(app) if "Alerts are not shown" in line]
        assert "alerts.json: cannot be read" in said
        assert "Headlines 9" in lines(app)[0]
        await press(pilot, "h", "a", "h", "h")
        assert app.is_running
        await app._tick()


async def test_a_second_screen_says_why_it_cannot(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        first = await on_row(pilot, "nsa")
        why = "another monitor is writing"
        second = make_alerting_second(first, why)
        async with second.run_test(size=NARROW) as other:
            await settled(other)
            await press(other, "h")
            for key in ("a", "z", "C", "w", "W", "Z", "A"):
                second.clear_notifications()
                await press(other, key)
                [said] = toasts(second)
                assert said.endswith(f" here: {why}")
            assert second.screen is second.main
            await press(pilot, "C")
            await second._tick()
            assert "Alerts 3 new, 6" in lines(second)[0]


def make_alerting_second(app: MonitorApp, why: str) -> MonitorApp:
    folder = app.store._folder.path
    store = Store.open(folder, now=lambda: NOW, write=False)
    return MonitorApp(config(), store, now=lambda: NOW, read_only=why, library=library())


async def test_a_split_is_taken_back_from_the_pane_of_alerts(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        await settled(pilot)
        app = await press(pilot, "enter", "right_square_bracket", "x", "escape")
        assert "nsa2" in app.store.stories
        await on_row(pilot, "exploited")
        await press(pilot, "u")
        assert app.is_running
        assert app.main.pane is Pane.ALERTS
        assert "nsa2" not in app.store.stories


async def test_a_saved_query_that_is_for_stories_says_so(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "1")
        assert "has is for stories, not for alerts" in toasts(app)[-1]
        await press(pilot, "2")
        assert "Alerts 1 of 7" in lines(app)[0]


# Opening


@pytest.mark.parametrize(
    ("rule", "screen"),
    [
        ("exploited", CveScreen),
        ("bulletins", BulletinScreen),
        ("late", PhoneScreen),
        ("quiet", Health),
    ],
)
async def test_enter_opens_what_it_is_about(
    make_alerting: MakeAlerting, rule: str, screen: type
) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, rule)
        assert app.main.alert is not None
        opened = app.main.alert.id
        await press(pilot, "enter")
        assert type(app.screen) is screen
        assert on_disk(app, opened).opened
        await press(pilot, "q")
        assert app.screen is app.main


async def test_enter_reads_the_story_of_an_alert(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "enter")
        assert app.main.reading
        assert "NSA named (nsa)" in text(app)
        assert on_disk(app, "a8").opened
        assert app.store.read == {"nsa1"}
        await press(pilot, "escape")
        assert "CVE-2026-58305" in text(app)


async def test_a_word_opens_to_its_headlines(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await press(pilot, "h", "G", "enter")
        assert app.main.pane is Pane.HEADLINES
        assert app.main.entries.view.filter == '"harmonyos"'
        assert app.main.entries.view.ids() == ["aug", "cve"]


async def test_a_summed_up_alert_opens_to_its_list(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=WIDE) as pilot:
        app = await on_row(pilot, "noise")
        await press(pilot, "enter")
        assert shown(app) is AlertScreen
        assert "Stories (300)" in text(app)
        await press(pilot, "right_square_bracket", "enter")
        assert shown(app) is StoryScreen
        await press(pilot, "q", "q")
        assert app.screen is app.main


async def test_the_page_of_an_alert_takes_the_same_keys(make_alerting: MakeAlerting) -> None:
    async with make_alerting().run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "exploited")
        await press(pilot, "i")
        assert shown(app) is AlertScreen
        assert "failed 3 times, next try 12:40: connection refused" in text(app)
        await press(pilot, "a")
        assert "critical  acknowledged, since 2026-11-20 12:00" in text(app)
        await press(pilot, "u")
        assert "critical  new" in text(app)
        await press(pilot, "enter")
        assert shown(app) is CveScreen
        await press(pilot, "q", "q")
        assert app.screen is app.main


async def test_a_story_that_is_gone_is_told(make_alerting: MakeAlerting) -> None:
    gone = alert(about=About("gone", "A story that went", uids=("gone",)))
    async with make_alerting([gone]).run_test(size=NARROW) as pilot:
        app = await on_row(pilot, "nsa")
        await press(pilot, "enter")
        assert "no longer stored" in toasts(app)[-1]
        assert isinstance(app.screen, AlertScreen)


# Being told


async def test_an_alert_is_told_letter_for_letter(make_alerting: MakeAlerting) -> None:
    title = "[CVE-2026-1] Flaw in [/] [@click=app.quit]x[/]"
    async with make_alerting([]).run_test(size=WIDE, notifications=True) as pilot:
        app = await settled(pilot)
        await told_of(pilot, app, alert(about=About("s", title, uids=("s",)), reason="[b]new[/b]"))
        assert toasts(app) == [f"HIGH: {title}|[b]new[/b]"]
        assert "1 new alert" in lines(app)[-1]
        assert title in text(app)
        assert "[b]new[/b]" in text(app)


async def test_many_at_once_are_one_toast(make_alerting: MakeAlerting) -> None:
    async with make_alerting([]).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        some = [
            alert(about=About(f"s{n}", f"Story {n}", uids=(f"s{n}",)), severity=severity)
            for n, severity in enumerate([Severity.LOW, Severity.CRITICAL, Severity.LOW])
        ]
        await told_of(pilot, app, *some)
        assert toasts(app) == ["3 alerts: 1 critical, 2 low|Story 1, and more"]
        await told_of(pilot, app, alert(about=About("last", "Last", uids=("last",))))
        assert len(toasts(app)) == 2


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("nsa"), True),
        (Rule("nsa", notify=("ops", "toast")), True),
        (Rule("nsa", notify=("ops", "bell")), False),
        (Rule("nsa", quiet=((11.5 * HOUR, 12.5 * HOUR),)), False),
        (Rule("nsa", quiet=((13 * HOUR, 14 * HOUR),)), True),
    ],
)
async def test_a_rule_says_how_it_is_told(
    make_alerting: MakeAlerting, rule: Rule, told: bool
) -> None:
    async with make_alerting([], (rule,)).run_test(size=NARROW) as pilot:
        app = await settled(pilot)
        await told_of(pilot, app, alert())
        assert bool(toasts(app)) is told
        assert app.new_alerts == 1


def test_the_title_of_the_terminal_counts_new_alerts() -> None:
    assert title_sequence("monitor", 3) == "\x1b]2;(3) monitor\x1b\\"
    assert title_sequence("monitor", 0) == "\x1b]2;monitor\x1b\\"
