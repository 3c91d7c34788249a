"""Check of an open page by axe-core against the success criteria of WCAG 2.2, levels A and AA."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": WCAG},
    # Without the details of rules that hold: they are most of the answer, and nobody reads them.
    "resultTypes": ["violations"],
    # For a style sheet that imports another, axe-core would add an inline style, which the content policy
    # blocks with an error in the console. No rule of these levels reads style sheets.
    "preload": {"assets": ["media"]},
}
_IS_LOADED = "'axe' in window"
# After a change of theme, colours pass through others for up to 0.2 s.
_SETTLE = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""
_RUN = """async ([within, options]) => (await axe.run(within ?? document, options)).violations
  .map((rule) => [rule.id, rule.nodes.map((node) => node.html)])"""


def find_violations(page: Any, within: str | None = None) -> list[tuple[str, list[str]]]:
    """Return each violated rule with the elements that violate it, of the page or of what a selector finds.

    What lies over the page covers parts of its controls, which are then too small: look at it alone.
    """
    if not page.evaluate(_IS_LOADED):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(_SETTLE)
    return [(rule, elements) for rule, elements in page.evaluate(_RUN, [within, OPTIONS])]
