"""The program around the screen: what is loaded when, polls, saving of marks, links.

    first frame from Store.front() -> archive, in a thread -> poll what is due, and again in time

Until the first frame nothing is imported that it does not need: see tests/tui/test_imports.py.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from textual import events, work
from textual.app import App

from monitor.models import Config, Feed, FeedState, Source, Story
from monitor.text import clean, plural
from monitor.tui.base import BaseScreen
from monitor.tui.bindings import textual_keymap
from monitor.tui.commands import check_keys, keyed
from monitor.tui.polling import PollerFactory, PollerLike, Progress, Turns, wait
from monitor.tui.screen import MainScreen
from monitor.view import Board, Change, Link

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver

    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent
    from monitor.store import Edited, Store
    from monitor.surge import Surge
    from monitor.tui.desk import AlertDesk
    from monitor.tui.following import Following
    from monitor.tui.pages import Support
    from monitor.view.library import Library
    from monitor.view.page import Page

T = TypeVar("T")
Level = Literal["information", "warning", "error"]
TAKE_IN = 0.05  # seconds between two looks at what a poll has stored
PAUSE = 0.02  # seconds that loading rests between two parts while a key is being answered
COUNT = 0.25  # seconds in which a poll changes the counts: painting them takes what a key takes
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
        self.surges: list[Surge] = []  # words that are in the news more than usual
        self._bulletins: Sequence[object] | None = None  # of the library, as they are shown
        self.board = Board(config)
        self.progress = Progress()
        self.turns = Turns(lambda: self.main.searching)
        self._poller_factory = poller_factory
        self._poller: PollerLike | None = None
        self._load_config = load_config
        self._opener = opener
        self._desk: AlertDesk | None = None
        self.saving = asyncio.Lock()
        self._asked = False  # whether quitting was put off, for not all could be saved
        self._polling = asyncio.Lock()
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
        await self._look_for_surges()
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
        await self.begin_polling()

    async def begin_polling(self) -> None:
        """From now on poll what is due, if this is the writer."""
        await self.in_thread(self._start_poller)  # it imports a tenth of a second
        await self._poll(everything=self.demo)

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
        self._follow_library()
        self.desk.follow()
        self.main.show_story()

    def _follow_library(self) -> None:
        """Show bulletins that came or changed; the library gives another sequence then."""
        if self.library is None or self.library.bulletins is self._bulletins:
            return
        self._bulletins = self.library.bulletins
        self.board.show_bulletins(self.library)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.library_changed()

    async def attempt(self, work: Callable[[], T]) -> T | None:
        """Run in a thread what reads the library; what fails is told, and gives None."""
        try:
            return await self.in_thread(work)
        except Exception as error:  # a damaged file must not leave a screen waiting for ever
            self.log.error(error)
            self.say(f"Not read: {error}", "error")
            return None

    def next_due(self) -> float | None:
        """When something is polled next, by itself."""
        return self._poller.next_due() if self._poller else None

    async def _tick(self) -> None:
        if self.store.trouble:
            await self._save_all()
        self.main.tick()
        await self.desk.wake()

    # Polling

    def _start_poller(self) -> None:
        if self._poller_factory is not None and not self.read_only:
            self._poller = self._poller_factory(self.board.config, self._told)

    def _told(self, event: "PollEvent | SourceEvent") -> None:
        """Count what a poll tells; sources tell it from a thread of their own, and later."""
        before = self.progress.source
        self.progress.take(event)
        if self.progress.advisories:
            self.progress.advisories = False
            self.call_later(self._follow_library)
        if self.progress.fired:
            self.call_later(self._take_alerts)
        if before != self.progress.source and not self.progress.source:
            self.call_later(self.main.status.refresh)

    def _take_alerts(self) -> None:
        """Show and tell what fired since the last look."""
        if fired := self.progress.new_alerts():
            self.desk.fired(fired)

    def poll(self, ids: tuple[str, ...], everything: bool = False) -> None:
        """Poll some feeds, or all, because the user asks for it."""
        if self._poller is None:
            self.refused("Nothing can be polled here")
        elif self.progress.running:
            self.say("A poll is under way")
        else:
            self.run_worker(self._poll(ids, everything), group="poll", exit_on_error=False)

    async def _poll(self, ids: tuple[str, ...] = (), everything: bool = False) -> None:
        poller = self._poller
        if poller is None or self._polling.locked():
            return
        async with self._polling:
            self.progress.begin()
            self.main.retitle()
            taking = self.set_interval(TAKE_IN, self._take_in)
            counting = self.set_interval(COUNT, self.main.retitle)
            try:
                await poller.poll(ids, all=everything)
            except Exception as error:  # a poll that breaks must not end the program
                self.log.error(error)
                self.say(f"The poll failed: {error}", "error")
            finally:
                taking.stop()
                counting.stop()
                self.progress.end(self.now())
            while self._take_in():
                await asyncio.sleep(0)
        await self._look_for_surges()
        self.desk.follow()  # also snoozes that ended
        self.main.retitle()
        self._plan()

    async def _look_for_surges(self) -> None:
        """See which words are in the news more than usual; beside the event loop."""

        def look() -> "list[Surge]":
            from monitor.surge import surges

            return surges(list(self.store.entries.values()), self.now())

        self.surges = await self.in_thread(look)
        self.main.status.refresh()

    def _plan(self) -> None:
        """Look again when the next feed is due."""
        if self._poller is not None:
            delay = wait(self.next_due(), self.now())
            self.set_timer(delay, self._poll_due, name="due")

    def _poll_due(self) -> None:
        due = self.next_due()
        if due is None or due > self.now():
            self._plan()
        elif not self._polling.locked():
            self.run_worker(self._poll(), group="poll", exit_on_error=False)

    def _take_in(self) -> bool:
        """Show some of what the poll has stored since the last look; whether there was any."""
        changed = self.progress.changed()
        if changed:
            self.take_in(changed)
        self._follow_library()
        while self.progress.troubles:
            self.say(self.progress.troubles.pop(), "error")
        return bool(changed)

    def take_in(self, stories: "Sequence[str]") -> None:
        """Show stories that came, changed or went in the store; a few milliseconds for 50."""
        self.board.update(self.store, stories, self.now())
        self.main.rows_changed(stories)

    def follow_rest(self) -> None:
        """Show what else the store has by now: bulletins, alerts, counts."""
        self._follow_library()
        self.desk.follow()
        self.main.retitle()

    def health(self) -> list[tuple[Feed | Source, FeedState]]:
        """Every enabled feed and source with what is known of it."""
        states = dict(self.store.feeds)
        if self.library is not None:  # before, nothing of the sources is read
            states |= {name: one.feed for name, one in self.store.advisories.sources.items()}
        polled = [one for one in self.board.config.polled if one.enabled]
        return [(one, states.get(one.id) or FeedState(one.id)) for one in polled]

    # Marks

    def save(self, change: Change) -> None:
        """Write a change of marks that is already shown."""
        self.run_worker(self._save(change), group="marks", exit_on_error=False)

    async def _save(self, change: Change) -> None:
        from monitor.store import StoreError

        try:
            async with self.saving:  # in the order of the keys
                await self.in_thread(lambda: change.save(self.store))
        except StoreError as error:
            self.board.marks.settle(change, saved=False)
            self.main.marked(change.inverse())
            self.say(f"Not saved: {error}", "error")
            await self.in_thread(lambda: _take_back(change, self.store))
        else:
            self.board.marks.settle(change, saved=True)

    def correct(self, change: "Callable[[], Edited]", done: "Callable[[Edited], None]") -> None:
        """Split, merge or take that back: written in a thread, then shown."""
        self.run_worker(self._correct(change, done), group="marks", exit_on_error=False)

    async def _correct(
        self, change: "Callable[[], Edited]", done: "Callable[[Edited], None]"
    ) -> None:
        from monitor.store import StoreError

        try:
            async with self.saving:
                edited = await self.in_thread(change)
        except StoreError as error:
            self.say(f"Not saved: {error}", "error")
            return
        self.main.entries.view.cursor = self.main.entries.story  # it stays, also at the very top
        self.board.inherit(self.store, edited.edits)
        self.board.update(self.store, edited.stories, self.now())
        self.main.rows_changed(edited.stories)
        self.main.retitle()
        done(edited)

    # Links

    @work(group="browse", exit_on_error=False)
    async def browse(self, link: Link) -> None:
        """Open a web link in the browser."""
        from monitor.tui.opener import OpenError, open_link

        opener = self._opener or open_link
        try:
            await self.in_thread(lambda: opener(link.url))
        except OpenError as error:
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
        async with self._polling:
            self.board.configure(config)
            self.desk.configure()
            self._follow_ui()
            if self._poller is not None:
                await self._poller.aclose()
            await self.in_thread(self._start_poller)
        await self._adopt()
        self.say(f"Configuration read: {plural(len(config.feeds), 'feed')}")
        await self._poll()

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
        """A toast; its text may come from anywhere."""
        self.notify(clean(message, 300), severity=level, markup=False)

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
        self.run_worker(self._leave(ask), group="leave", exclusive=True, exit_on_error=False)

    async def action_quit(self) -> None:
        self.leave()

    async def _leave(self, ask: bool) -> None:
        async with self.saving:
            pending = self.store.trouble or self.store.unsaved
            if pending and ask and not self._asked and not await self._save_all():
                self._asked = True
                again = self.keyed("{leave} again quits and loses")
                lost = plural(self.store.unsaved, "entry", "entries")
                self.say(f"Not saved: {self.store.trouble}. {again} {lost}", "error")
            else:
                self.exit()

    async def _save_all(self) -> bool:
        """Try to write what is only in memory; whether all of it is on disk."""
        from monitor.store import StoreError

        with suppress(StoreError):  # the footer says so
            await self.in_thread(self.store.flush)
        self.main.status.refresh()
        return not self.store.trouble

    async def on_unmount(self) -> None:
        for worker in self.workers:
            if worker.group == "poll":
                worker.cancel()
        if self._poller is not None:
            await self._poller.aclose()
        if self._desk is not None and not self.is_headless:
            from monitor.tui.telling import TITLE_BACK

            self.write_out(TITLE_BACK)


def _take_back(change: Change, store: "Store") -> None:
    """The store keeps a mark that it could not write, for the next time; the user saw it go."""
    from monitor.store import StoreError

    with suppress(StoreError):
        change.inverse().save(store)
