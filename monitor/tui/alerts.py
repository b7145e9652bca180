"""The list of alerts, for the Alerts pane: what is at the right goes first as room does."""

from collections.abc import Callable, Collection, Iterator
from datetime import tzinfo

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from monitor.alert import Alert, AlertState
from monitor.tui.cells import fit
from monitor.tui.entries import spanned
from monitor.tui.lists import RowList
from monitor.view.alerts import AlertLine, AlertSort, AlertsView

AGE = 4  # cells
WORD = 8  # of the longest severity
SHORT = 40  # of subject and reason together: below, a subject is shown whole
RULE_MIN, RULE_MAX = 10, 18
WIDE = 72  # cells from which on severities are words and the rule has room
COLUMNS = 100  # from which on subject and reason are columns
Run = tuple[str, str]


class AlertList(RowList):
    """A row an alert: severity, state, age, subject, reason, rule."""

    def __init__(self, view: AlertsView, now: Callable[[], float], tz: tzinfo | None) -> None:
        super().__init__(view, "alerts")
        self.view = view
        self._now = now
        self._tz = tz

    @property
    def alert(self) -> Alert | None:
        """The alert under the cursor."""
        return self.view.at(self.cursor)

    def sort_next(self) -> AlertSort:
        """Another order; what it is."""
        modes = list(AlertSort)
        self.view.sort_by(modes[(modes.index(self.view.sort) + 1) % len(modes)])
        self.rows_changed()
        return self.view.sort

    def find(self, near: int) -> int | None:
        return self.view.find(self.view.cursor, near)

    def rows_changed(self, ids: Collection[str] | None = None) -> None:
        """What the user does to an alert can take it away: the cursor is on the next one then."""
        view = self.view
        if ids is not None and view.cursor in ids and view.find(view.cursor) is None:
            view.cursor = view.id_at(min(self.cursor, len(view.rows) - 1))
        super().rows_changed(ids)

    def base(self, row: int, on: bool) -> Style:
        if on:
            return self.cursor_style()
        alert = self.view.at(row)
        waits = alert is not None and alert.state is not AlertState.NEW
        return self.get_component_rich_style("entries--dim") if waits else self.rich_style

    def segments(self, row: int, width: int, on: bool) -> Iterator[Segment]:
        base = self.base(row, on)
        line = self.view.line(row, self._tz)
        if line is not None:
            for text, style in alert_runs(line, width):
                yield self.styled(style, text, base, on)


def alert_runs(line: AlertLine, width: int) -> Iterator[Run]:
    """A row in runs of (text, component class)."""
    waits = line.state != AlertState.NEW
    rule = max(RULE_MIN, min(RULE_MAX, width // 7)) if width >= WIDE else 0
    severity = line.severity if width >= WIDE else line.letter
    colour = "severity" if width < WIDE else "severity-text"
    known = line.severity in ("critical", "high", "medium", "low")
    yield severity, f"{colour}--{line.severity}" if known else "entries--dim"
    yield " " * (WORD - len(severity) if width >= WIDE else 0) + " ", ""
    yield line.mark, "entries--mark" if not waits else ""
    yield "!" if line.failed else " ", "entries--grave"
    yield line.age.rjust(AGE) + " ", "entries--dim"
    used = (WORD if width >= WIDE else 1) + 3 + AGE + 1 + (rule + 1 if rule else 0)
    yield from _words(line, max(0, width - used), width >= COLUMNS)
    if rule:
        muted = "muted " if line.muted else ""
        yield " " + fit(muted + line.rule, rule), "entries--label"


def _words(line: AlertLine, room: int, columns: bool) -> Iterator[Run]:
    """Subject and reason: side by side, in columns where there is room for them."""
    note = "¶ " if line.noted else ""
    why = note + "; ".join(filter(None, (line.ends, line.reason)))
    if columns:
        title = room * 11 // 20
    elif room >= SHORT:
        title = min(cell_len(line.title), max(room * 3 // 5, room - cell_len(why) - 2))
        title = min(title, room - cell_len(line.ends) - 3)  # which has to be seen
    else:  # there is room for one of them, but for how long it is snoozed
        why = line.ends.removeprefix("snoozed ") or why
        least = cell_len(line.ends and why)
        title = min(cell_len(line.title), room - least - 2 if least else room)
    yield from spanned(line.title, line.found, title)
    rest = room - title
    yield ("  " + fit(why, rest - 2) if rest > 2 else " " * rest), "entries--dim"
