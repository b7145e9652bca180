"""A poll of many feeds, by newsboat and by monitor in the same run.

    python -m benchmarks.poll [--runs N] [--quick]

Both programs start anew for each measurement, fetch the same feeds from the same server with 8
requests at once, and end when everything is stored; that includes monitor's grouping, which
newsboat does not do. Before a figure counts, the server's log and both programs' stores are
checked: a reader that fetched or kept less than everything would seem fast. The 304 poll is
monitor's second and newsboat's third, which is the first for which it has validators.
"""

import argparse
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus, server
from benchmarks.measure import WORK, Result, Run, median, run, table

THREADS = 8
NEWSBOAT = shutil.which("newsboat")
TARGETS = {(1000, "first"): 0.5, (1000, "304"): 0.2, (100, "first"): 1.2}


class Reader(NamedTuple):
    """A program to measure: one poll in a folder, and how many entries are stored there."""

    name: str
    poll: Callable[[Path], Run]
    stored: Callable[[Path], int]
    warm_up: int = 0  # polls after the first before it makes conditional requests


@contextmanager
def _empty(name: str) -> Iterator[Path]:
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _newsboat(base: str, feeds: int) -> Reader:
    def poll(folder: Path) -> Run:
        urls, settings = folder / "urls", folder / "config"
        urls.write_text("".join(f"{base}/feed/{number}.xml\n" for number in range(feeds)))
        settings.write_text(f"reload-threads {THREADS}\nmax-items 0\n")
        files = [f"--url-file={urls}", f"--cache-file={folder}/cache.db"]
        env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        options = [*files, f"--config-file={settings}", "--execute=reload"]
        return run([NEWSBOAT or "newsboat", *options], env)

    def stored(folder: Path) -> int:
        with closing(sqlite3.connect(folder / "cache.db")) as cache:
            return int(cache.execute("select count(*) from rss_item").fetchone()[0])

    # Its first poll loses the validators: it updates a row that is only written afterwards.
    return Reader("newsboat", poll, stored, warm_up=1)


def _monitor(base: str, feeds: int) -> Reader:
    def poll(folder: Path) -> Run:
        settings = folder / "feeds.toml"
        settings.write_text(
            f'[poll]\nper_host = {THREADS}\nconcurrency = {THREADS}\nspacing = "0s"\n'
            + "".join(
                f'[feeds.outlet{number}]\nurl = "{base}/feed/{number}.xml"\nkeep = "all"\n'
                for number in range(feeds)
            )
        )
        options = [f"--config={settings}", f"--data={folder}/data"]
        done = run([sys.executable, "-m", "monitor", *options, "poll", "--all", "--json"])
        answer = json.loads(done.output)
        failed = [feed for feed in answer["feeds"] if feed["status"] == "failed"]
        if failed:
            raise RuntimeError(f"monitor: {len(failed)} feeds failed, first {failed[0]}")
        return done

    def stored(folder: Path) -> int:
        options = [f"--config={folder}/feeds.toml", f"--data={folder}/data"]
        listing = run([sys.executable, "-m", "monitor", *options, "list", "--format=jsonl"])
        return sum(len(json.loads(line)["sources"]) for line in listing.output.splitlines())

    return Reader("monitor", poll, stored)


def _measure(reader: Reader, base: str, feeds: int, entries: int) -> tuple[Run, Run]:
    """A first poll into an empty folder, and one in which all answer 304; both checked."""
    with _empty(reader.name) as folder:
        server.asked(base)
        first = reader.poll(folder)
        _check(reader.name, "documents", server.asked(base).ok, feeds)
        _check(reader.name, "entries", reader.stored(folder), entries)
        for _ in range(reader.warm_up):
            reader.poll(folder)
        server.asked(base)
        second = reader.poll(folder)
        _check(reader.name, "304 answers", server.asked(base).unchanged, feeds)
        _check(reader.name, "entries", reader.stored(folder), entries)
    return first, second


def _check(name: str, what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{name}: {found} {what} instead of {wanted}; the figures are void")


def measure(feeds: int, runs: int, per_feed: int = corpus.PER_FEED) -> Iterator[Result]:
    """Medians of `runs` runs, the readers in turn, as seconds and as ratios."""
    with server.running(feeds, per_feed) as base:
        readers = [_monitor(base, feeds)]
        if NEWSBOAT:
            readers.insert(0, _newsboat(base, feeds))
        taken: dict[str, list[tuple[Run, Run]]] = {reader.name: [] for reader in readers}
        for _ in range(runs):
            for reader in readers:
                taken[reader.name].append(_measure(reader, base, feeds, feeds * per_feed))
    for index, poll in enumerate(("first", "304")):
        walls = {name: median(pair[index].wall for pair in taken[name]) for name in taken}
        for name, wall in walls.items():
            memory = max(pair[index].memory for pair in taken[name])
            cpu = median(pair[index].cpu for pair in taken[name])
            note = f"CPU {cpu:.2f} s, {memory:.0f} MB"
            yield Result(f"{name}, {feeds} feeds, {poll} poll", wall, "s", note=note)
        if NEWSBOAT:
            ratio = walls["monitor"] / walls["newsboat"]
            target = TARGETS.get((feeds, poll))
            yield Result(f"monitor / newsboat, {feeds} feeds, {poll}", ratio, "", target)


def main() -> None:
    parser = argparse.ArgumentParser(description="A poll by newsboat and by monitor.")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="100 feeds only")
    options = parser.parse_args()
    for feeds in (100,) if options.quick else (100, 1000):
        print(table(measure(feeds, options.runs)), flush=True)


if __name__ == "__main__":
    main()
