"""How the constants of grouping were chosen: `python -m benchmarks.fit`.

Every combination of a small grid is tried on the labelled sets of ../shared/data and on two more:
uci with at most eight entries of each story, in any order, as most stories of a reader are small;
and the headlines of fnc-1 that belong to one text. The best is that with the highest mean, over the
families of sets, of F1 of pairs and B-cubed F1, where at most 1 % of unrelated headlines get into a
story. Then each family is left out in turn: what the others choose is measured on it. About ten
minutes on two cores; texts are taken apart once, as no constant of the grid touches that.
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
from types import ModuleType
from typing import NamedTuple

from benchmarks.grouping import (
    DATA,
    Labelled,
    Levels,
    among_noise,
    cyber,
    huawei,
    levels,
    noise,
    placed,
    uci,
    with_readings,
)
from monitor.cluster import Item, index, terms

GRID: dict[str, tuple[float, ...]] = {
    "JOIN": (0.20, 0.21, 0.22),
    "MERGE": (0.225, 0.24),
    "AGAIN": (0.24, 0.26, 0.28),
    "ALMOST": (0.17, 0.19),
    "OUTWEIGHED": (3, 100),  # 100: none of these sets has two stories so unequal, and both many
    "EVERYDAY": (6.0, 7.0),
    "TOPIC_CAP": (2.0, 2.5),
}
NOISE = 0.01
FAMILIES = {
    "cyber": ("cyber, with summaries", "cyber, titles only"),
    "huawei": ("huawei", "huawei, without dates"),
    "uci": ("uci", "uci, eight of each"),
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
EACH = 8  # entries of a story of uci

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


def eight_of_each() -> list[Labelled]:
    """At most eight entries of each story of uci, in any order at the times of their like."""
    entries = uci()
    random.Random(2).shuffle(entries)
    stories: dict[str, list[Labelled]] = {}
    for one in entries:
        stories.setdefault(one.label, []).append(one)
    kept = {one.item.key for story in stories.values() for one in story[:EACH]}
    few = [one for one in entries if one.item.key in kept]
    times = sorted(one.item.time for one in few)
    return [
        one._replace(item=one.item._replace(time=time))
        for one, time in zip(few, times, strict=True)
    ]


@cache
def sets() -> dict[str, list[Labelled]]:
    named = {
        "cyber, with summaries": cyber(),
        "cyber, titles only": cyber(with_summaries=False),
        "huawei": huawei(),
        "huawei, without dates": huawei(dated=False),
        "uci": uci(),
        "uci, eight of each": eight_of_each(),
        "fnc": fnc(),
    }
    return {
        name: [
            one._replace(item=item)
            for one, item in zip(labelled, with_readings(one.item for one in labelled), strict=True)
        ]
        for name, labelled in named.items()
    }


def set_constants(choice: Choice) -> None:
    """In this process, from now on."""
    for (module, name), value in zip(map(_place, GRID), choice, strict=True):
        setattr(module, name, value)
    vars(index)["EVERYDAY"] = terms.EVERYDAY  # it has it by name
    terms._CAPS.update(terms._table()[1])


def in_the_source() -> Choice:
    return tuple(getattr(module, name) for module, name in map(_place, GRID))


def _place(name: str) -> tuple[ModuleType, str]:
    """The module that has a constant, and its name there."""
    if name.endswith("_CAP"):
        return terms, f"_{name}"
    return (terms if name == "EVERYDAY" else index), name


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
    sets(), among_noise()  # read before the processes part
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
