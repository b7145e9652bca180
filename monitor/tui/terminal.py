"""What terminals do that Textual leaves to the program: they vanish, and send what is no text."""

import asyncio
import contextlib
import select
import signal
import sys
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.message import Message

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


class Pastes:
    """What comes from the terminal, with pasted text bare of what the parser would take for keys.

    Textual's parser goes on looking for key sequences in a paste: an escape in it would act.
    """

    START, END = "\x1b[200~", "\x1b[201~"

    def __init__(self) -> None:
        self._inside = False
        self._held = ""  # what may be the beginning of a mark; of a key it is given out at once

    def clean(self, data: str) -> str:
        """The next piece of input; the end of a paste is held back until it is there as a whole."""
        given: list[str] = []
        data = self._held + data
        passed = 0 if self._inside else len(self._held)
        while True:
            mark = self.END if self._inside else self.START
            head, found, rest = data.partition(mark)
            if not found:
                break
            text = _plain(head) if self._inside else head[passed:]
            given += [text, mark[max(0, passed - len(head)) :]]
            self._inside, data, passed = not self._inside, rest, 0
        size = next(n for n in range(len(mark) - 1, -1, -1) if data.endswith(mark[:n]))
        self._held = data[len(data) - size :]
        if self._inside:
            given.append(_plain(data[: len(data) - size]))
        else:
            given.append(data[passed:])
        return "".join(given)


def _plain(text: str) -> str:
    """Pasted text without control characters; white space is kept, as blanks."""
    return "".join(
        " " if letter.isspace() else letter for letter in text if letter >= " " or letter.isspace()
    )


class Careful(XTermParser):
    """A parser to whom pasted text is text, whatever it holds."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pastes = Pastes()

    def feed(self, data: str) -> Iterable[Message]:
        cleaned = self._pastes.clean(data) if data else ""
        return super().feed(cleaned) if cleaned or not data else ()


class Forgiving:
    """The terminal to write to, also when it is gone: then nothing is written, and nothing breaks.

    The thread that writes would end with an error, and the program wait for it for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()


def patient(driver: "type[Driver]") -> "type[Driver]":
    """A driver that goes on reading keys after bytes that are no UTF-8, and pastes no keys.

    Eight-bit terminals and clipboards send such; what was read together with them is dropped. A
    terminal that is closed sends SIGHUP and SIGCONT: only what was stopped is taken up again.
    """

    names = vars(sys.modules[driver.__module__])
    if "XTermParser" in names:
        names["XTermParser"] = Careful  # a driver takes no other

    class Patient(driver):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._file: Any = Forgiving(vars(self)["_file"])

        def _sigcont_application(self, *signal: object) -> None:
            if self._must_signal_resume:
                super()._sigcont_application(*signal)

        def run_input_thread(self) -> None:
            while not self.exit_event.is_set():
                with contextlib.suppress(UnicodeDecodeError):
                    super().run_input_thread()

    return Patient if hasattr(driver, "run_input_thread") else driver
