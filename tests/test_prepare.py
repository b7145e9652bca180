"""What users rely on of `monitor.prepare`: one document to its wanted entries, whatever comes."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.cluster.lexicon import Lexicon
from monitor.models import Feed
from monitor.prepare import Job, Prepared, prepare

FEEDS = Path(__file__).parents[2] / "shared" / "data" / "feeds"
ALL = Feed("news", "https://example.org/feed", "News", keep="all")
MATCHING = Feed("news", "https://example.org/feed", "News")
NOW = 1_756_000_000.0


def read(body: str | bytes, feed: Feed = ALL, keywords: tuple[str, ...] = ("Huawei",)) -> Prepared:
    data = body.encode() if isinstance(body, str) else body
    job = Job(feed, keywords, data, "application/rss+xml", feed.url, NOW, None)
    return prepare(job, Lexicon())


def rss(*items: str) -> str:
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>T</title>{entries}</channel></rss>"


def test_only_what_is_wanted_is_handed_on_and_everything_is_counted() -> None:
    text = rss("<title>Huawei ships</title>", "<title>Something else</title>")
    assert [f.entry.title for f in read(text, MATCHING).entries] == ["Huawei ships"]
    assert read(text, MATCHING).seen == 2
    assert len(read(text, ALL).entries) == 2
    assert read(text, MATCHING, ("else",)).entries[0].entry.matched == ("else",)


def test_present_names_the_entries() -> None:
    prepared = read(rss("<title>Huawei a</title>", "<title>Huawei b</title>"))
    assert prepared.present == tuple(fresh.entry.uid for fresh in prepared.entries)
    assert len(set(prepared.present)) == 2


def test_of_items_with_one_id_the_newest_is_kept_in_the_place_of_the_first() -> None:
    item = "<guid>1</guid><title>{}</title><pubDate>{} Aug 2025 08:00:00 GMT</pubDate>"
    days = [("old", "01"), ("new", "03"), ("middle", "02"), ("new again", "03")]
    other = "<guid>2</guid><title>other</title>"
    prepared = read(rss(item.format(*days[0]), other, *(item.format(*day) for day in days[1:])))
    assert [fresh.entry.title for fresh in prepared.entries] == ["new", "other"]


def test_what_is_undated_keeps_the_order_of_the_document() -> None:
    prepared = read(rss(*(f"<title>{name}</title>" for name in ("About", "Projects", "Tags"))))
    newest = sorted(prepared.entries, key=lambda fresh: -fresh.entry.time)
    assert [fresh.entry.title for fresh in newest] == ["About", "Projects", "Tags"]
    assert all(fresh.entry.undated for fresh in newest)


def test_items_with_one_id_and_several_addresses_are_several_entries() -> None:
    item = "<guid isPermaLink='false'>1</guid><title>{0}</title><link>https://a.example/{0}</link>"
    text = rss(*(item.format(name) for name in ("alpha", "beta", "beta", "gamma")))
    once, again = read(text), read(text)
    assert [fresh.entry.title for fresh in once.entries] == ["alpha", "beta", "gamma"]
    assert len(set(once.present)) == 3
    assert once.present == again.present


def test_items_without_ids_are_kept_apart_by_their_text() -> None:
    prepared = read(rss(*(f"<title>No id {n}</title>" for n in "abc")))
    assert [fresh.entry.title for fresh in prepared.entries] == ["No id a", "No id b", "No id c"]


def test_what_cannot_be_used_is_told_and_costs_nothing_else() -> None:
    prepared = read(rss("", "<title>Huawei</title>"))
    assert [fresh.entry.title for fresh in prepared.entries] == ["Huawei"]
    assert prepared.warning == "1 item could not be used"


def test_an_answer_that_is_no_feed_is_an_error_and_nothing_else() -> None:
    prepared = read("<html><title>Sign in</title></html>")
    assert prepared == Prepared(error="the answer is an HTML page titled 'Sign in', not a feed")


def test_titles_and_sentences_have_no_control_characters() -> None:
    title = "\\u001b]0;x\\u0007Huawei\\u202e\\u009b2J"
    item = f'{{"id": "1", "title": "{title}"}}'
    start = '{"version": "https://jsonfeed.org/version/1.1"'
    prepared = read(f'{start}, "title": "{title}", "items": [{item}]}}')
    for text in (prepared.title, prepared.entries[0].entry.title):
        assert "Huawei" in text
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs"}


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "<rss><channel><item>", '{"version":"']))
def test_no_document_raises(body: bytes, start: str) -> None:
    prepared = read(start.encode() + body)
    assert bool(prepared.error) == (prepared == Prepared(error=prepared.error))


@pytest.mark.skipif(not FEEDS.is_dir(), reason="the recorded feeds are not here")
def test_the_recorded_feeds_are_prepared_without_an_exception() -> None:
    answers = [
        read(path.read_bytes())
        for path in sorted(FEEDS.rglob("*"))
        if path.is_file() and "hourly" not in path.parts
    ]
    assert sum(prepared.seen for prepared in answers) > 5_000
    assert sum(len(prepared.entries) for prepared in answers) > 4_500
    assert sum(not prepared.error for prepared in answers) > 0.8 * len(answers)


def test_the_main_process_does_not_load_the_parsers() -> None:
    code = (
        "import json, sys, monitor.worker; late = 'feedparser', 'lxml', 'monitor.parse';"
        "print(json.dumps([name for name in late if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []
