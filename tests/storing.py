"""What the tests of the store share: entries, a clock, and disks that fail or stop."""

import errno
import os
from pathlib import Path

from msgspec.structs import replace

from monitor.models import Body, Entry, Fresh
from monitor.store import Disk, Store

START = 1_754_000_000.0  # 31 July 2025
DAY = 86400.0


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def fresh(
    uid: str, *, when: float = START, title: str = "", summary: str = "", **fields: object
) -> Fresh:
    """An entry of feed "press" that arrives at `when`, and its body."""
    url = f"https://example.org/{uid}"
    entry = Entry(
        uid=uid,
        feed="press",
        id=url,
        title=title or f"Title of {uid}",
        url=url,
        canonical=url,
        published=when,
        first_seen=when,
        last_seen=when,
        time=when,
        outlet="Example",
        story=uid,
    )
    body = Body(summary=summary or f"Summary of {uid}", content=f"Content of {uid}")
    return Fresh(replace(entry, **fields), body)


def reader(folder: Path, now: Clock | None = None) -> Store:
    """The folder as another process finds it."""
    store = Store.open(folder, now=now or Clock(), write=False)
    store.load()
    return store


def data_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class CountingDisk(Disk):
    """Counts the operations that change a disk; `on_call` may let one of them fail."""

    calls = 0

    def on_call(self, what: str) -> None:
        """Called before each operation."""

    def _call(self, what: str) -> None:
        self.calls += 1
        self.on_call(what)

    def mkdir(self, path: Path) -> None:
        self._call("mkdir")
        super().mkdir(path)

    def open(self, path: Path, flags: int) -> int:
        self._call("open")
        return super().open(path, flags)

    def write(self, file: int, data: memoryview) -> int:
        self._call("write")
        return super().write(file, data)

    def fsync(self, file: int) -> None:
        self._call("fsync")
        super().fsync(file)

    def rename(self, old: Path, new: Path) -> None:
        self._call("rename")
        super().rename(old, new)

    def link(self, old: Path, new: Path) -> None:
        self._call("link")
        super().link(old, new)

    def unlink(self, path: Path) -> None:
        self._call("unlink")
        super().unlink(path)


class FailingDisk(CountingDisk):
    """The n-th operation fails with an errno, and with `stays` all that follow, until mended."""

    def __init__(self, nth: int, code: int = errno.EIO, *, stays: bool = False) -> None:
        self.nth = nth
        self.code = code
        self.stays = stays
        self.mended = False

    def on_call(self, what: str) -> None:
        due = self.calls >= self.nth if self.stays else self.calls == self.nth
        # A full disk still lets one delete.
        if due and not self.mended and not (what == "unlink" and self.code == errno.ENOSPC):
            raise OSError(self.code, os.strerror(self.code))


class Killed(BaseException):
    """The process is gone; nothing of it runs any more."""


class DyingDisk(CountingDisk):
    """At the n-th operation the process is killed: a write is half done, nothing else happens."""

    def __init__(self, nth: int) -> None:
        self.nth = nth

    def on_call(self, what: str) -> None:
        if self.calls >= self.nth:
            raise Killed

    def write(self, file: int, data: memoryview) -> int:
        if self.calls + 1 == self.nth:
            os.write(file, data[: len(data) // 2])
        return super().write(file, data)

    def close(self, file: int) -> None:
        super().close(file)  # the kernel does that for the dead
