"""Check of an open page by axe-core against the success criteria of WCAG 2.2, levels A and AA."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": WCAG},
    # For a style sheet that imports another, axe-core would add an inline style, which the content policy
    # blocks with an error in the console. No rule of these levels reads style sheets.
    "preload": {"assets": ["media"]},
}


def find_violations(page: Any) -> list[tuple[str, list[str]]]:
    """Return each violated rule with the elements that violate it."""
    found = Axe().run(page, options=OPTIONS)
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]]
