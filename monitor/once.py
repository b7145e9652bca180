"""One poll from the command line: the pipeline with a progress bar and a line for each failure."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from monitor.models import Config, FeedResult, PollResult, PollStatus, SourceResult

if TYPE_CHECKING:
    from monitor.notify.courier import Report
    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent
    from monitor.store import Store

ASKING = 120.0  # seconds for the sources of a poll
SENDING = 15.0  # seconds for sending alerts at the end of a poll


class Trouble(Exception):
    """What was polled could not be kept; the message is for people."""


def poll_once(
    config: Config,
    open_store: "Callable[[], Store]",
    ids: Sequence[str] = (),
    everything: bool = False,
    *,
    now: Callable[[], float],
    environ: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> PollResult:
    """Poll into the store that `open_store` opens; raises Trouble when that can't be written."""
    troubles: list[str] = []
    total = len(ids) or sum(one.enabled for one in config.polled)
    with _progress(total) as advance:

        def on_event(event: "PollEvent | SourceEvent") -> None:
            from monitor import poll as pipeline
            from monitor import sources

            if isinstance(event, sources.SourceProgress):
                advance(0, _step(event.id, event.done, event.total))
            elif isinstance(event, pipeline.FeedDone | sources.SourceDone):
                advance(1, "")
                if event.result.status is PollStatus.FAILED and not quiet:
                    _tell_failure(event.result)
            elif isinstance(event, pipeline.Trouble):
                troubles.append(event.message)

        def on_report(report: "Report") -> None:
            if report.trouble:
                troubles.append(report.trouble)
            for target, error in report.errors.items() if not quiet else ():
                click.echo(f"notify.{target}: {error}", err=True)

        result = asyncio.run(
            _poll(config, open_store, ids, everything, now, environ, on_event, on_report)
        )
    if troubles:
        raise Trouble(troubles[-1])
    return result


async def _poll(
    config: Config,
    open_store: "Callable[[], Store]",
    ids: Sequence[str],
    everything: bool,
    now: Callable[[], float],
    environ: Mapping[str, str] | None,
    on_event: "Callable[[PollEvent | SourceEvent], None]",
    on_report: "Callable[[Report], None]",
) -> PollResult:
    from monitor.store import StoreError
    from monitor.worker import Worker

    worker = Worker()
    worker.warm()
    await asyncio.sleep(0)  # the other process starts, while this one imports the rest
    try:
        with open_store() as store:
            from monitor.poll import Poller
            from monitor.round import Round
            from monitor.sources import Collector

            gc.freeze()
            gc.enable()
            poller = Poller(config, store, on_event=on_event, now=now, worker=worker)
            asker = Collector(config, store, on_event=on_event, now=now, environ=environ)
            # Who names a source waits for all of it; a poll at a time keeps the lock for a while.
            turn = Round(poller, asker, patience=None if ids else ASKING)
            try:
                result = await turn.poll(ids, everything)
                on_report(await _send(config, store, now, environ))
                return result
            finally:
                await turn.aclose()
    except StoreError as problem:
        raise Trouble(str(problem)) from None
    finally:
        await worker.aclose()


async def _send(
    config: Config,
    store: "Store",
    now: Callable[[], float],
    environ: Mapping[str, str] | None,
) -> "Report":
    """Send what waits, within `SENDING` seconds; the rest goes with the next poll."""
    from monitor.notify.courier import Report
    from monitor.notify.dispatch import make_courier
    from monitor.store import StoreError

    try:
        return await make_courier(config, store, now=now, environ=environ).run(SENDING)
    except StoreError as error:
        return Report(trouble=str(error))


def _step(source: str, done: int, total: int) -> str:
    return f"{source} {done:,} of {total:,}" if total else source


def _tell_failure(result: FeedResult | SourceResult) -> None:
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{clear}{result.id}: {result.error}", err=True)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int, str], None]]:
    """Gives a function of how many more are done, and of what goes on."""
    if not sys.stderr.isatty():
        yield lambda steps, what: None
        return
    with click.progressbar(length=total, label="polling", file=sys.stderr) as bar:

        def advance(steps: int, what: str) -> None:
            bar.label = f"polling {what}".rstrip()
            bar.update(steps)
            bar.render_progress()

        yield advance
