"""The one registry of what a user can do: bindings, footer, help, palette and README come from it.

No Textual here, so that `monitor check` can look at `[ui.keys]` without it.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

CHORD = "g g"  # the one sequence of two keys; "g" alone waits for the second
MODIFIERS = frozenset(("ctrl", "shift", "alt", "super", "meta", "hyper"))


class Command(NamedTuple):
    """Something a user can do. The main screen has a method for its `action`."""

    id: str
    keys: tuple[str, ...]  # as Textual names them
    title: str
    help: str
    group: str
    hint: str = ""  # what the bottom line calls it; "" leaves it out

    @property
    def action(self) -> str:
        """As Textual calls it: the id, but for the numbered ones."""
        name, _, number = self.id.rpartition("_")
        return f"{name}({number})" if number.isdecimal() else self.id


MOVE, READ, PATCH, ALERT, MARK, FIND, FEEDS, PROGRAM = (
    "Moving", "Reading", "Patches", "Alerts", "Marking", "Finding", "Feeds", "Program"
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (
    Command("down", ("j", "down"), "Down", "To the next row, or a line down in a story", MOVE),
    Command("up", ("k", "up"), "Up", "To the row above, or a line up in a story", MOVE),
    Command("left", ("h", "left"), "Pane to the left", "To the pane before", MOVE),
    Command("right", ("l", "right"), "Pane to the right", "To the pane after", MOVE),
    Command("next_pane", ("tab",), "Next pane", "Headlines, patches, alerts, story", MOVE),
    Command("previous_pane", ("shift+tab",), "Previous pane", "The other way round", MOVE),
    Command("top", (CHORD, "home"), "Top", "To the first row", MOVE),
    Command("bottom", ("G", "end"), "Bottom", "To the last row", MOVE),
    Command(
        "half_down", ("ctrl+d", "pagedown"), "Half a page down",
        "Of the list, or of the text", MOVE,
    ),
    Command("half_up", ("ctrl+u", "pageup"), "Half a page up", "Of the list, or of the text", MOVE),
    Command(
        "next_unread", ("n",), "Next unread",
        "The next unread story, new alert, or match of the filter", MOVE,
    ),
    Command(
        "previous_unread", ("N",), "Previous unread",
        "The one above", MOVE,
    ),
    Command(
        "open", ("enter",), "Open",
        "Read the story; open the bulletin, CVE, link, or what an alert is about", READ, "open",
    ),
    Command(
        "browse", ("o",), "Open in the browser",
        "The selected source's page, by $BROWSER (w3m and the like too); http and https only",
        READ, "browser",
    ),
    Command(
        "zoom", ("O",), "Whole screen",
        "The story alone, over all panes; again, or back, shows the panes", READ,
    ),
    Command("copy", ("y",), "Copy the link", "To the terminal's clipboard", READ),
    Command(
        "next_source", ("right_square_bracket",), "Next source",
        "In the story; the next link of a page", READ, "link",
    ),
    Command(
        "previous_source", ("left_square_bracket",), "Previous source",
        "In the story; the link before", READ,
    ),
    Command(
        "timeline", ("T",), "Timeline",
        "The story in order of time: changed headlines, patches, earlier stories", READ, "timeline",
    ),
    Command(
        "cves", ("c",), "Its CVEs",
        "All that is known of the CVEs that a story names", PATCH, "CVEs",
    ),
    Command(
        "about", ("i",), "About it",
        "A bulletin's dates, problems, changes; all about an alert", PATCH, "about",
    ),
    Command(
        "chart", ("t",), "Chart",
        "Fixes of its product line by month and severity", PATCH, "chart",
    ),
    Command("phone", ("d",), "My phone", "What is open on your devices, and what is due", PATCH),
    Command(
        "infected", ("I",), "Help for a phone that may be infected",
        "When a phone behaves oddly: the vendor's pages", PATCH,
    ),
    Command(
        "acknowledge", ("a",), "Acknowledge",
        "You have seen the alert; it stays in the list", ALERT, "ack",
    ),
    Command(
        "snooze", ("z",), "Snooze",
        "The alert rests for a time you choose, or until its subject changes", ALERT, "snooze",
    ),
    Command("close", ("C",), "Close", "Done with the alert; filter is:closed shows it", ALERT, "close"),  # noqa: E501
    Command("reopen", ("w",), "Reopen", "Wake a snoozed alert; a closed one is new again", ALERT),
    Command("note", ("W",), "Write a note", "A line of yours that the alert keeps", ALERT),
    Command("mute", ("Z",), "Mute its rule", "The rule still fires and tells nobody, or does again", ALERT),  # noqa: E501
    Command(
        "pin", ("p", "f"), "Pin", "Keep the story for ever, or let it go again", MARK, "pin"
    ),
    Command("toggle_read", ("m",), "Read or unread", "Mark the story the other way", MARK),
    Command(
        "mark_all", ("A",), "Mark all read",
        "All that the pane shows, or acknowledge all alerts; asks first", MARK,
    ),
    Command("undo", ("u", "ctrl+z"), "Undo", "Take back the last mark, split, merge, or what you did to alerts", MARK),  # noqa: E501
    Command("choose_row", ("v", "space"), "Choose", "Choose the story, or not, for a merge", MARK),
    Command("merge", ("M",), "Merge", "Put the chosen stories together with this one", MARK),
    Command(
        "split", ("x",), "Split off",
        "In the story: the selected source becomes a story of its own", MARK,
    ),
    Command(
        "take_back", ("X",), "Take back a split or merge",
        "Of this story, however long ago it was", MARK,
    ),
    Command(
        "filter", ("slash",), "Filter",
        "Narrow the pane while you type; Enter keeps it, Esc clears it", FIND, "filter",
    ),
    Command("queries", ("F",), "Saved queries", "Choose one of [queries] as the filter", FIND),
    *(
        Command(
            f"query_{n}", (str(n),), f"Saved query {n}", f"The pane by saved query number {n}", FIND
        )
        for n in range(1, 10)
    ),
    Command(
        "sort", ("s",), "Sort",
        "By time, sources or outlet; bulletins and alerts by severity", FIND,
    ),
    Command("refresh", ("r",), "Poll its feeds", "Poll the feeds of the selected story", FEEDS),
    Command("refresh_all", ("R",), "Poll all", "Poll every feed now", FEEDS, "poll"),
    Command("next_failing", ("e",), "Feeds that fail", "Health of the feeds; the next that fails", FEEDS),  # noqa: E501
    Command("previous_failing", ("E",), "Feeds that fail, upwards", "The failing feed above", FEEDS),  # noqa: E501
    Command("reload", ("ctrl+r",), "Reload the configuration", "Read feeds.toml again", PROGRAM),
    Command("palette", ("colon", "ctrl+p"), "Commands", "Any of these by its name", PROGRAM),
    Command("help", ("question_mark",), "Help", "These keys; type to search", PROGRAM, "help"),
    Command("cancel", ("escape",), "Cancel", "Close, clear the filter, go back; never quits", PROGRAM),  # noqa: E501
    Command("back", ("q",), "Back, then quit", "Close what is open; quit when nothing is", PROGRAM, "quit"),  # noqa: E501
    Command("leave", ("Q", "ctrl+q"), "Quit now", "From anywhere", PROGRAM),
)  # fmt: skip

UNDONE = "{undo} takes it back"  # for `keyed`
BY_ID = {command.id: command for command in COMMANDS}

_NAMES = {
    "slash": "/", "colon": ":", "question_mark": "?", "left_square_bracket": "[",
    "right_square_bracket": "]", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "enter": "Enter", "escape": "Esc", "tab": "Tab", "shift+tab": "Shift+Tab", "home": "Home",
    "end": "End", "pagedown": "PgDn", "pageup": "PgUp", "space": "Space", "backspace": "Backspace",
    "comma": ",", "full_stop": ".", "minus": "-", "plus": "+", "asterisk": "*", "delete": "Del",
    "insert": "Ins",
}  # fmt: skip
_CODES = {name: code for code, name in _NAMES.items() if len(name) == 1 and name.isascii()}


def key_name(key: str) -> str:
    """A key as people write it: "/", "Ctrl+D", "g g"."""
    if key in _NAMES:
        return _NAMES[key]
    head, plus, tail = key.rpartition("+")
    return f"{head.title()}{plus}{_NAMES.get(tail, tail.upper())}" if head else key


def key_names(keys: Iterable[str]) -> str:
    return ", ".join(key_name(key) for key in keys)


def keyed(text: str, mapping: Mapping[str, str]) -> str:
    """A sentence of ours in which "{undo}" stands for the first key of that command."""
    keys = keymap(mapping).items()
    return text.format_map({name: key_name(few[0]) if few else "(no key)" for name, few in keys})


def keymap(mapping: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The keys of every command, with `[ui.keys]` laid over the defaults; unknown ids are left."""
    keys = {command.id: command.keys for command in COMMANDS}
    keys |= {name: _split(text) for name, text in mapping.items() if name in keys}
    return keys


def check_keys(mapping: Mapping[str, str]) -> list[str]:
    """What is wrong with `[ui.keys]`, a line each: unknown actions, no keys, keys used twice."""
    problems = []
    for name, text in mapping.items():
        if name not in BY_ID:
            near = difflib.get_close_matches(name, BY_ID, 1, 0.4)
            also = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"no action {name!r}{also}")
        problems += [f"{name}: {key!r} is no key" for key in _split(text) if not _is_key(key)]
        if not _split(text):
            problems.append(f"{name}: no key given")
    return problems + _clashes(keymap(mapping))


def keys_markdown() -> str:
    """The table of default keys for the README."""
    lines = ["| Key | What it does | Action |", "| --- | --- | --- |"]
    numbered = False
    for command in COMMANDS:
        if command.id.startswith("query_"):
            if not numbered:
                lines.append(
                    "| `1` … `9` | The pane by a saved query, in order | `query_1` … `query_9` |"
                )
            numbered = True
            continue
        keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
        lines.append(f"| {keys} | {command.title}: {_lower(command.help)} | `{command.id}` |")
    return "\n".join(lines) + "\n"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _split(text: str) -> tuple[str, ...]:
    """Comma-separated keys; characters become Textual's names for them."""
    return tuple(_CODES.get(key, key) for part in text.split(",") if (key := part.strip()))


def _is_key(key: str) -> bool:
    """Whether Textual knows a key of that name: "p", "full_stop", "f5", "ctrl+shift+a"."""
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    return key == CHORD or (MODIFIERS.issuperset(modifiers) and _is_name(name))


def _is_name(name: str) -> bool:
    if len(name) == 1:
        return True
    from unicodedata import lookup

    from textual.keys import KEY_NAME_REPLACEMENTS, Keys

    if name in Keys._value2member_map_ or name in KEY_NAME_REPLACEMENTS.values():
        return True
    try:  # other characters go by their Unicode names
        return len(lookup(name.replace("_", " ").upper())) == 1
    except KeyError:
        return False


def _clashes(keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Keys that two commands want; the sequence takes its first key."""
    owners: dict[str, list[str]] = {}
    for name, wanted in keys.items():
        for key in dict.fromkeys(key.split()[0] for key in wanted if key):
            owners.setdefault(key, []).append(name)
    return [
        f"{key_name(key)!r} is the key of {' and of '.join(names)}"
        for key, names in owners.items()
        if len(names) > 1
    ]
