"""Rules made ready: a rule and its query for each kind of subject that its transitions are of."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from monitor.alert import AND, About, Alert, Delivery, Subject
from monitor.models import On, Rule, Target, Transition
from monitor.query import Query, QueryError, parse
from monitor.query.cves import CVES
from monitor.query.fields import Language
from monitor.query.names import DEVICES, FEEDS, WORDS
from monitor.query.patches import BULLETINS
from monitor.query.stories import STORIES
from monitor.text import clean

ON_SCREEN = ("toast", "bell", "terminal")  # targets that only the screen has: nothing is sent
REASON = 300  # characters
# Whether a rule fired when one of these subjects came to that state: `store.Alerts.fired`.
HasFired = Callable[[str, Subject, str, Collection[str]], bool]
SUBJECTS = {
    Transition.NEW: Subject.STORY,
    Transition.SOURCES: Subject.STORY,
    Transition.ROOTS: Subject.STORY,
    Transition.DISPUTED: Subject.STORY,
    Transition.SEVERITY: Subject.CVE,
    Transition.KEV: Subject.CVE,
    Transition.EPSS: Subject.CVE,
    Transition.PATCH: Subject.CVE,
    Transition.DISAGREE: Subject.CVE,
    Transition.BULLETIN: Subject.BULLETIN,
    Transition.CHANGED: Subject.BULLETIN,
    Transition.LATE: Subject.BULLETIN,
    Transition.OVERDUE: Subject.DEVICE,
    Transition.SILENT: Subject.FEED,
    Transition.SURGE: Subject.WORD,
}
LANGUAGES: dict[Subject, Language] = {
    Subject.STORY: STORIES,
    Subject.CVE: CVES,
    Subject.BULLETIN: BULLETINS,
    Subject.DEVICE: DEVICES,
    Subject.FEED: FEEDS,
    Subject.WORD: WORDS,
}


class Moved(NamedTuple):
    """A subject came to a state: by which transition, which state, and why people should care."""

    on: On
    state: str
    reason: str


class Compiled(Struct, frozen=True):
    """An enabled rule as it is about one kind of subject."""

    rule: Rule
    kind: Subject
    on: tuple[On, ...]
    query: Query
    targets: tuple[str, ...] = ()  # to which its alerts are sent, the screen's own left out

    def watches(self, *transitions: Transition) -> bool:
        """Whether it watches for any of these."""
        return any(on.what in transitions for on in self.on)

    def alert(self, about: About, moved: Sequence[Moved], now: float) -> Alert:
        """What it fires when a subject came to these states."""
        if len(moved) == 1:
            states, reason = moved[0].state, moved[0].reason
        else:
            states = AND.join(dict.fromkeys(one.state for one in moved))
            reason = "; ".join(dict.fromkeys(one.reason for one in moved))
        return Alert(
            id="",
            rule=self.rule.id,
            on=moved[-1].on.what,
            kind=self.kind,
            about=about,
            moved=states,
            reason=clean(reason, REASON),
            severity=self.rule.severity,
            fired=now,
            since=now,
            deliveries=tuple(Delivery(target, when=now) for target in self.targets),
        )


def compile_rules(rules: Iterable[Rule], targets: Iterable[Target] = ()) -> list[Compiled]:
    """The enabled rules, made ready; those that `problems` tells of are left out."""
    sending = {"desktop"} | {target.id for target in targets if target.enabled}
    sending -= {target.id for target in targets if not target.enabled}
    found = []
    for rule in rules:
        if rule.enabled:
            try:
                found += _compile(rule, tuple(name for name in rule.notify if name in sending))
            except QueryError:
                continue
    return found


def problems(rules: Iterable[Rule]) -> Iterator[str]:
    """Rules that can not work: "rules.x.when: at character 3: ..."."""
    for rule in rules:
        try:
            _compile(rule, ())
        except QueryError as error:
            yield f"rules.{rule.id}.when: {error}"


def kinds(rule: Rule) -> list[Subject]:
    """What the subjects of a rule's transitions are."""
    return list(dict.fromkeys(SUBJECTS[on.what] for on in rule.on))


def _compile(rule: Rule, targets: tuple[str, ...]) -> list[Compiled]:
    return [
        Compiled(
            rule,
            kind,
            tuple(on for on in rule.on if SUBJECTS[on.what] is kind),
            parse(rule.when, LANGUAGES[kind]),
            targets,
        )
        for kind in kinds(rule)
    ]
