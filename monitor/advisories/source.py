"""What the clients of advisories have in common: what they are given, and what they give.

A client is an async generator `collect(context)` that yields a `Batch` for each answer. The runner
stores a batch before it asks for the next, so that a run that is interrupted goes on from the
`cursor` of the last one. Network, clock and sleep are given to it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from monitor.models import Validators
from monitor.vulnerability import Bulletin, Exploited, Likelihood, Record

UNKNOWN = Validators()


class SourceError(Exception):
    """A source could not be read to its end; the message is for people.

    `status` is that of the answer, None if there was none; `retry_after` is in seconds.
    """

    def __init__(
        self, message: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Reply(Protocol):
    """An answer, as `fetch.Answer` is one. `error` is "" for a 200 and a 304."""

    @property
    def status(self) -> int | None: ...
    @property
    def body(self) -> bytes | None: ...
    @property
    def url(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def validators(self) -> Validators: ...
    @property
    def retry_after(self) -> float | None: ...
    @property
    def error(self) -> str: ...


class Ask(Protocol):
    """One GET; conditional where `validators` hold something. Never raises for what comes back.

    `headers` go to the asked origin only; `limit` is the most bytes that a body may unpack to.
    """

    async def __call__(
        self,
        url: str,
        validators: Validators = UNKNOWN,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int | None = None,
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """`[sources.<id>]` as a client sees it. `url` is the base address, "" for the real one."""

    id: str
    kind: str  # which client: "huawei", "openharmony", "cve", "nvd", "kev", "epss"
    url: str = ""
    lang: str = "en"
    products: tuple[str, ...] = ()
    months: int = 24  # how far back


@dataclass(frozen=True, slots=True)
class Context:
    """What a client works with."""

    ask: Ask
    settings: Settings
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    cursor: str = ""  # of the last batch that was stored; "" at the first run
    validators: Mapping[str, Validators] = field(default_factory=dict)  # by address
    cves: Collection[str] = ()  # ids that stand in stored bulletins, records and stories
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one answer brought. `done` of `total` is progress, 0 where it is not known."""

    bulletins: tuple[Bulletin, ...] = ()
    records: tuple[Record, ...] = ()
    catalogue: tuple[Exploited, ...] | None = None  # the whole KEV
    likelihoods: tuple[Likelihood, ...] = ()
    cursor: str = ""
    validators: Mapping[str, Validators] = field(default_factory=dict)  # to be kept, by address
    done: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()  # for people: "2026-12 is not published yet"
    problems: tuple[str, ...] = ()  # what did not fit, beside those of a bulletin or record


Collect = Callable[[Context], AsyncIterator[Batch]]
