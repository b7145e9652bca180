"""The tab line of narrow terminals and the one line at the bottom."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from monitor.models import Pane
from monitor.tui.cells import cut

Run = tuple[str, str]


class RunLine(Widget):
    """A line of runs of (text, component class), cut at the right edge."""

    def runs(self) -> Sequence[Run]:
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        segments, left = [Segment(" ", base)], self.size.width - 1
        for text, name in self.runs() if y == 0 else ():
            text = cut(text, left)
            left -= cell_len(text)
            style = self.get_component_rich_style(name) if name else base
            segments.append(Segment(text, style))
            if left <= 0:
                break
        return Strip(segments).adjust_cell_length(self.size.width, base)


class Tabs(RunLine):
    """Headlines 123 | Patches 12 | Alerts 3"""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--on", "tabs--off", "tabs--line"}

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, counts: Callable[[], Iterable[tuple[Pane, str, bool]]]) -> None:
        super().__init__(id="tabs")
        self._counts = counts

    def runs(self) -> Sequence[Run]:
        runs: list[Run] = []
        for _, text, on in self._counts():
            runs += [(" │ ", "tabs--line")] if runs else []
            runs.append((text, "tabs--on" if on else "tabs--off"))
        return runs

    def on_click(self, event: events.Click) -> None:
        at = 1
        for pane, text, _ in self._counts():
            end = at + cell_len(text)
            if at - 1 <= event.x <= end:
                self.post_message(self.Chosen(pane))
                return
            at = end + 3


class Facts(NamedTuple):
    """What the bottom line says; texts are clean, "" leaves one out."""

    badges: tuple[str, ...] = ()
    filter: str = ""
    alerts: str = ""  # how many are new
    counts: str = ""
    sort: str = ""  # where a list is not in its usual order
    poll: str = ""
    failing: str = ""
    surge: str = ""
    hints: tuple[tuple[str, str], ...] = ()  # key, what it does


class StatusLine(RunLine):
    """Filter, new alerts, counts, surges, polls, failures; at the right keys, where room is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--badge", "status--filter", "status--alerts", "status--poll", "status--failing",
        "status--key", "status--hint",
    }  # fmt: skip

    def __init__(self, facts: Callable[[], Facts]) -> None:
        super().__init__(id="status")
        self._facts = facts

    def runs(self) -> Sequence[Run]:
        facts = self._facts()
        parts: list[Run] = [(f" {badge} ", "status--badge") for badge in facts.badges]
        parts += [
            (text, name)
            for text, name in (
                (facts.filter, "status--filter"),
                (facts.alerts, "status--alerts"),
                (facts.counts, ""),
                (facts.sort, "status--filter"),
                (facts.surge, "status--filter"),
                (facts.poll, "status--poll"),
                (facts.failing, "status--failing"),
            )
            if text
        ]
        runs: list[Run] = []
        for part in parts:
            runs += [("  ", "")] if runs else []
            runs.append(part)
        return [*runs, *self._hints(facts, sum(cell_len(text) for text, _ in runs))]

    def _hints(self, facts: Facts, used: int) -> list[Run]:
        """As many key hints as there is room for, at the right edge."""
        room, hints = self.size.width - used - 4, list[Run]()
        for key, word in facts.hints:
            size = cell_len(key) + cell_len(word) + 3
            if size > room:
                break
            room -= size
            hints += [("  ", ""), (key, "status--key"), (f" {word}", "status--hint")]
        return [(" " * max(0, room), ""), *hints] if hints else []
