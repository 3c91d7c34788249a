#!/usr/bin/env python
"""Writes the guide of the API's page from `docs/api.md`: its section of ten minutes, as HTML.

`--check` writes nothing, and exits with 1 if the file is not up to date.
"""

import re
import sys
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "api.md"
TARGET = ROOT / "tracking" / "templates" / "tracking" / "api_guide.html"
FIRST, NEXT = "## Ten minutes with curl\n", "## The same in Python\n"
# A page of the product has no other documents: their links become plain text, but for the OpenAPI document.
_LINK = re.compile(r"\[([^\]]+)\]\((?!https:)([^)]+)\)")
_NOT_ID = re.compile(r"[^a-z0-9]+")


def main() -> None:
    """Write the file, or with `--check` compare it."""
    rendered = render_guide(SOURCE.read_text(encoding="utf-8"))
    if sys.argv[1:] == ["--check"]:
        sys.exit(TARGET.read_text(encoding="utf-8") != rendered)
    TARGET.write_text(rendered, encoding="utf-8")


def render_guide(text: str) -> str:
    """Return the HTML of the section; its headings have ids, and its code can be scrolled by keyboard."""
    section = FIRST + text.partition(FIRST)[2].partition(NEXT)[0]
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(_LINK.sub(r"\1", section))
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _make_id(inside))
    html = markdown.renderer.render(tokens, markdown.options, {})
    return "{% verbatim %}" + html.replace("<pre>", '<pre tabindex="0">') + "{% endverbatim %}\n"


def _make_id(heading: Token) -> str:
    return "guide-" + _NOT_ID.sub("-", heading.content.lower()).strip("-")


if __name__ == "__main__":
    main()
