"""Reads one bulletin from a file or an address, whosever it is."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from monitor.advisories import huawei, openharmony
from monitor.advisories.months import month_in
from monitor.advisories.source import SourceError
from monitor.fetch import Fetcher
from monitor.models import PollSettings
from monitor.vulnerability import Bulletin


def from_file(path: Path) -> Bulletin:
    """The bulletin in a file; raises OSError, or SourceError where it is none.

    The path tells the month where the page does not: "2025-08.html", "bulletin/2025/8/index.html".
    """
    found = parse(path.read_bytes(), path.resolve().as_posix())
    month = found.month or month_in(path.stem)
    return replace(found, url="", month=month)


def from_address(url: str, settings: PollSettings) -> Bulletin:
    """The bulletin at an address; raises SourceError."""

    async def fetch() -> Bulletin:
        fetcher = Fetcher(settings, private=settings.private)
        try:
            answer = await fetcher.fetch(url)
        finally:
            await fetcher.aclose()
        if answer.error or answer.body is None:
            raise SourceError(f"{answer.url or url}: {answer.error or 'no answer'}")
        return parse(answer.body, url)

    return asyncio.run(fetch())


def parse(body: bytes, url: str) -> Bulletin:
    """A page of HTML is Huawei's, one of Markdown OpenHarmony's; raises SourceError for neither."""
    markdown = url.lower().endswith((".md", ".markdown")) or body.lstrip()[:1] != b"<"
    readers = [huawei.parse, openharmony.parse]
    first, second = reversed(readers) if markdown else readers
    try:
        return first(body, url)
    except SourceError as problem:
        try:
            return second(body, url)
        except SourceError:
            raise problem from None
