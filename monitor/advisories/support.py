"""Pages for people who fear that a device is infected, from `help.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Page(NamedTuple):
    """A page of a vendor's support. `verified` is the day it was last seen, "" if never by us."""

    title: str
    url: str
    find: str  # what one finds there
    verified: str = ""


@cache
def support_pages() -> tuple[Page, ...]:
    """The pages that come with the program, the most useful first."""
    pages = tomllib.loads(files("monitor.advisories").joinpath("help.toml").read_text("utf-8"))
    return tuple(
        Page(page["title"], page["url"], page["find"], str(page.get("verified", "")))
        for page in pages["page"]
    )
