"""The courier at work: one run for a command, or again and again beside the screen."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import tzinfo

from monitor.beside import beside
from monitor.models import Config
from monitor.notify.courier import Courier, Report
from monitor.notify.message import Message, digest_message
from monitor.notify.queue import TargetHealth
from monitor.notify.senders import Senders
from monitor.store import Store

LONGEST = 60.0  # seconds between two looks: alerts come and the wall clock may jump
SHORTEST = 1.0
GRACE = 1.0  # seconds


def make_courier(
    config: Config,
    store: Store,
    *,
    now: Callable[[], float] = time.time,
    environ: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
) -> Courier:
    """The courier of a configuration and a store that is open for writing.

    Raises StoreError where alerts or digests cannot be read.
    """

    def compose(key: str, since: float, until: float) -> Message:
        from monitor.notify.digest import digest_json, gather
        from monitor.notify.digest_text import as_text, title

        digest = gather(config, store, since, until)
        text = as_text(digest, zone)
        return digest_message(key, title(digest, zone), text, digest.gravest, digest_json(digest))

    senders = Senders(now=now) if environ is None else Senders(now=now, environ=environ)
    return Courier(config, store.alerts, store.digests, senders, compose, now=now, zone=zone)


class Dispatcher:
    """Keeps a courier at work in a thread beside the event loop that `start` is called on.

    `on_trouble` is told, on that loop, what a target begins to fail with, and what the disk does.
    """

    def __init__(
        self,
        courier: Courier,
        *,
        now: Callable[[], float] = time.time,
        on_report: Callable[[Report], None] = lambda report: None,
        on_trouble: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._courier = courier
        self._now = now
        self._on_report = on_report
        self._on_trouble = on_trouble
        self._troubles: set[str] = set()
        self._closing = False
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        """Deliver from now on; a second call changes nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    def kick(self) -> None:
        """There may be something new to deliver."""
        self._kicked.set()

    def health(self) -> list[TargetHealth]:
        """How each target does."""
        return self._courier.health()

    async def aclose(self) -> None:
        """End; what is being sent has `GRACE` seconds to arrive, and stays waiting after that."""
        self._courier.stop()
        self._closing = True
        self.kick()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=GRACE)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        while not self._closing:
            self._kicked.clear()
            due = None
            try:
                report, due = await beside(self._run)
                self._on_report(report)
                self._tell(report)
            except Exception as problem:  # alerts that can't be sent must not end the program
                self._tell(Report(trouble=f"Alerts are not sent: {type(problem).__name__}"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause(due, self._now())):
                    await self._kicked.wait()

    def _tell(self, report: Report) -> None:
        """Tell what is newly wrong, not each try that fails alike."""
        failing = {one.id for one in self._courier.health() if one.waiting and one.error}
        self._troubles &= failing | ({report.trouble} if report.trouble else set())
        for target, error in report.errors.items():
            if target not in self._troubles:
                self._on_trouble(f"notify.{target}: {error}")
                self._troubles.add(target)
        if report.trouble and report.trouble not in self._troubles:
            self._on_trouble(report.trouble)
            self._troubles.add(report.trouble)

    async def _run(self) -> tuple[Report, float | None]:
        report = await self._courier.run()
        return report, self._courier.next_due()


def pause(due: float | None, now: float) -> float:
    """Seconds until the next look at what waits."""
    return LONGEST if due is None else max(SHORTEST, min(due - now, LONGEST))
