"""What bulletins and vulnerabilities cost with 200 bulletins and 200,000 CVEs stored.

    python -m benchmarks.advisories

A new KEV catalogue of 1,500 rows is compared with the old one, joined to every bulletin, and
durable when it counts as done. The pane is timed on a pty of 80x24, where a key brings it in place
of the headlines: from the key to the newest bulletin on the terminal.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks import corpus, one_line
from benchmarks.measure import WORK, Result, median, seconds, table
from benchmarks.pty_drive import Terminal
from benchmarks.pty_drive import times as summed
from monitor.models import Severity
from monitor.store import Store
from monitor.store.advisories import Advisories
from monitor.vulnerability import (
    Bulletin,
    BulletinRow,
    Exploited,
    Likelihood,
    Rating,
    Record,
)

CVES, BULLETINS, ROWS, KEV = 200_000, 200, 60, 1_500
YEARS = tuple(range(2015, 2027))
SLICE = 5_000
ROOT = Path(__file__).parent.parent
NEWEST = "2026-10"  # month of the newest bulletin
_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.MEDIUM, Severity.LOW)


def ids() -> list[str]:
    """The known CVE ids, the same number each year."""
    each = -(-CVES // len(YEARS))
    return [f"CVE-{year}-{number:04}" for year in YEARS for number in range(1, each + 1)][:CVES]


def record(cve: str, chance: Random) -> Record:
    """A CVE record about as long as real ones are."""
    score = round(chance.uniform(2, 10), 1)
    return Record(
        cve,
        "CVE",
        "PUBLISHED",
        "huawei",
        "Out-of-bounds write in the image module",
        "Successful exploitation of this vulnerability may affect service confidentiality. " * 2,
        ratings=(Rating("huawei (CNA)", Severity.HIGH, score, "CVSS:3.1/AV:N/AC:L", "3.1"),),
        references=(f"https://consumer.example/en/support/bulletin/{cve}/",),
        published=corpus.NOW,
        updated=corpus.NOW,
    )


def bulletin(number: int, cves: list[str], chance: Random) -> Bulletin:
    """One month of one product line."""
    year, month = divmod(12 * 2026 + 9 - number // 3, 12)  # from October 2026 back
    line = ("phones", "laptops", "wearables")[number % 3]
    rows = tuple(
        BulletinRow(
            cve, chance.choice(_SEVERITIES), at > 46, "image", affected=("HarmonyOS 5.0.1",)
        )
        for at, cve in enumerate(chance.sample(cves, ROWS))
    )
    month_name = f"{year}-{month + 1:02}"
    return Bulletin(
        f"huawei-{line}-{month_name}", "huawei", line, month_name, "https://consumer.example/",
        title=f"Security update {month_name}", published=corpus.NOW, rows=rows,
    )  # fmt: skip


def fill(folder: Path) -> None:
    """Store the whole, as sources would have brought it."""
    chance, known = Random(1), ids()
    with Store.open(folder, now=lambda: corpus.NOW) as store:
        kept = store.advisories
        for start in range(0, len(known), SLICE):
            kept.put_records(record(cve, chance) for cve in known[start : start + SLICE])
        kept.put_likelihoods(likelihoods(1))
        kept.put_catalogue(catalogue(0))
        kept.put_bulletins(bulletin(n, known, chance) for n in range(BULLETINS))


def catalogue(extra: int) -> list[Exploited]:
    """A KEV of 1,500 rows, of which `extra` are others than in the plain one."""
    known = ids()
    chosen = known[:: len(known) // KEV][:KEV]
    return [Exploited(cve, corpus.NOW) for cve in known[1 : extra + 1] + chosen[extra:]]


def likelihoods(seed: int) -> list[Likelihood]:
    """A day's EPSS."""
    chance = Random(seed)
    return [Likelihood(cve, chance.random(), chance.random(), 1.0, "v4") for cve in ids()]


def measure() -> Iterator[Result]:
    """What a user or a poll waits for."""
    folder = WORK / "advisories"
    shutil.rmtree(folder, ignore_errors=True)
    fill(folder)
    with Store.open(folder, now=lambda: corpus.NOW) as store:
        yield Result(
            "bulletins: read all 200 for the pane", 1000 * seconds(_pane, store), "ms", 100
        )
        opening = median(seconds(_open, store.advisories, one.id) for one in _some(store))
        yield Result("a bulletin of 60 rows with all its facts", 1000 * opening, "ms")
        cves = [one.rows[0].cve for one in _some(store)]
        opening = median(seconds(store.advisories.vulnerability, cve) for cve in cves)
        yield Result("one CVE of 200,000 with all its facts", 1000 * opening, "ms")
        joining = seconds(store.advisories.put_catalogue, catalogue(20))
        yield Result("join a new KEV of 1,500, durable", joining, "s", 1.0)
        yield Result("join EPSS of 200,000, durable", seconds(_new_scores, store.advisories), "s")
    yield from _keys(folder)
    shutil.rmtree(folder)


def _keys(folder: Path, times: int = 30) -> Iterator[Result]:
    """The start, and the way from the headlines to the pane and to a bulletin, at the keyboard."""
    settings = folder.with_suffix(".toml")
    settings.write_text('[feeds.none]\nurl = "http://127.0.0.1:9/none.xml"\nenabled = false\n')
    argv = [sys.executable, "-m", "monitor", f"--config={settings}", f"--data={folder}"]
    env = {"PYTHONPATH": str(ROOT)}
    ratios = []
    for _ in range(5):
        with Terminal(argv, columns=80, rows=24, env=env, cwd=folder) as terminal:
            ours = terminal.wait_for("Headlines")
        with Terminal([sys.executable, one_line.__file__]) as terminal:
            ratios.append(ours / terminal.wait_for(one_line.TEXT))
    yield Result("start, no entry stored: monitor / one line", median(ratios), "", 1.35)
    with Terminal(argv, columns=80, rows=24, env=env, cwd=folder) as terminal:
        terminal.wait_for("Headlines")
        terminal.settle(1.5)
        panes, opened = [], []
        for _ in range(times):
            panes.append(terminal.press_for("l", NEWEST) or 1.0)
            terminal.settle(0.3)
            opened.append(terminal.press_for("enter", "fixes") or 1.0)
            terminal.settle(0.5)
            terminal.press("q", quiet=0.3)
            terminal.press("h", quiet=0.3)
    for name, taken in (("the pane", panes), ("a bulletin", opened)):
        found = summed(taken)
        note = f"median {found.p50:.0f}, worst {found.worst:.0f}"
        target = 100 if name == "the pane" else None
        yield Result(f"open {name}, p95", found.p95, "ms", target, note)
    settings.unlink()


def _pane(store: Store) -> None:
    assert len(store.advisories.bulletins) == BULLETINS


def _some(store: Store) -> Iterator[Bulletin]:
    for one in store.advisories.bulletins[::20]:
        found = store.advisories.bulletin(one.id)
        assert found is not None
        yield found


def _open(advisories: Advisories, bulletin_id: str) -> None:
    found = advisories.bulletin(bulletin_id)
    assert found is not None
    cves = {row.cve for row in found.rows}
    assert len(advisories.records(cves)) == len(advisories.likelihoods(cves)) == len(cves)


def _new_scores(advisories: Advisories) -> None:
    advisories.put_likelihoods(likelihoods(2))


if __name__ == "__main__":
    print(table(list(measure())))
