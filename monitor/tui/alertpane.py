"""The part of the main screen that acts on alerts: what is shown of one, order, what opens it."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual import work

from monitor.models import Pane
from monitor.tui.alerting import Alerting
from monitor.tui.commands import UNDONE
from monitor.tui.patching import Patching

if TYPE_CHECKING:
    from monitor.alert import Alert
    from monitor.tui.alerts import AlertList
    from monitor.view import Link
    from monitor.view.alert_page import Heard
    from monitor.view.page import Page


class AlertPane(Alerting, Patching):
    """The pane of alerts; the story view beside it shows the alert above its story."""

    alerts: "AlertList"  # put beside the others when the first frame is out
    _heard: "tuple[str, list[Heard]]" = ("", [])  # an alert, and its history

    if TYPE_CHECKING:

        def read_story(self) -> None: ...

    @property
    def alert(self) -> "Alert | None":
        return self.alerts.alert if self.pane is Pane.ALERTS else None

    @property
    def alert_story(self) -> str:
        """The story of the selected alert, "" where it is about something else."""
        return self.desk.story(self.alert) if self.alert else ""

    def alerts_changed(self, ids: Collection[str] | None = None) -> None:
        self._heard = ("", [])
        self.alerts.rows_changed(ids)
        self.retitle()
        if self.pane is Pane.ALERTS:
            self.show_story()

    def show_story(self) -> None:
        super().show_story()
        alert = self.alert
        if alert is not None and self.side_by_side and self._heard[0] != alert.id:
            self._read_history(alert)

    @work(exclusive=True, group="history", exit_on_error=False)
    async def _read_history(self, alert: "Alert") -> None:
        """What became of the alert, from the audit log."""
        heard = await self.app.attempt(lambda: self.desk.history(alert))
        if heard is not None and alert == self.alert:
            self._heard = (alert.id, heard)
            self.detail.show(self.detail.detail, self.above())

    def above(self) -> "Page | None":
        """What is known of the selected alert, above its story."""
        alert = self.alert
        if alert is None:
            return super().above()
        from monitor.view.alert_page import alert_page

        history = self._heard[1] if self._heard[0] == alert.id else []
        known = self.desk.known(alert)._replace(history=history, beside=True)
        return alert_page(alert, known, self.app.now(), self.app.tz)

    def open_alert(self) -> None:
        """Open what the selected alert is about; a summed-up one opens to the list of that."""
        alert = self.alert
        if alert is None:
            return
        self.alerts.move_by(0)  # so that it is still selected when the filter goes
        if alert.others:
            self._open_page(alert)
        else:
            self.open_subject(alert)

    def open_alert_story(self, alert: "Alert") -> None:
        """Show the story in the story view."""
        if not self.alert_story:
            self._open_page(alert)
            self.app.say("That story is no longer stored")
        else:
            self.read_story()

    def _open_page(self, alert: "Alert") -> None:
        from monitor.tui.alert import AlertScreen

        self.app.push_screen(AlertScreen(alert.id))

    def link(self) -> "Link | None":
        alert = self.alert
        if alert is None or self.alert_story:
            return super().link()
        from monitor.view import make_link

        return make_link(alert.about.url) if alert.about.url else None

    def action_about(self) -> None:
        if self.alert is not None:
            self._open_page(self.alert)
        else:
            super().action_about()

    def action_refresh(self) -> None:
        """Poll what the alert comes from."""
        alert = self.alert
        if alert is None or self.alert_story:
            super().action_refresh()
            return
        sources = self.desk.sources(alert)
        if sources:
            self.app.polls.ask(sources)
        else:
            self.app.say(self.app.keyed("{refresh_all} polls all feeds and sources"))

    def action_sort(self) -> None:
        if self.pane is not Pane.ALERTS:
            super().action_sort()
            return
        self.app.say(f"Sorted: {self.alerts.sort_next()}")
        self.status.refresh()

    def action_mark_all(self) -> None:
        """Acknowledge every new alert that the pane shows."""
        if self.pane is not Pane.ALERTS:
            super().action_mark_all()
            return
        from monitor.alert import AlertState
        from monitor.tui.dialogs import Confirm
        from monitor.view.handling import handle

        if self._chosen("acknowledged") is None:
            return
        new = [one for one in self.desk.view.shown() if one.state is AlertState.NEW]
        handling = handle(new, AlertState.ACKNOWLEDGED, self.app.now())
        if handling is None:
            self.app.say("Nothing new here")
            return
        many = f"{len(new):,} alerts" if len(new) > 1 else "one alert"

        def answer(yes: bool | None) -> None:
            if yes:
                self.desk.do(handling)

        self.app.push_screen(Confirm(f"Acknowledge {many}?", self.app.keyed(UNDONE)), answer)
