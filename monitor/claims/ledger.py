"""Claim beside dispute: what the entries of a story say against one another."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from monitor.claims.reading import PLAIN
from monitor.claims.tokens import table
from monitor.models import Entry, Mark, Reading, Stance
from monitor.text import tokens


class Telling(NamedTuple):
    """An entry of a story as the ledger needs it. `time` in seconds since 1970."""

    uid: str
    time: float
    outlet: str
    title: str
    reading: Reading


class Line(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who claims, disputes, retracts or says nothing, where and when, in which words."""

    uid: str
    time: float
    outlet: str
    stance: Stance
    party: str  # as the text names it; the outlet, where it speaks for itself
    words: str  # "" where an outlet simply reports
    passage: str = ""
    evidence: str = ""
    weak: bool = False
    repeated: tuple[str, ...] = ()  # uids of later entries that say the same


class Ledger(Struct, frozen=True, gc=False, omit_defaults=True):
    """A story's claims and what stands against them, each in order of time.

    `disputed` says that two parties contradict each other, not who is right.
    """

    claims: tuple[Line, ...] = ()
    disputes: tuple[Line, ...] = ()
    retractions: tuple[Line, ...] = ()
    silences: tuple[Line, ...] = ()
    supports: tuple[Line, ...] = ()
    disputed: bool = False


_PER_ENTRY: Final = 3  # lines of one kind from one entry
_ALIKE: Final = 3  # words that a weak dispute shares with the claim that it is about
_TELLING: Final = 4  # letters of a word that says something
_SAID_BY_ALL: Final = table(
    """
    the a an spokesperson spokesman spokeswoman official officials says of s
    """
)


def tellings(entries: Iterable[Entry]) -> list[Telling]:
    """The entries of a story as the ledger needs them; one without a reading reports."""
    return [
        Telling(
            entry.uid,
            entry.first_seen if entry.published is None else entry.published,
            entry.outlet,
            entry.title,
            entry.reading or PLAIN,
        )
        for entry in entries
    ]


def story_ledger(entries: Iterable[Entry]) -> Ledger | None:
    """What the entries of one story say against one another; None where all of them report."""
    told = tellings(entries)
    return ledger(told) if any(telling.reading.marks for telling in told) else None


def judge(tellings: Iterable[Telling]) -> Ledger | None:
    """The ledger of a story whose claim another party disputes, else None."""
    found = ledger(tellings)
    return found if found.disputed else None


def ledger(tellings: Iterable[Telling]) -> Ledger:
    """What the entries of one story say, in order of time."""
    entries = sorted(tellings, key=lambda entry: (entry.time, entry.uid))
    lines = _merged(line for entry in entries for line in _lines(entry))
    by = {stance: tuple(line for line in lines if line.stance == stance) for stance in Stance}
    claims = tuple(line for line in lines if line.stance in _CLAIMING)
    disputes = by[Stance.DISPUTES]
    return Ledger(
        claims,
        disputes,
        by[Stance.RETRACTS],
        by[Stance.SILENT],
        by[Stance.SUPPORTS],
        any(_contradicts(dispute, claims) for dispute in disputes),
    )


_CLAIMING: Final = (Stance.REPORTS, Stance.CLAIMS, Stance.ACCUSES)


def _lines(entry: Telling) -> list[Line]:
    """The lines of one entry: its marks, the strong ones first; its headline where it reports."""
    lines: list[Line] = []
    marks = sorted(entry.reading.marks, key=lambda mark: (mark.weak, mark.summary, mark.start))
    for mark in marks:
        line = _line(entry, mark)
        same = [other for other in lines if same_party(other.party, line.party)]
        said = line.weak and any(other.stance in (line.stance, Stance.DISPUTES) for other in same)
        if not said and sum(other.stance == line.stance for other in lines) < _PER_ENTRY:
            lines.append(line)
    if entry.reading.stance in (Stance.REPORTS, Stance.SUPPORTS):
        told = Line(
            entry.uid, entry.time, entry.outlet, Stance.REPORTS, entry.outlet, "", entry.title
        )
        lines.insert(0, told)
    return lines


def _merged(lines: Iterable[Line]) -> list[Line]:
    """Each line once, where it comes first: reprints say nothing new, nor do repeated silences."""
    kept: dict[tuple[Stance, frozenset[str], str], Line] = {}
    for line in lines:
        passage = "" if line.stance == Stance.SILENT else line.passage.casefold()
        key = line.stance, _name(line.party), passage
        first = kept.setdefault(key, line)
        if first is not line and line.uid not in (first.uid, *first.repeated):
            kept[key] = replace(first, repeated=(*first.repeated, line.uid))
    return list(kept.values())


def _line(entry: Telling, mark: Mark) -> Line:
    return Line(
        entry.uid,
        entry.time,
        entry.outlet,
        mark.stance,
        mark.party or entry.outlet,
        mark.words,
        mark.passage,
        mark.evidence,
        mark.weak or (mark.summary and not mark.party),
    )


def _contradicts(dispute: Line, claims: Sequence[Line]) -> bool:
    """Whether it stands against a claim of another party. Who denies answers somebody, even where
    no entry tells whom. Weak words ("he was not" in a headline) have to be somebody's who is named,
    about something that another entry claims."""
    others = (claim for claim in claims if not same_party(claim.party, dispute.party))
    if not dispute.weak:
        return not claims or any(others)
    if dispute.party == dispute.outlet:
        return False
    about = _content(dispute.passage)
    return any(
        claim.stance != Stance.REPORTS
        and not claim.weak
        and claim.uid != dispute.uid
        and len(about & _content(claim.passage)) >= _ALIKE
        for claim in others
    )


@lru_cache(4_096)
def _content(passage: str) -> frozenset[str]:
    """Its words that say something: roughly those of four letters or more."""
    return frozenset(
        token for token in tokens(passage) if len(token) >= _TELLING or not token.isascii()
    )


def same_party(one: str, other: str) -> bool:
    """Whether two names are of one party: the words of one are among those of the other."""
    first, second = _name(one), _name(other)
    return bool(first and second) and (first <= second or second <= first)


@lru_cache(4_096)
def _name(party: str) -> frozenset[str]:
    return frozenset(tokens(party)) - _SAID_BY_ALL
