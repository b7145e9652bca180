"""What a link becomes before it reaches a browser (R14)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.tui.opener import OpenError, command, open_link, run_in_terminal, text_browser

URL = "https://example.org/a?b=%s&c='$(id)'"


@pytest.mark.parametrize(
    ("env", "arguments"),
    [
        ({"BROWSER": "firefox"}, ["firefox", URL]),
        ({"BROWSER": "firefox --new-tab %s"}, ["firefox", "--new-tab", URL]),
        ({"BROWSER": "lynx:w3m"}, ["lynx", URL]),
    ],
)
def test_a_link_is_one_argument(env: Mapping[str, str], arguments: list[str]) -> None:
    assert command(URL, env) == arguments


@pytest.mark.parametrize(
    "browser", ["sh -c 'firefox %s'", "/bin/bash", "env sh -c %s", "powershell", "'unclosed"]
)
def test_a_shell_is_refused(browser: str) -> None:
    with pytest.raises(OpenError):
        command(URL, {"BROWSER": browser})


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "file:///etc/passwd", "--remote-debugging-port=9222",
     "https://user@example.org/", "https://example.org/\n", "data:text/html,x", " https://x.org"],
)  # fmt: skip
def test_only_web_links_pass(url: str) -> None:
    with pytest.raises(OpenError):
        command(url, {"BROWSER": "firefox"})


def test_without_a_browser_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(OpenError, match="BROWSER"):
        command("https://example.org/", {"PATH": str(tmp_path)}, "linux")


def test_the_platforms_opener_is_found(tmp_path: Path) -> None:
    opener = tmp_path / "xdg-open"
    opener.touch(0o755)
    found = command("https://example.org/", {"PATH": str(tmp_path)}, "linux")
    assert found == [str(opener), "https://example.org/"]


def test_a_browser_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "surf"
    browser.write_text("#!/bin/sh\nexit 3\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with pytest.raises(OpenError, match=r"surf failed \(exit code 3\)"):
        open_link("https://example.org/", patience=10.0)


def test_a_browser_gets_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, seen = tmp_path / "surf", tmp_path / "seen"
    browser.write_text(f"#!/bin/sh\necho $1 > {seen}\nexec cat /dev/null\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    open_link("https://example.org/", patience=10.0)
    assert seen.read_text() == "https://example.org/\n"


def test_a_browser_of_text_is_known_by_its_name() -> None:
    assert text_browser(URL, {"BROWSER": "/usr/bin/w3m -F"}) == ["/usr/bin/w3m", "-F", URL]
    assert text_browser(URL, {"BROWSER": "firefox"}) == []
    assert text_browser(URL, {"BROWSER": "sh -c lynx"}) == []
    assert text_browser("file:///etc/passwd", {"BROWSER": "lynx"}) == []
    assert text_browser(URL, {}) == []


def test_a_browser_of_text_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OpenError, match="No such file"):
        run_in_terminal([str(tmp_path / "lynx"), URL])
