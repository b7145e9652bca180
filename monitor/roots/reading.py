"""Whom an entry cites: agencies and labs named with a cue (`agencies.toml`), and linked reports."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from monitor.models import Body, Entry
from monitor.roots import link_key

HEAD, TAIL = 1_500, 300  # characters of an article where an agency is named
NAMES, LINKS = 2, 2  # that are kept of an entry
_DATELINE = r"[\u4e00-\u9fff]{0,6}\s*\d[\d\s年月日]*"  # 北京8月5日
_HAN = re.compile("[\u4e00-\u9fff]")
PATH = 12  # characters of the path of a link that can lead to a report


class _Names(NamedTuple):
    latin: dict[str, str]  # how texts write a name -> the name that is shown
    han: dict[str, str]
    outlets: dict[str, str]  # the same, in lower case
    before: str
    after: str
    before_han: str
    after_han: str
    hosts: frozenset[str]


@cache
def _names() -> _Names:
    import tomllib

    with Path(__file__).with_name("agencies.toml").open("rb") as file:
        table = tomllib.load(file)
    shown = {form: name for name, forms in table["names"].items() for form in forms}
    outlets = {form.casefold(): name for form, name in shown.items()}
    cues = table["cues"]
    return _Names(
        latin={form: name for form, name in shown.items() if form.isascii()},
        han={form: name for form, name in shown.items() if not form.isascii()},
        outlets=outlets | {name.casefold(): name for name in table["names"]},
        before=_any(cues["before"]),
        after=_any(cues["after"]),
        before_han=_any(cues["before_han"]),
        after_han=_any(cues["after_han"]),
        hosts=frozenset(table["hosts"]),
    )


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """Where a name stands with a cue."""
    known, name = _names(), re.escape(form)
    han = (
        rf"(?:{known.before_han})\s*《?{name}"
        rf"|{name}》?\s*(?:{_DATELINE}(?:[电讯]|{known.after_han})|(?:{known.after_han}))"
    )
    if not form.isascii():
        return re.compile(rf"{han}|[（(【]{name}[）)】]")
    the = r"(?:the\s+|news\s+agency\s+|newspaper\s+|state\s+media\s+|agency\s+)?"
    return re.compile(
        rf"(?i:\b(?:{known.before}))\s+(?i:{the}){name}\b"
        rf"|\b{name}(?:['’]s?)?\s+(?i:(?:{known.after})\b)"
        rf"|[(\[（]{name}[)\]）]|[-–—:|]\s*{name}\s*$|^{name}\s*[-–—:]|{han}",
        re.MULTILINE,
    )


def cited(entry: Entry, body: Body) -> tuple[str, ...]:
    """Names of those whose report an entry passes on, or is, and keys of the reports it links to.

    An outlet that others cite stands for itself.
    """
    known = _names()
    own = known.outlets.get(entry.outlet.casefold(), "")
    names = [own] if own else _named(entry.title, body)
    return (*names[:NAMES], *_links(entry, body.links))


def _named(title: str, body: Body) -> list[str]:
    long = body.content
    text = f"{title}\n{long[:HEAD]}\n{long[HEAD:][-TAIL:]}" if long else f"{title}\n{body.summary}"
    known, found = _names(), dict[str, int]()
    for shown in (known.latin, known.han) if _HAN.search(text) else (known.latin,):
        for form, name in shown.items():
            if form in text and (match := _pattern(form).search(text)):
                found[name] = min(match.start(), found.get(name, len(text)))
    return sorted(found, key=found.__getitem__)


def _links(entry: Entry, links: Sequence[str]) -> list[str]:
    """The first links to articles elsewhere."""
    home, hosts = _site(entry.canonical or entry.url), _names().hosts
    keys: dict[str, None] = {}
    for url in links:
        site, path = _site(url), url.partition("://")[2].partition("/")[2]
        if site == home or len(path) < PATH or site in hosts or _host(url) in hosts:
            continue
        keys[link_key(url)] = None
        if len(keys) == LINKS:
            break
    return list(keys)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower().removeprefix("www.")


def _site(url: str) -> str:
    """The end of a host by which its pages are of one publisher, roughly."""
    parts = _host(url).split(".")
    short = len(parts) > 2 and len(parts[-2]) <= 3 and len(parts[-1]) == 2  # "co.uk", "com.cn"
    return ".".join(parts[-3:] if short else parts[-2:])
