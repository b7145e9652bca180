"""The pipeline and its schedule: fetch, parse, normalize, classify, cluster, store.

    feed -> fetch -> [parse -> normalize -> classify -> read] -> cluster -> store
                     in a worker process                           watch /

Progress is told through a callback; nothing here knows a screen. Feeds are fetched side by side,
each body is read by the one worker process, and what comes back is grouped and stored by one
consumer, in slices short enough that a screen on the same event loop never waits.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor import schedule
from monitor.cluster import WINDOW, Constraints, Index, Item, Merger, Placement
from monitor.cluster.reading import Reading
from monitor.fetch import Answer, Fetcher, at_once
from monitor.models import (
    Config,
    Entry,
    Feed,
    FeedResult,
    FeedState,
    Fresh,
    PollResult,
    PollStatus,
)
from monitor.prepare import Job, Prepared
from monitor.store import Store, StoreError
from monitor.tally import Arrival, Tally, feed_result, outcome
from monitor.watch import Fired, Watcher
from monitor.worker import Worker, WorkerError

log = logging.getLogger(__name__)

SLICE = 0.001  # seconds of grouping between two turns of the event loop, which feeds the worker
FLUSH_EVERY = 2.0  # seconds between two commits of a running poll
BACKLOG = 64 << 20  # bytes of fetched documents that may wait to be read and grouped;
AHEAD = 64  # answers that may: more would gain nothing, and each costs turns of the event loop
PRUNE_EVERY = 6 * 3600.0
DAY = 86400.0


class FeedStarted(Struct, frozen=True):
    """A feed's request is about to be made."""

    id: str


class FeedDone(Struct, frozen=True):
    """A feed's poll ended, well or not."""

    result: FeedResult


class Stored(Struct, frozen=True):
    """These stories are new or changed, in memory; they are on disk after the next commit."""

    stories: frozenset[str]


class Trouble(Struct, frozen=True):
    """Something beyond a single feed went wrong, a full disk for example; a sentence for people."""

    message: str


class PollDone(Struct, frozen=True):
    """The whole poll ended and is on disk."""

    result: PollResult


PollEvent = FeedStarted | FeedDone | Stored | Fired | Trouble | PollDone


class Poller:
    """Polls the feeds of a configuration into a store.

    `now` is the wall clock that is written down, `monotonic` the clock by which a running program
    decides what is due: the wall clock may jump without a storm or a standstill. `work` is how long
    a slice of grouping is, in seconds; `rest` is awaited between two slices: a key that is pressed
    takes several turns of the event loop, and must not wait for a slice at each of them.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        on_event: Callable[[PollEvent], None] = lambda event: None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        fetcher: Fetcher | None = None,
        worker: Worker | None = None,
        work: float = SLICE,
        rest: Callable[[], Awaitable[object]] = at_once,
    ) -> None:
        self._work, self._rest = work, rest
        self._feeds = {feed.id: feed for feed in config.feeds if feed.enabled}
        self._config = config
        self._store = store
        self._tell = on_event
        self._now = now
        self._monotonic = monotonic
        self._fetcher = fetcher or Fetcher(
            config.poll, private=config.poll.private, now=now, ready=self._ready
        )
        self._worker = worker or Worker()
        self.watch = Watcher(config, store, on_event=on_event, now=now)
        self._prepared = False
        self._index: Index | None = None
        self._edited = -1  # the store's count of edits that the index knows
        self._busy: set[str] = set()
        self._due_at: dict[str, float] = {}  # monotonic
        self._pruned: float | None = None  # monotonic
        self._room = asyncio.Event()
        self._room.set()
        self._backlog = self._ahead = 0

    def state(self, feed_id: str) -> FeedState:
        """What is known of a feed, also of one that was never polled."""
        state = self._store.feeds.get(feed_id) or FeedState(feed_id)
        feed = self._feeds.get(feed_id)
        return schedule.current(state, feed) if feed else state

    def due(self, feed: Feed) -> bool:
        """Whether a feed is to be polled now."""
        if feed.id in self._due_at:
            return self._monotonic() >= self._due_at[feed.id]
        return schedule.due(self.state(feed.id), feed, self._now())

    def next_due(self) -> float | None:
        """When the next feed is due, by the wall clock of now; None when none ever is."""
        waits = []
        for feed in self._feeds.values():
            state = self.state(feed.id)
            if feed.id in self._due_at:
                waits.append(self._due_at[feed.id] - self._monotonic())
            elif not state.gone:
                waits.append(0.0 if self.due(feed) else (state.next_poll or 0.0) - self._now())
        return self._now() + max(0.0, min(waits)) if waits else None

    def failing(self) -> list[FeedState]:
        """The feeds whose last poll failed, in the order of the configuration."""
        states = (self.state(feed_id) for feed_id in self._feeds)
        return [state for state in states if state.error]

    async def poll(
        self,
        ids: Collection[str] = (),
        all: bool = False,  # noqa: A002 - the word of the command line
    ) -> PollResult:
        """Poll the feeds named, or all, or those that are due; never raises for a feed's sake."""
        started = self._monotonic()
        chosen = {f.id: f for f in self._feeds.values() if self._chosen(f, ids, all)}
        waiting = [
            FeedResult(feed_id, PollStatus.WAITING)
            for feed_id in self._feeds
            if not ids and feed_id not in chosen and feed_id not in self._busy
        ]
        tally, alerts = Tally(waiting), self.watch.count
        if chosen:
            self._busy |= chosen.keys()
            try:
                await self._run(chosen.values(), tally)
            finally:
                self._busy -= chosen.keys()
                if not self._busy:  # also when it was cut short
                    self._backlog = self._ahead = 0
                    self._room.set()
        await self._prune()
        result = tally.result(self.watch.count - alerts, self._monotonic() - started)
        self._tell(PollDone(result))
        return result

    async def aclose(self) -> None:
        """End the worker process and the connections."""
        await self._worker.aclose()
        await self._fetcher.aclose()

    def _chosen(self, feed: Feed, ids: Collection[str], everything: bool) -> bool:
        if feed.id in self._busy:
            return False
        return feed.id in ids if ids else everything or self.due(feed)

    async def _run(self, feeds: Collection[Feed], tally: Tally) -> None:
        """Fetch side by side, absorb one by one, commit now and then and at the end."""
        arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        self._worker.warm()
        self._store.follow()
        try:
            async with asyncio.TaskGroup() as group:
                for feed in feeds:
                    group.create_task(self._gather(feed, arrivals))
                committed = self._monotonic()
                for _ in feeds:
                    arrival = await arrivals.get()
                    await self._absorb(arrival, tally)
                    self._hold(arrival.answer, -1)
                    if self._monotonic() - committed > FLUSH_EVERY:
                        await self._commit()
                        committed = self._monotonic()
            await self._commit()
        except BaseException:
            self._watch_out()
            raise

    async def _gather(self, feed: Feed, arrivals: "asyncio.Queue[Arrival]") -> None:
        """Fetch one feed and have its document read; whatever happens becomes its arrival."""
        state = self.state(feed.id)
        self._tell(FeedStarted(feed.id))
        answer = await self._fetcher.fetch(schedule.address(state, feed), state.validators)
        self._hold(answer, 1)
        prepared, error = None, answer.error
        if answer.body is not None and not error:
            try:
                prepared = await self._worker.run(self._job(feed, state, answer, answer.body))
                error = prepared.error
            except WorkerError as problem:
                error = str(problem)
        arrivals.put_nowait(Arrival(feed, state, answer, prepared, error))

    def _hold(self, answer: Answer, number: int) -> None:
        """An answer came, or (-1) was stored: requests wait while too many are on their way."""
        self._ahead += number
        self._backlog += number * len(answer.body or b"")
        if self._ahead > AHEAD or self._backlog > BACKLOG:
            self._room.clear()
        else:
            self._room.set()

    async def _ready(self) -> None:
        """Until one more request may be made."""
        await self._rest()
        await self._room.wait()

    def _job(self, feed: Feed, state: FeedState, answer: Answer, body: bytes) -> Job:
        return Job(
            feed=feed,
            keywords=self._config.keywords,
            body=body,
            content_type=answer.content_type,
            url=answer.url,
            now=self._now(),
            since=state.last_success,
        )

    async def _absorb(self, arrival: Arrival, tally: Tally) -> None:
        """Group and store what one feed brought, and write down how its poll went."""
        feed, prepared = arrival.feed, arrival.prepared
        new = 0
        if arrival.state.last_success is None:
            self.watch.new_feeds.add(feed.id)
        if prepared is not None and not arrival.error:
            new = await self._take(feed, prepared, tally)
        state = schedule.after(arrival.state, feed, outcome(arrival), self._now())
        self._store.put_feed(state)
        self._set_due(feed, state)
        result = feed_result(arrival, new)
        tally.feeds.append(result)
        self._tell(FeedDone(result))

    def _set_due(self, feed: Feed, state: FeedState) -> None:
        if state.next_poll is None:
            self._due_at[feed.id] = float("inf")
        else:
            self._due_at[feed.id] = self._monotonic() + max(0.0, state.next_poll - self._now())

    async def _take(self, feed: Feed, prepared: Prepared, tally: Tally) -> int:
        """Place the new entries in stories and hand all to the store; how many were new."""
        await self._load()
        known = self._store.entries
        placed: list[Fresh] = []
        mergers: list[tuple[Merger, str]] = []
        for fresh, reading in zip(prepared.entries, prepared.readings, strict=True):
            if fresh.entry.uid not in known:
                await self._breathe()
                index = self._index
                if index is None or self._edited != self._store.edited:
                    index = await self._warm_index()
                placement = index.add(
                    _item(fresh.entry, fresh.body.summary, reading, prepared.forms)
                )
                fresh = _placed(fresh, placement)
                mergers += [(merger, placement.story) for merger in placement.merged]
            placed.append(fresh)
        added = self._store.add(placed)
        changed = added.stories | self._merge(mergers)
        self._store.seen(feed.id, prepared.present, self._now())
        if changed:
            # a story has the id of its first entry
            begun = added.stories.intersection(added.new)
            tally.count(len(added.new), begun, {gone.story for gone, _ in mergers})
            self._tell(Stored(changed))
        return len(added.new)

    def _merge(self, mergers: Iterable[tuple[Merger, str]]) -> set[str]:
        """Move what is stored of stories that are one with another; the ids of what changed."""
        changed: set[str] = set()
        for merger, into in mergers:
            if part := self._store.stories.get(merger.story):
                changed |= self._store.regroup(
                    replace(
                        entry,
                        story=into,
                        why=merger.why if entry.uid == merger.lead else entry.why,
                    )
                    for entry in part.entries
                )
        return changed

    async def _load(self) -> None:
        """Have the whole archive in memory: what is known decides what is new."""
        for _ in self._store.load_steps():
            await asyncio.sleep(0)
        if not self._prepared:
            await asyncio.to_thread(self.watch.prepare)
            self._prepared = True

    async def _warm_index(self) -> Index:
        """An index that knows the stored entries of its window, and what the user made of them."""
        self._edited = self._store.edited
        index = Index(constraints=Constraints(self._store.apart))
        for entry, summary in self._store.recent(self._now() - WINDOW):
            index.know(_item(entry, summary), entry.story, entry.duplicate_of)
            await self._breathe()
        self._index = index
        return index

    _breath = 0.0

    async def _breathe(self) -> None:
        """Let the event loop run when this has worked for a slice of time."""
        if time.monotonic() - self._breath > self._work:
            await self._rest()
            self._breath = time.monotonic()

    async def _commit(self) -> None:
        """Let the rules look at what is new, and write it to disk, in a thread.

        A failure is told, and tried again next time.
        """
        try:
            for _ in self.watch.stories():
                await self._breathe()
            await asyncio.to_thread(self._store.flush)
        except StoreError as problem:
            log.error("%s", problem)
            self._tell(Trouble(str(problem)))

    def _watch_out(self) -> None:
        """A poll is cut short: what it brought is saved when the store is closed, with alerts."""
        try:
            for _ in self.watch.stories():
                pass
        except StoreError as problem:
            log.error("%s", problem)

    async def stand(self) -> None:
        """Let the rules look at what time brings: a silent feed, a bulletin that is late."""
        try:
            await asyncio.to_thread(self.watch.standing)
        except StoreError as problem:
            log.error("%s", problem)
            self._tell(Trouble(str(problem)))

    async def _prune(self) -> None:
        """Retention, now and then, when the archive is in memory anyway."""
        due = self._pruned is None or self._monotonic() - self._pruned > PRUNE_EVERY
        if not (due and self._store.loaded):
            return
        self._pruned = self._monotonic()
        if self._store.prune(self._config.keep_days):
            await self._commit()


def _placed(fresh: Fresh, placement: Placement) -> Fresh:
    """An entry as what it came to in its story."""
    entry = replace(
        fresh.entry,
        story=placement.story,
        duplicate_of=placement.duplicate_of,
        why=placement.why,
    )
    return Fresh(entry, fresh.body)


def _item(
    entry: Entry, summary: str, reading: Reading | None = None, forms: Sequence[str] = ()
) -> Item:
    return Item(
        key=entry.uid,
        title=entry.title,
        summary=summary,
        time=entry.published or entry.first_seen,
        url=entry.canonical,
        source=entry.outlet,
        lang=entry.lang,
        cves=entry.cves,
        reading=reading,
        forms=forms,
    )
