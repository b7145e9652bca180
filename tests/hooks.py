"""A loopback target that counts what it gets, and answers as a test sets it."""

import hashlib
import hmac
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monitor.alert import About, Alert, Delivery, Subject
from monitor.models import Severity, Target, Transition

SETTLE = "/settle"


@dataclass(frozen=True)
class Got:
    """One request; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def signed_by(self, secret: str, at: int | None = None) -> bool:
        """What the README tells a receiver to check."""
        parts = dict(part.split("=", 1) for part in self.headers["x-monitor-signature"].split(","))
        signed = f"{parts['t']}.".encode() + self.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        fresh = at is None or parts["t"] == str(at)
        return fresh and hmac.compare_digest(expected, parts["v1"])


@dataclass
class Hook:
    """The target. `status` and `headers` are its next answers; `hang` has it never answer."""

    base: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    got: list[Got] = field(default_factory=list)
    before: Callable[[Got], object] = lambda got: None  # called before it answers
    closing: threading.Event = field(default_factory=threading.Event)
    settle: Callable[[], object] = lambda: None  # until what was sent before is in `got`

    @property
    def keys(self) -> list[str]:
        return [one.headers["idempotency-key"] for one in self.got]


@contextmanager
def hook() -> Iterator[Hook]:
    """A target on a port of its own, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            if self.path == SETTLE:
                self.close_connection = True
                self.send_response(204)
                self.end_headers()
            else:
                self.do_POST()

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            if len(body) < size:  # the sender was killed
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Got(self.path, headers, body)
            target.got.append(got)
            target.before(got)
            if target.hang:
                target.closing.wait(30)
                return
            self.send_response(target.status)
            for name, value in target.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        open = 0
        changed = threading.Condition()

        def process_request(self, request: Any, client_address: Any) -> None:
            with self.changed:
                self.open += 1
            super().process_request(request, client_address)

        def process_request_thread(self, request: Any, client_address: Any) -> None:
            try:
                super().process_request_thread(request, client_address)
            finally:
                with self.changed:
                    self.open -= 1
                    self.changed.notify_all()

        def settle(self) -> None:
            """Connections are taken in their order: when this one's turn is over, so is theirs."""
            urllib.request.urlopen(f"http://127.0.0.1:{self.server_port}{SETTLE}").close()
            with self.changed:
                self.changed.wait_for(lambda: self.open == 0, 30)

        def handle_error(self, request: object, client_address: object) -> None:
            """A sender that was killed is no error of the target."""

    server = Server(("127.0.0.1", 0), Handler)
    target = Hook(f"http://127.0.0.1:{server.server_port}", settle=server.settle)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield target
    finally:
        target.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def webhook_target(hook: Hook, id: str = "hook", **changes: Any) -> Target:  # noqa: A002
    made: dict[str, Any] = {"kind": "webhook", "url": f"{hook.base}/in", "private": True}
    return Target(id=id, **made | changes)


def an_alert(number: int = 1, *targets: str, **changes: Any) -> Alert:
    """A new alert that waits for these targets."""
    made: dict[str, Any] = {
        "id": f"a{number}",
        "rule": "exploited",
        "on": Transition.KEV,
        "kind": Subject.CVE,
        "about": About(f"CVE-2025-{number:04}", f"Flaw {number}", "https://example.org/flaw"),
        "moved": "kev",
        "reason": "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP",
        "severity": Severity.HIGH,
        "fired": 1_700_000_000.0 + number,
        "deliveries": tuple(map(Delivery, targets)),
    }
    return Alert(**made | changes)
