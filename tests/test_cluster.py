"""Grouping: which entries repeat one another, and which are about one event."""

import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import duplicates as benchmark
from benchmarks import rivals
from benchmarks.grouping import generated
from monitor.cluster import Constraints, Index, Item, Placement, batch, identities, lexicon, reading
from monitor.cluster.lexicon import Lexicon
from monitor.cluster.table import NOTHING, Table
from monitor.cluster.texts import Names, Texts
from monitor.cluster.vectors import Vocabulary
from monitor.normalize.canonical import canonical
from monitor.text import cves

DATA = Path(__file__).parents[2] / "shared" / "data"
labelled = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled sets are not here")
DAY = 86_400.0
NOW = 1_756_100_000.0


def item(title: str, **fields: object) -> Item:
    """An entry, by default of an outlet, an address and a key of its own."""
    key = str(fields.get("key", f"{title}|{sorted(fields.items())}"))
    plain: dict[str, object] = {
        "key": key,
        "summary": "",
        "time": NOW,
        "url": f"https://site.example/{key}",
        "source": f"outlet of {key}",
        "cves": cves(f"{title} {fields.get('summary', '')}"),
    }
    return Item(title=title, **{**plain, **fields})  # type: ignore[arg-type]


def place(items: Iterable[Item]) -> list[Placement]:
    return batch.place(items)


def stories(*items: Item) -> int:
    return len({placement.story for placement in place(items)})


def repeats(first: Item, second: Item) -> bool:
    """Whether the second is a duplicate of the first."""
    return place([first, second])[1].duplicate_of == first.key


# ---- duplicates


LONG = "Huawei releases urgent security update for HarmonyOS phones after researchers find flaw"


def test_the_same_title_in_another_outlet_is_a_reprint() -> None:
    one, two = item(LONG, key="a"), item(LONG, key="b", time=NOW + DAY)
    first, second = place([one, two])
    assert first == Placement("a", "", None)
    assert second.story == "a"
    assert second.duplicate_of == "a"
    assert second.why is not None
    assert (second.why.other, second.why.reason) == ("a", "same title")


def test_one_address_is_one_text_whatever_its_headline_became() -> None:
    url = canonical("https://news.example/huawei/story-1")
    again = canonical("http://www.news.example/huawei/story-1?utm_source=rss&fbclid=x#top")
    one = item("Researchers dispute claim that Huawei phones can't be hacked", url=url, source="N")
    two = item("Huawei phones can be hacked after all, say researchers", url=again, source="N")
    three = item("What everyone gets wrong about telephones", url=again, source="Aggregator")
    index = Index()
    first, second, third = (index.add(one) for one in (one, two, three))
    assert first.duplicate_of == ""
    assert second.duplicate_of == third.duplicate_of == one.key
    assert third.why is not None
    assert third.why.reason == "same address"


def test_an_address_that_an_outlet_gives_all_its_entries_hides_nothing() -> None:
    url = "https://vendor.example/bulletins"
    titles = (
        "HarmonyOS security bulletin August 2025",
        "HarmonyOS security bulletin September 2025",
    )
    assert not repeats(*(item(title, url=url, source="V") for title in titles))
    assert not repeats(
        item("Camera fixes", url=url, source="V"), item("New store", url=url, source="V")
    )
    front = [item(title, url="https://blog.example/", source="B") for title in (LONG, "Other news")]
    assert not repeats(*front)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (LONG, LONG.replace("releases", "released")),
        (LONG, LONG + "."),
        (LONG, LONG.replace("phones", "phone")),
        (LONG, "A " + LONG),
        (LONG, LONG.replace("researchers", "reserchers")),
        (LONG, LONG.replace("HarmonyOS", "Harmony\u200bOS").replace("flaw", "fl\u0430w")),
        (LONG, LONG.replace("security", "se\u00adcurity").upper()),
        (LONG, LONG + " - The Record"),
    ],
)
def test_an_edited_or_disguised_headline_is_a_duplicate(one: str, two: str) -> None:
    assert repeats(item(one), item(two, source="The Record"))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "HarmonyOS 4.2.0.186 rolls out to Mate 60 phones",
            "HarmonyOS 4.2.0.190 rolls out to Mate 60 phones",
        ),
        (
            "Huawei security bulletin for phones, August 2025",
            "Huawei security bulletin for phones, September 2025",
        ),
        (
            "Huawei fixes CVE-2025-11111 in the HarmonyOS kernel",
            "Huawei fixes CVE-2025-22222 in the HarmonyOS kernel",
        ),
        ("华为发布鸿蒙系统2025年8月安全更新公告详情", "华为发布鸿蒙系统2025年9月安全更新公告详情"),
        (
            "Huawei to ship HarmonyOS 5 to all tablets next month",
            "Huawei to ship HarmonyOS 6 to all tablets next month",
        ),
    ],
)
def test_other_versions_months_and_ids_are_other_stories(one: str, two: str) -> None:
    assert stories(item(one, source="V"), item(two, source="V")) == 2
    assert stories(item(one), item(two)) == 2


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "Huawei phones are safe from the new Android spyware, experts say after long tests",
            "Huawei phones are not safe from the new Android spyware, experts say after long tests",
        ),
        (
            "Patch for HarmonyOS fixes 60 flaws, 13 of them rated high by the vendor itself",
            "Patch for HarmonyOS fixes 61 flaws, 13 of them rated high by the vendor itself",
        ),
        (
            "China accuses US of hacking its national time service for two whole years",
            "US accuses China of hacking its national time service for two whole years",
        ),
        (
            "Researchers call the new Huawei update process for older phones secure by design",
            "Researchers call the new Huawei update process for older phones insecure by design",
        ),
        (
            "Huawei beats Samsung in the market for folding phones in the second quarter again",
            "Huawei beats Lenovo in the market for folding phones in the second quarter again",
        ),
    ],
)
def test_what_says_something_else_in_nearly_the_same_words_is_no_duplicate(
    one: str, two: str
) -> None:
    assert not repeats(item(one), item(two))
    assert not repeats(item(one, source="V"), item(two, source="V"))


@pytest.mark.parametrize(
    "title",
    [
        "Weekly digest of security news for readers in a hurry",
        "Live updates: trade talks in Geneva between both powers",
        "This week in HarmonyOS: what our readers should know",
        "Security advisory",
        "安全公告",
    ],
)
def test_titles_of_a_series_and_short_ones_are_no_identity(title: str) -> None:
    assert not repeats(item(title, source="B", key="1"), item(title, source="B", key="2"))


def test_a_title_that_its_outlet_uses_again_hides_nothing_of_others_either() -> None:
    title = "What you need to know about security before breakfast"
    texts = ["Banks in Malta fell to a trojan.", "The court in Oslo fined a carrier.", "No news."]
    placements = place(
        item(title, key=str(n), source="B" if n < 2 else "C", summary=text)
        for n, text in enumerate(texts)
    )
    assert [placement.duplicate_of for placement in placements] == ["", "", ""]


def test_one_outlet_repeats_itself_where_title_and_summary_are_the_same() -> None:
    text = "The update reaches Mate 60 owners in Spain first, the company said on Tuesday."
    one, two = (item(LONG, key=key, source="B", summary=text) for key in "12")
    assert repeats(one, two)


def test_reprints_come_within_three_days() -> None:
    assert repeats(item(LONG), item(LONG, time=NOW + 2.9 * DAY))
    assert not repeats(item(LONG), item(LONG, time=NOW + 3.1 * DAY))


def test_a_duplicate_of_a_duplicate_names_the_original() -> None:
    url = "https://one.example/text"
    one = item(LONG, key="a", url=url)
    two = item(LONG, key="b")
    three = item("Phones: an update", key="c", url=two.url)
    assert [p.duplicate_of for p in place([one, two, three])] == ["", "a", "a"]


def test_the_same_id_in_two_feeds_means_nothing() -> None:
    """Keys are the store's uids, of (feed, id); what feeds call their entries is not looked at."""
    one = item("Court in Oslo fines carrier over Huawei antennas", key="1")
    two = item("New tablet with a folding screen shown in Shenzhen", key="2")
    assert stories(one, two) == 2


def test_precision_and_recall_on_the_projects_own_pairs() -> None:
    said = benchmark.found()
    assert said.pairs >= 200
    assert said.precision >= benchmark.PRECISION, said.wrong
    assert said.recall >= benchmark.RECALL, said.wrong


@pytest.mark.parametrize(
    "second",
    [
        "Huawei releases urgent security update for HarmonyOS phones after resea...",
        "Huawei releases urgent security update for HarmonyOS phones …",
        "UPDATE 2-" + LONG,
        "Exclusive: " + LONG,
    ],
)
def test_a_title_that_was_cut_short_or_labelled_is_a_duplicate(second: str) -> None:
    assert repeats(item(LONG), item(second))
    assert repeats(item(second), item(LONG))


def test_a_title_that_was_cut_too_short_or_goes_on_otherwise_is_none() -> None:
    assert not repeats(item(LONG), item("Huawei releases urgent security update …"))
    assert not repeats(item(LONG), item(LONG.rpartition("HarmonyOS")[0] + "HarmonyOS tablets …"))
    assert not repeats(item(LONG), item(LONG.rpartition(" after")[0]))  # no dots: another headline


# ---- R25 of threats.md: copies and what only looks like copies


def test_look_alike_copies_of_a_story_are_one() -> None:
    titles = [
        "Critical flaw found in Example Server",
        "critical flaw found in example server",
        "Critical\u00a0flaw found in Example Server",
        "Critical flaw\u200b found in Example Server",
        "Critical fl\u0430w found in Example Server",
        "Critical flaw found in Exa\u00admple Server",
        "Critical  flaw  found in Example Server ",
        "\uff23ritical flaw found in Example Server",
    ]
    one_address = {"url": "https://example.invalid/story", "source": "H"}
    assert stories(*(item(t, key=str(n), **one_address) for n, t in enumerate(titles))) == 1
    placements = place(item(title, key=str(n)) for n, title in enumerate(titles))
    assert [p.duplicate_of for p in placements] == ["", *["0"] * 7]


def test_spellings_of_one_address_are_one_story() -> None:
    spellings = [
        "https://example.invalid/a",
        "https://example.invalid/a?utm_source=x&utm_medium=y",
        "https://EXAMPLE.invalid/a",
        "https://example.invalid/a#frag",
        "http://example.invalid/a",
        "https://example.invalid:443/a",
        "https://example.invalid/a?fbclid=1",
        "https://example.invalid/./a",
        "https://example.invalid/%61",
    ]
    items = [
        item("Same story", key=str(n), url=canonical(url), source="H")
        for n, url in enumerate(spellings)
    ]
    assert [p.duplicate_of for p in place(items)] == ["", *["0"] * 8]


@pytest.mark.parametrize("word", ["no id", "empty"])
def test_numbered_entries_of_one_outlet_stay_apart(word: str) -> None:
    assert stories(*(item(f"HSTL {word} {n}", url="", source="H") for n in range(3))) == 3


def test_entries_of_one_outlet_that_share_one_word_of_two_stay_apart() -> None:
    words = ("alpha", "bravo", "charlie", "delta")
    assert stories(*(item(f"HSTL {word}", source="H") for word in words)) == 4


def test_another_feeds_claim_of_an_address_changes_nothing_of_the_story() -> None:
    index = Index()
    good = item("Good news of yesterday", key="good", url="https://e.invalid/before", source="G")
    assert index.add(good).story == "good"
    hijack = index.add(item("HSTL hijack", key="bad", url="https://e.invalid/before", source="H"))
    assert hijack == Placement("good", "good", hijack.why)
    later = index.add(item("Good news of yesterday, continued", key="more", source="G"))
    assert later.story == "good"


# ---- stories


def test_reports_of_one_event_in_other_words_are_one_story() -> None:
    one = item("Vodafone finds hidden backdoors in Huawei equipment", key="a")
    two = item("Hidden backdoors were found in Italian Vodafone network, report says", key="b")
    first, second = place([one, two])
    assert first.story == second.story == "a"
    assert second.duplicate_of == ""
    why = second.why
    assert why is not None
    assert (why.other, why.reason) == ("a", "same event")
    assert 0 < why.threshold <= why.score <= 1
    assert {"vodafone", "hidden"} <= {term for term, _ in why.shared}
    assert [weight for _, weight in why.shared] == sorted(
        (weight for _, weight in why.shared), reverse=True
    )
    assert len(why.shared) <= 8


def test_what_shares_only_everyday_words_is_two_stories() -> None:
    assert (
        stories(
            item("Hackers exploit critical vulnerability in popular router firmware"),
            item("Critical vulnerability lets hackers attack email servers"),
        )
        == 2
    )


BRIDGED = (
    item("Vodafone admits hidden backdoors in Italian routers", key="a"),
    item("Huawei supplied Telnet service to carrier in Milan", key="b"),
    item("Huawei Telnet service was hidden backdoors in Vodafone routers: carrier admits", key="c"),
)


def test_an_entry_that_two_stories_share_makes_them_one_under_the_older_id() -> None:
    index = Index()
    first, second, third = (index.add(one) for one in BRIDGED)
    assert (first.story, second.story) == ("a", "b")
    assert third.story == "a"
    [merger] = third.merged
    assert (merger.story, merger.lead) == ("b", "b")
    assert merger.why.reason == "stories merged"
    assert merger.why.other in {"a", "c"}
    assert merger.why.threshold <= merger.why.score <= 1
    more = item("Telnet service that Huawei supplied", key="d")
    assert index.add(more).story == "a"
    assert index.add(BRIDGED[1]._replace(key="e", url="", source="E")).story == "a"


GROWN = (
    item("Norlund crossings stopped by ransomware", key="a"),
    item("Ferry passengers stranded at Bornholm harbour", key="b"),
    item("Ferry passengers of Bornholm harbour sleep in a hall", key="c"),
    item("Norlund ferry crossings: passengers at Bornholm wait", key="d"),
)


def test_an_early_entry_is_judged_once_more_when_the_story_has_grown() -> None:
    """It shares nothing with those that came next, and a third of its words with the fourth."""
    index = Index()
    placed = [index.add(one) for one in GROWN]
    assert [placement.story for placement in placed] == ["a", "b", "b", "a"]
    [merger] = placed[3].merged
    assert (merger.story, merger.why.other) == ("b", "a")
    assert merger.why.threshold <= merger.why.score <= 1


def test_an_early_entry_with_contrary_facts_stays_apart_when_the_story_has_grown() -> None:
    early, *others, last = GROWN
    early = early._replace(title=f"{early.title} in August 2025")
    last = last._replace(title=f"{last.title} in October 2025")
    assert len({placement.story for placement in place([early, *others, last])}) == 2


def test_stories_that_the_user_split_are_not_merged_again() -> None:
    index = Index(constraints=Constraints({"a": {"b"}, "b": {"a"}}))
    placed = [index.add(one) for one in BRIDGED]
    assert not any(placement.merged for placement in placed)


def test_stories_with_contrary_facts_are_not_merged() -> None:
    august = item("Huawei bulletin for Mate phones fixes camera flaws, August 2025", key="a")
    september = item("Huawei bulletin for Mate phones fixes camera flaws, September 2025", key="b")
    both = item("Huawei bulletins for Mate phones: camera flaws fixed", key="c")
    assert len({placement.story for placement in place([august, september, both])}) == 2


def test_many_at_once_are_told_where_they_are_in_the_end() -> None:
    placements = batch.place(BRIDGED)
    assert [placement.story for placement in placements] == ["a", "a", "a"]
    assert placements[0].why is None
    assert all(placement.why for placement in placements[1:])


def test_a_hashtag_is_its_words() -> None:
    spelt = item("Ban bossy: Nordlund wants the word gone", key="a")
    assert stories(spelt, item("Is #BanBossy a good idea?", key="b")) == 1
    assert stories(spelt, item("Is Banbossy a good idea?", key="c")) == 2


def test_an_address_tells_what_a_headline_leaves_out() -> None:
    spelt = item("Kaldor regulator fines Nordlund over its router firmware", key="a")
    vague = "It finally happened, and shareholders are not amused"
    told = "https://n.example/2025/08/kaldor-regulator-fines-nordlund-router-firmware.html"
    assert stories(spelt, item(vague, key="b", url=told)) == 1
    assert stories(spelt, item(vague, key="c", url="https://n.example/2025/08/4711.html")) == 2
    index = Index()
    index.add(spelt)
    why = index.add(item(vague, key="b", url=told)).why
    assert why
    assert {"kaldor", "nordlund"} <= {word for word, _ in why.shared}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.example/2025/Huawei-fixes_60+bugs-1234567.html", "Huawei fixes bugs"),
        ("https://a.example/tech/huawei-fixes-bugs/?utm=one-two-three", "huawei fixes bugs"),
        (
            "https://a.example/%D1%85%D1%83%D0%B0-%D0%B2%D1%8D%D0%B9-%D1%87%D0%B8%D0%BF",
            "хуа вэй чип",
        ),
        ("https://a.example/rss/articles/CBMiX2h-dHBz_0Ei8v-d3d3", ""),
        ("https://a.example/0b7c6f1e-8d2a-4b7e-9d2c-1f2e3d4c5b6a", ""),
        ("https://huawei-fixes-sixty-bugs.example/", ""),
        ("https://a.example/node/60", ""),
        ("https://a.example/one-two-three-" + "x" * 9_000, "one two three " + "x" * 276),
        ("", ""),
    ],
)
def test_the_words_of_an_address(url: str, words: str) -> None:
    assert identities.address_words(url) == words


def test_a_word_that_the_address_cuts_is_no_word() -> None:
    url = "https://a.example/nordlund-router-firmware-withdr"
    learnt = Lexicon()
    read = reading.read("Nordlund withdraws it", "", url, "A", (), learnt)
    terms = [learnt.forms[number] for number in read.terms[0]]
    assert sorted(terms) == ["firmwar=firmware", "router"]


def test_what_shares_one_everyday_word_is_two_stories() -> None:
    one = item("Human digital twins could give attackers a dangerous advantage", key="a")
    two = item("Five features of your phone you take no advantage of", key="b")
    assert stories(one, two) == 2
    frozen = item("Harbour of Aarhus seized by winter storm", key="e")
    closed = item("Kaldor marketplace seized", key="f")  # as everyday as its synonyms
    assert stories(frozen, closed) == 2
    named = item("Koske hides in pictures of pandas", key="c")
    assert stories(named, item("How Koske got onto cloud hosts", key="d")) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "Germany to remove Huawei and ZTE components from 5G networks",
            "La Germania elimina i componenti di Huawei e ZTE dalle reti 5G",
        ),
        (
            "US revokes Qualcomm and Intel licenses to sell chips to Huawei",
            "美国撤销高通和英特尔向华为出售芯片的许可",
        ),
        ("Vodafone denies hidden backdoors in Huawei equipment", "沃达丰否认华为设备存在后门"),
    ],
)
def test_the_same_event_in_two_languages_is_one_story_by_its_names(one: str, two: str) -> None:
    assert stories(item(one), item(two)) == 1
    other = item("华为公布上半年营收 汽车业务首次盈利", lang="zh")
    assert stories(item(one), other) == 2


def test_stories_end_after_a_week() -> None:
    one = item("Vodafone finds hidden backdoors in Huawei equipment")
    again = item("Hidden Huawei backdoors at Vodafone", time=NOW + 6.9 * DAY)
    late = item("Hidden Huawei backdoors at Vodafone", time=NOW + 7.1 * DAY)
    assert stories(one, again) == 1
    assert stories(one, late) == 2


def test_a_story_goes_on_while_it_is_in_the_news() -> None:
    times = [NOW + days * DAY for days in (0, 5, 10, 15)]
    titles = [
        f"Vodafone finds hidden backdoors, chapter of {w}" for w in ("spies", "law", "tax", "end")
    ]
    assert stories(*(item(t, time=at) for t, at in zip(titles, times, strict=True))) == 1


def test_entries_may_come_late() -> None:
    one = item("Vodafone finds hidden backdoors in Huawei equipment")
    assert stories(one, item("Hidden Huawei backdoors at Vodafone", time=NOW - 5 * DAY)) == 1


def test_a_cve_id_joins_what_words_do_not() -> None:
    one = item("Root access through a forgotten debug port", summary="Tracked as CVE-2025-54321.")
    two = item("鸿蒙内核漏洞可导致提权 编号CVE-2025-54321", lang="zh")
    assert stories(one, two) == 1


def test_a_round_up_of_many_cve_ids_glues_nothing() -> None:
    ids = [f"CVE-2025-{number}" for number in range(40001, 40009)]
    bulletin = item("Monthly fixes by the vendor", summary=" ".join(ids))
    one = item("Camera driver lets apps read memory", summary=f"The flaw is {ids[0]}.")
    two = item("Bluetooth pairing skips the question", summary=f"The flaw is {ids[7]}.")
    assert stories(bulletin, one, two) == 3


def test_chinese_reports_of_one_event_are_one_story() -> None:
    one = item("华为Mate 60 Pro拆解:麒麟9000S芯片由中芯国际制造", lang="zh")
    two = item("拆解显示华为Mate 60 Pro麒麟芯片出自中芯国际之手", lang="zh")
    other = item("华为公布上半年营收 汽车业务首次盈利", lang="zh")
    first, second, third = place([one, two, other])
    assert first.story == second.story != third.story


def test_chinese_reprints_are_duplicates() -> None:
    title = "研究人员质疑华为手机无法被入侵的说法 厂商未作回应"
    assert repeats(item(title), item(title.replace(" ", ","), time=NOW + 60))
    assert not repeats(item(title), item(title.replace("无法", "可以"), time=NOW + 60))


# ---- the index over time


def corpus(count: int, seed: int = 3) -> list[Item]:
    """Entries about a few events each told several times, an hour apart."""
    chosen = random.Random(seed)
    acts = ["sues", "buys", "leaves", "praises", "audits", "hires", "fines", "meets"]
    found = []
    for number in range(count):
        event = chosen.randrange(max(1, count // 4))
        names = [f"{name}{event}x" for name in ("zor", "mel", "tav", "quin", "bresk")]
        words = [*chosen.sample(names, 3), acts[event % len(acts)], f"aside{number}y"]
        time = NOW + number * 3600.0
        found.append(item(" ".join(words).capitalize(), key=f"{number:04}", time=time))
    return found


def test_an_index_that_was_told_decides_as_the_one_that_decided() -> None:
    items = corpus(120)
    grown, told = Index(), Index()
    for one in items[:90]:
        placement = grown.add(one)
        told.know(one, placement.story, placement.duplicate_of)
    assert [told.add(one) for one in items[90:]] == [grown.add(one) for one in items[90:]]


def test_known_stories_keep_ids_that_no_entry_has() -> None:
    """The first entry of a story may be gone from the store; its id stays."""
    index = Index()
    index.know(item("Vodafone finds hidden backdoors in Huawei equipment", key="b"), "gone")
    assert index.add(item("Hidden Huawei backdoors at Vodafone", key="c")).story == "gone"


@pytest.mark.parametrize("others", [0, 1, 40])
def test_what_is_forgotten_is_not_found(others: int) -> None:
    """Whether or not it was enough to be worth a rebuilding."""
    index = Index()
    index.add(item(LONG, key="old", url="https://n.example/1"))
    for one in corpus(others):
        index.add(one._replace(time=NOW + 2 * DAY))
    index.forget(NOW + DAY)
    reprint = item(LONG, key="new", time=NOW + 2 * DAY)
    same_place = item(
        "Tablets on sale in Oslo", key="at", url="https://n.example/1", time=NOW + 2 * DAY
    )
    assert index.add(same_place) == Placement("at", "", None)
    assert index.add(reprint) == Placement("new", "", None)
    assert index.add(reprint._replace(key="newer", source="N", url="")).duplicate_of == "new"


def test_forgetting_leaves_the_others_as_they_are() -> None:
    items = corpus(200)
    index = Index()
    for one in items[:150]:
        index.add(one)
    before = index.add(items[160])
    index.forget(items[60].time)
    assert len(index) <= 91
    again = items[160]._replace(key="again", title="Words of another kind", source="Z")
    assert index.add(again).duplicate_of == (before.duplicate_of or items[160].key)
    retold = items[160]._replace(key="retold", title=items[160].title + " retold", url="")
    assert index.add(retold).story == before.story


def test_an_entry_that_comes_twice_stays_where_it_was() -> None:
    index = Index()
    one = item(LONG, key="a")
    assert index.add(one) == index.add(one) == Placement("a", "", None)


def test_order_within_the_hour_hardly_matters() -> None:
    items = corpus(160)
    shuffled = [one for start in range(0, 160, 8) for one in reversed(items[start : start + 8])]
    given_, other = (
        {one.key: p.story for one, p in zip(order, place(order), strict=True)}
        for order in (items, shuffled)
    )
    levels = agreement([(given_[one.key], other[one.key]) for one in items])
    assert levels[1] > 0.9


wild = st.text(max_size=400) | st.from_regex(r"[a-z ]{0,80}", fullmatch=True)
entries = st.lists(
    st.builds(
        Item,
        key=st.uuids().map(str),
        title=wild,
        summary=wild,
        time=st.floats(NOW - 30 * DAY, NOW),
        url=wild | st.sampled_from(["", "https://e.example/a", "https://e.example/b"]),
        source=st.sampled_from(["a", "b", ""]),
        lang=st.just(""),
        reading=st.none(),
        forms=st.just(()),
        cves=st.lists(st.sampled_from(["CVE-2025-1000", "CVE-2025-1001", "CVE-2024-9999"])).map(
            tuple
        ),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(entries)
def test_every_entry_is_in_one_story_and_repeats_one_that_came_before(items: list[Item]) -> None:
    index = Index()
    story_of: dict[str, str] = {}
    for one in items:
        placement = index.add(one)
        ended = {merger.story for merger in placement.merged}
        assert placement.story not in ended <= set(story_of.values())
        story_of = {
            key: placement.story if story in ended else story for key, story in story_of.items()
        }
        assert placement.story == one.key or placement.story in story_of.values()
        if placement.duplicate_of:
            assert story_of[placement.duplicate_of] == placement.story
        assert (placement.why is None) == (placement.story == one.key)
        story_of[one.key] = placement.story


names = st.sampled_from(
    ["vodafone", "huawei", "telnet", "milan", "oslo", "koske", "clorox", "router", "court", "fine"]
)
told = st.lists(
    st.builds(
        lambda words, hours, number: item(
            " ".join(words), key=f"{number:032x}", time=NOW + 3600 * hours
        ),
        st.lists(names, min_size=3, max_size=7),
        st.integers(0, 200),
        st.integers(0, 2**100),
    ),
    max_size=25,
    unique_by=lambda one: one.key,
)


@settings(deadline=None)
@given(told)
def test_many_at_once_are_where_a_store_would_have_moved_them(items: list[Item]) -> None:
    index, story_of = Index(), dict[str, str]()
    for one in items:
        placement = index.add(one)
        for merger in placement.merged:
            assert story_of[merger.lead] == merger.story
            moved = [key for key, story in story_of.items() if story == merger.story]
            story_of |= dict.fromkeys(moved, placement.story)
        story_of[one.key] = placement.story
    placements = batch.place(items)
    assert [placement.story for placement in placements] == [story_of[one.key] for one in items]
    for one, placement in zip(items, placements, strict=True):
        assert (placement.why is None) == (placement.story == one.key)


@settings(deadline=None)
@given(told)
def test_entries_that_come_again_stay_where_they_are(items: list[Item]) -> None:
    index = Index()
    for one in items:
        index.add(one)
    before = len(index)
    again = [index.add(one) for one in items]
    assert len(index) == before
    assert not any(placement.merged for placement in again)
    assert [index.add(one).story for one in items] == [placement.story for placement in again]


@settings(deadline=None)
@given(told, st.randoms(use_true_random=False))
def test_unrelated_entries_come_in_any_order(items: list[Item], chosen: random.Random) -> None:
    """Titles of words of their own, among others that may group as they like."""
    strangers = [
        item(f"zor{n}a mel{n}e tav{n}i quin{n}o", key=f"stranger {n}", time=one.time)
        for n, one in enumerate(items)
    ]
    mixed = [*items, *strangers]
    chosen.shuffle(mixed)
    found = dict(zip((one.key for one in mixed), batch.place(mixed), strict=True))
    assert all(found[one.key].story == one.key for one in strangers)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 5_000)), max_size=60))
def test_a_table_answers_as_a_dict(pairs: list[tuple[str, int]]) -> None:
    table = Table()
    for text, number in pairs:
        table.put(text, number)
    wanted = dict(pairs)
    assert {text: table.get(text) for text in wanted} == wanted
    half = {number: number + 1 for number in wanted.values() if number % 2}
    kept = table.renumbered(half)
    assert {t: kept.get(t) for t in wanted} == {t: half.get(n, NOTHING) for t, n in wanted.items()}


def test_a_table_grows() -> None:
    table = Table()
    for number in range(5_000):
        table.put(f"text {number}", number)
    assert [table.get(f"text {number}") for number in range(0, 5_000, 7)] == [*range(0, 5_000, 7)]
    assert table.get("another text") == NOTHING


@settings(deadline=None)
@given(st.lists(st.text() | st.just("\ud800"), max_size=40))
def test_packed_texts_are_what_was_put(wanted: list[str]) -> None:
    texts, names = Texts(), Names()
    for text in wanted:
        texts.append(text)
        names.append(text)
    assert len(texts) == len(wanted)
    assert [texts[number] for number in range(len(wanted))] == wanted
    assert [names[number] for number in range(len(wanted))] == wanted


def test_what_another_process_read_by_lexicons_of_its_own_is_grouped_alike() -> None:
    lexicons = [Lexicon(), Lexicon()]
    ours, theirs = Index(), Index()
    for number, one in enumerate(generated(600)):
        learnt = lexicons[number // 50 % 2]
        read = reading.read(one.title, one.summary, one.url, one.source, one.cves, learnt)
        placed = theirs.add(one._replace(reading=read, forms=learnt.forms))
        assert placed.story == ours.add(one).story


def test_a_lexicon_that_is_full_is_replaced_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    items = generated(300)
    roomy = [placed.story for placed in map(Index().add, items)]
    monkeypatch.setattr(lexicon, "FULL", 100)
    assert [placed.story for placed in map(Index().add, items)] == roomy


def test_a_common_term_leads_to_the_newest_of_its_stories() -> None:
    vocabulary = Vocabulary()
    vector = vocabulary.vector(((), (), (0,), ()), ["vodafone"])
    for story in range(1_000):
        vocabulary.lead(vector.weights, story)
        vocabulary.lead(vector.weights, story)  # of a second entry: once is enough
    found = vocabulary.candidates(vector, 300)
    assert found == sorted(found, reverse=True)
    assert found[0] == 999
    assert len(found) == len(set(found)) >= 200


def test_looking_at_few_finds_what_comparing_all_finds() -> None:
    items = generated(2_200)
    known, new = items[:2_000], items[2_000:]
    index = Index()
    for one in known:
        index.know(one, one.key)
    full = rivals.all_pairs(known, new)
    assert len(full) >= 20
    assert len(full & rivals.joined(index, new)) >= 0.95 * len(full)


def test_huge_texts_are_read_in_part() -> None:
    long = item("word " * 100_000, summary="".join(map(chr, range(0x4E00, 0x9000))) * 20)
    assert place([long, long._replace(key="b", url="")])[0].story == long.key


# ---- the labelled sets


def agreement(pairs: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """F1 over pairs of entries, and B-cubed F1, of (story, label) for each entry."""
    both, given_ = Counter(pairs), Counter(story for story, _ in pairs)
    labels = Counter(label for _, label in pairs)
    together = 2 * sum(n * (n - 1) for n in both.values())
    apart = sum(n * (n - 1) for n in (*given_.values(), *labels.values()))
    precision = sum(n * n / given_[story] for (story, _), n in both.items()) / len(pairs)
    recall = sum(n * n / labels[label] for (_, label), n in both.items()) / len(pairs)
    return together / apart if apart else 1.0, 2 * precision * recall / (precision + recall)


def seconds(date: str) -> float:
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()


def cyber() -> list[tuple[Item, str]]:
    summaries: dict[str, str] = {}
    for path in sorted((DATA / "feeds/cyberdash/hourly").glob("*.json")):
        for entry in json.loads(path.read_text()):
            summaries.setdefault(entry["link"], entry["summary"])
    with (DATA / "labelled/groups-cyberdash-202507/groups.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = [
        (
            item(
                row["title"],
                key=f"{number:03}",
                summary=summaries.get(row["link"], ""),
                time=seconds(row["published"]),
                url=row["link"],
                source=row["outlet"],
            ),
            row["story"],
        )
        for number, row in enumerate(rows)
    ]
    return sorted(found, key=lambda pair: (pair[0].time, pair[0].key))


def huawei() -> list[tuple[Item, str]]:
    lines = (DATA / "labelled/huawei-events/events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    days: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, row in enumerate(rows):
        if row["date"].count("-") == 2:
            days[row["date"][:7]].append((number, row["date"]))
    found = []
    for number, row in enumerate(rows):
        month, title = row["date"][:7], row["headline_from_address"]
        near = sorted((abs(other - number), day) for other, day in days[month])
        date = row["date"] if row["date"].count("-") == 2 else near[0][1] if near else f"{month}-15"
        if title:
            fields = {"url": row["url"], "source": row["outlet"], "time": seconds(date)}
            found.append((item(title, key=f"{number:03}", **fields), row["event"]))
    return sorted(found, key=lambda pair: (pair[0].time, pair[0].key))


def uci() -> list[tuple[Item, str]]:
    with (DATA / "labelled/uci-news-aggregator-part/stories.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        (
            Item(r["ID"], r["TITLE"], "", int(r["TIMESTAMP"]) / 1e3, r["URL"], r["PUBLISHER"]),
            r["STORY"],
        )
        for r in rows
    ]
    return sorted(found, key=lambda pair: pair[0].time)


def reached(pairs: Sequence[tuple[Item, str]]) -> tuple[float, float]:
    placements = place(one for one, _ in pairs)
    labels = (label for _, label in pairs)
    return agreement([(p.story, label) for p, label in zip(placements, labels, strict=True)])


@labelled
def test_level_on_security_news() -> None:
    pairs, b_cubed = reached(cyber())
    assert pairs >= 0.94
    assert b_cubed >= 0.96


@labelled
def test_level_on_huawei_events() -> None:
    pairs, b_cubed = reached(huawei())
    assert pairs >= 0.94
    assert b_cubed >= 0.95


@labelled
def test_level_on_an_aggregators_clusters() -> None:
    pairs, b_cubed = reached(uci())
    assert pairs >= 0.80
    assert b_cubed >= 0.83


@labelled
@pytest.mark.parametrize("seed", range(3))
def test_order_within_a_day_changes_little(seed: int) -> None:
    pairs = cyber()
    chosen = random.Random(seed)
    shuffled = sorted(pairs, key=lambda pair: (pair[0].time // DAY, chosen.random()))
    in_order, other = (
        {one.key: p.story for (one, _), p in zip(order, place(o for o, _ in order), strict=True)}
        for order in (pairs, shuffled)
    )
    assert agreement([(in_order[one.key], other[one.key]) for one, _ in pairs])[1] >= 0.93


@labelled
def test_unrelated_headlines_stay_out_of_stories() -> None:
    """1,000 headlines of another year and all subjects, spread over the same days."""
    ours = [one for one, _ in cyber()]
    rows = json.loads((DATA / "feeds/fwd-news/headlines-20220711.json").read_text())
    chosen = random.Random(7)
    others = [
        item(
            row["title"],
            key=f"n{number}",
            time=chosen.uniform(ours[0].time, ours[-1].time),
            url=row["link"],
            source=row["domain"],
        )
        for number, row in enumerate(chosen.sample(rows, 1_000))
    ]
    items = sorted([*ours, *others], key=lambda one: one.time)
    story_of = {one.key: p.story for one, p in zip(items, place(items), strict=True)}
    taken = {story_of[one.key] for one in ours}
    assert sum(story_of[one.key] in taken for one in others) <= 10


@labelled
def test_duplicates_found_in_real_headlines_are_duplicates() -> None:
    """Of one day's 10,037 headlines of 1,600 domains: those said to repeat have the same words."""
    rows = json.loads((DATA / "feeds/fwd-news/headlines-20220711.json").read_text())
    items = [
        item(row["title"], key=str(n), url=row["link"], source=row["domain"], time=NOW + n)
        for n, row in enumerate(rows[:4_000])
    ]
    by_key = {one.key: one for one in items}
    found = [
        (one, by_key[p.duplicate_of])
        for one, p in zip(items, place(items), strict=True)
        if p.why is not None and p.why.reason == "near-identical text"
    ]
    assert found
    for one, other in found:
        ours, theirs = (set(x.title.lower().replace("’", "'").split()) for x in (one, other))
        assert len(ours & theirs) >= 0.6 * max(len(ours), len(theirs)), (one.title, other.title)
