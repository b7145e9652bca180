"""What an entry is about (topics), which watch words it holds, and which CVE ids it names."""

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from monitor.models import Body, Entry, Feed
from monitor.text import Keywords, cves, fold

MAX_CVES: Final = 50  # ids of one entry that are kept; a bulletin's own page lists them all


class TopicRule(NamedTuple):
    """An entry with one of `any_of`, and one of `with_` unless that is empty, has the topic."""

    id: str
    topic: str
    any_of: tuple[str, ...]
    with_: tuple[str, ...] = ()


@cache
def topic_rules() -> tuple[TopicRule, ...]:
    """The rules of `topics.toml`, which comes with the program."""
    rules = tomllib.loads(Path(__file__).with_name("topics.toml").read_text("utf-8"))["rule"]
    return tuple(
        TopicRule(rule["id"], rule["topic"], tuple(rule["any"]), tuple(rule.get("with", ())))
        for rule in rules
    )


class Classifier:
    """Fills in what the texts of an entry say about it.

    The watch words and those of all rules are looked for at once. Topics come in the order of the
    rules; those that the configuration gives to the whole feed come after them.
    """

    def __init__(self, keywords: Sequence[str], rules: Sequence[TopicRule] | None = None) -> None:
        rules = topic_rules() if rules is None else rules
        words = [word for rule in rules for word in (*rule.any_of, *rule.with_)]
        self._keywords = Keywords([*keywords, *words])
        self._watched = len(Keywords(keywords).words)
        index = {word: number for number, word in enumerate(self._keywords.words)}
        self._rules = [
            (rule.topic, _numbers(index, rule.any_of), _numbers(index, rule.with_))
            for rule in rules
        ]

    def classify(self, entry: Entry, body: Body, feed: Feed) -> Entry:
        """`entry` with `topics`, `matched` and `cves` as its texts have them."""
        indexes, words = self._keywords.indexes, self._keywords.words
        found = sorted({*indexes(fold(entry.title)), *indexes(fold(body.summary))})
        return msgspec.structs.replace(
            entry,
            topics=tuple(dict.fromkeys((*self._topics(found), *feed.topics))),
            matched=tuple(words[number] for number in found if number < self._watched),
            cves=cves(f"{entry.title} | {body.summary} | {body.content}")[:MAX_CVES],
        )

    def _topics(self, found: Iterable[int]) -> list[str]:
        present = set(found)
        if not present:
            return []
        return [
            topic
            for topic, any_of, with_ in self._rules
            if not any_of.isdisjoint(present) and (not with_ or not with_.isdisjoint(present))
        ]


def wanted(entry: Entry, feed: Feed) -> bool:
    """Whether a classified entry is to be kept: its feed keeps all, or it holds a watch word."""
    return feed.keep == "all" or bool(entry.matched)


def _numbers(index: dict[str, int], words: Iterable[str]) -> frozenset[int]:
    return frozenset(index[word] for word in words)
