"""What is sent: an alert or a digest as words and as JSON. Pure.

Texts are cleaned once more here, as the last step before they leave: no line end, escape or
invisible character is in a title, and none but line ends between the lines of a body.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from monitor.alert import About, Alert, Delivery, Subject, alert_json
from monitor.models import Severity, Transition
from monitor.text import clean, clean_block, web_url

VERSION = 1  # of the JSON that targets get
TITLE = 200  # characters
LINE = 500
OTHERS = 10  # subjects of a summed-up alert that are named


class Message(Struct, frozen=True):
    """Something to be sent to a target."""

    key: str  # the same however often it is sent: a receiver may leave out what it has
    title: str  # one line
    body: str  # lines of plain text, without markup
    severity: Severity
    payload: Mapping[str, Any]  # for programs
    url: str = ""  # http or https, fit to be opened, or none


def alert_message(alert: Alert, delivery: Delivery, payload: Mapping[str, Any]) -> Message:
    """An alert on its way to one target; `payload` is its JSON as the command line gives it."""
    return Message(
        key=f"{alert.id}.{int(alert.fired)}.{delivery.target}.{delivery.sent}",
        title=headline(alert),
        body="\n".join(lines(alert)),
        severity=alert.severity,
        payload={"version": VERSION, "event": "alert", **_cleaned(payload)},
        url=web_url(alert.about.url),
    )


def headline(alert: Alert, limit: int = TITLE) -> str:
    """An alert in a line: how severe, and what it is about. It never begins with a digit."""
    more = f" and {alert.count - 1:,} more" if alert.count > 1 else ""
    title = clean(alert.about.title or alert.about.id, limit - len(more) - 12)
    return f"{alert.severity.upper()}: {title}{more}"


def lines(alert: Alert) -> list[str]:
    """The rest of it: why, by which rule, where, and what else it stands for."""
    told = [clean(alert.reason, LINE), f"rule {clean(alert.rule, 64)}", web_url(alert.about.url)]
    told += [f"- {_named(other)}" for other in alert.others[:OTHERS]]
    if alert.count - 1 > OTHERS:
        told.append(f"- and {alert.count - 1 - OTHERS:,} more")
    return [line for line in told if line]


def _named(about: About) -> str:
    url = web_url(about.url)
    return f"{clean(about.title or about.id, TITLE)}{f' {url}' if url else ''}"


def digest_message(
    key: str, title: str, text: str, severity: Severity, payload: Mapping[str, Any]
) -> Message:
    """A digest on its way to one target; `text` is its plain form."""
    return Message(
        key=key,
        title=clean(title, TITLE),
        body=clean_block(text),
        severity=severity,
        payload={"version": VERSION, "event": "digest", **_cleaned(payload)},
    )


def _cleaned(value: Any) -> Any:
    """JSON whose texts are clean; those of alerts are, so that it changes nothing of them."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def sample(target: str, now: float) -> Message:
    """What tries a target out."""
    alert = Alert(
        id="test",
        rule="test",
        on=Transition.NEW,
        kind=Subject.WORD,
        about=About(id="test", title="A sample alert of monitor"),
        moved="new",
        reason=f"sent by `monitor notify test {target}`",
        severity=Severity.INFO,
        fired=now,
    )
    return alert_message(alert, Delivery(target), alert_json(alert))
