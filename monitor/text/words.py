"""Words, numbers, versions and CVE ids of a text."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from monitor.text.folding import fold


def plural(number: int, one: str, many: str = "") -> str:
    """A number and what is counted: "1 feed", "2,000 feeds", "2 entries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# Letters of scripts that are written without blanks, or (Hangul) glue particles to words.
_RUN_ON: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
)
_ONLY_LETTERS: Final = "".join(chr(i) if chr(i).isalpha() else " " for i in range(128))  # of ASCII
_DIGIT: Final = re.compile("[0-9]")
_APOSTROPHE: Final = re.compile(r"'s\b|'")
_VERSION: Final = re.compile(r"(?<![\d.])(?:\d+(?:\.\d+){2,8}|(?<=\bv)\d+\.\d+)(?!\.?\d)")
_CVE: Final = re.compile(r"(?<![0-9a-z])cve[- :_](1999|2\d{3})-(\d{4,19})(?![0-9a-z])")
_CVE_HINTS: Final = ("CVE", "cve", "Cve", "ＣＶＥ", "ｃｖｅ")


@cache
def _token() -> re.Pattern[str]:
    """Compiled when first needed, as it takes milliseconds."""
    letter, word = rf"[^\W\d_{_RUN_ON}]", rf"[^\W_{_RUN_ON}]"
    return re.compile(
        rf"cve-\d{{4}}-\d{{4,19}}(?!{word})|\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:\.\d+)+"
        rf"|{letter}+(?=\d+\.\d)|[{_RUN_ON}]+|{word}+"
    )


@cache
def _ascii_token() -> re.Pattern[str]:
    """The same for text in ASCII alone, which it reads twice as fast."""
    return re.compile(
        r"cve-\d{4}-\d{4,19}(?![0-9a-z])|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)+"
        r"|[a-z]+(?:(?=\d+\.\d)|[0-9a-z]*)|[0-9a-z]+",
        re.ASCII,
    )


def is_run_on(char: str) -> bool:
    """Whether words of its script are not set apart by blanks."""
    return (
        "\u2e80" <= char <= "\ud7ff"
        or "\u0e00" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
        or "\uf900" <= char <= "\ufaff"
        or char >= "\U00020000"
    )


@lru_cache(256)  # of one document's texts, which several stages look at
def letters(folded: str) -> tuple[str, ...]:
    """The runs of letters of a folded text in ASCII, in order."""
    return tuple(folded.translate(_ONLY_LETTERS).split())


def tokens(text: str) -> list[str]:
    """Folded words in order; CVE ids, versions and numbers are one atom each ("1,234" is "1234").

    Chinese, Japanese, Korean and Thai come as pairs of characters, as they have no blanks that
    could be relied on.
    """
    folded = fold(text)
    if "'" in folded:
        folded = _APOSTROPHE.sub("", folded)
    ascii_only = folded.isascii()
    if ascii_only and not _DIGIT.search(folded):
        return list(letters(folded))  # as the pattern would, several times as fast
    found: list[str] = (_ascii_token() if ascii_only else _token()).findall(folded)
    if "," in folded:
        found = [token.replace(",", "") for token in found]
    if ascii_only:
        return found
    return [part for token in found for part in _pairs(token)]


def _pairs(token: str) -> Sequence[str]:
    if len(token) < 3 or not is_run_on(token[0]):
        return (token,)
    return [token[i : i + 2] for i in range(len(token) - 1)]


def cves(text: str) -> tuple[str, ...]:
    """CVE ids in upper case, each once, in order; full-width letters and odd dashes are taken."""
    if not any(hint in text for hint in _CVE_HINTS):
        return ()
    found = _CVE.findall(fold(text))
    return tuple(dict.fromkeys(f"CVE-{year}-{number}" for year, number in found))


def versions(text: str) -> tuple[str, ...]:
    """Version numbers, each once: of three parts or more ("4.2.0.186"), or of two after a "v"."""
    return tuple(dict.fromkeys(_VERSION.findall(fold(text)))) if "." in text else ()


def numbers(text: str) -> tuple[str, ...]:
    """Numbers with at most one decimal point, each once; not those within ids, names, versions."""
    found = (token for token in tokens(text) if token.replace(".", "", 1).isdecimal())
    return tuple(dict.fromkeys(found))
