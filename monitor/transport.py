"""How a request reaches its server: one connection each, to an address that was checked.

httpx's own transport keeps its connections and looks through all of them at each request, which at
1,000 feeds is most of the time of a poll. A feed is asked once an hour, so that nothing is worth
keeping. Names are resolved here, every address is judged before anything is sent, and the judged
address itself is connected to: a name server that changes its mind gains nothing.
"""

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import ssl
import threading
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property

from monitor.addresses import is_public, literal
from monitor.lean import httpcore, httpx
from monitor.network import Backend

PRIVATE = "monitor.private"  # the request extension that permits addresses that are not public
PATIENCE = 3.0  # seconds for one address of a host, while there are others to try

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# Below WARNING these two would write addresses and header lines, secrets among them.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Refused(Exception):
    """A reason not to go on with a fetch, in words for people."""


class PrivateAddress(Refused):
    """A host leads to an address that is not public, where only a public one may be connected."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} leads to the private address {address}")
        self.host = host
        self.address = address


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system gives them; raises `socket.gaierror`.

    In a daemon thread of its own: the event loop's threads are waited for when the program ends,
    and a name server that does not answer would keep it from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], problem: Exception | None) -> None:
        if future.done():
            return
        if problem is None:
            future.set_result(found)
        else:
            future.set_exception(problem)

    def look_up() -> None:
        found: list[str] = []
        problem: Exception | None = None
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except Exception as exc:
            problem = exc
        with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
            loop.call_soon_threadsafe(settle, found, problem)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    return await future


class _Backend(Backend):
    """Opens the connection of one request, to a checked address only."""

    def __init__(self, resolve: Resolve, private: bool) -> None:
        self._resolve = resolve
        self._private = private
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = await self._checked(host, port)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                self._stream = await super().connect_tcp(address, port, timeout=PATIENCE)
                return self._stream
        self._stream = await super().connect_tcp(last, port, timeout=timeout)
        return self._stream

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """All addresses of a host; one that may not be connected to condemns them all."""
        addresses = [host] if literal(host) else await self._resolve(host, port)
        if not addresses:
            raise Refused(f"name not found: {host}")
        if not self._private:
            for address in addresses:
                if not is_public(ipaddress.ip_address(address)):
                    raise PrivateAddress(host, address)
        return addresses

    async def aclose(self) -> None:
        """Close what was opened, also where the TLS handshake was cut off."""
        if self._stream is not None:
            await self._stream.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer; closing it closes the connection."""

    def __init__(self, response: httpcore.Response, close: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._close = close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._close()


class Transport(httpx.AsyncBaseTransport):
    """Sends each request over a connection of its own, through a proxy where one is configured.

    A request may go to an address that is not public only with the extension `PRIVATE` set.
    `proxies` is as `urllib.request.getproxies()` gives it, which is the default; the name that a
    proxy is asked for is resolved by the proxy, so that only its written form can be judged.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        proxies: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._proxies = urllib.request.getproxies() if proxies is None else proxies
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises `Refused`, and the errors of httpcore, ssl and the operating system."""
        backend = _Backend(self._resolve, bool(request.extensions.get(PRIVATE)))
        connection = self._connection(request, backend)

        async def close() -> None:
            await connection.aclose()
            await backend.aclose()

        try:
            response = await connection.handle_async_request(_core_request(request))
        except BaseException:
            await close()
            raise
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response, close)
        )

    def _connection(
        self, request: httpx.Request, backend: _Backend
    ) -> httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy:
        url = request.url
        tls = self._tls if url.scheme == "https" else None
        proxy = self._proxy(url)
        if proxy is None:
            origin = _core_url(url).origin
            return httpcore.AsyncHTTPConnection(origin, ssl_context=tls, network_backend=backend)
        if not request.extensions.get(PRIVATE):
            _refuse_private_name(url.host)
        return httpcore.AsyncHTTPProxy(
            proxy_url=_core_url(proxy.url), proxy_auth=proxy.raw_auth, ssl_context=tls
        )

    def _proxy(self, url: httpx.URL) -> httpx.Proxy | None:
        """The proxy that the user's environment names for an address."""
        setting = self._proxies.get(url.scheme) or self._proxies.get("all")
        if not setting or _bypassed(url, self._proxies):
            return None
        if "://" not in setting:
            setting = f"http://{setting}"
        if not setting.startswith(("http://", "https://")):
            raise Refused(f"the proxy's scheme is not supported: {setting.partition(':')[0]}")
        return httpx.Proxy(setting)


def explain(problem: BaseException, host: str) -> str:
    """A short sentence for people on why a request failed.

    It quotes nothing that the server sent: an answer may repeat the secrets of its request.
    """
    chain = list(_causes(problem))
    for cause in chain:
        if isinstance(cause, Refused):
            return str(cause)
        if isinstance(cause, socket.gaierror):
            absent = cause.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
            return f"name not found: {host}" if absent else f"the name server failed on {host}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed with {host}: {cause.reason or 'no reason given'}"
    if isinstance(problem, httpcore.ConnectError | OSError):
        for cause in reversed(chain):
            if isinstance(cause, OSError) and cause.errno:
                return f"no connection to {host}: {os.strerror(cause.errno)}"
    return _explain_protocol(problem, host)


def _explain_protocol(problem: BaseException, host: str) -> str:
    told = str(problem)
    match problem:
        case httpcore.ProxyError():
            return f"the proxy refused: {told[:3]}" if told[:3].isdigit() else "the proxy refused"
        case httpcore.RemoteProtocolError() if told.startswith("Server disconnected"):
            return "the server closed the connection without an answer"
        case httpcore.RemoteProtocolError() if told.startswith("peer closed"):
            return "the answer was cut short"
        case httpcore.RemoteProtocolError():
            return "the answer is not valid HTTP"
        case httpcore.ReadError() | httpcore.WriteError():
            return "the connection was broken off"
        case httpcore.ConnectError() | httpcore.ConnectTimeout():
            return f"no connection to {host}"
        case httpx.InvalidURL() | UnicodeError():
            return "the address is not valid"
    return f"the fetch failed: {type(problem).__name__}"


def _causes(problem: BaseException) -> Iterable[BaseException]:
    """An exception and what led to it, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = problem
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _refuse_private_name(host: str) -> None:
    """Judge a host by its written form alone, in the old forms of numbers too (inet_aton(3))."""
    address = literal(host)
    if address is None:
        with contextlib.suppress(OSError, UnicodeError, ValueError):
            address = ipaddress.IPv4Address(socket.inet_aton(host))
    local = host.rstrip(".").rpartition(".")[2] == "localhost"
    if local or (address is not None and not is_public(address)):
        raise PrivateAddress(host, host)


def _bypassed(url: httpx.URL, proxies: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names the host. (`proxy_bypass` takes no mapping on all systems.)"""
    port = url.port or (443 if url.scheme == "https" else 80)
    bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    return bool(bypass(f"{url.host}:{port}", proxies))


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _core_request(request: httpx.Request) -> httpcore.Request:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return httpcore.Request(
        method=request.method,
        url=_core_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
