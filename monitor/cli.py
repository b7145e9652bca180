"""The command line, as `cli.md` promises it. Textual is imported only to open the screen."""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from monitor import __version__
from monitor.models import EditKind, Pane, PollResult, PollStatus, Story
from monitor.program import Program
from monitor.session import (
    FORMATS,
    Context,
    Failure,
    Misuse,
    StoreTrouble,
    alerts_of,
    close_store,
    default_format,
    nearest,
)
from monitor.text import plural

if TYPE_CHECKING:
    from monitor.store import Edited, Store


@click.group(cls=Program, invoke_without_command=True)
@click.option(
    "--config",
    "config_option",
    metavar="FILE",
    envvar="MONITOR_CONFIG",
    help="The configuration, in place of the user's or the shipped one.",
)
@click.option(
    "--data",
    "data_option",
    metavar="DIR",
    envvar="MONITOR_DATA",
    help="The data folder, in place of the user's.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="Sample feeds, served to itself over loopback, with throw-away data.",
)
@click.option("--log-file", metavar="FILE", help="Write a log there.")
@click.option(
    "--log-level",
    metavar="LEVEL",
    default="INFO",
    show_default=True,
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
)
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def main(
    ctx: click.Context,
    config_option: str | None,
    data_option: str | None,
    demo: bool,
    log_file: str | None,
    log_level: str,
) -> None:
    """News, patches and alerts around Huawei and HarmonyOS.

    Without a command, the screen opens: it shows what is stored, then polls what is due.
    """
    _log_to(log_file, log_level)
    stack = ctx.with_resource(ExitStack())
    if demo:
        _begin_demo(ctx, stack)
    context = ctx.obj = Context(config_option, data_option, demo, stack)
    if ctx.invoked_subcommand is None:
        open_screen(context)
    elif demo and ctx.invoked_subcommand not in ("check", "group", "poll"):
        _poll(context, everything=True, quiet=True)


def _begin_demo(ctx: click.Context, stack: ExitStack) -> None:
    """The samples take no other configuration; their folder goes also when a signal ends us."""
    given = (ctx.get_parameter_source(name) for name in ("config_option", "data_option"))
    if ParameterSource.COMMANDLINE in given:
        raise Misuse("--demo brings its own feeds and data; leave --config and --data out")
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    stack.callback(signal.signal, signal.SIGTERM, before)


def _log_to(file: str | None, level: str) -> None:
    if file is None:
        logging.getLogger().addHandler(logging.NullHandler())  # libraries keep off the terminal
        return
    try:
        logging.basicConfig(
            filename=file,
            level=level.upper(),
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
    except OSError as error:
        raise Misuse(f"--log-file {file}: {error.strerror}") from None


def open_screen(context: Context) -> None:
    """The TUI, on what is stored."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misuse("the screen needs a terminal; for programs there is `monitor list`")
    from monitor.store import Store, StoreError
    from monitor.tui import run

    try:
        store = Store.open(context.data, now=context.now, write=False)
    except StoreError as error:
        raise StoreTrouble(str(error)) from None
    context.stack.callback(close_store, store)
    run(
        context.config,
        store,
        load_config=None if context.demo else context.load_config,
        demo=context.demo,
        now=context.now,
        environ=context.environ,
    )


@main.command()
@click.argument("feed", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Poll every feed, due or not.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.pass_obj
def poll(context: Context, feed: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Poll what is due, once."""
    known = {known.id: known for known in context.config.polled}
    for feed_id in feed:
        if feed_id not in known:
            raise Misuse(f"no feed or source {feed_id!r}{nearest(feed_id, known)}")
        if not known[feed_id].enabled:
            raise Misuse(f"feed {feed_id!r} is switched off (enabled = false)")
    from monitor import output

    result = _poll(context, feed, everything or context.demo, quiet=as_json)
    if as_json:
        output.write_json(output.poll_json(result))
    else:
        click.echo(output.poll_summary(result))
    sys.exit(_poll_status(result))


def _poll_status(result: PollResult) -> int:
    states = [one.status for one in result.results]
    tried = [status for status in states if status is not PollStatus.WAITING]
    failed = [status for status in tried if status is PollStatus.FAILED]
    if not failed:
        return 0
    return 1 if len(failed) == len(tried) else 3


def _poll(
    context: Context, ids: Sequence[str] = (), everything: bool = False, *, quiet: bool = False
) -> PollResult:
    from monitor.once import Trouble, poll_once

    try:
        return poll_once(
            context.config,
            lambda: context.store(write=True, load=False),
            ids,
            everything,
            now=context.now,
            environ=context.environ,
            quiet=quiet,
        )
    except Trouble as trouble:
        raise StoreTrouble(str(trouble)) from None


@main.command("list", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option(
    "--pane",
    type=click.Choice([pane.value for pane in Pane]),
    default="headlines",
    show_default=True,
    help="All stories, those on patches, or those that alerts are about. (The bulletins and alerts"
    " of those panes: `monitor patches`, `monitor alerts`.)",
)
@click.option("--format", "form", type=FORMATS, help="Default: a table on a terminal, else JSON.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many stories.")
@click.pass_obj
def list_(
    context: Context, query: tuple[str, ...], pane: str, form: str | None, limit: int | None
) -> None:
    """Stories, filtered by the query language of the screen."""
    from monitor import output
    from monitor.listing import Listing

    listing = Listing(context)
    stories = listing.matching(Pane(pane), " ".join(query))[:limit]
    chosen = form or default_format()
    if chosen == "table":
        width = output.columns()
        store = listing.store
        table = output.stories_table(stories, store.pinned, store.read, context.now(), width)
        click.echo(table or "no stories")
    elif chosen == "json":
        output.write_json([listing.row(story) for story in stories])
    else:
        output.write_jsonl(map(listing.row, stories))


@main.command()
@click.argument("id", metavar="ID")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def show(context: Context, id: str, form: str) -> None:  # noqa: A002 - the command's word
    """One story, bulletin or alert with everything known."""
    from monitor import output
    from monitor.alert import alert_json
    from monitor.listing import Listing
    from monitor.patches import print_bulletin
    from monitor.view.figures import figures_of

    listing = Listing(context)
    store = listing.store
    if alert := alerts_of(store).get(id):
        titles = {rule.id: rule.title for rule in context.config.rules}
        detail = alert_json(alert, titles.get(alert.rule, ""))
        if form == "json":
            output.write_json(detail)
        else:
            from monitor.alerts_output import alert_text

            click.echo(alert_text(detail))
        return
    if kept := store.advisories.bulletin(id):
        print_bulletin(context, kept, True, form)
        return
    story = _find(store, id)
    bodies = {entry.uid: store.body(entry.uid) for entry in story.entries}
    kinds = {feed.id: feed.kind.value for feed in context.config.feeds}
    detail = output.story_detail(story, bodies, kinds, **listing.marks(story))
    detail["edits"] = [output.edit_json(edit) for edit in store.edits_of(story.id)]
    detail["figures"] = [
        figure._asdict() for figure in figures_of(story, bodies, store.advisories.bulletins)
    ]
    if form == "json":
        output.write_json(detail)
    else:
        click.echo(output.story_text(detail))


def _find(store: "Store", wanted: str) -> Story:
    """The story of that id, or the only one whose id begins so."""
    if wanted in store.stories:
        return store.stories[wanted]
    near = [story for key, story in store.stories.items() if wanted and key.startswith(wanted)]
    if len(near) == 1:
        return near[0]
    if wanted.upper().startswith("CVE-"):
        raise Failure(
            f"no story with id {wanted!r}; `monitor cve {wanted}` has what is known of it"
        )
    what = "no story" if not near else f"{len(near)} stories"
    raise Failure(f"{what} with id {wanted!r}; `monitor list` names them")


def _mark(context: Context, ids: tuple[str, ...], marks: str, on: bool) -> None:
    from monitor.store import StoreError

    store = context.store(write=True)
    stories = [_find(store, wanted).id for wanted in ids]
    try:
        (store.pin if marks == "pin" else store.mark_read)(stories, on)
    except StoreError as error:
        raise StoreTrouble(str(error)) from None


def _mark_command(name: str, help_text: str, marks: str, on: bool) -> None:
    @main.command(name, help=help_text)
    @click.argument("id", nargs=-1, required=True, metavar="ID...")
    @click.pass_obj
    def command(context: Context, id: tuple[str, ...]) -> None:  # noqa: A002
        _mark(context, id, marks, on)


_mark_command("pin", "Pin stories: kept for ever, whatever happens to their feeds.", "pin", True)
_mark_command("unpin", "Take pins back.", "pin", False)
_mark_command("read", "Mark stories as read.", "read", True)
_mark_command("unread", "Mark stories as unread.", "read", False)


def _edit(change: Callable[[], "Edited"], nothing: str) -> None:
    """Make or take back edits and say which stories changed."""
    from monitor.store import StoreError

    try:
        edited = change()
    except StoreError as error:
        raise StoreTrouble(str(error)) from None
    if not edited.edits:
        raise Failure(nothing)
    for edit in edited.edits:
        click.echo(f"{edit.kind} {edit.id}: story {edit.story}, from {', '.join(edit.stories)}")


def _entries(store: "Store", wanted: tuple[str, ...]) -> list[str]:
    for uid in wanted:
        if uid not in store.entries:
            raise Failure(f"no entry with uid {uid!r}; `monitor show ID --format json` names them")
    return list(wanted)


@main.command()
@click.argument("uid", nargs=-1, required=True, metavar="ENTRY_UID...")
@click.pass_obj
def split(context: Context, uid: tuple[str, ...]) -> None:
    """Split entries off their stories. Each becomes a story of its own, with its copies."""
    store = context.store(write=True)
    uids = _entries(store, uid)
    _edit(lambda: store.split(uids), "nothing to split off: nothing would be left of the story")


@main.command()
@click.argument("uid", nargs=-1, required=True, metavar="ENTRY_UID...")
@click.pass_obj
def unsplit(context: Context, uid: tuple[str, ...]) -> None:
    """Take back what split these entries off."""
    store = context.store(write=True)
    _take_back(
        store,
        [
            edit.id
            for one in _entries(store, uid)
            for edit in store.edits_of(store.entries[one].story)
            if edit.kind is EditKind.SPLIT and one in edit.uids
        ],
    )


@main.command()
@click.argument("id", nargs=-1, required=True, metavar="STORY...")
@click.pass_obj
def merge(context: Context, id: tuple[str, ...]) -> None:  # noqa: A002 - as of `show`
    """Merge stories into the first of them. What comes later for any of them follows."""
    store = context.store(write=True)
    stories = [_find(store, wanted).id for wanted in id]
    _edit(lambda: store.merge(stories), "nothing to merge: that takes two stories")


@main.command()
@click.argument("id", nargs=-1, required=True, metavar="STORY...")
@click.pass_obj
def unmerge(context: Context, id: tuple[str, ...]) -> None:  # noqa: A002
    """Take back the merges that made these stories."""
    store = context.store(write=True)
    _take_back(
        store,
        [
            edit.id
            for wanted in id
            for edit in store.edits_of(_find(store, wanted).id)
            if edit.kind is EditKind.MERGE
        ],
    )


def _take_back(store: "Store", edits: Sequence[str]) -> None:
    _edit(lambda: store.take_back(edits), "nothing to take back: no edit of yours made that")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As a JSON array.")
@click.pass_obj
def feeds(context: Context, as_json: bool) -> None:
    """The health of every feed. Last success, last answer, failures, next poll and why."""
    from monitor import output
    from monitor.models import FeedState

    store = context.store(load=False)
    states = {**store.feeds, **{key: one.feed for key, one in store.advisories.sources.items()}}
    if as_json:
        output.write_json(
            [
                *(
                    output.feed_json(feed, states.get(feed.id, FeedState(feed.id)))
                    for feed in context.config.feeds
                ),
                *(
                    output.source_json(source, states.get(source.id, FeedState(source.id)))
                    for source in context.config.sources
                ),
            ]
        )
    else:
        click.echo(output.feeds_table(context.config, states, context.now()))


@main.command()
@click.pass_obj
def check(context: Context) -> None:
    """Validate the configuration: every problem in a line of its own."""
    from monitor.notify.readiness import notes
    from monitor.query import QueryError, parse
    from monitor.rules import explain
    from monitor.rules import problems as rule_problems
    from monitor.tui.commands import check_keys
    from monitor.tui.looks import theme_problems

    settings, problems = context.examine_config()
    problems += [f"{settings.path}: ui.keys: {problem}" for problem in check_keys(settings.ui.keys)]
    problems += [f"{settings.path}: {problem}" for problem in theme_problems(settings.ui.theme)]
    queries = {f"queries.{name}": text for name, text in settings.queries.items()}
    for key, text in queries.items():
        try:
            parse(text)
        except QueryError as error:
            problems.append(f"{settings.path}: {key}: {error}")
    problems += [f"{settings.path}: {problem}" for problem in rule_problems(settings.rules)]
    if problems:
        raise Misuse("\n".join(problems))
    for note in (*settings.notes, *notes(settings, context.environ)):
        click.echo(f"note: {note}")
    for rule in settings.rules:
        click.echo(f"rule {explain(rule)}")
    click.echo(
        f"{settings.path}: {plural(len(settings.feeds), 'feed')}, "
        f"{plural(len(settings.sources), 'source')}, "
        f"{plural(len(settings.keywords), 'watch word')}, "
        f"{plural(len(settings.queries), 'query', 'queries')}, "
        f"{plural(len(settings.rules), 'rule')}: no problems"
    )


@main.command()
@click.argument("file", type=click.File("rb"), default="-")
def group(file: Any) -> None:
    """Group any JSON Lines: which lines tell the same story, and why."""
    from monitor.group import group_lines

    placed, problems = group_lines(file, sys.stdout)
    for problem in problems:
        click.echo(f"monitor: {problem}", err=True)
    if problems:
        sys.exit(3 if placed else 1)
