"""OpenHarmony's monthly bulletins: Markdown files in a public repository, in English and Chinese.

`{en|zh}/security-disclosure/2025/2025-08.md`, listed in the README beside them. OpenHarmony is the
open base of HarmonyOS, and no phone runs it: its bulletins are a line of their own.
"""

import re
from collections.abc import AsyncIterator
from typing import Final

from monitor.advisories.blocks import markdown_page
from monitor.advisories.decoding import decoded, is_html, not_a_bulletin, what_came
from monitor.advisories.months import (
    Published,
    collect_pages,
    date_in,
    month_at,
    month_in,
    months_back,
)
from monitor.advisories.rows import Found, agreed_month, read_tables, settle, tell_strays
from monitor.advisories.source import Batch, Context, Reply, SourceError
from monitor.text import clean, fold
from monitor.vulnerability import Bulletin

# The mirror whose raw addresses are documented; GitCode and Gitee have the same files. Unverified.
BASE: Final = "https://raw.githubusercontent.com/openharmony/security/master"
INDEX: Final = 1 << 20  # bytes of the README at most

_TITLE: Final = re.compile(r"security (?:vulnerabilit|bulletin)|安全(?:漏洞|公告)")
_PUBLISHED: Final = re.compile(r"publish|release date|发布")
_UPDATED: Final = re.compile(r"updated|modified|更新|修订")
_URL_MONTH: Final = re.compile(r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])\.md\b")
_LINK: Final = re.compile(
    r"\]\(\s{0,9}[^()\s]{0,300}?\b((?:19|20)\d\d[\w-]{0,20})/((?:19|20)\d\d-(?:0[1-9]|1[0-2]))\.md"
)


def parse(body: bytes, url: str, lang: str = "") -> Bulletin:
    """The bulletin in a Markdown file; what did not fit is in its `problems`.

    The month is that of the address, or else of the page. Raises SourceError where the body is no
    bulletin, and says what it is.
    """
    text, lost = decoded(body)
    if is_html(text):
        raise not_a_bulletin(what_came(text))
    page = markdown_page(text)
    found = Found(problems=[lost] if lost else [])
    lines = [line.text for line in read_tables(page, found)]
    title = next((line for line in lines[:20] if _TITLE.search(fold(line))), "")
    if not (title or found.tables or found.rows):
        raise not_a_bulletin(what_came(text))
    named = _URL_MONTH.search(url)
    address = "-".join(named.groups()) if named else ""
    month = agreed_month(found, address, title, month_in(title))
    tell_strays(found, lines, page)
    head = lines[:10]
    earlier = settle(found)
    return Bulletin(
        id=f"openharmony-{month or 'unknown'}",
        vendor="openharmony",
        line="openharmony",
        month=month,
        url=clean(url),
        lang=lang or ("zh" if "/zh/" in url or not title.isascii() else "en"),
        title=clean(title, 300),
        published=_date(head, _PUBLISHED, found),
        updated=_date(head, _UPDATED, found),
        label=found.label,
        rows=tuple(found.rows),
        earlier=earlier,
        problems=found.all_problems(),
    )


def _date(lines: list[str], words: re.Pattern[str], found: Found) -> float | None:
    """The date on the line with these words; a line that has them and no date is a problem."""
    for line in lines:
        if len(line) < 100 and words.search(fold(line)) and re.search(r"\d{4}", line):
            date = date_in(line)
            if date is None:
                found.problem("no date", line)
            return date
    return None


async def collect(context: Context) -> AsyncIterator[Batch]:
    """The bulletins of the months that the README lists, newest first, a batch a page.

    Where there is no README, each month is asked for.
    """
    settings = context.settings
    lang = "zh" if settings.lang.lower()[:2] in ("zh", "cn") else "en"
    folder = f"{settings.url.rstrip('/') or BASE}/{lang}/security-disclosure"
    wanted = months_back(context.now(), settings.months)
    listed = await _index(context, f"{folder}/README.md")
    current = month_at(context.now())
    paths = {month: f"{month[:4]}/{month}.md" for month in wanted}
    if listed:
        paths = {m: listed.get(m, path) for m, path in paths.items() if m in listed or m == current}
    pages = [Published(f"{folder}/{path}", month, month) for month, path in paths.items()]

    def read(reply: Reply, page: Published) -> Bulletin:
        return parse(reply.body or b"", page.url, lang)

    async for batch in collect_pages(context, pages, read):
        yield batch


async def _index(context: Context, url: str) -> dict[str, str]:
    """The months that the README links, with their paths; none where it cannot be had."""
    reply = await context.ask(url, limit=INDEX)
    if reply.status is None or reply.status in (401, 403, 429, 503):
        told = reply.error or f"it answered {reply.status}"
        raise SourceError(f"the list of bulletins: {told}", reply.status, reply.retry_after)
    text = (reply.body or b"").decode("utf-8", "replace")
    return {match[2]: f"{match[1]}/{match[2]}.md" for match in _LINK.finditer(text)}
