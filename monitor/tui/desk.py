"""The alerts as the screen holds them: shown at once, written behind it, told. Not for the first
frame."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from monitor.alert import Alert, AlertState, Subject
from monitor.models import Story
from monitor.text import clean
from monitor.tui.base import BaseScreen
from monitor.tui.telling import Teller, title_sequence
from monitor.view.alert_page import Heard, Known, explained, heard
from monitor.view.alerted import Tally, alerts_of, story_of, tallies
from monitor.view.alerts import AlertsView, until
from monitor.view.handling import Handling, Muting, opened

if TYPE_CHECKING:
    from monitor.tui.app import MonitorApp

VENDORS = ("huawei", "openharmony")
SOURCES = {  # kinds of sources that tell of it
    Subject.CVE: ("cve", "nvd", "kev", "epss"),
    Subject.BULLETIN: VENDORS,
    Subject.DEVICE: VENDORS,
}


class AlertDesk:
    """Between the store's alerts and whatever shows them."""

    def __init__(self, app: "MonitorApp") -> None:
        self.app = app
        self.view = AlertsView(app.now)
        self._readable = False
        self._known: object = None  # the store's alerts, as they are shown
        self._tallies: tuple[object, dict[str, Tally]] = (None, {})
        self._teller = Teller(app)
        self._told = -1  # how many new alerts the terminal's title tells of
        self.configure()

    def configure(self) -> None:
        """Follow a configuration."""
        self.view.configure(self.app.board.config.rules)

    def problems(self) -> list[str]:
        """What is wrong with rules, a line each; in a thread, for it imports much."""
        from monitor.rules import problems

        return list(problems(self.app.board.config.rules))

    # What the store has

    def read(self) -> None:
        """Read them from disk, in a thread; what stands against it is told once."""
        from monitor.store import StoreError

        try:
            _ = self.app.store.alerts.all
        except StoreError as error:
            self.app.call_from_thread(self.app.say, f"Alerts are not shown: {error}", "error")
        else:
            self._readable = True

    def follow(self, force: bool = False) -> None:
        """Show alerts that came or changed; the store gives another sequence then."""
        if not self._readable:
            return
        alerts = self.app.store.alerts.all
        if alerts is not self._known or force:
            woken = self._woken(alerts) if self._known is not None else []
            self._known = alerts
            self.view.muted = self.app.store.alerts.muted
            self.view.show(alerts)
            self._changed(None)
            self._teller.tell(woken)

    def _woken(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Those whose snooze ended since the last look, by itself."""
        before = self.view.alerts
        return [
            one
            for one in alerts
            if one.state is AlertState.NEW
            and one.id in before
            and before[one.id].state is AlertState.SNOOZED
        ]

    def fired(self, alerts: Sequence[Alert]) -> None:
        """These fired in a poll: show them and tell of them."""
        self.follow()
        self._teller.tell(alerts)

    async def wake(self) -> None:
        """End the snoozes whose time came; without the lock they are only not shown as such."""
        if not self._readable:
            return
        alerts = self.app.store.alerts
        if self.app.read_only:
            if await self.app.in_thread(alerts.reload_if_changed):
                self.follow()
        elif alerts.wake(self.app.now()):
            self.follow()
            await self._attempt(alerts.save)

    async def _attempt(self, write: Callable[[], object]) -> bool:
        """Write in a thread, in the order of the keys; whether it is on disk. Failure is told."""
        from monitor.store import StoreError

        try:
            async with self.app.saving.turn:
                await self.app.in_thread(write)
        except StoreError as error:
            self.app.say(f"Not saved: {error}", "error")
            return False
        return True

    def tally(self, rule: str) -> Tally:
        """How often a rule fired and was opened; all are counted only after a change."""
        if self._tallies[0] is not self._known:
            self._tallies = self._known, tallies(self.view.alerts.values())
        return self._tallies[1].get(rule, Tally())

    # What the user does

    def do(self, handling: Handling | Muting) -> None:
        """Show it, write it behind the screen, and let undo take it back."""
        self.app.board.marks.remember(handling)
        self._begin(handling)

    def undo(self, handling: Handling | Muting) -> None:
        """Take back what was done before."""
        self._begin(handling.inverse())
        self.app.say(f"Undone: {clean(handling.says(), 100)}")

    def open(self, alert: Alert) -> None:
        """The user looks at its subject; there is nothing to take back in that."""
        if not alert.opened and not self.app.read_only:
            self._begin(opened(alert))

    def _begin(self, handling: Handling | Muting) -> None:
        if isinstance(handling, Handling):
            self.view.hold(handling.after)
            self._changed({one.id for one in handling.after})
        self.app.run_worker(self._save(handling), group="marks", exit_on_error=False)

    def _changed(self, ids: Collection[str] | None) -> None:
        if self.view.new != self._told:
            self._told = self.view.new
            self.app.write_out(title_sequence(self.app.TITLE, self._told))
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.alerts_changed(ids)

    async def _save(self, handling: Handling | Muting) -> None:
        alerts = self.app.store.alerts
        if not await self._attempt(lambda: handling.save(alerts)):
            self.app.board.marks.forget(handling)
        if isinstance(handling, Handling):
            self.view.release(handling.after)
        self.follow(force=True)

    def muted(self, rule: str) -> bool:
        """Whether a rule tells nobody."""
        return rule in self.app.store.alerts.muted

    def mute(self, rule: str, until: float | None, on: bool = True) -> None:
        """Let a rule tell nobody, or again; None is until it is unmuted."""
        known = self.app.store.alerts.muted
        self.do(Muting(rule, (rule in known, known.get(rule)), (on, until)))

    # What is known of one

    def story(self, alert: Alert) -> str:
        """The id of the story that it is about today, "" if there is none."""
        return story_of(alert, self.app.store.entries, self.app.board.story)

    def of_story(self, story: Story) -> list[str]:
        """What the open alerts about a story say: "NSA named (high, new)"."""
        found = alerts_of(story, self.view.alerts.values())
        return [f"{self.view.rule_title(one)} ({one.severity}, {one.state})" for one in found]

    def sources(self, alert: Alert) -> tuple[str, ...]:
        """What can be polled of what it is about, but for stories."""
        if alert.kind is Subject.FEED:
            return (alert.about.id,)
        kinds = SOURCES.get(alert.kind, ())
        return tuple(one.id for one in self.app.board.config.sources if one.kind in kinds)

    def known(self, alert: Alert) -> Known:
        """What its page says beside the alert itself, but for its history."""
        rule, muted = self.view.rule(alert), self.app.store.alerts.muted
        kinds = {target.id: target.kind for target in self.app.board.config.targets}
        ends = ""
        if alert.rule in muted:
            end, now = muted[alert.rule], self.app.now()
            ends = "until Z again" if end is None else until(end, now, self.app.tz)
        return Known(
            rule=rule,
            explained=explained(rule) if rule else "",
            tally=self.tally(alert.rule),
            muted=ends,
            story=self.story(alert),
            kinds=kinds,
        )

    def history(self, alert: Alert) -> list[Heard]:
        """What the audit log says of it; reads from disk, in a thread."""
        return [heard(line) for line in self.app.store.alerts.history(alert.id)]
