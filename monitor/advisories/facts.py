"""What CVE records and NVD's share: ratings, SSVC, affected versions, Huawei's way to describe."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from monitor.advisories.reading import NAME, Fields
from monitor.models import Severity
from monitor.text import clean
from monitor.vulnerability import Affected, Rating

VERSIONS: Final = 500  # that are kept of one product

_WORDS: Final = {
    "NONE": Severity.INFO,
    "LOW": Severity.LOW,
    "MEDIUM": Severity.MEDIUM,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
_VERSION: Final = {"2": "2.0", "20": "2.0", "30": "3.0", "31": "3.1", "40": "4.0"}
_VECTOR: Final = re.compile(r"(?:CVSS:[\d.]{1,5}/)?\(?[A-Za-z]{1,4}:[A-Za-z]{1,10}"
                            r"(?:/[A-Za-z]{1,4}:[A-Za-z]{1,10}){0,60}\)?", re.ASCII)  # fmt: skip
_CWE: Final = re.compile(r"CWE-\d{1,6}", re.ASCII)
_IMPACT: Final = re.compile(r"\s*\bImpact:\s*|[.\s]+(?=Successful\b)")
_PLACE: Final = re.compile(r"(.+) (?:in|on|of) the (.+)", re.IGNORECASE | re.DOTALL)
_SUBJECT: Final = re.compile(
    r"(?:the|some) (.{1,80}?) (?:has|have) an? (?:(.+) vulnerability|risk of (.+)"
    r"|vulnerability (?:in|of|that (?:may )?causes?) (.+))",
    re.IGNORECASE,
)
_MODULE: Final = re.compile(r"(.+?) (?:module|component)(?: of (?:certain|some) products)?", re.I)
_APIS: Final = re.compile(r" in (?:some|certain) APIs$", re.IGNORECASE)
_ASPECTS: Final = {  # in what is affected: CVSS 2 and 3, CVSS 4
    "confidentiality": ("C", "VC", "SC"),
    "integrity": ("I", "VI", "SI"),
    "availability": ("A", "VA", "SA"),
}
_AFFECTS: Final = re.compile(r"\baffects?\b([^.]*)", re.IGNORECASE)


class Described(NamedTuple):
    """A description taken apart: "Out-of-bounds write", "skia", "Successful ...". "" if unknown."""

    weakness: str = ""
    component: str = ""
    impact: str = ""

    @property
    def title(self) -> str:
        return f"{self.component}: {self.weakness}" if self.component else self.weakness


def described(description: str) -> Described:
    """Huawei's descriptions: a weakness in a module, and the impact of its exploitation.

    Such as "Vulnerability of X in the Y module", "X vulnerability in the Y module" and "The Y
    module has an X vulnerability", before an impact that is joined by a line end, "Impact:", a
    full stop or a blank.
    """
    text = " ".join(description[:2_000].split()).lstrip(": ")
    parts = _IMPACT.split(text, maxsplit=1)
    head, impact = parts[0].strip(" ."), parts[1] if len(parts) == 2 else ""
    impact = _IMPACT.sub("", impact, count=1)
    if not impact or len(head) > NAME:
        return Described()
    if found := _SUBJECT.fullmatch(head):
        component, weakness = found[1], found[2] or found[3] or found[4]
    elif "vulnerabilit" in head.lower() and (found := _PLACE.fullmatch(head)) and " " in found[1]:
        weakness, component = found[1], found[2]
    else:
        weakness, component = head, ""
    if module := _MODULE.fullmatch(component):
        component = module[1]
    return Described(_weakness(weakness), component, impact)


def _weakness(text: str) -> str:
    """A weakness without the word for one: "Vulnerability of X" and "X vulnerability" are "X"."""
    text = re.sub(r"^(?:security )?vulnerability of ", "", _APIS.sub("", text), flags=re.I)
    short = re.sub(r" vulnerabilit(?:y|ies)\b", "", text, count=1, flags=re.IGNORECASE)
    text = short if " " in short else text  # "Security" alone would not tell what is meant
    return text[:1].upper() + text[1:]


def rating(data: Fields, kind: str, by: str, date: float | None, word: str = "") -> Rating | None:
    """What a CVSS object says (cvssV2_0, cvssMetricV31 ...: `kind` is its key); None if nothing.

    `word` is the severity where it stands outside of the object, as NVD has it for CVSS 2.
    The word and the score are taken as they stand. Metrics that a vector leaves undefined (":X")
    are dropped, so that equal vectors are equal texts.
    """
    word = (data.text("baseSeverity") or word).upper()
    if word and word not in _WORDS:
        data.odd("baseSeverity", f"'{word[:40]}' is no severity")
    text = data.text("vectorString")
    if text and not _VECTOR.fullmatch(text):
        data.odd("vectorString", f"'{text[:60]}' is no CVSS vector")
        text = ""
    score = data.number("baseScore", high=10.0)
    vector = "/".join(part for part in text.strip("()").split("/") if not part.endswith(":X"))
    version = data.text("version", 10) or _VERSION.get(re.sub(r"\D", "", kind), "")
    if not (word in _WORDS or vector or score is not None):
        return None
    return Rating(by, _WORDS.get(word, Severity.UNKNOWN), score, vector, version, date)


def contradictions(impact: str, ratings: Iterable[Rating]) -> Iterator[str]:
    """Where the text says that something is affected, and a vector that it is not."""
    affects = " ".join(_AFFECTS.findall(impact)).lower()
    named = [aspect for aspect in _ASPECTS if re.search(rf"\b{aspect}\b", affects)]
    for one in ratings:
        metrics = dict(part.partition(":")[::2] for part in one.vector.split("/"))
        for aspect in named:
            told = [f"{key}:{metrics[key]}" for key in _ASPECTS[aspect] if key in metrics]
            if told and all(metric.endswith(":N") for metric in told):
                yield f"the text says that {aspect} is affected, {one.by} says {'/'.join(told)}"


def ssvc(content: Fields) -> str:
    """CISA's decision points, as "exploitation: none, automatable: no, technical impact: total"."""
    points = []
    for option in content.parts("options", 20):
        for key in list(option)[:5]:
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean(key, 40)).lower()
            if value := option.text(key, 40):
                points.append(f"{name}: {value.lower()}")
    return ", ".join(points)


def weakness_ids(text: str) -> list[str]:
    """The CWE ids in a text."""
    return _CWE.findall(text)


def affected(rows: Iterable[Fields]) -> tuple[Affected, ...]:
    """The `affected` lists of CVE JSON 5.x, which NVD repeats; versions with status "affected"."""
    products: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        product = row.text("product") or row.text("packageName")
        vendor = row.text("vendor")
        if not (vendor or product):
            row.odd("", "names no product")
            continue
        versions = products.setdefault((vendor, product), {})
        found = list(row.parts("versions", VERSIONS))
        for version in found:
            if version.text("status").lower() in ("affected", ""):
                versions[_span(version)] = None
        if not versions and row.text("defaultStatus") == "affected":
            versions["all others" if found else "all"] = None
    return _named(products)


def _named(products: dict[tuple[str, str], dict[str, None]]) -> tuple[Affected, ...]:
    return tuple(
        Affected(vendor, product, tuple(filter(None, versions))[:VERSIONS])
        for (vendor, product), versions in products.items()
    )


def _span(version: Fields) -> str:
    """A version, or a range as ">= 3.0 < 4.2"."""
    first = version.text("version")
    below, upto = version.text("lessThan"), version.text("lessThanOrEqual")
    if not (below or upto):
        return first
    open_start = first in ("", "0", "*", "unspecified", "n/a")
    start = "" if open_start else f">= {first}"
    end = "" if "*" in (below, upto) else f"< {below}" if below else f"<= {upto}"
    return f"{start} {end}".strip() or "all"


def matched(matches: Iterable[Fields]) -> tuple[Affected, ...]:
    """The products of NVD's CPE matches (CPE 2.3 formatted strings, NISTIR 7695)."""
    products: dict[tuple[str, str], dict[str, None]] = {}
    for match in matches:
        if match.flag("vulnerable") is False:
            continue
        criteria = match.text("criteria", 600)
        parts = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", criteria)]
        if len(parts) < 6 or parts[:2] != ["cpe", "2.3"]:
            match.odd("criteria", f"'{criteria[:60]}' is no CPE name")
            continue
        versions = products.setdefault((parts[3], parts[4]), {})
        versions[_bounds(match) or _version(parts[5:7])] = None
    return _named(products)


def _version(parts: list[str]) -> str:
    if parts[0] == "*":
        return "all"
    return " ".join(part for part in parts if part not in ("*", "-", ""))


def _bounds(match: Fields) -> str:
    signs = {
        "versionStartIncluding": ">=",
        "versionStartExcluding": ">",
        "versionEndIncluding": "<=",
        "versionEndExcluding": "<",
    }
    bounds = ((sign, match.text(key)) for key, sign in signs.items())
    return " ".join(f"{sign} {version}" for sign, version in bounds if version)
