"""What is imported before the first frame; each of these costs tens of milliseconds."""

import subprocess
import sys
from pathlib import Path

from tests.screen_samples import news, store_with

LATE = (
    "httpx", "tinydb", "feedparser", "lxml", "rapidfuzz", "re2", "anyio", "monitor.poll",
    "monitor.query", "monitor.fetch", "monitor.worker", "monitor.cluster", "monitor.vulnerability",
    "monitor.view.fixes", "monitor.view.cve", "monitor.view.chart", "monitor.view.page",
    "monitor.tui.bulletin", "monitor.tui.pages", "monitor.tui.chart", "monitor.tui.filterbar",
    "textual.widgets._markdown", "textual.widgets._data_table", "textual.widgets._text_area",
    "textual.widgets._footer", "monitor.roots.reading", "monitor.surge", "hashlib",
    "monitor.alert", "monitor.view.alerts", "monitor.view.alerted", "monitor.view.handling",
    "monitor.tui.desk", "monitor.tui.alerts", "monitor.notify", "monitor.store.alerts",
    "monitor.store.digests",
)  # fmt: skip

FIRST_FRAME = """
import sys
from pathlib import Path
from tests.screen_samples import config
from monitor.store import Store
from monitor.tui.app import MonitorApp

class Probe(MonitorApp):
    def on_ready(self) -> None:
        seen = "".join(strip.text for strip in self.screen._compositor.render_strips())
        assert "NSA broke into" in seen, seen
        print("\\n".join(sys.modules))
        self.exit()

Probe(config(), Store.open(Path(sys.argv[1]), write=False)).run(headless=True, size=(120, 40))
"""


def test_the_first_frame_imports_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    store_with(tmp_path, news()).close()
    run = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.split())
    assert "monitor.tui.screen" in loaded
    assert not loaded & set(LATE)


def test_the_view_needs_no_textual() -> None:
    code = "import sys, monitor.view, monitor.tui.commands; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"textual", "rich"} & set(run.stdout.split())
