"""A kill at any moment between firing and sending loses nothing, and doubles one alert at most."""

import os
from pathlib import Path

import pytest

from tests.kills import rounds

KILLS = int(os.environ.get("MONITOR_KILLS", "8"))  # `python -m benchmarks.kills` does 500


@pytest.mark.timeout(60 + 10 * KILLS)
@pytest.mark.parametrize("apart", [True, False])
def test_kills_lose_nothing_and_double_one_at_most(tmp_path: Path, apart: bool) -> None:
    outcome = rounds(tmp_path, KILLS, seed=20251125, apart=apart)
    assert outcome.kills == KILLS
    assert outcome.fired > 0
    assert outcome.lost == 0
    assert max(outcome.again) <= 1
    assert outcome.twice_in_a_round == 0
    assert outcome.keys == outcome.fired  # by its key a receiver tells what it has already
    assert not apart or outcome.most <= 2
