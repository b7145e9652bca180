"""Everything, in one table: `python -m benchmarks [--quick] [--runs N]`."""

import argparse
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

from benchmarks import advisories, bulletins, claims, duplicates, group, poll, rules, store, tui
from benchmarks.measure import Result, table


def measure(runs: int, quick: bool) -> Iterator[Result]:
    """All benchmarks one after the other; never two at once."""
    parts: list[Iterable[Result]] = [poll.measure(100, runs)]
    if not quick:
        parts.append(poll.measure(1_000, runs))
    parts += [store.measure(), rules.measure(), bulletins.measure(), advisories.measure()]
    parts += [group.measure(), duplicates.measure(), claims.measure(), tui.measure()]
    yield from chain(*parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="All benchmarks.", prog="python -m benchmarks")
    parser.add_argument("--runs", type=int, default=1, help="of each poll; the median counts")
    parser.add_argument("--quick", action="store_true", help="without the poll of 1,000 feeds")
    options = parser.parse_args()
    python = platform.python_version()
    print(f"{platform.system()}, {os.cpu_count()} cores, Python {python}", flush=True)
    results = []
    for result in measure(options.runs, options.quick):
        print(f"  {result.name}: {result.value:.4g} {result.unit}", file=sys.stderr, flush=True)
        results.append(result)
    print(table(results))
    missed = [result for result in results if result.verdict == "MISSED"]
    print(f"{len(missed)} targets missed" if missed else "all targets met")


if __name__ == "__main__":
    main()
