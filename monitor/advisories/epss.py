"""EPSS of FIRST: how likely a vulnerability is to be exploited in the next 30 days.

All scores of a day come as one CSV file, those of some ids from the API
(https://www.first.org/epss/api). A CVE without a row has no score, which is not a score of 0.
"""

import asyncio
import csv
import gzip
import io
import re
import zlib
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlencode

from monitor.advisories.reading import Fields, Problems, base, document, fetched, is_cve, moment
from monitor.advisories.source import Batch, Context, SourceError
from monitor.text import clean
from monitor.vulnerability import Likelihood

API: Final = "https://api.first.org/"
BULK: Final = "https://epss.empiricalsecurity.com/"
ALL: Final = "epss_scores-current.csv.gz"
MANY: Final = 1_000  # known ids from which on the whole file is asked for
IDS: Final = 100  # of one request: an answer has 100 rows where no limit is asked for
PARAMETER: Final = 2_000  # characters that the API takes
LIMIT: Final = 64 << 20  # bytes of the unpacked file, which has about 10 MiB

_DECIMAL: Final = re.compile(r"(?:\d{1,3}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.A)
_MODEL: Final = re.compile(r"model_version:\s*([^,\s]{1,40})")
_DATE: Final = re.compile(r"score_date:\s*([^,\s]{1,40})")


class Scores(NamedTuple):
    """What one answer says of the ids that are wanted."""

    likelihoods: tuple[Likelihood, ...]
    model: str = ""
    date: float | None = None
    problems: tuple[str, ...] = ()
    total: int = 0  # rows that it has


def compare(old: Likelihood, new: Likelihood) -> float | None:
    """By how much a score rose; None where the models differ or are not known."""
    same = old.cve == new.cve and old.model == new.model != ""
    return new.epss - old.epss if same else None


def parse_bulk(body: bytes, wanted: Collection[str], limit: int = LIMIT) -> Scores:
    """The file of a day, packed or not; raises `SourceError` where it is cut short or none."""
    problems = Problems()
    comment, _, table = _unpacked(body, limit).decode("utf-8-sig", "replace").partition("\n")
    if not comment.startswith("#"):
        comment, table = "", f"{comment}\n{table}"
    model, date = _MODEL.search(comment[:400]), _DATE.search(comment[:400])
    name, stamp = model[1] if model else "", moment(date[1]) if date else None
    if not name or stamp is None:
        problems.add(f"the first line names no model and date: '{clean(comment, 80)}'")
    rows = csv.reader(io.StringIO(table), quoting=csv.QUOTE_NONE)
    columns = _columns(table)
    wanted, width = frozenset(wanted), max(columns) + 1
    found: dict[str, Likelihood] = {}
    total = -1  # the header is none
    try:
        for total, row in enumerate(rows):
            if total and len(row) < width:
                problems.add(f"row {total}: it has {len(row)} columns")
            elif total and row[columns[0]] in wanted:
                cve, epss, percentile = (row[column] for column in columns)
                where = f"row {total} ({cve})"
                one = _likelihood(cve, epss, percentile, stamp, name, where, problems)
                _keep(one, found, where, problems)
    except csv.Error:
        raise SourceError(f"EPSS: row {total + 1} of the file cannot be read") from None
    if total < 1:
        raise SourceError("EPSS: the file has no rows")
    return Scores(tuple(found.values()), name, stamp, problems.told(), total)


def _columns(table: str) -> tuple[int, int, int]:
    """Where the columns are, by the header."""
    header = [name.strip().lower() for name in table.partition("\n")[0][:400].split(",")]
    try:
        return header.index("cve"), header.index("epss"), header.index("percentile")
    except ValueError:
        told = clean(",".join(header), 80)
        raise SourceError(f"EPSS: no columns cve, epss, percentile, but '{told}'") from None


def parse_api(body: bytes, wanted: Collection[str]) -> Scores:
    """An answer of the API; raises `SourceError` where it is none."""
    problems = Problems()
    root = Fields(document(body, "EPSS"), problems)
    status, values = root.text("status", 40), root.values("data")
    if values is None or status.upper() not in ("OK", ""):
        raise SourceError(f"EPSS: the answer holds no data, its status is '{status}'")
    found: dict[str, Likelihood] = {}
    for number, value in enumerate(values, start=1):
        fields = Fields(value, problems, f"row {number}")
        cve = fields.cve("cve")
        if cve not in wanted:
            continue
        where = f"row {number} ({cve})"
        date = fields.moment("date")
        epss, percentile = _written(fields, "epss"), _written(fields, "percentile")
        one = _likelihood(cve, epss, percentile, date, "", where, problems)
        _keep(one, found, where, problems)
    total = root.number("total")
    if total is not None and total > len(values):
        problems.add(f"the answer counts {total:.0f} rows, {len(values)} came")
    return Scores(tuple(found.values()), problems=problems.told(), total=len(values))


async def collect(context: Context) -> AsyncIterator[Batch]:
    """The scores of `context.cves`, from the file of the day if they are many."""
    wanted = sorted(cve for cve in set(context.cves) if is_cve(cve))
    if len(wanted) > MANY:
        yield await _bulk(context, wanted)
        return
    done = 0
    for ids in _portions(wanted):
        url = f"{base(context, API)}data/v1/epss?{urlencode({'cve': ','.join(ids)}, safe=',')}"
        reply = await fetched(context, url, "EPSS")
        scores = parse_api(reply.body or b"", frozenset(ids))
        done += len(ids)
        yield Batch(
            likelihoods=scores.likelihoods,
            done=done,
            total=len(wanted),
            problems=scores.problems,
        )


async def _bulk(context: Context, wanted: list[str]) -> Batch:
    """The file of the day. Its cursor tells which ids were wanted: with others, the same file is
    asked for once more."""
    url = base(context, BULK) + ALL
    cursor = sha256(" ".join(wanted).encode()).hexdigest()
    reply = await fetched(context, url, "EPSS", LIMIT, anew=context.cursor != cursor)
    if reply.body is None:
        return Batch(cursor=cursor)
    scores = await asyncio.to_thread(parse_bulk, reply.body, wanted)
    return Batch(
        likelihoods=scores.likelihoods,
        cursor=cursor,
        validators={url: reply.validators},
        done=len(wanted),
        total=len(wanted),
        problems=scores.problems,
    )


def _portions(wanted: Iterable[str]) -> Iterator[list[str]]:
    """Ids in lists that the API takes."""
    ids: list[str] = []
    for cve in wanted:
        if len(ids) == IDS or len(",".join([*ids, cve])) > PARAMETER:
            yield ids
            ids = []
        ids.append(cve)
    if ids:
        yield ids


def _unpacked(body: bytes, limit: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        data = gzip.GzipFile(fileobj=io.BytesIO(body)).read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise SourceError("EPSS: the gzip file is broken or cut short") from None
    if len(data) > limit:
        raise SourceError(f"EPSS: the file is over {limit >> 20} MiB when it is unpacked")
    return data


def _written(fields: Fields, key: str) -> str:
    """A number as the API writes it: as a text, though a number is taken too."""
    value = fields.value(key)
    return str(value) if isinstance(value, float | int) else fields.text(key, 60)


def _likelihood(
    cve: str,
    epss: str,
    percentile: str,
    date: float | None,
    model: str,
    where: str,
    problems: Problems,
) -> Likelihood | None:
    score, rank = _share(epss), _share(percentile)
    if score is None or rank is None:
        told = f"'{clean(epss, 40)}' and '{clean(percentile, 40)}'"
        problems.add(f"{where}: {told} are no score and percentile from 0 to 1")
        return None
    return Likelihood(cve, score, rank, date, model)


def _share(text: str) -> float | None:
    """A decimal number from 0 to 1."""
    value = float(text) if _DECIMAL.fullmatch(text) else -1.0
    return value if 0.0 <= value <= 1.0 else None


def _keep(
    one: Likelihood | None, found: dict[str, Likelihood], where: str, problems: Problems
) -> None:
    if one and one.cve in found:
        problems.add(f"{where}: it stands there twice")
    elif one:
        found[one.cve] = one
