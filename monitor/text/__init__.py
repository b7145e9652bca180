"""Text from outside: made safe to show, folded for search, taken apart into words.

All of it is hostile until it has been through `clean`. These functions are on every hot path (each
entry of a poll, each visible row of the screen), so each first asks in C whether anything is to be
done at all; and they are imported before the first frame, so nothing is built that only rare text
needs before such text comes.
"""

from monitor.text.address import MAX_URL, shown_host, web_url
from monitor.text.folding import fold, fold_map
from monitor.text.keywords import Keywords
from monitor.text.months import MONTHS, month_after, month_name, month_or_day, months_apart
from monitor.text.safe import clean, clean_block, hidden
from monitor.text.times import rfc3339
from monitor.text.words import cves, letters, numbers, plural, tokens, versions

__all__ = [
    "MAX_URL",
    "MONTHS",
    "Keywords",
    "clean",
    "clean_block",
    "cves",
    "fold",
    "fold_map",
    "hidden",
    "letters",
    "month_after",
    "month_name",
    "month_or_day",
    "months_apart",
    "numbers",
    "plural",
    "rfc3339",
    "shown_host",
    "tokens",
    "versions",
    "web_url",
]
