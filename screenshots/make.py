"""Make the pictures of the README from the demo: `python -m screenshots.make [--png]`.

The same samples, sizes and time each run, so that a picture changes only when the screen does.
`--png` writes PNGs beside the SVGs with Chromium, to be looked at and not committed.
"""

import asyncio
import html
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from msgspec.structs import replace
from rich.cells import cell_len

from monitor.demo import ENVIRON, demo_session
from monitor.models import Config
from monitor.poll import Poller
from monitor.sources import Collector
from monitor.store import Store
from monitor.tui.app import MonitorApp
from monitor.tui.reading import PREVIEW

FOLDER = Path(__file__).parent
NOW = 1_764_345_600.0  # 2025-11-28 16:00 UTC
DARK, LIGHT = "textual-dark", "textual-light"


class Picture(NamedTuple):
    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = DARK


FILTER = ("slash", *"nsa")
DISPUTED = ("slash", *"spies", "enter", "enter")
NUMBERS = ("slash", *"60 bugs", "enter", "enter", *["j"] * 15)  # down to the numbers
PATCHES = ("l",)
BULLETIN = ("l", "slash", *"month:2025-08 phones", "enter", "enter")
CVE = (*BULLETIN, "slash", *"is:disagreed", "enter", "enter")
ALERTS = ("h", "j", "z", "3", "j", "j", "a", "j", "j", "j", "j")
PICTURES = (
    Picture("narrow-dark", (80, 24)),
    Picture("narrow-light", (80, 24), theme=LIGHT),
    Picture("narrow-detail", (80, 24), DISPUTED),
    Picture("medium-dark", (120, 40)),
    Picture("medium-light", (120, 40), theme=LIGHT),
    Picture("wide-dark", (200, 60)),
    Picture("wide-light", (200, 60), theme=LIGHT),
    Picture("filter", (120, 40), FILTER),
    Picture("detail", (120, 40), DISPUTED),
    Picture("disputed", (200, 60), DISPUTED),
    Picture("timeline", (120, 40), ("slash", *"spies", "enter", "T")),
    Picture("help", (120, 40), ("question_mark",)),
    Picture("health", (120, 40), ("e",)),
    Picture("numbers", (120, 40), NUMBERS),
    Picture("patches", (80, 24), PATCHES),
    Picture("bulletin", (120, 40), BULLETIN),
    Picture("bulletin-light", (200, 60), BULLETIN, LIGHT),
    Picture("cve", (120, 40), CVE),
    Picture("chart", (120, 40), ("l", "t")),
    Picture("phone", (120, 40), ("d",)),
    # Last, for what they do to alerts is stored.
    Picture("alerts", (120, 40), ALERTS),
    Picture("alerts-light", (80, 24), ("h",), LIGHT),
)


def now() -> float:
    return NOW


def widen(svg: str) -> str:
    """Give texts in wide characters their room: Rich counts characters where cells are meant."""

    def widened(match: re.Match[str]) -> str:
        text = html.unescape(match["text"])
        length = float(match["length"]) / len(text) * cell_len(text)
        return f"{match['before']}{length:g}{match['middle']}{match['text']}</text>"

    pattern = (
        r'(?P<before><text [^>]*textLength=")(?P<length>[\d.]+)'
        r'(?P<middle>"[^>]*>)(?P<text>[^<]+)</text>'
    )
    return re.sub(pattern, widened, svg)


async def take(picture: Picture, config: Config, store: Store) -> str:
    """The screen after these keys, as SVG."""
    app = MonitorApp(config, store, now=now, demo=True, tz=UTC)
    async with app.run_test(size=picture.size) as pilot:
        app.theme = picture.theme
        await pilot.pause()  # what follows the first frame is begun
        await app.workers.wait_for_complete()
        await pilot.pause()
        for key in picture.keys:
            await pilot.press("space" if key == " " else key)
            if key == "enter":
                await app.workers.wait_for_complete()
        await pilot.pause(PREVIEW * 2)  # what is beside the list follows the cursor then
        await app.workers.wait_for_complete()
        await pilot.pause()
        return widen(app.export_screenshot(title="monitor"))


def _as_png(file: Path, size: tuple[int, int]) -> None:
    """By Chromium: other programs drop the blanks at the start of SVG texts."""
    width, height = size[0] * 13, size[1] * 26 + 80
    with tempfile.TemporaryDirectory() as profile:
        command = [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *(f"--user-data-dir={profile}", f"--screenshot={file.with_suffix('.png')}"),
            *(f"--window-size={width},{height}", f"file://{file}"),
        ]
        subprocess.run(command, check=True, capture_output=True)


async def make(png: bool) -> None:
    with demo_session(now) as (config, folder):
        one_by_one = replace(config, poll=replace(config.poll, concurrency=1, per_host=1))
        store = Store.open(folder, now=now)
        poller = Poller(one_by_one, store, now=now)  # always in the same order
        try:
            await poller.poll(all=True)
            collector = Collector(config, store, now=now, environ=ENVIRON)
            await collector.run(all=True)
            await poller.stand()
            for picture in PICTURES:
                file = FOLDER / f"{picture.name}.svg"
                file.write_text(await take(picture, config, store), encoding="utf-8")
                if png:
                    _as_png(file, picture.size)
        finally:
            await poller.aclose()
            store.close()


if __name__ == "__main__":
    asyncio.run(make("--png" in sys.argv))
