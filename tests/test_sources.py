"""Asking the sources of advisories: what is due, what is stored, how failures show."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.models import Config, PollSettings, PollStatus, Source, SourceResult
from monitor.poll import Poller
from monitor.round import Round
from monitor.sources import AdvisoriesStored, Collector, SourceDone, SourceEvent
from monitor.store import Store
from tests.bulletin_pages import august_2025, page
from tests.loopback import Page, Site, serve

NOW = datetime(2025, 8, 20, tzinfo=UTC).timestamp()
AUGUST = "/en/support/bulletin/2025/8/"
JULY = "/en/support/bulletin/2025/7/"
KEV = {
    "title": "KEV",
    "catalogVersion": "2025.08.19",
    "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2025-54627", "dateAdded": "2025-08-18"}],
}


def config(site: Site, *kinds: str) -> Config:
    sources = {
        "huawei": Source("huawei", "huawei", "Huawei", site.base, products=("phones",), months=2),
        "kev": Source("kev", "kev", "KEV", site.base + "/kev.json"),
        "epss": Source("epss", "epss", "EPSS", site.base),
    }
    return Config(
        "feeds.toml",
        sources=tuple(sources[kind] for kind in kinds),
        poll=PollSettings(spacing=0.0, private=("127.0.0.1",)),
    )


def run(
    settings: Config,
    folder: Path,
    now: float = NOW,
    everything: bool = True,
    on_event: Callable[[SourceEvent], None] = lambda event: None,
) -> dict[str, SourceResult]:
    """One run of the sources into the store of a folder; the results by source."""

    async def ask(store: Store) -> tuple[SourceResult, ...]:
        collector = Collector(settings, store, now=lambda: now, environ={}, on_event=on_event)
        return await collector.run(all=everything)

    with Store.open(folder / "data", now=lambda: now, write=True) as store:
        return {result.id: result for result in asyncio.run(ask(store))}


def test_bulletins_are_found_month_by_month_and_an_unpublished_one_is_a_note(
    tmp_path: Path,
) -> None:
    with serve() as site:
        site.put(JULY, august_2025().replace("August", "July"))
        result = run(config(site, "huawei"), tmp_path)["huawei"]
    assert (result.status, result.items, result.error) == (PollStatus.UPDATED, 1, "")
    assert result.notes == ("phones 2025-08 is not published yet",)
    with Store.open(tmp_path / "data", write=False) as store:
        assert [one.id for one in store.advisories.bulletins] == ["huawei-phones-2025-07"]
        feed = store.advisories.sources["huawei"].feed
        assert (feed.last_success, feed.failures, feed.error) == (NOW, 0, "")


async def test_a_run_that_takes_too_long_goes_on_with_the_next(tmp_path: Path) -> None:
    """The clock jumps by 1,000 s at each look: after the first page the patience is at its end."""
    with serve() as site, Store.open(tmp_path / "data", now=lambda: NOW, write=True) as store:
        site.put(AUGUST, august_2025())
        site.put(JULY, august_2025().replace("August", "July"))
        settings = config(site, "huawei")
        clock = count(0, 1000)
        collector = Collector(
            settings, store, now=lambda: NOW, monotonic=lambda: float(next(clock)), environ={}
        )
        [cut] = await collector.ask(collector.choose((), True), 2500.0)
        assert (cut.status, cut.items, cut.error) == (PollStatus.UPDATED, 1, "")
        assert "not done yet: goes on where it stopped" in cut.notes
        feed = store.advisories.sources["huawei"].feed
        assert (feed.last_success, feed.next_poll, feed.error) == (None, NOW, "")
        assert collector.next_due() == NOW
        [rest] = await collector.ask(collector.choose((), False))
        assert rest.error == ""
        assert len(store.advisories.bulletins) == 2
        assert store.advisories.sources["huawei"].feed.last_success == NOW


def test_kev_and_epss_are_asked_about_what_the_bulletins_of_the_same_run_list(
    tmp_path: Path,
) -> None:
    with serve() as site:
        site.put(AUGUST, august_2025())
        site.put("/kev.json", json.dumps(KEV))
        run(config(site, "huawei", "kev", "epss"), tmp_path)
        (asked,) = [urlsplit(path) for path, _ in site.asked if path.startswith("/data/v1/epss")]
    assert "CVE-2025-54627" in parse_qs(asked.query)["cve"][0]
    with Store.open(tmp_path / "data", write=False) as store:
        (one,) = store.advisories.bulletins
        assert (one.counts.total, one.counts.high, one.kev) == (58, 13, 1)


def test_a_source_that_fails_harms_no_other_and_is_asked_later(tmp_path: Path) -> None:
    with serve() as site:
        site.put(AUGUST, august_2025())
        site.put("/kev.json", "<html>busy</html>", status=503, Retry_After="7200")
        settings = config(site, "huawei", "kev")
        results = run(settings, tmp_path)
        assert results["huawei"].status is PollStatus.UPDATED
        assert results["kev"].status is PollStatus.FAILED
        assert "503" in results["kev"].error
        assert run(settings, tmp_path, NOW + 60, everything=False) == {}
        site.put("/kev.json", json.dumps(KEV))
        results = run(settings, tmp_path, NOW + 6 * 3600 + 1, everything=False)
        assert {key: one.error for key, one in results.items()} == {"huawei": "", "kev": ""}


def test_a_page_that_did_not_change_is_not_sent_again(tmp_path: Path) -> None:
    with serve() as site:
        site.put(AUGUST, august_2025())
        settings = config(site, "huawei")
        run(settings, tmp_path)
        result = run(settings, tmp_path, NOW + 86400)["huawei"]
        conditional = [headers for path, headers in site.asked if path == AUGUST][-1]
    assert (result.status, result.items) == (PollStatus.UPDATED, 0)
    assert "If-None-Match" in conditional


def test_a_bulletin_revised_between_two_polls_keeps_what_was_removed(tmp_path: Path) -> None:
    gone = [f"CVE-2025-{number}" for number in range(54640, 54650)]
    with serve() as site:
        settings = config(site, "huawei")
        site.put(AUGUST, august_2025())
        run(settings, tmp_path)
        site.put(AUGUST, august_2025(drop=gone))
        run(settings, tmp_path, NOW + 19 * 86400)
    with Store.open(tmp_path / "data", write=False) as store:
        bulletin = store.advisories.bulletin("huawei-phones-2025-08")
        assert bulletin is not None
        assert {change.cve for change in bulletin.changes} == set(gone)
        assert {change.what for change in bulletin.changes} == {"removed"}
        assert store.advisories.bulletins[0].counts.total == 48


def test_what_does_not_fit_becomes_the_sources_warning(tmp_path: Path) -> None:
    odd = page("Security bulletin, August 2025", "<table><tr><td>CVE-2025-1111</td></tr></table>")
    with serve() as site:
        site.put(AUGUST, odd)
        run(config(site, "huawei"), tmp_path)
    with Store.open(tmp_path / "data", write=False) as store:
        state = store.advisories.sources["huawei"]
        assert state.problems
        assert state.feed.warning.startswith("huawei-phones-2025-08: ")


def test_events_tell_what_was_stored_and_how_it_ended(tmp_path: Path) -> None:
    events: list[SourceEvent] = []
    with serve() as site:
        site.put(AUGUST, august_2025())
        run(config(site, "huawei"), tmp_path, on_event=events.append)
    assert any(isinstance(event, AdvisoriesStored) for event in events)
    assert isinstance(events[-1], SourceDone)


@pytest.mark.parametrize("linger", [False, True])
async def test_a_round_that_is_cancelled_ends_its_sources(tmp_path: Path, linger: bool) -> None:
    """NVD's pace is 6 seconds a request; nobody waits for it at the end of the program."""
    with serve() as site, Store.open(tmp_path / "data", now=lambda: NOW, write=True) as store:
        settings = config(site, "huawei")
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def never(seconds: float) -> None:
            loop.call_soon_threadsafe(asked.set)
            await asyncio.Event().wait()

        site.otherwise = Page(status=503)
        nvd = Source("nvd", "nvd", "NVD", site.base + "/nvd")
        settings = Config("feeds.toml", sources=(nvd,), poll=settings.poll)
        collector = Collector(settings, store, now=lambda: NOW, sleep=never, environ={})
        turn = Round(Poller(settings, store, now=lambda: NOW), collector, linger=linger)
        polling = asyncio.create_task(turn.poll(all=True))
        await asked.wait()
        polling.cancel()
        await turn.aclose()
        assert store.advisories.sources == {}
