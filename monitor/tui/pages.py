"""Pages over the lists: a CVE, a story's timeline, a bulletin as a whole, my phone, help for an
infected one."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from monitor.models import Story
from monitor.text import clean, clean_block
from monitor.tui.base import BaseScreen, common_bindings
from monitor.tui.crumbs import Crumbs
from monitor.tui.footer import plain_facts
from monitor.tui.layout import page_lines
from monitor.tui.sheet import Line, Sheet
from monitor.tui.status import StatusLine
from monitor.view import Link, make_link
from monitor.view.page import Item, Leads, Page, Section, Target

if TYPE_CHECKING:
    from textual.app import ComposeResult

WAITING = "Reading …"


class Support(NamedTuple):
    """A vendor's page for someone who needs help."""

    title: str
    url: str
    text: str


class PageView(Sheet):
    """A page; what leads somewhere can be selected."""

    WIDEST = 132

    class Followed(Message):
        """What is selected was chosen with the mouse."""

    def __init__(self) -> None:
        super().__init__(id="page")
        self.page = Page("")
        self.targets: list[Target] = []
        self.source = -1  # nothing is selected until the user moves

    @property
    def count(self) -> int:
        return len(self.targets)

    @property
    def target(self) -> Target | None:
        return self.targets[self.source] if 0 <= self.source < self.count else None

    def show(self, page: Page) -> None:
        """Show a page; the place and what is selected stay, if it is still there."""
        selected = self.target
        self.page = page
        items = [item for section in page.sections for item in section.items]
        self.targets = [item.target for item in items if item.target]
        self.source = self.targets.index(selected) if selected in self.targets else -1
        self.changed()

    def lay_out(self, width: int) -> Iterable[Line]:
        return page_lines(self.page, width)

    def step(self, step: int) -> None:
        """To the next selectable line if it is in sight, else a line on."""
        where = self._place(self.source + step)
        top, height = self.scroll_offset.y, self.size.height
        if where is not None and top <= where < top + height:
            self.source += step
            self.changed()
            return
        self.scroll_by(step)
        if where is not None and top + step <= where < top + step + height:
            self.source += step
            self.changed()

    def select(self, step: int) -> None:
        if self.source < 0 and step < 0:
            self.source = 0
        super().select(step)

    def _place(self, number: int) -> int | None:
        """The first line of a selectable part."""
        if not 0 <= number < self.count:
            return None
        return next(y for y, line in enumerate(self.lines) if line.source == number)

    def on_click(self, event: events.Click) -> None:
        line = self.line_at(event.y)
        if line is not None and line.source is not None:
            self.source = line.source
            self.changed()
            if event.chain > 1:
                self.post_message(self.Followed())


class PageScreen(BaseScreen):
    """A page that is read in a thread. `crumb` names it in the line at the top."""

    BINDINGS: ClassVar[list[BindingType]] = common_bindings("next_source", "previous_source")
    HINTS: tuple[str, ...] = ("next_source", "open", "browse", "back", "help")

    def __init__(self, crumb: str) -> None:
        super().__init__()
        self.crumb = crumb
        self.view = PageView()
        self.status = StatusLine(lambda: plain_facts(self.app, self.HINTS))

    def read(self) -> Callable[[], Page]:
        """What makes the page, in a thread."""
        raise NotImplementedError

    def compose(self) -> "ComposeResult":
        yield Crumbs()
        yield self.view
        yield self.status

    def on_mount(self) -> None:
        self.view.show(Page(self.crumb, sections=(Section("", (Item("", WAITING, style="dim"),)),)))
        self.set_focus(self.view)
        self._load()

    def library_changed(self) -> None:
        self._load()

    @work(exclusive=True, group="facts", exit_on_error=False)
    async def _load(self) -> None:
        page = await self.app.attempt(self.read())
        if page is not None:
            self.view.show(page)

    def move(self, rows: int) -> None:
        if abs(rows) == 1:
            self.view.step(rows)
        else:
            self.view.scroll_by(rows)

    @property
    def page(self) -> Widget:
        return self.view

    def action_next_source(self) -> None:
        self.view.select(1)

    def action_previous_source(self) -> None:
        self.view.select(-1)

    def action_open(self) -> None:
        target = self.view.target
        if target is None:
            self.app.say("] selects what leads somewhere")
        elif target.to is Leads.LINK:
            self.action_browse()
        else:
            opens = {
                Leads.CVE: self.open_cve,
                Leads.BULLETIN: self.open_bulletin,
                Leads.STORY: self.open_story,
            }
            opens[target.to](target.id)

    def on_page_view_followed(self) -> None:
        self.action_open()

    def link(self) -> Link | None:
        target = self.view.target
        return target.link if target else None

    def action_copy(self) -> None:
        """The selected link, or the name of what is selected or shown."""
        if self.link() is not None:
            super().action_copy()
            return
        target = self.view.target
        text = clean(target.id if target else self.crumb, 200)
        self.app.copy_to_clipboard(text)
        self.app.say(f"Copied {text}")


class CveScreen(PageScreen):
    """Everything known of a CVE."""

    def __init__(self, cve: str) -> None:
        super().__init__(clean(cve, 60))
        self._cve = cve

    def read(self) -> Callable[[], Page]:
        from monitor.view.cve import cve_page
        from monitor.vulnerability import Vulnerability

        library, board, cve, tz = self.app.library, self.app.board, self._cve, self.app.tz

        def page() -> Page:
            known = library.vulnerability(cve) if library else Vulnerability(cve)
            return cve_page(known, board.naming(cve), tz)

        return page


class TimelineScreen(PageScreen):
    """A story in order of time, with what is related to it."""

    def __init__(self, story: str) -> None:
        super().__init__("Timeline")
        self._story = story

    def read(self) -> Callable[[], Page]:
        from monitor.view import related_steps
        from monitor.view.timeline import timeline_page

        library, board, tz = self.app.library, self.app.board, self.app.tz
        story, stories, hays = board.story(self._story), list(board.stories), list(board.hays)

        def page() -> Page:
            if story is None:
                return only(self.crumb, "That story is gone")
            earlier: list[Story] = []
            for found in related_steps(story, stories, hays):
                earlier = found or []
                time.sleep(0)  # keys go first
            return timeline_page(story, board.kinds, library, earlier, tz)

        return page


class AboutScreen(PageScreen):
    """A bulletin without its rows: dates, problems, changes, what came in earlier updates."""

    def __init__(self, bulletin: str) -> None:
        super().__init__("About")
        self._bulletin = bulletin

    def read(self) -> Callable[[], Page]:
        from monitor.view.fixes import about
        from monitor.view.shadow import shadow_section, shadows_of

        library, name, tz = self.app.library, self._bulletin, self.app.tz

        def page() -> Page:
            bulletin = library.bulletin(name) if library else None
            if library is None or bulletin is None:
                return only(clean(name, 100), "It is not stored")
            records = library.records({row.cve for row in bulletin.rows if row.third_party})
            found = shadows_of(bulletin, library.exploited, records)
            whole = about(bulletin, tz)
            shadow = (shadow_section(found),) if found else ()
            return whole._replace(sections=(*whole.sections, *shadow))

        return page


class PhoneScreen(PageScreen):
    """The user's devices: which bulletins apply, what is open, what is due."""

    def __init__(self) -> None:
        super().__init__("My phone")

    def read(self) -> Callable[[], Page]:
        from monitor.view.devices import devices_page

        library, devices = self.app.library, self.app.board.config.devices
        now, tz = self.app.now(), self.app.tz

        def page() -> Page:
            ids = [one.id for one in library.bulletins] if library and devices else []
            found = [bulletin for name in ids if library and (bulletin := library.bulletin(name))]
            return devices_page(devices, found, now, tz)

        return self.app.phone or page


class SupportScreen(PageScreen):
    """The vendor's pages for someone who fears an infection."""

    def __init__(self) -> None:
        super().__init__("Help for a phone that may be infected")

    def read(self) -> Callable[[], Page]:
        given = self.app.support

        def page() -> Page:
            return support_page(self.crumb, shipped_support() if given is None else given)

        return page


def shipped_support() -> list[Support]:
    """The pages that come with the program, each with when it was last seen to be there."""
    from monitor.advisories.support import support_pages

    return [
        Support(
            page.title,
            page.url,
            f"{page.find} ({f'seen {page.verified}' if page.verified else 'address not verified'})",
        )
        for page in support_pages()
    ]


def only(title: str, text: str) -> Page:
    """A page that says one thing."""
    return Page(title, sections=(Section("", (Item("", text),)),))


def support_page(title: str, pages: Sequence[Support]) -> Page:
    """Support pages, each with what it is good for."""
    sections = []
    for page in pages:
        link = make_link(page.url)
        text = Item("", clean_block(page.text, 2000))
        target = Target(Leads.LINK, link.url, link)
        items = (text, Item("", link.shown, target=target))
        sections.append(Section(clean(page.title, 100), items))
    return Page(title, sections=tuple(sections)) if sections else only(title, "No page is known.")
