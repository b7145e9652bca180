"""Being told in the terminal: toast, bell, notifications of the terminal, its title."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor.alert import About, Alert
from monitor.models import Rule
from monitor.notify.schedule import quiet_until
from monitor.notify.text import Notices, sequence, terminal_supports, toast
from monitor.view.alerts import gravest, summary

if TYPE_CHECKING:
    from monitor.tui.app import Level, MonitorApp

GATHER = 0.5  # seconds from the first alert to the toast, which tells of those that came since too
STAYS = 12.0  # seconds that a toast is seen
LEVELS: "Mapping[str, Level]" = {"critical": "error", "high": "error", "medium": "warning"}
TOAST, BELL, TERMINAL = "toast", "bell", "terminal"


class Teller:
    """Tells of alerts, those that come close together as one."""

    def __init__(self, app: "MonitorApp", environ: Mapping[str, str] | None = None) -> None:
        self.app = app
        self._notices = terminal_supports(os.environ if environ is None else environ)
        self._waiting: list[Alert] = []

    def tell(self, alerts: Sequence[Alert]) -> None:
        """Tell of alerts that just fired, or whose snooze ended."""
        if alerts and not self._waiting:
            self.app.set_timer(GATHER, self._tell_all, name="tell")
        self._waiting += alerts

    def _tell_all(self) -> None:
        alerts, self._waiting = self._waiting, []
        by_channel: dict[str, list[Alert]] = {}
        for alert in alerts:
            for channel in self._channels(alert):
                by_channel.setdefault(channel, []).append(alert)
        if some := by_channel.get(TOAST):
            title, text = summary(some) if len(some) > 1 else toast(some[0])
            level = LEVELS.get(gravest(some).severity, "information")
            self.app.notify(text, title=title, severity=level, timeout=STAYS, markup=False)
        if by_channel.get(BELL):
            self.app.bell()
        if some := by_channel.get(TERMINAL):
            self.app.write_out(notice(some, self._notices))

    def _channels(self, alert: Alert) -> set[str]:
        """By which of the screen's own ways a rule tells of an alert now."""
        config, now = self.app.board.config, self.app.now()
        rule = next((one for one in config.rules if one.id == alert.rule), None)
        if self.app.desk.muted(alert.rule):
            return set()
        if rule is not None and quiet_until(rule.quiet, now, self.app.tz) is not None:
            return set()
        kinds = {target.id: target.kind * target.enabled for target in config.targets}
        return {kinds.get(name, name) for name in names_of(rule)}


def names_of(rule: Rule | None) -> tuple[str, ...]:
    """The targets of a rule; without any it is the toast."""
    return (rule.notify if rule else ()) or (TOAST,)


def notice(alerts: Sequence[Alert], notices: Notices) -> str:
    """The sequence by which the terminal itself tells of alerts; "" where it can't."""
    first = gravest(alerts)
    if len(alerts) > 1:
        title, text = summary(alerts)
        first = replace(first, about=About(first.about.id, title), reason=text, others=())
    return sequence(first, notices)


def title_sequence(name: str, new: int) -> str:
    """What names the terminal's window and tab: "(3) monitor"."""
    return f"\x1b]2;{f'({new}) ' if new else ''}{name}\x1b\\"


KEEP_TITLE, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"  # the terminal's own, for the time after
