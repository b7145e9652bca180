"""The samples of `--demo`: served as real feeds are, and fit for a first look at everything."""

import asyncio
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from monitor import demo
from monitor.models import Config, Kind, RawFeed
from monitor.parse import ParseError, parse
from monitor.poll import Poller
from monitor.round import Round
from monitor.sources import Collector
from monitor.store import Store

NOW = 1_760_000_000.0  # 9 October 2025
LOCAL = {"closed-gazette", "front-page"}  # feeds that are meant to fail


def now() -> float:
    return NOW


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with demo.serve(now) as address:
        yield address


def feeds(base: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(demo.config_text(base, NOW))["feeds"]
    return found


@pytest.fixture(scope="module")
def raw(base: str) -> dict[str, RawFeed]:
    """Every good sample, fetched and parsed, by feed id."""
    answers = {name: httpx.get(f["url"]) for name, f in feeds(base).items() if name not in LOCAL}
    return {
        name: parse(answer.content, answer.headers["Content-Type"], str(answer.url))
        for name, answer in answers.items()
    }


def test_dates_are_relative_to_the_moment_of_serving() -> None:
    text = demo.render("{{rfc822 -3h}}|{{iso -2d}}|{{iso -90m +08:00}}|{{rfc822 +1d -03:30}}", NOW)
    first, second, third, fourth = text.split("|")
    assert parsedate_to_datetime(first).timestamp() == NOW - 3 * 3600
    assert datetime.fromisoformat(second).timestamp() == NOW - 2 * 86400
    assert datetime.fromisoformat(third).timestamp() == NOW - 90 * 60
    assert third.endswith("+08:00")
    assert parsedate_to_datetime(fourth).timestamp() == NOW + 86400
    assert fourth.endswith("-0330")


@pytest.mark.parametrize("wrong", ["{{iso}}", "{{iso -3w}}", "{{yesterday}}", "{{ iso -3h }}"])
def test_a_placeholder_that_is_none_is_an_error(wrong: str) -> None:
    with pytest.raises(ValueError, match="unknown placeholder"):
        demo.render(f"<pubDate>{wrong}</pubDate>", NOW)


def test_every_sample_is_served_whole_in_the_encoding_that_it_declares(base: str) -> None:
    encodings = set()
    for path, document in demo.documents(NOW).items():
        answer = httpx.get(base + path)
        assert answer.status_code == 200
        assert answer.content == document.body
        declared = re.search(r'encoding="([^"]+)"', answer.content.decode("latin-1")[:80])
        encoding = declared[1] if declared else "utf-16" if "kaifazhe" in path else "utf-8"
        encodings.add(encoding)
        assert "{{" not in answer.content.decode(encoding)
    assert encodings == {"utf-8", "gb18030", "utf-16"}


def test_every_sample_has_a_feed_in_the_configuration(base: str) -> None:
    urls = {feed["url"] for feed in feeds(base).values()}
    served = {base + path for path in demo.documents(NOW) if not path.startswith("/sources/")}
    assert urls - served == {f"{base}/closed-gazette.xml"}
    assert served <= urls


@pytest.mark.parametrize(
    ("header", "field"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")]
)
def test_what_has_not_changed_is_answered_with_304(base: str, header: str, field: str) -> None:
    url = f"{base}/tide.xml"
    validator = httpx.get(url).headers[field]
    again = httpx.get(url, headers={header: validator})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == httpx.get(url).headers["ETag"]


def test_another_etag_gets_the_document_whatever_the_date_says(base: str) -> None:
    url = f"{base}/tide.xml"
    headers = {
        "If-None-Match": '"older", W/"x"',
        "If-Modified-Since": httpx.get(url).headers["Last-Modified"],
    }
    assert httpx.get(url, headers=headers).status_code == 200


def test_what_is_not_a_sample_is_not_found(base: str) -> None:
    for path in ("/closed-gazette.xml", "/", "/../demo.toml", "/samples/tide.xml"):
        assert httpx.get(base + path).status_code == 404


def test_the_good_samples_parse_and_the_bad_ones_say_why(
    base: str, raw: dict[str, RawFeed]
) -> None:
    assert len(raw) >= 14
    assert 100 <= sum(len(feed.entries) for feed in raw.values()) <= 130
    assert {name for name, feed in raw.items() if feed.warning} == {"night-desk"}
    assert len(raw["night-desk"].entries) >= 5
    page = httpx.get(feeds(base)["front-page"]["url"])
    with pytest.raises(ParseError):
        parse(page.content, page.headers["Content-Type"], str(page.url))


def test_all_kinds_and_both_languages_are_there(base: str, raw: dict[str, RawFeed]) -> None:
    kinds = Counter(feed["kind"] for feed in feeds(base).values())
    assert set(kinds) == {kind.value for kind in Kind}
    chinese = [e for f in raw.values() for e in f.entries if re.search("[一-鿿]", e.title.value)]
    assert len(chinese) >= 15
    assert any("鸿蒙" in entry.title.value for entry in raw["kaifazhe"].entries)  # UTF-16
    assert any("华为" in entry.title.value for entry in raw["bay-daily"].entries)  # GB18030


def test_dates_are_in_the_past_and_spread(raw: dict[str, RawFeed]) -> None:
    dates = [entry.published for feed in raw.values() for entry in feed.entries]
    ages = [(NOW - date) / 86400 for date in dates if date is not None]
    assert len(ages) >= len(dates) - 1  # the entry that is cut off has none
    assert min(ages) > 0
    assert sum(age < 1 for age in ages) >= 15  # headlines
    assert sum(age > 14 for age in ages) >= 25  # earlier stories


def test_the_lead_story_is_told_reprinted_and_disputed(raw: dict[str, RawFeed]) -> None:
    told = {
        (name, entry.title.value, entry.link)
        for name, feed in raw.items()
        for entry in feed.entries
        if ("Maduro" in entry.title.value and "Huawei" in entry.title.value)
        or "马杜罗" in entry.title.value
    }
    assert len({name for name, _, _ in told}) >= 7
    wire = next(title for name, title, _ in told if name == "harbour-wire")
    reprints = {name for name, title, _ in told if title == wire}
    assert reprints == {"harbour-wire", "caracas-daily", "tide"}
    assert any("utm_source=" in link for _, _, link in told)
    assert any("not unhackable" in title for _, title, _ in told)
    assert any("质疑" in title for _, title, _ in told)


def test_hostile_titles_arrive_as_hostile_as_they_are() -> None:
    document = demo.documents(NOW)["/patch-calendar.json"]
    titles = " ".join(item["title"] for item in json.loads(document.body)["items"])
    for piece in ("[CVE-2026-1234] Flaw", "[@click=", "\x1b]0;", "\u202e", "\u200b", "\ud800"):
        assert piece in titles


def test_a_session_leaves_nothing_behind() -> None:
    with demo.demo_session(now) as (config, data):
        assert data.is_dir()
        assert not list(data.iterdir())
        assert len(config.feeds) == len(feeds(""))
        assert config.rules
        assert config.queries
        assert httpx.get(config.feeds[0].url).status_code == 200
        (data / "something").write_text("kept no longer than the session")
        url, parent = config.feeds[0].url, Path(config.path).parent
    assert not data.exists()
    assert not parent.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_samples_fire_alerts_of_several_kinds() -> None:
    with demo.demo_session(now) as (config, data), Store.open(data, now=now) as store:
        asyncio.run(one_round(config, store))
        fired = {alert.rule: alert for alert in store.alerts.all}
    assert {"unhackable", "grave-cve", "exploited", "my-devices"} <= fired.keys()
    assert fired["unhackable"].moved
    assert fired["exploited"].reason.startswith("KEV added ")
    assert fired["my-devices"].about.title == "A phone that is late"


def test_the_storys_two_halves_are_grouped_in_both_languages() -> None:
    with demo.demo_session(now) as (config, data), Store.open(data, now=now) as store:
        asyncio.run(one_round(config, store))
        stories = [{entry.title for entry in story.entries} for story in store.stories.values()]
    (chinese,) = [titles for titles in stories if "马杜罗展示华为手机 称美国间谍无法入侵" in titles]
    assert {
        "马杜罗：美国间谍无法入侵我的华为手机",
        "“美国间谍无法入侵”？研究者质疑马杜罗的说法",
    } <= chinese
    (wanted,) = [titles for titles in stories if "亚冬会网络攻击案：三名美国特工被通缉" in titles]
    assert "哈尔滨警方通缉三名美国国安局人员" in wanted
    (bulletin,) = [
        titles for titles in stories if "HarmonyOS security bulletin, August 2025" in titles
    ]
    assert "华为8月安全公告修复约60个鸿蒙漏洞 13个为高危" in bulletin
    assert "Counting the HarmonyOS August bulletin: 58 rows, not 60" in bulletin


async def one_round(config: Config, store: Store) -> None:
    poller = Poller(config, store, now=now)
    turn = Round(poller, Collector(config, store, now=now, environ=demo.ENVIRON))
    try:
        await turn.poll(all=True)
    finally:
        await turn.aclose()
