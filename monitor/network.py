"""httpcore's network on asyncio's own transports: a quarter less for a request than over anyio.

One connection serves one request here. What is sent are heads of requests, which the kernel takes
at once: nothing waits for that. What comes is read on only while little of it lies unread.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.lean import httpcore

_UNREAD = 256 << 10  # bytes received and not read, from which on the sender has to wait


class Backend(httpcore.AsyncNetworkBackend):
    """Connects to one address at a time; a name is looked up by the event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises `httpcore.ConnectError` and `ConnectTimeout`; the two last options aren't used."""
        loop = asyncio.get_running_loop()
        with _told_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(Stream, host, port)
            return stream


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection, in plain or under TLS."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _UNREAD and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What httpcore asks for

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came, b"" at its end. Raises `httpcore.ReadError` and `ReadTimeout`."""
        if not (self._unread or self._ended):
            self._waiter = asyncio.get_running_loop().create_future()
            with _told_as(httpcore.ReadTimeout, httpcore.ReadError):
                async with asyncio.timeout(timeout):
                    await self._waiter
        if self._error is not None and not self._unread:
            raise httpcore.ReadError(str(self._error)) from self._error
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._paused and len(self._unread) <= _UNREAD:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand over to the kernel. Raises `httpcore.WriteError` where the connection is gone."""
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed") from self._error
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once, whatever is on its way."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The same stream, under TLS. Raises as `connect_tcp` does."""
        loop = asyncio.get_running_loop()
        with _told_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            secured = await loop.start_tls(
                self._transport,
                self,
                ssl_context,
                server_hostname=server_hostname,
                ssl_handshake_timeout=timeout,
            )
        if secured is None:
            raise httpcore.ConnectError("the connection was closed")
        self._transport = secured
        return self

    def get_extra_info(self, info: str) -> Any:
        """Of httpcore's names those that asyncio has too: `ssl_object` and `socket`."""
        return self._transport.get_extra_info(info)


@contextlib.contextmanager
def _told_as(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Give httpcore's names to what goes wrong."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
