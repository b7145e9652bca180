"""The user's devices as a page: how each stands, what is open on it, when its patch is due."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from monitor.models import Device
from monitor.text import clean
from monitor.view.bulletins import day
from monitor.view.page import Item, Leads, Page, Section, Target

if TYPE_CHECKING:
    from monitor.advisories.phone import Report
    from monitor.vulnerability import Bulletin

OPEN = 200  # vulnerabilities of a device that are shown
STYLES = {"overdue": "grave", "due": "warning", "unknown": "dim"}
NONE = "No device is configured. [devices.<name>] in feeds.toml names model and patch level."


def devices_page(
    devices: Sequence[Device], bulletins: "Iterable[Bulletin]", now: float, tz: tzinfo | None
) -> Page:
    """A section a device, and one for what is open on it."""
    from monitor.advisories.phone import report

    if not devices:
        return Page("My phone", sections=(Section("", (Item("", NONE),)),))
    known = list(bulletins)
    sections: list[Section] = []
    for device in devices:
        one = report(device, known, now)
        sections.append(Section(clean(device.title, 100), tuple(_facts(one, now, tz))))
        if one.open:
            sections.append(Section(_open_head(one), tuple(_open(one))))
    return Page("My phone", sections=tuple(sections))


def _facts(one: "Report", now: float, tz: tzinfo | None) -> Iterator[Item]:
    device = one.device
    yield Item("Status", str(one.status), style=STYLES.get(str(one.status), ""))
    yield Item("Why", clean(one.why, 500))
    yield Item("Model", clean(device.model, 100) or "unknown")
    yield Item("System", clean(device.system, 100) or "unknown")
    yield Item("Patch", clean(device.patch_level, 40) or "unknown")
    cadence = one.cadence
    yield Item("Cadence", cadence.every or "unknown", clean(cadence.source, 200))
    if cadence.caveat:
        yield Item("", clean(cadence.caveat, 400), style="dim")
    if one.due:
        days = f"{day(one.due.first, tz)} to {day(one.due.last, tz)}"
        was = "was " if one.due.last < now else ""
        yield Item("Next", f"the patch of {one.due.month}, {was}expected {days}", one.due.source)
    for name in one.bulletins[:3]:
        yield Item("Bulletin", clean(name, 100), target=Target(Leads.BULLETIN, name))


def _open_head(one: "Report") -> str:
    certain = sum(each.certain for each in one.open)
    may = len(one.open) - certain
    return f"Open on it: {certain}" + (f", and {may} that may apply" if may else "")


def _open(one: "Report") -> Iterator[Item]:
    for each in one.open[:OPEN]:
        row = each.row
        what = clean(row.component, 60) or clean(row.summary, 100) or "unknown component"
        doubt = "" if each.certain else "  (may apply: its row names no version)"
        text = f"{row.severity:<9}{each.month}  {what}{doubt}"
        target = Target(Leads.CVE, each.cve)
        yield Item(clean(each.cve, 40), text, style=str(row.severity), target=target)
    if len(one.open) > OPEN:
        yield Item("", f"and {len(one.open) - OPEN} more: monitor phone lists all", style="dim")
