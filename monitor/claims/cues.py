"""The cues of `cues.toml`, made ready to be looked for."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final, NamedTuple

from monitor.claims.tokens import BREAKS, Tokens, table
from monitor.models import Stance

_GAPS: Final = {"..": 2, "...": 6}
_GAP_SIGNS: Final = 3  # signs of Chinese that are counted as one word
_START, _END = "^", "$"
NOT: Final = table(
    """
    not never no nor neither without cannot can't isn't aren't wasn't weren't don't doesn't didn't
    hasn't haven't won't wouldn't couldn't isnt didnt doesnt stops stopped falls nicht kein keine
    pas 不 未 没 無 无
    """
)


class Cue(NamedTuple):
    """Words with one meaning; the fields are explained in `cues.toml`."""

    name: str
    stance: Stance
    party: str = "outlet"
    weak: bool = False
    title: bool = False
    flips: bool = False
    negated: Stance = Stance.NONE


class Pattern(NamedTuple):
    """A phrase: what may stand at each place, and how many words may be left out before it."""

    cue: Cue
    words: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]
    at_start: bool
    at_end: bool


class Started(NamedTuple):
    """Patterns with one first word: by the word that has to follow, and those where it may vary."""

    followed: dict[str, list[Pattern]]
    others: list[Pattern]


class Gate(NamedTuple):
    """A text without any of these holds no cue: words, and signs of scripts without blanks."""

    words: frozenset[str]
    signs: frozenset[str]


class Cues(NamedTuple):
    """Patterns by the words that they can start with, what a headline and a summary need for any
    of them to be in it, and what is denied where a denial is itself denied."""

    by_word: dict[str, Started]
    headline: Gate
    summary: Gate
    feigned: frozenset[str]


@cache
def cues() -> Cues:
    """The cues of `cues.toml`, which comes with the program."""
    read = tomllib.loads(files("monitor.claims").joinpath("cues.toml").read_text("utf-8"))
    return compiled(read["cue"], read["words"])


def compiled(rows: Sequence[dict[str, Any]], lists: dict[str, list[str]]) -> Cues:
    """Cues as `cues.toml` has them. KeyError or ValueError where they aren't as it explains."""
    patterns = [pattern for row in rows for pattern in _patterns(row, lists)]
    by_word: dict[str, Started] = {}
    for pattern in patterns:
        for word in pattern.words[0]:
            _register(by_word.setdefault(word, Started({}, [])), pattern)
    meant = [pattern for pattern in patterns if pattern.cue.stance != Stance.NONE]
    return Cues(
        by_word,
        _gate(meant),
        _gate(pattern for pattern in meant if not pattern.cue.title),
        frozenset(lists.get("feigned", ())),
    )


def _gate(patterns: Iterable[Pattern]) -> Gate:
    """Of each pattern the place whose words are the longest, as those are the rarest."""
    needed: set[str] = set()
    for pattern in patterns:
        rarest: frozenset[str] = max(pattern.words, key=_rarity)
        needed |= rarest
    signs = frozenset(word for word in needed if len(word) == 1 and not word.isascii())
    parts = (part for word in needed - signs for part in word.split("'"))
    return Gate(frozenset(part for part in parts if len(part) > 1), signs)


def _register(started: Started, pattern: Pattern) -> None:
    if len(pattern.words) == 1 or pattern.gaps[1]:
        started.others.append(pattern)
        return
    for word in pattern.words[1]:
        started.followed.setdefault(word, []).append(pattern)


def _rarity(words: frozenset[str]) -> int:
    return min(map(len, words)) if _FREQUENT.isdisjoint(words) else 0


_FREQUENT: Final = table(
    """
    about after against be been being between could from have might over than that this those
    under what when with would to is are was were has had for all the may information
    """
)


def _patterns(row: dict[str, Any], lists: dict[str, list[str]]) -> Iterator[Pattern]:
    cue = Cue(
        row["name"],
        Stance(row["stance"]),
        row.get("party", "outlet"),
        row.get("weak", False),
        row.get("title", False),
        row.get("flips", False),
        Stance(row.get("negated", "none")),
    )
    for phrase in row["any"]:
        yield _pattern(cue, phrase, lists)


def _pattern(cue: Cue, phrase: str, lists: dict[str, list[str]]) -> Pattern:
    words: list[frozenset[str]] = []
    gaps: list[int] = []
    gap = 0
    parts = phrase.split()
    for part in parts:
        if part in _GAPS:
            blanks = phrase.isascii() or (words and _spaced(words[-1]))
            gap = _GAPS[part] * (1 if blanks else _GAP_SIGNS)
        elif part.startswith("<"):
            words.append(frozenset(lists[part[1:-1]]))
            gaps.append(gap)
            gap = 0
        elif part not in (_START, _END):
            for token in Tokens(part).words:
                words.append(frozenset([token]))
                gaps.append(gap)
                gap = 0
    if not words:
        raise ValueError(f"a phrase without words: {phrase!r}")
    return Pattern(cue, tuple(words), tuple(gaps), parts[0] == _START, parts[-1] == _END)


def _spaced(words: frozenset[str]) -> bool:
    return any(len(word) > 1 or word.isascii() for word in words)


class Found(NamedTuple):
    """A cue and the tokens it was found at: from `first` to before `last`."""

    cue: Cue
    first: int
    last: int


def find(text: Tokens, known: Cues) -> list[Found]:
    """The cues in a text, without overlap, in its order."""
    found: list[Found] = []
    words, by_word = text.words, known.by_word
    end = 0
    for at in [at for at, word in enumerate(words) if word in by_word]:
        best = _longest(text, at, by_word[words[at]]) if at >= end else None
        if best is None:
            continue
        if best.cue.weak:
            best = _within(text, best, by_word) or best
        found.append(best)
        end = best.last
    return found


def _within(text: Tokens, weak: Found, by_word: dict[str, Started]) -> Found | None:
    """What starts amid a weak cue and goes on after it: "did not" gives way to "not respond"."""
    for at in range(weak.first + 1, weak.last):
        started = by_word.get(text.words[at])
        other = _longest(text, at, started) if started else None
        if other and other.last > weak.last:
            return other
    return None


def _longest(text: Tokens, at: int, started: Started) -> Found | None:
    best: Found | None = None
    following = text.words[at + 1] if at + 1 < len(text.words) else ""
    for pattern in chain(started.followed.get(following, ()), started.others):
        last = _match(text, at, pattern)
        if last and (best is None or last > best.last or _outdoes(pattern.cue, last, best)):
            best = Found(pattern.cue, at, last)
    return best


def _outdoes(cue: Cue, last: int, best: Found) -> bool:
    return last == best.last and cue.stance == Stance.NONE != best.cue.stance


def _match(text: Tokens, at: int, pattern: Pattern) -> int:
    """Where a match that starts at a token ends, or 0. Each word is taken where it comes first, so
    that the time is bounded by the length of the pattern with its gaps."""
    if pattern.at_start and at and text.words[at - 1] not in BREAKS:
        return 0
    words = text.words
    place = at + 1
    for wanted, gap in zip(pattern.words[1:], pattern.gaps[1:], strict=True):
        limit = min(place + gap + 1, len(words))
        while place < limit and words[place] not in wanted:
            if words[place] in NOT or (words[place] in BREAKS and text.stops(place)):
                return 0
            place += 1
        if place >= limit:
            return 0
        place += 1
    if pattern.at_end and place < len(words) and words[place] not in BREAKS:
        return 0
    return place
