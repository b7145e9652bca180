"""Alerts from polls: once for each transition, before what made them fire, whatever dies."""

import asyncio
import json
import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from string import ascii_lowercase

import pytest
from msgspec.structs import replace

from monitor.alert import Alert, AlertState
from monitor.models import Config, On, PollSettings, Rule, Source, Transition
from monitor.poll import Poller
from monitor.round import Round
from monitor.sources import Collector
from monitor.store import Disk, Store, StoreError
from tests.bulletin_pages import august_2025
from tests.loopback import Page, Site, config, serve
from tests.storing import DAY, START, Clock, DyingDisk, FailingDisk, Killed, reader

HOUR = 3600.0
NSA = Rule("nsa", "nsa OR wiretap OR eavesdropping OR carpets", limit=10)
CARPETS = "Embassy looks beneath carpets"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


@pytest.fixture
def clock() -> Clock:
    return Clock()


def page(*items: tuple[str, float | None], start: int = 0) -> str:
    """An RSS document of (title, time of publication) items."""
    rows = "".join(
        f"<item><title>{title}</title><guid>https://example.org/{start + n}</guid>"
        f"<link>https://example.org/{start + n}</link>"
        + (f"<pubDate>{formatdate(when)}</pubDate>" if when is not None else "")
        + "</item>"
        for n, (title, when) in enumerate(items)
    )
    return f'<rss version="2.0"><channel><title>S</title>{rows}</channel></rss>'


async def polled(settings: Config, folder: Path, clock: Clock, disk: Disk | None = None) -> int:
    """One poll by a program that starts for it and ends after it; how many alerts it fired."""
    with Store.open(folder, now=clock, disk=disk) as store:
        poller = Poller(settings, store, now=clock, monotonic=clock)
        try:
            return (await poller.poll(all=True)).alerts_new
        finally:
            await poller.aclose()


def alerts(folder: Path) -> Sequence[Alert]:
    return reader(folder).alerts.all


def titles(folder: Path) -> list[str]:
    return sorted(alert.about.title for alert in alerts(folder))


# ------------------------------------------------------------------------------ stories


async def test_a_first_poll_fires_on_what_is_recent(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    items = (
        ("NSA now", START - HOUR),
        ("Wiretap then", START - 3 * DAY),
        ("Eavesdropping suspected at parliament", None),
    )
    settings = config({"one": site.put("/one", page(*items))}, (NSA,))
    assert await polled(settings, tmp_path, clock) == 1
    assert titles(tmp_path) == ["NSA now"]
    clock.now += HOUR
    site.put("/one", page(*items, (CARPETS, None)))
    assert await polled(settings, tmp_path, clock) == 1  # the feed is known by now
    assert titles(tmp_path) == sorted(["NSA now", CARPETS])


@pytest.mark.parametrize("turned", [False, True])
async def test_alerts_of_one_poll_stand_in_the_order_of_their_stories(
    site: Site, clock: Clock, tmp_path: Path, turned: bool
) -> None:
    items = [
        (CARPETS, START - HOUR),
        ("NSA now", START - 60),
        ("Wiretap in Oslo", START - 9 * HOUR),
    ]
    settings = config({"one": site.put("/one", page(*items[:: -1 if turned else 1]))}, (NSA,))
    await polled(settings, tmp_path, clock)
    shown = [alert.about.title for alert in alerts(tmp_path)]
    assert shown == ["NSA now", CARPETS, "Wiretap in Oslo"]


async def test_a_feed_that_is_added_floods_nobody(site: Site, clock: Clock, tmp_path: Path) -> None:
    one = site.put("/one", page(("Else", START)))
    await polled(config({"one": one}, (NSA,)), tmp_path, clock)
    old = [(f"NSA tale number {n}", START - (3 + n) * DAY) for n in range(30)]
    two = site.put("/two", page(*old, start=100))
    assert await polled(config({"one": one, "two": two}, (NSA,)), tmp_path, clock) == 0


async def test_a_rule_that_is_added_is_silent_on_what_is_there(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    url = site.put("/one", page(("NSA hacks the phone maker Huawei", START)))
    await polled(config({"one": url}), tmp_path, clock)
    clock.now += HOUR
    site.put("/one", page(("NSA hacks the phone maker Huawei, again told", START)))  # edited
    assert await polled(config({"one": url}, (NSA,)), tmp_path, clock) == 0
    site.put("/one", page((CARPETS, START + HOUR), start=7))
    assert await polled(config({"one": url}, (NSA,)), tmp_path, clock) == 1


async def test_re_dated_edited_reordered_and_flapping_stories_fire_once(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    first = ("NSA spied on Huawei servers in Shenzhen", START)
    settings = config({"one": site.put("/one", page(first, ("Weather", START)))}, (NSA,))
    assert await polled(settings, tmp_path, clock) == 1
    for again in (
        page((first[0], START + 2 * HOUR), ("Weather", START)),  # dated anew
        page(("NSA spied on Huawei servers, documents say", START), ("Weather", START)),
        page(("Huawei servers", START), ("Weather", START)),  # it ceases to match
        page(first, ("Weather", START)),  # and matches again
        page(("Weather", START), start=1),  # it is gone
        page(first, ("Weather", START)),  # and there again
        page(("Weather", START), start=1) + "<!-- -->",
    ):
        clock.now += HOUR
        site.put("/one", again)
        assert await polled(settings, tmp_path, clock) == 0
    assert len(alerts(tmp_path)) == 1


async def test_300_matching_stories_are_one_alert(site: Site, clock: Clock, tmp_path: Path) -> None:
    chance = random.Random(24)
    words = ["".join(chance.choices(ascii_lowercase, k=9)) for _ in range(2400)]
    items = [(" ".join(words[n : n + 8]), START) for n in range(0, 2400, 8)]
    urls = {
        name: site.put(f"/{name}", page(*items[at : at + 100], start=at))
        for at, name in ((0, "one"), (100, "two"), (200, "three"))
    }
    assert await polled(config(urls, (replace(NSA, when=""),)), tmp_path, clock) == 1
    (summed,) = alerts(tmp_path)
    assert (summed.count, len(summed.others)) == (300, 299)
    assert summed.reason == "300 at once, over the limit of 10 an hour"


async def test_a_story_fires_again_when_it_moved_on(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    rule = replace(NSA, on=(On(Transition.NEW), On(Transition.SOURCES, 2)))
    headline = "NSA hacked Huawei headquarters servers, documents show"
    one = site.put("/one", page((headline, START)))
    two = site.put("/two", page(("Weather", START), start=50))
    settings = config({"one": one, "two": two}, (rule,))
    assert await polled(settings, tmp_path, clock) == 1
    clock.now += HOUR
    site.put("/two", page(("Weather", START), (headline, START + HOUR), start=50))
    assert await polled(settings, tmp_path, clock) == 1
    later, first = alerts(tmp_path)
    assert (first.moved, first.state) == ("new", AlertState.CLOSED)
    assert (later.moved, later.reason) == ("sources>=2", "2 sources tell it: One, Two")


async def test_a_snooze_ends_when_its_story_changes(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    headline = "NSA hacked Huawei headquarters servers, documents show"
    settings = config({"one": site.put("/one", page((headline, START)))}, (NSA,))
    await polled(settings, tmp_path, clock)
    with Store.open(tmp_path, now=clock) as store:
        store.alerts.change([replace(store.alerts.all[0], state=AlertState.SNOOZED)])
    site.put("/one", page((headline, START), ("Weather", START)))
    await polled(settings, tmp_path, clock)
    assert alerts(tmp_path)[0].state is AlertState.SNOOZED
    site.put("/one", page((headline + " now", START), ("Weather", START)))
    await polled(settings, tmp_path, clock)
    assert alerts(tmp_path)[0].state is AlertState.NEW


async def test_hostile_text_stays_in_its_place(site: Site, clock: Clock, tmp_path: Path) -> None:
    title = "NSA \x1b]0;owned\x07 [red]x[/] &quot;,&quot;rule&quot;:&quot;forged\u202e"
    settings = config({"one": site.put("/one", page((title, START)))}, (NSA,))
    await polled(settings, tmp_path, clock)
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    (line,) = map(json.loads, lines)
    assert line["rule"] == "nsa"
    assert "[red]x[/]" in line["subject"]["title"]
    assert line["subject"]["title"].isprintable()


# ------------------------------------------------------------------------------ kills


async def test_killed_at_any_write_an_alert_is_neither_lost_nor_doubled(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", page(("Weather", START)))}, (NSA,))
    stored = tmp_path / "stored"
    await polled(settings, stored, clock)
    site.put("/one", page(("Weather", START), ("NSA news", START)))
    for nth in range(1, 200):
        folder = tmp_path / f"copy-{nth}"
        shutil.copytree(stored, folder)
        disk = DyingDisk(nth)
        try:
            await polled(settings, folder, clock, disk)
        except* Killed:
            found = reader(folder)
            if "NSA news" in {entry.title for entry in found.entries.values()}:
                assert found.alerts.all, "an alert comes before what made it fire"
            await polled(settings, folder, clock)
        assert titles(folder) == ["NSA news"], nth
        if disk.calls < nth:
            break
        shutil.rmtree(folder)
    assert nth > 15


async def test_whichever_call_fails_no_alert_is_lost_or_doubled(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings = config({"one": site.put("/one", page(("Weather", START)))}, (NSA,))
    stored = tmp_path / "stored"
    await polled(settings, stored, clock)
    site.put("/one", page(("Weather", START), ("NSA news", START)))
    for nth in range(1, 200):
        folder = tmp_path / f"copy-{nth}"
        shutil.copytree(stored, folder)
        disk = FailingDisk(nth)
        try:
            await polled(settings, folder, clock, disk)
        except StoreError:
            await polled(settings, folder, clock)
        assert titles(folder) == ["NSA news"], nth
        if disk.calls < nth:
            break
        shutil.rmtree(folder)
    assert nth > 15


async def test_a_poll_that_is_cut_short_keeps_its_alerts(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    from monitor.poll import PollEvent, Stored

    settings = config({"one": site.put("/one", page(("NSA news", START)))}, (NSA,))
    with Store.open(tmp_path, now=clock) as store:
        polling: asyncio.Task[object] | None = None

        def cut(event: PollEvent) -> None:
            if isinstance(event, Stored):
                assert polling
                polling.cancel()

        poller = Poller(settings, store, now=clock, monotonic=clock, on_event=cut)
        polling = asyncio.create_task(poller.poll(all=True))
        with pytest.raises(asyncio.CancelledError):
            await polling
        await poller.aclose()
    assert titles(tmp_path) == ["NSA news"]
    assert len(reader(tmp_path).entries) == 1


# ------------------------------------------------------------------------------ sources


KEV = Rule("kev", on=(On(Transition.KEV),))


def catalogue(*rows: tuple[str, str, str]) -> str:
    found = [
        {"cveID": cve, "dateAdded": added, "knownRansomwareCampaignUse": ransomware}
        for cve, added, ransomware in rows
    ]
    return json.dumps(
        {"title": "KEV", "catalogVersion": "1", "count": len(found), "vulnerabilities": found}
    )


def kev_config(site: Site, *rules: Rule) -> Config:
    return Config(
        "test",
        sources=(Source("kev", "kev", "KEV", site.base + "/kev.json"),),
        rules=rules,
        poll=PollSettings(spacing=0.0, private=("127.0.0.1",)),
    )


async def asked(settings: Config, folder: Path, clock: Clock, disk: Disk | None = None) -> int:
    """One round by a program of its own; how many alerts it fired."""
    with Store.open(folder, now=clock, disk=disk) as store:
        poller = Poller(settings, store, now=clock, monotonic=clock)
        turn = Round(poller, Collector(settings, store, now=clock, monotonic=clock, environ={}))
        try:
            return (await turn.poll(all=True)).alerts_new
        finally:
            await turn.aclose()


async def test_kev_fires_on_what_is_added_not_on_what_was_there(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    old = ("CVE-2020-1111", "2021-11-03", "Unknown")
    settings = kev_config(site, KEV)
    site.put("/kev.json", catalogue(old, ("CVE-2025-2222", "2025-07-31", "Unknown")))
    assert await asked(settings, tmp_path, clock) == 1  # of today; the other is old
    assert [(one.about.id, one.reason) for one in alerts(tmp_path)] == [
        ("CVE-2025-2222", "KEV added 2025-07-31")
    ]
    clock.now += 10 * DAY
    new = ("CVE-2025-3333", "2025-08-02", "Known")
    site.put("/kev.json", catalogue((*old[:2], "Known"), new))
    assert await asked(settings, tmp_path, clock) == 2
    assert {one.about.id: one.moved for one in alerts(tmp_path)} == {
        "CVE-2025-2222": "kev",
        "CVE-2025-3333": "kev, kev ransomware",
        "CVE-2020-1111": "kev ransomware",
    }
    site.put("/kev.json", catalogue((*old[:2], "Known")))
    await asked(settings, tmp_path, clock)
    site.put("/kev.json", catalogue((*old[:2], "Known"), new))
    assert await asked(settings, tmp_path, clock) == 0  # taken out and put in again


async def test_a_rule_on_cves_asks_whether_a_story_names_it(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    site.put("/one", page(("Huawei fixes CVE-2025-2222", START)))
    await polled(config({"one": site.base + "/one"}), tmp_path, clock)
    settings = kev_config(site, replace(KEV, when="is:named"))
    site.put("/kev.json", catalogue(("CVE-2020-1111", "2021-11-03", "")))
    await asked(settings, tmp_path, clock)
    both = (("CVE-2025-2222", "2025-07-31", ""), ("CVE-2025-3333", "2025-07-31", ""))
    site.put("/kev.json", catalogue(*both))
    assert await asked(settings, tmp_path, clock) == 1
    assert alerts(tmp_path)[0].about.id == "CVE-2025-2222"


async def test_killed_at_any_write_of_a_source_nothing_is_lost_or_doubled(
    site: Site, clock: Clock, tmp_path: Path
) -> None:
    settings, stored = kev_config(site, KEV), tmp_path / "stored"
    site.put("/kev.json", catalogue(("CVE-2020-1111", "2021-11-03", "")))
    await asked(settings, stored, clock)
    site.put("/kev.json", catalogue(("CVE-2025-3333", "2025-07-31", "")))
    for nth in range(1, 200):
        folder = tmp_path / f"copy-{nth}"
        shutil.copytree(stored, folder)
        disk = DyingDisk(nth)
        try:
            await asked(settings, folder, clock, disk)
        except Killed:
            await asked(settings, folder, clock)
        assert [one.about.id for one in alerts(folder)] == ["CVE-2025-3333"], nth
        if disk.calls < nth:
            break
        shutil.rmtree(folder)
    assert nth > 15


AUGUST = "/en/support/bulletin/2025/8/"


def huawei(site: Site, *rules: Rule, epss: bool = False) -> Config:
    sources = [Source("huawei", "huawei", "Huawei", site.base, products=("phones",), months=2)]
    if epss:
        sources.append(Source("epss", "epss", "EPSS", site.base))
    return Config(
        "test",
        sources=tuple(sources),
        rules=rules,
        poll=PollSettings(spacing=0.0, private=("127.0.0.1",)),
    )


async def test_bulletins_fire_when_they_are_out_list_a_cve_and_are_revised(
    site: Site, tmp_path: Path
) -> None:
    clock = Clock(datetime(2025, 8, 20, tzinfo=UTC).timestamp())
    site.put("/one", page(("Huawei knows of CVE-2025-54627", clock.now)))
    await polled(config({"one": site.base + "/one"}), tmp_path, clock)
    settings = huawei(
        site,
        Rule("out", on=(On(Transition.BULLETIN), On(Transition.CHANGED))),
        Rule("fixed", "is:named", on=(On(Transition.PATCH),)),
    )
    whole = august_2025()
    site.put(AUGUST, whole)
    assert await asked(settings, tmp_path, clock) == 2
    by_rule = {one.rule: one for one in alerts(tmp_path)}
    assert by_rule["out"].about.id == "huawei-phones-2025-08"
    assert by_rule["out"].reason.startswith("published 2025-08-")
    assert (by_rule["fixed"].about.id, by_rule["fixed"].moved) == (
        "CVE-2025-54627",
        "patch huawei phones",
    )
    clock.now += DAY
    assert await asked(settings, tmp_path, clock) == 0
    site.put(AUGUST, whole.replace("CVE-2025-54627", "CVE-2025-99999"))
    clock.now += DAY
    assert await asked(settings, tmp_path, clock) == 1
    newest = alerts(tmp_path)[0]
    assert newest.reason.startswith("revised: ")
    assert "CVE-2025-99999 added" in newest.reason
    assert [one.state for one in alerts(tmp_path) if one.id == by_rule["out"].id] == [
        AlertState.CLOSED
    ]


async def test_a_score_that_rose_fires_through_its_source(site: Site, tmp_path: Path) -> None:
    clock = Clock(datetime(2025, 8, 20, tzinfo=UTC).timestamp())
    site.put(AUGUST, august_2025())
    rule = Rule("likely", "is:listed", on=(On(Transition.EPSS, 0.1),))

    def scored(epss: str, day: str) -> None:
        row = {"cve": "CVE-2025-54627", "epss": epss, "percentile": "0.5", "date": day}
        body = {"status": "OK", "version": "1.0", "total": 1, "offset": 0, "data": [row]}
        site.otherwise = Page(json.dumps(body).encode(), 200)

    for day, epss, fires in ((20, "0.04", 0), (21, "0.12", 1), (22, "0.02", 0), (23, "0.3", 0)):
        scored(epss, f"2025-08-{day}")
        assert await asked(huawei(site, rule, epss=True), tmp_path, clock) == fires, day
        clock.now += DAY
    (alert,) = alerts(tmp_path)
    assert (alert.about.id, alert.moved) == ("CVE-2025-54627", "epss>=0.1")
