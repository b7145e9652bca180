"""Watch words: which of them a text holds, and where."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Final

from monitor.text.folding import fold, fold_map
from monitor.text.words import is_run_on, letters

_PLURALS: Final = ("", "s", "es")


class Keywords:
    """Words to watch for, matched in any case and at word boundaries.

    "emui" is not in "SystemUI"; "Huawei" is in "Huawei's", "Mate 60" in "Mate60Pro": a boundary is
    also where letters meet digits. A script without blanks has no boundaries: "华为" is found
    inside a run, "HarmonyOS" beside it. Words may overlap; each is found for itself.

    A text is split into its runs of letters once, and a word is only looked for where the longest
    run of it occurs, so that hundreds of words cost little more than a few.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words: Final = tuple(dict.fromkeys(word for word in words if _normal(word)))
        self._folded = [_normal(word) for word in self.words]
        self._patterns: dict[int, re.Pattern[str]] = {}
        self._by_letters: dict[str, list[int]] = {}
        self._by_start: dict[
            str, list[tuple[str, int]]
        ] = {}  # words without letters, by their first
        for number, word in enumerate(self._folded):
            self._register(number, word)
        self._letters = frozenset(self._by_letters)
        # Candidates that need no closer look: in ASCII a run of letters stands between boundaries,
        # and Chinese has none.
        self._single = frozenset(n for n, word in enumerate(self._folded) if word.isalpha())
        self._anywhere = frozenset(n for n, w in enumerate(self._folded) if all(map(is_run_on, w)))
        self._in_ascii = any(start.isascii() for start in self._by_start)

    def find(self, text: str) -> tuple[str, ...]:
        """The words that occur in `text`, as configured, in the order of configuration."""
        return tuple(self.words[number] for number in self.indexes(fold(text)))

    def indexes(self, folded: str) -> list[int]:
        """The same for text that is folded already, as ascending indexes into `words`."""
        certain = self._single if folded.isascii() else self._anywhere
        return [
            number
            for number in self._candidates(folded)
            if number in certain or any(True for _ in self._found(number, folded))
        ]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words stand in `text`: (start, end), ascending, without overlap."""
        wanted = self._candidates(fold(text))
        if not wanted:
            return []
        folded, index = fold_map(text)
        index.append(len(text))
        spans: list[tuple[int, int]] = []
        for start, end in sorted(span for n in wanted for span in self._found(n, folded)):
            while index[end] == index[end - 1]:  # amid what one character was folded to
                end += 1
            start, end = index[start], index[end]
            if spans and start < spans[-1][1]:
                start, end = spans[-1][0], max(end, spans.pop()[1])
            spans.append((start, end))
        return spans

    def _register(self, number: int, word: str) -> None:
        runs = _runs().findall(word)
        if not runs:
            self._by_start.setdefault(word[0], []).append((re.split("[ -]", word)[0], number))
            return
        key = max(runs, key=len)
        forms = [key + plural for plural in _PLURALS] if word.endswith(key) else [key]
        for form in forms:
            self._by_letters.setdefault(form, []).append(number)

    @cached_property
    def _starts(self) -> re.Pattern[str]:
        return re.compile(f"[{re.escape(''.join(self._by_start))}]")

    def _candidates(self, folded: str) -> list[int]:
        in_ascii = folded.isascii()
        runs = letters(folded) if in_ascii else _runs().findall(folded)
        found = {n for run in self._letters.intersection(runs) for n in self._by_letters[run]}
        if self._by_start and (self._in_ascii or not in_ascii):
            for start in set(self._starts.findall(folded)):
                found.update(n for part, n in self._by_start[start] if part in folded)
        return sorted(found)

    def _found(self, number: int, folded: str) -> Iterator[tuple[int, int]]:
        """Where one word stands in a folded text, with a plural's ending."""
        pattern = self._patterns.get(number)
        if pattern is None:
            pattern = self._patterns[number] = _pattern(self._folded[number])
        for match in pattern.finditer(folded):
            start, end = match.span()
            stop = _stop(folded, end)
            if stop and (start == 0 or not _goes_on(folded[start - 1], folded[start])):
                yield start, stop


@cache
def _runs() -> re.Pattern[str]:
    """Runs of letters; coarse, as what it leaves out it leaves out of words and texts alike.

    Compiled when first needed, as it takes a millisecond.
    """
    return re.compile(r"[^\W\d_\u0e00-\ud7ff\U00020000-\U000323af]+")


def _normal(word: str) -> str:
    return " ".join(fold(word).split()).strip(" -")


def _pattern(word: str) -> re.Pattern[str]:
    """Blanks and hyphens are alike, and may be left out or put in between letters and digits."""
    pattern = "[ -]+".join(map(re.escape, re.split("[ -]+", word)))
    return re.compile(re.sub(r"(?<=[^\W\d_])(?:\[ -\]\+)?(?=\d)", "[ -]*", pattern))


def _stop(folded: str, end: int) -> int:
    """Where the word that matched up to `end` ends, a plural's ending included; 0 if it goes on."""
    last = folded[end - 1]
    if not _is_letter(last):
        return 0 if _goes_on(last, folded[end : end + 1]) else end
    for plural in _PLURALS:
        stop = end + len(plural)
        if folded.startswith(plural, end) and not _is_letter(folded[stop : stop + 1]):
            return stop
    return 0


def _goes_on(before: str, after: str) -> bool:
    """Whether there is no boundary between two characters: both are letters or both are digits."""
    if _is_letter(before):
        return _is_letter(after)
    return before.isdecimal() and after.isdecimal()


def _is_letter(char: str) -> bool:
    return char.isalpha() and not is_run_on(char)
