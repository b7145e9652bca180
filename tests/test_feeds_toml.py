"""What ships in feeds.toml: sound, broad, and useful before anything is set up."""

from collections import Counter

import pytest

from monitor import config
from monitor.models import Config, Kind
from monitor.query import parse
from monitor.rules import explain, problems
from monitor.text import Keywords, web_url


@pytest.fixture(scope="module")
def shipped() -> Config:
    return config.load(None)


def test_loads_without_anything_to_remark(shipped: Config) -> None:
    assert shipped.notes == ()
    assert shipped.path == str(config.shipped())


def test_feeds_are_many_and_each_is_there_once(shipped: Config) -> None:
    assert len(shipped.feeds) >= 50
    for count in (
        Counter(feed.url.split("//")[1].rstrip("/") for feed in shipped.feeds),
        Counter(feed.title for feed in shipped.feeds),
        Counter(feed.id for feed in shipped.feeds),
    ):
        assert count.most_common(1)[0][1] == 1


def test_every_kind_and_both_languages_are_there(shipped: Config) -> None:
    enabled = [feed for feed in shipped.feeds if feed.enabled]
    kinds = Counter(feed.kind for feed in enabled)
    assert all(kinds[kind] >= 4 for kind in Kind)
    languages = Counter(feed.lang.split("-")[0] for feed in enabled)
    assert languages["en"] >= 40
    assert languages["zh"] >= 10
    assert {topic for feed in enabled for topic in feed.topics} == set(config.TOPICS)


def test_every_feed_is_complete_polite_and_without_secrets(shipped: Config) -> None:
    for feed in shipped.feeds:
        assert feed.title != feed.id, feed.id
        assert feed.lang, feed.id
        assert feed.interval >= 1800, feed.id
        assert web_url(feed.url) == feed.url, feed.id


def test_focused_feeds_keep_all_and_general_ones_what_matches(shipped: Config) -> None:
    keep = {feed.id: feed.keep for feed in shipped.feeds}
    assert keep["huawei-central"] == keep["huawei-psirt"] == "all"
    assert keep["bbc-world"] == keep["ithome"] == keep["xinhua"] == "matching"


def test_queries_and_rules_can_be_read(shipped: Config) -> None:
    assert 5 <= len(shipped.queries) <= 8
    assert 3 <= len(shipped.rules) <= 12
    for text in shipped.queries.values():
        assert parse(str(parse(text))) == parse(text)
    assert not list(problems(shipped.rules))
    assert all(rule.title and explain(rule).endswith(".") for rule in shipped.rules)


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Maduro shows off Huawei phone, says US spies can't hack it", ("Huawei",)),
        ("HARMONYOS 5 reaches MatePad", ("HarmonyOS", "MatePad")),
        ("Mate 60 Pro torn down: a Kirin inside", ("Kirin", "Mate 60")),
        ("The Pura 80 Ultra and the nova 14 go global", ("Pura 80", "nova 14")),
        ("华为发布鸿蒙新版本", ("华为", "鸿蒙")),
        ("NSA's Shotgiant, ten years on", ("Shotgiant",)),
        ("My mate saw a nova ascend over HMS Victory", ()),
        ("A flaw in Android's SystemUI", ()),
        ("Voters head to the polls", ()),
    ],
)
def test_watch_words_find_what_is_meant(
    shipped: Config, title: str, found: tuple[str, ...]
) -> None:
    assert Keywords(shipped.keywords).find(title) == found
