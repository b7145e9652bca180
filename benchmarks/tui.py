"""The screen with 1,000 and with 100,000 entries stored, driven on a pty.

    python -m benchmarks.tui [--runs N] [--keys N]

Start: from the start of the process until the newest headline is on the terminal, against a Textual
program that shows one line (one_line.py), the two in turn. Cursor: from a press of `down` until the
next headline is painted. Filter: from a letter typed to the last byte of its painting. During a
poll: the same cursor, while 1,000 feeds are fetched, grouped and stored.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import one_line, server
from benchmarks.measure import WORK, Result, median, table
from benchmarks.pty_drive import Terminal, Times, times
from benchmarks.store import SIZES, filled
from monitor.models import Story
from monitor.store import Store

ROOT = Path(__file__).parent.parent
FEEDS = 1_000
HEAD = 14  # characters of a headline to wait for: few enough for a narrow column
WORDS = ("huawei", "kirin chip", "update -phone")  # typed letter by letter
REPEAT = 0.03  # seconds between two presses, as when a key is held down
IDLE = '[feeds.none]\nurl = "http://127.0.0.1:9/none.xml"\nenabled = false\n'


@contextmanager
def _monitor(data: Path, feeds: str = IDLE) -> Iterator[Terminal]:
    settings = data.parent / f"{data.name}.toml"
    settings.write_text(feeds)
    options = [f"--config={settings}", f"--data={data}"]
    env = {"PYTHONPATH": str(ROOT)}
    with Terminal([sys.executable, "-m", "monitor", *options], env=env, cwd=data) as terminal:
        yield terminal


def _headlines(data: Path, count: int) -> list[str]:
    """How the rows of the Headlines pane begin, from the top."""
    with Store.open(data, write=False) as store:
        store.load()
        newest: Sequence[Story] = sorted(
            store.stories.values(), key=lambda story: story.time, reverse=True
        )[:count]
    return [story.lead.title[:HEAD] for story in newest]


def _start(data: Path, headline: str) -> tuple[float, float]:
    """Seconds to the headline, and to the line of the program that shows only that."""
    with _monitor(data) as terminal:
        ours = terminal.wait_for(headline)
    with Terminal([sys.executable, one_line.__file__]) as terminal:
        least = terminal.wait_for(one_line.TEXT)
    return ours, least


def _cursor(terminal: Terminal, headlines: Sequence[str]) -> Times:
    taken = []
    for headline in headlines[1:]:
        taken.append(terminal.press_for("down", headline))
        terminal.settle(REPEAT, REPEAT)
    seen = [seconds for seconds in taken if seconds is not None]
    if len(seen) < 0.9 * len(taken):
        raise RuntimeError(f"only {len(seen)} of {len(taken)} cursor movements were painted")
    return times(seen)


def _filter(terminal: Terminal) -> Times:
    taken = []
    for word in WORDS:
        terminal.press("/")
        taken += [terminal.press(letter) for letter in word]
        taken += [terminal.press("backspace") for _ in word]
        terminal.press("escape", quiet=0.3)
    return times([paint.last for paint in taken])


def _polling(data: Path, headlines: Sequence[str]) -> Times:
    with server.running(FEEDS) as base:
        feeds = '[poll]\nper_host = 8\nspacing = "0s"\n' + "".join(
            f'[feeds.outlet{number}]\nurl = "{base}/feed/{number}.xml"\nkeep = "all"\n'
            for number in range(FEEDS)
        )
        with _monitor(data, feeds) as terminal:
            terminal.wait_for(headlines[0])
            while server.asked(base).ok == 0:
                terminal.settle(0.05, 0.05)
            taken = _cursor(terminal, headlines)
            if server.asked(base).ok == 0:
                raise RuntimeError("the poll was over before the keys were pressed")
    return taken


def measure(runs: int = 5, keys: int = 60) -> Iterator[Result]:
    """Everything, at both sizes; only the larger one has targets."""
    for size in SIZES:
        large = size == max(SIZES)
        data = filled(size, now=time.time())
        headlines = _headlines(data, keys)
        starts = [_start(data, headlines[0]) for _ in range(runs)]
        ours, least = (median(start[index] for start in starts) for index in (0, 1))
        yield Result(f"start to headlines, {size:,}", ours * 1000, "ms")
        yield Result("start to one line", least * 1000, "ms")
        yield Result("start: monitor / one line", ours / least, "", 1.35 if large else None)
        with _monitor(data) as terminal:
            terminal.wait_for(headlines[0])
            terminal.settle(1.5)
            yield _key(f"cursor, {size:,}", _cursor(terminal, headlines), 10 if large else None)
            yield _key(f"filter letter, {size:,}", _filter(terminal), 50 if large else None)
            alone, family = terminal.memory()
            note = f"{family:.0f} MB with its worker"
            yield Result(f"memory, {size:,}", alone, "MB", 250 if large else None, note)
        polling = _polling(data, headlines)
        yield _key(f"cursor during a poll, {size:,}", polling, 25 if large else None)
        shutil.rmtree(data)


def _key(name: str, taken: Times, target: float | None) -> Result:
    note = f"median {taken.p50:.1f}, worst {taken.worst:.1f}"
    return Result(f"{name}, p95", taken.p95, "ms", target, note)


def main() -> None:
    parser = argparse.ArgumentParser(description="The screen, driven on a pty.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keys", type=int, default=60)
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    print(table(measure(options.runs, options.keys)))


if __name__ == "__main__":
    main()
