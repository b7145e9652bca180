"""What the user said about stories, for grouping to honour."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol, Self, TypeVar


class _Match(Protocol):
    @property
    def score(self) -> float: ...
    @property
    def best(self) -> float: ...
    @property
    def story(self) -> int: ...
    def _replace(self, *, score: float) -> Self: ...


M = TypeVar("M", bound=_Match)


class Constraints(NamedTuple):
    """`apart`: by story, the stories that it must not be merged with, as the user split them."""

    apart: Mapping[str, AbstractSet[str]] = {}

    def part(self, one: str, other: str) -> bool:
        """Whether two stories, by their ids, are sides of a split."""
        return other in self.apart.get(one, ()) or one in self.apart.get(other, ())

    def ordered(self, matches: list[M], name: Callable[[int], str]) -> list[M]:
        """Matches, likeliest first; of the sides of a split, the one of the nearest entry.

        `name` tells the id of a story by its number.
        """
        if not self.apart or not matches:
            return matches
        likeliest = matches[0]
        others = self.apart.get(name(likeliest.story), ())
        sides = [m for m in matches if m is likeliest or name(m.story) in others]
        nearest = max(sides, key=lambda match: match.best)
        if nearest is likeliest:
            return matches
        rest = [match for match in matches if match is not nearest]
        return [nearest._replace(score=likeliest.score), *rest]
