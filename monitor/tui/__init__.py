"""The terminal screen: the only part that reaches Textual or Rich."""

import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from monitor.models import Config

if TYPE_CHECKING:
    from monitor.poll import PollEvent
    from monitor.sources import SourceEvent
    from monitor.store import Store
    from monitor.tui.polling import PollerLike

FPS = "120"  # a filtered list is painted one frame after its letter, so frames are short
SWITCH = 0.0002  # seconds that a thread, saving for example, may keep the interpreter from a key


def run(
    config: Config,
    store: "Store",
    *,
    load_config: Callable[[], Config] | None = None,
    demo: bool = False,
    now: Callable[[], float] = time.time,
    environ: Mapping[str, str] | None = None,
    read_only: str = "",
) -> None:
    """Open the screen on a store and stay until the user quits. The caller closes the store.

    The store may be open for reading only: the screen takes the lock when its first frame is out.
    """
    gc.disable()  # until everything is loaded: there is nothing to collect in it
    os.environ.setdefault("TEXTUAL_FPS", FPS)
    sys.setswitchinterval(SWITCH)
    from monitor.tui.app import MonitorApp
    from monitor.tui.polling import WORK

    def make_poller(
        config: Config, tell: "Callable[[PollEvent | SourceEvent], None]"
    ) -> "PollerLike":
        from monitor.notify.dispatch import Dispatcher, make_courier
        from monitor.poll import Poller
        from monitor.round import Round
        from monitor.sources import Collector
        from monitor.store import StoreError

        poller = Poller(config, store, on_event=tell, now=now, work=WORK, rest=app.turns.rest)
        asker = Collector(config, store, on_event=tell, now=now, environ=environ)
        dispatcher = None
        with suppress(StoreError):  # alerts that can't be read are told by the polls
            courier = make_courier(config, store, now=now, environ=environ)
            dispatcher = Dispatcher(courier, now=now, on_trouble=lambda t: app.say(t, "warning"))
        return Round(poller, asker, linger=True, dispatcher=dispatcher)

    app = MonitorApp(
        config,
        store,
        poller_factory=make_poller,
        now=now,
        load_config=load_config,
        demo=demo,
        read_only=read_only,
    )
    app.run()
