"""Pages keep the strict content security policy and the design tokens: nothing inline, no foreign host."""

import re

from tests.house.sources import find_lines, paths

INLINE = re.compile(
    r"""<style\b|\sstyle\s*=|<[^>]*\son[a-z]+\s*=|\bhx-on\b|["'=]\s*js:|javascript:|hx-trigger="[^"]*\["""
)
INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)")
CODE_AT_RUN_TIME = re.compile(r"""\beval\(|new Function\(|setAttribute\(\s*["']style["']|\.cssText\b""")
_LOADS = (
    r"""<(?:script|link|img|iframe|source|use)\b[^>]*(?:src|href)=["']"""
    r"""|url\(\s*["']?"""
    r"""|@import\s+["']|\bfrom\s+["']|\bimport\(?\s*["']"""
    r"""|\bfetch\(\s*["'`]|new (?:WebSocket|Worker)\(\s*["'`]"""
)
FOREIGN = re.compile(rf"(?:{_LOADS})(?:[a-z]+:)?//")
HEX = r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b"
FUNCTION = r"\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\("
NAMED = r"(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple|pink|brown|silver|gold|navy|teal)"
COLOUR_IN_CSS = re.compile(rf":[^;{{}}]*(?:{HEX}|{FUNCTION}|(?<![\w-]){NAMED}(?![\w-]))")
COLOUR_ELSEWHERE = re.compile(
    rf"""["'`]{HEX}["'`;]|["'`:]\s*{FUNCTION}|(?:fill|stroke|color|bgcolor)=["'](?:{HEX}|{NAMED}["'])"""
)
COLOUR_FILE = "tokens.css"
# A table wider than its page is scrolled by keys only if it takes the focus.
_WITH_KEYS = r"""(?=[^>]*\btabindex="0")(?=[^>]*\brole=)[^>]*\baria-label"""
SCROLLED_BY_FINGERS = re.compile(rf"""class="scroll\b(?!{_WITH_KEYS})""")


def test_templates_contain_no_inline_style_and_no_inline_event() -> None:
    # A plot in a document is not part of any page.
    shown = tuple(path for path in paths(".html", ".svg") if not path.startswith("docs/"))
    assert find_lines(INLINE, shown) == []


def test_templates_contain_no_inline_script() -> None:
    assert find_lines(INLINE_SCRIPT, paths(".html", ".svg")) == []


def test_scripts_create_no_code_and_no_inline_style() -> None:
    assert find_lines(CODE_AT_RUN_TIME, paths(".js", ".mjs")) == []


def test_pages_load_nothing_from_another_host() -> None:
    assert find_lines(FOREIGN, paths(".html", ".css", ".js", ".mjs")) == []


def test_style_sheets_use_only_colours_of_the_tokens() -> None:
    sheets = tuple(path for path in paths(".css") if not path.endswith(COLOUR_FILE))
    assert find_lines(COLOUR_IN_CSS, sheets) == []


def test_templates_and_code_contain_no_colour() -> None:
    sources = tuple(path for path in paths(".html", ".js", ".mjs", ".py") if not path.startswith("tests/"))
    assert find_lines(COLOUR_ELSEWHERE, sources) == []


def test_every_table_that_scrolls_takes_the_focus_and_has_a_name() -> None:
    templates = tuple(path for path in paths(".html") if not path.startswith("tests/"))
    assert find_lines(SCROLLED_BY_FINGERS, templates) == []
