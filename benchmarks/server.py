"""A feed server on loopback that is never the bottleneck: it only sends prepared bytes.

    python -m benchmarks.server [--feeds 1000] [--entries 50] [--seed 1]

prints `serving http://127.0.0.1:PORT` when it is ready and ends on SIGTERM. `/feed/N.xml` are the
feeds, with ETag and Last-Modified; `/log` tells what was asked, as JSON, and starts counting anew.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.utils import formatdate
from hashlib import sha1

from benchmarks import corpus


@dataclass
class Log:
    """What was asked since the last look."""

    ok: int = 0
    unchanged: int = 0
    missing: int = 0
    connections: int = 0


class Answers:
    """The prepared answers, and the decision which one a request gets."""

    def __init__(self, documents: Sequence[bytes], changed: float) -> None:
        self.log = Log()
        self._changed = formatdate(changed, usegmt=True).encode()
        self._found: dict[bytes, tuple[bytes, bytes, bytes]] = {}
        for number, body in enumerate(documents):
            etag = b'"%s"' % sha1(body).hexdigest().encode()
            validators = b"ETag: %s\r\nLast-Modified: %s\r\n" % (etag, self._changed)
            full = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
            self._found[b"/feed/%d.xml" % number] = (
                etag,
                full % len(body) + validators + b"%s\r\n" + body.replace(b"%", b"%%"),
                b"HTTP/1.1 304 Not Modified\r\n" + validators + b"%s\r\n",
            )

    def answer(self, head: bytes) -> tuple[bytes, bool]:
        """The answer to a request's head, and whether the connection stays open after it."""
        method, path, version = head.split(b"\r\n", 1)[0].split(b" ")
        lower = head.lower()
        keep = b"connection: close" not in lower and (
            version == b"HTTP/1.1" or b"connection: keep-alive" in lower
        )
        connection = b"Connection: keep-alive\r\n" if keep else b"Connection: close\r\n"
        if path == b"/log":
            body = json.dumps(asdict(self.log)).encode()
            self.log = Log()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), keep
        found = self._found.get(path)
        if method != b"GET" or found is None:
            self.log.missing += 1
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n%s\r\n" % connection, keep
        etag, full, unchanged = found
        if self._has(head, lower, etag):
            self.log.unchanged += 1
            return unchanged % connection, keep
        self.log.ok += 1
        return full % connection, keep

    def _has(self, head: bytes, lower: bytes, etag: bytes) -> bool:
        if b"\r\nif-none-match:" in lower:
            return etag in head
        return b"\r\nif-modified-since: " + self._changed.lower() in lower


class Connection(asyncio.Protocol):
    """One client's connection; requests have no body."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._pending = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answers.log.connections += 1

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            head, self._pending = self._pending.split(b"\r\n\r\n", 1)
            answer, keep = self._answers.answer(head)
            self._transport.write(answer)
            if not keep:
                self._transport.close()
                return


async def _serve(documents: Sequence[bytes], changed: float) -> None:
    answers = Answers(documents, changed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, backlog=1024)
    print(f"serving http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def running(
    feeds: int, entries: int = corpus.PER_FEED, seed: int = 1, age: int = 0
) -> Iterator[str]:
    """The server in a process of its own, as long as the block lasts; gives its base address.

    `age`: days by which all its entries are older.
    """
    options = [f"--feeds={feeds}", f"--entries={entries}", f"--seed={seed}", f"--age={age}"]
    command = [sys.executable, "-m", "benchmarks.server", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            if not line.startswith("serving "):
                raise RuntimeError("the feed server did not start")
            yield line.removeprefix("serving ")
        finally:
            process.terminate()


def asked(base: str) -> Log:
    """What the server was asked since the last call."""
    with urllib.request.urlopen(f"{base}/log") as answer:
        return Log(**json.load(answer))


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve generated feeds on loopback.")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=corpus.PER_FEED)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--age", type=int, default=0, help="days that all entries are older")
    options = parser.parse_args()
    now = time.time()  # the readers compare with their own clocks
    then = now - options.age * 86400
    documents = corpus.documents(options.feeds, options.entries, options.seed, now=then)
    asyncio.run(_serve(list(documents), now))


if __name__ == "__main__":
    main()
