"""When two entries are the same text.

A duplicate is hidden behind the entry it repeats, so every rule prefers to miss one.
"""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from monitor.cluster.terms import FILLERS, stem

BETWEEN, WITHIN = 95.0, 90.0  # likeness of two titles of two outlets, of one
_CUT = 6  # words that must be left of a title that was cut short
_LEAST = 4  # words of a title that can be compared


def likeness(words: Sequence[str], others: Sequence[str], least: float) -> float:
    """How near two titles are, 0 to 100, if they are one text edited; 0.0 if they are not.

    Near in letters, and the same words in the same order, but for endings, fillers, and one slip.
    """
    near = ratio(" ".join(words), " ".join(others), score_cutoff=least)
    ours, theirs = _words(words), _words(others)
    if not near or len(ours) != len(theirs) or len(ours) < _LEAST:
        return 0.0
    changed = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return near if not changed or (len(changed) == 1 and _slip(*changed[0])) else 0.0


def begins(title: str, words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a title that ends in dots is two thirds or more of another, cut off there."""
    if not title.rstrip().endswith(("...", "…")) or not _CUT <= len(words) <= len(others):
        return False
    *whole, last = words
    there = others[len(whole)].startswith(last) and list(others[: len(whole)]) == whole
    return there and 3 * len(words) >= 2 * len(others)


def _words(tokens: Sequence[str]) -> list[str]:
    return [stem(token) for token in tokens if token not in FILLERS]


def _slip(one: str, other: str) -> bool:
    """A misspelt word: long, one letter off, and not by its first ("secure", "insecure")."""
    long = min(len(one), len(other)) > 5 and one[0] == other[0]
    return long and Levenshtein.distance(one, other, score_cutoff=1) <= 1
