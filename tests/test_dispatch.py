"""The courier beside the screen: a round's polls send what they fire, and hold nothing up."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.alert import DigestState
from monitor.notify.courier import Report
from monitor.notify.dispatch import LONGEST, SHORTEST, Dispatcher, make_courier, pause
from monitor.poll import Poller
from monitor.round import Round
from monitor.sources import Collector
from monitor.store import Store
from tests.hooks import an_alert, hook, webhook_target
from tests.loopback import config, rss, serve


@pytest.mark.parametrize(
    ("due", "expected"),
    [(None, LONGEST), (0.0, SHORTEST), (1000.2, SHORTEST), (1030.0, 30.0), (1e12, LONGEST)],
)
def test_when_it_looks_again(due: float | None, expected: float) -> None:
    assert pause(due, 1000.0) == expected


async def test_a_round_sends_what_waits_and_what_comes_while_a_target_hangs(
    tmp_path: Path,
) -> None:
    reports: asyncio.Queue[Report] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    with serve() as site, hook() as target, hook() as stuck, Store.open(tmp_path) as store:
        stuck.hang = True
        targets = webhook_target(target), webhook_target(stuck, "stuck", timeout=60.0)
        settings = replace(config({"one": site.put("/one", rss(("A", "https://a.example/")))}))
        settings = replace(settings, targets=targets)
        arrived = asyncio.Event()
        stuck.before = lambda got: loop.call_soon_threadsafe(arrived.set)
        dispatcher = Dispatcher(make_courier(settings, store), on_report=reports.put_nowait)
        turn = Round(
            Poller(settings, store), Collector(settings, store), linger=True, dispatcher=dispatcher
        )
        try:
            assert turn.next_due() == 0.0  # at the start something may wait
            await turn.poll()
            store.alerts.fire([an_alert(1, "hook")])
            await turn.poll()
            while not (report := await reports.get()).sent:
                pass
            assert report == Report(sent=1)
            store.alerts.fire([an_alert(2, "stuck")])
            dispatcher.kick()
            await arrived.wait()
            result = await turn.poll(["one"])  # it is not held up
            assert [feed.id for feed in result.feeds] == ["one"]
            assert [(one.id, one.waiting) for one in turn.targets()] == [
                ("desktop", 0),
                ("hook", 0),
                ("stuck", 1),
            ]
        finally:
            await turn.aclose()  # nor is the end of the program
        assert len(target.got) == 1
        [alert] = [one for one in store.alerts.all if one.about.id == "CVE-2025-0002"]
        assert alert.deliveries[0].state == "waiting"


async def test_what_a_target_begins_to_fail_with_is_told_once(tmp_path: Path) -> None:
    now = 1_764_100_000.0
    told: list[str] = []
    reports: asyncio.Queue[Report] = asyncio.Queue()
    with hook() as target, Store.open(tmp_path, now=lambda: now) as store:
        settings = replace(config({}), targets=(webhook_target(target),))
        courier = make_courier(settings, store, now=lambda: now)
        dispatcher = Dispatcher(
            courier, now=lambda: now, on_report=reports.put_nowait, on_trouble=told.append
        )
        dispatcher.start()
        for number, status in enumerate((500, 500, 200, 404)):
            target.status = status
            if status != 500 or number == 0:
                store.alerts.fire([an_alert(number, "hook", fired=now)])
            now += 3600
            dispatcher.kick()
            while not ((report := await reports.get()).sent or report.failed):
                pass
        await dispatcher.aclose()
    assert told == [
        "notify.hook: HTTP 500 Internal Server Error",
        "notify.hook: HTTP 404 Not Found",
    ]


async def test_what_is_being_sent_at_the_end_arrives_and_is_written(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    arrived, go = asyncio.Event(), threading.Event()
    with hook() as target, Store.open(tmp_path) as store:

        def hold(got: object) -> None:
            loop.call_soon_threadsafe(arrived.set)
            go.wait(10)

        target.before = hold
        settings = replace(config({}), targets=(webhook_target(target),))
        store.alerts.fire([an_alert(1, "hook"), an_alert(2, "hook")])
        dispatcher = Dispatcher(make_courier(settings, store))
        dispatcher.start()
        await arrived.wait()
        closing = asyncio.create_task(dispatcher.aclose())
        await asyncio.sleep(0)  # it has begun
        go.set()
        await closing
        states = {one.about.id: one.deliveries[0].state for one in store.alerts.all}
    assert states == {"CVE-2025-0001": "sent", "CVE-2025-0002": "waiting"}
    assert len(target.got) == 1


async def test_a_courier_that_breaks_is_told_and_asked_again(tmp_path: Path) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    reports: asyncio.Queue[Report] = asyncio.Queue()
    with hook() as target, Store.open(tmp_path) as store:
        settings = replace(config({}), targets=(webhook_target(target, digest="25:61"),))
        courier = make_courier(settings, store)
        dispatcher = Dispatcher(courier, on_report=reports.put_nowait, on_trouble=told.put_nowait)
        store.digests.put(DigestState("hook", 1.0))
        dispatcher.start()
        assert await told.get() == "Alerts are not sent: ValueError"
        store.digests.put(DigestState("hook", 1.0, 1, time.time() + 1000))
        dispatcher.kick()
        assert await reports.get() == Report()
        await dispatcher.aclose()
