"""The demo tells the same on any day: its story's numbers, a phone that is late and one in time."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import demo
from monitor.advisories.huawei import parse
from monitor.advisories.phone import Status, report
from monitor.demo import bulletins
from monitor.models import Config, Story
from monitor.poll import Poller
from monitor.sources import Collector
from monitor.store import Store
from monitor.view.figures import Figure, figures_of
from monitor.vulnerability import Bulletin

DAYS = ["2025-10-09", "2026-08-05"]


def at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def pages(now: float) -> Iterator[Bulletin]:
    """The sample bulletins of phones as they are served at a time."""
    for path, document in demo.documents(now).items():
        if "/support/bulletin/" in path:
            yield parse(document.body, f"https://consumer.huawei.com{path.split('/huawei')[1]}")


@pytest.mark.parametrize(
    "day",
    [
        "2025-09-10",
        "2025-10-03",
        "2025-12-31",
        "2026-01-01",
        "2026-01-04",
        "2026-11-25",
        "2028-02-29",
    ],
)
def test_one_phone_is_late_and_one_in_time(day: str) -> None:
    now = at(day)
    with tempfile.TemporaryDirectory() as folder:
        late, current = demo.config("http://127.0.0.1:1", Path(folder), now).devices
    known = list(pages(now))
    assert report(late, known, now).status is Status.OVERDUE
    assert report(late, known, now).open
    found = report(current, known, now)
    assert found.status is Status.IN_TIME
    assert found.due is not None
    assert found.due.last > now


def test_later_samples_are_whole_bulletins_of_their_own() -> None:
    known = list(pages(at("2026-11-25")))
    later = [one for one in known if one.month > bulletins.MODEL]
    assert [one.month for one in later][-1] == "2026-11"
    assert len(later) == 14
    cves = [row.cve for one in known for row in one.rows]
    assert len(set(cves)) == len(cves)
    for one in later:
        assert not one.problems
        assert one.published == at(f"{one.month}-04")
        assert one.title.startswith("Sample of")


async def _told(config: Config, folder: Path, now: float) -> tuple[Figure, ...]:
    store = Store.open(folder, now=lambda: now)
    poller = Poller(config, store, now=lambda: now)
    try:
        await poller.poll(all=True)
        await Collector(config, store, now=lambda: now, environ=demo.ENVIRON).run(all=True)
        stories: list[Story] = [s for s in store.stories.values() if "August patch" in s.lead.title]
        (story,) = stories
        bodies = {entry.uid: store.body(entry.uid) for entry in story.entries}
        return figures_of(story, bodies, store.advisories.bulletins)
    finally:
        await poller.aclose()
        store.close()


@pytest.mark.parametrize("day", DAYS)
def test_the_storys_numbers_and_their_drift(day: str) -> None:
    now = at(day)
    with demo.demo_session(lambda: now) as (config, folder):
        figures = asyncio.run(_told(config, folder, now))
    assert {figure.bulletin for figure in figures} == {"huawei-phones-2025-08"}
    told = {outlet: figure for figure in figures for outlet in figure.outlets if figure.drift}
    assert told.keys() == {"Byte Ledger"}
    assert {name for figure in figures for name in figure.drift} == {
        "wrong year",
        "high turned critical",
    }
    right = next(figure for figure in figures if figure.outcome == "agrees")
    assert right.says == "own 5 + third-party 8 = 13 high"
    assert {"Night Desk", "Harbour Wire", "Byte Ledger"} <= set(right.outlets)  # its correction
    wrong = next(figure for figure in figures if figure.outcome == "differs" and not figure.drift)
    assert wrong.says == "own 46 + third-party 12 = 58 listed, 60 claimed"
    assert any("Kernel Notes" in figure.outlets for figure in figures)
