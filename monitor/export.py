"""What leaves the program for others: stories as CSV, Markdown, RSS 2.0 and STIX 2.1.

Each function makes the whole text from the dictionaries that `output.story_json` gives. Texts have
been through `text.clean`; what the target could take for its own syntax is made harmless here.
"""

import csv
import io
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from monitor import __version__
from monitor.text import plural

Row = Mapping[str, Any]

COLUMNS = (
    "id", "title", "url", "published", "first_seen", "outlets", "sources", "roots", "topics",
    "cves", "severity", "pinned", "read", "disputed",
)  # fmt: skip
_FORMULA = re.compile(r"[=+\-@\t\r]")  # what makes a cell a formula (OWASP, CSV injection)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")
_NAMESPACE = uuid.UUID("7b0c1f0e-55a4-5c1d-9d4e-6c0c8a0f2f11")  # of the ids that we give


def to_csv(stories: Iterable[Row]) -> str:
    """A header and a line a story (RFC 4180); lists are joined by "; "."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for story in stories:
        writer.writerow([_cell(story, name) for name in COLUMNS])
    return text.getvalue()


def _cell(story: Row, name: str) -> str:
    if name == "outlets":
        value: Any = list(dict.fromkeys(source["feed"] for source in story["sources"]))
    elif name == "sources":
        value = len(story["sources"])
    else:
        value = story[name]
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    cell = "" if value is None else str(value)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def to_markdown(stories: Iterable[Row]) -> str:
    """A list of links (CommonMark), with who else tells each story."""
    return "".join(f"- {line}\n" for line in map(_item, stories)) or "No stories.\n"


def _item(story: Row) -> str:
    title = markdown(story["title"])
    url = story["url"]
    words = [f"[{title}](<{_bracketed(url)}>)" if url else title]
    sources, notes = story["sources"], [(story["published"] or story["first_seen"])[:10]]
    if len(sources) > 1:
        notes.append(f"{len(sources)} entries, {plural(story['roots'], 'root')}")
    notes += [name for name in ("disputed", "pinned") if story[name]]
    notes += story["cves"]
    return f"{words[0]} ({', '.join(map(markdown, notes))})"


def markdown(text: str) -> str:
    """Text as CommonMark shows it letter for letter."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _bracketed(url: str) -> str:
    return url.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")


def to_rss(stories: Iterable[Row], title: str) -> str:
    """An RSS 2.0 channel; the guid of an item is the story's id."""
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    heads = {
        "title": title,
        "link": "https://consumer.huawei.com/en/support/bulletin/",
        "description": "Stories of monitor",
        "generator": f"monitor {__version__}",
    }
    for name, value in heads.items():
        ElementTree.SubElement(channel, name).text = value
    for story in stories:
        item = ElementTree.SubElement(channel, "item")
        ElementTree.SubElement(item, "title").text = story["title"]
        if story["url"]:
            ElementTree.SubElement(item, "link").text = story["url"]
        ElementTree.SubElement(item, "guid", isPermaLink="false").text = story["id"]
        when = datetime.fromisoformat(story["published"] or story["first_seen"])
        ElementTree.SubElement(item, "pubDate").text = format_datetime(when)
        for category in (*story["topics"], *story["cves"]):
            ElementTree.SubElement(item, "category").text = category
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def to_stix(stories: Iterable[Row], now: float) -> dict[str, Any]:
    """A STIX 2.1 bundle (OASIS, 2021): a report a story, a vulnerability a CVE id.

    Ids are made from those of the stories and CVEs, so that a later export updates an earlier one.
    """
    us = _stix("identity", "monitor", now, now, name="monitor", identity_class="system")
    objects: dict[str, dict[str, Any]] = {us["id"]: us}
    for story in stories:
        refs = []
        for cve in story["cves"]:
            flaw = _stix("vulnerability", cve, now, now, name=cve, created_by_ref=us["id"])
            flaw["external_references"] = [{"source_name": "cve", "external_id": cve}]
            objects.setdefault(flaw["id"], flaw)
            refs.append(flaw["id"])
        first = _seconds(story["first_seen"]) or now
        report = _stix("report", story["id"], first, now, name=story["title"] or "untitled")
        report |= {
            "created_by_ref": us["id"],
            "published": _stamp(_seconds(story["published"]) or first),
            "object_refs": refs or [us["id"]],  # a report names at least one object
            "external_references": [
                {"source_name": source["feed"], "url": source["url"]}
                for source in story["sources"]
                if source["url"]
            ],
        }
        if story["topics"]:
            report["labels"] = story["topics"]
        if not report["external_references"]:
            del report["external_references"]
        objects[report["id"]] = report
    bundle = f"bundle--{uuid.uuid5(_NAMESPACE, ' '.join(objects))}"
    return {"type": "bundle", "id": bundle, "objects": list(objects.values())}


def _stix(kind: str, key: str, created: float, modified: float, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid.uuid5(_NAMESPACE, key)}",
        "created": _stamp(created),
        "modified": _stamp(max(created, modified)),
        **more,
    }


def _seconds(time: str | None) -> float | None:
    return datetime.fromisoformat(time).timestamp() if time else None


def _stamp(seconds: float) -> str:
    """A STIX timestamp: RFC 3339 in UTC with milliseconds."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
