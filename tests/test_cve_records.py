"""CVE records: all real ones of Huawei, spoilt ones, and the list over loopback."""

import copy
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.advisories import cve
from monitor.advisories.facts import contradictions, described
from monitor.advisories.reading import mended
from monitor.advisories.source import Batch, SourceError
from monitor.models import Severity, Validators
from monitor.vulnerability import Affected, Rating, Record
from tests.raw_server import RawServer, response, serve
from tests.sources import NOT_JSON, SECURITY, assert_sound, context, gathered, real_data, spoilt

SKIA: dict[str, Any] = {
    "dataType": "CVE_RECORD",
    "dataVersion": "5.2",
    "cveMetadata": {
        "cveId": "CVE-2025-54627",
        "assignerShortName": "huawei",
        "state": "PUBLISHED",
        "datePublished": "2025-08-06T02:08:28.378Z",
        "dateUpdated": "2025-08-06T20:22:16.837Z",
    },
    "containers": {
        "cna": {
            "affected": [
                {
                    "vendor": "Huawei",
                    "product": "HarmonyOS",
                    "versions": [
                        {"version": "5.1.0", "status": "affected"},
                        {"version": "5.2.0", "status": "unaffected"},
                        {"version": "3.0", "lessThan": "4.2", "status": "affected"},
                        {"version": "0", "lessThanOrEqual": "2.1", "status": "affected"},
                    ],
                }
            ],
            "descriptions": [
                {"lang": "es", "value": "Escritura fuera de límites"},
                {
                    "lang": "en",
                    "value": ": Out-of-bounds write vulnerability in the skia module.\n"
                    "Impact: Successful exploitation may affect service confidentiality.",
                },
            ],
            "metrics": [
                {"cvssV2_0": {"vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "baseScore": 7.5}},
                {
                    "cvssV4_0": {
                        "version": "4.0",
                        "vectorString": "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N"
                        "/SI:N/SA:N/E:X/CR:X",
                        "baseScore": 6.8,
                        "baseSeverity": "MEDIUM",
                    }
                },
            ],
            "problemTypes": [{"descriptions": [{"lang": "en", "description": "CWE-787 Write"}]}],
            "providerMetadata": {"shortName": "huawei", "dateUpdated": "2025-08-06T02:08:28Z"},
            "references": [
                {"url": "https://https://consumer.huawei.com/en/support/bulletin/2025/8/"},
                {"url": "javascript:alert(1)"},
            ],
            "tags": ["disputed"],
        },
        "adp": [
            {
                "title": "CVE Program Container",
                "providerMetadata": {"shortName": "CVE"},
                "references": [
                    {"url": "https://consumer.huawei.com/en/support/bulletin/2025/8/", "tags": []}
                ],
            },
            {
                "title": "CISA ADP Vulnrichment",
                "providerMetadata": {"shortName": "CISA-ADP", "dateUpdated": "2025-08-06T20:22Z"},
                "metrics": [
                    {
                        "other": {
                            "type": "ssvc",
                            "content": {
                                "options": [{"Exploitation": "none"}, {"Technical Impact": "total"}]
                            },
                        }
                    },
                    {
                        "cvssV3_1": {
                            "version": "3.1",
                            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
                            "baseScore": 8.8,
                            "baseSeverity": "HIGH",
                        }
                    },
                ],
            },
        ],
    },
}


def parsed(document: object) -> Record:
    return cve.parse(json.dumps(document).encode())


def assert_read(body: bytes) -> None:
    """A record or an error, whatever the body is."""
    try:
        record = cve.parse(body)
    except SourceError:
        return
    assert_sound(record)
    assert len(record.problems) <= 21


# -- one record -----------------------------------------------------------------------------------
def test_a_record_keeps_each_rating_with_its_source_and_says_what_does_not_fit() -> None:
    record = parsed(SKIA)
    assert (record.cve, record.source, record.state) == ("CVE-2025-54627", "CVE", "PUBLISHED")
    assert (record.title, record.component) == ("skia: Out-of-bounds write", "skia")
    assert [(r.by, r.version, r.severity, r.score) for r in record.ratings] == [
        ("huawei (CNA)", "2.0", Severity.UNKNOWN, 7.5),
        ("huawei (CNA)", "4.0", Severity.MEDIUM, 6.8),
        ("CISA-ADP", "3.1", Severity.HIGH, 8.8),
    ]
    assert record.ratings[1].vector.endswith("/SA:N")  # what is not defined says nothing
    assert record.ratings[2].date == 1754511720.0
    assert record.affected == (
        Affected("Huawei", "HarmonyOS", ("5.1.0", ">= 3.0 < 4.2", "<= 2.1")),
    )
    assert record.references == ("https://consumer.huawei.com/en/support/bulletin/2025/8/",)
    assert record.ssvc == "exploitation: none, technical impact: total"
    assert record.weaknesses == ("CWE-787",)
    assert record.disputed
    assert record.published == pytest.approx(1754446108.378)
    assert record.problems == (
        "the text says that confidentiality is affected, huawei (CNA) says VC:N/SC:N",
        "containers.cna.references[1].url: 'javascript:alert(1)' is no web address",
    )


def test_the_records_own_title_stands_before_one_that_is_built() -> None:
    document = copy.deepcopy(SKIA)
    document["containers"]["cna"]["title"] = "Skia\x1b[31m overflow"
    assert parsed(document).title == "Skia overflow"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "Vulnerability of X flaws in some APIs of the audio module.Successful y.",
            "audio: X flaws",
        ),
        ("The DP module has a service hijacking vulnerability.Impact:Successful y", "DP: Service"),
        (
            "Permission vulnerability in the lock screen module\nImpact: Successful y",
            "lock screen:",
        ),
        ("The PIN module has a vulnerability that causes leaks. Successful y.", "PIN: Leaks"),
        ("Keep-alive flaw vulnerability in the A mechanism in the B app. Successful y.", "B app: "),
        ("Fixed a bug in SystemUI.", ""),
    ],
)
def test_titles_are_built_from_module_and_weakness(text: str, title: str) -> None:
    words = described(text)
    assert words.title.startswith(title)
    assert bool(words.title) == bool(title)
    assert words.impact.startswith("Successful") == bool(title)


def test_only_a_plain_no_contradicts_the_text() -> None:
    def told(vector: str) -> list[str]:
        impact = "Successful exploitation will affect availability and service integrity."
        return list(contradictions(impact, [Rating("CNA", vector=vector)]))

    assert told("CVSS:3.1/AV:N/C:N/I:L/A:N") == [
        "the text says that availability is affected, CNA says A:N"
    ]
    assert told("CVSS:3.1/AV:N/C:N/I:H/A:H") == []
    assert told("") == []


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://https://a.example/b", "https://a.example/b"),
        ("http://https://https://a.example/", "https://a.example/"),
        (" https://a.example/?u=https://b.example ", "https://a.example/?u=https://b.example"),
        ("https://https", "https://https"),
        ("https:// a.example", ""),
        ("ftp://a.example", ""),
    ],
)
def test_a_doubled_scheme_is_mended(url: str, whole: str) -> None:
    assert mended(url) == whole


@pytest.mark.parametrize("body", NOT_JSON)
def test_what_is_no_record_is_an_error_for_people(body: bytes) -> None:
    with pytest.raises(SourceError, match="CVE record: "):
        cve.parse(body)


def test_deep_nesting_and_huge_numbers_are_no_way_to_stop_us() -> None:
    with pytest.raises(SourceError, match="nested too deeply"):
        cve.parse(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    body = json.dumps(SKIA).replace("8.8", "9" * 10_000).replace("6.8", "1e999").encode()
    record = cve.parse(body)
    assert [rating.score for rating in record.ratings] == [7.5, None, None]
    assert sum("out of range" in problem for problem in record.problems) == 2


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(spoilt(SKIA))
def test_any_value_may_be_of_any_type(body: bytes) -> None:
    assert_read(body)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(json.dumps(SKIA)) - 1))
def test_a_record_that_is_cut_short_is_an_error(length: int) -> None:
    with pytest.raises(SourceError):
        cve.parse(json.dumps(SKIA).encode()[:length])


# -- all of Huawei's ------------------------------------------------------------------------------
@real_data
def test_all_real_records_are_read_without_a_problem() -> None:
    paths = sorted((SECURITY / "cve5").glob("CVE-*.json"))
    records = [cve.parse(path.read_bytes()) for path in paths]
    assert [record.cve for record in records] == [path.stem for path in paths]
    assert [record.problems for record in records if record.problems] == []
    assert {record.assigner for record in records} == {"huawei"}
    for record in records:
        assert_sound(record)


@real_data
def test_the_real_records_have_what_a_count_of_the_files_has() -> None:
    """Over the 174 files here; `upstream.md` counts 229."""
    paths = sorted((SECURITY / "cve5").glob("CVE-*.json"))
    bodies = [path.read_text("utf-8") for path in paths]
    records = [cve.parse(body.encode()) for body in bodies]
    rated = Counter(
        "CNA" if any(r.by == "huawei (CNA)" for r in record.ratings)
        else "ADP" if record.ratings else "none"
        for record in records
    )  # fmt: skip
    assert rated == {"CNA": 15, "ADP": 47, "none": 112}
    assert sum("https://https://" in body for body in bodies) == 18
    assert not any("https://https" in url for record in records for url in record.references)
    assert Counter(len(record.references) for record in records) == {2: 161, 1: 12, 0: 1}
    (rejected,) = (record for record in records if record.state == "REJECTED")
    assert rejected.cve == "CVE-2023-52382"
    assert rejected.rejected.startswith("This CVE ID has been rejected")
    assert sum(bool(record.component) for record in records) == 166
    untitled = {record.cve for record in records if not record.title}
    matebook = {f"CVE-2023-{number}" for number in (52547, 52548, 52710, 52711, 52712)}
    assert untitled == matebook | {rejected.cve}  # they speak of no module
    assert sum(bool(record.ssvc) for record in records) == 173
    assert {a.product for record in records for a in record.affected} == {
        "HarmonyOS", "EMUI", "CurieM-WFG9B", "EGRT-00",
    }  # fmt: skip


@real_data
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_real_records_may_be_spoilt_anywhere(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted((SECURITY / "cve5").glob("CVE-2023-52*.json"))))
    assert_read(data.draw(spoilt(json.loads(path.read_bytes()))))


@real_data
def test_the_real_delta_is_read() -> None:
    delta = cve.parse_delta((SECURITY / "cve5" / "delta.json").read_bytes())
    assert (delta.new, delta.updated, delta.problems) == (("CVE-2025-14617",), (), ())
    assert delta.fetched == pytest.approx(1765634953.084)


# -- the list over loopback -----------------------------------------------------------------------
def a_record(name: str, assigner: str = "huawei", product: str = "HarmonyOS") -> bytes:
    document = copy.deepcopy(SKIA)
    document["cveMetadata"] |= {"cveId": name, "assignerShortName": assigner}
    document["containers"]["cna"]["affected"][0]["product"] = product
    return json.dumps(document).encode()


def put(site: RawServer, body: bytes, name: str, etag: str = '"1"') -> str:
    """Serve a record; a request that has its ETag is answered with 304."""
    target = f"/{cve.path(name)}"
    site.pages[target] = lambda request: (
        response(304, b"", f"ETag: {etag}")
        if request.headers.get("if-none-match") == etag
        else response(200, body, f"ETag: {etag}")
    )
    return site.url(target)


def put_delta(site: RawServer, new: list[str], updated: list[str], when: str) -> None:
    rows = {"new": [{"cveId": n} for n in new], "updated": [{"cveId": n} for n in updated]}
    body = json.dumps({"fetchTime": when, "numberOfChanges": 1, **rows, "error": []})
    site.pages["/cves/delta.json"] = response(200, body.encode())


def kept(batches: list[Batch]) -> dict[str, Validators]:
    return {url: one for batch in batches for url, one in batch.validators.items()}


def names(batches: list[Batch]) -> list[str]:
    return [record.cve for batch in batches for record in batch.records]


def test_a_records_place_in_the_list() -> None:
    assert cve.path("CVE-2025-54627") == "cves/2025/54xxx/CVE-2025-54627.json"
    assert cve.path("CVE-1999-0001") == "cves/1999/0xxx/CVE-1999-0001.json"
    assert cve.path("CVE-2026-1234567") == "cves/2026/1234xxx/CVE-2026-1234567.json"


async def test_wanted_records_are_asked_for_once_and_then_conditionally() -> None:
    wanted = [f"CVE-2025-{number}" for number in range(54600, 54650)]
    async with serve() as site:
        put_delta(site, [], [], "2025-12-13T14:09:13Z")
        for name in wanted[:-1]:
            put(site, a_record(name), name)
        first, error = await gathered(cve.collect, context(site.url(), cves=wanted))
        assert (names(first), error) == (wanted[:-1], None)
        assert (first[-2].done, first[-2].total) == (50, 50)
        assert first[-1].notes == ("1 CVE ids have no public record yet",)

        put(site, a_record(wanted[7]), wanted[7], '"2"')
        asked = len(site.requests)
        given = context(site.url(), cves=wanted, cursor=first[-1].cursor, validators=kept(first))
        second, _ = await gathered(cve.collect, given)
        assert names(second) == [wanted[7]]
        assert len(site.requests) - asked == 51  # each known one, and the delta


async def test_the_delta_brings_what_is_wanted_and_what_is_new_of_huawei_or_the_products() -> None:
    async with serve() as site:
        ours, other, openharmony, known = (f"CVE-2026-{n}" for n in (1001, 1002, 1003, 1004))
        put(site, a_record(ours), ours)
        put(site, a_record(other, "mitre", "Huawei-like phone"), other)
        put(site, a_record(openharmony, "OpenHarmony", "OpenHarmony"), openharmony)
        at = put(site, a_record(known, "redhat", "kernel"), known)
        put_delta(
            site, [ours, other, openharmony], [known, "CVE-2020-0001"], "2026-01-02T00:00:00Z"
        )
        given = context(
            site.url(), cves=[known], products=("openharmony",), validators={at: Validators('"0"')}
        )
        batches, error = await gathered(cve.collect, given)
        assert error is None
        assert names(batches) == [known, ours, openharmony]
        assert (batches[-1].done, batches[-1].total) == (4, 4)
        assert site.url(f"/{cve.path(other)}") not in kept(batches)
        assert len([r for r in site.requests if r.target.endswith(f"{known}.json")]) == 1

        asked = len(site.requests)
        again = context(site.url(), cursor=batches[-1].cursor)
        batches, _ = await gathered(cve.collect, again)
        assert (names(batches), len(site.requests) - asked) == ([], 1)


async def test_a_run_that_stops_goes_on_where_it_was() -> None:
    wanted = [f"CVE-2025-{number}" for number in range(54600, 54650)]
    async with serve() as site:
        put_delta(site, [], [], "2025-12-13T14:09:13Z")
        for name in wanted:
            put(site, a_record(name), name)
        site.pages[f"/{cve.path(wanted[30])}"] = response(429, b"", "Retry-After: 77")
        first, error = await gathered(cve.collect, context(site.url(), cves=wanted))
        assert error is not None
        assert (error.status, error.retry_after) == (429, 77.0)
        assert wanted[30] in str(error)
        assert names(first) == wanted[:30]

        put(site, a_record(wanted[30]), wanted[30])
        given = context(site.url(), cves=wanted, cursor=first[-1].cursor, validators=kept(first))
        second, error = await gathered(cve.collect, given)
        assert (names(second), error) == (wanted[30:], None)


async def test_a_record_that_cannot_be_read_is_a_problem_and_the_others_are_kept() -> None:
    wanted = [f"CVE-2025-{number}" for number in range(54600, 54604)]
    async with serve() as site:
        put_delta(site, [], [], "2025-12-13T14:09:13Z")
        put(site, b"<html>Sorry</html>", wanted[0])
        put(site, a_record("CVE-2025-1111"), wanted[1])
        put(site, a_record(wanted[2])[:-30], wanted[2])
        put(site, a_record(wanted[3]), wanted[3])
        batches, error = await gathered(cve.collect, context(site.url(), cves=wanted))
        assert (names(batches), error) == ([wanted[3]], None)
        told = [problem for batch in batches for problem in batch.problems]
        assert [problem[:14] for problem in told] == wanted[:3]
        assert "a web page came" in told[0]
        assert "the record of CVE-2025-1111 came in its place" in told[1]


@pytest.mark.parametrize("cursor", ["", "{", '{"delta": "x"}', '{"at": "CVE-2025-54601"}'])
async def test_known_records_are_asked_for_in_turn(cursor: str) -> None:
    wanted = [f"CVE-2025-{number}" for number in range(54600, 54605)]
    async with serve() as site:
        put_delta(site, [], [], "2025-12-13T14:09:13Z")
        known = {put(site, a_record(name), name): Validators('"1"') for name in wanted}
        given = context(site.url(), cves=wanted, cursor=cursor, validators=known)
        batches, error = await gathered(cve.collect, given)
        assert (names(batches), error) == ([], None)
        asked = [request.target[-19:-5] for request in site.requests[1:]]
        turn = 2 if "at" in cursor else 0
        assert asked == wanted[turn:] + wanted[:turn]
        assert json.loads(batches[-1].cursor)["at"] == asked[-1]


@pytest.mark.parametrize("answer", [*(response(200, body) for body in NOT_JSON), response(404)])
async def test_a_broken_delta_does_not_keep_records_from_being_read(answer: bytes) -> None:
    async with serve() as site:
        site.pages["/cves/delta.json"] = answer
        put(site, a_record("CVE-2025-54627"), "CVE-2025-54627")
        batches, error = await gathered(cve.collect, context(site.url(), cves=["CVE-2025-54627"]))
        assert (names(batches), error) == (["CVE-2025-54627"], None)
        assert batches[0].problems[0].startswith("CVE delta: ")
