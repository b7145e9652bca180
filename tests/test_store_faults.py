"""The store when the disk fails, files are damaged, the process is killed, or two want to write."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.models import FeedState
from monitor.store import Disk, Store, StoreError, StoreLocked
from tests.storing import (
    DAY,
    START,
    Clock,
    CountingDisk,
    DyingDisk,
    FailingDisk,
    Killed,
    data_files,
    fresh,
    reader,
)

OLD = {"kept", "pinned", "expired"}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with three entries, one pinned and read, one that is due to expire."""
    folder = tmp_path / "stored"
    with Store.open(folder, now=Clock()) as store:
        store.add([fresh("expired", when=START - 99 * DAY), fresh("kept"), fresh("pinned")])
        store.put_feed(FeedState("press", polls=1))
        store.flush()
        store.pin(["pinned"])
        store.mark_read(["pinned"])
    return folder


class Session:
    """A run of the program; `done` are the steps that were acknowledged."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.done: list[str] = []
        self.errors: list[StoreError] = []
        self.store = Store.open(folder, now=Clock(), disk=disk)

    def run(self) -> None:
        for name in ("new", "changed", "pin", "read", "unpin", "prune"):
            try:
                getattr(self, name)()
                self.done.append(name)
            except StoreError as error:
                self.errors.append(error)

    def new(self) -> None:
        self.store.add([fresh("new")])
        self.store.put_feed(FeedState("press", polls=2))
        self.store.flush()

    def changed(self) -> None:
        self.store.add([fresh("kept", title="Changed")])
        self.store.flush()

    def pin(self) -> None:
        self.store.pin(["new"])

    def read(self) -> None:
        self.store.mark_read(["kept"])

    def unpin(self) -> None:
        self.store.pin(["pinned"], False)

    def prune(self) -> None:
        self.store.prune(90)
        self.store.flush()


def check(folder: Path, done: list[str]) -> None:
    """The folder is whole, and holds what it held and all that was acknowledged."""
    found = reader(folder)
    assert not found.problems
    uids = set(found.entries)
    assert {"kept", "pinned"} <= uids
    assert found.body("pinned").content == "Content of pinned"
    assert ("expired" in uids) >= ("prune" not in done and "unpin" not in done and not done)
    assert ("new" in uids) >= ("new" in done)
    assert found.feeds["press"].polls >= (2 if "new" in done else 1)
    assert found.feeds["press"].polls == 1 or "new" in uids, "entries come before feed states"
    assert (found.entries["kept"].title == "Changed") >= ("changed" in done)
    assert ("new" in found.pinned) >= ("pin" in done)
    assert found.read >= {"pinned"} | ({"kept"} if "read" in done else set())
    assert not ("pinned" in found.pinned and "unpin" in done)
    assert not ("expired" in uids and "prune" in done)


def check_all(folder: Path) -> None:
    found = reader(folder)
    assert set(found.entries) == {"kept", "pinned", "new"}
    assert found.entries["kept"].title == "Changed"
    assert (found.pinned, found.read) == ({"new"}, {"pinned", "kept"})
    assert found.feeds["press"].polls == 2


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_whichever_call_fails_nothing_is_lost(stored: Path, code: int, stays: bool) -> None:
    for nth in range(1, 1000):
        folder = stored.with_name(f"copy-{nth}")
        shutil.copytree(stored, folder)
        disk = FailingDisk(nth, code, stays=stays)
        try:
            session = Session(folder, disk)
        except StoreError:
            check(folder, [])
            continue
        session.run()
        check(folder, session.done)
        disk.mended = True
        session.store.flush()
        check_all(folder)
        session.store.close()
        if stays:  # then the temporary file could not be deleted either
            Store.open(folder, now=Clock()).close()
        check_all(folder)
        assert not [name for name in data_files(folder) if name.endswith(".tmp")]
        if disk.calls < nth:
            assert not session.errors
            break
        shutil.rmtree(folder)
    assert nth > 30


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_the_error_says_what_where_and_why(stored: Path, code: int) -> None:
    disk = FailingDisk(10**9, code, stays=True)
    store = Store.open(stored, now=Clock(), disk=disk)
    disk.nth = 0
    with pytest.raises(StoreError, match=r"pins\.json: cannot be written: .*(disk|permission)"):
        store.pin(["kept"])
    assert store.pinned == {"kept", "pinned"}
    disk.mended = True
    store.close()


def test_killed_at_any_boundary_the_folder_is_whole(stored: Path) -> None:
    for nth in range(1, 1000):
        folder = stored.with_name(f"copy-{nth}")
        shutil.copytree(stored, folder)
        disk = DyingDisk(nth)
        session = None
        with suppress(Killed):
            session = Session(folder, disk)
            session.run()
        check(folder, session.done if session else [])
        after = stored.with_name(f"after-{nth}")  # where the lock of the dead is not held
        shutil.copytree(folder, after)
        survivor = Session(after, Disk())
        survivor.run()
        assert not survivor.errors
        survivor.store.close()
        check_all(after)
        if disk.calls < nth:
            break
        shutil.rmtree(folder)
        shutil.rmtree(after)
    assert nth > 30


class Journal(CountingDisk):
    """Writes down the order of operations; "create" is to open a file that must not be there."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_call(self, what: str) -> None:
        self.names.append(what)

    def open(self, path: Path, flags: int) -> int:
        file = super().open(path, flags)
        self.names[-1] = "create" if flags & os.O_EXCL else "open"
        return file


def test_a_pin_is_one_save_and_on_disk_before_it_returns(stored: Path) -> None:
    disk = Journal()
    with Store.open(stored, now=Clock(), disk=disk) as store:
        store.load()
        disk.names.clear()
        store.pin(["kept"])
        names = [name for name in disk.names if name not in ("link", "unlink")]
    pins, front = ["create", "write", "fsync", "rename"], ["create", "write", "rename"]
    assert names == [*pins, "open", "fsync", *front]


# Damage

DAMAGE = {
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "zeros": bytes(4096),
    "list": b"[]",
    "table is a list": b'{"entries":[],"pins":[],"reads":[],"feeds":[],"meta":[]}',
    "other tables": b'{"_default":{}}',
    "deep": b'{"entries":' * 100_000,
    "deep list": b"[" * 1_000_000,
    "wrong documents": b'{"%s":{"1":{"entry":7,"uids":7,"state":[],"schema":"x","lead":[]}}}',
    "number": b"12345",
}
FILES = ["entries/0002.json", "pins.json", "reads.json", "feeds.json", "meta.json"]


def damage(path: Path, form: str) -> bytes:
    if form == "truncated":
        data = path.read_bytes()[:-20]
    else:
        table = path.parent.name if path.parent.name == "entries" else path.stem
        data = DAMAGE[form].replace(b"%s", table.encode())
    path.write_bytes(data)
    return data


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("form", ["truncated", *DAMAGE])
def test_a_damaged_file_is_set_aside_and_told(stored: Path, name: str, form: str) -> None:
    data = damage(stored / name, form)
    assert len(reader(stored).problems) == 1
    assert (stored / name).read_bytes() == data, "a reader changes nothing"
    with Store.open(stored, now=Clock()) as store:
        store.load()
        (problem,) = store.problems
        assert str(stored / name) in problem
        assert "damaged-20250731-221320" in problem
        store.add([fresh("new")])
        store.flush()
        store.pin(["new"])
    kept = stored / f"{name}.damaged-20250731-221320"
    assert kept.read_bytes() == data
    again = reader(stored)
    assert not again.problems
    assert {"pinned", "new"} <= set(again.entries)
    assert {"new"} <= again.pinned
    if not name.startswith("entries"):
        assert set(again.entries) == OLD | {"new"}


def test_pins_come_back_from_their_last_good_copy(stored: Path) -> None:
    with Store.open(stored, now=Clock()) as store:
        store.pin(["kept"])
    for number in (1, 2):
        damage(stored / "pins.json", "empty")
        with Store.open(stored, now=Clock()) as store:
            store.load()
            assert store.pinned == {"pinned"}
            assert "copy is used" in store.problems[0]
            store.mark_read(["kept"])
        assert len(list(stored.glob("pins.json.damaged-*"))) == number
    assert reader(stored).pinned == {"pinned"}


@pytest.mark.parametrize("form", ["truncated", *DAMAGE])
def test_a_damaged_front_is_ignored(stored: Path, form: str) -> None:
    damage(stored / "front.json", form)
    store = Store.open(stored, now=Clock(), write=False)
    assert store.front().stories == ()
    assert not store.problems


def test_a_part_that_is_lost_while_open_is_written_again(stored: Path) -> None:
    with Store.open(stored, now=Clock()) as store:
        store.load()
        (stored / "entries" / "0002.json").unlink()
        assert store.body("kept").content == ""
        store.add([fresh("new")])
        store.flush()
        assert set(reader(stored).entries) == OLD | {"new"}


def test_files_of_others_in_the_folder_are_left_alone(stored: Path) -> None:
    names = ["entries/notes.json", "entries/0000.json", "entries/1.json", "mine.txt"]
    for name in names:
        (stored / name).write_text("mine")
    with Store.open(stored, now=Clock()) as store:
        store.add([fresh("new")])
        assert not store.problems
    assert {(stored / name).read_text() for name in names} == {"mine"}


def test_what_cannot_be_read_is_not_replaced(stored: Path) -> None:
    class Blind(Disk):
        def read(self, path: Path) -> bytes:
            if path.name == "pins.json":
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().read(path)

    before = (stored / "pins.json").read_bytes()
    with Store.open(stored, now=Clock(), disk=Blind()) as store:
        with pytest.raises(StoreError, match=r"pins\.json: cannot be read"):
            store.load()
        with pytest.raises(StoreError, match=r"pins\.json: cannot be read"):
            store.pin(["kept"])
    assert (stored / "pins.json").read_bytes() == before


# Two processes

KILLS = int(os.environ.get("MONITOR_KILLS", "40"))  # a thousand take some minutes
CHILD = """
import sys
from monitor.store import Store
from tests.storing import Clock, fresh
store = Store.open(sys.argv[1], now=Clock(), wait=20)
print("open", flush=True)
for number in range(int(sys.argv[3])):
    uid = f"{sys.argv[2]}-{number}"
    store.add([fresh(uid), fresh(uid + "-b", story=uid)])
    print("added", uid, flush=True)
    store.flush()
    print("flushed", uid, flush=True)
    if number % 2:
        store.pin([uid])
        print("pinned", uid, flush=True)
    else:
        store.mark_read([uid])
        print("read", uid, flush=True)
store.close()
print("closed", flush=True)
"""


def child(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), name, str(count)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )


def lines(process: subprocess.Popen[str]) -> Iterator[list[str]]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            yield line.split()


def test_killed_at_random_every_acknowledged_write_is_there(tmp_path: Path) -> None:
    chance = random.Random(20250731)
    said: dict[str, set[str]] = {"flushed": set(), "pinned": set(), "read": set()}
    for number in range(KILLS):
        process = child(tmp_path, f"{number}", 10**6)
        left = chance.randrange(1, 60)
        for what, *uid in lines(process):
            said.setdefault(what, set()).update(uid)
            left -= 1
            if left == 0:
                process.send_signal(signal.SIGKILL)  # what was written before is still read below
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        if process.stdout is not None:
            process.stdout.close()
    found = reader(tmp_path)
    assert not found.problems
    assert said["flushed"] <= set(found.entries)
    assert said["pinned"] <= found.pinned
    assert said["read"] <= found.read
    assert len(said["flushed"]) > 100
    with Store.open(tmp_path, now=Clock()):
        assert not [name for name in data_files(tmp_path) if name.endswith(".tmp")]


def test_two_processes_lose_no_acknowledged_write(tmp_path: Path) -> None:
    processes = [child(tmp_path, name, 100) for name in ("one", "two")]
    for process in processes:
        said = [what for what, *_ in lines(process)]
        assert said.count("flushed") == 100
        assert process.wait() == 0
        assert process.stdout is not None
        process.stdout.close()
    found = reader(tmp_path)
    assert len(found.stories) == 200
    assert len(found.pinned) == len(found.read) == 100


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    process = child(tmp_path, "one", 10**6)
    assert next(lines(process)) == ["open"]
    with pytest.raises(StoreLocked, match=rf"process {process.pid} \(-c {tmp_path}") as caught:
        Store.open(tmp_path, now=Clock(), wait=0.1)
    assert caught.value.holder.pid == process.pid
    assert caught.value.holder.since == START
    reader(tmp_path)
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    Store.open(tmp_path, now=Clock()).close()


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/data: cannot be written"):
        Store.open(tmp_path / "file" / "data", now=Clock())
    with pytest.raises(StoreError, match="read-only"):
        Store.open(tmp_path / "new", now=Clock(), disk=FailingDisk(1, errno.EROFS, stays=True))


# Threads


class Meanwhile(Disk):
    """Runs something, once, after a file was read or before one is synced, as a thread might."""

    def __init__(self) -> None:
        self.on_read: list[Callable[[], object]] = []
        self.on_sync: list[Callable[[], object]] = []

    def read(self, path: Path) -> bytes:
        data = super().read(path)
        if self.on_read:
            self.on_read.pop()()
        return data

    def fsync(self, file: int) -> None:
        if self.on_sync:
            self.on_sync.pop()()
        super().fsync(file)


def test_what_changes_during_a_save_is_saved_by_the_next(tmp_path: Path) -> None:
    disk = Meanwhile()
    with Store.open(tmp_path, now=Clock(), disk=disk) as store:
        store.add([fresh("a"), fresh("b")])
        later = fresh("a", title="Changed", summary="Changed")
        disk.on_sync = [lambda: store.add([later, fresh("c")])]
        store.flush()
        assert set(reader(tmp_path).entries) == {"a", "b"}
        assert store.body("a") == later.body
        store.flush()
        found = reader(tmp_path)
        assert set(found.entries) == {"a", "b", "c"}
        assert (found.entries["a"].title, found.body("a")) == ("Changed", later.body)


def test_a_body_that_is_read_during_a_save_is_the_new_one(tmp_path: Path) -> None:
    with Store.open(tmp_path, now=Clock()) as store:
        store.add([fresh("a"), fresh("b")])
    disk = Meanwhile()
    with Store.open(tmp_path, now=Clock(), disk=disk) as store:
        later = fresh("a", summary="Changed")
        store.load()

        def change() -> None:
            store.add([later])
            store.flush()

        disk.on_read = [change]
        assert store.body("a") == later.body
        assert store.body("a") == later.body


def test_entries_that_go_while_parts_are_merged_are_gone(tmp_path: Path) -> None:
    clock = Clock()
    with Store.open(tmp_path, now=clock, part_entries=8) as store:
        for number in range(20):
            store.add([fresh(f"{number}", feed=f"feed-{number % 8}")])
    disk = Meanwhile()
    with Store.open(tmp_path, now=clock, part_entries=8, disk=disk) as store:
        clock.now += 99 * DAY
        for feed in ("feed-1", "feed-2"):
            store.put_feed(FeedState(feed, last_success=clock.now, last_change=START))
        assert store.prune(90) == 14
        store.put_feed(FeedState("feed-1", last_success=START, last_change=START))
        disk.on_read = [lambda: store.prune(90)]
        store.flush()
        assert not disk.on_read
        assert set(store.entries) == {"2", "10", "18"}
        left = {uid: store.body(uid) for uid in store.entries}
    found = reader(tmp_path)
    assert found.entries.keys() == left.keys()
    assert {uid: found.body(uid) for uid in left} == left
    assert left["2"].content == "Content of 2"


def test_changes_go_on_while_a_thread_flushes(tmp_path: Path) -> None:
    store = Store.open(tmp_path, now=Clock())
    stop = threading.Event()
    failed: list[BaseException] = []

    def flush() -> None:
        try:
            while not stop.is_set():
                store.flush()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=flush) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(300):
        uid = f"{number}"
        store.add([fresh(uid), fresh(f"{number // 2}", title=f"Changed {number}")])
        store.put_feed(FeedState(f"feed-{number % 7}", polls=number))
        assert store.body(uid).content == f"Content of {uid}"
        if number % 10 == 0:
            store.pin([uid])
    stop.set()
    for thread in threads:
        thread.join()
    store.close()
    assert not failed
    found = reader(tmp_path)
    assert found.entries == store.entries
    assert {uid: found.body(uid) for uid in found.entries} == {
        uid: fresh(uid).body for uid in found.entries
    }
    assert found.feeds == store.feeds
    assert len(found.pinned) == 30
