"""Fetching from the hostile server of ../shared: every case of a fetch ends, in time, tamely."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.fetch import BODY, Answer, Fetcher
from monitor.models import PollSettings
from monitor.transport import Transport

TOOL = Path(__file__).parents[2] / "shared" / "tools" / "hostile.py"
CATEGORIES = {"time", "size", "http", "redirect", "secret", "cache"}
SETTINGS = PollSettings(concurrency=48, per_host=48, spacing=0.0, timeout=8.0)
SECRET = "hunter2-hunter2"
TOKEN = "bWU6aHVudGVyMi1odW50ZXIy"  # me:hunter2-hunter2

# These reach the parser: as HTTP they are in order, their bodies are not feeds.
LEFT_TO_THE_PARSER = {"size-gzip-file", "size-length-small"}

Case = dict[str, Any]
Polls = dict[str, list[Answer]]


def _hostile() -> ModuleType:
    if not TOOL.exists():
        pytest.skip("the hostile server is not here")
    spec = importlib.util.spec_from_file_location("hostile", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hostile() -> Iterator[Any]:
    with _hostile().Server(max_seconds=30) as server:
        yield server


@pytest.fixture(scope="module")
def cases(hostile: Any) -> dict[str, Case]:
    found = hostile.manifest()["cases"]
    return {case["id"]: case for case in found if case["category"] in CATEGORIES}


@pytest.fixture(scope="module")
def polls(hostile: Any, cases: dict[str, Case]) -> Polls:
    """Each case polled twice, the second time with what the first brought; all side by side."""

    async def twice(fetcher: Fetcher, case: Case) -> list[Answer]:
        url = case["url"]
        if case["category"] == "secret":
            url = url.replace("://", f"://me:{SECRET}@")
        first = await fetcher.fetch(url)
        return [first, await fetcher.fetch(url, first.validators)]

    async def everything() -> Polls:
        fetcher = Fetcher(SETTINGS, transport=Transport(proxies={}))
        answers = await asyncio.gather(*(twice(fetcher, case) for case in cases.values()))
        await fetcher.aclose()
        return dict(zip(cases, answers, strict=True))

    return asyncio.run(everything())


def test_the_cases_are_all_there(cases: dict[str, Case]) -> None:
    assert {case["category"] for case in cases.values()} == CATEGORIES
    assert len(cases) > 100


def test_no_forbidden_place_was_visited(hostile: Any, polls: Polls) -> None:
    assert polls
    assert hostile.hits("canary") == []


def test_every_fetch_ends_at_its_deadline(polls: Polls) -> None:
    late = {name: a.seconds for name, both in polls.items() for a in both if a.seconds > 12.0}
    assert late == {}  # 30 s is what the server would take


def test_every_answer_is_a_body_an_error_or_unchanged(polls: Polls) -> None:
    for name, answers in polls.items():
        for answer in answers:
            settled = [answer.body is not None, bool(answer.error), answer.status == 304]
            assert any(settled), name
            assert len(answer.body or b"") <= BODY, name
            assert answer.error.isprintable(), name
            assert len(answer.error) < 150, name


def test_what_is_to_be_read_is_read(polls: Polls, cases: dict[str, Case]) -> None:
    failed = {
        name: [answer.error for answer in answers]
        for name, answers in polls.items()
        if cases[name]["verdict"] == "accept" and any(answer.error for answer in answers)
    }
    assert failed == {}


def test_what_is_to_be_refused_is_refused(polls: Polls, cases: dict[str, Case]) -> None:
    read = {
        name
        for name, answers in polls.items()
        if cases[name]["verdict"] == "reject" and not all(answer.error for answer in answers)
    }
    assert read <= LEFT_TO_THE_PARSER


def test_no_secret_is_in_any_answer(polls: Polls, cases: dict[str, Case]) -> None:
    told = repr([polls[name] for name, case in cases.items() if case["category"] == "secret"])
    assert SECRET not in told
    assert TOKEN not in told


def test_secrets_were_sent_to_their_origin_only_and_cookies_nowhere(
    hostile: Any, polls: Polls
) -> None:
    hits = hostile.hits()
    with_secret = [hit for hit in hits if "authorization" in hit["headers"]]
    assert with_secret
    assert all(hit["listener"] == "main" for hit in with_secret)
    assert not any("cookie" in hit["headers"] for hit in hits)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("size-gzip-1024", "the body is over 10 MiB"),
        ("size-endless", "the body is over 10 MiB"),
        ("size-zstd-1024", "the body is packed as zstd; only gzip is accepted"),
        ("size-chunk-bad", "the answer is not valid HTTP"),
        ("http-no-answer", "the server closed the connection without an answer"),
        ("http-rst-middle", "the connection was broken off"),
        ("time-no-head", "no answer within 8 s"),
        ("time-trickle-body", "no answer within 8 s"),
        ("redir-endless", "more than 5 redirects"),
        ("redir-metadata", "redirects to a private address: 169.254.169.254"),
        ("redir-localhost", "redirects to a private address: 127.0.0.1"),
        ("redir-unix", "redirects to a unix address"),
    ],
)
def test_an_error_says_what_was_wrong(polls: Polls, name: str, error: str) -> None:
    assert [answer.error for answer in polls[name]] == [error, error]
