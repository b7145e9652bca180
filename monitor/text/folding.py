"""The form of a text that is searched and compared, and the way back to the text."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ASCII: Final = {
    **dict.fromkeys("‘’‚‛′ʼ´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘︱︲", "-"),
    **dict.fromkeys("•‣", "·"),
    # As NFKC has them; but where these are the only ones, NFKC then finds nothing to do.
    **dict(zip("！％（），．／：；？［］\u3000\u00a0", "!%(),./:;?[]  ", strict=True)),
    "…": "...",
    # Not part of any word that is looked for: "HarmonyOS™" is not "harmonyostm".
    **dict.fromkeys("™®©℠\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f", ""),
}
_TYPOGRAPHIC: Final = re.compile(f"[{re.escape(''.join(_ASCII))}]")
_SPACE: Final = re.compile(r"\s")


def fold(text: str) -> str:
    """The form that is searched: NFKC, case-folded, quotes and dashes in ASCII, on one line.

    English text comes out as ASCII, which Python keeps in one byte a character.
    """
    if text.isascii():
        return text.lower() if text.isprintable() else _SPACE.sub(" ", text.lower())
    text = _TYPOGRAPHIC.sub(lambda found: _ASCII[found[0]], text)
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/").casefold()
    return text if text.isprintable() else _SPACE.sub(" ", text)


def fold_map(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its characters the index in `text` of the one it came from."""
    if text.isascii():
        return fold(text), list(range(len(text)))
    pieces: list[str] = []
    index: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _composes(text[end]):
            continue
        piece = _fold_piece(text[start:end])
        pieces.append(piece)
        index.extend([start] * len(piece))
        start = end
    return "".join(pieces), index


_fold_piece: Final = lru_cache(4096)(fold)


def _composes(char: str) -> bool:
    """Whether NFKC may join it to the character before: marks, and Hangul letters in any form."""
    if char < "\u00a9":
        return False
    return (
        _ASCII.get(char) == ""
        or "\u1160" <= char <= "\u11ff"
        or "\u3131" <= char <= "\u318e"
        or "\uff9e" <= char <= "\uffdc"
        or unicodedata.category(char)[0] == "M"
    )
