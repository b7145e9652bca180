"""What two texts must agree on: numbers, versions, CVE ids, months, negations.

Two headlines that differ in one of these may be all but equal letter by letter and still be two
things: the bulletin of August and that of September, 4.2.0.186 and 4.2.0.190.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from monitor.cluster.terms import MONTHS, NEGATIONS, PRODUCTS

_DIGIT = re.compile(r"\d")
_CJK_MONTH = re.compile(r"(\d{1,2})\s*月")
_SERIES_NUMBER = re.compile(r"\d+")


class Facts(NamedTuple):
    """The atoms of a headline."""

    numbers: frozenset[str]  # every token with a digit, the others included
    versions: frozenset[str]  # "4.2.0.186", and "ios 18" for a number after a product
    cves: frozenset[str]
    months: frozenset[int]
    negations: frozenset[str]


def facts(title: str, tokens: Sequence[str]) -> Facts:
    """The facts of a title whose `text.tokens` are given."""
    with_digits = frozenset(token for token in tokens if _DIGIT.search(token))
    named = {
        f"{before} {token}"
        for before, token in pairwise(tokens)
        if token in with_digits and before in PRODUCTS and len(token) < 12
    }
    return Facts(
        numbers=with_digits,
        versions=frozenset(named | {token for token in with_digits if token.count(".") > 1}),
        cves=frozenset(token for token in with_digits if token.startswith("cve-")),
        months=frozenset(_months(title, tokens)),
        negations=NEGATIONS.intersection(tokens) | NEGATIONS.intersection(title),
    )


def _months(title: str, tokens: Sequence[str]) -> set[int]:
    months = {int(month) for month in _CJK_MONTH.findall(title)} if "月" in title else set()
    for token, after in pairwise([*tokens, ""]):
        month = MONTHS.get(token)
        # "may" and "march" are words too: a month where a day or a year follows
        if month and (token not in {"may", "march", "mar", "dec", "sep", "jan"} or after.isdigit()):
            months.add(month)
    return months


def conflict(one: Facts, other: Facts) -> bool:
    """Whether two headlines can't be about one event: both name ids of a sort, none in common."""
    return (
        _apart(one.cves, other.cves)
        or _apart(one.months, other.months)
        or _other_version(one.versions, other.versions)
    )


def _apart(one: frozenset[str] | frozenset[int], other: frozenset[str] | frozenset[int]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _other_version(one: frozenset[str], other: frozenset[str]) -> bool:
    """Both name versions of one product, or bare long ones, and none in common."""
    ours, theirs = _by_product(one), _by_product(other)
    return any(
        versions.isdisjoint(theirs.get(product, versions)) for product, versions in ours.items()
    )


def _by_product(versions: Iterable[str]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for version in versions:
        product, _, number = version.rpartition(" ")
        named.setdefault(product, set()).add(number)
    return named


def skeleton(title: str) -> str:
    """A title without its numbers: what the headlines of a series have in common."""
    return _SERIES_NUMBER.sub("0", title)
