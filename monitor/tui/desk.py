"""The alerts as the screen holds them: shown at once, written behind it, told. Not for the first
frame."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.alert import Alert
from monitor.models import Rule
from monitor.view.alerted import Tally, tallies
from monitor.view.alerts import AlertsView
from monitor.view.handling import Handling, Muting, opened

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp


class AlertDesk:
    """Between the store's alerts and whatever shows them."""

    def __init__(self, app: "MonitorApp") -> None:
        self.app = app
        self.view = AlertsView(app.now)
        self._known: object = None  # the store's alerts, as they are shown
        self._tallies: tuple[object, dict[str, Tally]] = (None, {})
        self.configure()

    def configure(self) -> None:
        """Follow a configuration."""
        self.view.configure(self.app.board.config.rules)

    # What the store has

    def follow(self, force: bool = False) -> None:
        """Show alerts that came or changed; the store gives another sequence then."""
        alerts = self.app.store.alerts.all
        if alerts is not self._known or force:
            self._known = alerts
            self.view.show(alerts)
            self.app.main.alerts_changed()

    def tally(self, rule: str) -> Tally:
        """How often a rule fired and was opened; all are counted only after a change."""
        if self._tallies[0] is not self._known:
            self._tallies = self._known, tallies(self.view.alerts.values())
        return self._tallies[1].get(rule, Tally())

    def rule(self, alert: Alert) -> Rule | None:
        return self.view.rule(alert)

    # What the user does

    def do(self, handling: Handling | Muting) -> None:
        """Show it, write it behind the screen, and let undo take it back."""
        self.app.board.marks.remember(handling)
        self._begin(handling)

    def undo(self, handling: Handling | Muting) -> None:
        """Take back what was done before."""
        self._begin(handling.inverse())

    def open(self, alert: Alert) -> None:
        """The user looks at its subject; there is nothing to take back in that."""
        if not alert.opened and not self.app.read_only:
            self._begin(opened(alert))

    def _begin(self, handling: Handling | Muting) -> None:
        if isinstance(handling, Handling):
            self.view.hold(handling.after)
            self.app.main.alerts_changed({one.id for one in handling.after})
        self.app.run_worker(self._save(handling), group="marks", exit_on_error=False)

    async def _save(self, handling: Handling | Muting) -> None:
        from monitor.store import StoreError

        alerts = self.app.store.alerts
        try:
            async with self.app.saving:  # in the order of the keys
                await self.app.in_thread(lambda: handling.save(alerts))
        except StoreError as error:
            self.app.board.marks.forget(handling)
            self.app.say(f"Not saved: {error}", "error")
        if isinstance(handling, Handling):
            self.view.release(handling.after)
        self.follow(force=True)

    def mute(self, rule: str, until: float | None, on: bool = True) -> None:
        """Let a rule tell nobody, or again; None is until it is unmuted."""
        known = self.app.store.alerts.muted
        before = (rule in known, known.get(rule))
        self.do(Muting(rule, before, (on, until)))

    # What came

    def fired(self, alerts: Iterable[Alert]) -> None:
        """Alerts fired in a poll: show them, and tell of them."""
        raise NotImplementedError
