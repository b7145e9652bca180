"""What users rely on: watch words are found, and an entry stands in the panes it belongs to."""

import tomllib
from importlib.resources import files

import pytest

from monitor.classify import MAX_CVES, Classifier, TopicRule, topic_rules, wanted
from monitor.models import Body, Entry, Feed

FEED = Feed(id="f", url="https://example.org/", title="F")
WORDS = ("Huawei", "HarmonyOS", "EMUI", "Kirin", "华为", "鸿蒙")
CLASSIFIER = Classifier(WORDS)


def classified(title: str, body: Body = Body(), feed: Feed = FEED) -> Entry:  # noqa: B008 (frozen)
    entry = Entry(
        uid="u", feed=feed.id, id="1", title=title, url="", canonical="", published=None,
        first_seen=1.0, last_seen=1.0, time=1.0, outlet="F",
    )  # fmt: skip
    return CLASSIFIER.classify(entry, body, feed)


@pytest.mark.parametrize(
    ("title", "topics"),
    [
        ("Huawei patches 60 vulnerabilities in its August bulletin", {"security", "patches"}),
        ("August 2025 security update for EMUI and HarmonyOS", {"patches"}),
        ("Huawei's update closes 60 holes, 13 of them critical", {"security", "patches"}),
        ("A hole opened in the street, says the update", set()),
        ("Zero-day exploited in the wild", {"security"}),
        ("Maduro: American spies can't hack my Huawei phone", {"geopolitics", "devices"}),
        ("US adds chipmaker to entity list", {"geopolitics"}),
        ("NSA broke into Huawei servers, Snowden files show", {"geopolitics"}),
        ("Mate 60 Pro teardown: Kirin is back", {"devices"}),
        ("Mate60系列开售", {"devices"}),
        ("华为发布安全公告，修复60个漏洞", {"security", "patches"}),
        ("美国扩大对华为的出口管制", {"geopolitics"}),
        ("A patch of land in the phonebook of Essex", set()),
        ("Bank holiday sales", set()),
        ("Urban planners ban cars", set()),
    ],
)
def test_topics(title: str, topics: set[str]) -> None:
    assert set(classified(title).topics) == topics


def test_the_summary_counts_as_well() -> None:
    entry = classified("A quiet month", Body(summary="EMUI gets a patch for CVE-2025-54627."))
    assert set(entry.topics) == {"security", "patches"}
    assert entry.matched == ("EMUI",)
    assert entry.cves == ("CVE-2025-54627",)


def test_no_word_is_found_across_title_and_summary() -> None:
    assert classified("Bye, Mate", Body(summary="60 people came")).topics == ()


def test_the_feeds_own_topics_come_after_those_that_were_found() -> None:
    feed = Feed("f", "u", "F", topics=("security", "chips"))
    assert classified("NSA and the exploit", feed=feed).topics == (
        "security",
        "geopolitics",
        "chips",
    )
    assert classified("Nothing", feed=feed).topics == ("security", "chips")


def test_watch_words_come_as_configured_and_not_from_the_rules() -> None:
    assert classified("鸿蒙 and huawei's malware in SystemUI").matched == ("Huawei", "鸿蒙")


def test_cves_come_from_all_texts_and_are_bounded() -> None:
    many = " ".join(f"CVE-2025-{number}" for number in range(10_000, 10_200))
    entry = classified("CVE-2024-1111", Body(summary="cve‑2024‑2222", content=many))
    assert entry.cves[:3] == ("CVE-2024-1111", "CVE-2024-2222", "CVE-2025-10000")
    assert len(entry.cves) == MAX_CVES


def test_an_entry_is_wanted_if_a_watch_word_is_in_it_or_its_feed_keeps_all() -> None:
    everything = Feed("f", "u", "F", keep="all")
    assert wanted(classified("HarmonyOS NEXT"), FEED)
    assert not wanted(classified("SystemUI"), FEED)
    assert wanted(classified("SystemUI"), everything)


def test_a_rule_may_ask_for_a_second_word() -> None:
    classifier = Classifier([], [TopicRule("r", "fruit", ("apple",), ("pie", "tree"))])
    entry = classified("x")
    assert classifier.classify(entry, Body(summary="an apple"), FEED).topics == ()
    assert classifier.classify(entry, Body(summary="apple pies"), FEED).topics == ("fruit",)


def test_a_watch_word_may_be_a_word_of_a_rule() -> None:
    classifier = Classifier(["Kirin", "malware"])
    entry = classifier.classify(classified("x"), Body(summary="Malware"), FEED)
    assert (entry.matched, entry.topics) == (("malware",), ("security",))


def test_the_shipped_rules_are_sound() -> None:
    rules = topic_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert {rule.topic for rule in rules} == {"security", "patches", "geopolitics", "devices"}
    assert all(rule.any_of for rule in rules)
    text = files("monitor").joinpath("topics.toml").read_text("utf-8")
    for rule in tomllib.loads(text)["rule"]:
        assert set(rule) <= {"id", "topic", "any", "with"}, rule["id"]
        assert len(rule["any"]) == len(set(rule["any"])), rule["id"]
