"""How severities and probabilities are asked for, whatever has them.

Unknown is a value, and passes thresholds: `sev:>=high` and `epss:>0.1` also take what nobody has
rated. `-sev:unknown` and `-epss:unknown` take that away.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from monitor.models import Severity
from monitor.query.fields import SIGNS, ValueProblem, compared, read_choice
from monitor.query.terms import quoted
from monitor.text import fold
from monitor.vulnerability import GRAVEST_FIRST

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "": operator.eq,
}
_KNOWN = GRAVEST_FIRST[:-1]
_NUMBER = re.compile(r"[01]|[01]?\.[0-9]{1,6}")


def read_severity(text: str) -> str:
    """Read a severity, or a comparison with one."""
    sign, name = compared(fold(text))
    if not sign:
        return read_choice(GRAVEST_FIRST, "severity")(name)
    if name == Severity.UNKNOWN:
        raise ValueProblem(f"{quoted(text)}: unknown is neither more nor less; write unknown alone")
    return sign + read_choice(_KNOWN, "severity")(name)


def severities(value: str) -> set[Severity]:
    """Those that a value takes; a threshold takes unknown ones too."""
    sign, name = compared(value)
    if sign in ("", "="):
        return {Severity(name)}
    limit = _KNOWN.index(Severity(name))
    # Gravest first: a lower index is a higher severity.
    taken = {known for i, known in enumerate(_KNOWN) if COMPARE[sign](-i, -limit)}
    return taken | {Severity.UNKNOWN}


def severity_within(a: str, b: str) -> bool:
    return severities(a) <= severities(b)


def read_epss(text: str) -> str:
    """Read a comparison with a probability, or "unknown"."""
    value = fold(text)
    if value == "unknown":
        return value
    sign, number = compared(value)
    if sign and sign != "=" and _NUMBER.fullmatch(number) and float(number) <= 1:
        return value
    unfinished = "unknown".startswith(value) or (
        value in SIGNS or (bool(sign) and number in (".", "0.", "1."))
    )
    raise ValueProblem(
        f"{quoted(text)} is no EPSS threshold; write >0.1 or <=0.5 (from 0 to 1), or unknown",
        unfinished,
    )


def chance(value: str) -> Callable[[float | None], bool]:
    if value == "unknown":
        return lambda epss: epss is None
    sign, number = compared(value)
    compare, limit = COMPARE[sign], float(number)
    return lambda epss: epss is None or compare(epss, limit)


read_yes = read_choice(("yes", "no"), "answer")
