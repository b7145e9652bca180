"""Feeds in, stories and feeds out: by the command line, on hostile lists too."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.config.append import feed_lines, new_id
from monitor.export import COLUMNS, to_csv, to_markdown, to_rss, to_stix
from monitor.models import Feed, Kind
from monitor.opml import MOST, OpmlError, read_opml, write_opml
from monitor.parse import parse
from tests.loopback import Site, rss
from tests.test_cli import Run, run, site, write_config

__all__ = ["run", "site"]  # fixtures

NOW = 1_764_000_000.0
HOSTILE = Path(__file__).parents[2] / "shared" / "tools" / "hostile.py"


def opml(*outlines: str) -> bytes:
    body = "".join(outlines)
    return f'<?xml version="1.0"?><opml version="2.0"><body>{body}</body></opml>'.encode()


def outline(url: str, title: str = "A feed") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"/>'


def story(**more: Any) -> dict[str, Any]:
    """A row as `list --format json` gives it."""
    source = {
        "feed": "one", "entry": "1", "title": "T", "url": "https://example.org/1",
        "published": "2025-09-01T06:00:00Z",
    }  # fmt: skip
    row = {
        "id": "s1", "title": "Huawei patches", "url": "https://example.org/1",
        "published": "2025-09-01T06:00:00Z", "first_seen": "2025-09-01T07:00:00Z",
        "sources": [source], "roots": 1, "topics": ["patches"], "cves": ["CVE-2025-54627"],
        "severity": "high", "pinned": True, "read": False, "disputed": False,
    }  # fmt: skip
    return row | more


def test_a_list_is_read_with_its_folders_and_each_address_once() -> None:
    nested = f'<outline text="News">{outline("https://a.example/1", "One")}</outline>'
    found = read_opml(opml(nested, outline("https://a.example/1"), outline("http://b.example/")))
    assert found.feeds == (("https://a.example/1", "One"), ("http://b.example/", "A feed"))
    assert found.problems == ()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "javascript:alert(1)", "/etc/passwd", "-oX", "exec:touch x",
        "http://127.0.0.1:1/", "http://10.0.0.1/feed", "http://[::1]/", "http://localhost/",
        "https://user:secret@example.org/", "http://", "http://a b/", "http://[x/",
    ],
)  # fmt: skip
def test_what_is_no_public_web_address_is_left_out_and_told(url: str) -> None:
    found = read_opml(opml(outline(url, "Bad"), outline("https://good.example/")))
    assert [feed.url for feed in found.feeds] == ["https://good.example/"]
    [problem] = found.problems
    assert problem.startswith("Bad: its address")
    assert "secret" not in problem


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the file is an empty body, not an OPML list of feeds"),
        (b"{}", "the file is JSON, not an OPML list of feeds"),
        (b"<rss/>", "<rss>"), (b"hello", "the file is plain text, not an OPML list of feeds"),
        (b"<opml><body>", "breaks off"),
        (b"<!DOCTYPE html><html><title>Hi</title></html>", "HTML"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_called_what_it_is(raw: bytes, says: str) -> None:
    with pytest.raises(OpmlError, match=says):
        read_opml(raw)


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(OpmlError, match="1,001 feeds; at most 1,000"):
        read_opml(opml(*(outline(f"https://example.org/{n}") for n in range(MOST + 1))))


@pytest.mark.skipif(not HOSTILE.is_file(), reason="needs the shared tools")
def test_hostile_lists_add_nothing_but_public_feeds() -> None:
    import sys

    sys.path.insert(0, str(HOSTILE.parent))
    import hostile

    with hostile.Server() as server:
        import urllib.request

        cases = [c for c in server.manifest()["cases"] if c["category"] == "opml"]
        assert len(cases) == 7
        for case in cases:
            body = urllib.request.urlopen(f"{server.base}/feed/{case['id']}").read()
            if case["verdict"] == "reject" or case["id"] == "opml-10k":
                with pytest.raises(OpmlError) as caught:
                    read_opml(body)
                assert str(caught.value).isprintable()
                continue
            found = read_opml(body)
            assert all(feed.url.startswith("https://example.invalid/") for feed in found.feeds)
            assert "https://example.invalid/ok" in {feed.url for feed in found.feeds}
            assert all(feed.title.isprintable() for feed in found.feeds)
        assert not [hit for hit in server.hits() if "canary" in str(hit)]


@given(st.lists(st.tuples(st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), st.text()), max_size=6))
def test_what_is_written_is_read_again(feeds: list[tuple[str, str]]) -> None:
    from monitor.text import clean

    known = {f"https://{host}.example/": clean(title, 100) for host, title in feeds}
    written = write_opml(Feed("x", url, title) for url, title in known.items())
    assert [(f.url, " ".join(f.title.split())) for f in read_opml(written.encode()).feeds] == [
        (url, " ".join(title.split())) for url, title in known.items()
    ]


def test_passwords_stay_at_home() -> None:
    assert "secret" not in write_opml([Feed("x", "https://user:secret@example.org/f", "X")])


@given(st.text(), st.sampled_from(list(Kind)), st.sampled_from(["matching", "all"]))
def test_a_feed_is_written_as_it_is_read(title: str, kind: Kind, keep: str) -> None:
    import tempfile

    from monitor.text import clean

    feed = Feed("one", "https://example.org/?a=1&b=2", clean(title) or "one", kind, keep=keep)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.toml"
        path.write_text(feed_lines(feed), "utf-8")
        assert config.load(path).feeds == (feed,)


@given(st.text(), st.sets(st.from_regex(r"[a-z-]{1,5}", fullmatch=True)))
def test_ids_are_new_and_of_their_alphabet(title: str, taken: set[str]) -> None:
    found = new_id(title, "https://example.org/feed", taken)
    assert found not in taken
    assert found.replace("-", "").isalnum()
    assert found.isascii()
    assert len(found) <= 64


def test_import_adds_to_a_file_and_keeps_what_it_says(site: Site, tmp_path: Path, run: Run) -> None:
    write_config(tmp_path, {"one": site.put("/one", rss(("A", "https://a.example/1")))}, "# mine\n")
    before = (tmp_path / "feeds.toml").read_text()
    (tmp_path / "l.opml").write_bytes(
        opml(outline("https://b.example/f", "Bé &amp; &quot;x&quot;"), outline(f"{site.base}/one"))
    )
    dry = run("import", "--dry-run", "l.opml")
    assert dry.returncode == 0
    assert (tmp_path / "feeds.toml").read_text() == before
    done = run("import", "--keep", "all", "l.opml")
    assert done.returncode == 0
    assert "1 feed added" in done.stdout
    assert "private" in done.stderr
    text = (tmp_path / "feeds.toml").read_text()
    assert text.startswith(before)
    loaded = config.load(tmp_path / "feeds.toml").feeds
    assert [(feed.title, feed.keep) for feed in loaded] == [("one", "all"), ('Bé & "x"', "all")]
    assert "0 feeds added, 1 known already" in run("import", "l.opml").stdout


def test_the_first_import_keeps_the_feeds_that_ship(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "l.opml").write_bytes(opml(outline("https://b.example/f", "B")))
    assert run("import", "l.opml", config="").returncode == 0
    ours, shipped = config.load(tmp_path / "config" / "monitor" / "feeds.toml"), config.load(None)
    assert ours.feeds[:-1] == shipped.feeds
    assert ours.feeds[-1].url == "https://b.example/f"
    assert [source.id for source in ours.sources] == [source.id for source in shipped.sources]


def test_a_list_that_can_not_be_read_changes_nothing(tmp_path: Path, run: Run) -> None:
    write_config(tmp_path, {"one": "https://example.org/feed"})
    before = (tmp_path / "feeds.toml").read_text()
    (tmp_path / "l.opml").write_bytes(b"<html>")
    result = run("import", "l.opml")
    assert result.returncode == 1
    assert "HTML" in result.stderr
    assert (tmp_path / "feeds.toml").read_text() == before


def test_stories_are_exported_by_query_in_every_form(site: Site, tmp_path: Path, run: Run) -> None:
    news = (
        ("Huawei patches CVE-2025-54627", "https://a.example/1"),
        ("Kirin", "https://a.example/2"),
    )
    write_config(tmp_path, {"one": site.put("/one", rss(*news))})
    assert run("poll", "--all").returncode == 0

    def export(form: str) -> str:
        result = run("export", "--format", form, "has:cve")
        assert result.returncode == 0, result.stderr
        return result.stdout

    [row] = map(json.loads, export("jsonl").splitlines())
    assert row["title"] == news[0][0]
    [header, line] = csv.reader(io.StringIO(export("csv")))
    assert tuple(header) == COLUMNS
    assert line[1:3] == [news[0][0], news[0][1]]
    assert export("markdown").count("\n") == 1
    assert [e.title.value for e in parse(export("rss").encode(), "", "").entries] == [news[0][0]]
    assert len(stix2.parse(export("stix"), version="2.1").objects) == 3
    assert run("export", "--format", "stix", "(").returncode == 2
    listed = run("export", "--format", "opml")
    assert [f.url for f in read_opml(listed.stdout.encode()).feeds] == []  # loopback: ours alone
    assert site.base in listed.stdout
    assert run("export", "--format", "opml", "kirin").returncode == 2


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    from monitor.text import clean

    title = clean(text)
    [_, line] = csv.reader(io.StringIO(to_csv([story(title=title)])))
    assert line[1].removeprefix("'") == title.removeprefix("'") or line[1] == title
    assert not line[1].startswith(("=", "+", "-", "@"))


def test_markdown_shows_titles_letter_for_letter() -> None:
    row = story(
        title="[x](javascript:1) <b>*a*</b> `c` # ![i](u)", url="https://example.org/(a)<b>"
    )
    text = to_markdown([row])
    assert text.startswith(r"- [\[x\]\(javascript:1\) \<b\>\*a\*\</b\> \`c\` \# \!\[i\]\(u\)]")
    assert "(<https://example.org/(a)%3Cb%3E>)" in text
    assert to_markdown([]) == "No stories.\n"


def test_rss_holds_what_the_story_says() -> None:
    root = ElementTree.fromstring(to_rss([story(title="<b>&amp;"), story(url=None)], "T"))
    items = root.findall("./channel/item")
    assert [item.findtext("title") for item in items] == ["<b>&amp;", "Huawei patches"]
    assert items[0].findtext("pubDate") == "Mon, 01 Sep 2025 06:00:00 +0000"
    assert items[1].find("link") is None


def test_stix_is_valid_and_names_the_same_thing_the_same_again() -> None:
    rows = [story(), story(id="s2", title="", cves=["CVE-2025-54627"], topics=[], url=None)]
    bundle = to_stix(rows, NOW)
    parsed = stix2.parse(bundle, version="2.1")
    assert sorted(one.type for one in parsed.objects) == [
        "identity", "report", "report", "vulnerability",
    ]  # fmt: skip
    assert [one["id"] for one in to_stix(rows, NOW + 60)["objects"]] == [
        one["id"] for one in bundle["objects"]
    ]
    assert stix2.parse(to_stix([], NOW), version="2.1")
