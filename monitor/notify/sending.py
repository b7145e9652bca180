"""What all targets share: how a message is handed over, and how that fails."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from monitor.notify.message import Message
from monitor.notify.secrets import Secret
from monitor.text import clean


class SendError(Exception):
    """A message was not taken; the text is for people and holds no secret.

    `after`: seconds that the target asks to be left alone. `hopeless`: the same message will be
    refused again, while others may be taken.
    """

    def __init__(self, text: str, *, after: float | None = None, hopeless: bool = False) -> None:
        super().__init__(clean(text, 300))
        self.after = after
        self.hopeless = hopeless


Send = Callable[[Message, Secret], Awaitable[None]]  # raises SendError


class Poster(Protocol):
    """Posts a body to an address. Raises SendError."""

    async def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool, timeout: float
    ) -> None: ...
