"""What the tests of advisories share: real and spoilt records, a clock, a client's context."""

import copy
import json
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import strategies as st

from monitor.advisories.source import Batch, Collect, Context, Settings, SourceError
from monitor.fetch import Fetcher
from monitor.models import PollSettings, Validators
from monitor.text import clean_block
from monitor.transport import Transport

SECURITY = Path(__file__).parents[2] / "shared" / "data" / "security"
NOW = 1_800_000_000.0
QUICK = PollSettings(concurrency=64, per_host=64, spacing=0.0, timeout=5.0)
NOT_JSON = (
    b"",
    b"<!doctype html><html><title>Busy</title></html>",
    b'{"a": [1, 2',
    b"[1]",
    b"null",
)

real_data = pytest.mark.skipif(not SECURITY.is_dir(), reason="no real records beside the project")
Value = TypeVar("Value", bound=msgspec.Struct)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def context(
    url: str,
    *,
    clock: Clock | None = None,
    cursor: str = "",
    cves: Collection[str] = (),
    validators: Mapping[str, Validators] | None = None,
    products: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> Context:
    """A context whose network is a real fetcher."""
    clock = clock or Clock()
    fetcher = Fetcher(QUICK, transport=Transport(proxies={}), now=clock)
    return Context(
        ask=fetcher.fetch,
        settings=Settings(id="test", kind="test", url=url, products=products),
        now=clock,
        sleep=clock.sleep,
        cursor=cursor,
        validators=validators or {},
        cves=cves,
        environ=environ or {},
    )


async def gathered(collect: Collect, given: Context) -> tuple[list[Batch], SourceError | None]:
    """All batches of a run, and how it ended."""
    batches: list[Batch] = []
    run: AsyncIterator[Batch] = collect(given)
    try:
        async for batch in run:
            batches.append(batch)
    except SourceError as error:
        return batches, error
    return batches, None


_leaf = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**60)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\x1b]0;x\x07", "\u202eevil", "9" * 5_000, "CVE-2025-54627", "HIGH", "NaN"])
)
_json = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
)


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> bytes:
    """The document with up to eight of its values, at any depth, replaced by any JSON."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 8))):
        holder, key = draw(st.sampled_from(_places(changed)))
        holder[key] = draw(_json)
    return json.dumps(changed).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


def assert_sound(value: Value) -> None:
    """It is what its type says, can be stored, and each text of it can be shown."""
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value
    for text in _texts(msgspec.to_builtins(value)):
        assert clean_block(text) == text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
