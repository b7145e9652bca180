"""The version of the data folder's layout, and the way from older ones."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from msgspec.json import Decoder

from monitor import __version__
from monitor.store.files import Folder, StoreError

META = "meta.json"
SCHEMA = 1

Migration = Callable[[Path], None]
"""Brings a folder from one version to the next. It is run again if it was killed half-way."""

MIGRATIONS: Mapping[int, Migration] = {}


class _Meta(TypedDict):
    schema: int
    program: NotRequired[str]


class _Tables(TypedDict):
    meta: dict[str, _Meta]


_tables = Decoder(_Tables)


def check(folder: Folder, migrations: Mapping[int, Migration]) -> None:
    """Make sure that the folder is of our version, migrating it if it may be written.

    Raises StoreError for a folder of a newer version that is to be written: it is left untouched.
    For reading, it is only told.
    """
    found = _version(folder)
    if found is None:
        if folder.writable:
            _write(folder, SCHEMA)
        return
    version, program = found
    if version > SCHEMA:
        what = f"{folder.path} was written by a newer program ({program}, schema {version})"
        if folder.writable:
            raise StoreError(f"{what}; update monitor, or choose another folder")
        folder.problems.append(f"{what}; some of it may not be shown")
        return
    if version < SCHEMA and not folder.writable:
        raise StoreError(f"{folder.path} is of an older version; run `monitor poll` once")
    for step in range(version, SCHEMA):
        if step not in migrations:
            raise StoreError(f"{folder.path}: no way from schema {step} to {step + 1}")
        migrations[step](folder.path)
        _write(folder, step + 1)


def _version(folder: Folder) -> tuple[int, str] | None:
    tables = folder.read(META, _tables)
    for document in (tables or {"meta": {}})["meta"].values():
        return document["schema"], document.get("program", "?")
    return None


def _write(folder: Folder, version: int) -> None:
    document = {"schema": version, "program": f"monitor {__version__}"}
    folder.write_table(META, "meta", [document])
