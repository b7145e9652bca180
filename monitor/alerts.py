"""The commands on alerts and rules: what fired, what becomes of it, what a rule would fire on."""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from monitor.alert import Alert, AlertState, Subject, alert_json
from monitor.models import RANK, Rule, Severity
from monitor.session import (
    FORMATS,
    Context,
    Failure,
    Misuse,
    StoreTrouble,
    alerts_of,
    default_format,
    nearest,
)

if TYPE_CHECKING:
    from monitor.store import Store
    from monitor.store.alerts import Alerts

STATES = ("open", *(state.value for state in AlertState), "all")
FOLLOW_EVERY = 0.5  # seconds between two looks at what another process wrote
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option(
    "--state",
    type=click.Choice(STATES),
    default="open",
    show_default=True,
    help="Only those in that state; open are all but the closed ones.",
)
@click.option("--rule", metavar="ID", help="Only those of that rule.")
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.option(
    "--follow",
    is_flag=True,
    help="Wait, and print each alert that fires or changes as a line of JSON.",
)
@click.pass_obj
def alerts(
    context: Context,
    query: tuple[str, ...],
    state: str,
    rule: str | None,
    form: str | None,
    follow: bool,
) -> None:
    """The alerts, newest first. A filter is in the query language of their pane."""
    from monitor import output
    from monitor.alerts_output import alerts_table

    rules = {one.id: one for one in context.config.rules}
    kept = alerts_of(context.store(load=False))
    known = {*rules, *(alert.rule for alert in kept.all)}
    if rule is not None and rule not in known:
        raise Misuse(f"no rule {rule!r}{nearest(rule, known)}")

    asked = _query(" ".join(query), rules, context.now)

    def wanted(alert: Alert) -> bool:
        return _in_state(alert, state) and rule in (None, alert.rule) and asked(alert)

    if follow:
        with suppress(KeyboardInterrupt):
            for alert in _following(kept, time.sleep):
                if wanted(alert):
                    output.write_jsonl([alert_json(alert, _title(rules, alert))])
                    sys.stdout.flush()
        return
    found = [alert for alert in kept.all if wanted(alert)]
    chosen = form or default_format()
    if chosen == "table":
        width = output.columns()
        click.echo(alerts_table(found, context.now(), width) or "no alerts")
        return
    rows = [alert_json(alert, _title(rules, alert)) for alert in found]
    if chosen == "json":
        output.write_json(rows)
    else:
        output.write_jsonl(rows)


def _query(text: str, rules: dict[str, Rule], now: Callable[[], float]) -> Callable[[Alert], bool]:
    """Whether an alert matches a query; raises Misuse for a wrong one."""
    from monitor.query import QueryError, parse
    from monitor.query.alerts import ALERTS, Alerts

    try:
        asked = parse(text, ALERTS)
    except QueryError as error:
        raise Misuse(f"query: {error}") from None
    titles = {one.id: one.title for one in rules.values()}
    return lambda alert: bool(asked.select(Alerts.of([alert], titles), (0,), now()))


def _in_state(alert: Alert, state: str) -> bool:
    return state == "all" or (alert.open if state == "open" else alert.state.value == state)


def _title(rules: dict[str, Rule], alert: Alert) -> str:
    return rules[alert.rule].title if alert.rule in rules else ""


def _following(kept: "Alerts", sleep: Callable[[float], None]) -> Iterator[Alert]:
    """The alerts that are new or other ones, oldest first, as another process writes them."""
    known = {alert.id: alert for alert in kept.all}
    while True:
        sleep(FOLLOW_EVERY)
        if kept.reload_if_changed():
            for alert in reversed(kept.all):
                if known.get(alert.id) != alert:
                    known[alert.id] = alert
                    yield alert


NOTE = click.option("--note", metavar="TEXT", help="Keep a note with it.")


def _change(
    context: Context, ids: Iterable[str], note: str | None, state: AlertState, until: float | None
) -> None:
    from monitor.store import StoreError
    from monitor.text import clean

    kept, now = alerts_of(context.store(write=True, load=False)), context.now()
    changes = []
    for wanted in ids:
        alert = kept.get(wanted)
        if alert is None:
            raise Failure(f"no alert {wanted!r}; `monitor alerts --state all` names them")
        changed = replace(alert, note=alert.note if note is None else clean(note, 500))
        if (alert.state, alert.until) != (state, until):
            changed = replace(changed, state=state, until=until, since=now)
        changes.append(changed)
    try:
        kept.change(changes)
    except StoreError as error:
        raise StoreTrouble(str(error)) from None


def _state_command(name: str, state: AlertState, says: str) -> click.Command:
    @click.command(name, help=says)
    @click.argument("id", nargs=-1, required=True, metavar="ID...")
    @NOTE
    @click.pass_obj
    def command(context: Context, id: tuple[str, ...], note: str | None) -> None:  # noqa: A002
        _change(context, id, note, state, None)

    return command


ack = _state_command("ack", AlertState.ACKNOWLEDGED, "Acknowledge alerts: they are known.")
close = _state_command("close", AlertState.CLOSED, "Close alerts: they are done with.")
reopen = _state_command("reopen", AlertState.NEW, "Make alerts new again.")


@click.command()
@click.argument("id", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--until",
    metavar="TIME",
    required=True,
    help="2h, 3d, 08:00 (the next), 2026-11-30T08:00:00Z, or change: until its subject changes.",
)
@NOTE
@click.pass_obj
def snooze(context: Context, id: tuple[str, ...], until: str, note: str | None) -> None:  # noqa: A002
    """Lay alerts aside until a time, or until their subject changes."""
    _change(context, id, note, AlertState.SNOOZED, moment(until, context.now()))


def moment(text: str, now: float) -> float | None:
    """The time that --until names, in seconds since 1970; None for "change"."""
    if text == "change":
        return None
    when = _moment(text, now)
    if when is None:
        raise Misuse(
            f"--until {text}: is no time; write 2h, 3d, 08:00, 2026-11-30T08:00:00Z or change"
        )
    if when <= now:
        raise Misuse(f"--until {text}: is over")
    return when


def _moment(text: str, now: float) -> float | None:
    from monitor.config import seconds

    with suppress(ValueError):
        return now + seconds(text)
    if clock := _CLOCK.fullmatch(text):
        here = datetime.fromtimestamp(now, UTC).astimezone()
        then = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (then if then > here else then + timedelta(days=1)).timestamp()
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        return found.timestamp()  # without an offset: local time
    return None


@click.group(invoke_without_command=True)
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.pass_context
def rules(ctx: click.Context, form: str | None) -> None:
    """What each rule watches for. How often it fired, and was looked at."""
    if ctx.invoked_subcommand is not None:
        return
    from monitor import output
    from monitor.alerts_output import rule_json, rules_table

    context: Context = ctx.obj
    fired = alerts_of(context.store(load=False)).all
    chosen = form or default_format()
    if chosen == "table":
        width = output.columns()
        table = rules_table(context.config.rules, fired, context.now(), width)
        click.echo(table or "no rules")
        return
    rows = [rule_json(rule, fired) for rule in context.config.rules]
    if chosen == "json":
        output.write_json(rows)
    else:
        output.write_jsonl(rows)


@rules.command("test")
@click.argument("id", metavar="ID")
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.pass_obj
def test_rule(context: Context, id: str, form: str | None) -> None:  # noqa: A002
    """What a rule would have fired on in the stored history; fires and sends nothing."""
    from monitor import output
    from monitor.alerts_output import would_json, would_table
    from monitor.rehearsal import would_fire
    from monitor.rules import problems

    known = {rule.id: rule for rule in context.config.rules}
    if id not in known:
        raise Misuse(f"no rule {id!r}{nearest(id, known)}")
    for problem in problems([known[id]]):
        raise Misuse(f"{context.config.path}: {problem}")
    found = would_fire(known[id], context.config, context.store(), context.now)
    chosen = form or default_format()
    if chosen == "table":
        width = output.columns()
        click.echo(would_table(found, context.now(), width))
    elif chosen == "json":
        output.write_json([would_json(one) for one in found])
    else:
        output.write_jsonl(would_json(one) for one in found)


def alerted(store: "Store", *, closed: bool = False) -> dict[str, Severity]:
    """The stories that an alert is about, with the gravest of their alerts' severities.

    By their entries, as the ids of stories change. With `closed`, closed alerts count too.
    """
    found: dict[str, Severity] = {}
    for alert in alerts_of(store).all:
        if alert.kind is not Subject.STORY or not (alert.open or closed):
            continue
        uids = (uid for about in alert.subjects for uid in about.uids)
        entries = (store.entries.get(uid) for uid in uids)
        for story in {entry.story for entry in entries if entry is not None}:
            known = found.get(story, alert.severity)
            found[story] = max(alert.severity, known, key=RANK.__getitem__)
    return found
