"""How well claims and disputes are told apart, and what it costs: `python -m benchmarks.claims`.

Four questions to the labelled sets of ../shared/data (left out where they are absent), each beside
a plain look for denial words:

- does a headline dispute its affair's claim? 752 headlines of fnc-1, labelled for this by one
  person (`against.txt`: fingerprints of those that do);
- does one text disagree with another of the same affair? the related pairs of fnc-1;
- which stories of the cyber set, and which events of the Huawei set, are disputed?

fnc-1's affairs (headlines that share an article) fall into two halves. The cues were worked out on
the first; the second is what to read.
"""

import argparse
import csv
import hashlib
import json
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.grouping import DATA, cyber
from benchmarks.measure import Result
from monitor.claims import Reading, Stance, Telling, judge, read, towards

FNC = DATA / "labelled" / "fnc-1-test"
AGAINST = Path(__file__).with_name("against.txt")
ASKED = {"headline against, second half": 0.76, "cyber disputed": 0.80, "huawei disputed": 0.85}
LEAD = 300  # characters
PLAIN = re.compile(
    r"\b(den(y|ies|ied|ial)|refute[sd]?|dispute[sd]?|rejects?|hoax|fake|false|debunk(ed)?|not?|untrue)\b"
)


class Levels(NamedTuple):
    precision: float
    recall: float
    f1: float
    right: int
    found: int
    wanted: int


class Pair(NamedTuple):
    """A headline and an article of the same affair, and what the article does with it."""

    headline: str
    body: str
    stance: str


def levels(answers: Iterable[tuple[bool, bool]]) -> Levels:
    """Of (found, wanted)."""
    pairs = list(answers)
    right = sum(found and wanted for found, wanted in pairs)
    found, wanted = sum(one for one, _ in pairs), sum(one for _, one in pairs)
    precision, recall = right / (found or 1), right / (wanted or 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Levels(precision, recall, f1, right, found, wanted)


def plain(title: str, summary: str = "") -> bool:
    """The baseline: a word of denial in the text."""
    return PLAIN.search(f"{title} {summary}".lower()) is not None


def disputes(title: str, summary: str = "") -> bool:
    return _disputing(read(title, summary))


def _disputing(reading: Reading) -> bool:
    return reading.stance in (Stance.DISPUTES, Stance.RETRACTS)


# ---- fnc-1


def pairs() -> list[Pair]:
    """The related pairs of fnc-1; of an article as much as a feed's summary would tell."""
    limit = csv.field_size_limit(sys.maxsize)  # of the whole process
    try:
        with (FNC / "bodies.csv").open(newline="", encoding="utf-8") as file:
            bodies = {row["Body ID"]: row["articleBody"] for row in csv.DictReader(file)}
    finally:
        csv.field_size_limit(limit)
    with (FNC / "stances.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Stance"] != "unrelated"]
    return [Pair(row["Headline"], bodies[row["Body ID"]][:LEAD], row["Stance"]) for row in rows]


def halves(related: list[Pair]) -> tuple[set[str], set[str]]:
    """The headlines of every other affair, by size, and those of the others."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for pair in related:
        parent[root(pair.headline)] = root("\0" + pair.body)
    affairs: dict[str, set[str]] = defaultdict(set)
    for pair in related:
        affairs[root(pair.headline)].add(pair.headline)
    ordered = sorted(affairs.values(), key=lambda heads: (-len(heads), min(heads)))
    return set().union(*ordered[::2]), set().union(*ordered[1::2])


def fingerprint(headline: str) -> str:
    return hashlib.sha256(headline.encode()).hexdigest()[:12]


def headlines(chosen: set[str], method: Callable[[str], bool]) -> Levels:
    against = set(AGAINST.read_text().split())
    return levels((method(one), fingerprint(one) in against) for one in sorted(chosen))


def disagreement(related: Iterable[Pair], method: Callable[[Pair], bool]) -> Levels:
    return levels((method(pair), pair.stance == "disagree") for pair in related)


def _disagree(pair: Pair) -> bool:
    return towards(read(pair.headline), read("", pair.body)) == "against"


def _plain_disagree(pair: Pair) -> bool:
    return plain(pair.headline) != plain("", pair.body)


# ---- stories


class Text(NamedTuple):
    story: str
    time: float
    outlet: str
    title: str
    summary: str


def cyber_texts() -> tuple[list[Text], set[str]]:
    with (DATA / "labelled/groups-cyberdash-202507/groups.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    disputed = {row["story"] for row in rows if row["disputed"]}
    texts = [
        Text(one.label, one.item.time, one.item.source, one.item.title, one.item.summary)
        for one in cyber()
    ]
    return texts, disputed


def huawei_texts() -> tuple[list[Text], set[str]]:
    """Disputed are the events with an article that denies, debunks or tells both sides."""
    lines = (DATA / "labelled/huawei-events/events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    disputed = {row["event"] for row in rows if row["stance"] in ("both", "denial", "debunk")}
    texts = [
        Text(row["event"], float(number), row["outlet"], row["headline_from_address"], "")
        for number, row in enumerate(rows)
    ]
    return texts, disputed


def stories(texts: Iterable[Text]) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        found[text.story].append(text)
    return found


def is_disputed(texts: Iterable[Text]) -> bool:
    tellings = [
        Telling(str(number), one.time, one.outlet, one.title, read(one.title, one.summary))
        for number, one in enumerate(texts)
    ]
    return judge(tellings) is not None


def disputed(texts: list[Text], labels: set[str], method: Callable[[list[Text]], bool]) -> Levels:
    return levels((method(of), name in labels) for name, of in stories(texts).items())


def _plain_disputed(texts: list[Text]) -> bool:
    return any(plain(one.title, one.summary) for one in texts)


# ---- the table


def rows() -> Iterator[tuple[str, Levels, Levels]]:
    """What is asked, the levels of ours, and those of plain words."""
    if FNC.is_dir():
        related = pairs()
        for name, half in zip(("first", "second"), halves(related), strict=True):
            yield (
                f"headline against, {name} half",
                headlines(half, disputes),
                headlines(half, plain),
            )
            among = [pair for pair in related if pair.headline in half]
            ours, theirs = disagreement(among, _disagree), disagreement(among, _plain_disagree)
            yield f"pair disagrees, {name} half", ours, theirs
    for name, (texts, labels) in {"cyber": cyber_texts(), "huawei": huawei_texts()}.items():
        ours = disputed(texts, labels, is_disputed)
        yield f"{name} disputed", ours, disputed(texts, labels, _plain_disputed)


def cost(runs: int = 7) -> float:
    """Microseconds of processor time to read an entry of the cyber set, the median of some runs."""
    texts, _ = cyber_texts()
    for one in texts:
        read(one.title, one.summary)
    times = []
    for _ in range(runs):
        start = time.process_time()
        for one in texts:
            read(one.title, one.summary)
        times.append((time.process_time() - start) / len(texts) * 1e6)
    return statistics.median(times)


def measure() -> Iterator[Result]:
    """The levels that docs/grouping.md asks for, told as 1 - F1 so that less is better."""
    if not DATA.is_dir():
        return
    for name, ours, _ in rows():
        if name in ASKED:
            note = f"precision {ours.precision:.2f}, recall {ours.recall:.2f}"
            yield Result(f"{name}: 1 - F1", 1 - ours.f1, "", 1 - ASKED[name], note)
    yield Result("read an entry's claims", cost(), "us", 50.0)


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    if not DATA.is_dir():
        sys.exit(f"no labelled sets: {DATA} is absent")
    print(f"{'':32}{'P':>6}{'R':>6}{'F1':>6}{'':>16}{'words: P':>10}{'R':>6}{'F1':>6}")
    for name, ours, theirs in rows():
        mine = f"{ours.precision:6.2f}{ours.recall:6.2f}{ours.f1:6.2f}"
        counts = f"{ours.right} of {ours.found}, {ours.wanted}"
        others = f"{theirs.precision:10.2f}{theirs.recall:6.2f}{theirs.f1:6.2f}"
        print(f"{name:32}{mine}{counts:>16}{others}")
    print(f"\n{cost():.0f} microseconds to read an entry of cyber, with its summary")


if __name__ == "__main__":
    main()
