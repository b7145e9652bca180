"""A digest as plain text, Markdown and HTML. Pure.

Headlines are shown letter for letter in all three: nothing in one is markup, a link or a line end.
"""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from html import escape

from monitor.notify.digest import Digest, Line, Part
from monitor.text import clean, web_url

TEXT = 300  # characters of a line's text, and of its note
# What means something anywhere, before "//" and after "www", and at the beginning of a line.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&@$]|:(?=//)|(?<=[Ww]{3})\.|^[#+=-])")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_ADDRESS = str.maketrans({"<": "%3C", ">": "%3E", "(": "%28", ")": "%29", "`": "%60", '"': "%22"})
_STYLE = "body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"


def title(digest: Digest, zone: tzinfo | None = None) -> str:
    """A digest in a line, for the head of a message."""
    return f"monitor: {digest.summary.removesuffix('.')} since {_when(digest.since, zone)}"


def as_text(digest: Digest, zone: tzinfo | None = None) -> str:
    """Plain text."""
    lines = [_span(digest, zone), digest.summary, digest.polled]
    for part in digest.parts:
        lines += ["", part.title]
        lines += [_text_line(line) for line in part.lines]
        lines += [f"  {more}" for more in _rest(part)]
    return "\n".join(lines)


def _text_line(line: Line) -> str:
    tail = [clean(line.note, TEXT), web_url(line.url)]
    return "\n".join([f"- {clean(line.text, TEXT)}", *(f"  {one}" for one in tail if one)])


def as_markdown(digest: Digest, zone: tzinfo | None = None) -> str:
    """Markdown in which what comes from outside is escaped."""
    lines = [
        f"# {plain(_span(digest, zone))}",
        "",
        f"{plain(digest.summary)} {plain(digest.polled)}",
    ]
    for part in digest.parts:
        lines += ["", f"## {plain(part.title)}", ""]
        lines += [_markdown_line(line) for line in part.lines]
        lines += [f"- {plain(more)}" if part.lines else plain(more) for more in _rest(part)]
    return "\n".join(lines)


def _markdown_line(line: Line) -> str:
    text, url = plain(clean(line.text, TEXT)), web_url(line.url)
    linked = f"[{text}](<{url.translate(_ADDRESS)}>)" if url else text
    note = plain(clean(line.note, TEXT))
    return f"- {linked}{f' — {note}' if note else ''}"


def plain(text: str) -> str:
    """A text that Markdown shows letter for letter."""
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def as_html(digest: Digest, zone: tzinfo | None = None) -> str:
    """A page of HTML, complete, without scripts and pictures."""
    head = escape(_span(digest, zone))
    rows = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{head}</title>',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{head}</h1>",
        f"<p>{escape(digest.summary)} {escape(digest.polled)}</p>",
    ]
    for part in digest.parts:
        rows.append(f"<h2>{escape(part.title)}</h2>")
        if part.lines:
            rows += ["<ul>", *map(_html_line, part.lines), "</ul>"]
        rows += [f"<p>{escape(more)}</p>" for more in _rest(part)]
    return "\n".join([*rows, "</body></html>"])


def _html_line(line: Line) -> str:
    text, url = escape(clean(line.text, TEXT)), web_url(line.url)
    linked = f'<a href="{escape(url)}" rel="noreferrer">{text}</a>' if url else text
    note = escape(clean(line.note, TEXT))
    return f"<li>{linked}{f' — {note}' if note else ''}</li>"


FORMATS: dict[str, Callable[[Digest, tzinfo | None], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "html": as_html,
}


def _rest(part: Part) -> list[str]:
    """What is said below a part's lines: that there are none, or how many are left out."""
    if not part.total:
        return [f"{part.nothing}."]
    left = part.total - len(part.lines)
    return [f"and {left:,} more"] if left else []


def _span(digest: Digest, zone: tzinfo | None) -> str:
    return f"What happened from {_when(digest.since, zone)} to {_when(digest.until, zone)}"


def _when(seconds: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M")
