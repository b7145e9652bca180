"""The program on a real terminal: what it writes there when the texts it is given are hostile, and
that it ends when the terminal is gone.

The texts go into the store as they are, past the cleaning that the pipeline does before: here it is
the screen's own, last line of defence that is looked at (R1 to R3 of threats.md).
"""

import os
import re
import select
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pyte
import pytest
from msgspec.structs import replace

from benchmarks.pty_drive import Terminal
from monitor.models import Body, FeedState, Fresh, Why
from monitor.store import Store
from tests.loopback import serve
from tests.screen_samples import MINUTE, fresh

ROOT = Path(__file__).parents[1]
TOOLS = ROOT.parent / "shared" / "tools"
MARKUP = (
    "[CVE-2026-1234] Flaw",
    "[/]",
    "[@click=app.quit]x[/]",
    "[b]bold[/b]",
    "[link=file:///x]y",
)


def entry_of(number: int, text: str) -> Fresh:
    """An entry that has this text wherever an entry has text."""
    uid, story = f"h{number:04}", f"h{number - number % 2:04}"
    why = Why(f"h{number - 1:04}", text, 0.9, 0.5, ((text, 1.0),)) if number % 2 else None
    item = fresh(uid, f"{number} {text}", ago=number * MINUTE, outlet=text, story=story, why=why)
    entry = replace(item.entry, feed="one", url=text, topics=(text,), matched=(text,), hidden=1)
    return Fresh(entry, Body(summary=f"{text}\n{text}", links=(text, f"https://h.example/{text}")))


def folder_with(folder: Path, texts: Iterable[str]) -> Path:
    texts = list(texts)
    with Store.open(folder) as store:
        store.add([entry_of(number, text) for number, text in enumerate(texts)])
        store.put_feed(FeedState("one", error=texts[0], warning=texts[-1], next_why=texts[1]))
        store.flush()
    return folder


def shown(
    folder: Path, stories: int, size: tuple[int, int] = (120, 40), patience: float = 0.15
) -> bytes:
    """The bytes written while every story is opened, its link refused, and all filtered for.

    `patience`: seconds in which a key begins to be answered, if it paints anything.

    Nothing is copied: that writes the very sequence that a text must not.
    """
    settings = folder.with_suffix(".toml")
    settings.write_text('[feeds.one]\nurl = "http://127.0.0.1:9/"\nenabled = true\n[poll]\n')
    argv = [sys.executable, "-m", "monitor", "--config", str(settings), "--data", str(folder)]
    keys = ["?", "escape", "e", "escape"]
    for _ in range(stories):
        keys += ["enter", "o", "]", "o", "escape", "p", "j"]
    keys += ["/", *"HSTL", "enter", "G", "escape", "2", "escape", "s", "A", "n"]
    with Terminal(argv, columns=size[0], rows=size[1], cwd=ROOT) as terminal:
        terminal.wait_for("Headlines")
        terminal.settle()
        for key in keys:
            with suppress(RuntimeError):  # a key may well have nothing to paint
                terminal.press(key, quiet=0.02, timeout=patience)
        terminal.settle()
        return bytes(terminal.output)


def test_markup_is_shown_letter_for_letter_on_a_terminal(tmp_path: Path) -> None:
    output = shown(folder_with(tmp_path / "markup", MARKUP), stories=3, patience=0.6)
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    seen = ""
    for start in range(0, len(output), 4_096):
        stream.feed(output[start : start + 4_096])
        seen += "\n".join(screen.display)
    for text in MARKUP:
        assert text in seen


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="what tells of it is Linux's")
def test_without_its_terminal_the_program_ends_and_keeps_what_was_marked(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", ["Huawei"] * 4)
    settings = tmp_path / "feeds.toml"
    settings.write_text('[feeds.one]\nurl = "http://127.0.0.1:9/"\nenabled = false\n')
    argv = [sys.executable, "-m", "monitor", "--config", str(settings), "--data", str(folder)]
    with Terminal(argv, cwd=ROOT) as terminal:
        terminal.wait_for("Sources")  # the story beside the list: the archive is in
        terminal.press("p")
        assert terminal.vanish() == 0
    with Store.open(folder) as store:
        store.load()
        assert len(store.pinned) == 1


def test_a_text_browser_has_the_terminal_until_it_ends(tmp_path: Path) -> None:
    browser = tmp_path / "w3m"
    browser.write_text('#!/bin/sh\ntty -s && echo "w3m reads $1"\nread key\n')
    browser.chmod(0o755)
    with Store.open(tmp_path / "data") as store:
        entry = fresh("one", "Huawei in the news").entry
        store.add([Fresh(replace(entry, url="https://example.org/one"), Body())])
        store.flush()
    settings = tmp_path / "feeds.toml"
    settings.write_text('[feeds.one]\nurl = "http://127.0.0.1:9/"\nenabled = false\n')
    argv = [sys.executable, "-m", "monitor", "--config", str(settings)]
    argv += ["--data", str(tmp_path / "data")]
    with Terminal(argv, cwd=ROOT, env={"BROWSER": str(browser)}) as terminal:
        terminal.wait_for("Sources")
        since = len(terminal.output)
        terminal.press("o")
        terminal.wait_for("w3m reads https://example.org/one", since=since)
        since = len(terminal.output)
        terminal.press("enter")
        terminal.wait_for("Headlines", since=since)
        since = len(terminal.output)
        terminal.press("?")
        terminal.wait_for("Help", since=since)


def opened(tmp_path: Path) -> Terminal:
    """The program on a terminal, with a few stories."""
    folder = folder_with(tmp_path / "data", ["Huawei"] * 4)
    settings = tmp_path / "feeds.toml"
    settings.write_text('[feeds.one]\nurl = "http://127.0.0.1:9/"\nenabled = false\n')
    argv = [sys.executable, "-m", "monitor", "--config", str(settings), "--data", str(folder)]
    return Terminal(argv, cwd=ROOT)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_it_puts_the_terminal_right(tmp_path: Path, name: str) -> None:
    with opened(tmp_path) as terminal:
        terminal.wait_for("Sources")
        begun = len(terminal.output)
        assert terminal.kill(getattr(signal, name)) == 0
        last = bytes(terminal.output[begun:])
    for mode in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):  # screen, cursor, mouse
        assert mode in last


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="what tells of it is Linux's")
def test_a_terminal_that_is_closed_ends_it(tmp_path: Path) -> None:
    """The kernel sends SIGHUP and SIGCONT then; whatever is painted meanwhile goes nowhere."""
    with opened(tmp_path) as terminal:
        terminal.wait_for("Sources")
        terminal.send(b"jk" * 200)
        for name in (signal.SIGHUP, signal.SIGCONT):
            os.kill(terminal.pid, name)
        assert terminal.vanish() == 0


@pytest.mark.parametrize("odd", [b"\xff", b"\xe1a", b"\x1b[200~caf\xe9 x\x1b[201~"])
def test_bytes_that_are_no_text_do_not_end_it(tmp_path: Path, odd: bytes) -> None:
    with opened(tmp_path) as terminal:
        terminal.wait_for("Sources")
        terminal.send(odd)
        terminal.settle()
        begun = len(terminal.output)
        terminal.press("?")
        terminal.settle()
        assert "Half a page" in terminal.text(begun)


FIRES = """
[feeds.one]
url = "{url}"
keep = "all"
[sources]
[poll]
spacing = "0s"
[rules.all]
on = "new"
severity = "high"
notify = ["toast", "bell", "terminal"]
"""


def test_an_alert_is_told_by_title_bell_and_notification_and_the_title_goes_back(
    tmp_path: Path,
) -> None:
    now = format_datetime(datetime.now(UTC))
    item = "<item><title>{}</title><guid>{}</guid><pubDate>{}</pubDate></item>"
    # As they come from a feed: a sequence of its own, and what parts the fields of another.
    titles = ("Huawei wants an answer ]9;what;x", "]2;forged&#27;\\ &#155;31m Kirin roadmap shown")
    items = "".join(item.format(title, n, now) for n, title in enumerate(titles))
    with serve() as site:
        url = site.put("/feed", f'<rss version="2.0"><channel>{items}</channel></rss>')
        settings = tmp_path / "feeds.toml"
        settings.write_text(FIRES.format(url=url))
        data = str(tmp_path / "data")
        argv = [sys.executable, "-m", "monitor", "--config", str(settings), "--data", data]
        env = {"VTE_VERSION": "7600", "TERM_PROGRAM": "", "TMUX": "", "STY": ""}
        with Terminal(argv, cwd=ROOT, env=env) as terminal:
            terminal.wait_for("2 new alerts")
            terminal.settle(0.8)
            told = bytes(terminal.output)
            terminal.press("Q")
            terminal.settle()
            end = bytes(terminal.output)[len(told) :]
    assert b"\x1b]2;monitor\x1b\\" in told
    assert b"\x1b]2;(2) monitor\x1b\\" in told
    assert told.index(b"\x1b[22;2t") < told.index(b"\x1b]2;")
    assert b"\x1b]777;notify;HIGH: 2 alerts: 2 high;" in told
    assert re.findall(rb"\x1b\]2;[^m(]", told) == []
    assert len(re.findall(rb"\x1b\](?:9|777);", told)) == 1
    assert b"\x07" in told
    assert b"\x1b[23;2t" in end


@pytest.mark.skipif(not (TOOLS / "hostile.py").is_file(), reason="the hostile texts are not here")
@pytest.mark.timeout(240)
def test_no_control_sequence_of_a_text_reaches_the_terminal(tmp_path: Path) -> None:
    sys.path.insert(0, str(TOOLS))
    import hostile

    texts = [payload for _, payload, _ in hostile.TERMINAL]
    assert len(texts) == 58
    benign = shown(folder_with(tmp_path / "benign", ["HSTL harmless 华为"] * 8), stories=4)
    seen = shown(folder_with(tmp_path / "hostile", texts), stories=len(texts) // 2)
    assert seen.count(b"HSTL") > 100
    assert hostile.leaks(seen) == {}
    assert set(hostile.kinds(seen)) - set(hostile.kinds(benign)) == set()
