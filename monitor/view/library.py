"""What the screen needs of what is stored about bulletins and vulnerabilities."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from monitor.vulnerability import (
        Bulletin,
        Exploited,
        Likelihood,
        Record,
        Summary,
        Vulnerability,
    )


class Library(Protocol):
    """Bulletins, CVE records, KEV and EPSS.

    `bulletin`, `records` and `vulnerability` read files, so they are called in a thread.
    `bulletins` is the same object until a bulletin, or what its summary joins, is another: that is
    how the screen sees a change.
    """

    @property
    def bulletins(self) -> "Sequence[Summary]": ...  # newest month first
    @property
    def exploited(self) -> "Mapping[str, Exploited]": ...
    def likelihoods(self, cves: Collection[str]) -> "Mapping[str, Likelihood]": ...
    def bulletin(self, id: str) -> "Bulletin | None": ...  # noqa: A002
    def records(self, cves: Collection[str]) -> "Mapping[str, tuple[Record, ...]]": ...
    def vulnerability(self, cve: str) -> "Vulnerability": ...
