"""What storing costs with 1,000 and with 100,000 entries stored.

    python -m benchmarks.store [--runs N]

A commit is `add` of a poll's 50 new entries and `flush`, a pin is durable when `pin` returns; both
end with fsync, so they measure the disk under `benchmarks/.work` too: compare with the floor, which
is one small file written, synced and renamed.
"""

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import WORK, Result, median, percentile, seconds, table
from monitor.models import Fresh
from monitor.store import Store

SIZES = (1_000, 100_000)
KEPT_DAYS = 80.0  # over which what is stored is spread
SLICE = 5_000


def filled(count: int, *, now: float = corpus.NOW) -> Path:
    """A fresh data folder with so many entries in stories, spread over the time that is kept."""
    folder = WORK / f"store-{count}"
    shutil.rmtree(folder, ignore_errors=True)
    entries = corpus.fresh(count, now=now, days=KEPT_DAYS)
    with Store.open(folder, now=lambda: now) as store:
        store.load()
        while part := list(islice(entries, SLICE)):
            store.add(part)
        store.flush()
    return folder


def _floor(folder: Path) -> float:
    def save() -> None:
        with open(folder / "floor.new", "wb") as file:
            file.write(b"x" * 200)
            os.fsync(file.fileno())
        os.replace(folder / "floor.new", folder / "floor")

    return median(seconds(save) for _ in range(20))


def _commits(store: Store, runs: int) -> list[float]:
    news = list(corpus.fresh(corpus.PER_FEED * runs, seed=2, days=0.1, start=10_000_000))
    return [
        seconds(_commit, store, news[start : start + corpus.PER_FEED])
        for start in range(0, len(news), corpus.PER_FEED)
    ]


def _commit(store: Store, news: Sequence[Fresh]) -> None:
    store.add(news)
    store.flush()


def _pins(store: Store, runs: int) -> list[float]:
    stories = list(store.stories)
    return [seconds(store.pin, [story], True) for story in stories[:: len(stories) // runs]]


def measure(runs: int = 20) -> Iterator[Result]:
    """The cost of each kind of work at both sizes, and how the two compare."""
    costs: dict[str, list[float]] = {}
    for size in SIZES:
        folder = filled(size)
        yield Result(f"floor: a small file, durable, beside {size:,}", _floor(folder) * 1000, "ms")
        with Store.open(folder, now=lambda: corpus.NOW) as store:
            front = seconds(store.front)
            loading = seconds(store.load)
            commits, pins = _commits(store, runs), _pins(store, runs)
        for name, value, target in (
            ("read what the first frame shows", front, None),
            ("load everything", loading, None),
            ("commit of 50 entries", median(commits), 100.0),
            ("commit of 50 entries, p95", percentile(commits, 0.95), None),
            ("pin", median(pins), 50.0),
            ("pin, p95", percentile(pins, 0.95), None),
        ):
            costs.setdefault(name, []).append(value)
            yield Result(f"{name} at {size:,}", value * 1000, "ms", target)
        shutil.rmtree(folder)
    for name, (small, large) in costs.items():
        yield Result(f"{name}: 100,000 / 1,000", large / small, "")


def main() -> None:
    parser = argparse.ArgumentParser(description="What storing costs.")
    parser.add_argument("--runs", type=int, default=20)
    print(table(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
