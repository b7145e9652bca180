"""How long the flaws of libraries were known when a bulletin came: the component shadow."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from monitor.text import clean
from monitor.view.page import Item, Leads, Section, Target

if TYPE_CHECKING:
    from monitor.advisories.shadow import Shadow
    from monitor.vulnerability import Bulletin, Exploited, Record

ROWS = 100  # that are shown


def shadows_of(
    bulletin: "Bulletin",
    exploited: "Mapping[str, Exploited]",
    records: "Mapping[str, Iterable[Record]]",
) -> "tuple[Shadow, ...]":
    """The third-party CVEs of a bulletin against KEV and the publication of their records."""
    from monitor.advisories.shadow import shadows

    published: dict[str, float | None] = {}
    for cve, known in records.items():
        days = [record.published for record in known if record.published is not None]
        published[cve] = min(days, default=None)
    return shadows(bulletin, exploited, published)


def shadow_section(found: "tuple[Shadow, ...]") -> Section:
    """The sum in a sentence, then each row: the longest known to be exploited first."""
    from monitor.advisories.shadow import sentence, summed

    items = [Item("", sentence(summed(found)))]
    ranked = sorted(found, key=_longest)
    items += _rows(ranked[:ROWS])
    return Section("Third-party flaws: how long they were known", tuple(items))


def _longest(row: "Shadow") -> tuple[bool, int, int]:
    return (not row.exploited, -(row.since_kev or 0), -(row.since_published or 0))


def _rows(found: "Iterable[Shadow]") -> Iterator[Item]:
    for row in found:
        if row.since_kev is None and row.since_published is None:
            continue  # the sentence counts them
        kev = f"{_days(row.since_kev)} KEV, " if row.exploited else ""
        text = f"{clean(row.component, 40) or 'unknown component'}: bulletin {kev}"
        text += f"{_days(row.since_published)} the CVE"
        style = "warning" if (row.since_kev or 0) > 0 else ""
        yield Item(clean(row.cve, 40), text, style=style, target=Target(Leads.CVE, row.cve))


def _days(count: int | None) -> str:
    if count is None:
        return "at an unknown distance from"
    if count == 0:
        return "on the day of"
    word = "day" if abs(count) == 1 else "days"
    return f"{abs(count)} {word} {'after' if count > 0 else 'before'}"
