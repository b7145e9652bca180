"""Work on an event loop of its own, in a thread: it keeps no key waiting."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def beside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on an event loop in a thread; to cancel this is to cancel that."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(work())

    def run() -> T:
        try:
            return loop.run_until_complete(task)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    try:
        return await asyncio.to_thread(run)
    except asyncio.CancelledError:
        with contextlib.suppress(RuntimeError):  # it may have come to its end meanwhile
            loop.call_soon_threadsafe(task.cancel)
        raise
