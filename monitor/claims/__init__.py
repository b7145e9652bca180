"""What an entry does with a claim, and where the entries of a story contradict one another.

`read` finds in headline and summary the words that claim, accuse, dispute, retract or support
(`cues.toml`, in which people can look them up and add to them), and who does it. `ledger` lays the
readings of a story's entries side by side. Both are pure and say only what the texts say: whether
something is true is not judged.
"""

from monitor.claims.ledger import (
    Ledger,
    Line,
    Telling,
    judge,
    ledger,
    same_party,
    story_ledger,
    tellings,
)
from monitor.claims.reading import outward, read, towards
from monitor.models import Mark, Reading, Stance

__all__ = [
    "Ledger",
    "Line",
    "Mark",
    "Reading",
    "Stance",
    "Telling",
    "judge",
    "ledger",
    "outward",
    "read",
    "same_party",
    "story_ledger",
    "tellings",
    "towards",
]
