"""What an entry can be known by, beside its words: its address and its title.

The reading process needs these, and none of what compares entries.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from monitor.cluster.terms import SERIES, SERIES_PHRASES
from monitor.text import fold

_LEAST = 5  # tokens of a title that can be an identity
_WORD, _LATIN = re.compile(r"[^\W\d_]+"), re.compile("[a-z]")
_PATH = 300  # characters of an address that are read
_GAP = re.compile(r"[-_+\s]+")  # between the words of an address
_ENDING = re.compile(r"\.\w{1,5}$")
_FEWEST, _SHORTEST = 3, 3  # words of an address that say what is there, and letters of one
_LABELS = ("update", "exclusive", "breaking", "urgent", "just in", "快讯", "独家", "突发")
_LABEL = re.compile(rf"(?:{'|'.join(_LABELS)})(?: news)?(?: \d)?(?:\s*[:|]\s*|\s*-\s*)")
# Cyrillic and Greek letters, case-folded, that look like Latin ones (Unicode TR 39)
_POSING = str.maketrans("авсԁеһіјкмոорԛѕтυԝхуαινοκρτ", "abcdehijkmnopqstuwxyaivokpt")


def address(url: str) -> str:
    """A canonical address as an identity, or "": a front page is where many texts stand in turn."""
    scheme, found, rest = url.partition("://")
    host, _, path = rest.partition("#")[0].rstrip("/").partition("/")
    if not found or not path or scheme not in ("http", "https"):
        return ""
    return f"{host.lower().removeprefix('www.')}/{path}"


def address_words(url: str) -> str:
    """The words by which a canonical address says what is there ("/2025/08/huawei-fixes-60-bugs"),
    set apart by blanks; "" where it doesn't. They are often those of an earlier headline."""
    path = url.partition("://")[2].partition("?")[0].partition("#")[0]
    parts = path[:_PATH].split("/")[1:]
    if not any(part.count("-") + part.count("_") + part.count("+") > 1 for part in parts):
        return ""
    best: list[str] = []
    for part in parts:
        said = _GAP.split(_ENDING.sub("", unquote(part) if "%" in part else part))
        words = [word for word in said if word.isalpha() and len(word) >= _SHORTEST]
        if len(words) > len(best):
            best = words
    return " ".join(best) if len(best) >= _FEWEST else ""


def heading(title: str, source: str, url: str) -> str:
    """A title folded, letters that pose as Latin ones made Latin, without the name of its outlet
    at the end ("... - The Register") and what agencies put before it ("UPDATE 2-...")."""
    folded = fold(title)
    if not folded.isascii():
        folded = _WORD.sub(_straight, folded)
    if folded.startswith(_LABELS) and (label := _LABEL.match(folded)):
        folded = folded[label.end() :]
    for mark in (" - ", " | "):
        front, found, back = folded.rpartition(mark)
        name = "".join(filter(str.isalnum, back)) if found else ""
        if name and name in f"{''.join(filter(str.isalnum, source.casefold()))} {url}":
            return front
    return folded


def _straight(word: re.Match[str]) -> str:
    """A word that mixes Latin with letters of the same shape, in Latin."""
    return word[0].translate(_POSING) if _LATIN.search(word[0]) else word[0]


def title(heading: str, tokens: Sequence[str]) -> str:
    """A heading as an identity: its words; "" if it is short or of a series."""
    # two characters of Chinese say less than a word: their pairs overlap
    ascii_only = heading.isascii()
    length = len(tokens) if ascii_only else sum(0.5 + token.isascii() / 2 for token in tokens)
    if length < _LEAST or not SERIES.isdisjoint(tokens):
        return ""
    return "" if any(phrase in heading for phrase in SERIES_PHRASES) else " ".join(tokens)
