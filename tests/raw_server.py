"""A loopback server of raw bytes: a test says what is answered, byte for byte."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answer = bytes | Callable[["Request"], bytes | Awaitable[bytes]]


@dataclass(frozen=True)
class Request:
    """The head of a request; header names in lower case."""

    target: str
    headers: dict[str, str]


@dataclass
class RawServer:
    """`pages` maps a request target to what is sent back; then the connection is closed.

    `other` is what all other targets get.
    """

    port: int = 0
    scheme: str = "http"
    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    other: Answer = field(default_factory=lambda: response(404))
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/", host: str = "127.0.0.1", user: str = "") -> str:
        return f"{self.scheme}://{user}{host}:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in lines[1:] if line)
            request = Request(lines[0].split(" ")[1], {name.lower(): v for name, v in pairs})
            self.requests.append(request)
            answer = self.pages.get(request.target, self.other)
            if callable(answer):
                made = answer(request)
                answer = made if isinstance(made, bytes) else await made
            writer.write(answer)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def serve(tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A `RawServer` on a free port of 127.0.0.1."""
    site = RawServer(scheme="https" if tls else "http")
    server = await asyncio.start_server(site.handle, "127.0.0.1", 0, ssl=tls, backlog=256)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in site.tasks:
            task.cancel()
        await asyncio.gather(*site.tasks)


def response(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """An answer with its length; `headers` are whole lines."""
    head = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body
