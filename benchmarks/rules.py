"""What 1,000 rules cost: a poll's 5,000 new entries, stored into 100,000, with them and with none.

    python -m benchmarks.rules [--runs N]

Both put the same entries into the same store, commit by commit as a poll does: `add`, the rules'
look at what changed, `flush` with the alerts. Fetching and grouping are left out, as rules change
nothing in them. Processor time is compared, as a poll may wait for the disk. One rule in ten is a
pattern, one a title, one a word with fields, one a threshold of sources or roots, a few have only
fields; the others are words, phrases and alternatives, of which half are among the commonest
thousand.
"""

import argparse
import itertools
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus
from benchmarks.measure import WORK, Result, median, table
from benchmarks.store import filled
from monitor.models import Config, On, Rule, Transition
from monitor.store import Store
from monitor.watch import Watcher

STORED, NEW, COMMIT, RULES = 100_000, 5_000, 1_000, 1_000
TARGET = 1.0  # seconds more than without rules
LONGEST = 0.016  # seconds that one step may keep the screen waiting


class Cost(NamedTuple):
    """Of one poll, in seconds of processor time; `step` is the longest without a rest."""

    total: float
    step: float
    alerts: int
    summed: int  # subjects that those alerts stand for


def rules(count: int, seed: int = 7) -> tuple[Rule, ...]:
    """So many rules, the same for the same seed."""
    chance = random.Random(seed)
    words = corpus.vocabulary(random.Random(1))
    common, rare = words[60:1_060], words[1_060:20_000]

    def word() -> str:
        return chance.choice(chance.choice((common, rare)))

    def query(kind: int) -> str:
        match kind:
            case 0:
                return rf"/\b{word()}[a-z]{{0,3}} {word()[:3]}/"
            case 1:
                return f"title:{word()} OR title:{word()}"
            case 2:
                return f"{word()} has:sources -topic:patches newer:2d"
            case 3:
                return f'"{word()} {word()}" OR ({word()} {word()} newer:7d)'
        return f"{word()} ({word()} OR {word()} OR {word()}) -{word()}"

    def on(kind: int) -> tuple[On, ...]:
        if kind == 4:
            return On(Transition.SOURCES, 3), On(Transition.ROOTS, 2)
        return On(Transition.NEW), On(Transition.DISPUTED)

    def rule(n: int) -> Rule:
        when = "has:sources newer:2d" if n % 200 == 0 else query(n % 10)
        return Rule(f"rule-{n}", when, on(n % 10))

    return tuple(map(rule, range(count)))


def poll(folder: Path, watched: tuple[Rule, ...]) -> Cost:
    """Store the new entries into a copy of a folder, with these rules."""
    copy = WORK / "rules"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    news = [*corpus.fresh(NEW, seed=2, days=0.5, start=10_000_000)]
    with Store.open(copy, now=lambda: corpus.NOW) as store:
        store.load()
        watcher = Watcher(Config("", rules=watched), store, now=lambda: corpus.NOW)
        started, longest = time.process_time(), 0.0
        watcher.prepare()  # a poll does so in a thread
        store.follow()
        for start in range(0, NEW, COMMIT):
            store.add(news[start : start + COMMIT])
            before = time.process_time()
            for _ in itertools.chain(watcher.stories(), [None]):
                now = time.process_time()
                longest, before = max(longest, now - before), now
            store.flush()
        cost = time.process_time() - started
        fired = store.alerts.all
        found = Cost(cost, longest, len(fired), sum(alert.count for alert in fired))
    shutil.rmtree(copy)
    return found


def measure(runs: int = 3) -> Iterator[Result]:
    """With none, with 1,000, and the difference."""
    folder = filled(STORED)
    without = [poll(folder, ()) for _ in range(runs)]
    having = [poll(folder, rules(RULES)) for _ in range(runs)]
    shutil.rmtree(folder)
    none, some = median(one.total for one in without), median(one.total for one in having)
    yield Result(f"store {NEW:,} new entries at {STORED:,}, no rule", none, "s")
    yield Result(f"the same with {RULES:,} rules", some, "s")
    note = f"{having[0].alerts:,} alerts on {having[0].summed:,} stories"
    yield Result(f"{RULES:,} rules cost", some - none, "s", TARGET, note)
    step = median(one.step for one in having)
    yield Result("longest step of the rules", step * 1000, "ms", LONGEST * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description="What rules cost.")
    parser.add_argument("--runs", type=int, default=3)
    print(table(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
