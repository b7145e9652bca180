"""The pipeline as users rely on it: over a real loopback server into a real store."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.models import Config, PollResult, PollStatus, Rule
from monitor.poll import (
    AHEAD,
    FeedDone,
    FeedStarted,
    PollDone,
    Poller,
    PollEvent,
    Stored,
    Trouble,
)
from monitor.prepare import Job, Prepared
from monitor.store import Store
from monitor.watch import Fired
from monitor.worker import Worker
from tests.loopback import Site, config, rss, serve

HEADLINE = "Huawei phone cannot be hacked by American spies, president says"


class Clock:
    def __init__(self) -> None:
        self.wall = 1_760_000_000.0
        self.ticks = 5_000.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def poll_once(
    settings: Config,
    folder: Path,
    clock: Clock,
    ids: tuple[str, ...] = (),
    on_event: Callable[[PollEvent], None] = lambda event: None,
    everything: bool = True,
) -> PollResult:
    """One poll by a program that starts for it and ends after it."""
    store = Store.open(folder, now=clock.now)
    poller = Poller(settings, store, on_event=on_event, now=clock.now, monotonic=clock.monotonic)
    try:
        return await poller.poll(ids, everything)
    finally:
        await poller.aclose()
        store.close()


def stored(folder: Path, clock: Clock) -> Store:
    store = Store.open(folder, now=clock.now, write=False)
    store.load()
    return store


def statuses(result: PollResult) -> dict[str, str]:
    return {feed.id: feed.status.value for feed in result.feeds}


async def test_entries_become_stories_and_survive_a_restart(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    urls = {
        "one": site.put("/one", rss((HEADLINE, "https://example.org/a"))),
        "two": site.put("/two", rss((HEADLINE + "!", "https://example.net/b"))),
        "three": site.put("/three", rss(("Kirin chip yields rise", "https://example.com/c"))),
    }
    result = await poll_once(config(urls), tmp_path, clock)
    assert (result.entries_new, result.stories_new) == (3, 2)
    store = stored(tmp_path, clock)
    assert sorted(len(story.entries) for story in store.stories.values()) == [1, 2]


async def test_a_second_poll_is_conditional_and_brings_nothing_twice(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))})
    await poll_once(settings, tmp_path, clock)
    clock.pass_(7200)
    result = await poll_once(settings, tmp_path, clock)
    assert statuses(result) == {"one": "unchanged"}
    assert result.entries_new == 0
    assert "If-None-Match" in site.asked[-1][1]
    assert len(stored(tmp_path, clock).entries) == 1


async def test_a_feed_that_changed_adds_only_what_is_new_to_the_old_story(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))})
    await poll_once(settings, tmp_path, clock)
    before = set(stored(tmp_path, clock).stories)
    site.put("/one", rss((HEADLINE, "https://example.org/a"), ("Ascend", "https://example.org/z")))
    clock.pass_(7200)
    result = await poll_once(settings, tmp_path, clock)
    assert (result.entries_new, result.stories_new) == (1, 1)
    assert before < set(stored(tmp_path, clock).stories)


TWO_STORIES = (
    ("Vodafone admits hidden backdoors in Italian routers", "https://a.example/1"),
    ("Huawei supplied Telnet service to carrier in Milan", "https://b.example/2"),
)
BRIDGE = (
    "Huawei Telnet service was hidden backdoors in Vodafone routers: carrier admits",
    "https://c.example/3",
)


async def test_an_entry_that_bridges_two_stories_makes_them_one_for_good(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    urls = {name: site.put(f"/{name}", rss()) for name in ("one", "two")}
    settings = config(urls)
    for entry in TWO_STORIES:
        site.put("/one", rss(entry))
        clock.pass_(7200)
        await poll_once(settings, tmp_path, clock)
    before = stored(tmp_path, clock)
    [older] = (entry.uid for entry in before.entries.values() if entry.title == TWO_STORIES[0][0])
    assert len(before.stories) == 2
    site.put("/two", rss(BRIDGE))
    clock.pass_(7200)
    events: list[PollEvent] = []
    result = await poll_once(settings, tmp_path, clock, on_event=events.append)
    assert (result.entries_new, result.stories_new) == (1, 0)
    told = {story for event in events if isinstance(event, Stored) for story in event.stories}
    assert told == set(before.stories)
    after = stored(tmp_path, clock)
    [story] = after.stories.values()
    assert story.id == older
    assert len(story.entries) == 3
    reasons = {entry.title: entry.why.reason for entry in story.entries if entry.why}
    assert reasons == {TWO_STORIES[1][0]: "stories merged", BRIDGE[0]: "same event"}


async def test_stories_that_begin_and_merge_in_one_document_are_one(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", rss(*TWO_STORIES, BRIDGE))})
    result = await poll_once(settings, tmp_path, clock)
    assert (result.entries_new, result.stories_new) == (3, 1)
    [story] = stored(tmp_path, clock).stories.values()
    assert len(story.entries) == 3


async def test_one_failing_feed_harms_no_other(site: Site, clock: Clock, tmp_path: Path) -> None:
    urls = {
        "missing": site.base + "/missing",
        "page": site.put("/page", "<!doctype html><html><title>Sign in</title></html>"),
        "nowhere": "http://127.0.0.1:9/closed",
        "broken": site.put("/broken", rss((HEADLINE, "https://example.org/a"))[:-20]),
        "good": site.put("/good", rss(("Pura 80", "https://example.org/p"))),
    }
    result = await poll_once(config(urls), tmp_path, clock)
    assert statuses(result) == {
        "missing": "failed", "page": "failed", "nowhere": "failed",
        "broken": "updated", "good": "updated",
    }  # fmt: skip
    assert result.entries_new == 2
    errors = {feed.id: feed.error for feed in result.feeds}
    assert "404" in errors["missing"]
    assert "HTML" in errors["page"]
    states = stored(tmp_path, clock).feeds
    assert states["broken"].warning
    assert states["missing"].failures == 1


async def test_what_is_not_due_waits_and_all_polls_it_anyway(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))})
    await poll_once(settings, tmp_path, clock, everything=False)
    assert statuses(await poll_once(settings, tmp_path, clock, everything=False)) == {
        "one": "waiting"
    }
    assert statuses(await poll_once(settings, tmp_path, clock)) == {"one": "unchanged"}
    assert site.requests("/one") == 2


async def test_the_same_guid_in_two_feeds_stays_two_entries(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    page = (
        '<rss version="2.0"><channel><item><guid isPermaLink="false">1</guid>'
        "<title>{}</title></item></channel></rss>"
    )
    urls = {
        "one": site.put("/one", page.format("Kirin roadmap leaks in full")),
        "two": site.put("/two", page.format("Quarterly results announced today")),
    }
    await poll_once(config(urls), tmp_path, clock)
    store = stored(tmp_path, clock)
    assert {(entry.feed, entry.id) for entry in store.entries.values()} == {
        ("one", "1"), ("two", "1"),
    }  # fmt: skip
    assert len(store.stories) == 2


class Stuck(Worker):
    """A reading process that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def run(self, job: Job) -> Prepared:
        await self.go.wait()
        return await super().run(job)


async def test_requests_wait_for_the_answers_that_are_read_and_stored(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    names = [f"f{number}" for number in range(AHEAD + 100)]
    settings = config({name: site.put(f"/{name}", rss((name, ""))) for name in names})
    settings = replace(settings, poll=replace(settings.poll, concurrency=4))
    worker = Stuck()
    with Store.open(tmp_path, now=clock.now) as store:
        poller = Poller(settings, store, worker=worker, now=clock.now, monotonic=clock.monotonic)
        poll = asyncio.create_task(poller.poll(all=True))
        done, _ = await asyncio.wait({poll}, timeout=1.0)
        assert not done
        assert AHEAD <= len(site.asked) <= AHEAD + 5
        worker.go.set()
        assert (await poll).entries_new == len(names)
        await poller.aclose()


async def test_progress_is_told_in_order(site: Site, clock: Clock, tmp_path: Path) -> None:
    events: list[PollEvent] = []
    urls = {"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))}
    result = await poll_once(config(urls), tmp_path, clock, on_event=events.append)
    assert [type(event) for event in events] == [FeedStarted, Stored, FeedDone, PollDone]
    assert events[-1] == PollDone(result)


async def test_alerts_that_fired_are_counted_and_told(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    page = rss((HEADLINE, "https://example.org/a"), ("Kirin", "https://example.org/k"))
    rules = (Rule("spies", "spies"), Rule("off", "kirin", enabled=False))
    settings = config({"one": site.put("/one", rss())}, rules)
    await poll_once(settings, tmp_path, clock)
    site.put("/one", page)
    events: list[PollEvent] = []
    result = await poll_once(settings, tmp_path, clock, on_event=events.append)
    (fired,) = [event for event in events if isinstance(event, Fired)]
    assert (result.alerts_new, [alert.rule for alert in fired.alerts]) == (1, ["spies"])


async def test_a_clock_that_jumps_back_neither_stops_nor_storms(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))})
    store = Store.open(tmp_path, now=clock.now)
    poller = Poller(settings, store, now=clock.now, monotonic=clock.monotonic)
    try:
        await poller.poll()
        for jump in (-10 * 365 * 86400.0, 86400.0, 10 * 365 * 86400.0, -3600.0):
            clock.wall += jump
            assert statuses(await poller.poll()) == {"one": "waiting"}
            due = poller.next_due()
            assert due is not None
            assert 0 < due - clock.wall <= 3700
        clock.pass_(3700)
        assert statuses(await poller.poll()) == {"one": "unchanged"}
    finally:
        await poller.aclose()
        store.close()


async def test_a_full_disk_is_told_and_the_next_commit_brings_all(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    events: list[PollEvent] = []
    urls = {"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))}
    store = Store.open(tmp_path, now=clock.now)
    poller = Poller(
        config(urls), store, on_event=events.append, now=clock.now, monotonic=clock.monotonic
    )
    try:
        (tmp_path / "entries").rename(tmp_path / "away")
        (tmp_path / "entries").write_text("a file where the folder should be")
        await poller.poll()
        assert any(isinstance(event, Trouble) for event in events)
        (tmp_path / "entries").unlink()
        (tmp_path / "away").rename(tmp_path / "entries")
        await poller.poll(all=True)
    finally:
        await poller.aclose()
        store.close()
    assert len(stored(tmp_path, clock).entries) == 1


async def test_a_gone_feed_is_not_polled_again(site: Site, clock: Clock, tmp_path: Path) -> None:
    settings = config({"one": site.put("/one", "gone", status=410)})
    result = await poll_once(settings, tmp_path, clock)
    assert result.feeds[0].status is PollStatus.FAILED
    clock.pass_(30 * 86400)
    assert statuses(await poll_once(settings, tmp_path, clock, everything=False)) == {
        "one": "waiting"
    }
    assert site.requests("/one") == 1


async def test_a_split_holds_for_the_next_poll_of_the_same_program(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    titles = (
        "Kirin plant opens in Dongguan, Huawei says",
        "Huawei opens Kirin plant in Dongguan with robots",
        "Huawei opens a Kirin plant in Dongguan with welding robots",
    )
    pages = [rss((title, f"https://{n}.example/a")) for n, title in enumerate(titles)]
    urls = {f"f{n}": site.put(f"/{n}", page if n < 2 else rss()) for n, page in enumerate(pages)}
    store = Store.open(tmp_path, now=clock.now)
    poller = Poller(config(urls), store, now=clock.now, monotonic=clock.monotonic)
    try:
        await poller.poll(("f0",), True)
        await poller.poll(("f1",), True)
        [story] = store.stories.values()
        known = {entry.title: entry.uid for entry in story.entries}
        off = known[titles[1]]
        store.split([off])
        site.put("/2", pages[2])
        clock.pass_(7200)
        result = await poller.poll(("f2",), True)
        assert result.entries_new == 1
        [late] = store.entries.keys() - set(known.values())
        assert store.entries[late].story == off
        why = store.entries[late].why
        assert why is not None
        assert why.other == off
    finally:
        await poller.aclose()
        store.close()
