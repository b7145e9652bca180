"""Sample feeds that the program serves to itself, for a first look without a network.

`samples/` holds feed documents about true events, of invented outlets. They are kept as UTF-8 so
that they can be read and compared; the server gives each out in the encoding which its XML
declaration names. `samples/sources/` stands in for the sources of bulletins and vulnerabilities,
each under the paths of the real one, whatever query is asked. Dates in the feeds are placeholders,
filled in when the server starts: in `{{rfc822 -3h}}`, `{{iso -2d +08:00}}` and `{{date -1d}}` stand
a form (RFC 822, 5.1; RFC 3339; a day), a distance from now in m, h or d, and optionally the
outlet's UTC offset. So is the day on which one vulnerability came into KEV, as alerts are about
what is new.
`{{base}}` in `demo.toml` is the server's own address, `{{months}}` how many months back the sample
bulletins begin, `{{patch -2}}` the month two before that of the newest of them (`bulletins.py`
makes those that came out since the samples were written).
"""

import hashlib
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

from monitor import config as configuration
from monitor.demo.bulletins import MODEL, later, newest, page_of
from monitor.models import Config
from monitor.text import month_after

FOLDER = Path(__file__).parent
OLDEST = 2025, 6  # year and month of the oldest sample of a Huawei bulletin
ENVIRON = {"NVD_API_KEY": "sample"}  # the samples need not wait for NVD's pace without a key
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/feed+json",
    ".md": "text/markdown; charset=utf-8",
    "": "application/json",
    ".rdf": "application/rdf+xml",
    ".xml": "application/xml",
}
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_DATE = re.compile(r"(rfc822|iso|date) ([+-]\d+)([mhd])(?: ([+-]\d\d:\d\d))?")
_PATCH = re.compile(r"\{\{patch ([+-]\d+)\}\}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DECLARED = re.compile(r'<\?xml [^>]*encoding="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Document:
    """One sample as it is served."""

    body: bytes
    content_type: str
    etag: str
    last_modified: str


def render(text: str, now: float) -> str:
    """Fill in the dates of a sample. Raises ValueError for a placeholder that is none."""
    moment = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
    return _PLACEHOLDER.sub(lambda match: _date(match[1], moment), text)


def _date(placeholder: str, moment: datetime) -> str:
    parts = _DATE.fullmatch(placeholder)
    if parts is None:
        raise ValueError(f"unknown placeholder in a sample: {{{{{placeholder}}}}}")
    form, count, unit, zone = parts.groups()
    moment += timedelta(**{_UNITS[unit]: int(count)})
    if zone:
        moment = moment.astimezone(datetime.strptime(zone, "%z").tzinfo)
    if form == "date":
        return moment.date().isoformat()
    return moment.isoformat() if form == "iso" else format_datetime(moment)


def documents(now: float) -> dict[str, Document]:
    """The samples by the path under which they are served, with dates relative to `now`."""
    folder = FOLDER / "samples"
    found = {
        f"/{path.relative_to(folder).as_posix()}".removesuffix("index.html"): _document(
            render(path.read_text("utf-8"), now), path.suffix, now
        )
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }
    model = found[_page(MODEL)].body.decode()
    for month in later(now):
        found[_page(month)] = _document(page_of(month, model), ".html", now)
    return found


def _page(month: str) -> str:
    return f"/sources/huawei/en/support/bulletin/{month[:4]}/{int(month[5:])}/"


def _document(text: str, suffix: str, now: float) -> Document:
    declared = _DECLARED.match(text)
    body = text.encode(declared[1] if declared else "utf-8")
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Document(body, TYPES[suffix], etag, formatdate(now, usegmt=True))


@contextmanager
def serve(now: Callable[[], float]) -> Iterator[str]:
    """Serve the samples on a free loopback port from a thread; gives the base address."""
    with _Server(("127.0.0.1", 0), _handler(documents(now()))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingTCPServer):
    # Not http.server's own class: that one looks up its host name, which hangs without a network.
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news, and a traceback would spoil the screen."""


def _handler(samples: Mapping[str, Document]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = samples.get(self.path.partition("?")[0])
            if document is None:
                self._answer(HTTPStatus.NOT_FOUND, {"Content-Type": "text/plain"}, b"not here\n")
                return
            headers = {"ETag": document.etag, "Last-Modified": document.last_modified}
            if self._has(document):
                self._answer(HTTPStatus.NOT_MODIFIED, headers)
            else:
                headers["Content-Type"] = document.content_type
                self._answer(HTTPStatus.OK, headers, document.body)

        def _has(self, document: Document) -> bool:
            # If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2).
            etags = self.headers.get("If-None-Match")
            if etags is not None:
                return document.etag in [etag.strip() for etag in etags.split(",")]
            return self.headers.get("If-Modified-Since") == document.last_modified

        def _answer(
            self, status: HTTPStatus, headers: Mapping[str, str], body: bytes | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if body is not None:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The terminal belongs to the program."""

    return Handler


def config_text(base: str, now: float) -> str:
    """The configuration for the samples that are served at `base`, as TOML."""
    moment = datetime.fromtimestamp(now, UTC)
    months = 12 * (moment.year - OLDEST[0]) + moment.month - OLDEST[1] + 1
    text = (FOLDER / "demo.toml").read_text("utf-8").replace("{{base}}", base)
    text = text.replace("{{months}}", str(max(1, months)))
    return _PATCH.sub(lambda found: month_after(newest(now), int(found[1])), text)


def config(base: str, folder: Path, now: float) -> Config:
    """The configuration for the samples served at `base`; its file is put into `folder`."""
    path = folder / "demo.toml"
    path.write_text(config_text(base, now), "utf-8")
    return configuration.load(path)


@contextmanager
def demo_session(now: Callable[[], float]) -> Iterator[tuple[Config, Path]]:
    """For `monitor --demo`: serves the samples; gives their configuration and an empty data folder,
    which is removed at the end with all that is in it.
    """
    with (
        tempfile.TemporaryDirectory(prefix="monitor-demo-", ignore_cleanup_errors=True) as folder,
        serve(now) as base,
    ):
        data = Path(folder, "data")
        data.mkdir(mode=0o700)
        yield config(base, Path(folder), now()), data
