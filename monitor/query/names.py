"""The query languages over what has little more than a name: devices, feeds, topics and words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from monitor.models import Kind
from monitor.query.fields import Language, Spec, read_choice, read_part, starts
from monitor.text import fold


class Named(Struct, frozen=True, gc=False):
    """A device, feed or word: its id and what people call it; of a feed also its kind."""

    id: str
    title: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Devices, feeds or words, to search."""

    items: Sequence[Named]

    @property
    def hays(self) -> Sequence[str]:
        return [fold(f"{item.id}\n{item.title}") for item in self.items]

    def titles(self, index: int) -> Iterable[str]:
        return (self.items[index].title,)


def _id(value: str, corpus: Names, now: float) -> Callable[[Named], bool]:
    return lambda item: fold(item.id).startswith(value)


def _kind(value: str, corpus: Names, now: float) -> Callable[[Named], bool]:
    return lambda item: item.kind == value


_ID = Spec("has an id that starts with", read_part, _id, starts, quick=True)
DEVICES = Language("device", "devices", {"device": _ID})
FEEDS = Language(
    "feed",
    "feeds",
    {"feed": _ID, "kind": Spec("is of kind", read_choice([*Kind], "kind"), _kind, quick=True)},
)
WORDS = Language("topic or watch word", "topics and watch words", {"word": _ID})
