"""One entry as published to one entry as kept: its identity, texts, address, dates and outlet."""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from monitor.models import Body, Entry, Feed, Fresh, Kind, RawEntry, RawFeed
from monitor.normalize.canonical import canonical
from monitor.normalize.language import language
from monitor.normalize.markup import LINKS, body_text, title_text
from monitor.text import MAX_URL, clean, clean_block, fold, hidden, shown_host, web_url

TITLE: Final = 300  # characters, as are the others
SUMMARY: Final = 1_000
CONTENT: Final = 20_000
NAME: Final = 100
ID: Final = 2_000

__all__ = ["CONTENT", "LINKS", "SUMMARY", "TITLE", "normalize"]

_FIRST_DATE: Final = 631_152_000.0  # 1990; what claims to be older is misdated (R13)
_AHEAD: Final = 3600.0  # seconds by which a publisher's clock may be fast
_BACKDATED: Final = 7200.0  # seconds before the last poll that an entry may take to come out
_UNDATED: Final = 30 * 86400.0  # seconds before now at which what never was news is sorted in
_PLACE: Final = 0.001  # seconds between two such entries, so that they keep their order
_SEPARATORS: Final = "|-–—·:»_｜："


def uid(feed: str, identity: str) -> str:
    """The short form of an entry's identity: 16 hexadecimal digits."""
    return blake2b(f"{feed}\0{identity}".encode(), digest_size=8).hexdigest()


def normalize(
    raw: RawEntry, raw_feed: RawFeed, feed: Feed, now: float, since: float | None, place: int = 0
) -> Fresh | None:
    """The entry that `raw` stands for; None if it says nothing at all.

    `now` and `since` are in seconds; `since` is the feed's last success, None on its first poll.
    What came out since then but bears an older date is sorted by when it was first seen, so that
    it does not sink unread. What bears no date may be of any age on the first poll: it is sorted
    in below the news, by its `place` in the document; later ones have come since.
    """
    heading = title_text(raw.title, TITLE)
    summary_text, links = body_text(raw.summary)
    content_text, more_links = body_text(raw.content)
    summary, content = _texts(summary_text, content_text)
    url = _url(raw.link)
    title = clean(heading, TITLE) or clean(summary, TITLE // 2)
    if not (title or url or raw.id):
        return None
    title, outlet = _outlet(title or "(no title)", raw, raw_feed, feed, url)
    if feed.kind is Kind.AGGREGATOR and _repeats(summary, title, outlet):
        summary = ""
    published = _date(raw.published, now)
    identity = _identity(raw)
    entry = Entry(
        uid=uid(feed.id, identity),
        feed=feed.id,
        id=identity,
        title=title,
        url=url,
        canonical=canonical(url) if url else "",
        published=published,
        first_seen=now,
        last_seen=now,
        time=_time(published, now, since, place),
        outlet=outlet,
        lang=language(raw.lang or feed.lang or raw_feed.lang, title),
        hidden=hidden(heading) + hidden(summary_text or content_text),
    )
    links = list(dict.fromkeys(links + more_links))[:LINKS] if more_links else links
    return Fresh(entry, Body(summary, content, clean(raw.author, NAME), tuple(links)))


def _texts(summary: str, content: str) -> tuple[str, str]:
    """Summary and content, clean; where a feed gives but one, the other is made of it."""
    long = content or (summary if len(summary) > SUMMARY else "")
    short = clean(summary or content, SUMMARY)
    if not long:
        return short, ""
    block = clean_block(long, CONTENT)
    return short, "" if block == short else block


def _url(link: str) -> str:
    if len(link) > MAX_URL:
        return ""
    return web_url(link.strip().replace(" ", "%20"))


def _identity(raw: RawEntry) -> str:
    """The entry's id within its feed: guid, else link, else a hash of what it says."""
    identity = _bounded(raw.id) or _bounded(raw.link)
    if identity:
        return identity
    parts = (raw.title.value, raw.summary.value or raw.content.value, str(raw.published or ""))
    return "hash:" + _digest("\0".join(parts))


def _bounded(identity: str) -> str:
    line = clean(identity[: 2 * ID])
    if len(identity) <= ID and len(line) <= ID:
        return line
    return line[: ID - 33] + "…" + _digest(identity)  # what differs only beyond stays apart


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _date(published: float | None, now: float) -> float | None:
    """A date that can be; NaN is none."""
    if published is not None and _FIRST_DATE <= published <= now + _AHEAD:
        return published
    return None


def _time(published: float | None, now: float, since: float | None, place: int) -> float:
    if published is None and since is None:
        return now - _UNDATED - place * _PLACE
    if published is None or (since is not None and published < since - _BACKDATED):
        return now
    return min(published, now)


# ------------------------------------------------------------------------------------- outlet


def _outlet(title: str, raw: RawEntry, raw_feed: RawFeed, feed: Feed, url: str) -> tuple[str, str]:
    """The title without its outlet's name at the end, and the outlet."""
    source = clean(raw.source, NAME)
    if source:
        shorter = _without(title, source)
        if shorter == title and feed.kind is Kind.AGGREGATOR:
            shorter = _split(title)[0]
        return shorter, shown_host(source)[0] or source
    if feed.kind is Kind.AGGREGATOR:
        shorter, outlet = _split(title)
        if outlet:
            return shorter, outlet
    for name in _names(feed.title, raw_feed.title):
        shorter = _without(title, name)
        if shorter != title:
            title = shorter
            break
    outlet = feed.title or raw_feed.title or shown_host(url)[0].removeprefix("www.")
    return title, clean(outlet, NAME)


@lru_cache(256)
def _names(*titles: str) -> tuple[str, ...]:
    """What a feed may call itself at the end of its titles: its title, whole or up to a dash."""
    names: list[str] = []
    for title in map(clean, titles):
        names += [title, *(part.strip() for part in title.replace("|", " - ").split(" - "))]
    return tuple(dict.fromkeys(name for name in names if len(name) > 2))


def _without(title: str, name: str) -> str:
    """`title` without " - name" at its end, if it ends so."""
    if title[-len(name) :].lower() != name.lower():
        return title
    head = title[: -len(name)]
    bare = head.rstrip()
    if not bare or bare[-1] not in _SEPARATORS:
        return title
    if bare == head and name.isascii() and bare[-1] not in "|｜_":
        return title  # "Wi-Fi" does not end in the outlet "Fi"
    return bare.rstrip(_SEPARATORS + " ") or title


def _split(title: str) -> tuple[str, str]:
    """An aggregator's "headline - outlet" in two; the outlet is "" where that is no name."""
    head, _, outlet = title.rpartition(" - ")
    if len(head) < 4 or len(outlet) > 60 or len(outlet.split()) > 6:
        return title, ""
    return head.rstrip(), outlet.strip()


def _repeats(summary: str, title: str, outlet: str) -> bool:
    """Whether an aggregator's summary only says its title and outlet again."""
    said = fold(summary)
    return said.startswith(fold(title)) and len(said) <= len(title) + len(outlet) + 8
