"""Whom an entry cites, and how many roots a story has by that."""

import tomllib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.models import Body, Entry
from monitor.roots import count, link_key, reading, roots
from monitor.roots.reading import cited
from tests.storing import fresh


def entry(uid: str, outlet: str = "", **fields: object) -> Entry:
    return replace(fresh(uid).entry, outlet=outlet or f"Outlet {uid}", **fields)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Huawei plans a chip plant, Reuters reports", ("Reuters",)),
        ("SHENZHEN (AP) - Huawei opened a plant", ("AP",)),
        ("The plant is in Dongguan, according to Bloomberg News.", ("Bloomberg",)),
        ("Two people told the Financial Times of it", ("Financial Times",)),
        ("Sales fell, IDC estimates; Canalys analysts disagree", ("IDC", "Canalys")),
        ("Huawei sells more - Reuters", ("Reuters",)),
        ("新华社北京8月5日电 华为发布鸿蒙", ("Xinhua",)),
        ("据路透社报道，华为将建厂", ("Reuters",)),
        ("来源：财联社", ("CLS",)),
        ("新华社电视片介绍华为", ()),
        ("IT之家 8 月 5 日消息，华为发布鸿蒙", ("IT Home",)),
        ("（央视新闻）华为发布鸿蒙", ("CCTV",)),
        ("Reuters headquarters moves", ()),
        ("Bloomberg terminals run HarmonyOS", ()),
        ("A map of the AP in each room", ()),
        ("The ESET app is in AppGallery", ()),
        ("华为与新华社合作", ()),
    ],
)
def test_an_agency_is_cited_where_a_cue_stands_beside_its_name(
    text: str, names: tuple[str, ...]
) -> None:
    assert cited(entry("a", title="Huawei"), Body(summary=text)) == names
    assert cited(entry("a", title=text), Body()) == names


def test_every_name_of_the_file_is_found() -> None:
    path = Path(reading.__file__).with_name("agencies.toml")
    names = tomllib.loads(path.read_text(encoding="utf-8"))["names"]
    for name, forms in names.items():
        for form in forms:
            text = f"据{form}报道，" if not form.isascii() else f"It is so, according to {form}."
            assert cited(entry("a"), Body(summary=text)) == (name,), form
            assert cited(entry("a", form), Body()) == (name,)


def test_an_article_is_read_at_its_beginning_and_end() -> None:
    body = Body(content="Huawei. " * 2_000 + "Reporting by Reuters")
    assert cited(entry("a"), body) == ("Reuters",)


def test_an_outlet_that_others_cite_stands_for_itself() -> None:
    body = Body(summary="Huawei builds, Bloomberg reports")
    assert cited(entry("a", "Reuters"), body) == ("Reuters",)
    assert cited(entry("a", "新华网"), Body()) == ("Xinhua",)


def test_links_elsewhere_that_lead_to_articles_are_kept() -> None:
    report = "https://www.lab.example.com/reports/huawei-modem?utm_source=x#top"
    home = "https://blog.example.org/another/article"
    links = (home, "https://x.com/somebody/status/123456", "https://lab.example.com/", report)
    assert cited(entry("a"), Body(links=links)) == (link_key(report),)
    assert link_key(report) == link_key("http://lab.example.com/reports/huawei-modem/")
    many = tuple(f"https://site{n}.example/article/{n:09}" for n in range(9))
    assert len(cited(entry("a"), Body(links=many))) == 2


def test_outlets_that_pass_on_one_report_are_one_root() -> None:
    report = "https://lab.example.com/reports/huawei-modem"
    entries = [
        entry("a", cites=("Reuters",)),
        entry("b", duplicate_of="a"),
        entry("c", cites=("Bloomberg", "Reuters")),
        entry("d", cites=(link_key(report),)),
        entry("e", "The Lab", canonical=report),
        entry("f"),
        entry("g", "Outlet f"),
    ]
    assert count(entries) == 3
    assert roots(entries) == [
        ("Reuters", "report", (0, 1, 2)),
        ("Outlet d", "link", (3, 4)),
        ("Outlet f", "", (5, 6)),
    ]
    assert roots([entry("a"), entry("b", duplicate_of="a")])[0].shared == "text"
    assert count([entry("a")]) == 1


KEYS = st.lists(st.sampled_from(["Reuters", "AP", "#01", "#02"]), max_size=2).map(tuple)


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), KEYS, st.sampled_from(["", "0", "1"]))), st.randoms()
)
def test_roots_share_out_the_entries_in_any_order(
    rows: list[tuple[str, tuple[str, ...], str]], random: Random
) -> None:
    entries = [
        entry(str(n), outlet, cites=cites, duplicate_of=other if other != str(n) else "")
        for n, (outlet, cites, other) in enumerate(rows)
    ]
    found = roots(entries)
    assert sorted(n for root in found for n in root.entries) == list(range(len(entries)))
    assert len(found) == count(entries) <= len({one.outlet for one in entries})
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert count(shuffled) == len(found)


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_nothing_in_a_text_is_too_odd(title: str, text: str, links: list[str]) -> None:
    cites = cited(entry("a", title=title, url=title), Body(text, text, links=tuple(links)))
    assert len(cites) <= 4
