"""Rules and transitions: what was before and what is now -> alerts. Pure functions of values.

A rule fires on a transition, not on what is there: for each subject and each state that it comes
to, once. `fired` tells what fired before; who calls keeps that memory.
"""

from monitor.rules.compiled import (
    LANGUAGES,
    SUBJECTS,
    Compiled,
    Moved,
    compile_rules,
    kinds,
    problems,
)
from monitor.rules.explain import explain

__all__ = [
    "LANGUAGES",
    "SUBJECTS",
    "Compiled",
    "Moved",
    "compile_rules",
    "explain",
    "kinds",
    "problems",
]
