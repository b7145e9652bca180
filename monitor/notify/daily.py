"""When a target's daily digest is due. Pure."""

from datetime import tzinfo

from msgspec import Struct

from monitor.notify.schedule import last_at, next_at


class DigestState(Struct, frozen=True, omit_defaults=True):
    """What is remembered of a target's digests; wall-clock times."""

    target: str
    last: float  # up to when it was told; before the first digest, since when it is asked for
    tries: int = 0  # of the one that could not be sent yet
    next_try: float = 0.0
    error: str = ""


def digest_due(
    hour: str, state: DigestState | None, now: float, zone: tzinfo | None = None
) -> float | None:
    """When the next digest is to be sent; a time that has passed for one that was missed.

    However many were missed, one makes up for them. Before anything is remembered it is now, so
    that a beginning is written down.
    """
    if state is None:
        return now
    if state.next_try:
        return state.next_try
    last = last_at(hour, now, zone)
    return last if state.last < last else next_at(hour, now, zone)
