"""JSON from outside, taken for what it may be: what does not fit is told with its path, and the
rest is kept."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from monitor.advisories.source import UNKNOWN, Context, Reply, SourceError
from monitor.text import clean, clean_block, web_url

NAME: Final = 300  # characters of a name, a title, a version
BLOCK: Final = 8_000  # of a description
PARTS: Final = 2_000  # elements that are read of one list
PROBLEMS: Final = 20  # that are told of one document or record

_CVE: Final = re.compile(r"CVE-(?:1999|2\d{3})-\d{4,19}", re.ASCII)
_AGAIN: Final = re.compile(r"^(?:https?:/*)+(?=https?://)", re.IGNORECASE)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class Problems:
    """What did not fit: each once, the first `most` in full, the others counted."""

    def __init__(self, most: int = PROBLEMS) -> None:
        self._most = most
        self._texts: dict[str, None] = {}
        self._more = 0

    def add(self, text: str) -> None:
        if len(self._texts) < self._most:
            self._texts[clean(text, NAME)] = None
        else:
            self._more += 1

    def told(self) -> tuple[str, ...]:
        return (*self._texts, *([f"and {self._more} more like these"] if self._more else []))


class Fields:
    """A JSON object. Its members are asked for by key and type, and are never an error.

    A member that is missing or null is empty; one of another type is empty too, and a problem.
    """

    __slots__ = ("_values", "path", "problems")

    def __init__(self, value: object, problems: Problems, path: str = "") -> None:
        self.path = path
        self.problems = problems
        self._values: Mapping[str, object] = {}
        if isinstance(value, dict):
            self._values = value
        elif value is not None:
            self.odd("", f"{_kind(value)} where an object should be")

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        """Its members' names as they came: not clean."""
        return iter(self._values)

    def odd(self, key: str, what: str) -> None:
        """Note what is wrong with a member."""
        where = self._where(key)
        self.problems.add(f"{where}: {what}" if where else what)

    def text(self, key: str, limit: int = NAME) -> str:
        """One line."""
        return clean(self._string(key), limit)

    def block(self, key: str, limit: int = BLOCK) -> str:
        """Lines."""
        return clean_block(self._string(key), limit)

    def number(self, key: str, low: float = 0.0, high: float = math.inf) -> float | None:
        """A number from `low` to `high`; one that is written as a text is none."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.odd(key, f"{_kind(value)} where a number should be")
            return None
        if not (math.isfinite(value) and low <= value <= high):
            self.odd(key, f"{value:.6g} is out of range")
            return None
        return float(value)

    def flag(self, key: str) -> bool | None:
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.odd(key, f"{_kind(value)} where true or false should be")
        return None

    def moment(self, key: str) -> float | None:
        """A date in seconds since 1970; UTC where it names no offset."""
        text = self._string(key)
        stamp = moment(text)
        if text and stamp is None:
            self.odd(key, f"'{clean(text, 40)}' is no date")
        return stamp

    def cve(self, key: str) -> str:
        """A CVE id, "" for anything else."""
        text = self._string(key)
        if not text or is_cve(text):
            return text
        self.odd(key, f"'{clean(text, 40)}' is no CVE id")
        return ""

    def address(self, key: str) -> str:
        """An http or https address that may be opened; "" for anything else."""
        text = self._string(key)
        url = mended(text)
        if text and not url:
            self.odd(key, f"'{clean(text, 80)}' is no web address")
        return url

    def part(self, key: str) -> "Fields":
        """The object under `key`; an empty one where there is none."""
        return Fields(self._values.get(key), self.problems, self._where(key))

    def parts(self, key: str, most: int = PARTS) -> Iterator["Fields"]:
        """The objects of the list under `key`."""
        for number, value in enumerate(self._list(key, most)):
            if isinstance(value, dict):
                yield Fields(value, self.problems, f"{self._where(key)}[{number}]")
            else:
                self.odd(f"{key}[{number}]", f"{_kind(value)} where an object should be")

    def texts(self, key: str, limit: int = NAME, most: int = PARTS) -> Iterator[str]:
        """The lines of the list under `key`."""
        for number, value in enumerate(self._list(key, most)):
            if isinstance(value, str):
                yield clean(value, limit)
            else:
                self.odd(f"{key}[{number}]", f"{_kind(value)} where a text should be")

    def value(self, key: str) -> object:
        """What stands under `key`, as it came."""
        return self._values.get(key)

    def values(self, key: str) -> list[object] | None:
        """The list under `key` as it came, all of it; None where there is none."""
        value = self._values.get(key)
        return value if isinstance(value, list) else None

    def _where(self, key: str) -> str:
        return f"{self.path}.{key}".strip(".")

    def _string(self, key: str) -> str:
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.odd(key, f"{_kind(value)} where a text should be")
        return ""

    def _list(self, key: str, most: int) -> list[object]:
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.odd(key, f"{_kind(value)} where a list should be")
            return []
        if len(value) > most:
            self.odd(key, f"{len(value) - most} elements after the first {most} are left out")
        return value[:most]


def document(body: bytes, what: str) -> dict[str, object]:
    """The JSON object in `body`; raises `SourceError` that begins with `what`."""
    text = body.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, strict=False, parse_int=_integer)
    except RecursionError:
        raise SourceError(f"{what}: the JSON is nested too deeply") from None
    except ValueError as error:
        if text[:200].lstrip().startswith("<"):
            raise SourceError(f"{what}: a web page came where JSON should be") from None
        line = getattr(error, "lineno", 0)
        raise SourceError(f"{what}: the JSON is broken or cut short in line {line}") from None
    if not isinstance(value, dict):
        raise SourceError(f"{what}: {_kind(value)} came where a JSON object should be")
    return value


def moment(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 date or time, in UTC where no offset is named."""
    try:
        date = datetime.fromisoformat(text[:40].strip())
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        if not _EARLIEST <= date < _LATEST:
            return None
    except (ValueError, OverflowError):
        return None
    return (date - _EARLIEST).total_seconds()


def is_cve(text: str) -> bool:
    """Whether `text` is a CVE id and nothing else."""
    return _CVE.fullmatch(text) is not None


def mended(url: str) -> str:
    """`url`, with a scheme that is written twice written once, if it may be opened; else ""."""
    return web_url(_AGAIN.sub("", url.strip())) if len(url) < 4_000 else ""


async def fetched(
    context: Context, url: str, what: str, limit: int | None = None, anew: bool = False
) -> Reply:
    """The answer of a GET, conditional if not `anew`; raises `SourceError` that begins with `what`.

    Its body is None where the document is as it was.
    """
    known = UNKNOWN if anew else context.validators.get(url, UNKNOWN)
    reply = await context.ask(url, known, limit=limit)
    if reply.error:
        raise failed(reply, what)
    return reply


def failed(reply: Reply, what: str) -> SourceError:
    return SourceError(f"{what}: {clean(reply.error, NAME)}", reply.status, reply.retry_after)


def base(context: Context, real: str) -> str:
    """The address of a source up to its last slash."""
    url = context.settings.url or real
    return url if url.endswith("/") else f"{url}/"


def _kind(value: object) -> str:
    names = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}
    return names.get(type(value), "nothing" if value is None else "a number")


def _integer(digits: str) -> int | float:
    """Python refuses to read thousands of digits; as a float they are infinite."""
    return int(digits) if len(digits) <= 40 else float(digits)
