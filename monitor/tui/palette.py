"""The registry's commands in Textual's command palette."""

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from monitor.tui.commands import COMMANDS, Command, key_names, keymap

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp


class CommandProvider(Provider):
    """Every command of the registry, with its key."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(command.title, partial(self._run, command), help=self._help(command))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(f"{command.title} {command.id}")
            if score > 0:
                yield Hit(
                    score, matcher.highlight(command.title), partial(self._run, command),
                    text=command.title, help=self._help(command),
                )  # fmt: skip

    def _commands(self) -> list[Command]:
        moving = ("down", "up", "palette", "cancel")
        return [
            c
            for c in COMMANDS
            if c.id not in moving
            and not c.id.startswith("query_")
            and hasattr(self.screen, f"action_{c.action}")
        ]

    def _help(self, command: Command) -> str:
        app: MonitorApp = self.app  # type: ignore[assignment]
        keys = keymap(app.board.config.ui.keys)[command.id]
        return f"{command.help} ({key_names(keys)})".replace("[", "\\[")

    async def _run(self, command: Command) -> None:
        await self.screen.run_action(command.action)


__all__ = ["CommandProvider"]
