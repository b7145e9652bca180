"""What one entry does with a claim: the words that say so, who does it, on what evidence."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from monitor.claims.cues import NOT, Cue, Found, Gate, cues, find
from monitor.claims.parties import agent, doer, names_text, speaker
from monitor.claims.tokens import BREAKS, STOPS, Tokens, level, table
from monitor.models import Mark, Reading, Stance
from monitor.text import letters

TITLE, MOST = 500, 1_000  # characters of a headline and of a summary that are read
PASSAGE: Final = 240  # characters of a sentence that are kept
_NEAR: Final = 3  # words between "not" and what it negates
_DEPENDENT: Final = table(
    """
    who which that if why because since what whose until when how almost so whether where
    """
)
_SCOPE: Final = 5  # words in which "denies" takes back a "hoax"
_BECAUSE: Final = table(
    """
    because citing cites cited saying after pointing showing based analysis proof records logs
    documents investigation audit forensic according laut selon según secondo
    """
)
_EVIDENCE_SIGNS: Final = ("根据", "依据", "因为", "由于", "调查", "称其", "證據", "证据显示")
_OBJECT: Final = frozenset((Stance.CLAIMS, Stance.ACCUSES))
_BLANKS: Final = "".join(c if (c := chr(i)).isalnum() else " " for i in range(128))


PLAIN: Final = Reading()


def read(title: str, summary: str = "") -> Reading:
    """Reads an entry; of its headline the first `TITLE` characters, of its summary the first
    `MOST`. Both have been through `clean`.

    The headline decides; where it only reports, the strong words of the summary do. It is the same
    for the same texts, so a reading can be kept with its entry.
    """
    marks = (*_marks(title[:TITLE], False), *_marks(summary[:MOST], True))
    return Reading(_stance(marks), marks) if marks else PLAIN


def outward(stance: Stance) -> str:
    """The stance as the JSON has it: "reports", "claims", "disputes" or "retracts". Who accuses
    makes a claim; who supports one reports that it holds."""
    if stance == Stance.ACCUSES:
        return Stance.CLAIMS.value
    return stance.value if stance in _OUTWARD else Stance.REPORTS.value


def towards(claim: Reading, entry: Reading) -> str:
    """How an entry stands towards a claim that is known by its text, both being of one affair:
    "against" where one of them disputes and the other doesn't, "observing" where the entry only
    tells that somebody claims it, else "for"."""
    if _disputing(entry) != _disputing(claim):
        hedged = entry.stance in (Stance.CLAIMS, Stance.ACCUSES)
        return "observing" if hedged else "against"
    return "observing" if entry.stance in (Stance.CLAIMS, Stance.ACCUSES) else "for"


def _disputing(reading: Reading) -> bool:
    return reading.stance in (Stance.DISPUTES, Stance.RETRACTS)


_OUTWARD: Final = frozenset((Stance.CLAIMS, Stance.DISPUTES, Stance.RETRACTS))
_ORDER: Final = (
    Stance.RETRACTS,
    Stance.DISPUTES,
    Stance.ACCUSES,
    Stance.CLAIMS,
    Stance.SUPPORTS,
)


def _stance(marks: Sequence[Mark]) -> Stance:
    headline = {mark.stance for mark in marks if not mark.summary}
    said = {mark.stance for mark in marks if mark.summary and not mark.weak}
    for among in (headline, said):
        for stance in _ORDER:
            if stance in among:
                return stance
    return Stance.REPORTS


def _may_hold(flat: str, gate: Gate) -> bool:
    """Whether a look is worth its time: most texts hold no word of any cue."""
    if flat.isascii():
        return not gate.words.isdisjoint(letters(flat))
    words = flat.translate(_BLANKS).split()
    return not (gate.words.isdisjoint(words) and gate.signs.isdisjoint(flat))


def _marks(text: str, summary: bool) -> list[Mark]:
    known, flat = cues(), level(text)
    if not _may_hold(flat, known.summary if summary else known.headline):
        return []
    parts = Tokens(text, flat)
    found = find(parts, known)
    kept: list[Mark] = []
    for number, one in enumerate(found):
        cue = one.cue
        if cue.stance == Stance.NONE or (cue.title and summary) or _is_object(parts, found, number):
            continue
        if cue.title and _depends(parts, one.first):
            continue
        stance: Stance = cue.stance
        if stance != Stance.SILENT and _negated(parts, one.first):
            stance = cue.negated
        elif cue.flips and _takes_back(parts, one):
            stance = Stance.SUPPORTS
        if stance == Stance.DISPUTES and _asks(parts, one):
            stance = Stance.CLAIMS
        if stance != Stance.NONE:
            kept += _by_party(_mark(parts, found, one, stance, summary))
    return kept


def _by_party(mark: Mark) -> list[Mark]:
    """The mark unless its party is a text that is only told of, which claims nothing here."""
    if not names_text(mark.party):
        return [mark]
    told = mark.weak or mark.stance in (Stance.CLAIMS, Stance.ACCUSES)
    return [] if told else [replace(mark, party="")]


def _negated(parts: Tokens, first: int) -> bool:
    """Whether "not" stands shortly before, in the same clause."""
    for at in range(first - 1, max(first - 1 - _NEAR, -1), -1):
        word = parts.words[at]
        if word in BREAKS:
            return False
        if word in NOT:
            return True
    return False


def _depends(parts: Tokens, first: int) -> bool:
    """Whether the words stand in a clause that depends on another: "who did not", "if it isn't"."""
    for at in range(first - 1, max(first - 1 - _SCOPE, -1), -1):
        if parts.words[at] in BREAKS:
            return False
        if parts.words[at] in _DEPENDENT:
            return True
    return False


def _takes_back(parts: Tokens, one: Found) -> bool:
    """Whether what is denied is itself a denial: "denies the hoax", "denies that it is fake"."""
    feigned = cues().feigned
    for word in parts.words[one.first : one.last + _SCOPE]:
        if word in STOPS:
            return False
        if word in feigned:
            return True
    return False


def _is_object(parts: Tokens, found: Sequence[Found], number: int) -> bool:
    """Whether the words are what the cue before denies: "denies the allegations", "the hoax"."""
    if number == 0 or found[number].first - found[number - 1].last >= _SCOPE:
        return False
    one, before = found[number], found[number - 1]
    if not before.cue.flips or one.cue.weak:
        return False
    if one.cue.stance not in _OBJECT and one.cue.negated != Stance.SUPPORTS:
        return False
    return BREAKS.isdisjoint(parts.words[before.last : one.first])


def _asks(parts: Tokens, one: Found) -> bool:
    """Whether the sentence is a question, which disputes nothing."""
    _, end = parts.sentence(one.first)
    return end < len(parts.words) and parts.words[end] == "?"


def _mark(parts: Tokens, found: Sequence[Found], one: Found, stance: Stance, summary: bool) -> Mark:
    first, last = parts.sentence(one.first)
    start, end = parts.start(one.first), parts.end(one.last - 1)
    return Mark(
        stance,
        one.cue.name,
        parts.text[start:end],
        start,
        end,
        summary,
        one.cue.weak,
        _party(parts, found, one),
        parts.shown(first, last)[:PASSAGE],
        _evidence(parts, one.last, last, colon=summary and stance == Stance.DISPUTES),
    )


def _party(parts: Tokens, found: Sequence[Found], one: Found) -> str:
    cue: Cue = one.cue
    if cue.party == "subject":
        return doer(parts, found, one)
    if cue.party == "agent":
        return agent(parts, one)
    return speaker(parts, found, one) if cue.party == "speaker" else ""


def _evidence(parts: Tokens, first: int, last: int, *, colon: bool) -> str:
    """What follows "because", "citing" ..., or, after a denial in a running text, a colon."""
    for at in range(first, last):
        if parts.words[at] in _BECAUSE:
            return parts.shown(at, last)[:PASSAGE]
        if colon and parts.words[at] == ":":
            return parts.shown(at + 1, last)[:PASSAGE]
    rest = parts.shown(first, last)
    places = [place for sign in _EVIDENCE_SIGNS if (place := rest.find(sign)) >= 0]
    return rest[min(places) :][:PASSAGE] if places else ""
