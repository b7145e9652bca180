"""The looks that can be chosen."""

from collections.abc import Iterable

from monitor.config import did_you_mean


def theme_problems(theme: str) -> Iterable[str]:
    """What is wrong with `[ui] theme`; Textual is asked which there are."""
    if theme:
        from textual.theme import BUILTIN_THEMES

        if theme not in BUILTIN_THEMES:
            yield f"ui.theme: no theme {theme!r}{did_you_mean(theme, BUILTIN_THEMES)}"
