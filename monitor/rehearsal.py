"""What a rule would have fired on, over what a store holds; fires, sends and writes nothing."""

from collections.abc import Callable

from msgspec.structs import replace

from monitor.alert import Subject
from monitor.models import Config, Rule
from monitor.query import Corpus
from monitor.query.cves import Case
from monitor.rules import compile_rules, history
from monitor.store import Store
from monitor.vulnerability import Listing, Vulnerability, listings
from monitor.watch import Watcher


def would_fire(
    rule: Rule, config: Config, store: Store, now: Callable[[], float]
) -> list[history.Would]:
    """The firings, newest first, as if the rule had been there from the beginning.

    The store has to be loaded. By the functions that fire, but for what is no longer known: which
    sources a story had when is not kept, so a story counts once, by what it came to.
    """
    rule = replace(rule, enabled=True)
    watcher = Watcher(replace(config, rules=(rule,)), store, now=now)
    brought = watcher.what_time_brings(lambda *state: False)
    found: list[history.Would] = []
    for one in compile_rules([rule]):
        found += history.standing(brought, one.kind)
        match one.kind:
            case Subject.STORY:
                found += history.of_story_rule(one, _corpus(config, store))
            case Subject.CVE:
                found += history.of_cve_rule(one, _cases(store), now())
            case Subject.BULLETIN:
                kept = store.advisories
                stored = filter(None, (kept.bulletin(each.id) for each in kept.bulletins))
                found += history.of_bulletin_rule(one, stored, now())
    return history.newest_first(found)


def _corpus(config: Config, store: Store) -> Corpus:
    stories = list(store.stories.values())
    hays = [store.hay(story.id) for story in stories]
    kinds = {feed.id: feed.kind for feed in config.feeds}
    return Corpus(stories, hays, store.pinned, store.read, kinds)


def _cases(store: Store) -> list[Case]:
    """Every vulnerability that is known, put together from what each source says."""
    kept = store.advisories
    listed: dict[str, list[Listing]] = {}
    for one in kept.bulletins:
        if bulletin := kept.bulletin(one.id):
            for cve in one.cves:
                listed.setdefault(cve, []).extend(listings(bulletin, cve))
    named = {cve for story in store.stories.values() for cve in story.cves}
    ids = kept.known() | set(kept.exploited)
    records, likelihoods = kept.records(ids), kept.likelihoods(ids)
    return [
        Case(
            Vulnerability(
                cve,
                records.get(cve, ()),
                kept.exploited.get(cve),
                likelihoods.get(cve),
                tuple(listed.get(cve, ())),
            ),
            cve in named,
        )
        for cve in sorted(ids)
    ]
