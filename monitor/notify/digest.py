"""A digest: what happened in a stretch of time, from what is stored."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from monitor.alert import Alert, AlertState
from monitor.models import Config, FeedState, Severity, Story
from monitor.store import Store
from monitor.text import plural, rfc3339
from monitor.vulnerability import Change, Summary

GRAVEST_FIRST = tuple(reversed(Severity))
MOST = 20  # lines of a part; the rest is counted
CHANGES = 3  # of a bulletin that are told


class Line(Struct, frozen=True):
    """One thing that happened. Texts are clean; `url` may be any text from outside, or ""."""

    text: str
    url: str = ""
    note: str = ""


class Part(Struct, frozen=True):
    """A part of a digest, with what is said where nothing is in it."""

    id: str
    title: str
    nothing: str
    lines: tuple[Line, ...] = ()
    total: int = 0  # of which `lines` are the first


class Digest(Struct, frozen=True):
    """What happened after `since` up to `until`, in seconds since 1970."""

    since: float
    until: float
    summary: str  # a sentence, never empty
    polled: str  # what was asked, and how much of it answered
    parts: tuple[Part, ...]
    gravest: Severity = Severity.INFO


def gather(config: Config, store: Store, since: float, until: float) -> Digest:
    """The digest of a stretch of time. Loads the archive; to be called off the event loop."""
    store.load()
    fired = [alert for alert in store.alerts.all if since < alert.fired <= until]
    still = [alert for alert in store.alerts.all if alert.open and alert.fired <= since]
    stories = list(store.stories.values())
    new = [story for story in stories if _is_new(story, since, until)]
    disputed = [story for story in stories if story.disputed and _came(story, since, until)]
    bulletins = store.advisories.bulletins
    published = [one for one in bulletins if since < one.first_seen <= until]
    changed = list(_changed(store, bulletins, since, until))
    states = _states(config, store)
    failing = [state for state in states if state.error]
    parts = (
        _alerts(fired, config, still),
        _part("stories", "New stories", "no new story", map(_story, _widest(new))),
        _part("disputed", "Disputed", "no story is disputed anew", map(_story, _widest(disputed))),
        _part("bulletins", "New bulletins", "no new bulletin", map(_bulletin, published)),
        _part("changes", "Changed bulletins", "no bulletin was changed", changed),
        _part("failing", "Failing", "no feed or source fails", map(_failing, failing)),
    )
    return Digest(
        since=since,
        until=until,
        summary=_summary(parts),
        polled=_polled(states, since, until),
        parts=parts,
        gravest=min((one.severity for one in fired), key=_rank, default=Severity.INFO),
    )


def digest_json(digest: Digest) -> dict[str, Any]:
    """A digest for programs."""
    return {
        "since": rfc3339(digest.since),
        "until": rfc3339(digest.until),
        "summary": digest.summary,
        "polled": digest.polled,
        **{part.id: _part_json(part) for part in digest.parts},
    }


def _part_json(part: Part) -> dict[str, Any]:
    lines = [
        {"text": line.text, "url": line.url or None, "note": line.note or None}
        for line in part.lines
    ]
    return {"total": part.total, "items": lines}


def _part(name: str, title: str, nothing: str, lines: Iterable[Line]) -> Part:
    found = list(lines)
    return Part(name, title, nothing, tuple(found[:MOST]), len(found))


def _alerts(fired: list[Alert], config: Config, still: list[Alert]) -> Part:
    """The alerts by severity, with a count of those from before that wait for their user."""
    titles = {rule.id: rule.title for rule in config.rules}
    ordered = sorted(fired, key=lambda alert: (_rank(alert.severity), -alert.fired))
    waiting = [alert for alert in still if alert.state is AlertState.NEW]
    nothing = "no alert fired"
    if waiting:
        nothing += f"; {plural(len(waiting), 'alert')} from before not seen to yet"
    title = "Alerts"
    if fired:
        by_severity = ", ".join(_counted(one.severity for one in ordered))
        by_state = ", ".join(_counted(one.state for one in ordered))
        title = f"Alerts: {by_severity}; {by_state}"
    lines = (_alert(alert, titles.get(alert.rule) or alert.rule) for alert in ordered)
    return _part("alerts", title, nothing, lines)


def _alert(alert: Alert, rule: str) -> Line:
    more = f" and {alert.count - 1:,} more" if alert.count > 1 else ""
    state = "" if alert.state is AlertState.NEW else f"{alert.state.value}; "
    return Line(
        f"{alert.severity.upper()}: {alert.about.title or alert.about.id}{more}",
        alert.about.url,
        f"{state}{alert.reason} ({rule})",
    )


def _story(story: Story) -> Line:
    sources = f"{plural(story.sources, 'source')}, " if story.sources > 1 else ""
    cves = f"; {', '.join(story.cves[:3])}" if story.cves else ""
    return Line(story.lead.title, story.lead.url, f"{sources}{story.lead.outlet}{cves}")


def _bulletin(one: Summary) -> Line:
    found = {name: count for name, count in one.counts._asdict().items() if count}
    counts = ", ".join(f"{count} {name}" for name, count in found.items())
    kev = f"; {one.kev} exploited" if one.kev else ""
    fixes = f"{plural(one.counts.total, 'fix', 'fixes')}: {counts}" if counts else "no fixes"
    return Line(f"{one.vendor} {one.line} {one.month}", one.url, fixes + kev)


def _changed(
    store: Store, bulletins: Iterable[Summary], since: float, until: float
) -> Iterator[Line]:
    for one in bulletins:
        whole = store.advisories.bulletin(one.id) if one.changes else None
        changes = (
            [change for change in whole.changes if since < change.when <= until] if whole else []
        )
        if changes:
            told = "; ".join(map(_change, changes[:CHANGES]))
            more = f"; and {len(changes) - CHANGES} more" if len(changes) > CHANGES else ""
            yield Line(f"{one.vendor} {one.line} {one.month}", one.url, told + more)


def _change(change: Change) -> str:
    if change.what in ("added", "removed"):
        return f"{change.cve} {change.what}"
    return f"{change.cve} {change.what}: {change.before or 'none'} to {change.after or 'none'}"


def _failing(state: FeedState) -> Line:
    return Line(state.id, "", f"{state.error} ({plural(state.failures, 'failure')} in a row)")


def _states(config: Config, store: Store) -> list[FeedState]:
    """The states of what is polled and switched on."""
    known = {**store.feeds, **{key: one.feed for key, one in store.advisories.sources.items()}}
    ids = [one.id for one in config.polled if one.enabled]
    return [known[key] for key in ids if key in known]


def _polled(states: list[FeedState], since: float, until: float) -> str:
    def within(when: float | None) -> bool:
        return when is not None and since < when <= until

    asked = sum(within(state.last_poll) for state in states)
    answered = sum(within(state.last_success) for state in states)
    if not asked:
        return "Nothing was polled in this time."
    return f"{plural(asked, 'feed or source', 'feeds and sources')} polled, {answered} answered."


def _summary(parts: Iterable[Part]) -> str:
    names = {
        "alerts": ("alert", "alerts"),
        "stories": ("new story", "new stories"),
        "disputed": ("disputed story", "disputed stories"),
        "bulletins": ("new bulletin", "new bulletins"),
        "changes": ("changed bulletin", "changed bulletins"),
        "failing": ("failing source", "failing sources"),
    }
    told = [plural(part.total, *names[part.id]) for part in parts if part.total]
    return f"{', '.join(told)}." if told else "Nothing happened."


def _is_new(story: Story, since: float, until: float) -> bool:
    """Whether a story began in this time: seen first in it, and not dated back before it."""
    first = min(entry.first_seen for entry in story.entries)
    return since < first <= until and story.time >= since


def _came(story: Story, since: float, until: float) -> bool:
    return any(since < entry.first_seen <= until for entry in story.entries)


def _widest(stories: Iterable[Story]) -> list[Story]:
    """The stories that most outlets tell first."""
    return sorted(stories, key=lambda story: (-story.sources, -story.time))


def _rank(severity: Severity) -> int:
    return GRAVEST_FIRST.index(severity)


def _counted(names: Iterable[str]) -> list[str]:
    counts: dict[str, int] = {}
    for name in names:
        counts[str(name)] = counts.get(str(name), 0) + 1
    return [f"{count:,} {name}" for name, count in counts.items()]
