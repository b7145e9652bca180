"""One writer at a time. The lock is the kernel's: it ends with its process, even by kill -9."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.json import Decoder, encode

from monitor.store.files import Folder, StoreError, advice

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = "lock"
HOLDER = "lock.holder"


class Holder(Struct, frozen=True):
    """Who has the data folder open for writing; `since` in seconds since 1970."""

    pid: int = 0
    command: str = ""
    since: float = 0.0

    def __str__(self) -> str:
        if not self.pid:
            return "another monitor"
        since = datetime.fromtimestamp(self.since, UTC).astimezone()
        return f"process {self.pid} ({self.command}) since {since:%Y-%m-%d %H:%M:%S}"


class StoreLocked(StoreError):
    """Another process is writing; `holder` says which."""

    def __init__(self, path: Path, holder: Holder) -> None:
        super().__init__(f"{path} is in use by {holder}; wait until it is done, or close it")
        self.holder = holder


class WriterLock:
    """The right to write in a folder."""

    def __init__(self, folder: Folder, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now
        self._lock: BaseFileLock | None = None

    def acquire(self, wait: float) -> None:
        """Take the lock within `wait` seconds. Raises StoreLocked or StoreError."""
        from filelock import FileLock, Timeout

        path = self._folder.path / LOCK
        lock = FileLock(path, mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=max(0.0, wait), poll_interval=0.02)
        except Timeout:
            holder = self._folder.peek(HOLDER, Decoder(Holder)) or Holder()
            raise StoreLocked(self._folder.path, holder) from None
        except OSError as error:
            raise StoreError(f"{path}: cannot be locked: {advice(error)}") from error
        self._lock = lock
        self._folder.writable = True
        try:
            self._folder.write(HOLDER, encode(self._me()), durable=False)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        if self._lock is None:
            return
        try:
            self._folder.remove(HOLDER)
        except StoreError:
            pass  # it only names who holds the lock, and nobody does
        finally:
            self._folder.writable = False
            self._lock.release()
            self._lock = None

    def _me(self) -> Holder:
        words = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
        command = "".join(letter for letter in words if letter.isprintable())
        return Holder(os.getpid(), command[:100] or "python", self._now())
