"""Every transition with a before and an after: what fires, what doesn't, and why."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.advisories.phone import report
from monitor.alert import About, Alert, AlertState, Subject
from monitor.config.alerts import transition
from monitor.models import (
    Config,
    Device,
    Entry,
    Feed,
    FeedState,
    Kind,
    Mark,
    Reading,
    Rule,
    Severity,
    Stance,
    Story,
    Target,
    Transition,
)
from monitor.query import Corpus, parse
from monitor.query.cves import Case
from monitor.revisions import revise_bulletin
from monitor.rules import SUBJECTS, compile_rules, explain, problems
from monitor.rules import sift as module
from monitor.rules.bulletins import bulletin_alerts, late_alerts, newest_of_line
from monitor.rules.cves import cve_alerts
from monitor.rules.sift import Sift
from monitor.rules.standing import over, overdue_alerts, silences, silent_alerts, surge_alerts
from monitor.rules.stories import Changes, story_alerts
from monitor.store.stories import Past, build
from monitor.surge import Surge
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Exploited,
    Likelihood,
    Listing,
    Rating,
    Record,
    Vulnerability,
    summary,
)

DAY, HOUR = 86400.0, 3600.0
NOW = 1_763_000_000.0  # 13 November 2025
CVE = "CVE-2025-54627"


def rule(on: str, when: str = "", **more: Any) -> Rule:
    return Rule("r", when, (transition(on),), **more)


def never(*state: object) -> bool:
    return False


def said(alerts: Iterable[Alert]) -> list[tuple[str, str]]:
    return [(alert.moved, alert.reason) for alert in alerts]


# ------------------------------------------------------------------------------ stories


def entry(uid: str, outlet: str = "", *, title: str = "NSA news", **fields: Any) -> Entry:
    known = Entry(
        uid=uid, feed="f", id=uid, title=title, url="", canonical="", published=NOW,
        first_seen=NOW, last_seen=NOW, time=NOW, outlet=outlet or f"Outlet {uid}", story="s",
    )  # fmt: skip
    return replace(known, **fields)


def story(*entries: Entry) -> Story:
    return build("s", entries)


def hay(one: Story | None) -> str:
    return "\n\n".join(e.title.lower() for e in one.entries) if one else ""


def of_stories(
    on: str,
    before: Story | None,
    after: Story,
    when: str = "nsa",
    *,
    new_feeds: Collection[str] = (),
    fired: Any = never,
) -> list[tuple[str, str]]:
    rules = compile_rules([rule(on, when)])
    changes = Changes({"s": Past(before, hay(before))}, [after], [hay(after)], new_feeds=new_feeds)
    sift = Sift([one.query for one in rules])
    found = story_alerts(rules, sift, changes, fired, NOW)
    return said(alert for alerts in found for alert in alerts)


DENIAL = Reading(
    Stance.DISPUTES,
    (Mark(Stance.DISPUTES, "denies", "denies", 0, 6, party="Huawei", passage="Huawei denies it"),),
)
CLAIM = Reading(
    Stance.CLAIMS,
    (Mark(Stance.CLAIMS, "says", "says", 0, 4, party="NSA", passage="The NSA says so"),),
)
ONE, TWO, THREE = entry("1"), entry("2"), entry("3")


def test_a_story_that_is_new() -> None:
    assert of_stories("new", None, story(ONE)) == [("new", "new in Outlet 1")]
    assert of_stories("new", story(ONE), story(ONE, TWO)) == []
    assert of_stories("new", None, story(entry("1", title="Else"))) == []
    assert of_stories("new", story(entry("1", title="Else")), story(ONE)) == [
        ("new", "new in Outlet 1")
    ]


def test_what_is_old_is_not_new() -> None:
    old = entry("1", published=NOW - 2 * DAY - 1)
    assert of_stories("new", None, story(old)) == []
    assert of_stories("new", None, story(old, TWO)) == [("new", "new in Outlet 1, Outlet 2")]
    undated = entry("1", published=None)
    assert of_stories("new", None, story(undated)) == [("new", "new in Outlet 1")]
    assert of_stories("new", None, story(undated), new_feeds=["f"]) == []
    seen = entry("1", published=None, first_seen=NOW - 3 * DAY)
    assert of_stories("new", None, story(seen)) == []


def test_what_fired_fires_no_more() -> None:
    asked: list[tuple[object, ...]] = []

    def fired(*state: object) -> bool:
        asked.append(state)
        return True

    assert of_stories("new", None, story(ONE, TWO), fired=fired) == []
    assert asked == [("r", Subject.STORY, "new", ("1", "2"))]


def test_a_story_that_grows() -> None:
    three = story(ONE, TWO, THREE)
    why = "3 sources tell it: Outlet 1, Outlet 2, Outlet 3"
    assert of_stories("sources>=3", story(ONE, TWO), three) == [("sources>=3", why)]
    assert of_stories("sources>=3", three, story(ONE, TWO, THREE, entry("4"))) == []
    assert of_stories("sources>=3", None, story(ONE, TWO)) == []
    assert of_stories("sources>=3", story(ONE, TWO), three, when="kirin") == []


def test_a_story_with_more_roots() -> None:
    same = entry("2", cites=("Reuters",)), entry("3", cites=("Reuters",))
    assert of_stories("roots>=3", story(ONE, TWO), story(ONE, *same)) == []
    assert of_stories("roots>=3", story(ONE, TWO), story(ONE, TWO, THREE)) == [
        ("roots>=3", "3 roots, by Outlet 1, Outlet 2, Outlet 3")
    ]


def test_a_story_that_becomes_disputed() -> None:
    claimed = story(replace(ONE, reading=CLAIM))
    disputed = story(replace(ONE, reading=CLAIM), replace(TWO, reading=DENIAL))
    assert (claimed.disputed, disputed.disputed) == (False, True)
    ((moved, reason),) = of_stories("disputed", claimed, disputed)
    assert moved == "disputed"
    assert reason.startswith("disputed by Huawei, in Outlet 2: ")
    assert of_stories("disputed", disputed, disputed) == []


def test_stories_that_become_one_were_there_before() -> None:
    other = build("t", [replace(TWO, story="t")])
    rules = compile_rules([rule("new", "nsa")])
    past = {"s": Past(story(entry("1", title="Else")), "else"), "t": Past(other, hay(other))}
    merged = story(entry("1", title="Else"), TWO)
    found = story_alerts(
        rules, Sift([rules[0].query]), Changes(past, [merged], [hay(merged)]), never, NOW
    )
    assert [alert for alerts in found for alert in alerts] == []


def test_several_states_at_once_are_one_alert() -> None:
    both = Rule("r", "", (transition("new"), transition("sources>=2"), transition("sources>=3")))
    (compiled,) = compile_rules([both])
    after = story(ONE, TWO, THREE)
    changes = Changes({"s": Past(None, "")}, [after], [hay(after)])
    found = story_alerts([compiled], Sift([compiled.query]), changes, never, NOW)
    (alert,) = [alert for alerts in found for alert in alerts]
    assert alert.moved == "new, sources>=2, sources>=3"
    assert alert.reason == (
        "new in Outlet 1, Outlet 2, Outlet 3; 3 sources tell it: Outlet 1, Outlet 2, Outlet 3"
    )
    assert alert.about.uids == ("1", "2", "3")


# ------------------------------------------------------------------------------ vulnerabilities


def record(
    *ratings: tuple[str, str], source: str = "NVD", published: float = NOW, **more: Any
) -> Record:
    given = tuple(Rating(by, Severity(word), 8.8, "", "3.1") for by, word in ratings)
    return Record(CVE, source, published=published, ratings=given, **more)


def listing(
    severity: str = "medium", line: str = "phones", month: str = "2025-11", **more: Any
) -> Listing:
    row = BulletinRow(CVE, Severity(severity), component="skia", **more)
    return Listing(f"huawei-{line}-{month}", "huawei", line, month, row)


def known(
    *records: Record,
    kev: Exploited | None = None,
    epss: Likelihood | None = None,
    listings: Sequence[Listing] = (),
) -> Vulnerability:
    return Vulnerability(CVE, records, kev, epss, tuple(listings))


def of_cves(
    on: str,
    before: Vulnerability,
    after: Vulnerability,
    when: str = "",
    *,
    news: bool = True,
    named: bool = False,
) -> list[tuple[str, str]]:
    rules = compile_rules([rule(on, when)])
    return said(cve_alerts(rules, before, Case(after, named), never, NOW, news=news))


def test_a_severity_that_rose() -> None:
    low, high = record(("NVD", "low")), record(("NVD", "high"))
    why = "rated high by NVD (CVSS 8.8); low before"
    assert of_cves("severity", known(low), known(high)) == [("high", why)]
    assert of_cves("severity", known(high), known(low)) == []
    assert of_cves("severity", known(high), known(high)) == []
    assert of_cves("severity", known(low), known(high), news=False) == []
    assert of_cves("severity", known(), known(high)) == []  # nothing was known: that is no rise
    unrated = known(record())
    assert of_cves("severity", unrated, known(high)) == [
        ("high", "rated high by NVD (CVSS 8.8); not rated before")
    ]
    listed = [listing("medium")]
    assert of_cves("severity", known(listings=listed), known(high, listings=listed)) == [
        ("high", "rated high by NVD (CVSS 8.8); medium before")
    ]


def test_parties_that_come_to_disagree() -> None:
    one = record(("CNA", "medium"), source="CVE")
    two = record(("NVD", "critical"))
    why = "NVD: critical, CNA: medium"
    assert of_cves("disagree", known(one), known(one, two)) == [("disagree", why)]
    assert of_cves("disagree", known(one, two), known(one, record(("NVD", "high")))) == []
    assert of_cves("disagree", known(one), known(one, record(("NVD", "medium")))) == []


def test_what_gets_into_kev() -> None:
    row = Exploited(CVE, added=NOW - 5 * DAY, ransomware="Unknown")
    rated = record(("CISA-ADP", "high"), ("huawei (CNA)", "medium"))
    assert of_cves("kev", known(rated), known(rated, kev=row)) == [
        ("kev", "KEV added 2025-11-08; high by CISA-ADP (CVSS 8.8)")
    ]
    assert of_cves("kev", known(kev=row), known(kev=row)) == []
    used = replace(row, ransomware="Known")
    assert of_cves("kev", known(kev=row), known(kev=used)) == [
        ("kev ransomware", "KEV: known to be used in ransomware campaigns")
    ]
    assert of_cves("kev", known(kev=used), known(kev=row)) == []
    assert [moved for moved, _ in of_cves("kev", known(), known(kev=used))] == [
        "kev, kev ransomware"
    ]


def score(epss: float, model: str = "v1") -> Likelihood:
    return Likelihood(CVE, epss, 0.5, NOW, model)


def test_a_score_that_crossed_a_level() -> None:
    low, high = known(epss=score(0.04)), known(epss=score(0.12))
    assert of_cves("epss>=0.1", low, high) == [("epss>=0.1", "EPSS rose from 0.040 to 0.120")]
    assert of_cves("epss>=0.1", high, known(epss=score(0.3))) == []
    assert of_cves("epss>=0.1", high, low) == []
    assert of_cves("epss>=0.1", low, known(epss=score(0.12, "v2"))) == []  # another model
    assert of_cves("epss>=0.1", known(), high) == []  # asked about for the first time
    with pytest.raises(ValueError, match=r"from 0\.01 to 1"):
        transition("epss>=0.001")


def test_a_bulletin_lists_it() -> None:
    assert of_cves("patch", known(), known(listings=[listing()])) == [
        ("patch huawei phones", "fixed by huawei for phones, bulletin of November 2025, as medium")
    ]
    both = [listing(), listing(line="laptops")]
    assert [moved for moved, _ in of_cves("patch", known(listings=both[:1]), known(listings=both))]
    assert of_cves("patch", known(), known(listings=[listing(month="2025-08")])) == []  # backfill
    again = [listing(), listing(month="2025-10")]
    assert of_cves("patch", known(listings=again[1:]), known(listings=again)) == []


@pytest.mark.parametrize(
    ("when", "fires"),
    [
        ("cve:2025-54627", True),
        ("sev:>=high", True),
        ("sev:critical", False),
        ("kev:yes", True),
        ("epss:>0.5", True),  # unknown passes
        ("epss:>0.5 -epss:unknown", False),
        ("component:ski", True),
        ("product:harmony", True),
        ("vendor:hua", True),
        ("by:adp", True),
        ("by:nvd", False),
        ("is:listed", True),
        ("is:third-party", False),
        ("is:named", True),
        ("is:disputed", False),
        ("is:rejected", False),
        ("is:disagreed", True),
        ("overflow", True),
        ("overflow -skia", False),
    ],
)
def test_the_query_language_of_cves(when: str, fires: bool) -> None:
    found = record(("CISA-ADP", "high"), source="CVE", title="Overflow in skia")
    listed = [listing(affected=("HarmonyOS 4.2.0",))]
    row = Exploited(CVE, added=NOW)
    before = known(found, listings=listed)
    after = known(found, listings=listed, kev=row)
    assert bool(of_cves("kev", before, after, when, named=True)) == fires


# ------------------------------------------------------------------------------ bulletins


def bulletin(*severities: str, month: str = "2025-11", published: float | None = NOW) -> Bulletin:
    rows = tuple(
        BulletinRow(f"CVE-2025-{1000 + n}", Severity(severity))
        for n, severity in enumerate(severities)
    )
    return Bulletin(
        f"huawei-phones-{month}", "huawei", "phones", month, "https://e.org/", published=published,
        rows=rows,
    )  # fmt: skip


def of_bulletins(on: str, before: Bulletin | None, after: Bulletin) -> list[tuple[str, str]]:
    whole = revise_bulletin(before, after, NOW)
    return said(bulletin_alerts(compile_rules([rule(on)]), before, whole, never, NOW))


def test_a_bulletin_that_is_published() -> None:
    out = bulletin("high", "low", "low")
    assert of_bulletins("bulletin", None, out) == [
        ("published", "published 2025-11-13: 1 high, 2 low")
    ]
    assert of_bulletins("bulletin", out, out) == []
    assert of_bulletins("bulletin", None, bulletin("high", month="2025-09")) == []  # a backfill


def test_a_bulletin_that_is_revised() -> None:
    first, second = bulletin("high", "low"), bulletin("critical", "low", "low")
    ((moved, reason),) = of_bulletins("changed", first, second)
    assert reason == (
        "revised: 1 severity, 1 added (CVE-2025-1000 severity high -> critical; "
        "CVE-2025-1002 added)"
    )
    assert of_bulletins("changed", first, first) == []
    assert of_bulletins("changed", None, first) == []
    once = revise_bulletin(first, second, NOW - 2)
    back = revise_bulletin(once, first, NOW - 1)
    ((again, _),) = of_bulletins("changed", back, second)
    assert again == moved  # what flaps comes to the same state


def line(*days: int) -> list[Bulletin]:
    """Bulletins of the months before November 2025, published on these days of them."""
    from datetime import UTC, datetime

    return [
        bulletin(
            "high",
            month=f"2025-{10 - n:02}",
            published=datetime(2025, 10 - n, day, tzinfo=UTC).timestamp(),
        )
        for n, day in enumerate(days)
    ]


def of_late(bulletins: list[Bulletin], asked: str = "huawei") -> list[tuple[str, str]]:
    rules = compile_rules([rule("late")])
    return said(late_alerts(rules, map(summary, bulletins), [asked], never, NOW))


def test_a_bulletin_that_is_late() -> None:
    ((moved, reason),) = of_late(line(4, 5, 3, 5, 4))
    assert moved == "late 2025-11"
    assert reason == (
        "no bulletin of November 2025: by its last 5 it was to come about 2025-11-04, 9 days ago"
    )
    assert of_late([*line(4, 5, 3, 5, 4), bulletin("low")]) == []  # it came
    assert of_late(line(4, 5, 3)) == []  # too little is known
    assert of_late(line(11, 12, 10, 12, 11)) == []  # two days: that is nothing
    assert of_late(line(2, 28, 5, 20, 12)) == []  # this line comes when it comes
    assert of_late(line(4, 5, 3, 5, 4), asked="openharmony") == []  # nobody asked


# ------------------------------------------------------------------------------ what time brings


def test_a_device_that_is_overdue() -> None:
    rows = (BulletinRow(CVE, Severity.HIGH, affected=("HarmonyOS 4.2.0",)),)
    stored = [replace(one, rows=rows) for one in line(4, 5, 3, 5)]
    late = Device("mine", "My phone", "Mate 60 Pro", "HarmonyOS 4.2.0", "2025-07", "monthly")
    rules = compile_rules([rule("overdue")])

    def fired(device: Device) -> list[Alert]:
        return overdue_alerts(rules, [report(device, stored, NOW)], never, NOW)

    (alert,) = fired(late)
    assert (alert.moved, alert.about.title) == ("overdue 2025-08", "My phone")
    assert "has been passed over" in alert.reason
    assert fired(replace(late, patch_level="2025-10")) == []
    assert fired(replace(late, cadence="", model="")) == []  # nobody knows


def times(*ago: float, feed: str = "f") -> list[Entry]:
    return [entry(f"{feed}{n}", feed=feed, published=NOW - one) for n, one in enumerate(ago)]


def of_silent(entries: list[Entry], **state: Any) -> list[tuple[str, str]]:
    feed = Feed("f", "https://e.org/", "A feed", Kind.VENDOR)
    known = replace(FeedState("f", last_success=NOW - HOUR), **state)
    found = silences([feed], {"f": known}, entries, NOW)
    return said(silent_alerts(compile_rules([rule("silent", "kind:vendor")]), found, never, NOW))


def test_a_feed_that_falls_silent() -> None:
    daily = [DAY * n for n in range(12, 40)]
    assert of_silent(times(*daily)) == [
        ("silent since 2025-11-01", "nothing new since 2025-11-01, 12 days; usual are 1")
    ]
    assert of_silent(times(*(DAY * n for n in range(40)))) == []
    assert of_silent(times(*daily), error="HTTP 503") == []  # that is told elsewhere
    assert of_silent(times(*daily), last_success=NOW - 3 * DAY) == []  # nobody asked
    assert of_silent(times(*daily[:5])) == []  # too little is known
    weekly = [7 * DAY * n for n in range(1, 20)]
    assert of_silent(times(*(12 * DAY + one for one in weekly))) == []  # within three of its weeks
    holidays = [*daily, *(DAY * n for n in range(60, 80)), *(DAY * n for n in range(100, 120))]
    assert of_silent(times(*holidays)) == []  # it was silent for longer, twice


def test_a_word_that_surges() -> None:
    rules = compile_rules([rule("surge", "word:kirin")])
    surges = [Surge("kirin", 12, 2.0, 6.0), Surge("nsa", 9, 1.0, 6.0)]
    (alert,) = surge_alerts(rules, surges, never, NOW)
    assert (alert.moved, alert.reason) == (
        "surge 2025-11-13",
        "12 entries in 24 hours, 2 on a usual day",
    )

    def two_days_ago(rule_id: str, kind: Subject, moved: str, names: Collection[str]) -> bool:
        return moved == "surge 2025-11-11"

    assert surge_alerts(rules, surges, two_days_ago, NOW) == []
    assert surge_alerts(rules, surges, two_days_ago, NOW + DAY)
    assert surge_alerts(rules, [], never, NOW) == []


def test_what_time_brought_is_over_when_its_reason_is_no_more() -> None:
    stored = [*map(summary, line(4, 5, 3, 5, 4))]
    (late,) = late_alerts(compile_rules([rule("late")]), stored, ["huawei"], never, NOW)
    assert over([late], newest_of_line(stored), {}, {}) == []
    more = [*stored, summary(bulletin("low"))]
    assert over([late], newest_of_line(more), {}, {}) == [late]
    assert over([replace(late, state=AlertState.CLOSED)], newest_of_line(more), {}, {}) == []
    silent = replace(late, on=Transition.SILENT, about=About("f", "A feed"))
    assert over([silent], {}, {}, {"f": NOW - 1}) == []
    assert over([silent], {}, {}, {"f": NOW + 1}) == [silent]
    device = Device("mine", "", "Mate 60 Pro", "HarmonyOS 4.2.0", "2025-10", "monthly")
    rows = (BulletinRow(CVE, affected=("HarmonyOS 4.2.0",)),)
    in_time = report(device, [replace(one, rows=rows) for one in line(4, 5)], NOW)
    overdue = replace(late, on=Transition.OVERDUE, about=About("mine", "My phone"))
    assert over([overdue], {}, {}, {}) == []
    assert over([overdue], {}, {"mine": in_time}, {}) == [overdue]


# ------------------------------------------------------------------------------ rules


def test_a_rule_knows_the_language_of_its_subjects() -> None:
    rules = [
        rule("kev", "is:listed"),
        Rule("b", "is:listed"),
        Rule("c", "is:unread is:disputed", (transition("new"), transition("kev"))),
        rule("silent", "kind:press"),
        rule("late", "vendor:huawei"),
        Rule("d", "(", enabled=False),
    ]
    found = list(problems(rules))
    assert [text.split(":")[0] for text in found] == [
        "rules.b.when",
        "rules.c.when",
        "rules.d.when",
    ]
    assert [one.rule.id for one in compile_rules(rules)] == ["r", "r", "r"]


def test_every_transition_has_a_subject_and_a_sentence() -> None:
    assert set(SUBJECTS) == set(Transition)
    for what in Transition:
        level = {Transition.SOURCES: ">=3", Transition.ROOTS: ">=2", Transition.EPSS: ">=0.1"}
        sentence = explain(rule(what.value + level.get(what, "")))
        assert sentence.startswith("r (medium) fires when a ")


def test_a_rule_explains_itself() -> None:
    full = rule(
        "sources>=3", "nsa", notify=("hook",), quiet=((79200.0, 86400.0),), limit=5, repeat=7200.0
    )
    assert explain(full) == (
        'r (medium) fires when a story is told by 3 sources, if it contains "nsa"; told by hook; '
        "nothing is sent 22:00-24:00; more than 5 an hour become one; "
        "sent again after 2 h while it is new."
    )


def test_alerts_wait_for_the_targets_that_are_no_screen() -> None:
    targets = [Target("hook", "webhook"), Target("off", "webhook", enabled=False)]
    names = ("toast", "bell", "terminal", "desktop", "hook", "off")
    (compiled,) = compile_rules([rule("kev", notify=names)], targets)
    assert compiled.targets == ("desktop", "hook")
    (alert,) = cve_alerts([compiled], known(), Case(known(kev=Exploited(CVE))), never, NOW)
    assert [one.target for one in alert.deliveries] == ["desktop", "hook"]
    assert Config("").targets == ()


# ------------------------------------------------------------------------------ the sift

WORDS = ["nsa", "kirin", "华为", "a.b", "spies", "x"]
word = st.sampled_from(WORDS)
atom = st.one_of(
    word,
    word.map(lambda w: f"title:{w}"),
    word.map(lambda w: f"/{w.replace('.', '[.]')}$/"),
    word.map(lambda w: f"/^{w.upper().replace('.', '[.]')}/"),
    word.map(lambda w: f"~{w}"),
    st.sampled_from(["is:read", "sources:>1", "has:cve", '"nsa kirin"']),
)
query = st.recursive(
    atom,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} {two[1]})"),
        inner.map(lambda one: f"-({one})"),
    ),
    max_leaves=5,
)
title = st.lists(st.sampled_from([*WORDS, "NSA", "else", "Kirin"]), max_size=4).map(" ".join)


@settings(deadline=None)
@given(st.lists(query, max_size=8), st.lists(title, min_size=1, max_size=5))
def test_the_sift_keeps_every_match(texts: list[str], titles: list[str]) -> None:
    stories = [story(entry(str(n), title=text)) for n, text in enumerate(titles)]
    corpus = Corpus(stories, [text.lower() for text in titles], (), (), {})
    queries = [parse(text) for text in texts]
    sift = Sift(queries)
    for index in range(len(stories)):
        matching = {
            n for n, one in enumerate(queries) if one.select(corpus, (index,), NOW) == [index]
        }
        assert matching <= sift.queries(corpus, index)


def test_the_sift_sifts() -> None:
    queries = [parse(text) for text in ("nsa", "kirin OR 华为", "/\\bkir/", "is:read", "-nsa")]
    corpus = Corpus([story(entry("1", title="Kirin"))], ["kirin"], (), (), {})
    assert Sift(queries).queries(corpus, 0) == {1, 2, 3, 4}


def test_too_much_for_re2_lets_all_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY", 20_000)
    queries = [parse(f"nsa{n}") for n in range(1000)]
    corpus = Corpus([story(entry("1", title="Kirin"))], ["kirin"], (), (), {})
    assert Sift(queries).queries(corpus, 0) == set(range(1000))


def test_half_a_character_lets_all_through() -> None:
    corpus = Corpus([story(entry("1", title="Kirin"))], ["kirin \ud800"], (), (), {})
    assert Sift([parse("nsa")]).queries(corpus, 0) == {0}
