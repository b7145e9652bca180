"""The help screen: every command with the keys it has now; typing searches."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from monitor.tui.cells import fit, wrap
from monitor.tui.commands import COMMANDS, Command, key_names, keymap
from monitor.tui.filterbar import FilterInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

QUERY_HELP = (
    ("huawei nsa", "both words"),
    ("huawei OR 华为", "either"),
    ("huawei -laptop", "without a word"),
    ('"a phrase"', "as it stands"),
    (r"/kirin ?9\d+/", "a pattern"),
    ("~harmonyso", "about this word"),
    ("feed:ithome", "by field; also kind: topic: cve: lang: outlet: title:"),
    ("newer:2h older:7d", "by age"),
    ("is:unread", "by a mark; also is:pinned is:read is:disputed"),
    ("has:cve", "by what it has; also has:sources has:hidden"),
    ("alerts", "rule: state: sev:>=high on:kev kind: cve: newer: is:closed is:failed is:unopened"),
)

MARK_HELP = (
    ("stories", "● unread   ★ pinned   ! hidden characters were removed   x3 outlets"),
    ("", "≠ disputed: somebody in it contradicts somebody else   ? undated"),
    ("bulletins", "Δ changed after it was published   ! problems   K CVEs in KEV"),
    ("", "own+3rd fixes of own and third-party code   EPSS of the likeliest   seen first"),
    ("alerts", "● new   ✓ acknowledged   z snoozed   × closed   ¶ has your note"),
    ("", "! a target could not be told"),
    ("severity", "C critical   H high   M medium   L low   I info   ? unknown   +9 all the rest"),
    ("CVEs", "K in KEV   ≠ ratings differ   X rejected   D disputed"),
)
WIDEST = 100  # cells of the dialog
AROUND = 7  # of them for border, padding and scroll bar
KEYS, TITLE, NARROW = 16, 24, 18  # cells of columns; the last is a title's where room is scarce


class Help(ModalScreen[None]):
    """Keys and the query language."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", priority=True),
        Binding("down,ctrl+d,pagedown", "scroll(6)", "Down", priority=True),
        Binding("up,ctrl+u,pageup", "scroll(-6)", "Up", priority=True),
    ]

    def __init__(self, mapping: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keymap(mapping)

    def compose(self) -> "ComposeResult":
        with Vertical(classes="dialog help") as dialog:
            dialog.border_title = Content("Help")
            dialog.border_subtitle = Content("type to search, Esc closes")
            yield FilterInput(placeholder="Search", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static(self._content(""), id="help-text", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = self.app.animation_level != "none"

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#help-text", Static).update(self._content(event.value))

    def on_resize(self) -> None:
        self.query_one("#help-text", Static).update(self._content(self.query_one(Input).value))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        self.dismiss()

    def _content(self, search: str) -> Content:
        found = [c for c in COMMANDS if search.casefold().strip() in self._text(c)]
        parts = list(self._parts(found))
        if not search:
            for head, lines in (("Filter", QUERY_HELP), ("Marks", MARK_HELP)):
                parts.append(Content.assemble((f"\n{head}\n", "bold $text-primary")))
                parts += [self._columns((name, NARROW, ""), (text, 0, "")) for name, text in lines]
        return Content("").join(parts) if parts else Content("Nothing has that name")

    def _text(self, command: Command) -> str:
        keys = key_names(self._keys[command.id])
        return f"{command.title} {command.help} {command.group} {command.id} {keys}".casefold()

    def _parts(self, commands: list[Command]) -> Iterator[Content]:
        group = ""
        for command in commands:
            if command.group != group:
                before = "\n" if group else ""
                group = command.group
                yield Content.assemble((f"{before}{group}\n", "bold $text-primary"))
            yield self._columns(
                (key_names(self._keys[command.id]), KEYS, "$text-accent"),
                (command.title, TITLE if self._width >= WIDEST - AROUND else NARROW, ""),
                (command.help, 0, "dim"),
            )

    @property
    def _width(self) -> int:
        """Cells of a line of text."""
        return min(WIDEST, self.app.size.width * 9 // 10) - AROUND

    def _columns(self, *columns: tuple[str, int, str]) -> Content:
        """Texts side by side, each wrapped in its own cells; the last has what is left."""
        left = self._width - sum(size + 1 for _, size, _ in columns if size)
        sizes = [size or max(8, left) for _, size, _ in columns]
        wrapped = [wrap(text, size) for (text, _, _), size in zip(columns, sizes, strict=True)]
        parts: list[tuple[str, str]] = []
        for line in zip_longest(*wrapped, fillvalue=""):
            for text, size, (_, _, style) in zip(line, sizes, columns, strict=True):
                parts.append((fit(text, size) + " ", style))
            parts[-1] = (parts[-1][0].rstrip() + "\n", parts[-1][1])
        return Content.assemble(*parts)
