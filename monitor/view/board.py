"""The panes over one list of stories, the bulletins, the marks: what is shown but for alerts.

`panes[Pane.PATCHES]` holds the news about patches, for the command line; on the screen the pane of
that name shows `bulletins`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from monitor.models import Body, Config, Edit, Entry, FeedState, Pane, Story, newest_first
from monitor.text import Keywords
from monitor.view.bulletins import bulletins_shown
from monitor.view.marks import Change, Marks, MarkStore
from monitor.view.panes import PaneView, newest_order
from monitor.view.rows import Row, RowStyle, make_row

if TYPE_CHECKING:
    from monitor.query import Corpus
    from monitor.view.library import Library

PATCHES = "patches"  # the topic of news about bulletins


class Front(Protocol):
    """What the store has at hand for the first frame: the newest stories, and the marks."""

    @property
    def stories(self) -> Collection[Story]: ...
    @property
    def pinned(self) -> Collection[str]: ...
    @property
    def read(self) -> Collection[str]: ...


class StoryStore(MarkStore, Protocol):
    """What the screen needs of the store."""

    @property
    def entries(self) -> Mapping[str, Entry]: ...
    @property
    def stories(self) -> Mapping[str, Story]: ...
    @property
    def feeds(self) -> Mapping[str, FeedState]: ...
    @property
    def problems(self) -> list[str]: ...
    def front(self) -> Front: ...
    def load_steps(self) -> Iterator[int]: ...
    def hay(self, story_id: str) -> str: ...
    def body(self, uid: str) -> Body: ...
    def edits_of(self, story_id: str) -> list[Edit]: ...


@dataclass(slots=True)
class Snapshot:
    """The panes' contents, made aside so that the screen never waits; newest stories first."""

    stories: list[Story]
    hays: list[str]
    members: dict[Pane, list[int]]
    index: dict[str, int] = field(init=False)  # by id of story

    def __post_init__(self) -> None:
        self.index = {story.id: number for number, story in enumerate(self.stories)}


class Board:
    """What the panes show, and how it follows store, configuration and marks."""

    def __init__(self, config: Config) -> None:
        self.stories: list[Story] = []
        self.hays: list[str] = []
        self.marks = Marks()
        self.chosen: dict[str, None] = {}  # stories to be merged, in the order of choice
        self.panes = {pane: PaneView(pane, self) for pane in (Pane.HEADLINES, Pane.PATCHES)}
        self.bulletins = bulletins_shown()
        self.complete = False  # whether the whole archive is in
        self._index: dict[str, int] = {}
        self._corpus: Corpus | None = None
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Follow a configuration; panes change when a snapshot taken with it is adopted."""
        self.config = config
        self.pinned_first = config.ui.pinned_first
        self.kinds = {feed.id: feed.kind for feed in config.feeds}
        self.keywords = Keywords(config.keywords)
        self._corpus = None

    @property
    def pinned(self) -> Set[str]:
        return self.marks.pinned

    @property
    def read(self) -> Set[str]:
        return self.marks.read

    def corpus(self) -> "Corpus":
        """The stories as queries search them."""
        if self._corpus is None:
            self._corpus = self._corpus_of(self.stories, self.hays)
        return self._corpus

    def story(self, story_id: str) -> Story | None:
        index = self._index.get(story_id)
        return None if index is None else self.stories[index]

    def index(self, story_id: str) -> int | None:
        return self._index.get(story_id)

    def marked(self, change: Change) -> None:
        """Follow a change of marks that was just made."""
        indexes = [self._index[story] for story in change.stories if story in self._index]
        for view in self.panes.values():
            view.marked(change, indexes)

    def naming(self, cve: str) -> list[Story]:
        """The stories that name a CVE, newest first."""
        found = [story for story in self.stories if cve in story.cves and story.id in self._index]
        return sorted(found, key=newest_first)

    def show_bulletins(self, library: "Library") -> None:
        """Follow what is known of bulletins; filter and cursor stay."""
        self.bulletins.show((summary.id, summary) for summary in library.bulletins)

    def row(self, view: PaneView, row: int, now: float) -> Row:
        """The values of a row of a pane."""
        index = view.rows[row]
        style = RowStyle(self.keywords, self.kinds, self.pinned, self.read, self.chosen)
        spans = view.query.spans if view.query else None
        return make_row(self.stories[index], style, now, spans)

    def show_front(self, front: Front) -> None:
        """Fill the panes for the first frame."""
        stories = sorted(front.stories, key=newest_first)
        members = {
            Pane.HEADLINES: list(range(len(stories))),
            Pane.PATCHES: [i for i, story in enumerate(stories) if is_patch(story)],
        }
        self._fill(Snapshot(stories, [""] * len(stories), members))
        self.marks.pinned.update(front.pinned)
        self.marks.read.update(front.read)

    def snapshot(self, store: StoryStore) -> Snapshot:
        """Read all stories of a loaded store; touches nothing shown, so a thread may do it."""
        known = list(store.stories.values())
        stories = [known[place] for place in newest_order(known)]
        hays = [store.hay(story.id) for story in stories]
        everything = range(len(stories))
        members = {
            Pane.HEADLINES: list(everything),
            Pane.PATCHES: [i for i in everything if is_patch(stories[i])],
        }
        return Snapshot(stories, hays, members)

    def adopt(self, snapshot: Snapshot, store: StoryStore) -> None:
        """Show a snapshot in place of what was shown; filters and cursors stay."""
        self.marks.replace(store)
        self._fill(snapshot)
        self.complete = True

    def update(self, store: StoryStore, changed: Iterable[str], now: float) -> None:
        """Follow stories that are new, changed or gone in the store."""
        ids = list(changed)
        gone = {self._index[story] for story in ids if story in self._index}
        for view in self.panes.values():
            view.remove(gone)
        self.marks.sync(store, ids)
        alive = [self._put(store.stories[i], store.hay(i)) for i in ids if i in store.stories]
        for story in ids:
            if story not in store.stories:
                self._index.pop(story, None)
                self.chosen.pop(story, None)
        for index in gone:
            if self.stories[index].id not in self._index:
                self.hays[index] = ""  # what is gone is found no more
        alive.sort()
        members = {
            Pane.HEADLINES: alive,
            Pane.PATCHES: [i for i in alive if is_patch(self.stories[i])],
        }
        for pane, view in self.panes.items():
            view.insert(members[pane], now)

    def inherit(self, store: StoryStore, edits: Iterable[Edit]) -> None:
        """Let cursors on stories that these edits emptied go to where their entries are."""
        heirs: dict[str, str] = {}
        for edit in edits:
            names = (edit.story, *edit.stories)
            alive = next((name for name in names if name in store.stories), "")
            heirs |= dict.fromkeys((name for name in names if name not in store.stories), alive)
        for view in self.panes.values():
            view.cursor = heirs.get(view.cursor, view.cursor)

    def _put(self, story: Story, hay: str) -> int:
        index = self._index.get(story.id)
        if index is None:
            index = self._index[story.id] = len(self.stories)
            self.stories.append(story)
            self.hays.append(hay)
        else:
            self.stories[index], self.hays[index] = story, hay
        return index

    def _fill(self, snapshot: Snapshot) -> None:
        self.stories, self.hays = snapshot.stories, snapshot.hays
        self._index = snapshot.index
        self._corpus = None
        for pane, view in self.panes.items():
            view.show(snapshot.members[pane])

    def _corpus_of(self, stories: list[Story], hays: list[str]) -> "Corpus":
        from monitor.query import Corpus

        return Corpus(
            stories=stories, hays=hays, pinned=self.pinned, read=self.read, kinds=self.kinds
        )


def is_patch(story: Story) -> bool:
    """Whether a story is news about patches."""
    return PATCHES in story.topics or bool(story.cves)
