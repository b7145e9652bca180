"""Kills between firing and sending: a child fires and delivers until it is killed, again and again.

`rounds` is what the test and `benchmarks/kills.py` run. The child is `python -m tests.kills`.
"""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from monitor.models import Config, Rule, Target
from monitor.notify.courier import Courier
from monitor.notify.message import Message
from monitor.notify.post import Post
from monitor.notify.senders import Senders
from monitor.store import Store
from monitor.transport import Transport
from tests.hooks import Got, an_alert, hook

LONGEST = 0.08  # seconds from when a child begins to when it is killed
MOST = 1_900  # alerts; the store keeps 2,000


@dataclass
class Outcome:
    """What some kills came to."""

    kills: int = 0
    fired: int = 0
    received: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    again: list[int] = field(default_factory=list)  # in each round, what had come before
    twice_in_a_round: int = 0
    keys: int = 0  # different ones

    @property
    def most(self) -> int:
        """How often the one came that came most often."""
        return max(self.received.values(), default=0)

    @property
    def doubled(self) -> int:
        """How much came that had come before."""
        return sum(self.received.values()) - len(self.received)


def rounds(folder: Path, kills: int, seed: int, *, apart: bool = False) -> Outcome:
    """Kill a child at random that often, then let one deliver the rest.

    With `apart` no two kills can hit the same alert: each comes after the target got a new one.
    """
    random, outcome = Random(seed), Outcome()
    keys: set[str] = set()
    progress = threading.Event()
    with hook() as target:

        def note(got: Got) -> None:
            if got.json["subject"]["id"] not in outcome.received:
                progress.set()

        target.before = note
        for number in range(kills + 1):
            before = len(target.got)
            if number < kills:
                progress.clear()
                wait = progress.wait if apart else None
                after = random.uniform(0, LONGEST)
                outcome.kills += _killed(folder, target.base, after, wait)
            else:
                subprocess.run(_command(folder, target.base, "rest"), check=True, timeout=300)
            target.settle()  # the last request of a killed child belongs to its round
            came = [got.json["subject"]["id"] for got in target.got[before:]]
            outcome.again.append(sum(subject in outcome.received for subject in set(came)))
            outcome.twice_in_a_round += len(came) - len(set(came))
            outcome.received.update(came)
        keys.update(target.keys)
    with Store.open(folder, write=False) as store:
        fired = {alert.about.id for alert in store.alerts.all}
        states = {one.state.value for alert in store.alerts.all for one in alert.deliveries}
    assert states == {"sent"}, states
    outcome.fired, outcome.keys = len(fired), len(keys)
    outcome.lost = len(fired ^ set(outcome.received))
    return outcome


def no_digest(key: str, since: float, until: float) -> Message:
    raise AssertionError("no target has an hour for it")


def _command(folder: Path, url: str, what: str) -> list[str]:
    return [sys.executable, "-m", "tests.kills", str(folder), url, what]


def _killed(folder: Path, url: str, after: float, wait: Callable[[float], object] | None) -> int:
    """Start a child and kill it so long after it began; 1 if it had not ended by itself."""
    with subprocess.Popen(_command(folder, url, "on"), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        if wait is not None:
            wait(10.0)
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.kill()
            return 1
    assert child.returncode == 0
    return 0


async def _deliver(folder: Path, url: str, on: bool) -> None:
    """Fire and deliver until there are `MOST` alerts, or only deliver what waits."""
    with Store.open(folder, wait=5.0) as store:
        target = Target("hook", "webhook", url=url, private=True)
        config = Config("test", rules=(Rule("exploited"),), targets=(target,))
        post = Post(Transport(proxies={}))
        courier = Courier(config, store.alerts, store.digests, Senders(post=post), no_digest)
        print("begins", flush=True)
        number = len(store.alerts.all)
        while on and number < MOST:
            more = range(number + 1, number + 2 + number % 3)
            store.alerts.fire(an_alert(n, "hook", id="") for n in more)
            store.alerts.save()
            number = len(store.alerts.all)
            await courier.run()
        await courier.run()


if __name__ == "__main__":
    asyncio.run(_deliver(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "on"))
