"""The screen on a real store, without animation, at a fixed time."""

import os

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when Textual is imported

from collections.abc import Callable, Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.models import Fresh, Source
from monitor.tui.app import MonitorApp
from tests.screen_samples import NOW, config, news, store_with

MakeApp = Callable[..., MonitorApp]


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """Makes an app on a store with these entries (the sample news if none are given)."""

    def make(
        entries: Iterable[Fresh] | None = None,
        theme: str = "",
        keys: dict[str, str] | None = None,
        write: bool = True,
        sources: tuple[Source, ...] = (),
        **options: Any,
    ) -> MonitorApp:
        store = store_with(tmp_path / "data", news() if entries is None else entries, write)
        settings = replace(config(theme=theme, keys=keys or {}), sources=sources)
        return MonitorApp(settings, store, now=lambda: NOW, tz=UTC, **options)

    return make
