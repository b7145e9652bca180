"""Texts in English and Chinese as tokens that know which parts they can play (`figures.toml`)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from monitor.text import MONTHS


class Token(NamedTuple):
    """A word of a text with the parts it can play, and a number's value."""

    text: str
    start: int
    end: int
    roles: Mapping[str, str]  # severity, vendor, line and scope have a value
    number: int | None = None


class Lexicon(NamedTuple):
    """`figures.toml`, ready to use."""

    roles: Mapping[str, Mapping[str, str]]
    token: re.Pattern[str]
    about: re.Pattern[str]


_ASCII: Final = dict(
    zip(
        "０１２３４５６７８９，：；（）！？’‘‐‑–—\u00a0\u2009\u202f\u3000",
        "0123456789,:;()!?''----    ",
        strict=True,
    )
)
_PLAIN: Final = re.compile(f"[{''.join(_ASCII)}]")
_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELT: Final = frozenset((*_ONES, *_TENS))
_HAN: Final = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, *range(3, 10)), strict=True))
_STOP: Final = {"stop": ""}
_NONE: Final[Mapping[str, str]] = {}
_ABBREVIATIONS: Final = frozenset((*MONTHS, "vs", "no")) - {"may"}


@cache
def lexicon() -> Lexicon:
    """The words that come with the program."""
    path = files("monitor.advisories").joinpath("figures.toml")
    raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    roles: dict[str, dict[str, str]] = {}
    for role in ("severity", "vendor", "line", "scope"):
        for value, words in raw[role].items():
            for word in words:
                roles.setdefault(word, {})[role] = word if value == "other" else value
    for role, words in raw["words"].items():
        for word in words:
            roles.setdefault(word, {})[role] = ""
    known = sorted(roles, key=len, reverse=True)
    phrases = "|".join(word.replace(" ", "[ -]") for word in known if " " in word)
    han = "|".join(map(re.escape, (word for word in known if not word.isascii())))
    ones = "|".join(sorted(_ONES, key=len, reverse=True))
    token = re.compile(
        rf"(?P<stop>[。！？!?\n]|\.(?=\s|$))"
        rf"|(?P<other>cve-\d+-\d+|\d+(?:\.\d+)+|(?:[a-z]+\d|\d+[a-z])[a-z\d]*)"
        rf"|(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)"
        rf"|(?P<spelt>\b(?:{'|'.join(_TENS)})[ -](?:{ones})\b)"
        rf"|(?P<known>\b(?:{phrases})\b|[a-z]+(?:'s\b)?|{han})"
        rf"|(?P<han>[零〇一二两三四五六七八九十百]+)|(?P<sign>\S)",
        re.I | re.A,
    )
    return Lexicon(roles, token, re.compile("|".join(raw["text"]["about"]), re.I))


def plain(text: str) -> str:
    """The text with full-width digits, signs and blanks in ASCII, character for character."""
    return _PLAIN.sub(lambda found: _ASCII[found[0]], text)


def tokens(text: str) -> Iterator[Token]:
    """The words, numbers and signs of a plain text; the end of a sentence has the role "stop"."""
    roles = lexicon().roles
    before = ""
    for found in lexicon().token.finditer(text):
        kind, word, (start, end) = found.lastgroup, found[0].lower(), found.span()
        if kind == "stop":
            if word == "." and before in _ABBREVIATIONS:
                continue
            yield Token(word, start, end, _STOP)
        elif kind == "digits":
            yield Token(word, start, end, _NONE, int(word.replace(",", "")[:9]))
        elif kind == "spelt" or word in _SPELT:
            yield Token(word, start, end, _NONE, _spelt(word))
        elif kind == "han":
            yield Token(word, start, end, _NONE, _han(word))
        else:
            key = word.removesuffix("'s").replace("-", " ") if len(word) > 1 else word
            yield Token(word, start, end, roles.get(key, _NONE))
        before = word


def _spelt(word: str) -> int:
    parts = re.split("[ -]", word)
    return sum(
        _ONES.index(part) if part in _ONES else 20 + 10 * _TENS.index(part) for part in parts
    )


def _han(word: str) -> int:
    """一百二十三 and 十三 as numbers; 二〇 too."""
    hundreds, _, rest = word.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = 100 * (_HAN.get(hundreds[-1:], 1) if "百" in word else 0)
    value += 10 * (_HAN.get(tens[-1:], 1) if ten else 0)
    return value + (_HAN.get(ones[-1:], 0) if ones else 0)
