"""Numbers for the terms of texts: they are looked up, and sent, faster than words."""

from typing import Final

from monitor.cluster.terms import root

FULL: Final = 1 << 16  # terms from which on a lexicon is to be replaced by a new one


class Lexicon(dict[str, tuple[str, int]]):
    """Token -> its root and the number of its term, learning what is new.

    `forms` has the terms by number: "root", or "root=token" for a token that isn't its own root. A
    token that means nothing has the root "" and no number of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[str] = []

    @property
    def full(self) -> bool:
        return len(self) >= FULL

    def __missing__(self, token: str) -> tuple[str, int]:
        term = root(token)
        made = self[token] = term, len(self.forms)
        if term:
            self.forms.append(term if term == token else f"{term}={token}")
        return made
