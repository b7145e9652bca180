"""What `feeds.toml` may hold, written once: a checker for each key, and the walk that asks them."""

import re
from typing import Any, NamedTuple

from monitor.config.alerts import RULE, TARGET
from monitor.config.checks import (
    DAY,
    INTERVAL,
    Check,
    boolean,
    did_you_mean,
    duration,
    host,
    keys,
    lang,
    list_of,
    one_of,
    patch_level,
    shown,
    text,
    toml_type,
    url,
    whole,
    words,
)
from monitor.models import SOURCE_KINDS, Kind

TOPICS = ("security", "patches", "geopolitics", "devices")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Names(NamedTuple):
    """A table whose keys the user chooses, each with the same kind of value."""

    check: "Check | dict[str, Check]"
    required: tuple[str, ...] = ()


FEED: dict[str, Check] = {
    "url": url,
    "title": words,
    "kind": one_of(Kind, Kind),
    "topics": list_of(one_of(TOPICS)),
    "interval": INTERVAL,
    "keep": one_of(("matching", "all")),
    "lang": lang,
    "enabled": boolean,
}
DEVICE: dict[str, Check] = {
    "title": words,
    "model": words,
    "system": words,
    "patch_level": patch_level,
    "cadence": one_of(("monthly", "quarterly")),
    "carrier": text,
}
TABLES: "dict[str, Names | dict[str, Check | Names]]" = {
    "feeds": Names(FEED, ("url",)),
    "poll": {
        "concurrency": whole(1, 1000),
        "per_host": whole(1, 100),
        "spacing": duration(0, 3600, "0s to 1h", number=True),
        "timeout": duration(0.1, 600, "0.1 seconds to 10m", number=True),
        "interval": INTERVAL,
        "private": list_of(host),
    },
    "watch": {"keywords": list_of(words)},
    "queries": Names(text),
    "rules": Names(RULE),
    "notify": Names(TARGET),
    "devices": Names(DEVICE),
    "sources": Names(
        {
            "kind": one_of(SOURCE_KINDS),
            "title": words,
            "url": url,
            "enabled": boolean,
            "interval": INTERVAL,
            "products": list_of(words),
            "lang": lang,
            "months": whole(1, 240),
        }
    ),
    "ui": {"theme": text, "pinned_first": boolean, "keys": Names(keys)},
    "store": {"keep": duration(DAY, 36500 * DAY, "1d to 36500d")},
}


def walk(value: Any, schema: Any, path: str, problems: list[str]) -> Any:
    """The value as the schema wants it; what is wrong with it goes to the problems."""
    if callable(schema):
        try:
            return schema(value)
        except ValueError as error:
            problems.append(f"{path}: {error}")
            return None
    if not isinstance(value, dict):
        problems.append(f"{path}: must be a table, not {toml_type(value)}")
        return {}
    result = {}
    for key, inner in value.items():
        below = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(schema, Names):
            result[key] = _named(key, inner, schema, below, problems)
        elif key in schema:
            result[key] = walk(inner, schema[key], below, problems)
        else:
            problems.append(f"{below}: unknown key{did_you_mean(key, schema)}")
    return result


def usable(value: Any, schema: Any) -> Any:
    """What `walk` gave without the values that are wrong, and what can't do without one of them."""
    if callable(schema) or not isinstance(value, dict):
        return value
    found = {}
    for key, inner in value.items():
        kind = schema.check if isinstance(schema, Names) else schema[key]
        kept = usable(inner, kind)
        needed = schema.required if isinstance(schema, Names) and isinstance(kept, dict) else ()
        if kept is not None and all(name in kept for name in needed):
            found[key] = kept
    return found


def _named(key: str, value: Any, names: Names, path: str, problems: list[str]) -> Any:
    """One entry of a table whose keys the user chooses: a table needs an id and its keys."""
    if callable(names.check):
        return walk(value, names.check, path, problems)
    if not _ID.fullmatch(key):
        problems.append(f"{path}: an id has only A-Z, a-z, 0-9, - and _, at most 64 of them")
    if isinstance(value, dict):
        problems += [f"{path}.{need}: is missing" for need in names.required if need not in value]
    return walk(value, names.check, path, problems)


def _key(key: str) -> str:
    return key if _ID.fullmatch(key) else shown(key)
