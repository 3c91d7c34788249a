"""Style sheets of e-mails: the tokens of the pages filled in, since mail programs know no variables."""

import re
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from django.contrib.staticfiles import finders

TOKENS = "tracking/tokens.css"
LIGHT, DARK = ":root", ":root.theme-dark"
_TOKEN = re.compile(r"(--[\w-]+):\s*([^;]+);")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")


def inline_styles(html: str) -> str:
    """Return the document with the light style sheet in its elements, and the dark one in its head."""
    return _make_inliner().inline(html).replace("</head>", f"<style>{_read_dark()}</style></head>", 1)


def fill_tokens(sheet: str, theme: str) -> str:
    """Return a style sheet with each variable replaced by its value in the theme.

    Raises `KeyError` for a variable that no token defines.
    """
    tokens = _read_tokens(theme)
    return _VARIABLE.sub(lambda found: tokens[found[1]], sheet)


@cache
def _make_inliner() -> CSSInliner:
    sheet = fill_tokens(_read("notifications/email.css"), LIGHT)
    return CSSInliner(extra_css=sheet, load_remote_stylesheets=False)


@cache
def _read_dark() -> str:
    sheet = fill_tokens(_read("notifications/email-dark.css"), DARK)
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)).strip()


@cache
def _read_tokens(theme: str) -> dict[str, str]:
    """Return the tokens of a theme; what the dark one does not define is as in the light one."""
    light = {} if theme == LIGHT else _read_tokens(LIGHT)
    block = re.search(rf"^{re.escape(theme)} {{(.*?)^}}", _read(TOKENS), re.DOTALL | re.MULTILINE)
    if block is None:
        raise LookupError(f"{TOKENS} has no theme {theme}")
    return light | {name: " ".join(value.split()) for name, value in _TOKEN.findall(block[1])}


def _read(name: str) -> str:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return Path(found).read_text(encoding="utf-8")
