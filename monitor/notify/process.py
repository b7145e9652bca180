"""Starting a program: an argument list, never a shell, a text on its standard input, a deadline."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import IO, Final, NamedTuple

from monitor.text import clean

OUTPUT: Final = 64 << 10  # bytes of the output that are kept
TAIL: Final = 4 << 10  # bytes of the end of what it says on standard error
SETTLE: Final = 0.5  # seconds for the rest of its output, which a child of its own may hold open


class Outcome(NamedTuple):
    """How a program ended. `code` is negative for a signal, as in `subprocess`."""

    code: int
    output: bytes = b""  # its beginning
    complaint: str = ""  # the last line that it wrote to standard error, cleaned


class ProcessError(Exception):
    """A program could not be run to its end; the message names it, and none of its arguments."""


Run = Callable[[Sequence[str], bytes, float], Awaitable[Outcome]]


async def run(argv: Sequence[str], data: bytes, timeout: float) -> Outcome:
    """Run a program with `data` on its standard input, for `timeout` seconds at most.

    Raises ProcessError; then the program and its children have been ended. So they are when this
    is cancelled.
    """
    child = _Child(argv, data)
    try:
        return await asyncio.to_thread(child.run, timeout)
    except asyncio.CancelledError:
        child.end()
        raise


class _Child:
    """One run, in a thread. A file serves as its input, so that one that reads none is no harm."""

    def __init__(self, argv: Sequence[str], data: bytes) -> None:
        self._argv = list(argv)
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def run(self, timeout: float) -> Outcome:
        name = clean(os.path.basename(self._argv[0]), 60)
        try:
            with tempfile.TemporaryFile() as given:
                given.write(self._data)
                given.seek(0)
                self._process = subprocess.Popen(
                    self._argv,
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "its name or arguments are not valid"
            raise ProcessError(f"{name}: cannot be started: {why}") from None
        process = self._process
        if self._ended:
            self.end()
        assert process.stdout is not None
        assert process.stderr is not None
        output, errors = _Reader(process.stdout, OUTPUT), _Reader(process.stderr, -TAIL)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.end()
            process.wait()
            raise ProcessError(f"{name}: did not end within {timeout:g} s") from None
        said = errors.result().decode("utf-8", "replace").splitlines()
        last = next(filter(None, map(clean, reversed(said))), "")
        return Outcome(code, output.result(), clean(last, 200))

    def end(self) -> None:
        """Kill it with all that it started."""
        self._ended = True
        if self._process is None or self._process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


class _Reader:
    """Reads a pipe to its end in a thread and keeps its first bytes, or the last if `keep` < 0."""

    def __init__(self, pipe: IO[bytes], keep: int) -> None:
        self._pipe = pipe
        self._keep = keep
        self._kept = b""
        self._thread = threading.Thread(target=self._read, name="output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe, contextlib.suppress(OSError, ValueError):
            while part := os.read(self._pipe.fileno(), OUTPUT):
                kept = self._kept + part
                self._kept = kept[: self._keep] if self._keep > 0 else kept[self._keep :]

    def result(self) -> bytes:
        self._thread.join(SETTLE)
        return self._kept
