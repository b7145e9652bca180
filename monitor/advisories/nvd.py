"""NIST's National Vulnerability Database, by its CVE API 2.0.

https://nvd.nist.gov/developers/vulnerabilities has the parameters and the limits. Huawei's records
are found by who reported them and by the products (CPE) that NVD's analysts name, never by words.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlencode

import msgspec

from monitor.advisories.facts import (
    affected,
    contradictions,
    described,
    matched,
    rating,
    ssvc,
    weakness_ids,
)
from monitor.advisories.reading import NAME, Fields, Problems, document
from monitor.advisories.source import Batch, Context, Reply, SourceError
from monitor.text import clean
from monitor.vulnerability import Affected, Rating, Record

URL: Final = "https://services.nvd.nist.gov/rest/json/cves/2.0"
KEY: Final = "NVD_API_KEY"
REPORTER: Final = "psirt@huawei.com"
PRODUCTS: Final = ("harmonyos", "emui")
NVD: Final = "nvd@nist.gov"
ADP: Final = {"134c704f-9b21-4f2e-91b3-4a467353bcc0": "CISA-ADP"}

PAGE: Final = 500  # results; NVD gives up to 2,000, but answers those too slowly
LIMIT: Final = 64 << 20  # bytes of a page
DAY: Final = 86_400.0
WINDOW: Final = 120 * DAY  # the longest that NVD takes
OVERLAP: Final = 10 * 3_600.0
PACE: Final = 6.0  # seconds between requests: 5 in 30 s are allowed
PACE_WITH_KEY: Final = 0.6  # 50 in 30 s
STEP: Final = 6.0  # seconds by which each wait for a busy server is longer
TRIES: Final = 6
PATIENCE: Final = 120.0  # seconds; a server that asks for more is asked in another run
BACK: Final = 10  # times that results of one window are read again
MOST: Final = 500_000  # results of one query: more than NVD has in all

_BUSY: Final = (None, 403, 408, 429, 500, 502, 503, 504)


class Page(NamedTuple):
    """One answer. `start` and `total` are None where the answer doesn't say them."""

    records: tuple[Record, ...]
    rows: int  # records and what could not be read as one
    start: int | None
    total: int | None
    problems: tuple[str, ...] = ()


Stamp = Annotated[float, msgspec.Meta(ge=0.0, lt=7e9)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class Progress(msgspec.Struct, omit_defaults=True):
    """How far a query has been read; dates in seconds since 1970.

    While a sweep is under way `until` is its end, `since` the start of the window that is read
    (0.0: no window, all there is), and `start` the next result of it, of `total`.
    """

    done: Stamp = 0.0  # all changes up to here are known
    until: Stamp = 0.0
    since: Stamp = 0.0
    start: Count = 0
    total: Count = 0
    back: Count = 0  # how often results of this window were read again


def parse(body: bytes) -> Page:
    """A page of results; raises `SourceError` where `body` is none."""
    problems = Problems()
    root = Fields(document(body, "NVD"), problems)
    rows = root.values("vulnerabilities")
    if rows is None:
        raise SourceError("NVD: the answer holds no list of vulnerabilities")
    records: dict[str, Record] = {}
    for number, value in enumerate(rows, start=1):
        row = Fields(value, problems, f"result {number}")
        record = parse_record(value.get("cve") if isinstance(value, dict) else None)
        if record is None:
            row.odd("cve", "is no record with a CVE id")
        else:
            if record.cve in records:
                row.odd("", f"{record.cve} stands in the answer twice")
            records[record.cve] = record
    start, total = root.number("startIndex"), root.number("totalResults", high=MOST)
    return Page(
        tuple(records.values()),
        len(rows),
        None if start is None else int(start),
        None if total is None else int(total),
        problems.told(),
    )


def parse_record(value: object) -> Record | None:
    """NVD's record of one CVE; None if `value` is none."""
    if not isinstance(value, dict):
        return None
    problems = Problems()
    fields = Fields(value, problems)
    cve = fields.cve("id")
    if not cve:
        return None
    description = _english(fields)
    words = described(description)
    state = fields.text("vulnStatus", 40)
    updated = fields.moment("lastModified")
    ratings = tuple(dict.fromkeys(_ratings(fields.part("metrics"), updated)))
    for problem in contradictions(words.impact, ratings):
        problems.add(problem)
    rejected = description if state.lower() == "rejected" else ""
    return Record(
        cve=cve,
        source="NVD",
        state=state,
        assigner=fields.text("sourceIdentifier", 80),
        title=words.title,
        description=description,
        component=words.component,
        rejected=rejected.removeprefix("Rejected reason: "),
        disputed=_disputed(fields, description),
        weaknesses=tuple(dict.fromkeys(_weaknesses(fields))),
        affected=_affected(fields),
        ratings=ratings,
        references=tuple(
            dict.fromkeys(filter(None, (row.address("url") for row in fields.parts("references"))))
        ),
        ssvc=_ssvc(fields.part("metrics")),
        published=fields.moment("published"),
        updated=updated,
        problems=problems.told(),
    )


def _english(fields: Fields) -> str:
    texts = [(row.text("lang", 20), row.block("value")) for row in fields.parts("descriptions", 50)]
    return next((text for lang, text in texts if lang == "en"), texts[0][1] if texts else "")


def _source(row: Fields) -> str:
    """Who says what NVD repeats: "NVD", "psirt@huawei.com via NVD", "CISA-ADP via NVD"."""
    source = row.text("source", 80)
    if source == NVD or (not source and row.text("type", 20) == "Primary"):
        return "NVD"
    return f"{ADP.get(source, source) or 'unnamed'} via NVD"


def _ratings(metrics: Fields, date: float | None) -> Iterator[Rating]:
    for key in metrics:
        if not key.startswith("cvssMetricV"):
            continue
        for row in metrics.parts(key, 50):
            word = row.text("baseSeverity", 40)
            found = rating(row.part("cvssData"), key, _source(row), date, word)
            if found:
                yield found


def _ssvc(metrics: Fields) -> str:
    for key in metrics:
        if key.startswith("ssvc"):
            for row in metrics.parts(key, 20):
                if points := ssvc(row.part("ssvcData")):
                    return points
    return ""


def _disputed(fields: Fields, description: str) -> bool:
    tags = (tag for row in fields.parts("cveTags", 50) for tag in row.texts("tags", 80))
    return "disputed" in map(str.lower, tags) or description.startswith("** DISPUTED")


def _weaknesses(fields: Fields) -> Iterator[str]:
    for row in fields.parts("weaknesses", 100):
        for text in row.parts("description", 100):
            yield from weakness_ids(text.text("value"))


def _affected(fields: Fields) -> tuple[Affected, ...]:
    """By the analysts' CPE names; where there are none yet, by what the reporter listed."""
    by_cpe = matched(
        match
        for configuration in fields.parts("configurations", 200)
        for node in configuration.parts("nodes", 200)
        if not node.flag("negate")
        for match in node.parts("cpeMatch")
    )
    return by_cpe or affected(
        row for source in fields.parts("affected", 50) for row in source.parts("affectedData", 500)
    )


async def collect(context: Context) -> AsyncIterator[Batch]:
    """All there is at the first run, then what was modified since; a batch for each page.

    An interrupted run goes on at the page where it stopped, in the sweep that it was in. Each query
    has its own progress, so that a product that is new to the settings gets all its records.
    """
    client = _Client(context)
    states = _states(context.cursor)
    queries = {urlencode(query): query for query in _queries(context.settings.products)}
    states = {name: states.get(name, Progress()) for name in queries}
    for name, query in queries.items():
        async for batch in _sweep(client, query, states[name], states):
            yield batch


async def _sweep(
    client: "_Client", query: dict[str, str], state: Progress, states: dict[str, Progress]
) -> AsyncIterator[Batch]:
    """One query, window after window, up to the time at which the sweep was begun."""
    if not state.until:
        state.until = client.context.now()
        if state.done:
            state.since = max(min(state.done, state.until) - OVERLAP, 0.0)
    over = False
    while not over:
        page = await client.page({**query, **_window(state)}, state.start)
        problems = list(page.problems)
        if not page.rows and page.total and state.start < page.total:
            problems.append(f"{page.total - state.start} of {page.total} results did not come")
        done = state.start + page.rows
        total = done if page.total is None else page.total
        _advance(state, page)
        over = not state.until
        yield Batch(
            records=page.records,
            cursor=msgspec.json.encode(states).decode(),
            done=min(done, total),
            total=total,
            problems=tuple(problems),
        )


def _advance(state: Progress, page: Page) -> None:
    """Where to go on after `page`: in the window, in the next one, or nowhere (`until` is 0.0).

    Results that leave a window while it is paged through (they were modified once more) move those
    after them up. So as many as are missing now are read again.
    """
    total = page.total
    lost = max(0, state.total - total) if total is not None else 0
    state.total = total or 0
    done = state.start + page.rows
    if lost and state.start and state.back < BACK:
        state.start = max(0, state.start - lost)
        state.back += 1
    elif page.rows and done < (MOST if total is None else total):
        state.start = done
    elif state.since and state.since + WINDOW < state.until:
        state.since += WINDOW
        state.start = state.total = state.back = 0
    else:
        state.done, state.until, state.since = state.until, 0.0, 0.0
        state.start = state.total = state.back = 0


def _window(state: Progress) -> dict[str, str]:
    if not state.since:
        return {}
    end = min(state.since + WINDOW, state.until)
    return {"lastModStartDate": _date(state.since), "lastModEndDate": _date(end)}


def _date(stamp: float) -> str:
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _queries(products: tuple[str, ...]) -> Iterator[dict[str, str]]:
    yield {"sourceIdentifier": REPORTER}
    for product in products or PRODUCTS:
        name = product.strip().lower().replace(" ", "_")
        cpe = name if name.startswith("cpe:") else f"cpe:2.3:o:huawei:{name}"
        yield {"virtualMatchString": cpe}


def _states(cursor: str) -> dict[str, Progress]:
    try:
        return msgspec.json.decode(cursor, type=dict[str, Progress])
    except msgspec.MsgspecError:
        return {}


class _Client:
    """Asks for pages at the pace that NVD allows, and waits for it when it is busy."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._url = context.settings.url or URL
        self._key = context.environ.get(KEY, "").strip()
        if not (self._key.isascii() and self._key.isprintable() and len(self._key) <= 200):
            raise SourceError(f"NVD: what {KEY} holds is no key")
        self._headers = {"apiKey": self._key} if self._key else None
        self._pace = PACE_WITH_KEY if self._key else PACE
        self._asked = False

    async def page(self, query: dict[str, str], start: int) -> Page:
        """The results from `start` on; raises `SourceError` where they are not to be had."""
        sent = {**query, "resultsPerPage": str(PAGE), "startIndex": str(start)}
        url = f"{self._url}?{urlencode(sent)}"
        problem = SourceError("NVD: it was not asked")
        for tries in range(1, TRIES + 1):
            if self._asked:
                await self.context.sleep(self._pace)
            self._asked = True
            reply = await self.context.ask(url, headers=self._headers, limit=LIMIT)
            try:
                return await self._read(reply, start, tries)
            except _Later as later:
                problem = later.problem
            if tries < TRIES:
                asked = problem.retry_after or 0.0
                await self.context.sleep(max(STEP * tries - self._pace, asked - self._pace, 0.0))
        raise problem

    async def _read(self, reply: Reply, start: int, tries: int) -> Page:
        """The page of an answer; raises `_Later` where it is worth to ask again."""
        if reply.error or reply.body is None:
            problem = self._problem(reply)
            wait = reply.retry_after or 0.0
            if reply.status in _BUSY and wait <= PATIENCE:
                raise _Later(problem)
            raise problem
        try:
            page = await asyncio.to_thread(parse, reply.body)
        except SourceError as error:
            raise _Later(error) from None
        if page.start is not None and page.start != start:
            told = f"NVD: asked for results from {start}, got those from {page.start}"
            raise _Later(SourceError(told, reply.status))
        missing = not page.rows and start < (page.total or 0)
        if missing and tries < TRIES:
            raise _Later(SourceError(f"NVD: an empty page at {start} of {page.total}"))
        return page

    def _problem(self, reply: Reply) -> SourceError:
        error = clean(reply.error or "the answer is empty", NAME)
        if self._key:
            error = error.replace(self._key, "...")
        hint = f"; that is also how it refuses the key in {KEY}" if self._key else ""
        hint = hint if reply.status == 404 else ""
        return SourceError(f"NVD: {error}{hint}", reply.status, reply.retry_after)


class _Later(Exception):
    """The same request may do better after a while."""

    def __init__(self, problem: SourceError) -> None:
        super().__init__(str(problem))
        self.problem = problem
