"""`monitor digest`, `notify` and what a poll sends, run as a program."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import Store
from tests.hooks import Hook, an_alert, hook
from tests.loopback import Site, rss
from tests.test_cli import HEADLINE, Run, run, site, write_config  # noqa: F401 - fixtures


@pytest.fixture
def target() -> Iterator[Hook]:
    with hook() as served:
        yield served


def configured(folder: Path, site: Site, target: Hook, more: str = "") -> None:  # noqa: F811
    write_config(
        folder,
        {"one": site.put("/one", rss((HEADLINE, "https://example.org/a")))},
        f'[notify.hook]\nkind = "webhook"\nurl = "{target.base}/in"\nprivate = true\n{more}',
    )


def waiting(folder: Path, count: int = 1) -> None:
    with Store.open(folder / "data") as store:
        store.alerts.fire(an_alert(n, "hook") for n in range(1, count + 1))


def test_a_poll_sends_what_waits_and_what_it_could_not_send_goes_with_the_next(
    site: Site, target: Hook, tmp_path: Path, run: Run  # noqa: F811
) -> None:  # fmt: skip
    configured(tmp_path, site, target)
    waiting(tmp_path, 2)
    target.status = 500
    failed = run("poll")
    assert failed.returncode == 0
    assert failed.stderr == "notify.hook: HTTP 500 Internal Server Error\n"
    assert len(target.got) == 1
    target.status = 200
    assert run("poll", "--json").stderr == ""  # its back-off has not passed
    assert len(target.got) == 1
    [desktop, listed] = json.loads(run("notify", "list").stdout)
    assert desktop["id"] == "desktop"
    assert (listed["waiting"], listed["error"]) == (2, "HTTP 500 Internal Server Error")


def test_a_poll_sends_its_alerts_to_a_target(
    site: Site, target: Hook, tmp_path: Path, run: Run  # noqa: F811
) -> None:  # fmt: skip
    configured(tmp_path, site, target)
    waiting(tmp_path, 3)
    assert run("poll").returncode == 0
    assert [got.json["subject"]["id"] for got in target.got] == [
        "CVE-2025-0001",
        "CVE-2025-0002",
        "CVE-2025-0003",
    ]
    assert run("poll", "--all").returncode == 0
    assert len(target.got) == 3


def test_a_target_can_be_tried_out(
    site: Site, target: Hook, tmp_path: Path, run: Run  # noqa: F811
) -> None:  # fmt: skip
    configured(tmp_path, site, target, 'secret_command = ["printf", "key"]\n')
    tried = run("notify", "test", "hook")
    assert (tried.returncode, tried.stdout) == (0, "notify.hook: a sample alert was sent\n")
    [got] = target.got
    assert got.signed_by("key")
    assert got.json["subject"]["title"] == "A sample alert of monitor"
    target.status = 404
    tried = run("notify", "test", "hook")
    assert (tried.returncode, tried.stderr) == (1, "monitor: notify.hook: HTTP 404 Not Found\n")
    tried = run("notify", "test", "hok")
    assert tried.returncode == 2
    assert "did you mean 'hook'?" in tried.stderr
    assert run("notify", "test", "toast").stderr == "monitor: 'toast' is shown by the screen only\n"


def test_digests_of_the_command_line(
    site: Site, target: Hook, tmp_path: Path, run: Run  # noqa: F811
) -> None:  # fmt: skip
    configured(tmp_path, site, target)
    assert "Nothing happened." in run("digest").stdout
    assert run("poll").returncode == 0
    told = run("digest", "--format", "markdown")
    assert told.returncode == 0
    assert "1 feed or source polled, 1 answered" in told.stdout
    assert run("digest", "--format", "html").stdout.startswith("<!doctype html>")
    wrong = run("digest", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "write 30m, 2h or 1d" in wrong.stderr


def test_what_a_rule_fires_on_reaches_the_target_in_the_same_poll(
    site: Site, target: Hook, tmp_path: Path, run: Run  # noqa: F811
) -> None:  # fmt: skip
    rule = '[rules.cve]\nwhen = "has:cve"\nseverity = "critical"\nnotify = ["hook"]\n'
    configured(tmp_path, site, target, rule)
    old = ("Kirin roadmap", "https://example.org/k")
    site.put("/one", rss(old))
    assert run("poll").returncode == 0
    assert target.got == []
    site.put("/one", rss((HEADLINE, "https://example.org/a"), old))
    for _ in range(2):
        assert run("poll", "--all").returncode == 0
    [got] = target.got
    told = got.json
    assert (told["rule"], told["severity"], told["state"]) == ("cve", "critical", "new")
    assert told["subject"]["title"] == HEADLINE
    log = (tmp_path / "data" / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["what"] for line in log] == ["fired", "sent"]
