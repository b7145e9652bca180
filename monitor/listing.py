"""The stories that commands list: what the screen would show of a store."""

from typing import Any

import click

from monitor import output
from monitor.models import Pane, Story
from monitor.session import Context, Misuse
from monitor.view import Board


class Listing:
    """A store, opened for reading, as the panes show it."""

    def __init__(self, context: Context) -> None:
        self.store = context.store()
        self._now = context.now
        self._board = Board(context.config)
        self._board.adopt(self._board.snapshot(self.store, context.now()), self.store)

    def matching(self, pane: Pane, query: str) -> list[Story]:
        """The stories of a pane that match a query, in its order; raises Misuse for a wrong one.

        Tells of a feed that isn't there where therefore nothing matches.
        """
        view = self._board.panes[pane]
        view.filter_by(query)
        if view.problem is not None:
            raise Misuse(f"query: {view.problem.message}")
        while view.step(self._now()):
            pass
        if view.hint:
            click.echo(f"monitor: {view.hint}", err=True)
        return [self._board.stories[index] for index in view.rows]

    def marks(self, story: Story) -> dict[str, Any]:
        """What the user and the rules say of a story."""
        rule = self._board.rule(story.id)
        return {
            "pinned": story.id in self.store.pinned,
            "read": story.id in self.store.read,
            "severity": rule.severity.value if rule else None,
        }

    def row(self, story: Story) -> dict[str, Any]:
        """A story as `list --format json` promises it."""
        return output.story_json(story, **self.marks(story))
