"""The command line as a whole: which module has a command, and what becomes of its output."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any, NoReturn

import click

ELSEWHERE = {  # command -> its module and name there
    "ack": "alerts:ack",
    "alerts": "alerts:alerts",
    "bulletin": "patches:bulletin",
    "close": "alerts:close",
    "cve": "patches:cve",
    "digest": "telling:digest",
    "export": "exchange:export",
    "import": "exchange:import_",
    "notify": "telling:notify",
    "patches": "patches:patches",
    "phone": "patches:phone",
    "reopen": "alerts:reopen",
    "rules": "alerts:rules",
    "snooze": "alerts:snooze",
}


class Program(click.Group):
    """Commands of other modules are imported when they are asked for: the screen needs none.

    A reader that has enough (`| head`) ends a command well; output that can't be written is told.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        with _some_output():
            try:
                return super().main(*args, **kwargs)
            except OSError as error:  # of `--help` and the like
                _unwritten(error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
            sys.exit(0)
        except OSError as error:
            _unwritten(error)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(f"monitor.{module}"), name)
        return found


@contextmanager
def _some_output() -> Iterator[None]:
    """Where the output is closed (`>&-`), what is printed goes nowhere."""
    if sys.stdout is not None:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _unwritten(error: OSError) -> NoReturn:
    _discard_output()
    click.echo(f"monitor: {error.filename or 'output'}: {error.strerror or error}", err=True)
    sys.exit(1)


def _discard_output() -> None:
    """What is left in the buffer has no place to go, and would be complained of at the end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
