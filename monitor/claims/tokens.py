"""A text as words, single signs of scripts without blanks, and marks of punctuation."""

import re
from bisect import bisect_left
from functools import cached_property
from typing import Final


def table(text: str) -> frozenset[str]:
    """Those of a table."""
    return frozenset(text.split())


_RUN: Final = "\u0e00-\u0eff\u2e80-\u3000\u3005-\u3007\u3012-\u9fff\uac00-\ud7ff\uf900-\ufaff"
# Each alternative begins with a character of its own or ends where the character class ends, so
# that a text is read once, whatever it is.
_TOKEN: Final = re.compile(
    rf"[a-z](?:\.[a-z](?![^\W_]))+\.?|\d+(?:[.,]\d+)*|(?![{_RUN}])[^\W_](?:(?![{_RUN}])[^\W_])*(?:'t(?![^\W_]))?"
    rf"|'(?:s|re|ve|ll|d|m)(?![^\W_])|[^\W_]|(?<![^ ])-(?![^ ])|[.!?;:,()|。、《》【】]"
)
_ASCII_TOKEN: Final = re.compile(
    r"[a-z](?:\.[a-z](?![a-z0-9]))+\.?|[a-z0-9]+(?:'t(?![a-z0-9])|[.,](?=\d)[\d.,]*\d)?"
    r"|'(?:s|re|ve|ll|d|m)(?![a-z0-9])|(?<![^ ])-(?![^ ])|[.!?;:,()|]",
    re.ASCII,
)
STOPS: Final = frozenset(".!?;。")
BREAKS: Final = frozenset(".!?;。:,()|、《》【】-")
_ABBREVIATED: Final = table("mr mrs ms dr inc corp co ltd st gen sen rep gov jr sr vs prof")


class Tokens:
    """The words of a text in its order. Quotation marks, which many a word stands in, are left out.

    Where they stand is found when it is asked for: in most texts nobody does.
    """

    def __init__(self, text: str, flat: str = "") -> None:
        """`flat` is `level(text)`, for who has it already."""
        self.text: Final = text
        self._flat: Final = flat or level(text)
        self._token: Final = _ASCII_TOKEN if self._flat.isascii() else _TOKEN
        self.words: Final[list[str]] = self._token.findall(self._flat)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [found.span() for found in self._token.finditer(self._flat)]

    def start(self, at: int) -> int:
        return self._spans[at][0]

    def end(self, at: int) -> int:
        """Where token `at` ends in the text; `text[start(at):end(at)]` is how it stands there."""
        return self._spans[at][1]

    @cached_property
    def _stopping(self) -> list[int]:
        return [at for at, word in enumerate(self.words) if word in STOPS and self.stops(at)]

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last token (excluded) of the sentence that token `at` is in."""
        place = bisect_left(self._stopping, at)
        low = self._stopping[place - 1] + 1 if place else 0
        return low, self._stopping[place] if place < len(self._stopping) else len(self.words)

    def stops(self, at: int) -> bool:
        """Whether a sentence ends with this token."""
        if self.words[at] not in STOPS:
            return False
        return self.words[at] != "." or at == 0 or self.words[at - 1] not in _ABBREVIATED

    def shown(self, first: int, last: int) -> str:
        """The text from token `first` to before token `last`."""
        return self.text[self.start(first) : self.end(last - 1)] if first < last else ""


def level(text: str) -> str:
    """The text in lower case with plain quotes, dashes and letters, and of the same length, so that
    a place in it is the same place in the text (which `text.fold` doesn't promise)."""
    if text.isascii():
        return text.lower()
    plain = _TYPOGRAPHIC.sub(_plain, text)
    lower = plain.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in plain)


_PLAIN: Final = {
    **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94)},  # full-width forms
    **dict.fromkeys("‘’‚‛′ʼ´`", "'"),
    **dict.fromkeys("“”„‟″«»「」『』", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘", "-"),
    **dict.fromkeys("\u00a0\u3000", " "),
    "…": ".",
}
_TYPOGRAPHIC: Final = re.compile(f"[{re.escape(''.join(_PLAIN))}]")


def _plain(found: re.Match[str]) -> str:
    return _PLAIN[found[0]]
