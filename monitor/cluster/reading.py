"""What of an entry's texts grouping compares, taken apart without knowing any other entry.

It is half of the work of grouping, and the half that another process can do.
"""

import re
from array import array
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from monitor.cluster import identities
from monitor.cluster.lexicon import Lexicon
from monitor.text import tokens

TITLE, SUMMARY = 300, 1_000  # characters that are read
TITLE_TOKENS, SUMMARY_TOKENS, ADDRESS_TOKENS = 64, 60, 20
ROUNDUP = 5  # an entry that names more CVE ids than this glues nothing
_HASHTAG = re.compile(r"#(\w+)")
_INNER = re.compile(r"(?<=[a-z0-9])([A-Z][a-z])")  # where a word begins within another


class Reading(Struct, frozen=True, gc=False):
    """Words, set apart by blanks, and the identities of an entry, "" for none."""

    words: str  # the tokens of the title
    # Of the address alone, of the summary and not of the title, of the title, of the title and
    # there or in the summary once more: numbers of a lexicon, four bytes each
    terms: tuple[bytes, bytes, bytes, bytes]
    address: str
    title: str


def read(
    title: str, summary: str, url: str, source: str, cves: Collection[str], lexicon: Lexicon
) -> Reading:
    """The reading of an entry, in terms of `lexicon`, which learns; `url` is the canonical one.

    Never raises for what a text holds.
    """
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
        terms=_terms(
            [*ours, *sorted(named)] if len(named) <= ROUNDUP else ours, theirs, there, lexicon
        ),
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
    title: Iterable[str], summary: Iterable[str], address: Sequence[str], lexicon: Lexicon
) -> tuple[bytes, bytes, bytes, bytes]:
    """Each term once, in the part where it stands; its first token names it."""
    # backwards, as the last that comes is kept
    only_summary = dict(map(lexicon.__getitem__, list(summary)[::-1]))
    only_title: dict[str, int] = {}
    again: dict[str, int] = {}
    for token in title:
        term, number = lexicon[token]
        if term not in again:
            earlier = only_summary.pop(term, -1)
            if earlier < 0:
                earlier = only_title.pop(term, -1)
            if earlier < 0:
                only_title[term] = number
            else:
                again[term] = earlier
    for part in (only_summary, only_title, again):
        part.pop("", None)  # words that mean nothing
    told = {"", *only_summary, *only_title, *again} if address else ()
    there = map(lexicon.__getitem__, address[::-1])
    only_address = {term: number for term, number in there if term not in told}
    parts = only_address, only_summary, only_title, again
    lines = [array("I", part.values()).tobytes() for part in parts]
    return lines[0], lines[1], lines[2], lines[3]
