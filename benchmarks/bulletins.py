"""How fast bulletins are parsed: all real ones of OpenHarmony, and Huawei's page of 58 rows.

    python -m benchmarks.bulletins [--runs N]

Bulletins a second, by processor time; the files are read before. Without the real files, a page
that is built in their shape takes their place.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import Result, table
from monitor.advisories import huawei, openharmony
from monitor.vulnerability import Bulletin
from tests import bulletin_pages

DATA = Path(__file__).parents[2] / "shared" / "data" / "security" / "openharmony"
TARGET = 50  # bulletins a second
BUILT = 46

Parse = Callable[[bytes, str], Bulletin]


def _markdown() -> tuple[list[tuple[bytes, str]], str]:
    """The bodies with their addresses, and what they are."""
    files = sorted(DATA.rglob("*.md"))
    if files:
        return [(path.read_bytes(), str(path)) for path in files], f"{len(files)} real files"
    row = ("CVE-2025-1000", "High", "7.8", "zlib", "OpenHarmony-v5.0.3-Release", "[x](https://a.b)")
    page = bulletin_pages.openharmony("December 2024", third=[row] * 30)
    return [(page.encode(), "2024/2024-12.md")] * BUILT, f"{BUILT} built files"


def _rate(parse: Parse, pages: Sequence[tuple[bytes, str]], runs: int) -> float:
    """Bulletins a second, the median of some runs."""
    rates = []
    for _ in range(runs):
        started = time.process_time()
        for body, url in pages:
            parse(body, url)
        rates.append(len(pages) / (time.process_time() - started))
    return median(rates)


def measure(runs: int = 5) -> Iterator[Result]:
    """Told as milliseconds a bulletin, so that less is better."""
    pages, what = _markdown()
    august = [(bulletin_pages.august_2025().encode(), bulletin_pages.AUGUST_URL)] * BUILT
    for name, parse, bodies, note in (
        ("OpenHarmony", openharmony.parse, pages, what),
        ("Huawei", huawei.parse, august, "58 rows"),
    ):
        rate = _rate(parse, bodies, runs)
        told = f"{rate:,.0f} bulletins/s; {note}"
        yield Result(f"parse a bulletin of {name}", 1000 / rate, "ms", 1000 / TARGET, told)


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast bulletins are parsed.")
    parser.add_argument("--runs", type=int, default=5)
    print(table(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
