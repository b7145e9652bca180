"""Reading the screen in tests."""

from textual.pilot import Pilot

from monitor.tui.app import MonitorApp

Driver = Pilot[None]


async def settled(pilot: Driver) -> MonitorApp:
    """The app when nothing is going on: archive loaded, marks written, searches done."""
    app = pilot.app
    assert isinstance(app, MonitorApp)
    for _ in range(100):
        await pilot.pause()
        working = [w for w in app.workers if w.group != "texts" and not w.is_finished]
        if working:
            await app.workers.wait_for_complete(working)
            continue
        if app.board.complete and not any(view.searching for view in app.board.panes.values()):
            return app
    raise AssertionError("the screen never came to rest")


async def press(pilot: Driver, *keys: str) -> MonitorApp:
    await pilot.press(*keys)
    return await settled(pilot)


async def told(pilot: Driver) -> MonitorApp:
    """The app when the story beside the list is the selected one, complete with its text."""
    app = await settled(pilot)
    main = app.main
    for _ in range(500):
        detail = main.detail.detail
        at_work = any(w.group == "texts" and not w.is_finished for w in app.workers)
        seen = main.side_by_side or main.reading
        same = detail is not None and (detail.story, detail.text is None) == (
            main.entries.story,
            False,
        )
        if not at_work and (same or not seen):
            return app
        await pilot.pause(0.01)
    raise AssertionError("the story was never told")


def lines(app: MonitorApp) -> list[str]:
    """What is on the screen, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def text(app: MonitorApp) -> str:
    return "\n".join(lines(app))
