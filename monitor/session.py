"""What the commands share: the global options, configuration and store opened late, failures.

Exit status: 0 done; 1 the job failed; 2 usage or configuration; 3 done, but some feeds failed;
4 the store is locked or damaged.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import config
from monitor.models import Config

if TYPE_CHECKING:
    from monitor.store import Store
    from monitor.store.alerts import Alerts

LOCK_WAIT = 3.0  # seconds that a writing command waits for the store's lock


class Failure(click.ClickException):
    """The job failed; the message is for people."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"monitor: {line}", err=True)


class Misuse(Failure):
    """Wrong usage or configuration."""

    exit_code = 2


class StoreTrouble(Failure):
    """The store is locked or damaged."""

    exit_code = 4


@dataclass
class Context:
    """What the global options say; configuration and store are opened when a command needs them."""

    config_option: str | None
    data_option: str | None
    demo: bool
    stack: ExitStack
    now: Callable[[], float] = time.time
    _config: Config | None = None
    _data: Path | None = None

    @property
    def config(self) -> Config:
        if self._config is None:
            self._prepare()
        assert self._config is not None
        return self._config

    @property
    def data(self) -> Path:
        if self._data is None:
            self._prepare()
        assert self._data is not None
        return self._data

    @property
    def environ(self) -> Mapping[str, str]:
        """Where sources look for their keys."""
        if self.demo:
            from monitor.demo import ENVIRON

            return ENVIRON
        return os.environ

    @property
    def config_path(self) -> Path:
        """The user's own configuration file; it need not be there yet."""
        return config.find(self.config_option, os.environ) or config.own(os.environ)

    def examine_config(self) -> tuple[Config, list[str]]:
        """What of the configuration can be used, and all that is wrong with it."""
        if self.demo:
            return self.config, []
        try:
            return config.examine(config.find(self.config_option, os.environ))
        except config.ConfigError as error:
            raise Misuse("\n".join(error.problems)) from None

    def load_config(self) -> Config:
        """Read the configuration (again); errors are for people, status 2."""
        try:
            return config.load(config.find(self.config_option, os.environ))
        except config.ConfigError as error:
            raise Misuse("\n".join(error.problems)) from None

    def _prepare(self) -> None:
        if self.demo:
            from monitor.demo import demo_session

            self._config, self._data = self.stack.enter_context(demo_session(self.now))
            return
        self._config = self.load_config()
        self._data = config.data_folder(self.data_option, os.environ)

    def store(self, *, write: bool = False, load: bool = True) -> "Store":
        """The store, opened; waits for the lock when it is to be written."""
        from monitor.store import Store, StoreError

        try:
            store = Store.open(
                self.data, now=self.now, write=write, wait=LOCK_WAIT if write else 0.0
            )
            self.stack.callback(close_store, store)
            if load:
                store.load()
        except StoreError as error:
            raise StoreTrouble(str(error)) from None
        for problem in store.problems:
            click.echo(f"monitor: {problem}", err=True)
        return store


def close_store(store: "Store") -> None:
    """Save and let go of a store; what can't be saved is told."""
    from monitor.store import StoreError

    try:
        store.close()
    except StoreError as error:
        raise StoreTrouble(str(error)) from None


def alerts_of(store: "Store") -> "Alerts":
    """The alerts of a store; StoreTrouble where the disk refuses them."""
    from monitor.store import StoreError

    try:
        return store.alerts
    except StoreError as error:
        raise StoreTrouble(str(error)) from None


FORMATS = click.Choice(["table", "json", "jsonl"])


def default_format() -> str:
    """A table for people, JSON for programs."""
    return "table" if sys.stdout.isatty() else "json"


def nearest(word: str, known: Any) -> str:
    """The end of a message on an unknown word."""
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
