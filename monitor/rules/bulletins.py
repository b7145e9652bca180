"""Transitions of bulletins: published, revised, and late against their line's own history."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from monitor.alert import About, Alert, Subject
from monitor.models import On, Transition
from monitor.query.patches import Bulletins
from monitor.rules.compiled import Compiled, HasFired, Moved
from monitor.rules.days import DAY, MONTH, day, is_recent_month, month_start
from monitor.text import month_after, month_name, months_apart
from monitor.vulnerability import Bulletin, Change, Counts, Summary, summary

ENOUGH = 4  # bulletins whose days of publication tell when the next one is late
SLACK = 3 * DAY  # later than usual that is never called late
SPREADS = 3.0  # of the days of publication, beyond their median
NORMAL = 1.4826  # a standard deviation in median absolute deviations
CHANGES = 3  # that a reason names


class Late(NamedTuple):
    """A line whose next bulletin should be there: its newest one, the month that is missing."""

    newest: Summary
    month: str
    reason: str


def bulletin_alerts(
    rules: Sequence[Compiled], before: Bulletin | None, after: Bulletin, fired: HasFired, now: float
) -> list[Alert]:
    """What the rules fire for a bulletin that came; `after` is as it is to be stored."""
    on, moves = {on.what: on for rule in rules for on in rule.on}, []
    if Transition.BULLETIN in on and before is None and is_recent_month(after.month, now):
        moves.append(Moved(on[Transition.BULLETIN], "published", published(after)))
    if Transition.CHANGED in on and before is not None:
        changes = [change for change in after.changes if change not in set(before.changes)]
        if changes:
            state = f"changed {_mark(changes)}"
            moves.append(Moved(on[Transition.CHANGED], state, changed(changes)))
    return _fire(rules, moves, summary(after), title(after), fired, now)


def late_alerts(
    rules: Sequence[Compiled],
    bulletins: Iterable[Summary],
    asked: Collection[str],
    fired: HasFired,
    now: float,
) -> list[Alert]:
    """What the rules fire for lines whose next bulletin is late; `asked` are the vendors that were
    asked of late, so that a bulletin that is not here is not there."""
    found: list[Alert] = []
    mine = [rule for rule in rules if rule.watches(Transition.LATE)]
    for late in late_lines(bulletins, now) if mine else ():
        if late.newest.vendor in asked:
            moves = [Moved(On(Transition.LATE), f"late {late.month}", late.reason)]
            newest = late.newest
            words = f"{newest.vendor} {newest.line}: no bulletin of {month_name(late.month)} yet"
            found += _fire(mine, moves, newest, words, fired, now)
    return found


def late_lines(bulletins: Iterable[Summary], now: float) -> Iterator[Late]:
    """The lines whose next bulletin is later than their own history lets expect."""
    for ordered in _lines(bulletins):
        if late := _late(ordered, now):
            yield late


def newest_of_line(bulletins: Iterable[Summary]) -> dict[str, str]:
    """By the id of a bulletin, that of the newest one of its line."""
    return {one.id: ordered[-1].id for ordered in _lines(bulletins) for one in ordered}


def _lines(bulletins: Iterable[Summary]) -> list[list[Summary]]:
    """The bulletins of each line, oldest first."""
    lines: dict[tuple[str, str], list[Summary]] = {}
    for one in bulletins:
        if MONTH.fullmatch(one.month):
            lines.setdefault((one.vendor, one.line), []).append(one)
    return [sorted(of_line, key=lambda one: one.month) for of_line in lines.values()]


def _late(ordered: Sequence[Summary], now: float) -> Late | None:
    """Late is what is `SPREADS` deviations after the usual day, and `SLACK` at least."""
    days = [one.published - month_start(one.month) for one in ordered if one.published is not None]
    steps = [months_apart(a.month, b.month) for a, b in pairwise(ordered)]
    if len(days) < ENOUGH or not steps:
        return None
    usual = median(days)
    spread = NORMAL * median(abs(one - usual) for one in days)
    month = month_after(ordered[-1].month, max(1, round(median(steps))))
    due = month_start(month) + usual
    if now <= due + max(SPREADS * spread, SLACK):
        return None
    return Late(
        ordered[-1],
        month,
        f"no bulletin of {month_name(month)}: by its last {len(days)} it was to come about "
        f"{day(due)}, {int((now - due) // DAY)} days ago",
    )


def _fire(
    rules: Sequence[Compiled],
    moves: Sequence[Moved],
    found: Summary,
    title: str,
    fired: HasFired,
    now: float,
) -> list[Alert]:
    alerts, corpus = [], Bulletins.of([found])
    about = About(found.id, title, found.url)
    for rule in rules if moves else ():
        moved = [
            one
            for one in moves
            if one.on in rule.on
            and not fired(rule.rule.id, Subject.BULLETIN, one.state, [found.id])
        ]
        if moved and rule.query.select(corpus, (0,), now):
            alerts.append(rule.alert(about, moved, now))
    return alerts


def title(bulletin: Bulletin) -> str:
    """What people know it by."""
    month = month_name(bulletin.month) if MONTH.fullmatch(bulletin.month) else bulletin.month
    return f"{bulletin.vendor} {bulletin.line}: bulletin of {month}"


def published(bulletin: Bulletin) -> str:
    """Why people should care that it is out."""
    rated: Mapping[str, int] = dict(zip(Counts._fields, summary(bulletin).counts, strict=True))
    counts = ", ".join(f"{count} {word}" for word, count in rated.items() if count)
    return f"published {day(bulletin.published)}: {counts or 'it lists nothing'}"


def _mark(changes: Iterable[Change]) -> str:
    """What tells one revision from another, whenever it is seen."""
    parts = sorted(f"{one.cve} {one.what} {one.before} {one.after}" for one in changes)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


def changed(changes: Sequence[Change]) -> str:
    """What was revised."""
    counts = Counter(change.what for change in changes)
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    first = [
        f"{one.cve} {one.what}" + (f" {one.before} -> {one.after}" if one.before else "")
        for one in changes[:CHANGES]
    ]
    return f"revised: {said} ({'; '.join(first)}{' ...' if len(changes) > CHANGES else ''})"
