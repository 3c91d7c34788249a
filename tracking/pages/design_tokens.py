"""Design tokens as Python reads them from `tokens.css`, and the contrast of two colours."""

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

TOKENS = "tracking/tokens.css"
LIGHT, DARK = ":root", ":root.theme-dark"
_TOKEN = re.compile(r"(--[\w-]+):\s*([^;]+);")
# WCAG 2.2: text needs 4.5, a mark 3.
FOR_TEXT, FOR_MARKS = 4.5, 3.0


@cache
def read_tokens(theme: str) -> dict[str, str]:
    """Return the tokens of a theme; what the dark one does not define is as in the light one."""
    light = {} if theme == LIGHT else read_tokens(LIGHT)
    block = re.search(rf"^{re.escape(theme)} {{(.*?)^}}", read_sheet(TOKENS), re.DOTALL | re.MULTILINE)
    if block is None:
        raise LookupError(f"{TOKENS} has no theme {theme}")
    return light | {name: " ".join(value.split()) for name, value in _TOKEN.findall(block[1])}


def read_sheet(name: str) -> str:
    """Return the text of a style sheet among the static files."""
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(name)
    return Path(found).read_text(encoding="utf-8")


def measure_contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
