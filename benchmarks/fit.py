"""How the constants of grouping were chosen: `python -m benchmarks.fit`.

Every combination of a small grid is tried on the labelled sets of ../shared/data and on one more,
the headlines of fnc-1 that belong to one text. The best is that with the highest mean, over the
families of sets, of F1 of pairs and B-cubed F1, where at most 1 % of unrelated headlines get into a
story. Then each family is left out in turn: what the others choose is measured on it. Some minutes.
"""

import argparse
import csv
import itertools
import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from statistics import mean
from typing import NamedTuple

from benchmarks.grouping import DATA, Labelled, Levels, cyber, huawei, levels, noise, placed, uci
from monitor.cluster import Item, index, terms

GRID: dict[str, tuple[float, ...]] = {
    "JOIN": (0.20, 0.21, 0.22, 0.23),
    "AGEING": (0.01, 0.03),
    "MERGE": (0.16, 0.18, 0.22),
    "GENRE_CAP": (3.5, 4.0),
    "TOPIC_CAP": (2.0, 2.5),
}
NOISE = 0.01
FAMILIES = {
    "cyber": ("cyber, with summaries", "cyber, titles only"),
    "huawei": ("huawei", "huawei, without dates"),
    "uci": ("uci",),
    "fnc": ("fnc",),
}
# B-cubed and pairwise F1 that grouping.md asks for; a set that is left out may miss them by SLACK.
ASKED = {
    "cyber, with summaries": (0.96, 0.94),
    "cyber, titles only": (0.92, None),
    "huawei": (0.95, 0.94),
    "huawei, without dates": (0.90, None),
    "uci": (0.83, 0.80),
}
SLACK = 0.03

Choice = tuple[float, ...]


class Outcome(NamedTuple):
    levels: Mapping[str, Levels]  # by set
    noise: float


def fnc() -> list[Labelled]:
    """Headlines of fnc-1, one story for each text that they discuss, agree or disagree with; texts
    that share a headline are one. Undated, so they come in any order."""
    folder = DATA / "labelled/fnc-1-test"
    with (folder / "stances.csv").open(newline="", encoding="utf-8") as file:
        related = [row for row in csv.DictReader(file) if row["Stance"] != "unrelated"]
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while parents.setdefault(name, name) != name:
            name = parents[name]
        return name

    for row in related:
        parents[root(f"h {row['Headline']}")] = root(f"b {row['Body ID']}")
    headlines = list(dict.fromkeys(row["Headline"] for row in related))
    random.Random(3).shuffle(headlines)
    return [
        Labelled(
            Item(f"f{n:04}", title, "", 1.41e9, f"https://f{n}.example/{n}", f"f{n}"),
            root(f"h {title}"),
        )
        for n, title in enumerate(headlines)
    ]


@cache
def sets() -> dict[str, list[Labelled]]:
    return {
        "cyber, with summaries": cyber(),
        "cyber, titles only": cyber(with_summaries=False),
        "huawei": huawei(),
        "huawei, without dates": huawei(dated=False),
        "uci": uci(),
        "fnc": fnc(),
    }


def set_constants(choice: Choice) -> None:
    """In this process, from now on."""
    for name, value in zip(GRID, choice, strict=True):
        if name.endswith("_CAP"):
            setattr(terms, f"_{name}", value)
        else:
            setattr(index, name, value)
    terms._CAPS.update(terms._table()[1])


def in_the_source() -> Choice:
    return tuple(getattr(index, name, None) or getattr(terms, f"_{name}") for name in GRID)


def measure(choice: Choice) -> Outcome:
    set_constants(choice)
    found = {}
    for name, labelled in sets().items():
        stories = placed([one.item for one in labelled])
        labels = (one.label for one in labelled)
        found[name] = levels(list(zip(stories, labels, strict=True)))
    return Outcome(found, noise())


def best(outcomes: Mapping[Choice, Outcome], families: Iterable[str]) -> Choice:
    """What does best on some families of sets."""
    names = [FAMILIES[family] for family in families]

    def score(choice: Choice) -> float:
        found = outcomes[choice]
        level = mean(mean(_level(found.levels[name]) for name in family) for family in names)
        return level if found.noise <= NOISE else level - 1

    return max(outcomes, key=score)


def _level(found: Levels) -> float:
    return (found.pairs + found.b_cubed) / 2


def _named(choice: Choice) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(GRID, choice, strict=True))


def _rows(outcomes: Mapping[Choice, Outcome]) -> Iterator[str]:
    for family, names in FAMILIES.items():
        choice = best(outcomes, set(FAMILIES) - {family})
        yield f"without {family}: {_named(choice)}"
        for name in names:
            found = outcomes[choice].levels[name]
            b_cubed, pairs = ASKED.get(name, (None, None))
            short = max(
                (asked or 0) - got
                for asked, got in ((b_cubed, found.b_cubed), (pairs, found.pairs))
            )
            verdict = "" if name not in ASKED else "ok" if short <= SLACK else f"{short:.3f} short"
            yield f"    {name:<24}pairs {found.pairs:.3f}  B3 {found.b_cubed:.3f}  {verdict}"


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    if not DATA.is_dir():
        sys.exit(f"no labelled sets: {DATA} is absent")
    choices = list(itertools.product(*GRID.values()))
    shipped = in_the_source()
    if shipped not in choices:
        choices.append(shipped)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = dict(zip(choices, pool.map(measure, choices, chunksize=4), strict=True))
    chosen = best(outcomes, FAMILIES)
    print(f"{len(choices)} combinations; in the source: {_named(shipped)}")
    print(f"best on all: {_named(chosen)}")
    for name, found in outcomes[chosen].levels.items():
        ours = outcomes[shipped].levels[name]
        print(
            f"    {name:<24}pairs {found.pairs:.3f}  B3 {found.b_cubed:.3f}"
            f"  (in the source {ours.pairs:.3f}, {ours.b_cubed:.3f})"
        )
    print("\n".join(_rows(outcomes)))


if __name__ == "__main__":
    main()
