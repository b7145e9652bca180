"""The least that a Textual program can do: what `monitor`'s start is compared with."""

from textual.app import App, ComposeResult
from textual.widgets import Static

TEXT = "one static line"


class OneLine(App[None]):
    """Shows one line of text."""

    def compose(self) -> ComposeResult:
        yield Static(TEXT, markup=False)


if __name__ == "__main__":
    OneLine().run()
