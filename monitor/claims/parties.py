"""Who says, denies or is asked: the words around a verb that name its party."""

import re
from collections.abc import Sequence
from typing import Final

from monitor.claims.cues import Found
from monitor.claims.tokens import BREAKS, STOPS, Tokens, table
from monitor.models import Stance

LONGEST: Final = 6  # words of a party's name
_SIGNS: Final = 8  # and signs of one in Chinese
_OBJECT_SIGN: Final = "を"
_HANGUL: Final = "\uac00"
_JOINTS: Final = table(
    """
    after as while but and that because although though when amid despite who which if since
    before whether over until where than so then yet , because
    """
)
_BEFORE_VERB: Final = table(
    """
    has have had is are was were be been being also again strongly flatly repeatedly later
    firmly categorically vehemently not never to will would could can may might did does do
    officially publicly immediately initially previously quickly today yesterday monday tuesday
    wednesday thursday friday saturday sunday on still just even apparently reportedly wrongly
    falsely staunchly hotly fiercely formally now finally already 's 're 've
    """
)
_LEADING: Final = table(
    """
    the a an its his her their this that some many s t report breaking update exclusive
    """
)
_PRONOUNS: Final = table(
    """
    it he she they we i you who this that there what everyone someone one these those people
    nobody which here
    """
)
_TEXTS: Final = table(
    "news article articles story stories headline headlines post posts piece text"
)
_REPORTS: Final = table("report reports version versions account accounts edition coverage")
_EARLIER: Final = table(
    "earlier previous prior original first older recent latest old new initial other"
)
_TEXT_ZH: Final = re.compile(
    "(?:此前|先前|早前|之前|相关|有关)?的?(?:新闻|文章|报道|消息|报导|稿件)"
)
_VERB_ENDS: Final = ("s", "ed", "ing")
_NOUN_ENDS: Final = ("ss", "us", "is")
_APPOSED: Final = frozenset(("a", "an", "the", "which", "who", "one", "whose"))
_NAME_JOINTS: Final = table(
    """
    of and the for de la & 's
    """
)
_AGENT_END: Final = table(
    """
    who which that after as while but and because in on at over for to of with is was are were
    has have had says said when amid
    """
)
_ADVERBS_ZH: Final = table(
    """
    坚决 断然 矢口 强烈 再次 再度 公开 明确 方面 日前 今日 昨日 正式 已经 已 则 也 均 曾 随后
    对此 予以 共同 多次 紧急 发文 发声 坚持 昨天 今天 回应 并 又 都 向 被 纷纷 首次 立即
    """
)


def subject(parts: Tokens, found: Sequence[Found], one: Found) -> str:
    """The words before a verb that name who does it, or ""."""
    if _OBJECT_SIGN in parts.words[max(one.first - 1, 0) : one.first + 1]:
        first, _ = parts.sentence(one.first)
        return _topic(parts, first, one.first)
    low, high = _stretch(parts, found, one.first)
    while high > low and parts.words[high - 1] in _BEFORE_VERB:
        high -= 1
    if low == high and low and parts.words[low - 1] == ",":
        low, high = _before_apposition(parts, low - 1)
    return _named(parts, low, high)


def _topic(parts: Tokens, first: int, before: int) -> str:
    """Japanese puts the object before the verb; whose verb it is stands at the beginning."""
    at = first
    while at < before and parts.words[at] not in BREAKS and parts.words[at] not in "はが":
        at += 1
    return parts.shown(first, at) if first < at < before and at - first <= _SIGNS else ""


def _stretch(parts: Tokens, found: Sequence[Found], first: int) -> tuple[int, int]:
    """The words before a token up to a break, a joint of clauses, or the cue before."""
    floor = max((other.last for other in found if other.last <= first), default=0)
    low = first
    while (
        low > floor and parts.words[low - 1] not in BREAKS and parts.words[low - 1] not in _JOINTS
    ):
        low -= 1
    return low, first


def _before_apposition(parts: Tokens, comma: int) -> tuple[int, int]:
    """Of "Vodafone, the operator, denies" the words before the first comma."""
    words = parts.words
    middle = comma
    while middle > 0 and words[middle - 1] not in BREAKS:
        middle -= 1
    if middle < 2 or words[middle - 1] != "," or words[middle] not in _APPOSED:
        return comma, comma
    low = high = middle - 1
    while low > 0 and words[low - 1] not in BREAKS and words[low - 1] not in _JOINTS:
        low -= 1
    return low, high


def _opening(parts: Tokens, first: int, before: int) -> str:
    """The subject that a sentence opens with, for a second verb: "Dell breached, says ..."."""
    if first >= before:
        return ""
    rest = range(first + 1, before)
    plain = any(len(parts.words[at]) > 3 and parts.shown(at, at + 1).islower() for at in rest)
    at = first + 1
    while at < min(before, first + (LONGEST if plain else 3)):
        if _leaves_name(parts, at) if plain else _like_verb(parts.words[at]):
            break
        at += 1
    if any(map(_is_sign, parts.words[first:at])):
        return _topic(parts, first, before) if parts.words[before] >= _HANGUL else ""
    return _named(parts, first, at)


def _leaves_name(parts: Tokens, at: int) -> bool:
    """Whether a name that stands before the token doesn't go on with it."""
    return not _capital(parts, at) and "'s" not in parts.words[at - 1 : at + 1]


def _like_verb(word: str) -> bool:
    return (
        word in _BEFORE_VERB
        or word in _AGENT_END
        or (len(word) > 3 and word.endswith(_VERB_ENDS) and not word.endswith(_NOUN_ENDS))
    )


def _named(parts: Tokens, low: int, high: int) -> str:
    """A noun phrase of the tokens, shortened to its last words that look like a name."""
    while low < high and parts.words[low] in _LEADING:
        low += 1
    if low >= high or (high - low == 1 and parts.words[low] in _PRONOUNS):
        return ""
    if _is_sign(parts.words[high - 1]):
        return _named_in_signs(parts, low, high)
    text = parts.text
    if high - low > LONGEST - 2:
        start = high
        while start > low and _part_of_name(parts, start - 1):
            start -= 1
        while start < high and parts.words[start] in _NAME_JOINTS:
            start += 1
        cased = start < high and not text[parts.start(low) : parts.end(high - 1)].islower()
        low = max(start if cased else high - 1, high - LONGEST)
    return parts.shown(low, high).strip(" '’‘")


def _capital(parts: Tokens, at: int) -> bool:
    return parts.text[parts.start(at)].isupper()


def names_text(party: str) -> bool:
    """Whether the words name no party but a text that is told of: "earlier article", "news"."""
    words = party.lower().split()
    if not words:
        return False
    earlier, last = words[:-1], words[-1]
    if _EARLIER.issuperset(earlier) and (last in _TEXTS or (earlier and last in _REPORTS)):
        return True
    return _TEXT_ZH.fullmatch(party) is not None


def _part_of_name(parts: Tokens, at: int) -> bool:
    return _capital(parts, at) or parts.words[at] in _NAME_JOINTS


def _is_sign(word: str) -> bool:
    return len(word) == 1 and word >= "\u2e80"


def _named_in_signs(parts: Tokens, low: int, high: int) -> str:
    """Chinese: the run before the verb without adverbs; "" where it is too long for a name."""
    name = parts.shown(low, high)
    changed = True
    while changed:
        changed = False
        for adverb in _ADVERBS_ZH:
            if name.endswith(adverb) and len(name) > len(adverb):
                name, changed = name[: -len(adverb)], True
    name = name.rpartition(" ")[2]
    return name if len(name) <= _SIGNS else ""


def agent(parts: Tokens, one: Found) -> str:
    """Who is named after the words: "according to X", "denied by X", "says X"."""
    at, words = one.last, parts.words
    if at < len(words) and words[at] == "by":
        at += 1
    high = at
    while high < len(words) and high - at < LONGEST and words[high] not in BREAKS:
        if words[high] in _AGENT_END:
            break
        high += 1
    if high == at or (at == one.last and not _begins_name(parts, at) and not _is_agent(parts, one)):
        return ""
    return _named(parts, at, high)


def _begins_name(parts: Tokens, at: int) -> bool:
    """Whether a name follows the verb: then the sentence ends with it ("..., says Vodafone")."""
    if not _capital(parts, at):
        return False
    before, words = at - 2, parts.words
    if before < 0 or words[before] not in BREAKS:
        return False
    end = at
    while end < len(words) and end - at < LONGEST and words[end] not in BREAKS:
        end += 1
    return not any(map(_like_verb, words[at:end])) and (end == len(words) or words[end] in BREAKS)


def _is_agent(parts: Tokens, one: Found) -> bool:
    return one.cue.party == "agent" or parts.words[one.last - 1] == "by"


def speaker(parts: Tokens, found: Sequence[Found], one: Found) -> str:
    """Whom the sentence quotes: "X says ... is fake", "... is fake, X says", "X: ... is fake"."""
    first, last = parts.sentence(one.first)
    speaking = [
        other
        for other in found
        if first <= other.first < last
        and other is not one
        and other.cue.stance in (Stance.CLAIMS, Stance.ACCUSES, Stance.DISPUTES, Stance.SUPPORTS)
        and other.cue.party in ("subject", "agent")
    ]
    for other in sorted(speaking, key=lambda other: other.first > one.first):
        if name := doer(parts, found, other):
            return name
    return _before_colon(parts, first, one.first) or _after_colon(parts, one.last, last)


def doer(parts: Tokens, found: Sequence[Found], one: Found) -> str:
    """Whose verb it is: its subject, who follows it, or whom its sentence opens with."""
    if one.cue.party == "agent":
        return agent(parts, one)
    first, _ = parts.sentence(one.first)
    return subject(parts, found, one) or agent(parts, one) or _opening(parts, first, one.first)


def _before_colon(parts: Tokens, first: int, at: int) -> str:
    """A short beginning before a colon: "WH: We didn't threaten"."""
    for place in range(first, min(at, first + LONGEST)):
        if parts.words[place] == ":":
            return _named(parts, first, place)
    return ""


def _after_colon(parts: Tokens, at: int, last: int) -> str:
    """A short end after a colon or a dash: "'Complete fabrication': Bettman"."""
    for place in range(max(at, last - 4), last):
        if parts.words[place] in (":", "-") and parts.words[last - 1] not in STOPS:
            return _named(parts, place + 1, last)
    return ""
