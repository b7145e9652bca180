"""Text to query, by recursive descent.

either   = all ("OR" all)*
all      = term ("AND"? term)*
term     = ("-" | "NOT ") term | "(" either ")" | phrase | "/" pattern "/"
         | "~" (phrase | word) | field ":" value ("," value)* | word
"""

import re
from collections.abc import Callable

from monitor.config import did_you_mean
from monitor.query.fields import Field, Language, ValueProblem
from monitor.query.query import Query
from monitor.query.stories import STORIES
from monitor.query.terms import All, Either, Fuzzy, Not, Pattern, Term, Word, compiled, quoted
from monitor.text import fold

LENGTH = 1000  # characters of a query
DEPTH = 20  # parentheses and minus signs inside one another
FUZZY_LENGTH = 64  # characters

# Chinese input methods give full-width punctuation, and word processors curly quotes: the same
# to us. One character each, so that positions stay true.
_TYPED = str.maketrans("“”„＂（）：，～－／｜\u3000", '""""():,~-/| ')
_WORD = re.compile(r"[^\s()]+")
_SPACE = re.compile(r"\s*")
_VALUE = re.compile(r"[^\s(),]+")
_FIELD = re.compile(r"([A-Za-z]+):")
_OPERATORS = ("OR", "AND", "NOT")


class QueryError(ValueError):
    """What can't be read as a query: why, and at which character (from 0).

    `incomplete` if typing on at the end could still make a query of it.
    """

    def __init__(self, message: str, position: int, incomplete: bool = False) -> None:
        super().__init__(message, position, incomplete)
        self.message = message
        self.position = position
        self.incomplete = incomplete

    def __str__(self) -> str:
        return f"at character {self.position + 1}: {self.message}"


def parse(text: str, language: Language = STORIES) -> Query:
    """Read a query about items of the language; an empty one matches every item.

    Raises QueryError and nothing else.
    """
    if len(text) > LENGTH:
        raise QueryError(f"longer than {LENGTH} characters", LENGTH)
    return Query(_Parser(text.translate(_TYPED), language).whole(), language.item)


def join(kind: type[All] | type[Either], terms: list[Term]) -> Term:
    """The terms as one, without nesting of like in like."""
    flat: list[Term] = []
    for term in terms:
        flat += term.terms if isinstance(term, kind) else [term]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def negate(term: Term) -> Term:
    """The opposite of a term."""
    return term.term if isinstance(term, Not) else Not(term)


def _elsewhere(name: str) -> list[str]:
    """What the languages that have the field are about."""
    from monitor.query.alerts import ALERTS  # late: the first frame needs none of them
    from monitor.query.cves import CVES
    from monitor.query.patches import BULLETINS, ROWS

    known = (STORIES, BULLETINS, ROWS, CVES, ALERTS)
    return [lang.items for lang in known if name in lang.fields]


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


class _Parser:
    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.at = 0
        self.depth = 0

    def whole(self) -> Term:
        self.space()
        term = All() if self.at == len(self.text) else self.either()
        if self.at < len(self.text):
            raise self.error('")" without its "("')
        return term

    def either(self) -> Term:
        parts = [self.every()]
        while self.operator() == "OR":
            self.at += len("OR")
            parts.append(self.every())
        return join(Either, parts)

    def every(self) -> Term:
        terms = [self.term()]
        while (word := self.operator()) != "OR" and self.more():
            if word == "AND":
                self.at += len("AND")
            terms.append(self.term())
        return join(All, terms)

    def term(self) -> Term:
        self.space()
        self.depth += 1
        if self.depth > DEPTH:
            raise self.error("nested too deeply")
        try:
            return self.readers()()
        finally:
            self.depth -= 1

    def readers(self) -> Callable[[], Term]:
        """What reads the term that begins here."""
        by_sign: dict[str, Callable[[], Term]] = {
            "": self.nothing,
            ")": self.nothing,
            "-": self.minus,
            "(": self.group,
            '"': self.phrase,
            "/": self.pattern,
            "~": self.fuzzy,
        }
        if self.operator() in ("OR", "AND"):
            return self.nothing
        if self.operator() == "NOT":
            return self.negation
        return by_sign.get(self.text[self.at : self.at + 1], self.word)

    def nothing(self) -> Term:
        """A term is missing; at the end, or in a word like OR that may go on, it may come yet."""
        word = self.operator()
        unfinished = self.at + len(word) == len(self.text)
        quote = f'; to search for the word, write "{word}"' if word else ""
        raise self.error(f"a word or condition is missing here{quote}", unfinished)

    def minus(self) -> Term:
        self.at += 1
        if self.text[self.at : self.at + 1].isspace():
            raise self.error('"-" needs its word without a space; quote it to search for a dash')
        return negate(self.term())

    def negation(self) -> Term:
        self.at += len("NOT")
        return negate(self.term())

    def group(self) -> Term:
        start = self.at
        self.at += 1
        term = self.either()
        self.space()
        if self.at == len(self.text):
            raise self.error('")" is missing', True, start)
        self.at += 1
        return term

    def phrase(self) -> Term:
        start = self.at
        return Word(self.needle(self.string(), start))

    def word(self) -> Term:
        if field := _FIELD.match(self.text, self.at):
            return self.field(field[1])
        start = self.at
        return Word(self.needle(self.take(_WORD), start))

    def fuzzy(self) -> Term:
        start = self.at
        self.at += 1
        here = self.text[self.at : self.at + 1]
        if not here or here.isspace() or here in "()":
            raise self.error('a word is missing after "~"', not here)
        text = self.string() if here == '"' else self.take(_WORD)
        if len(text) > FUZZY_LENGTH:
            raise self.error(f"longer than {FUZZY_LENGTH} characters", False, start)
        return Fuzzy(self.needle(text, start))

    def pattern(self) -> Term:
        start = self.at
        source = self.until("/", "pattern")
        if not source:
            raise self.error("an empty pattern", False, start)
        try:
            compiled(source)
        except ValueError as error:
            raise self.error(str(error), False, start) from None
        return Pattern(source)

    def field(self, name: str) -> Term:
        spec = self.language.fields.get(name.lower())
        if spec is None:
            raise self.error(self.no_field(name))
        self.at += len(name) + 1
        values = [self.value(name.lower(), spec.read)]
        while self.text.startswith(",", self.at):
            self.at += 1
            values.append(self.value(name.lower(), spec.read))
        return Field(name.lower(), tuple(dict.fromkeys(values)), spec)

    def no_field(self, name: str) -> str:
        """What to say of a field that this language has not."""
        text = self.text[self.at :].split()[0]
        quote = f"; to search for it, quote it: {quoted(text[:60])}"
        if elsewhere := _elsewhere(name.lower()):
            return f"{name} is for {_listed(elsewhere)}, not for {self.language.items}{quote}"
        known = list(self.language.fields)
        hint = "" if "://" in text else did_you_mean(name.lower(), known)
        return f"unknown field {quoted(name)}{hint}{quote}"

    def value(self, name: str, read: Callable[[str], str]) -> str:
        start = self.at
        is_string = self.text.startswith('"', start)
        text = self.string() if is_string else self.take(_VALUE)
        ended = self.at == len(self.text)
        if not text:
            raise self.error(f"a value for {name} is missing", ended and not is_string, start)
        try:
            return read(text)
        except ValueProblem as problem:
            open_ = problem.unfinished and ended and not is_string
            raise self.error(f"{name}: {problem}", open_, start) from None

    def string(self) -> str:
        """A quoted text, without its quotes and escapes."""
        return re.sub(r'\\(["\\])', r"\1", self.until('"', "closing quote"))

    def until(self, sign: str, what: str) -> str:
        """From after the sign here to before the next one that has no backslash before it."""
        start = self.at
        match = re.compile(rf"{sign}((?:[^{sign}\\]|\\.)*+){sign}", re.S).match(self.text, start)
        if not match:
            raise self.error(f"{quoted(sign)} is missing at the end of this", True, start)
        self.at = match.end()
        return match[1]

    def needle(self, text: str, start: int) -> str:
        if needle := " ".join(fold(text).split()):
            return needle
        ended = self.at == len(self.text) and not self.text.endswith('"')
        raise self.error("nothing to search for", ended, start)

    def operator(self) -> str:
        """The OR, AND or NOT that stands here, or nothing."""
        self.space()
        word = _WORD.match(self.text, self.at)
        return word[0] if word and word[0] in _OPERATORS else ""

    def more(self) -> bool:
        self.space()
        return self.at < len(self.text) and self.text[self.at] != ")"

    def take(self, what: re.Pattern[str]) -> str:
        match = what.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match[0] if match else ""

    def space(self) -> None:
        self.take(_SPACE)

    def error(self, message: str, incomplete: bool = False, at: int | None = None) -> QueryError:
        return QueryError(message, self.at if at is None else at, incomplete)
