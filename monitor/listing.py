"""The stories that commands list: what the screen would show of a store."""

from typing import Any

import click

from monitor import output
from monitor.alerts import alerted
from monitor.models import Pane, Story
from monitor.session import Context, Misuse
from monitor.view import Board


class Listing:
    """A store, opened for reading, as the panes show it."""

    def __init__(self, context: Context) -> None:
        self.store = context.store()
        self._now = context.now
        self._severities = alerted(self.store, closed=True)
        self._board = Board(context.config)
        self._board.adopt(self._board.snapshot(self.store), self.store)

    def matching(self, pane: Pane, query: str) -> list[Story]:
        """The stories of a pane that match a query, in its order; raises Misuse for a wrong one.

        In the pane of alerts: those that an alert is about which is not closed. Tells of a feed
        that isn't there where therefore nothing matches.
        """
        view = self._board.panes[Pane.HEADLINES if pane is Pane.ALERTS else pane]
        view.filter_by(query)
        if view.problem is not None:
            raise Misuse(f"query: {view.problem.message}")
        while view.step(self._now()):
            pass
        if view.hint:
            click.echo(f"monitor: {view.hint}", err=True)
        found = [self._board.stories[index] for index in view.rows]
        if pane is not Pane.ALERTS:
            return found
        open_ = alerted(self.store)
        return [story for story in found if story.id in open_]

    def marks(self, story: Story) -> dict[str, Any]:
        """What the user and the alerts say of a story."""
        severity = self._severities.get(story.id)
        return {
            "pinned": story.id in self.store.pinned,
            "read": story.id in self.store.read,
            "severity": severity.value if severity else None,
        }

    def row(self, story: Story) -> dict[str, Any]:
        """A story as `list --format json` promises it."""
        return output.story_json(story, **self.marks(story))
