"""Adds feeds to the user's `feeds.toml`; what stands in it already stays to the letter."""

import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from monitor.models import Feed, Source

HEADER = "# The feeds of monitor; README.md says what else may stand here.\n"
_LETTERS = re.compile(r"[a-z0-9]+")


def new_id(title: str, url: str, taken: Collection[str]) -> str:
    """An id for a feed, made of its title or host, that no other feed has."""
    from urllib.parse import urlsplit

    words = _LETTERS.findall(title.casefold()) or _LETTERS.findall(urlsplit(url).hostname or "")
    name = "-".join(words)[:40].strip("-") or "feed"
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def feed_lines(feed: Feed) -> str:
    """A feed as `feeds.toml` has it; what is as by default is left out."""
    default = Feed(feed.id, feed.url, feed.id)
    lines = [f"[feeds.{feed.id}]", f"url = {_text(feed.url)}"]
    for name in ("title", "kind", "keep", "lang"):
        if (value := getattr(feed, name)) != getattr(default, name):
            lines.append(f"{name} = {_text(str(value))}")
    if feed.topics:
        lines.append(f"topics = [{', '.join(map(_text, feed.topics))}]")
    if feed.interval != default.interval:
        lines.append(f'interval = "{feed.interval:.0f}s"')
    if not feed.enabled:
        lines.append("enabled = false")
    return "\n".join(lines) + "\n"


def source_lines(source: Source) -> str:
    """A source of bulletins that ships; its id names its client."""
    return f"[sources.{source.id}]\n" + ("" if source.enabled else "enabled = false\n")


def append(path: Path, blocks: Iterable[str], check: Callable[[Path], object]) -> None:
    """Put blocks at the end of a file, which need not be there yet, whole or not at all.

    `check` is given the new version before it takes the old one's place, and raises what is wrong
    with it. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    old = path.read_text("utf-8-sig") if path.exists() else HEADER
    text = old if old.endswith("\n") else old + "\n"
    text += "".join(f"\n{block}" for block in blocks)
    file, name = tempfile.mkstemp(".toml", ".feeds-", path.parent)
    temporary = Path(name)
    try:
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        check(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _text(value: str) -> str:
    """A basic string of TOML, which JSON's are too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
