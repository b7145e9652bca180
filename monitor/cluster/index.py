"""Which story an entry belongs to, decided when it comes, and which stories it shows to be one."""

from collections.abc import Iterable, Sequence
from itertools import compress
from math import inf, log
from typing import NamedTuple

from monitor.cluster import duplicates, identities
from monitor.cluster.constraints import Constraints
from monitor.cluster.facts import Facts, conflict, facts, skeleton
from monitor.cluster.lexicon import Lexicon
from monitor.cluster.reading import ROUNDUP, TITLE, TITLE_TOKENS, Reading
from monitor.cluster.reading import read as reading_of
from monitor.cluster.stories import Entries, Stories
from monitor.cluster.table import NOTHING, Table
from monitor.cluster.terms import EVERYDAY, SPECIAL, STOP, TELLING, USEFUL
from monitor.cluster.vectors import Vector, Vocabulary, leading
from monitor.models import Why
from monitor.text import fold, tokens

DAY = 86_400.0
WINDOW = 7 * DAY
NEAR = 3 * DAY  # how far apart two copies of one text come
JOIN = 0.21  # score from which on an entry belongs to a story
PLAIN = 0.27  # the same where they share fewer than MANY terms, all everyday words
MANY = 3
SOLE = 0.35  # the same where they share one everyday word, and the words of security news
BARE = 0.6  # the same where they share only the words that security news is made of
MERGE = 0.225  # average likeness of two stories from which on an entry near to both merges them
FEW = 6  # members of a story that is judged once more, as if they came now, beside one near to it;
OUTWEIGHED = 3  # more members are few too where the other story has so many times as many:
AGAIN = 0.26  # by this score
ALMOST = 0.19  # score of an entry that is enough to bring a story of few and its own together
GROWN = 1.3  # they are not compared again before they have grown so many times
WORDS = 3  # fewer than these, and no summary, tell nothing of their own beside an outlet's others
AGEING = 0.03  # off the score for each e-fold of days
CVE_BONUS = 0.25  # on the score where two entries name the same CVE ids
LOOKED_AT = 10  # stories that are scored for one entry, the likeliest first,
MISSES = 2  # until so many were nowhere near, those of one entry counted twice
SAME_SUMMARY = 0.9  # likeness of two entries of one outlet under one title that are one text
NEAR_COPY = 0.4  # likeness from which on two titles are compared letter by letter
SHOWN = 8  # shared terms that a reason lists


class Item(NamedTuple):
    """What of an entry grouping looks at. `url` is the canonical one, `time` seconds since 1970."""

    key: str
    title: str
    summary: str
    time: float
    url: str
    source: str
    lang: str = ""
    cves: tuple[str, ...] = ()
    reading: Reading | None = None  # of these texts, where it was made already,
    forms: Sequence[str] = ()  # by a lexicon with these forms


class Merger(NamedTuple):
    """A story that ended: its entries, duplicates too, belong to the story of the placement."""

    story: str
    lead: str  # key of its first entry, which had no reason
    why: Why


class Placement(NamedTuple):
    """Where an entry belongs. `why` is None for the first of a story."""

    story: str
    duplicate_of: str
    why: Why | None
    merged: tuple[Merger, ...] = ()  # stories that the entry showed to be one with its own


class _Read(NamedTuple):
    """An entry, read once."""

    item: Item
    words: list[str]  # tokens of the title
    cves: frozenset[str]  # none of a round-up
    vector: Vector
    leading: int  # how many of its terms lead to its story
    address: str  # its identities, "" for none
    title: str


class _Match(NamedTuple):
    score: float
    best: float  # likeness to the nearest member
    average: float  # likeness to the members
    story: int
    entry: int  # the nearest member


class _Copy(NamedTuple):
    entry: int  # the one that is repeated
    reason: str
    score: float
    least: float


class Index:
    """The entries of the last days, and the stories they make. `window` is in seconds."""

    def __init__(
        self,
        window: float = WINDOW,
        constraints: Constraints = Constraints(),  # noqa: B008
    ) -> None:
        self._window = window
        self._constraints = constraints
        self._clear()

    def _clear(self) -> None:
        self._before = -inf
        self._vocabulary = Vocabulary()
        self._lexicon = Lexicon()
        self._entries = Entries()
        self._stories = Stories(self._entries)
        self._by_address = Table()
        self._by_title = Table()
        self._compared: dict[tuple[int, int], int] = {}  # two stories -> how many entries they had
        self._reused: set[str] = set()  # titles under which an outlet wrote several texts

    def __len__(self) -> int:
        """How many entries can be found; duplicates count as the entry they repeat."""
        return len(self._entries)

    def add(self, item: Item) -> Placement:
        """Decides where an entry belongs, and remembers it.

        Entries come one at a time in rough order of time. Never raises for what a text holds.
        """
        read = self._read(item)
        copy = self._same_address(read) or self._same_title(read)
        if copy:
            return self._repeat(read, copy)
        matches = self._constraints.ordered(self._matches(read), self._stories.name)
        copy = self._near(read, matches)
        if copy:
            return self._repeat(read, copy)
        for match in matches:
            if match.score < JOIN:
                break
            if self._grounded(read, match) and not self._apart(read, match.entry):
                why = self._reason(read, match)
                self._remember(read, match.story, match.average)
                merged = self._bridge(read, match.story, matches)
                story = self._stories.name(self._stories.whole(match.story))
                return Placement(story, "", why, merged)
        self._assign(read, item.key)
        return Placement(item.key, "", None)

    def know(self, item: Item, story: str, duplicate_of: str = "") -> None:
        """Remembers an entry that was placed earlier, perhaps by another process."""
        read = self._read(item)
        original = self._member(story, duplicate_of)
        if original == NOTHING:
            self._assign(read, story)
        else:
            self._point(read, original)
            self._stories.stretch(self._entries.stories[original], item.time)

    def _member(self, story: str, key: str) -> int:
        """The entry of a story with this key, if it can be found among those that are compared."""
        number = self._stories.find(story) if key else NOTHING
        if number == NOTHING:
            return NOTHING
        keys = self._entries.keys
        return next((n for n in self._stories.sample(number) if keys[n] == key), NOTHING)

    def forget(self, before: float) -> None:
        """Drops the entries whose time is before `before` (seconds since 1970)."""
        self._before = max(self._before, before)
        kept = [time >= self._before for time in self._entries.times]
        if sum(kept) < 0.9 * len(kept):  # not for every few, so that it costs little an entry
            self._rebuild(list(compress(range(len(kept)), kept)))

    # ---- reading

    def _read(self, item: Item) -> _Read:
        reading, forms = item.reading, item.forms
        if reading is None:
            if self._lexicon.full:
                self._lexicon = Lexicon()
            texts = item.title, item.summary, item.url, item.source, item.cves
            reading, forms = reading_of(*texts, self._lexicon), self._lexicon.forms
        cves = frozenset(map(str.casefold, item.cves))
        return _Read(
            item,
            reading.words.split(),
            cves if len(cves) <= ROUNDUP else frozenset(),
            self._vocabulary.vector(reading.terms, forms),
            leading(reading.words),
            reading.address,
            reading.title,
        )

    def _facts(self, entry: int) -> Facts:
        title = self._entries.titles[entry]
        return facts(title, self._words(entry))

    def _words(self, entry: int) -> list[str]:
        title, source = self._entries.titles[entry][:TITLE], self._entries.sources[entry]
        return tokens(identities.heading(title, source, ""))[:TITLE_TOKENS]

    # ---- the same text

    def _same_address(self, read: _Read) -> _Copy | None:
        """Unless one outlet says other things there: some give all their entries one address."""
        entry = self._by_address.get(read.address) if read.address else NOTHING
        if entry == NOTHING or self._entries.times[entry] < self._before:
            return None
        theirs = self._words(entry)
        if conflict(facts(read.item.title, read.words), facts(self._entries.titles[entry], theirs)):
            return None
        one_outlet = self._entries.sources[entry] == read.item.source
        if one_outlet and read.words != theirs and STOP.issuperset({*read.words} & {*theirs}):
            return None
        return _Copy(entry, "same address", 1.0, 1.0)

    def _same_title(self, read: _Read) -> _Copy | None:
        """Unless its outlet uses that title again and again."""
        if not read.title or read.title in self._reused:
            return None
        entry = self._by_title.get(read.title)
        if entry == NOTHING or not self._near_in_time(read.item, entry):
            return None
        if self._entries.sources[entry] == read.item.source and not (
            read.item.summary and self._likeness(read, entry) >= SAME_SUMMARY
        ):
            self._reused.add(read.title)
            return None
        return _Copy(entry, "same title", 1.0, 1.0)

    def _near(self, read: _Read, matches: list[_Match]) -> _Copy | None:
        """Never for a title that names no single text, nor for the same title once more."""
        if not read.title or read.title in self._reused:
            return None
        for match in matches:
            entry = match.entry
            if match.best < NEAR_COPY or not self._near_in_time(read.item, entry):
                continue
            words = self._words(entry)
            if words == read.words:
                continue
            one_outlet = self._entries.sources[entry] == read.item.source
            least = duplicates.WITHIN if one_outlet else duplicates.BETWEEN
            likeness = duplicates.likeness(read.words, words, least)
            if likeness and facts(read.item.title, read.words) == self._facts(entry):
                return _Copy(entry, "near-identical text", round(likeness / 100, 3), least / 100)
            if duplicates.begins(read.item.title, read.words, words) or duplicates.begins(
                self._entries.titles[entry], words, read.words
            ):
                return _Copy(entry, "same title, cut short", 1.0, 1.0)
        return None

    def _likeness(self, read: _Read, entry: int) -> float:
        return self._entries.vectors.dot(read.vector.weights, entry) * read.vector.scale

    def _near_in_time(self, item: Item, entry: int) -> bool:
        time = self._entries.times[entry]
        return abs(item.time - time) <= NEAR and time >= self._before

    def _repeat(self, read: _Read, copy: _Copy) -> Placement:
        self._point(read, copy.entry)
        story = self._entries.stories[copy.entry]
        self._stories.stretch(story, read.item.time)
        key = self._entries.keys[copy.entry]
        if key == read.item.key:  # it came before: it is where it was
            return Placement(self._stories.name(story), "", None)
        why = Why(key, copy.reason, copy.score, copy.least, self._shared(read.vector, copy.entry))
        return Placement(self._stories.name(story), key, why)

    # ---- the same event

    def _matches(self, read: _Read) -> list[_Match]:
        """The stories that could take an entry as they share rare terms, the likeliest first."""
        stories, dot = self._stories, self._entries.vectors.dot
        found, misses = [], 0
        likely = self._vocabulary.candidates(read.vector, LOOKED_AT, read.leading)
        for story in stories.current(likely):
            gap = stories.gap(story, read.item.time)
            if gap > self._window or stories.ended(story) < self._before:
                continue
            members = stories.sample(story)
            dots = [dot(read.vector.weights, entry) * read.vector.scale for entry in members]
            if read.cves or max(dots) >= JOIN / 2:
                found.append(self._match(read, story, gap, members, dots))
            else:
                # all its terms were compared: those behind it, that share less, are no nearer
                misses += 2 if len(members) == 1 else 1
                if misses >= MISSES:
                    break
        return sorted(found, reverse=True)

    def _match(
        self, read: _Read, story: int, gap: float, members: list[int], dots: list[float]
    ) -> _Match:
        """A third each of the nearest member, the average and the centre, less for age."""
        best = max(dots)
        average = sum(dots) / len(dots)
        centre = self._stories.centre(story, average) if len(dots) > 1 else average
        score = (best + average + centre) / 3 - AGEING * log(1 + gap / DAY)
        if read.cves:
            score += CVE_BONUS * max(self._common_cves(read.cves, entry) for entry in members)
        return _Match(score, best, average, story, members[dots.index(best)])

    def _common_cves(self, cves: frozenset[str], entry: int) -> float:
        others = self._entries.cves.get(entry)
        return len(cves & others) / len(cves | others) if others else 0.0

    def _grounded(self, read: _Read, match: _Match) -> bool:
        """Whether a match rests on more than words that all headlines, or all of a subject, use."""
        shared = self._entries.vectors.shared(read.vector.weights, match.entry)
        caps = [self._vocabulary.cap(t) for _, t in shared]
        highest = max(caps, default=0.0)
        if read.cves:
            return match.score >= PLAIN or len(shared) >= MANY or highest > SPECIAL
        if highest <= TELLING:
            return match.score >= BARE
        if [cap for cap in caps if cap > USEFUL] == [EVERYDAY]:
            return match.score >= SOLE
        return match.score >= PLAIN or len(shared) >= MANY or highest > SPECIAL

    def _apart(self, read: _Read, entry: int) -> bool:
        """Whether two entries can't be about one event, however alike their words.

        Their facts contradict, or they are two of an outlet's series ("Briefing 12", "Episode B").
        """
        if conflict(facts(read.item.title, read.words), self._facts(entry)):
            return True
        if self._entries.sources[entry] != read.item.source:
            return False
        ours, theirs = fold(read.item.title[:TITLE]), fold(self._entries.titles[entry][:TITLE])
        bare = len(read.words) < WORDS and not read.item.summary
        return ours != theirs and (bare or skeleton(ours) == skeleton(theirs))

    def _reason(self, read: _Read, match: _Match) -> Why:
        score = round(min(match.score, 1.0), 3)
        shared = self._shared(read.vector, match.entry)
        return Why(self._entries.keys[match.entry], "same event", score, JOIN, shared)

    # ---- stories that turn out to be one

    def _bridge(self, read: _Read, joined: int, matches: Iterable[_Match]) -> tuple[Merger, ...]:
        """Merges with an entry's story others that it could have joined, or nearly."""
        mergers = []
        for match in matches:
            story, other = self._stories.whole(joined), self._stories.whole(match.story)
            if match.score < ALMOST:
                break
            if other == story or not self._comparable(min(story, other), max(story, other)):
                continue
            few = self._few(story, other) if match.score < JOIN else self._grounded(read, match)
            if not few or self._apart(read, match.entry):
                continue
            if merger := self._merge(min(story, other), max(story, other)):
                mergers.append(merger)
        return tuple(mergers)

    def _few(self, story: int, other: int) -> bool:
        """Whether one of two stories is small, or beside the other: then it may be a part of it.

        A topic of hundreds is wide, and so less like a part of it on average than stories that are
        one otherwise are; two of a size are two affairs as often as one.
        """
        less, more = sorted((self._stories.size(story), self._stories.size(other)))
        return less <= FEW or less * OUTWEIGHED <= more

    def _comparable(self, story: int, part: int) -> bool:
        """Whether two stories may be one, and have grown since they were found not to be."""
        size = self._stories.size(story) + self._stories.size(part)
        return size >= GROWN * self._compared.get((story, part), 0) and not self._constraints.part(
            self._stories.name(story), self._stories.name(part)
        )

    def _merge(self, story: int, part: int) -> Merger | None:
        """Makes a younger story part of an older one, if their members are alike on average.

        One of few members is part of another also where it would join it if it came now: its first
        entries came when the other was small, and could not be told to belong there.
        """
        stories = self._stories
        self._compared[story, part] = stories.size(story) + stories.size(part)
        link = stories.linked(part, story)
        score, least = link.average, MERGE
        if score < MERGE and self._few(story, part):
            centre = stories.centre(story, stories.centre(part, link.average))
            score, least = (link.best + link.average + centre) / 3, AGAIN
        leads = stories.lead(part), stories.lead(story)
        if score < least or self._contrary(link.ours, link.theirs) or self._contrary(*leads):
            return None
        stories.merge(part, story, link.average)
        vectors, keys = self._entries.vectors, self._entries.keys
        shared = self._shared(Vector.of(vectors.get(link.ours)), link.theirs)
        why = Why(keys[link.theirs], "stories merged", round(min(score, 1.0), 3), least, shared)
        return Merger(stories.name(part), keys[leads[0]], why)

    def _contrary(self, one: int, other: int) -> bool:
        return conflict(self._facts(one), self._facts(other))

    def _shared(self, vector: Vector, entry: int) -> tuple[tuple[str, float], ...]:
        name = self._vocabulary.name
        heaviest = self._entries.vectors.shared(vector.weights, entry)[:SHOWN]
        return tuple((name(t), round(weight * vector.scale, 3)) for weight, t in heaviest)

    # ---- remembering

    def _assign(self, read: _Read, name: str) -> None:
        """Makes an entry a member of the story with this id, known or new."""
        story = self._stories.find(name)
        if story == NOTHING:
            self._remember(read, self._stories.new(name), 0.0)
        else:
            self._remember(read, story, self._average(read.vector, story))

    def _remember(self, read: _Read, story: int, average: float) -> None:
        """Makes an entry a member of a story, `average` its likeness to the members it has."""
        item = read.item
        entry = self._entries.append(
            item.key, item.title, item.source, item.time, read.cves, read.vector
        )
        self._enrol(read.vector.weights, entry, story, average, read.leading)
        self._point(read, entry)

    def _enrol(
        self, terms: Iterable[int], entry: int, story: int, average: float, first: int
    ) -> None:
        if self._stories.join(entry, story, average) == 1:
            self._vocabulary.count(terms)
        self._vocabulary.lead(terms, story, first)

    def _point(self, read: _Read, entry: int) -> None:
        """From now on the entry's address and title lead to `entry`."""
        if read.address:
            self._by_address.put(read.address, entry)
        if read.title:
            self._by_title.put(read.title, entry)

    def _rebuild(self, kept: list[int]) -> None:
        """Starts anew with some of the entries, in memory that the others no longer hold."""
        entries, stories, vocabulary = self._entries, self._stories, self._vocabulary
        before, by_address, by_title = self._before, self._by_address, self._by_title
        self._clear()
        self._before = before
        for entry in kept:
            weights = self._vocabulary.learnt(entries.vectors.get(entry), vocabulary)
            name = stories.name(entries.stories[entry])
            self._keep(entries, entry, Vector.of(weights), name)
        numbers = dict(zip(kept, range(len(kept)), strict=True))
        self._by_address = by_address.renumbered(numbers)
        self._by_title = by_title.renumbered(numbers)

    def _keep(self, entries: Entries, entry: int, vector: Vector, name: str) -> None:
        story = self._stories.find(name)
        average = 0.0
        if story == NOTHING:
            story = self._stories.new(name)
        else:
            average = self._average(vector, story)
        new = self._entries.append(
            entries.keys[entry],
            entries.titles[entry],
            entries.sources[entry],
            entries.times[entry],
            entries.cves.get(entry, frozenset()),
            vector,
        )
        first = leading(entries.titles[entry][:TITLE])
        self._enrol(vector.weights, new, story, average, first)

    def _average(self, vector: Vector, story: int) -> float:
        """How like a vector is to the members of a story."""
        members, dot = self._stories.sample(story), self._entries.vectors.dot
        return vector.scale * sum(dot(vector.weights, n) for n in members) / len(members)
