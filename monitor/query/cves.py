"""The query language over vulnerabilities, for rules.

cve (start of the id), sev (of any rating; >=high), kev (yes, no), epss (>0.1, unknown), component
(a part of it), product (start of an affected one), vendor (start of an affected product's, or of
the bulletin's), by (a part of the assigner's name, or of one who rates it), is (listed: in a
bulletin; third-party: a bulletin calls it so; named: in a story; disputed, rejected, disagreed).
Words are looked for in its ids, titles, descriptions, components and products.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from monitor.models import Severity
from monitor.query.fields import (
    Language,
    Spec,
    holds,
    read_choice,
    read_cve,
    read_part,
    starts,
)
from monitor.query.ratings import (
    chance,
    read_epss,
    read_severity,
    read_yes,
    severity_within,
)
from monitor.query.ratings import severities as taken_by
from monitor.text import fold
from monitor.vulnerability import Vulnerability, severities


class Case(Struct, frozen=True, gc=False):
    """A vulnerability with what is known of it beside its facts."""

    known: Vulnerability
    named: bool = False  # in a story


@dataclass(frozen=True, slots=True)
class Cases:
    """Vulnerabilities, to search."""

    items: Sequence[Case]
    hays: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Case]) -> "Cases":
        return cls(items, [fold("\n".join(filter(None, _texts(item.known)))) for item in items])

    def titles(self, index: int) -> Iterable[str]:
        return _texts(self.items[index].known)


def _texts(known: Vulnerability) -> Iterator[str]:
    yield known.cve
    for record in known.records:
        yield from (record.title, record.description, record.component, record.assigner)
        for one in record.affected:
            yield from (one.vendor, one.product)
    for listing in known.listings:
        yield from (listing.row.component, listing.row.summary, *listing.row.affected)
    if kev := known.exploited:
        yield from (kev.name, kev.vendor, kev.product)


Test = Callable[[Case], bool]


def _cve(value: str, corpus: Cases, now: float) -> Test:
    return lambda case: case.known.cve.startswith(value)


def _severity(value: str, corpus: Cases, now: float) -> Test:
    taken = taken_by(value)

    def test(case: Case) -> bool:
        given = severities(case.known).values() or (Severity.UNKNOWN,)
        return any(one in taken for one in given)

    return test


def _kev(value: str, corpus: Cases, now: float) -> Test:
    return lambda case: (case.known.exploited is not None) == (value == "yes")


def _epss(value: str, corpus: Cases, now: float) -> Test:
    test = chance(value)
    return lambda case: test(case.known.likelihood.epss if case.known.likelihood else None)


def _component(value: str, corpus: Cases, now: float) -> Test:
    return lambda case: any(value in fold(text) for text in _components(case.known))


def _components(known: Vulnerability) -> Iterator[str]:
    yield from (record.component for record in known.records)
    yield from (listing.row.component for listing in known.listings)


def _product(value: str, corpus: Cases, now: float) -> Test:
    return lambda case: any(fold(text).startswith(value) for text in _products(case.known))


def _products(known: Vulnerability) -> Iterator[str]:
    yield from (one.product for record in known.records for one in record.affected)
    yield from (text for listing in known.listings for text in listing.row.affected)
    yield known.exploited.product if known.exploited else ""


def _vendor(value: str, corpus: Cases, now: float) -> Test:
    return lambda case: any(fold(text).startswith(value) for text in _vendors(case.known))


def _vendors(known: Vulnerability) -> Iterator[str]:
    yield from (one.vendor for record in known.records for one in record.affected)
    yield from (listing.vendor for listing in known.listings)
    yield known.exploited.vendor if known.exploited else ""


def _by(value: str, corpus: Cases, now: float) -> Test:
    def test(case: Case) -> bool:
        assigners = (record.assigner for record in case.known.records)
        return any(value in fold(name) for name in (*assigners, *severities(case.known)))

    return test


_MARKS: dict[str, Test] = {
    "listed": lambda case: bool(case.known.listings),
    "third-party": lambda case: any(one.row.third_party for one in case.known.listings),
    "named": lambda case: case.named,
    "disputed": lambda case: any(record.disputed for record in case.known.records),
    "rejected": lambda case: any(
        record.rejected or record.state.lower() == "rejected" for record in case.known.records
    ),
    "disagreed": lambda case: len(set(severities(case.known).values())) > 1,
}


def _is(value: str, corpus: Cases, now: float) -> Test:
    return _MARKS[value]


CVES = Language(
    "CVE",
    "CVEs",
    {
        "cve": Spec("is", read_cve, _cve, starts, marked=True, quick=True),
        "sev": Spec("is rated", read_severity, _severity, severity_within),
        "kev": Spec("is known to be exploited:", read_yes, _kev, quick=True),
        "epss": Spec("has an EPSS of", read_epss, _epss, quick=True),
        "component": Spec("has a component named", read_part, _component, holds, in_hay=True),
        "product": Spec("affects", read_part, _product, starts, in_hay=True),
        "vendor": Spec("is of vendor", read_part, _vendor, starts),
        "by": Spec("is assigned or rated by", read_part, _by, holds),
        "is": Spec("is", read_choice([*_MARKS], "mark"), _is, quick=True),
    },
)
