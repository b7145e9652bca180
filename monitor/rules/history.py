"""What a rule would have fired on in what is stored: for people who write one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from monitor.alert import About, Alert, Subject
from monitor.models import On, Transition
from monitor.query import Corpus
from monitor.query.cves import Case, Cases
from monitor.query.patches import Bulletins
from monitor.rules import bulletins as of_bulletins
from monitor.rules import cves as of_cves
from monitor.rules import stories as of_stories
from monitor.rules.compiled import Compiled, Moved
from monitor.rules.days import month_start
from monitor.rules.sift import Sift
from monitor.vulnerability import Bulletin, Vulnerability, summary


class Would(NamedTuple):
    """A firing that would have been; `when` as far as it is known."""

    when: float | None
    about: About
    moved: tuple[Moved, ...]

    @property
    def reason(self) -> str:
        return "; ".join(dict.fromkeys(one.reason for one in self.moved))


def of_story_rule(rule: Compiled, corpus: Corpus) -> Iterator[Would]:
    """For each story that is in one of its states; the query is asked as of the story's time."""
    sift = Sift([rule.query])
    for index, story in enumerate(corpus.stories):
        moved = tuple(of_stories.states(rule, story))
        likely = moved and sift.queries(corpus, index)
        if likely and rule.query.select(corpus, (index,), story.time):
            yield Would(story.time, of_stories.about(story), moved)


def of_cve_rule(rule: Compiled, cases: Sequence[Case], now: float) -> Iterator[Would]:
    """For each vulnerability that is in one of its states now, by what is known of it."""
    corpus = Cases.of(cases)
    for index in rule.query.select(corpus, range(len(cases)), now):
        known = cases[index].known
        moved = tuple(of_cves.states(rule, known))
        if moved:
            yield Would(_time(known), of_cves.about(known), moved)


def of_bulletin_rule(rule: Compiled, stored: Iterable[Bulletin], now: float) -> Iterator[Would]:
    """For each bulletin that was published, and for each that was revised."""
    for bulletin in stored:
        found = Bulletins.of([summary(bulletin)])
        if rule.query.select(found, (0,), now):
            for on in rule.on:
                reason = ""
                if on.what is Transition.BULLETIN:
                    reason = of_bulletins.published(bulletin)
                elif on.what is Transition.CHANGED and bulletin.changes:
                    reason = of_bulletins.changed(bulletin.changes)
                if reason:
                    title = of_bulletins.title(bulletin)
                    about = About(bulletin.id, title, bulletin.url)
                    when = bulletin.published or bulletin.first_seen
                    yield Would(when, about, (Moved(on, on.what.value, reason),))


def standing(alerts: Iterable[Alert], kind: Subject) -> Iterator[Would]:
    """What time brings now: lateness, silence."""
    for alert in alerts:
        if alert.kind is kind:
            moved = (Moved(On(alert.on), alert.moved, alert.reason),)
            yield Would(alert.fired, alert.about, moved)


def _time(known: Vulnerability) -> float | None:
    times = [record.published for record in known.records]
    times += [known.exploited.added] if known.exploited else []
    times += [month_start(one.month) for one in known.listings if one.month[4:5] == "-"]
    return max((when for when in times if when is not None), default=None)


def newest_first(found: Iterable[Would]) -> list[Would]:
    return sorted(found, key=lambda one: -(one.when or 0.0))
