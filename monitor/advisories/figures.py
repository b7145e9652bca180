"""The counts that a story states for a month's patch: "60 bugs, 13 high", "修复60个漏洞".

A text is taken apart into tokens that know which parts they can play (`figures.toml`), and every
number is read on from: "60 security bugs", "13 of them are rated high", "41 medium-severity CVEs",
"高危漏洞13个". A number that leads to nothing counted is none of ours: "60 Hz", "Mate 60", "13 MP".
Nothing is judged here: `verdicts.check` holds what was found against the bulletins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from msgspec import Struct

from monitor.advisories.lexicon import Token, lexicon, plain, tokens
from monitor.models import Body, Entry, Severity
from monitor.text import MONTHS

LENGTH: Final = 100_000  # characters of an entry that are read
MOST: Final = 50  # counts of one entry
REACH: Final = 12  # tokens between a number and what it counts
WORDS: Final = 240  # characters of a sentence that are kept
OURS: Final = ("huawei", "openharmony")  # vendors whose bulletins are read


class Claimed(Struct, frozen=True):
    """A count that an entry states. Where it stands: `field`, and `span` in that text."""

    count: int
    severity: Severity | None  # None for a total
    month: str | None  # "2025-08"; "--08" without its year, "2022" of a whole year; None not told
    vendor: str  # "huawei", "openharmony", another's name, "" if none is told
    words: str  # the sentence that it rests on
    entry: str  # uid
    field: str = "title"  # or "summary", "content"
    span: tuple[int, int] = (0, 0)
    line: str = ""  # "laptops", "wearables"; "" if not told
    scope: str = ""  # "own", "third-party": which table the text says it is about
    hedge: str = ""  # "over", "nearly": the number is not exact


def claims(entries: Iterable[tuple[Entry, Body]]) -> tuple[Claimed, ...]:
    """The counts that the entries of a story state, each once an entry."""
    found: dict[tuple[object, ...], Claimed] = {}
    for entry, body in entries:
        texts = {"title": entry.title, "summary": body.summary, "content": body.content}
        for claim in claimed(entry.uid, texts):
            key = (claim.entry, claim.count, claim.severity, claim.month, claim.vendor, claim.scope)
            found.setdefault(key, claim)
    return tuple(found.values())


def claimed(entry: str, texts: Mapping[str, str]) -> list[Claimed]:
    """The counts in the texts of one entry, by field; none if they are not about patches."""
    text = "\n".join(texts.values())[:LENGTH]
    read = plain(text)
    every = list(tokens(read))
    if lexicon().about.search(text):
        return _totals(_read(entry, texts, text, every, _months(read)))
    if not _is_on_fixes(every):
        return []
    found = _read(entry, texts, text, every, _months(read))
    ours = [claim for claim in found if claim.vendor in OURS]
    return _totals(ours) if any(claim.severity or claim.month for claim in ours) else []


def _is_on_fixes(every: Sequence[Token]) -> bool:
    """Whether a text names one of our vendors, what is counted, and an update."""
    ours = any(token.roles.get("vendor") in OURS for token in every)
    return ours and all(any(role in token.roles for token in every) for role in ("noun", "update"))


def _read(
    entry: str,
    texts: Mapping[str, str],
    text: str,
    every: Sequence[Token],
    months: Sequence[tuple[int, str]],
) -> list[Claimed]:
    """All counts of the tokens of a text, which is that of all fields."""
    title_end = len(next(iter(texts.values()), ""))
    result: list[Claimed] = []
    begin = 0
    for end in [*(i for i, token in enumerate(every) if "stop" in token.roles), len(every)]:
        sentence = every[begin:end]
        for at, last, severity in _counts(sentence):
            number = sentence[at]
            field, offset = _field(texts, number.start)
            context = _Context(every, begin, end, number, title_end)
            result.append(
                Claimed(
                    count=number.number or 0,
                    severity=severity,
                    month=_month(months, sentence[0].start, sentence[-1].end, number.start),
                    vendor=context.vendor(),
                    words=_words(text, sentence, number),
                    entry=entry,
                    field=field,
                    span=(number.start - offset, sentence[last].end - offset),
                    line=context.line(),
                    scope=_scope(sentence, at, last if severity is None else at),
                    hedge=_hedge(sentence, at),
                )
            )
            if len(result) == MOST:
                return result
        begin = end + 1
    return result


def _totals(found: list[Claimed]) -> list[Claimed]:
    """Without smaller totals beside a larger one of the same patch: they are of a part of it."""
    largest: dict[tuple[object, ...], int] = {}
    for one in found:
        key = (one.severity, one.month, one.vendor, one.line, one.scope)
        largest[key] = max(one.count, largest.get(key, 0))
    return [
        one
        for one in found
        if one.severity is not None
        or one.count == largest[None, one.month, one.vendor, one.line, one.scope]
    ]


# ------------------------------------------------------------------------------------- counts


def _counts(sentence: Sequence[Token]) -> Iterator[tuple[int, int, Severity | None]]:
    """Where a sentence states a count: index of the number, of the last token, its severity."""
    fixes = any("update" in token.roles for token in sentence)
    things = any("noun" in token.roles for token in sentence)
    if not (fixes or things) or any("retold" in token.roles for token in sentence):
        return
    taken: set[int] = set()
    for at, token in enumerate(sentence):
        if token.number is None or at in taken or _is_none(sentence, at):
            continue
        found = _forward(sentence, at)
        if found and found[1] is None and not (fixes and _is_whole(sentence, at)):
            continue
        if found:
            yield at, *found
            taken.update(range(at, found[0] + 1))
    for at, token in enumerate(sentence):
        if at not in taken and ("severity" in token.roles or ("noun" in token.roles and fixes)):
            back = _backward(sentence, at)
            if back and taken.isdisjoint(range(at, back[1] + 1)):
                yield back
                taken.update(range(at, back[1] + 1))


def _is_none(sentence: Sequence[Token], at: int) -> bool:
    """Whether the number counts nothing: it is a part of a name, or denied."""
    return _is_name(sentence, at) or _has(sentence, at - 1, "denial")


def _is_name(sentence: Sequence[Token], at: int) -> bool:
    """Whether the number is a part of a name, a date, a price, a version, or a year."""
    number = sentence[at]
    value, measured = number.number or 0, _has(sentence, at + 1, "measure")
    if re.fullmatch(r"(?:19|20)\d\d", number.text) and not measured:
        return True
    if not number.text[0].isascii() and not measured:  # 这一漏洞
        return True
    if value > 9999:
        return True
    if not at:
        return False
    before = sentence[at - 1]
    touching = before.end == number.start
    if touching and before.text in "$€£¥￥#/-.@~*&_=+":
        return True
    if before.text in ("$", "€", "£", "¥", "￥"):
        return True
    if touching and before.text == ":" and at > 1 and sentence[at - 2].number is not None:
        return True  # 12:60
    return not measured and ("name" in before.roles or before.text in MONTHS)


def _is_whole(sentence: Sequence[Token], at: int) -> bool:
    """Whether a total is one: not "including two flaws", nor the 1 of "Low: 1 vulnerability"."""
    if _has(sentence, at - 1, "portion"):
        return False
    return not (at > 1 and sentence[at - 1].text in _SIGNS and _has(sentence, at - 2, "severity"))


def _forward(sentence: Sequence[Token], at: int) -> tuple[int, Severity | None] | None:
    """What the number counts: the last token that says so, and the severity."""
    severity: Severity | None = None
    noun = part = linked = inner = False
    last, here = at, at + 1
    while here < len(sentence) and here <= at + REACH:
        token = sentence[here]
        roles = token.roles
        free = not noun or linked or (here == last + 1 and _ends(sentence, here + 1))
        if "severity" in roles and severity is None and free:
            here = _after_severity(sentence, here)
            if here == 0:
                return None
            severity, last = Severity(roles["severity"]), here - 1
            if noun:
                break
            continue
        if "noun" in roles and not noun:
            if sentence[at].number != 1 and _is_single(sentence, here):
                return None
            noun, last = True, here
        elif "part" in roles and severity is None and not noun:
            part = True
        elif "link" in roles:
            linked = True
        elif token.number is not None and part and not noun and not _is_name(sentence, here):
            inner = True
        elif not (_skipped(sentence, here) and not (noun and severity is None)):
            break
        here += 1
    if noun:
        whole = severity is None
        return None if whole and (part or inner) else (last, severity)
    return (last, severity) if severity and _ends(sentence, last + 1) else None


def _is_single(sentence: Sequence[Token], at: int) -> bool:
    """Whether a noun is one thing: "vulnerability", but not in "60 vulnerability fixes"."""
    plural = at + 1 < len(sentence) and sentence[at + 1].text in ("fixes", "patches")
    return "singular" in sentence[at].roles and not plural


def _skipped(sentence: Sequence[Token], at: int) -> bool:
    token = sentence[at]
    hyphen = token.text == "-" and token.start == sentence[at - 1].end
    return hyphen or not token.roles.keys().isdisjoint(("filler", "measure", "hedge", "suffix"))


def _after_severity(sentence: Sequence[Token], at: int) -> int:
    """The index after a severity and its "-level"; 0 if another follows: "high and critical"."""
    here = at + 1
    while _has(sentence, here, "suffix") or (
        here + 1 < len(sentence)
        and sentence[here].text == "-"
        and (_has(sentence, here + 1, "suffix") or _has(sentence, here + 1, "conjunction"))
    ):
        here += 1
    after = here
    while after < len(sentence) and (
        _has(sentence, after, "conjunction") or sentence[after].text in ("/", "-", ",")
    ):
        after += 1
    return 0 if after > here and _has(sentence, after, "severity") else here


def _ends(sentence: Sequence[Token], at: int) -> bool:
    """Whether a severity without a noun stands for itself: "13 high", and not "13 high-end"."""
    if at >= len(sentence):
        return True
    token = sentence[at]
    if token.text == "-":
        return token.start > sentence[at - 1].end
    ending = not token.roles.keys().isdisjoint(("conjunction", "after", "part", "scope", "link"))
    return ending or (not token.text[0].isalnum() and token.text not in "$€£¥￥%")


_SIGNS: Final = (":", "(", "=")
_OPENING: Final = (*_SIGNS, "共", "有", "为", "达", "计", "数", "量", "总")


def _backward(sentence: Sequence[Token], at: int) -> tuple[int, int, Severity | None] | None:
    """A count after its thing: "High: 13", "高危漏洞13个"."""
    word = sentence[at].roles.get("severity")
    here, sign = at + 1, False
    while here < len(sentence) and (
        sentence[here].text in _OPENING
        or _has(sentence, here, "suffix")
        or (word and _has(sentence, here, "noun"))
    ):
        sign = sign or sentence[here].text in _SIGNS
        here += 1
    if here >= len(sentence) or sentence[here].number is None or _is_none(sentence, here):
        return None
    last = here + _has(sentence, here + 1, "measure")
    if not (sign or last > here) or not _closes(sentence, last + 1):
        return None
    return here, last, Severity(word) if word else None


def _closes(sentence: Sequence[Token], at: int) -> bool:
    if at >= len(sentence):
        return True
    ended = _has(sentence, at, "conjunction") or _has(sentence, at, "noun")
    return ended or sentence[at].text in ",;)、:"


def _has(sentence: Sequence[Token], at: int, role: str) -> bool:
    return 0 <= at < len(sentence) and role in sentence[at].roles


def _hedge(sentence: Sequence[Token], at: int) -> str:
    if at and "hedge" in sentence[at - 1].roles:
        return sentence[at - 1].text
    return sentence[at + 1].text if _has(sentence, at + 1, "hedge") else ""


# ------------------------------------------------------------------------------------ context


class _Context(NamedTuple):
    """Where a number stands: its sentence is `tokens[begin:end]`."""

    tokens: Sequence[Token]
    begin: int
    end: int
    number: Token
    title_end: int

    def vendor(self) -> str:
        """The vendor named last before the number; else the next one of its sentence, or text."""
        before = [t for t in self.tokens[: self.end] if t.start < self.number.start]
        sentence = [t for t in self.tokens[self.begin : self.end] if "vendor" in t.roles]
        near = [t for t in sentence if t.start < self.number.start][-1:] or sentence[:1]
        far = [t for t in before if "vendor" in t.roles][-1:]
        any_ = [t for t in self.tokens if "vendor" in t.roles][:1]
        return next((t.roles["vendor"] for t in (*near, *far, *any_)), "")

    def line(self) -> str:
        """The product line of its sentence, else of the title."""
        sentence = self.tokens[self.begin : self.end]
        title = [t for t in self.tokens if t.start < self.title_end]
        return next((t.roles["line"] for t in (*sentence, *title) if "line" in t.roles), "")


def _scope(sentence: Sequence[Token], at: int, last: int) -> str:
    """The table that a count, which ends with the token `last`, is said to be of.

    A sentence names it before its numbers or after them; one with both tables in a breath none.
    """
    scopes = [(i, t.roles["scope"]) for i, t in enumerate(sentence) if "scope" in t.roles]
    numbers = [i for i, token in enumerate(sentence) if token.number is not None]
    if not scopes:
        return ""
    if scopes[0][0] < numbers[0]:
        before = [scope for i, scope in scopes if i < at]
        return before[-1] if len(set(before[-2:])) == 1 or len(before) < 2 or _apart(scopes) else ""
    after = [(i, scope) for i, scope in scopes if i > at]
    between = sentence[last : after[0][0]] if after else ()
    parting = ("portion", "conjunction") if last > at else ("portion",)
    parted = any(not token.roles.keys().isdisjoint(parting) for token in between)
    joined = len(after) > 1 and after[0][1] != after[1][1] and after[1][0] - after[0][0] <= 2
    return after[0][1] if after and not parted and not joined else ""


def _apart(scopes: Sequence[tuple[int, str]]) -> bool:
    """Whether no two different tables are named side by side."""
    return all(a[1] == b[1] or b[0] - a[0] > 2 for a, b in pairwise(scopes))


def _field(texts: Mapping[str, str], at: int) -> tuple[str, int]:
    """The field of a place in the joined texts, and where that field begins."""
    begin = 0
    for field, text in texts.items():
        if at <= begin + len(text):
            return field, begin
        begin += len(text) + 1
    raise AssertionError(at)


def _words(text: str, sentence: Sequence[Token], number: Token) -> str:
    start, end = sentence[0].start, sentence[-1].end
    if end - start > WORDS:
        start = max(start, number.start - WORDS // 2)
        end = min(end, start + WORDS)
    return " ".join(text[start:end].split())


# ------------------------------------------------------------------------------------- months

_NAMES: Final = "|".join(sorted(MONTHS, key=len, reverse=True))
_FULL: Final = "|".join(name for name in MONTHS if len(name) > 4 or name in ("june", "july", "may"))
_NEXT: Final = r"(?:patch|update|bulletin|security|maintenance|release|fix)"
_VERBS: Final = ("may", "march")  # months only with a capital


@cache
def _month_patterns() -> tuple[re.Pattern[str], ...]:
    """Patterns with the groups year, name and number, some of which may be missing."""
    name = rf"(?P<name>{_FULL})"
    patterns = (
        rf"(?<!\d )\b(?P<name>{_NAMES})\b\.?,? (?P<year>20\d\d)\b",
        r"\b(?P<year>20\d\d)-(?P<number>0[1-9]|1[0-2])\b(?!-\d)",
        r"(?P<year>20\d\d) ?年 ?(?P<number>\d{1,2}) ?月(?! ?\d)",
        r"(?<![年\d])(?P<number>\d{1,2}) ?月[^\d。,]{0,8}?(?:补丁|更新|公告|通告|安全)",
        rf"\b{name}(?:'s)?(?: (?!20\d\d)[a-z-]{{1,30}}){{0,2}}? {_NEXT}",
        rf"\b{_NEXT}(?:e?s)? (?:for|of|from|in) {name}\b(?! \d)",
        r"\b(?:in|during|throughout) (?P<year>20\d\d)\b",
    )
    return tuple(re.compile(pattern, re.I) for pattern in patterns)


def _months(text: str) -> list[tuple[int, str]]:
    """The months that a text names for a patch, with their places, ascending."""
    found: dict[int, str] = {}
    for pattern in _month_patterns():
        for match in pattern.finditer(text):
            groups = match.groupdict()
            name, year = groups.get("name"), groups.get("year")
            if name and name in _VERBS and not year:
                continue
            number = MONTHS[name.lower()] if name else int(groups.get("number") or 0)
            if number > 12 or (not number and not year):
                continue
            month = f"{year}-{number:02}" if year and number else year or f"--{number:02}"
            found.setdefault(match.start(), month)
    return sorted(found.items())


def _month(months: Sequence[tuple[int, str]], start: int, end: int, at: int) -> str | None:
    """The month that a count is of: the sentence's, else the last that was named, else the only."""
    inside = [month for place, month in months if start <= place < end]
    before = [month for place, month in months if place < at and not month.isdigit()]
    nearest = [month for place, month in months if start <= place < at]
    every = {month for _, month in months if not month.isdigit()}
    if inside:
        month = (nearest or inside)[-1 if nearest else 0]
    elif before:
        month = before[-1]
    elif len(every) == 1:
        month = next(iter(every))
    else:
        return None
    if month.startswith("--"):
        full = {other for other in every if other.endswith(month[1:]) and other[0] != "-"}
        return next(iter(full)) if len(full) == 1 else month
    return month
