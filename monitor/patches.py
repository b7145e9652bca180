"""The commands on patches: bulletins with their counts, one bulletin, one vulnerability."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.session import FORMATS, Context, Failure, Misuse, default_format, nearest

if TYPE_CHECKING:
    from monitor.advisories.shadow import Shadow
    from monitor.store import Store
    from monitor.vulnerability import Bulletin

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.IGNORECASE)
FORMS = click.Choice(["text", "json"])


@click.command()
@click.option("--month", metavar="YYYY-MM", help="Only the bulletins of that month.")
@click.option("--vendor", metavar="ID", help="Only that vendor's: huawei, openharmony.")
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.pass_obj
def patches(context: Context, month: str | None, vendor: str | None, form: str | None) -> None:
    """The vendors' bulletins, with counts by severity and table."""
    from monitor import output, patches_output

    if month and not _MONTH.fullmatch(month):
        raise Misuse(f"--month {month}: write it as 2025-08")
    store = context.store(load=False)
    found = list(store.advisories.bulletins)
    vendors = {one.vendor for one in found}
    if vendor and found and vendor not in vendors:
        raise Misuse(f"no bulletin of {vendor!r}{nearest(vendor, vendors)}")
    found = [one for one in found if month in (None, one.month) and vendor in (None, one.vendor)]
    chosen = form or default_format()
    if chosen == "table":
        width = output.columns()
        click.echo(patches_output.bulletins_table(found, context.now(), width) or "no bulletins")
    elif chosen == "json":
        output.write_json([patches_output.summary_json(one) for one in found])
    else:
        output.write_jsonl(patches_output.summary_json(one) for one in found)


@click.command()
@click.argument("source", metavar="FILE|URL|ID")
@click.option("--format", "form", type=FORMS, help="Default: text on a terminal, else JSON.")
@click.pass_obj
def bulletin(context: Context, source: str, form: str | None) -> None:
    """Print one bulletin. It is read from a file or an address, or is stored."""
    found, stored = _bulletin(context, source)
    print_bulletin(context, found, stored, form or default_form())


def default_form() -> str:
    """Text for people, JSON for programs."""
    return "text" if default_format() == "table" else "json"


def print_bulletin(context: Context, found: "Bulletin", stored: bool, form: str) -> None:
    """A bulletin with its rows; a stored one with how long its libraries' flaws were known."""
    from monitor import output, patches_output

    shadow = _shadow(context, found) if stored else ()
    if form == "json":
        detail = patches_output.bulletin_json(found)
        detail["shadow"] = patches_output.shadow_json(shadow) if stored else None
        output.write_json(detail)
    else:
        click.echo(patches_output.bulletin_text(found, shadow, output.columns()))


def _bulletin(context: Context, source: str) -> "tuple[Bulletin, bool]":
    """The bulletin, and whether it is a stored one."""
    from monitor import bulletins

    if source.startswith(("http://", "https://")):
        return _read(lambda: bulletins.from_address(source, context.config.poll)), False
    path = Path(source).expanduser()
    if path.is_file():
        return _read(lambda: bulletins.from_file(path)), False
    store = context.store(load=False)
    found = store.advisories.bulletin(source)
    if found is None:
        ids = [one.id for one in store.advisories.bulletins]
        raise Failure(f"{source!r} is no file and no stored bulletin{nearest(source, ids)}")
    return found, True


def _shadow(context: Context, bulletin: "Bulletin") -> "tuple[Shadow, ...]":
    """How long the third-party flaws of a stored bulletin were known when it came."""
    from monitor.view.shadow import shadows_of

    kept = context.store(load=False).advisories
    records = kept.records({row.cve for row in bulletin.rows if row.third_party})
    return shadows_of(bulletin, kept.exploited, records)


def _read(read: Any) -> "Bulletin":
    from monitor.advisories.source import SourceError

    try:
        found: Bulletin = read()
    except SourceError as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
    return found


@click.command()
@click.argument("id", metavar="ID")
@click.option("--format", "form", type=FORMS, help="Default: text on a terminal, else JSON.")
@click.pass_obj
def cve(context: Context, id: str, form: str | None) -> None:  # noqa: A002 - the command's word
    """What is known of one CVE. Every fact with its source and date, and who names it."""
    from monitor import output, patches_output

    if not _CVE.fullmatch(id):
        raise Misuse(f"{id!r} is no CVE id; write CVE-2025-54627")
    wanted = id.upper()
    store = context.store()
    found = store.advisories.vulnerability(wanted)
    stories = _stories(store, wanted)
    if not (found.records or found.exploited or found.likelihood or found.listings or stories):
        raise Failure(f"nothing is known of {wanted}; `monitor poll` asks the sources")
    detail = patches_output.vulnerability_json(found, stories)
    if (form or default_form()) == "json":
        output.write_json(detail)
    else:
        click.echo(patches_output.vulnerability_text(detail))


def _stories(store: "Store", wanted: str) -> list[Any]:
    named = [story for story in store.stories.values() if wanted in story.cves]
    return sorted(named, key=lambda story: story.time, reverse=True)


@click.command()
@click.option("--format", "form", type=FORMS, help="Default: text on a terminal, else JSON.")
@click.pass_obj
def phone(context: Context, form: str | None) -> None:
    """What is open on your devices. And when the next patch of each is due."""
    from monitor import output, patches_output
    from monitor.advisories.phone import report

    devices = context.config.devices
    if not devices:
        raise Failure(f"{context.config.path} names no device; add [devices.mine] with its model")
    kept = context.store(load=False).advisories
    bulletins = [found for one in kept.bulletins if (found := kept.bulletin(one.id))]
    reports = [report(device, bulletins, context.now()) for device in devices]
    if (form or default_form()) == "json":
        output.write_json([patches_output.report_json(one) for one in reports])
    else:
        click.echo("\n\n".join(map(patches_output.report_text, reports)))
