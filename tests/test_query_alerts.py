"""The query language over alerts: what matches, what is refused and where."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject
from monitor.models import Severity, Transition
from monitor.query import Query, QueryError, parse
from monitor.query.alerts import ALERTS, Alerts, asks_for_closed
from monitor.query.fields import Field
from monitor.query.terms import All, Either, Fuzzy, Not, Pattern, Term, Word, near
from monitor.text import fold
from tests.alert_samples import REFUSED, alert
from tests.screen_samples import DAY, HOUR, NOW

SENT = Delivery("ops", DeliveryState.SENT, tries=1, when=NOW)
SAMPLES: list[Alert] = [
    alert("nsa", severity=Severity.HIGH, ago=60),
    alert("exploited", Subject.CVE, About("CVE-2026-58305", "CVE-2026-58305"),
          on=Transition.KEV, reason="KEV added 2026-11-20; CVSS 8.8", severity=Severity.CRITICAL,
          ago=HOUR, deliveries=(REFUSED,), opened=True),
    alert("bulletins", Subject.BULLETIN, About("b1", "HUAWEI 鸿蒙 August"), on=Transition.BULLETIN,
          severity=Severity.MEDIUM, ago=3 * HOUR, state=AlertState.ACKNOWLEDGED,
          note="ask Ann", deliveries=(SENT,)),
    alert("nsa-old", about=About("s1", "Chips banned"), others=(About("s2", "CVE-2025-1 fixed"),),
          count=2, severity=Severity.UNKNOWN, ago=DAY, state=AlertState.SNOOZED),
    alert("noise", Subject.WORD, About("harmonyos", "harmonyos"), on=Transition.SURGE,
          severity=Severity.INFO, ago=9 * DAY, state=AlertState.CLOSED),
    alert("Noise2", Subject.FEED, About("psirt", "PSIRT"), on=Transition.SILENT,
          severity=Severity.LOW, ago=40 * DAY, state=AlertState.CLOSED,
          deliveries=(Delivery("ops"),)),
]  # fmt: skip
TITLES = {"nsa": "Agency named", "noise": "Words that surge"}
CORPUS = Alerts.of(SAMPLES, TITLES)
EVERYTHING = range(len(SAMPLES))


def hits(text: str) -> list[int]:
    return parse(text, ALERTS).select(CORPUS, EVERYTHING, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("huawei", [0, 2]),
        ("agency", [0]),  # the title of the rule
        ("ask ann", [2]),  # the note
        ("banned OR fixed", [3]),  # what a summed-up alert stands for too
        ("cvss 8.8", [1]),
        ("鸿蒙", [2]),
        ("~bannd", [3]),
        ("/cve-20\\d\\d/", [1, 3]),
        ("rule:nsa", [0, 3]),
        ("rule:nsa-old,noise", [3, 4, 5]),
        ("state:new", [0, 1]),
        ("state:snoozed,closed", [3, 4, 5]),
        ("sev:high", [0]),
        ("sev:>=high", [0, 1, 3]),  # nobody has rated the fourth
        ("sev:>=high -sev:unknown", [0, 1]),
        ("sev:<medium", [3, 4, 5]),
        ("sev:info", [4]),
        ("sev:=low", [5]),
        ("on:kev", [1]),
        ("on:silent,surge", [4, 5]),
        ("kind:story", [0, 3]),
        ("kind:cve,bulletin", [1, 2]),
        ("cve:2026", [1]),
        ("cve:CVE-2025-1", [3]),
        ("newer:2h", [0, 1]),
        ("older:7d", [4, 5]),
        ("is:open", [0, 1, 2, 3]),
        ("is:new", [0, 1]),
        ("is:acknowledged", [2]),
        ("is:snoozed", [3]),
        ("is:closed", [4, 5]),
        ("is:opened", [1]),
        ("is:unopened is:open", [0, 2, 3]),
        ("is:failed", [1]),
        ("is:waiting", [1, 5]),
        ("is:noted", [2]),
        ("is:summed", [3]),
        ("sev：>=high　is:open", [0, 1, 3]),
    ],
)
def test_alerts(text: str, expected: list[int]) -> None:
    assert hits(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("x topic:security", 2, "topic is for stories, not for alerts"),
        ("stat:new", 0, "unknown field \"stat\"; did you mean 'state'?"),
        ("state:nwe x", 6, "unknown state \"nwe\"; did you mean 'new'?"),
        ("sev:hihg x", 4, "did you mean 'high'?"),
        ("sev:>=unknown x", 4, "unknown is neither more nor less"),
        ("on:kve x", 3, "did you mean 'kev'?"),
        ("kind:press x", 5, "unknown kind"),
        ("is:clsoed x", 3, "did you mean 'closed'?"),
        ("rule:a/b x", 5, "neither an id nor the start of one"),
        ("newer:soon x", 6, "is no time"),
        ("cve:x y", 4, "is no CVE id"),
    ],
)
def test_errors(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, ALERTS)
    assert message in caught.value.message
    assert (caught.value.position, caught.value.incomplete) == (position, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:closed", True),
        ("state:new,closed huawei", True),
        ("-is:closed", True),
        ("(rule:nsa OR is:closed) huawei", True),
        ("closed", False),
        ("is:open", False),
        ("rule:closed", False),
    ],
)
def test_closed_alerts_are_looked_at_only_if_they_are_spoken_of(text: str, expected: bool) -> None:
    assert asks_for_closed(parse(text, ALERTS)) is expected


def test_explains_and_marks() -> None:
    query = parse("rule:nsa sev:>=high cve:2026 on:kev", ALERTS)
    assert query.explain() == (
        "An alert matches if it is of a rule whose id starts with nsa, and is of severity >=high, "
        "and names CVE-2026, and fired on kev."
    )
    assert query.spans("In CVE-2026-1") == [(3, 11)]


# ----------------------------------------------------------------------------------- properties

VALUES = {
    "rule": ["nsa", "n", "noise", "nsa-old"],
    "state": [*AlertState],
    "sev": ["high", ">=high", "<medium", ">info", "<=critical", "unknown", "info", "=low"],
    "on": ["new", "kev", "surge", "silent"],
    "kind": [*Subject],
    "cve": ["2026", "CVE-2025-1", "2024"],
    "newer": ["2h", "2026-11-20", "7d"],
    "older": ["1h", "2026-11-01", "30d"],
    "is": ["open", "new", "closed", "opened", "unopened", "failed", "waiting", "noted", "summed"],
}
WORDS = ["huawei", "cve-20", "/\\d{4}/", "~bannd", '"agency named"', "鸿蒙"]
TERMS = [
    f"{name}:" + ",".join(some)
    for name, known in VALUES.items()
    for some in (*((one,) for one in known), known[:2], known[-2:])
]
TEXTS = st.recursive(
    st.sampled_from([*TERMS, *WORDS]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(" OR ".join),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=5,
)


def attempt(text: str) -> Query | QueryError:
    try:
        return parse(text, ALERTS)
    except QueryError as error:
        return error


@given(TEXTS)
def test_select_agrees_with_one_item_at_a_time(text: str) -> None:
    term = parse(text, ALERTS).term
    assert hits(text) == [i for i in EVERYTHING if matches(term, i)]


@given(TEXTS)
def test_written_out_it_parses_to_the_same(text: str) -> None:
    query = parse(text, ALERTS)
    assert parse(str(query), ALERTS) == query


@given(TEXTS, TEXTS)
def test_narrowing_never_misses_a_hit(one: str, other: str) -> None:
    terms = [parse(text, ALERTS) for text in (one, other, f"{one} {other}", f"{one} OR {other}")]
    for later in terms:
        for earlier in terms:
            if later.narrows(earlier):
                among = earlier.select(CORPUS, EVERYTHING, NOW)
                assert later.select(CORPUS, among, NOW) == later.select(CORPUS, EVERYTHING, NOW)


@given(TEXTS)
def test_typing_letter_by_letter_never_goes_wrong(text: str) -> None:
    earlier: Query | None = None
    kept: Sequence[int] = EVERYTHING
    for end in range(len(text) + 1):
        query = attempt(text[:end])
        if isinstance(query, QueryError):
            assert query.incomplete, query
            continue
        narrowed = earlier is not None and query.narrows(earlier)
        kept = query.select(CORPUS, kept if narrowed else EVERYTHING, NOW)
        assert kept == query.select(CORPUS, EVERYTHING, NOW)
        earlier = query


@given(st.one_of(st.text(), st.text(st.sampled_from('rulesatnokidvcw:><=0.18-2h(), "/'))))
def test_parse_raises_query_errors_only(text: str) -> None:
    query = attempt(text)
    if isinstance(query, QueryError):
        assert 0 <= query.position <= len(text)
    else:
        query.select(CORPUS, EVERYTHING, NOW)


def matches(term: Term, i: int) -> bool:
    """What the language says, for one item, as plainly as can be."""
    match term:
        case All(terms):
            return all(matches(inner, i) for inner in terms)
        case Either(terms):
            return any(matches(inner, i) for inner in terms)
        case Not(inner):
            return not matches(inner, i)
        case Word(needle):
            return needle in CORPUS.hays[i]
        case Pattern(source):
            return any(
                re.search(source, text, re.I) for text in (CORPUS.hays[i], *CORPUS.titles(i))
            )
        case Fuzzy(needle):
            titles = "\n".join(fold(title) for title in CORPUS.titles(i))
            return all(near(word, titles) for word in needle.split())
        case Field(name, values):
            return any(has(SAMPLES[i], name, value) for value in values)
    raise AssertionError(term)


DAYS = {"2026-11-20": NOW - NOW % DAY, "2026-11-01": NOW - NOW % DAY - 19 * DAY}
SPANS = {"1h": HOUR, "2h": 2 * HOUR, "7d": 7 * DAY, "30d": 30 * DAY}
ORDER = ["info", "low", "medium", "high", "critical"]


def has(one: Alert, name: str, value: str) -> bool:
    match name:
        case "rule":
            return one.rule.casefold()[: len(value)] == value
        case "state" | "on" | "kind":
            return str(getattr(one, name)) == value
        case "sev":
            return rated(str(one.severity), value)
        case "cve":
            everything = (one.reason, *(f"{about.id} {about.title}" for about in one.subjects))
            return any(value in text for text in everything)
        case "newer" | "older":
            limit = DAYS.get(value, NOW - SPANS.get(value, 0.0))
            return (one.fired >= limit) is (name == "newer")
        case _:
            return marked(one, value)


def rated(severity: str, value: str) -> bool:
    sign, name = map(str, re.findall(r"^([<>=]*)(.*)$", value)[0])
    if sign in ("", "="):
        return severity == name
    if severity == "unknown":
        return True
    mine, limit = ORDER.index(severity), ORDER.index(name)
    beyond: bool = mine > limit if ">" in sign else mine < limit
    return beyond or ("=" in sign and mine == limit)


def marked(one: Alert, mark: str) -> bool:
    if mark in {*AlertState}:
        return str(one.state) == mark
    states = [(sent.state, bool(sent.error)) for sent in one.deliveries]
    known: dict[str, bool] = {
        "open": one.state != "closed",
        "opened": one.opened,
        "unopened": not one.opened,
        "failed": any(error and state != "sent" for state, error in states),
        "waiting": any(state == "waiting" for state, _ in states),
        "noted": one.note != "",
        "summed": one.count > 1,
    }
    return known[mark]
