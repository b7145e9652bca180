"""What is connected to, through what, and how a failure is told."""

import asyncio
import ipaddress
import shutil
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.addresses import is_public
from monitor.transport import (
    PRIVATE,
    PrivateAddress,
    Refused,
    Transport,
    explain,
    resolve,
)
from tests.raw_server import RawServer, response, serve

NOT_PUBLIC = """
    127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1
    169.254.169.254 100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1
    203.0.113.1 192.88.99.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fdff::1 ff02::1 ff0e::1 100::1
    2001:db8::1 3fff::1 2001::1 64:ff9b:1::1 5f00::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1::
"""
PUBLIC = """
    1.1.1.1 93.184.216.34 172.32.0.1 100.128.0.1 192.167.255.255 223.255.255.254
    2606:4700::1111 2a00:1450::1 ::ffff:1.1.1.1 64:ff9b::101:101 2002:101:101::
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv6_form_is_judged_by_the_ipv4_address_it_carries(
    inner: ipaddress.IPv4Address,
) -> None:
    number = int(inner)
    forms = [0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert {is_public(ipaddress.IPv6Address(form)) for form in forms} == {is_public(inner)}


class Names:
    """A name server of the test; remembers what it was asked."""

    def __init__(self, **names: list[str]) -> None:
        self._names = names
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._names[host]


def get(url: str, private: bool = False) -> httpx.Request:
    return httpx.Request("GET", url, extensions={PRIVATE: private})


async def fetch(transport: Transport, request: httpx.Request) -> bytes:
    answer = await transport.handle_async_request(request)
    body = b"".join([part async for part in answer.aiter_raw()])
    await answer.aclose()
    return body


async def test_the_system_resolves_names() -> None:
    assert set(await resolve("localhost", 80)) & {"127.0.0.1", "::1"}
    with pytest.raises(UnicodeError):
        await resolve("a" * 70 + ".example", 80)


async def test_a_name_is_resolved_once_and_that_address_connected() -> None:
    names = Names(feed=["127.0.0.1"])
    async with serve() as site:
        site.pages["/"] = response(200, b"here")
        request = get(site.url(host="feed"), private=True)
        assert await fetch(Transport(resolve=names, proxies={}), request) == b"here"
        assert names.asked == ["feed"]
        assert site.requests[0].headers["host"] == f"feed:{site.port}"


async def test_the_next_address_is_tried_when_one_refuses() -> None:
    async with serve() as site:
        site.pages["/"] = response(200, b"here")
        names = Names(feed=["::1", "127.0.0.9", "127.0.0.1"])
        request = get(site.url(host="feed"), private=True)
        assert await fetch(Transport(resolve=names, proxies={}), request) == b"here"


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]])
async def test_one_private_address_condemns_a_name(addresses: list[str]) -> None:
    async with serve() as site:
        transport = Transport(resolve=Names(feed=addresses), proxies={})
        with pytest.raises(PrivateAddress) as caught:
            await fetch(transport, get(site.url(host="feed")))
        assert (caught.value.host, caught.value.address) == ("feed", "127.0.0.1")
        assert site.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "0x7f.1", "localhost"])
async def test_the_old_forms_of_loopback_are_refused_as_connected(host: str) -> None:
    async with serve() as site:
        with pytest.raises(PrivateAddress):
            await fetch(Transport(proxies={}), get(site.url(host=host)))
        assert site.requests == []


async def test_an_unknown_name_is_told_as_such() -> None:
    transport = Transport(resolve=Names(), proxies={})
    with pytest.raises(socket.gaierror) as caught:
        await fetch(transport, get("http://nowhere.example/"))
    assert explain(caught.value, "nowhere.example") == "name not found: nowhere.example"


async def test_a_name_without_addresses_is_told_as_not_found() -> None:
    with pytest.raises(Refused, match="name not found: feed"):
        await fetch(Transport(resolve=Names(feed=[]), proxies={}), get("http://feed/"))


async def test_a_refused_connection_names_host_and_reason() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its sentence is what counts
            await fetch(Transport(proxies={}), get(url, private=True))
    assert explain(caught.value, "127.0.0.1") == "no connection to 127.0.0.1: Connection refused"


# -- proxies --------------------------------------------------------------------------------------
def through(proxy: RawServer, **more: str) -> Transport:
    return Transport(proxies={"http": proxy.url(user="me:word@"), **more}, resolve=Names())


async def test_a_proxy_is_asked_for_the_whole_address() -> None:
    async with serve() as proxy:
        proxy.pages["http://feed.example/a"] = response(200, b"by proxy")
        assert await fetch(through(proxy), get("http://feed.example/a")) == b"by proxy"
        assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6d29yZA=="


async def test_no_proxy_names_the_hosts_that_are_asked_directly() -> None:
    async with serve() as proxy, serve() as site:
        site.pages["/"] = response(200, b"direct")
        request = get(site.url(), private=True)
        assert await fetch(through(proxy, no="127.0.0.1"), request) == b"direct"
        assert proxy.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "2130706433",
        "127.1",
        "0x7f000001",
        "localhost",
        "localhost.",
        "a.localhost",
    ],
)
async def test_a_proxy_does_not_make_a_private_host_allowed(host: str) -> None:
    async with serve() as proxy:
        with pytest.raises(PrivateAddress):
            await fetch(through(proxy), get(f"http://{host}/"))
        assert proxy.requests == []


async def test_a_proxy_of_an_unknown_scheme_is_refused_without_its_password() -> None:
    transport = Transport(proxies={"all": "socks5://me:word@127.0.0.1:1"})
    with pytest.raises(Refused) as caught:
        await fetch(transport, get("http://feed.example/"))
    assert str(caught.value) == "the proxy's scheme is not supported: socks5"


async def test_a_proxy_that_refuses_a_tunnel_is_told() -> None:
    async with serve() as proxy:
        proxy.pages["feed.example:443"] = response(407)
        transport = Transport(proxies={"https": f"127.0.0.1:{proxy.port}"})
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its sentence is what counts
            await fetch(transport, get("https://feed.example/"))
    assert explain(caught.value, "feed.example") == "the proxy refused: 407"


# -- TLS ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, crt, both = folder / "key", folder / "crt", folder / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=test",
    ]
    subject = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(crt)]
    subprocess.run(command + subject, check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + crt.read_bytes())
    return both


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_trusted_certificate_is_accepted(
    certificate: Path, server_tls: ssl.SSLContext
) -> None:
    async with serve(server_tls) as site:
        site.pages["/"] = response(200, b"secret")
        trusting = ssl.create_default_context(cafile=certificate)
        transport = Transport(proxies={}, tls=trusting)
        for _ in range(2):
            assert await fetch(transport, get(site.url(), private=True)) == b"secret"


async def test_an_untrusted_certificate_is_told_as_such(server_tls: ssl.SSLContext) -> None:
    async with serve(server_tls) as site:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its sentence is what counts
            await fetch(Transport(proxies={}), get(site.url(), private=True))
        assert site.requests == []
    assert explain(caught.value, "127.0.0.1") == "certificate not valid: self-signed certificate"


async def test_plain_http_on_a_tls_port_is_told_as_such() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(400))
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its sentence is what counts
            await fetch(Transport(proxies={}), get(f"https://127.0.0.1:{port}/", private=True))
    assert explain(caught.value, "feed").startswith("TLS failed with feed: ")
