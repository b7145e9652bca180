"""The alerts of the store: fired once, changed durably, summed up, kept through faults."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject, alert_json
from monitor.models import Severity, Transition
from monitor.store import Store, StoreError
from monitor.store import alerts as module
from tests.storing import START, Clock, FailingDisk

HOUR = 3600.0


def alert(
    name: str = "s1", rule: str = "nsa", *, moved: str = "new", uids: str = "", when: float = START
) -> Alert:
    return Alert(
        id="",
        rule=rule,
        on=Transition.NEW,
        kind=Subject.STORY if uids else Subject.CVE,
        about=About(name, f"Title of {name}", uids=tuple(uids.split())),
        moved=moved,
        reason="because",
        severity=Severity.HIGH,
        fired=when,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Any:
    with Store.open(tmp_path / "data", now=clock) as opened:
        yield opened


def audit(store: Store) -> list[tuple[str, str]]:
    lines = (store._folder.path / module.AUDIT).read_text().splitlines()
    return [(line["alert"], line["what"]) for line in map(json.loads, lines)]


def again(store: Store) -> Store:
    return Store.open(store._folder.path, now=Clock(), write=False)


def test_an_alert_gets_an_id_and_is_on_disk_after_a_flush(store: Store) -> None:
    (fired,) = store.alerts.fire([alert()])
    assert (fired.id, fired.state, fired.since) == ("a1", AlertState.NEW, START)
    assert list(store.alerts.all) == [fired]
    assert not again(store).alerts.all
    store.flush()
    assert list(again(store).alerts.all) == [fired]
    assert audit(store) == [("a1", "fired")]


def test_newest_first_and_the_same_object_until_something_changed(store: Store) -> None:
    grave = replace(alert("s4"), severity=Severity.CRITICAL)
    store.alerts.fire([alert("s1"), alert("s2", when=START + 5), alert("s3"), grave])
    shown = store.alerts.all
    assert [one.about.id for one in shown] == ["s2", "s4", "s1", "s3"]
    assert store.alerts.all is shown
    store.alerts.change([replace(shown[0], note="x")])
    assert store.alerts.all is not shown


def test_a_rule_fires_once_for_a_subject_and_state(store: Store) -> None:
    assert store.alerts.fire([alert(uids="e1 e2")])
    assert not store.alerts.fire([alert("other id", uids="e2 e3")])  # grouped anew
    assert store.alerts.fired("nsa", Subject.STORY, "new", ["e3"])
    assert store.alerts.fire([alert(uids="e1", moved="new, disputed")])  # moved on
    assert store.alerts.fire([alert(uids="e1", rule="other")])
    assert not store.alerts.fired("nsa", Subject.CVE, "new", ["e1"])
    store.flush()
    assert again(store).alerts.fired("nsa", Subject.STORY, "disputed", ["e1"])


def test_a_newer_alert_takes_the_place_of_the_older(store: Store) -> None:
    store.alerts.fire([alert(uids="e1"), alert("s2", uids="e2")])
    store.alerts.fire([alert("s1", uids="e1 e9", moved="sources>=3")])
    assert {one.id: one.state.value for one in store.alerts.all} == {
        "a1": "closed",
        "a2": "new",
        "a3": "new",
    }


def test_over_its_limit_a_rule_fires_one_alert_that_sums_up(store: Store) -> None:
    many = [alert(f"s{n}", uids=f"e{n}") for n in range(300)]
    (summed,) = store.alerts.fire(many, {"nsa": 10})
    assert (summed.count, len(summed.others)) == (300, 299)
    assert summed.reason == "300 at once, over the limit of 10 an hour"
    assert not store.alerts.fire(many, {"nsa": 10})
    assert store.alerts.fired("nsa", Subject.STORY, "new", ["e299"])


def test_what_comes_in_several_batches_is_one_alert_still(store: Store, clock: Clock) -> None:
    limits = {"nsa": 3}
    store.alerts.fire([alert("s1", uids="e1"), alert("s2", uids="e2")], limits)
    (summed,) = store.alerts.fire([alert("s3", uids="e3"), alert("s4", uids="e4")], limits)
    assert [one.id for one in store.alerts.all if one.open] == [summed.id]
    (more,) = store.alerts.fire([alert("s5", uids="e5")], limits)
    assert (more.id, more.count) == (summed.id, 5)
    clock.now += HOUR + 1
    (later,) = store.alerts.fire([alert("s6", uids="e6", when=clock.now)], limits)
    assert (later.id != summed.id, later.count) == (True, 1)


def test_what_was_told_already_is_not_summed_up_again(store: Store) -> None:
    store.alerts.fire([alert("s1")], {"nsa": 1})
    store.alerts.deliver("a1", Delivery("hook", DeliveryState.SENT, 1, START))
    (second,) = store.alerts.fire([alert("s2")], {"nsa": 1})
    assert ("s1" in {about.id for about in second.subjects}, second.count) == (False, 1)
    told = store.alerts.get("a1")
    assert told is not None
    assert told.state is AlertState.NEW


def test_a_change_is_durable_and_can_be_taken_back(store: Store) -> None:
    (fired,) = store.alerts.fire([alert()])
    closed = replace(fired, state=AlertState.CLOSED, since=START + 1, note="seen")
    before = store.alerts.change([closed])
    assert before == [fired]
    assert list(again(store).alerts.all) == [closed]
    store.alerts.change(before, "undone")
    assert list(again(store).alerts.all) == [fired]
    store.alerts.change([replace(fired, opened=True)])  # no decision
    assert audit(store) == [("a1", "fired"), ("a1", "closed"), ("a1", "undone")]


def test_what_cannot_be_written_is_not_changed(tmp_path: Path) -> None:
    disk = FailingDisk(10_000, errno.ENOSPC, stays=True)
    store = Store.open(tmp_path / "data", now=Clock(), disk=disk)
    (fired,) = store.alerts.fire([alert()])
    store.flush()
    disk.nth = disk.calls + 1
    with pytest.raises(StoreError, match="the disk is full"):
        store.alerts.change([replace(fired, state=AlertState.CLOSED)])
    assert list(store.alerts.all) == [fired]
    disk.mended = True
    store.close()
    assert list(again(store).alerts.all) == [fired]
    assert audit(store) == [("a1", "fired")]


def test_deliveries_are_kept_and_told(store: Store) -> None:
    waiting = (Delivery("hook"), Delivery("mail"))
    store.alerts.fire([replace(alert(), deliveries=waiting)])
    store.alerts.deliver("a1", Delivery("hook", tries=1, error="HTTP 500"))
    store.alerts.deliver("a1", Delivery("hook", DeliveryState.SENT, tries=2))
    store.alerts.deliver("gone", Delivery("hook"))
    (kept,) = again(store).alerts.all
    assert kept.deliveries == (Delivery("hook", DeliveryState.SENT, tries=2), Delivery("mail"))
    assert audit(store) == [("a1", "fired"), ("a1", "failed"), ("a1", "sent")]


def test_snoozes_end_in_time_or_with_a_change(store: Store, clock: Clock) -> None:
    fired = store.alerts.fire([alert("s1", uids="e1"), alert("s2", uids="e2"), alert("s3")])
    snoozed = [replace(one, state=AlertState.SNOOZED) for one in fired]
    store.alerts.change([snoozed[0], snoozed[1], replace(snoozed[2], until=START + HOUR)])
    assert not store.alerts.subject_changed(Subject.STORY, ["s3", "e3"])
    assert not store.alerts.wake(START + HOUR - 1)
    assert [one.id for one in store.alerts.subject_changed(Subject.STORY, ["s1"])] == ["a1"]
    assert [one.id for one in store.alerts.subject_changed(Subject.STORY, ["e2"])] == ["a2"]
    clock.now += HOUR
    assert [one.id for one in store.alerts.wake(clock.now)] == ["a3"]
    assert {one.state for one in store.alerts.all} == {AlertState.NEW}


def test_readers_follow_and_a_new_writer_takes_in_what_was_written(
    tmp_path: Path, store: Store
) -> None:
    other = again(store)
    assert not other.alerts.all
    assert not other.alerts.reload_if_changed()
    store.alerts.fire([alert()])
    store.flush()
    assert other.alerts.reload_if_changed()
    assert [one.id for one in other.alerts.all] == ["a1"]
    store.alerts.fire([alert("s2")])
    store.unlock()
    other.lock()
    assert [one.id for one in other.alerts.fire([alert("s3")])] == ["a3"]
    other.close()


def test_the_oldest_closed_alerts_are_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    fired = store.alerts.fire([alert(f"s{n}", when=START + n) for n in range(3)])
    store.alerts.change([replace(fired[1], state=AlertState.CLOSED)])
    store.alerts.fire([alert("s9", when=START + 9)])
    assert [one.about.id for one in store.alerts.all] == ["s9", "s2", "s0"]
    store.flush()
    assert store.alerts.fired("nsa", Subject.CVE, "new", ["s1"])


def test_a_line_torn_by_a_kill_spoils_no_other(store: Store) -> None:
    store.alerts.fire([alert()])
    store.flush()
    path = store._folder.path / module.AUDIT
    path.write_bytes(path.read_bytes()[:-20])
    store.alerts.fire([alert("s2")])
    store.flush()
    torn, whole = path.read_text().splitlines()
    assert json.loads(whole)["alert"] == "a2"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(torn)


def test_the_json_of_an_alert(store: Store) -> None:
    (fired,) = store.alerts.fire([replace(alert(), deliveries=(Delivery("hook"),))])
    assert alert_json(fired, "NSA named") == {
        "id": "a1",
        "rule": "nsa",
        "title": "NSA named",
        "on": "new",
        "severity": "high",
        "state": "new",
        "fired": "2025-07-31T22:13:20Z",
        "since": "2025-07-31T22:13:20Z",
        "until": None,
        "note": "",
        "reason": "because",
        "subject": {"kind": "cve", "id": "s1", "title": "Title of s1", "url": None},
        "others": [],
        "deliveries": [
            {"target": "hook", "state": "waiting", "tries": 0, "when": None, "error": None}
        ],
    }
