"""What users rely on: nothing hidden reaches the screen, and words are found where they stand."""

import importlib.util
import random
import re
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.text import (
    Keywords,
    clean,
    clean_block,
    cves,
    fold,
    fold_map,
    hidden,
    numbers,
    shown_host,
    tokens,
    versions,
    web_url,
)

HOSTILE = Path(__file__).parents[2] / "shared/tools/hostile.py"
NASTY = [
    "\x1b[31m", "\x1b]0;pwned\x07", "\x1bP$qm\x1b\\", "\x1b]", "\x1b_", "\x1b\\", "\x9d",
    "\x9c", "\x07", "\x00", "\x7f", "\x85", "\n", "\r", "\t", " ", "  ", "\u00a0", "\u3000",
    "\u2028", "\u2800", "\u200b", "\u200c", "\u200d", "\u200e", "\u202e", "\u2066", "\u2069",
    "\u061c", "\ufeff", "\u00ad", "\u034f", "\u115f", "\u3164", "\uffa0", "\u17b4", "\u180b",
    "\u180e", "\ufe00", "\ufe0e", "\ufe0f", "\U000e0061", "\U000e0100", "\U000e0fff", "\ud83d",
    "\udc00", "\ue000", "\ufdd0", "\U0010ffff", "\u0301", "\u0327", "\u0489", "\u20e3",
    "\u093f", "\u094d", "\u0e33", "\u3099", "a", "Z", "1", "-", "’", "…", "，", "é", "中",
    "文", "か", "한", "ا", "ب", "ک", "क", "ष", "👩", "👧", "🏽", "❤", "©", "🇦",
]  # fmt: skip


def hostile() -> ModuleType:
    if not HOSTILE.exists():
        pytest.skip("../shared is not here")
    spec = importlib.util.spec_from_file_location("hostile", HOSTILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile"] = module
    spec.loader.exec_module(module)
    return module


def joins(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category in ("So", "Sk")


def check_clean(line: str) -> None:
    """R1, with nothing of the implementation in it."""
    baseless = marks = 4
    for i, char in enumerate(line):
        category = unicodedata.category(char)
        if category == "Cf":
            assert char in "\u200c\u200d", ascii(line)
            assert 0 < i < len(line) - 1, ascii(line)
            assert joins(line[i - 1]), ascii(line)
            assert joins(line[i + 1]), ascii(line)
        else:
            assert category not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp"), ascii(line)
        if category[0] == "M":
            marks += 1
            assert marks <= 4, ascii(line)
        elif category != "Cf":
            marks = baseless if char == " " else 0
    assert line == " ".join(line.split())


@pytest.mark.parametrize("seed", range(10))
def test_nothing_unsafe_is_left_in_100_000_random_strings(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(10_000):
        if rng.random() < 0.7:
            text = "".join(rng.choices(NASTY, k=rng.randint(0, 14)))
        else:
            text = "".join(map(chr, (rng.randrange(0x110000) for _ in range(rng.randint(0, 8)))))
        line = clean(text)
        check_clean(line)
        assert clean(line) == line
        assert hidden(line) == 0
        for part in clean_block(text).split("\n"):
            check_clean(part)


@settings(max_examples=1000, deadline=None)
@given(st.text(st.sampled_from("".join(NASTY)), max_size=200), st.integers(0, 40))
def test_a_limit_holds_and_its_cut_is_told(text: str, limit: int) -> None:
    whole, cut = clean(text), clean(text, limit)
    assert len(cut) <= limit
    assert clean(cut) == cut
    assert cut == whole or limit == 0 or cut.endswith("…")
    assert len(clean_block(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("[CVE-2026-1234] Flaw", "[CVE-2026-1234] Flaw"),
        (" two\t words\n\nhere ", "two words here"),
        ("\u3000华为\u00a0鸿蒙\u2028", "华为 鸿蒙"),
        ("a\x1b]0;pwned\x07b", "ab"),
        ("a\x1b]8;;http://evil.invalid/\x1b\\click\x1b]8;;\x1b\\b", "aclickb"),
        ("\x1bPtmux;\x1b\x1b]52;c;SFM=\x07\x1b\\x", "x"),
        ("\x9d52;c;SFM=\x9cx\x9b5;8;31my", "xy"),
        ("\x1b[5;8;31mred\x1b[0m \x1b(0line \x1bcreset", "red line reset"),
        ("a\x1b]0;open", "a]0;open"),
        ("\x1b]0;" + "x" * 5000 + "\x07", "]0;" + "x" * 5000),
        ("Hua\u200bwei\u202e \ufeffEM\u00adUI", "Huawei EMUI"),
        ("x\U000e0068\U000e0069\ud800\ue000\ufdd0y", "xy"),
        ("Z" + "\u0301" * 150 + "o", "Z" + "\u0301" * 4 + "o"),
        ("\u0301\u0301 a \u0301b", "a b"),
        ("H\u200dS\u200cTL", "HSTL"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        (
            "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 ❤\ufe0f",
            "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 ❤\ufe0f",
        ),
        ("a\ufe0f\ufe0fb 中\U000e0100文", "ab 中文"),
        ("\u3164\u115f\u2800", ""),
        ("“Don’t panic” — 第60个漏洞……", "“Don’t panic” — 第60个漏洞……"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_a_cut_is_made_at_a_word_where_one_ends_near() -> None:
    assert clean("one two three four", 16) == "one two three…"
    assert clean("x" * 100, 10) == "x" * 9 + "…"
    assert clean("中" * 1_000_000, 300) == "中" * 299 + "…"


def test_a_block_keeps_its_lines() -> None:
    assert clean_block(" one\r\n\n\n two  words\x1b[2J\u2029three ") == "one\ntwo words\nthree"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("plain text,\n in lines", 0),
        ("“华为”的 👨\u200d👩\u200d👧 می\u200cخواهم ❤\ufe0f \ue000", 0),
        ("safe\u202egnp.exe", 1),
        ("\u200bH\u200dS\u00adTL\ufeff", 4),
        ("x" + "\U000e0068" * 20, 20),
        ("\x1b[2Jx\x00\x9d", 3),
        ("a\ufe0f", 1),
    ],
)
def test_hidden_characters_are_counted(text: str, count: int) -> None:
    assert hidden(text) == count


def test_every_terminal_payload_is_disarmed() -> None:
    module = hostile()
    for name, payload, _ in module.TERMINAL:
        line = clean("x " + payload + " y")
        check_clean(line)
        assert not module.leaks(line.encode(), "term-ref-" + name)
        assert line.startswith("x"), name
        assert line.endswith("y"), name
    for _, text in module.UNICODE:
        check_clean(clean(text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Huawei’s “HarmonyOS™” – a ‘first’ …", "huawei's \"harmonyos\" - a 'first' ..."),
        ("ＨａｒｍｏｎｙＯＳ　４", "harmonyos 4"),
        ("Stra\u00dfe \ufb01x ½", "strasse fix 1/2"),
        ("cafe\u0301 CAF\u00c9", "caf\u00e9 caf\u00e9"),
        ("a\nb\u2028c", "a b c"),
        ("Hua\u200bwei", "huawei"),
        ("华为，鸿蒙", "华为,鸿蒙"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folded_english_takes_one_byte_a_character() -> None:
    assert fold("“Don’t” — it’s… 60–137 flaws • Mate™ 60′").replace("·", "").isascii()


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.text(), st.text(st.sampled_from("".join(NASTY) + "ㄱㅏㅣﾞﾊ각ᆨİŉΐᾳ™½"))))
@example("K©\u0327")  # what is taken out stands between the letter and its mark
def test_a_fold_can_be_traced_back(text: str) -> None:
    folded, index = fold_map(text)
    assert folded == fold(text)
    assert len(index) == len(folded)
    assert index == sorted(index)
    assert all(0 <= i < len(text) for i in index)


def test_what_composes_is_known_for_every_character() -> None:
    assigned = (chr(c) for c in range(0x110000) if unicodedata.category(chr(c))[0] not in "C")
    for char in assigned:
        text = f"a{char}\u1100{char}\uac00{char}\u304b{char}"
        assert fold_map(text)[0] == fold(text), ascii(char)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Huawei's 60 fixes, 1,234 devices", ["huawei", "60", "fixes", "1234", "devices"]),
        ("CVE-2025-54627: don’t wait", ["cve-2025-54627", "dont", "wait"]),
        ("HarmonyOS4.2.0, EMUI 14.0.0.", ["harmonyos", "4.2.0", "emui", "14.0.0"]),
        ("P60 5G (v4.2.0.186)", ["p60", "5g", "v", "4.2.0.186"]),
        ("华为发布Mate60补丁", ["华为", "为发", "发布", "mate60", "补丁"]),
        ("修复60个 漏洞，高", ["修复", "60", "个", "漏洞", "高"]),
        ("snake_case “x-y” ...", ["snake", "case", "x", "y"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cve-2025-54627, CVE-2025-54627 and Cve 2024-0001", ("CVE-2025-54627", "CVE-2024-0001")),
        ("ＣＶＥ－２０２５－５４６２７ CVE–2025—1234", ("CVE-2025-54627", "CVE-2025-1234")),
        ("漏洞CVE-2025-54627已修复", ("CVE-2025-54627",)),
        ("CVE-2025-54627_poc.py", ("CVE-2025-54627",)),
        ("CVE-2025-123 XCVE-2025-1234 CVE-1900-1234 CVE-2025-" + "1" * 20, ()),
        ("no ids", ()),
    ],
)
def test_cves(text: str, expected: tuple[str, ...]) -> None:
    assert cves(text) == expected


def test_versions_and_numbers() -> None:
    text = (
        "HarmonyOS 4.2.0.186 and v5.1 fix 60 bugs, 13 (8.8) high, P60, CVE-2025-54627; 1,500 in 60"
    )
    assert versions(text) == ("4.2.0.186", "5.1")
    assert numbers(text) == ("5.1", "60", "13", "8.8", "1500")
    assert numbers("修复60个漏洞") == ("60",)


WORDS = (
    "Huawei",
    "HarmonyOS",
    "EMUI",
    "Mate 60",
    "P60",
    "Ascend",
    "华为",
    "鸿蒙OS",
    "Huawei Cloud",
    "C++",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A flaw in SystemUI and EMUIX", ()),
        ("emui 14", ("EMUI",)),
        ("EMUI14.0.0 is out", ("EMUI",)),
        ("Huawei's, HUAWEI’S, Huaweis", ("Huawei",)),
        ("（华为HarmonyOS系统）", ("HarmonyOS", "华为")),
        ("HarmonyOS™ NEXT", ("HarmonyOS",)),
        ("Mate60Pro", ("Mate 60",)),
        ("Mate-60 and P 60", ("Mate 60", "P60")),
        ("Mate 600, XP60, P601", ()),
        ("ascending Ascended", ()),
        ("Huawei Cloud", ("Huawei", "Huawei Cloud")),
        ("huaweicloud.example", ()),
        ("升级鸿蒙os吧", ("鸿蒙OS",)),
        ("鸿蒙OSX", ()),
        ("written in C++, not C", ("C++",)),
        ("Hua\u00adwei ＥＭＵＩ", ("Huawei", "EMUI")),
    ],
)
def test_keywords(text: str, found: tuple[str, ...]) -> None:
    keywords = Keywords(WORDS)
    assert keywords.find(text) == found
    assert bool(keywords.spans(text)) == bool(found)


def test_spans_point_into_the_text_as_it_is() -> None:
    text = "“Huawei’s” ﬁx: Huawei Clouds, 华为Mate60…"
    parts = [text[start:end] for start, end in Keywords(WORDS).spans(text)]
    assert parts == ["Huawei", "Huawei Clouds", "华为", "Mate60"]


def test_empty_and_repeated_watch_words_do_no_harm() -> None:
    keywords = Keywords(["", " ", "-", "EMUI", "EMUI", "emui", "\u200b"])
    assert keywords.words == ("EMUI", "emui")
    assert keywords.find("EMUI 14") == ("EMUI", "emui")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab1 -é华为ß™'."), max_size=6)), st.text())
def test_keywords_take_any_word_and_text(words: list[str], text: str) -> None:
    keywords = Keywords(words)
    for content in (text, " | ".join(words)):
        spans = keywords.spans(content)
        assert bool(spans) == bool(keywords.find(content))
        assert all(a < b <= c < d for (a, b), (c, d) in pairwise(spans))
    for word in keywords.words:
        assert word in keywords.find(f"( {word} )")


REFUSED = [
    "javascript", "javascript-case", "javascript-tab", "javascript-lead", "data", "file",
    "file-host", "vbscript", "about", "view-source", "ftp", "smb", "ssh-option", "tel",
    "mailto", "ms-search", "x-apple", "steam", "intent", "blob", "dash", "dash-remote",
    "dash-lead-space", "action-token", "shell-subst", "shell-quote", "shell-pipe", "newline",
    "crlf", "space", "userinfo", "userinfo-pass", "backslash", "slashes", "no-slash",
    "proto-relative", "relative", "dotdot", "query-only", "fragment", "empty", "bidi-host",
    "zero-width-host", "ipv6-zone", "port-bad", "port-text", "bracket", "long-100k",
    "label-300",
]  # fmt: skip


def test_only_web_addresses_are_opened() -> None:
    links = hostile().LINKS
    assert len(links) >= 65
    assert [name for name, link in links if not web_url(link)] == REFUSED
    assert all(web_url(link) in ("", link) for _, link in links)


@given(st.text(st.sampled_from("htps:/@\\.-%[] \n\t\x1b\u202ea1?#中"), max_size=40))
def test_what_is_opened_holds_nothing_that_can_mislead(rest: str) -> None:
    url = web_url("https://" + rest)
    assert not re.search(r"[\s\\\x00-\x1f\x7f\u202e]|^https?://[^/?#]*@", url)


@pytest.mark.parametrize(
    ("url", "host", "marked"),
    [
        ("https://consumer.huawei.com/en/", "consumer.huawei.com", False),
        ("https://WWW.Example.ORG:8443/x", "www.example.org", False),
        ("https://müller.example/", "müller.example", False),
        ("https://华为.中国/", "华为.中国", False),
        ("https://яндекс.рф/", "яндекс.рф", False),
        ("https://аррӏе.invalid/", "xn--80ak6aa92e.invalid", True),
        ("https://xn--80ak6aa92e.invalid/", "xn--80ak6aa92e.invalid", True),
        ("https://pаypal.invalid/", "xn--pypal-4ve.invalid", True),
        ("https://google.invalid∕evil.invalid/", "google.xn--invalidevil-0h8f.invalid", True),
        ("https://ｅvil．invalid/", "evil.invalid", True),
        ("https://example。invalid/", "example.invalid", True),
        ("not a url", "", False),
    ],
)
def test_hosts_that_deceive_are_shown_in_punycode(url: str, host: str, marked: bool) -> None:
    assert shown_host(url) == (host, marked)


@given(st.text(alphabet="abcv é0129.,-'/ \n", max_size=60))
def test_ascii_text_has_the_tokens_it_has_beside_other_letters(text: str) -> None:
    assert [t for t in tokens(text + " ж") if t != "ж"] == tokens(text)


@given(st.text(st.sampled_from("abcveXYZ_-'s., \n\t!"), max_size=60))
def test_text_without_digits_has_the_tokens_it_has_beside_a_number(text: str) -> None:
    assert tokens(f"{text} 7") == [*tokens(text), "7"]
