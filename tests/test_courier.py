"""The courier: over a real store and a loopback target, with a clock that the tests set."""

import asyncio
import errno
import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.alert import AlertState, Delivery, DeliveryState
from monitor.config.alerts import hours
from monitor.models import Config, Rule, Severity, Target
from monitor.notify.courier import Courier, Report
from monitor.notify.message import Message, digest_message
from monitor.notify.post import Post
from monitor.notify.schedule import DAY, WAITS
from monitor.notify.senders import Senders
from monitor.store import Disk, Store
from monitor.transport import Transport
from tests.hooks import Hook, an_alert, hook, webhook_target

NIGHT = 1_764_115_200.0 - 3600  # 2025-11-25 23:00 UTC
SECRET = "correct-horse-battery"


class BadDisk(Disk):
    """A disk that takes no writes while it is full."""

    full = False

    def write(self, file: int, data: memoryview) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(file, data)


class Office:
    """A store, a loopback target and a courier between them."""

    def __init__(self, folder: Path, hook: Hook) -> None:
        self.now = NIGHT
        self.hook = hook
        self.folder = folder
        self.disk = BadDisk()
        self.store = self.open()
        self.targets: list[Target] = [webhook_target(hook)]
        self.rule = Rule("exploited", title="Exploited", notify=("hook",))
        self.made: list[tuple[str, float, float]] = []
        self.steps = 0.0

    def open(self) -> Store:
        return Store.open(self.folder, now=lambda: self.now, disk=self.disk)

    def reopen(self) -> None:
        self.store.close()
        self.store = self.open()

    def fire(self, *numbers: int, targets: tuple[str, ...] = ("hook",), **changes: Any) -> None:
        made = (an_alert(n, *targets, fired=self.now, **changes) for n in numbers)
        self.store.alerts.fire(made)
        self.store.alerts.save()

    def compose(self, key: str, since: float, until: float) -> Message:
        self.made.append((key, since, until))
        return digest_message(key, "a digest", "of a day", Severity.INFO, {})

    def monotonic(self) -> float:
        return self.steps

    @property
    def courier(self) -> Courier:
        """A new one each time, as in a program that was started anew."""
        senders = Senders(
            post=Post(Transport(proxies={}), lambda: self.now),
            environ={"HOOK": SECRET},
            now=lambda: self.now,
        )
        return Courier(
            Config("test", rules=(self.rule,), targets=tuple(self.targets)),
            self.store.alerts,
            self.store.digests,
            senders,
            self.compose,
            now=lambda: self.now,
            monotonic=self.monotonic,
            zone=UTC,
        )

    def delivery(self, alert_id: str = "a1", target: str = "hook") -> Delivery:
        alert = self.store.alerts.get(alert_id)
        assert alert is not None
        [found] = [one for one in alert.deliveries if one.target == target]
        return found

    def set_state(self, alert_id: str, state: AlertState) -> None:
        alert = self.store.alerts.get(alert_id)
        assert alert is not None
        self.store.alerts.change([replace(alert, state=state)])

    def subjects(self) -> list[str]:
        return [got.json["subject"]["id"] for got in self.hook.got]

    def audit(self) -> list[tuple[str, str]]:
        lines = (self.folder / "audit.jsonl").read_text().splitlines()
        return [(row["alert"], row["what"]) for row in map(json.loads, lines)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with hook() as target:
        made = Office(tmp_path, target)
        try:
            yield made
        finally:
            made.disk.full = False
            made.store.close()


# -- sending --------------------------------------------------------------------------------------
async def test_what_waits_is_sent_once_oldest_first(office: Office) -> None:
    office.fire(1)
    office.now += 1
    office.fire(2, 3)
    assert office.courier.next_due() == 0.0
    assert await office.courier.run() == Report(sent=3)
    assert office.subjects() == ["CVE-2025-0001", "CVE-2025-0002", "CVE-2025-0003"]
    delivery = office.delivery()
    assert (delivery.state, delivery.tries, delivery.when) == (DeliveryState.SENT, 1, office.now)
    assert await office.courier.run() == Report()
    assert office.courier.next_due() is None
    office.reopen()
    assert await office.courier.run() == Report()
    assert len(office.hook.got) == 3
    assert [what for _, what in office.audit()] == ["fired"] * 3 + ["sent"] * 3


async def test_the_alert_says_its_rules_title_and_has_a_key_of_its_own(office: Office) -> None:
    office.fire(1, 2)
    await office.courier.run()
    assert {got.json["title"] for got in office.hook.got} == {"Exploited"}
    assert len(set(office.hook.keys)) == 2


async def test_one_at_a_time_to_a_target_and_targets_side_by_side(office: Office) -> None:
    with hook() as other:
        office.targets = [webhook_target(office.hook), webhook_target(other, "other")]
        office.fire(1, 2, targets=("hook", "other"))
        running: list[str] = []
        met: set[str] = set()
        meeting = threading.Barrier(2)

        def enter(name: str) -> None:
            running.append(name)
            assert running.count(name) == 1, "two at once to one target"
            if name not in met:  # the first of each waits for the other's
                met.add(name)
                meeting.wait(10)
            running.remove(name)

        office.hook.before = lambda got: enter("hook")
        other.before = lambda got: enter("other")
        assert await office.courier.run() == Report(sent=4)
        assert not meeting.broken


async def test_a_second_run_beside_the_first_sends_nothing(office: Office) -> None:
    office.fire(1)
    courier = office.courier
    reports = await asyncio.gather(courier.run(), courier.run())
    assert sorted(report.sent for report in reports) == [0, 1]
    assert len(office.hook.got) == 1


async def test_a_target_of_the_screen_is_not_sent_to(office: Office) -> None:
    office.targets.append(Target("bell", "bell"))
    office.fire(1)
    assert await office.courier.run() == Report(sent=1)
    assert [one.id for one in office.courier.health()] == ["desktop", "hook"]


async def test_what_waits_for_a_target_that_is_gone_is_given_up(office: Office) -> None:
    office.targets = []
    office.fire(1)
    await office.courier.run()
    delivery = office.delivery()
    assert delivery.state is DeliveryState.FAILED
    assert delivery.error == "the configuration has no [notify.hook] any more"
    assert office.courier.next_due() is None


async def test_a_target_that_is_switched_off_keeps_what_waits(office: Office) -> None:
    office.targets = [webhook_target(office.hook, enabled=False)]
    office.fire(1)
    assert await office.courier.run() == Report()
    office.targets = [webhook_target(office.hook)]
    assert await office.courier.run() == Report(sent=1)


# -- failing --------------------------------------------------------------------------------------
async def test_a_failing_target_is_tried_again_ever_later_and_then_given_up(
    office: Office,
) -> None:
    office.fire(1)
    office.hook.status = 500
    waits = []
    for _ in WAITS:
        report = await office.courier.run()
        assert report.errors == {"hook": "HTTP 500 Internal Server Error"}
        due = office.courier.next_due()
        assert due is not None
        waits.append(due - office.now)
        office.now = due - 1
        assert await office.courier.run() == Report()
        office.now = due
        office.reopen()
    assert tuple(waits) == WAITS
    await office.courier.run()
    assert office.delivery().state is DeliveryState.FAILED
    assert office.courier.next_due() is None
    assert len(office.hook.got) == len(WAITS) + 1
    assert len(set(office.hook.keys)) == 1
    assert office.audit()[-1] == ("a1", "failed")


async def test_a_target_that_is_down_is_asked_once_not_for_each_alert(office: Office) -> None:
    office.fire(1, 2, 3)
    office.hook.status = 503
    assert (await office.courier.run()).failed == 1
    office.now += 10
    office.fire(4)
    assert await office.courier.run() == Report()
    assert len(office.hook.got) == 1
    office.now += 20
    office.hook.status = 200
    assert await office.courier.run() == Report(sent=4)
    assert office.subjects()[1:] == [f"CVE-2025-000{n}" for n in (1, 2, 3, 4)]


async def test_with_one_that_is_given_up_go_those_that_waited_for_as_long(
    office: Office,
) -> None:
    office.fire(1, 2)
    office.hook.status = 500
    for _ in WAITS:
        await office.courier.run()
        office.now = office.courier.next_due() or 0.0
    office.now = max(office.now, NIGHT + DAY)
    office.fire(3)
    await office.courier.run()
    states = [office.delivery(f"a{n}").state for n in (1, 2, 3)]
    assert states == [DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.WAITING]


async def test_what_is_hopeless_holds_up_no_other(office: Office) -> None:
    office.fire(1, 2)
    office.hook.status = 400

    def better(got: object) -> None:
        office.hook.status = 400 if len(office.hook.got) == 1 else 200

    office.hook.before = better
    report = await office.courier.run()
    assert (report.sent, report.failed) == (1, 1)
    assert office.delivery("a1").state is DeliveryState.FAILED
    assert office.delivery("a2").state is DeliveryState.SENT


async def test_retry_after_is_honoured_also_for_what_comes_later(office: Office) -> None:
    office.fire(1)
    office.hook.status, office.hook.headers = 429, {"Retry-After": "3600"}
    await office.courier.run()
    office.fire(2)
    assert office.courier.next_due() == office.now + 3600
    office.now += 3599
    assert await office.courier.run() == Report()


async def test_a_failing_target_holds_no_other_up(office: Office) -> None:
    with hook() as other:
        office.hook.hang = True
        office.targets = [
            webhook_target(office.hook, timeout=0.2),
            webhook_target(other, "other"),
        ]
        office.fire(1, targets=("hook", "other"))
        report = await office.courier.run()
        assert (report.sent, report.failed) == (1, 1)
        assert report.errors == {"hook": "no answer from 127.0.0.1 within 0.2 s"}


async def test_a_run_within_some_seconds_leaves_the_rest_waiting(office: Office) -> None:
    office.fire(1, 2, 3)

    def later(got: object) -> None:
        office.steps += 6.0

    office.hook.before = later
    assert await office.courier.run(15.0) == Report(sent=1)  # 9 s are left, its timeout is 10
    assert await office.courier.run(15.0) == Report(sent=1)


async def test_the_first_of_a_run_has_the_time_that_there_is(office: Office) -> None:
    office.hook.hang = True
    office.targets = [webhook_target(office.hook, timeout=60.0)]
    office.fire(1)
    report = await office.courier.run(0.3)
    assert report.errors == {"hook": "no answer from 127.0.0.1 within 0.3 s"}


async def test_a_missing_secret_is_a_failure_that_is_tried_again(office: Office) -> None:
    office.targets = [webhook_target(office.hook, secret_env="NONE")]
    office.fire(1)
    report = await office.courier.run()
    assert report.errors == {"hook": "the environment variable NONE is not set"}
    office.targets = [webhook_target(office.hook, secret_env="HOOK")]
    office.now += 30
    assert await office.courier.run() == Report(sent=1)
    assert office.hook.got[0].signed_by(SECRET, at=int(office.now))


async def test_no_secret_is_in_the_data_folder(office: Office) -> None:
    from tests.test_notify_targets import coded

    office.targets = [
        webhook_target(office.hook, secret_env="HOOK"),
        Target(
            "me", "command", command=("sh", "-c", f"echo {SECRET} >&2; exit 1"), secret_env="HOOK"
        ),
    ]
    office.fire(1, targets=("hook", "me"))
    await office.courier.run()
    office.hook.status = 500
    office.fire(2)
    await office.courier.run()
    assert office.delivery("a1", "me").error == "the command gave 1: ***"
    for file in office.folder.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        assert not any(form.encode() in held for form in (SECRET, *coded(SECRET))), file


async def test_a_clock_that_was_far_ahead_puts_nothing_off_for_long(office: Office) -> None:
    right = office.now
    office.now += 3650 * DAY
    office.targets = [webhook_target(office.hook, digest="08:00")]
    await office.courier.run()
    office.fire(1)
    office.hook.status = 500
    await office.courier.run()
    office.now, office.hook.status = right, 200
    assert await office.courier.run() == Report(sent=2)
    assert office.courier.next_due() == right + 9 * 3600


# -- the user -------------------------------------------------------------------------------------
async def test_quiet_hours_hold_what_fires_until_they_end(office: Office) -> None:
    office.rule = replace(office.rule, quiet=hours(["22:00-07:00"]))
    office.fire(1)
    assert await office.courier.run() == Report()
    morning = NIGHT + 8 * 3600
    assert office.courier.next_due() == morning
    office.now = morning - 1
    assert await office.courier.run() == Report()
    office.now = morning
    assert await office.courier.run() == Report(sent=1)


async def test_the_quiet_hours_of_one_rule_hold_nothing_of_another_up(office: Office) -> None:
    office.rule = replace(office.rule, quiet=hours(["23:01-07:00"]))
    office.fire(1)
    office.hook.status = 500
    office.now = NIGHT + 45
    await office.courier.run()  # it is to be tried again in quiet hours
    office.fire(2, rule="another")
    office.hook.status = 200
    assert office.courier.next_due() == office.now + 30
    office.now += 30
    assert await office.courier.run() == Report(sent=1)
    assert office.subjects() == ["CVE-2025-0001", "CVE-2025-0002"]


async def test_what_is_stopped_begins_nothing_more(office: Office) -> None:
    office.fire(1, 2)
    courier = office.courier
    office.hook.before = lambda got: courier.stop()
    assert await courier.run() == Report(sent=1)
    assert office.delivery("a2").state is DeliveryState.WAITING


@pytest.mark.parametrize("state", [AlertState.ACKNOWLEDGED, AlertState.CLOSED])
async def test_what_the_user_saw_to_in_the_meantime_is_not_sent(
    office: Office, state: AlertState
) -> None:
    office.rule = replace(office.rule, quiet=hours(["22:00-07:00"]))
    office.fire(1)
    office.set_state("a1", state)
    assert await office.courier.run() == Report()
    assert office.delivery().state is DeliveryState.DROPPED
    assert office.courier.next_due() is None
    office.set_state("a1", AlertState.NEW)
    office.now += 9 * 3600
    assert await office.courier.run() == Report()


async def test_what_is_snoozed_waits_until_it_wakes(office: Office) -> None:
    office.fire(1)
    office.set_state("a1", AlertState.SNOOZED)
    assert await office.courier.run() == Report()
    office.set_state("a1", AlertState.NEW)
    assert await office.courier.run() == Report(sent=1)


async def test_a_muted_rule_sends_nothing_and_what_waited_goes_when_it_is_over(
    office: Office,
) -> None:
    office.fire(1)
    office.store.alerts.mute("exploited", office.now + 3600.0)
    office.fire(2)
    assert await office.courier.run() == Report()
    assert office.courier.next_due() is None
    office.now += 3600.0
    assert await office.courier.run() == Report(sent=1)
    assert office.subjects() == ["CVE-2025-0001"]


async def test_a_user_who_is_quicker_than_the_courier_is_not_told(office: Office) -> None:
    office.fire(1, 2)
    office.hook.before = lambda got: office.set_state("a2", AlertState.CLOSED)
    assert (await office.courier.run()).sent == 1
    assert await office.courier.run() == Report()
    assert office.delivery("a2").state is DeliveryState.DROPPED


async def test_a_change_by_the_user_takes_no_delivery_back(office: Office) -> None:
    office.fire(1)
    before = office.store.alerts.get("a1")
    assert before is not None
    await office.courier.run()
    [old] = office.store.alerts.change([replace(before, note="mine")])
    office.store.alerts.change([replace(old, deliveries=before.deliveries)])
    assert office.delivery().state is DeliveryState.SENT
    assert await office.courier.run() == Report()


async def test_a_new_alert_is_sent_again_where_its_rule_repeats(office: Office) -> None:
    office.rule = replace(office.rule, repeat=6 * 3600.0)
    office.fire(1)
    assert await office.courier.run() == Report(sent=1)
    assert office.courier.next_due() == office.now + 6 * 3600
    office.now += 6 * 3600 - 1
    assert await office.courier.run() == Report()
    office.now += 1
    assert await office.courier.run() == Report(sent=1)
    assert len(set(office.hook.keys)) == 2
    office.set_state("a1", AlertState.ACKNOWLEDGED)
    assert office.courier.next_due() is None


# -- the disk -------------------------------------------------------------------------------------
async def test_what_was_sent_but_could_not_be_written_is_not_sent_again_and_again(
    office: Office,
) -> None:
    office.fire(1, 2)
    courier = office.courier

    def fill(got: object) -> None:
        office.disk.full = True

    office.hook.before = fill
    report = await courier.run()
    assert report.sent == 1
    assert "the disk is full" in report.trouble
    due = courier.next_due()
    assert due is not None
    assert due > office.now
    assert (await courier.run()).trouble
    assert len(office.hook.got) == 1
    office.disk.full = False
    office.hook.before = lambda got: None
    assert await courier.run() == Report(sent=1)
    office.reopen()
    assert await office.courier.run() == Report()
    assert len(office.hook.got) == 2


async def test_nothing_leaves_before_it_is_on_disk(office: Office) -> None:
    office.store.alerts.fire([an_alert(1, "hook", fired=office.now)])
    office.disk.full = True
    assert "the disk is full" in (await office.courier.run()).trouble
    assert office.hook.got == []
    office.disk.full = False
    office.hook.before = lambda got: check(office.folder)
    assert await office.courier.run() == Report(sent=1)


def check(folder: Path) -> None:
    assert b"CVE-2025-0001" in (folder / "alerts.json").read_bytes()


# -- digests --------------------------------------------------------------------------------------
async def test_a_daily_digest_goes_once_a_day_also_after_a_restart(office: Office) -> None:
    office.targets = [webhook_target(office.hook, digest="08:00")]
    assert await office.courier.run() == Report()  # the first one begins now
    eight = NIGHT + 9 * 3600
    assert office.courier.next_due() == eight
    office.now = eight
    assert await office.courier.run() == Report(sent=1)
    assert office.made == [(f"digest.{int(eight)}.hook", NIGHT, eight)]
    assert office.hook.got[0].json["event"] == "digest"
    office.reopen()
    office.now += 3600
    assert await office.courier.run() == Report()
    office.now += 5 * DAY
    assert await office.courier.run() == Report(sent=1)
    assert office.made[-1][1:] == (eight, office.now)
    assert await office.courier.run() == Report()


async def test_a_digest_that_fails_is_tried_again_under_the_same_key(office: Office) -> None:
    office.targets = [webhook_target(office.hook, digest="08:00")]
    await office.courier.run()
    office.now = NIGHT + 9 * 3600
    office.hook.status = 500
    report = await office.courier.run()
    assert report.errors == {"hook": "HTTP 500 Internal Server Error"}
    assert office.courier.next_due() == office.now + 30
    office.now += 30
    office.hook.status = 200
    assert await office.courier.run() == Report(sent=1)
    assert len(set(office.hook.keys)) == 1
    assert office.made[-1][1] == NIGHT


async def test_a_digest_that_is_given_up_is_told_by_the_next(office: Office) -> None:
    office.targets = [webhook_target(office.hook, digest="08:00")]
    await office.courier.run()
    office.now = NIGHT + 9 * 3600
    office.hook.status = 422
    await office.courier.run()
    assert office.courier.next_due() == office.now + DAY
    office.now += DAY
    office.hook.status = 200
    assert await office.courier.run() == Report(sent=1)
    assert office.made[-1][1] == NIGHT


async def test_a_target_without_an_hour_gets_no_digest(office: Office) -> None:
    assert await office.courier.run() == Report()
    office.now += 3 * DAY
    assert await office.courier.run() == Report()
    assert office.made == []


# -- health ---------------------------------------------------------------------------------------
async def test_how_a_target_does(office: Office) -> None:
    office.fire(1)
    await office.courier.run()
    office.now += 60
    office.hook.status = 500
    office.fire(2, 3)
    await office.courier.run()
    [found] = [one for one in office.courier.health() if one.id == "hook"]
    assert (found.waiting, found.sent, found.failed) == (2, 1, 0)
    assert found.last_sent == NIGHT
    assert found.next_try == office.now + 30
    assert found.error == "HTTP 500 Internal Server Error"
    office.now += 30
    office.hook.status = 200
    await office.courier.run()
    [found] = [one for one in office.courier.health() if one.id == "hook"]
    assert (found.waiting, found.sent, found.error, found.next_try) == (0, 3, "", None)
