"""The configuration: what it accepts, and that each problem names file, key and remedy."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor import config
from monitor.config import ConfigError
from monitor.config.schema import TABLES as SCHEMA
from monitor.config.schema import walk
from monitor.models import (
    SOURCE_KINDS,
    Config,
    Device,
    Feed,
    Kind,
    On,
    PollSettings,
    Rule,
    Severity,
    Source,
    Target,
    Transition,
    UiSettings,
)

FULL = """
[feeds.example]
url = "https://user:secret@example.org/feed.xml?a=1"
title = "An example"
kind = "state"
topics = ["security", "devices"]
interval = "1h30m"
keep = "all"
lang = "zh-CN"
enabled = false

[feeds.Small_1]
url = "http://localhost:8080/"

[poll]
concurrency = 8
per_host = 1
spacing = 0.5
timeout = "10s"
interval = "2h"
private = ["localhost", "NAS.lan", "192.168.1.5", "[::1]"]

[watch]
keywords = ["Huawei", "华为", "Huawei"]

[queries]
"Chinese sources" = "lang:zh"
broken = "("

[rules.kirin]
when = "kirin"
title = "Kirin chips"
severity = "high"
enabled = false

[rules.plain]
when = "nsa"

[rules.full]
when = "harmonyos"
on = ["new", "sources >= 3", "epss>=0.1"]
notify = ["bell", "hook", "bell"]
quiet = ["22:00-07:00", "12:30-13:00"]
limit = 5
repeat = "6h"

[rules.exploited]
on = "kev"

[notify.hook]
kind = "webhook"
url = "https://user:secret@hooks.example/x"
secret_env = "HOOK_SECRET"
private = true
timeout = "5s"
digest = "08:00"

[notify.command]
command = ["/usr/bin/tell", "me"]
secret_command = ["pass", "show", "me"]
enabled = false

[devices.mate]
title = "My phone"
model = "Mate 60 Pro"
system = "HarmonyOS 4.2.0"
patch_level = "August 2025"
cadence = "monthly"
carrier = "Movistar"

[devices.old]
model = "P30 lite"
patch_level = 2025-06-01

[ui]
theme = "nord"
pinned_first = true
keys.pin = "p"
keys.open = ["o", "enter"]

[store]
keep = "2w"
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load a text as `feeds.toml` of the current folder."""
    monkeypatch.chdir(tmp_path)

    def load(content: str | bytes) -> Config:
        raw = content if isinstance(content, bytes) else content.encode()
        Path("feeds.toml").write_bytes(raw)
        return config.load(Path("feeds.toml"))

    return load


@pytest.fixture
def problems(load: Any) -> Any:
    """The problems of a text as `feeds.toml`, without the file's name that begins each."""

    def problems(content: str | bytes) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(content)
        assert all(problem.startswith("feeds.toml: ") for problem in caught.value.problems)
        assert all(problem.isprintable() for problem in caught.value.problems)
        assert str(caught.value) == "\n".join(caught.value.problems)
        return [problem.removeprefix("feeds.toml: ") for problem in caught.value.problems]

    return problems


def test_everything_that_is_known(load: Any) -> None:
    assert load(FULL) == Config(
        path="feeds.toml",
        feeds=(
            Feed(
                id="example",
                url="https://user:secret@example.org/feed.xml?a=1",
                title="An example",
                kind=Kind.STATE,
                topics=("security", "devices"),
                interval=5400.0,
                keep="all",
                lang="zh-CN",
                enabled=False,
            ),
            Feed(id="Small_1", url="http://localhost:8080/", title="Small_1", interval=7200.0),
        ),
        keywords=("Huawei", "华为"),
        queries={"Chinese sources": "lang:zh", "broken": "("},
        rules=(
            Rule("kirin", "kirin", title="Kirin chips", severity=Severity.HIGH, enabled=False),
            Rule("plain", "nsa"),
            Rule(
                "full",
                "harmonyos",
                (On(Transition.NEW), On(Transition.SOURCES, 3), On(Transition.EPSS, 0.1)),
                notify=("bell", "hook"),
                quiet=((79200.0, 86400.0), (0.0, 25200.0), (45000.0, 46800.0)),
                limit=5,
                repeat=21600.0,
            ),
            Rule("exploited", on=(On(Transition.KEV),)),
        ),
        targets=(
            Target(
                "hook",
                "webhook",
                "https://user:secret@hooks.example/x",
                secret_env="HOOK_SECRET",
                private=True,
                timeout=5.0,
                digest="08:00",
            ),
            Target(
                "command",
                "command",
                command=("/usr/bin/tell", "me"),
                secret_command=("pass", "show", "me"),
                enabled=False,
            ),
        ),
        devices=(
            Device(
                "mate",
                "My phone",
                "Mate 60 Pro",
                "HarmonyOS 4.2.0",
                "2025-08",
                "monthly",
                "Movistar",
            ),
            Device("old", "old", "P30 lite", patch_level="2025-06-01"),
        ),
        poll=PollSettings(8, 1, 0.5, 10.0, 7200.0, ("localhost", "nas.lan", "192.168.1.5", "::1")),
        ui=UiSettings("nord", True, {"pin": "p", "open": "o,enter"}),
        keep_days=14.0,
    )


def test_smallest_configuration(load: Any) -> None:
    settings = load('[feeds.example]\nurl = "https://example.org/feed.xml"\n')
    assert settings.feeds == (Feed("example", "https://example.org/feed.xml", "example"),)
    assert settings.poll == PollSettings()
    assert settings.keep_days == 90.0
    assert "Huawei" in settings.keywords  # the shipped watch words, as it has none
    assert not settings.notes


def test_a_file_without_feeds_keeps_the_shipped_ones(load: Any) -> None:
    shipped = config.load(None)
    settings = load('[ui]\ntheme = "nord"\n[queries]\nmine = "kirin"\n[watch]\nkeywords = ["x"]\n')
    assert settings.path == "feeds.toml"
    assert settings.feeds == shipped.feeds
    assert settings.rules == shipped.rules
    assert settings.queries == {"mine": "kirin"}
    assert settings.keywords == ("x",)
    assert settings.ui.theme == "nord"


def test_an_empty_table_takes_the_shipped_one_away(load: Any) -> None:
    settings = load("[rules]\n[queries]\n")
    assert (settings.rules, settings.queries) == ((), {})
    assert settings.feeds == config.load(None).feeds


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('intervall = "1h"', "intervall: unknown key; did you mean 'interval'?"),
        ("xyzzy = 1", "xyzzy: unknown key; known are url, title, kind, topics, interval, keep"),
        (
            'interval = "5 parsecs"',
            "interval: '5 parsecs' is no duration; write 30m, 2h or 1d",
        ),
        ('interval = "59s"', "interval: must be from 1m to 365d"),
        ("interval = 30", 'interval: must be a duration like "30m" in quotes, not a number'),
        ("interval = 2025-08-01", "not a date or time"),
        ("title = 5", "title: must be a string in quotes, not a number"),
        ('title = " "', "title: must not be empty"),
        ('kind = "statt"', "kind: unknown value 'statt'; did you mean 'state'?"),
        ('kind = "???"', "known are press, vendor, state, researcher, aggregator"),
        ('topics = ["patchs"]', "topics: unknown value 'patchs'; did you mean 'patches'?"),
        ('topics = "patches"', "topics: must be a list in brackets, not a string"),
        ('keep = "al"', "keep: unknown value 'al'; did you mean 'all'?"),
        ('lang = "chinese!"', "lang: 'chinese!' is no language tag"),
        ('enabled = "yes"', "enabled: must be true or false, not a string"),
        ('url2 = ""', "url2: unknown key; did you mean 'url'?"),
        ('"a\\u001b\\nb" = 1', r"'a\x1b\nb': unknown key"),
    ],
)
def test_problems_of_a_feed(problems: Any, line: str, problem: str) -> None:
    (found,) = problems(f'[feeds.a]\nurl = "https://a.example/"\n{line}\n')
    assert found.startswith("feeds.a.")
    assert problem in found


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://u:hunter2@a.example/", "must begin with http:// or https://"),
        ("u:hunter2@a.example", "must begin with http:// or https://"),
        ("file:///etc/hunter2", "must begin with http:// or https://"),
        ("https://", "has no host after http:// or https://"),
        ("https://u:hunter2@", "has no host after http:// or https://"),
        ("https://u:hunter2@[::1/", "is no address; its host or port can't be read"),
        ("https://u:hunter2@a:x/", "is no address; its host or port can't be read"),
        ("https://hunter2 a.example/", "has a space or an invisible character in it"),
        ("https://hunter2\\u202ea.example/", "has a space or an invisible character in it"),
    ],
)
def test_bad_addresses_are_told_without_showing_them(problems: Any, url: str, problem: str) -> None:
    assert problems(f'[feeds.a]\nurl = "{url}"\n') == [f"feeds.a.url: {problem}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[feeds.a]\n", ["feeds.a.url: is missing"]),
        ("feeds = 3\n", ["feeds: must be a table, not a number"]),
        ("[feeds]\na = 3\n", ["feeds.a: must be a table, not a number"]),
        ('[[feeds]]\nurl = "https://a/"\n', ["feeds: must be a table, not a list"]),
        (
            '[feeds."a b"]\nurl = "https://a/"\n',
            ["feeds.'a b': an id has only A-Z, a-z, 0-9, - and _, at most 64 of them"],
        ),
        ("[fedes.a]\n", ["fedes: unknown key; did you mean 'feeds'?"]),
        ("[poll]\nconcurrency = 0\n", ["poll.concurrency: must be from 1 to 1000"]),
        ("[poll]\nconcurrency = true\n", ["must be a whole number, not true or false"]),
        ("[poll]\nper_host = 1.5\n", ["poll.per_host: must be a whole number, not a number"]),
        ("[poll]\ntimeout = 0\n", ["poll.timeout: must be from 0.1 seconds to 10m"]),
        ("[poll]\ntimeout = nan\n", ["poll.timeout: must be from 0.1 seconds to 10m"]),
        ("[poll]\nspacing = -1\n", ["poll.spacing: must be from 0s to 1h"]),
        ('[poll]\nprivate = ["http://x/"]\n', ["poll.private: must be names of hosts only"]),
        ("[rules.a]\n", ["rules.a: has neither when nor on; say what it watches for"]),
        ("[rules.a]\non = 'kve'\n", ["rules.a.on: no transition 'kve'; did you mean 'kev'?"]),
        (
            "[rules.a]\non = 'disputed>=2'\n",
            ["rules.a.on: 'disputed>=2': disputed takes no number"],
        ),
        (
            "[rules.a]\non = 'sources'\n",
            ["rules.a.on: 'sources': needs a number from 2 to 1000; write \"sources>=3\""],
        ),
        (
            "[rules.a]\non = 'epss>=0.0001'\n",
            ["'epss>=0.0001': needs a number from 0.01 to 1; write \"epss>=0.1\""],
        ),
        ("[rules.a]\non = []\n", ["rules.a.on: must not be empty"]),
        (
            "[rules.a]\nwhen = 'x'\nnotify = 'bel'\n",
            ["rules.a.notify: no target 'bel'; did you mean 'bell'?"],
        ),
        (
            "[rules.a]\nwhen = 'x'\nquiet = '22-7'\n",
            ["rules.a.quiet: '22-7' is no span of hours; write \"22:00-07:00\""],
        ),
        (
            "[notify.a]\nurl = 'https://a/'\n",
            ["notify.a.kind: is missing, and the id names none"],
        ),
        ("[notify.webhook]\n", ["notify.webhook.url: is missing"]),
        ("[notify.ntfy]\nurl = 'ftp://me:pw@a/'\n", ["notify.ntfy.url: must begin with http"]),
        ("[notify.command]\n", ["notify.command.command: is missing"]),
        (
            "[notify.command]\ncommand = 'rm -r'\n",
            ['notify.command.command: must be a list, ["program", "argument"]'],
        ),
        ("[notify.apprise]\n", ["notify.apprise.url: is missing"]),
        (
            "[notify.desktop]\ndigest = '8'\n",
            ["notify.desktop.digest: '8' is no time of day; write \"08:00\""],
        ),
        (
            '[rules.a]\nwhen = "x"\nseverity = "hihg"\n',
            ["rules.a.severity: unknown value 'hihg'; did you mean 'high'?"],
        ),
        ("[rules.a]\nwhen = 'x'\nlimit = 'x'\n", ["rules.a.limit: must be a whole number"]),
        ("[rules.a]\nwhen = 'x'\non = 1\n", ["rules.a.on: must be a string or a list of strings"]),
        ("[ui.keys]\npin = 5\n", ["ui.keys.pin: must be a string or a list of strings"]),
        ("[ui]\ncolour = 1\n", ["ui.colour: unknown key; known are theme, pinned_first, keys"]),
        ("[queries]\na = ['x']\n", ["queries.a: must be a string in quotes, not a list"]),
        ("[watch]\nkeywords = ['']\n", ["watch.keywords: must not be empty"]),
        ("[store]\nkeep = '1h'\n", ["store.keep: must be from 1d to 36500d"]),
        ("[devices.a]\nmodell = 'x'\n", ["devices.a.modell: unknown key; did you mean 'model'?"]),
        (
            "[devices.a]\npatch_level = 'August'\n",
            [
                "devices.a.patch_level: 'August' is no patch level; "
                'write "2025-08", "2025-08-01" or "August 2025"'
            ],
        ),
        ("[devices.a]\npatch_level = '2025-13'\n", ["'2025-13' is no patch level"]),
        ("[devices.a]\npatch_level = 2025\n", ["must be a string in quotes, not a number"]),
        (
            "[devices.a]\ncadence = 'montly'\n",
            ["devices.a.cadence: unknown value 'montly'; did you mean 'monthly'?"],
        ),
        ("[devices.a]\nmodel = ''\n", ["devices.a.model: must not be empty"]),
        ("[devices.a]\nsystem = 4.2\n", ["devices.a.system: must be a string in quotes"]),
        ("[sources.a]\nurl = 'x'\n", ["sources.a.url: must begin with http:// or https://"]),
        (
            "[poll]\nper_hots = 1\n[feeds.a]\nkind = 'x'\n[x]\n",
            [
                "poll.per_hots: unknown key; did you mean 'per_host'?",
                "feeds.a.url: is missing",
                "feeds.a.kind: unknown value 'x'; known are press",
                "x: unknown key",
            ],
        ),
    ],
)
def test_all_problems_are_told_at_once(problems: Any, content: str, expected: list[str]) -> None:
    found = problems(content)
    assert len(found) == len(expected)
    assert all(part in line for part, line in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '[feeds.a]\nurl = "https://a/"\n\n[feeds.a]\nurl = "https://b/"\n',
            "line 4: [feeds.a] is there twice; give each its own id",
        ),
        ('[feeds.a]\nurl = "https://u:hunter2@a/\n', "line 2: "),
        ("[feeds.a]\nurl https://u:hunter2@a/\n", "line 2: "),
        ('a = {"u:hunter2@b" = 1, "u:hunter2@b" = 2}\n', "line 1: "),
        ("a = [", "no TOML: "),
        ("a = 2025-99-99\n", ""),
        ("a = " + "1" * 5000, ""),
        ("a = " + "[" * 5000, "nested too deeply"),
        (b"a = 1\nb = '\xff'\n", "line 2: not UTF-8; save the file as UTF-8"),
        (b" " * (11 << 20), "larger than 10 MiB"),
    ],
)
def test_what_is_no_toml(problems: Any, content: str | bytes, expected: str) -> None:
    (found,) = problems(content)
    assert expected in found
    assert "hunter2" not in found


def test_a_byte_order_mark_does_no_harm(load: Any) -> None:
    assert load(b"\xef\xbb\xbf[ui]\ntheme = 'nord'\n").ui.theme == "nord"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in [
        (tmp_path / "none.toml", "there is no such file"),
        (tmp_path, "is no file"),
        (Path("a\0b"), ""),
    ]:
        with pytest.raises(ConfigError) as caught:
            config.load(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert reason in str(caught.value)


def test_notes_tell_what_is_odd_but_not_wrong(load: Any) -> None:
    settings = load(
        """
        [feeds.a]
        url = "https://u:secret@a/"
        enabled = false
        [feeds.b]
        url = "https://u:secret@a/"
        enabled = false
        [watch]
        keywords = []
        [devices.phone]
        title = "Mine"
        [sources.nvd]
        url = "https://nvd.example/"
        products = ["harmonyos"]
        """
    )
    assert settings.notes == (
        "feeds.toml: devices.phone: without model and system no bulletin can be matched",
        "feeds.toml: devices.phone: without patch_level nothing can be said of what is open",
        "feeds.toml: feeds.b.url: the same as that of feeds.a",
        "feeds.toml: feeds: none is enabled, nothing will be polled",
        'feeds.toml: watch.keywords: empty, so feeds with keep = "matching" keep nothing',
    )


def test_a_source_needs_no_more_than_its_name(load: Any) -> None:
    settings = load(
        '[sources.kev]\n[sources.mirror]\nkind = "huawei"\nurl = "http://h/"\nmonths = 6'
    )
    assert settings.sources == (
        Source("kev", "kev", "CISA KEV"),
        Source("mirror", "huawei", "Huawei bulletins", "http://h/", months=6),
    )


def test_a_source_that_is_no_client_is_told(problems: Any) -> None:
    assert problems("[sources.nvdd]") == [
        "sources.nvdd.kind: is missing, and the id names none; did you mean 'nvd'?"
    ]
    assert problems('[sources.a]\nkind = "kevv"') == [
        "sources.a.kind: unknown value 'kevv'; did you mean 'kev'?"
    ]
    assert problems('[sources.huawei]\nproducts = ["phone"]') == [
        "sources.huawei.products: no line 'phone'; did you mean 'phones'?"
    ]


def test_a_feed_and_a_source_have_ids_of_their_own(problems: Any) -> None:
    assert problems('[feeds.huawei]\nurl = "https://a.example/"\n[sources.huawei]\n') == [
        "sources.huawei: feeds.huawei has this id; give one of them another, and a source of "
        'another name its kind: kind = "huawei"'
    ]


def test_a_vendor_is_asked_in_one_language(load: Any, problems: Any) -> None:
    both = '[sources.huawei]\n[sources.cn]\nkind = "huawei"\nlang = "zh"\n'
    assert problems(both) == [
        "sources.cn.lang: sources.huawei asks for the same bulletins in 'en'; choose one language"
    ]
    assert len(load(both + "enabled = false").sources) == 2
    assert len(load('[sources.huawei]\n[sources.openharmony]\nlang = "zh"').sources) == 2


def test_the_shipped_sources_are_asked_only_beside_the_shipped_feeds(load: Any) -> None:
    assert {source.kind for source in load('[ui]\ntheme = "nord"').sources} == {*SOURCE_KINDS}
    assert load('[feeds.a]\nurl = "https://a.example/"').sources == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("45s", 45), ("30m", 1800), ("2h", 7200), ("7d", 604800), ("2w", 1209600), ("1h30m", 5400)],
)
def test_durations(text: str, expected: float) -> None:
    assert config.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "h", "1.5h", "-1h", "1 h", "1H", "1h ", "٣h", "1y"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write 30m, 2h or 1d"):
        config.seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-08", "2025-08"),
        ("2025-8", "2025-08"),
        ("2025-08-01", "2025-08-01"),
        ("August 2025", "2025-08"),
        ("AUG  2025", "2025-08"),
        ("Sept. 2025", "2025-09"),
        ("1 August 2025", "2025-08-01"),
        ("August 1, 2025", "2025-08-01"),
        ("2025年8月", "2025-08"),
        ("2025年8月1日", "2025-08-01"),
    ],
)
def test_patch_levels(load: Any, text: str, expected: str) -> None:
    settings = load(f"[devices.a]\nmodel = 'x'\npatch_level = '{text}'\n")
    assert [device.patch_level for device in settings.devices] == [expected]
    assert settings.notes == ()


TOML = st.recursive(
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.dates()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
KEYS = [
    *("feeds", "poll", "watch", "queries", "rules", "ui", "keys", "url", "interval", "a", "when"),
    *("devices", "patch_level", "cadence", "on", "notify", "quiet", "command", "digest"),
]
TABLES = st.recursive(
    st.one_of(TOML, st.sampled_from(["https://a.example/", "1h", "press"])),
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner),
)


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.dictionaries(st.sampled_from(KEYS), TABLES))
def test_whatever_stands_in_a_file_is_taken_or_told(raw: dict[str, Any]) -> None:
    found: list[str] = []
    walk(raw, SCHEMA, "", found)
    assert all(problem.isprintable() for problem in found)


# ------------------------------------------------------------------------------ where it all is


def test_finds_the_configuration_in_order(tmp_path: Path) -> None:
    users = tmp_path / "monitor" / "feeds.toml"
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert config.find(None, env) is None
    users.parent.mkdir()
    users.write_text("")
    assert config.find(None, env) == users
    assert config.find(None, env | {"MONITOR_CONFIG": ""}) == users
    assert config.find(None, env | {"MONITOR_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert config.find("a.toml", env | {"MONITOR_CONFIG": "/b.toml"}) == Path("a.toml")


def test_finds_the_data_folder_in_order(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path)}
    assert config.data_folder(None, env) == tmp_path / "monitor"
    assert config.data_folder(None, env | {"MONITOR_DATA": "/b"}) == Path("/b")
    assert config.data_folder("a", env | {"MONITOR_DATA": "/b"}) == Path("a")


def test_relative_xdg_folders_do_not_count() -> None:
    # XDG Base Directory specification: "All paths set in these variables must be absolute."
    folder = config.data_folder(None, {"XDG_DATA_HOME": "relative"})
    assert folder.is_absolute()
    assert folder.name == "monitor"


def test_imports_nothing_heavy() -> None:
    code = (
        "import sys, os; from monitor import config; config.find(None, {'XDG_CONFIG_HOME': '/'});"
        "config.load(None); heavy = {'difflib', 'platformdirs', 're2', 'rapidfuzz', 'textual'};"
        "print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
