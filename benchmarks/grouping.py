"""How well and how fast entries are grouped: `python benchmarks/grouping.py [--quick]`.

First the labelled sets of ../shared/data (left out where they are absent): precision, recall and
F1 over pairs of entries, and B-cubed F1, of `monitor.cluster` and of three plain methods at their
usual settings. B-cubed is high for doing nothing: read it beside the pairs. Then the speed with
generated entries (seeded; words drawn as rarely as in news), beside comparing each entry with all
others and beside MinHash LSH in the same run (`rivals.py`), the share of what full comparison
joins, and the memory that the index takes.
"""

import argparse
import csv
import ctypes
import gc
import itertools
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from math import hypot, log
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import rivals
from benchmarks.rivals import USUAL, rate
from monitor.cluster import Index, Item
from monitor.cluster.batch import place
from monitor.cluster.lexicon import Lexicon
from monitor.cluster.reading import read
from monitor.text import cves, tokens

COMPARED = 1_500  # new entries that are compared with all that share a word
COSINE = 0.3  # the cosine at which texts are commonly taken to be about one thing
DATA = Path(__file__).parents[2] / "shared" / "data"


class Labelled(NamedTuple):
    """An entry and the story that a person put it into."""

    item: Item
    label: str


class Levels(NamedTuple):
    """Agreement of two groupings, each 0 to 1."""

    precision: float
    recall: float
    pairs: float  # F1
    b_cubed: float  # F1


# ---- the labelled sets


def _seconds(date: str) -> float:
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()


def summaries() -> dict[str, str]:
    """Address -> summary, of the polls that the cyber set was labelled from."""
    found: dict[str, str] = {}
    for path in sorted((DATA / "feeds/cyberdash/hourly").glob("*.json")):
        for entry in json.loads(path.read_text()):
            found.setdefault(entry["link"], entry["summary"])
    return found


def cyber(with_summaries: bool = True) -> list[Labelled]:
    """177 entries of 16 security outlets, July 2025."""
    texts = summaries() if with_summaries else {}
    found = []
    with (DATA / "labelled/groups-cyberdash-202507/groups.tsv").open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t")):
            link, title = row["link"], row["title"]
            summary = texts.get(link, "")
            ids = cves(f"{title} {summary}")
            when = _seconds(row["published"])
            item = Item(f"c{number:03}", title, summary, when, link, row["outlet"], "en", ids)
            found.append(Labelled(item, row["story"]))
    return sorted(found, key=lambda one: (one.item.time, one.item.key))


def huawei(dated: bool = True) -> list[Labelled]:
    """60 articles on 16 Huawei events. Where only the month is known, the day is that of the
    nearest article of the same month in the file."""
    lines = (DATA / "labelled/huawei-events/events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    days: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, row in enumerate(rows):
        if len(row["date"]) == len("2025-01-01"):
            days[row["date"][:7]].append((number, row["date"]))
    found = []
    for number, row in enumerate(rows):
        if not (title := row["headline_from_address"]):
            continue
        date = row["date"]
        if len(date) < len("2025-01-01"):
            near = [(abs(other - number), day) for other, day in days[date]]
            date = min(near)[1] if near else f"{date}-15"
        when = _seconds(date if dated else "2025-01-01")
        item = Item(f"h{number:03}", title, "", when, row["url"], row["outlet"], row["lang"])
        found.append(Labelled(item, row["event"]))
    return sorted(found, key=lambda one: (one.item.time, one.item.key))


def uci() -> list[Labelled]:
    """4,499 headlines of March 2014 in an aggregator's 59 stories."""
    with (DATA / "labelled/uci-news-aggregator-part/stories.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        Labelled(
            Item(r["ID"], r["TITLE"], "", int(r["TIMESTAMP"]) / 1e3, r["URL"], r["PUBLISHER"]),
            r["STORY"],
        )
        for r in rows
    ]
    return sorted(found, key=lambda one: (one.item.time, one.item.key))


def unrelated(count: int, since: float, until: float) -> list[Item]:
    """Headlines of another day and of all subjects, spread over a time."""
    rows = json.loads((DATA / "feeds/fwd-news/headlines-20220711.json").read_text())
    chosen = random.Random(7)
    return [
        Item(f"n{n:04}", r["title"], "", chosen.uniform(since, until), r["link"], r["domain"])
        for n, r in enumerate(chosen.sample(rows, count))
    ]


# ---- levels


def levels(pairs: Sequence[tuple[str, str]]) -> Levels:
    """Of (story given, label) for every entry."""
    both = Counter(pairs)
    given, labels = Counter(story for story, _ in pairs), Counter(label for _, label in pairs)
    together = sum(n * (n - 1) for n in both.values())
    precision = together / (sum(n * (n - 1) for n in given.values()) or 1)
    recall = together / (sum(n * (n - 1) for n in labels.values()) or 1)
    exact = sum(n * n / given[story] for (story, _), n in both.items()) / len(pairs)
    whole = sum(n * n / labels[label] for (_, label), n in both.items()) / len(pairs)
    return Levels(precision, recall, _f1(precision, recall), _f1(exact, whole))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def placed(items: Iterable[Item]) -> list[str]:
    return [placement.story for placement in place(items)]


def alone(items: Sequence[Item]) -> list[str]:
    return [item.key for item in items]


def compared(scorer: Callable[..., float]) -> Callable[[Sequence[Item]], list[str]]:
    """Groups by the best title so far that is at least as like as is usual, all being compared."""

    def group(items: Sequence[Item]) -> list[str]:
        stories: list[str] = []
        titles: list[str] = []
        for item in items:
            title = item.title.lower()
            best = process.extractOne(title, titles, scorer=scorer, score_cutoff=USUAL)
            stories.append(stories[best[2]] if best else item.key)
            titles.append(title)
        return stories

    return group


def by_cosine(items: Sequence[Item]) -> list[str]:
    """Groups by the nearest text so far, as the usual weights tf x idf of all texts have it."""
    counts = [Counter(tokens(f"{item.title} {item.summary}")) for item in items]
    stories_with = Counter(word for count in counts for word in count)
    vectors = [
        {word: n * log(len(items) / stories_with[word]) for word, n in count.items()}
        for count in counts
    ]
    holders: dict[str, list[int]] = defaultdict(list)
    lengths = [hypot(*vector.values()) or 1.0 for vector in vectors]
    stories: list[str] = []
    for number, (item, vector) in enumerate(zip(items, vectors, strict=True)):
        near: dict[int, float] = defaultdict(float)
        for word, weight in vector.items():
            for other in holders[word]:
                near[other] += weight * vectors[other][word]
            holders[word].append(number)
        near = {n: dot / lengths[n] / lengths[number] for n, dot in near.items()}
        best = max(near, key=near.__getitem__, default=number)
        stories.append(stories[best] if near.get(best, 0.0) >= COSINE else item.key)
    return stories


METHODS: dict[str, Callable[[Sequence[Item]], list[str]]] = {
    "monitor": placed,
    "every entry alone": alone,
    "token_sort_ratio 85": compared(fuzz.token_sort_ratio),
    "token_set_ratio 85": compared(fuzz.token_set_ratio),
    "tf-idf cosine 0.3": by_cosine,
}


def with_readings(items: Iterable[Item]) -> list[Item]:
    """The items with their texts taken apart, as in a poll; what is measured often is read once."""
    lexicon = Lexicon()
    return [
        item._replace(
            reading=read(item.title, item.summary, item.url, item.source, item.cves, lexicon),
            forms=lexicon.forms,
        )
        for item in items
    ]


@cache
def among_noise() -> tuple[list[Item], frozenset[str]]:
    """The cyber set among 1,000 unrelated headlines, and the keys of its entries."""
    ours = [one.item for one in cyber()]
    times = [item.time for item in ours]
    items = [*unrelated(1_000, min(times), max(times)), *ours]
    items.sort(key=lambda item: item.time)
    return with_readings(items), frozenset(item.key for item in ours)


def noise() -> float:
    """The share of unrelated headlines that get into a story of the cyber set."""
    items, ours = among_noise()
    stories = dict(zip((item.key for item in items), placed(items), strict=True))
    taken = {story for key, story in stories.items() if key in ours}
    others = [story for key, story in stories.items() if key not in ours]
    return sum(story in taken for story in others) / len(others)


def show_levels(quick: bool) -> None:
    sets = {
        "cyber, with summaries": cyber(),
        "cyber, titles only": cyber(with_summaries=False),
        "huawei": huawei(),
        "huawei, without dates": huawei(dated=False),
        "uci": uci(),
    }
    print(f"{'':48}{'precision':>10}{'recall':>10}{'pairs F1':>10}{'B3 F1':>10}")
    for name, labelled in sets.items():
        items = [one.item for one in labelled]
        for method, group in METHODS.items():
            if quick and len(items) > 1_000 and method.startswith("token"):
                continue
            pairs = zip(group(items), (one.label for one in labelled), strict=True)
            row = "".join(f"{value:10.3f}" for value in levels(list(pairs)))
            print(
                f"{name + ' (' + str(len(items)) + ')' if method == 'monitor' else '':<28}", end=""
            )
            print(f"{method:<20}{row}")
    print(f"\nnoise: {noise():.1%} of 1,000 unrelated headlines get into a story of cyber\n")


# ---- speed

FUNCTION = """the of to in and a for on with as is by at from that its after it be has was will are
over new says more up into out not who but have their about an than his this us could been
they which were her may when first had one all said would how what or two year"""
STARTS = "b br c ch cl d dr f g gr h k kr l m n p pl pr r s sh sk st t th tr v z"


def words(count: int, chosen: random.Random) -> list[str]:
    """Made-up words, different from one another."""
    starts, vowels = STARTS.split(), ["a", "ai", "e", "ea", "i", "io", "o", "ou", "u"]
    ends = ["", "", "l", "m", "n", "nd", "r", "rt", "x"]
    found: dict[str, None] = {}
    while len(found) < count:
        parts = range(chosen.choice((2, 2, 3)))
        word = "".join(map(chosen.choice, (starts, vowels, ends) * len(parts)))
        found[word] = None
    return list(found)


def generated(count: int, seed: int = 1) -> list[Item]:
    """Entries over six days: a title, and a summary of some 300 characters, four tenths of it
    function words, the others by Zipf's law; a fifth of the entries tell what an earlier one does.
    """
    chosen = random.Random(seed)
    vocabulary = words(60_000, chosen)
    rarity = list(itertools.accumulate(1 / (rank + 20) for rank in range(len(vocabulary))))
    function_words = FUNCTION.split()
    usual = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(function_words))))

    def text(length: int, function: float) -> list[str]:
        few = sum(chosen.random() < function for _ in range(length))
        mixed = chosen.choices(vocabulary, cum_weights=rarity, k=length - few)
        mixed += chosen.choices(function_words, cum_weights=usual, k=few)
        chosen.shuffle(mixed)
        return mixed

    items: list[Item] = []
    for number in range(count):
        title, summary = text(chosen.randint(8, 12), 0.25), text(50, 0.4)
        if items and chosen.random() < 0.2:
            model = items[-chosen.randint(1, min(len(items), 2_000))]
            title = chosen.sample(model.title.split(), 6) + title[:4]
            summary = chosen.sample(model.summary.split(), 30) + summary[:20]
        slug = "-".join(title)[:60]
        items.append(
            Item(
                f"{number:016x}",
                " ".join(title).capitalize(),
                " ".join(summary)[:300],
                1.75e9 + number * 6 * 86_400 / count,
                f"https://outlet{number % 997}.example/{number}/{slug}",
                f"outlet{number % 997}",
            )
        )
    return items


def resident() -> float:
    """Memory of this process in megabytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096 / 1e6


def show_speed(known: int, sample: int) -> float:
    """Returns the entries a second that can be added to `known`."""
    items = generated(known + sample)
    index, new, old = Index(), items[known:], items[:known]
    learned = rate(lambda item: index.know(item, item.key), old)
    pairs: set[tuple[str, str]] = set()
    added = rate(lambda item: pairs.update(rivals.joined(index, [item])), new)
    print(f"{known:>9,} known: add {added:,.0f}/s, know {learned:,.0f}/s")
    for name, scorer in (("sort", fuzz.token_sort_ratio), ("set", fuzz.token_set_ratio)):
        brute = rivals.cdist(old, new[: max(2, 200_000 // known)], scorer)
        print(f"{'':17}cdist token_{name}_ratio {brute:,.1f}/s: ours {added / brute:,.0f} times")
    some = new[:COMPARED]
    all_pairs = rivals.all_pairs(old, some)
    share = len(pairs & all_pairs) / (len(all_pairs) or 1)
    print(
        f"{'':17}of {len(all_pairs):,} pairs joined where all are compared: ours {share:.1%}",
        end="",
    )
    if hashed := rivals.min_hash(old, some, all_pairs):
        print(f", MinHash LSH {hashed[2]:.1%} at {hashed[1]:,.0f}/s (learning {hashed[0]:,.0f}/s)")
    else:
        print("; MinHash LSH: datasketch is not installed")
    return added


def index_memory(count: int) -> tuple[float, float]:
    """Megabytes of an index that was told of so many entries, to be measured in a new process.

    As the process has grown, and after the C library gave back what it keeps. The entries were read
    elsewhere, as in a poll; what the index keeps of their texts is counted as its own.
    """
    items = with_readings(generated(count))
    gc.collect()
    before, index = resident(), Index()
    forms = list(map(_copied, items[0].forms))
    for item in items:
        key, title, source = map(_copied, (item.key, item.title, item.source))
        index.know(item._replace(key=key, title=title, source=source, forms=forms), key)
    grown = resident() - before
    ctypes.CDLL(None).malloc_trim(0)
    return grown, resident() - before


def _copied(text: str) -> str:
    return text.encode().decode()


def show_memory(count: int) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        grown, trimmed = pool.submit(index_memory, count).result()
    print(f"{count:>9,} known: {trimmed:.1f} MB ({grown:.1f} before malloc_trim)")


def show_filling(count: int) -> None:
    items = generated(count)
    index = Index()
    print(f"{count:>9,} into an empty index: {rate(index.add, items):,.0f}/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller, for a look")
    quick: bool = parser.parse_args().quick
    if DATA.is_dir():
        show_levels(quick)
    else:
        print(f"no labelled sets: {DATA} is absent")
    small, large = 1_000, 10_000 if quick else 100_000
    first, last = show_speed(small, 1_000), show_speed(large, 2_000 if quick else 5_000)
    print(f"{'':17}one entry costs {first / last:.2f} times as much at {large:,} as at {small:,}")
    show_memory(large)
    show_filling(5_000 if quick else 50_000)


if __name__ == "__main__":
    main()
