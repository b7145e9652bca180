"""What the benchmarks share: running a program, and lines that compare with a target."""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

WORK = Path(__file__).parent / ".work"  # throw-away; not in git


class Run(NamedTuple):
    """One run of a program: wall and CPU seconds, peak memory of its largest process in MB."""

    wall: float
    cpu: float
    memory: float
    output: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report: `value` should be at most `target`, where there is one."""

    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "ok" if self.value <= self.target else "MISSED"


def run(argv: Sequence[str], env: Mapping[str, str] | None = None, timeout: float = 300.0) -> Run:
    """Run a program to its end. Raises RuntimeError with what it said when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=complaint
        )
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [_text(file.fileno()) for file in (output, complaint)]
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {texts[1] or texts[0]}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, texts[0])


def _text(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).decode(errors="replace")


def seconds(work: Callable[..., object], *arguments: object) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(results: Iterable[Result]) -> str:
    """The report: a line for each result, with its target and whether it is met."""
    rows = [("what", "value", "target", "", "")]
    for result in results:
        target = "" if result.target is None else f"{result.target:g} {result.unit}"
        value = f"{result.value:.3g}" if result.value < 100 else f"{result.value:,.0f}"
        rows.append((result.name, f"{value} {result.unit}", target, result.verdict, result.note))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in (1, 2) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
