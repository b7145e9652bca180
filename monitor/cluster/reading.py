"""What of an entry's texts grouping compares, taken apart without knowing any other entry.

It is half of the work of grouping, and the half that another process can do.
"""

from msgspec import Struct

from monitor.cluster import duplicates
from monitor.cluster.vectors import SUMMARY_TOKENS, TITLE_TOKENS
from monitor.text import tokens

TITLE, SUMMARY = 300, 1_000  # characters that are read


class Reading(Struct, frozen=True, gc=False):
    """Tokens, set apart by blanks, and the identities of an entry, "" for none."""

    words: str  # of the title
    summary: str
    address: str
    title: str


def read(title: str, summary: str, url: str, source: str) -> Reading:
    """The reading of an entry; `url` is the canonical one. Never raises for what a text holds."""
    heading = duplicates.heading(title[:TITLE], source, url)
    words = tokens(heading)[:TITLE_TOKENS]
    return Reading(
        words=" ".join(words),
        summary=" ".join(tokens(summary[:SUMMARY])[:SUMMARY_TOKENS]),
        address=duplicates.address(url),
        title=duplicates.identity(heading, words),
    )
