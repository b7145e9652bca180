"""What the commands on patches print: the JSON of `cli.md`, and text for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitor.advisories.phone import Report
from monitor.advisories.shadow import Shadow, sentence, summed
from monitor.models import Story
from monitor.output import table
from monitor.text import plural, rfc3339
from monitor.view import age
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Change,
    Counts,
    Exploited,
    Likelihood,
    Listing,
    Record,
    Summary,
    Vulnerability,
    counts,
)


def summary_json(one: Summary) -> dict[str, Any]:
    """A bulletin as `patches --format json` gives it."""
    return {
        "id": one.id,
        "vendor": one.vendor,
        "line": one.line,
        "month": one.month,
        "url": one.url,
        "title": one.title,
        "published": rfc3339(one.published),
        "first_seen": rfc3339(one.first_seen),
        "total": one.counts.total,
        "own": one.own.total,
        "third_party": one.third_party.total,
        "severity": one.counts._asdict(),
        "own_severity": one.own._asdict(),
        "third_party_severity": one.third_party._asdict(),
        "kev": one.kev,
        "epss": one.epss,
        "changes": one.changes,
        "problems": one.problems,
        "earlier": one.earlier,
    }


def bulletin_json(one: Bulletin) -> dict[str, Any]:
    """A bulletin as `bulletin --format json` promises it."""
    everything = counts(one.rows)
    return {
        "id": one.id,
        "vendor": one.vendor,
        "line": one.line,
        "month": one.month,
        "url": one.url or None,
        "title": one.title,
        "published": rfc3339(one.published),
        "updated": rfc3339(one.updated),
        "first_seen": rfc3339(one.first_seen) if one.first_seen else None,
        "total": everything.total,
        "own": counts(row for row in one.rows if not row.third_party).total,
        "third_party": counts(row for row in one.rows if row.third_party).total,
        "severity": everything._asdict(),
        "rows": [_row_json(row) for row in one.rows],
        "earlier": list(one.earlier),
        "problems": list(one.problems),
        "changes": [_change_json(change) for change in one.changes],
    }


def shadow_json(found: Iterable[Shadow]) -> list[dict[str, Any]]:
    """Days from KEV listing and CVE publication to the bulletin, of its third-party CVEs."""
    return [
        {
            "cve": row.cve,
            "component": row.component or None,
            "kev": row.exploited,
            "days_since_kev": row.since_kev,
            "days_since_published": row.since_published,
        }
        for row in found
    ]


def _row_json(row: BulletinRow) -> dict[str, Any]:
    return {
        "cve": row.cve,
        "severity": row.severity.value,
        "third_party": row.third_party,
        "component": row.component or None,
        "affected": list(row.affected),
        "cvss": row.cvss,
        "summary": row.summary,
        "impact": row.impact,
        "fixes": list(row.fixes),
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "seen": rfc3339(change.when),
        "cve": change.cve,
        "what": change.what,
        "before": change.before,
        "after": change.after,
        "source": change.source or None,
    }


def vulnerability_json(one: Vulnerability, stories: Iterable[Story]) -> dict[str, Any]:
    """A vulnerability as `cve --format json` gives it; what is not known is null or empty."""
    return {
        "id": one.cve,
        "bulletins": [_listing_json(listing) for listing in one.listings],
        "records": [_record_json(record) for record in one.records],
        "kev": _exploited_json(one.exploited),
        "epss": _likelihood_json(one.likelihood),
        "stories": [
            {"id": story.id, "title": story.lead.title, "sources": story.sources}
            for story in stories
        ],
    }


def _listing_json(one: Listing) -> dict[str, Any]:
    return {
        "bulletin": one.bulletin,
        "vendor": one.vendor,
        "line": one.line,
        "month": one.month,
        "published": rfc3339(one.published),
        "first_seen": rfc3339(one.first_seen),
        **_row_json(one.row),
    }


def _record_json(one: Record) -> dict[str, Any]:
    return {
        "source": one.source,
        "state": one.state or None,
        "assigner": one.assigner or None,
        "title": one.title or None,
        "description": one.description,
        "component": one.component or None,
        "rejected": one.rejected or None,
        "disputed": one.disputed,
        "weaknesses": list(one.weaknesses),
        "affected": [
            {"vendor": a.vendor, "product": a.product, "versions": list(a.versions)}
            for a in one.affected
        ],
        "ratings": [
            {
                "by": rating.by,
                "severity": rating.severity.value,
                "score": rating.score,
                "vector": rating.vector or None,
                "version": rating.version or None,
                "date": rfc3339(rating.date),
            }
            for rating in one.ratings
        ],
        "ssvc": one.ssvc or None,
        "references": list(one.references),
        "published": rfc3339(one.published),
        "updated": rfc3339(one.updated),
        "problems": list(one.problems),
        "changes": [_change_json(change) for change in one.changes],
    }


def _exploited_json(one: Exploited | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "added": rfc3339(one.added),
        "due": rfc3339(one.due),
        "name": one.name,
        "vendor": one.vendor,
        "product": one.product,
        "ransomware": one.ransomware or None,
        "action": one.action,
        "notes": list(one.notes),
        "changes": [_change_json(change) for change in one.changes],
    }


def _likelihood_json(one: Likelihood | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "epss": one.epss,
        "percentile": one.percentile,
        "date": rfc3339(one.date),
        "model": one.model or None,
    }


def bulletins_table(found: Sequence[Summary], now: float, width: int) -> str:
    """The bulletins as the Patches pane shows them."""
    if not found:
        return ""
    rows = [("bulletin", "total", "own + third", "crit/high/med/low/?", "KEV", "EPSS", "seen")]
    rows += [
        (
            one.id,
            str(one.counts.total),
            f"{one.own.total} + {one.third_party.total}",
            "/".join(map(str, one.counts)),
            str(one.kev or ""),
            "?" if one.epss is None else f"{one.epss:.2f}",
            age(one.first_seen, now) + _marks(one),
        )
        for one in found
    ]
    return table(rows, width)


def _marks(one: Summary) -> str:
    marks = []
    if one.changes:
        marks.append(plural(one.changes, "change", "changes"))
    if one.problems:
        marks.append(plural(one.problems, "problem", "problems"))
    return f"  {', '.join(marks)}" if marks else ""


def bulletin_text(one: Bulletin, shadow: Sequence[Shadow], width: int) -> str:
    """A bulletin for people: its counts, what did not fit, its rows."""
    own = counts(row for row in one.rows if not row.third_party)
    third = counts(row for row in one.rows if row.third_party)
    lines = [one.title or one.id, one.url]
    lines += [f"published: {rfc3339(one.published)}"] if one.published else []
    lines += [
        f"total: {counts(one.rows).total} = own {own.total} + third-party {third.total}",
        f"own: {_words(own)}",
        f"third-party: {_words(third)}",
    ]
    lines += [f"already in earlier updates, not counted: {len(one.earlier)}"] if one.earlier else []
    lines += [f"problem: {problem}" for problem in one.problems]
    lines += [
        f"changed: {rfc3339(change.when)} {change.cve} {change.what}"
        f" {change.before or '-'} -> {change.after or '-'}"
        for change in one.changes
    ]
    lines += [f"known before: {sentence(summed(shadow))}"] if shadow else []
    rows = [("CVE", "severity", "table", "component", "affected", "what")]
    rows += [
        (
            row.cve,
            row.severity.value,
            "third" if row.third_party else "own",
            row.component,
            ", ".join(row.affected),
            row.summary,
        )
        for row in one.rows
    ]
    return "\n".join([*filter(None, lines), "", table(rows, width)])


def _words(found: Counts) -> str:
    named = [f"{count} {name}" for name, count in found._asdict().items() if count]
    return ", ".join(named) or "none"


def vulnerability_text(detail: Mapping[str, Any]) -> str:
    """A vulnerability for people, made of its JSON: each fact with its source and date."""
    lines = [detail["id"]]
    for one in detail["bulletins"]:
        table_name = "third-party table" if one["third_party"] else "own table"
        lines += ["", f"Bulletin {one['bulletin']} ({table_name}, {one['published'] or 'undated'})"]
        lines += [f"  severity: {one['severity']}", f"  affected: {', '.join(one['affected'])}"]
    for one in detail["records"]:
        lines += ["", f"{one['source']} record, updated {one['updated'] or 'at an unknown time'}"]
        for name in ("title", "state", "rejected", "description", "component", "ssvc"):
            lines += [f"  {name}: {one[name]}"] if one[name] else []
        lines += ["  disputed"] if one["disputed"] else []
        lines += [_rating_line(rating) for rating in one["ratings"]] or ["  severity: unknown"]
        for product in one["affected"]:
            lines.append(f"  affected: {product['product']} {', '.join(product['versions'])}")
        lines += [f"  reference: {url}" for url in one["references"]]
    lines += ["", *_kev_lines(detail["kev"]), *_epss_lines(detail["epss"])]
    lines += _change_lines(detail)
    for story in detail["stories"]:
        lines.append(f"story {story['id'][:8]}: {story['title']}")
    return "\n".join(lines)


def _rating_line(rating: Mapping[str, Any]) -> str:
    score = "unscored" if rating["score"] is None else f"{rating['score']:g}"
    version = f" CVSS {rating['version']}" if rating["version"] else ""
    line = f"  {rating['by']}: {rating['severity']}, {score}{version} {rating['vector'] or ''}"
    return line.rstrip()


def _kev_lines(kev: Mapping[str, Any] | None) -> list[str]:
    if kev is None:
        return ["KEV: not listed"]
    ransomware = kev["ransomware"] or "not told"
    return [f"KEV: listed {kev['added']}, due {kev['due']}, ransomware use: {ransomware}"]


def _epss_lines(epss: Mapping[str, Any] | None) -> list[str]:
    if epss is None:
        return ["EPSS: unknown"]
    model = f" by model {epss['model']}" if epss["model"] else ""
    return [f"EPSS: {epss['epss']:g} (percentile {epss['percentile']:g}) {epss['date']}{model}"]


def _change_lines(detail: Mapping[str, Any]) -> list[str]:
    changes = [change for record in detail["records"] for change in record["changes"]]
    changes += detail["kev"]["changes"] if detail["kev"] else []
    return [
        f"changed: {change['seen']} {change['source'] or ''} {change['what']}:"
        f" {change['before'] or '-'} -> {change['after'] or '-'}"
        for change in sorted(changes, key=lambda change: str(change["seen"]))
    ]


def report_json(one: Report) -> dict[str, Any]:
    """How a device stands, as `phone --format json` gives it."""
    return {
        "id": one.device.id,
        "title": one.device.title,
        "model": one.device.model or None,
        "system": one.device.system or None,
        "patch_level": one.device.patch_level or None,
        "status": one.status.value,
        "why": one.why,
        "cadence": {
            "every": one.cadence.every or None,
            "source": one.cadence.source or None,
            "date": one.cadence.date or None,
            "url": one.cadence.url or None,
            "caveat": one.cadence.caveat or None,
        },
        "due": one.due
        and {
            "month": one.due.month,
            "first": rfc3339(one.due.first),
            "last": rfc3339(one.due.last),
            "source": one.due.source,
        },
        "bulletins": list(one.bulletins),
        "open": [
            {
                "cve": each.cve,
                "certain": each.certain,
                "severity": each.row.severity.value,
                "month": each.month,
                "bulletin": each.bulletin,
                "component": each.row.component or None,
            }
            for each in one.open
        ],
    }


def report_text(one: Report) -> str:
    """The same for people."""
    device, certain = one.device, sum(each.certain for each in one.open)
    facts = ", ".join(filter(None, (device.model, device.system, f"patch {device.patch_level}")))
    lines = [f"{device.title}: {one.status.value}", f"  {facts}", f"  {one.why}"]
    if one.cadence.every:
        lines.append(f"  cadence: {one.cadence}")
    if one.due:
        days = f"{rfc3339(one.due.first)} to {rfc3339(one.due.last)}"
        lines.append(f"  next: the patch of {one.due.month}, {days[:10]}..{days[-20:-10]}")
    lines.append(f"  open: {certain} that name this system, {len(one.open) - certain} that may")
    rows = [
        (f"  {each.cve}", each.row.severity.value, each.month, each.row.component)
        for each in one.open
    ]
    return "\n".join([*lines, table(rows)]).rstrip()
