"""When two entries are the same text.

A duplicate is hidden behind the entry it repeats, so every rule prefers to miss one.
"""

import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from monitor.cluster.terms import FILLERS, SERIES, SERIES_PHRASES, stem
from monitor.text import fold

BETWEEN, WITHIN = 95.0, 90.0  # likeness of two titles of two outlets, of one
_LEAST = 5  # tokens of a title that can be an identity
_WORD, _LATIN = re.compile(r"[^\W\d_]+"), re.compile("[a-z]")
# Cyrillic and Greek letters, case-folded, that look like Latin ones (Unicode TR 39)
_POSING = str.maketrans("авсԁеһіјкмոорԛѕтυԝхуαινοκρτ", "abcdehijkmnopqstuwxyaivokpt")


def address(url: str) -> str:
    """A canonical address as an identity, or "": a front page is where many texts stand in turn."""
    scheme, found, rest = url.partition("://")
    host, _, path = rest.partition("#")[0].rstrip("/").partition("/")
    if not found or not path or scheme not in ("http", "https"):
        return ""
    return f"{host.lower().removeprefix('www.')}/{path}"


def heading(title: str, source: str, url: str) -> str:
    """A title folded, letters that pose as Latin ones made Latin, and without the name of its
    outlet at the end ("... - The Register")."""
    folded = fold(title)
    if not folded.isascii():
        folded = _WORD.sub(_straight, folded)
    for mark in (" - ", " | "):
        front, found, back = folded.rpartition(mark)
        name = "".join(filter(str.isalnum, back)) if found else ""
        if name and name in f"{''.join(filter(str.isalnum, source.casefold()))} {url}":
            return front
    return folded


def _straight(word: re.Match[str]) -> str:
    """A word that mixes Latin with letters of the same shape, in Latin."""
    return word[0].translate(_POSING) if _LATIN.search(word[0]) else word[0]


def identity(heading: str, tokens: Sequence[str]) -> str:
    """A title as an identity: its words; "" if it is short or of a series."""
    # two characters of Chinese say less than a word: their pairs overlap
    ascii_only = heading.isascii()
    length = len(tokens) if ascii_only else sum(0.5 + token.isascii() / 2 for token in tokens)
    if length < _LEAST or not SERIES.isdisjoint(tokens):
        return ""
    return "" if any(phrase in heading for phrase in SERIES_PHRASES) else " ".join(tokens)


def likeness(words: Sequence[str], others: Sequence[str], least: float) -> float:
    """How near two titles are, 0 to 100, if they are one text edited; 0.0 if they are not.

    Near in letters, and the same words in the same order, but for endings, fillers, and one slip.
    """
    near = ratio(" ".join(words), " ".join(others), score_cutoff=least)
    ours, theirs = _words(words), _words(others)
    if not near or len(ours) != len(theirs) or len(ours) < _LEAST - 1:
        return 0.0
    changed = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return near if not changed or (len(changed) == 1 and _slip(*changed[0])) else 0.0


def _words(tokens: Sequence[str]) -> list[str]:
    return [stem(token) for token in tokens if token not in FILLERS]


def _slip(one: str, other: str) -> bool:
    """A misspelt word: long, one letter off, and not by its first ("secure", "insecure")."""
    long = min(len(one), len(other)) > 5 and one[0] == other[0]
    return long and Levenshtein.distance(one, other, score_cutoff=1) <= 1
