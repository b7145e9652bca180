"""A kill at any moment between firing and sending neither loses an alert nor doubles two."""

import os
from pathlib import Path

from tests.kills import rounds

KILLS = int(os.environ.get("MONITOR_KILLS", "12"))  # `python -m benchmarks.kills` does 250


def test_kills_lose_nothing_and_double_one_at_most(tmp_path: Path) -> None:
    outcome = rounds(tmp_path, KILLS, seed=20251125)
    assert outcome.kills == KILLS
    assert outcome.fired > 0
    assert outcome.lost == 0
    assert max(outcome.again) <= 1
    assert outcome.twice_in_a_round == 0
    assert outcome.keys == outcome.fired  # by its key a receiver tells what it has already
