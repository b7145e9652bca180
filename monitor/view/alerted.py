"""Which story an alert is about, which alerts a story has; how often rules fire and are looked at.

Ids of stories change when entries are grouped anew, so that alerts know the entries.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from monitor.alert import GRAVITY, Alert, Subject
from monitor.models import Entry, Story

NOISY, NEVER = 10, 0.1  # firings from which on a rule is judged; share of them that was opened


class Tally(NamedTuple):
    """How often a rule fired, and at how many of these alerts the user looked."""

    fired: int = 0
    opened: int = 0

    @property
    def noisy(self) -> bool:
        return self.fired >= NOISY and self.opened <= self.fired * NEVER

    def says(self) -> str:
        return f"fired {times(self.fired)}, opened {self.opened:,}"


def tallies(alerts: Iterable[Alert]) -> dict[str, Tally]:
    """How often each rule fired and was opened."""
    counts: dict[str, list[int]] = {}
    for alert in alerts:
        count = counts.setdefault(alert.rule, [0, 0])
        count[0] += 1
        count[1] += alert.opened
    return {rule: Tally(*count) for rule, count in counts.items()}


def times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def story_of(
    alert: Alert, entries: Mapping[str, Entry], stories: Callable[[str], object | None]
) -> str:
    """The id of the story that an alert is about today; "" if it is about none, or that is gone.

    Ids of stories change when entries are grouped anew: entries lead to where they are now.
    """
    if alert.kind is not Subject.STORY:
        return ""
    homes = (entries[uid].story for uid in alert.about.uids if uid in entries)
    return next((home for home in (*homes, alert.about.id) if stories(home) is not None), "")


def alerts_of(story: Story, alerts: Iterable[Alert]) -> list[Alert]:
    """The alerts about a story that are not closed, gravest first."""
    uids = {entry.uid for entry in story.entries}
    found = [
        alert
        for alert in alerts
        if alert.kind is Subject.STORY
        and alert.open
        and any(one.id == story.id or not uids.isdisjoint(one.uids) for one in alert.subjects)
    ]
    return sorted(found, key=lambda one: -GRAVITY[one.severity])
