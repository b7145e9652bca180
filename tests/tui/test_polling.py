"""Polls behind the screen: the real poller, feeds on loopback."""

import errno
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.models import Config, Feed, FeedResult, PollSettings, PollStatus
from monitor.poll import FeedDone, FeedStarted, Poller, PollEvent
from monitor.store import Disk, Store, StoreError
from monitor.tui.app import MonitorApp
from monitor.tui.polling import LONGEST, PATIENCE, REST, SHORTEST, STEP, Turns, wait
from tests.loopback import Site, rss, serve
from tests.storing import FailingDisk
from tests.tui.screens import lines, press, settled, text


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


def app_on(
    site: Site, folder: Path, *paths: str, disk: Disk | None = None, keep: str = "all"
) -> MonitorApp:
    feeds = tuple(Feed(path.strip("/"), site.base + path, path, keep=keep) for path in paths)
    settings = Config(
        path="test", feeds=feeds, keywords=("Huawei",), poll=PollSettings(spacing=0.0)
    )
    store = Store.open(folder, disk=disk)

    def poller(config: Config, tell: Callable[[PollEvent], None]) -> Poller:
        return Poller(config, store, on_event=tell)

    return MonitorApp(settings, store, poller_factory=poller)


async def test_a_first_start_fills_the_screen(site: Site, tmp_path: Path) -> None:
    site.put("/a", rss(("Huawei one", "https://a.example/1"), ("Two", "https://a.example/2")))
    site.put("/b", b"nothing", status=500)
    async with app_on(site, tmp_path, "/a", "/b").run_test(size=(120, 30)) as pilot:
        app = await settled(pilot)
        assert "Huawei one" in text(app)
        assert "2 unread  polled just now, next in" in lines(app)[-1]
        assert "1 failing" in lines(app)[-1]
        await press(pilot, "e")
        assert "1 of 2 fail" in text(app)
        assert "answer 500" in text(app)


async def test_polling_again_brings_news_and_moves_nothing(site: Site, tmp_path: Path) -> None:
    old = [(f"Report {n} about thing {n}", f"https://a.example/{n}") for n in range(30)]
    site.put("/a", rss(*old))
    async with app_on(site, tmp_path, "/a").run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app = await press(pilot, *["j"] * 12)
        story, place = app.main.entries.story, app.main.entries.cursor
        top = app.main.entries.scroll_offset.y
        site.put("/a", rss(("Breaking: quite another matter", "https://a.example/new"), *old))
        await press(pilot, "r")
        assert site.requests("/a") == 2
        assert len(app.main.entries.view.rows) == 31
        assert app.main.entries.story == story
        moved = app.main.entries.cursor - place
        assert app.main.entries.scroll_offset.y - top in (0, moved)


async def test_offline_says_so_and_shows_what_is_stored(site: Site, tmp_path: Path) -> None:
    site.put("/a", rss(("Huawei one", "https://a.example/1")))
    async with app_on(site, tmp_path, "/a").run_test(size=(120, 30)) as pilot:
        app = await settled(pilot)
    app.store.close()
    nowhere = Site("http://127.0.0.1:9")
    async with app_on(nowhere, tmp_path, "/a").run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        app = await press(pilot, "R")
        assert "offline" in lines(app)[-1]
        assert "tried just now" in lines(app)[-1]
        assert "Huawei one" in text(app)


class Pretend:
    """A clock that sleeping moves on, and a key or a search that is over at the time `seen`."""

    def __init__(self, seen: float) -> None:
        self.now = 0.0
        self.searching = False
        self.turns = Turns(lambda: self.searching, now=lambda: self.now, sleep=self.sleep)
        self._seen = seen

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self._seen:
            self.turns.painted()
            self.searching = False


async def test_a_poll_rests_until_a_key_is_painted() -> None:
    world = Pretend(seen=0.05)
    world.turns.key()
    await world.turns.rest()
    assert world.now == pytest.approx(0.05, abs=STEP)
    await world.turns.rest()
    assert world.now == pytest.approx(0.05 + REST, abs=STEP)


async def test_small_work_rests_for_less_and_lets_a_key_pass_too() -> None:
    world = Pretend(seen=0.05)
    await world.turns.rest(STEP)
    assert world.now == pytest.approx(STEP)
    world.turns.key()
    assert world.turns.pressed
    await world.turns.rest(STEP)
    assert world.now == pytest.approx(0.05, abs=STEP)
    assert not world.turns.pressed


async def test_a_poll_rests_until_a_filter_has_been_through_but_not_for_ever() -> None:
    world = Pretend(seen=0.05)
    world.searching = True
    await world.turns.rest()
    assert world.now == pytest.approx(0.05, abs=STEP)
    endless = Pretend(seen=math.inf)
    endless.searching = True
    endless.turns.key()
    await endless.turns.rest()
    assert endless.now == pytest.approx(REST + PATIENCE, abs=STEP)


def test_the_next_look_is_never_far_nor_at_once() -> None:
    assert wait(None, 100.0) == LONGEST
    assert wait(0.0, 100.0) == SHORTEST  # the wall clock jumped ahead
    assert wait(1e9, 100.0) == LONGEST  # or back
    assert wait(130.0, 100.0) == 30.0


async def test_a_full_disk_is_told_as_long_as_it_lasts(site: Site, tmp_path: Path) -> None:
    site.put("/a", rss(("Huawei one", "https://a.example/1"), ("Two", "https://a.example/2")))
    disk = FailingDisk(10**9, errno.ENOSPC, stays=True)
    app = app_on(site, tmp_path, "/a", disk=disk)
    async with app.run_test(size=(120, 30)) as pilot:
        disk.nth = 0
        await settled(pilot)
        assert "not saved" in lines(app)[-1]
        assert "Huawei one" in text(app)
        app.clear_notifications()
        await press(pilot, "Q")
        assert app.is_running
        (told,) = app._notifications
        assert "Not saved" in told.message
        assert "the disk is full" in told.message
        assert "Q again quits and loses 2 entries" in told.message
        disk.mended = True
        await app._tick()
        await pilot.pause()
        assert "not saved" not in lines(app)[-1]
    app.store.close()
    with Store.open(tmp_path, write=False) as store:
        store.load()
        assert len(store.entries) == 2


@pytest.mark.parametrize("mended", [False, True])
async def test_quitting_tries_to_save_first_and_asks_once(
    site: Site, tmp_path: Path, mended: bool
) -> None:
    site.put("/a", rss(("Huawei one", "https://a.example/1")))
    disk = FailingDisk(10**9, errno.ENOSPC, stays=True)
    app = app_on(site, tmp_path, "/a", disk=disk)
    async with app.run_test(size=(80, 24)) as pilot:
        disk.nth = 0
        await settled(pilot)
        disk.mended = mended
        await press(pilot, "q")
        assert app._exit is mended
        if not mended:
            await press(pilot, "q")
            assert app._exit
    if mended:
        app.store.close()
        assert not app.store.unsaved
    else:
        with pytest.raises(StoreError, match="the disk is full"):
            app.store.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_when_no_entry_has_a_watch_word_the_screen_says_so(
    site: Site, tmp_path: Path, size: tuple[int, int]
) -> None:
    site.put("/a", rss(("Tea", "https://a.example/1"), ("Coffee", "https://a.example/2")))
    async with app_on(site, tmp_path, "/a", keep="matching").run_test(size=size) as pilot:
        app = await settled(pilot)
        seen = " ".join(text(app).replace("│", " ").split())
        assert "2 entries came; none has a watch word." in seen
        assert 'keep = "all" in [feeds.x]' in seen
        assert "Nothing is stored" not in seen


async def test_the_first_feeds_that_fail_name_the_demo(tmp_path: Path) -> None:
    nowhere = Site("http://127.0.0.1:9")
    app = app_on(nowhere, tmp_path, "/a", "/b")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        progress = app.polls.progress
        progress.begin()
        app.main.retitle()
        await pilot.pause()
        assert "Waiting for the first feed" in text(app)
        progress.take(FeedStarted("a"))
        progress.take(FeedStarted("b"))
        progress.take(FeedDone(FeedResult("a", PollStatus.FAILED, error="refused")))
        app.main.retitle()
        await pilot.pause()
        assert "1 of 2 feeds could not be reached so far." in text(app)
        assert "Without a network: monitor --demo" in text(app)
        progress.take(FeedDone(FeedResult("b", PollStatus.UPDATED, 200)))
        app.main.retitle()
        await pilot.pause()
        assert "Waiting for the first feed" in text(app)
        progress.end(0.0)
