"""What a target lacks is told before anything is sent to it."""

from typing import Any

import pytest

from monitor.models import Config, Rule, Target
from monitor.notify.readiness import lacks, notes


def none(name: str) -> str | None:
    return None


def found(name: str) -> str | None:
    return f"/usr/bin/{name}"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({"kind": "webhook"}, ""),
        ({"kind": "webhook", "secret_env": "KEY"}, ""),
        ({"kind": "webhook", "secret_env": "K"}, "the environment variable K is not set"),
        ({"kind": "ntfy", "secret_command": ("pass",)}, "pass is no program that could be found"),
        ({"kind": "command", "command": ("x", "y")}, "x is no program that could be found"),
        ({"kind": "desktop"}, "notify-send is not installed (Debian: apt install libnotify-bin)"),
        ({"kind": "apprise", "url": "json://h"}, ""),
    ],
)
def test_what_a_target_lacks(target: dict[str, Any], told: str) -> None:
    made = Target("x", **target)
    assert lacks(made, {"KEY": "value"}, none) == told
    assert lacks(made, {"KEY": "value", "K": "v"}, found) == ""


def test_only_of_targets_that_are_used() -> None:
    config = Config(
        "test",
        rules=(
            Rule("a", notify=("toast", "hook")),
            Rule("b", notify=("desktop",), enabled=False),
        ),
        targets=(
            Target("hook", "webhook", secret_env="K"),
            Target("unused", "webhook", secret_env="K"),
            Target("daily", "webhook", secret_env="K", digest="08:00"),
            Target("off", "webhook", secret_env="K", digest="08:00", enabled=False),
        ),
    )
    told = list(notes(config, {}, none))
    assert [note.partition(":")[0] for note in told] == ["notify.hook", "notify.daily"]
