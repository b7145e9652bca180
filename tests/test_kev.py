"""KEV: the real catalogue, spoilt ones, and the source over loopback."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.advisories import kev
from monitor.advisories.source import SourceError
from monitor.vulnerability import Exploited
from tests.raw_server import response, serve
from tests.sources import NOT_JSON, SECURITY, assert_sound, context, gathered, real_data, spoilt

REAL = SECURITY / "kev" / "known_exploited_vulnerabilities.json"


def row(cve: str = "CVE-2025-48384", **members: Any) -> dict[str, Any]:
    return {
        "cveID": cve,
        "vendorProject": "Git",
        "product": "Git",
        "vulnerabilityName": "Git Link Following Vulnerability",
        "dateAdded": "2025-08-25",
        "shortDescription": "Git contains a link following vulnerability.",
        "requiredAction": "Apply mitigations.",
        "dueDate": "2025-09-15",
        **members,
    }


def catalogue(*rows: Any, **members: Any) -> dict[str, Any]:
    return {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2025.08.25",
        "dateReleased": "2025-08-25T17:04:19.9796Z",
        "count": len(rows),
        "vulnerabilities": list(rows),
        **members,
    }


def parsed(*rows: Any, **members: Any) -> kev.Catalogue:
    return kev.parse(json.dumps(catalogue(*rows, **members)).encode())


def test_what_a_row_may_leave_out_is_empty() -> None:
    found = parsed(
        row(), row("CVE-2024-8068", notes="; a ; https://b.example/?c;d ; ; e; f;", dueDate=None)
    )
    assert found.rows[0] == Exploited(
        cve="CVE-2025-48384",
        added=1756080000.0,
        due=1757894400.0,
        name="Git Link Following Vulnerability",
        vendor="Git",
        product="Git",
        action="Apply mitigations.",
    )
    assert found.rows[1].notes == ("a", "https://b.example/?c;d", "e", "f")
    assert found.rows[1].due is None
    assert found.version == "2025.08.25"
    assert found.released == pytest.approx(1756141459.9796)
    assert found.problems == ()


@real_data
def test_the_real_catalogue_is_read() -> None:
    found = kev.parse(REAL.read_bytes())
    assert (len(found.rows), found.problems) == (1_404, ())
    ransomware = [one.ransomware for one in found.rows]
    assert (ransomware.count("Known"), ransomware.count("Unknown")) == (293, 1_111)
    assert all(one.added and one.due for one in found.rows)
    assert not any("; http" in note for one in found.rows for note in one.notes)
    assert not any("huawei" in one.vendor.lower() for one in found.rows)
    assert found.rows[0].notes[-1] == "https://nvd.nist.gov/vuln/detail/CVE-2025-48384"
    for one in found.rows:
        assert_sound(one)


def test_what_does_not_fit_is_told_with_its_row_and_the_rest_is_kept() -> None:
    found = parsed(
        row(dateAdded=20250825, notes=["x"], knownRansomwareCampaignUse=True),
        "CVE-2025-1111",
        row("CVE-2025-1", dueDate="soon"),
        {"product": "x"},
        row("CVE-2025-2222", dateAdded="0001-01-01"),
        row(),
        count=99,
    )
    assert [one.cve for one in found.rows] == ["CVE-2025-48384", "CVE-2025-2222"]
    assert found.rows[0].added is None
    assert found.problems == (
        "row 1 (CVE-2025-48384).dateAdded: a number where a text should be",
        "row 1 (CVE-2025-48384).knownRansomwareCampaignUse: true or false where a text should be",
        "row 1 (CVE-2025-48384).notes: a list where a text should be",
        "row 2: a text where an object should be",
        "row 2.cveID: is missing",
        "row 3.cveID: 'CVE-2025-1' is no CVE id",
        "row 4.cveID: is missing",
        "row 5 (CVE-2025-2222).dateAdded: '0001-01-01' is no date",
        "row 6: CVE-2025-48384 stands in the catalogue twice",
        "the catalogue counts 99 rows, 6 came",
    )


@pytest.mark.parametrize(
    "body", [*NOT_JSON, b"{}", json.dumps(catalogue()).encode(), b'{"vulnerabilities": {"a": 1}}']
)
def test_what_is_no_catalogue_is_an_error_and_never_an_empty_one(body: bytes) -> None:
    with pytest.raises(SourceError, match="KEV: "):
        kev.parse(body)


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
@given(spoilt(catalogue(row(notes="a ; b"), row("CVE-2024-8068"))))
def test_any_value_may_be_of_any_type(body: bytes) -> None:
    try:
        found = kev.parse(body)
    except SourceError:
        return
    assert found.rows
    for one in found.rows:
        assert_sound(one)


async def test_an_unchanged_catalogue_is_not_sent_again() -> None:
    async with serve() as site:
        body = json.dumps(catalogue(row())).encode()
        site.pages["/kev.json"] = lambda request: (
            response(304)
            if request.headers.get("if-none-match") == '"1"'
            else response(200, body, 'ETag: "1"')
        )
        url = site.url("/kev.json")
        (first,), error = await gathered(kev.collect, context(url))
        assert error is None
        assert first.catalogue is not None
        assert (first.catalogue[0].cve, first.cursor) == ("CVE-2025-48384", "2025.08.25")
        given = context(url, validators=first.validators, cursor=first.cursor)
        (second,), error = await gathered(kev.collect, given)
        assert (second.catalogue, second.cursor, error) == (None, "2025.08.25", None)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (response(403, b"Access denied"), "KEV: HTTP 403 Forbidden"),
        (response(200, b"<html>Maintenance</html>"), "KEV: a web page came where JSON should be"),
    ],
)
async def test_a_catalogue_that_cannot_be_had_is_an_error(answer: bytes, error: str) -> None:
    async with serve() as site:
        site.other = answer
        batches, told = await gathered(kev.collect, context(site.url("/kev.json")))
        assert (batches, str(told)) == ([], error)
