"""Claim beside dispute from the feed to what is shown: who says what is kept, judged and told."""

import json
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.claims import judge, tellings
from monitor.cluster.lexicon import Lexicon
from monitor.models import Body, Feed, Former, Fresh, Kind, Stance
from monitor.output import story_detail, story_text
from monitor.prepare import Job, prepare
from monitor.store import Store
from monitor.view import Board, make_detail
from monitor.view.ledger import said_in
from monitor.view.page import Item, Leads
from monitor.view.timeline import timeline_page
from monitor.vulnerability import Exploited, Record
from tests.bulletin_samples import AUGUST, MemoryLibrary
from tests.disputes import CLAIM, CVES, DENIAL, affair, as_read
from tests.loopback import rss
from tests.screen_samples import DAY, HOUR, NOW, config, fresh, store_with
from tests.storing import Clock, reader

KINDS = {"wire": Kind.PRESS, "state": Kind.STATE, "lab": Kind.RESEARCHER}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = store_with(tmp_path, affair(), write=False)
    store.load()
    return store


# Reading and keeping


def test_the_reading_process_reads_claims_and_leaves_reports_alone() -> None:
    page = rss((DENIAL, "https://example.org/a"), ("Huawei shows a phone", "https://example.org/b"))
    feed = Feed("news", "https://example.org/feed", "News", keep="all")
    job = Job(feed, (), page.encode(), "application/rss+xml", feed.url, NOW, None)
    prepared = prepare(job, Lexicon())
    denial, report = (fresh.entry for fresh in prepared.entries)
    assert denial.reading is not None
    assert denial.reading.stance is Stance.DISPUTES
    assert denial.reading.marks[0].words in DENIAL
    assert report.reading is None


def test_readings_and_the_verdict_survive_a_restart(tmp_path: Path) -> None:
    store = store_with(tmp_path, affair(), write=False)
    assert {story.id: story.disputed for story in store.front().stories} == {
        "claim": True, "fold": False, "before": False,
    }  # fmt: skip
    store.load()
    assert store.stories["claim"].disputed
    assert not store.stories["fold"].disputed
    for item in affair():
        assert store.entries[item.entry.uid] == item.entry


def test_the_verdict_follows_what_comes_and_goes(tmp_path: Path) -> None:
    claim, denial = (item for item in affair() if item.entry.uid in ("claim", "denial"))
    with Store.open(tmp_path, now=Clock(NOW)) as store:
        store.add([claim])
        assert not store.stories["claim"].disputed
        store.add([denial])
        assert store.stories["claim"].disputed
        store.regroup([replace(denial.entry, story="denial")])
        assert not store.stories["claim"].disputed
        store.regroup([replace(denial.entry, story="claim")])
        assert store.stories["claim"].disputed


def test_what_was_stored_unread_reports_until_its_feed_shows_it_again(tmp_path: Path) -> None:
    denial = next(item for item in affair() if item.entry.uid == "denial")
    unread = Fresh(replace(denial.entry, reading=None), denial.body)
    with Store.open(tmp_path, now=Clock(NOW)) as store:
        store.add([unread])
        assert not store.stories["claim"].disputed
        added = store.add([denial])
        assert not added.new + added.changed
        assert added.stories == {"claim"}
        assert store.stories["claim"].disputed
        assert store.add([denial]).stories == frozenset()
    assert reader(tmp_path).stories["claim"].disputed


def test_replaced_headlines_are_kept_the_first_and_the_last_of_them(tmp_path: Path) -> None:
    clock = Clock(NOW)
    item = fresh("a", "Title 0")
    with Store.open(tmp_path, now=clock) as store:
        store.add([item])
        for number in range(1, 9):
            clock.now = NOW + number
            store.add([Fresh(replace(item.entry, title=f"Title {number}"), item.body)])
        clock.now += 1
        store.add([Fresh(replace(item.entry, title="Title 8"), Body(summary="other text"))])
    former = reader(tmp_path).entries["a"].former
    assert former == (
        Former("Title 0", NOW + 1),
        *(Former(f"Title {number}", NOW + number + 1) for number in range(4, 8)),
    )


# Judging


def test_no_story_without_a_denial_is_judged(tmp_path: Path) -> None:
    """A start with 100,000 entries has no time for a look at every mark."""
    program = """
import sys
from monitor.store import Store
with Store.open(sys.argv[1], write=False) as store:
    store.load()
    print(len(store.stories), "monitor.claims" in sys.modules)
"""
    reports = [item for item in affair() if item.entry.uid in ("claim", "copy", "fold")]
    for folder, entries, printed in (("few", reports, "2 False"), ("all", affair(), "3 True")):
        store_with(tmp_path / folder, entries, write=False)
        command = [sys.executable, "-c", program, str(tmp_path / folder)]
        assert subprocess.check_output(command, text=True).strip() == printed


def test_the_stores_verdict_is_that_of_the_ledger(store: Store) -> None:
    for story in store.stories.values():
        assert story.disputed == (judge(tellings(story.entries)) is not None)


# Asking and printing


def test_disputed_stories_can_be_asked_for(store: Store) -> None:
    board = Board(config())
    board.adopt(board.snapshot(store), store)
    view = next(iter(board.panes.values()))
    for query, found in (("is:disputed", ["claim"]), ("-is:disputed", ["fold", "before"])):
        view.filter_by(query)
        while view.step(NOW):
            pass
        assert view.ids() == found
    assert board.row(view, 0, NOW).disputed is False


def test_show_tells_stances_and_the_ledger(store: Store) -> None:
    def detail(story_id: str) -> dict[str, object]:
        story = store.stories[story_id]
        bodies = {entry.uid: store.body(entry.uid) for entry in story.entries}
        kinds = {feed: kind.value for feed, kind in KINDS.items()}
        shown = story_detail(story, bodies, kinds, pinned=False, read=False, severity=None)
        read_back: dict[str, object] = json.loads(json.dumps(shown))
        return read_back

    told = detail("claim")
    assert told["disputed"] is True
    sources = told["sources"]
    assert isinstance(sources, list)
    assert [source["stance"] for source in sources] == ["claims", "claims", "disputes", "disputes"]
    ledger = told["ledger"]
    assert isinstance(ledger, dict)
    assert set(ledger) == {"claims", "disputes", "silences", "retractions", "supports"}
    [first, second] = ledger["disputes"]
    assert (first["party"], first["outlet"]) == ("Security researchers", "The Wire")
    assert first["evidence"] == "code as new as this holds mistakes"
    assert (second["party"], second["kind"]) == ("Kernel Lab", "researcher")
    assert ledger["silences"][0]["words"] == "made no statement"
    assert ledger["claims"][0]["repeated_in"] == ["copy"]
    printed = story_text(told)
    for words in ("marks: disputed", "Security researchers, in The Wire (press)", "evidence: code"):
        assert words in printed
    assert detail("fold")["ledger"] is None


# The ledger of the detail view


def test_each_party_stands_once_with_the_words_that_it_is_known_by(store: Store) -> None:
    said = said_in(store.stories["claim"], KINDS, UTC)
    assert [(one.stance, one.party) for one in said] == [
        ("claims", "Maduro"),
        ("disputes", "Security researchers"),
        ("disputes", "Kernel Lab"),
        ("silent", "Huawei"),
    ]
    maduro, researchers, lab, huawei = said
    assert maduro.where == "in State News, state, 2026-11-20 06:00"
    assert (maduro.words, maduro.hint, maduro.also) == ("says", True, ("The Wire",))
    assert researchers.evidence == ("code as new as this holds mistakes",)
    assert lab.where == "researcher, 2026-11-20 11:00"
    assert huawei.words == "made no statement"
    assert said_in(store.stories["fold"], KINDS, UTC) == ()
    assert (
        "disputed"
        in make_detail(store.stories["claim"], kinds=KINDS, pinned=False, unread=False).marks
    )


def test_corrections_stand_in_the_ledger_with_their_date(tmp_path: Path) -> None:
    correction = as_read(fresh("c", "Correction: Huawei phone was not hacked", ago=HOUR))
    store = store_with(tmp_path, [correction], write=False)
    store.load()
    said = next(one for one in said_in(store.stories["c"], KINDS, UTC) if one.stance == "retracts")
    assert (said.party, said.words) == ("The Wire", "Correction:")
    assert said.where == "press, 2026-11-20 11:00"


def test_many_parties_are_counted_not_listed(tmp_path: Path) -> None:
    names = ("Ada", "Bela", "Cleo", "Dora", "Emil", "Fritz", "Gerda", "Hugo", "Ines", "Jana")
    items = [
        as_read(fresh(name, f"{name} denies hacking Huawei phones", story="Ada", ago=at * HOUR))
        for at, name in enumerate(names)
    ]
    store = store_with(tmp_path, items, write=False)
    store.load()
    said = said_in(store.stories["Ada"], KINDS, UTC)
    assert len(said) == 7
    assert said[-1].also == ("4 more",)


# The timeline


def items(store: Store, library: MemoryLibrary | None = None) -> list[Item]:
    page = timeline_page(store.stories["claim"], KINDS, library, [store.stories["before"]], tz=UTC)
    return [item for section in page.sections for item in section.items]


def test_a_timeline_has_entries_patches_and_earlier_stories_in_order_of_time(store: Store) -> None:
    library = MemoryLibrary([AUGUST], [Record(CVES[0], "CVE", published=NOW - 200 * DAY)])
    library.exploited = {CVES[0]: Exploited(CVES[0], added=NOW - 2 * DAY, due=NOW)}
    found = items(store, library)
    assert [(item.label, item.target.to if item.target else None) for item in found] == [
        ("2026-05-04", Leads.CVE),
        ("2026-08-05", Leads.BULLETIN),
        ("2026-10-11 12:00", Leads.STORY),
        ("2026-11-18", Leads.CVE),
        ("2026-11-20 06:00", Leads.LINK),
        ("2026-11-20 07:00", Leads.LINK),
        ("2026-11-20 08:00", Leads.LINK),
        ("2026-11-20 11:00", Leads.LINK),
    ]
    texts = [item.text for item in found]
    assert texts[1] == f"Bulletin Huawei phones 2026-08 fixes {CVES[0]}"
    assert texts[3] == f"{CVES[0]} known to be exploited, to be fixed by 2026-11-20"
    assert (found[4].text, found[4].source) == (CLAIM, "State News, state, claims")
    assert found[5].source == "The Wire, press, duplicate, claims"
    assert found[7].source == "Kernel Lab, researcher, disputes"


def test_a_changed_headline_stands_where_it_was_changed_with_both_wordings(tmp_path: Path) -> None:
    clock = Clock(NOW)
    first = fresh("a", "Huawei phone hacked", ago=2 * HOUR)
    with Store.open(tmp_path, now=clock) as store:
        store.add([first])
        for minutes, title in ((1, "Huawei phone said to be hacked"), (2, "Huawei phone is safe")):
            clock.now = NOW + minutes * 60
            store.add([Fresh(replace(first.entry, title=title), first.body)])
        page = timeline_page(store.stories["a"], KINDS, tz=UTC)
    [section] = page.sections
    assert [(item.label, item.text) for item in section.items] == [
        ("2026-11-20 10:00", "Huawei phone is safe"),
        (
            "2026-11-20 12:01",
            "Headline changed: “Huawei phone hacked” → “Huawei phone said to be hacked”",
        ),
        (
            "2026-11-20 12:02",
            "Headline changed: “Huawei phone said to be hacked” → “Huawei phone is safe”",
        ),
    ]


def test_what_has_no_date_comes_last_and_says_so(store: Store) -> None:
    library = MemoryLibrary([replace(AUGUST, published=None, first_seen=0.0)])
    page = timeline_page(store.stories["claim"], KINDS, library, tz=UTC)
    assert [section.head for section in page.sections] == ["In order of time", "Without a date"]
    assert page.sections[1].items[0].text.startswith("Bulletin Huawei phones 2026-08")
