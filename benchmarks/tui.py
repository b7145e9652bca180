"""The screen with 1,000 and with 100,000 entries stored, driven on a pty.

    python -m benchmarks.tui [--runs N] [--keys N]

Start: from the start of the process until the newest headline is on the terminal, against a Textual
program that shows one line (one_line.py), the two in turn. Cursor: from a press of `down` until the
next headline is painted. Filter: from a letter typed until the list is painted (its first
screenful, with the number found so far), and until the count of all matches is; the story beside it
follows a moment later, on purpose.
During a poll: the same cursor, while 1,000 feeds are fetched, grouped and stored.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import one_line, server
from benchmarks.measure import WORK, Result, median, table
from benchmarks.pty_drive import Terminal, Times, times
from benchmarks.store import SIZES, filled
from monitor.models import newest_first
from monitor.query import Corpus, parse
from monitor.store import Store

ROOT = Path(__file__).parent.parent
FEEDS = 1_000
OLD = 60  # days: what is polled comes below the headlines that the cursor walks over
HEAD = 14  # characters of a headline to wait for: few enough for a narrow column
WORDS = ("huawei", "kirin chip", "spies", "troul", "clai des", "update")
TYPING = 0.2  # seconds between two letters
REPEAT = 0.03  # seconds between two presses, as when a key is held down
LOADED = "Sources"  # of the story beside the list, which is shown when all stories are in memory
INSTALLED = Path(sys.executable).with_name("monitor")  # the command, as a user starts it
IDLE = '[feeds.none]\nurl = "http://127.0.0.1:9/none.xml"\nenabled = false\n'


@contextmanager
def _monitor(data: Path, feeds: str = IDLE) -> Iterator[Terminal]:
    settings = data.parent / f"{data.name}.toml"
    settings.write_text(feeds)
    options = [f"--config={settings}", f"--data={data}"]
    env = {"PYTHONPATH": str(ROOT)}
    with Terminal([str(INSTALLED), *options], env=env, cwd=data) as terminal:
        yield terminal


class Expected(NamedTuple):
    """What the screen should show: the newest headlines, and counts for each start of each word."""

    headlines: list[str]
    counts: dict[str, str]
    total: str  # what every count ends with


def _expected(data: Path, count: int) -> Expected:
    with Store.open(data, write=False) as store:
        store.load()
        stories = sorted(store.stories.values(), key=newest_first)
        hays = [store.hay(story.id) for story in stories]
    corpus = Corpus(stories, hays, (), (), {})
    starts = {word[:size] for word in WORDS for size in range(1, len(word) + 1)}
    found = {
        start: len(parse(start).select(corpus, range(len(stories)), time.time()))
        for start in starts
    }
    return Expected(
        [story.lead.title[:HEAD] for story in stories[:count]],
        {start: f"{number:,} of {len(stories):,}" for start, number in found.items()},
        f" of {len(stories):,}",
    )


def _start(data: Path, headline: str) -> tuple[float, float]:
    """Seconds to the headline, and to the line of the program that shows only that."""
    with _monitor(data) as terminal:
        ours = terminal.wait_for(headline)
    with Terminal([sys.executable, one_line.__file__]) as terminal:
        least = terminal.wait_for(one_line.TEXT)
    return ours, least


def _cursor(terminal: Terminal, headlines: Sequence[str]) -> Times:
    return _press(terminal, [("down", headline) for headline in headlines[1:]], REPEAT)


def _filter(terminal: Terminal, counts: Mapping[str, str]) -> Times:
    """Words typed letter by letter, and taken back."""
    steps = []
    for word in WORDS:
        starts = [word[:size] for size in range(1, len(word) + 1)]
        steps += [(start[-1], counts[start]) for start in starts]
        steps += [("backspace", counts[start]) for start in starts[-2::-1]]
        steps.append(("backspace", ""))
    terminal.press("/")
    taken = _press(terminal, steps, TYPING)
    terminal.press("escape", quiet=0.3)
    return taken


def _press(terminal: Terminal, steps: Sequence[tuple[str, str]], pause: float) -> Times:
    """Keys, each until its text is painted; those without a text are not counted."""
    taken = []
    for key, text in steps:
        seconds = terminal.press_for(key, text)
        if text:
            taken.append(seconds)
        terminal.settle(pause, pause)
    seen = [seconds for seconds in taken if seconds is not None]
    if len(seen) < 0.9 * len(taken):
        raise RuntimeError(f"only {len(seen)} of {len(taken)} keys were answered within a second")
    return times(seen)


def _polling(data: Path, headlines: Sequence[str]) -> Times:
    with server.running(FEEDS, age=OLD) as base:
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
        expected = _expected(data, keys)
        headlines = expected.headlines
        starts = [_start(data, headlines[0]) for _ in range(runs)]
        ours, least = (median(start[index] for start in starts) for index in (0, 1))
        yield Result(f"start to headlines, {size:,}", ours * 1000, "ms")
        yield Result("start to one line", least * 1000, "ms")
        yield Result("start: monitor / one line", ours / least, "", 1.35 if large else None)
        with _monitor(data) as terminal:
            terminal.wait_for(headlines[0])
            yield _key(f"cursor at the start, {size:,}", _cursor(terminal, headlines), None)
        with _monitor(data) as terminal:
            terminal.wait_for(LOADED)
            terminal.settle(1.5)
            yield _key(f"cursor, {size:,}", _cursor(terminal, headlines), 10 if large else None)
            first = dict.fromkeys(expected.counts, expected.total)
            listed = _filter(terminal, first)
            yield _key(f"filter letter to list, {size:,}", listed, 50 if large else None)
            counted = _filter(terminal, expected.counts)
            yield _key(f"filter letter to full count, {size:,}", counted, None)
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
