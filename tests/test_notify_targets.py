"""The targets, each against a real counterpart on loopback or a program of the test's own."""

import asyncio
import base64
import json
import logging
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.alert import About, alert_json
from monitor.models import Severity, Target
from monitor.notify.message import Message, alert_message
from monitor.notify.ntfy import place, shortened
from monitor.notify.post import Post
from monitor.notify.process import Outcome, ProcessError, run
from monitor.notify.secrets import Secret
from monitor.notify.senders import Outlet, Senders
from monitor.notify.sending import SendError
from monitor.notify.through_apprise import MISSING
from monitor.transport import Transport
from tests.hooks import Hook, an_alert, hook, webhook_target
from tests.readme import README
from tests.test_notify_text import HOSTILE

NOW = 1_764_100_000.0
SECRET = "correct-horse-battery"


@pytest.fixture
def target() -> Iterator[Hook]:
    with hook() as served:
        yield served


def message(**changes: Any) -> Message:
    alert = an_alert(1, "hook", **changes)
    return alert_message(alert, alert.deliveries[0], alert_json(alert, "Exploited"))


def senders(environ: Mapping[str, str] | None = None, **changes: Any) -> Senders:
    post = Post(Transport(proxies={}), lambda: NOW)
    made: dict[str, Any] = {"post": post, "environ": environ or {}, "now": lambda: NOW}
    return Senders(**made | changes)


async def send(
    to: Target, what: Message | None = None, environ: Mapping[str, str] | None = None, **ways: Any
) -> str:
    """What went wrong with a sending, "" if nothing."""
    error = await Outlet(senders(environ, **ways), to).send(what or message())
    return str(error) if error else ""


# -- webhook --------------------------------------------------------------------------------------
async def test_a_webhook_gets_the_alert_as_commands_print_it(target: Hook) -> None:
    assert await send(webhook_target(target)) == ""
    [got] = target.got
    alert = an_alert(1, "hook")
    assert got.json == {"version": 1, "event": "alert"} | alert_json(alert, "Exploited")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == "a1.1700000001.hook.0"
    assert "x-monitor-signature" not in got.headers
    assert "cookie" not in got.headers


async def test_a_webhook_with_a_secret_is_signed_over_the_exact_body(target: Hook) -> None:
    to = webhook_target(target, secret_env="HOOK")
    assert await send(to, environ={"HOOK": SECRET}) == ""
    [got] = target.got
    assert got.signed_by(SECRET, at=int(NOW))
    assert not got.signed_by("another")
    forged = type(got)(got.path, got.headers, got.body.replace(b"high", b"low!"))
    assert not forged.signed_by(SECRET)


async def test_a_long_alert_arrives_whole(target: Hook) -> None:
    others = tuple(About(f"CVE-{n}", "x" * 1000, "") for n in range(1000))
    assert await send(webhook_target(target), message(others=others)) == ""
    [got] = target.got
    assert len(got.body) > 1_000_000
    assert len(got.json["others"]) == 1000


async def test_the_readme_tells_a_receiver_how_to_check_it(target: Hook) -> None:
    await send(webhook_target(target, secret_env="HOOK"), environ={"HOOK": SECRET})
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    names: dict[str, Any] = {}
    exec(code, names)
    names["time"] = SimpleNamespace(time=lambda: NOW + 60)
    [got] = target.got
    header = got.headers["x-monitor-signature"]
    assert names["genuine"](SECRET, header, got.body)
    assert not names["genuine"]("another", header, got.body)
    assert not names["genuine"](SECRET, header, got.body + b" ")
    names["time"] = SimpleNamespace(time=lambda: NOW + 3600)
    assert not names["genuine"](SECRET, header, got.body)


@pytest.mark.parametrize(
    ("status", "headers", "told", "after", "hopeless"),
    [
        (500, {}, "HTTP 500 Internal Server Error", None, False),
        (404, {}, "HTTP 404 Not Found", None, False),
        (400, {}, "HTTP 400 Bad Request", None, True),
        (413, {}, "HTTP 413 Request Entity Too Large", None, True),
        (429, {"Retry-After": "120"}, "HTTP 429 Too Many Requests", 120.0, False),
        (503, {"Retry-After": "nonsense"}, "HTTP 503 Service Unavailable", None, False),
        (799, {}, "HTTP 799", None, False),
    ],
)
async def test_what_a_webhook_refuses_is_told(
    target: Hook,
    status: int,
    headers: dict[str, str],
    told: str,
    after: float | None,
    hopeless: bool,
) -> None:
    target.status, target.headers = status, headers
    error = await Outlet(senders(), webhook_target(target)).send(message())
    assert error is not None
    assert str(error).replace("Content Too Large", "Request Entity Too Large") == told
    assert (error.after, error.hopeless) == (after, hopeless)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(target: Hook, status: int) -> None:
    target.status, target.headers = status, {"Location": f"{target.base}/elsewhere"}
    told = await send(webhook_target(target, secret_env="HOOK"), environ={"HOOK": SECRET})
    assert "redirects are not followed" in told
    assert [got.path for got in target.got] == ["/in"]


async def test_a_target_that_hangs_is_left_at_its_deadline(target: Hook) -> None:
    target.hang = True
    told = await send(webhook_target(target, timeout=0.2))
    assert told == "no answer from 127.0.0.1 within 0.2 s"


async def test_a_closed_port_is_told() -> None:
    with hook() as gone:
        to = webhook_target(gone)
    assert await send(to) == "no connection to 127.0.0.1: Connection refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "hook.example"])
async def test_no_private_address_without_the_users_word(target: Hook, host: str) -> None:
    async def resolve(name: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    post = Post(Transport(proxies={}, resolve=resolve))
    url = target.base.replace("127.0.0.1", host) + "/in"
    told = await send(webhook_target(target, url=url, private=False), post=post)
    assert "private address 127.0.0.1: set private = true if that is meant" in told
    assert target.got == []
    assert await send(webhook_target(target, url=url), post=post) == ""
    assert len(target.got) == 1


async def test_a_name_that_leads_inside_as_well_is_refused(target: Hook) -> None:
    async def resolve(name: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "127.0.0.1"]

    post = Post(Transport(proxies={}, resolve=resolve))
    url = target.base.replace("127.0.0.1", "hook.example")
    assert "private" in await send(webhook_target(target, url=url, private=False), post=post)
    assert target.got == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://h.example/", "its url is no http or https address"),
        ("http://", "its url is no http or https address"),
        ("http://[x]/", "its url is not valid"),
        (f"http://me:{SECRET}@h.example/", "its url holds a password"),
    ],
)
async def test_an_address_that_cannot_be_posted_to_is_told(url: str, told: str) -> None:
    said = await send(Target(id="hook", kind="webhook", url=url))
    assert told in said
    assert SECRET not in said


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_a_value_in_the_json(target: Hook, text: str) -> None:
    about = About(text, text, text)
    what = message(about=about, reason=text, others=(about,))
    assert await send(webhook_target(target), what) == ""
    [got] = target.got
    assert got.json["severity"] == "high"
    assert set(got.json) == {"version", "event", *alert_json(an_alert(1))}
    assert "x-evil" not in got.headers
    assert got.body.isascii()


# -- ntfy -----------------------------------------------------------------------------------------
async def test_ntfy_is_published_to_as_json(target: Hook) -> None:
    to = Target(
        id="phone", kind="ntfy", url=f"{target.base}/sub/news", private=True, secret_env="NTFY"
    )
    assert await send(to, environ={"NTFY": "tk_abc"}) == ""
    [got] = target.got
    assert got.path == "/sub/"
    assert got.headers["authorization"] == "Bearer tk_abc"
    assert got.json == {
        "topic": "news",
        "title": "HIGH: Flaw 1",
        "message": "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP\nrule exploited\n"
        "https://example.org/flaw",
        "priority": 4,
        "tags": ["warning", "high"],
        "click": "https://example.org/flaw",
    }


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_text_is_a_header_of_ntfy(target: Hook, text: str) -> None:
    to = Target(id="phone", kind="ntfy", url=f"{target.base}/news", private=True)
    assert await send(to, message(about=About("x", text, text), reason=text)) == ""
    [got] = target.got
    assert {"title", "tags", "click", "x-evil"}.isdisjoint(got.headers)
    assert got.json["priority"] == 4
    assert "click" not in got.json
    assert len(got.json["message"].encode()) <= 4096


@pytest.mark.parametrize("secret", ["a b", "a\nX-Evil: 1", "schlüssel"])
async def test_a_token_that_is_none_is_told_and_not_shown(target: Hook, secret: str) -> None:
    to = Target(id="phone", kind="ntfy", url=f"{target.base}/n", private=True, secret_env="NTFY")
    told = await send(to, environ={"NTFY": secret})
    assert told == "its secret is no access token: it holds a blank or odd character"
    assert target.got == []


def test_where_a_topic_is() -> None:
    assert place("https://ntfy.sh/a%20b") == ("https://ntfy.sh/", "a b")
    assert place("https://h.example/ntfy/topic/") == ("https://h.example/ntfy/", "topic")
    with pytest.raises(SendError, match="names no topic"):
        place("https://ntfy.sh/")


def test_a_long_message_is_cut_at_a_whole_character() -> None:
    assert shortened("é" * 10, 11) == "éééé…"
    assert shortened("short", 11) == "short"


# -- commands -------------------------------------------------------------------------------------
def program(folder: Path, body: str) -> str:
    """A program of the test's."""
    file = folder / "program"
    file.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
    file.chmod(stat.S_IRWXU)
    return str(file)


async def test_a_command_gets_the_alert_on_its_input_and_nothing_in_its_arguments(
    tmp_path: Path,
) -> None:
    seen = tmp_path / "seen"
    name = program(
        tmp_path,
        f"open({str(seen)!r}, 'w').write(json.dumps([sys.argv[1:], json.load(sys.stdin)]))\n"
        "print('said')",
    )
    to = Target(id="me", kind="command", command=(name, "$(id)", "a b"))
    for text in HOSTILE:
        assert await send(to, message(reason=text)) == ""
        argv, got = json.loads(seen.read_text())
        assert argv == ["$(id)", "a b"]
        assert (got["version"], got["id"], got["severity"]) == (1, "a1", "high")
    assert sorted(os.listdir(tmp_path)) == ["program", "seen"]
    assert not Path("HSTL-pwned").exists()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.exit(3)", "the command gave 3"),
        (
            "sys.stderr.write('first\\n\\x1b]0;owned\\x07no \\u202eroute\\n\\n'); sys.exit(1)",
            "the command gave 1: no route",
        ),
        ("os.kill(os.getpid(), 9)", "the command was ended by signal 9"),
        ("time.sleep(60)", "program: did not end within 0.3 s"),
    ],
)
async def test_how_a_command_failed_is_told(tmp_path: Path, body: str, told: str) -> None:
    timeout = 0.3 if "within" in told else 20.0
    to = Target(id="me", kind="command", command=(program(tmp_path, body),), timeout=timeout)
    assert await send(to) == told


async def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    to = Target(id="me", kind="command", command=(str(tmp_path / "none"), "x"))
    assert await send(to) == "none: cannot be started: No such file or directory"


async def test_a_command_that_reads_nothing_of_a_long_alert_is_no_failure(tmp_path: Path) -> None:
    others = tuple(About(f"CVE-{n}", "x" * 300, "") for n in range(1000))
    to = Target(id="me", kind="command", command=(program(tmp_path, "pass"),))
    assert await send(to, message(others=others)) == ""


async def test_a_command_that_floods_its_output_is_bounded(tmp_path: Path) -> None:
    name = program(tmp_path, "sys.stdout.write('y' * 10_000_000); sys.stderr.write('n\\n' * 10**6)")
    outcome = await run([name], b"", 20)
    assert (outcome.code, outcome.complaint) == (0, "n")
    assert len(outcome.output) == 64 << 10


async def test_a_child_left_behind_holds_nothing_up(tmp_path: Path) -> None:
    name = program(
        tmp_path, "sys.stderr.write('left\\n'); sys.stderr.flush()\nos.fork() or time.sleep(3)"
    )
    outcome = await run([name], b"", 20)
    assert (outcome.code, outcome.complaint) == (0, "left")


async def test_a_command_and_its_children_end_with_their_time(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    name = program(tmp_path, f"os.fork()\nopen({str(pipe)!r}, 'w').close()\ntime.sleep(60)")
    running = asyncio.create_task(run([name], b"", 60))
    await asyncio.to_thread(pipe.read_bytes)  # both have begun
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_an_argument_that_no_program_can_have_is_told() -> None:
    with pytest.raises(ProcessError, match="true: cannot be started"):
        await run(["true", "a\0b"], b"", 5)


# -- the desktop ----------------------------------------------------------------------------------
async def test_the_desktop_is_told_by_notify_send() -> None:
    calls: list[Sequence[str]] = []

    async def start(argv: Sequence[str], data: bytes, timeout: float) -> Outcome:
        calls.append(argv)
        return Outcome(0)

    to = Target(id="desktop", kind="desktop")
    told = await send(to, message(), run=start, find=lambda name: f"/usr/bin/{name}")
    assert told == ""
    assert calls == [
        [
            "/usr/bin/notify-send",
            "--app-name=monitor",
            "--urgency=normal",
            "--",
            "HIGH: Flaw 1",
            "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP\nrule exploited\nhttps://example.org/flaw",
        ]
    ]


async def test_a_desktop_without_notify_send_is_told() -> None:
    told = await send(Target(id="desktop", kind="desktop"), find=lambda name: None)
    assert told == "notify-send is not installed (Debian: apt install libnotify-bin)"


# -- apprise --------------------------------------------------------------------------------------
plugins = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of modules that it imports


@plugins
async def test_apprise_sends_where_its_address_says(target: Hook) -> None:
    url = target.base.replace("http://", "json://me:{secret}@") + "/x"
    to = Target(id="chat", kind="apprise", url=url, secret_env="CHAT")
    what = message(about=About("x", "[CVE] <b>@everyone</b>"), severity=Severity.CRITICAL)
    assert await send(to, what, {"CHAT": "pass/word@1"}) == ""
    [got] = target.got
    token = base64.b64encode(b"me:pass/word@1").decode()
    assert got.headers["authorization"] == f"Basic {token}"
    assert got.json["title"] == "CRITICAL: [CVE] ‹b›＠everyone‹/b›"
    assert got.json["type"] == "failure"
    assert "\n" in got.json["message"]


@plugins
async def test_the_whole_address_of_apprise_may_be_the_secret(target: Hook) -> None:
    to = Target(id="chat", kind="apprise", secret_env="CHAT")
    url = target.base.replace("http://", "json://")
    assert await send(to, environ={"CHAT": url}) == ""
    assert len(target.got) == 1


@plugins
async def test_apprise_follows_no_redirect(target: Hook) -> None:
    target.status, target.headers = 307, {"Location": f"{target.base}/elsewhere"}
    to = Target(id="chat", kind="apprise", url=target.base.replace("http://", "json://"))
    assert "apprise: " in await send(to)
    assert [got.path for got in target.got] == ["/"]


@plugins
@pytest.mark.parametrize("url", ["nonsense://x", "json://", "x"])
async def test_an_address_that_apprise_does_not_know_is_told(url: str) -> None:
    told = await send(Target(id="chat", kind="apprise", url=url))
    assert told == "apprise does not know such an address; see its documentation"


async def test_without_apprise_the_message_says_how_to_install_it() -> None:
    import subprocess

    code = (
        "import sys, asyncio; sys.modules['apprise'] = None\n"
        "from monitor.models import Target\n"
        "from monitor.notify.message import sample\n"
        "from monitor.notify.senders import Outlet, Senders\n"
        "to = Target(id='chat', kind='apprise', url='json://h')\n"
        "print(asyncio.run(Outlet(Senders(), to).send(sample('chat', 0))))"
    )
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (
        ran.stdout.strip()
        == MISSING
        == ("apprise is not installed: pip install 'harmony-monitor[notify]'")
    )


# -- secrets --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("to", "told"),
    [
        ({"secret_env": "NONE"}, "the environment variable NONE is not set"),
        ({"secret_env": "BLANK"}, "the environment variable BLANK is not set"),
        ({"secret_command": ("false",)}, "secret_command ended with 1; run it to see why"),
        ({"secret_command": ("true",)}, "secret_command prints nothing"),
        (
            {"secret_command": ("/none",)},
            "secret_command: none: cannot be started: No such file or directory",
        ),
        (
            {"secret_command": ("yes",), "timeout": 0.2},
            "secret_command: yes: did not end within 0.2 s",
        ),
    ],
)
async def test_a_secret_that_is_not_there_is_told(
    target: Hook, to: dict[str, Any], told: str
) -> None:
    assert await send(webhook_target(target, **to), environ={"BLANK": " \n"}) == told
    assert target.got == []


async def test_a_secret_may_come_from_a_command(target: Hook) -> None:
    to = webhook_target(target, secret_command=("printf", f"{SECRET}\n"))
    assert await send(to) == ""
    assert target.got[0].signed_by(SECRET)


@plugins
@pytest.mark.parametrize("kind", ["webhook", "ntfy", "apprise", "command"])
async def test_no_secret_is_in_logs_errors_arguments_or_reprs(
    target: Hook, kind: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    argvs: list[Sequence[str]] = []

    async def start(argv: Sequence[str], data: bytes, timeout: float) -> Outcome:
        argvs.append(argv)
        return await run(argv, data, timeout)

    leaks = program(tmp_path, f"sys.exit('my secret is {SECRET}')")
    url = f"{target.base}/topic"
    if kind == "apprise":
        url = target.base.replace("http://", "json://me:{secret}@") + "/{secret}"
    to = Target(
        id="x", kind=kind, url=url, command=(leaks,), private=True, secret_env="X", timeout=5
    )
    told = [repr(to), repr(Secret(SECRET)), str(Secret(SECRET))]
    for status in (200, 401, 302):
        target.status, target.headers = status, {"Location": f"/{SECRET}"}
        error = await Outlet(senders({"X": SECRET}, run=start), to).send(message())
        told += [repr(error), str(error), repr(error and error.__cause__)]
        told.append(repr(error and error.__context__))
    everything = "\n".join([*told, caplog.text, repr(argvs)])
    for form in (SECRET, *coded(SECRET)):
        assert form not in everything


def coded(secret: str) -> list[str]:
    """What a secret looks like in base64, wherever it stands in what is coded."""
    forms = []
    for before in ("", "a", "ab"):
        raw = base64.b64encode((before + secret).encode()).decode().rstrip("=")
        forms.append(raw[4:-2])
    return forms
