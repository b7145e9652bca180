"""Reads and checks `feeds.toml`; finds it and the data folder.

All problems of a file are found at one go, each a line "FILE: KEY: what is wrong; did you mean
...?". A top-level table that the user's file has replaces the shipped one of that name; a table
that it has not (feeds, watch, queries, rules, sources) stays as shipped. So a file with only `[ui]`
changes only the looks, and a file with `[feeds]` polls exactly those feeds: the shipped sources
too are asked only where the file names neither feeds nor sources.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from monitor.config.alerts import rule, rule_problems, target, target_problems
from monitor.config.checks import DAY, did_you_mean, hide_secrets, seconds
from monitor.config.schema import TABLES, TOPICS, usable, walk
from monitor.config.sources import known_kind, source, source_problems
from monitor.models import (
    Config,
    Device,
    Feed,
    PollSettings,
    UiSettings,
)

__all__ = [
    "TOPICS",
    "ConfigError",
    "data_folder",
    "did_you_mean",
    "examine",
    "find",
    "has_table",
    "load",
    "own",
    "seconds",
    "shipped",
]

FILE_SIZE = 10 << 20  # bytes
NAME = "monitor"  # of our folders
SHIPPED_TABLES = ("feeds", "watch", "queries", "rules", "sources")  # in use where a file has none


class ConfigError(Exception):
    """A configuration that can't be used; `problems` has a line for each thing to mend."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def load(path: Path | None) -> Config:
    """Read a configuration, the shipped one for None; raises ConfigError."""
    config, problems = examine(path)
    if problems:
        raise ConfigError(problems)
    return config


def examine(path: Path | None) -> tuple[Config, list[str]]:
    """What of a file can be used, and all that is wrong with it; raises ConfigError for no TOML."""
    shipped_path = shipped()
    name = str(path or shipped_path)
    problems: list[str] = []
    tables = _checked(_read(path or shipped_path, name), problems)
    missing = [table for table in SHIPPED_TABLES if table not in tables]
    if "feeds" in tables and "sources" in missing:
        missing.remove("sources")
    if missing and path is not None:
        ours = _read(shipped_path, str(shipped_path))
        tables |= _checked({table: ours[table] for table in missing if table in ours}, [])
    return _config(name, tables), [f"{name}: {problem}" for problem in problems]


def shipped() -> Path:
    """The configuration that comes with the program: in the package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "feeds.toml"
    return packaged if packaged.is_file() else package.parent / "feeds.toml"


def find(cli: str | None, env: Mapping[str, str]) -> Path | None:
    """The configuration to use: --config, MONITOR_CONFIG, the user's; None for the shipped one."""
    if asked := cli or env.get("MONITOR_CONFIG"):
        return Path(asked).expanduser()
    users = own(env)
    return users if users.is_file() else None


def own(env: Mapping[str, str]) -> Path:
    """Where the user's configuration belongs."""
    return _folder("XDG_CONFIG_HOME", "user_config_path", env) / "feeds.toml"


def has_table(path: Path, table: str) -> bool:
    """Whether a file, which need not be there, has a top-level table of that name."""
    return path.is_file() and table in _read(path, str(path))


def data_folder(cli: str | None, env: Mapping[str, str]) -> Path:
    """Where the store is: --data, MONITOR_DATA, the user's data folder."""
    if asked := cli or env.get("MONITOR_DATA"):
        return Path(asked).expanduser()
    return _folder("XDG_DATA_HOME", "user_data_path", env)


def _folder(variable: str, platform: str, env: Mapping[str, str]) -> Path:
    """Our folder by the XDG Base Directory specification (relative paths don't count)."""
    base = Path(env.get(variable, ""))
    if base.is_absolute():
        return base / NAME
    import platformdirs  # 20 ms, spared where the variable is set

    folder = getattr(platformdirs, platform)(NAME, appauthor=False)
    return Path(folder)


def _read(path: Path, name: str) -> dict[str, Any]:
    """The file as TOML gives it."""
    try:
        if not path.is_file():
            reason = "is no file" if path.exists() else "there is no such file"
            raise ConfigError([f"{name}: {reason}"])
        with path.open("rb") as file:
            raw = file.read(FILE_SIZE + 1)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
        raise ConfigError([f"{name}: can't be read: {reason}"]) from None
    if len(raw) > FILE_SIZE:
        raise ConfigError([f"{name}: larger than {FILE_SIZE >> 20} MiB"])
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{name}: line {line}: not UTF-8; save the file as UTF-8"]) from None
    except RecursionError:
        raise ConfigError([f"{name}: nested too deeply"]) from None
    except ValueError as error:
        raise ConfigError([f"{name}: {_syntax(str(error))}"]) from None


def _syntax(message: str) -> str:
    """tomllib's message with the line first."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if not place:
        return f"no TOML: {message}"
    message = message[: place.start()]
    if twice := re.fullmatch(r"Cannot declare \((.*?),?\) twice", message):
        table = ".".join(re.findall(r"'([^']*)'", twice[1]))
        message = f"[{table}] is there twice; give each its own id"
    return f"line {place[1]}: {hide_secrets(message)}"


def _checked(raw: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """The usable part of a file's tables, values checked; what is wrong goes to the problems."""
    tables: dict[str, Any] = walk(raw, TABLES, "", problems)
    targets, sources = tables.get("notify", {}), tables.get("sources", {})
    problems += target_problems(targets)
    problems += rule_problems(tables.get("rules", {}), targets)
    problems += source_problems(sources, tables.get("feeds", {}))
    found: dict[str, Any] = usable(tables, TABLES)
    return found


def _config(name: str, tables: dict[str, Any]) -> Config:
    """The checked tables as a value, with defaults for what they leave out."""
    poll = PollSettings(**tables.get("poll", {}))
    feeds = tuple(
        Feed(**{"id": key, "title": key, "interval": poll.interval} | feed)
        for key, feed in tables.get("feeds", {}).items()
    )
    rules = tuple(rule(key, table) for key, table in tables.get("rules", {}).items())
    targets = tuple(target(key, table) for key, table in tables.get("notify", {}).items())
    sources = tuple(
        source(key, table)
        for key, table in tables.get("sources", {}).items()
        if known_kind(key, table)
    )
    devices = tuple(
        Device(**{"id": key, "title": key} | device)
        for key, device in tables.get("devices", {}).items()
    )
    config = Config(
        path=name,
        feeds=feeds,
        keywords=tables.get("watch", {}).get("keywords", ()),
        queries=tables.get("queries", {}),
        rules=rules,
        targets=targets,
        sources=sources,
        devices=devices,
        poll=poll,
        ui=UiSettings(**tables.get("ui", {})),
        keep_days=tables.get("store", {}).get("keep", 90 * DAY) / DAY,
        notes=(),
    )
    notes = tuple(f"{name}: {note}" for note in _notes(config))
    return replace(config, notes=notes)


def _notes(config: Config) -> Iterable[str]:
    """What is odd in a configuration without being wrong."""
    for device in config.devices:
        if not device.model and not device.system:
            yield f"devices.{device.id}: without model and system no bulletin can be matched"
        if not device.patch_level:
            yield f"devices.{device.id}: without patch_level nothing can be said of what is open"
    first: dict[str, str] = {}
    for feed in config.feeds:
        if (other := first.setdefault(feed.url, feed.id)) != feed.id:
            yield f"feeds.{feed.id}.url: the same as that of feeds.{other}"
    if not any(feed.enabled for feed in config.feeds):
        yield "feeds: none is enabled, nothing will be polled"
    if not config.keywords and any(feed.keep == "matching" for feed in config.feeds):
        yield 'watch.keywords: empty, so feeds with keep = "matching" keep nothing'
