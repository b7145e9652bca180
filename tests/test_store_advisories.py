"""Bulletins, records, KEV and EPSS on disk: what one store writes, the next one reads."""

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.models import FeedState, Severity, Validators
from monitor.store import Disk, Store, StoreError
from monitor.store.advisories import SourceState
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Exploited,
    Likelihood,
    Rating,
    Record,
)

AUGUST = Bulletin(
    "huawei-phones-2025-08", "huawei", "phones", "2025-08", "https://example.org/2025/8/",
    title="August", published=100.0,
    rows=(
        BulletinRow("CVE-2025-54627", Severity.HIGH, component="skia"),
        BulletinRow("CVE-2023-4863", Severity.HIGH, third_party=True),
    ),
)  # fmt: skip
JULY = replace(AUGUST, id="huawei-phones-2025-07", month="2025-07", rows=AUGUST.rows[:1])


def opened(path: Path, now: float = 1000.0, write: bool = True) -> Store:
    return Store.open(path / "data", now=lambda: now, write=write)


def test_bulletins_come_back_newest_month_first_with_their_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([JULY, AUGUST])
    with opened(tmp_path, write=False) as store:
        newest, older = store.advisories.bulletins
        assert (newest.id, older.id) == (AUGUST.id, JULY.id)
        assert (newest.own.high, newest.third_party.high, newest.counts.total) == (1, 1, 2)
        assert (newest.kev, newest.epss) == (0, None)
        assert "skia" in newest.hay
        stored = store.advisories.bulletin(AUGUST.id)
        assert stored == replace(AUGUST, first_seen=1000.0, last_seen=1000.0)
        assert store.advisories.bulletin("huawei-phones-1999-01") is None


def test_a_revised_bulletin_keeps_what_it_was(tmp_path: Path) -> None:
    with opened(tmp_path, now=1000.0) as store:
        store.advisories.put_bulletins([AUGUST])
    with opened(tmp_path, now=2000.0) as store:
        (stored,) = store.advisories.put_bulletins([replace(AUGUST, rows=AUGUST.rows[:1])])
        assert [(change.when, change.what) for change in stored.changes] == [(2000.0, "removed")]
    with opened(tmp_path) as store:
        assert store.advisories.bulletin(AUGUST.id) == stored
        (summary,) = store.advisories.bulletins
        assert (summary.changes, summary.counts.total, summary.first_seen) == (1, 1, 1000.0)


def test_kev_and_epss_join_bulletins_whichever_comes_first(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_catalogue([Exploited("CVE-2023-4863", added=50.0)])
        store.advisories.put_bulletins([AUGUST])
        assert store.advisories.bulletins[0].kev == 1
        store.advisories.put_likelihoods(
            [Likelihood("CVE-2023-4863", 0.9, 0.99), Likelihood("CVE-2025-54627", 0.1, 0.2)]
        )
        assert store.advisories.bulletins[0].epss == 0.9
        store.advisories.put_catalogue([Exploited("CVE-2025-54627")])
        assert store.advisories.bulletins[0].kev == 1
    with opened(tmp_path, write=False) as store:
        assert store.advisories.bulletins[0].epss == 0.9
        assert [*store.advisories.exploited] == ["CVE-2025-54627"]
        found = store.advisories.likelihoods(["CVE-2025-54627", "CVE-2024-1111"])
        assert found == {"CVE-2025-54627": Likelihood("CVE-2025-54627", 0.1, 0.2)}


def test_all_that_is_known_of_a_vulnerability_stands_side_by_side(tmp_path: Path) -> None:
    cve = "CVE-2025-54627"
    of_cve = Record(cve, "CVE", ratings=(Rating("huawei (CNA)", Severity.HIGH, 8.8),))
    of_nvd = Record(cve, "NVD", "Received")
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([JULY, AUGUST])
        store.advisories.put_records([of_cve, of_nvd, replace(of_cve, cve="CVE-2025-54628")])
        store.advisories.put_catalogue([Exploited(cve)])
        store.advisories.put_likelihoods([Likelihood(cve, 0.1, 0.2, 5.0, "v1")])
    with opened(tmp_path, write=False) as store:
        found = store.advisories.vulnerability(cve)
        assert found.records == (of_cve, of_nvd)
        assert found.exploited == Exploited(cve)
        assert found.likelihood == Likelihood(cve, 0.1, 0.2, 5.0, "v1")
        assert [listing.bulletin for listing in found.listings] == [AUGUST.id, JULY.id]
        assert store.advisories.known() == {cve, "CVE-2025-54628", "CVE-2023-4863"}
        nothing = store.advisories.vulnerability("CVE-1999-0001")
        assert (nothing.records, nothing.exploited, nothing.likelihood) == ((), None, None)


def test_a_bulletin_whose_index_was_not_written_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([AUGUST])
    (tmp_path / "data" / "bulletins.json").unlink()
    (tmp_path / "data" / "bulletins.json.bak").unlink(missing_ok=True)
    with opened(tmp_path, write=False) as store:
        assert [one.id for one in store.advisories.bulletins] == [AUGUST.id]


def test_damage_costs_only_the_file_that_is_damaged(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([JULY, AUGUST])
        store.advisories.put_records([Record("CVE-2025-54627", "CVE")])
    (tmp_path / "data" / "bulletins" / f"{AUGUST.id}.json").write_bytes(b'{"bulletin": 3')
    with opened(tmp_path) as store:
        assert store.advisories.bulletin(AUGUST.id) is None
        assert store.advisories.bulletin(JULY.id) is not None
        assert any("damaged" in problem for problem in store.problems)


def test_where_a_source_goes_on_survives(tmp_path: Path) -> None:
    state = SourceState(
        FeedState("nvd", error="HTTP 503", failures=2),
        cursor='{"start": 500}',
        validators={"https://example.org/": Validators('"etag"')},
        notes=("2026-12 is not published yet",),
    )
    with opened(tmp_path) as store:
        store.advisories.put_source(state)
    with opened(tmp_path, write=False) as store:
        assert store.advisories.sources == {"nvd": state}


def test_a_reader_does_not_write(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with opened(tmp_path, write=False) as store, pytest.raises(StoreError, match="reading only"):
        store.advisories.put_bulletins([AUGUST])


def test_odd_ids_stay_in_their_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([replace(AUGUST, id="../../x")])
        store.advisories.put_records([Record("../../y", "../z")])
    outside = [path for path in tmp_path.rglob("*.json") if "data" not in path.parts]
    assert not outside
    assert not (tmp_path / "x.json").exists()


class SlowDisk(Disk):
    """A disk on which a sync takes as long as a test wants."""

    def __init__(self) -> None:
        self.syncing, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def fsync(self, file: int) -> None:
        self.syncing.set()
        assert self.go_on.wait(20)
        super().fsync(file)


def test_a_reader_never_waits_for_what_is_being_written(tmp_path: Path) -> None:
    disk = SlowDisk()
    with Store.open(tmp_path / "data", disk=disk) as store:
        kept = store.advisories
        kept.put_bulletins([JULY])
        kept.put_source(SourceState(FeedState("kev")))
        disk.syncing.clear()
        disk.go_on.clear()
        writing = threading.Thread(target=kept.put_bulletins, args=([AUGUST],))
        writing.start()
        assert disk.syncing.wait(20)
        answers: list[object] = []
        read = threading.Thread(
            target=lambda: answers.append((kept.bulletins, kept.sources, kept.exploited))
        )
        read.start()
        read.join(5)
        told = bool(answers)
        disk.go_on.set()
        writing.join(20)
        read.join(20)
        assert told
        assert len(kept.bulletins) == 2


class RefusingDisk(Disk):
    """A disk that does not let one file be read."""

    def read(self, path: Path) -> bytes:
        if path.name.startswith("bulletins.json"):
            raise PermissionError(13, "Permission denied")
        return super().read(path)


def test_an_index_that_cannot_be_read_is_told_and_not_replaced(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.advisories.put_bulletins([AUGUST])
    before = (tmp_path / "data" / "bulletins.json").read_bytes()
    with Store.open(tmp_path / "data", disk=RefusingDisk()) as store:
        assert store.advisories.bulletins == ()
        assert any("bulletins.json: cannot be read" in problem for problem in store.problems)
        with pytest.raises(StoreError):
            store.advisories.put_bulletins([JULY])
    assert (tmp_path / "data" / "bulletins.json").read_bytes() == before
