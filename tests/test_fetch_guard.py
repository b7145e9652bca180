"""Fetching: where it may go, what it may tell, that it never raises, and whose turn it is."""

import asyncio
import logging

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.fetch import Answer, Fetcher
from monitor.models import PollSettings, Validators
from monitor.transport import Transport
from tests.raw_server import Request, response, serve
from tests.test_fetch import FEED, QUICK, elsewhere, fetch, fetcher, moved


# -- places ---------------------------------------------------------------------------------------
async def local_name(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_a_name_that_leads_inside_needs_the_users_word() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED)
        transport = Transport(proxies={}, resolve=local_name)
        url = site.url(host="nas.example")
        refused = await Fetcher(QUICK, transport=transport).fetch(url)
        assert refused.error == (
            "nas.example leads to the private address 127.0.0.1: "
            "add nas.example to [poll] private if that is meant"
        )
        assert site.requests == []
        allowed = await Fetcher(QUICK, transport=transport, private=["NAS.example"]).fetch(url)
        assert allowed.body == FEED


async def test_a_private_name_may_not_be_redirected_to_from_another_origin() -> None:
    async with serve() as outside, serve() as inside:
        outside.pages["/"] = moved(302, inside.url(host="nas.example"))
        transport = Transport(proxies={}, resolve=local_name)
        reader = Fetcher(QUICK, transport=transport, private=["nas.example"])
        answer = await reader.fetch(outside.url())
        assert answer.error == "redirects to a private address: 127.0.0.1"
        assert inside.requests == []


async def test_localhost_may_be_configured() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED)
        assert (await fetch(site.url(host="localhost"))).body == FEED


# -- secrets --------------------------------------------------------------------------------------
SECRET = "correct-horse"
TOKEN = "bWU6Y29ycmVjdC1ob3JzZQ=="  # me:correct-horse


async def test_credentials_are_sent_but_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def reflect(request: Request) -> bytes:
        return response(200, f"{SECRET} {request.headers['authorization']}".encode())

    async with serve() as site:
        site.pages |= {"/": reflect, "/moved": moved(301, "/"), "/coded": b""}
        site.pages["/coded"] = response(200, FEED, "Content-Encoding: br")
        for path in ("/", "/moved", "/coded", "/missing"):
            answer = await fetch(site.url(path, user=f"me:{SECRET}@"))
            assert site.requests[-1].headers["authorization"] == f"Basic {TOKEN}"
            told = repr(answer) + caplog.text
            assert SECRET not in told
            assert TOKEN.rstrip("=") not in told
            assert answer.moved_to == ""


async def test_credentials_stay_with_the_configured_origin() -> None:
    seen: list[tuple[str, bool]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), "authorization" in request.headers))
        if request.url.host == "other.example":
            return httpx.Response(200, content=FEED)
        target = "/b" if request.url.path == "/a" else "https://x:y@other.example/c"
        return httpx.Response(302, headers={"Location": target, "Set-Cookie": "track=1"})

    told = await elsewhere(answer).fetch(f"https://me:{SECRET}@feed.example/a")
    assert (told.body, told.url) == (FEED, "https://other.example/c")
    assert seen == [
        ("https://feed.example/a", True),
        ("https://feed.example/b", True),
        ("https://other.example/c", False),
    ]


async def test_no_cookie_is_ever_sent() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED, "Set-Cookie: track=1; Path=/")
        reader = fetcher()
        await reader.fetch(site.url())
        await reader.fetch(site.url())
        assert all("cookie" not in request.headers for request in site.requests)


# -- nothing raises -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///etc/passwd",
        "ftp://h/",
        "http://",
        "http://[bad/",
        "http://h:99999/",
        "http://h\n/",
        "http://\u202e/",
        "http://h/" + "a" * 70000,
        "http://" + "a" * 70 + ".example/",
    ],
)
async def test_a_bad_address_is_an_error_without_a_request(url: str) -> None:
    answer = await fetch(url)
    assert answer.error
    assert answer.status is None


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.binary(), st.sampled_from([200, 301, 304, 429]))
def test_no_answer_and_no_address_make_it_raise(
    address: str, value: str, body: bytes, status: int
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raw = value.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
        names = [b"location", b"etag", b"retry-after", b"cache-control", b"expires", b"date"]
        return httpx.Response(status, headers=[(name, raw) for name in names], content=body)

    async def both() -> list[Answer]:
        reader = elsewhere(answer)
        pair = Validators(value, value)
        return [await reader.fetch(url, pair) for url in (address, f"http://h/{address}")]

    for told in asyncio.run(both()):
        assert told.body is not None or told.error or told.status == 304
        assert told.error.isprintable()


@pytest.mark.parametrize(
    "problem", [MemoryError, RecursionError, ValueError, OSError, UnicodeError]
)
async def test_any_exception_is_this_feeds_error(problem: type[Exception]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise problem

    assert (await elsewhere(answer).fetch("http://feed.example/")).error


async def test_a_fetch_that_is_cancelled_ends_and_gives_its_place_back() -> None:
    async with serve() as site:
        site.pages |= {"/hang": lambda request: hang(), "/": response(200, FEED)}
        reader = fetcher(replace(QUICK, concurrency=1, per_host=1))
        waiting = asyncio.create_task(reader.fetch(site.url("/hang")))
        while not site.requests:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await reader.fetch(site.url())).body == FEED


async def hang() -> bytes:
    await asyncio.get_running_loop().create_future()
    return b""


async def test_the_deadline_covers_all_hops() -> None:
    async with serve() as site:
        site.pages |= {"/": moved(302, "/hang"), "/hang": lambda request: hang()}
        answer = await fetcher(replace(QUICK, timeout=0.5)).fetch(site.url())
        assert (answer.error, answer.status) == ("no answer within 0.5 s", 302)
        assert answer.seconds >= 0.5


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_connection_is_closed_when_the_deadline_cuts_it(scheme: str) -> None:
    closed = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()
        closed.set()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader = fetcher(replace(QUICK, timeout=0.5))
        answer = await reader.fetch(f"{scheme}://127.0.0.1:{port}/")
        assert answer.error == "no answer within 0.5 s"
        await asyncio.wait_for(closed.wait(), 5)


# -- budgets --------------------------------------------------------------------------------------
class Desk:
    """A transport that answers when the test says so; `open` holds the hosts being
    asked, `seen` those that were so when all had settled."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.seen: list[str] = []
        self.asked: list[str] = []
        self.release = asyncio.Event()
        self.time = 100.0
        self.starts: list[float] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.open.append(request.url.host)
        self.asked.append(request.url.host)
        self.starts.append(self.time)
        await self.release.wait()
        self.open.remove(request.url.host)
        return httpx.Response(200, content=FEED)

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    def fetcher(self, settings: PollSettings) -> Fetcher:
        transport = httpx.MockTransport(self.answer)
        return Fetcher(settings, transport=transport, monotonic=lambda: self.time, sleep=self.sleep)

    async def settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


async def all_of(reader: Fetcher, hosts: str, desk: Desk) -> None:
    """Fetch from each host, look at what is open meanwhile, and let all end."""
    tasks = [asyncio.create_task(reader.fetch(f"http://{host}/")) for host in hosts.split()]
    await desk.settle()
    desk.seen = list(desk.open)
    desk.release.set()
    answers = await asyncio.gather(*tasks)
    assert [answer.body for answer in answers] == [FEED] * len(tasks)


async def test_a_slow_host_takes_no_place_from_others() -> None:
    desk = Desk()
    reader = desk.fetcher(PollSettings(concurrency=3, per_host=2, spacing=0.0))
    await all_of(reader, "slow slow slow slow slow quick", desk)
    assert sorted(desk.seen) == ["quick", "slow", "slow"]


async def test_no_more_than_the_budget_is_open_at_once() -> None:
    desk = Desk()
    reader = desk.fetcher(PollSettings(concurrency=4, per_host=2, spacing=0.0))
    await all_of(reader, "a b c d e f g h", desk)
    assert len(desk.seen) == 4


async def test_two_requests_to_one_host_start_apart() -> None:
    desk = Desk()
    desk.release.set()
    reader = desk.fetcher(PollSettings(concurrency=9, per_host=2, spacing=1.5))
    await all_of(reader, "a a a a", desk)
    gaps = [later - earlier for earlier, later in zip(desk.starts, desk.starts[1:], strict=False)]
    assert all(gap >= 1.5 for gap in gaps)


async def test_the_spacing_holds_when_places_become_free_late() -> None:
    desk = Desk()
    reader = desk.fetcher(PollSettings(concurrency=1, per_host=2, spacing=1.5))
    await all_of(reader, "x a a", desk)
    first, second = (at for host, at in zip(desk.asked, desk.starts, strict=True) if host == "a")
    assert second - first >= 1.5
