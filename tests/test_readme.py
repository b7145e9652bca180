"""The README tells what the code does."""

import re
import tomllib
from html import unescape
from pathlib import Path

from monitor import config
from monitor.models import Transition
from tests.readme import README, filled


def test_generated_tables_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "run `python -m tests.readme`"


def test_every_transition_is_told() -> None:
    rows = re.findall(r"^\| (`[a-z].*?`) \|", README.read_text(encoding="utf-8"), flags=re.M)
    told = {re.split(r"[^a-z]", word)[0] for row in rows for word in re.findall(r"`(.*?)`", row)}
    assert told >= {transition.value for transition in Transition}


def test_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    assert [p for p in pictures if not (README.parent / p).is_file()] == []


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.S)
    assert tomllib.loads(example)
    file = tmp_path / "feeds.toml"
    file.write_text(example, encoding="utf-8")
    loaded = config.load(file)
    assert [feed.id for feed in loaded.feeds] == ["example"]
    assert loaded.keep_days == 90


def test_the_picture_of_numbers_in_the_news_shows_them() -> None:
    picture = unescape((README.parent / "screenshots" / "numbers.svg").read_text("utf-8"))
    assert "high turned critical" in picture.replace("\xa0", " ")
