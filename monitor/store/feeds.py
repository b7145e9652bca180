"""The states of the feeds, a small database of their own."""

import threading
from typing import TypedDict

from msgspec.json import Decoder

from monitor.models import FeedState
from monitor.store.files import Folder

FEEDS = "feeds.json"


class _State(TypedDict):
    state: FeedState


class _Tables(TypedDict):
    feeds: dict[str, _State]


_tables = Decoder(_Tables)


class Feeds:
    """The state of each feed that was ever polled, by id."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._dirty = False
        self._changing = threading.Lock()
        tables = folder.read(FEEDS, _tables)
        found = [row["state"] for row in tables["feeds"].values()] if tables else []
        self.states = {state.id: state for state in found}

    def put(self, state: FeedState) -> None:
        with self._changing:
            self.states[state.id] = state
            self._dirty = True

    def save(self) -> None:
        """Put them on disk if they changed. Raises StoreError; they then stay to be written."""
        with self._changing:
            if not self._dirty:
                return
            self._dirty = False
            rows: list[_State] = [{"state": state} for state in self.states.values()]
        try:
            self._folder.write_table(FEEDS, "feeds", rows)
        except BaseException:
            self._dirty = True
            raise
