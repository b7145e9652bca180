"""What grouping is measured beside at 100,000 known entries: see `grouping.py`.

- `unbounded`: our own scores with all that share a word compared. What it joins is what is asked of
  the others.
- `cdist`: each new title against all known ones, by rapidfuzz.
- `min_hash`: datasketch's locality-sensitive hashing of words, 128 permutations, threshold 0.5.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rapidfuzz import process

from monitor.cluster import Index, Item, index, vectors
from monitor.text import tokens

USUAL = 85.0  # the likeness at which plain title comparison is commonly set
# `_PROMISING` may stay: with all terms looked at, a story below it shares less than 0.04 of the
# squared length of an entry, so no cosine with any part of it is above 0.2, and JOIN is.
LIMITS: tuple[tuple[Any, str, float], ...] = (
    (vectors, "RARE", vectors.TERMS),
    (vectors, "_POSTING", 10**9),
    (vectors, "_LOOKED_AT", 10**9),
    (index, "LOOKED_AT", 10**9),
    (index, "MISSES", 10**9),
)


@contextmanager
def unbounded() -> Iterator[None]:
    """An index that is made and used in here compares all that share a word."""
    before = [(module, name, getattr(module, name)) for module, name, _ in LIMITS]
    for module, name, value in LIMITS:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def rate(act: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Entries a second of processor time (the machine may be shared)."""
    start = time.process_time()
    for item in items:
        act(item)
    return len(items) / (time.process_time() - start)


def all_pairs(known: Sequence[Item], new: Sequence[Item]) -> set[tuple[str, str]]:
    """(key, key of the story) of the new entries that join something, nothing being left out.

    Each known entry is a story of its own.
    """
    with unbounded():
        full = Index()
        for item in known:
            full.know(item, item.key)
        return joined(full, new)


def joined(full: Index, new: Sequence[Item]) -> set[tuple[str, str]]:
    found = ((item.key, full.add(item).story) for item in new)
    return {(key, story) for key, story in found if key != story}


def cdist(known: Sequence[Item], new: Sequence[Item], scorer: Callable[..., float]) -> float:
    """Entries a second that are compared with all known titles."""
    titles = [item.title.lower() for item in known]
    return rate(lambda item: process.cdist([item.title.lower()], titles, scorer=scorer), new)


def min_hash(
    known: Sequence[Item], new: Sequence[Item], pairs: set[tuple[str, str]]
) -> tuple[float, float, float] | None:
    """Entries learnt a second, asked and learnt a second, and the share of `pairs` it finds.

    Titles and summaries, as ours. None if datasketch is not installed.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError:
        return None
    lsh = MinHashLSH(threshold=0.5, num_perm=128)
    found: set[tuple[str, str]] = set()

    def hashed(item: Item) -> Any:
        one = MinHash(num_perm=128)
        one.update_batch([token.encode() for token in tokens(f"{item.title} {item.summary}")])
        return one

    def add(item: Item) -> None:
        one = hashed(item)
        found.update((item.key, other) for other in lsh.query(one))
        lsh.insert(item.key, one)

    learnt = rate(lambda item: lsh.insert(item.key, hashed(item)), known)
    asked = rate(add, new)
    return learnt, asked, len(pairs & found) / (len(pairs) or 1)
