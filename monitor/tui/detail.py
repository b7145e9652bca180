"""The detail view: everything known of one story, laid out in lines; again only what is seen."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from monitor.tui.cells import cut, fit, wrap
from monitor.tui.sheet import Line, Run, Sheet
from monitor.view import Detail, Link, SourceLine

if TYPE_CHECKING:
    from monitor.view.ledger import Said
    from monitor.view.page import Page

LABEL = 9
CONTRARY = {"disputes", "retracts"}
FIGURES = {  # mark and style by outcome
    "agrees": ("agrees", "label"),
    "differs": ("differs", "warning"),
    "unknown": ("unknown", "dim"),
}


class DetailView(Sheet):
    """One story: facts, sources, text, links, reasons, earlier stories."""

    class SourceOpened(Message):
        """A source was chosen with the mouse."""

    class StoryChosen(Message):
        """An earlier story was chosen with the mouse."""

        def __init__(self, story: str) -> None:
            super().__init__()
            self.story = story

    def __init__(self) -> None:
        super().__init__(id="detail")
        self.border_title = Content("Story")
        self.detail: Detail | None = None
        self.page: Page | None = None  # shown above a story, or in its place

    @property
    def link(self) -> Link | None:
        """Where the selected source was published."""
        sources = self.detail.sources if self.detail else ()
        return sources[self.source].link if self.source < len(sources) else None

    @property
    def count(self) -> int:
        return len(self.detail.sources) if self.detail else 0

    def lay_out(self, width: int) -> Iterable[Line]:
        if self.page is not None:
            from monitor.tui.layout import page_lines

            yield from page_lines(self.page, width, selectable=False)
            if self.detail is not None:
                yield from (Line(()), Line((("─" * width, "dim"),)), Line(()))
        if self.detail is not None:
            yield from _lines(self.detail, width)

    def show(self, detail: Detail | None, page: "Page | None" = None, title: str = "") -> None:
        """Show a story, a page, or one above the other.

        What is shown already keeps its place and its selected source. `title` is for the border.
        """
        other = self._names(detail, page) != self._names(self.detail, self.page)
        self.border_title = Content(title or ("Alert" if page else "Story"))
        self.detail, self.page = detail, page
        if other or self.source >= self.count:
            self.source = 0
        self.changed()
        if other:
            self.to_top()

    @staticmethod
    def _names(detail: Detail | None, page: "Page | None") -> tuple[str, str]:
        return page.title if page else "", detail.story if detail else ""

    def on_click(self, event: events.Click) -> None:
        line = self.line_at(event.y)
        if line is None:
            return
        if line.source is not None:
            self.source = line.source
            self.changed()
            if event.chain > 1:
                self.post_message(self.SourceOpened())
        elif line.story and event.chain > 1:
            self.post_message(self.StoryChosen(line.story))


def _lines(detail: Detail, width: int) -> Iterator[Line]:
    """The whole story in lines of at most `width` cells."""
    for text in wrap(detail.title, width):
        yield Line(((text, "title"),))
    if detail.marks:
        yield Line(((cut(" · ".join(detail.marks), width), "mark"),))
    yield Line(())
    for name, value in detail.facts:
        for at, text in enumerate(wrap(value, width - LABEL)):
            yield Line(((fit(name if at == 0 else "", LABEL), "label"), (text, "text")))
    yield from _said(detail, width)
    yield from _figures(detail, width)
    yield from _text(detail, width)
    yield from _sources(detail, width)
    yield from _roots(detail, width)
    yield from _links(detail, width)
    if detail.related:
        yield from _head("Earlier", width)
        for story, when, title in detail.related:
            yield Line(((when + "  ", "dim"), (cut(title, width - 18), "text")), story=story)


def _said(detail: Detail, width: int) -> Iterator[Line]:
    """Who claims and who disputes, in which words; nothing is said about who is right."""
    if not detail.said:
        return
    yield from _head("Claim beside dispute" if detail.disputed else "Who says what", width)
    for said in detail.said:
        head, style = said.stance, "mark" if said.stance in CONTRARY else "label"
        for runs in _saying(said, width - LABEL):
            yield Line(((fit(head, LABEL), style), *runs))
            head = ""


def _saying(said: "Said", width: int) -> Iterator[tuple[Run, ...]]:
    """Who, where, when, by which words; the sentence; the evidence it gives; who tells it too."""
    words = f"by “{said.words}”{' (weak)' if said.hint else ''}" if said.words else ""
    where = ", ".join(filter(None, (said.where, words)))
    if said.party and cell_len(said.party) + 2 + cell_len(where) <= width:
        yield (said.party, "outlet"), (f"  {where}", "dim")
    else:
        yield from _run(said.party, width, "outlet")
        yield from _run(where, width, "dim")
    yield from _run(said.passage, width, "text")
    for evidence in said.evidence:
        yield from _run(f"Evidence given: {evidence}", width, "text")
    also = ", ".join(said.also)
    if also:
        yield from _run(f"also in {also}" if said.party else also, width, "dim")


def _run(text: str, width: int, style: str) -> Iterator[tuple[Run, ...]]:
    for line in wrap(text, width) if text else ():
        yield ((line, style),)


def _figures(detail: Detail, width: int) -> Iterator[Line]:
    """Numbers in the news: what the bulletin makes of them, and who states them."""
    if not detail.figures:
        return
    yield from _head("Numbers, held against the bulletin", width)
    for figure in detail.figures:
        mark, style = FIGURES[figure.outcome]
        for at, text in enumerate(wrap(figure.says, width - LABEL)):
            first = at == 0
            yield Line(((fit(mark if first else "", LABEL), style), (text, "text")))
        drift = f"{', '.join(figure.drift)}: " if figure.drift else ""
        who = f"{drift}{', '.join(figure.outlets)}"
        yield Line(((" " * LABEL, "text"), (cut(who, width - LABEL), "dim")))


def _text(detail: Detail, width: int) -> Iterator[Line]:
    yield Line(())
    if detail.text is None:
        yield Line((("…", "dim"),))
    elif not detail.text:
        yield Line((("The feed gives no text.", "dim"),))
    else:
        for text in wrap(detail.text.replace("\n", "\n\n"), width):
            yield Line(((text, "text"),))


def _sources(detail: Detail, width: int) -> Iterator[Line]:
    yield from _head(f"Sources ({len(detail.sources)})", width)
    for number, source in enumerate(detail.sources):
        yield from _source(number, source, detail, width)


def _roots(detail: Detail, width: int) -> Iterator[Line]:
    """Which outlets hang on which root, where there are several outlets."""
    outlets = len({source.outlet for source in detail.sources})
    if outlets < 2:
        return
    many = "root" if len(detail.roots) == 1 else "roots"
    yield from _head(f"x{outlets}, {len(detail.roots)} {many}", width)
    for name, rest in detail.roots:
        for at, text in enumerate(wrap(f"{name}  {rest}".rstrip(), width)):
            head, text = (text[: len(name)], text[len(name) :]) if not at else ("", text)
            yield Line(((head, "outlet"), (text, "dim")))


def _source(number: int, source: SourceLine, detail: Detail, width: int) -> Iterator[Line]:
    notes = [source.kind, source.when]
    notes += [name for name, on in (("lead", source.lead), ("duplicate", source.duplicate)) if on]
    rest = "  ".join(note for note in notes if note)
    outlet = cut(source.outlet or "unknown outlet", max(8, width - cell_len(rest) - 4))
    yield Line(((outlet + "  ", "outlet"), (cut(rest, width), "dim")), number)
    if source.title != detail.title:
        for text in wrap(source.title, width - 2):
            yield Line(((f"  {text}", "text"),), number)
    yield Line((("  ", "text"), *_link(source.link, width - 2)), number)
    for text in wrap(source.why, width - 2) if source.why else ():
        yield Line(((f"  {text}", "dim"),), number)


def _links(detail: Detail, width: int) -> Iterator[Line]:
    if detail.links:
        yield from _head("Links", width)
        for link in detail.links:
            yield Line(_link(link, width))


def _link(link: Link, width: int) -> tuple[tuple[str, str], ...]:
    """The host first, as it is the part that tells where one would go."""
    if not link.shown:
        return (("no link", "dim"),)
    if not link.url:
        return ((cut(f"not a web link: {link.shown}", width), "warning"),)
    host = f"{link.host} (look-alike host)" if link.marked else link.host
    host = cut(host, width)
    address = cut(link.shown, max(0, width - cell_len(host) - 2))
    return ((host, "warning" if link.marked else "link"), (f"  {address}", "dim"))


def _head(text: str, width: int) -> Iterator[Line]:
    yield Line(())
    yield Line(((f"{text} ", "head"), ("─" * max(0, width - cell_len(text) - 1), "dim")))
