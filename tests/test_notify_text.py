"""What an alert says: in a line, in the terminal, on the desktop. Hostile texts forge nothing."""

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert import About, Alert, Delivery, alert_json
from monitor.models import Severity
from monitor.notify.desktop import arguments, literal
from monitor.notify.message import Message, alert_message, headline, lines
from monitor.notify.text import Notices, osc9, osc777, sequence, terminal_supports, toast
from monitor.notify.through_apprise import defused
from monitor.text import clean
from tests.hooks import an_alert

HOSTILE = [
    "a\nb\r\nX-Evil: 1",
    "\x1b]0;owned\x07title",
    "\x1b\\\x1b]52;c;ZXZpbA==\x1b\\",
    "\x9d0;owned\x9c",
    "a;b;notify;c",
    "9;4;1;50",
    "<b>bold</b> & <a href='x'>",
    "[@click=app.quit]x[/]",
    "\\033]0;owned\\007 \\x1b",
    "--help",
    "-u critical",
    "$(touch HSTL-pwned) `touch HSTL-pwned`; touch HSTL-pwned",
    '", "severity": "critical", "x": "',
    "\u202egnp.exe \u200b\ufeff\u2066",
    "@everyone <!channel> <@U123> [x](http://evil.example)",
    "lone \ud83d surrogate",
    "x" * 5000,
]


def hostile(text: str) -> Message:
    return alert_message(an(text), Delivery("hook"), alert_json(an(text)))


def an(text: str) -> Alert:
    about = About("CVE-2025-1", text, text)
    return an_alert(1, "hook", about=about, reason=text, others=(about,) * 3, count=4)


def one_line(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


def test_a_line_says_how_severe_and_what() -> None:
    alert = an_alert(1)
    assert headline(alert) == "HIGH: Flaw 1"
    assert lines(alert) == [
        "KEV added 2025-09-02; CVSS 8.8 by CISA-ADP",
        "rule exploited",
        "https://example.org/flaw",
    ]


def test_one_that_sums_up_says_for_how_many_and_names_some() -> None:
    others = tuple(About(f"CVE-{n}", f"Other {n}", "") for n in range(30))
    alert = an_alert(1, others=others, count=300)
    assert headline(alert) == "HIGH: Flaw 1 and 299 more"
    told = lines(alert)
    assert told[3] == "- Other 0"
    assert told[-1] == "- and 289 more"
    assert len(told) == 3 + 10 + 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_within_its_line(text: str) -> None:
    message = hostile(text)
    assert one_line(message.title)
    assert len(message.title) <= 200
    body = message.body.split("\n")
    assert all(map(one_line, body))
    assert len(body) <= 3 + 3
    assert message.title.startswith("HIGH: ")
    assert message.url == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_the_json_has_the_text_in_its_place(text: str) -> None:
    told = json.loads(json.dumps(hostile(text).payload))
    assert told["severity"] == "high"
    assert told["subject"]["title"] == told["reason"] == clean(text)
    assert (told["version"], told["event"]) == (1, "alert")


@settings(deadline=None)
@given(st.text(), st.text())
def test_a_sequence_holds_one_terminator_and_its_own_fields(title: str, reason: str) -> None:
    alert = an_alert(1, about=About("x", title), reason=reason)
    for made, begin, fields in (
        (osc9(alert), "\x1b]9;", 1),
        (osc777(alert), "\x1b]777;notify;", 2),
    ):
        assert made.startswith(begin)
        assert made.endswith("\x1b\\")
        inner = made.removeprefix(begin).removesuffix("\x1b\\")
        assert one_line(inner)
        assert inner.count(";") == fields - 1
        assert len(inner) <= 2 * 200 + 1
        assert not inner[0].isdigit()  # ConEmu takes "9;4;1" for an order


@settings(deadline=None)
@given(st.text())
def test_a_toast_is_two_lines(text: str) -> None:
    made = toast(an_alert(1, about=About("x", text), reason=text))
    assert one_line(made.title)
    assert one_line(made.body)
    assert len(made.title) <= 140
    assert len(made.body) <= 300


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, Notices.OSC9),
        ({"TERM": "xterm-kitty"}, Notices.OSC9),
        ({"TERM_PROGRAM": "WezTerm", "TERM": "xterm-256color"}, Notices.OSC777),
        ({"TERM": "foot"}, Notices.OSC777),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7402"}, Notices.OSC777),
        ({"TERM": "xterm-256color", "VTE_VERSION": "3200"}, Notices.NONE),
        ({"TERM": "xterm-256color", "VTE_VERSION": "²"}, Notices.NONE),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x,1,0"}, Notices.NONE),
        ({"TERM": "xterm-256color"}, Notices.NONE),
        ({"TERM_PROGRAM": "Apple_Terminal"}, Notices.NONE),
        ({}, Notices.NONE),
    ],
)
def test_which_sequence_a_terminal_takes(environ: dict[str, str], expected: Notices) -> None:
    assert terminal_supports(environ) is expected
    made = sequence(an_alert(1), expected)
    assert made.startswith({"osc9": "\x1b]9;", "osc777": "\x1b]777;", "none": ""}[expected])
    assert bool(made) == (expected is not Notices.NONE)


@pytest.mark.parametrize("text", HOSTILE)
def test_on_the_desktop_texts_are_no_options_and_no_markup(text: str) -> None:
    argv = arguments("notify-send", hostile(text))
    assert argv[3] == "--"
    assert len(argv) == 6
    title, body = argv[4:]
    assert title.startswith("HIGH: ")
    assert all(map(one_line, (title, *body.split("\n"))))
    assert not re.search(r"<|&(?!amp;|lt;|gt;)", body)
    assert undone(body) is not None


def undone(body: str) -> str | None:
    """What notify-send makes of backslashes (g_strcompress); None where it makes another text."""
    plain = re.sub(r"\\\\", "", body)
    return None if "\\" in plain else body.replace("\\\\", "\\")


@settings(deadline=None)
@given(st.text(max_size=400))
def test_a_body_on_the_desktop_shows_letter_for_letter(text: str) -> None:
    shown = undone(literal(text))
    assert shown is not None
    for name, char in (("lt", "<"), ("gt", ">"), ("amp", "&")):
        shown = shown.replace(f"&{name};", char)
    assert shown == "\n".join(map(clean, text.splitlines()))


@settings(deadline=None)
@given(st.text())
def test_in_a_chat_nobody_is_called(text: str) -> None:
    assert not re.search("[@<>]", defused(f"{text} @everyone <!here>"))


def test_in_a_chat_an_address_still_leads_where_it_led() -> None:
    assert defused("see https://example.org/@me now @you") == (
        "see https://example.org/%40me now ＠you"
    )


def test_severities_have_their_urgency() -> None:
    def urgency(severity: Severity) -> str:
        message = alert_message(an_alert(1, severity=severity), Delivery("d"), {})
        return arguments("notify-send", message)[2]

    assert urgency(Severity.CRITICAL) == "--urgency=critical"
    assert urgency(Severity.INFO) == "--urgency=low"
    assert urgency(Severity.HIGH) == "--urgency=normal"
