"""Mail, chats and a hundred other services through apprise, the extra `[notify]`.

apprise opens connections of its own: where they lead is what the target's address says, and
redirects are not followed. It runs in a thread and keeps nothing on disk.
"""

import asyncio
import importlib
import logging
from types import ModuleType
from typing import Any
from urllib.parse import quote

from monitor.models import Severity, Target
from monitor.notify.message import Message
from monitor.notify.secrets import Secret
from monitor.notify.sending import Send, SendError
from monitor.text import clean, web_url

PLACE = "{secret}"  # in a target's address: where its secret belongs
MISSING = "apprise is not installed: pip install 'harmony-monitor[notify]'"
_LOGS = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib", "markdown")
_KINDS = {Severity.CRITICAL: "failure", Severity.HIGH: "warning", Severity.MEDIUM: "warning"}
# What calls people in Discord, Slack and their like, or begins markup there; and in addresses.
_CALLS = str.maketrans({"@": "＠", "<": "‹", ">": "›"})
_CALLS_CODED = str.maketrans({"@": "%40", "<": "%3C", ">": "%3E"})


def through_apprise(target: Target) -> Send:
    """Sends to any service that apprise has an address for (mailto://, slack://, matrix:// ...).

    The address is `url`, with the secret in place of `{secret}`; without a `url` it is the secret.
    """

    async def send(message: Message, secret: Secret) -> None:
        address = _address(target, secret)
        hidden = Secret(address)
        await asyncio.to_thread(_notify, address, message, target.timeout, (secret, hidden))

    return send


def defused(text: str) -> str:
    """`text` in which nothing calls people or is markup in a chat; web addresses stay whole."""
    return "\n".join(" ".join(map(_defused_word, line.split(" "))) for line in text.split("\n"))


def _defused_word(word: str) -> str:
    return word.translate(_CALLS_CODED if web_url(word) else _CALLS)


def _address(target: Target, secret: Secret) -> str:
    address = target.url or secret.reveal()
    if not address:
        raise SendError("it has neither url nor secret")
    return address.replace(PLACE, quote(secret.reveal(), safe="")) if target.url else address


def _library() -> ModuleType:
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise SendError(MISSING) from None


def _silence() -> None:
    """Keep what these libraries log to themselves: they tell addresses, secrets among them."""
    for name in _LOGS:
        log = logging.getLogger(name)
        if log.propagate:
            log.propagate = False
            log.addHandler(logging.NullHandler())


def _notify(address: str, message: Message, timeout: float, hidden: tuple[Secret, ...]) -> None:
    """Send by apprise, in a thread. Raises SendError, whose text holds nothing of the address."""
    library = _library()
    _silence()
    try:
        result = _sent(library, address, message, timeout)
    except SendError:
        raise
    except Exception as problem:  # of any of a hundred plugins
        raise SendError(f"apprise failed: {type(problem).__name__}") from None
    if result:
        return
    told = [clean(entry.message, 200) for entry in result.logs()]
    why = told[-1] if told else "the service did not take it"
    for secret in hidden:
        why = secret.blot(why)
    raise SendError(f"apprise: {why}")


def _sent(library: ModuleType, address: str, message: Message, timeout: float) -> Any:
    asset = library.AppriseAsset(
        app_id="monitor",
        storage_mode=library.PersistentStoreMode.MEMORY,
        http_redirects=False,
        async_mode=False,
        secure_logging=True,
    )
    sender = library.Apprise(asset=asset)
    if not sender.add(address):
        raise SendError("apprise does not know such an address; see its documentation")
    return sender.notify(
        title=defused(message.title),
        body=defused(message.body),
        notify_type=_KINDS.get(message.severity, "info"),
        body_format=library.NotifyFormat.TEXT,
        interpret_escapes=False,
        timeout=timeout,
    )
