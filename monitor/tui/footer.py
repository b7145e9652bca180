"""What the bottom line and empty panes say."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from monitor.models import Feed, Pane
from monitor.text import clean, plural
from monitor.tui.commands import COMMANDS, Command, key_name, keymap
from monitor.tui.status import Facts
from monitor.view import PaneView, age
from monitor.view.rows import MINUTE, ago

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp
    from monitor.view import Filtered

NO_BULLETIN = """No bulletin yet; {refresh_all} polls the sources,
[sources] in feeds.toml names them.
News about patches: filter topic:patches in Headlines."""
NO_SOURCE = """No source of bulletins is named.
Add a line to feeds.toml:
[sources.huawei]
News about patches:
filter topic:patches in Headlines."""
NO_ALERT = "No alert yet; [rules] in feeds.toml says what fires one"
POLLING = "{refresh_all} polls all feeds, {next_failing} shows how they are."
OFFLINE = "Without a network: monitor --demo"
WATCHING = """[watch] in feeds.toml has the words; keep = "all" in [feeds.x] keeps all of a feed.
{refresh_all} polls all feeds."""
EXAMPLES = {
    Pane.HEADLINES: 'huawei OR 华为, -laptop, "a phrase", is:unread, newer:2d, has:cve',
    Pane.PATCHES: "vendor:huawei, month:>=2025-01, cve:2025-54627",
    Pane.ALERTS: "sev:>=high, rule:nsa, newer:2d, is:closed",
}
ALERTING = {"acknowledge", "snooze", "close"}
FIRST = (  # what one has to know before the rest, as far as there is room
    "help", "filter", "open", "pin", "acknowledge", "snooze", "close", "about", "chart", "browse",
    "refresh_all", "back",
)  # fmt: skip
WRITING = frozenset({"pin", "refresh_all", *ALERTING})  # what a screen without the lock refuses
ROOM = 100  # cells from which on the bottom line tells when the next poll is
OTHERS = {  # what has no place in the bottom line of a pane
    Pane.HEADLINES: {"next_source", "about", "chart", *ALERTING},
    Pane.PATCHES: {"next_source", "pin", "cves", "timeline", *ALERTING},
    Pane.ALERTS: {"next_source", "pin", "cves", "timeline", "chart", "browse"},
}


def nothing(app: "MonitorApp", pane: Pane) -> str:
    """What an empty pane says."""
    if not app.board.complete:
        return "Reading the archive …"
    if pane is Pane.PATCHES:
        sources = any(one.enabled for one in app.board.config.sources)
        return app.keyed(NO_BULLETIN) if sources else NO_SOURCE
    if pane is Pane.ALERTS:
        closed = app.desk.view.closed
        return f"No open alert; the filter is:closed shows {closed:,}" if closed else NO_ALERT
    if app.board.stories:
        return ""
    progress = app.polls.progress
    if progress.running:
        tried = f"{progress.done} of {progress.started} feeds could not be reached so far."
        return f"{tried}\n{OFFLINE}" if progress.unanswered else "Waiting for the first feed …"
    if progress.unreachable:
        return f"No feed could be reached. Is there a network?\n{app.keyed(POLLING)}\n{OFFLINE}"
    if entries := sum(state.entries for one, state in app.health() if isinstance(one, Feed)):
        came = f"{plural(entries, 'entry', 'entries')} came; none has a watch word."
        return f"{came}\n{app.keyed(WATCHING)}"
    return f"Nothing is stored yet.\n{app.keyed(POLLING)}\n{OFFLINE}"


def unmatched(app: "MonitorApp", pane: Pane, query: str) -> str:
    """What a pane says when its filter lets nothing through."""
    clear, more = app.keyed("{cancel} clears the filter."), app.keyed("{help} shows the rest.")
    return (
        f"Nothing matches {clean(query, 200)}\n"
        f"{clear} It understands, for example: {EXAMPLES[pane]}\n"
        f"{more}"
    )


def pane_facts(app: "MonitorApp", pane: Pane, view: "Filtered") -> Facts:
    """What the bottom line says of a pane and of the polls."""
    found = f"{len(view.rows):,} of {len(view.order):,}"
    shown = view.filter and not app.main.typing  # then the bar says it
    idle = set() if app.main.names_cves else {"cves"}
    return plain_facts(app, {c.id for c in COMMANDS} - OTHERS[pane] - idle)._replace(
        filter=f"/{clean(view.filter, 40)}  {found}" if shown else "",
        counts=f"{view.unread:,} unread" if isinstance(view, PaneView) else "",
        sort=app.main.sorting,
    )


def plain_facts(app: "MonitorApp", commands: Collection[str]) -> Facts:
    """What the bottom line says wherever one is, with the keys of these commands."""
    offline = app.polls.progress.unreachable
    notes = (
        ("demo", app.demo),
        ("read-only", app.read_only),
        ("not saved", app.store.trouble),
        ("offline", offline),
    )
    failing = sum(bool(state.error) for _, state in app.health())
    over = len(app.screen_stack) > 1  # the lists are below
    refused = WRITING if app.read_only else frozenset[str]()
    keys = keymap(app.board.config.ui.keys)
    hints = [
        (key_name(keys[c.id][0]), "back" if c.id == "back" and over else c.hint)
        for c in sorted(COMMANDS, key=_place)
        if c.hint and keys[c.id] and c.id in commands and c.id not in refused
    ]
    return Facts(
        badges=tuple(name for name, on in notes if on),
        alerts=_alert_words(app),
        poll=_poll_words(app),
        failing=f"{failing} failing" if failing else "",
        surge=_surge_words(app),
        hints=tuple(hints),
    )


def _place(command: Command) -> int:
    return FIRST.index(command.id) if command.id in FIRST else len(FIRST)


def _alert_words(app: "MonitorApp") -> str:
    new = app.new_alerts
    return plural(new, "new alert") if new else ""


def _surge_words(app: "MonitorApp") -> str:
    """The word that surges most, and how many others do."""
    if not app.polls.surges:
        return ""
    more = f" +{len(app.polls.surges) - 1}" if len(app.polls.surges) > 1 else ""
    return f"▲ {clean(app.polls.surges[0].word, 20)}{more}"


def _poll_words(app: "MonitorApp") -> str:
    progress = app.polls.progress
    if progress.running:
        return f"polling {progress.done}/{progress.started}"
    last = progress.last
    did = "tried" if progress.unreachable else "polled"
    words = [f"{did} {ago(last, app.now())}"] if last else []
    if progress.source:
        return ", ".join([*words, progress.source])
    due = app.polls.next_due()
    if due is not None and app.size.width >= ROOM:
        words.append(f"next in {_in(due, app.now())}")
    return ", ".join(words)


def _in(due: float, now: float) -> str:
    return "a moment" if due - now < MINUTE else age(now, due)
