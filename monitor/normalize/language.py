"""The language of an entry: what its feed says, unless its title is in another script."""

import re
from functools import cache
from typing import Final

# The languages of a script, the likeliest first. Chinese characters do not rule out Japanese.
_SCRIPTS: Final = (
    ("ko", "\u1100-\u11ff\uac00-\ud7a3"),
    ("ja ain ryu", "\u3041-\u30fa"),
    ("zh ja yue wuu nan hak", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"),
    ("ru uk be bg sr mk kk ky mn tg tt", "\u0400-\u052f"),
    ("ar fa ur ps ckb sd ug", "\u0600-\u06ff\u0750-\u077f"),
    ("he yi", "\u05d0-\u05ea"),
    ("el", "\u0370-\u03ff"),
    ("th", "\u0e01-\u0e3a"),
    ("hi mr ne sa", "\u0904-\u0939"),
    ("", "a-zA-Z\u00c0-\u024f\u1e00-\u1eff"),
)
_CODE: Final = re.compile(r"[a-z]{2,3}(?![a-z])")
_WEIGHT: Final = 3  # one Chinese character says about as much as this many letters


def language(declared: str, title: str) -> str:
    """The code of ISO 639 ("en", "zh") for a tag as of RFC 5646 and a title; "" if unknown."""
    match = _CODE.match(declared[:20].strip().lower())
    code = match[0] if match else ""
    if title.isascii():
        return code
    languages = _script(title).split()
    return code if not languages or code in languages else languages[0]


def _script(title: str) -> str:
    """The languages of the script that most of `title` is in; "" for Latin letters."""
    runs = [(m.lastindex or 0, len(m[0])) for m in _letters().finditer(title)]
    count = [sum(size for index, size in runs if index == i + 1) for i in range(len(_SCRIPTS))]
    korean, japanese, chinese, *_, latin = count
    if korean + japanese + chinese:
        if (korean + japanese + chinese) * _WEIGHT <= latin:
            return ""
        if korean > chinese:
            return _SCRIPTS[0][0]
        return _SCRIPTS[1][0] if japanese * 5 > chinese else _SCRIPTS[2][0]
    return _SCRIPTS[count.index(max(count))][0] if any(count) else ""


@cache
def _letters() -> re.Pattern[str]:
    return re.compile("|".join(f"([{ranges}]+)" for _, ranges in _SCRIPTS))
