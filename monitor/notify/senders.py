"""From a target of the configuration to what sends to it; what a kind needs is imported then."""

import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from monitor.models import Target
from monitor.notify import process, secrets
from monitor.notify.message import Message
from monitor.notify.secrets import Secret, SecretError
from monitor.notify.sending import Poster, Send, SendError


class Senders:
    """The ways out: network, programs and environment, which a test replaces."""

    def __init__(
        self,
        *,
        post: Poster | None = None,
        run: process.Run = process.run,
        environ: Mapping[str, str] = os.environ,
        find: Callable[[str], str | None] = shutil.which,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._post = post
        self._run = run
        self._environ = environ
        self._find = find
        self._now = now

    def secret(self, target: Target) -> Awaitable[Secret]:
        """The secret of a target; awaiting it raises SecretError."""
        return secrets.read(target, self._environ, self._run)

    def send(self, target: Target) -> Send:
        """What sends to a target. Raises SendError for a kind that is none."""
        match target.kind:
            case "webhook":
                from monitor.notify.webhook import webhook

                return webhook(target, self._poster(), self._now)
            case "ntfy":
                from monitor.notify.ntfy import ntfy

                return ntfy(target, self._poster())
            case "apprise":
                from monitor.notify.through_apprise import through_apprise

                return through_apprise(target)
            case "command":
                from monitor.notify.command import command

                return command(target, self._run)
            case "desktop":
                from monitor.notify.desktop import desktop

                return desktop(target, self._run, self._find)
        raise SendError(f"only the screen can show {target.kind!r}")

    def _poster(self) -> Poster:
        if self._post is None:
            from monitor.notify.post import Post
            from monitor.transport import Transport

            self._post = Post(Transport(), self._now)
        return self._post


class Outlet:
    """Sends to one target; its secret is read once, when it is first needed."""

    def __init__(self, senders: Senders, target: Target) -> None:
        self.target = target
        self._senders = senders
        self._secret: Secret | None = None

    async def send(self, message: Message, left: float | None = None) -> SendError | None:
        """Send a message within `left` seconds; what went wrong, if anything."""
        timeout = self.target.timeout if left is None else min(self.target.timeout, left)
        target = replace(self.target, timeout=timeout)
        try:
            if self._secret is None:
                self._secret = await self._senders.secret(target)
            await self._senders.send(target)(message, self._secret)
        except SendError as error:
            return error
        except SecretError as error:
            return SendError(str(error))
        except Exception as problem:  # a target must not end the others
            return SendError(f"it failed: {type(problem).__name__}")
        return None
