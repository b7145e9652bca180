"""News-like material of any size, the same for the same seed.

Words follow Zipf's law, as in real text, so that grouping meets common words, rare words and names
in about the proportions that it meets in the wild. 15 % of the entries repeat an earlier entry's
title and text with a small edit, as outlets do with what an agency sends.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from html import escape
from typing import NamedTuple

from monitor.models import Body, Entry, Fresh

PER_FEED = 50
DUPLICATES = 0.15
DAYS = 14.0  # over which publication dates are spread
NOW = 1_790_000_000.0  # 21 September 2026; what knows no clock is alike in every run
SUBJECT = ("Huawei", "HarmonyOS", "Kirin", "Ascend", "update", "flaw", "phone", "chip", "spies")
ONSETS = (*tuple("bcdfghjklmnprstvw"), "br", "cl", "dr", "fl", "gr", "pr", "qu", "st", "tr")
NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "io", "ou")
CODAS = ("", "", "n", "r", "s", "t", "l", "nd", "m", "ck")


class Item(NamedTuple):
    """One generated entry; `original` is the number of the entry that it repeats, or its own."""

    number: int
    title: str
    summary: str
    published: float
    original: int


def vocabulary(rng: random.Random, size: int = 30_000) -> list[str]:
    """Invented words, the most frequent first: short ones lead, some rare ones are names."""
    words: dict[str, None] = {}
    while len(words) < size:
        syllables = 1 + (len(words) > 150) + (len(words) > 6_000 and rng.random() < 0.5)
        word = "".join(
            rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(syllables)
        )
        words[word.title() if len(words) > 1_000 and rng.random() < 0.2 else word] = None
    ranked = list(words)
    for rank, word in enumerate(SUBJECT):
        ranked.insert(40 + 60 * rank, word)
    return ranked


def items(count: int, seed: int = 1, *, now: float = NOW, days: float = DAYS) -> Iterator[Item]:
    """`count` entries; a repetition repeats one of the 5,000 before it."""
    rng = random.Random(seed)
    words = vocabulary(rng)
    weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    recent: list[Item] = []
    for number in range(count):
        if len(recent) > PER_FEED and rng.random() < DUPLICATES:
            item = _repeat(rng, rng.choice(recent[: -PER_FEED + 1]), number, words, now)
        else:
            drawn = rng.choices(words, cum_weights=weights, k=110)
            title = _sentence(drawn[: rng.randint(6, 12)])
            summary = _text(drawn[8:], rng.randint(200, 600), title)
            item = Item(number, title, summary, now - rng.random() * days * 86400, number)
        recent.append(item)
        if len(recent) > 5_000:
            del recent[:1_000]
        yield item


def _sentence(words: Sequence[str]) -> str:
    first, *rest = words
    return " ".join([first[:1].upper() + first[1:], *rest])


def _text(words: Sequence[str], size: int, title: str) -> str:
    """Sentences of about `size` bytes that take up half of the title's words, as real leads do."""
    drawn = [*title.split()[::2], *words]
    sentences = [_sentence(drawn[start : start + 14]) for start in range(0, len(drawn), 14)]
    return (". ".join(sentences)[: size - 1].rstrip(". ")) + "."


def _repeat(rng: random.Random, item: Item, number: int, words: Sequence[str], now: float) -> Item:
    title = item.title.split()
    edit = rng.randrange(4)
    if edit == 0:
        title[rng.randrange(len(title))] = rng.choice(words[:2_000])
    elif edit == 1:
        title.append(rng.choice(words[:2_000]))
    elif edit == 2:
        del title[rng.randrange(1, len(title))]
    published = min(item.published + rng.random() * 6 * 3600, now)
    return Item(number, " ".join(title), item.summary, published, item.original)


def documents(
    feeds: int, per_feed: int = PER_FEED, seed: int = 1, *, now: float = NOW
) -> Iterator[bytes]:
    """Feed documents, RSS 2.0 and Atom in turn."""
    stream = items(feeds * per_feed, seed, now=now)
    for number in range(feeds):
        part = sorted(
            itertools.islice(stream, per_feed), key=lambda item: item.published, reverse=True
        )
        yield (_atom if number % 2 else _rss)(number, part).encode()


def address(feed: int, item: Item) -> str:
    """Where the entry is said to stand."""
    return f"https://outlet{feed}.example.org/news/{item.number}.html"


def _rss(feed: int, part: Sequence[Item]) -> str:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{address(feed, item)}</link>"
        f'<guid isPermaLink="true">{address(feed, item)}</guid>'
        f"<description>{escape(item.summary)}</description>"
        f"<pubDate>{formatdate(item.published, usegmt=True)}</pubDate></item>\n"
        for item in part
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>Outlet {feed}</title><link>https://outlet{feed}.example.org/</link>"
        f"<description>Outlet {feed}</description>\n{entries}</channel></rss>\n"
    )


def _atom(feed: int, part: Sequence[Item]) -> str:
    entries = "".join(
        f'<entry><title>{escape(item.title)}</title><link href="{address(feed, item)}"/>'
        f"<id>{address(feed, item)}</id><updated>{_iso(item.published)}</updated>"
        f"<published>{_iso(item.published)}</published>"
        f'<summary type="text">{escape(item.summary)}</summary></entry>\n'
        for item in part
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Outlet {feed}</title><id>https://outlet{feed}.example.org/</id>"
        f'<link href="https://outlet{feed}.example.org/"/><updated>{_iso(part[0].published)}</updated>'
        f"\n{entries}</feed>\n"
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def fresh(
    count: int, seed: int = 1, *, now: float = NOW, days: float = DAYS, start: int = 0
) -> Iterator[Fresh]:
    """Entries as the store takes them; repetitions share their original's story.

    `start` is added to the numbers, so that several calls give different entries.
    """
    for item in items(count, seed, now=now, days=days):
        number, original = item.number + start, item.original + start
        feed = number // PER_FEED
        url = address(feed, item._replace(number=number))
        entry = Entry(
            uid=uid(number),
            feed=f"outlet{feed}",
            id=url,
            title=item.title,
            url=url,
            canonical=url,
            published=item.published,
            first_seen=now,
            last_seen=now,
            time=item.published,
            outlet=f"Outlet {feed}",
            lang="en",
            topics=("security",) if number % 7 == 0 else (),
            matched=tuple(word for word in SUBJECT[:4] if word in item.title),
            story=uid(original),
            duplicate_of=uid(original) if original != number else "",
        )
        yield Fresh(entry, Body(summary=item.summary, links=(url,)))


def uid(number: int) -> str:
    """A short identity, as spread out as a real one."""
    return f"{number * 0x9E3779B97F4A7C15 & (1 << 64) - 1:016x}"
