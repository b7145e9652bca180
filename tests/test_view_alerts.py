"""What the Alerts pane says, in which order, and what the user's keys make of alerts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject
from monitor.models import Severity
from monitor.store import Store, StoreError
from monitor.view.alert_page import Heard, Known, alert_page, delivery_says, explained, heard
from monitor.view.alerted import Tally, alerts_of, story_of, tallies
from monitor.view.alerts import AlertSort, AlertsView, ends, make_line, summary, until
from monitor.view.handling import Handling, Muting, handle, naps, noted, opened
from monitor.view.page import Leads, Page
from tests.alert_samples import REFUSED, RULES, alert, alerts, fire
from tests.screen_samples import DAY, HOUR, MINUTE, NOW, news, store_with

NEW, SEEN, ASLEEP, CLOSED = AlertState


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_with(tmp_path, news()) as store:
        store.load()
        fire(store)
        yield store


def view_of(store: Store) -> AlertsView:
    view = AlertsView(lambda: NOW)
    view.configure(RULES)
    view.show(store.alerts.all)
    return view


def rules(view: AlertsView) -> list[str]:
    return [one.rule for one in view.shown()]


def texts(page: Page) -> list[str]:
    return [f"{item.label}|{item.text}" for part in page.sections for item in part.items]


# The list


def test_what_is_not_closed_is_shown_newest_first(store: Store) -> None:
    view = view_of(store)
    assert rules(view) == ["nsa", "exploited", "bulletins", "noise", "quiet", "late", "noise"]
    assert (view.count(), view.new, view.closed) == ("4 new, 7", 4, 1)


def test_closed_ones_are_found_by_those_who_ask_for_them(store: Store) -> None:
    view = view_of(store)
    view.filter_by("retention")
    assert view.rows == []
    view.filter_by("is:closed retention")
    assert rules(view) == ["noise"]
    view.filter_by("rule:noise is:open OR is:closed")
    assert [one.state for one in view.shown()] == [NEW, SEEN, CLOSED]
    assert view.count() == "3 of 7"


def test_a_filter_looks_at_titles_reasons_notes_and_what_rules_are_called(store: Store) -> None:
    view = view_of(store)
    for text, found in (
        ("kev", ["exploited"]),
        ("conference", ["noise"]),
        ('"anything on huawei"', ["noise", "noise"]),
        ('"story 7 about"', ["noise"]),  # among the others that it stands for
        ("newer:90m", ["nsa", "exploited"]),
    ):
        view.filter_by(text)
        assert rules(view) == found, text
    view.filter_by("")
    assert len(view.rows) == 7


def test_a_wrong_filter_leaves_the_list_and_says_why(store: Store) -> None:
    view = view_of(store)
    view.filter_by("kev")
    view.filter_by("kev sev:hihg")
    assert view.problem is not None
    assert "did you mean 'high'" in view.problem.message
    assert rules(view) == ["exploited"]


def test_orders(store: Store) -> None:
    view = view_of(store)
    view.sort_by(AlertSort.SEVERITY)
    assert rules(view)[:4] == ["exploited", "nsa", "bulletins", "late"]
    view.sort_by(AlertSort.RULE)
    assert rules(view)[:3] == ["bulletins", "exploited", "late"]
    view.sort_by(AlertSort.NEWEST)
    assert rules(view)[0] == "nsa"


def test_the_cursor_finds_its_alert_wherever_that_went(store: Store) -> None:
    view = view_of(store)
    view.cursor = view.id_at(2)
    assert view.find(view.cursor, near=2) == 2
    store.alerts.fire([alert("more", about=About("x", "Another", uids=("x",)), ago=0)])
    view.show(store.alerts.all)
    assert view.find(view.cursor, near=2) == 3
    view.filter_by("kev")
    assert view.find(view.cursor) is None


# Its rows


def test_a_row_says_what_fired_and_why(store: Store) -> None:
    kev = view_of(store).shown()[1]
    line = make_line(kev, NOW, UTC, muted=True)
    assert (line.letter, line.mark, line.age) == ("C", "●", "1h")
    assert line.title == "CVE-2026-58305"
    assert line.reason == "KEV added 2026-11-20; CVSS 8.8 by CISA-ADP"
    assert (line.rule, line.failed, line.noted, line.muted) == ("exploited", True, False, True)


def test_a_summed_up_alert_says_for_how_many_it_stands(store: Store) -> None:
    summed = next(one for one in view_of(store).shown() if one.others)
    assert make_line(summed, NOW).title == "300 stories: Huawei shows a phone that folds twice"


@pytest.mark.parametrize(
    ("state", "end", "says"),
    [
        (NEW, None, ""),
        (SEEN, None, ""),
        (ASLEEP, None, "snoozed until it changes"),
        (ASLEEP, NOW + HOUR, "snoozed until 13:00"),
        (ASLEEP, NOW + 20 * HOUR, "snoozed until Sat 08:00"),
        (ASLEEP, NOW + 30 * DAY, "snoozed until 2026-12-20"),
        (CLOSED, None, "closed just now"),
    ],
)
def test_when_it_ends(state: AlertState, end: float | None, says: str) -> None:
    assert ends(alert(state=state, until=end, ago=0), NOW, UTC) == says


def test_hostile_texts_are_clean_in_rows_pages_and_notifications() -> None:
    bad = "a\x1b]0;x\x07\n\u202eb"
    one = alert(
        "r", about=About("s", bad, url="javascript:x"), reason=bad, note=bad, ago=0,
        deliveries=(replace(REFUSED, error=bad),), others=(About("o", bad),), count=2,
    )  # fmt: skip
    line = make_line(one, NOW)
    said = heard({"when": "never", "what": bad, "error": bad})
    page = alert_page(one, Known(explained=explained(RULES[0]), history=[said, said]), NOW, UTC)
    shown = [line.title, line.reason, *summary([one, one]), page.title, *texts(page)]
    assert len(shown) > 10
    for text in shown:
        assert text.isprintable(), text


# Naps


def test_naps_go_by_the_clock_of_the_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 10, 23, 22, 30, tzinfo=berlin).timestamp()  # clocks change on Sunday
    ends_at = [
        datetime.fromtimestamp(nap.until, berlin).strftime("%a %d %H:%M") if nap.until else None
        for nap in naps(friday, berlin)
    ]
    assert ends_at == [
        "Fri 23 23:30", "Sat 24 02:30", "Sat 24 08:00", "Mon 26 08:00", "Fri 30 21:30", None,
    ]  # fmt: skip


@given(st.floats(NOW - 400 * DAY, NOW + 400 * DAY))
def test_every_nap_ends_later(now: float) -> None:
    for zone in (UTC, ZoneInfo("America/New_York"), None):
        for nap in naps(now, zone):
            assert nap.until is None or now < nap.until <= now + 8 * DAY
            assert until(nap.until, now, zone).startswith("until ")


# What the user does


def test_what_is_done_is_saved_and_taken_back(store: Store, tmp_path: Path) -> None:
    view = view_of(store)
    some = view.shown()[:2]
    handling = handle(some, SEEN, NOW)
    assert handling is not None
    handling.save(store.alerts)
    again = Store.open(tmp_path, now=lambda: NOW, write=False)
    assert [again.alerts.get(one.id).state for one in some] == [SEEN, SEEN]  # type: ignore[union-attr]
    handling.inverse().save(store.alerts)
    assert [store.alerts.get(one.id) for one in some] == some
    what = [line["what"] for line in store.alerts.history(some[0].id)]
    assert what == ["fired", "acknowledged", "undone"]


def test_what_is_so_already_needs_no_doing() -> None:
    assert handle([alert()], NEW, NOW) is None
    asleep = alert(state=ASLEEP)
    assert handle([asleep], ASLEEP, NOW, NOW + HOUR) is not None


def test_a_note_and_a_look_stay_when_a_state_is_taken_back(store: Store) -> None:
    [one] = view_of(store).shown()[:1]
    closing = handle([one], CLOSED, NOW)
    assert closing is not None
    closing.save(store.alerts)
    opened(closing.after[0]).save(store.alerts)
    store.alerts.deliver(one.id, Delivery("ops", DeliveryState.SENT, tries=1))
    closing.inverse().save(store.alerts)
    now = store.alerts.get(one.id)
    assert now is not None
    assert (now.state, now.opened, len(now.deliveries)) == (NEW, True, 1)
    noted(now, "mine").save(store.alerts)
    assert store.alerts.get(one.id).note == "mine"  # type: ignore[union-attr]


def test_what_is_not_written_yet_is_shown_over_what_the_store_says(store: Store) -> None:
    view = view_of(store)
    [one] = view.shown()[:1]
    first, second = noted(one, "first"), noted(one, "second")
    view.hold(first.after)
    view.hold(second.after)
    first.save(store.alerts)
    view.release(first.after)
    view.show(store.alerts.all)
    assert view.alerts[one.id].note == "second"
    view.release(second.after)
    view.show(store.alerts.all)
    assert view.alerts[one.id].note == "first"


def test_a_muted_rule_fires_and_tells_nobody(store: Store, tmp_path: Path) -> None:
    Muting("exploited", (False, None), (True, NOW + HOUR)).save(store.alerts)
    told = alert("exploited", Subject.CVE, About("CVE-1", "CVE-1"), deliveries=(Delivery("ops"),))
    [fired] = store.alerts.fire([told])
    assert fired.deliveries == ()
    assert Store.open(tmp_path, now=lambda: NOW, write=False).alerts.muted == {
        "exploited": NOW + HOUR
    }
    later = Store.open(tmp_path, now=lambda: NOW + 2 * HOUR, write=False)
    assert later.alerts.muted == {}
    Muting("exploited", (False, None), (True, None)).inverse().save(store.alerts)
    [fired] = store.alerts.fire([replace(told, about=About("CVE-2", "CVE-2"))])
    assert len(fired.deliveries) == 1


def test_a_mute_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    store_with(tmp_path, []).close()
    reader = Store.open(tmp_path, now=lambda: NOW, write=False)
    with pytest.raises(StoreError):
        reader.alerts.mute("nsa")
    assert reader.alerts.muted == {}


def test_what_handling_says() -> None:
    closing = handle([alert(), alert("b")], CLOSED, NOW)
    assert closing is not None
    assert closing.says() == "2 alerts closed"
    assert Handling("note", (), (alert(),)).says() == "note"
    assert Muting("nsa", (False, None), (True, None)).says() == "nsa muted"


# Rules and stories


def test_a_rule_that_nobody_looks_at_says_so() -> None:
    fired = [alert("noise", ago=n) for n in range(39)] + [alert("noise", opened=True)] * 2
    counted = tallies([*fired, alert("nsa", opened=True)])
    assert counted == {"noise": Tally(41, 2), "nsa": Tally(1, 1)}
    assert counted["noise"].says() == "fired 41 times, opened 2"
    assert counted["noise"].noisy
    assert not counted["nsa"].noisy
    page = alert_page(fired[0], Known(RULES[2], tally=counted["noise"]), NOW, UTC)
    assert "Noise|It fired 41 times, opened 2. Z mutes it; or narrow it." in texts(page)


def test_an_alert_leads_to_where_its_entries_are_now(store: Store) -> None:
    one = alert(about=About("was", "NSA", uids=("gone", "nsa2")))
    assert story_of(one, store.entries, store.stories.get) == "nsa1"
    known = alert(about=About("old", "Old"))
    assert story_of(known, store.entries, store.stories.get) == "old"
    lost = alert(about=About("was", "NSA", uids=("gone",)))
    assert story_of(lost, store.entries, store.stories.get) == ""
    assert story_of(alert(kind=Subject.CVE), store.entries, store.stories.get) == ""


def test_which_alerts_a_story_has(store: Store) -> None:
    graver = alert("top", severity=Severity.CRITICAL, about=About("was", "NSA", uids=("nsa3",)))
    shut = alert("shut", about=About("was", "NSA", uids=("nsa3",)), state=CLOSED)
    found = alerts_of(store.stories["nsa1"], [*store.alerts.all, graver, shut])
    assert [one.rule for one in found] == ["top", "nsa"]
    assert [one.rule for one in alerts_of(store.stories["fold"], store.alerts.all)] == ["noise"]
    assert alerts_of(store.stories["old"], store.alerts.all) == []


# The page of one


def test_the_page_says_what_why_when_and_who_was_told(store: Store) -> None:
    kev = view_of(store).shown()[1]
    known = Known(RULES[1], "explained", muted="until Z again", kinds={"ops": "webhook"})
    page = alert_page(kev, known, NOW, UTC)
    assert texts(page) == [
        "State|critical  new",
        "Why|KEV added 2026-11-20; CVSS 8.8 by CISA-ADP",
        "Fired|2026-11-20 11:00  1h ago",
        "CVE|CVE-2026-58305",
        "Rule|Exploited (exploited)",
        "|explained",
        "Muted|until Z again; its alerts are kept, and told to nobody",
        "webhook ops|failed 3 times, next try 12:40: connection refused",
    ]
    [target] = [item.target for part in page.sections for item in part.items if item.target]
    assert (target.to, target.id) == (Leads.CVE, "CVE-2026-58305")


def test_the_page_of_a_summed_up_alert_lists_them(store: Store) -> None:
    summed = next(one for one in view_of(store).shown() if one.others)
    page = alert_page(summed, Known(RULES[2]), NOW, UTC)
    [part] = [part for part in page.sections if part.head == "Stories (300)"]
    assert len(part.items) == 300
    assert {item.target.to for item in part.items if item.target} == {Leads.STORY}


def test_the_page_tells_its_history_and_a_rule_that_is_gone() -> None:
    lines = [
        {"when": "2026-11-20T11:00:00Z", "what": "fired"},
        {"when": "2026-11-20T11:01:00Z", "what": "failed", "target": "ops", "error": "timed out"},
        {"when": "2026-11-20T11:30:00Z", "what": "closed", "note": "mine"},
    ]
    page = alert_page(alert(note="mine"), Known(history=list(map(heard, lines))), NOW, UTC)
    assert texts(page)[-4:] == [
        "Note|mine",
        "2026-11-20 11:00|fired",
        "2026-11-20 11:01|failed ops: timed out",
        "2026-11-20 11:30|closed: mine",
    ]
    assert "Rule|nsa  no longer in the configuration" in texts(page)
    alone = alert_page(alert(), Known(history=[Heard(NOW, "fired")]), NOW, UTC)
    assert "History" not in [part.head for part in alone.sections]


@pytest.mark.parametrize(
    ("delivery", "says"),
    [
        (Delivery("ops"), "waits to be sent"),
        (Delivery("ops", when=NOW + HOUR), "waits until 13:00"),
        (Delivery("ops", DeliveryState.SENT, 1, NOW - MINUTE), "sent 11:59"),
        (Delivery("ops", DeliveryState.SENT, 3, NOW - DAY), "sent 2026-11-19 12:00, at try 3"),
        (REFUSED, "failed 3 times, next try 12:40: connection refused"),
        (
            Delivery("ops", DeliveryState.FAILED, 9, NOW - MINUTE, error="HTTP 404"),
            "given up 11:59, failed 9 times: HTTP 404",
        ),
        (Delivery("ops", DeliveryState.DROPPED), "not sent: it was seen to before"),
    ],
)
def test_deliveries(delivery: Delivery, says: str) -> None:
    assert delivery_says(delivery, NOW, UTC) == says


def test_several_are_told_as_one() -> None:
    some: list[Alert] = [one for one in alerts() if one.state is NEW]
    assert summary(some) == (
        "4 alerts: 1 critical, 1 high, 1 medium, 1 low",
        "CVE-2026-58305, and more",
    )
