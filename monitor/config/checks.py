"""Checkers for the values of `feeds.toml`, and how a message names what is wrong with one."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from monitor.text import month_or_day

DAY = 86400.0
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}

_DURATION = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_HOST = re.compile(r"[\w.-]+|\[?[0-9a-fA-F:.]+\]?")
_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def seconds(text: str) -> float:
    """A duration such as "30m", "7d" or "1h30m" in seconds; raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{shown(text)} is no duration; write 30m, 2h or 1d")
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"([0-9]+)([smhdw])", text))


def shown(text: str) -> str:
    """A text from the file, quoted for a message: short, one line, nothing invisible."""
    text = hide_secrets(text)
    return repr(text if len(text) <= 60 else text[:59] + "…")


def hide_secrets(text: str) -> str:
    """The text without what may be the user name and password of an address."""
    return re.sub(r"\S*@", "…@", text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message on an unknown word: the nearest known one, or all of them."""
    from difflib import get_close_matches

    names = [str(name) for name in known]
    if near := get_close_matches(word, names, 1, 0.6):
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(names)}"


# Checkers: from a value of TOML to ours; they raise ValueError with what is wrong.

Check = Callable[[Any], Any]


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a string in quotes, not {toml_type(value)}")
    return value


def words(value: Any) -> str:
    if not text(value).strip():
        raise ValueError("must not be empty")
    return str(value)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {toml_type(value)}")
    return value


def whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, not {toml_type(value)}")
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return check


def duration(least: float, most: float, span: str, number: bool = False) -> Check:
    """A duration within the span, which is also given in words; if `number`, plain seconds too."""

    def check(value: Any) -> float:
        if number and isinstance(value, int | float) and not isinstance(value, bool):
            result = float(value) if math.isfinite(value) else -1.0
        elif isinstance(value, str):
            result = seconds(value)
        else:
            raise ValueError(f'must be a duration like "30m" in quotes, not {toml_type(value)}')
        if not least <= result <= most:
            raise ValueError(f"must be from {span}")
        return result

    return check


def one_of(known: Iterable[str], kind: Callable[[str], Any] = str) -> Check:
    names = [str(name) for name in known]

    def check(value: Any) -> Any:
        if text(value) not in names:
            raise ValueError(f"unknown value {shown(value)}{did_you_mean(value, names)}")
        return kind(value)

    return check


def list_of(check_one: Check) -> Check:
    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"must be a list in brackets, not {toml_type(value)}")
        return tuple(dict.fromkeys(check_one(one) for one in value))

    return check


def one_or_list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, str | list):
        raise ValueError(f"must be a string or a list of strings, not {toml_type(value)}")
    return tuple(text(one) for one in (value if isinstance(value, list) else [value]))


def keys(value: Any) -> str:
    """Keys of the keyboard, as `UiSettings.keys` has them."""
    return ",".join(one_or_list(value))


def url(value: Any) -> str:
    """An address to poll. No message shows any of it: there may be a password in it."""
    address = text(value)
    if not address.isprintable() or " " in address:
        raise ValueError("has a space or an invisible character in it")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address; its host or port can't be read") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if not host:
        raise ValueError("has no host after http:// or https://")
    return address


def host(value: Any) -> str:
    if not _HOST.fullmatch(text(value)):
        raise ValueError("must be names of hosts only, without http://, port or path")
    return str(value).strip("[]").lower()


def lang(value: Any) -> str:
    if text(value) and not _LANG.fullmatch(value):
        raise ValueError(f'{shown(value)} is no language tag; write "en" or "zh-CN"')
    return str(value)


def patch_level(value: Any) -> str:
    """A month or a day, as `Device.patch_level` has it; TOML's own dates are taken too."""
    level = value.isoformat()[:10] if isinstance(value, date) else text(value)
    try:
        return month_or_day(level)
    except ValueError:
        raise ValueError(
            f'{shown(level)} is no patch level; write "2025-08", "2025-08-01" or "August 2025"'
        ) from None


def toml_type(value: Any) -> str:
    """What TOML calls this type, with its article."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")


INTERVAL = duration(60, 365 * DAY, "1m to 365d")
