"""The courier against any order of firings, failures, restarts and acts of the user."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from monitor.alert import Alert, AlertState, Delivery, DeliveryState, DigestState
from monitor.models import Config, Rule, Target
from monitor.notify.courier import Courier
from monitor.notify.message import Message
from monitor.notify.schedule import DAY, WAITS
from monitor.notify.secrets import Secret
from monitor.notify.senders import Senders
from monitor.notify.sending import Send, SendError
from tests.hooks import an_alert
from tests.kills import no_digest

TARGETS = ("one", "two")


class Memory:
    """Alerts, as a store keeps them, and no digests."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        self.muted: frozenset[str] = frozenset()

    @property
    def all(self) -> Sequence[Alert]:
        return tuple(self.alerts.values())[::-1]

    def get(self, alert_id: str) -> Alert | None:
        return self.alerts.get(alert_id)

    def deliver(self, alert_id: str, delivery: Delivery) -> None:
        alert = self.alerts[alert_id]
        kept = {one.target: one for one in alert.deliveries} | {delivery.target: delivery}
        self.alerts[alert_id] = replace(alert, deliveries=tuple(kept.values()))

    def save(self) -> None:
        pass


class NoDigests:
    def get(self, target: str) -> DigestState | None:
        return None

    def put(self, state: DigestState) -> None:
        raise AssertionError("no target has an hour for it")


class Kill(BaseException):
    """The program ends here."""


class Ways(Senders):
    """Targets that a test sets: how they fail, and whether the program is killed when they took."""

    def __init__(self) -> None:
        super().__init__(environ={})
        self.fails: dict[str, SendError] = {}
        self.kill = False
        self.asked: Counter[str] = Counter()
        self.took: Counter[tuple[str, str]] = Counter()  # alert and target
        self.keys: set[str] = set()

    def send(self, target: Target) -> Send:
        async def send(message: Message, secret: Secret) -> None:
            self.asked[target.id] += 1
            if target.id in self.fails:
                raise self.fails[target.id]
            self.took[message.payload["id"], target.id] += 1
            self.keys.add(message.key)
            if self.kill:
                raise Kill

        return send


class CourierMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_764_000_000.0
        self.desk = Memory()
        self.ways = Ways()
        self.kills = 0
        self.restart()

    @rule()
    def restart(self) -> None:
        config = Config(
            "test",
            rules=(Rule("exploited"),),
            targets=tuple(Target(name, "webhook") for name in TARGETS),
        )
        self.courier = Courier(
            config, self.desk, NoDigests(), self.ways, no_digest, now=lambda: self.now
        )

    @rule(count=st.integers(1, 3), both=st.booleans())
    def fire(self, count: int, both: bool) -> None:
        for _ in range(count):
            number = len(self.desk.alerts) + 1
            fired = an_alert(number, *TARGETS[: 1 + both], fired=self.now)
            self.desk.alerts[fired.id] = fired

    @rule(seconds=st.sampled_from([1.0, 30.0, 600.0, 7200.0, DAY]))
    def later(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(TARGETS), after=st.sampled_from([None, 5.0, 4000.0]))
    def breaks(self, name: str, after: float | None) -> None:
        self.ways.fails[name] = SendError("it is down", after=after)

    @rule(name=st.sampled_from(TARGETS))
    def works(self, name: str) -> None:
        self.ways.fails.pop(name, None)

    @precondition(lambda self: self.desk.alerts)
    @rule(data=st.data(), state=st.sampled_from(AlertState))
    def user(self, data: st.DataObject, state: AlertState) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.desk.alerts)))
        self.desk.alerts[chosen] = replace(self.desk.alerts[chosen], state=state)

    @rule()
    def run(self) -> None:
        before = self.ways.asked.copy()
        report = asyncio.run(self.courier.run())
        for target in self.ways.fails:
            assert self.ways.asked[target] - before[target] <= 1, (
                "a target that is down, asked twice"
            )
        assert set(report.errors) <= set(self.ways.fails)
        due = self.courier.next_due()
        assert due is None or due > self.now or self.ways.fails

    @precondition(lambda self: "one" not in self.ways.fails)
    @rule()
    def killed(self) -> None:
        """After the first that is taken, and before it is written."""
        self.ways.kill = True
        before = self.ways.took.total()
        try:
            asyncio.run(self.courier.run())
        except BaseException:
            self.kills += self.ways.took.total() - before
        self.ways.kill = False
        self.restart()

    @invariant()
    def nothing_comes_twice_without_a_kill(self) -> None:
        assert self.ways.took.total() - len(self.ways.took) <= self.kills
        assert len(self.ways.keys) == len(self.ways.took)

    @invariant()
    def what_is_sent_was_taken(self) -> None:
        for alert in self.desk.all:
            for one in alert.deliveries:
                if one.state is DeliveryState.SENT:
                    assert (alert.id, one.target) in self.ways.took
                assert one.tries <= len(WAITS) + 1

    def teardown(self) -> None:
        """When all targets work again, all that nobody saw to or gave up arrives."""
        self.ways.fails.clear()
        self.now += 2 * DAY
        asyncio.run(self.courier.run())
        for alert in self.desk.all:
            for one in alert.deliveries:
                assert one.state is not DeliveryState.WAITING or alert.state is AlertState.SNOOZED


TestCourier = CourierMachine.TestCase
TestCourier.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
