"""How fast entries are grouped into 1,000 and into 100,000 that are known.

    python -m benchmarks.group [--new N]

What is known is spread over the time that a store keeps; to see what a flood costs, it is also put
into one week, so that all of it can be joined. Titles and summaries are compared, as in a poll.
"""

import argparse
from collections.abc import Iterable, Iterator

from benchmarks import corpus
from benchmarks.measure import Result, seconds, table
from benchmarks.store import KEPT_DAYS, SIZES
from monitor.cluster import Index, Item

TARGET = 2_000  # entries a second
WEEK = 7.0


def _items(known: int, new: int, days: float) -> list[tuple[Item, str, str]]:
    """Known entries by time, then new ones of the last hours, each with its story and original."""
    old = sorted(corpus.fresh(known, days=days), key=lambda fresh: fresh.entry.time)
    late = corpus.fresh(new, seed=2, days=0.2, start=10_000_000)
    return [
        (
            Item(
                entry.uid, entry.title, body.summary, entry.time,
                entry.canonical, entry.outlet, entry.lang, entry.cves,
            ),
            entry.story,
            entry.duplicate_of,
        )
        for entry, body in [*old, *late]
    ]  # fmt: skip


def _know(index: Index, known: Iterable[tuple[Item, str, str]]) -> None:
    for item, story, original in known:
        index.know(item, story, original)


def _add(index: Index, new: Iterable[tuple[Item, str, str]]) -> None:
    for item, _, _ in new:
        index.add(item)


def measure(new: int = 2_000) -> Iterator[Result]:
    """Entries a second, told as milliseconds an entry so that less is better."""
    target = 1000 / TARGET
    for days, name in ((KEPT_DAYS, "kept"), (WEEK, "of one week")):
        rates = []
        for size in SIZES:
            items = _items(size, new, days)
            index = Index()
            know = seconds(_know, index, items[:size])
            add = seconds(_add, index, items[size:])
            rates.append(add / new * 1000)
            note = f"{new / add:,.0f} entries/s; knowing {size / know:,.0f}/s"
            goal = target if days == KEPT_DAYS else None
            yield Result(f"group an entry, {size:,} {name}", rates[-1], "ms", goal, note)
        yield Result(f"group an entry, {name}: 100,000 / 1,000", rates[1] / rates[0], "")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast entries are grouped.")
    parser.add_argument("--new", type=int, default=2_000)
    print(table(measure(parser.parse_args().new)))


if __name__ == "__main__":
    main()
