"""One POST that follows nothing, reads nothing and waits for nothing beyond its deadline."""

import asyncio
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from monitor import __version__
from monitor.fetch import retry_after
from monitor.lean import httpx
from monitor.notify.sending import SendError
from monitor.transport import PRIVATE, PrivateAddress, explain

AGENT = f"monitor/{__version__}"

# What says of a message, and not of its target, that it will never be taken.
_HOPELESS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class Post:
    """`Poster` over our own transport: to public addresses only, unless `private`."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, now: Callable[[], float] = time.time
    ) -> None:
        self._transport = transport
        self._now = now

    async def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool, timeout: float
    ) -> None:
        request = _request(url, body, headers, private)
        host = request.url.host
        try:
            async with asyncio.timeout(timeout):
                response = await self._transport.handle_async_request(request)
                await response.aclose()  # its body stays unread
        except TimeoutError:
            raise SendError(f"no answer from {host} within {timeout:g} s") from None
        except PrivateAddress as problem:
            raise SendError(f"{problem}: set private = true if that is meant") from None
        except Exception as problem:
            raise SendError(explain(problem, host).replace("the fetch", "the request")) from None
        _judge(response, self._now())


def _request(url: str, body: bytes, headers: Mapping[str, str], private: bool) -> httpx.Request:
    try:
        address = httpx.URL(url)
    except Exception:
        raise SendError("its url is not valid") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise SendError("its url is no http or https address")
    if address.userinfo:
        raise SendError("its url holds a password; use secret_env or secret_command")
    base = {
        "User-Agent": AGENT,
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    try:
        return httpx.Request(
            "POST",
            address.copy_with(fragment=None),
            headers=base | dict(headers),
            content=body,
            extensions={PRIVATE: private},
        )
    except (UnicodeError, ValueError):
        raise SendError("a header can't be sent: its secret holds other than ASCII") from None


def _judge(response: httpx.Response, now: float) -> None:
    """Raise SendError for an answer that doesn't take the message."""
    status = response.status_code
    if 200 <= status < 300:
        return
    phrase = ""
    if status in HTTPStatus._value2member_map_:
        phrase = f" {HTTPStatus(status).phrase}"
    hint = "; redirects are not followed, name the new address" if 300 <= status < 400 else ""
    raise SendError(
        f"HTTP {status}{phrase}{hint}",
        after=retry_after(response.headers, now),
        hopeless=status in _HOPELESS,
    )
