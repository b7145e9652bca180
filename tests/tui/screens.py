"""Reading the screen in tests."""

from textual.pilot import Pilot

from monitor.tui.app import MonitorApp

Driver = Pilot[None]


async def settled(pilot: Driver) -> MonitorApp:
    """The app when nothing is going on: archive loaded, marks written, searches done."""
    app = pilot.app
    assert isinstance(app, MonitorApp)
    for _ in range(100):
        if working := [worker for worker in app.workers if worker.group != "texts"]:
            await app.workers.wait_for_complete(working)
        await pilot.pause()
        busy = any(view.searching for view in app.board.panes.values())
        if app.board.complete and not busy:
            return app
    raise AssertionError("the screen never came to rest")


async def press(pilot: Driver, *keys: str) -> MonitorApp:
    await pilot.press(*keys)
    return await settled(pilot)


def lines(app: MonitorApp) -> list[str]:
    """What is on the screen, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def text(app: MonitorApp) -> str:
    return "\n".join(lines(app))
