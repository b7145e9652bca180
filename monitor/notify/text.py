"""What an alert says inside the terminal: the toast's text, and sequences for the terminal. Pure.

OSC 9 and OSC 777 hand a text to the terminal, which shows it as a notification of the desktop.
Nothing inside may end the sequence, or be read as its next field.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from monitor.alert import Alert
from monitor.notify.message import headline
from monitor.text import clean

TOAST = 300  # characters
NOTICE = 200

_BY_PROGRAM = {
    "iTerm.app": "osc9",
    "ghostty": "osc777",
    "WezTerm": "osc777",
    "WarpTerminal": "osc777",
}
_BY_TERM = {
    "xterm-kitty": "osc9",
    "xterm-ghostty": "osc777",
    "foot": "osc777",
    "foot-extra": "osc777",
    "rxvt-unicode": "osc777",
    "rxvt-unicode-256color": "osc777",
    "contour": "osc777",
}
_VTE = 4600  # from this version on, the sequence is known or passed over in silence


class Notices(StrEnum):
    """The sequence by which a terminal takes notifications."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    NONE = "none"


class Toast(NamedTuple):
    """A toast's texts, which are to be shown literally, never as markup."""

    title: str
    body: str


def toast(alert: Alert) -> Toast:
    """What the screen says of an alert that just fired."""
    return Toast(headline(alert, 120), clean(alert.reason, TOAST))


def osc9(alert: Alert) -> str:
    """The sequence of iTerm2 and kitty; it never begins with a digit, which ConEmu would obey."""
    return f"\x1b]9;{_plain(f'{headline(alert, NOTICE)}. {alert.reason}')}\x1b\\"


def osc777(alert: Alert) -> str:
    """The sequence of urxvt, foot, ghostty, WezTerm and VTE: title and body."""
    return f"\x1b]777;notify;{_plain(headline(alert, NOTICE))};{_plain(alert.reason)}\x1b\\"


def sequence(alert: Alert, notices: Notices) -> str:
    """The sequence for a terminal that takes `notices`, "" where it takes none."""
    if notices is Notices.NONE:
        return ""
    return osc9(alert) if notices is Notices.OSC9 else osc777(alert)


def terminal_supports(environ: Mapping[str, str]) -> Notices:
    """By the environment, which sequence the terminal takes.

    tmux and screen swallow both, and what is behind them can't be told: none.
    """
    if environ.get("TMUX") or environ.get("STY"):
        return Notices.NONE
    found = _BY_PROGRAM.get(environ.get("TERM_PROGRAM", ""))
    found = found or _BY_TERM.get(environ.get("TERM", ""))
    version = environ.get("VTE_VERSION", "")
    if found is None and version.isascii() and version.isdigit() and int(version) >= _VTE:
        found = "osc777"
    return Notices(found or "none")


def _plain(text: str) -> str:
    """One field: clean, bounded, and without what parts the fields."""
    return clean(text, NOTICE).replace(";", ",")
