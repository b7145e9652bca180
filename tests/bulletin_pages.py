"""Bulletin pages built in the documented shapes, for tests, the demo and pictures.

The wording is ours; ids and facts of August 2025 are those of the records in data/security, where
these have them (six of CVE-2025-54606 to 54651), and stand-ins for the rest.
"""

from collections.abc import Iterable
from html import escape

AUGUST_URL = "https://consumer.huawei.com/en/support/bulletin/2025/8/"

# (description, impact, severity, versions) of the records that are known
KNOWN = {
    "CVE-2025-54606": (
        "Status verification vulnerability in the lock screen module.",
        "Successful exploitation of this vulnerability will affect availability"
        " and confidentiality.",
        "High",
        "HarmonyOS5.0.1",
    ),
    "CVE-2025-54607": (
        "Authentication management vulnerability in the ArkWeb module.",
        "Successful exploitation of this vulnerability may affect service confidentiality.",
        "High",
        "HarmonyOS5.1.0, HarmonyOS5.0.1",
    ),
    "CVE-2025-54609": (
        "Out-of-bounds access vulnerability in the audio codec module.",
        "Successful exploitation of this vulnerability may affect availability.",
        "Medium",
        "HarmonyOS5.1.0, HarmonyOS5.0.1",
    ),
    "CVE-2025-54616": (
        "Out-of-bounds array access vulnerability in the ArkUI framework.",
        "Successful exploitation of this vulnerability may affect availability.",
        "Medium",
        "HarmonyOS5.1.0",
    ),
    "CVE-2025-54627": (
        "Out-of-bounds write vulnerability in the skia module.",
        "Successful exploitation of this vulnerability may affect service confidentiality.",
        "High",
        "HarmonyOS5.1.0, HarmonyOS5.0.1",
    ),
    "CVE-2025-54651": (
        "Race condition vulnerability in the kernel hufs module.",
        "Successful exploitation of this vulnerability may affect service confidentiality.",
        "Medium",
        "HarmonyOS5.1.0, HarmonyOS5.0.1",
    ),
}
# Stand-ins: only their number and severity are those of the bulletin.
AUGUST_OWN = [f"CVE-2025-{number}" for number in range(54606, 54652)]
AUGUST_HIGH = {*AUGUST_OWN[:2], "CVE-2025-54627", "CVE-2025-54630", "CVE-2025-54634"}
AUGUST_THIRD = [
    *((f"CVE-2025-{number}", "High") for number in range(26430, 26438)),
    *((f"CVE-2025-{number}", "Medium") for number in range(22440, 22443)),
    ("CVE-2024-49730", "Low"),
]

Cells = Iterable[str]


def table(header: Cells, rows: Iterable[Cells]) -> str:
    """A table; the cells are text."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def page(title: str, *parts: str, published: str = "") -> str:
    """A page of shape B around its parts, with a menu and a footer as real pages have them."""
    date = f"<p>Release date: {published}</p>" if published else ""
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>"
        f"{escape(title)} | HUAWEI</title><script>var CVE='CVE-1999-0001';</script></head><body>"
        "<ul><li><a href='/en/phones/'>Phones</a></li><li>Support</li></ul>"
        f"<h1>{escape(title)}</h1>{date}\n{''.join(parts)}"
        "<p>Copyright Huawei Device Co., Ltd.</p></body></html>"
    )


OWN_HEADER = ("CVE", "Vulnerability Description", "Impact", "Severity", "Affected Version")
THIRD_HEADER = ("CVE", "Severity", "Affected Version")


def own_row(cve: str, severity: str) -> Cells:
    """A row of the first table of August 2025."""
    if cve in KNOWN:
        description, impact, _, versions = KNOWN[cve]
    else:
        description = "Input handling vulnerability in the sample module."
        impact = "Successful exploitation of this vulnerability may affect availability."
        versions = "HarmonyOS5.0.1, EMUI 15.0.0"
    return (cve, description, impact, severity, versions)


def august_2025(drop: Iterable[str] = ()) -> str:
    """August 2025 as the press counted it: own 5 High and 41 Medium, third-party 8, 3 and 1 Low.

    58 are listed, 13 of them High. `drop` leaves ids out, for a page that was revised.
    """
    gone = set(drop)
    own = [
        own_row(cve, "High" if cve in AUGUST_HIGH else "Medium")
        for cve in AUGUST_OWN
        if cve not in gone
    ]
    third = [
        (cve, severity, "HarmonyOS4.3.0, HarmonyOS4.2.0")
        for cve, severity in AUGUST_THIRD
        if cve not in gone
    ]
    return page(
        "Security bulletin for phones and tablets, August 2025",
        "<p>Fixes in our own code:</p>",
        table(OWN_HEADER, own),
        "<p>Fixes in third-party libraries:</p>",
        table(THIRD_HEADER, third),
        published="Aug 5, 2025",
    )


def shape_a(month: str = "August 2022") -> str:
    """A page as they were from 2021 to 2023: paragraphs, and lists of third-party ids."""
    return f"""<html><head><title>Bulletin</title></head><body><div>Huawei phones</div>
<h2 class="safe-info-title">Security update of {month}</h2><p>Release date: Aug 5, 2022</p>
<div class="safe-info-gxq"><p>Patches of our own code:</p>
<p class="titile-size">CVE-2021-40001: Memory leak vulnerability in the codec module</p>
<p>Severity: High</p><p>Affected versions: EMUI 12.0.0, EMUI11.0.1Magic UI 4.0.0</p>
<p>Impact: Availability may suffer.</p>
<p class="titile-size">cve-2021-40002: Race condition vulnerability in the camera module</p>
<p>Severity: Low</p><p>Affected versions: HarmonyOS 2.0</p><p>Impact: Files may be read.</p>
<h3>Third-party library patches</h3>
<p>Critical: CVE-2022-20001</p>
<p>High: CVE-2022-20002, CVE-2022-20003,<br>CVE-2022-20004(A-1234)</p><p>Medium: none</p>
<p>Already included in previous updates: CVE-2021-0001, CVE-2021-0002</p></div></body></html>"""


def openharmony(
    month: str,
    own: Iterable[Cells] = (),
    third: Iterable[Cells] = (),
    own_header: Cells = (
        *("CVE", "Vulnerability Description", "Vulnerability Impact", "CVSS3.1"),
        *("affected versions", "affected projects", "fix link"),
    ),
    third_header: Cells = (
        *("CVE", "severity", "CVSS3.1", "affected repository", "affected OpenHarmony versions"),
        "fix link",
    ),
    dates: str = "",
    after: str = "",
) -> str:
    """A Markdown bulletin of OpenHarmony; `after` stands at its end."""
    parts = [f"## Security Vulnerabilities in {month}\n{dates}\n"]
    for heading, header, rows in (
        ("", own_header, [*own]),
        ("### The third-party library vulnerabilities:\n\n", third_header, [*third]),
    ):
        if rows:
            lines = [header, ["---"] * len([*header]), *rows]
            parts.append(heading + "".join(f"| {' | '.join(row)} |\n" for row in lines))
    return "\n".join([*parts, after])
