"""Which entries are the same text, and which are about the same event.

Two decisions for each entry, made once, when it comes: what it repeats (`duplicates`), and which
story it belongs to: entries are vectors of weighted words (`terms`, `vectors`), and join the story
they are most like (`stories`, `index`) unless their facts contradict (`facts`). An entry that could
join two stories merges them if they are alike on average; the older one keeps its id.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.cluster.constraints import Constraints
    from monitor.cluster.index import WINDOW, Index, Item, Merger, Placement

__all__ = ["WINDOW", "Constraints", "Index", "Item", "Merger", "Placement"]


def __getattr__(name: str) -> Any:
    """The reading process imports `reading` alone, without the index and what that needs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from monitor.cluster import index

    return getattr(index, name)
