"""The values that the stages hand to one another: frozen, plain, without behaviour that needs I/O.

Times are seconds since 1970 in UTC, as floats, or None where unknown. Strings that came from
outside have been through `text.clean` by the time they are in an `Entry`; those in a `RawEntry`
have not. All are msgspec Structs: what crosses a process or the disk is decoded and checked in C,
they cost less to define and to hold than dataclasses, and `gc=False` keeps 100,000 of them out of
the garbage collector's way.
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field


class Kind(StrEnum):
    """What sort of outlet a feed is."""

    PRESS = "press"
    VENDOR = "vendor"
    STATE = "state"
    RESEARCHER = "researcher"
    AGGREGATOR = "aggregator"


class Severity(StrEnum):
    """How grave a rule's author or a source calls something; unknown is a value."""

    UNKNOWN = "unknown"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


RANK = {severity: rank for rank, severity in enumerate(Severity)}  # unknown first, critical last


class Pane(StrEnum):
    """The three lists of the main screen."""

    HEADLINES = "headlines"
    PATCHES = "patches"
    ALERTS = "alerts"


SOURCE_KINDS = {
    "huawei": "Huawei bulletins",
    "openharmony": "OpenHarmony bulletins",
    "kev": "CISA KEV",
    "cve": "CVE records",
    "nvd": "NVD",
    "epss": "EPSS",
}


class Feed(Struct, frozen=True, gc=False, omit_defaults=True):
    """One source of `feeds.toml`. `interval` is in seconds."""

    id: str
    url: str
    title: str
    kind: Kind = Kind.PRESS
    topics: tuple[str, ...] = ()
    interval: float = 3600.0
    keep: str = "matching"  # or "all"
    lang: str = ""
    enabled: bool = True


class RawText(NamedTuple):
    """Text as a feed gave it: `html` says whether it is markup or plain text."""

    value: str = ""
    html: bool = False


class RawEntry(Struct, frozen=True, gc=False, omit_defaults=True):
    """One item of a feed document as published; untrusted in every field."""

    id: str = ""
    link: str = ""
    title: RawText = RawText()
    summary: RawText = RawText()
    content: RawText = RawText()
    published: float | None = None
    author: str = ""
    source: str = ""  # the outlet that an aggregator names for this item
    lang: str = ""


class RawFeed(Struct, frozen=True, gc=False, omit_defaults=True):
    """A feed document. `warning` tells what was broken in it, `ttl` is in seconds."""

    title: str = ""
    link: str = ""
    lang: str = ""
    ttl: float | None = None
    warning: str = ""
    entries: tuple[RawEntry, ...] = ()


class Why(Struct, frozen=True, gc=False, omit_defaults=True):
    """Why an entry is in its story: what it shares with which other entry."""

    other: str  # uid of the entry it was compared with
    # "same address", "same title", "same title, cut short", "near-identical text", "same event",
    # "stories merged"
    reason: str
    score: float  # 0 to 1, and the threshold that it had to reach
    threshold: float
    shared: tuple[tuple[str, float], ...] = ()  # terms with their weights, heaviest first


class Stance(StrEnum):
    """What an entry, or a passage of it, does with a claim."""

    REPORTS = "reports"
    CLAIMS = "claims"
    ACCUSES = "accuses"
    DISPUTES = "disputes"
    RETRACTS = "retracts"
    SUPPORTS = "supports"
    SILENT = "silent"  # of passages only: was asked and said nothing
    NONE = "none"  # of cues only: the words mean nothing here


class Mark(Struct, frozen=True, gc=False, omit_defaults=True):
    """Words of a text that claim, accuse, dispute, retract, support or keep silent."""

    stance: Stance
    cue: str  # the name that `cues.toml` gives them
    words: str  # as they stand at [start:end] of the title or the summary
    start: int
    end: int
    summary: bool = False  # in the summary, not in the title
    weak: bool = False  # says little by itself
    party: str = ""  # who does so; "" is the outlet itself, or not told
    passage: str = ""  # the sentence
    evidence: str = ""  # what the sentence gives as its reason


class Reading(Struct, frozen=True, gc=False, omit_defaults=True):
    """What an entry does with a claim. Never `SILENT` or `NONE`, which are of marks and cues."""

    stance: Stance = Stance.REPORTS
    marks: tuple[Mark, ...] = ()


class Former(Struct, frozen=True, gc=False, omit_defaults=True):
    """A headline that the publisher replaced; `until` is when we saw that."""

    title: str
    until: float


class Entry(Struct, frozen=True, gc=False, omit_defaults=True):
    """One item of a feed, cleaned. Its identity is (feed, id); `uid` is a short form of that.

    Long texts are not in here but in its `Body`, so that 100,000 entries fit in memory.
    """

    uid: str
    feed: str
    id: str
    title: str
    url: str  # http or https as published, or ""
    canonical: str  # the same address without tracking, AMP and mobile forms, or ""
    published: float | None
    first_seen: float
    last_seen: float
    time: float  # by which lists are sorted: published, or first seen; but see `undated`
    outlet: str
    lang: str = ""
    topics: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()  # watch words found in it
    cves: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()  # whose report it passes on: names, and keys of links
    hidden: int = 0  # invisible or direction-changing characters that were removed from it
    story: str = ""
    duplicate_of: str = ""  # uid of the entry whose text it repeats
    why: Why | None = None
    reading: Reading | None = None  # None where it has no mark: then it reports
    former: tuple[Former, ...] = ()  # its earlier headlines, oldest first; a few

    @property
    def undated(self) -> bool:
        """Whether nobody knows how old it is: it was there at its feed's first poll, undated."""
        return self.published is None and self.time < self.first_seen


class EditKind(StrEnum):
    SPLIT = "split"
    MERGE = "merge"


class Edit(Struct, frozen=True, omit_defaults=True):
    """A correction of the grouping by the user: entries split off a story, or stories merged."""

    id: str
    kind: EditKind
    when: float
    story: str  # where the entries are by it
    stories: tuple[str, ...]  # the one that was split, or those that were merged into `story`
    uids: tuple[str, ...]  # that were split off and what followed them, or all that were merged
    stay: tuple[str, ...] = ()  # that a split left behind
    reasons: tuple[tuple[str, str], ...] = ()  # uid, and uid of the entry that it is told from


class Body(Struct, frozen=True, gc=False, omit_defaults=True):
    """The long texts of an entry, read when they are needed."""

    summary: str = ""  # plain text, at most `normalize.SUMMARY` characters
    content: str = ""  # plain text with newlines between paragraphs
    author: str = ""
    links: tuple[str, ...] = ()


class Fresh(NamedTuple):
    """A new or changed entry on its way into the store."""

    entry: Entry
    body: Body


class Story(Struct, frozen=True, gc=False, omit_defaults=True):
    """A cluster of entries about the same event; the lead comes first, the others by time."""

    id: str
    entries: tuple[Entry, ...]
    time: float  # of the newest entry that is not a duplicate
    sources: int  # distinct outlets
    topics: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    disputed: bool = False  # two parties contradict each other in it; not who is right
    roots: int = 1  # what is left of the sources when those that pass on one report count once

    @property
    def lead(self) -> Entry:
        return self.entries[0]

    @property
    def newest(self) -> Entry:
        """The entry that gives the story its time."""
        found = (e for e in self.entries if e.time == self.time and not e.duplicate_of)
        return next(found, self.entries[0])


def newest_first(story: Story) -> tuple[float, float, str]:
    """What lists are sorted by; no two stories are equal, so that every start shows one order."""
    return -story.time, -story.entries[0].first_seen, story.id


class Validators(Struct, frozen=True, gc=False, omit_defaults=True):
    """The pair of a 200 or 304 answer that makes the next request conditional (RFC 9110, 13.1)."""

    etag: str = ""
    last_modified: str = ""


class FeedState(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of a feed from its polls; wall-clock times."""

    id: str
    address: str = ""  # fingerprint of the configured address that all of this is about
    validators: Validators = Validators()
    moved_to: str = ""  # learned address, after the same permanent redirect was seen several times
    moving_to: str = ""  # a permanent redirect that has been seen `moving_seen` times so far
    moving_seen: int = 0
    last_poll: float | None = None
    last_success: float | None = None  # a 200 or a 304
    last_change: float | None = None  # a 200 that was parsed
    http: int | None = None  # status of the last answer, None if there was none
    error: str = ""
    warning: str = ""
    failures: int = 0  # in a row
    next_poll: float | None = None
    next_why: str = ""  # why then: "interval", "Retry-After 120 s", "back-off after 3 failures" ...
    gone: bool = False  # a 410: not polled again until the user asks
    entries: int = 0  # in the last document
    polls: int = 0
    unchanged: int = 0  # how many of them answered 304


class PollStatus(StrEnum):
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    WAITING = "waiting"


class SourceResult(Struct, frozen=True):
    """What one run of one source came to. `items`: bulletins, records or rows that it brought."""

    id: str
    status: PollStatus
    http: int | None = None
    items: int = 0
    error: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class FeedResult(Struct, frozen=True):
    """What one poll of one feed came to."""

    id: str
    status: PollStatus
    http: int | None = None
    entries: int = 0
    new: int = 0
    error: str = ""
    seconds: float = 0.0


class PollResult(Struct, frozen=True):
    """What a poll of several feeds came to."""

    feeds: tuple[FeedResult, ...] = ()
    sources: tuple[SourceResult, ...] = ()
    entries_new: int = 0
    stories_new: int = 0
    alerts_new: int = 0
    seconds: float = 0.0

    @property
    def results(self) -> tuple[FeedResult | SourceResult, ...]:
        """Of all that was polled."""
        return (*self.feeds, *self.sources)


class Transition(StrEnum):
    """What a rule watches for: something moved from one state to another."""

    # of a story
    NEW = "new"  # it is there, and it is recent
    SOURCES = "sources"  # so many outlets tell it
    ROOTS = "roots"  # so many roots, see `Story.roots`
    DISPUTED = "disputed"
    # of a vulnerability
    SEVERITY = "severity"  # somebody rates it graver than all did before
    KEV = "kev"  # it is in KEV, or its ransomware flag became known
    EPSS = "epss"  # it crossed a level, within one model version
    PATCH = "patch"  # a bulletin lists it
    DISAGREE = "disagree"  # two parties rate it differently
    # of a bulletin
    BULLETIN = "bulletin"  # published
    CHANGED = "changed"  # its rows were revised
    LATE = "late"  # the next one of its line, against that line's own history
    # of a device, a feed, a topic or watch word
    OVERDUE = "overdue"
    SILENT = "silent"  # against its own history
    SURGE = "surge"


class On(Struct, frozen=True):
    """A transition that a rule watches for; `level` is that of "sources>=3" or "epss>=0.1"."""

    what: Transition
    level: float = 0.0

    def __str__(self) -> str:
        return f"{self.what.value}>={self.level:g}" if self.level else self.what.value


class Rule(Struct, frozen=True):
    """A rule of `feeds.toml`. It fires once for each subject and state that it comes to."""

    id: str
    when: str = ""  # a query over the subjects of its transitions; "" takes them all
    on: tuple[On, ...] = (On(Transition.NEW),)
    title: str = ""
    severity: Severity = Severity.MEDIUM
    notify: tuple[str, ...] = ()  # ids of `[notify.<id>]`, besides those that ship
    quiet: tuple[tuple[float, float], ...] = ()  # seconds of the local day in which it sends none
    limit: int = 10  # alerts an hour; those beyond it are told as one that sums them up
    repeat: float = 0.0  # seconds after which a new alert is sent again; 0: never
    enabled: bool = True


class Source(Struct, frozen=True):
    """A source of bulletins or vulnerabilities, `[sources.<id>]`. `interval` is in seconds."""

    id: str
    kind: str  # one of `SOURCE_KINDS`: which client asks it
    title: str
    url: str = ""  # its base address; "" for the real one
    enabled: bool = True
    interval: float = 6 * 3600.0
    lang: str = "en"
    products: tuple[str, ...] = ()
    months: int = 24  # how far back


class Device(Struct, frozen=True):
    """A phone, tablet, laptop or watch of the user's; what is not told is ""."""

    id: str
    title: str = ""
    model: str = ""  # "HUAWEI P40 Pro"
    system: str = ""  # with its version: "HarmonyOS 4.2.0"
    patch_level: str = ""  # "2025-08", or "2025-08-01"
    cadence: str = ""  # how often it gets patches: "monthly" or "quarterly"
    carrier: str = ""  # that it was sold by


class PollSettings(Struct, frozen=True):
    """`[poll]`: times in seconds, sizes in bytes."""

    concurrency: int = 32
    per_host: int = 2
    spacing: float = 1.0
    timeout: float = 20.0
    interval: float = 3600.0
    private: tuple[str, ...] = ()  # hosts that may be fetched though their address is private


class Target(Struct, frozen=True):
    """Where alerts are sent, `[notify.<id>]`. What is secret comes from `secret`, or is none."""

    id: str
    kind: str  # "toast", "bell", "terminal", "desktop", "webhook", "ntfy", "apprise", "command"
    url: str = ""
    command: tuple[str, ...] = ()  # argv of a program that gets the alert as JSON; no shell
    secret_env: str = ""  # the environment variable that holds the secret
    secret_command: tuple[str, ...] = ()  # argv of a program that prints it
    private: bool = False  # whether its address may be a private one
    timeout: float = 10.0
    digest: str = ""  # "08:00": it also gets a daily digest then
    enabled: bool = True


class UiSettings(Struct, frozen=True):
    """`[ui]`."""

    theme: str = ""
    pinned_first: bool = False
    keys: dict[str, str] = field(default_factory=dict)  # action id -> keys, comma-separated


class Config(Struct, frozen=True):
    """A whole `feeds.toml`, checked. `path` is where it was read from."""

    path: str
    feeds: tuple[Feed, ...] = ()
    keywords: tuple[str, ...] = ()
    queries: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    targets: tuple[Target, ...] = ()
    sources: tuple[Source, ...] = ()
    devices: tuple[Device, ...] = ()
    poll: PollSettings = PollSettings()
    ui: UiSettings = UiSettings()
    keep_days: float = 90.0  # retention, counted from when an entry was last seen in its feed
    notes: tuple[str, ...] = ()  # what `monitor check` should say though it is no error

    @property
    def polled(self) -> "tuple[Feed | Source, ...]":
        """All that is polled."""
        return (*self.feeds, *self.sources)
