"""The commands on being told: a digest, and the targets that alerts are sent to."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from monitor.session import FORMATS, Context, Failure, Misuse, default_format, nearest
from monitor.text import rfc3339

if TYPE_CHECKING:
    from monitor.models import Target
    from monitor.notify.queue import TargetHealth

DIGEST_FORMATS = click.Choice(["markdown", "text", "html"])


def _seconds(ctx: click.Context, param: click.Parameter, value: str) -> float:
    from monitor.config.checks import seconds

    try:
        return seconds(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--since", metavar="DURATION", callback=_seconds, default="24h", show_default=True)
@click.option("--format", "form", type=DIGEST_FORMATS, default="text", show_default=True)
@click.pass_obj
def digest(context: Context, since: float, form: str) -> None:
    """What happened lately. Alerts, stories, bulletins, and what fails."""
    from monitor.notify.digest import gather
    from monitor.notify.digest_text import FORMATS as WRITERS

    now = context.now()
    found = gather(context.config, context.store(), now - since, now)
    click.echo(WRITERS[form](found, None))


@click.group()
def notify() -> None:
    """Where alerts are sent."""


@notify.command("list")
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.pass_obj
def list_(context: Context, form: str | None) -> None:
    """How each target does: when it was last sent to, what waits, its last error."""
    from monitor import output
    from monitor.notify.dispatch import make_courier
    from monitor.notify.queue import targets_by_id
    from monitor.notify.readiness import lacks

    config = context.config
    store = context.store(load=False)
    targets = make_courier(config, store, now=context.now, environ=context.environ).health()
    known = targets_by_id(config.targets)
    found = [(one, lacks(known[one.id], context.environ)) for one in targets]
    chosen = form or default_format()
    if chosen == "table":
        click.echo(_table(found, context.now()))
    elif chosen == "json":
        output.write_json([_json(*one) for one in found])
    else:
        output.write_jsonl(_json(*one) for one in found)


@notify.command()
@click.argument("target")
@click.pass_obj
def test(context: Context, target: str) -> None:
    """Send a sample alert to a target, whatever its rules and quiet hours say."""
    from monitor.notify.queue import IN_SCREEN, targets_by_id

    known = targets_by_id(context.config.targets)
    shown = {one.id for one in context.config.targets if one.kind in IN_SCREEN} | IN_SCREEN
    if target in shown - known.keys():
        raise Misuse(f"{target!r} is shown by the screen only")
    if target not in known:
        raise Misuse(f"no target {target!r}{nearest(target, known)}")
    error = asyncio.run(_test(context, known[target]))
    if error:
        raise Failure(f"notify.{target}: {error}")
    click.echo(f"notify.{target}: a sample alert was sent")


async def _test(context: Context, target: "Target") -> str:
    """Send the sample; what went wrong, if anything."""
    from monitor.notify.message import sample
    from monitor.notify.senders import Outlet, Senders

    senders = Senders(now=context.now, environ=context.environ)
    error = await Outlet(senders, target).send(sample(target.id, context.now()))
    return str(error) if error else ""


def _json(one: "TargetHealth", lack: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "enabled": one.enabled,
        "digest": one.digest or None,
        "waiting": one.waiting,
        "sent": one.sent,
        "failed": one.failed,
        "last_sent": rfc3339(one.last_sent),
        "next_try": rfc3339(one.next_try),
        "error": one.error or None,
        "lacks": lack or None,
    }


def _table(found: "list[tuple[TargetHealth, str]]", now: float) -> str:
    from monitor.output import table
    from monitor.view import age

    rows = [("target", "kind", "last sent", "waiting", "next", "given up", "state")]
    for one, lack in found:
        last = "never" if one.last_sent is None else age(one.last_sent, now)
        last = last if last in ("never", "now") else f"{last} ago"
        state = "switched off" if not one.enabled else lack or one.error or "ok"
        counts = (str(one.waiting), _next(one.next_try, now), str(one.failed))
        rows.append((one.id, one.kind, last, *counts, state))
    return table(rows)


def _next(when: float | None, now: float) -> str:
    from monitor.view import age

    if when is None:
        return "-"
    return "due" if when <= now else f"in {age(now, when)}"
