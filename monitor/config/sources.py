"""`[sources]`: what is wrong with them besides the values of their keys, and the values of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from monitor.config.checks import did_you_mean, shown
from monitor.models import SOURCE_KINDS, Source

HUAWEI_LINES = ("phones", "tablets", "laptops", "wearables")
LANGUAGES = ("en", "zh", "cn")  # in which bulletins come
BULLETINS = ("huawei", "openharmony")

Tables = Mapping[str, Mapping[str, Any]]


def source(source_id: str, table: Mapping[str, Any]) -> Source:
    """A source from its checked table: `[sources.huawei]` alone is enough, by its name."""
    kind = table.get("kind") or source_id
    return Source(**{"id": source_id, "title": SOURCE_KINDS[kind]} | dict(table) | {"kind": kind})


def known_kind(source_id: str, table: Mapping[str, Any]) -> bool:
    """Whether a client is named, by the kind or by the id."""
    return (table.get("kind") or source_id) in SOURCE_KINDS


def source_problems(sources: Tables, feeds: Iterable[str]) -> Iterable[str]:
    """A line for each thing to mend."""
    for source_id, table in sources.items():
        path = f"sources.{source_id}"
        if source_id in feeds:  # `monitor poll ID` asks it, and it has one state
            yield (
                f"{path}: feeds.{source_id} has this id; give one of them another, and a source "
                f'of another name its kind: kind = "{source_id}"'
            )
        if not known_kind(source_id, table):
            if table.get("kind", "") is None:  # it is wrong, which is told already
                continue
            near = did_you_mean(source_id, SOURCE_KINDS)
            yield f"{path}.kind: is missing, and the id names none{near}"
        elif (table.get("kind") or source_id) in BULLETINS:
            yield from _bulletin_problems(path, table.get("kind") or source_id, table)
    yield from _in_two_languages(sources)


def _bulletin_problems(path: str, kind: str, table: Mapping[str, Any]) -> Iterable[str]:
    for product in (table.get("products") or ()) if kind == "huawei" else ():
        if product not in HUAWEI_LINES:
            yield f"{path}.products: no line {shown(product)}{did_you_mean(product, HUAWEI_LINES)}"
    language = table.get("lang") or "en"
    if language.lower()[:2] not in LANGUAGES:
        yield f"{path}.lang: there are no bulletins in {shown(language)}; write en or zh"


def _in_two_languages(sources: Tables) -> Iterable[str]:
    """A vendor's bulletins are one set: in two languages they would replace one another."""
    first: dict[str, tuple[str, str]] = {}
    for source_id, table in sources.items():
        kind, language = table.get("kind") or source_id, (table.get("lang") or "en")[:2]
        if kind in BULLETINS and table.get("enabled") is not False:
            other, asked = first.setdefault(kind, (source_id, language))
            if asked != language:
                yield (
                    f"sources.{source_id}.lang: sources.{other} asks for the same bulletins in "
                    f"{asked!r}; choose one language"
                )
