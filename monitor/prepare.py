"""One fetched document to the entries that are wanted of it: parse, normalize, classify, read.

Two things are read: what grouping compares, and what an entry does with a claim.

Meant for the worker process. The stages and their libraries are imported when the first document
comes, so that the main process, which only needs `Job` and `Prepared`, does not pay for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from monitor.cluster.lexicon import Lexicon
from monitor.cluster.reading import Reading, read
from monitor.models import Feed, Fresh, RawFeed

if TYPE_CHECKING:
    from monitor.classify import Classifier

TITLE = 300
SENTENCE = 500


class Job(Struct, frozen=True, gc=False):
    """A document and what is needed to read it; `since` is the feed's last success."""

    feed: Feed
    keywords: tuple[str, ...]
    body: bytes
    content_type: str
    url: str
    now: float
    since: float | None


class Prepared(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a document came to: `error` and nothing else, or what it holds.

    `ttl` is in seconds, `seen` counts the items that were read, wanted or not, `present` has the
    uids of `entries`, and `readings` what grouping compares of each of them. `forms` are those of
    the readings' lexicon: from `prepare` what comes after the first `known`, from `Worker` all.
    """

    title: str = ""
    ttl: float | None = None
    warning: str = ""
    error: str = ""
    seen: int = 0
    entries: tuple[Fresh, ...] = ()
    present: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    known: int = 0
    forms: Sequence[str] = ()


def warm() -> None:
    """Import the stages and their libraries, and read the cues."""
    from monitor import classify, normalize, parse  # noqa: F401
    from monitor.claims.cues import cues
    from monitor.roots import reading  # noqa: F401

    cues()


def prepare(job: Job, lexicon: Lexicon) -> Prepared:
    """The wanted entries of the document; raises nothing but MemoryError.

    `lexicon` learns the words of their texts. Items with one id but several addresses are told
    apart by these. Of items with the same uid the one that was published last is kept, the first
    one among equals, in the place of the first.
    """
    from monitor.parse import ParseError, parse
    from monitor.text import clean

    try:
        raw = parse(job.body, job.content_type, job.url)
    except ParseError as error:
        return Prepared(error=clean(str(error), SENTENCE))
    except MemoryError:
        raise
    except Exception as error:
        return Prepared(error=f"the feed cannot be read ({type(error).__name__})")
    wanted, unusable = _wanted(raw, job)
    told = [raw.warning, _items(unusable) + " could not be used"] if unusable else [raw.warning]
    kept = _newest_of_each(_apart(wanted))
    known = len(lexicon.forms)
    readings = tuple(_reading(fresh, lexicon) for fresh in kept)
    return Prepared(
        title=clean(raw.title, TITLE),
        ttl=raw.ttl,
        warning=clean("; ".join(filter(None, told)), SENTENCE),
        seen=len(raw.entries),
        entries=kept,
        present=tuple(fresh.entry.uid for fresh in kept),
        readings=readings,
        known=known,
        forms=lexicon.forms[known:],
    )


def _reading(fresh: Fresh, lexicon: Lexicon) -> Reading:
    entry = fresh.entry
    return read(entry.title, fresh.body.summary, entry.canonical, entry.outlet, entry.cves, lexicon)


def _wanted(raw: RawFeed, job: Job) -> tuple[list[Fresh], int]:
    """The wanted entries in the order of the document, and how many items were of no use."""
    from monitor.claims import read as read_claim
    from monitor.classify import wanted
    from monitor.normalize import normalize
    from monitor.roots.reading import cited

    classifier = _classifier(job.keywords)
    entries: list[Fresh] = []
    unusable = 0
    for place, item in enumerate(raw.entries):
        try:
            fresh = normalize(item, raw, job.feed, job.now, job.since, place)
            if fresh is None:
                unusable += 1
                continue
            entry = classifier.classify(fresh.entry, fresh.body, job.feed)
            if not wanted(entry, job.feed):
                continue
            claim = read_claim(entry.title, fresh.body.summary)
            entry = replace(entry, cites=cited(entry, fresh.body))
        except MemoryError:
            raise
        except Exception:  # one bad item must not cost the others
            unusable += 1
            continue
        if claim.marks:
            entry = replace(entry, reading=claim)
        entries.append(Fresh(entry, fresh.body))
    return entries, unusable


@lru_cache(maxsize=2)
def _classifier(keywords: tuple[str, ...]) -> Classifier:
    from monitor.classify import Classifier

    return Classifier(keywords)


def _apart(entries: list[Fresh]) -> list[Fresh]:
    """Some feeds give all their items one id: then it takes the address too."""
    from monitor.normalize import uid

    addresses: dict[str, set[str]] = {}
    for fresh in entries:
        addresses.setdefault(fresh.entry.uid, set()).add(fresh.entry.canonical)
    told = []
    for fresh in entries:
        entry = fresh.entry
        if len(addresses[entry.uid]) > 1:
            identity = f"{entry.id} {entry.canonical}"
            entry = replace(entry, id=identity, uid=uid(entry.feed, identity))
        told.append(Fresh(entry, fresh.body))
    return told


def _newest_of_each(entries: list[Fresh]) -> tuple[Fresh, ...]:
    kept: dict[str, Fresh] = {}
    for fresh in entries:
        other = kept.get(fresh.entry.uid)
        if other is None or (fresh.entry.published or 0.0) > (other.entry.published or 0.0):
            kept[fresh.entry.uid] = fresh
    return tuple(kept.values())


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"
