"""Huawei's monthly consumer bulletins: HTML pages for phones and tablets, laptops and wearables.

`https://consumer.huawei.com/{en,cn}/support/bulletin/2025/8/`, laptops under `bulletinlaptops`,
wearables under `bulletinwearables`. Pages of 2021 to 2023 (shape A) have a paragraph a
vulnerability and lists of third-party ids by severity; those since 2024 (shape B) have two tables.
"""

import re
from collections.abc import AsyncIterator, Iterable
from typing import Final

from monitor.advisories.blocks import CELL, Page, Text, html_page
from monitor.advisories.decoding import decoded, not_a_bulletin, what_came
from monitor.advisories.months import (
    Published,
    collect_pages,
    date_in,
    month_in,
    months_back,
)
from monitor.advisories.rows import (
    TEXT,
    Found,
    add_earlier,
    add_rows,
    agreed_month,
    listed,
    read_tables,
    settle,
    tell_strays,
)
from monitor.advisories.source import Batch, Context, Reply, SourceError
from monitor.advisories.words import column, ids, is_earlier, module, severity, versions
from monitor.models import Severity
from monitor.text import clean, fold
from monitor.vulnerability import Bulletin, BulletinRow

BASE: Final = "https://consumer.huawei.com"  # the pages' addresses are those of CVE records
LINES: Final = {
    "phones": "bulletin",
    "laptops": "bulletinlaptops",
    "wearables": "bulletinwearables",
}

_URL: Final = re.compile(r"/(bulletin[a-z]*)/((?:19|20)\d\d)/(0?[1-9]|1[0-2])(?![\d])")
_PUBLISHED: Final = re.compile(r"publish|release|发布")
_UPDATED: Final = re.compile(r"updated|modified|更新(?:时间|日期|于)|修订")
_FIELDS: Final = ("severity", "affected", "impact")
_ITEM: Final = re.compile(r"(?i:(?:CVE-\d{4}-\d{4,19}|HWPSIRT-\d{4}-\d+)[\s,、，]{0,9}){1,50}")
_ALONE: Final = re.compile(r"[\s,.;、，。；&]*(?:and|及|和)?[\s,.;、，。；&]*")
_ID: Final = re.compile(r"(?i:CVE-\d{4}-\d{4,19})(?:\([^()]{0,60}\))?")


def parse(body: bytes, url: str, lang: str = "", line: str = "") -> Bulletin:
    """The bulletin on a page of either shape; what did not fit is in its `problems`.

    Month and product line are those of the address, or else the page's month and `line` (phones).
    Raises SourceError where the body is no bulletin, and says what it is.
    """
    text, lost = decoded(body)
    if "<" not in text:
        raise not_a_bulletin(what_came(text))
    page = html_page(text)
    found = Found(problems=[lost] if lost else [])
    lines = list(read_tables(page, found))
    loose = _paragraphs(lines, found)
    if not (found.tables or found.rows or found.earlier):
        raise not_a_bulletin("; ".join((what_came(text), *page.problems)))
    named = _URL.search(url)
    month = f"{named[2]}-{int(named[3]):02}" if named else ""
    title, said = _title(page, lines, month)
    month = agreed_month(found, month, title, said)
    tell_strays(found, loose, page)
    paths = {path: name for name, path in LINES.items()}
    line = paths.get(named[1], "") if named and not line else line
    earlier = settle(found)
    return Bulletin(
        id=f"huawei-{line or 'phones'}-{month or 'unknown'}",
        vendor="huawei",
        line=line or "phones",
        month=month,
        url=clean(url),
        lang=lang or ("zh" if "/cn/" in url else "en"),
        title=title,
        published=_date(lines, _PUBLISHED),
        updated=_date(lines, _UPDATED),
        rows=tuple(found.rows),
        earlier=earlier,
        problems=found.all_problems(),
    )


def _title(page: Page, lines: Iterable[Text], month: str) -> tuple[str, str]:
    """The heading that names this month or, where none does, another, and the month it names.

    Else the page's title, or its first heading.
    """
    headings = [line.text for line in lines if line.heading]
    named = [(text, said) for text in (*headings, page.title) if (said := month_in(text))]
    for text, said in (*(pair for pair in named if pair[1] == month), *named):
        return clean(text, 300), said
    return clean(next(filter(None, (page.title, *headings)), ""), 300), ""


def _date(lines: Iterable[Text], words: re.Pattern[str]) -> float | None:
    """The date on the first short line with these words, as "Release date: Aug 5, 2025"."""
    for line in lines:
        if len(line.text) < 100 and words.search(fold(line.text)):
            date = date_in(line.text)
            if date is not None:
                return date
    return None


# -- shape A --------------------------------------------------------------------------------------
def _paragraphs(lines: Iterable[Text], found: Found) -> list[str]:
    """Reads vulnerabilities that are told in paragraphs; returns the lines that are none of it.

    "CVE-2022-1: title" begins one, lines such as "Severity: High" follow it. "High: CVE-1, CVE-2"
    and "Already included in previous updates: CVE-3" are lists, which may go on over lines.
    """
    loose: list[str] = []
    label = ""  # of the list that we are in
    item: dict[str, str] = {}
    for line in lines:
        text = line.text
        name, _, value = text.replace("：", ":").partition(":")
        begin = _ITEM.match(text)
        if line.heading:
            _finish(item, found)
            item, label = {}, ""
        field = column(name) if item and value else ""
        if begin and not (label and _only_ids(text)):
            _finish(item, found)
            title = text[begin.end() :].strip(" :：-–—")
            item, label = {"cve": begin[0], "summary": title, "all": text}, ""
        elif field in _FIELDS and not ids(value):
            item[field] = value.strip()
            item["all"] += f" | {text}"
        elif _is_list(name, value, found):
            _finish(item, found)
            item, label = {}, name
        elif label and _only_ids(text):
            listed(found, label, text)
        else:
            label = text if is_earlier(text) else ""
            loose.append(text)
    _finish(item, found)
    return loose


def _is_list(name: str, value: str, found: Found) -> bool:
    """Reads "High: CVE-1, CVE-2" or "Low: none"; a name alone begins a list on the next lines."""
    return bool(ids(value) or severity(value) is Severity.UNKNOWN) and listed(found, name, value)


def _only_ids(text: str) -> bool:
    return bool(_ID.search(text)) and bool(_ALONE.fullmatch(_ID.sub(",", text)))


def _finish(item: dict[str, str], found: Found) -> None:
    """Turns what was gathered of one vulnerability into its row."""
    if not item:
        return
    named = ids(item["cve"])
    if any(is_earlier(value) for name, value in item.items() if name != "all"):
        add_earlier(found, named)
        return
    word = item.get("severity")
    grade = severity(word) if word is not None else None
    if word is None:
        found.problem("no severity is given", item["all"])
    elif grade is None:
        found.problem(f"unknown severity '{clean(word, 40)}' of {named[0]}", item["all"])
    summary = clean(item["summary"], TEXT)
    row = BulletinRow(
        cve=named[0],
        severity=grade or Severity.UNKNOWN,
        component=module(summary),
        summary=summary,
        impact=clean(item.get("impact", ""), TEXT),
        affected=versions(item.get("affected", "")[:CELL]),
    )
    add_rows(found, row, named)


# -- client ---------------------------------------------------------------------------------------
async def collect(context: Context) -> AsyncIterator[Batch]:
    """The bulletins of each month and product line, newest first, a batch a page."""
    settings = context.settings
    region = "cn" if settings.lang.lower()[:2] in ("zh", "cn") else "en"
    base = f"{settings.url.rstrip('/') or BASE}/{region}/support"
    wanted = ["phones" if name == "tablets" else name for name in settings.products] or [*LINES]
    for name in wanted:
        if name not in LINES:
            raise SourceError(f"unknown product line '{clean(name, 40)}': use {', '.join(LINES)}")
    pages = [
        Published(f"{base}/{LINES[name]}/{month[:4]}/{int(month[5:])}/", month, f"{name} {month}")
        for month in months_back(context.now(), settings.months)
        for name in dict.fromkeys(wanted)
    ]

    def read(reply: Reply, page: Published) -> Bulletin:
        came, asked = _URL.search(reply.url), _URL.search(page.url)
        if not came or not asked or came.groups() != asked.groups():
            raise SourceError(f"the address leads to {clean(reply.url, 200)}")
        return parse(reply.body or b"", page.url, "zh" if region == "cn" else "en")

    async for batch in collect_pages(context, pages, read):
        yield batch
