"""A rule as a sentence for people."""

from monitor.models import On, Rule, Transition
from monitor.query import parse
from monitor.rules.compiled import LANGUAGES, SUBJECTS, kinds

HOUR = 3600.0
SAYS = {
    Transition.NEW: "is new",
    Transition.SOURCES: "is told by {:g} sources",
    Transition.ROOTS: "has {:g} roots",
    Transition.DISPUTED: "becomes disputed",
    Transition.SEVERITY: "is rated graver than before",
    Transition.KEV: "gets into KEV, or is known to serve ransomware",
    Transition.EPSS: "reaches an EPSS of {:g}",
    Transition.PATCH: "is listed by a bulletin",
    Transition.DISAGREE: "is rated differently by two parties",
    Transition.BULLETIN: "is published",
    Transition.CHANGED: "is revised",
    Transition.LATE: "has a successor that is late",
    Transition.OVERDUE: "is overdue for a patch",
    Transition.SILENT: "falls silent",
    Transition.SURGE: "surges",
}


def explain(rule: Rule) -> str:
    """What a rule does: "nsa (high) fires when a story is new, if it contains "nsa"; ..."."""
    watched = []
    for kind in kinds(rule):
        language = LANGUAGES[kind]
        says = " or ".join(_says(on) for on in rule.on if SUBJECTS[on.what] is kind)
        condition = f", if it {parse(rule.when, language).term.explain()}" if rule.when else ""
        watched.append(f"a {language.item} {says}{condition}")
    parts = [f"{rule.id} ({rule.severity}) fires when {', and when '.join(watched)}"]
    parts.append(f"told by {', '.join(rule.notify) if rule.notify else 'toast'}")
    if rule.quiet:
        spans = " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in rule.quiet)
        parts.append(f"nothing is sent {spans}")
    parts.append(f"more than {rule.limit} an hour become one")
    if rule.repeat:
        parts.append(f"sent again after {rule.repeat / HOUR:g} h while it is new")
    return "; ".join(parts) + ("." if rule.enabled else "; switched off.")


def _says(on: On) -> str:
    return SAYS[on.what].format(on.level)


def _clock(seconds: float) -> str:
    return f"{int(seconds // HOUR):02}:{int(seconds % HOUR // 60):02}"
