"""One poll from the command line: the pipeline with a progress bar and a line for each failure."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from monitor.models import Config, FeedResult, PollResult, PollStatus

if TYPE_CHECKING:
    from monitor.poll import PollEvent
    from monitor.store import Store


class Trouble(Exception):
    """What was polled could not be kept; the message is for people."""


def poll_once(
    config: Config,
    open_store: "Callable[[], Store]",
    ids: Sequence[str] = (),
    everything: bool = False,
    *,
    now: Callable[[], float],
    quiet: bool = False,
) -> PollResult:
    """Poll into the store that `open_store` opens; raises Trouble when that can't be written."""
    troubles: list[str] = []
    total = len(ids) or sum(feed.enabled for feed in config.feeds)
    with _progress(total) as advance:

        def on_event(event: "PollEvent") -> None:
            from monitor import poll as pipeline

            if isinstance(event, pipeline.FeedDone):
                advance()
                if event.result.status is PollStatus.FAILED and not quiet:
                    _tell_failure(event.result)
            elif isinstance(event, pipeline.Trouble):
                troubles.append(event.message)

        result = asyncio.run(_poll(config, open_store, ids, everything, now, on_event))
    if troubles:
        raise Trouble(troubles[-1])
    return result


async def _poll(
    config: Config,
    open_store: "Callable[[], Store]",
    ids: Sequence[str],
    everything: bool,
    now: Callable[[], float],
    on_event: "Callable[[PollEvent], None]",
) -> PollResult:
    from monitor.worker import Worker

    worker = Worker()
    worker.warm()
    await asyncio.sleep(0)  # the other process starts, while this one imports the rest
    try:
        with open_store() as store:
            from monitor.poll import Poller

            gc.freeze()
            gc.enable()
            poller = Poller(config, store, on_event=on_event, now=now, worker=worker)
            try:
                return await poller.poll(ids, everything)
            finally:
                await poller.aclose()
    finally:
        await worker.aclose()


def _tell_failure(result: FeedResult) -> None:
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{clear}{result.id}: {result.error}", err=True)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=total, label="polling", file=sys.stderr) as bar:
        yield lambda: bar.update(1)
