"""CVE records, JSON 5.0 to 5.2, from the list that the CVE Program publishes (cvelistV5).

Format: https://github.com/CVEProject/cve-schema. A record is asked for by its id; which ids matter
is the caller's business, as no Huawei record can be found by its words: none of them names Huawei.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from monitor.advisories.facts import (
    affected,
    contradictions,
    described,
    rating,
    ssvc,
    weakness_ids,
)
from monitor.advisories.reading import (
    Fields,
    Problems,
    base,
    document,
    failed,
    fetched,
    is_cve,
)
from monitor.advisories.source import UNKNOWN, Batch, Context, SourceError
from monitor.models import Validators
from monitor.text import fold
from monitor.vulnerability import Affected, Rating, Record

LIST: Final = "https://raw.githubusercontent.com/CVEProject/cvelistV5/main/"
HUAWEI: Final = "25ac1063-e409-4190-8079-24548c77ea2e"  # the id of the assigner "huawei"
RECORD: Final = 8 << 20  # bytes; the largest known are under 2 MiB
BATCH: Final = 20  # records that are stored at a time
AGAIN: Final = 200  # known records that one run asks for again
NEW: Final = 500  # new records that one run looks into

_MISSING: Final = (404, 410)


class Delta(NamedTuple):
    """What changed in the list last (cves/delta.json)."""

    fetched: float | None
    new: tuple[str, ...]
    updated: tuple[str, ...]
    problems: tuple[str, ...] = ()


class Cursor(msgspec.Struct, omit_defaults=True):
    """Where the last run stopped."""

    delta: float = 0.0  # the time of the last delta that was read to its end
    at: str = ""  # the id that was asked for again last


def parse(body: bytes) -> Record:
    """The record in `body`; raises `SourceError` where there is none."""
    problems = Problems()
    root = Fields(document(body, "CVE record"), problems)
    meta = root.part("cveMetadata")
    cve = meta.cve("cveId")
    if not cve:
        raise SourceError("CVE record: it has no CVE id")
    cna = root.part("containers").part("cna")
    adps = list(root.part("containers").parts("adp", 50))
    assigner = meta.text("assignerShortName", 80) or meta.text("assignerOrgId", 80)
    description = _english(cna, "descriptions")
    words = described(description)
    ratings = tuple(dict.fromkeys(_ratings(cna, adps, assigner)))
    for problem in contradictions(words.impact, ratings):
        problems.add(problem)
    return Record(
        cve=cve,
        source="CVE",
        state=meta.text("state", 40).upper(),
        assigner=assigner,
        title=cna.text("title") or words.title,
        description=description,
        component=words.component,
        rejected=_english(cna, "rejectedReasons"),
        disputed=_disputed([cna, *adps], description),
        weaknesses=tuple(dict.fromkeys(_weaknesses([cna, *adps]))),
        affected=_affected(cna, adps),
        ratings=ratings,
        references=tuple(dict.fromkeys(_references([cna, *adps]))),
        ssvc=next(filter(None, map(_ssvc, [cna, *adps])), ""),
        published=meta.moment("datePublished"),
        updated=meta.moment("dateUpdated"),
        problems=problems.told(),
    )


def parse_delta(body: bytes) -> Delta:
    """The ids of what changed; raises `SourceError` where that is not in `body`."""
    problems = Problems()
    root = Fields(document(body, "CVE delta"), problems)
    new, updated = (
        tuple(dict.fromkeys(filter(None, (row.cve("cveId") for row in root.parts(key, 20_000)))))
        for key in ("new", "updated")
    )
    return Delta(root.moment("fetchTime"), new, updated, problems.told())


def path(cve: str) -> str:
    """Where a record stands in the list: "cves/2025/54xxx/CVE-2025-54627.json"."""
    _, year, number = cve.split("-")
    return f"cves/{year}/{number[:-3]}xxx/{cve}.json"


async def collect(context: Context) -> AsyncIterator[Batch]:
    """What the delta names, then wanted records that were never asked for, then known ones again.

    Wanted are `context.cves`; of others only what the delta calls new is looked into, and kept if
    Huawei assigned it or it affects one of the products of the settings. Each address that was
    asked for is in the validators of a batch, with or without a validator: that is how a record
    that is known, or known to be missing, is told from one that was never asked for. The delta
    reaches back minutes only, so that each run asks for some known records again, in turn.
    """
    cursor = _cursor(context.cursor)
    run = _Run(context, cursor)
    wanted = sorted(cve for cve in set(context.cves) if is_cve(cve))
    async for batch in _changes(context, run, set(wanted)):
        yield batch
    wanted = [cve for cve in wanted if cve not in run.asked]
    unknown = [cve for cve in wanted if run.url(cve) not in context.validators]
    known = [cve for cve in wanted if run.url(cve) in context.validators]
    known = [*(c for c in known if c > cursor.at), *(c for c in known if c <= cursor.at)][:AGAIN]
    run.total += len(unknown) + len(known)
    async for batch in run.ask(unknown):
        yield batch
    async for batch in run.ask(known, turn=True):
        yield batch
    if run.missing:
        yield run.batch(notes=(f"{run.missing} CVE ids have no public record yet",))


async def _changes(context: Context, run: "_Run", wanted: set[str]) -> AsyncIterator[Batch]:
    """What the delta names, as far as it is wanted."""
    url = base(context, LIST) + "cves/delta.json"
    try:
        found = await _delta(context, url)
    except _Unreadable as unreadable:
        yield run.batch(problems=(str(unreadable),))
        return
    if found is None:
        return
    delta, validators = found
    stamp = delta.fetched or 0.0
    if stamp and stamp <= run.cursor.delta:
        return
    changed = [cve for cve in dict.fromkeys([*delta.updated, *delta.new]) if cve in wanted]
    strange = [cve for cve in delta.new if cve not in wanted]
    products = {fold(product) for product in context.settings.products}
    run.total += len(changed) + len(strange[:NEW])
    async for batch in run.ask(changed):
        yield batch
    async for batch in run.ask(strange[:NEW], lambda record: _is_ours(record, products)):
        yield batch
    problems = list(delta.problems)
    if len(strange) > NEW:
        problems.append(f"CVE delta: only {NEW} of {len(strange)} new records were looked into")
    run.cursor.delta = stamp
    yield run.batch(problems=tuple(problems), validators={url: validators})


async def _delta(context: Context, url: str) -> tuple[Delta, Validators] | None:
    """The delta, None where it is as it was; a list may have none."""
    try:
        reply = await fetched(context, url, "CVE delta", RECORD)
    except SourceError as error:
        if error.status in _MISSING:
            raise _Unreadable(str(error)) from None
        raise
    try:
        return None if reply.body is None else (parse_delta(reply.body), reply.validators)
    except SourceError as error:
        raise _Unreadable(str(error)) from None


class _Run:
    """One run: what is asked for, and how far it is."""

    def __init__(self, context: Context, cursor: Cursor) -> None:
        self.context = context
        self.cursor = cursor
        self.done = self.total = self.missing = 0
        self._base = base(context, LIST)
        self.asked: set[str] = set()

    def url(self, cve: str) -> str:
        return self._base + path(cve)

    def batch(
        self,
        records: Iterable[Record] = (),
        validators: dict[str, Validators] | None = None,
        problems: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Batch:
        return Batch(
            records=tuple(records),
            cursor=msgspec.json.encode(self.cursor).decode(),
            validators=validators or {},
            done=self.done,
            total=self.total,
            problems=problems,
            notes=notes,
        )

    async def ask(
        self,
        cves: list[str],
        keep: Callable[[Record], bool] | None = None,
        turn: bool = False,
    ) -> AsyncIterator[Batch]:
        """The records of `cves` in batches; of those alone that are to be kept.

        An answer that means "later" or "never" for all of them ends the run, after what came
        before it has been handed over.
        """
        ids = iter(cves)
        while some := list(islice(ids, BATCH)):
            records: list[Record] = []
            problems: list[str] = []
            seen: dict[str, Validators] = {}
            error: SourceError | None = None
            for cve in some:
                self.asked.add(cve)
                try:
                    record, validators = await self._one(cve)
                except _Unreadable as unreadable:
                    problems.append(str(unreadable))
                except SourceError as failure:
                    error = failure
                    break
                else:
                    if keep is None or (record and keep(record)):
                        seen[self.url(cve)] = validators
                        records += [record] if record else []
                self.done += 1
                if turn:
                    self.cursor.at = cve
            yield self.batch(records, seen, tuple(problems))
            if error:
                raise error

    async def _one(self, cve: str) -> tuple[Record | None, Validators]:
        """A record, None where it is missing or unchanged, with the validators of its address."""
        url = self.url(cve)
        before = self.context.validators.get(url, UNKNOWN)
        reply = await self.context.ask(url, before, limit=RECORD)
        if reply.status in _MISSING:
            self.missing += 1
            return None, UNKNOWN
        if reply.error and reply.status == 200:
            raise _Unreadable(f"{cve}: {reply.error}")
        if reply.error:
            raise failed(reply, f"CVE record {cve}")
        if reply.body is None:
            return None, before if reply.validators == UNKNOWN else reply.validators
        try:
            record = parse(reply.body)
        except SourceError as error:
            raise _Unreadable(f"{cve}: {error}") from None
        if record.cve != cve:
            raise _Unreadable(f"{cve}: the record of {record.cve} came in its place")
        return record, reply.validators


class _Unreadable(Exception):
    """One record could not be read; others may."""


def _cursor(text: str) -> Cursor:
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        return Cursor()


def _is_ours(record: Record, products: set[str]) -> bool:
    """Whether Huawei assigned it, or it affects one of these products."""
    if record.assigner.lower() in ("huawei", HUAWEI):
        return True
    return any(fold(one.product) in products for one in record.affected)


def _english(container: Fields, key: str) -> str:
    """The English text of a list of texts with a language, or else the first."""
    texts = [(row.text("lang", 20).lower(), row.block("value")) for row in container.parts(key, 50)]
    english = [text for lang, text in texts if lang.startswith("en") and text]
    return next(iter([*english, *(text for _, text in texts if text)]), "")


def _by(container: Fields) -> tuple[str, float | None]:
    """Who provides a container, and when it was changed."""
    provider = container.part("providerMetadata")
    name = provider.text("shortName", 80) or container.text("title", 80)
    return name or "unnamed", provider.moment("dateUpdated")


def _ratings(cna: Fields, adps: list[Fields], assigner: str) -> Iterator[Rating]:
    for container in (cna, *adps):
        by, date = _by(container)
        if container is cna:
            by = f"{by if by != 'unnamed' else assigner or by} (CNA)"
        for metric in container.parts("metrics", 50):
            for key in metric:
                if re.fullmatch(r"cvssV\d(?:_\d)?", key):
                    found = rating(metric.part(key), key, by, date)
                    if found:
                        yield found


def _ssvc(container: Fields) -> str:
    for metric in container.parts("metrics", 50):
        if "other" in metric:
            other = metric.part("other")
            if other.text("type", 40).lower() == "ssvc":
                return ssvc(other.part("content"))
    return ""


def _disputed(containers: list[Fields], description: str) -> bool:
    tags = {tag.lower() for one in containers for tag in one.texts("tags", 80)}
    return "disputed" in tags or description.startswith("** DISPUTED")


def _weaknesses(containers: list[Fields]) -> Iterator[str]:
    for container in containers:
        for kind in container.parts("problemTypes", 100):
            for row in kind.parts("descriptions", 100):
                yield from weakness_ids(row.text("cweId", 40) or row.text("description"))


def _references(containers: list[Fields]) -> Iterator[str]:
    """The addresses of all; the "CVE Program Container" repeats those of the CNA."""
    for container in containers:
        for row in container.parts("references", 500):
            if url := row.address("url"):
                yield url


def _affected(cna: Fields, adps: list[Fields]) -> tuple[Affected, ...]:
    """What the CNA lists; what an ADP lists only where the CNA lists nothing."""
    own = affected(cna.parts("affected", 500))
    return own or affected(row for adp in adps for row in adp.parts("affected", 500))
