"""All of `tools/hostile.py`, polled by the real pipeline and shown on a real terminal."""

import sys
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from benchmarks.pty_drive import Terminal
from monitor.models import Body, Config, Entry, Feed, FeedResult, Fresh, PollSettings, PollStatus
from monitor.poll import Poller, PollEvent, Trouble
from monitor.store import Store

TOOLS = Path(__file__).parents[2] / "shared" / "tools"
if not (TOOLS / "hostile.py").is_file():
    pytest.skip("the hostile feeds are not here", allow_module_level=True)
sys.path.insert(0, str(TOOLS))
import hostile  # noqa: E402

pytestmark = pytest.mark.asyncio(loop_scope="module")
# What a document without neighbours of its own is: they are about the whole document.
ALONE = {"store-json-nan", "store-json-dupkeys", "xml-zero-items", "xml-rdf"}
PAGE = ("enter", "pagedown", "escape", "pagedown")
SHOWN = ("terminal", "markup", "unicode", "link", "date", "store", "xml")


class Polled(NamedTuple):
    """What one poll of all cases came to."""

    folder: Path
    cases: dict[str, dict[str, Any]]
    results: dict[str, FeedResult]
    titles: dict[str, set[str]]
    texts: list[str]
    events: list[PollEvent]
    canary: list[Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def polled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Polled]:
    folder = tmp_path_factory.mktemp("hostile")
    events: list[PollEvent] = []
    with hostile.Server(max_seconds=12) as server:
        cases = {c["id"]: c for c in server.manifest()["cases"] if c["category"] != "opml"}
        feeds = [Feed(id=k, url=c["url"], title=f"Host {k}", keep="all") for k, c in cases.items()]
        settings = PollSettings(concurrency=32, per_host=32, spacing=0.0, timeout=6.0)
        config = Config(path="test", feeds=tuple(feeds), keywords=("Huawei",), poll=settings)
        store = Store.open(folder)
        poller = Poller(config, store, on_event=events.append)
        result = await poller.poll(all=True)
        canary = server.hits("canary")
        await poller.aclose()
    titles: dict[str, set[str]] = {}
    for entry in store.entries.values():
        titles.setdefault(entry.feed, set()).add(entry.title)
    texts = list(_texts(store))
    store.close()
    results = {feed.id: feed for feed in result.feeds}
    yield Polled(folder, cases, results, titles, texts, events, canary)


def _texts(store: Store) -> Iterator[str]:
    for entry in store.entries.values():
        body = store.body(entry.uid)
        yield from (entry.title, entry.url, entry.outlet, entry.id, *body.links)
        yield from (body.summary, body.author, *body.content.split("\n"))
    for state in store.feeds.values():
        yield from (state.error, state.warning, state.next_why)


async def test_every_case_ends_and_only_its_own_feed_suffers(polled: Polled) -> None:
    assert polled.results.keys() == polled.cases.keys()
    assert not [event for event in polled.events if isinstance(event, Trouble)]
    refused = {
        name: polled.results[name].error
        for name, case in polled.cases.items()
        if case["verdict"] == "accept" and polled.results[name].status is not PollStatus.UPDATED
    }
    assert refused == {}
    accepted = [
        name
        for name, case in polled.cases.items()
        if case["verdict"] == "reject"
        and polled.results[name].status is PollStatus.UPDATED
        and polled.results[name].entries
    ]
    assert accepted == []


async def test_the_neighbours_of_a_hostile_entry_are_there(polled: Polled) -> None:
    lost = [
        name
        for name, case in polled.cases.items()
        if case["category"] in SHOWN
        and name not in ALONE
        and polled.results[name].status is PollStatus.UPDATED
        and not {f"OK before {name}", f"OK after {name}"} <= polled.titles[name]
    ]
    assert lost == []


async def test_no_request_went_where_a_feed_may_not_send_us(polled: Polled) -> None:
    assert polled.canary == []


async def test_what_is_stored_holds_no_control_or_invisible_character(polled: Polled) -> None:
    assert len(polled.texts) > 10_000
    bad = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")
    assert not [text for text in polled.texts if any(unicodedata.category(c) in bad for c in text)]


async def test_errors_are_sentences(polled: Polled) -> None:
    errors = [feed.error for feed in polled.results.values() if feed.error]
    assert errors
    assert not [e for e in errors if len(e) > 300 or "Traceback" in e or "object at" in e]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_no_forbidden_byte_reaches_the_terminal(
    polled: Polled, tmp_path: Path, size: tuple[int, int]
) -> None:
    benign = _show(_benign(tmp_path / "benign"), size, pages=2)
    seen = _show(polled.folder, size, pages=60)
    assert "HSTL" in seen.decode(errors="replace")
    assert hostile.leaks(seen) == {}
    assert set(hostile.kinds(seen)) <= set(hostile.kinds(benign))


def _benign(folder: Path) -> Path:
    """A store of harmless stories, some of them in wide characters."""
    store = Store.open(folder)
    store.add(
        Fresh(
            Entry(
                uid=f"{number:016x}", feed="one", id=str(number), title=f"Huawei 华为 {number}",
                url=f"https://example.org/{number}", canonical="", published=None,
                first_seen=1.7e9, last_seen=1.7e9, time=1.7e9 + number, outlet="Sample 样本",
                cves=("CVE-2025-54627",),
            ),
            Body(summary="Harmless. " * 20, links=("https://example.org/",)),
        )
        for number in range(200)
    )  # fmt: skip
    store.close()
    return folder


def _show(folder: Path, size: tuple[int, int], pages: int) -> bytes:
    """The bytes written while all is paged through, and a story opened on each page."""
    settings = folder.with_suffix(".toml")
    settings.write_text('[feeds.none]\nurl = "http://127.0.0.1:9/"\nenabled = false\n')
    argv = [sys.executable, "-m", "monitor", "--config", str(settings), "--data", str(folder)]
    columns, rows = size
    with Terminal(argv, columns=columns, rows=rows, cwd=Path(__file__).parents[1]) as terminal:
        terminal.wait_for("Headlines")
        terminal.settle()
        for key in ("?", "escape", "e", "escape", *PAGE * pages):
            with suppress(RuntimeError):  # a key may well have nothing to paint
                terminal.press(key, quiet=0.02, timeout=0.2)
        return bytes(terminal.output)
