"""Draws docs/img/data-flow.svg from docs/img/data-flow.toml; with `--check` it compares only."""

import argparse
import sys
import tomllib
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = Path(__file__).parents[1] / "docs" / "img" / "data-flow.toml"
DRAWING = SOURCE.with_suffix(".svg")
# Pixels: a box, the gap between boxes, the margin around all of them.
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN, TITLE = 190, 84, 46, 46, 24, 34
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: black; text-anchor: middle; }
  .name { font-weight: 600; }
  .title { font-size: 15px; font-weight: 600; text-anchor: start; }
  rect { stroke-width: 1.5; rx: 8; }
  .role { fill: honeydew; stroke: seagreen; }
  .aws { fill: aliceblue; stroke: royalblue; }
  .outside { fill: white; stroke: slategray; }
  .page { fill: white; }
  line { stroke: slategray; stroke-width: 1.5; marker-end: url(#end); }
  .both { marker-start: url(#start); }
"""
MARKERS = (
    '<marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="slategray"/></marker>'
    '<marker id="start" viewBox="0 0 8 8" refX="0" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M8 0 0 4 8 8z" fill="slategray"/></marker>'
)


class Box(NamedTuple):
    """A box with its upper left corner in pixels."""

    x: int
    y: int
    name: str
    text: list[str]
    kind: str


def draw(flow: dict[str, Any]) -> str:
    """Return the SVG of a flow: its title, its boxes, the arrows between them."""
    boxes = {box["id"]: _place(box) for box in flow["box"]}
    width = max(box.x for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.y for box in boxes.values()) + HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(flow['title'])}</title><style>{STYLE}</style><defs>{MARKERS}</defs>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 6}">{escape(flow["title"])}</text>',
        *(_draw_arrow(arrow, boxes[arrow["from"]], boxes[arrow["to"]]) for arrow in flow["arrow"]),
        *map(_draw_box, boxes.values()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(box: dict[str, Any]) -> Box:
    x = MARGIN + box["column"] * (WIDTH + GAP_X)
    y = MARGIN + TITLE + box["row"] * (HEIGHT + GAP_Y)
    return Box(x, y, box["name"], box["text"], box["kind"])


def _draw_box(box: Box) -> str:
    middle = box.x + WIDTH // 2
    first = box.y + HEIGHT // 2 - 9 * len(box.text) + 4
    lines = [f'<text class="name" x="{middle}" y="{first}">{escape(box.name)}</text>']
    lines += [
        f'<text x="{middle}" y="{first + 18 * number}">{escape(line)}</text>'
        for number, line in enumerate(box.text, start=1)
    ]
    rect = f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}"/>'
    return rect + "".join(lines)


def _draw_arrow(arrow: dict[str, Any], start: Box, end: Box) -> str:
    (x1, y1), (x2, y2) = _find_ends(start, end)
    both = ' class="both"' if arrow.get("both") else ""
    line = f'<line{both} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
    if "label" not in arrow:
        return line
    return line + f'<text x="{(x1 + x2) // 2}" y="{(y1 + y2) // 2 - 8}">{escape(arrow["label"])}</text>'


def _find_ends(start: Box, end: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where an arrow leaves its first box and where it meets the second one."""
    if start.y == end.y:
        y = start.y + HEIGHT // 2
        return ((start.x + WIDTH, y), (end.x, y)) if start.x < end.x else ((start.x, y), (end.x + WIDTH, y))
    if start.x == end.x:
        x = start.x + WIDTH // 2
        return ((x, start.y + HEIGHT), (x, end.y)) if start.y < end.y else ((x, start.y), (x, end.y + HEIGHT))
    x1, x2 = (start.x + WIDTH, end.x) if start.x < end.x else (start.x, end.x + WIDTH)
    y1, y2 = (start.y + HEIGHT, end.y) if start.y < end.y else (start.y, end.y + HEIGHT)
    return (x1, y1), (x2, y2)


def main() -> int:
    """Draw, or check that the drawing is the one of the text; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if the drawing is not current")
    drawing = draw(tomllib.loads(SOURCE.read_text(encoding="utf-8")))
    if parser.parse_args().check:
        return int(DRAWING.read_text(encoding="utf-8") != drawing)
    DRAWING.write_text(drawing, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
