"""The registry's commands as Textual's bindings, and `[ui.keys]` as its keymap."""

from collections.abc import Container

from textual.binding import Binding, BindingType

from monitor.tui.commands import CHORD, COMMANDS, keymap

UNBOUND = "f63"  # for a binding whose key the user gave away; no terminal sends it


def bindings(actions: Container[str] | None = None) -> list[BindingType]:
    """The commands that a screen has these actions for; None: all of them.

    They have priority, so that keys typed ahead stay in order: what follows a "/" is not taken
    for commands by the list that still has the focus.
    """
    made: list[BindingType] = [
        Binding(
            ",".join(key for key in command.keys if key != CHORD) or UNBOUND,
            command.action,
            command.title,
            id=command.id,
            priority=True,
            show=False,
            tooltip=command.help,
        )
        for command in COMMANDS
        if actions is None or command.action.partition("(")[0] in actions
    ]
    return [*made, Binding("g", "chord", "Top", id="chord", priority=True, show=False)]


def textual_keymap(mapping: dict[str, str]) -> dict[str, str]:
    """`[ui.keys]` as Textual takes it."""
    keys = keymap(mapping)
    changed = {
        name: ",".join(key for key in keys[name] if key != CHORD) or UNBOUND
        for name in mapping
        if name in keys
    }
    return changed if CHORD in keys["top"] else changed | {"chord": UNBOUND}
