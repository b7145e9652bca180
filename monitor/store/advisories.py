"""Bulletins, CVE records, KEV and EPSS on disk: each kept apart, joined when they are looked at.

A database each: a file per bulletin and one small index of all of them, which is what the Patches
pane needs; records by source, year and thousand, as the CVE list itself is laid out; KEV in one
file; EPSS by year; a file for the state of each source. So 200,000 known CVEs cost nothing until
one of them is opened. What is put here is durable on return; call it in a thread. What a screen
asks for all the time (`bulletins`, `exploited`, `sources`) never waits for that: each is a value
that is put in place of the one before.
"""

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from msgspec import Struct
from msgspec.json import Decoder

from monitor.models import FeedState, Validators
from monitor.revisions import removed, revise_bulletin, revise_catalogue, revise_record
from monitor.store.files import Folder, Storage, StoreError
from monitor.vulnerability import (
    Bulletin,
    Exploited,
    Likelihood,
    Listing,
    Record,
    Summary,
    Vulnerability,
    listings,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

INDEX, KEV = "bulletins.json", "kev.json"
BULLETINS, RECORDS, EPSS, SOURCES = "bulletins", "records", "epss", "sources"
_CVE = re.compile(r"CVE-(\d{4})-(\d{1,16})(\d{3})")
_SAFE = re.compile(r"[^A-Za-z0-9._-]")


class SourceState(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of a source from its runs; `feed` has its health, as of any feed."""

    feed: FeedState
    cursor: str = ""
    validators: dict[str, Validators] = {}
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    items: int = 0  # bulletins, records or rows that the last run brought


class _Index(TypedDict):
    bulletins: dict[str, dict[str, Summary]]


class _One(TypedDict):
    bulletin: dict[str, dict[str, Bulletin]]


class _Records(TypedDict):
    records: dict[str, dict[str, Record]]


class _Catalogue(TypedDict):
    kev: dict[str, dict[str, Exploited]]


class _Sources(TypedDict):
    sources: dict[str, dict[str, SourceState]]


class _Score(Struct, frozen=True, array_like=True, gc=False):
    """EPSS of one CVE, and the score before it that another day gave."""

    epss: float
    percentile: float
    date: float | None = None
    model: str = ""
    before: float | None = None


class _Scores(TypedDict):
    epss: dict[str, dict[str, dict[str, _Score]]]


class _Name(Struct, gc=False):
    cve: str


class _Names(TypedDict):
    records: dict[str, dict[str, _Name]]


_index, _one, _records = Decoder(_Index), Decoder(_One), Decoder(_Records)
_catalogue, _sources, _scores = Decoder(_Catalogue), Decoder(_Sources), Decoder(_Scores)
_names = Decoder(_Names)


class Advisories:
    """The advisories of a data folder. May be used from any thread."""

    def __init__(self, folder: Folder, now: "Callable[[], float]") -> None:
        self._folder = folder
        self._now = now
        self._lock = threading.RLock()
        self._summaries: dict[str, Summary] | None = None
        self._catalogue: dict[str, Exploited] | None = None
        # What readers are given; None until it is first asked for.
        self._sorted: tuple[Summary, ...] | None = None
        self._exploited: dict[str, Exploited] | None = None
        self._states: dict[str, SourceState] | None = None
        self._made: set[str] = set()
        self._stamps = self._look()

    # Reading

    def reload_if_changed(self) -> bool:
        """For a reader, and who becomes the writer: forget what another process replaced since."""
        with self._lock:
            before, self._stamps = self._stamps, self._look()
            if before == self._stamps:
                return False
            self._summaries = self._catalogue = self._exploited = self._states = None
            self._sorted = None
            return True

    def _look(self) -> dict[str, object]:
        """The versions of the files that are kept in memory."""
        sources = (self._folder.path / SOURCES).glob("*.json")
        names = (INDEX, KEV, *(f"{SOURCES}/{path.name}" for path in sources))
        return {name: self._folder.stamp(name) for name in names}

    @property
    def bulletins(self) -> Sequence[Summary]:
        """All bulletins without their rows, newest month first; the same object until a change."""
        if (found := self._sorted) is None:
            with self._lock:
                found = self._told(lambda: _newest_first(self._load_index()), tuple[Summary, ...]())
                self._sorted = found
        return found

    def bulletin(self, bulletin_id: str) -> Bulletin | None:
        """A bulletin with its rows; None if it is not stored."""
        tables = self._folder.read(_bulletin_name(bulletin_id), _one)
        rows = tables["bulletin"].values() if tables else ()
        return next((row["bulletin"] for row in rows), None)

    @property
    def exploited(self) -> Mapping[str, Exploited]:
        """KEV by CVE id, without what CISA took out again."""
        if (found := self._exploited) is None:
            with self._lock:
                found = self._told(lambda: _listed(self._load_kev()), dict[str, Exploited]())
                self._exploited = found
        return found

    def likelihoods(self, cves: Collection[str]) -> dict[str, Likelihood]:
        """EPSS of those of these CVEs for which it is known."""
        found: dict[str, Likelihood] = {}
        for year in {_year(cve) for cve in cves}:
            scores = self._load_scores(year)
            for cve in cves:
                if (score := scores.get(cve)) is not None:
                    found[cve] = Likelihood(
                        cve, score.epss, score.percentile, score.date, score.model
                    )
        return found

    def records(self, cves: Collection[str]) -> dict[str, tuple[Record, ...]]:
        """What the databases say of each of these CVEs."""
        found: dict[str, tuple[Record, ...]] = {}
        for shard, wanted in _sharded(cves).items():
            for name in self._record_files(shard):
                stored = self._load_records(name)
                for cve in wanted & stored.keys():
                    found[cve] = (*found.get(cve, ()), stored[cve])
        return found

    def vulnerability(self, cve: str) -> Vulnerability:
        """All that is known of one CVE."""
        with self._lock:
            kev = self._load_kev().get(cve)
        return Vulnerability(
            cve=cve,
            records=self.records([cve]).get(cve, ()),
            exploited=kev,
            likelihood=self.likelihoods([cve]).get(cve),
            listings=tuple(self._listings(cve)),
        )

    def known(self) -> set[str]:
        """The ids of all CVEs in bulletins and records."""
        found = {cve for one in self.bulletins for cve in one.cves if cve.startswith("CVE-")}
        for name in self._record_files(""):
            tables = self._folder.peek(name, _names)
            found |= {row["record"].cve for row in tables["records"].values()} if tables else set()
        return found

    @property
    def sources(self) -> Mapping[str, SourceState]:
        """The state of each source that was ever asked, by id."""
        if (found := self._states) is None:
            with self._lock:
                found = self._told(lambda: dict(self._read_states()), dict[str, SourceState]())
                self._states = found
        return found

    # Writing

    def put_bulletins(self, bulletins: Iterable[Bulletin]) -> list[Bulletin]:
        """Store bulletins as they came; as they are stored, with first-seen and changes."""
        with self._lock:
            self._ready(BULLETINS)
            index = self._load_index()
            stored = []
            for new in bulletins:
                whole = revise_bulletin(self.bulletin(new.id), new, self._now())
                self._write(_bulletin_name(whole.id), "bulletin", [{"bulletin": whole}])
                likelihoods = self.likelihoods({row.cve for row in whole.rows})
                index[whole.id] = summary(whole, self.exploited, likelihoods)
                stored.append(whole)
            if stored:
                self._save_index()
            return stored

    def put_records(self, records: Iterable[Record]) -> list[Record]:
        """Store what a database says; as it is stored, with its history."""
        by_file: dict[str, list[Record]] = {}
        for record in records:
            by_file.setdefault(_record_name(record), []).append(record)
        stored = []
        with self._lock:
            self._ready(RECORDS)
            for name, news in by_file.items():
                known = self._load_records(name)
                for new in news:
                    known[new.cve] = revise_record(known.get(new.cve), new, self._now())
                    stored.append(known[new.cve])
                self._write(name, "records", [{"record": known[cve]} for cve in sorted(known)])
        return stored

    def put_catalogue(self, rows: Iterable[Exploited]) -> None:
        """Store a KEV catalogue, and join it to every bulletin."""
        with self._lock:
            self._catalogue = revise_catalogue(self._load_kev(), rows, self._now())
            self._exploited = _listed(self._catalogue)
            self._write(KEV, "kev", [{"exploited": row} for row in self._catalogue.values()])
            self._join()

    def put_likelihoods(self, rows: Iterable[Likelihood]) -> None:
        """Store EPSS scores, and join them to every bulletin."""
        by_year: dict[str, list[Likelihood]] = {}
        for row in rows:
            by_year.setdefault(_year(row.cve), []).append(row)
        with self._lock:
            self._ready(EPSS)
            for year, news in by_year.items():
                scores = self._load_scores(year)
                for new in news:
                    scores[new.cve] = _score(scores.get(new.cve), new)
                self._write(_scores_name(year), "epss", [{"scores": scores}])
            if by_year:
                self._join()

    def put_source(self, state: SourceState) -> None:
        """Store what a run of a source came to."""
        with self._lock:
            self._ready(SOURCES)
            self._states = {**self.sources, state.feed.id: state}
            self._write(_source_name(state.feed.id), "sources", [{"state": state}])

    # Files

    def _told(self, read: "Callable[[], T]", nothing: T) -> T:
        """What is read; where the disk refuses, nothing, and the folder's problems say so.

        What could not be read is not replaced: a change of it is refused too.
        """
        try:
            return read()
        except StoreError as error:
            if str(error) not in self._folder.problems:
                self._folder.problems.append(str(error))
            return nothing

    def _load_index(self) -> dict[str, Summary]:
        """The summaries; those of bulletins whose file is newer than the index are made anew."""
        if self._summaries is None:
            tables = self._folder.read(INDEX, _index)
            rows = tables["bulletins"].values() if tables else ()
            self._summaries = {row["summary"].id: row["summary"] for row in rows}
            for path in (self._folder.path / BULLETINS).glob("*.json"):
                if path.stem not in self._summaries and (found := self.bulletin(path.stem)):
                    likelihoods = self.likelihoods({row.cve for row in found.rows})
                    self._summaries[found.id] = summary(found, self.exploited, likelihoods)
        return self._summaries

    def _save_index(self) -> None:
        self._sorted = _newest_first(self._load_index())
        self._write(INDEX, "bulletins", [{"summary": one} for one in self._sorted])

    def _join(self) -> None:
        """Count KEV and EPSS in all summaries again."""
        from msgspec.structs import replace

        index, exploited = self._load_index(), self.exploited
        known = self.likelihoods({cve for one in index.values() for cve in one.cves})
        for one in list(index.values()):
            scores = [known[cve].epss for cve in one.cves if cve in known]
            kev = sum(cve in exploited for cve in one.cves)
            index[one.id] = replace(one, kev=kev, epss=max(scores, default=None))
        self._save_index()

    def _load_kev(self) -> dict[str, Exploited]:
        if self._catalogue is None:
            tables = self._folder.read(KEV, _catalogue)
            rows = tables["kev"].values() if tables else ()
            self._catalogue = {row["exploited"].cve: row["exploited"] for row in rows}
        return self._catalogue

    def _read_states(self) -> Iterator[tuple[str, SourceState]]:
        for path in sorted((self._folder.path / SOURCES).glob("*.json")):
            tables = self._folder.read(f"{SOURCES}/{path.name}", _sources)
            for row in tables["sources"].values() if tables else ():
                yield row["state"].feed.id, row["state"]

    def _ready(self, name: str) -> None:
        """Make a folder of ours, free of what a killed writer left half done."""
        if name not in self._made:
            self._folder.make(name)
            self._folder.sweep(name)
            self._made.add(name)

    def _load_records(self, name: str) -> dict[str, Record]:
        tables = self._folder.read(name, _records)
        rows = tables["records"].values() if tables else ()
        return {row["record"].cve: row["record"] for row in rows}

    def _load_scores(self, year: str) -> dict[str, _Score]:
        tables = self._folder.read(_scores_name(year), _scores)
        rows = tables["epss"].values() if tables else ()
        return next((row["scores"] for row in rows), {})

    def _record_files(self, shard: str) -> list[str]:
        folder = self._folder.path / RECORDS
        return sorted(f"{RECORDS}/{path.name}" for path in folder.glob(f"*{shard}.json"))

    def _listings(self, cve: str) -> Iterator[Listing]:
        for one in self.bulletins:
            found = self.bulletin(one.id) if cve in one.cves else None
            yield from listings(found, cve) if found else ()

    def _write(self, name: str, table: str, documents: list[dict[str, Any]]) -> None:
        storage = Storage({table: {str(n): row for n, row in enumerate(documents, 1)}})
        self._folder.write(name, storage.encode(), backup=True)


def _newest_first(index: Mapping[str, Summary]) -> tuple[Summary, ...]:
    def by_month(one: Summary) -> tuple[str, str, str]:
        return one.month, one.vendor, one.line

    return tuple(sorted(index.values(), key=by_month, reverse=True))


def _listed(catalogue: Mapping[str, Exploited]) -> dict[str, Exploited]:
    """KEV without what CISA took out again."""
    return {cve: row for cve, row in catalogue.items() if not removed(row)}


def _score(before: _Score | None, new: Likelihood) -> _Score:
    earlier = None
    if before is not None:
        earlier = before.before if before.date == new.date else before.epss
    return _Score(new.epss, new.percentile, new.date, new.model, earlier)


def _bulletin_name(bulletin_id: str) -> str:
    return f"{BULLETINS}/{_SAFE.sub('_', bulletin_id)[:100]}.json"


def _source_name(source_id: str) -> str:
    return f"{SOURCES}/{_SAFE.sub('_', source_id)[:100]}.json"


def _scores_name(year: str) -> str:
    return f"{EPSS}/{year}.json"


def _year(cve: str) -> str:
    found = _CVE.fullmatch(cve)
    return found[1] if found else "other"


def _shard(cve: str) -> str:
    """As the CVE list has it: "2025-54" for CVE-2025-54627."""
    found = _CVE.fullmatch(cve)
    return f"-{found[1]}-{found[2]}" if found else "-other"


def _sharded(cves: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cve in cves:
        found.setdefault(_shard(cve), set()).add(cve)
    return found


def _record_name(record: Record) -> str:
    return f"{RECORDS}/{_SAFE.sub('_', record.source.lower())[:20]}{_shard(record.cve)}.json"
