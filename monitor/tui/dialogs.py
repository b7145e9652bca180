"""The small dialogs: a question, a menu, a line to write. Imported when one is opened."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from monitor.text import clean
from monitor.tui.cells import cut, fit
from monitor.tui.filterbar import FilterInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from monitor.tui.app import MonitorApp

T = TypeVar("T")
NAME = 24  # cells of what a choice is called
LINE = 300  # characters of a line that can be written


class Dialog(ModalScreen[T]):
    """What all of them share: in a small terminal a toast would cover them."""

    if TYPE_CHECKING:

        @property
        def app(self) -> MonitorApp: ...  # type: ignore[override]

    def on_mount(self) -> None:
        self.app.hush()


class Confirm(Dialog[bool]):
    """A question that is answered by y or n."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes"),
        Binding("n,q,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: str, note: str = "") -> None:
        super().__init__()
        self._question = question
        self._note = note

    def compose(self) -> "ComposeResult":
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="question")
            yield Static(Content(f"y yes   n no   {self._note}"), classes="note")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Ask(Dialog[str | None]):
    """A line of text; None if the user thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close", priority=True)]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> "ComposeResult":
        with Vertical(classes="dialog ask") as dialog:
            dialog.border_title = Content(self._title)
            dialog.border_subtitle = Content("Enter keeps it, Esc does not")
            yield FilterInput(self._text, compact=True, max_length=LINE, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(FilterInput).cursor_blink = self.app.animation_level != "none"

    def on_input_submitted(self, event: FilterInput.Submitted) -> None:
        self.dismiss(clean(event.value, LINE).strip())


class Menu(Dialog[int | None]):
    """Choose one of a few; digits choose at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "dismiss", "Close"),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
    ]

    def __init__(self, title: str, items: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._items = items
        self._width = max((cell_len(cut(clean(name), NAME)) for name, _ in items), default=0)

    def compose(self) -> "ComposeResult":
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield OptionList(*map(self._option, range(len(self._items))), markup=False)

    def on_key(self, event: object) -> None:
        key = getattr(event, "key", "")
        if key.isdecimal() and 1 <= int(key) <= len(self._items):
            self.dismiss(int(key) - 1)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def _option(self, number: int) -> Option:
        name, text = self._items[number]
        mark = str(number + 1) if number < 9 else " "
        return Option(
            Content.assemble(
                (f"{mark} ", "$text-accent"),
                fit(clean(name), self._width),
                (f"  {cut(clean(text), 60)}", "dim"),
            )
        )
