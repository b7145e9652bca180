"""All payloads of `tools/hostile.py` through every surface of a notification."""

import asyncio
import json
import sys
from datetime import UTC
from pathlib import Path

import pytest

from monitor.alert import About, Alert, Delivery, alert_json
from monitor.models import Target
from monitor.notify.desktop import arguments
from monitor.notify.digest import Digest, Line, Part
from monitor.notify.digest_text import FORMATS
from monitor.notify.message import Message, alert_message
from monitor.notify.senders import Outlet
from monitor.notify.text import osc9, osc777, toast
from monitor.notify.through_apprise import defused
from monitor.text import clean
from tests.hooks import an_alert, hook, webhook_target
from tests.test_notify_targets import program, senders

TOOLS = Path(__file__).parents[2] / "shared" / "tools"
if not (TOOLS / "hostile.py").is_file():
    pytest.skip("the hostile feeds are not here", allow_module_level=True)
sys.path.insert(0, str(TOOLS))
import hostile  # noqa: E402

TEXTS: list[str] = [
    *(payload for _, payload, _ in hostile.TERMINAL),
    *hostile.MARKUP,
    *(text for _, text in hostile.UNICODE),
    *(link for _, link, *_ in hostile.LINKS),
]


def alert(text: str) -> Alert:
    about = About("x", text, text)
    return an_alert(1, about=about, reason=text, others=(about,), count=2)


def message(text: str) -> Message:
    return alert_message(alert(text), Delivery("x"), alert_json(alert(text)))


def surfaces(text: str) -> list[str]:
    """Everything that is shown of an alert, or told of it."""
    made, sent = alert(text), message(text)
    line = Line(text, text, text)
    digest = Digest(0.0, 1.0, "One.", "Polled.", (Part("x", "X", "none", (line,), 1),))
    return [
        *toast(made),
        osc9(made).removeprefix("\x1b]9;").removesuffix("\x1b\\"),
        osc777(made).removeprefix("\x1b]777;notify;").removesuffix("\x1b\\"),
        sent.title,
        sent.body,
        json.dumps(dict(sent.payload), ensure_ascii=False),
        *arguments("notify-send", sent),
        defused(sent.body),
        *(write(digest, UTC) for write in FORMATS.values()),
    ]


def test_nothing_that_a_terminal_obeys_is_on_any_surface() -> None:
    assert len(TEXTS) > 200
    for text in TEXTS:
        for shown in surfaces(text):
            assert clean(shown.replace("\n", " ")) == " ".join(shown.split()), (text, shown)
            assert not hostile.leaks(shown.encode("utf-8", "surrogatepass")), (text, shown)


async def test_they_arrive_as_values_and_start_nothing(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    name = program(
        tmp_path, f"open({str(seen)!r}, 'a').write(json.dumps(json.load(sys.stdin)) + '\\n')"
    )
    texts = TEXTS[::4]
    with hook() as target:
        posts = Outlet(senders(), webhook_target(target))
        phone = Outlet(senders(), Target("p", "ntfy", url=f"{target.base}/topic", private=True))
        me = Outlet(senders(), Target("me", "command", command=(name,), timeout=60.0))
        for text in texts:
            sent = await asyncio.gather(*(to.send(message(text)) for to in (posts, phone, me)))
            assert sent == [None, None, None]
        hooked = [got.json for got in target.got if got.path == "/in"]
        rung = [got.json for got in target.got if got.path == "/"]
    ran = [json.loads(line) for line in seen.read_text().splitlines()]
    assert [one["subject"]["title"] for one in hooked] == [clean(text) for text in texts]
    assert hooked == ran
    assert all(one["title"].startswith("HIGH: ") and one["priority"] == 4 for one in rung)
    assert not list(Path().glob("HSTL-pwned*"))
