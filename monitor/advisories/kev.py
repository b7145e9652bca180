"""CISA's catalogue of known exploited vulnerabilities (KEV): one JSON document, all rows at once.

Schema: known_exploited_vulnerabilities_schema.json beside it. It has no history: what was added or
changed shows only when it is compared with what is stored.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from monitor.advisories.reading import Fields, Problems, document, fetched
from monitor.advisories.source import Batch, Context, SourceError
from monitor.text import clean
from monitor.vulnerability import Exploited

URL: Final = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
LIMIT: Final = 32 << 20  # bytes; the catalogue of August 2025 has 1.3 MiB
TEXT: Final = 2_000  # characters of an action or a note
NOTES: Final = 50  # that are kept of one row


class Catalogue(NamedTuple):
    """The rows in the order of the catalogue, newest first as CISA sorts them."""

    rows: tuple[Exploited, ...]
    version: str = ""  # "2025.08.25"
    released: float | None = None
    problems: tuple[str, ...] = ()


def parse(body: bytes) -> Catalogue:
    """The catalogue in `body`; raises `SourceError` where there is none.

    A catalogue without a single row is taken for a fault: it would empty the one that is stored.
    """
    problems = Problems()
    root = Fields(document(body, "KEV"), problems)
    found: dict[str, Exploited] = {}
    values = root.values("vulnerabilities")
    for number, value in enumerate(values or (), start=1):
        row = _row(value, number, problems)
        if row and row.cve in found:
            problems.add(f"row {number}: {row.cve} stands in the catalogue twice")
        elif row:
            found[row.cve] = row
    if not found:
        raise SourceError("KEV: the catalogue has no rows that can be read")
    count = root.number("count")
    if count is not None and values is not None and count != len(values):
        problems.add(f"the catalogue counts {count:.0f} rows, {len(values)} came")
    return Catalogue(
        tuple(found.values()),
        root.text("catalogVersion", 40),
        root.moment("dateReleased"),
        problems.told(),
    )


def _row(value: object, number: int, problems: Problems) -> Exploited | None:
    fields = Fields(value, problems, f"row {number}")
    if cve := fields.cve("cveID"):
        fields.path = f"row {number} ({cve})"
    elif "cveID" not in fields:
        fields.odd("cveID", "is missing")
    if not cve:
        return None
    return Exploited(
        cve=cve,
        added=fields.moment("dateAdded"),
        due=fields.moment("dueDate"),
        name=fields.text("vulnerabilityName"),
        vendor=fields.text("vendorProject"),
        product=fields.text("product"),
        ransomware=fields.text("knownRansomwareCampaignUse", 40),
        action=fields.block("requiredAction", TEXT),
        notes=_notes(fields.block("notes", 20_000)),
    )


def _notes(text: str) -> tuple[str, ...]:
    """Sentences and addresses, parted by " ; " and, in 348 of 1,404 rows, by "; "."""
    parts = (clean(part, TEXT) for part in re.split(r"(?:^|\s*);(?:\s|$)", text))
    return tuple(dict.fromkeys(filter(None, parts)))[:NOTES]


async def collect(context: Context) -> AsyncIterator[Batch]:
    """The whole catalogue in one batch; nothing of it if it is as it was."""
    url = context.settings.url or URL
    reply = await fetched(context, url, "KEV", LIMIT)
    if reply.body is None:
        yield Batch(cursor=context.cursor)
        return
    catalogue = await asyncio.to_thread(parse, reply.body)
    yield Batch(
        catalogue=catalogue.rows,
        cursor=catalogue.version,
        validators={url: reply.validators},
        done=len(catalogue.rows),
        total=len(catalogue.rows),
        problems=catalogue.problems,
    )
