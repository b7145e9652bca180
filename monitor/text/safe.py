"""Untrusted text to text that can be shown (R1 of the threats: no control or hidden character)."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

MARKS: Final = 4  # combining marks that may sit on one base character

# Printable for Python, but not to be seen: fillers, joiners and selectors of several scripts
# (Default_Ignorable_Code_Point of Unicode, as far as it is not Cf or unassigned).
_BLANK_LETTERS: Final = "\u115f\u1160\u3164\uffa0"
_BLANK: Final = frozenset(
    (
        *_BLANK_LETTERS,
        *"\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f",
        *map(chr, range(0xFE00, 0xFE0E)),
        *map(chr, range(0xE0100, 0xE01F0)),
    )
)
_BLANK_PATTERN: Final = "\u2800"  # of Braille: a space
_JOINERS: Final = "\u200c\u200d"
_SELECTORS: Final = "\ufe0e\ufe0f"  # text or emoji form of the symbol before
_COMPANY: Final = frozenset(_JOINERS + _SELECTORS)  # kept only beside what gives them a meaning
# Runs that hold all marks, joiners, selectors and symbols: they are no word characters, nor Latin.
_RUN: Final = re.compile(r"[^\w\x00-\u02ff]+")
# ECMA-48: CSI; strings (OSC, DCS, SOS, PM, APC, and screen's ESC k) with a terminator within
# bounds; two-byte sequences. No part may hold another control character, so each character is
# looked at a bounded number of times.
_SEQUENCE: Final = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,4}[@-~]"
    "|(?:\x1b[]PX^_k]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]{0,4096}(?:\x1b+\\\\|[\x07\x9c])"
    "|\x1b(?:[#%(-/][0-~]|[78=>c])"
)


def clean(text: str, limit: int | None = None) -> str:
    """One line that can be shown: no control, format, private or unassigned character is in it.

    Whole escape sequences go with their payload, space of any kind becomes one blank, and at most
    `MARKS` marks stay on a base. ZWJ and ZWNJ stay where they shape letters or emoji. What is
    longer than `limit` characters is cut, at a word if one ends near, and ends in "…".
    """
    text, over = _bounded(text, limit)
    if _is_usual(text) and "  " not in text:
        line = text.strip()
    else:
        line = " ".join(text.split())
        if not _is_plain(line):
            line = _scrub(text)
    if limit is not None and (over or len(line) > limit):
        return _cut(line, limit)
    return line


def clean_block(text: str, limit: int | None = None) -> str:
    """As `clean`, but lines stay lines, without empty ones."""
    text, over = _bounded(text, limit)
    block = "\n".join(filter(None, map(clean, text.splitlines())))
    if limit is not None and (over or len(block) > limit):
        return _cut(block, limit)
    return block


def hidden(text: str) -> int:
    """How many characters `clean` removes that a reader would not see: bidi, zero-width, control.

    Space and line ends do not count, nor do private or unassigned characters, which show as boxes.
    """
    if _is_usual(text):
        return 0
    line = " ".join(text.split())
    if _is_plain(line):
        return 0
    unseen = {c for c in set(line) if c in _BLANK or _is_unseen(c)} - _COMPANY
    lost = sum(c in _COMPANY for c in line) - sum(c in _COMPANY for c in clean(line))
    return sum(c in unseen for c in line) + lost


def _bounded(text: str, limit: int | None) -> tuple[str, bool]:
    """`text` cut so that what follows costs no more than its limit is worth, and whether it was."""
    if limit is None or len(text) <= 4 * limit + 64:
        return text, False
    return text[: 4 * limit + 64], True


def _is_usual(text: str) -> bool:
    """Whether `text` is English on one line, as most is; then its only space is the blank."""
    return text.isascii() and text.isprintable()


def _is_plain(line: str) -> bool:
    """Whether `line` is clean as it is."""
    if not line.isprintable():
        return False
    if line.isascii():
        return True
    return all(
        _is_harmless(run) if len(run) < 5 else _holds_nothing_odd(run)
        for run in _others().findall(line)
    )


@cache
def _others() -> re.Pattern[str]:
    """Runs of neither Latin nor Chinese characters, which are plain if they can be printed.

    Compiled when first needed, as it takes most of a millisecond.
    """
    return re.compile("[^\x00-\u02ff\u3400-\u9fff]+")


@lru_cache(4096)
def _is_harmless(run: str) -> bool:
    """Whether a short run, such as "，" or "’", has neither marks nor anything invisible."""
    return not any(
        c in _BLANK or c == _BLANK_PATTERN or unicodedata.category(c)[0] in "MC" for c in run
    )


def _holds_nothing_odd(run: str) -> bool:
    """The same for a long run, which is mostly letters."""
    if any(blank in run for blank in _BLANK_LETTERS):
        return False
    return all(len(part) < 5 and _is_harmless(part) for part in _RUN.findall(run))


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") or "\U000e0000" <= char <= "\U000e0fff"


def _scrub(text: str) -> str:
    """The slow way of `clean`, for text that holds anything unusual."""
    if not text.isprintable():
        text = _SEQUENCE.sub("", _SEQUENCE.sub("", text))  # twice: tmux wraps one in another
        text = text.replace("\x1b\\", "")  # the terminator of what was none
    line = " ".join(text.replace(_BLANK_PATTERN, " ").split())
    drop = {c for c in set(line) if not c.isprintable() or c in _BLANK}.difference(_JOINERS)
    if drop:
        line = " ".join("".join([c for c in line if c not in drop]).split())
    return " ".join(_RUN.sub(_tidy, line).split())


def _tidy(match: re.Match[str]) -> str:
    """A run of marks, symbols, joiners and punctuation, with what may not stay left out."""
    run, line = match[0], match.string
    previous = line[match.start() - 1] if match.start() else " "
    after = line[match.end() : match.end() + 1]
    kept, joiner = [], ""
    marks = MARKS if previous == " " else 0  # a mark without a base would sit on what is before us
    for char in run:
        if char in _JOINERS:
            joiner = char
            continue
        if unicodedata.category(char)[0] == "M":
            if marks == MARKS or (char in _SELECTORS and not _is_symbol(previous)):
                continue
            marks += 1
        else:
            marks = 0
            if joiner and _joins(previous) and _joins(char):
                kept.append(joiner)
        kept.append(char)
        previous, joiner = char, ""
    if joiner and after and _joins(previous) and _joins(after):
        kept.append(joiner)
    return "".join(kept)


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sm") or char in "‼⁉〰〽"


def _joins(char: str) -> bool:
    """Whether a joiner beside it shapes anything: letters from Arabic on but for CJK, emoji."""
    if char < "\u0600" or "\u2e80" <= char <= "\ua4cf" or "\uac00" <= char <= "\ud7ff":
        return False
    category = unicodedata.category(char)
    return category[0] in "LM" or category in ("So", "Sk")


def _cut(text: str, limit: int) -> str:
    if limit < 1:
        return ""
    head = text[: limit - 1]
    if text[limit - 1 : limit] not in (" ", "\n", ""):
        space = max(head.rfind(" ", limit * 4 // 5), head.rfind("\n", limit * 4 // 5))
        head = head[:space] if space > 0 else head
    return head.rstrip(" \n" + _JOINERS) + "…"
