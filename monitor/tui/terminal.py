"""What terminals do that Textual leaves to the program: they vanish, and send what is no text."""

import asyncio
import contextlib
import select
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

SIGNALS = ("SIGTERM", "SIGHUP")  # that end the program, but not before its terminal is put right


def watch(leave: Callable[[], None]) -> None:
    """Call `leave` when the program is told to end, and when its terminal hangs up without a word.

    Of a terminal that vanished Textual would read the end again and again. For the running event
    loop, which need not wake for anything else that the terminal does.
    """
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        with contextlib.suppress(AttributeError, NotImplementedError):  # as on Windows
            loop.add_signal_handler(getattr(signal, name), leave)
    terminal = sys.__stdin__
    if terminal is None or not terminal.isatty() or not hasattr(select, "epoll"):
        return
    poll = select.epoll()
    poll.register(terminal.fileno(), 0)  # that it hung up is told without being asked for

    def tell() -> None:
        loop.remove_reader(poll.fileno())
        poll.close()
        leave()

    loop.add_reader(poll.fileno(), tell)


def patient(driver: "type[Driver]") -> "type[Driver]":
    """A driver that goes on reading keys after bytes that are no UTF-8.

    Eight-bit terminals and clipboards send such; what was read together with them is dropped.
    """

    class Patient(driver):  # type: ignore[valid-type, misc]
        def run_input_thread(self) -> None:
            while not self.exit_event.is_set():
                with contextlib.suppress(UnicodeDecodeError):
                    super().run_input_thread()

    return Patient if hasattr(driver, "run_input_thread") else driver
