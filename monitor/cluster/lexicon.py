"""Numbers for the terms of texts: they are looked up, and sent, faster than words."""

from typing import Final

from monitor.cluster.terms import root

FULL: Final = 1 << 16  # tokens from which on a lexicon is to be replaced by a new one
NO_TERM: Final = -1


class Lexicon(dict[str, int]):
    """Token -> the number of its term, or NO_TERM for what means nothing; it learns what is new.

    `forms` has the terms by number, named by the first token: "root", or "root=token" where that
    isn't its own root.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[str] = []
        self._terms = {"": NO_TERM}

    @property
    def full(self) -> bool:
        return len(self) >= FULL

    def __missing__(self, token: str) -> int:
        term = root(token)
        number = self._terms.get(term)
        if number is None:
            number = self._terms[term] = len(self.forms)
            self.forms.append(term if term == token else f"{term}={token}")
        self[token] = number
        return number
