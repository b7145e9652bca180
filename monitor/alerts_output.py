"""What the commands on alerts print: text for people, and the JSON of rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from monitor.alert import Alert
from monitor.models import Rule
from monitor.output import ago, table
from monitor.text import rfc3339
from monitor.view.alerted import Tally, tallies

if TYPE_CHECKING:
    from monitor.rules.history import Would

SELDOM = 10  # firings after which a rule that nobody looks at says so


def alerts_table(alerts: Iterable[Alert], now: float, width: int) -> str:
    """An alert a line: id, state, severity, age, rule, subject and reason."""
    rows = [
        (
            alert.id,
            alert.state.value,
            alert.severity.value,
            ago(alert.fired, now),
            alert.rule,
            f"{alert.about.title}: {alert.reason}" + (f" ({alert.note})" if alert.note else ""),
        )
        for alert in alerts
    ]
    return table(rows, width)


def alert_text(detail: Mapping[str, Any]) -> str:
    """One alert for people, from its JSON."""
    subject = detail["subject"]
    lines = [f"{subject['title']}", "", f"{detail['reason']}", ""]
    lines += [
        f"{name}: {detail[name]}"
        for name in ("id", "rule", "severity", "on", "state", "fired", "until", "note")
        if detail[name]
    ]
    lines.append(f"subject: {subject['kind']} {subject['id']}")
    lines += [f"url: {subject['url']}"] if subject["url"] else []
    for sent in detail["deliveries"]:
        error = f": {sent['error']}" if sent["error"] else ""
        lines.append(f"to {sent['target']}: {sent['state']}, tried {sent['tries']} times{error}")
    lines += ["", "also:"] if detail["others"] else []
    lines += [f"  {other['id']}  {other['title']}" for other in detail["others"]]
    return "\n".join(lines)


def tally(rule: Rule, fired: Iterable[Alert]) -> tuple[int, int, float | None]:
    """How often a rule fired, how many of these were looked at, and when it fired last."""
    mine = [alert for alert in fired if alert.rule == rule.id]
    counts = tallies(mine).get(rule.id, Tally())
    return *counts, max((alert.fired for alert in mine), default=None)


def rule_json(rule: Rule, fired: Iterable[Alert]) -> dict[str, Any]:
    """A rule with its settings, what it means, and what came of it."""
    count, opened, last = tally(rule, fired)
    return {
        "id": rule.id,
        "title": rule.title or rule.id,
        "when": rule.when,
        "on": [str(on) for on in rule.on],
        "severity": rule.severity.value,
        "notify": list(rule.notify),
        "quiet": [list(span) for span in rule.quiet],
        "limit": rule.limit,
        "repeat": rule.repeat or None,
        "enabled": rule.enabled,
        "explained": explained(rule),
        "fired": count,
        "opened": opened,
        "last": rfc3339(last),
    }


def explained(rule: Rule) -> str:
    """The rule as a sentence, or why it can not work."""
    from monitor.rules import explain, problems

    return next(iter(problems([rule])), "") or explain(rule)


def rules_table(rules: Iterable[Rule], fired: Sequence[Alert], now: float, width: int) -> str:
    """A rule a line: id, severity, how often it fired, when last, and what it means."""
    rows = []
    for rule in rules:
        count, opened, last = tally(rule, fired)
        note = f"fired {count}" + (f", opened {opened}" if count >= SELDOM else "")
        on = " ".join(str(on) for on in rule.on)
        state = "" if rule.enabled else "off"
        when = ago(last, now) if last else "never"
        rows.append((rule.id, rule.severity.value, state, note, when, on, rule.when))
    return table(rows, width)


def would_json(would: "Would") -> dict[str, Any]:
    """A firing that would have been."""
    about = would.about
    return {
        "when": rfc3339(would.when),
        "on": [one.on.what.value for one in would.moved],
        "subject": {"id": about.id, "title": about.title, "url": about.url or None},
        "reason": would.reason,
    }


def would_table(found: Sequence["Would"], now: float, width: int) -> str:
    """The same for people, with how many there are."""
    rows = [
        (
            ago(one.when, now) if one.when else "",
            " ".join(dict.fromkeys(str(moved.on) for moved in one.moved)),
            f"{one.about.title}: {one.reason}",
        )
        for one in found
    ]
    count = f"{len(found):,} in the stored history"
    return f"{table(rows, width)}\n\n{count}" if rows else count
