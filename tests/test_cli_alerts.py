"""The commands on alerts and rules, run as a program over a loopback server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from select import select
from typing import Any

import pytest
from msgspec.structs import replace

from monitor import alerts as commands
from monitor.alert import AlertState
from monitor.session import Misuse
from monitor.store import Store
from tests.loopback import Site, serve
from tests.test_cli import Run, listed, run, write_config

__all__ = ["run"]  # a fixture

NOW = 1_764_111_000.0
RULES = """
[rules.cve]
title = "A CVE is named"
when = "has:cve"
severity = "high"
notify = ["bell", "me"]

[rules.exploited]
when = "is:named"
on = "kev"
severity = "critical"
enabled = false

[notify.me]
kind = "command"
command = ["true"]
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


@pytest.fixture
def fired(site: Site, tmp_path: Path, run: Run) -> Run:
    """A store in which rule "cve" fired on one of two stories."""
    rows = "".join(
        f"<item><title>{title}</title><link>https://example.org/{n}</link>"
        f"<guid>{n}</guid><pubDate>{formatdate(time.time() - 60)}</pubDate></item>"
        for n, title in enumerate(["Huawei patches CVE-2025-54627", "Kirin roadmap"])
    )
    page = f'<rss version="2.0"><channel><title>S</title>{rows}</channel></rss>'
    write_config(tmp_path, {"one": site.put("/one", page)}, RULES)
    result = run("poll", "--all", "--json")
    assert json.loads(result.stdout)["alerts_new"] == 1, result.stderr
    return run


def shown(run: Run, *words: str) -> list[dict[str, Any]]:
    result = run("alerts", "--format", "json", *words)
    assert result.returncode == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_alerts_have_the_promised_keys(fired: Run) -> None:
    (alert,) = shown(fired)
    assert list(alert) == [
        *("id", "rule", "title", "on", "severity", "state", "fired", "since", "until", "note"),
        *("reason", "subject", "others", "deliveries"),
    ]
    assert (alert["id"], alert["rule"], alert["title"]) == ("a1", "cve", "A CVE is named")
    assert (alert["reason"], alert["state"]) == ("new in one", "new")
    assert alert["subject"]["title"] == "Huawei patches CVE-2025-54627"
    assert [(one["target"], one["state"]) for one in alert["deliveries"]] == [("me", "sent")]
    lines = fired("alerts", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [alert]
    table = fired("alerts", "--format", "table").stdout
    assert "a1  new  high" in table
    assert "Huawei patches CVE-2025-54627: new in one" in table


def test_what_becomes_of_an_alert(fired: Run) -> None:
    assert fired("ack", "a1", "--note", "looked \x1b[31mat").returncode == 0
    (alert,) = shown(fired)
    assert (alert["state"], alert["note"].isprintable()) == ("acknowledged", True)
    assert alert["note"].startswith("looked ")
    assert fired("snooze", "a1", "--until", "2h").returncode == 0
    (alert,) = shown(fired, "--state", "snoozed")
    assert alert["until"] > alert["since"]
    assert fired("snooze", "a1", "--until", "change").returncode == 0
    assert shown(fired)[0]["until"] is None
    assert fired("close", "a1").returncode == 0
    assert shown(fired) == []
    assert [one["state"] for one in shown(fired, "--state", "all")] == ["closed"]
    assert fired("reopen", "a1").returncode == 0
    assert [one["state"] for one in shown(fired)] == ["new"]


def test_what_cannot_be_is_told_in_a_line(fired: Run) -> None:
    for words, status, message in (
        (("ack", "a9"), 1, "no alert 'a9'; `monitor alerts --state all` names them"),
        (("snooze", "a1", "--until", "soon"), 2, "--until soon: is no time; write 2h, 3d"),
        (("snooze", "a1", "--until", "2020-01-01T00:00:00Z"), 2, "is over"),
        (("alerts", "--rule", "cvs"), 2, "no rule 'cvs'; did you mean 'cve'?"),
        (("rules", "test", "cvs"), 2, "no rule 'cvs'; did you mean 'cve'?"),
    ):
        result = fired(*words)
        assert (result.returncode, result.stdout) == (status, "")
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_alerts_are_filtered_by_the_language_of_their_pane(fired: Run) -> None:
    assert len(shown(fired, "sev:>=high", "huawei")) == 1
    assert shown(fired, "kirin") == []
    assert shown(fired, "-kind:story") == []
    wrong = fired("alerts", "kind:storry")
    assert wrong.returncode == 2
    assert "story" in wrong.stderr


def test_the_alerts_pane_lists_stories_with_an_alert_that_is_not_closed(fired: Run) -> None:
    (story,) = listed(fired, "--pane", "alerts")
    assert (story["title"], story["severity"]) == ("Huawei patches CVE-2025-54627", "high")
    assert len(listed(fired)) == 2
    assert fired("close", "a1").returncode == 0
    assert listed(fired, "--pane", "alerts") == []


def test_show_takes_the_id_of_an_alert(fired: Run) -> None:
    detail = json.loads(fired("show", "a1", "--format", "json").stdout)
    assert detail == shown(fired)[0]
    text = fired("show", "a1").stdout
    assert text.startswith("Huawei patches CVE-2025-54627\n\nnew in one\n")
    assert "to me: sent" in text


def test_rules_are_listed_and_explained(fired: Run) -> None:
    found = json.loads(fired("rules", "--format", "json").stdout)
    assert [(one["id"], one["on"], one["fired"], one["enabled"]) for one in found] == [
        ("cve", ["new"], 1, True),
        ("exploited", ["kev"], 0, False),
    ]
    checked = fired("check").stdout
    assert (
        "rule cve (high) fires when a story is new, if it has cve; told by bell, me; "
        "more than 10 an hour become one.\n"
    ) in checked
    assert "exploited (critical) fires when a CVE gets into KEV" in checked
    assert "fired 1" in fired("rules", "--format", "table").stdout


def test_a_rule_can_be_tried_on_what_is_stored(fired: Run) -> None:
    (would,) = json.loads(fired("rules", "test", "cve", "--format", "json").stdout)
    assert would["subject"]["title"] == "Huawei patches CVE-2025-54627"
    assert fired("rules", "test", "exploited", "--format", "json").stdout == "[]\n"
    assert fired("rules", "test", "cve", "--format", "table").stdout.endswith(
        "\n\n1 in the stored history\n"
    )
    assert len(shown(fired, "--state", "all")) == 1


def test_a_query_is_read_in_the_language_of_its_rule(tmp_path: Path, run: Run) -> None:
    write_config(tmp_path, {"one": "http://127.0.0.1:1/"}, '[rules.a]\nwhen="is:listed"\non="kev"')
    assert run("check").returncode == 0
    write_config(tmp_path, {"one": "http://127.0.0.1:1/"}, '[rules.a]\nwhen="is:listed"')
    result = run("check")
    assert result.returncode == 2
    assert "rules.a.when: at character 4: is: unknown mark" in result.stderr


def test_follow_streams_what_fires_and_changes(fired: Run, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "MONITOR_CONFIG": str(tmp_path / "feeds.toml"),
        "MONITOR_DATA": str(tmp_path / "data"),
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    argv = [sys.executable, "-m", "monitor", "alerts", "--follow", "--state", "all"]
    with (
        Store.open(tmp_path / "data") as store,
        subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout
        try:
            seen: dict[str, Any] = {}
            number = 0
            while not seen:  # changes until the other one has started to follow
                number += 1
                alert = store.alerts.all[0]
                changed = replace(alert, state=AlertState.CLOSED, note=f"note {number}")
                store.alerts.change([changed])
                if select([process.stdout], [], [], 1.0)[0]:
                    seen = json.loads(process.stdout.readline())
        finally:
            process.terminate()
    assert (seen["id"], seen["state"]) == ("a1", "closed")
    assert seen["note"].startswith("note ")


def test_alerts_that_cannot_be_read_are_told(fired: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "data").glob("alerts.json*"):
        path.unlink()
    (tmp_path / "data" / "alerts.json").mkdir()
    for words in (("alerts",), ("ack", "a1"), ("rules",), ("list",), ("show", "a1")):
        result = fired(*words)
        assert (result.returncode, result.stdout) == (4, "")
        assert "alerts.json: cannot be read" in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", NOW + 5400),
        ("1h30m", NOW + 5400),
        ("2025-11-26T08:00:00Z", 1_764_144_000.0),
        ("2025-11-26T09:00:00+01:00", 1_764_144_000.0),
        ("change", None),
    ],
)
def test_until_when(text: str, expected: float | None) -> None:
    assert commands.moment(text, NOW) == expected


def test_a_time_of_day_is_the_next_one() -> None:
    found = commands.moment("08:00", NOW)
    assert found is not None
    assert NOW < found <= NOW + 86400
    assert time.localtime(found)[3:5] == (8, 0)


@pytest.mark.parametrize("text", ["", "8", "25:00", "tomorrow", "2025-13-01", "-1h", "2025-11-01"])
def test_what_is_no_time_to_come_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match="--until"):
        commands.moment(text, NOW)
