"""One conditional GET of a feed: polite, bounded in time and size, and never raising.

What a server may do to us is limited here: an overall deadline, 10 MiB, one gzip, five redirects,
no cookies, no address more private than the configured one, and the credentials of the configured
address to its own origin only. There is no `httpx.AsyncClient` on purpose: it keeps cookies, writes
addresses to the log, and reads the body of a redirect.
"""

import asyncio
import base64
import contextlib
import re
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from msgspec import Struct, field
from msgspec.structs import replace

from monitor import __version__
from monitor.addresses import is_private_literal
from monitor.lean import httpx
from monitor.models import PollSettings, Validators
from monitor.text import clean
from monitor.transport import (
    PRIVATE,
    PrivateAddress,
    Refused,
    Transport,
    explain,
)

BODY = 10 << 20  # bytes at most, as received and as unpacked
REDIRECTS = 5  # at most
SENDABLE = 1000  # characters of a validator that is sent back
ADDRESS = 2000  # characters of an address that is learned
UNKNOWN = Validators()
FAR = 366 * 86400.0  # seconds; beyond it a server's times are nonsense

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_WHO = "feed reader for Huawei and HarmonyOS news; one user"
_MOVED = frozenset({301, 302, 303, 307, 308})
_MOVED_FOR_GOOD = frozenset({301, 308})
_HINTS = {
    401: ": it asks for a user name and a password",
    410: ": the feed is gone for good",
    429: ": it asks to be polled less often",
}
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d+)", re.IGNORECASE)
_NOT_CACHED = re.compile(r"(?:^|,)\s*no-(?:store|cache)\b", re.IGNORECASE)


class Answer(Struct, frozen=True):
    """What a fetch came to. `error` is a sentence for people, "" if all went well."""

    status: int | None = None  # of the last answer, None if there was none
    body: bytes | None = None  # unpacked; only of a 200 or 206 without an error
    content_type: str = ""
    url: str = ""  # the last address, without user name and password
    validators: Validators = UNKNOWN
    retry_after: float | None = None  # seconds from now
    max_age: float | None = None  # seconds from now, by Cache-Control or Expires
    moved_to: str = ""  # where an unbroken chain of 301 and 308 from the asked address leads
    error: str = ""
    seconds: float = 0.0
    size: int = 0  # bytes of the body as received


class _Host(Struct):
    """The budget of one host."""

    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # monotonic: when the next request may start


async def at_once() -> None:
    """Wait for nothing, but let others have their turn."""
    await asyncio.sleep(0)


class Fetcher:
    """Fetches feeds within the budgets of `settings`; use one for all feeds.

    `private` names the hosts that may lead to addresses that are not public. `contact` is told to
    servers in the User-Agent: an address of the operator, if there is one to tell. `ready` is
    awaited before each request, when it is its turn.
    """

    def __init__(
        self,
        settings: PollSettings,
        *,
        private: Collection[str] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        contact: str = "",
        ready: Callable[[], Awaitable[object]] = at_once,
    ) -> None:
        self._settings = settings
        self._ready = ready
        self._private = frozenset(host.strip().lower() for host in private) | {"localhost"}
        self._transport = transport or Transport()
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        who = f"+{contact}" if contact and _sendable(contact) else _WHO
        self._agent = f"monitor/{__version__} ({who})"
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, _Host] = {}

    async def fetch(
        self,
        url: str,
        validators: Validators = UNKNOWN,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Ask for a document, conditionally where `validators` hold something.

        Never raises but for cancellation: whatever goes wrong is the answer's `error`. The deadline
        counts from when the request starts, not while it waits for its turn. `headers` go to the
        origin of `url` only; `limit` is the most bytes of the body, `BODY` where it is None.
        """
        try:
            trip = _Trip(url, validators, self._private, headers or {}, limit or BODY)
        except Exception as problem:
            return Answer(error=clean(explain(problem, "")))
        async with self._turn(trip.asked.host):
            started = self._monotonic()
            try:
                async with asyncio.timeout(self._settings.timeout):
                    answer = await self._travel(trip)
            except TimeoutError:
                answer = trip.failed(f"no answer within {self._settings.timeout:g} s")
            except Exception as problem:
                answer = trip.failed(trip.explain(problem))
            return replace(answer, seconds=self._monotonic() - started)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    @contextlib.asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a place with the host, for its spacing, and only then for one of all places."""
        if name not in self._hosts:
            self._hosts[name] = _Host(asyncio.Semaphore(self._settings.per_host))
        host = self._hosts[name]
        async with host.places:
            async with host.turn:
                wait = host.free_at - self._monotonic()
                if wait > 0:
                    await self._sleep(wait)
                await self._slots.acquire()
                try:
                    await self._ready()
                except BaseException:
                    self._slots.release()
                    raise
                host.free_at = self._monotonic() + self._settings.spacing
            try:
                yield
            finally:
                self._slots.release()

    async def _travel(self, trip: "_Trip") -> Answer:
        """Follow redirects, whose own bodies stay unread, to the answer."""
        for _ in range(REDIRECTS + 1):
            response = await self._transport.handle_async_request(trip.request(self._agent))
            try:
                trip.status = response.status_code
                if trip.status not in _MOVED:
                    return await self._arrive(trip, response)
            finally:
                await response.aclose()
            trip.follow(response.headers.get("location", ""))
        raise Refused(f"more than {REDIRECTS} redirects")

    async def _arrive(self, trip: "_Trip", response: httpx.Response) -> Answer:
        headers, now = response.headers, self._now()
        answer = Answer(
            status=response.status_code,
            url=str(trip.url),
            retry_after=retry_after(headers, now),
            error=_status_error(response.status_code, trip.conditional),
        )
        if answer.error:
            return answer
        answer = replace(
            answer,
            content_type=headers.get("content-type", "")[:SENDABLE],
            validators=_received(headers),
            max_age=max_age(headers, now),
            moved_to=trip.moved_to,
        )
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return answer
        body, size = await read_body(response, trip.limit)
        return replace(answer, body=_masked(body, trip.secrets), size=size)


class _Trip:
    """One fetch on its way: where it is, and what may be sent and connected there."""

    def __init__(
        self,
        address: str,
        validators: Validators,
        private: Collection[str],
        headers: Mapping[str, str],
        limit: int,
    ) -> None:
        given = httpx.URL(address.strip())
        if given.scheme not in ("http", "https"):
            raise Refused("only http and https addresses are polled")
        if not given.host:
            raise Refused("the address names no host")
        self.asked = self.url = _bare(given)
        self.status: int | None = None
        self._for_good = True
        self._moved_to = ""
        self.limit = limit
        self._headers = headers
        self._conditions = _conditions(validators)
        names = {given.host, given.raw_host.decode()}
        self._private = bool(names & set(private)) or is_private_literal(given.host)
        self._authorization = ""
        self.secrets: tuple[bytes, ...] = ()
        if given.userinfo:
            pair = f"{given.username}:{given.password}".encode()
            token = base64.b64encode(pair)
            self._authorization = f"Basic {token.decode()}"
            self.secrets = (token.rstrip(b"="), given.password.encode())

    @property
    def conditional(self) -> bool:
        return bool(self._conditions)

    @property
    def moved_to(self) -> str:
        """An address that needs a password is never rewritten: its password is not for others."""
        learnable = not self._authorization and len(self._moved_to) <= ADDRESS
        return self._moved_to if learnable else ""

    @property
    def _at_home(self) -> bool:
        """Whether this is the configured origin."""
        here, home = self.url, self.asked
        return (here.scheme, here.host, here.port) == (home.scheme, home.host, home.port)

    def request(self, agent: str) -> httpx.Request:
        headers = {
            "User-Agent": agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",
            "Connection": "close",
            **self._conditions,
        }
        if self._at_home:
            headers.update(self._headers)
        if self._authorization and self._at_home:
            headers["Authorization"] = self._authorization
        permit = {PRIVATE: self._at_home and self._private}
        return httpx.Request("GET", self.url, headers=headers, extensions=permit)

    def follow(self, location: str) -> None:
        """Go where a redirect points to, or raise `Refused`."""
        if not location:
            raise Refused("redirects without an address")
        try:
            url = _bare(self.url.join(location))
        except Exception as problem:
            raise Refused("redirects to an address that is not valid") from problem
        if url.scheme not in ("http", "https"):
            raise Refused(f"redirects to a {clean(url.scheme, 20)} address")
        if not url.host:
            raise Refused("redirects to an address without a host")
        if self.url.scheme == "https" and url.scheme == "http":
            raise Refused("redirects from https to http")
        self._for_good = self._for_good and self.status in _MOVED_FOR_GOOD
        self.url = url
        if self._for_good:
            self._moved_to = str(url)

    def explain(self, problem: Exception) -> str:
        if isinstance(problem, zlib.error):
            return "the body is not the gzip that it is said to be"
        if not isinstance(problem, PrivateAddress):
            return explain(problem, self.url.host)
        if self._at_home:
            return f"{problem}: add {problem.host} to [poll] private if that is meant"
        return f"redirects to a private address: {problem.address}"

    def failed(self, error: str) -> Answer:
        return Answer(status=self.status, url=str(self.url), error=clean(error))


async def read_body(response: httpx.Response, limit: int = BODY) -> tuple[bytes, int]:
    """The unpacked body of an answer and its size as received; raises `Refused`, `zlib.error`.

    At most `limit` bytes of either ever exist. What follows the end of a gzip is left out.
    """
    too_big = f"the body is over {limit / (1 << 20):.3g} MiB"
    unpack = zlib.decompressobj(31) if _packed(response.headers) else None  # 31: gzip only
    if (_number(response.headers.get("content-length", "")) or 0) > limit:
        raise Refused(too_big)
    body, size, parts = bytearray(), 0, 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for part in response.stream:
        size, parts = size + len(part), parts + 1
        if unpack is None:
            body += part
        elif not unpack.eof:
            body += unpack.decompress(part, limit + 1 - len(body))
        if max(size, len(body)) > limit:
            raise Refused(too_big)
        if parts % 256 == 0:
            await asyncio.sleep(0)  # a flood of tiny chunks must not hold up the event loop
    if unpack is not None and size and not unpack.eof:
        raise Refused("the gzip body is cut short")
    return bytes(body), size


def retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds to wait by Retry-After, in both its forms (RFC 9110, 10.2.3); None for nonsense."""
    value = headers.get("retry-after", "")
    if (seconds := _number(value)) is not None:
        return min(seconds, FAR)
    until = _date(value)
    return None if until is None else min(max(until - _server_time(headers, now), 0.0), FAR)


def max_age(headers: httpx.Headers, now: float) -> float | None:
    """Seconds for which an answer is fresh (RFC 9111, 4.2), None where the server names none."""
    control = headers.get("cache-control", "")
    if _NOT_CACHED.search(control):
        return None
    if found := _MAX_AGE.search(control):
        spent = _number(headers.get("age", "")) or 0.0
        return max(min(float(found[1]), FAR) - spent, 0.0)
    expires = _date(headers.get("expires", ""))
    return None if expires is None else min(max(expires - _server_time(headers, now), 0.0), FAR)


def _packed(headers: httpx.Headers) -> bool:
    """Whether a body is packed, which it may be by exactly one gzip."""
    listed = headers.get("content-encoding", "").lower().split(",")
    codings = [name.strip() for name in listed if name.strip() not in ("", "identity")]
    if codings and codings not in (["gzip"], ["x-gzip"]):
        named = clean(", ".join(codings), 40)
        raise Refused(f"the body is packed as {named}; only gzip is accepted")
    return bool(codings)


def _status_error(status: int, conditional: bool) -> str:
    """What is wrong with a status, "" for one that is fine."""
    if status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return ""
    if status == HTTPStatus.NOT_MODIFIED:
        return "" if conditional else "HTTP 304 Not Modified, though nothing was known of the feed"
    phrase = ""
    with contextlib.suppress(ValueError):
        phrase = f" {HTTPStatus(status).phrase}"
    return f"HTTP {status}{phrase}{_HINTS.get(status, '')}"


def _sendable(value: str) -> bool:
    """Whether a header value can be sent as it is."""
    return value.isascii() and value.isprintable() and len(value) <= SENDABLE


def _conditions(validators: Validators) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, 13.1); what can't be sent is left out."""
    pairs = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in pairs.items() if value and _sendable(value)}


def _received(headers: httpx.Headers) -> Validators:
    """The validators of an answer, as far as they can be sent back."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    return Validators(
        etag=etag if _sendable(etag) else "",
        last_modified=modified if _sendable(modified) else "",
    )


def _bare(url: httpx.URL) -> httpx.URL:
    """The address without user name, password and fragment."""
    if not (url.userinfo or url.fragment):
        return url
    return url.copy_with(username=None, password=None, fragment=None)


def _masked(body: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """A body in which a server repeats our credentials, without them.

    A short password is left: it may be a word of the news, and blotting it out would tell it.
    """
    for secret in secrets:
        if len(secret) >= 8:
            body = body.replace(secret, b"*" * len(secret))
    return body


def _number(value: str) -> float | None:
    """A header's count of bytes or seconds; of too many digits it is infinite."""
    value = value.strip()
    return float(value) if value.isascii() and value.isdigit() else None


def _date(value: str) -> float | None:
    """An HTTP date (RFC 9110, 5.6.7) in seconds since 1970."""
    try:
        return parsedate_to_datetime(value[:100]).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _server_time(headers: httpx.Headers, now: float) -> float:
    """The time at the server, by whose clock its dates are meant."""
    date = _date(headers.get("date", ""))
    return now if date is None else date
