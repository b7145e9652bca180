"""A target's secret, from an environment variable or a program; kept out of every text."""

import base64
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from monitor.models import Target
from monitor.notify.process import OUTPUT, ProcessError, Run

SHORTEST = 4  # characters of what is blotted out: a shorter part may be any word
HIDDEN = "***"


class SecretError(Exception):
    """There is no secret where one is named; the message says where it was looked for."""


class Secret:
    """A value that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        return self._value

    def blot(self, text: str) -> str:
        """`text` without this secret, in any of the forms that libraries and servers tell it in."""
        raw = self._value.encode()
        coded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw)]
        forms = {self._value, quote(self._value, safe=""), quote_plus(self._value)}
        forms |= {code.decode().rstrip("=") for code in coded}
        for form in sorted(forms, key=len, reverse=True):
            if len(form) >= SHORTEST:
                text = text.replace(form, HIDDEN)
        return text


NONE = Secret("")


async def read(target: Target, environ: Mapping[str, str], run: Run) -> Secret:
    """The secret that a target names, `NONE` if it names none. Raises SecretError."""
    if target.secret_env:
        value = environ.get(target.secret_env, "").strip()
        if not value:
            raise SecretError(f"the environment variable {target.secret_env} is not set")
        return Secret(value)
    if not target.secret_command:
        return NONE
    try:
        outcome = await run(target.secret_command, b"", target.timeout)
    except ProcessError as error:
        raise SecretError(f"secret_command: {error}") from None
    if outcome.code:
        raise SecretError(f"secret_command ended with {outcome.code}; run it to see why")
    if len(outcome.output) >= OUTPUT:
        raise SecretError("secret_command prints too much for a secret")
    try:
        value = outcome.output.decode().strip()
    except UnicodeDecodeError:
        raise SecretError("secret_command prints what is not UTF-8") from None
    if not value:
        raise SecretError("secret_command prints nothing")
    return Secret(value)
