"""How many roots a story has: outlets that pass on the same text or the same report are one.

What an entry cites is read once, where its texts are at hand (`reading`), and kept with it as
names and keys of links; which entries of a story hang together is then counted from those alone.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from monitor.models import Entry

LINK = "#"  # what the key of a link begins with, and no name


class Shared(StrEnum):
    """By what the entries of a root hang together."""

    REPORT = "report"  # of the agency or lab that they name
    TEXT = "text"
    LINK = "link"  # to the same report
    NOTHING = ""  # they are of one outlet


class Root(NamedTuple):
    """Entries that stand on one source, by their places in the story."""

    name: str  # of the agency, or of the first outlet
    shared: Shared
    entries: tuple[int, ...]


def link_key(url: str) -> str:
    """What of an address is compared: host and path, as a short digest."""
    from hashlib import blake2b  # which the first frame does without

    rest = url.partition("://")[2].partition("#")[0].partition("?")[0]
    host, _, path = rest.partition("/")
    address = f"{host.lower().removeprefix('www.')}/{path.rstrip('/')}"
    return LINK + blake2b(address.encode("utf-8", "replace"), digest_size=4).hexdigest()


def count(entries: Sequence[Entry]) -> int:
    """How many roots these entries of a story have."""
    return len(set(_joined(entries))) if len(entries) > 1 else len(entries)


def roots(entries: Sequence[Entry]) -> list[Root]:
    """The roots of a story's entries, that of the first entry first."""
    members: dict[int, list[int]] = {}
    for number, root in enumerate(_joined(entries)):
        members.setdefault(root, []).append(number)
    return [_root(entries, numbers) for numbers in members.values()]


def _root(entries: Sequence[Entry], numbers: list[int]) -> Root:
    names = [name for n in numbers for name in entries[n].cites if not name.startswith(LINK)]
    named = max(dict.fromkeys(names), key=names.count, default="")
    outlets = {entries[n].outlet for n in numbers}
    if named:
        shared = Shared.REPORT if outlets != {named} else Shared.NOTHING
    elif len(outlets) == 1:
        shared = Shared.NOTHING
    else:
        copies = any(entries[n].duplicate_of for n in numbers)
        shared = Shared.TEXT if copies else Shared.LINK
    return Root(named or entries[numbers[0]].outlet, shared, tuple(numbers))


def _joined(entries: Sequence[Entry]) -> list[int]:
    """For each entry the number of the first that it hangs together with."""
    parents = list(range(len(entries)))

    def find(number: int) -> int:
        while parents[number] != number:
            number = parents[number]
        return number

    linked = any(cite.startswith(LINK) for entry in entries for cite in entry.cites)
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries):
        text = f"text {entry.duplicate_of or entry.uid}"
        keys = [text, f"outlet {entry.outlet.casefold()}", *entry.cites]
        if linked and entry.canonical:
            keys.append(link_key(entry.canonical))
        for key in keys:
            first, last = sorted((find(seen.setdefault(key, number)), find(number)))
            parents[last] = first
    return [find(number) for number in range(len(entries))]
