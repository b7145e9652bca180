"""A second screen on one store: it follows the first, and takes its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.models import Config, Feed, PollSettings
from monitor.poll import Poller, PollEvent
from monitor.store import Store
from monitor.tui.app import MonitorApp
from tests.alert_samples import alert
from tests.bulletin_samples import bulletin
from tests.loopback import rss, serve
from tests.screen_samples import NOW, config, fresh, news, store_with
from tests.tui.screens import lines, press, settled, text

SIZE = (120, 30)


def second_screen(folder: Path, settings: Config | None = None) -> MonitorApp:
    store = Store.open(folder, now=lambda: NOW, write=False)

    def poller(config: Config, tell: Callable[[PollEvent], None]) -> Poller:
        return Poller(config, store, on_event=tell)

    return MonitorApp(settings or config(), store, now=lambda: NOW, poller_factory=poller)


async def look(app: MonitorApp) -> None:
    assert app._following is not None
    await app._following.look()


async def test_it_shows_what_the_writer_saves_and_its_cursor_stays(tmp_path: Path) -> None:
    first = store_with(tmp_path, news())
    app = second_screen(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "read-only" in lines(app)[-1]
        await press(pilot, "j", "j")
        assert app.main.entries.story == "cve"
        first.load()
        first.add([fresh("late", "Huawei answers the NSA", ago=60)])
        first.flush()
        first.pin(["old"])
        first.mark_read(["aug"])
        first.alerts.fire([alert()])
        first.flush()
        await look(app)
        await settled(pilot)
        assert "Huawei answers the NSA" in text(app)
        assert (app.main.entries.story, app.main.entries.cursor) == ("cve", 3)
        assert (app.board.pinned, app.board.read) == ({"old"}, {"aug"})
        assert "9 unread" in lines(app)[-1]
        assert "1 new alert" in lines(app)[-1]
    first.close()


@pytest.mark.parametrize("key", ["p", "R", ""])
async def test_it_becomes_the_writer_when_the_other_ends(tmp_path: Path, key: str) -> None:
    with serve() as site:
        site.put("/a", rss(("Huawei anew", "https://a.example/1")))
        feed = Feed("a", site.base + "/a", "A", keep="all")
        settings = Config(path="test", feeds=(feed,), poll=PollSettings(spacing=0.0))
        first = store_with(tmp_path, news())
        app = second_screen(tmp_path, settings)
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            await press(pilot, "p")
            (told,) = app._notifications
            assert "in use by process" in told.message
            assert not site.requests("/a")
            first.load()
            first.mark_read(["aug"])
            first.close()
            await press(pilot, key) if key else await look(app)
            await settled(pilot)
            assert "this one saves and polls from now on" in [*app._notifications][-1].message
            assert "read-only" not in lines(app)[-1]
            assert site.requests("/a") == 1
            assert "Huawei anew" in text(app)
            await press(pilot, "p")
            assert app.store.pinned == {app.main.entries.story}
            assert app.store.read == {"aug"}
        app.store.close()


def test_a_new_writer_does_not_undo_what_the_last_one_learned(tmp_path: Path) -> None:
    first = Store.open(tmp_path, now=lambda: NOW)
    with Store.open(tmp_path, now=lambda: NOW, write=False) as second:
        assert not second.advisories.bulletins
        (one,) = first.advisories.put_bulletins([bulletin(1)])
        first.close()
        second.lock()
        (two,) = second.advisories.put_bulletins([bulletin(2)])
        assert {known.id for known in second.advisories.bulletins} == {one.id, two.id}
