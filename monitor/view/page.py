"""A page to read: sections of lines, some of which lead somewhere. The screen lays it out."""

from enum import StrEnum
from typing import NamedTuple

from monitor.view.detail import Link


class Leads(StrEnum):
    """What an item of a page leads to."""

    LINK = "link"
    CVE = "cve"
    BULLETIN = "bulletin"
    STORY = "story"


class Target(NamedTuple):
    """Where an item leads: an id, or for a link the address."""

    to: Leads
    id: str
    link: Link | None = None


class Item(NamedTuple):
    """A label, what is to be said, and where and when that is from.

    `style` names how grave it is: "", "warning", "grave", "dim", or a severity.
    """

    label: str
    text: str
    source: str = ""
    style: str = ""
    target: Target | None = None


class Section(NamedTuple):
    head: str
    items: tuple[Item, ...]


class Page(NamedTuple):
    """Texts are clean."""

    title: str
    marks: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
