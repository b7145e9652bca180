"""An alert as a page over the lists, with all that a summed-up one stands for."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from monitor.tui.alerting import ACTIONS, Alerting
from monitor.tui.base import common_bindings
from monitor.tui.pages import PageScreen, only
from monitor.view.page import Page

if TYPE_CHECKING:
    from monitor.alert import Alert


class AlertScreen(Alerting, PageScreen):
    """All about one alert; Enter opens what is selected, or else its subject."""

    BINDINGS: ClassVar[list[BindingType]] = common_bindings(
        "next_source", "previous_source", "undo", *ACTIONS
    )
    HINTS = ("next_source", "open", "acknowledge", "snooze", "close", "back", "help")

    def __init__(self, alert: str) -> None:
        super().__init__("Alert")
        self._shown = alert

    @property
    def alert(self) -> "Alert | None":
        return self.desk.view.alerts.get(self._shown)

    def read(self) -> Callable[[], Page]:
        from monitor.view.alert_page import alert_page

        alert, desk, now, tz = self.alert, self.desk, self.app.now(), self.app.tz
        if alert is None:
            return lambda: only(self.crumb, "That alert is no longer stored")
        known = desk.known(alert)
        return lambda: alert_page(alert, known._replace(history=desk.history(alert)), now, tz)

    def alerts_changed(self, ids: Collection[str] | None = None) -> None:
        self._load()

    def action_open(self) -> None:
        alert = self.alert
        if alert is None:
            return
        if self.view.target is None and not alert.others:
            self.open_subject(alert)
        else:
            if self.view.target is not None:
                self.desk.open(alert)
            super().action_open()

    def action_undo(self) -> None:
        self.app.main.action_undo()
