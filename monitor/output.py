"""What the command line prints: the JSON of `cli.md`, and tables for people."""

import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TextIO

from monitor.models import (
    Body,
    Config,
    Edit,
    Entry,
    Feed,
    FeedState,
    PollResult,
    PollStatus,
    Source,
    Story,
)
from monitor.roots import LINK, roots
from monitor.text import clean, plural, rfc3339


def story_json(story: Story, *, pinned: bool, read: bool, severity: str | None) -> dict[str, Any]:
    """A story as `list --format json` promises it."""
    return {
        "id": story.id,
        "title": story.lead.title,
        "url": story.lead.url or None,
        "published": rfc3339(story.lead.published),
        "first_seen": rfc3339(min(entry.first_seen for entry in story.entries)),
        "sources": [_source_json(entry) for entry in story.entries],
        "roots": story.roots,
        "topics": list(story.topics),
        "cves": list(story.cves),
        "severity": severity,
        "pinned": pinned,
        "read": read,
        "disputed": story.disputed,
    }


def _source_json(entry: Entry) -> dict[str, Any]:
    return {
        "feed": entry.feed,
        "entry": entry.id,
        "title": entry.title,
        "url": entry.url or None,
        "published": rfc3339(entry.published),
    }


def story_detail(
    story: Story,
    bodies: Mapping[str, Body],
    kinds: Mapping[str, str],
    *,
    pinned: bool,
    read: bool,
    severity: str | None,
) -> dict[str, Any]:
    """Everything known of a story: what the list says, each source's text and reason, who claims
    and who disputes. `kinds` has the kind of each feed id; `ledger` is null where all report."""
    from monitor.claims import outward

    detail = story_json(story, pinned=pinned, read=read, severity=severity)
    on = {number: n for n, root in enumerate(roots(story.entries)) for number in root.entries}
    for number, (entry, source) in enumerate(zip(story.entries, detail["sources"], strict=True)):
        body = bodies.get(entry.uid, Body())
        why = entry.why
        source |= {
            "uid": entry.uid,
            "outlet": entry.outlet,
            "lang": entry.lang or None,
            "root": on[number],
            "cites": [name for name in entry.cites if not name.startswith(LINK)],
            "first_seen": rfc3339(entry.first_seen),
            "last_seen": rfc3339(entry.last_seen),
            "duplicate_of": entry.duplicate_of or None,
            "matched": list(entry.matched),
            "hidden_characters": entry.hidden,
            "former_titles": [
                {"title": former.title, "until": rfc3339(former.until)} for former in entry.former
            ],
            "kind": kinds.get(entry.feed),
            "stance": outward(entry.reading.stance) if entry.reading else "reports",
            "summary": body.summary,
            "content": body.content,
            "author": body.author or None,
            "links": list(body.links),
            "why": why
            and {
                "other": why.other,
                "reason": why.reason,
                "score": round(why.score, 3),
                "threshold": round(why.threshold, 3),
                "shared": [[term, round(weight, 2)] for term, weight in why.shared],
            },
        }
    detail["ledger"] = _ledger_json(story, kinds)
    return detail


SIDES = ("claims", "disputes", "silences", "retractions", "supports")  # of a ledger


def _ledger_json(story: Story, kinds: Mapping[str, str]) -> dict[str, Any] | None:
    """Who says what of a story's claims, and in which words."""
    from monitor.claims import story_ledger

    found = story_ledger(story.entries)
    if found is None:
        return None
    feeds = {entry.uid: entry.feed for entry in story.entries}
    return {
        side: [
            {
                "party": line.party,
                "stance": line.stance.value,
                "time": rfc3339(line.time),
                "entry": line.uid,
                "outlet": line.outlet,
                "kind": kinds.get(feeds[line.uid]),
                "words": line.words or None,
                "passage": line.passage,
                "evidence": line.evidence or None,
                "hint": line.weak,
                "repeated_in": list(line.repeated),
            }
            for line in getattr(found, side)
        ]
        for side in SIDES
    }


def edit_json(edit: Edit) -> dict[str, Any]:
    """A split or merge by the user."""
    return {
        "id": edit.id,
        "kind": edit.kind.value,
        "when": rfc3339(edit.when),
        "story": edit.story,
        "stories": list(edit.stories),
        "entries": list(edit.uids),
    }


def story_text(detail: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [detail["title"], ""]
    for name in ("id", "url", "published", "severity"):
        if detail[name]:
            lines.append(f"{name}: {detail[name]}")
    for name in ("topics", "cves"):
        if detail[name]:
            lines.append(f"{name}: {', '.join(detail[name])}")
    if len(detail["sources"]) > 1:
        lines.append(
            f"roots: {detail['roots']} of {plural(len(detail['sources']), 'entry', 'entries')}"
        )
    marks = [name for name in ("pinned", "read", "disputed") if detail[name]]
    if marks:
        lines.append(f"marks: {', '.join(marks)}")
    for edit in detail.get("edits", ()):
        lines.append(f"{edit['kind']} by you: {edit['when']}")
    for figure in detail.get("figures", ()):
        who, drift = ", ".join(figure["outlets"]), ", ".join(figure["drift"])
        says = figure["says"] + (f"; {drift}" if drift else "")
        lines.append(f"numbers: {figure['outcome']}: {says} ({who})")
    lines += _ledger_lines(detail["ledger"] or {})
    for source in detail["sources"]:
        head = [source["outlet"], source["published"] or "undated", source["stance"]]
        lines += ["", ", ".join(head), source["title"]]
        lines += [f"until {old['until']}: {old['title']}" for old in source["former_titles"]]
        lines += [source["url"]] if source["url"] else []
        lines += _why_lines(source)
        text = source["content"] or source["summary"]
        lines += ["", text] if text else []
    return "\n".join(lines)


def _ledger_lines(ledger: Mapping[str, Any]) -> list[str]:
    """Who says what of the claim, the words that led to it, and who was asked and said nothing."""
    lines = []
    for side, told in ledger.items():
        lines += ["", f"{side}:"] if told else []
        for line in told:
            kind = f" ({line['kind']})" if line["kind"] else ""
            words = f", by the words: {line['words']}" if line["words"] else ""
            hint = ", a hint only" if line["hint"] and line["words"] else ""
            lines.append(
                f"  {line['time']}  {line['party']}, in {line['outlet']}{kind}{words}{hint}"
            )
            lines.append(f"    {line['passage']}")
            lines += [f"    evidence: {line['evidence']}"] if line["evidence"] else []
    return lines


def _why_lines(source: Mapping[str, Any]) -> list[str]:
    why = source["why"]
    if not why:
        return []
    if why["reason"].endswith("by you"):
        return [why["reason"]]
    shared = ", ".join(term for term, _ in why["shared"])
    label = "duplicate" if source["duplicate_of"] else "grouped"
    line = f"{label}: {why['reason']}, {why['score']} of {why['threshold']} needed"
    return [f"{line}; shares {shared}" if shared else line]


def poll_json(result: PollResult) -> dict[str, Any]:
    """A poll as `poll --json` promises it."""
    return {
        "feeds": [
            {
                "id": feed.id,
                "status": feed.status.value,
                "http": feed.http,
                "entries": feed.entries,
                "new": feed.new,
                "error": feed.error or None,
                "seconds": round(feed.seconds, 3),
            }
            for feed in result.feeds
        ],
        "sources": [
            {
                "id": source.id,
                "status": source.status.value,
                "http": source.http,
                "items": source.items,
                "error": source.error or None,
                "notes": list(source.notes),
                "seconds": round(source.seconds, 3),
            }
            for source in result.sources
        ],
        "entries_new": result.entries_new,
        "stories_new": result.stories_new,
        "alerts_new": result.alerts_new,
        "seconds": round(result.seconds, 3),
    }


def poll_summary(result: PollResult) -> str:
    """One line on a poll."""
    by_status = dict.fromkeys(PollStatus, 0)
    for one in result.results:
        by_status[one.status] += 1
    counts = ", ".join(f"{count} {status.value}" for status, count in by_status.items() if count)
    return (
        f"{counts or 'no feeds'}; {plural(result.entries_new, 'new entry', 'new entries')}"
        f" in {plural(result.stories_new, 'new story', 'new stories')}"
        f" ({result.seconds:.1f} s)"
    )


def feed_json(feed: Feed, state: FeedState) -> dict[str, Any]:
    """A feed's health as `feeds --json` gives it; the address without its credentials."""
    return {
        "id": feed.id,
        "title": feed.title,
        "url": without_credentials(feed.url),
        "kind": feed.kind.value,
        "enabled": feed.enabled,
        "interval": feed.interval,
        **_state_json(state),
    }


def source_json(source: Source, state: FeedState) -> dict[str, Any]:
    """The health of a source of advisories, beside the feeds'."""
    return {
        "id": source.id,
        "title": source.title,
        "url": without_credentials(source.url) or None,
        "kind": source.kind,
        "enabled": source.enabled,
        "interval": source.interval,
        **_state_json(state),
    }


def _state_json(state: FeedState) -> dict[str, Any]:
    return {
        "last_success": rfc3339(state.last_success),
        "last_poll": rfc3339(state.last_poll),
        "http": state.http,
        "failures": state.failures,
        "error": state.error or None,
        "warning": state.warning or None,
        "next_poll": rfc3339(state.next_poll),
        "next_why": state.next_why or None,
        "gone": state.gone,
        "moved_to": state.moved_to or None,
        "entries": state.entries,
        "polls": state.polls,
        "unchanged": state.unchanged,
    }


def without_credentials(url: str) -> str:
    """An address without the user and password before its host."""
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


def feeds_table(config: Config, states: Mapping[str, FeedState], now: float) -> str:
    """The feeds with their health, those that fail first told in words."""
    rows = [("feed", "kind", "last success", "answer", "next poll", "state")]
    for one in config.polled:
        state = states.get(one.id, FeedState(one.id))
        rows.append(
            (
                one.id,
                str(one.kind),
                ago(state.last_success, now),
                str(state.http or "-"),
                _next(one, state, now),
                _health(one, state),
            )
        )
    return table(rows)


def _age(then: float, now: float) -> str:
    from monitor.view import age  # and all of the panes, which a poll has no need of

    return age(then, now)


def ago(then: float | None, now: float) -> str:
    """How long ago that was, in short."""
    if then is None:
        return "never"
    words = _age(then, now)
    return "just now" if words == "now" else f"{words} ago"


def _next(feed: Feed | Source, state: FeedState, now: float) -> str:
    if not feed.enabled or state.gone:
        return "never"
    if state.next_poll is None or state.next_poll <= now:
        return "due"
    words = _age(now, state.next_poll)
    return "in a moment" if words == "now" else f"in {words}"


def _health(feed: Feed | Source, state: FeedState) -> str:
    if not feed.enabled:
        return "switched off"
    if state.error:
        return f"{state.error} ({plural(state.failures, 'failure', 'failures')})"
    if state.warning:
        return f"warning: {state.warning}"
    return "ok" if state.last_success else "not polled yet"


def stories_table(
    stories: Iterable[Story], pinned: Collection[str], read: Collection[str], now: float, width: int
) -> str:
    """Stories as the headlines pane shows them, cut to `width` columns."""
    from monitor.view.rows import story_age

    rows = [
        (
            ("P" if story.id in pinned else " ")
            + (" " if story.id in read else "*")
            + ("≠" if story.disputed else " "),
            story.id[:8],
            story_age(story, now),
            f"x{story.sources}" if story.sources > 1 else "",
            story.lead.outlet,
            story.lead.title,
        )
        for story in stories
    ]
    return table(rows, width)


WIDEST, LEAST = 28, 10  # cells of a column but the last
NO_LIMIT = 100_000


def columns() -> int:
    """How wide a table may be: the terminal; `COLUMNS` where it is set; 0, no limit, in a pipe."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return 0


def table(rows: Sequence[Sequence[str]], width: int = 0) -> str:
    """Columns set side by side, each as wide as its widest cell; the last is cut at `width`.

    Where that leaves it little room, the widest of the others gives way; never the first, by which
    a row is known. 0 is no limit.
    """
    if not rows:
        return ""
    cells = [[clean(cell) if cell.strip() else cell for cell in row] for row in rows]
    widths = [min(WIDEST, max(_cells(row[i]) for row in cells)) for i in range(len(cells[0]) - 1)]
    limit = width or NO_LIMIT
    last = min(max(_cells(row[-1]) for row in cells), limit // 2)
    while limit - sum(widths) - 2 * len(widths) < last and max(widths[1:], default=0) > LEAST:
        widths[widths.index(max(widths[1:]), 1)] -= 1
    lines = []
    for row in cells:
        fixed = "  ".join(_fit(cell, size) for cell, size in zip(row, widths, strict=False))
        room = max(20, limit - _cells(fixed) - 2)
        lines.append(f"{fixed}  {_fit(row[-1], room, pad=False)}".rstrip())
    return "\n".join(lines)


def _cells(text: str) -> int:
    from wcwidth import wcswidth

    return max(0, wcswidth(text))


def _fit(text: str, size: int, *, pad: bool = True) -> str:
    if _cells(text) > size:
        kept = text[:size]
        while kept and _cells(kept) > size - 1:
            kept = kept[:-1]
        text = kept + "…"
    return text + " " * (size - _cells(text)) if pad else text


def write_json(value: object, stream: TextIO | None = None) -> None:
    """One JSON document, readable, in UTF-8."""
    out = stream or sys.stdout
    json.dump(value, out, ensure_ascii=False, indent=2)
    out.write("\n")


def write_jsonl(values: Iterable[object], stream: TextIO | None = None) -> None:
    """One JSON document a line."""
    out = stream or sys.stdout
    for value in values:
        out.write(json.dumps(value, ensure_ascii=False) + "\n")
