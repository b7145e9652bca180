"""What an entry does with a claim, and which stories are disputed: what users rely on."""

import io
import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks import claims as benchmark
from benchmarks.grouping import DATA
from monitor.claims import (
    Ledger,
    Mark,
    Reading,
    Stance,
    Telling,
    judge,
    ledger,
    outward,
    read,
    towards,
)
from monitor.claims.cues import compiled, cues
from monitor.claims.parties import names_text
from monitor.claims.reading import MOST, TITLE
from monitor.group import group_lines

labelled = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled sets are not here")
NOW = 1_756_100_000.0


def marks(text: str, stance: Stance, summary: str = "") -> list[Mark]:
    return [mark for mark in read(text, summary).marks if mark.stance == stance]


def telling(title: str, outlet: str = "A", summary: str = "", time: float = NOW) -> Telling:
    return Telling(f"{outlet}|{title}", time, outlet, title, read(title, summary))


# ---- the stance of a headline


@pytest.mark.parametrize(
    "title",
    [
        "Huawei denies backdoor allegations",
        "Researchers dispute claim that phones can't be hacked",
        "Experts cast doubt on claim of quantum breakthrough",
        "No evidence that chips were tampered with, agency says",
        "Report of phone ban is false, ministry says",
        "Viral photo of burning phone is fake",
        "Story about spy chips debunked",
        "No, your router is not spying on you",
        "Apple to shut down service? Not so, Apple says",
        "Huawei is pushing back on the claim that it has secret access",
        "vodafone rejects report of hidden access in its network",
        "Kaspersky rejects US reasoning as unfounded",
        "Dell breached by extortion group, says data stolen was 'fake'",
        "Actor is not dead",
        "华为否认手机存在后门",
        "网传华为手机爆炸？官方辟谣",
        "外交部驳斥美方指控",
        "专家质疑美方报告",
        "华为回应鸿蒙套壳安卓：不实",
        "華為否認間諜指控",
        "ファーウェイ、バックドア疑惑を否定",
        "화웨이, 백도어 의혹 부인",
        "Huawei weist Vorwürfe der Spionage zurück",
        "Huawei dément les accusations d’espionnage",
        "Huawei niega las acusaciones de espionaje",
        "Vodafone: non c'è nessuna prova di spionaggio",
        "Huawei nega acusações de espionagem",
        "Huawei опровергла обвинения в шпионаже",
    ],
)
def test_disputes(title: str) -> None:
    assert read(title).stance == Stance.DISPUTES
    assert outward(read(title).stance) == "disputes"


@pytest.mark.parametrize(
    "title",
    [
        "Denial of service flaw in HarmonyOS",
        "Denial-of-service attack hits bank",
        "Access denied: how thieves lock owners out",
        "Judge denies motion to dismiss case",
        "Court denies bail to hacker",
        "City council denies mayor's leave request",
        "Fake Huawei app steals passwords",
        "Hackers use fake login pages",
        "Huawei pushes back the release of HarmonyOS",
        "Huawei pushes back launch to October",
        "Apple won't release update this year",
        "Minister blasts operators",
        "Senator slams Huawei",
        "Is HarmonyOS a hoax?",
        "Can a phone be unhackable, or is that false?",
        "Why antivirus is not enough",
        "5 features you're not taking advantage of",
        "Huawei does not deny talks with SMIC",
        "Woman denies surgery hoax",
        "Photos of phone are not fake",
        "Border dispute flares up",
        "No evidence of exploitation in the wild, vendor says",
        "拒绝服务漏洞影响鸿蒙系统",
        "虚假应用冒充华为钱包",
        "华为推迟发布新机",
    ],
)
def test_looks_like_a_dispute_and_is_none(title: str) -> None:
    assert read(title).stance not in (Stance.DISPUTES, Stance.RETRACTS)


@pytest.mark.parametrize(
    ("title", "stance"),
    [
        ("Huawei launches a phone", Stance.REPORTS),
        ("华为发布新手机", Stance.REPORTS),
        ("Huawei claims its chip is the fastest", Stance.CLAIMS),
        ("Huawei reportedly builds a chip plant", Stance.CLAIMS),
        ("华为声称芯片领先", Stance.CLAIMS),
        ("Beijing accuses NSA of attack on time service", Stance.ACCUSES),
        ("中方指责美国窃密", Stance.ACCUSES),
        ("Huawei confirms security breach", Stance.SUPPORTS),
        ("工信部证实漏洞存在", Stance.SUPPORTS),
        ("Bloomberg retracts report on spy chips", Stance.RETRACTS),
        ("Correction: update fixes 13 bugs", Stance.RETRACTS),
        ("bis eliminates language saying use of chips violates export controls", Stance.RETRACTS),
        ("新华社更正报道", Stance.RETRACTS),
        ("Company confirms breach after initially denying it", Stance.SUPPORTS),
        ("Vendor ships error correction code", Stance.REPORTS),
        ("US withdraws from treaty", Stance.REPORTS),
    ],
)
def test_other_stances(title: str, stance: Stance) -> None:
    assert read(title).stance == stance


def test_the_json_has_four_stances() -> None:
    told = {stance: outward(stance) for stance in Stance}
    assert set(told.values()) == {"reports", "claims", "disputes", "retracts"}
    assert told[Stance.ACCUSES] == "claims"
    assert told[Stance.SUPPORTS] == "reports"


def test_the_headline_decides_and_the_summary_where_it_only_reports() -> None:
    denial = "Huawei denied the allegations on Monday."
    assert read("Huawei accused of spying", denial).stance == Stance.ACCUSES
    assert read("Huawei and the ministry", denial).stance == Stance.DISPUTES
    assert read("Huawei and the ministry", "The firm did not grow.").stance == Stance.REPORTS


def test_a_bare_not_counts_in_headlines_only() -> None:
    assert read("Mayor did not resign").stance == Stance.DISPUTES
    assert read("News of the day", "The mayor did not resign.").stance == Stance.REPORTS


# ---- who, in which words, on what evidence


@pytest.mark.parametrize(
    ("title", "party"),
    [
        ("Huawei denies backdoor", "Huawei"),
        ("Security researchers dispute claim of safety", "Security researchers"),
        ("Vodafone, the British operator, denied the report.", "Vodafone"),
        ("Report is 'complete fabrication': Bettman", "Bettman"),
        ("White House: report is false", "White House"),
        ("App was a false positive, Huawei says", "Huawei"),
        ("Hackers claim theft; Oracle says no evidence of breach", "Oracle"),
        ("The report was disputed by analysts", "analysts"),
        ("Amazon says no, users not so sure", "Amazon"),
        ("bloomberg says doors were found in huawei equipment vodafone denies report", "vodafone"),
        ("Dell breached by gang, says data was fake", "Dell"),
        ("No, the phone is not safe", ""),
        ("外交部发言人驳斥美方指控", "外交部发言人"),
        ("华为坚决否认后门指控", "华为"),
        ("美国指责华为窃密 华为否认", "华为"),
        ("ファーウェイ、疑惑を否定", "ファーウェイ"),
    ],
)
def test_who_disputes(title: str, party: str) -> None:
    assert marks(title, Stance.DISPUTES)[0].party == party


@pytest.mark.parametrize(
    "text",
    [
        "The news says 60 bugs",
        "An earlier article said that 13 bugs were critical",
        "A previous report said so",
        "Another story: the headline claims 60 bugs",
        "此前报道称有13个严重漏洞",
    ],
)
def test_a_text_that_is_told_of_is_no_party_and_claims_nothing(text: str) -> None:
    found = ledger([telling("Counting the bulletin's rows", "A", text)])
    assert [line.party for line in found.claims] == ["A"]
    assert [mark.party for mark in read(text).marks] == []


def test_a_denial_by_a_text_is_its_outlets() -> None:
    (line,) = ledger([telling("An earlier article denies that the flaw was used", "A")]).disputes
    assert line.party == "A"


@pytest.mark.parametrize("party", ["UN report", "News Corp", "新闻办", "earlier guest", ""])
def test_what_names_more_than_a_text_may_be_a_party(party: str) -> None:
    assert not names_text(party)


def test_who_accuses_and_who_claims() -> None:
    assert marks("Beijing accuses NSA of hacking", Stance.ACCUSES)[0].party == "Beijing"
    assert marks("Hackers claim to have 2 TB of data", Stance.CLAIMS)[0].party == "Hackers"
    assert marks("Flaw was used, according to Kaspersky", Stance.CLAIMS)[0].party == "Kaspersky"


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Huawei did not issue a statement.", "Huawei"),
        ("Microsoft declined to comment.", "Microsoft"),
        ("The Chinese embassy did not immediately respond to a request.", "Chinese embassy"),
        ("Huawei neither confirmed nor denied the report.", "Huawei"),
        ("Huawei made no statement.", "Huawei"),
        ("华为暂未回应", "华为"),
        ("苹果公司拒绝置评", "苹果公司"),
    ],
)
def test_who_was_asked_and_said_nothing(text: str, party: str) -> None:
    (mark,) = marks("News", Stance.SILENT, text)
    assert mark.party == party
    assert mark.summary


def test_a_mark_shows_its_words_and_the_evidence_that_the_text_gives() -> None:
    title = "“Secret doors” in routers: Vodafone denies report, citing an audit of 2012"
    (mark,) = marks(title, Stance.DISPUTES)
    assert title[mark.start : mark.end] == mark.words == "denies report"
    assert mark.evidence == "citing an audit of 2012"
    assert "Vodafone denies report" in mark.passage
    assert (mark.cue, mark.weak) == ("denies", False)


def test_a_denial_is_not_also_the_allegation_that_it_denies() -> None:
    reading = read("Huawei denies the spying allegations")
    assert [mark.stance for mark in reading.marks] == [Stance.DISPUTES]


def test_stance_towards_a_claim() -> None:
    claim = read("Maduro adopts werewolf")
    assert towards(claim, read("No, Maduro did not adopt a werewolf")) == "against"
    assert towards(claim, read("Maduro adopts werewolf cub")) == "for"
    assert towards(claim, read("Maduro reportedly adopts werewolf")) == "observing"
    denial = read("Doctor denies taking photo")
    assert towards(denial, read("Doctor denies photo")) == "for"
    assert towards(denial, read("Doctor took photo")) == "against"


# ---- the ledger


def test_a_claim_and_its_denial_by_another_party_make_a_dispute() -> None:
    found = judge(
        [
            telling("Beijing accuses NSA of attack on time service", "A", time=NOW),
            telling(
                "NSA denies attack on time service",
                "B",
                "China did not respond to questions.",
                time=NOW + 60,
            ),
        ]
    )
    assert found is not None
    (claim,) = found.claims
    (dispute,) = found.disputes
    (silence,) = found.silences
    assert (claim.party, claim.time, claim.stance) == ("Beijing", NOW, Stance.ACCUSES)
    assert (dispute.party, dispute.words, dispute.outlet) == ("NSA", "denies", "B")
    assert silence.party == "China"


@pytest.mark.parametrize(
    "titles",
    [
        ["Huawei denies backdoor"],  # it answers somebody, even where nobody says whom
        ["Woman has third arm", "Third arm is a hoax"],
        ["美国指控华为窃密", "华为否认指控"],
        ["Senator claims mayor took bribe money", "Mayor says he did not take bribe money"],
    ],
)
def test_disputed(titles: list[str]) -> None:
    assert judge(telling(title, str(n)) for n, title in enumerate(titles))


@pytest.mark.parametrize(
    "titles",
    [
        [],
        ["Huawei launches phone", "Huawei phone goes on sale"],
        ["Huawei claims record", "Huawei claims record sales"],
        ["Denial of service flaw", "Fake app spreads"],
        ["Bloomberg retracts report"],  # against itself
        ["Beijing accuses NSA", "The weather is not good"],  # weak, and about something else
        ["Company says no data was lost", "Shares did not fall"],
    ],
)
def test_not_disputed(titles: list[str]) -> None:
    tellings = [telling(title, str(n)) for n, title in enumerate(titles)]
    assert judge(tellings) is None
    assert not ledger(tellings).disputed


def test_a_party_does_not_dispute_its_own_claim() -> None:
    both = "Oracle claims cloud is safe; Oracle denies"
    assert judge([telling(both)]) is None


def test_retractions_stand_in_the_ledger_with_their_time() -> None:
    found = ledger([telling("A said so"), telling("Correction: A did so", "B", time=NOW + 5)])
    assert [(line.outlet, line.time) for line in found.retractions] == [("B", NOW + 5)]


def test_reprints_are_told_once_in_order_of_time() -> None:
    title = "Huawei denies backdoor"
    late, early = telling(title, "B", time=NOW + 9), telling(title, "A")
    (line,) = ledger([late, early]).disputes
    assert (line.outlet, line.repeated) == ("A", (late.uid,))


# ---- the filter


def test_monitor_group_says_stance_and_disputed() -> None:
    lines = [
        {"id": 1, "title": "Ring cameras breach: users report suspicious logins", "source": "a"},
        {"id": 2, "title": "Ring denies breach after users report suspicious logins"},
        {"id": 3, "title": "Bread is baked in Paris"},
    ]
    out = io.StringIO()
    assert group_lines([json.dumps(line).encode() for line in lines], out) == (len(lines), [])
    one, two, three = map(json.loads, out.getvalue().splitlines())
    assert one["story"] == two["story"] != three["story"]
    assert [one["disputed"], two["disputed"], three["disputed"]] == [True, True, False]
    assert (two["stance"], three["stance"]) == ("disputes", "reports")


# ---- any text

ODD = ["not", "Huawei", "，", "。", "?", "“", "'", ":", "\n", "İ", "华为", "否认", "𝔥", "ﬁ"]
CUE_WORDS = st.sampled_from([*sorted(word for word in cues().by_word if len(word) > 2), *ODD])
TEXT = st.one_of(st.text(max_size=80), st.lists(CUE_WORDS, max_size=25).map(" ".join))


@given(TEXT, TEXT)
@example("İİ denies it", "ß’ denies the report")
@settings(deadline=None)
def test_any_text_is_read_and_words_stand_where_they_are_said_to(title: str, summary: str) -> None:
    reading = read(title, summary)
    assert reading == read(title, summary)
    assert reading.stance not in (Stance.SILENT, Stance.NONE)
    for mark in reading.marks:
        text = (summary if mark.summary else title)[: MOST if mark.summary else TITLE]
        assert 0 <= mark.start < mark.end <= len(text)
        assert text[mark.start : mark.end] == mark.words
        assert mark.party in text
        assert mark.passage in text
        assert mark.evidence in text


@given(st.lists(st.tuples(TEXT, st.sampled_from("AB"), st.floats(0, 9)), max_size=5))
@settings(deadline=None)
def test_any_story_has_a_ledger_whatever_the_order_of_arrival(
    entries: list[tuple[str, str, float]],
) -> None:
    tellings = [
        Telling(str(n), time, outlet, title, read(title))
        for n, (title, outlet, time) in enumerate(entries)
    ]
    found = ledger(tellings)
    assert found == ledger(reversed(tellings))
    assert isinstance(found, Ledger)
    assert (judge(tellings) == found) if found.disputed else judge(tellings) is None


@pytest.mark.parametrize(
    "piece",
    [
        "denies ",
        "not ",
        "'",
        "no ... ",
        "“a",
        "u.s.",
        "1,",
        "否认",
        "没有",
        "is is a ",
        "- ",
        "\n",
        "a",
    ],
)
def test_long_text_takes_linear_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    read(text, text)
    start = time.process_time()
    read(text, text)
    assert time.process_time() - start < 0.5


def test_a_reading_without_cues_costs_nothing_to_keep() -> None:
    assert read("Huawei launches a phone", "It is blue.") is read("Bread")
    assert read("Bread") == Reading()


def test_cues_that_are_not_as_the_file_explains_are_refused() -> None:
    row = {"name": "x", "stance": "disputes", "any": ["<nobody> denies"]}
    with pytest.raises(KeyError):
        compiled([row], {})
    with pytest.raises(ValueError, match="without words"):
        compiled([{**row, "any": ["^ .."]}], {})
    with pytest.raises(ValueError, match="maybe"):
        compiled([{**row, "stance": "maybe"}], {})


# ---- the labelled sets


@labelled
def test_levels_on_labelled_data() -> None:
    """Floors a little under what is reached; the benchmark prints the levels."""
    ours = {name: levels.f1 for name, levels, _ in benchmark.rows()}
    assert ours["headline against, second half"] >= 0.76
    assert ours["pair disagrees, second half"] >= 0.35
    assert ours["cyber disputed"] >= 0.80
    assert ours["huawei disputed"] >= 0.85
