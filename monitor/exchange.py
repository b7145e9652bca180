"""The commands by which feeds come in, and by which stories and feeds go out."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from monitor.session import Context, Failure, Misuse

if TYPE_CHECKING:
    from monitor.models import Config, Feed
    from monitor.opml import Listed

SIZE = 10 << 20  # bytes of a list of feeds
EXPORTS = ("jsonl", "csv", "markdown", "rss", "stix", "opml")


@click.command("import")
@click.argument("file", metavar="FILE.opml", type=click.File("rb"))
@click.option(
    "--keep",
    type=click.Choice(["matching", "all"]),
    default="matching",
    show_default=True,
    help="Which entries the new feeds keep: those with a watch word, or all.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be added, and add nothing.")
@click.pass_obj
def import_(context: Context, file: IO[bytes], keep: str, dry_run: bool) -> None:
    """Add the feeds of an OPML list to your feeds.toml."""
    from monitor.opml import OpmlError, read_opml
    from monitor.text import plural

    raw = file.read(SIZE + 1)
    if len(raw) > SIZE:
        raise Failure(f"{file.name}: larger than {SIZE >> 20} MiB")
    try:
        found = read_opml(raw)
    except OpmlError as error:
        raise Failure(f"{file.name}: {error}") from None
    for problem in found.problems:
        click.echo(f"left out: {problem}", err=True)
    feeds = _new_feeds(context.config, found.feeds, keep)
    known = len(found.feeds) - len(feeds)
    for feed in feeds if dry_run else ():
        click.echo(f"{feed.id}: {feed.title}")
    if feeds and not dry_run:
        click.echo(f"{_add(context, feeds)}: ", nl=False)
    would = "would be added" if dry_run else "added"
    click.echo(f"{plural(len(feeds), 'feed', 'feeds')} {would}, {known} known already")


def _new_feeds(config: "Config", listed: "Iterable[Listed]", keep: str) -> "list[Feed]":
    """Those that the configuration does not have, each with an id of its own."""
    from monitor.config.append import new_id
    from monitor.models import Feed

    known = {feed.url for feed in config.feeds}
    taken = {feed.id for feed in config.feeds}
    feeds = []
    for url, title in listed:
        if url not in known:
            name = new_id(title, url, taken)
            taken.add(name)
            feeds.append(Feed(name, url, title or name, keep=keep))
    return feeds


def _add(context: Context, feeds: "list[Feed]") -> Path:
    """Write feeds at the end of the user's file; the shipped ones too, while those are in use.

    For a file with feeds of its own replaces those that ship, and their sources.
    """
    from monitor import config
    from monitor.config.append import append, feed_lines, source_lines

    path = context.config_path
    blocks = [feed_lines(feed) for feed in feeds]
    if not config.has_table(path, "feeds"):
        shipped = map(feed_lines, context.config.feeds)
        sources = [] if config.has_table(path, "sources") else context.config.sources
        blocks = [*shipped, *map(source_lines, sources), *blocks]
    try:
        append(path, blocks, config.load)
    except config.ConfigError as error:
        raise Misuse("\n".join(error.problems)) from None
    except OSError as error:
        raise Failure(f"{path}: can't be written: {error.strerror}") from None
    return path


@click.command("export", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(EXPORTS), required=True, help="OPML holds the feeds."
)
@click.pass_obj
def export(context: Context, query: tuple[str, ...], form: str) -> None:
    """Stories, or with --format opml the feeds, for other programs."""
    if form == "opml":
        from monitor.opml import write_opml

        if query:
            raise Misuse("--format opml exports the feeds; it takes no query")
        _write(write_opml(context.config.feeds))
        return
    _write(_made(context, form)(_stories(context, " ".join(query))))


def _stories(context: Context, query: str) -> Iterable[dict[str, Any]]:
    from monitor.listing import Listing
    from monitor.models import Pane

    listing = Listing(context)
    return map(listing.row, listing.matching(Pane.HEADLINES, query))


def _made(context: Context, form: str) -> Callable[[Iterable[dict[str, Any]]], str]:
    import json

    from monitor import export as formats

    def lines(rows: Iterable[dict[str, Any]]) -> str:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    def stix(rows: Iterable[dict[str, Any]]) -> str:
        return json.dumps(formats.to_stix(rows, context.now()), ensure_ascii=False, indent=2) + "\n"

    return {
        "jsonl": lines,
        "csv": formats.to_csv,
        "markdown": formats.to_markdown,
        "rss": lambda rows: formats.to_rss(rows, "monitor"),
        "stix": stix,
    }[form]


def _write(text: str) -> None:
    """UTF-8 whatever the locale is: files are read elsewhere."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
