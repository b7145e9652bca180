"""Claim beside dispute in a story, as the detail view shows it: who says what, in which words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from monitor.models import Kind, Stance, Story
from monitor.text import clean
from monitor.view.detail import stamp
from monitor.view.rows import kind_of

if TYPE_CHECKING:
    from monitor.claims import Line

PARTIES = 6  # shown of one stance
EVIDENCE = 2  # passages of it shown of one party
PASSAGE = 300
ORDER = (
    Stance.CLAIMS,
    Stance.ACCUSES,
    Stance.REPORTS,
    Stance.DISPUTES,
    Stance.RETRACTS,
    Stance.SUPPORTS,
    Stance.SILENT,
)

Outlets = Mapping[str, tuple[str, str]]  # name and kind of an entry's outlet, by uid


class Said(NamedTuple):
    """What one party says, where it was told first; `also` are the outlets that tell it too.

    A `hint` is told by words that say little by themselves. Where `party` is "", `also` is all.
    """

    stance: str
    party: str
    where: str = ""  # outlet, its kind, time
    words: str = ""  # that led to the mark
    hint: bool = False
    passage: str = ""
    evidence: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def said_in(story: Story, kinds: Mapping[str, Kind], tz: tzinfo | None = None) -> tuple[Said, ...]:
    """Who says what in a story, each party once; empty where all of its entries simply report."""
    if not any(entry.reading for entry in story.entries):
        return ()
    from monitor.claims import story_ledger

    ledger = story_ledger(story.entries)
    if ledger is None:
        return ()
    outlets = {e.uid: (clean(e.outlet, 60), kind_of(e.feed, kinds)) for e in story.entries}
    lines = (
        *ledger.claims,
        *ledger.disputes,
        *ledger.retractions,
        *ledger.supports,
        *ledger.silences,
    )
    return tuple(said for stance in ORDER for said in _side(stance, lines, outlets, tz))


def _side(
    stance: Stance, lines: Sequence["Line"], outlets: Outlets, tz: tzinfo | None
) -> Iterator[Said]:
    """All who say one kind of thing."""
    mine = [line for line in lines if line.stance is stance]
    if stance is Stance.REPORTS:
        names = dict.fromkeys(uid for line in mine for uid in (line.uid, *line.repeated))
        told = dict.fromkeys(_named(*outlets[uid]) for uid in names)
        if told:
            yield Said(str(stance), "", also=tuple(told))
        return
    parties = _by_party(mine)
    for party in parties[:PARTIES]:
        yield _said(party, outlets, tz)
    if len(parties) > PARTIES:
        yield Said(str(stance), "", also=(f"{len(parties) - PARTIES} more",))


def _by_party(lines: Sequence["Line"]) -> list[list["Line"]]:
    from monitor.claims import same_party

    parties: list[list[Line]] = []
    for line in lines:
        for party in parties:
            if same_party(party[0].party, line.party):
                party.append(line)
                break
        else:
            parties.append([line])
    return parties


def _said(lines: Sequence["Line"], outlets: Outlets, tz: tzinfo | None) -> Said:
    first = lines[0]
    outlet, kind = outlets[first.uid]
    party = clean(first.party, 80)
    where = (f"in {outlet}" if party != outlet else "", kind, stamp(first.time, tz))
    also = {name: "" for line in lines for uid in line.repeated if (name := outlets[uid][0])}
    also |= {outlets[line.uid][0]: f" “{clean(line.words, 60)}”" for line in lines[1:]}
    also.pop(outlet, None)
    evidence = dict.fromkeys(clean(line.evidence, PASSAGE) for line in lines if line.evidence)
    return Said(
        stance=str(first.stance),
        party=party,
        where=", ".join(filter(None, where)),
        words=clean(first.words, 60),
        hint=first.weak,
        passage=clean(first.passage, PASSAGE),
        evidence=tuple(evidence)[:EVIDENCE],
        also=tuple(name + words for name, words in also.items()),
    )


def _named(outlet: str, kind: str) -> str:
    return f"{outlet} ({kind})" if kind else outlet
