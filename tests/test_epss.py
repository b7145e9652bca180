"""EPSS: the file of a day and the API, real, spoilt and over loopback."""

import gzip
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.advisories import epss
from monitor.advisories.source import Batch, SourceError
from monitor.vulnerability import Likelihood
from tests.raw_server import Request, response, serve
from tests.sources import NOT_JSON, SECURITY, assert_sound, context, gathered, real_data, spoilt

HEAD = "#model_version:v2025.03.14,score_date:2025-09-03T12:55:00Z\n"
ONE = "CVE-1999-0001"


def bulk(rows: str, head: str = HEAD, columns: str = "cve,epss,percentile\n") -> bytes:
    return (head + columns + rows).encode()


def api(*rows: Any, **members: Any) -> dict[str, Any]:
    return {
        "status": "OK",
        "status-code": 200,
        "version": "1.0",
        "access": "public",
        "total": len(rows),
        "offset": 0,
        "limit": 100,
        "data": list(rows),
        **members,
    }


def row(cve: str = ONE, score: Any = "0.929410000", percentile: Any = "0.997660000") -> Any:
    return {"cve": cve, "epss": score, "percentile": percentile, "date": "2026-01-02"}


# -- the file of a day ----------------------------------------------------------------------------
@real_data
def test_the_real_head_of_the_file_is_read() -> None:
    body = (SECURITY / "epss" / "epss_scores.head.csv").read_bytes()
    for given_body in (body, gzip.compress(body), b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n")):
        found = epss.parse_bulk(given_body, [ONE, "CVE-1999-0002"])
        (one,) = found.likelihoods
        assert one == Likelihood(ONE, 0.0142, 0.7991, 1756904100.0, "v2025.03.14")
        assert found.problems == ()


@pytest.mark.parametrize(
    "date", ["2025-09-03T12:55:00Z", "2025-09-03T12:55:00+0000", "2025-09-03T14:55:00+02:00"]
)
def test_the_date_comes_in_several_forms(date: str) -> None:
    found = epss.parse_bulk(
        bulk(f"{ONE},0.1,0.2\n", f"#model_version:v1,score_date:{date}\n"), [ONE]
    )
    assert (found.date, found.model, found.problems) == (1756904100.0, "v1", ())


def test_only_what_is_wanted_is_kept_and_what_does_not_fit_is_told() -> None:
    rows = (
        f"{ONE},0.5,0.9\nCVE-2020-0001,x,y\nCVE-2020-0002,nan,0.1\nCVE-2020-0003,1.5,0.1\n"
        f"CVE-2020-0004\nCVE-2020-0005,1e-3,1\nCVE-2020-0006,0.1,-0\n{ONE},0.6,0.9\n"
    )
    wanted = [ONE, *(f"CVE-2020-000{n}" for n in range(2, 8))]
    found = epss.parse_bulk(bulk(rows), wanted)
    assert [(one.cve, one.epss) for one in found.likelihoods] == [
        (ONE, 0.5),
        ("CVE-2020-0005", 0.001),
    ]
    assert found.problems == (
        "row 3 (CVE-2020-0002): 'nan' and '0.1' are no score and percentile from 0 to 1",
        "row 4 (CVE-2020-0003): '1.5' and '0.1' are no score and percentile from 0 to 1",
        "row 5: it has 1 columns",
        "row 7 (CVE-2020-0006): '0.1' and '-0' are no score and percentile from 0 to 1",
        f"row 8 ({ONE}): it stands there twice",
    )


def test_columns_are_found_by_their_names_and_a_missing_model_is_told() -> None:
    found = epss.parse_bulk(bulk(f"0.2,new,{ONE},0.1\n", "", "percentile,x,CVE,epss\n"), [ONE])
    assert (found.likelihoods[0].epss, found.likelihoods[0].percentile) == (0.1, 0.2)
    assert (found.model, found.likelihoods[0].date) == ("", None)
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "no columns"),
        (b"<html>Sign in</html>", "no columns cve, epss, percentile, but '<html>sign in</html>'"),
        (bulk(""), "no rows"),
        (gzip.compress(bulk(f"{ONE},0.1,0.2\n" * 999))[:-20], "cut short"),
        (b"\x1f\x8b\x08\x00nonsense", "cut short"),
        (bulk(f"{ONE},{'9' * 200_000},1\n"), "row 1 of the file"),
    ],
    ids=["empty", "html", "no rows", "cut", "no gzip", "huge field"],
)
def test_what_is_no_file_of_scores_is_an_error(body: bytes, error: str) -> None:
    with pytest.raises(SourceError, match=f"EPSS: .*{error}"):
        epss.parse_bulk(body, [ONE])


def test_a_file_unpacks_within_bounds() -> None:
    with pytest.raises(SourceError, match="over 1 MiB when it is unpacked"):
        epss.parse_bulk(gzip.compress(b"0" * (50 << 20)), [ONE], limit=1 << 20)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('CVE-1990,.\n\r"#\x00eE+ na'), max_size=200))
def test_any_text_is_a_file_or_an_error(text: str) -> None:
    for body in (text.encode(), bulk(text)):
        try:
            found = epss.parse_bulk(body, [ONE, "CVE-1990-0000"])
        except SourceError:
            continue
        for one in found.likelihoods:
            assert_sound(one)
            assert 0 <= one.epss <= 1


# -- the API --------------------------------------------------------------------------------------
@real_data
def test_the_real_answer_is_read() -> None:
    body = (SECURITY / "epss" / "CVE-2024-21762.api.json").read_bytes()
    found = epss.parse_api(body, ["CVE-2024-21762"])
    assert found.likelihoods == (Likelihood("CVE-2024-21762", 0.92941, 0.99766, 1767312000.0),)
    assert found.problems == ()


def test_numbers_of_an_answer_are_texts_and_numbers_are_taken_too() -> None:
    rows = [
        row(),
        row("CVE-2020-0002", 0.25, 1),
        row("CVE-2020-0003", True),
        row("CVE-2020-0004", "1_0"),
        row("CVE-2020-0005", None),
        row("CVE-2020-9999"),
        7,
    ]
    body = json.dumps(api(*rows, total=99)).encode()
    found = epss.parse_api(body, [ONE, *(f"CVE-2020-000{n}" for n in range(2, 7))])
    assert [(one.cve, one.epss) for one in found.likelihoods] == [
        (ONE, 0.92941),
        ("CVE-2020-0002", 0.25),
    ]
    assert [problem.split(":")[0] for problem in found.problems] == [
        "row 3 (CVE-2020-0003)",
        "row 4 (CVE-2020-0004)",
        "row 5 (CVE-2020-0005)",
        "row 7",
        "the answer counts 99 rows, 7 came",
    ]


@pytest.mark.parametrize("body", [*NOT_JSON, b"{}", b'{"status": "error", "data": []}'])
def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(SourceError, match="EPSS: "):
        epss.parse_api(body, [ONE])


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(spoilt(api(row(), row("CVE-2020-0001"))))
def test_any_value_may_be_of_any_type(body: bytes) -> None:
    try:
        found = epss.parse_api(body, [ONE, "CVE-2020-0001"])
    except SourceError:
        return
    for one in found.likelihoods:
        assert_sound(one)
        assert 0 <= one.epss <= 1
        assert 0 <= one.percentile <= 1


# -- scores that may be compared ------------------------------------------------------------------
def test_scores_compare_within_one_model_only() -> None:
    old, new = Likelihood(ONE, 0.1, 0.5, None, "v1"), Likelihood(ONE, 0.4, 0.9, None, "v1")
    assert epss.compare(old, new) == pytest.approx(0.3)
    assert epss.compare(old, Likelihood(ONE, 0.4, 0.9, None, "v2")) is None
    assert epss.compare(Likelihood(ONE, 0.1, 0.5), Likelihood(ONE, 0.4, 0.9)) is None
    assert epss.compare(old, Likelihood("CVE-2020-0001", 0.4, 0.9, None, "v1")) is None


# -- the source over loopback ---------------------------------------------------------------------
def scores(batches: list[Batch]) -> dict[str, float]:
    return {one.cve: one.epss for batch in batches for one in batch.likelihoods}


async def test_few_ids_are_asked_for_in_portions_that_the_api_takes() -> None:
    wanted = [f"CVE-2025-{number}" for number in range(1_000, 1_240)]
    wanted += [f"CVE-2025-{number}" for number in range(10**18, 10**18 + 90)]
    async with serve() as site:

        def answer(request: Request) -> bytes:
            (ids,) = parse_qs(urlsplit(request.target).query)["cve"]
            assert len(ids) <= 2_000
            known = [cve for cve in ids.split(",") if cve != wanted[3]]
            rows = [row(cve, "0.5") for cve in known][:100]
            return response(200, json.dumps(api(*rows, total=len(known))).encode())

        site.other = answer
        batches, error = await gathered(epss.collect, context(site.url(), cves=wanted))
        assert error is None
        assert scores(batches) == dict.fromkeys({*wanted} - {wanted[3]}, 0.5)
        assert not any(batch.problems for batch in batches)
        assert (batches[-1].done, batches[-1].total) == (330, 330)
        assert all(request.target.startswith("/data/v1/epss?cve=CVE") for request in site.requests)


async def test_many_ids_take_the_file_of_the_day_once() -> None:
    wanted = [f"CVE-2025-{number}" for number in range(1_000, 2_500)]
    async with serve() as site:
        body = gzip.compress(bulk("".join(f"{cve},0.5,0.9\n" for cve in [ONE, *wanted[1:]])))
        site.pages["/epss_scores-current.csv.gz"] = lambda request: (
            response(304)
            if request.headers.get("if-none-match") == '"1"'
            else response(200, body, 'ETag: "1"')
        )
        first, error = await gathered(epss.collect, context(site.url(), cves=wanted))
        assert error is None
        assert scores(first) == dict.fromkeys(wanted[1:], 0.5)
        kept, cursor = first[-1].validators, first[-1].cursor
        again = context(site.url(), cves=wanted, cursor=cursor, validators=kept)
        assert scores((await gathered(epss.collect, again))[0]) == {}
        more = context(site.url(), cves=[ONE, *wanted], cursor=cursor, validators=kept)
        assert ONE in scores((await gathered(epss.collect, more))[0])


@pytest.mark.parametrize("count", [1, 1_500])
async def test_an_answer_that_fails_is_an_error_with_its_status(count: int) -> None:
    async with serve() as site:
        site.other = response(429, b"", "Retry-After: 60")
        wanted = [f"CVE-2025-{number}" for number in range(1_000, 1_000 + count)]
        batches, error = await gathered(epss.collect, context(site.url(), cves=wanted))
        assert batches == []
        assert error is not None
        assert (error.status, error.retry_after) == (429, 60.0)


async def test_nothing_known_means_nothing_asked() -> None:
    async with serve() as site:
        assert await gathered(epss.collect, context(site.url(), cves=["HWPSIRT-1"])) == ([], None)
        assert site.requests == []
