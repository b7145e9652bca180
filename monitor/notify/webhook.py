"""A webhook: the alert as JSON, signed where there is a secret.

    X-Monitor-Signature: t=<seconds since 1970>,v1=<hex HMAC-SHA256 of "<t>." and the body>

A receiver computes the same over the bytes that it got, compares in constant time, and refuses
what is older than it likes. `Idempotency-Key` is the same when an alert has to be sent again.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from monitor.models import Target
from monitor.notify.message import Message
from monitor.notify.secrets import Secret
from monitor.notify.sending import Poster, Send

SIGNATURE = "X-Monitor-Signature"


def webhook(target: Target, post: Poster, now: Callable[[], float] = time.time) -> Send:
    """Sends to a webhook of the user's."""

    async def send(message: Message, secret: Secret) -> None:
        body = json.dumps(message.payload).encode()  # ASCII: a lone surrogate can't break it
        headers = {"Idempotency-Key": message.key}
        if secret:
            headers[SIGNATURE] = signature(secret.reveal(), body, int(now()))
        await post(target.url, body, headers, private=target.private, timeout=target.timeout)

    return send


def signature(secret: str, body: bytes, when: int) -> str:
    """The value of the signature's header, for a body sent at `when`."""
    signed = hmac.new(secret.encode(), f"{when}.".encode() + body, hashlib.sha256)
    return f"t={when},v1={signed.hexdigest()}"
