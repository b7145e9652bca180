"""Kills at random between firing and sending, against a loopback target that counts.

    python -m benchmarks.kills [--kills N] [--seed N]

A child fires alerts and delivers them until it is killed (SIGKILL); the next one goes on with the
same data folder; at the end one delivers the rest.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Result, table
from tests.kills import rounds


def measure(kills: int = 250, seed: int = 5) -> Iterator[Result]:
    """What so many kills lost and doubled; then as many that each hit another alert."""
    for apart in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            outcome = rounds(Path(folder), kills, seed, apart=apart)
        kind = "kills of which no two hit one alert" if apart else "kills at any moment"
        yield Result(kind, outcome.kills, "")
        yield Result("alerts fired", outcome.fired, "")
        yield Result("lost, or received and not fired", outcome.lost, "", 0)
        yield Result("received again", outcome.doubled, "", outcome.kills)
        yield Result("doubled by one kill, at most", max(outcome.again), "", 1)
        yield Result("doubled without a kill", outcome.twice_in_a_round, "", 0)
        yield Result("left when told apart by their keys", outcome.keys - outcome.fired, "", 0)
        yield Result("one alert came, at most", outcome.most, "times", 2 if apart else None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    print(table(list(measure(options.kills, options.seed))))


if __name__ == "__main__":
    main()
