"""What bulletins mean for a user's own device: what is open on it, and whether its patch is late.

Pure functions of values. What is not known stays so: a device is called overdue only where its
cadence is known and leaves no other reading, and never called out of support. Every status says
why, and by whose word.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from monitor.models import Device
from monitor.text import fold, month_after, month_name, months_apart
from monitor.vulnerability import Bulletin, BulletinRow, Range, version_range

MONTHS_OF = {"monthly": 1, "quarterly": 3}
AHEAD = 1  # months that a patch level may be ahead of the calendar
ENOUGH = 3  # bulletins whose days of publication tell when the next will come


class Status(StrEnum):
    """How a device stands with its patches."""

    IN_TIME = "in time"
    DUE = "due"
    OVERDUE = "overdue"
    UNKNOWN = "unknown"


class Cadence(NamedTuple):
    """How often a device gets patches, and who says so. `every` is "" where nobody does."""

    every: str = ""  # "monthly", "quarterly"
    source: str = ""
    date: str = ""
    url: str = ""
    caveat: str = ""

    def __str__(self) -> str:
        return f"{self.every} by {self.source}" + (f" ({self.caveat})" if self.caveat else "")


class Line(NamedTuple):
    """A vendor's product line, and by which names its devices are known."""

    vendor: str
    line: str
    systems: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Table(NamedTuple):
    """`cadences.toml`, or a user's own: cadence by model, lines, and what carriers do."""

    models: dict[tuple[str, ...], Cadence]  # by the words of a model's name
    lines: tuple[Line, ...]
    carrier: Cadence
    days: tuple[int, int]  # of the month, on which bulletins come out
    days_source: str


class Open(NamedTuple):
    """A vulnerability that a bulletin lists after a device's patch level."""

    cve: str
    certain: bool  # its row names the device's system version; else it may apply
    month: str  # of the newest such bulletin
    bulletin: str
    row: BulletinRow


class Due(NamedTuple):
    """When the next patch is to be expected: the days on which its bulletin should come out."""

    month: str
    first: float
    last: float
    source: str


class Report(NamedTuple):
    """How a device stands. `open` has the certain ones first, then the newest."""

    device: Device
    status: Status
    why: str
    cadence: Cadence
    due: Due | None
    bulletins: tuple[str, ...]  # ids of those that apply, newest first
    open: tuple[Open, ...]


@cache
def shipped() -> Table:
    """The table that comes with the program."""
    path = files("monitor.advisories").joinpath("cadences.toml")
    return read_table(path.read_text("utf-8"))


def read_table(text: str) -> Table:
    """A table from TOML in the form of `cadences.toml`."""
    raw = tomllib.loads(text)
    models: dict[tuple[str, ...], Cadence] = {}
    for group in raw["cadence"]:
        cadence = Cadence(
            group["every"], group["source"], str(group["date"]), group["url"], raw["caveat"]
        )
        for model in group["models"]:
            models.setdefault(_words(model), cadence)
    lines = tuple(
        Line(
            line["vendor"],
            line["line"],
            tuple(fold(system) for system in line.get("systems", ())),
            tuple(line.get("models", ())),
        )
        for line in raw["line"]
    )
    carrier = raw["carrier"]
    days = raw["publication"]
    return Table(
        models,
        lines,
        Cadence(carrier["every"], carrier["source"], str(carrier["date"]), caveat=carrier["says"]),
        (days["first"], days["last"]),
        days["source"],
    )


def report(
    device: Device, bulletins: Iterable[Bulletin], now: float, table: Table | None = None
) -> Report:
    """How a device stands with all of the bulletins that are known, at a time."""
    table = table or shipped()
    bulletins = list(bulletins)
    cadence = cadence_of(device, table)
    applying = applying_to(device, bulletins, table)
    history = _of_line(device, bulletins, table)
    due = next_due(device, cadence, history, table)
    why = _untold(device, applying, now, table)
    status = Status.UNKNOWN
    if not why:
        silent = _silent_since(history, now)
        status, why = _status(device, cadence, applying[0].month, due, silent, now, table)
    ids = tuple(bulletin.id for bulletin in applying)
    return Report(device, status, why, cadence, due, ids, open_on(device, applying))


def cadence_of(device: Device, table: Table) -> Cadence:
    """The user's word, else that of the table; an absent model's is unknown."""
    if device.cadence:
        return Cadence(device.cadence, "your configuration")
    words = _words(device.model)
    without = words[:-2] if words[-2:] == ("5", "g") else words
    return table.models.get(words) or table.models.get(without) or Cadence()


def line_of(device: Device, table: Table) -> Line | None:
    """The product line whose bulletins are about a device; None where no name tells."""
    system, model = _system(device), _words(device.model)
    for line in table.lines:
        starts = (_words(name) for name in line.models)
        if any(model[: len(start)] == start for start in starts):
            return line
        if system in line.systems:
            return line
    return None


def applying_to(device: Device, bulletins: Iterable[Bulletin], table: Table) -> list[Bulletin]:
    """The bulletins of the device's line with a row that names its system or may, newest first."""
    of_line = _of_line(device, bulletins, table)
    return [b for b in of_line if any(_applies(row, device) is not False for row in b.rows)]


def open_on(device: Device, applying: Iterable[Bulletin]) -> tuple[Open, ...]:
    """What applying bulletins list after the device's patch level; nothing if that is not told."""
    if not device.patch_level:
        return ()
    found: dict[str, Open] = {}
    for bulletin in sorted(applying, key=lambda b: b.month, reverse=True):
        if months_apart(device.patch_level, bulletin.month) <= 0:
            continue
        for row in bulletin.rows:
            applies = _applies(row, device)
            other = found.get(row.cve)
            if applies is not False and (other is None or (applies and not other.certain)):
                found[row.cve] = Open(row.cve, applies is True, bulletin.month, bulletin.id, row)
    return tuple(sorted(found.values(), key=lambda one: not one.certain))


def next_due(
    device: Device, cadence: Cadence, history: Sequence[Bulletin], table: Table
) -> Due | None:
    """When the device's next patch should be there, by its cadence and by when bulletins came."""
    if not device.patch_level or not cadence.every:
        return None
    month = month_after(device.patch_level, MONTHS_OF[cadence.every])
    days = [day for bulletin in history if (day := _day(bulletin))]
    first, last = (min(days), max(days)) if len(days) >= ENOUGH else table.days
    source = f"{len(days)} bulletins stored here" if len(days) >= ENOUGH else table.days_source
    start = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    begins, ends = start + timedelta(days=first - 1), start + timedelta(days=last)
    return Due(month, begins.timestamp(), ends.timestamp() - 1, source)


def _untold(device: Device, applying: Sequence[Bulletin], now: float, table: Table) -> str:
    """Why nothing can be said of a device; "" where something can."""
    if line_of(device, table) is None:
        told = device.system or device.model or "nothing"
        return f"No bulletins are known for this device (it tells {told!r})."
    if not device.patch_level:
        return "Its patch level is not told: add patch_level to the device."
    if months_apart(_month(now), device.patch_level) > AHEAD:
        has = month_name(device.patch_level)
        return f"Its patch level lies in the future ({has}): correct patch_level of the device."
    if not applying:
        return "No stored bulletin names its system."
    return ""


def _status(
    device: Device,
    cadence: Cadence,
    newest: str,
    due: Due | None,
    silent: str,
    now: float,
    table: Table,
) -> tuple[Status, str]:
    """By the month of the newest bulletin that applies; `silent` is the last one of its line, if
    there should be later ones."""
    has = month_name(device.patch_level)
    behind = months_apart(device.patch_level, newest)
    out = f"The newest bulletin for it is of {month_name(newest)}, its patch of {has}"
    stale = f" Nothing is known since {month_name(silent)}." if silent else ""
    waits = due is not None and now <= due.last
    if behind <= 0:
        if not silent:
            return Status.IN_TIME, f"{out}: nothing newer is known here."
        if not waits:
            return Status.UNKNOWN, f"{out}.{stale} Whether a newer patch is out can't be told."
    late = f"{out}: {behind} {'month' if behind == 1 else 'months'} behind" if behind > 0 else out
    if not cadence.every or due is None:
        return Status.UNKNOWN, (
            f"{late}. How often this model gets patches is not known; that says nothing of the "
            f"end of its support.{stale}"
        )
    step = MONTHS_OF[cadence.every]
    patches = f"patches are {cadence}"
    if behind < step:
        when = month_name(due.month)
        if silent and not waits:
            return Status.UNKNOWN, f"{late}, and {patches}: the one of {when} was due.{stale}"
        return Status.IN_TIME, f"{late}, but {patches}: the next is due with {when}.{stale}"
    if behind == step:
        when = month_name(due.month)
        return Status.DUE, f"{late}, and {patches}: the patch of {when} is due.{stale}"
    carrier = table.carrier
    if device.carrier and not device.cadence and behind <= MONTHS_OF[carrier.every]:
        return Status.DUE, (
            f"{late}, and {patches}, but it is of a carrier ({device.carrier}), and "
            f"{carrier.caveat} ({carrier.source})."
        )
    return Status.OVERDUE, f"{late}, but {patches}: {month_name(due.month)} has been passed over."


def _silent_since(history: Sequence[Bulletin], now: float) -> str:
    """The month of a line's last bulletin where later ones should be out; else ""."""
    month = history[0].month if history else ""
    return month if month and months_apart(month, _month(now)) > 1 else ""


def _month(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m")


def _of_line(device: Device, bulletins: Iterable[Bulletin], table: Table) -> list[Bulletin]:
    line = line_of(device, table)
    if line is None:
        return []
    of_line = (b for b in bulletins if (b.vendor, b.line) == (line.vendor, line.line))
    found = [b for b in of_line if re.fullmatch(r"[0-9]{4}-[0-9]{2}", b.month)]
    return sorted(found, key=lambda b: b.month, reverse=True)


def _day(bulletin: Bulletin) -> int:
    """The day of its month on which a bulletin came out; 0 where that is not known."""
    if bulletin.published is None:
        return 0
    published = datetime.fromtimestamp(bulletin.published, UTC)
    return published.day if published.strftime("%Y-%m") == bulletin.month else 0


def _applies(row: BulletinRow, device: Device) -> bool | None:
    """Whether a row is about the device's system and version; None where that is not told."""
    mine = version_range(device.system)
    ranges = [found for text in row.affected if (found := version_range(text))]
    if not ranges:
        return None
    if mine is None:
        system = _system(device)
        return None if not system or any(one.product == system for one in ranges) else False
    return any(_same(one, mine) for one in ranges)


def _same(listed: Range, mine: Range) -> bool:
    return listed.product == mine.product and listed.holds(mine.low)


def _system(device: Device) -> str:
    """The name of its system, without version: "harmonyos"."""
    found = version_range(device.system)
    return found.product if found else re.sub(r" next$", "", fold(device.system).strip())


def _words(model: str) -> tuple[str, ...]:
    """ "HUAWEI P40Pro+" as ("p", "40", "pro", "+"): how models are compared."""
    words = re.findall(r"[^\W\d_]+|\d+|\+", fold(model))
    return tuple(words[1:] if words[:1] in (["huawei"], ["华为"]) else words)
