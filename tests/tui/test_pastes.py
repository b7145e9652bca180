"""Pasted text on its way from the terminal: it is never taken for keys."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from monitor.tui.terminal import Careful, Pastes

START, END = Pastes.START, Pastes.END
PASTED = st.text(st.sampled_from("a b\t\n\r\x00\x1b[O201~m华q")).filter(
    lambda text: END not in text
)


def pieces(data: str, cuts: list[int]) -> list[str]:
    """A text as several reads bring it."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


@given(PASTED, PASTED, st.lists(st.integers(0, 200), max_size=6))
def test_a_paste_is_one_event_and_no_key(first: str, second: str, cuts: list[int]) -> None:
    first, second = f"a{first}.", f"b{second}."  # what ends like a mark would be cut by it
    parser = Careful()
    data = f"j{START}{first}{END}k{START}{second}{END}l"
    found = [event for piece in pieces(data, cuts) for event in parser.feed(piece)]
    keys = [event.key for event in found if isinstance(event, events.Key)]
    pasted = [event.text for event in found if isinstance(event, events.Paste)]
    assert keys == ["j", "k", "l"]
    assert len(found) == 5
    for text, sent in zip(pasted, (first, second), strict=True):
        shown = (" " if c.isspace() else c for c in sent if c >= " " or c.isspace())
        assert text == "".join(shown)


@given(st.text(), st.lists(st.integers(0, 200), max_size=6))
def test_what_is_no_paste_goes_through_at_once(data: str, cuts: list[int]) -> None:
    pastes = Pastes()
    if START not in data:
        for piece in pieces(data, cuts):
            assert pastes.clean(piece) == piece
