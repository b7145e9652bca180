"""A notification of the desktop, by `notify-send` where it is installed."""

import shutil
from collections.abc import Callable, Mapping

from monitor.models import Severity, Target
from monitor.notify.command import ended
from monitor.notify.message import Message
from monitor.notify.process import ProcessError, Run
from monitor.notify.secrets import Secret
from monitor.notify.sending import Send, SendError
from monitor.text import clean

PROGRAM = "notify-send"
MISSING = f"{PROGRAM} is not installed (Debian: apt install libnotify-bin)"
BODY = 600  # characters
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\"})

Find = Callable[[str], str | None]


def desktop(target: Target, run: Run, find: Find = shutil.which) -> Send:
    """Shows a message on the desktop of the user who runs monitor."""

    async def send(message: Message, secret: Secret) -> None:
        program = find(PROGRAM)
        if program is None:
            raise SendError(MISSING)
        try:
            outcome = await run(arguments(program, message), b"", target.timeout)
        except ProcessError as error:
            raise SendError(str(error)) from None
        if outcome.code:
            why = f": {outcome.complaint}" if outcome.complaint else ""
            raise SendError(f"{ended(outcome.code)}{why}")

    return send


def arguments(program: str, message: Message) -> list[str]:
    """The argument list. The texts come after `--`, so that none of them can be an option.

    The body is read as markup, and notify-send undoes backslash escapes in it: `\\033` in a
    headline would come out as an escape character. Both are written so that they show as they are.
    """
    return [
        program,
        "--app-name=monitor",
        f"--urgency={_urgency(message.severity)}",
        "--",
        clean(message.title),
        literal(message.body),
    ]


def literal(body: str) -> str:
    """A body that shows letter for letter."""
    lines = [clean(line) for line in body.splitlines()]
    text = "\n".join(lines)
    return (text if len(text) <= BODY else text[: BODY - 1] + "…").translate(_MARKUP)


def _urgency(severity: Severity) -> str:
    levels: Mapping[Severity, str] = {Severity.CRITICAL: "critical", Severity.INFO: "low"}
    return levels.get(severity, "normal")
