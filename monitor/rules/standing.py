"""Transitions that time brings: a device overdue, a feed silent, a word that surges -> alerts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from monitor.advisories.phone import Report, Status
from monitor.alert import About, Alert, Subject
from monitor.models import Entry, Feed, FeedState, On, Transition
from monitor.query.names import Named, Names
from monitor.rules.compiled import Compiled, HasFired, Moved
from monitor.rules.days import DAY, day
from monitor.surge import Surge

ENOUGH = 10  # entries, at different times, that tell how often a feed has something new
TIMES = 3.0  # of what nearly all of its pauses are shorter than
LONGEST = 1.5  # times the longest pause but one
SHORTEST = 2 * DAY  # a pause that is never called silence
ANSWERED = DAY  # how long ago a silent feed may have answered last
AGAIN = 3  # days before a word that goes on surging fires again


class Silence(NamedTuple):
    """A feed that answers and has had nothing new since `last`."""

    feed: Feed
    last: float
    reason: str


def overdue_alerts(
    rules: Sequence[Compiled], reports: Iterable[Report], fired: HasFired, now: float
) -> list[Alert]:
    """What the rules fire for devices whose patches are overdue."""
    found: list[Alert] = []
    for report in reports:
        if report.status is Status.OVERDUE:
            device = report.device
            month = report.due.month if report.due else device.patch_level
            moved = Moved(On(Transition.OVERDUE), f"overdue {month}", report.why)
            named = Named(device.id, device.title or device.id)
            found += _fire(rules, Subject.DEVICE, named, moved, fired, now)
    return found


def silent_alerts(
    rules: Sequence[Compiled], silences: Iterable[Silence], fired: HasFired, now: float
) -> list[Alert]:
    """What the rules fire for feeds that fell silent."""
    found: list[Alert] = []
    for silence in silences:
        moved = Moved(On(Transition.SILENT), f"silent since {day(silence.last)}", silence.reason)
        feed = silence.feed
        named = Named(feed.id, feed.title, feed.kind.value)
        found += _fire(rules, Subject.FEED, named, moved, fired, now)
    return found


def surge_alerts(
    rules: Sequence[Compiled], surges: Iterable[Surge], fired: HasFired, now: float
) -> list[Alert]:
    """What the rules fire for topics and watch words that surge."""
    found: list[Alert] = []
    days = [f"surge {day(now - n * DAY)}" for n in range(AGAIN)]
    for surge in surges:
        reason = f"{surge.today} entries in 24 hours, {surge.usual:g} on a usual day"
        moved = Moved(On(Transition.SURGE), days[0], reason)
        fresh = [
            rule
            for rule in rules
            if not any(fired(rule.rule.id, Subject.WORD, one, [surge.word]) for one in days)
        ]
        found += _fire(fresh, Subject.WORD, Named(surge.word, surge.word), moved, fired, now)
    return found


def silences(
    feeds: Iterable[Feed], states: Mapping[str, FeedState], entries: Iterable[Entry], now: float
) -> Iterator[Silence]:
    """The feeds that answer, and have had nothing new for far longer than is usual with them.

    Longer than three times what 19 of 20 of their pauses last, and half as long again as the
    longest but one: a single standstill of the past hides no other.
    """
    times: dict[str, set[int]] = {}
    for entry in entries:
        when = entry.first_seen if entry.published is None else entry.published
        times.setdefault(entry.feed, set()).add(int(min(when, now) // 3600))
    for feed in feeds:
        state, hours = states.get(feed.id), sorted(times.get(feed.id, ()))
        if not feed.enabled or state is None or state.error or len(hours) < ENOUGH:
            continue
        if state.last_success is None or now - state.last_success > ANSWERED:
            continue
        gaps = sorted(3600.0 * (b - a) for a, b in pairwise(hours))
        often = gaps[int(0.95 * (len(gaps) - 1))]
        last = 3600.0 * hours[-1]
        if now - last > max(TIMES * often, LONGEST * gaps[-2], SHORTEST):
            quiet, usual = (now - last) / DAY, gaps[len(gaps) // 2] / DAY
            reason = f"nothing new since {day(last)}, {quiet:.0f} days; usual are {usual:.1g}"
            yield Silence(feed, last, reason)


def over(
    alerts: Iterable[Alert],
    newest: Mapping[str, str],
    reports: Mapping[str, Report],
    last: Mapping[str, float],
) -> list[Alert]:
    """Those of the open alerts that time brought whose reason is no more.

    `newest` has by bulletin the newest one of its line, `reports` those of devices, `last` by feed
    when it had something new. What is not known goes on.
    """
    return [alert for alert in alerts if alert.open and _is_over(alert, newest, reports, last)]


def _is_over(
    alert: Alert,
    newest: Mapping[str, str],
    reports: Mapping[str, Report],
    last: Mapping[str, float],
) -> bool:
    subject = alert.about.id
    if alert.others:
        return False
    match alert.on:
        case Transition.LATE:
            return newest.get(subject, subject) != subject
        case Transition.OVERDUE:
            found = reports.get(subject)
            return found is not None and found.status in (Status.IN_TIME, Status.DUE)
        case Transition.SILENT:
            return last.get(subject, 0.0) > alert.fired
    return False


def _fire(
    rules: Sequence[Compiled],
    kind: Subject,
    named: Named,
    moved: Moved,
    fired: HasFired,
    now: float,
) -> list[Alert]:
    corpus = Names([named])
    return [
        rule.alert(About(named.id, named.title), [moved], now)
        for rule in rules
        if rule.kind is kind
        and not fired(rule.rule.id, kind, moved.state, [named.id])
        and rule.query.select(corpus, (0,), now)
    ]
