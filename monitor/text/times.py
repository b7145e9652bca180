"""Times as programs read them."""

from datetime import UTC, datetime


def rfc3339(seconds: float | None) -> str | None:
    """A time in RFC 3339, UTC, to the second; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
