"""A feed server on loopback whose answers a test sets, and that remembers what was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from monitor.models import Config, Feed, Kind, PollSettings, Rule


@dataclass
class Page:
    """One answer; a body with status 200 gets an ETag, and 304 when that is sent back."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    base: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    otherwise: Page = field(default_factory=lambda: Page(b"nothing here", 404))

    def put(self, path: str, body: str | bytes = b"", status: int = 200, **headers: str) -> str:
        """Serve this at path from now on; returns the address."""
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(raw, status, named)
        return self.base + path

    def requests(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)


@contextmanager
def serve() -> Iterator[Site]:
    """A site on a port of its own, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            page = site.pages.get(self.path, site.otherwise)
            status, body = page.status, page.body
            etag = f'"{sha1(page.body).hexdigest()}"'
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("ETag", etag)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rss(*items: tuple[str, str], summary: str = "", title: str = "Sample") -> str:
    """An RSS document of (title, link) items; the link is the guid too."""
    rows = "".join(
        f"<item><title>{name}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{summary}</description></item>"
        for name, link in items
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{rows}</channel></rss>'


def config(urls: dict[str, str], rules: tuple[Rule, ...] = ()) -> Config:
    """A configuration of these feeds that keeps everything and doesn't wait between requests."""
    return Config(
        path="test",
        feeds=tuple(
            Feed(id=name, url=url, title=name.title(), kind=Kind.PRESS, keep="all")
            for name, url in urls.items()
        ),
        keywords=("Huawei", "HarmonyOS", "华为"),
        rules=rules,
        poll=PollSettings(per_host=16, spacing=0.0, timeout=5.0),
    )
