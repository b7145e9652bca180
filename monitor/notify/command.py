"""A program of the user's that gets the alert as JSON on its standard input."""

import json

from monitor.models import Target
from monitor.notify.message import Message
from monitor.notify.process import ProcessError, Run
from monitor.notify.secrets import Secret
from monitor.notify.sending import Send, SendError


def command(target: Target, run: Run) -> Send:
    """Runs the target's command as it stands in the configuration: nothing of an alert is in it."""

    async def send(message: Message, secret: Secret) -> None:
        data = json.dumps(message.payload).encode() + b"\n"
        try:
            outcome = await run(target.command, data, target.timeout)
        except ProcessError as error:
            raise SendError(str(error)) from None
        if outcome.code:
            said = secret.blot(outcome.complaint)
            raise SendError(f"{ended(outcome.code)}{f': {said}' if said else ''}")

    return send


def ended(code: int) -> str:
    """How a program that failed came to its end."""
    return f"the command was ended by signal {-code}" if code < 0 else f"the command gave {code}"
