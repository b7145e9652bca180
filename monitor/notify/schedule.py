"""When something is sent: back-off, quiet hours, the hour of a digest. Pure.

Times are seconds since 1970; the hours of a day are those of `zone`, None for the system's own.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from monitor.alert import DigestState
from monitor.config.alerts import clock

DAY = 86400.0
# Seconds after the first failed try, the second ...: a day together, then it is given up.
WAITS = (30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 28800.0)

Span = tuple[float, float]  # seconds of the local day; the end may lie on the next


def next_try(tries: int, now: float, after: float | None = None) -> float | None:
    """When to try again after `tries` failed tries, None to give it up.

    `after`: seconds that the target asked for; honoured up to a day.
    """
    if tries > len(WAITS):
        return None
    return now + max(WAITS[tries - 1], min(after or 0.0, DAY))


def sane(when: float, now: float) -> float:
    """A time of the next try, or of the last; now, if a clock that was wrong must have written it.

    Nothing is put off for longer than a day.
    """
    return when if when <= now + 2 * DAY else now


def quiet_until(spans: Iterable[Span], now: float, zone: tzinfo | None = None) -> float | None:
    """When the quiet hours that `now` lies in come to their end, None outside of them.

    Hours that follow one another are one rest; such as never end are left at the next day.
    """
    spans = tuple(spans)
    moment = now
    for _ in range(len(spans) + 1):
        ends = [end for span in spans if (end := _end(span, moment, zone)) is not None]
        if not ends:
            break
        moment = max(ends)
        if moment - now >= DAY:
            break
    return moment if moment > now else None


def _end(span: Span, now: float, zone: tzinfo | None) -> float | None:
    """The end of a span that `now` is in."""
    start, end = span
    local = datetime.fromtimestamp(now, zone)
    second = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    end = end % DAY or DAY
    if start < end:
        return _at(now, end, 0, zone) if start <= second < end else None
    if second >= start:
        return _at(now, end, 1, zone)
    return _at(now, end, 0, zone) if second < end else None


def _at(now: float, second: float, days: int, zone: tzinfo | None) -> float:
    """The time of a second of the local day that `now` is in, or of one some days off.

    By the wall clock: where a day has 23 or 25 hours, 07:00 still is 07:00.
    """
    days, second = days + int(second // DAY), second % DAY
    hour, rest = divmod(int(second), 3600)
    local = datetime.fromtimestamp(now, zone) + timedelta(days=days)
    at = local.replace(hour=hour, minute=rest // 60, second=rest % 60, microsecond=0, fold=0)
    return at.timestamp()


def last_at(hour: str, now: float, zone: tzinfo | None = None) -> float:
    """The last time that it was `hour`, which may be now."""
    today = _at(now, clock(hour), 0, zone)
    return today if today <= now else _at(now, clock(hour), -1, zone)


def next_at(hour: str, now: float, zone: tzinfo | None = None) -> float:
    """The next time that it will be `hour`."""
    today = _at(now, clock(hour), 0, zone)
    return today if today > now else _at(now, clock(hour), 1, zone)


def digest_due(
    hour: str, state: DigestState | None, now: float, zone: tzinfo | None = None
) -> float:
    """When the next digest is to be sent; a time that has passed for one that was missed.

    However many were missed, one makes up for them. Before anything is remembered it is now, so
    that a beginning is written down.
    """
    if state is None:
        return now
    if state.next_try:
        return sane(state.next_try, now)
    last = last_at(hour, now, zone)
    return last if state.last < last or state.last > now + DAY else next_at(hour, now, zone)
