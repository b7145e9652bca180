"""Stories for the tests of view and screen, in a real store; fixed in time."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from monitor.models import (
    Body,
    Config,
    Entry,
    Feed,
    Fresh,
    Kind,
    Rule,
    Severity,
    UiSettings,
    Why,
)
from monitor.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

FEEDS = (
    Feed("wire", "http://127.0.0.1:9/wire", "The Wire", Kind.PRESS),
    Feed("psirt", "http://127.0.0.1:9/psirt", "Huawei PSIRT", Kind.VENDOR),
    Feed("state", "http://127.0.0.1:9/state", "State News", Kind.STATE),
    Feed("lab", "http://127.0.0.1:9/lab", "Kernel Lab", Kind.RESEARCHER),
)
OUTLETS = {feed.id: feed.title for feed in FEEDS}
RULE = Rule("nsa", "nsa", title="NSA named", severity=Severity.HIGH)
QUERIES = {"patches": "has:cve", "NSA": "nsa"}


def config(rules: Iterable[Rule] = (RULE,), **ui: object) -> Config:
    return Config(
        path="feeds.toml",
        feeds=FEEDS,
        keywords=("Huawei", "HarmonyOS", "华为", "鸿蒙"),
        queries=QUERIES,
        rules=tuple(rules),
        ui=UiSettings(**ui),  # type: ignore[arg-type]
    )


def fresh(
    uid: str,
    title: str,
    *,
    feed: str = "wire",
    ago: float = HOUR,
    story: str = "",
    summary: str = "",
    topics: tuple[str, ...] = ("security",),
    cves: tuple[str, ...] = (),
    url: str | None = None,
    duplicate_of: str = "",
    why: Why | None = None,
    hidden: int = 0,
    outlet: str | None = None,
    links: tuple[str, ...] = (),
) -> Fresh:
    """An entry as the pipeline would hand it to the store."""
    when = NOW - ago
    address = f"https://{feed}.example/{uid}" if url is None else url
    entry = Entry(
        uid=uid, feed=feed, id=f"id-{uid}", title=title, url=address, canonical=address,
        published=when, first_seen=when, last_seen=NOW, time=when,
        outlet=OUTLETS[feed] if outlet is None else outlet,
        topics=topics, cves=cves, story=story or uid, duplicate_of=duplicate_of, why=why,
        hidden=hidden,
    )  # fmt: skip
    return Fresh(entry, Body(summary=summary, links=links))


def news() -> list[Fresh]:
    """A dozen stories of the subject: a group, patches, Chinese titles, look-alike markup."""
    why = Why("nsa1", "same event", 0.87, 0.6, (("huawei", 4.1), ("nsa", 3.7)))
    copy = Why("nsa1", "near-identical text", 0.98, 0.9, (("servers", 5.0),))
    return [
        fresh("nsa1", "NSA broke into Huawei servers, documents show", ago=5 * MINUTE,
              summary="The agency read the mail of executives.\n\nHuawei wants an answer.",
              links=("https://wire.example/documents",)),
        fresh("nsa2", "Huawei servers were read by the NSA, says Beijing", feed="state",
              story="nsa1", ago=4 * MINUTE, why=why),
        fresh("nsa3", "NSA broke into Huawei servers, documents show", feed="lab", story="nsa1",
              ago=3 * MINUTE, duplicate_of="nsa1", why=copy),
        fresh("aug", "August bulletin: HarmonyOS 5 kernel fixes", feed="psirt", ago=2 * HOUR,
              topics=("patches",), cves=("CVE-2026-58305", "CVE-2026-58306")),
        fresh("cve", "[CVE-2026-1234] Flaw in [/] HarmonyOS [@click=app.quit]updater[/]",
              feed="lab", ago=3 * HOUR, cves=("CVE-2026-1234",)),
        fresh("zh1", "华为发布鸿蒙系统六月安全更新，修复六十个漏洞，其中十三个为高危，请尽快升级",
              feed="psirt", ago=5 * HOUR, topics=("patches",)),
        fresh("zh2", "鸿蒙 6 开发者大会 🎉 华为公布路线图", feed="state", ago=DAY),
        fresh("fold", "Huawei shows a phone that folds twice", ago=26 * HOUR),
        fresh("ban", "Export ban on chips widened again", ago=3 * DAY),
        fresh("old", "NSA and Huawei servers: what the documents of 2014 show", ago=400 * DAY),
        fresh("bidi", "Invoice fdp.exe for Huawei customers", feed="lab", ago=9 * DAY, hidden=2,
              url="javascript:alert(1)"),
    ]  # fmt: skip


def store_with(folder: Path, entries: Iterable[Fresh], write: bool = True) -> Store:
    """A store that was written, closed and opened again, as at a start."""
    with Store.open(folder, now=lambda: NOW) as store:
        store.add(entries)
        store.flush()
    return Store.open(folder, now=lambda: NOW, write=write)
