"""A terminal that vanishes without a signal: Textual would read its end again and again."""

import asyncio
import select
import sys
from collections.abc import Callable


def watch(gone: Callable[[], None]) -> None:
    """Call `gone`, once, when the terminal of standard input hangs up; only where epoll is.

    It is for the running event loop, which need not wake for anything else that the terminal does.
    """
    terminal = sys.__stdin__
    if terminal is None or not terminal.isatty() or not hasattr(select, "epoll"):
        return
    loop = asyncio.get_running_loop()
    poll = select.epoll()
    poll.register(terminal.fileno(), 0)  # that it hung up is told without being asked for

    def tell() -> None:
        loop.remove_reader(poll.fileno())
        poll.close()
        gone()

    loop.add_reader(poll.fileno(), tell)
