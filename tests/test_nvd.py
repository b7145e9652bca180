"""NVD: real records, spoilt ones, and a server on loopback that behaves as NVD does."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from monitor.advisories import nvd
from monitor.advisories.source import Batch, SourceError
from monitor.models import Severity
from monitor.vulnerability import Affected
from tests.raw_server import RawServer, Request, response, serve
from tests.sources import (
    NOT_JSON,
    NOW,
    SECURITY,
    Clock,
    assert_sound,
    context,
    gathered,
    real_data,
    spoilt,
)

ANEW = '{"sourceIdentifier=psirt%%40huawei.com":{%s}}'
KEY = "00000000-aaaa-4bbb-8ccc-121212121212"
DAY = 86_400.0


def real(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SECURITY / "nvd" / name).read_bytes())
    return found


def record(number: int = 54627, **members: Any) -> dict[str, Any]:
    return {
        "id": f"CVE-2025-{number}",
        "sourceIdentifier": "psirt@huawei.com",
        "published": "2025-08-06T02:15:46.450",
        "lastModified": "2025-08-12T16:30:13.270",
        "vulnStatus": "Analyzed",
        "cveTags": [],
        "descriptions": [
            {"lang": "es", "value": "Vulnerabilidad"},
            {"lang": "en", "value": "UAF vulnerability in the skia module.\nImpact: Successful x."},
        ],
        "metrics": {
            "cvssMetricV2": [
                {
                    "source": "nvd@nist.gov",
                    "type": "Primary",
                    "cvssData": {"version": "2.0", "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
                    "baseSeverity": "HIGH",
                }
            ],
            "cvssMetricV40": [
                {
                    "source": "psirt@huawei.com",
                    "type": "Secondary",
                    "cvssData": {
                        "version": "4.0",
                        "vectorString": "CVSS:4.0/AV:L/VC:H/VI:H/VA:H/E:X/CR:X/MAV:X/U:X",
                        "baseScore": 8.5,
                        "baseSeverity": "HIGH",
                    },
                },
                {
                    "source": "134c704f-9b21-4f2e-91b3-4a467353bcc0",
                    "type": "Secondary",
                    "cvssData": {"version": "4.0", "baseScore": 7.1, "baseSeverity": "HIGH"},
                },
            ],
            "someDayV9": [{"x": 1}],
        },
        "weaknesses": [{"description": [{"lang": "en", "value": "CWE-416"}]}],
        "configurations": [
            {
                "nodes": [
                    {
                        "operator": "OR",
                        "negate": False,
                        "cpeMatch": [
                            {
                                "vulnerable": True,
                                "criteria": "cpe:2.3:o:huawei:harmonyos:5.0.1:*:*:*:*:*:*:*",
                            },
                            {
                                "vulnerable": True,
                                "criteria": "cpe:2.3:o:huawei:emui:*:*:*:*:*:*:*:*",
                                "versionStartIncluding": "12.0",
                                "versionEndExcluding": "14.0",
                            },
                            {
                                "vulnerable": False,
                                "criteria": "cpe:2.3:h:huawei:p60:-:*:*:*:*:*:*:*",
                            },
                        ],
                    }
                ]
            }
        ],
        "references": [{"url": "https://https://consumer.huawei.com/en/support/bulletin/2025/8/"}],
        "cisaExploitAdd": "2025-08-25",
        "newIn2027": {"a": [1]},
        **members,
    }


def page(*records: Any, **members: Any) -> bytes:
    envelope = {
        "resultsPerPage": len(records),
        "startIndex": 0,
        "totalResults": len(records),
        "format": "NVD_CVE",
        "version": "2.0",
        "timestamp": "2026-11-23T00:00:00.000",
        "vulnerabilities": [{"cve": one} for one in records],
    }
    return json.dumps({**envelope, **members}).encode()


# -- one page -------------------------------------------------------------------------------------
def test_each_rating_names_who_gave_it_and_who_passed_it_on() -> None:
    one = nvd.parse_record(record())
    assert one is not None
    assert [(r.by, r.version, r.severity, r.score, r.vector) for r in one.ratings] == [
        ("NVD", "2.0", Severity.HIGH, None, "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        ("psirt@huawei.com via NVD", "4.0", Severity.HIGH, 8.5, "CVSS:4.0/AV:L/VC:H/VI:H/VA:H"),
        ("CISA-ADP via NVD", "4.0", Severity.HIGH, 7.1, ""),
    ]
    assert one.affected == (
        Affected("huawei", "harmonyos", ("5.0.1",)),
        Affected("huawei", "emui", (">= 12.0 < 14.0",)),
    )
    assert (one.title, one.weaknesses, one.state) == (
        "skia: UAF vulnerability",
        ("CWE-416",),
        "Analyzed",
    )
    assert one.references == ("https://consumer.huawei.com/en/support/bulletin/2025/8/",)
    assert one.updated == pytest.approx(1755016213.27)  # without an offset it is UTC
    assert one.problems == ()


def test_rejected_and_disputed_are_told() -> None:
    tags = [{"sourceIdentifier": "cve@mitre.org", "tags": ["disputed"]}]
    reason = [{"lang": "en", "value": "Rejected reason: A duplicate."}]
    one = nvd.parse_record(record(vulnStatus="Rejected", cveTags=tags, descriptions=reason))
    assert one is not None
    assert (one.rejected, one.disputed) == ("A duplicate.", True)


def test_what_the_reporter_lists_counts_where_no_analyst_has_been_yet() -> None:
    data = {"vendor": "Huawei", "product": "EMUI", "versions": [{"version": "14.0.0"}]}
    one = nvd.parse_record(record(configurations=[], affected=[{"affectedData": [data]}]))
    assert one is not None
    assert one.affected == (Affected("Huawei", "EMUI", ("14.0.0",)),)


@real_data
def test_the_real_records_are_read() -> None:
    paths = sorted((SECURITY / "nvd").glob("*.json"))
    records = nvd.parse(page(*(real(path.name) for path in paths))).records
    assert [one.cve for one in records] == [path.name.split(".")[0] for path in paths]
    told = {one.cve: one.problems for one in records if one.problems}
    assert told == {
        "CVE-2025-54609": (
            "the text says that availability is affected, psirt@huawei.com via NVD says A:N",
        )
    }
    by = {one.cve: [(r.by, r.score) for r in one.ratings] for one in records}
    assert by["CVE-2025-54651"] == [("psirt@huawei.com via NVD", 4.8), ("NVD", 4.7)]
    assert by["CVE-2025-54627"] == [("psirt@huawei.com via NVD", 8.8)]
    analyzed = next(one for one in records if one.cve == "CVE-2024-56447")
    assert analyzed.ssvc == "exploitation: none, automatable: no, technical impact: total"
    assert [(a.product, len(a.versions)) for a in analyzed.affected] == [
        ("emui", 3), ("harmonyos", 6),
    ]  # fmt: skip
    for one in records:
        assert_sound(one)


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(spoilt(json.loads(page(record(1111), record(1112)))))
def test_any_value_may_be_of_any_type(body: bytes) -> None:
    try:
        found = nvd.parse(body)
    except SourceError:
        return
    for one in found.records:
        assert_sound(one)


def test_one_spoilt_result_leaves_the_others() -> None:
    found = nvd.parse(page(record(1), 7, record(1112, id=9), record(1113), record(1113)))
    assert [one.cve for one in found.records] == ["CVE-2025-1113"]
    assert found.rows == 5
    assert found.problems == (
        "result 1.cve: is no record with a CVE id",
        "result 2.cve: is no record with a CVE id",
        "result 3.cve: is no record with a CVE id",
        "result 5: CVE-2025-1113 stands in the answer twice",
    )


@pytest.mark.parametrize("body", [*NOT_JSON, b"{}", b'{"vulnerabilities": {}}'])
def test_what_is_no_page_is_an_error_for_people(body: bytes) -> None:
    with pytest.raises(SourceError, match="NVD: "):
        nvd.parse(body)


# -- a server that behaves as NVD does ------------------------------------------------------------
@dataclass
class Server:
    """NVD on loopback, with the limits that it documents and those that users found."""

    clock: Clock
    records: list[dict[str, Any]] = field(default_factory=list)
    key: str = KEY
    asked: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    script: list[bytes] = field(default_factory=list)  # what is answered before all else

    def __call__(self, request: Request) -> bytes:
        now = self.clock()
        query = {
            name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()
        }
        allowed = 5
        if "apikey" in request.headers:
            if request.headers["apikey"] != self.key:
                return response(404)
            allowed = 50
        recent = sum(now - when < 30 for when, _ in self.asked)
        self.asked.append((now, query))
        if recent >= allowed:
            return response(403)
        if self.script:
            return self.script.pop(0)
        if "startIndex" not in query or int(query["resultsPerPage"]) > 2000:
            return response(404)
        found = [one for one in self.records if self._matches(one, query)]
        if "lastModStartDate" in query:
            first, last = (stamp(query[f"lastMod{end}Date"]) for end in ("Start", "End"))
            if not 0 <= last - first <= 120 * DAY:
                return response(404)
            found = [one for one in found if first <= stamp(one["lastModified"]) <= last]
        start = int(query["startIndex"])
        part = found[start : start + int(query["resultsPerPage"])]
        return response(200, page(*part, startIndex=start, totalResults=len(found)))

    def _matches(self, one: dict[str, Any], query: dict[str, str]) -> bool:
        if source := query.get("sourceIdentifier"):
            return bool(one["sourceIdentifier"] == source)
        return query["virtualMatchString"] in json.dumps(one["configurations"])

    def busiest(self) -> int:
        """The most requests of any 30 seconds."""
        times = [when for when, _ in self.asked]
        return max(sum(0 <= other - when < 30 for other in times) for when in times)


def stamp(text: str) -> float:
    whole = text if text.endswith("Z") else f"{text}Z"
    return datetime.fromisoformat(whole).timestamp()


def iso(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def names(batches: list[Batch]) -> list[str]:
    return [one.cve for batch in batches for one in batch.records]


def many(count: int, first: int = 10_000) -> list[dict[str, Any]]:
    return [record(first + n, lastModified=iso(NOW - 400 * DAY)) for n in range(count)]


def served(site: RawServer, clock: Clock, records: list[dict[str, Any]]) -> Server:
    server = Server(clock, records)
    site.other = server
    return server


async def test_the_first_run_reads_all_pages_of_all_queries_at_the_pace_that_is_allowed() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(1_234))
        server.records[3] |= {"sourceIdentifier": "cve@mitre.org"}
        batches, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert error is None
        assert set(names(batches)) == {one["id"] for one in server.records}
        assert [(b.done, b.total) for b in batches[:3]] == [(500, 1233), (1000, 1233), (1233, 1233)]
        asked = [query for _, query in server.asked]
        assert [next(iter(query)) for query in asked] == ["sourceIdentifier"] * 3 + [
            "virtualMatchString"
        ] * 6
        assert {query["resultsPerPage"] for query in asked} == {"500"}
        assert [query["startIndex"] for query in asked] == ["0", "500", "1000"] * 3
        assert server.busiest() == 5
        assert not any("keywordSearch" in query for query in asked)


async def test_later_runs_ask_for_what_was_modified_in_windows_that_overlap() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(3))
        first, _ = await gathered(nvd.collect, context(site.url(), clock=clock))
        server.asked.clear()
        clock.time = NOW + 300 * DAY
        server.records[1]["lastModified"] = iso(NOW - 9 * 3600)
        server.records[2]["lastModified"] = iso(NOW + 250 * DAY)
        given = context(site.url(), clock=clock, cursor=first[-1].cursor)
        second, error = await gathered(nvd.collect, given)
        assert error is None
        changed = {server.records[1]["id"], server.records[2]["id"]}
        assert set(names(second)) == changed
        windows = [(q["lastModStartDate"], q["lastModEndDate"]) for _, q in server.asked]
        assert len(windows) == 9  # three of them for each of three queries
        assert stamp(windows[0][0]) == pytest.approx(NOW - 10 * 3600, abs=60)
        assert [end for _, end in windows[:2]] == [begin for begin, _ in windows[1:3]]
        assert stamp(windows[2][1]) == pytest.approx(NOW + 300 * DAY, abs=60)


async def test_products_of_the_settings_stand_in_for_ours_and_new_ones_get_all_their_records() -> (
    None
):
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(2))
        given = context(site.url(), clock=clock, products=("EMUI",))
        first, _ = await gathered(nvd.collect, given)
        products = ("EMUI", "cpe:2.3:o:huawei:harmonyos")
        server.asked.clear()
        given = context(site.url(), clock=clock, products=products, cursor=first[-1].cursor)
        second, _ = await gathered(nvd.collect, given)
        assert len(names(second)) == 2
        asked = [(q.get("virtualMatchString"), "lastModStartDate" in q) for _, q in server.asked]
        assert asked == [
            (None, True),
            ("cpe:2.3:o:huawei:emui", True),
            ("cpe:2.3:o:huawei:harmonyos", False),
        ]


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_busy_server_is_asked_again_in_longer_and_longer_steps(status: int) -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(2))
        server.script = [response(status)] * 3 + [response(status, b"", "Retry-After: 100")]
        batches, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert (error, len(names(batches))) == (None, 6)
        times = [when - NOW for when, _ in server.asked]
        assert times[:5] == [0, 6, 18, 36, 136]


@pytest.mark.parametrize(
    "answer",
    [
        response(503),
        response(200, b"<html>Service unavailable</html>"),
        response(200, page(record())[:-50]),
        response(200, page(record(), startIndex=0, totalResults=1_100)),
        response(500),
    ],
    ids=["busy", "html", "cut", "another page", "broken"],
)
async def test_a_server_that_stays_busy_ends_the_run_and_the_next_goes_on(answer: bytes) -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(1_100))
        run = nvd.collect(context(site.url(), clock=clock))
        first = [await anext(run)]
        server.script = [answer] * nvd.TRIES
        with pytest.raises(SourceError, match="NVD: "):
            await anext(run)
        assert server.busiest() <= 5

        server.asked.clear()
        clock.time += 3_600.0
        given = context(site.url(), clock=clock, cursor=first[-1].cursor)
        second, error = await gathered(nvd.collect, given)
        assert error is None
        assert [query["startIndex"] for _, query in server.asked][:2] == ["500", "1000"]
        ids = [one["id"] for one in server.records]
        assert names(first) + names(second)[:600] == ids


async def test_a_server_that_asks_for_patience_without_measure_is_left_alone() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(1))
        server.script = [response(429, b"", "Retry-After: 86400")]
        _, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert error is not None
        assert (error.status, error.retry_after, len(server.asked)) == (429, 86400.0, 1)


async def test_a_run_may_be_ended_at_any_await_and_resumes_in_the_middle_of_a_window() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(1_100))
        done, _ = await gathered(nvd.collect, context(site.url(), clock=clock))
        for one in server.records:
            one["lastModified"] = iso(NOW + 5 * DAY)
        clock.time = NOW + 200 * DAY
        cursor, seen = done[-1].cursor, set()
        for _ in range(40):
            run = nvd.collect(context(site.url(), clock=clock, cursor=cursor))
            task = asyncio.ensure_future(anext(run))
            batch = await task
            later = asyncio.ensure_future(anext(run))
            await asyncio.sleep(0)
            later.cancel()
            with pytest.raises(asyncio.CancelledError):
                await later
            cursor = batch.cursor
            seen |= set(names([batch]))
            if len(seen) == 1_100:
                break
        assert len(seen) == 1_100
        starts = [query["startIndex"] for _, query in server.asked]
        assert {"500", "1000"} <= set(starts)


async def test_a_key_makes_it_faster_and_is_never_told() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(3_000))
        given = context(site.url(), clock=clock, environ={"NVD_API_KEY": f" {KEY}\n"})
        batches, error = await gathered(nvd.collect, given)
        assert (error, len(names(batches))) == (None, 9_000)
        assert clock() - NOW < 18
        assert server.busiest() <= 50
        assert KEY not in repr(batches)

        given = context(site.url(), clock=clock, environ={"NVD_API_KEY": "wrong-key-here"})
        batches, error = await gathered(nvd.collect, given)
        assert batches == []
        assert (
            str(error)
            == "NVD: HTTP 404 Not Found; that is also how it refuses the key in NVD_API_KEY"
        )


@pytest.mark.parametrize("key", ["a\r\nX-Injected: 1", "kéy", "k" * 300])
async def test_a_key_that_cannot_be_sent_is_refused_without_telling_it(key: str) -> None:
    async with serve() as site:
        given = context(site.url(), environ={"NVD_API_KEY": key})
        _, error = await gathered(nvd.collect, given)
        assert str(error) == "NVD: what NVD_API_KEY holds is no key"
        assert site.requests == []


# -- pages that do not fit together ---------------------------------------------------------------
async def test_results_that_move_up_between_pages_are_not_missed() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(1_200))
        run = nvd.collect(context(site.url(), clock=clock))
        batches = [await anext(run)]
        gone, server.records = server.records[:7], server.records[7:]
        batches += [batch async for batch in run]
        expected = {one["id"] for one in [*gone, *server.records]}
        by_reporter = names([b for b in batches if b.total in (1_200, 1_193)])
        assert set(by_reporter) == expected
        assert [q["startIndex"] for _, q in server.asked][:5] == ["0", "500", "493", "993", "0"]


async def test_results_that_are_added_between_pages_are_read_too() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(600))
        run = nvd.collect(context(site.url(), clock=clock))
        batches = [await anext(run)]
        server.records += many(500, first=20_000)
        batches += [batch async for batch in run]
        assert set(names(batches)) == {one["id"] for one in server.records}


async def test_an_empty_page_is_asked_for_again_and_then_told() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(3))
        empty = response(200, page(totalResults=900))
        server.script = [empty, empty]
        batches, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert (error, len(names(batches))) == (None, 9)

        server.script = [empty] * nvd.TRIES
        batches, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert (error, len(names(batches))) == (None, 6)
        assert batches[0].problems == ("900 of 900 results did not come",)


async def test_a_total_that_jumps_about_does_not_keep_us_for_ever() -> None:
    clock = Clock()
    async with serve() as site:
        totals = iter(range(10**6))

        def jumping(request: Request) -> bytes:
            query = parse_qs(urlsplit(request.target).query)
            total = 2_000 - 90 * (next(totals) % 20)
            start = int(query["startIndex"][0])
            return response(200, page(*[record()] * 20, startIndex=start, totalResults=total))

        site.other = jumping
        run = nvd.collect(context(site.url(), clock=clock))
        count = 0
        async for _ in run:
            count += 1
        assert count < 500


@pytest.mark.parametrize("total", [None, "12", -1, 1e300, True])
async def test_a_total_that_is_none_leaves_the_pages_until_one_is_empty(total: Any) -> None:
    clock = Clock()
    async with serve() as site:

        def answer(request: Request) -> bytes:
            start = int(parse_qs(urlsplit(request.target).query)["startIndex"][0])
            part = many(700)[start : start + 500]
            return response(200, page(*part, startIndex=start, totalResults=total))

        site.other = answer
        batches, error = await gathered(nvd.collect, context(site.url(), clock=clock))
        assert error is None
        assert len(set(names(batches))) == 700


@pytest.mark.parametrize(
    "cursor",
    [
        "{",
        "[]",
        '{"sourceIdentifier=psirt%40huawei.com": 5}',
        "null",
        ANEW % '"start":-5',
        ANEW % '"until":1e9,"since":1e300',
    ],
)
async def test_a_damaged_cursor_means_to_begin_anew(cursor: str) -> None:
    clock = Clock()
    async with serve() as site:
        served(site, clock, many(2))
        batches, error = await gathered(
            nvd.collect, context(site.url(), clock=clock, cursor=cursor)
        )
        assert (error, len(names(batches))) == (None, 6)


async def test_a_clock_that_was_ahead_makes_no_window_that_ends_before_it_begins() -> None:
    clock = Clock()
    async with serve() as site:
        server = served(site, clock, many(2))
        ahead = {f"sourceIdentifier={nvd.REPORTER.replace('@', '%40')}": nvd.Progress(NOW + 9e8)}
        cursor = msgspec.json.encode(ahead).decode()
        _, error = await gathered(nvd.collect, context(site.url(), clock=clock, cursor=cursor))
        assert error is None
        assert stamp(server.asked[0][1]["lastModStartDate"]) == NOW - 10 * 3600
