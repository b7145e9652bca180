"""What of an entry's texts grouping compares, taken apart without knowing any other entry.

It is half of the work of grouping, and the half that another process can do.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from monitor.cluster import identities
from monitor.cluster.lexicon import NO_TERM, Lexicon
from monitor.text import tokens

TITLE, SUMMARY = 300, 1_000  # characters that are read
TITLE_TOKENS, SUMMARY_TOKENS, ADDRESS_TOKENS = 64, 60, 20
ROUNDUP = 5  # an entry that names more CVE ids than this glues nothing
_HASHTAG = re.compile(r"#(\w+)")
_INNER = re.compile(r"(?<=[a-z0-9])([A-Z][a-z])")  # where a word begins within another


Terms = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]


class Reading(Struct, frozen=True, gc=False):
    """Words, set apart by blanks, and the identities of an entry, "" for none."""

    words: str  # the tokens of the title
    # Of the address alone, of the summary and not of the title, of the title, of the title and
    # there or in the summary once more: numbers of a lexicon
    terms: Terms
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
    ours, theirs = words, tokens(summary[:SUMMARY])[:SUMMARY_TOKENS]
    if named := {cve.casefold() for cve in cves}:
        # ids count as part of the title, wherever they stand
        ours, theirs = ([word for word in part if word not in named] for part in (ours, theirs))
    ours = [*ours, *_in_hashtags(title[:TITLE])] if "#" in title else ours
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
    title: Iterable[str], summary: Sequence[str], address: Sequence[str], lexicon: Lexicon
) -> Terms:
    """Each term once, in the part where it stands.

    Of terms that weigh the same the one that was learnt last counts: so a text is learnt from its
    end, for its beginning says more.
    """
    number = lexicon.__getitem__
    told, ours = set(map(number, reversed(summary))), list(map(number, title))
    named = set(ours)
    again = named & told
    if len(named) < len(ours):
        again.update(term for term, count in Counter(ours).items() if count > 1)
    only_address = set(map(number, reversed(address))) - named - told
    parts = only_address, told - named, named - again, again
    for part in parts:
        part.discard(NO_TERM)
    only_address, only_summary, only_title, again = parts
    return tuple(only_address), tuple(only_summary), tuple(only_title), tuple(again)
