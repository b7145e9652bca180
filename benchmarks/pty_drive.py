"""Drives a program on a pseudo-terminal as a person would, and times what it paints.

Textual's own Pilot waits until the program is idle, so it cannot tell when something was painted;
here a key's time runs from writing it to the first byte that comes back, and to the last byte
before the terminal is quiet. Animations are off. The bytes are read as they come, at all times
while something is measured: a full pty buffer would stop the program.
"""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from benchmarks.measure import percentile

QUIET = 0.12  # seconds without a byte that end a painting
KEYS = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "enter": b"\r",
    "escape": b"\x1b",
    "backspace": b"\x7f",
}
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


class Paint(NamedTuple):
    """How a key was answered, in seconds after it was written, and with how many bytes."""

    first: float
    last: float
    size: int


class Times(NamedTuple):
    """Of many measurements, in milliseconds."""

    p50: float
    p95: float
    worst: float


class Terminal:
    """A program on a pty of its own, from its start to the end of the `with` block."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.output = bytearray()
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        settings |= {"TEXTUAL_ANIMATIONS": "none", "LINES": str(rows), "COLUMNS": str(columns)}
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, **settings, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the program, gently first, and reap it."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        deadline = time.perf_counter() + 5
        while self._process.poll() is None and time.perf_counter() < deadline:
            self._read(0.05)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def vanish(self, timeout: float = 5.0) -> int:
        """Take the terminal away, without a signal; the program's exit code.

        Raises subprocess.TimeoutExpired when it goes on without one.
        """
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDONLY)
        return self._process.wait(timeout)

    def _read(self, timeout: float) -> int:
        """Take in what is there, waiting at most `timeout`; how many bytes came."""
        if not select.select([self._master], [], [], max(timeout, 0.0))[0]:
            return 0
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # EIO: the program ended
            data = b""
        self.output += data
        return len(data)

    def text(self, since: int = 0) -> str:
        """What was written since then, without its control sequences."""
        return _SEQUENCE.sub(b"", bytes(self.output[since:])).decode(errors="replace")

    def wait_for(self, text: str, timeout: float = 30.0, since: int = 0) -> float:
        """When the text had been written, in seconds after the program was started.

        Raises RuntimeError with what there was in its place. The text has to be written in one
        go, so take a piece of a single line.
        """
        deadline = time.perf_counter() + timeout
        while text not in self.text(since):
            came = self._read(deadline - time.perf_counter())
            if not came and (self._process.poll() is not None or time.perf_counter() > deadline):
                raise RuntimeError(f"no {text!r} on the terminal, but {self.text(since)[-2000:]!r}")
        return time.perf_counter() - self.started

    def settle(self, quiet: float = QUIET, timeout: float = 30.0) -> None:
        """Read until nothing has come for a while."""
        deadline = time.perf_counter() + timeout
        while self._read(quiet) and time.perf_counter() < deadline:
            pass

    def press(self, key: str, *, quiet: float = QUIET, timeout: float = 5.0) -> Paint:
        """Press a key (a name of KEYS, or text to type) and wait until its painting is over.

        Raises RuntimeError when nothing is painted at all.
        """
        before, started = self._write(key)
        if not self._read(timeout):
            raise RuntimeError(f"nothing was painted within {timeout} s after {key!r}")
        first = last = time.perf_counter() - started
        while last < timeout and self._read(quiet):
            last = time.perf_counter() - started
        return Paint(first, last, len(self.output) - before)

    def press_for(self, key: str, text: str, timeout: float = 1.0) -> float | None:
        """Seconds from pressing a key until the text is painted, whatever else is painted too.

        For a program that paints of itself too, or later on purpose. None when it did not come.
        """
        before, started = self._write(key)
        while (left := started + timeout - time.perf_counter()) > 0:
            if self._read(left) and text in self.text(before):
                return time.perf_counter() - started
        return None

    def send(self, data: bytes) -> None:
        """Write bytes as they are, as a keyboard or a paste might."""
        os.write(self._master, data)

    def kill(self, number: int, timeout: float = 5.0) -> int:
        """Send the program a signal, read what it still writes; its exit code."""
        os.kill(self.pid, number)
        deadline = time.perf_counter() + timeout
        while self._process.poll() is None and time.perf_counter() < deadline:
            self._read(0.05)
        while self._read(0.05):
            pass
        return self._process.wait(0)

    def _write(self, key: str) -> tuple[int, float]:
        """Press a key; how much had been painted before, and when it was pressed."""
        while self._read(0.0):
            pass
        before, started = len(self.output), time.perf_counter()
        os.write(self._master, KEYS.get(key) or key.encode())
        return before, started

    def memory(self) -> tuple[float, float]:
        """Resident memory now, in MB: of the program alone, and with its descendants."""
        alone = _resident(self.pid)
        return alone / 1024, (alone + sum(map(_resident, _descendants(self.pid)))) / 1024


def times(values: Sequence[float]) -> Times:
    """The figures of many measurements in seconds."""
    ranked = [value * 1000 for value in values]
    return Times(percentile(ranked, 0.5), percentile(ranked, 0.95), max(ranked))


def _resident(pid: int) -> int:
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) if found else 0
    return 0


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    return found
