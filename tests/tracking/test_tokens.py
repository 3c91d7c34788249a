"""Design tokens: every pair of colours with text or meaning has enough contrast, light and dark."""

import re
from pathlib import Path

import pytest

from tracking.pages.design_tokens import measure_contrast

STATIC = Path(__file__).parents[2] / "tracking/static/tracking"
CSS = (STATIC / "tokens.css").read_text()
TONES = ("info", "good", "warn", "bad", "idle")
# Foreground, background, least contrast (WCAG 2.2: text 4.5, the edge of a control or a mark 3).
PAIRS = [
    ("ink", "card", 4.5),
    ("ink", "bg", 4.5),
    ("muted", "card", 4.5),
    ("muted", "bg", 4.5),
    ("edge", "card", 3),
    ("edge", "bg", 3),
    ("brand", "card", 4.5),
    ("brand", "bg", 4.5),
    ("on-brand", "brand", 4.5),
    *((tone, f"{tone}-soft", 4.5) for tone in TONES),
    *((tone, "card", 3) for tone in TONES),
    ("ink", "map-land", 4.5),
    ("muted", "map-land", 4.5),
    ("muted", "map-neighbour", 4.5),
    ("muted", "map-sea", 4.5),
    ("map-outline", "map-land", 3),
    ("map-outline", "map-sea", 3),
    ("brand", "map-land", 3),
]


def _block(selector: str) -> dict[str, str]:
    start = CSS.index(selector + " {")
    body = CSS[start : CSS.index("}", start)]
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6}|rgb[^;]+);", body))


LIGHT = _block(":root")
DARK_BY_SYSTEM = _block(":root:not(.theme-light)")
DARK_BY_CLASS = _block(":root.theme-dark")


@pytest.mark.parametrize("theme", [LIGHT, DARK_BY_SYSTEM], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_pair_of_colours_has_enough_contrast(
    front: str, back: str, least: float, theme: dict[str, str]
) -> None:
    assert measure_contrast(theme[front], theme[back]) >= least


def test_the_dark_theme_is_the_same_by_system_preference_and_by_choice() -> None:
    assert DARK_BY_SYSTEM == DARK_BY_CLASS


def test_the_dark_theme_defines_every_colour_of_the_light_one() -> None:
    assert DARK_BY_CLASS.keys() == LIGHT.keys()


def test_no_other_file_contains_a_colour() -> None:
    colour = re.compile(r"#[0-9a-f]{3,8}\b(?![^<]*\">)|\b(?:rgb|hsl|oklch)a?\(", re.IGNORECASE)
    own = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"} and path.name != "tokens.css"]
    assert {path.name: colour.findall(path.read_text()) for path in own} == {path.name: [] for path in own}
