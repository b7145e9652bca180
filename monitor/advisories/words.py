"""The words of bulletins, in English and Chinese: headers, severities, versions, ids."""

import re
from functools import lru_cache
from typing import Final

from monitor.models import Severity
from monitor.text import clean, cves, fold

NAME: Final = 120  # of a component or a version
PARTS: Final = 50  # versions or links of one row
_COLUMNS: Final = (  # the first that fits; of folded headers without blanks
    ("cve", re.compile("^cves?(-?ids?|编号|号|number|no[.]?)?$")),
    ("label", re.compile("patchlabel|补丁标签|维护版本")),
    ("affected", re.compile("^(?!.*(?:fix|修复)).*(?:affected.*version|versions?affected|版本)")),
    ("component", re.compile("project|repositor|module|component|librar|仓库|模块|组件|部件")),
    ("related", re.compile("related|相关漏洞")),
    ("cvss", re.compile("cvss|basescore|得分|评分")),
    ("severity", re.compile("severity|risklevel|严重|等级|级别")),
    ("adjusted", re.compile("adjust|调整|变更")),
    ("fix", re.compile("^(fix|patch)|修复|补丁链接")),
    ("other", re.compile("reference|remark|note|参考|备注|链接|reported|type")),
    ("impact", re.compile("impact|影响")),
    ("summary", re.compile("descri|title|描述|标题|漏洞名称|detail")),
    ("cve", re.compile("^cve|vulnerabilityid|编号")),
)
_SEVERITIES: Final = {
    **dict.fromkeys(("critical", "严重", "紧急", "致命", "超危"), Severity.CRITICAL),
    **dict.fromkeys(("high", "高", "高危"), Severity.HIGH),
    **dict.fromkeys(("medium", "moderate", "中", "中危"), Severity.MEDIUM),
    **dict.fromkeys(("low", "低", "低危"), Severity.LOW),
}
NO_WORD: Final = frozenset(
    (
        *("", "none", "na", "nil", "unknown", "tbd", "pending", "notyetprovided", "notprovided"),
        *("无", "未知", "待定", "暂无", "尚未提供", "暂未提供", "未提供", "不涉及"),
    )
)
_FILLERS: Final = re.compile(r"[^\w]|_|severity|risk|严重程度|等级|风险|漏洞|级别|级")
_IN_BRACKETS: Final = re.compile(r"\([^()]{0,100}\)|\d+(?:\.\d+)?$")
_VENDOR_ID: Final = re.compile(r"(?i:openharmony)-SA-\d{4}-\d{2,6}|(?i:hwpsirt)-\d{4}-\d{2,8}")
_EARLIER: Final = re.compile(
    r"\b(?:already|previously)\b.{0,40}\b(?:included|contained|fixed|patched|released)\b"
    r"|\bincluded in (?:the )?(?:earlier|previous)\b"
    r"|已.{0,8}(?:之前|以前|此前|先前|历史|早期)|(?:之前|以前|此前|先前|历史|早期).{0,12}已"
)
_NOT_LISTED: Final = re.compile(r"\bnot\b|不再|不包|未列")
_PRODUCTS: Final = {
    name.lower().replace(" ", ""): name
    for name in ("HarmonyOS NEXT", "HarmonyOS", "OpenHarmony", "EMUI", "Magic UI", "LiteOS")
}
_PRODUCT: Final = re.compile(
    r"(HarmonyOS ?NEXT|HarmonyOS|EMUI|Magic ?UI|LiteOS) ?(?=[vV]?\d)", re.I
)
_SEPARATOR: Final = re.compile(r"[,;\n、]|(?<=[\d)]) ?/ ?(?=\w)")
_MODULE: Final = re.compile(
    r"\bin (?:the |an? )?([^.,;()]{1,80}?) (?:module|framework|component|subsystem|service)\b"
)
_MODULE_ZH: Final = re.compile(
    r"^([^，。,.；\s]{1,40}?(?:\s[^，。,.；\s]{1,20}?)?)\s?(?:模块|组件|子系统)"
)


def column(header: str) -> str:
    """What a header's words stand for: "cve", "severity" ..., or "" where it is none we know."""
    return _column(header[:NAME])


@lru_cache(1024)
def _column(header: str) -> str:
    folded = "".join(fold(header).split())
    return next((name for name, words in _COLUMNS if words.search(folded)), "")


def severity(word: str) -> Severity | None:
    """The severity that a word stands for, in English or Chinese; unknown where it says so.

    None for a word that is none of those.
    """
    return _severity(word[:NAME])


@lru_cache(1024)
def _severity(word: str) -> Severity | None:
    folded = _FILLERS.sub("", _IN_BRACKETS.sub("", fold(word).strip()))
    if folded in NO_WORD:
        return Severity.UNKNOWN
    return _SEVERITIES.get(folded)


def is_earlier(text: str) -> bool:
    """Whether a short text says that what follows was in earlier updates already."""
    if not 0 < len(text) <= NAME:
        return False
    folded = fold(text)
    return bool(_EARLIER.search(folded)) and not _NOT_LISTED.search(folded)


def ids(text: str) -> tuple[str, ...]:
    """The CVE ids of a text; without one, the vendor's own ids."""
    found = cves(text)
    if found or "-" not in text:
        return found
    return tuple(dict.fromkeys(_named(match) for match in _VENDOR_ID.findall(text)))


def _named(vendor_id: str) -> str:
    sign, rest = vendor_id.split("-", 1)
    return f"{'OpenHarmony' if sign.lower() == 'openharmony' else 'HWPSIRT'}-{rest}"


def versions(text: str) -> tuple[str, ...]:
    """Products with their versions, one each: "HarmonyOS4.2.0, EMUI 14.0.0" also run together.

    A range stays one, in English: "OpenHarmony-v3.0-LTS through OpenHarmony-v3.0.3-LTS".
    """
    return _versions(text)


@lru_cache(1024)
def _versions(text: str) -> tuple[str, ...]:
    plain = text if text.isascii() else _in_english(text)
    found: list[str] = []
    product = ""
    for piece in _SEPARATOR.split(_PRODUCT.sub(r"\n\1 ", plain)):
        piece = " ".join(piece.split()).strip(" /")
        match = _PRODUCT.match(piece)
        if match:
            product = _PRODUCTS[match[1].lower().replace(" ", "")]
            piece = f"{product} {piece[match.end() :].lstrip('vV')}"
        elif product and piece[:1].isdigit():
            piece = f"{product} {piece}"
        found += piece.split(" and ") if "OpenHarmony" in piece else [piece]
    kept = dict.fromkeys(clean(piece, NAME) for piece in found if piece.strip(" .-"))
    return tuple(kept)[:PARTS]


def _in_english(text: str) -> str:
    for word, english in (
        ("到", " through "),
        ("至", " through "),
        ("和", " and "),
        ("及", " and "),
    ):
        text = text.replace(word, english)
    for mark, plain in (("，", ","), ("；", ";"), ("\u3000", " "), ("／", "/")):
        text = text.replace(mark, plain)
    table = {code: chr(code - 0xFEE0) for code in map(ord, text) if 0xFF01 <= code <= 0xFF5E}
    return text.translate(table)


def module(description: str) -> str:
    """The module that a description names, in the vendor's grammar; "" where it does not."""
    match = _MODULE.search(description) or _MODULE_ZH.search(description)
    return clean(match[1], NAME) if match else ""
