"""`monitor group`: the grouping engine as a filter for any JSON Lines.

In, a line: `{"id", "title", "summary"?, "published"?, "url"?, "source"?, "lang"?}`. Out, in the
order of the input: `{"id", "story", "duplicate_of", "why", "stance", "disputed"}`; `disputed` says
of the whole story that another party disputes its claim.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

import msgspec
from msgspec import Struct

from monitor.claims import Reading, Telling, judge, outward, read
from monitor.cluster import Item, Placement
from monitor.cluster.batch import place
from monitor.normalize import canonical
from monitor.text import clean, cves, web_url

TITLE, SUMMARY = 300, 1_000


class Line(Struct):
    """One line of the input."""

    id: str | int
    title: str
    summary: str | None = None
    published: str | float | None = None
    url: str | None = None
    source: str | None = None
    lang: str | None = None


class _Numbered(NamedTuple):
    number: int
    line: Line
    time: float


def group_lines(lines: Iterable[bytes], out: TextIO) -> tuple[int, list[str]]:
    """Place every line that is one; how many these were, and all problems, each naming its line."""
    entries, problems = _read(lines)
    entries.sort(key=lambda entry: (entry.time, entry.number))
    items = [_item(entry) for entry in entries]
    stories: dict[str, list[Telling]] = defaultdict(list)
    readings: dict[int, Reading] = {}
    placed = {int(item.key): placement for item, placement in zip(items, place(items), strict=True)}
    for item in items:
        placement = placed[int(item.key)]
        reading = readings[int(item.key)] = read(item.title, item.summary)
        telling = Telling(item.key, item.time, item.source, item.title, reading)
        stories[placement.story].append(telling)
    ids = {str(entry.number): entry.line.id for entry in entries}
    disputed = {story for story, tellings in stories.items() if judge(tellings)}
    for entry in sorted(entries, key=lambda entry: entry.number):
        placement = placed[entry.number]
        answer = _answer(entry, placement, ids) | {
            "stance": outward(readings[entry.number].stance),
            "disputed": placement.story in disputed,
        }
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return len(entries), problems


def _read(lines: Iterable[bytes]) -> tuple[list[_Numbered], list[str]]:
    decoder = msgspec.json.Decoder(Line)
    read: list[_Numbered] = []
    problems: list[str] = []
    last = 0.0
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = decoder.decode(raw)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number}: {clean(str(error), 200)}")
            continue
        try:
            last = _time(line.published, last)
        except (ValueError, OverflowError):  # it is grouped all the same
            date = clean(str(line.published), 40)
            problems.append(
                f"line {number}: {date!r} is no date; taken to come after the line before"
            )
        read.append(_Numbered(number, line, last))
    return read, problems


def _time(published: str | float | None, last: float) -> float:
    """Seconds since 1970; a line without a time is taken to come right after the one before."""
    if published is None or published == "":
        return last
    if isinstance(published, str):
        moment = datetime.fromisoformat(published)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(published)


def _item(entry: _Numbered) -> Item:
    line = entry.line
    title, summary = clean(line.title, TITLE), clean(line.summary or "", SUMMARY)
    return Item(
        key=str(entry.number),
        title=title,
        summary=summary,
        time=entry.time,
        url=canonical(web_url(line.url or "")),
        source=clean(line.source or "", TITLE),
        lang=clean(line.lang or "", 16),
        cves=cves(f"{title} {summary}"),
    )


def _answer(entry: _Numbered, placement: Placement, ids: dict[str, str | int]) -> dict[str, Any]:
    why = placement.why
    return {
        "id": entry.line.id,
        "story": str(ids[placement.story]),
        "duplicate_of": ids[placement.duplicate_of] if placement.duplicate_of else None,
        "why": why
        and {
            "other": ids[why.other],
            "reason": why.reason,
            "score": round(why.score, 3),
            "threshold": round(why.threshold, 3),
            "shared": [[term, round(weight, 2)] for term, weight in why.shared],
        },
    }
