"""A page in lines: label, text, and at the right where it is from."""

from collections.abc import Iterator

from rich.cells import cell_len

from monitor.tui.cells import cut, fit, wrap
from monitor.tui.sheet import TEXT, Line, Run
from monitor.view.page import Item, Page

LABEL = 12
LONGEST = 18  # cells of a label that still widens its section
SOURCE = 40  # cells kept for sources where there is room for a column of them
COLUMNS = 88  # cells from which on there is
STYLES = {"warning": "mark", "grave": "warning", "dim": "dim"}
SEVERITIES = {"critical", "high", "medium", "low"}


def page_lines(page: Page, width: int, selectable: bool = True) -> Iterator[Line]:
    """The whole page in lines of at most `width` cells; what leads somewhere can be selected."""
    for text in wrap(page.title, width):
        yield Line(((text, "title"),))
    for text in wrap(" · ".join(page.marks), width) if page.marks else ():
        yield Line(((text, "warning"),))
    number = 0
    for section in page.sections:
        yield Line(())
        if section.head:
            rule = "─" * max(0, width - cell_len(section.head) - 1)
            yield Line(((f"{section.head} ", "head"), (rule, "dim")))
        longest = max((cell_len(item.label) for item in section.items), default=0)
        label = max(LABEL, min(longest, LONGEST) + 2) if longest else 0
        for item in section.items:
            target = number if selectable and item.target else None
            number += item.target is not None
            for runs in _item(item, width, label):
                yield Line(runs, target)


def _item(item: Item, width: int, label: int) -> Iterator[tuple[Run, ...]]:
    texts = wrap(("▸ " if item.target else "") + item.text, width - label)
    source = cut(item.source, width - label - 2)
    for at, text in enumerate(texts):
        head: tuple[Run, ...] = ((fit(item.label if at == 0 else "", label), "label"),)
        runs = (*head, *_styled(text, item, at))
        free = width - label - cell_len(text)
        if at < len(texts) - 1 or not source:
            yield runs
        elif cell_len(source) + 2 <= free:
            column = width - label - SOURCE if width >= COLUMNS else 0
            gap = max(2, min(column - cell_len(text), free - cell_len(source)))
            yield (*runs, (" " * gap + source, "dim"))
        else:
            yield runs
            yield ((" " * label, TEXT), (f"  {source}", "dim"))


def _styled(text: str, item: Item, at: int) -> Iterator[Run]:
    if item.style in SEVERITIES and at == 0:
        word, blank, rest = text.partition(" ")
        yield word, f"severity-text--{item.style}"
        yield blank + rest, TEXT
    elif item.style:
        yield text, STYLES.get(item.style, TEXT)
    else:
        yield text, "link" if item.target else TEXT
