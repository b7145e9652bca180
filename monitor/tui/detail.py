"""The detail view: everything known of one story, laid out in lines; again only what is seen."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from monitor.tui.cells import cut, fit, over, wrap
from monitor.view import Detail, Link, SourceLine

WIDEST = 100  # cells of a line of text that is still easy to read
LABEL = 9
TEXT = "text"  # the one run that has no component class of its own


class Line(NamedTuple):
    """A line on the screen: runs of (text, component class), and the source or story it is of."""

    runs: tuple[tuple[str, str], ...]
    source: int | None = None
    story: str = ""


class DetailView(ScrollView, can_focus=True):
    """One story: facts, sources, text, links, reasons, earlier stories."""

    ALLOW_MAXIMIZE = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "detail--title",
        "detail--head",
        "detail--label",
        "detail--mark",
        "detail--outlet",
        "detail--dim",
        "detail--link",
        "detail--warning",
        "detail--selected",
    }

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
        self.source = 0
        self._lines: list[Line] = []

    @property
    def link(self) -> Link | None:
        """Where the selected source was published."""
        sources = self.detail.sources if self.detail else ()
        return sources[self.source].link if self.source < len(sources) else None

    def show(self, detail: Detail | None) -> None:
        """Show a story; one that is shown already keeps its place and its selected source."""
        other = self.detail is None or detail is None or detail.story != self.detail.story
        self.detail = detail
        if other:
            self.source = 0
        self._lay_out()
        if other:
            self.scroll_to(y=0, animate=False, immediate=True)

    def select(self, step: int) -> None:
        """Select the next or previous source and bring it into view."""
        count = len(self.detail.sources) if self.detail else 0
        if count:
            self.source = (self.source + step) % count
            self._lay_out()
            row = next(y for y, line in enumerate(self._lines) if line.source == self.source)
            top, height = self.scroll_offset.y, self.size.height
            if not top <= row < top + height:
                self.scroll_to(y=max(0, row - height // 3), animate=False, immediate=True)

    def scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, immediate=True)

    def on_resize(self) -> None:
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        y = event.y - self.gutter.top + self.scroll_offset.y
        if not 0 <= y < len(self._lines):
            return
        line = self._lines[y]
        if line.source is not None:
            self.source = line.source
            self._lay_out()
            if event.chain > 1:
                self.post_message(self.SourceOpened())
        elif line.story and event.chain > 1:
            self.post_message(self.StoryChosen(line.story))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        at = y + self.scroll_offset.y
        line = self._lines[at] if at < len(self._lines) else Line(())
        if line.source is not None and line.source == self.source:
            base = over(base, self.get_component_rich_style("detail--selected"))
        segments = [Segment(text, self._style(base, name)) for text, name in line.runs]
        return Strip([Segment(" ", base), *segments]).adjust_cell_length(width, base)

    def _style(self, base: Style, name: str) -> Style:
        if name == TEXT:
            return base
        return over(self.get_component_rich_style(f"detail--{name}"), base)

    def _lay_out(self) -> None:
        width = min(self.scrollable_content_region.width - 2, WIDEST)
        self._lines = list(_lines(self.detail, width)) if self.detail and width > 8 else []
        self.virtual_size = Size(width + 2, len(self._lines))
        self.refresh()


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
    yield from _text(detail, width)
    yield from _sources(detail, width)
    yield from _links(detail, width)
    if detail.related:
        yield from _head("Earlier", width)
        for story, when, title in detail.related:
            yield Line(((when + "  ", "dim"), (cut(title, width - 18), "text")), story=story)


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
