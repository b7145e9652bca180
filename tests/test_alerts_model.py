"""The store of alerts against a model of plain dicts, through any order of what happens to it."""

import json
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject
from monitor.models import Severity, Transition
from monitor.store import Store
from monitor.store.alerts import AUDIT
from tests.storing import Clock

HOUR = 3600.0
LIMIT = 4
SETTINGS = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

rules = st.sampled_from(["a", "b"])
uids = st.sets(st.sampled_from("pqrst"), min_size=1, max_size=2)
states = st.lists(st.sampled_from(["new", "sources>=3", "disputed"]), min_size=1, unique=True)
firings = st.lists(st.tuples(rules, uids, states), max_size=4)


class Machine(RuleBasedStateMachine):
    """Without limits: each firing is an alert of its own."""

    limits: dict[str, int] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-alerts-"))
        self.clock = Clock()
        self.model: dict[str, Alert] = {}
        self.fired: set[tuple[str, str, str]] = set()  # rule, state, uid
        self.shown: set[tuple[str, str]] = set()  # rule, uid: an alert is about it
        self.subjects: set[frozenset[tuple[str, str]]] = set()
        self.told = 0
        self.saved: dict[str, Alert] = {}
        self.store = Store.open(self.folder, now=self.clock)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def alert(self, rule_id: str, among: set[str], moved: list[str]) -> Alert:
        about = About(min(among), "A story", uids=tuple(sorted(among)))
        return Alert(
            id="", rule=rule_id, on=Transition.NEW, kind=Subject.STORY, about=about,
            moved=", ".join(moved), reason="because", severity=Severity.LOW, fired=self.clock.now,
        )  # fmt: skip

    @rule(firings=firings)
    def fire(self, firings: list[tuple[str, set[str], list[str]]]) -> None:
        given = [self.alert(*firing) for firing in firings]
        got = self.store.alerts.fire(given, self.limits)
        expected = []
        for one in given:
            came = {
                moved
                for moved in one.moved.split(", ")
                if not any((one.rule, moved, uid) in self.fired for uid in one.about.uids)
            }
            if came:
                expected.append(one)
                self.subjects.add(frozenset((one.rule, uid) for uid in one.about.uids))
                self.shown |= {(one.rule, uid) for uid in one.about.uids}
            self.fired |= {
                (one.rule, moved, uid) for moved in one.moved.split(", ") for uid in one.about.uids
            }
        self.check_fired(got, expected)
        self.model = {alert.id: alert for alert in self.store.alerts.all}

    def check_fired(self, got: list[Alert], expected: list[Alert]) -> None:
        def said(alerts: list[Alert]) -> list[tuple[str, str, str]]:
            return sorted((one.rule, one.about.id, one.moved) for one in alerts)

        assert said(got) == said(expected)
        assert not {alert.id for alert in got} & self.model.keys()
        for alert in self.store.alerts.all:  # what was there before is as it was, or overtaken
            before = self.model.get(alert.id)
            assert before is None or alert == before or alert.state is AlertState.CLOSED

    @rule(data=st.data(), state=st.sampled_from(AlertState), until=st.sampled_from([None, HOUR]))
    def change(self, data: st.DataObject, state: AlertState, until: float | None) -> None:
        if not self.model:
            return
        alert = self.model[data.draw(st.sampled_from(sorted(self.model)))]
        when = None if until is None or state is not AlertState.SNOOZED else self.clock.now + until
        changed = replace(alert, state=state, until=when, since=self.clock.now, note="x")
        assert self.store.alerts.change([changed]) == [alert]
        self.model[alert.id] = changed
        if data.draw(st.booleans()):
            assert self.store.alerts.change([alert], "undone") == [changed]
            self.model[alert.id] = alert
        self.on_disk()

    @rule(data=st.data(), sent=st.booleans())
    def deliver(self, data: st.DataObject, sent: bool) -> None:
        if not self.model:
            return
        alert = self.model[data.draw(st.sampled_from(sorted(self.model)))]
        state = DeliveryState.SENT if sent else DeliveryState.WAITING
        delivery = Delivery("hook", state, 1, self.clock.now, error="" if sent else "HTTP 500")
        self.store.alerts.deliver(alert.id, delivery)
        self.model[alert.id] = replace(alert, deliveries=(delivery,))
        self.on_disk()

    @rule(uid=st.sampled_from("pqrst"))
    def subject_changed(self, uid: str) -> None:
        def ends(alert: Alert) -> bool:
            snoozed = alert.state is AlertState.SNOOZED and alert.until is None
            return snoozed and any(uid in about.uids for about in alert.subjects)

        self.ended({key for key, alert in self.model.items() if ends(alert)},
                   self.store.alerts.subject_changed(Subject.STORY, [uid]))  # fmt: skip

    @rule(hours=st.sampled_from([0.5, 2.0]))
    def wake(self, hours: float) -> None:
        self.clock.now += hours * HOUR
        now = self.clock.now
        due = {
            key
            for key, alert in self.model.items()
            if alert.state is AlertState.SNOOZED and alert.until is not None and alert.until <= now
        }
        self.ended(due, self.store.alerts.wake(now))

    def ended(self, expected: set[str], got: list[Alert]) -> None:
        assert {alert.id for alert in got} == expected
        for key in expected:
            self.model[key] = replace(
                self.model[key], state=AlertState.NEW, since=self.clock.now, until=None
            )

    @rule()
    def save(self) -> None:
        self.store.flush()
        self.on_disk()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder, now=self.clock)
        self.on_disk()

    def on_disk(self) -> None:
        """What another process finds is what was saved, and nothing is told twice."""
        there = Store.open(self.folder, now=self.clock, write=False)
        assert {alert.id: alert for alert in there.alerts.all} == self.model
        assert all(
            there.alerts.fired(rule_id, Subject.STORY, moved, [uid])
            for rule_id, moved, uid in self.fired
        )
        path = self.folder / AUDIT
        lines = path.read_text().splitlines() if path.exists() else []
        assert len(lines) >= self.told
        self.told = len(lines)
        firsts = [line["alert"] for line in map(json.loads, lines) if line["what"] == "fired"]
        assert set(firsts) >= self.model.keys()

    @invariant()
    def is_as_the_model(self) -> None:
        found = self.store.alerts.all
        assert {alert.id: alert for alert in found} == self.model
        assert (
            list(found)
            == sorted(  # all are as grave, and on stories
                found, key=lambda alert: (-alert.fired, alert.rule, int(alert.id[1:]))
            )
        )

    @invariant()
    def every_firing_is_in_an_alert(self) -> None:
        about = {
            (alert.rule, uid)
            for alert in self.model.values()
            for one in alert.subjects
            for uid in one.uids
        }
        assert about <= self.shown
        assert all(about & one for one in self.subjects)


class Limited(Machine):
    """With a limit: what is beyond it is summed up, and no subject is left out."""

    limits = {"a": LIMIT, "b": LIMIT}  # noqa: RUF012

    def check_fired(self, got: list[Alert], expected: list[Alert]) -> None:
        for rule_id in ("a", "b"):
            mine = [alert for alert in got if alert.rule == rule_id]
            wanted = [alert for alert in expected if alert.rule == rule_id]
            assert bool(mine) == bool(wanted)
            assert len(mine) in (1, len(wanted)) or not mine
            told = {uid for alert in mine for one in alert.subjects for uid in one.uids}
            assert all(told.intersection(alert.about.uids) for alert in wanted)
            new = [alert for alert in mine if alert.id not in self.model]
            assert len(new) <= LIMIT


TestAlerts = Machine.TestCase
TestAlerts.settings = SETTINGS
TestAlertsOverTheLimit = Limited.TestCase
TestAlertsOverTheLimit.settings = SETTINGS
