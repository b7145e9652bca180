"""The program around the screen: what is loaded when, and what the screens share.

    first frame from Store.front() -> archive, in a thread -> poll what is due, and again in time

Until the first frame nothing is imported that it does not need: see tests/tui/test_imports.py.
"""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from textual import events, work
from textual.app import App, SuspendNotSupported
from textual.notifications import Notification, Notify

from monitor.models import Config, Feed, FeedState, Source, Story
from monitor.text import clean, plural
from monitor.tui.base import BaseScreen
from monitor.tui.bindings import textual_keymap
from monitor.tui.commands import check_keys, keyed
from monitor.tui.polling import PollerFactory, Polls, Turns
from monitor.tui.saving import Saving
from monitor.tui.screen import MainScreen
from monitor.view import Board, Link

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver

    from monitor.store import Store
    from monitor.tui.desk import AlertDesk
    from monitor.tui.following import Following
    from monitor.tui.pages import Support
    from monitor.view.library import Library
    from monitor.view.page import Page

T = TypeVar("T")
Level = Literal["information", "warning", "error"]
PAUSE = 0.02  # seconds that loading rests between two parts while a key is being answered
MINUTE = 60.0
GARBAGE = (1_000, 20, 100)  # a look at all that came since takes 40 ms: once in 2 million objects


def _commands() -> "type[Provider]":
    from monitor.tui.palette import CommandProvider

    return CommandProvider


class MonitorApp(App[None]):
    """`monitor` on a terminal.

    `poller_factory` makes the poller of a configuration when the first frame is out; without one
    nothing is polled. `load_config` reads the configuration again and raises what it finds wrong.
    `read_only` says why marks and polls are not possible and will not be; "" if they are, or as
    soon as no other monitor writes. `opener` opens a link and raises `OpenError`; it runs in a
    thread. `library` is what is known of bulletins and CVEs; by default it is the store's. `phone`
    makes the page of the user's devices in a thread, `support` are the pages for someone who fears
    an infection; by default those that ship.
    """

    TITLE = "monitor"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    COMMANDS: ClassVar[set[Any]] = {_commands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        config: Config,
        store: "Store",
        *,
        poller_factory: PollerFactory | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        load_config: Callable[[], Config] | None = None,
        opener: Callable[[str], None] | None = None,
        demo: bool = False,
        read_only: str = "",
        tz: tzinfo | None = None,
        library: "Library | None" = None,
        phone: "Callable[[], Page] | None" = None,
        support: "Sequence[Support] | None" = None,
    ) -> None:
        super().__init__()
        self.store = store
        self.now = now
        self.monotonic = monotonic
        self.demo = demo
        self.read_only = read_only
        self._for_reading = bool(read_only)  # and it stays so
        self._following: Following | None = None
        self.tz = tz
        self.library = library
        self.phone = phone
        self.support = support
        self._bulletins: Sequence[object] | None = None  # of the library, as they are shown
        self._said: Notification | None = None  # the last toast that may make room
        self.board = Board(config)
        self.turns = Turns(lambda: self.main.searching)
        self.polls = Polls(self, poller_factory)
        self._load_config = load_config
        self._opener = opener
        self._desk: AlertDesk | None = None
        self.saving = Saving(self)
        front = store.front()
        self.front_total = front.total
        self.board.show_front(front)
        self._follow_ui()

    def get_default_screen(self) -> MainScreen:
        return MainScreen()

    def get_driver_class(self) -> "type[Driver]":
        from monitor.tui.terminal import patient

        return patient(super().get_driver_class())

    @property
    def desk(self) -> "AlertDesk":
        """The alerts; there from the first frame on."""
        assert self._desk is not None
        return self._desk

    @property
    def new_alerts(self) -> int:
        """How many alerts wait to be looked at."""
        return self._desk.view.new if self._desk else 0

    def alerts_of(self, story: Story) -> list[str]:
        """What the open alerts about a story say, gravest first."""
        return self._desk.of_story(story) if self._desk else []

    @property
    def main(self) -> MainScreen:
        """The main screen, also while a dialog is over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def on_ready(self) -> None:
        """The first frame is out: now for the rest."""
        from monitor.tui.desk import AlertDesk

        self._desk = AlertDesk(self)
        await self.main.unfold()
        self._begin()
        if not self.is_headless:
            from monitor.tui.telling import KEEP_TITLE
            from monitor.tui.terminal import watch

            watch(lambda: self.leave(ask=False))
            self.write_out(KEEP_TITLE)

    async def on_event(self, event: events.Event) -> None:
        """Every event; a poll rests from the arrival of a key until it is painted."""
        key = isinstance(event, events.Key) and not event.is_forwarded
        if key:
            self.turns.key()
        await super().on_event(event)
        if key:
            self.call_after_refresh(self.turns.painted)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run what takes time beside the event loop."""
        return await asyncio.to_thread(work)

    # Loading

    @work(group="begin", exit_on_error=False)
    async def _begin(self) -> None:
        await self.in_thread(self._load)
        await self._adopt()
        await self.polls.look_for_surges()
        gc.freeze()  # 100,000 stories are for ever: the collector need not look at them again
        gc.set_threshold(*GARBAGE)
        gc.enable()
        for problem in [*self.store.problems, *await self.in_thread(self.desk.problems)]:
            self.say(problem, "warning")
        self.set_interval(MINUTE, self._tick)
        self.set_interval(1.0, self.desk.follow)  # what is delivered, what other commands do
        if self.read_only and not self._for_reading:
            from monitor.tui.following import Following

            self._following = Following(self)
        if self.read_only:
            self.say(f"Read-only: {self.read_only}", "warning")
        await self.polls.begin()

    def _load(self) -> None:
        """Become the writer if that is possible, and have everything in memory."""
        from monitor.store import StoreError, StoreLocked

        if not self.read_only and not self.store.writable:
            try:
                self.store.lock()
            except StoreLocked as locked:
                self.read_only = clean(str(locked))
            except StoreError as error:
                self.read_only = clean(str(error))
        for _ in self.store.load_steps():
            time.sleep(PAUSE if self.turns.pressed else 0)  # the event loop has its turn
        if self.library is None:
            self.library = self.store.advisories
        # Read here, not by the event loop
        _ = self.library.bulletins, self.store.advisories.sources
        self.desk.read()

    async def _adopt(self) -> None:
        """Take all stories of the store over; the cursor and the filters stay."""
        snapshot = await self.in_thread(lambda: self.board.snapshot(self.store))
        self.board.adopt(snapshot, self.store)
        self.main.rows_changed()
        self.main.retitle()
        self.follow_library()
        self.desk.follow()
        self.main.show_story()

    async def attempt(self, work: Callable[[], T]) -> T | None:
        """Run in a thread what reads the library; what fails is told, and gives None."""
        try:
            return await self.in_thread(work)
        except Exception as error:  # a damaged file must not leave a screen waiting for ever
            self.log.error(error)
            self.say(f"Not read: {error}", "error")
            return None

    async def _tick(self) -> None:
        if self.store.trouble:
            await self.saving.everything()
        self.main.tick()
        await self.desk.wake()

    # What the store has by now

    def follow_library(self) -> None:
        """Show bulletins that came or changed; the library gives another sequence then."""
        if self.library is None or self.library.bulletins is self._bulletins:
            return
        self._bulletins = self.library.bulletins
        self.board.show_bulletins(self.library)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.library_changed()

    def take_in(self, stories: "Sequence[str]") -> None:
        """Show stories that came, changed or went in the store; a few milliseconds for 50."""
        self.board.update(self.store, stories, self.now())
        self.main.rows_changed(stories)

    def follow_rest(self) -> None:
        """Show what else the store has by now: bulletins, alerts, counts."""
        self.follow_library()
        self.desk.follow()
        self.main.retitle()

    def health(self) -> list[tuple[Feed | Source, FeedState]]:
        """Every enabled feed and source with what is known of it."""
        states = dict(self.store.feeds)
        if self.library is not None:  # before, nothing of the sources is read
            states |= {name: one.feed for name, one in self.store.advisories.sources.items()}
        polled = [one for one in self.board.config.polled if one.enabled]
        return [(one, states.get(one.id) or FeedState(one.id)) for one in polled]

    # Links

    @work(group="browse", exit_on_error=False)
    async def browse(self, link: Link) -> None:
        """Open a web link in the browser; one of text has the terminal until it ends."""
        from monitor.tui.opener import OpenError, open_link, run_in_terminal, text_browser

        opener = self._opener or open_link
        try:
            if self._opener is None and (arguments := text_browser(link.url, os.environ)):
                with self.suspend():
                    run_in_terminal(arguments)
                return
            await self.in_thread(lambda: opener(link.url))
        except (OpenError, SuspendNotSupported) as error:
            self.say(f"Not opened: {error}", "warning")
        else:
            self.say(f"Opened {link.host}")

    # The configuration

    @work(group="reload", exclusive=True, exit_on_error=False)
    async def reload(self) -> None:
        """Read the configuration again; a wrong one changes nothing."""
        if self._load_config is None:
            self.say("There is no configuration file to read again")
            return
        try:
            config = await self.in_thread(self._load_config)
        except Exception as error:  # whatever the caller's loader raises is for the user
            self.say(f"Configuration not changed: {error}", "error")
            return
        if problems := check_keys(config.ui.keys):
            self.say(f"Configuration not changed: {problems[0]}", "error")
            return
        async with self.polls.stopped():
            self.board.configure(config)
            self.desk.configure()
            self._follow_ui()
        await self._adopt()
        self.say(f"Configuration read: {plural(len(config.feeds), 'feed')}")
        await self.polls.poll()

    def _follow_ui(self) -> None:
        ui = self.board.config.ui
        if ui.theme in self.available_themes:
            self.theme = ui.theme
        self.set_keymap(textual_keymap(ui.keys))

    # Words

    def refused(self, what: str) -> None:
        """Say why something can't be done without the lock, unless it is to be had by now."""
        if self._following is None:
            self._refuse(what)
        else:
            self.run_worker(self._ask_again(what), group="follow", exit_on_error=False)

    def _refuse(self, what: str) -> None:
        self.say(f"{what}: {self.read_only}" if self.read_only else what, "warning")

    async def _ask_again(self, what: str) -> None:
        assert self._following is not None
        if not await self._following.take_over():
            self._refuse(what)

    def say(self, message: str, level: Level = "information") -> None:
        """A toast; its text may come from anywhere. It takes the place of the last, unless that
        told of an error: many would cover a small screen."""
        self.hush()
        said = Notification(clean(message, 300), severity=level, timeout=self.NOTIFICATION_TIMEOUT)
        self._said = None if level == "error" else said
        self.post_message(Notify(said))

    def hush(self) -> None:
        """Let the last toast go with the next look at them; an alert's and an error's stay."""
        if self._said is not None:
            self._said.timeout = 0.0

    def keyed(self, text: str) -> str:
        """A sentence of ours with the user's keys in it: "{undo} takes it back"."""
        return keyed(text, self.board.config.ui.keys)

    def write_out(self, sequence: str) -> None:
        """Write a sequence to the terminal that shows nothing, where there is one."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    # The end

    def leave(self, ask: bool = True) -> None:
        """Quit, once all is on disk; if that can't be, not before the user asks again."""
        self.run_worker(self.saving.leave(ask), group="leave", exclusive=True, exit_on_error=False)

    async def action_quit(self) -> None:
        self.leave()

    def action_help_quit(self) -> None:
        """Ctrl+C, by which people mean to quit; they may have meant to copy."""
        self.say(self.keyed("{leave} quits"))

    async def on_unmount(self) -> None:
        for worker in self.workers:
            if worker.group == "poll":
                worker.cancel()
        await self.polls.aclose()
        if self._desk is not None and not self.is_headless:
            from monitor.tui.telling import TITLE_BACK

            self.write_out(TITLE_BACK)
