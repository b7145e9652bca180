"""Numbers in the news: what a story says of a month's patch, held against the bulletin."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from monitor.models import Body, Story
from monitor.text import clean

if TYPE_CHECKING:
    from monitor.vulnerability import Summary

ENTRIES = 24  # of a story that are read for counts


class Figure(NamedTuple):
    """Counts of some outlets, compared: `outcome` is "agrees", "differs" or "unknown"."""

    outcome: str
    says: str  # the arithmetic
    outlets: tuple[str, ...]
    words: str  # the sentence of the first of them
    bulletin: str  # id of the one it was compared with, "" for none
    drift: tuple[str, ...]


def figures_of(
    story: Story, bodies: Mapping[str, Body], bulletins: "Iterable[Summary]"
) -> tuple[Figure, ...]:
    """The counts that the entries of a story state, what agrees after what differs."""
    from monitor.advisories.figures import claims
    from monitor.advisories.verdicts import check

    entries = story.entries[:ENTRIES]
    found = claims((entry, bodies.get(entry.uid, Body())) for entry in entries)
    if not found:
        return ()
    outlets = {entry.uid: clean(entry.outlet, 60) for entry in entries}
    figures: dict[tuple[str, str], Figure] = {}
    for verdict in check(found, bulletins, story.lead.published or story.lead.time):
        key = (str(verdict.outcome), verdict.says)
        outlet = outlets[verdict.claim.entry]
        known = figures.get(key)
        if known is None:
            words = clean(verdict.claim.words, 300)
            figures[key] = Figure(
                key[0], clean(verdict.says, 300), (outlet,), words, verdict.bulletin, verdict.drift
            )
        elif outlet not in known.outlets:
            figures[key] = known._replace(outlets=(*known.outlets, outlet))
    order = ("differs", "agrees", "unknown")
    return tuple(sorted(figures.values(), key=lambda figure: order.index(figure.outcome)))
