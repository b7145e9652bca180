"""The generated parts of the README; `python -m tests.readme` writes them anew."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from monitor.cli import main
from monitor.tui.commands import keys_markdown

README = Path(__file__).parents[1] / "README.md"


def commands_markdown() -> str:
    """A row a command, with its options, from the command line itself."""
    rows = ["| command | what it does |", "| --- | --- |", f"| `monitor` | {_paragraph(main, 1)} |"]
    context = click.Context(main, info_name="monitor")
    for name, command in _commands(main, context):
        words = " ".join(["monitor", name, *_arguments(command)])
        rows.append(f"| `{words}` | {_paragraph(command, 0)} |")
    options = ", ".join(f"`{_option(o)}`" for o in main.params if isinstance(o, click.Option))
    return "\n".join([*rows, "", f"Before the command: {options}."])


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by their names, those of the groups in it included."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield name, command
        if isinstance(command, click.Group):
            inner = _commands(command, click.Context(command, parent=context))
            yield from ((f"{name} {word}", one) for word, one in inner)


def _paragraph(command: click.Command, number: int) -> str:
    return " ".join((command.help or "").split("\n\n")[number].split())


def _arguments(command: click.Command) -> list[str]:
    words = []
    for param in command.params:
        if isinstance(param, click.Option):
            words.append(f"[{_option(param)}]")
        else:
            words.append(param.make_metavar(click.Context(command)))
    return [word.replace("|", "\\|") for word in words]


def _option(option: click.Option) -> str:
    if option.is_flag:
        return option.opts[0]
    return f"{option.opts[0]} {option.make_metavar(click.Context(main))}"


def filled(text: str) -> str:
    """The README with its generated parts as the code has them now."""
    for name, content in (("keys", keys_markdown()), ("commands", commands_markdown())):
        block = f"<!-- {name} -->\n{content.strip()}\n<!-- /{name} -->"
        text = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.S)  # noqa: B023
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
