"""Which digest each target got last, a small database of their own."""

import threading
from typing import TypedDict

from msgspec.json import Decoder

from monitor.alert import DigestState
from monitor.store.files import Folder

DIGESTS = "digests.json"


class _State(TypedDict):
    state: DigestState


class _Tables(TypedDict):
    digests: dict[str, _State]


_tables = Decoder(_Tables)


class Digests:
    """What is remembered of each target's digests. May be used from any thread."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._saving = threading.Lock()
        tables = folder.read(DIGESTS, _tables)
        found = [row["state"] for row in tables["digests"].values()] if tables else []
        self._states = {state.target: state for state in found}

    def get(self, target: str) -> DigestState | None:
        """What is remembered of a target."""
        return self._states.get(target)

    def put(self, state: DigestState) -> None:
        """Remember it, durably. Raises StoreError; it holds in memory all the same."""
        with self._saving:
            self._states = {**self._states, state.target: state}
            rows: list[_State] = [{"state": one} for one in self._states.values()]
            self._folder.write_table(DIGESTS, "digests", rows)
