"""Views of pages: language, theme, width. The whole matrix shows all of them, `make test` one of each."""

from collections.abc import Iterable, Mapping
from itertools import cycle, product
from typing import Any, NamedTuple

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tracking.translation import LANGUAGES

HEIGHT = 844
THEMES = ("light", "dark")
CUSTOMER_WIDTHS = {"small": 320, "phone": 390, "desk": 1280}
STAFF_WIDTHS = {"phone": 390, "tablet": 768, "desk": 1280}
# Cards hide what is wider than they are.
_CUT_OFF = (
    "[...document.querySelectorAll('.card')].filter((card) => card.scrollWidth > card.clientWidth)"
    ".map((card) => card.innerText)"
)


class View(NamedTuple):
    """Language, theme and the name of the width of a page."""

    language: str
    theme: str
    width: str


def spread_views(names: Iterable[str], languages: Iterable[str] = LANGUAGES) -> list[tuple[str, View]]:
    """Give each name one view, so that 18 names meet each pair of language, theme and width together."""
    views = (View(*each) for each in product(languages, THEMES, CUSTOMER_WIDTHS))
    return list(zip(names, cycle(views), strict=False))


def show_view(page: Any, theme: str, width: int) -> None:
    """Show the open page in this theme and width (in px)."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHT})


def find_overflow(
    page: Any, watch: Watch, widths: Mapping[str, int] = CUSTOMER_WIDTHS
) -> dict[str, list[str]]:
    """Return by width what is wider than the window or its card; the page keeps the last width."""
    found = {}
    for label, width in widths.items():
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found[label] = [*watch.sideways(), *page.evaluate(_CUT_OFF)]
    return {label: wide for label, wide in found.items() if wide}


def judge_everywhere(
    page: Any, watch: Watch, name: str, widths: Mapping[str, int] = CUSTOMER_WIDTHS
) -> dict[str, Any]:
    """Return what is wrong with an open page, by theme and width, and keep a picture of each."""
    found = {}
    for theme, (label, width) in product(THEMES, widths.items()):
        show_view(page, theme, width)
        keep_screenshot(page, f"{name}-{theme}-{label}")
        wrong = [*find_violations(page), *watch.sideways(), *page.evaluate(_CUT_OFF)]
        if wrong:
            found[f"{name}-{theme}-{label}"] = wrong
    return found
