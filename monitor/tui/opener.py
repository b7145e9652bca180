"""Opening a link in the user's browser: an argument list, never a shell (R14)."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from monitor.text import web_url

SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "env", "cmd", "powershell", "pwsh"}  # fmt: skip # noqa: E501
IN_TERMINAL = {"w3m", "lynx", "links", "links2", "elinks", "cha", "browsh", "carbonyl"}
OPENERS = {"darwin": ("open",), "linux": ("xdg-open", "wslview", "sensible-browser")}


class OpenError(Exception):
    """Why a link was not opened, for people."""


def command(url: str, env: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """The argument list that opens a url: from BROWSER, else the platform's own opener.

    BROWSER holds commands separated by `os.pathsep`; `%s` stands for the url. Raises OpenError.
    """
    if not url or web_url(url) != url:
        raise OpenError("only http and https links are opened")
    for template in filter(None, env.get("BROWSER", "").split(os.pathsep)):
        return _filled(template, url)
    for name in OPENERS.get(platform, OPENERS["linux"]):
        if found := shutil.which(name, path=env.get("PATH")):
            return [found, url]
    raise OpenError("no browser found; set BROWSER to the command that opens one")


def text_browser(url: str, env: Mapping[str, str]) -> list[str]:
    """The argument list of BROWSER where that is a program that needs the terminal, else []."""
    try:
        arguments = command(url, env) if env.get("BROWSER") else []
    except OpenError:  # `open_link` says why
        return []
    return arguments if arguments and Path(arguments[0]).name in IN_TERMINAL else []


def run_in_terminal(arguments: Sequence[str]) -> None:
    """Run a program that has the terminal until it ends. Raises OpenError."""
    try:
        subprocess.run(arguments, check=False)
    except OSError as error:
        raise OpenError(f"{arguments[0]}: {error.strerror}") from None


def open_link(url: str, patience: float = 1.0) -> None:
    """Open a url; returns when the browser has been running for a moment. Raises OpenError.

    One that fails at once, as without a display, is told. It gets no terminal: the screen has it.
    """
    if sys.platform == "win32":
        os.startfile(web_url(url))
        return
    arguments = command(url, os.environ)
    try:
        browser = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise OpenError(f"{arguments[0]}: {error.strerror}") from None
    with suppress(subprocess.TimeoutExpired):
        if code := browser.wait(patience):
            raise OpenError(f"{Path(arguments[0]).name} failed (exit code {code})")


def _filled(template: str, url: str) -> list[str]:
    try:
        parts = shlex.split(template)
    except ValueError as error:
        raise OpenError(f"BROWSER cannot be read: {error}") from None
    if not parts or Path(parts[0]).stem.lower() in SHELLS:
        raise OpenError("BROWSER runs a shell; name the browser itself")
    if not any("%s" in part for part in parts):
        parts.append("%s")
    return [part.replace("%s", url) for part in parts]
