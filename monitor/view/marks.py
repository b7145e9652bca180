"""The user's own marks, shown at once and written behind the screen, with an undo."""

from collections.abc import Callable, Iterable, Set
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from monitor.view.handling import Handling, Muting

UNDO = 200  # steps that are remembered

Mark = Literal["pin", "read"]


class MarkStore(Protocol):
    """What marks need of the store; `pin` and `mark_read` are durable when they return."""

    @property
    def pinned(self) -> Set[str]: ...
    @property
    def read(self) -> Set[str]: ...
    def pin(self, story_ids: Iterable[str], on: bool) -> object: ...
    def mark_read(self, story_ids: Iterable[str], on: bool) -> object: ...


class Change(NamedTuple):
    """A mark set or taken from stories that did not have it so."""

    mark: Mark
    on: bool
    stories: tuple[str, ...]

    def inverse(self) -> "Change":
        return self._replace(on=not self.on)

    def save(self, store: MarkStore) -> None:
        """Write it; blocks until it is durable."""
        write: Callable[[Iterable[str], bool], object]
        write = store.pin if self.mark == "pin" else store.mark_read
        write(self.stories, self.on)


class Correction(NamedTuple):
    """A split or merge that was made, for taking it back."""

    edits: tuple[str, ...]
    says: str  # what taking it back comes to


Step: TypeAlias = "Change | Correction | Handling | Muting"


class Marks:
    """Pins and read marks as the screen shows them.

    A change counts from the moment the key is pressed; `settle` says how its writing went.
    """

    def __init__(self, pinned: Iterable[str] = (), read: Iterable[str] = ()) -> None:
        self.pinned = set(pinned)
        self.read = set(read)
        self.version = 0  # counts up whenever a mark changes, but see `sync`
        self._undo: list[Step] = []
        self._unsaved: list[Change] = []

    def change(self, mark: Mark, stories: Iterable[str], on: bool) -> Change | None:
        """Mark what is not yet marked so; None when there is nothing to do."""
        marked = self._marked(mark)
        affected = tuple(story for story in stories if (story in marked) is not on)
        if not affected:
            return None
        change = Change(mark, on, affected)
        self._undo = [*self._undo[1 - UNDO :], change]
        return self._begin(change)

    def remember(self, step: "Step") -> None:
        """Something else that was done is among what `undo` takes back."""
        self._undo = [*self._undo[1 - UNDO :], step]

    def forget(self, step: "Step") -> None:
        """It could not be written: there is nothing to take back."""
        if step in self._undo:
            self._undo.remove(step)

    def undo(self) -> "Step | None":
        """Take back the last change; the change that does so, for writing.

        What is no mark is only given out, to be taken back by whoever did it.
        """
        last = self._undo.pop() if self._undo else None
        return self._begin(last.inverse()) if isinstance(last, Change) else last

    def taken_back(self, edits: Set[str]) -> None:
        """These edits are no more, by another way than `undo`."""
        self._undo = [
            one
            for one in self._undo
            if not isinstance(one, Correction) or edits.isdisjoint(one.edits)
        ]

    def settle(self, change: Change, saved: bool) -> None:
        """A change was written, or could not be: then it is taken back on the screen too."""
        self._unsaved.remove(change)
        if not saved:
            self._apply(change.inverse())
            self.forget(change)

    def sync(self, store: MarkStore, stories: Iterable[str]) -> None:
        """Follow the store where it moved marks, when stories were regrouped for example.

        That is no new `version`: panes let go of such stories before and take them in after.
        """
        waiting = {story for change in self._unsaved for story in change.stories}
        for story in stories:
            if story not in waiting:
                for mine, theirs in ((self.pinned, store.pinned), (self.read, store.read)):
                    (mine.add if story in theirs else mine.discard)(story)

    def replace(self, store: MarkStore) -> None:
        """Take over all marks of the store, but for what is still being written."""
        self.version += 1
        for mine, theirs in ((self.pinned, store.pinned), (self.read, store.read)):
            mine.clear()
            mine.update(theirs)
        for change in self._unsaved:
            self._apply(change)

    def _begin(self, change: Change) -> Change:
        self._unsaved.append(change)
        self._apply(change)
        return change

    def _apply(self, change: Change) -> None:
        self.version += 1
        marked = self._marked(change.mark)
        (marked.update if change.on else marked.difference_update)(change.stories)

    def _marked(self, mark: Mark) -> set[str]:
        return self.pinned if mark == "pin" else self.read
