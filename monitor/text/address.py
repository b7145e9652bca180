"""Addresses: which may be opened, and how a host is shown."""

import re
import unicodedata
from typing import Final

from monitor.text.safe import hidden

MAX_URL: Final = 2000  # characters; longer ones are refused, as a cut address leads elsewhere

# RFC 3986 without user-info; of ASCII a host has letters, digits, "-", "." and "_".
_URL: Final = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[^\x00-,/:-@\[-^`{-\x7f]+)(?::(\d{1,5}))?(?:[/?#].*)?", re.I
)
# Cyrillic, Greek and Armenian letters that look like Latin ones.
_LOOKALIKE: Final = frozenset("асԁеһіјӏорԛѕԝхугьвкмнтпгαοιρνυτκεηωχγօոսցհ")


def web_url(url: str) -> str:
    """`url` if it may be given to a program that opens it, else "".

    It may if it is http or https with a host and a port that can be, and holds no user-info,
    control, invisible or blank character and no backslash.
    """
    if len(url) > MAX_URL or " " in url or "\\" in url or not url.isprintable():
        return ""
    match = _URL.fullmatch(url)
    if not match or int(match[2] or 0) > 65535 or not (url.isascii() or hidden(url) == 0):
        return ""
    labels = match[1].removesuffix(".").split(".")
    if len(match[1]) > 253 or not all(0 < len(label) <= 63 for label in labels):
        return ""
    return url


def shown_host(url: str) -> tuple[str, bool]:
    """The host of `url` as it may be shown, and whether it is to be marked as doubtful.

    A name that mixes scripts, looks like a Latin one or is not in its normal form is shown in
    punycode (RFC 3492) and marked; so is one that came in punycode.
    """
    match = _URL.match(url)
    host = match[1].lower() if match else ""
    if host.isascii():
        return host, "xn--" in host
    labels = re.split("[.。．｡]", unicodedata.normalize("NFKC", host))
    doubtful = ".".join(labels) != host or not all(map(_is_honest, labels))
    return ".".join(map(_punycode, labels)) if doubtful else host, doubtful


def _is_honest(label: str) -> bool:
    scripts = {unicodedata.name(c, "?").split()[0] for c in label if not c.isascii()}
    if any(c.isascii() and c.isalpha() for c in label):
        scripts.add("LATIN")
    if scripts <= {"LATIN"}:
        return all(
            c <= "\u017f" and c.isalnum() and c not in "ıĸŀŉſ" for c in label.replace("-", "")
        )
    if scripts <= {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}:
        return True
    return len(scripts) == 1 and not _LOOKALIKE.issuperset(c for c in label if c.isalpha())


def _punycode(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
