"""From a target of the configuration to what sends to it; what a kind needs is imported then."""

import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping

from monitor.models import Target
from monitor.notify import process, secrets
from monitor.notify.secrets import Secret
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
