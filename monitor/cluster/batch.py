"""Many entries at once: where each belongs when all have come."""

from collections import defaultdict
from collections.abc import Iterable

from monitor.cluster.index import Index, Item, Placement


def place(items: Iterable[Item]) -> list[Placement]:
    """Placements in the order of the items, stories that were merged on the way being one.

    The items come in rough order of time, and their keys are different.
    """
    index = Index()
    placements: list[Placement] = []
    numbers: dict[str, int] = {}  # by key
    members: defaultdict[str, list[int]] = defaultdict(list)  # by story
    for number, item in enumerate(items):
        placement = index.add(item)
        numbers[item.key] = number
        placements.append(placement._replace(merged=()))
        for merger in placement.merged:
            moved = members.pop(merger.story)
            for other in moved:
                placements[other] = placements[other]._replace(story=placement.story)
            lead = numbers[merger.lead]
            placements[lead] = placements[lead]._replace(why=merger.why)
            members[placement.story] += moved
        members[placement.story].append(number)
    return placements
