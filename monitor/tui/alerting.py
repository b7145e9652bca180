"""What the keys do to alerts, in the pane of them and on the page of one."""

from typing import TYPE_CHECKING

from monitor.models import Pane
from monitor.tui.base import BaseScreen

if TYPE_CHECKING:
    from monitor.alert import Alert, AlertState
    from monitor.tui.desk import AlertDesk

ACTIONS = ("acknowledge", "snooze", "close", "reopen", "note", "mute")


class Alerting(BaseScreen):
    """Actions on the selected alert."""

    @property
    def desk(self) -> "AlertDesk":
        return self.app.desk

    @property
    def alert(self) -> "Alert | None":
        """The alert that the keys are about."""
        return None

    def action_acknowledge(self) -> None:
        from monitor.alert import AlertState

        self._put(AlertState.ACKNOWLEDGED)

    def action_close(self) -> None:
        from monitor.alert import AlertState

        self._put(AlertState.CLOSED)

    def action_reopen(self) -> None:
        from monitor.alert import AlertState

        self._put(AlertState.NEW)

    def action_snooze(self) -> None:
        """Let the user choose until when."""
        from monitor.alert import AlertState
        from monitor.view.handling import handle, nap_says, naps

        alert = self._chosen("snoozed")
        if alert is None:
            return
        choices = naps(self.app.now(), self.app.tz)

        def snooze(number: int) -> None:
            until = choices[number].until
            handling = handle([alert], AlertState.SNOOZED, self.app.now(), until)
            if handling is not None:
                self.desk.do(handling)

        items = [(nap.name, nap_says(nap, self.app.tz)) for nap in choices]
        self.choose("Snooze the alert", items, snooze)

    def action_note(self) -> None:
        """Let the user write a line that the alert keeps."""
        from monitor.tui.dialogs import Ask
        from monitor.view.handling import noted

        alert = self._chosen("noted")
        if alert is None:
            return

        def keep(text: str | None) -> None:
            now = self.desk.view.alerts.get(alert.id, alert)
            if text is not None and text != now.note:
                self.desk.do(noted(now, text))

        self.app.push_screen(Ask("Note on the alert", alert.note), keep)

    def action_mute(self) -> None:
        """Let the rule of the alert tell nobody for a time, or tell again."""
        from monitor.view.handling import nap_says, naps

        alert = self._chosen("muted")
        if alert is None:
            return
        if self.desk.muted(alert.rule):
            self.desk.mute(alert.rule, None, on=False)
            self.app.say(f"{alert.rule} tells again when it fires")
            return
        choices = naps(self.app.now(), self.app.tz)
        items = [(nap.name, nap_says(nap, self.app.tz)) for nap in choices[:-1]]
        items.append(("Until Z again", "it still fires, and the pane shows it"))

        def mute(number: int) -> None:
            self.desk.mute(alert.rule, choices[number].until)
            self.app.say(f"{alert.rule} tells nobody; u or Z takes it back")

        self.choose(f"Mute the rule {alert.rule}", items, mute)

    def _put(self, state: "AlertState") -> None:
        """Put the selected alert into a state."""
        from monitor.alert import AlertState
        from monitor.view.handling import handle

        word = "reopened" if state is AlertState.NEW else str(state)
        alert = self._chosen(word)
        if alert is not None:
            handling = handle([alert], state, self.app.now())
            if handling is not None:
                self.desk.do(handling)
            else:
                self.app.say(f"It is {state} already")

    def _chosen(self, word: str) -> "Alert | None":
        """The selected alert, if it can be changed; else the user is told."""
        if self.app.read_only:
            self.app.refused(f"Cannot be {word} here")
            return None
        if self.alert is None:
            self.app.say("Select an alert in Alerts first")
        return self.alert

    # Opening

    def open_subject(self, alert: "Alert") -> None:
        """Show what an alert is about; that counts as having opened it."""
        from monitor.alert import Subject

        self.desk.open(alert)
        about = alert.about.id
        if alert.kind is Subject.CVE:
            self.open_cve(about)
        elif alert.kind is Subject.BULLETIN:
            self.open_bulletin(about)
        elif alert.kind is Subject.DEVICE:
            self.action_phone()
        elif alert.kind is Subject.FEED:
            self.show_health(about)
        elif alert.kind is Subject.WORD:
            self._search_news(about)
        else:
            self.open_alert_story(alert)

    def open_alert_story(self, alert: "Alert") -> None:
        """Show the story, over what is shown."""
        story = self.desk.story(alert)
        if story:
            self.open_story(story)
        else:
            self.app.say("That story is no longer stored")

    def show_health(self, feed: str) -> None:
        """How the feeds are, with one of them selected."""
        from monitor.tui.health import Health

        self.app.push_screen(Health(self.app.health(), self.app.now(), self.app.tz, 1, feed))

    def _search_news(self, word: str) -> None:
        """The headlines with this word."""
        from monitor.query.terms import quoted

        main = self.app.main
        while self.app.screen is not main:
            self.app.pop_screen()
        main.activate(Pane.HEADLINES)
        main.filter_by(quoted(word))
