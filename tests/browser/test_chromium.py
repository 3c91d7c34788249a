"""Browser tests find the configured Chromium, or one on PATH that starts."""

import pytest

from tests.browser import chromium
from tests.browser.chromium import NAMED_BY, find_chromium
from tests.distribution import in_browser


@pytest.fixture
def browser_at(tmp_path, monkeypatch):
    """Return a function that puts a program with this exit code on an otherwise empty PATH."""
    monkeypatch.delenv(NAMED_BY, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "_of_playwright", lambda: "/nowhere/chromium")

    def put(name: str, code: int = 0):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {code}\n")
        path.chmod(0o755)
        return path

    return put


def test_the_configured_browser_comes_before_those_on_the_path(browser_at, monkeypatch):
    on_path, named = browser_at("chromium"), browser_at("my-own")
    assert find_chromium() == on_path
    monkeypatch.setenv(NAMED_BY, str(named))
    assert find_chromium() == named


def test_a_program_that_does_not_start_is_skipped(browser_at):
    browser_at("chromium-browser", code=1)
    assert find_chromium() is None
    chrome = browser_at("google-chrome")
    assert find_chromium() == chrome


@in_browser
@pytest.mark.browser
def test_the_browser_opens_a_page(page):
    page.set_content("<title>SwiftLogix</title>")
    assert page.title() == "SwiftLogix"
