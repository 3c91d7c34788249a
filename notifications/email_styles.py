"""Style sheets of e-mails: the tokens of the pages filled in, since mail programs know no variables."""

import re
from functools import cache

from css_inline import CSSInliner

from tracking.pages.design_tokens import DARK, LIGHT, read_sheet, read_tokens

_VARIABLE = re.compile(r"var\((--[\w-]+)\)")


def inline_styles(html: str) -> str:
    """Return the document with the light style sheet in its elements, and the dark one in its head."""
    return _make_inliner().inline(html).replace("</head>", f"<style>{_read_dark()}</style></head>", 1)


def fill_tokens(sheet: str, theme: str) -> str:
    """Return a style sheet with each variable replaced by its value in the theme.

    Raises `KeyError` for a variable that no token defines.
    """
    tokens = read_tokens(theme)
    return _VARIABLE.sub(lambda found: tokens[found[1]], sheet)


@cache
def _make_inliner() -> CSSInliner:
    sheet = fill_tokens(read_sheet("notifications/email.css"), LIGHT)
    return CSSInliner(extra_css=sheet, load_remote_stylesheets=False)


@cache
def _read_dark() -> str:
    sheet = fill_tokens(read_sheet("notifications/email-dark.css"), DARK)
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)).strip()
