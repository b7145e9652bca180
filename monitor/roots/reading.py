"""Whom an entry cites: agencies and labs named with a cue (`agencies.toml`), and linked reports."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from monitor.models import Body, Entry
from monitor.roots import link_key
from monitor.text import fold, letters

HEAD, TAIL = 1_500, 300  # characters of an article where an agency is named
NEAR = 40  # characters about a name where its cue is
NAMES, LINKS = 2, 2  # that are kept of an entry
_DASHES = ("-", "–", "—", ":", "|", "：")
_ARTICLE = r"(?:the\s+|news\s+agency\s+|newspaper\s+|state\s+media\s+|agency\s+)?"
_DATELINE = r"[\u4e00-\u9fff]{0,6}\s*\d[\d\s年月日]*"  # 北京8月5日
_WORDS = re.compile("[A-Z0-9][A-Za-z0-9]+")  # that a name can begin with
_HAN = re.compile("[\u4e00-\u9fff]")
PATH = 12  # characters of the path of a link that can lead to a report


class _Names(NamedTuple):
    letters: frozenset[str]  # an English text without any of these runs holds no name
    latin: dict[str, dict[str, str]]  # by first word: how texts write a name -> what is shown
    han: dict[str, str]  # the same, of names in signs
    outlets: dict[str, str]  # the same, in lower case
    before: re.Pattern[str]  # what ends with a cue
    after: re.Pattern[str]  # what begins with one
    hosts: frozenset[str]


@cache
def _names() -> _Names:
    import tomllib

    with Path(__file__).with_name("agencies.toml").open("rb") as file:
        table = tomllib.load(file)
    shown = {form: name for name, forms in table["names"].items() for form in forms}
    outlets = {form.casefold(): name for form, name in shown.items()}
    cues = table["cues"]
    han = _any(cues["after_han"])
    latin: dict[str, dict[str, str]] = {}
    for form, name in shown.items():
        for word in _WORDS.findall(form)[: form.isascii()]:
            latin.setdefault(word, {})[form] = name
    return _Names(
        letters=frozenset(max(letters(fold(form)), key=len) for form in shown if form.isascii()),
        latin=latin,
        han={form: name for form, name in shown.items() if not form.isascii()},
        outlets=outlets | {name.casefold(): name for name in table["names"]},
        before=re.compile(
            rf"\b(?i:{_any(cues['before'])})\s+(?i:{_ARTICLE})\Z|(?:{_any(cues['before_han'])})\s*《?\Z"
        ),
        after=re.compile(
            rf"(?:['’]s?)?\s+(?i:{_any(cues['after'])})\b"
            rf"|》?\s*(?:{_DATELINE}(?:[电讯]|{han})|{han})"
        ),
        hosts=frozenset(table["hosts"]),
    )


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)
    return f"(?:{either})"


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
    if not long and _is_bare(title) and _is_bare(body.summary):
        return []
    looked_for = [known.latin[word] for word in known.latin.keys() & _WORDS.findall(text)]
    if not text.isascii() and _HAN.search(text):
        looked_for.append(known.han)
    for forms in looked_for:
        for form, name in forms.items():
            if form in text and (at := _at(form, text)) >= 0:
                found[name] = min(at, found.get(name, at))
    return sorted(found, key=found.__getitem__)


def _is_bare(text: str) -> bool:
    """Whether a short text holds no name: a quick look, as most hold none."""
    return text.isascii() and _names().letters.isdisjoint(letters(fold(text)))


def _at(form: str, text: str) -> int:
    """Where a name stands with a cue first, -1 if nowhere."""
    at = text.find(form)
    while at >= 0 and not _told(form, text[max(0, at - NEAR) : at], text[at + len(form) :][:NEAR]):
        at = text.find(form, at + len(form))
    return at


def _told(form: str, before: str, after: str) -> bool:
    """Whether what stands about a name says that something is told by it."""
    first, last = after[:1], before[-1:]
    if form.isascii() and any(sign.isascii() and sign.isalnum() for sign in (first, last)):
        return False  # a part of a word
    if first and last and last in "([（【" and first in ")]）】":
        return True
    head, tail = before.rstrip(" "), after.lstrip(" ")
    if head.endswith(_DASHES) and tail[:1] in ("", "\n"):  # "Huawei builds - Reuters"
        return True
    if last in ("", "\n") and tail.startswith(_DASHES):  # "Reuters: Huawei builds"
        return True
    known = _names()
    return bool(known.before.search(before) or known.after.match(after))


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
