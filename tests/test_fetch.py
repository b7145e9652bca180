"""Fetching: polite, bounded, never raising. Over loopback; only what needs a second public origin
uses a transport that answers without a network."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from email.utils import formatdate

import httpx
import pytest

from monitor.fetch import BODY, Answer, Fetcher, max_age, retry_after
from monitor.models import PollSettings, Validators
from monitor.transport import Transport
from tests.raw_server import response, serve

FEED = b"<rss version='2.0'><channel><title>HarmonyOS</title></channel></rss>"
QUICK = PollSettings(concurrency=64, per_host=64, spacing=0.0, timeout=5.0)
NOW = 1_800_000_000.0
PAIR = Validators('"v1"', "Tue, 05 Aug 2025 10:00:00 GMT")


def fetcher(settings: PollSettings = QUICK, private: tuple[str, ...] = ()) -> Fetcher:
    return Fetcher(settings, private=private, transport=Transport(proxies={}), now=lambda: NOW)


async def fetch(url: str, validators: Validators = Validators()) -> Answer:  # noqa: B008
    return await fetcher().fetch(url, validators)


def elsewhere(answer: Callable[[httpx.Request], httpx.Response]) -> Fetcher:
    """A fetcher whose requests, to whatever origin, are answered by a function."""
    return Fetcher(QUICK, transport=httpx.MockTransport(answer), now=lambda: NOW)


# -- a feed ---------------------------------------------------------------------------------------
async def test_a_feed_is_read_with_all_that_the_next_poll_needs() -> None:
    async with serve() as site:
        headers = ['ETag: "v2"', f"Last-Modified: {PAIR.last_modified}", "Cache-Control: max-age=9"]
        site.pages["/feed?a=b"] = response(200, FEED, "Content-Type: text/xml", *headers)
        answer = await fetch(site.url("/feed?a=b#part"))
        assert (answer.error, answer.status, answer.body) == ("", 200, FEED)
        assert answer.validators == Validators('"v2"', PAIR.last_modified)
        assert (answer.content_type, answer.max_age, answer.size) == ("text/xml", 9.0, len(FEED))
        assert answer.url == site.url("/feed?a=b")


async def test_the_request_says_who_asks_and_what_for() -> None:
    async with serve() as site:
        await fetch(site.url())
        told = Fetcher(QUICK, transport=Transport(proxies={}), contact="mailto:me@news.example")
        await told.fetch(site.url())
        ours, theirs = (request.headers for request in site.requests)
        assert ours["user-agent"].startswith("monitor/")
        assert "feed reader" in ours["user-agent"]
        assert "(+mailto:me@news.example)" in theirs["user-agent"]
        assert "application/atom+xml" in ours["accept"]
        assert ours["accept-encoding"] == "gzip"


async def test_both_validators_are_sent_and_a_304_brings_new_ones() -> None:
    async with serve() as site:
        site.pages["/"] = response(304, b"", 'ETag: "v2"')
        answer = await fetch(site.url(), PAIR)
        assert (answer.error, answer.status, answer.body) == ("", 304, None)
        assert answer.validators == Validators('"v2"', "")
        sent = site.requests[0].headers
        assert (sent["if-none-match"], sent["if-modified-since"]) == (PAIR.etag, PAIR.last_modified)


@pytest.mark.parametrize("bad", ['"é"', '"a\r\nX-Injected: 1"', '"\x00"', '"\x7f"', "e" * 1001])
async def test_a_validator_that_cannot_be_sent_is_left_out(bad: str) -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED)
        answer = await fetch(site.url(), Validators(bad, PAIR.last_modified))
        assert answer.body == FEED
        assert "if-none-match" not in site.requests[0].headers
        assert site.requests[0].headers["if-modified-since"] == PAIR.last_modified
        assert "x-injected" not in site.requests[0].headers


async def test_a_validator_that_could_not_be_sent_back_is_not_handed_on() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED, 'ETag: "é"', "Last-Modified: " + "x" * 2000)
        assert (await fetch(site.url())).validators == Validators()


async def test_a_304_to_an_unconditional_request_is_an_error() -> None:
    async with serve() as site:
        site.pages["/"] = response(304)
        assert (await fetch(site.url())).error.startswith("HTTP 304")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (204, "HTTP 204 No Content"),
        (300, "HTTP 300 Multiple Choices"),
        (401, "HTTP 401 Unauthorized: it asks for a user name and a password"),
        (404, "HTTP 404 Not Found"),
        (410, "HTTP 410 Gone: the feed is gone for good"),
        (503, "HTTP 503 Service Unavailable"),
        (999, "HTTP 999"),
    ],
)
async def test_any_other_status_is_an_error_that_names_it(status: int, error: str) -> None:
    async with serve() as site:
        site.pages["/"] = response(status, FEED if status != 204 else b"", "Retry-After: 120")
        answer = await fetch(site.url())
        assert (answer.error, answer.status, answer.body) == (error, status, None)
        assert answer.retry_after == 120.0


# -- size and coding ------------------------------------------------------------------------------
@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "identity, gzip"])
async def test_one_gzip_is_unpacked(coding: str) -> None:
    packed = gzip.compress(FEED)
    async with serve() as site:
        site.pages["/"] = response(200, packed, f"Content-Encoding: {coding}")
        answer = await fetch(site.url())
        assert (answer.body, answer.size) == (FEED, len(packed))


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "gzip, br", "x-hostile"])
async def test_any_other_coding_is_named_and_refused(coding: str) -> None:
    async with serve() as site:
        site.pages["/"] = response(200, FEED, f"Content-Encoding: {coding}")
        answer = await fetch(site.url())
        assert answer.body is None
        assert f"packed as {coding};" in answer.error


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (FEED, "the body is not the gzip that it is said to be"),
        (gzip.compress(FEED)[:-9], "the gzip body is cut short"),
        (gzip.compress(FEED)[:-8] + bytes(8), "the body is not the gzip that it is said to be"),
        (zlib.compress(FEED), "the body is not the gzip that it is said to be"),
    ],
    ids=["plain", "cut", "wrong sum", "zlib"],  # a gzip holds the time: workers would differ
)
async def test_a_bad_gzip_is_told(body: bytes, error: str) -> None:
    async with serve() as site:
        site.pages["/"] = response(200, body, "Content-Encoding: gzip")
        assert (await fetch(site.url())).error == error


async def test_what_follows_a_gzip_is_left_out() -> None:
    async with serve() as site:
        body = gzip.compress(FEED) + b"G" * 300_000
        site.pages["/"] = response(200, body, "Content-Encoding: gzip")
        assert (await fetch(site.url())).body == FEED


@pytest.mark.parametrize(
    "raw",
    [
        response(200, gzip.compress(bytes(BODY + 1)), "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(BODY + 1),
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 10**15,
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 19 + b"\r\n\r\n",
    ],
    ids=["unpacked", "received", "declared", "declared in more digits"],
)
async def test_a_body_over_the_limit_is_refused(raw: bytes) -> None:
    async with serve() as site:
        site.pages["/"] = raw
        answer = await fetch(site.url())
        assert (answer.error, answer.body) == ("the body is over 10 MiB", None)


async def test_a_body_of_the_limit_is_read() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, gzip.compress(bytes(BODY)), "Content-Encoding: gzip")
        assert (await fetch(site.url())).body == bytes(BODY)


async def test_a_bomb_costs_little_memory() -> None:
    bomb = gzip.compress(bytes(128 << 20))
    async with serve() as site:
        site.pages["/"] = response(200, bomb, "Content-Encoding: gzip")
        tracemalloc.start()
        answer = await fetch(site.url())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.error == "the body is over 10 MiB"
        assert peak < 64 << 20


async def test_a_caller_may_set_a_limit_of_its_own() -> None:
    async with serve() as site:
        packed = gzip.compress(b"0" * 5_000)
        site.pages |= {
            "/plain": response(200, b"0" * 5_000),
            "/packed": response(200, packed, "Content-Encoding: gzip"),
            "/big": response(200, b"0" * (BODY + 1)),
        }
        for path in ("/plain", "/packed"):
            answer = await fetcher().fetch(site.url(path), limit=4_999)
            assert (answer.error[:17], answer.body) == ("the body is over ", None)
            assert (await fetcher().fetch(site.url(path), limit=5_000)).body == b"0" * 5_000
        answer = await fetcher().fetch(site.url("/big"), limit=BODY + 1)
        assert (answer.error, answer.size) == ("", BODY + 1)


# -- redirects ------------------------------------------------------------------------------------
def moved(status: int, location: str) -> bytes:
    return response(status, b"not for us", f"Location: {location}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_only_a_permanent_one_is_learned(status: int) -> None:
    async with serve() as site:
        site.pages |= {"/a": moved(status, "/b"), "/b": response(200, FEED)}
        answer = await fetch(site.url("/a"), PAIR)
        assert (answer.body, answer.url) == (FEED, site.url("/b"))
        assert answer.moved_to == (site.url("/b") if status in (301, 308) else "")
        assert all(request.headers["if-none-match"] == PAIR.etag for request in site.requests)


@pytest.mark.parametrize(
    ("chain", "leads"), [((301, 308), "/2"), ((301, 302), "/1"), ((302, 301), "")]
)
async def test_what_is_learned_is_the_unbroken_chain(chain: tuple[int, ...], leads: str) -> None:
    async with serve() as site:
        for hop, status in enumerate(chain):
            site.pages[f"/{hop}"] = moved(status, f"/{hop + 1}")
        site.pages[f"/{len(chain)}"] = response(200, FEED)
        answer = await fetch(site.url("/0"))
        assert answer.body == FEED
        assert answer.moved_to == (site.url(leads) if leads else "")


async def test_nothing_is_learned_from_a_redirect_to_an_error() -> None:
    async with serve() as site:
        site.pages["/"] = moved(301, "/nothing")
        assert (await fetch(site.url())).moved_to == ""


async def test_five_redirects_are_followed_and_no_more() -> None:
    async with serve() as site:
        for hop in range(7):
            site.pages[f"/{hop}"] = moved(302, f"/{hop + 1}")
        site.pages["/7"] = response(200, FEED)
        assert (await fetch(site.url("/2"))).body == FEED
        assert (await fetch(site.url("/1"))).error == "more than 5 redirects"


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("", "redirects without an address"),
        ("file:///etc/passwd", "redirects to a file address"),
        ("javascript:alert(1)", "redirects to a javascript address"),
        ("http://127.0.0.1:9/", "redirects to a private address: 127.0.0.1"),
        ("http://[::1]:9/", "redirects to a private address: ::1"),
        ("http://10.255.255.1/", "redirects to a private address: 10.255.255.1"),
        ("http://169.254.169.254/", "redirects to a private address: 169.254.169.254"),
        ("http://[::ffff:10.0.0.1]/", "redirects to a private address: ::ffff:10.0.0.1"),
        ("http://2130706433/", "redirects to a private address: 127.0.0.1"),
        ("http://\u202eevil.example/", "redirects to an address that is not valid"),
    ],
)
async def test_a_redirect_to_a_bad_place_is_refused(location: str, error: str) -> None:
    async with serve() as site:
        site.pages["/"] = moved(302, location)
        answer = await fetch(site.url())
        assert (answer.error, answer.status) == (error, 302)


async def test_a_redirect_from_https_to_http_is_refused() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"Location": "http://feed.example/b"})

    told = await elsewhere(answer).fetch("https://feed.example/a")
    assert told.error == "redirects from https to http"


async def test_headers_of_the_caller_go_to_the_asked_origin_only() -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.headers.get("apiKey", "")))
        leads = {
            "https://nvd.example/a": "/b",
            "https://nvd.example/b": "https://other.example/c",
            "https://other.example/c": "https://nvd.example:8443/d",
        }
        if location := leads.get(str(request.url)):
            return httpx.Response(302, headers={"Location": location})
        return httpx.Response(200, stream=httpx.ByteStream(FEED))

    told = await elsewhere(answer).fetch("https://nvd.example/a", headers={"apiKey": "secret"})
    assert told.body == FEED
    assert asked == [
        ("https://nvd.example/a", "secret"),
        ("https://nvd.example/b", "secret"),
        ("https://other.example/c", ""),
        ("https://nvd.example:8443/d", ""),
    ]


async def test_a_header_that_cannot_be_sent_is_an_error() -> None:
    async with serve() as site:
        for value in ("é", "a\r\nX-Injected: 1", "\x00"):
            answer = await fetcher().fetch(site.url(), headers={"apiKey": value})
            assert answer.error
        assert not any("x-injected" in request.headers for request in site.requests)


# -- when to come again ---------------------------------------------------------------------------
def http_date(offset: float) -> str:
    return formatdate(NOW + offset, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (http_date(90), 90.0),
        (http_date(-90), 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("", None),
        ("-10", None),
        ("later", None),
        ("1e400", None),
        ("\u00b2\u00b3", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_retry_after_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers([(b"retry-after", value.encode())]), NOW) == seconds


@pytest.mark.parametrize("value", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_beyond_reason_is_cut(value: str) -> None:
    assert retry_after(httpx.Headers({"Retry-After": value}), NOW) == 366 * 86400.0


def test_the_servers_dates_are_read_by_the_servers_clock() -> None:
    late = httpx.Headers({"Date": http_date(-1000), "Retry-After": http_date(-940)})
    assert retry_after(late, NOW) == 60.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600"}, 600.0),
        ({"Cache-Control": "Max-Age = 600"}, 600.0),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500.0),
        ({"Cache-Control": "max-age=600", "Age": "99999999999"}, 0.0),
        ({"Cache-Control": "max-age=600, no-cache"}, None),
        ({"Cache-Control": "no-store", "Expires": http_date(50)}, None),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": 'max-age=-5, no-store, private="x'}, None),
        ({"Cache-Control": "max-age=600", "Expires": http_date(50)}, 600.0),
        ({"Expires": http_date(50)}, 50.0),
        ({"Expires": http_date(50), "Date": http_date(-10)}, 60.0),
        ({"Expires": http_date(-50)}, 0.0),
        ({"Expires": "-1"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float | None) -> None:
    assert max_age(httpx.Headers(headers), NOW) == seconds


def test_a_huge_max_age_is_cut() -> None:
    huge = httpx.Headers({"Cache-Control": "max-age=" + "9" * 500})
    assert max_age(huge, NOW) == 366 * 86400.0
