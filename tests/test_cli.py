"""The command line as scripts rely on it: run as a program, over a loopback server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from monitor import __version__
from monitor.store import Store
from tests.loopback import Site, rss, serve

HEADLINE = "Huawei patches CVE-2025-54627 in HarmonyOS 5.1"

START = "from monitor.__main__ import main; main()"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `monitor` with a configuration and data of this test's own."""

    def run(
        *words: str,
        stdin: str = "",
        config: str = "feeds.toml",
        start: Sequence[str] = ("-m", "monitor"),
    ) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "MONITOR_CONFIG": str(tmp_path / config) if config else "",
            "MONITOR_DATA": str(tmp_path / "data"),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PYTHONWARNINGS": "error",
        }
        return subprocess.run(
            [sys.executable, *start, *words],
            input=stdin, text=True, capture_output=True, env=environment, cwd=tmp_path,
            timeout=60, check=False,
        )  # fmt: skip

    return run


def write_config(folder: Path, urls: dict[str, str], more: str = "") -> None:
    feeds = "".join(
        f'[feeds.{name}]\nurl = "{url}"\ntitle = "{name}"\nkeep = "all"\n'
        for name, url in urls.items()
    )
    (folder / "feeds.toml").write_text(f'[poll]\nspacing = "0s"\n{feeds}\n{more}')


@pytest.fixture
def polled(site: Site, tmp_path: Path, run: Run) -> Run:
    """A store that holds two stories of three entries."""
    page = rss((HEADLINE, "https://example.org/a"), ("Kirin roadmap", "https://example.org/k"))
    urls = {
        "one": site.put("/one", page),
        "two": site.put("/two", rss((HEADLINE, "https://example.net/a?utm_source=x"))),
    }
    write_config(tmp_path, urls, '[rules.cve]\nwhen = "has:cve"\nseverity = "high"\n')
    assert run("poll", "--all").returncode == 0
    return run


def listed(run: Run, *words: str) -> list[dict[str, Any]]:
    result = run("list", "--format", "json", *words)
    assert result.returncode == 0, result.stderr
    stories: list[dict[str, Any]] = json.loads(result.stdout)
    return stories


def test_version(run: Run) -> None:
    assert run("--version").stdout.strip().endswith(__version__)


def test_poll_json_has_the_promised_keys(site: Site, tmp_path: Path, run: Run) -> None:
    write_config(tmp_path, {"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))})
    result = run("poll", "--json")
    answer = json.loads(result.stdout)
    assert {"feeds", "entries_new", "stories_new", "alerts_new", "seconds"} <= set(answer)
    [feed] = answer["feeds"]
    assert {"id", "status", "http", "entries", "new", "error", "seconds"} <= set(feed)
    assert (feed["status"], feed["http"], feed["new"], feed["error"]) == ("updated", 200, 1, None)
    assert result.stderr == ""


def test_list_json_has_the_promised_keys(polled: Run) -> None:
    [story] = listed(polled, "cve:2025-54627")
    assert {
        "id", "title", "url", "published", "first_seen", "sources", "topics", "cves", "severity",
        "pinned", "read", "disputed",
    } <= set(story)  # fmt: skip
    assert story["cves"] == ["CVE-2025-54627"]
    assert {source["feed"] for source in story["sources"]} == {"one", "two"}
    assert story["roots"] == 1
    assert {"feed", "entry", "title", "url", "published"} <= set(story["sources"][0])
    assert (story["pinned"], story["read"], story["severity"]) == (False, False, None)


def test_disputes_and_changed_headlines_are_told(site: Site, tmp_path: Path, run: Run) -> None:
    claim = "Maduro says US spies cannot hack his Huawei phone"
    denial = "No, US spies can hack the Huawei phone of Maduro, it is not unhackable"
    news = (claim, "https://example.org/a"), ("Kirin roadmap", "https://example.org/k")
    urls = {
        "one": site.put("/one", rss(*news)),
        "two": site.put("/two", rss((denial, "https://example.net/b"))),
    }
    write_config(tmp_path, urls)
    assert run("poll", "one").returncode == 0  # undated: what comes first leads
    assert run("poll", "two").returncode == 0
    site.put("/one", rss((f"Updated: {claim}", news[0][1]), news[1]))
    assert run("poll", "--all").returncode == 0
    assert {story["title"]: story["disputed"] for story in listed(run)} == {
        f"Updated: {claim}": True,
        "Kirin roadmap": False,
    }
    [story] = listed(run, "is:disputed")
    shown = json.loads(run("show", story["id"], "--format", "json").stdout)
    assert [source["stance"] for source in shown["sources"]] == ["claims", "disputes"]
    assert [old["title"] for old in shown["sources"][0]["former_titles"]] == [claim]
    assert [line["party"] for line in shown["ledger"]["disputes"]] == ["two"]
    assert "disputes:" in run("show", story["id"]).stdout
    assert "≠" in run("list", "is:disputed", "--format", "table").stdout


def test_list_speaks_the_query_language_and_the_panes(polled: Run) -> None:
    assert len(listed(polled)) == 2
    assert [s["title"] for s in listed(polled, "kirin", "-harmonyos")] == ["Kirin roadmap"]
    assert listed(polled, "--pane", "alerts") == []  # undated, of a first poll: no news
    assert [s["title"] for s in listed(polled, "--pane", "patches")] == [HEADLINE]
    assert len(listed(polled, "--limit", "1")) == 1


def test_jsonl_is_one_story_a_line(polled: Run) -> None:
    lines = polled("list", "--format", "jsonl").stdout.splitlines()
    assert len([json.loads(line) for line in lines]) == 2


def test_marks_are_kept(polled: Run) -> None:
    [story] = listed(polled, "kirin")
    assert polled("pin", story["id"]).returncode == 0
    assert polled("read", story["id"][:6]).returncode == 0
    assert [(s["pinned"], s["read"]) for s in listed(polled, "is:pinned")] == [(True, True)]
    assert polled("unpin", story["id"]).returncode == 0
    assert polled("unread", story["id"]).returncode == 0
    assert listed(polled, "is:pinned") == []
    assert len(listed(polled, "is:unread")) == 2


def test_show_tells_everything(polled: Run) -> None:
    [story] = listed(polled, "has:cve")
    detail = json.loads(polled("show", story["id"], "--format", "json").stdout)
    assert detail["sources"][1]["why"]["reason"]
    assert HEADLINE in polled("show", story["id"]).stdout
    missing = polled("show", "no-such")
    assert missing.returncode == 1
    assert "no-such" in missing.stderr


def test_feeds_json_tells_the_health(polled: Run) -> None:
    feeds = json.loads(polled("feeds", "--json").stdout)
    assert [(feed["id"], feed["http"], feed["failures"]) for feed in feeds] == [
        ("one", 200, 0), ("two", 200, 0),
    ]  # fmt: skip
    assert all(feed["next_poll"] and feed["next_why"] for feed in feeds)


def test_exit_status_tells_how_the_feeds_fared(site: Site, tmp_path: Path, run: Run) -> None:
    good, bad = site.put("/good", rss((HEADLINE, "https://example.org/a"))), site.base + "/none"
    write_config(tmp_path, {"bad": bad})
    assert run("poll").returncode == 1
    write_config(tmp_path, {"bad": bad, "good": good})
    result = run("poll", "--all")
    assert result.returncode == 3
    assert "bad: HTTP 404" in result.stderr
    assert "1 updated, 1 failed" in result.stdout


def test_usage_and_configuration_errors_are_2(tmp_path: Path, run: Run) -> None:
    write_config(tmp_path, {"one": "https://example.org/feed"}, '[ui]\nthem = "x"\n')
    result = run("check")
    assert result.returncode == 2
    assert "feeds.toml" in result.stderr
    assert "theme" in result.stderr
    write_config(tmp_path, {"one": "https://example.org/feed"})
    assert run("check").returncode == 0
    assert run("list", "(").returncode == 2
    assert run("poll", "two").returncode == 2
    assert run("no-such-command").returncode == 2


def test_a_wrong_query_or_key_in_the_configuration_is_found(tmp_path: Path, run: Run) -> None:
    more = '[queries]\nbad = "kind:presss"\n[ui.keys]\nno-such-action = "x"\n'
    write_config(tmp_path, {"one": "https://example.org/feed"}, more)
    result = run("check")
    assert result.returncode == 2
    assert "queries.bad" in result.stderr
    assert "no-such-action" in result.stderr


def test_writers_wait_for_the_lock_and_say_who_holds_it(polled: Run, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    try:
        [story] = listed(polled, "kirin")
        result = polled("pin", story["id"])
    finally:
        store.close()
    assert result.returncode == 4
    assert str(os.getpid()) in result.stderr


def test_no_secret_is_ever_printed(site: Site, tmp_path: Path, run: Run) -> None:
    url = (site.base + "/none").replace("http://", "http://user:hunter2@")
    write_config(tmp_path, {"one": url})
    log = tmp_path / "log"
    results = [run("--log-file", str(log), "--log-level", "DEBUG", "poll"), run("feeds", "--json")]
    assert results[0].returncode == 1
    printed = "".join(result.stdout + result.stderr for result in results) + log.read_text()
    assert "hunter2" not in printed
    assert not any(
        b"hunter2" in file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()
    )
    assert any("Authorization" in headers for _, headers in site.asked)


def test_group_is_a_filter_over_json_lines(run: Run) -> None:
    lines = [
        {"id": "a", "title": "Huawei phone cannot be hacked, Maduro says", "url": "https://x.org/1"},
        {"id": "b", "title": "Weather: rain in Oslo"},
        {"id": 3, "title": "Huawei phone cannot be hacked, Maduro says",
         "url": "https://x.org/1?utm_source=b"},
    ]  # fmt: skip
    result = run("group", stdin="\n".join(json.dumps(line) for line in lines))
    assert result.returncode == 0, result.stderr
    a, b, c = [json.loads(line) for line in result.stdout.splitlines()]
    assert [a["id"], b["id"], c["id"]] == ["a", "b", 3]
    assert a["story"] == c["story"] != b["story"]
    assert c["duplicate_of"] == "a"
    assert {"id", "story", "duplicate_of", "why", "stance", "disputed"} <= set(a)


def test_group_of_nothing_that_can_be_read_fails(run: Run) -> None:
    assert run("group", stdin="nonsense\n").returncode == 1
    assert run("group", stdin="").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("words", ["--help", "check", "list --format json"])
def test_output_that_cannot_be_written_is_told_in_a_line(run: Run, words: str) -> None:
    start = ("-c", f"import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); {START}")
    result = run(*words.split(), start=start, config="")
    assert result.returncode == 1
    assert result.stderr == "monitor: output: No space left on device\n"


def test_closed_output_is_no_error(run: Run) -> None:
    start = ("-c", f"import sys; sys.stdout = None; {START}")
    for words in (["check"], ["list", "--format", "json"]):
        result = run(*words, start=start, config="")
        assert (result.returncode, result.stderr) == (0, "")


def test_the_demo_leaves_nothing_behind_when_it_is_told_to_end(tmp_path: Path) -> None:
    """It is told while it waits for the next alert."""
    told = "import os, signal, time; time.sleep = lambda s: os.kill(os.getpid(), signal.SIGTERM)"
    argv = [sys.executable, "-c", f"{told}; {START}", "--demo", "alerts", "--follow"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")
    assert not list(tmp_path.iterdir())


def test_a_reader_that_has_enough_ends_a_command_well(run: Run) -> None:
    start = ("-c", f"import os; r, w = os.pipe(); os.dup2(w, 1); os.close(r); {START}")
    result = run("list", "--format", "json", start=start, config="")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_demo_takes_no_configuration_of_others(run: Run) -> None:
    result = run("--data", "elsewhere", "--demo", "list")
    assert result.returncode == 2
    assert "--demo brings its own feeds and data" in result.stderr


def test_an_id_of_a_cve_leads_to_the_command_for_it(run: Run) -> None:
    assert "`monitor cve CVE-2025-54627`" in run("show", "CVE-2025-54627", config="").stderr


def test_each_command_is_told_in_a_line(run: Run) -> None:
    assert "..." not in run("--help").stdout.replace("[ARGS]...", "")


def test_group_names_the_line_it_cannot_read(run: Run) -> None:
    result = run("group", stdin='{"id": 1, "title": "x"}\nnonsense\n')
    assert result.returncode == 3
    assert "line 2" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_group_keeps_a_line_whose_date_is_none(run: Run) -> None:
    lines = [
        {"id": 1, "title": "Huawei phone cannot be hacked, Maduro says", "published": "2025-09-01"},
        {"id": 2, "title": "Huawei phone cannot be hacked, Maduro says", "published": "yesterday"},
    ]
    result = run("group", stdin="\n".join(json.dumps(line) for line in lines))
    assert result.returncode == 3
    assert "line 2: 'yesterday' is no date" in result.stderr
    one, two = map(json.loads, result.stdout.splitlines())
    assert one["story"] == two["story"]


def test_a_table_is_cut_only_where_a_width_is_known(
    site: Site, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = "Huawei patches CVE-2025-54627 in HarmonyOS 5.1 and says nothing of " + "x" * 60
    url = site.put(
        "/feed", rss((title, "https://news.example/1"), title="An outlet with quite a long name")
    )
    write_config(tmp_path, {"an-outlet-with-quite-a-long-name-of-its-own": url})
    run("poll", "--all")
    monkeypatch.delenv("COLUMNS", raising=False)
    assert title in run("list", "--format", "table").stdout
    monkeypatch.setenv("COLUMNS", "80")
    (line,) = run("list", "--format", "table").stdout.splitlines()
    assert len(line) <= 80
    assert "…" in line
    assert title[:39] in line  # half of the line is the title's


def test_a_feed_that_is_not_there_is_told(polled: Run) -> None:
    found = polled("list", "feed:nope", "--format", "json")
    assert (found.returncode, found.stdout.strip()) == (0, "[]")
    assert found.stderr == "monitor: no feed 'nope'\n"


def test_the_demo_needs_nothing(tmp_path: Path, run: Run) -> None:
    result = run("--demo", "list", "--format", "json")
    assert result.returncode == 0, result.stderr
    stories = json.loads(result.stdout)
    assert any(len(story["sources"]) >= 3 for story in stories)
    assert any("华为" in story["title"] for story in stories)
    assert not (tmp_path / "data").exists()


def test_the_screen_needs_a_terminal(tmp_path: Path, run: Run) -> None:
    result = run()
    assert result.returncode == 2
    assert "monitor list" in result.stderr


def uids(run: Run, story: str) -> list[str]:
    shown = json.loads(run("show", story, "--format", "json").stdout)
    return [source["uid"] for source in shown["sources"]]


def test_split_and_merge_are_remembered_by_later_polls_and_can_be_taken_back(
    site: Site, tmp_path: Path, polled: Run
) -> None:
    [story] = listed(polled, "cve:2025-54627")
    first, copy = uids(polled, story["id"])
    assert polled("split", copy).returncode == 0
    assert len(listed(polled, "cve:2025-54627")) == 2
    shown = json.loads(polled("show", copy, "--format", "json").stdout)
    assert [(edit["kind"], edit["entries"]) for edit in shown["edits"]] == [("split", [copy])]
    assert shown["sources"][0]["why"]["reason"] == "split by you"
    assert "split by you" in polled("show", copy).stdout
    [kirin] = listed(polled, "kirin")
    assert polled("merge", kirin["id"], copy).returncode == 0
    site.put("/two", rss((HEADLINE + " again", "https://example.net/a?utm_source=x")))
    assert polled("poll", "--all").returncode == 0
    assert set(uids(polled, kirin["id"])) == {kirin["id"], copy}
    assert uids(polled, story["id"]) == [first]
    assert polled("unmerge", kirin["id"]).returncode == 0
    assert polled("unsplit", copy).returncode == 0
    assert uids(polled, story["id"]) == [first, copy]
    assert uids(polled, kirin["id"]) == [kirin["id"]]


def test_edits_that_cannot_be_are_told(polled: Run) -> None:
    [kirin] = listed(polled, "kirin")
    for words, said in (
        (("split", "nobody"), "no entry with uid 'nobody'"),
        (("split", kirin["id"]), "nothing would be left"),
        (("merge", kirin["id"]), "takes two stories"),
        (("unmerge", kirin["id"]), "no edit of yours"),
    ):
        result = polled(*words)
        assert (result.returncode, said in result.stderr) == (1, True), result.stderr


def test_roots_count_outlets_that_cite_one_agency_once(
    site: Site, tmp_path: Path, run: Run
) -> None:
    titles = ("Huawei plans a Kirin plant, Reuters reports", "Reuters: Huawei plans Kirin plant")
    urls = {}
    for name, title in zip(("one", "two"), titles, strict=True):
        urls[name] = site.put(f"/{name}", rss((title, f"https://{name}.example/a")))
    write_config(tmp_path, urls)
    assert run("poll", "--all").returncode == 0
    [story] = listed(run, "roots:1", "sources:2")
    assert story["roots"] == 1
    shown = json.loads(run("show", story["id"], "--format", "json").stdout)
    assert [(s["root"], s["cites"]) for s in shown["sources"]] == [(0, ["Reuters"])] * 2
    assert "roots: 1 of 2 entries" in run("show", story["id"]).stdout


def test_a_disk_that_takes_no_more_is_told_in_a_line(site: Site, tmp_path: Path, run: Run) -> None:
    """A limit on the size of files stands for a full disk."""
    news = [(f"Huawei {number} {'x' * 200}", f"https://a.example/{number}") for number in range(99)]
    write_config(tmp_path, {"one": site.put("/one", rss(*news))})
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); "
    limited += "runpy.run_module('monitor', run_name='__main__', alter_sys=True)"
    result = run("poll", "--all", start=("-c", limited))
    assert result.returncode == 4
    assert result.stderr.startswith(f"monitor: {tmp_path / 'data'}")
    assert result.stderr.count("\n") == 1
    assert run("poll", "--all").returncode == 0  # nothing is in the way of the next one
    assert len(listed(run)) == 99
