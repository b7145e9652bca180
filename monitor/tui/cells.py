"""Text measured in terminal cells: Chinese characters and emoji take two."""

from rich.cells import cell_len, set_cell_size
from rich.style import Style

ELLIPSIS = "…"


def fit(text: str, width: int) -> str:
    """Text in exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip(" ") + ELLIPSIS
    return set_cell_size(text, width)


def cut(text: str, width: int) -> str:
    """Text in at most `width` cells."""
    return fit(text, width) if cell_len(text) > width else text


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces, and anywhere inside what has none.

    Textual's own wrapping measures every line many times over; an article of 40,000 characters
    has to be laid out within a frame.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, max(width, 2))
    return lines


def _wrap_paragraph(text: str, width: int) -> list[str]:
    if cell_len(text) <= width:
        return [text]
    lines, line, used = [], "", 0
    for word in text.split(" "):
        size = cell_len(word)
        if line and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if _breaks_anywhere(word, size) and line and used + 3 <= width:
            head, word = _take(word, width - used - 1)
            line, size = f"{line} {head}", cell_len(word)
        if line:
            lines.append(line)
        while size > width:
            head, word = _take(word, width)
            lines.append(head)
            size = cell_len(word)
        line, used = word, size
    return [*lines, line]


def _breaks_anywhere(word: str, size: int) -> bool:
    """Whether a run without spaces is mostly of wide characters, as Chinese is."""
    return size > len(word) * 3 // 2


def _take(text: str, width: int) -> tuple[str, str]:
    """What of a text fits in `width` cells, at least one character, and the rest."""
    low, high = 1, min(len(text), width)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cell_len(text[:middle]) <= width else (low, middle - 1)
    return text[:low], text[low:]


def over(style: Style, background: Style) -> Style:
    """A style on the background of another one."""
    return style + Style(bgcolor=background.bgcolor)
