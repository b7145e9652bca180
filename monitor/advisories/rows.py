"""What the blocks of a bulletin say: its rows, by the headers of their tables, and the misfits.

Headers drift from month to month and between languages, so columns are known by their words, in
any order; by their number only where a table has no header. A line that does not fit is a problem
that names it, and its CVE ids stay rows: nothing is dropped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor.advisories.blocks import ROWS, Cell, Page, Table, Text
from monitor.advisories.words import (
    NAME,
    NO_WORD,
    PARTS,
    column,
    ids,
    is_earlier,
    module,
    severity,
    versions,
)
from monitor.models import Severity
from monitor.text import clean, fold
from monitor.vulnerability import BulletinRow

PROBLEMS: Final = 200  # of one bulletin; of those that follow, the number is told
EARLIER: Final = 5_000  # ids
SHOWN: Final = 200  # characters of a row that a problem quotes
TEXT: Final = 500  # characters of a description or an impact
_BY_NUMBER: Final = {
    5: ("cve", "summary", "impact", "severity", "affected"),
    3: ("cve", "severity", "affected"),
}
_THIRD: Final = re.compile(r"third[- ]?part(?:y|ies)|第?三方")
_VENDOR: Final = re.compile(r"\bhuawei\b|华为")
_OWN: Final = re.compile(r"(?:\bhuawei\b|华为).{0,40}(?:patch|vulnerab|fix|补丁|漏洞)")
_MISSED: Final = re.compile("miss|omit|add|new|遗漏|漏|新增|补充")
_SCORE: Final = re.compile(r"(?<![\d.])(?:10(?:\.0)?|\d(?:\.\d)?)(?![\d.])")


@dataclass(slots=True)
class Found:
    """What has been read of a bulletin so far."""

    rows: list[BulletinRow] = field(default_factory=list)
    earlier: dict[str, None] = field(default_factory=dict)
    label: str = ""
    tables: int = 0  # whose header is that of a list of vulnerabilities
    problems: list[str] = field(default_factory=list)
    more: int = 0  # problems that were not kept

    def problem(self, what: str, where: str = "") -> None:
        """Keep a problem, with the line it was found in."""
        if len(self.problems) < PROBLEMS:
            self.problems.append(f"{what}: {clean(where, SHOWN)}" if where else what)
        else:
            self.more += 1

    def all_problems(self) -> tuple[str, ...]:
        more = (f"and {self.more:,} more problems",) if self.more else ()
        return (*self.problems, *more)


# -- tables ---------------------------------------------------------------------------------------
def read_tables(page: Page, found: Found) -> Iterator[Text]:
    """Reads the tables of a page; yields its lines of text, each before the table it precedes."""
    before: list[Text] = []
    for block in page.blocks:
        if isinstance(block, Text):
            before.append(block)
            yield block
        else:
            _Reader(found, before[-20:]).read(block)
            before = []
    for problem in page.problems:
        found.problem(problem)
    if page.left:
        found.problem(f"{page.left:,} more table rows were not read: {ROWS:,} is the most")


class _Reader:
    """Reads one table."""

    def __init__(self, found: Found, before: Sequence[Text]) -> None:
        nearest = before[-1].text if before else ""
        self.found = found
        self.columns: tuple[str, ...] = ()
        self.earlier = is_earlier(nearest)
        self.said = _whose(nearest, [text.text for text in before if text.heading])

    def read(self, table: Table) -> None:
        for row in table.rows:
            self.row(row)

    def row(self, row: list[Cell]) -> None:
        text = " | ".join(cell.text for cell in row)
        if not text.strip(" |"):
            return
        found = ids(text)
        if not found and self.is_header(row):
            return
        if "label" in self.columns:
            self.label(row)
        elif len({cell.text for cell in row}) == 1 and self.columns:
            self.section(row[0].text, found)
        elif not self.columns and not found:
            return  # a table of something else
        elif len(row) == 2 and len(self.columns) != 2 and self.listed(row):
            return
        else:
            self.vulnerability(row, text, found)

    def is_header(self, row: list[Cell]) -> bool:
        kinds = tuple(column(cell.text) for cell in row)
        if "label" in kinds and "cve" not in kinds:
            self.columns = kinds
            return True
        known = set(kinds) - {"", "other"}
        if not {"cve", "related"} & known or len(known) < 2:
            return False
        self.columns = kinds
        self.found.tables += 1
        return True

    def section(self, text: str, found: tuple[str, ...]) -> None:
        """A line across the table: what comes next, or a list."""
        label, _, rest = text.replace("：", ":").partition(":")
        if found:
            if not listed(self.found, label, rest):
                self.misfit("a row across all columns", [Cell(text)], text, found)
            return
        self.earlier = is_earlier(text)
        if _THIRD.search(fold(text)):
            self.said = True

    def label(self, row: list[Cell]) -> None:
        """A row of the table of security patch labels; a later form names branches instead."""
        text = row[0].text
        if not self.found.label and re.search(r"\b(?:19|20)\d\d", text):
            self.found.label = clean(text, NAME)

    def listed(self, row: list[Cell]) -> bool:
        """Whether this is "High | CVE-1, CVE-2", as lists of third-party patches may have it."""
        return listed(self.found, row[0].text, row[1].text)

    def vulnerability(self, row: list[Cell], text: str, found: tuple[str, ...]) -> None:
        columns = self.columns or _BY_NUMBER.get(len(row), ())
        while len(row) > len(columns) and not row[-1].text:
            row = row[:-1]
        if len(row) != len(columns):
            wanted = f", not {len(self.columns)}" if self.columns else ""
            self.misfit(f"a row has {len(row)} cells{wanted}", row, text, found)
            return
        cells = {name: cell for name, cell in zip(columns, row, strict=True) if name}
        named = ids(_text(cells, "related")) or ids(_text(cells, "cve"))
        if not named:
            self.misfit("a row names no vulnerability", row, text, found)
            return
        if self.earlier or any(is_earlier(cell.text) for cell in row) or self.known(cells):
            add_earlier(self.found, named)
            return
        third = self.said
        if third is None:
            third = "summary" not in cells and "impact" not in cells
        self.keep(named, cells, third, text)

    def known(self, cells: dict[str, Cell]) -> bool:
        """Whether the row adjusts what an earlier bulletin lists; one that was missed is new."""
        adjusted = fold(_text(cells, "adjusted"))
        return bool(adjusted) and not _MISSED.search(adjusted)

    def keep(self, named: tuple[str, ...], cells: dict[str, Cell], third: bool, text: str) -> None:
        word = _text(cells, "severity")
        grade = severity(word)
        if grade is None:
            self.found.problem(f"unknown severity '{clean(word, 40)}' of {named[0]}", text)
        summary = _line(cells, "summary", TEXT)
        component = _line(cells, "component", NAME) or ("" if third else module(summary))
        row = BulletinRow(
            cve=named[0],
            severity=grade or Severity.UNKNOWN,
            third_party=third,
            component=component,
            summary=summary,
            impact=_line(cells, "impact", TEXT),
            affected=versions(_text(cells, "affected")),
            cvss=self.score(_text(cells, "cvss"), text),
            fixes=cells["fix"].links if "fix" in cells else (),
        )
        add_rows(self.found, row, named)

    def score(self, word: str, text: str) -> float | None:
        folded = fold(word)
        match = _SCORE.search(folded)
        if match and "cvss:" not in folded:
            return float(match[0])
        if "".join(folded.split()).strip("-/.") not in NO_WORD:
            self.found.problem(f"no CVSS score is '{clean(word, 40)}'", text)
        return None

    def misfit(self, what: str, row: list[Cell], text: str, found: tuple[str, ...]) -> None:
        """A row that is not as its table: what is certain in it is kept."""
        self.found.problem(what, text)
        if self.earlier:
            add_earlier(self.found, found)
        elif found:
            add_rows(self.found, self.salvaged(row, found[0]), found)

    def salvaged(self, row: list[Cell], cve: str) -> BulletinRow:
        grades = {severity(cell.text) for cell in row} - {None, Severity.UNKNOWN}
        links = dict.fromkeys(link for cell in row for link in cell.links)
        return BulletinRow(
            cve=cve,
            severity=(grades.pop() if len(grades) == 1 else None) or Severity.UNKNOWN,
            third_party=bool(self.said),
            fixes=tuple(links)[:PARTS],
        )


def _whose(nearest: str, headings: Iterable[str]) -> bool | None:
    """Whether the words before a table call it third-party; None where they leave it open.

    A sentence that names the vendor beside third parties is an introduction to both tables.
    """
    for line in (nearest, *headings):
        folded = fold(line[: 3 * NAME])
        if _THIRD.search(folded):
            return None if _VENDOR.search(folded) else True
    return False if _OWN.search(fold(nearest[: 3 * NAME])) else None


def listed(found: Found, label: str, text: str) -> bool:
    """Reads "High: CVE-1, CVE-2" as third-party rows; False where it is nothing of the kind."""
    named = ids(text)
    if is_earlier(label):
        add_earlier(found, named)
        return True
    grade = severity(label)
    if not label or not grade or (grade is Severity.UNKNOWN and not named):
        return False
    if named:
        add_rows(found, BulletinRow(named[0], grade, third_party=True), named)
    return True


def add_rows(found: Found, row: BulletinRow, named: Iterable[str]) -> None:
    """One row for each id, alike in all else; no more than a page may have."""
    for cve in named:
        if len(found.rows) == ROWS:
            found.problem(f"no more than {ROWS:,} vulnerabilities are kept", cve)
            return
        found.rows.append(
            BulletinRow(
                cve, row.severity, row.third_party, row.component, row.summary, row.impact,
                row.affected, row.cvss, row.fixes,
            )
        )  # fmt: skip


def add_earlier(found: Found, named: Iterable[str]) -> None:
    """Keep ids as included in earlier updates."""
    for cve in named:
        if len(found.earlier) < EARLIER:
            found.earlier[cve] = None


def settle(found: Found) -> tuple[str, ...]:
    """The ids of earlier updates that are in no row; those that are in one are a problem."""
    rows = {row.cve for row in found.rows}
    listed_too = [cve for cve in found.earlier if cve in rows]
    if listed_too:
        what = "listed as fixed now and as included in earlier updates"
        found.problem(what, ", ".join(listed_too))
    return tuple(cve for cve in found.earlier if cve not in rows)


def agreed_month(found: Found, address: str, title: str, said: str) -> str:
    """The month of the address, or else the one that the title says; two that differ are told."""
    if address and said and address != said:
        found.problem(f"the address is that of {address}, the page says {said}", title)
    if not (address or said):
        found.problem("neither the address nor the page names a month")
    return address or said


def tell_strays(found: Found, lines: Iterable[str], page: Page) -> None:
    """Tells of ids that stand outside the tables, or where no reader looks, and are in no row."""
    known = {row.cve for row in found.rows} | set(found.earlier)
    for line in lines:
        if set(ids(line)) - known:
            found.problem("named outside the tables", line)
    if not page.left:  # else the page is too long, and that is told
        known |= set(ids(" ".join(found.problems)))
        if missing := [cve for cve in ids(page.text) if cve not in known]:
            found.problem("named where it could not be read", ", ".join(missing))


def _text(cells: dict[str, Cell], name: str) -> str:
    return cells[name].text if name in cells else ""


def _line(cells: dict[str, Cell], name: str, limit: int) -> str:
    return clean(cells[name].text, limit) if name in cells else ""
