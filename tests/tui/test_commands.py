"""The registry of commands: keys, their remapping, what is wrong with it, the README's table."""

import pytest
from textual.keys import _character_to_key

from monitor.tui.bindings import textual_keymap
from monitor.tui.commands import (
    COMMANDS,
    check_keys,
    key_name,
    keyed,
    keymap,
    keys_markdown,
)

ASKED = {  # the column "Do" of readers.md, 4.1
    "down": "j down", "up": "k up", "left": "h", "right": "l", "next_pane": "tab",
    "previous_pane": "shift+tab", "bottom": "G end", "half_down": "ctrl+d pagedown",
    "half_up": "ctrl+u pageup", "open": "enter", "browse": "o", "refresh": "r",
    "refresh_all": "R", "toggle_read": "m", "mark_all": "A", "next_unread": "n",
    "previous_unread": "N", "pin": "p f", "filter": "slash", "queries": "F", "sort": "s",
    "copy": "y", "undo": "u ctrl+z", "next_failing": "e", "previous_failing": "E",
    "palette": "colon ctrl+p", "help": "question_mark", "back": "q", "leave": "Q",
    "cancel": "escape",
}  # fmt: skip


def test_the_keys_that_readers_know() -> None:
    keys = keymap({})
    for action, wanted in ASKED.items():
        assert set(wanted.split()) <= set(keys[action]), action
    assert {"g g", "home"} <= set(keys["top"])


def test_no_two_commands_want_the_same_key() -> None:
    assert check_keys({}) == []


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"pinn": "x"}, "no action 'pinn'; did you mean 'pin'?"),
        ({"pin": "m"}, "'m' is the key of pin and of toggle_read"),
        ({"pin": "/"}, "'/' is the key of pin and of filter"),
        ({"pin": "g"}, "'g' is the key of top and of pin"),
        ({"pin": " , "}, "pin: no key given"),
        ({"pin": "x y"}, "pin: 'x y' is no key"),
        ({"pin": "ctrl+shift+alt+foo"}, "pin: 'ctrl+shift+alt+foo' is no key"),
        ({"pin": "strg+a"}, "pin: 'strg+a' is no key"),
        ({"pin": "F13.5"}, "pin: 'F13.5' is no key"),
    ],
)
def test_what_is_wrong_with_keys_is_said_in_a_line(mapping: dict[str, str], problem: str) -> None:
    assert problem in check_keys(mapping)


def test_two_commands_can_swap_keys() -> None:
    assert check_keys({"pin": "m", "toggle_read": "p,f"}) == []
    assert check_keys({"top": "K", "pin": "g"}) == []
    assert check_keys({"pin": "f5,ctrl+shift+a,full_stop,alt+enter,é,ctrl+backslash"}) == []
    assert textual_keymap({"top": "K"})["top"] == "K"
    assert "chord" in textual_keymap({"top": "K"})
    assert "chord" not in textual_keymap({"pin": "K"})


def test_keys_are_named_as_textual_names_them() -> None:
    for command in COMMANDS:
        for key in command.keys:
            assert len(key) > 1 or _character_to_key(key) == key, key


def test_the_table_has_every_command_once() -> None:
    table = keys_markdown()
    for command in COMMANDS:
        if not command.id.startswith("query_"):
            assert table.count(f"| `{command.id}` |") == 1
            assert all(f"`{key_name(key)}`" in table for key in command.keys)
    assert table.count("query_1") == 1


def test_a_sentence_names_the_users_key_even_where_there_is_none() -> None:
    assert keyed("{undo} takes it back", {}) == "u takes it back"
    assert keyed("{undo} takes it back", {"undo": "f4"}) == "f4 takes it back"
    assert keyed("{undo} takes it back", {"undo": ""}) == "(no key) takes it back"
