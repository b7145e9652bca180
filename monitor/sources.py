"""Runs the sources of advisories: asks what is due, and stores each batch before the next one.

Bulletins come first, for the CVE ids in them are what the others are asked about. A run that is
interrupted, throttled or killed goes on from the cursor of its last stored batch.
"""

import asyncio
import importlib
import logging
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from msgspec.structs import replace

from monitor import schedule
from monitor.advisories.source import Batch, Context, Settings, SourceError
from monitor.fetch import Fetcher
from monitor.models import Config, Feed, FeedState, PollStatus, Source, SourceResult
from monitor.store import Store, StoreError
from monitor.store.advisories import SourceState
from monitor.watch import Fired, Watcher

log = logging.getLogger(__name__)

BULLETINS = ("huawei", "openharmony")
TIMEOUT = 120.0  # seconds for one answer: a page of NVD can take more than a minute
GOES_ON = "goes on where it stopped"
PROBLEMS = 50  # that are kept of a run


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """A source goes on: `done` of `total` steps, 0 where it is not known."""

    id: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SourceDone:
    """A source's run ended, well or not."""

    result: SourceResult


@dataclass(frozen=True, slots=True)
class AdvisoriesStored:
    """Bulletins or facts are new or changed, and on disk."""


SourceEvent = SourceProgress | SourceDone | AdvisoriesStored | Fired


class Collector:
    """Asks the sources of a configuration, and stores what they say."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        on_event: Callable[[SourceEvent], None] = lambda event: None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        fetcher: Callable[[], Fetcher] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._sources = {source.id: source for source in config.sources if source.enabled}
        self._advisories = store.advisories
        self.watch = Watcher(config, store, on_event=on_event, now=now)
        self._store = store
        self._tell = on_event
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._settings = replace(config.poll, timeout=max(config.poll.timeout, TIMEOUT))
        self._make_fetcher = fetcher or self._new_fetcher
        self._environ = os.environ if environ is None else environ
        self._busy: set[str] = set()
        self._until: float | None = None  # monotonic

    def state(self, source_id: str) -> SourceState:
        """What is known of a source, also of one that was never asked."""
        known = self._advisories.sources.get(source_id)
        return known or SourceState(FeedState(source_id))

    def due(self, source: Source) -> bool:
        """Whether a source is to be asked now."""
        return schedule.due(self.state(source.id).feed, _as_feed(source), self._now())

    def next_due(self) -> float | None:
        """When the next source is due, by the wall clock; None when none ever is."""
        times = [
            self._now() if self.due(source) else self.state(source.id).feed.next_poll
            for source in self._sources.values()
            if source.id not in self._busy and not self.state(source.id).feed.gone
        ]
        return min((when for when in times if when is not None), default=None)

    def failing(self) -> list[FeedState]:
        """The sources whose last run failed, in the order of the configuration."""
        states = (self.state(source_id).feed for source_id in self._sources)
        return [state for state in states if state.error]

    async def run(
        self,
        ids: Collection[str] = (),
        all: bool = False,  # noqa: A002 - the word of the command line
    ) -> tuple[SourceResult, ...]:
        """Ask the sources named, or all, or those that are due; never raises for one of them."""
        return await self.ask(self.choose(ids, all))

    def choose(self, ids: Collection[str], everything: bool) -> list[Source]:
        """The sources to ask, which are busy from now on; hand them to `ask`."""
        chosen = [
            source
            for source in self._sources.values()
            if source.id not in self._busy
            and (source.id in ids if ids else everything or self.due(source))
        ]
        self._busy |= {source.id for source in chosen}
        return chosen

    async def ask(
        self, chosen: Collection[Source], patience: float | None = None
    ) -> tuple[SourceResult, ...]:
        """Ask these sources, bulletins first, the others side by side.

        After `patience` seconds nothing more is waited for: what is not done goes on with the next
        run, where it stopped.
        """
        if not chosen:
            return ()
        self._until = None if patience is None else self._monotonic() + patience
        results: list[SourceResult] = []
        fetcher = self._make_fetcher()
        try:
            for first in (True, False):
                wave = [source for source in chosen if (source.kind in BULLETINS) == first]
                results += await asyncio.gather(*(self._ask(source, fetcher) for source in wave))
        finally:
            self._busy -= {source.id for source in chosen}
            await fetcher.aclose()
        return tuple(results)

    def _new_fetcher(self) -> Fetcher:
        return Fetcher(self._settings, private=self._settings.private, now=self._now)

    async def _ask(self, source: Source, fetcher: Fetcher) -> SourceResult:
        """One run of one source; what goes wrong is its health."""
        started = self._monotonic()
        state = replace(self.state(source.id), notes=(), problems=(), items=0)
        run = _Run(source, state, fetcher)
        outcome = await self._outcome(run)
        if run.unfinished:
            run.state = _unfinished(run.state, self._now())
        else:
            feed = schedule.after(run.state.feed, _as_feed(source), outcome, self._now())
            run.state = replace(run.state, feed=feed)
        try:
            await asyncio.to_thread(self._advisories.put_source, run.state)
        except StoreError as problem:
            outcome = schedule.Outcome(status=outcome.status, error=str(problem))
        result = SourceResult(
            id=source.id,
            status=PollStatus.FAILED if outcome.error else PollStatus.UPDATED,
            http=outcome.status,
            items=run.state.items,
            error=outcome.error,
            notes=run.state.notes,
            seconds=self._monotonic() - started,
        )
        self._tell(SourceDone(result))
        return result

    async def _outcome(self, run: "_Run") -> schedule.Outcome:
        """Take what the source's client yields, batch by batch."""
        try:
            async with aclosing(_client(run.source.kind)(await self._context(run))) as batches:
                while (batch := await self._next(run, batches)) is not None:
                    await self._take(run, batch)
        except SourceError as problem:
            return schedule.Outcome(
                status=problem.status, error=str(problem), retry_after=problem.retry_after
            )
        except StoreError as problem:
            return schedule.Outcome(error=str(problem))
        except Exception as problem:  # a client's mistake must not end the other sources
            log.exception("source %s", run.source.id)
            return schedule.Outcome(error=f"its answer was not understood: {problem!r:.200}")
        warning = _warning(run.state.problems)
        return schedule.Outcome(status=200, warning=warning, entries=run.state.items)

    async def _next(self, run: "_Run", batches: AsyncGenerator[Batch, None]) -> Batch | None:
        """The next batch; None at the end, and when there is no more time for one."""
        left = None if self._until is None else self._until - self._monotonic()
        try:
            async with asyncio.timeout(left) as limit:
                return await anext(batches, None)
        except TimeoutError:
            if not limit.expired():
                raise
            run.unfinished = True
            return None

    async def _context(self, run: "_Run") -> Context:
        source = run.source
        return Context(
            ask=run.fetcher.fetch,
            settings=Settings(
                id=source.id,
                kind=source.kind,
                url=source.url,
                lang=source.lang,
                products=source.products,
                months=source.months,
            ),
            now=self._now,
            sleep=self._sleep,
            cursor=run.state.cursor,
            validators=run.state.validators,
            cves=await asyncio.to_thread(self._wanted, source.kind),
            environ=self._environ,
        )

    def _wanted(self, kind: str) -> tuple[str, ...]:
        """The CVE ids that a source is asked about, those of the newest bulletins first."""
        if kind not in ("cve", "epss"):
            return ()
        stories = list(self._store.stories.values())  # at one go: a poll may add to them
        listed = dict.fromkeys(cve for one in self._advisories.bulletins for cve in one.cves)
        named = dict.fromkeys(cve for story in stories for cve in story.cves)
        known = self._advisories.known() if kind == "epss" else set()
        ids = dict.fromkeys(cve for cve in (*listed, *named, *sorted(known)) if cve[:4] == "CVE-")
        return tuple(ids)

    async def _take(self, run: "_Run", batch: Batch) -> None:
        """Store a batch, then where to go on: a kill between them repeats, and loses nothing."""
        await asyncio.to_thread(self._put, run, batch)
        state = run.state
        items = len(batch.bulletins) + len(batch.records) + len(batch.likelihoods)
        run.state = replace(
            state,
            cursor=batch.cursor,
            validators={**state.validators, **batch.validators},
            notes=(*state.notes, *batch.notes)[-PROBLEMS:],
            problems=(*state.problems, *_problems(batch))[-PROBLEMS:],
            items=state.items + items + len(batch.catalogue or ()),
        )
        await asyncio.to_thread(self._advisories.put_source, run.state)
        self._tell(SourceProgress(run.source.id, batch.done, batch.total))
        if items or batch.catalogue is not None:
            self._tell(AdvisoriesStored())

    def _put(self, run: "_Run", batch: Batch) -> None:
        """Alerts come first: after a kill between them the batch comes again, and fires no more."""
        self.watch.batch(batch, first=run.state.feed.last_success is None)
        self._advisories.put_bulletins(batch.bulletins)
        self._advisories.put_records(batch.records)
        self._advisories.put_likelihoods(batch.likelihoods)
        if batch.catalogue is not None:
            self._advisories.put_catalogue(batch.catalogue)


@dataclass(slots=True)
class _Run:
    """A source that is being asked, and what is known of it so far."""

    source: Source
    state: SourceState
    fetcher: Fetcher
    unfinished: bool = False


def _unfinished(state: SourceState, now: float) -> SourceState:
    """A source whose run was cut off: due at once, and its first run is not over yet."""
    feed = replace(
        state.feed, last_poll=now, http=200, error="", failures=0, next_poll=now, next_why=GOES_ON
    )
    return replace(state, feed=feed, notes=(*state.notes, f"not done yet: {GOES_ON}")[-PROBLEMS:])


def _client(kind: str) -> Callable[[Context], AsyncGenerator[Batch, None]]:
    """The client of a kind of source: the module of that name."""
    collect: Callable[[Context], AsyncGenerator[Batch, None]] = importlib.import_module(
        f"monitor.advisories.{kind}"
    ).collect
    return collect


def _as_feed(source: Source) -> Feed:
    """A source as the schedule knows feeds."""
    return Feed(source.id, source.url or source.kind, source.title, interval=source.interval)


def _problems(batch: Batch) -> Iterable[str]:
    yield from batch.problems
    for bulletin in batch.bulletins:
        yield from (f"{bulletin.id}: {problem}" for problem in bulletin.problems)
    for record in batch.records:
        yield from (f"{record.cve}: {problem}" for problem in record.problems)


def _warning(problems: Collection[str]) -> str:
    if not problems:
        return ""
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{next(iter(problems))}{more}"
