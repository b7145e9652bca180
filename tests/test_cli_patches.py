"""The commands on patches as scripts rely on them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.bulletin_pages import AUGUST_URL, august_2025
from tests.loopback import Site, rss
from tests.test_cli import Run, run, site, write_config

__all__ = ["run", "site"]  # fixtures

AUGUST = "/en/support/bulletin/2025/8/"
SOURCES = """
[sources.huawei]
url = "{base}"
products = ["phones"]
months = {months}
[sources.kev]
url = "{base}/kev.json"
"""


def _months() -> int:
    """How far back August 2025 is."""
    today = datetime.now(UTC) + timedelta(hours=8)  # months begin in China
    return 12 * (today.year - 2025) + today.month - 8 + 1


@pytest.fixture
def polled(site: Site, tmp_path: Path, run: Run) -> Run:
    """A store that holds August 2025 and a KEV of one row."""
    site.put(AUGUST, august_2025())
    row = {"cveID": "CVE-2025-54627", "dateAdded": "2025-08-18", "dueDate": "2025-09-08"}
    site.put("/kev.json", json.dumps({"catalogVersion": "1", "vulnerabilities": [row]}))
    write_config(
        tmp_path, {"one": site.put("/one", rss())}, SOURCES.format(base=site.base, months=_months())
    )
    result = run("poll", "--json")
    assert result.returncode == 0, result.stdout
    assert {one["id"]: one["status"] for one in json.loads(result.stdout)["sources"]} == {
        "huawei": "updated",
        "kev": "updated",
    }
    return run


def loaded(polled: Run, *words: str) -> Any:
    result = polled(*words, "--format", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_show_knows_bulletins_too(polled: Run) -> None:
    shown = loaded(polled, "show", "huawei-phones-2025-08")
    assert shown == loaded(polled, "bulletin", "huawei-phones-2025-08")
    assert "CVE-2025-54627" in polled("show", "huawei-phones-2025-08").stdout


def test_patches_lists_bulletins_with_their_counts(polled: Run) -> None:
    (one,) = loaded(polled, "patches")
    assert (one["vendor"], one["line"], one["month"]) == ("huawei", "phones", "2025-08")
    assert (one["total"], one["own"], one["third_party"]) == (58, 46, 12)
    assert one["severity"] == {"critical": 0, "high": 13, "medium": 44, "low": 1, "unknown": 0}
    assert (one["own_severity"]["high"], one["third_party_severity"]["high"]) == (5, 8)
    assert one["kev"] == 1
    assert loaded(polled, "patches", "--month", "2025-07") == []
    assert len(loaded(polled, "patches", "--vendor", "huawei")) == 1


def test_wrong_options_say_what_is_right(polled: Run) -> None:
    for words, said in (
        (("patches", "--month", "August"), "--month August: write it as 2025-08"),
        (("patches", "--vendor", "huawai"), "did you mean 'huawei'?"),
        (("cve", "54627"), "'54627' is no CVE id; write CVE-2025-54627"),
    ):
        result = polled(*words)
        assert result.returncode == 2
        assert said in result.stderr


def test_a_bulletin_is_read_from_a_file_an_address_or_the_store(
    polled: Run, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "2025-08.html").write_text(august_2025())
    stored = loaded(polled, "bulletin", "huawei-phones-2025-08")
    from_file = loaded(polled, "bulletin", "2025-08.html")
    from_address = loaded(polled, "bulletin", site.base + AUGUST)
    for found in (stored, from_file, from_address):
        assert (found["total"], found["own"], found["third_party"]) == (58, 46, 12)
        assert (found["month"], found["published"]) == ("2025-08", "2025-08-05T00:00:00Z")
        assert found["problems"] == []
        row = next(row for row in found["rows"] if row["cve"] == "CVE-2025-54627")
        assert (row["severity"], row["third_party"], row["component"]) == ("high", False, "skia")
        assert row["affected"] == ["HarmonyOS 5.1.0", "HarmonyOS 5.0.1"]
    assert from_file["url"] is None
    assert from_file["shadow"] is None
    assert {row["cve"] for row in stored["shadow"]} == {
        row["cve"] for row in stored["rows"] if row["third_party"]
    }
    assert from_address["url"] == site.base + AUGUST
    text = polled("bulletin", "2025-08.html", "--format", "text").stdout
    assert "total: 58 = own 46 + third-party 12" in text


def test_what_is_no_bulletin_is_told_in_a_line(polled: Run, site: Site, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><title>Login</title><p>Please log in</html>")
    for source in ("page.html", "nowhere", site.base + "/gone", "huawei-phones-2025-8"):
        result = polled("bulletin", source)
        assert result.returncode == 1
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1, result.stderr
    assert "did you mean 'huawei-phones-2025-08'?" in result.stderr


def test_a_cve_has_every_fact_with_its_source(polled: Run) -> None:
    found = loaded(polled, "cve", "cve-2025-54627")
    assert found["id"] == "CVE-2025-54627"
    (listing,) = found["bulletins"]
    assert (listing["bulletin"], listing["severity"]) == ("huawei-phones-2025-08", "high")
    assert found["kev"]["added"] == "2025-08-18T00:00:00Z"
    assert found["epss"] is None
    text = polled("cve", "CVE-2025-54627", "--format", "text").stdout
    assert "KEV: listed 2025-08-18T00:00:00Z" in text
    assert "EPSS: unknown" in text
    nothing = polled("cve", "CVE-1999-0001")
    assert nothing.returncode == 1
    assert "nothing is known of CVE-1999-0001" in nothing.stderr


def test_the_health_of_sources_stands_beside_the_feeds(polled: Run, site: Site) -> None:
    site.put("/kev.json", "busy", status=503)
    assert polled("poll", "--all").returncode == 3
    health = {one["id"]: one for one in json.loads(polled("feeds", "--json").stdout)}
    assert health["huawei"]["error"] is None
    assert "503" in health["kev"]["error"]
    assert health["kev"]["failures"] == 1


def test_the_demo_has_bulletins_and_facts(run: Run) -> None:
    result = run("--demo", "poll", "--json")
    sources = json.loads(result.stdout)["sources"]
    assert {one["id"]: one["error"] for one in sources} == dict.fromkeys(
        ("huawei", "openharmony", "kev", "cve", "nvd", "epss")
    )
    found = json.loads(run("--demo", "patches", "--month", "2025-08", "--format", "json").stdout)
    august = next(one for one in found if one["line"] == "phones")
    assert (august["total"], august["severity"]["high"], august["problems"]) == (58, 13, 0)
    assert AUGUST_URL.endswith(august["url"].split("/huawei", 1)[1])
