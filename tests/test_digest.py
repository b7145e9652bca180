"""The digest: what is in it, that it is never empty, and that no headline is markup in it."""

import re
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from monitor.alert import AlertState
from monitor.models import Config, Feed, FeedState, Rule, Severity
from monitor.notify.digest import MOST, Digest, Line, Part, digest_json, gather
from monitor.notify.digest_text import FORMATS, as_html, as_markdown, as_text, plain, title
from monitor.store import Store
from tests.disputes import affair
from tests.hooks import an_alert
from tests.screen_samples import HOUR, NOW, store_with
from tests.storing import DAY
from tests.test_notify_text import HOSTILE
from tests.test_store_advisories import AUGUST, JULY

CONFIG = Config(
    "test",
    feeds=(Feed("press", "https://example.org/", "Press"), Feed("lab", "https://lab/", "Lab")),
    rules=(Rule("exploited", title="Known to be exploited"),),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A day in which everything happened, and some days before it."""
    made = store_with(tmp_path, affair())
    made.alerts.fire(
        [
            an_alert(1, fired=NOW - HOUR, severity=Severity.LOW),
            an_alert(2, fired=NOW - 2 * HOUR, severity=Severity.CRITICAL),
            an_alert(3, fired=NOW - 3 * DAY),
        ]
    )
    [acked] = [one for one in made.alerts.all if one.about.title == "Flaw 1"]
    made.alerts.change([replace(acked, state=AlertState.ACKNOWLEDGED)])
    made.advisories.put_bulletins([AUGUST, replace(JULY, rows=AUGUST.rows)])
    made.advisories.put_bulletins([replace(AUGUST, rows=AUGUST.rows[:1])])
    made.put_feed(FeedState("press", last_poll=NOW - HOUR, last_success=NOW - HOUR))
    made.put_feed(FeedState("lab", last_poll=NOW - HOUR, error="HTTP 500", failures=3))
    return made


def part(digest: Digest, name: str) -> Part:
    [found] = [one for one in digest.parts if one.id == name]
    return found


def test_a_digest_says_what_happened(store: Store) -> None:
    digest = gather(CONFIG, store, NOW - DAY, NOW)
    assert digest.summary == (
        "2 alerts, 2 new stories, 1 disputed story, 2 new bulletins, 1 changed bulletin, "
        "1 failing source."
    )
    assert digest.polled == "2 feeds and sources polled, 1 answered."
    assert digest.gravest is Severity.CRITICAL
    alerts = part(digest, "alerts")
    assert alerts.title == "Alerts: 1 critical, 1 low; 1 new, 1 acknowledged"
    assert [line.text for line in alerts.lines] == ["CRITICAL: Flaw 2", "LOW: Flaw 1"]
    assert alerts.lines[1].note == (
        "acknowledged; KEV added 2025-09-02; CVSS 8.8 by CISA-ADP (Known to be exploited)"
    )
    assert [line.text for line in part(digest, "disputed").lines] == [
        "Maduro says US spies cannot hack his Huawei phone"
    ]
    assert part(digest, "bulletins").lines[0].text == "huawei phones 2025-08"
    assert part(digest, "changes").lines[0].note == "CVE-2023-4863 removed"
    assert part(digest, "failing").lines == (Line("lab", "", "HTTP 500 (3 failures in a row)"),)


def test_what_was_before_and_what_is_dated_back_is_not_new(store: Store) -> None:
    digest = gather(CONFIG, store, NOW - HOUR / 2, NOW)
    assert {one.id: one.total for one in digest.parts if one.total} == {
        "bulletins": 2,
        "changes": 1,
        "failing": 1,
    }
    assert "3 alerts" not in digest.summary
    assert part(digest, "alerts").nothing == (
        "no alert fired; 2 alerts from before not seen to yet"
    )
    titles = [line.text for line in part(gather(CONFIG, store, NOW - DAY, NOW), "stories").lines]
    assert "Maduro gets a phone from Xi" not in titles


@pytest.mark.parametrize("form", FORMATS)
def test_a_digest_of_nothing_says_so(tmp_path: Path, form: str) -> None:
    with Store.open(tmp_path, now=lambda: NOW) as store:
        digest = gather(CONFIG, store, NOW - DAY, NOW)
    told = FORMATS[form](digest, UTC).replace("\\", "")
    assert "Nothing happened." in told
    assert "Nothing was polled in this time." in told
    assert "no alert fired." in told
    assert "no feed or source fails." in told


def test_a_title_and_the_json_say_the_same(store: Store) -> None:
    digest = gather(CONFIG, store, NOW - DAY, NOW)
    assert title(digest, UTC).startswith("monitor: 2 alerts, 2 new stories")
    told = digest_json(digest)
    assert told["alerts"]["total"] == 2
    assert told["failing"]["items"] == [
        {"text": "lab", "url": None, "note": "HTTP 500 (3 failures in a row)"}
    ]


def test_a_part_names_some_and_counts_the_rest(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=lambda: NOW) as store:
        store.alerts.fire(an_alert(n, fired=NOW) for n in range(MOST + 5))
        digest = gather(CONFIG, store, NOW - DAY, NOW)
    assert as_text(digest, UTC).count("HIGH: Flaw") == MOST
    for write in FORMATS.values():
        assert "and 5 more" in write(digest, UTC)


def hostile(text: str, url: str = "") -> Digest:
    line = Line(text, url, text)
    return Digest(0.0, DAY, "One thing.", "Polled.", (Part("x", "X", "no", (line,), 1),))


class Tags(HTMLParser):
    """The tags of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_no_headline_is_markup(text: str) -> None:
    digest, harmless = hostile(text, text), hostile("harmless")
    assert Tags(as_html(digest, UTC)).tags == Tags(as_html(harmless, UTC)).tags
    for write in (as_markdown, as_text):
        assert len(write(digest, UTC).splitlines()) <= len(write(harmless, UTC).splitlines())
    line = next(row for row in as_markdown(digest, UTC).splitlines() if row.startswith("- "))
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>\[\]`*_@&|~]", line)


@example("1. x")
@example("123456789) x")
@example("+ x")
@example("# x")
@example("    x")
@example("---")
@example("[x](y) ![z](w)")
@example("a\\")
@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_markdown_shows_every_text_letter_for_letter(text: str) -> None:
    text = " ".join(text.split()) or "x"
    shown = Tags(MarkdownIt("commonmark").render(f"- {plain(text)}"))
    assert [tag for tag, _ in shown.tags] == ["ul", "li"]
    assert shown.text.strip() == text


def test_links_lead_where_they_say_and_nowhere_else() -> None:
    address = "https://example.org/a_(b)?q=<x>&y=`z`"
    [found] = re.findall('href="([^"]*)"', MarkdownIt().render(as_markdown(hostile("t", address))))
    assert found == "https://example.org/a_%28b%29?q=%3Cx%3E&amp;y=%60z%60"
    page = as_html(hostile("t", "https://example.org/?a=1&b=2"), UTC)
    assert ("href", "https://example.org/?a=1&b=2") in dict(Tags(page).tags).get("a", ())
    for bad in ("javascript:alert(1)", "https://me:pw@example.org/", "https://x/ onclick=y"):
        assert "href" not in as_html(hostile("t", bad), UTC)
