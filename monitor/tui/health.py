"""How the feeds are: last success, last answer, failures, next poll and why; failing ones first."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from monitor.models import Feed, FeedState, Source
from monitor.text import clean
from monitor.tui.cells import cut
from monitor.view import age, stamp

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Health(ModalScreen[None]):
    """A panel over the lists. e and E go from one failing feed to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "close", "Close"),
        Binding("e", "failing(1)", "Next failing"),
        Binding("E", "failing(-1)", "Previous failing"),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
    ]

    def __init__(
        self,
        feeds: Sequence[tuple[Feed | Source, FeedState]],
        now: float,
        tz: tzinfo | None,
        step: int,
        feed: str = "",
    ) -> None:
        super().__init__()
        self._feeds = sorted(feeds, key=lambda pair: not pair[1].error)
        self._failing = sum(bool(state.error) for _, state in feeds)
        self._now = now
        self._tz = tz
        self._step = step
        self._feed = feed  # the one to select

    def compose(self) -> "ComposeResult":
        with Vertical(classes="dialog health") as dialog:
            dialog.border_title = Content(
                f"Feeds and sources: {self._failing} of {len(self._feeds)} fail"
            )
            dialog.border_subtitle = Content("e next, E previous, Esc closes")
            yield OptionList(*(self._option(*pair) for pair in self._feeds), markup=False)

    def on_mount(self) -> None:
        found = [at for at, (feed, _) in enumerate(self._feeds) if feed.id == self._feed]
        if found:
            self.query_one(OptionList).highlighted = found[0]
        elif self._failing:
            last = self._failing - 1
            self.query_one(OptionList).highlighted = 0 if self._step > 0 else last

    def action_failing(self, step: int) -> None:
        menu = self.query_one(OptionList)
        if self._failing:
            menu.highlighted = ((menu.highlighted or 0) + step) % self._failing

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_close(self) -> None:
        self.dismiss()

    def _option(self, feed: Feed | Source, state: FeedState) -> Option:
        answer = str(state.http) if state.http else "no answer" if state.last_poll else "not polled"
        good = f"{age(state.last_success, self._now)} ago" if state.last_success else "never"
        if state.last_success and age(state.last_success, self._now) == "now":
            good = "just now"
        following = stamp(state.next_poll, self._tz) if state.next_poll else "not planned"
        facts = [f"last good {good}", f"answer {answer}", f"next {following}"]
        facts += [f"({clean(state.next_why, 60)})"] if state.next_why else []
        facts += [f"{state.failures} failures in a row"] if state.failures > 1 else []
        parts: list[str | tuple[str, str]] = [
            ("✗ " if state.error else "· ", "$text-error" if state.error else "$text-success"),
            cut(clean(feed.title or feed.id), 50),
            (f"\n  {'  '.join(facts)}", "dim"),
        ]
        if state.error:
            parts.append((f"\n  {clean(state.error, 200)}", "$text-error"))
        if state.warning:
            parts.append((f"\n  {clean(state.warning, 200)}", "$text-warning"))
        return Option(Content.assemble(*parts))
