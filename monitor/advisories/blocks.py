"""Bulletin pages as blocks: lines of text and tables, in the order of the page.

A page is HTML (Huawei) or Markdown with pieces of HTML (OpenHarmony). Spans are laid out, a table
within a table follows it as one of its own, and all text is clean. What is read is bounded: rows,
cells, characters and elements; what is left unread is told. The Markdown reader is our own: a
parser by the book (GFM) drops the cells that a row has too many, and these have to be reported.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lxml import etree

from monitor.text import clean, clean_block, web_url

ROWS: Final = 5_000  # of one page
CELLS: Final = 50  # of one row
CELL: Final = 2_000  # characters of one cell or line
LINKS: Final = 50  # of one cell
BLOCKS: Final = 20_000  # lines and tables of a Markdown document
ELEMENTS: Final = 100_000  # outside tables
CELL_ELEMENTS: Final = 1_000

_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "caption"))
_BLOCKS: Final = _HEADINGS | frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt"),
        *("fieldset", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav"),
        *("ol", "p", "pre", "section", "td", "th", "tr", "ul"),
    )
)
_UNSEEN: Final = (
    "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "select",
    "textarea", "head",
)  # fmt: skip

_HTML_TABLE: Final = re.compile(r"<table\b", re.IGNORECASE)
_HTML_TABLE_END: Final = re.compile(r"</table\s*>", re.IGNORECASE)
_RULE: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_BREAK: Final = re.compile(r"<br\s{0,9}/?>", re.IGNORECASE)
_LINK: Final = re.compile(r"\[([^\[\]]{0,500})\]\(\s{0,9}<?([^()\s<>]{0,2000})>?[^()]{0,200}\)")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--[^<>]{0,2000}-->")
_BARE_LINK: Final = re.compile(r"https?://[^\s|<>()\[\]]{1,2000}")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


class Cell(NamedTuple):
    """Clean text, a line for each line of the cell, and the web addresses it links to."""

    text: str
    links: tuple[str, ...] = ()


class Text(NamedTuple):
    """One clean line outside of tables."""

    text: str
    heading: bool = False


class Table(NamedTuple):
    rows: list[list[Cell]]


Block = Text | Table


@dataclass(slots=True)
class Page:
    """What was found in a document; `left` rows were not read, `problems` tell of other losses."""

    title: str = ""  # of an HTML page
    text: str = ""  # all that is seen of an HTML page, not clean, wherever it stands
    blocks: list[Block] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    read: int = 0  # rows
    left: int = 0


def html_page(text: str) -> Page:
    """The blocks of an HTML document or fragment; an empty page where there is no element."""
    page = Page()
    _html(text, page)
    return page


def markdown_page(text: str) -> Page:
    """The blocks of a Markdown document, with the tables in HTML that it holds."""
    page = Page()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = fragments = 0
    while number < len(lines):
        line = lines[number]
        if len(page.blocks) > BLOCKS or fragments > BLOCKS // 100:
            page.problems.append(f"the page was read to line {number:,} of {len(lines):,} only")
            break
        if _HTML_TABLE.search(line):
            end = _end_of_html_table(lines, number)
            _html("\n".join(lines[number:end]), page)
            number = end
            fragments += 1
        elif "|" in line and _is_rule(lines, number + 1):
            number = _markdown_table(lines, number, page)
        else:
            _markdown_line(line, page)
            number += 1
    return page


# -- HTML -----------------------------------------------------------------------------------------
def _html(text: str, page: Page) -> None:
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None:
        return
    fatal = [entry for entry in parser.error_log if entry.level_name == "FATAL"]
    if fatal:
        what = clean(fatal[0].message, 100)
        page.problems.append(f"the page is broken, and what follows was not read: {what}")
    page.title = page.title or clean(root.findtext(".//title") or "", CELL)
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    page.text += "\n".join(map(str, root.itertext()))
    _outside(root, page)


def _outside(root: etree._Element, page: Page) -> None:
    """Lines of text, and the tables among them."""
    walk = etree.iterwalk(root, events=("start", "end"))
    parts: list[str] = []
    heading = 0

    def flush() -> None:
        line = clean("".join(parts), CELL)
        parts.clear()
        if line:
            page.blocks.append(Text(line, heading > 0))

    for count, (event, element) in enumerate(walk):
        if count > 2 * ELEMENTS:
            page.problems.append(f"only the first {ELEMENTS:,} elements of the page were read")
            break
        tag = element.tag
        start = event == "start"
        if tag == "table":
            flush()
            if start:
                _html_tables(element, page)
                walk.skip_subtree()
        elif tag in _BLOCKS:
            flush()
            if tag in _HEADINGS:
                heading += 1 if start else -1
        piece = (element.text if tag != "table" else None) if start else element.tail
        if piece:
            parts.append(piece)
    flush()


def _html_tables(table: etree._Element, page: Page) -> None:
    """A table, and after it those within its cells."""
    waiting = [table]
    for outer in waiting:  # which grows
        block = Table([])
        page.blocks.append(block)
        spans: dict[int, tuple[int, Cell]] = {}  # column -> (rows to go, its cell)
        for tr in _rows(outer):
            if page.read == ROWS:
                page.left += 1
                continue
            page.read += 1
            block.rows.append(_html_row(tr, spans, waiting))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table itself, be they in a `tbody`, a stray form, or at its top."""
    waiting = list(reversed(table))
    while waiting:
        element = waiting.pop()
        if element.tag == "tr":
            yield element
        elif element.tag not in ("td", "th"):
            waiting.extend(reversed(element))


def _html_row(
    tr: etree._Element, spans: dict[int, tuple[int, Cell]], waiting: list[etree._Element]
) -> list[Cell]:
    """The cells of a row, with those that reach into it from above and from the left."""
    row: list[Cell] = []

    def from_above() -> None:
        while len(row) in spans and len(row) < CELLS:
            rows, cell = spans.pop(len(row))
            if rows > 1:
                above[len(row)] = (rows - 1, cell)
            row.append(cell)

    above: dict[int, tuple[int, Cell]] = {}
    for element in tr:
        if element.tag not in ("td", "th"):
            continue
        from_above()
        if len(row) == CELLS:
            break
        cell = _html_cell(element, waiting)
        down, right = _span(element, "rowspan"), _span(element, "colspan")
        for _ in range(min(right, CELLS - len(row))):
            if down > 1:
                above[len(row)] = (down - 1, cell)
            row.append(cell)
    from_above()
    spans.update(above)
    return row


def _span(element: etree._Element, name: str) -> int:
    value = (element.get(name) or "").strip()
    return max(1, min(int(value), ROWS)) if value.isascii() and value.isdigit() else 1


def _html_cell(cell: etree._Element, waiting: list[etree._Element]) -> Cell:
    walk = etree.iterwalk(cell, events=("start", "end"))
    parts: list[str] = []
    links: list[str] = []
    size = 0
    for count, (event, element) in enumerate(walk):
        if size > 4 * CELL or count > 2 * CELL_ELEMENTS:
            break
        start, tag = event == "start", element.tag
        if tag == "table" and start:
            waiting.append(element)
            walk.skip_subtree()
            continue
        if start and tag == "a" and len(links) < LINKS:
            link = web_url((element.get("href") or "").strip())
            if link:
                links.append(link)
        if tag in _BLOCKS:
            parts.append("\0")  # which text never holds, as it has been taken out
        elif start and tag == "img":
            parts.append(element.get("alt") or "")
        piece = element.text if start else element.tail if element is not cell else None
        if piece:
            parts.append(piece[: 4 * CELL])
            size += len(piece)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\0"))
    return Cell(clean_block("\n".join(lines), CELL), tuple(dict.fromkeys(links)))


# -- Markdown -------------------------------------------------------------------------------------
def _end_of_html_table(lines: list[str], number: int) -> int:
    """The line after the one that closes all tables, or where the next section begins."""
    depth = 0
    for at in range(number, len(lines)):
        if at > number and lines[at].startswith("#"):
            return at
        depth += len(_HTML_TABLE.findall(lines[at])) - len(_HTML_TABLE_END.findall(lines[at]))
        if depth <= 0:
            return at + 1
    return len(lines)


def _is_rule(lines: list[str], number: int) -> bool:
    """Whether this is the line of dashes under a table's header."""
    if number >= len(lines):
        return False
    line = lines[number].strip()
    return len(line) < CELL and "-" in line and "|" in line and bool(_RULE.fullmatch(line))


def _markdown_table(lines: list[str], number: int, page: Page) -> int:
    """Reads the table whose header is at `number`; returns the line after it."""
    table = Table([])
    page.blocks.append(table)
    for at in range(number, len(lines)):
        line = lines[at].strip()
        if at == number + 1:
            continue
        if "|" not in line or (at > number and line.startswith("#")):
            return at
        if page.read == ROWS:
            page.left += 1
            continue
        page.read += 1
        table.rows.append(_markdown_row(line))
    return len(lines)


def _markdown_row(line: str) -> list[Cell]:
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [_markdown_cell(part) for part in _PIPE.split(line, CELLS)]


def _markdown_cell(source: str) -> Cell:
    text = source.strip()[: 8 * CELL]
    if text.isalnum() or not text:  # most cells
        return Cell(clean(text, CELL))
    links: list[str] = []
    if "://" in text:
        links = [match[2] for match in _LINK.finditer(text)]
        rest = _LINK.sub(r"\1", text)
        links += _BARE_LINK.findall(rest)
        text = rest
    found = tuple(dict.fromkeys(filter(None, map(web_url, links))))[:LINKS]
    return Cell(clean_block(_plain(text), CELL), found)


def _plain(text: str) -> str:
    """Markdown of one cell or line without its marks; `br` begins a line."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    text = text.replace("**", "").replace("`", "")
    return html.unescape(text) if "&" in text else text


def _markdown_line(line: str, page: Page) -> None:
    text = line.strip()
    if not text:
        return
    heading = text.startswith("#")
    for part in _plain(_LINK.sub(r"\1", text.lstrip("#>*- \t")[: 4 * CELL])).splitlines():
        if shown := clean(part.strip().strip("_"), CELL):
            page.blocks.append(Text(shown, heading))
