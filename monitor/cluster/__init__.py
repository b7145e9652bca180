"""Which entries are the same text, and which are about the same event.

Two decisions for each entry, made once, when it comes: what it repeats (`duplicates`), and which
story it belongs to: entries are vectors of weighted words (`terms`, `vectors`), and join the story
they are most like (`stories`, `index`) unless their facts contradict (`facts`). Nothing is merged
later: the seam for that is `Stories`, whose ids are names of numbers.
"""

from monitor.cluster.index import WINDOW, Index, Item, Placement
from monitor.cluster.reading import Reading, read

__all__ = ["WINDOW", "Index", "Item", "Placement", "Reading", "read"]
