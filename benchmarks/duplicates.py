"""Which entries are the same text: `python -m benchmarks.duplicates`.

The test set is made here, of headlines written for it. Copies are made of them by the edits that
outlets, aggregators and feeds make (`EDITS`); near misses are written by hand beside each headline:
another number, month, version, name or direction, a negation, another report of the same event.
Each pair is asked of an empty index, and all originals of one index, where none repeats another.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.measure import Result, table
from monitor.cluster import Index, Item
from monitor.normalize.canonical import canonical
from monitor.text import clean, cves

PRECISION, RECALL = 0.995, 0.90
START, HOUR = 1_756_100_000.0, 3_600.0


class Text(NamedTuple):
    """A headline, and others that are all but it and say something else."""

    title: str
    others: tuple[str, ...]


TEXTS = (
    Text(
        "Huawei ships emergency update after camera flaw lets apps record in silence",
        (
            "Huawei ships emergency update after camera flaw lets apps record in private",
            "Huawei withdraws emergency update after camera flaw lets apps record in silence",
            "Xiaomi ships emergency update after camera flaw lets apps record in silence",
            "Silent recording by apps: Huawei pushes out a hurried camera fix",
        ),
    ),
    Text(
        "Court in Hamburg fines carrier 4 million euros over unreported Huawei antennas",
        (
            "Court in Hamburg fines carrier 7 million euros over unreported Huawei antennas",
            "Court in Hamburg fines carrier 4 billion euros over unreported Huawei antennas",
            "Court in Dresden fines carrier 4 million euros over unreported Huawei antennas",
            "Court in Hamburg clears carrier of fines over unreported Huawei antennas",
        ),
    ),
    Text(
        "HarmonyOS security bulletin for August 2025 lists 41 flaws in phones and tablets",
        (
            "HarmonyOS security bulletin for September 2025 lists 41 flaws in phones and tablets",
            "HarmonyOS security bulletin for August 2025 lists 44 flaws in phones and tablets",
            "HarmonyOS security bulletin for August 2024 lists 41 flaws in phones and tablets",
            "HarmonyOS security bulletin for August 2025 lists 41 flaws in watches and routers",
        ),
    ),
    Text(
        "Researchers say the new tablet encrypts backups with a key that it also uploads",
        (
            "Researchers say the new tablet never encrypts backups with a key that it also uploads",
            "Researchers say the old tablet encrypts backups with a key that it also uploads",
            "Researchers doubt the new tablet encrypts backups with a key that it also uploads",
            "Backup key of new tablet ends up on the vendor's servers, team finds",
        ),
    ),
    Text(
        "CVE-2025-41001 lets a web page restart HarmonyOS phones without any click",
        (
            "CVE-2025-41002 lets a web page restart HarmonyOS phones without any click",
            "CVE-2025-41001 lets a web page unlock HarmonyOS phones without any click",
            "CVE-2025-41001 lets a web page restart HarmonyOS phones with a single click",
            "CVE-2025-41001 does not let a web page restart HarmonyOS phones without any click",
        ),
    ),
    Text(
        "HarmonyOS 5.1.0.130 reaches Mate 70 owners in Spain with longer battery life",
        (
            "HarmonyOS 5.1.0.132 reaches Mate 70 owners in Spain with longer battery life",
            "HarmonyOS 5.1.0.130 reaches Mate 60 owners in Spain with longer battery life",
            "HarmonyOS 5.1.0.130 reaches Mate 70 owners in Chile with longer battery life",
            "HarmonyOS 5.1.0.130 reaches Mate 70 owners in Spain with shorter battery life",
        ),
    ),
    Text(
        "Parliament in Lisbon votes to keep Chinese vendors in the northern fibre network",
        (
            "Parliament in Lisbon votes to keep Chinese vendors in the southern fibre network",
            "Parliament in Lisbon votes not to keep Chinese vendors in the northern fibre network",
            "Parliament in Lisbon votes to keep Korean vendors in the northern fibre network",
            "Portugal's lawmakers let Chinese suppliers stay in fibre lines of the north",
        ),
    ),
    Text(
        "Kirin chip beats last year's rival in single core tests, falls behind in graphics",
        (
            "Kirin chip falls behind last year's rival in single core tests, beats it in graphics",
            "Kirin chip beats last year's rival in multi core tests, falls behind in graphics",
            "Ascend chip beats last year's rival in single core tests, falls behind in graphics",
            "Graphics remain the weak side of the newest Kirin, tests show",
        ),
    ),
    Text(
        "Carrier sues vendor for 90 million over towers that failed in the January storm",
        (
            "Vendor sues carrier for 90 million over towers that failed in the January storm",
            "Carrier sues vendor for 90 million over towers that failed in the February storm",
            "Carrier sues vendor for 60 million over towers that failed in the January storm",
            "Carrier thanks vendor for 90 million over towers that failed in the January storm",
        ),
    ),
    Text(
        "Ministry denies that its officers must hand in foreign phones before trips abroad",
        (
            "Ministry confirms that its officers must hand in foreign phones before trips abroad",
            "Ministry denies that its officers must hand in foreign phones after trips abroad",
            "Ministry denies that its teachers must hand in foreign phones before trips abroad",
            "Officers keep their foreign phones when they travel, says ministry",
        ),
    ),
    Text(
        "Botnet of 12,000 home routers mined coins for two years before police stepped in",
        (
            "Botnet of 21,000 home routers mined coins for two years before police stepped in",
            "Botnet of 12,000 home routers mined coins for ten years before police stepped in",
            "Botnet of 12,000 home cameras mined coins for two years before police stepped in",
            "Police end a two-year mining operation that lived on people's routers",
        ),
    ),
    Text(
        "Bank app refuses to start on phones whose loader was unlocked by their owners",
        (
            "Bank app agrees to start on phones whose loader was unlocked by their owners",
            "Bank app refuses to start on phones whose loader was unlocked by their sellers",
            "Tax app refuses to start on phones whose loader was unlocked by their owners",
            "Bank app refuses to start on watches whose loader was unlocked by their owners",
        ),
    ),
    Text(
        "Norwegian buses from China can be stopped from afar, operator finds in a mine",
        (
            "Norwegian buses from China cannot be stopped from afar, operator finds in a mine",
            "Norwegian trains from China can be stopped from afar, operator finds in a mine",
            "Danish buses from China can be stopped from afar, operator finds in a mine",
            "Test inside a mountain: could somebody switch off Oslo's buses?",
        ),
    ),
    Text(
        "Storage maker pays 3 million to settle claims that it sold drives to Huawei",
        (
            "Storage maker pays 300 million to settle claims that it sold drives to Huawei",
            "Storage maker refuses to settle claims that it sold drives to Huawei",
            "Storage maker pays 3 million to settle claims that it sold drives to Hikvision",
            "Huawei pays 3 million to settle claims that it bought drives from storage maker",
        ),
    ),
    Text(
        "Telegraph agency: exports of folding phones doubled in the second quarter of the year",
        (
            "Telegraph agency: exports of folding phones doubled in the third quarter of the year",
            "Telegraph agency: exports of folding phones halved in the second quarter of the year",
            "Telegraph agency: imports of folding phones doubled in the second quarter of the year",
            "Telegraph agency: exports of folding bikes doubled in the second quarter of the year",
        ),
    ),
    Text(
        "Developers get until 30 June to sign their apps with keys from the new store",
        (
            "Developers get until 30 July to sign their apps with keys from the new store",
            "Developers get until 13 June to sign their apps with keys from the new store",
            "Developers get until 30 June to sign their apps with keys from the old store",
            "Developers get no time until 30 June to sign their apps with keys from the new store",
        ),
    ),
    Text(
        "Spyware vendor loses appeal and must show its source code to the messenger",
        (
            "Spyware vendor wins appeal and need not show its source code to the messenger",
            "Spyware vendor loses appeal and must show its client list to the messenger",
            "Spyware vendor loses appeal and must show its source code to the government",
            "Judges: messenger may read the code that was used against its users",
        ),
    ),
    Text(
        "Auditors call the voting machines of the province secure against remote tampering",
        (
            "Auditors call the voting machines of the province insecure against remote tampering",
            "Auditors call the vending machines of the province secure against remote tampering",
            "Auditors call the voting machines of the capital secure against remote tampering",
            "Auditors call no voting machines of the province secure against remote tampering",
        ),
    ),
    Text(
        "Satellite phone call of ten minutes works from the bottom of the Danish fjord",
        (
            "Satellite phone call of two minutes works from the bottom of the Danish fjord",
            "Satellite phone call of ten minutes fails from the bottom of the Danish fjord",
            "Satellite video call of ten minutes works from the bottom of the Danish fjord",
            "We called home by satellite from a fjord, and it worked",
        ),
    ),
    Text(
        "Insurers won't pay for outages that follow from unpatched firewalls, letter warns",
        (
            "Insurers will pay for outages that follow from unpatched firewalls, letter warns",
            "Insurers won't pay for outages that follow from unpatched databases, letter warns",
            "Insurers won't pay for lawsuits that follow from unpatched firewalls, letter warns",
            "Unpatched firewall? Then you are on your own, say insurers",
        ),
    ),
    Text(
        "Ransom gang leaks X-ray pictures of 5,300 patients of a clinic near Lyon",
        (
            "Ransom gang leaks X-ray pictures of 3,500 patients of a clinic near Lyon",
            "Ransom gang leaks X-ray pictures of 5,300 patients of a clinic near Lille",
            "Ransom gang deletes X-ray pictures of 5,300 patients of a clinic near Lyon",
            "Clinic near Lyon: thousands of pictures of patients are on the net",
        ),
    ),
    Text(
        "Foundation takes over the kernel's build system from its only maintainer, who retires",
        (
            "Foundation takes over the kernel's test system from its only maintainer, who retires",
            "Foundation drops the kernel's build system and its only maintainer, who retires",
            "Foundation takes over the kernel's build system from its old maintainer, who returns",
            "After 19 years: the man behind the kernel's builds hands over",
        ),
    ),
    Text(
        "Watch GT 7 leaks with round screen and a sensor for blood pressure at the wrist",
        (
            "Watch GT 8 leaks with round screen and a sensor for blood pressure at the wrist",
            "Watch GT 7 leaks with square screen and a sensor for blood pressure at the wrist",
            "Watch GT 7 leaks with round screen and a sensor for blood sugar at the wrist",
            "Watch GT 7 leaks without round screen and a sensor for blood pressure at the wrist",
        ),
    ),
    Text(
        "Brussels opens inquiry into subsidies for inverters from Shenzhen and Hangzhou",
        (
            "Brussels closes inquiry into subsidies for inverters from Shenzhen and Hangzhou",
            "Brussels opens inquiry into subsidies for batteries from Shenzhen and Hangzhou",
            "Brussels opens inquiry into subsidies for inverters from Shenzhen and Suzhou",
            "London opens inquiry into subsidies for inverters from Shenzhen and Hangzhou",
        ),
    ),
    Text(
        "鸿蒙平板本月推送第三次安全更新 修复相机权限绕过问题",
        (
            "鸿蒙平板本月推送第四次安全更新 修复相机权限绕过问题",
            "鸿蒙手表本月推送第三次安全更新 修复相机权限绕过问题",
            "鸿蒙平板本月推送第三次安全更新 未修复相机权限绕过问题",
            "相机权限可被绕过 鸿蒙平板用户应尽快升级",
        ),
    ),
    Text(
        "欧洲运营商宣布2025年10月起停用部分华为核心网设备",
        (
            "欧洲运营商宣布2025年11月起停用部分华为核心网设备",
            "欧洲运营商宣布2025年10月起启用部分华为核心网设备",
            "欧洲运营商宣布2025年10月起停用部分中兴核心网设备",
            "核心网不再用华为 一家欧洲运营商定下时间表",
        ),
    ),
    Text(
        "研究人员公开麒麟芯片基带漏洞细节 厂商称已于上月修补",
        (
            "研究人员公开麒麟芯片基带漏洞细节 厂商称将于下月修补",
            "研究人员公开骁龙芯片基带漏洞细节 厂商称已于上月修补",
            "研究人员公开麒麟芯片显卡漏洞细节 厂商称已于上月修补",
            "基带漏洞曝光 麒麟芯片用户无需担心",
        ),
    ),
    Text(
        "华为新款折叠屏手机首周销量达到42万台 超出市场预期",
        (
            "华为新款折叠屏手机首周销量达到24万台 超出市场预期",
            "华为新款折叠屏手机首周销量达到42万台 低于市场预期",
            "荣耀新款折叠屏手机首周销量达到42万台 超出市场预期",
            "折叠屏卖得有多好 首周数据出炉",
        ),
    ),
    Text(
        "法院裁定手机厂商须向消费者赔偿电池缺陷造成的损失",
        (
            "法院裁定手机厂商无须向消费者赔偿电池缺陷造成的损失",
            "法院裁定汽车厂商须向消费者赔偿电池缺陷造成的损失",
            "法院裁定手机厂商须向消费者赔偿屏幕缺陷造成的损失",
            "电池缺陷案宣判 消费者胜诉",
        ),
    ),
    Text(
        "CVE-2025-51234可令鸿蒙路由器在无需密码的情况下被接管",
        (
            "CVE-2025-51243可令鸿蒙路由器在无需密码的情况下被接管",
            "CVE-2025-51234可令鸿蒙摄像头在无需密码的情况下被接管",
            "CVE-2025-51234可令鸿蒙路由器在无需密码的情况下重新启动",
            "无需密码即可接管 路由器曝出高危漏洞",
        ),
    ),
)

# Headlines of one agency or outlet that have its forms in common and nothing else.
SERIES = (
    (
        "Telegraph agency: exports of ships grew in May",
        "Telegraph agency: prices of rice fell in May",
    ),
    (
        "Analysis: what the new rules mean for carriers",
        "Analysis: what the new rules mean for banks",
    ),
    ("Weekly digest: what our readers should know", "Weekly digest: what our readers should know"),
    ("Security briefing for Tuesday, 4 November", "Security briefing for Wednesday, 5 November"),
    ("Live: the trade talks in Geneva, day two", "Live: the trade talks in Geneva, day three"),
    (
        "Podcast: the week in mobile security, episode 71",
        "Podcast: the week in mobile security, episode 72",
    ),
    ("Review: this phone is better than it looks", "Review: this watch is better than it looks"),
    (
        "Statement on media reports about our products",
        "Statement on media reports about our products",
    ),
    ("安全公告 2025年8月 手机与平板产品更新说明", "安全公告 2025年9月 手机与平板产品更新说明"),
    ("每日早报:今天你需要知道的十件事", "每日早报:今天你需要知道的十件事"),
)


def _slip(title: str) -> str:
    """A letter in the middle of the longest English word is missing."""
    words = [word for word in title.split() if word.isalpha() and word.isascii()]
    if not words:
        return title
    word = max(words, key=len)
    middle = len(word) // 2
    return title.replace(word, word[:middle] + word[middle + 1 :], 1)


def _without_articles(title: str) -> str:
    return " ".join(word for word in title.split() if word not in {"a", "an", "the", "its"})


def _curly(title: str) -> str:
    """Typographic marks, as an editing system sets them."""
    return title.replace("'", "’").replace("-", "‑").replace(" ", "\u00a0", 1) + "…"


def _wide(title: str) -> str:
    """Full-width marks and digits, as Chinese sites set them."""
    return title.translate({n: n + 0xFEE0 for n in map(ord, "0123456789,:!?")})


def _other_marks(title: str) -> str:
    """Commas for blanks between Chinese phrases, a stop at the end."""
    return (
        title.replace(" ", "，") + "。" if not title.isascii() else title.replace(", ", " – ") + "."
    )


def _disguised(title: str) -> str:
    """Characters that can't be seen, and Cyrillic letters for Latin ones."""
    half = len(title) // 2
    return clean((title[:half] + "\u200b" + title[half:]).replace("o", "\u043e", 1))


# What is done to a title on its way to another outlet.
EDITS: dict[str, Callable[[str], str]] = {
    "reprint": lambda title: title,
    "capitals": str.title,
    "shouted": str.upper,
    "outlet at the end": lambda title: f"{title} - The Evening Wire",
    "outlet after a bar": lambda title: f"{title} | The Evening Wire",
    "stop at the end": lambda title: title + ".",
    "typographic marks": _curly,
    "full-width marks": _wide,
    "other marks": _other_marks,
    "quoted": lambda title: f"“{title}”",
    "disguised": _disguised,
    "a slip": _slip,
    "no articles": _without_articles,
    "cut short": lambda title: f"{title[: len(title) * 4 // 5]}...",
    "label before it": lambda title: f"{'快讯' if not title.isascii() else 'UPDATE 2'}-{title}",
    "one plural": lambda title: title.replace("phones", "phone").replace("flaws", "flaw"),
}
# What an outlet does to its own entry: the address stays, but for what counts readers.
TRACKED = ("?utm_source=rss&utm_medium=feed", "?fbclid=abc123", "#comments", "?gclid=1&utm_term=x")


class Pair(NamedTuple):
    kind: str
    first: Item
    second: Item
    same: bool


def _item(key: str, title: str, source: str, hours: float = 0.0, url: str = "") -> Item:
    address = canonical(url or f"https://{source.lower().replace(' ', '-')}.example/{key}")
    return Item(key, title, "", START + hours * HOUR, address, source, "", cves(title))


def pairs() -> Iterator[Pair]:
    """Pairs of entries, and whether they are one text."""
    for number, text in enumerate(TEXTS):
        first = _item(f"{number}", text.title, "First Post")
        for step, (kind, edit) in enumerate(EDITS.items()):
            if (edited := edit(text.title)) != text.title or kind == "reprint":
                second = _item(f"{number}-{kind}", edited, "The Evening Wire", 1 + 4 * step)
                yield Pair(kind, first, second, same=True)
        for step, mark in enumerate(TRACKED):
            edited = text.title if step % 2 else text.others[-1]
            second = _item(f"{number}-{step}", edited, "First Post", 2, first.url + mark)
            yield Pair("same address", first, second, same=True)
        for step, other in enumerate(text.others):
            for source in ("First Post", "The Evening Wire"):
                second = _item(f"{number}-near-{step}", other, source, 3)
                yield Pair("near miss", first, second, same=False)
            short = EDITS["cut short"](other)
            if not text.title.startswith(short.rstrip(".")):  # what is other must be left
                second = _item(f"{number}-short-{step}", short, "The Evening Wire", 3)
                yield Pair("near miss, cut short", first, second, same=False)
    for number, (one, other) in enumerate(SERIES):
        first, second = (
            _item(f"s{number}-{n}", title, "First Post", 24 * n)
            for n, title in enumerate((one, other))
        )
        yield Pair("series", first, second, same=False)


class Found(NamedTuple):
    """Right and wrong answers; `by_kind` is (found as duplicate, asked) of each kind of pair."""

    precision: float
    recall: float
    pairs: int
    by_kind: dict[str, tuple[int, int]]
    wrong: tuple[Pair, ...]


def found() -> Found:
    """What the index says of the pairs, and of all originals together."""
    by_kind: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    right, wrong, asked = 0, [], list(pairs())
    for pair in asked:
        index = Index()
        index.add(pair.first)
        repeats = bool(index.add(pair.second).duplicate_of)
        hits, all_ = by_kind[pair.kind]
        by_kind[pair.kind] = (hits + repeats, all_ + 1)
        right += repeats and pair.same
        if repeats != pair.same:
            wrong.append(pair)
    together = Index()
    titles = [title for text in TEXTS for title in (text.title, *text.others)]
    strangers = sum(
        bool(together.add(_item(f"{number}", title, "First Post")).duplicate_of)
        for number, title in enumerate(titles)
    )
    false = sum(not pair.same for pair in wrong) + strangers
    same = sum(pair.same for pair in asked)
    return Found(right / (right + false), right / same, len(asked), dict(by_kind), tuple(wrong))


def measure() -> Iterator[Result]:
    """Shares, told as what is missed, so that less is better."""
    said = found()
    note = f"of {said.pairs} pairs"
    yield Result("duplicates: said wrongly", 1 - said.precision, "", 1 - PRECISION, note)
    yield Result("duplicates: not found", 1 - said.recall, "", 1 - RECALL, note)


def main() -> None:
    parser = argparse.ArgumentParser(description="Which entries are the same text.")
    parser.add_argument("--wrong", action="store_true", help="list the wrong answers")
    show_wrong: bool = parser.parse_args().wrong
    said = found()
    for kind, (hits, asked) in said.by_kind.items():
        print(f"{kind:<22}{hits:>5} of {asked:>4} are duplicates")
    if show_wrong:
        for pair in said.wrong:
            print(f"{pair.kind}: {pair.first.title!r} / {pair.second.title!r}")
    print(table(measure()))


if __name__ == "__main__":
    main()
