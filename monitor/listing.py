"""The stories that commands list: what the screen would show of a store."""

from typing import Any

from monitor import output
from monitor.alert import Subject
from monitor.models import RANK, Pane, Severity, Story
from monitor.session import Context, Misuse, alerts_of
from monitor.store import Store
from monitor.view import Board


class Listing:
    """A store, opened for reading, as the panes show it."""

    def __init__(self, context: Context) -> None:
        self.store = context.store()
        self._now = context.now
        self._severities: dict[str, Severity] | None = None
        self._board = Board(context.config)
        self._board.adopt(self._board.snapshot(self.store, context.now()), self.store)

    def matching(self, pane: Pane, query: str) -> list[Story]:
        """The stories of a pane that match a query, in its order; raises Misuse for a wrong one.

        Those of the Alerts pane are the stories that an alert is about which isn't closed.
        """
        view = self._board.panes[Pane.HEADLINES if pane is Pane.ALERTS else pane]
        view.filter_by(query)
        if view.problem is not None:
            raise Misuse(f"query: {view.problem.message}")
        while view.step(self._now()):
            pass
        found = [self._board.stories[index] for index in view.rows]
        if pane is Pane.ALERTS:
            waiting = alerted(self.store)
            found = [story for story in found if story.id in waiting]
        return found

    def marks(self, story: Story) -> dict[str, Any]:
        """What the user and the rules say of a story."""
        if self._severities is None:
            self._severities = alerted(self.store, closed=True)
        severity = self._severities.get(story.id)
        return {
            "pinned": story.id in self.store.pinned,
            "read": story.id in self.store.read,
            "severity": severity.value if severity else None,
        }

    def row(self, story: Story) -> dict[str, Any]:
        """A story as `list --format json` promises it."""
        return output.story_json(story, **self.marks(story))


def alerted(store: Store, *, closed: bool = False) -> dict[str, Severity]:
    """The stories that an alert is about, with the gravest of their alerts' severities.

    By their entries, as the ids of stories change. With `closed`, closed alerts count too.
    """
    found: dict[str, Severity] = {}
    for alert in alerts_of(store).all:
        if alert.kind is not Subject.STORY or not (alert.open or closed):
            continue
        uids = (uid for about in alert.subjects for uid in about.uids)
        entries = (store.entries.get(uid) for uid in uids)
        for story in {entry.story for entry in entries if entry is not None}:
            known = found.get(story, alert.severity)
            found[story] = max(alert.severity, known, key=RANK.__getitem__)
    return found
