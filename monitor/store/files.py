"""Files that are whole or not there: atomic writes, TinyDB on top of them, damage set aside.

A save is a new file (O_EXCL, 0600) in the same folder, fsync, rename, fsync of the folder: a
reader, a kill or a full disk meets the old file or the new one, never a half. A file that cannot
be understood is moved aside and kept, and its last good copy is used where there is one.
"""

import errno
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

if TYPE_CHECKING:
    from tinydb.table import Table

T = TypeVar("T")
Tables = dict[str, dict[str, Any]]  # what TinyDB keeps in a file: table -> document id -> document

DAMAGE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
BACKUP = ".bak"
TEMPORARY = ".tmp"
_serial = itertools.count(1)

ADVICE = {
    errno.ENOSPC: "the disk is full; make room, nothing is lost until monitor ends",
    errno.EDQUOT: "the disk quota is used up; make room, nothing is lost until monitor ends",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied; check who owns the folder",
    errno.EPERM: "not permitted; check who owns the folder",
    errno.EIO: "the disk reports an error; check it",
}


class StoreError(Exception):
    """The data folder cannot be read or written; the message is for people."""


class Disk:
    """The operations that can fail, in one place, so that a test can make each of them fail."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def mkdir(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, 0o600)

    def write(self, file: int, data: memoryview) -> int:
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        os.rename(old, new)

    def link(self, old: Path, new: Path) -> None:
        os.link(old, new)

    def unlink(self, path: Path) -> None:
        os.unlink(path)


class Stamp(NamedTuple):
    """What tells one version of a file from another."""

    changed: int  # nanoseconds
    size: int
    inode: int


class Storage:
    """A TinyDB storage in memory; what it holds goes to disk as one file, when it is told to.

    So one action of a user is one save, whatever number of TinyDB operations it takes. Documents
    may hold msgspec Structs: they are plain JSON objects in the file.
    """

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables = tables

    def read(self) -> Tables | None:
        return self.tables

    def write(self, data: Tables) -> None:
        self.tables = data

    def close(self) -> None:
        """Nothing to close: the file is not held open."""

    def encode(self) -> bytes:
        """The file's bytes. A lone surrogate, which UTF-8 has no form for, becomes "?"."""
        try:
            return msgspec.json.encode(self.tables)
        except UnicodeEncodeError:
            import json  # rarely needed, and not for the first frame

            plain = json.dumps(msgspec.to_builtins(self.tables), ensure_ascii=False)
            return plain.encode("utf-8", "replace")


def open_table(storage: Storage, name: str) -> "Table":
    """A TinyDB table on `storage`. TinyDB is imported here: the first frame needs none of it."""
    from tinydb import TinyDB

    return TinyDB(storage=lambda: storage).table(name)


class Folder:
    """The data folder: reads with damage set aside, writes that are whole.

    `problems` collects, for people, what was found damaged. A folder that is not `writable` is
    never changed, not even to set a damaged file aside.
    """

    def __init__(self, path: Path, disk: Disk, now: Callable[[], float]) -> None:
        self.path = path
        self.writable = False
        self.problems: list[str] = []
        self._disk = disk
        self._now = now

    def read(self, name: str, decoder: msgspec.json.Decoder[T]) -> T | None:
        """The file's value; its last good copy if it is damaged or gone; None without either.

        Raises StoreError when the disk does not let it be read: then it must not be replaced.
        """
        raw = self._bytes(name)
        if raw is not None:
            try:
                return decoder.decode(raw)
            except DAMAGE as error:
                self._set_aside(name, error)
        copy = self._bytes(name + BACKUP)
        with suppress(*DAMAGE):
            return None if copy is None else decoder.decode(copy)
        return None

    def peek(self, name: str, decoder: msgspec.json.Decoder[T]) -> T | None:
        """The value of a file that can be done without; None if anything is wrong with it."""
        with suppress(OSError, *DAMAGE):
            return decoder.decode(self._disk.read(self.path / name))
        return None

    def write(self, name: str, data: bytes, *, durable: bool = True, backup: bool = False) -> None:
        """Replace a file as a whole; on disk on return if `durable`. Raises StoreError."""
        path = self.path / name
        with self._told(path):
            if not self.writable:
                raise StoreError(f"{self.path}: opened for reading only")
            temporary = path.with_name(f".{path.name}.{os.getpid()}.{next(_serial)}{TEMPORARY}")
            try:
                self._fill(temporary, data, durable)
                if backup:
                    self._keep(path)
                self._disk.rename(temporary, path)
            except BaseException:
                with suppress(OSError):
                    self._disk.unlink(temporary)
                raise
            if durable:
                self._sync(path.parent)

    def append(self, name: str, data: bytes) -> None:
        """Add lines to a file that only grows, durably. Raises StoreError.

        A line that a kill left half written is ended first, so that it spoils no other.
        """
        path = self.path / name
        with self._told(path):
            if not self.writable:
                raise StoreError(f"{self.path}: opened for reading only")
            file = self._disk.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            try:
                size = os.fstat(file).st_size
                torn = size and os.pread(file, 1, size - 1) != b"\n"
                rest = memoryview(b"\n" + data if torn else data)
                while rest:
                    rest = rest[self._disk.write(file, rest) :]
                self._disk.fsync(file)
            finally:
                self._disk.close(file)

    def lines(self, name: str) -> list[bytes]:
        """The lines of a file that only grows; none if there is no file. Raises StoreError."""
        return (self._bytes(name) or b"").splitlines()

    def write_table(self, name: str, table: str, documents: Iterable[Mapping[str, Any]]) -> None:
        """Replace a small database of one table; the version before becomes its last good copy."""
        storage = Storage()
        open_table(storage, table).insert_multiple(documents)
        self.write(name, storage.encode(), backup=True)

    def remove(self, name: str) -> None:
        """Delete a file, durably; it need not be there. Raises StoreError."""
        path = self.path / name
        with self._told(path), suppress(FileNotFoundError):
            self._disk.unlink(path)
            self._sync(path.parent)

    def make(self, name: str = "") -> None:
        """Make the folder, or one in it, open to its owner only. Raises StoreError."""
        path = self.path / name
        with self._told(path):
            if not path.is_dir():
                self._disk.mkdir(path)
                self._sync(path.parent)

    def sweep(self, name: str = "") -> None:
        """Remove what a killed writer left half done."""
        with suppress(OSError):
            for path in (self.path / name).glob(f".*{TEMPORARY}"):
                self._disk.unlink(path)

    def stamp(self, name: str) -> Stamp | None:
        """What changes whenever the file is replaced; None if there is no file."""
        try:
            found = os.stat(self.path / name)
        except OSError:
            return None
        return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)

    def _bytes(self, name: str) -> bytes | None:
        try:
            return self._disk.read(self.path / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot be read: {advice(error)}") from error

    def _fill(self, path: Path, data: bytes, durable: bool) -> None:
        file = self._disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._disk.write(file, rest) :]
            if durable:
                self._disk.fsync(file)
        finally:
            self._disk.close(file)

    def _keep(self, path: Path) -> None:
        """Keep the present version under another name; a file system without links has none."""
        backup = path.with_name(path.name + BACKUP)
        with suppress(OSError):
            with suppress(FileNotFoundError):
                self._disk.unlink(backup)
            self._disk.link(path, backup)

    def _sync(self, path: Path) -> None:
        file = self._disk.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._disk.fsync(file)
        finally:
            self._disk.close(file)

    def _set_aside(self, name: str, error: Exception) -> None:
        path = self.path / name
        what = f"{path} is damaged ({str(error)[:120]})"
        if not self.writable:
            self._tell(f"{what}; it is left as it is, and not shown")
            return
        stamp = datetime.fromtimestamp(self._now(), UTC).strftime("%Y%m%d-%H%M%S")
        target = path.with_name(f"{path.name}.damaged-{stamp}")
        for number in itertools.count(2):
            if not target.exists():
                break
            target = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
        with self._told(path):
            self._disk.rename(path, target)
        good = path.with_name(path.name + BACKUP).exists()
        self._tell(f"{what}; kept as {target.name}" + ("; its copy is used" if good else ""))

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    @contextmanager
    def _told(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {advice(error)}") from error


def advice(error: OSError) -> str:
    """What an error of the disk means, for people."""
    return ADVICE.get(error.errno or 0, error.strerror or str(error))
