"""`[rules]` and `[notify]`: what their keys may hold, and whether the two fit together."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.config.checks import (
    DAY,
    INTERVAL,
    Check,
    boolean,
    did_you_mean,
    duration,
    one_of,
    one_or_list,
    shown,
    text,
    url,
    whole,
    words,
)
from monitor.models import On, Rule, Severity, Target, Transition

SHIPPED_TARGETS = ("toast", "bell", "terminal", "desktop")  # need no `[notify.<id>]`
TARGET_KINDS = (*SHIPPED_TARGETS, "webhook", "ntfy", "apprise", "command")
LEVELS = {  # transitions with a level: the least and the most that it may be
    Transition.SOURCES: (2, 1000),
    Transition.ROOTS: (2, 1000),
    Transition.EPSS: (0.01, 1),  # below that a score says nothing, however much it grows
}
_ON = re.compile(r"([a-z]+) *(?:>= *([0-9]{1,4}(?:\.[0-9]{1,4})?))?")
_CLOCK = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_HOURS = re.compile(rf"{_CLOCK} *[-–] *{_CLOCK}")


def transition(word: str) -> On:
    """A transition as "new", "sources>=3" or "epss>=0.1"; raises ValueError."""
    found = _ON.fullmatch(word.strip())
    name = found[1] if found else word.partition(">")[0].strip()
    if name not in [known.value for known in Transition]:
        raise ValueError(f"no transition {shown(name)}{did_you_mean(name, Transition)}")
    what = Transition(name)
    if what not in LEVELS:
        if name != word.strip():
            raise ValueError(f"{shown(word)}: {name} takes no number; write {name} alone")
        return On(what)
    least, most = LEVELS[what]
    level = float(found[2]) if found and found[2] else -1.0
    if not least <= level <= most or (least > 1 and not level.is_integer()):
        example = 0.1 if what is Transition.EPSS else 3
        raise ValueError(
            f'{shown(word)}: needs a number from {least:g} to {most:g}; write "{name}>={example:g}"'
        )
    return On(what, level)


def transitions(value: Any) -> tuple[On, ...]:
    found = tuple(dict.fromkeys(map(transition, one_or_list(value))))
    if not found:
        raise ValueError("must not be empty")
    return found


def hours(value: Any) -> tuple[tuple[float, float], ...]:
    """Spans as "22:00-07:00", as pairs of seconds of the day; one over midnight becomes two."""
    spans: list[tuple[float, float]] = []
    for one in one_or_list(value):
        found = _HOURS.fullmatch(one.strip())
        if not found:
            raise ValueError(f'{shown(one)} is no span of hours; write "22:00-07:00"')
        start, end = clock(f"{found[1]}:{found[2]}"), clock(f"{found[3]}:{found[4]}")
        whole_night = ((start, DAY), (0.0, end)) if start >= end else ((start, end),)
        spans += [span for span in whole_night if span[0] < span[1]]
    return tuple(spans)


def clock(value: str) -> float:
    """A time of day as "08:00" in seconds; raises ValueError."""
    found = re.fullmatch(_CLOCK, value)
    if not found:
        raise ValueError(f'{shown(value)} is no time of day; write "08:00"')
    return 3600.0 * int(found[1]) + 60.0 * int(found[2])


def time_of_day(value: Any) -> str:
    clock(text(value))
    return str(value)


def argv(value: Any) -> tuple[str, ...]:
    """A program and its arguments; a list, as no shell takes a line apart."""
    if isinstance(value, str):
        raise ValueError('must be a list, ["program", "argument"]: no shell reads it')
    found: tuple[str, ...] = tuple(words(one) for one in value) if isinstance(value, list) else ()
    if not found:
        raise ValueError('must be a list, ["program", "argument"]')
    return found


RULE: dict[str, Check] = {
    "when": words,
    "on": transitions,
    "title": text,
    "severity": one_of(Severity, Severity),
    "notify": lambda value: tuple(dict.fromkeys(one_or_list(value))),
    "quiet": hours,
    "limit": whole(1, 1_000_000),
    "repeat": INTERVAL,
    "enabled": boolean,
}
TARGET: dict[str, Check] = {
    "kind": one_of(TARGET_KINDS),
    "url": words,
    "command": argv,
    "secret_env": words,
    "secret_command": argv,
    "private": boolean,
    "timeout": duration(0.1, 600, "0.1 seconds to 10m", number=True),
    "digest": time_of_day,
    "enabled": boolean,
}


def rule(rule_id: str, table: Mapping[str, Any]) -> Rule:
    """A rule from its checked table."""
    return Rule(id=rule_id, **table)


def target(target_id: str, table: Mapping[str, Any]) -> Target:
    """A target from its checked table: `[notify.ntfy]` is of that kind by its name."""
    return Target(**{"id": target_id, "kind": target_id} | dict(table))


def rule_problems(
    rules: Mapping[str, Mapping[str, Any]], targets: Mapping[str, Any]
) -> Iterable[str]:
    """What is wrong with rules besides the values of their keys."""
    known = (*SHIPPED_TARGETS, *targets)
    for rule_id, table in rules.items():
        if not table.keys() & {"when", "on"}:
            yield f"rules.{rule_id}: has neither when nor on; say what it watches for"
        for name in table.get("notify") or ():
            if name not in known:
                yield f"rules.{rule_id}.notify: no target {shown(name)}{did_you_mean(name, known)}"


def target_problems(targets: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """What is wrong with targets besides the values of their keys; shows no address."""
    for target_id, table in targets.items():
        path, kind = f"notify.{target_id}", table.get("kind") or target_id
        if kind not in TARGET_KINDS:
            near = did_you_mean(target_id, TARGET_KINDS)
            yield f"{path}.kind: is missing, and the id names none{near}"
        elif kind in ("webhook", "ntfy"):
            yield from _address_problems(path, table)
        elif kind == "command" and "command" not in table:
            yield f"{path}.command: is missing"
        elif kind == "apprise" and not table.keys() & {"url", "secret_env", "secret_command"}:
            yield f"{path}.url: is missing; secret_env or secret_command may hold it too"
        if {"secret_env", "secret_command"} <= table.keys():
            yield f"{path}: has secret_env and secret_command; one of them is enough"


def _address_problems(path: str, table: Mapping[str, Any]) -> Iterable[str]:
    if "url" not in table:
        yield f"{path}.url: is missing"
        return
    try:
        url(table["url"] or "http://told.example/")  # that it is no text is told already
    except ValueError as error:
        yield f"{path}.url: {error}"
