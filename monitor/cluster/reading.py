"""What of an entry's texts grouping compares, taken apart without knowing any other entry.

It is half of the work of grouping, and the half that another process can do.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from monitor.cluster import identities
from monitor.cluster.terms import root
from monitor.text import tokens

TITLE, SUMMARY = 300, 1_000  # characters that are read
TITLE_TOKENS, SUMMARY_TOKENS, ADDRESS_TOKENS = 64, 60, 20
ROUNDUP = 5  # an entry that names more CVE ids than this glues nothing
_KNOWN = 1 << 15  # tokens whose roots are remembered
_HASHTAG = re.compile(r"#(\w+)")
_INNER = re.compile(r"(?<=[a-z0-9])([A-Z][a-z])")  # where a word begins within another


class Reading(Struct, frozen=True, gc=False):
    """Words, set apart by blanks, and the identities of an entry, "" for none."""

    words: str  # the tokens of the title
    # Of the address alone, of the summary and not of the title, of the title, of the title and
    # there or in the summary once more; "root", or "root=token" for a token that isn't its own root
    terms: tuple[str, str, str, str]
    address: str
    title: str


def read(title: str, summary: str, url: str, source: str, cves: Collection[str] = ()) -> Reading:
    """The reading of an entry; `url` is the canonical one. Never raises for what a text holds."""
    heading = identities.heading(title[:TITLE], source, url)
    words = tokens(heading)[:TITLE_TOKENS]
    named = {cve.casefold() for cve in cves}
    # ids count as part of the title, wherever they stand
    ours = [word for word in words if word not in named] if named else words
    ours = [*ours, *_in_hashtags(title[:TITLE])] if "#" in title else ours
    theirs = (token for token in tokens(summary[:SUMMARY])[:SUMMARY_TOKENS] if token not in named)
    there = tokens(identities.address_words(url))[:ADDRESS_TOKENS]
    if there and any(word.startswith(there[-1]) for word in words):
        del there[-1]  # addresses are often cut within a word
    return Reading(
        words=" ".join(words),
        terms=_terms([*ours, *sorted(named)] if len(named) <= ROUNDUP else ours, theirs, there),
        address=identities.address(url),
        title=identities.title(heading, words),
    )


def _in_hashtags(text: str) -> list[str]:
    """The words that hashtags are made of, which are terms beside them: "#BanBossy", "Ban Bossy".

    "#OpenHarmony" has its own word too, and "#HarmonyOS" no other: "OS" is none.
    """
    parts = (_INNER.sub(r" \1", tag) for tag in _HASHTAG.findall(text) if _INNER.search(tag))
    return tokens(" ".join(parts))


def _terms(
    title: Iterable[str], summary: Iterable[str], address: Sequence[str]
) -> tuple[str, str, str, str]:
    """Each term once, in the part where it stands; its first token names it."""
    # backwards, as the last that comes is kept
    only_summary = dict(map(_forms.__getitem__, list(summary)[::-1]))
    only_title: dict[str, str] = {}
    again: dict[str, str] = {}
    for token in title:
        term, form = _forms[token]
        if term not in again:
            earlier = only_summary.pop(term, "") or only_title.pop(term, "")
            (again if earlier else only_title)[term] = earlier or form
    for part in (only_summary, only_title, again):
        part.pop("", None)  # words that mean nothing
    told = {"", *only_summary, *only_title, *again} if address else ()
    there = map(_forms.__getitem__, address[::-1])
    only_address = {term: form for term, form in there if term not in told}
    parts = only_address, only_summary, only_title, again
    lines = [" ".join(part.values()) for part in parts]
    return lines[0], lines[1], lines[2], lines[3]


class _Forms(dict[str, tuple[str, str]]):
    """Token -> its root, and its form in a `Reading`; found faster than `lru_cache` does."""

    def __missing__(self, token: str) -> tuple[str, str]:
        if len(self) >= _KNOWN:
            self.clear()
        term = root(token)
        made = self[token] = term, term if term == token else f"{term}={token}"
        return made


_forms = _Forms()
