"""Check of an open page by axe-core against the success criteria of WCAG 2.2, levels A and AA."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def find_violations(page: Any, within: str | None = None) -> list[tuple[str, list[str]]]:
    """Return each violated rule with the elements that violate it, of the page or of what a selector finds.

    What lies over the page covers parts of its controls, which are then too small: look at it alone.
    """
    found = Axe().run(page, context=within, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]]
