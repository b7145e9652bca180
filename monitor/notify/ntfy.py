"""ntfy: published as JSON, so that no text of an alert ever is a header."""

import json
from urllib.parse import unquote, urlsplit, urlunsplit

from monitor.models import Severity, Target
from monitor.notify.message import Message
from monitor.notify.secrets import Secret
from monitor.notify.sending import Poster, Send, SendError

MESSAGE = 4000  # bytes; ntfy makes an attachment of more than 4,096
PRIORITIES = {Severity.CRITICAL: 5, Severity.HIGH: 4, Severity.LOW: 2, Severity.INFO: 2}
USUAL = 3
TAGS = {Severity.CRITICAL: "rotating_light", Severity.HIGH: "warning"}


def ntfy(target: Target, post: Poster) -> Send:
    """Publishes to the topic that ends the target's address; the secret is an access token."""

    async def send(message: Message, secret: Secret) -> None:
        root, topic = place(target.url)
        wanted = {
            "topic": topic,
            "title": message.title,
            "message": shortened(message.body, MESSAGE),
            "priority": PRIORITIES.get(message.severity, USUAL),
            "tags": [tag for tag in (TAGS.get(message.severity), message.severity.value) if tag],
            "click": message.url,
        }
        body = json.dumps({key: value for key, value in wanted.items() if value}).encode()
        headers = {}
        if secret:
            headers["Authorization"] = f"Bearer {_token(secret)}"
        await post(root, body, headers, private=target.private, timeout=target.timeout)

    return send


def place(url: str) -> tuple[str, str]:
    """Where to publish, and under which topic. Raises SendError."""
    parts = urlsplit(url)
    above, _, topic = parts.path.rstrip("/").rpartition("/")
    if not topic:
        raise SendError("its url names no topic; write https://ntfy.sh/my-topic")
    return urlunsplit((parts.scheme, parts.netloc, above + "/", "", "")), unquote(topic)


def shortened(text: str, size: int) -> str:
    """`text` in at most `size` bytes of UTF-8."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= size:
        return raw.decode()
    return raw[: size - 3].decode("utf-8", "ignore") + "…"


def _token(secret: Secret) -> str:
    token = secret.reveal()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SendError("its secret is no access token: it holds a blank or odd character")
    return token
