"""The line in which a filter is typed, with the count of matches or what is wrong beside it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from monitor.view import Filtered

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FilterInput(Input):
    """An input that takes only characters that are shown as themselves, pasted ones too."""

    def _on_paste(self, event: events.Paste) -> None:
        """Pasted text as one line: white space of any kind and length is a blank."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.split()), *sorted(self.selection))

    def insert_text_at_cursor(self, text: str) -> None:
        super().insert_text_at_cursor(_visible(text))

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(_visible(text), start, end)


class FilterBar(Horizontal):
    """Shown while a filter is being typed."""

    class Typed(Message):
        """The text of the filter is another."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="filter")
        self.open = False
        self._late = False  # letters may still come that were typed before the key that ended it
        self._input = FilterInput(id="filter-text", compact=True, select_on_focus=False)
        self._note = Static(id="filter-note", markup=False)
        self._problem = Static(id="filter-problem", markup=False)  # one too long for the note

    def compose(self) -> "ComposeResult":
        yield Static("/", id="filter-sign", markup=False)
        yield self._input
        yield self._note

    def on_mount(self) -> None:
        self._input.cursor_blink = self.app.animation_level != "none"
        self.screen.mount(self._problem)

    def show(self, text: str) -> None:
        """Open the bar on a text. Focus goes over at once, so that keys typed ahead go there."""
        with self._input.prevent(Input.Changed):
            self._input.value = _visible(text)
        self._input.cursor_position = len(self._input.value)
        self.open = True
        self._late = False
        self.display = True
        self.screen.set_focus(self._input)

    def hide(self, keep: bool) -> None:
        """`keep`: the filter stays, with letters that were typed before and are still to come."""
        self.open = False
        self._late = keep
        self.display = False
        self._problem.display = False

    def settle(self, then: Callable[[], object]) -> None:
        """Call back when the letters that were typed until now have been told.

        Each goes from the input's queue back into it, to the bar's, back into it, and to the
        screen's.
        """
        queues = (self.screen, self, self, self._input, self._input)
        step: Callable[[], object] = then
        for queue in queues:
            step = partial(queue.call_later, step)
        step()

    def tell(self, view: Filtered) -> None:
        """Say how many match, or what is wrong with the query and where."""
        problem = view.problem
        self.set_class(problem is not None, "-wrong")
        room = self.screen.size.width - cell_len(self._input.value) - 8
        fits = problem is None or cell_len(problem.message) <= room
        self._problem.display = self.open and not fits
        if problem is not None:
            note = problem.message if fits else "not understood"
            self._problem.update(Content(problem.message))
        elif view.query is None:
            note = f"{len(view.order):,}"
        else:
            more = "…" if view.searching else ""
            note = f"{len(view.rows):,}{more} of {len(view.order):,}"
            note = f"{note}: {view.hint}" if view.hint else note
        self._note.update(Content(note))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.open or self._late:
            self.post_message(self.Typed(event.value))


def _visible(text: str) -> str:
    blank = (" " if character.isspace() else character for character in text)
    return "".join(character for character in blank if character.isprintable())
