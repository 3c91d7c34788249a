"""Gives India the coast of Natural Earth and the land border of the official drawing.

The drawing has the outline that the law asks for, but a coast that is some kilometres off. Natural Earth has
a good coast, but not the official border. So the land border comes from the one, and the coast and most
islands from the other.
"""

from collections.abc import Iterable

import shapely

from laboratory.basemap.natural_earth import Polygon, Shape
from tracking.map_geometry import Box, Line, Ring

# Nearer than this to foreign land (degrees) the drawing decides what is India: it is off by less.
BORDER_REACH = 0.15
# An island of the drawing nearer than this to one of the coast's source is the same island.
SAME_ISLAND = 0.08
# Creeks narrower than twice this are closed: the sources disagree about them.
CREEK = 0.006
# Both sources mix where the land border meets the sea: the Sundarbans, the west of Kutch. Wider creeks close.
MOUTHS = ((88.5, 21.3, 89.4, 22.6), (68.0, 23.2, 69.4, 24.2))
WIDE_CREEK = 0.05
# Foreign land reaches this far under India, so that no gap shows between them.
OVERLAP = 0.1
# A line between states ends at most this far from the coast that replaces its own.
LINE_REACH = 0.12


def draw_coast(drawing: list[Ring], land: Shape, own: Shape) -> Shape:
    """Return India: the drawing's land border, the coast and the islands of `land`.

    `own` is what the source of `land` draws as India; it decides the coast alone.
    """
    drawn = shapely.union_all(shapely.make_valid([shapely.Polygon(ring) for ring in drawing]))
    foreign = shapely.difference(land, own)
    near_border = shapely.buffer(foreign, BORDER_REACH, quad_segs=4)
    inland = shapely.intersection(drawn, land)
    coast = shapely.difference(shapely.difference(own, drawn), near_border)
    # The smallest islands are in the drawing alone.
    islands = [part for part in shapely.get_parts(drawn) if not shapely.dwithin(part, land, SAME_ISLAND)]
    india = close_creeks(shapely.union_all([inland, coast, *islands]), CREEK)
    mouths = shapely.intersection(land, shapely.union_all([shapely.box(*box) for box in MOUTHS]))
    return shapely.union(india, shapely.intersection(close_creeks(india, WIDE_CREEK), mouths))


def draw_neighbours(land: Shape, india: Shape) -> Shape:
    """Return the foreign land, which goes on for a little way under India."""
    foreign = shapely.difference(land, india)
    return shapely.intersection(shapely.buffer(foreign, OVERLAP, quad_segs=2), shapely.union(land, india))


def fit_lines(lines: Iterable[Line], india: Shape) -> list[Line]:
    """Return lines between states, cut at the coast or drawn on to it."""
    edge = shapely.boundary(india)
    fitted = []
    for line in lines:
        longer = shapely.LineString([*_reach(line[0], india, edge), *line, *_reach(line[-1], india, edge)])
        parts = shapely.get_parts(shapely.intersection(longer, india))
        fitted += [list(part.coords) for part in parts if part.geom_type == "LineString"]
    return fitted


def close_creeks(shape: Shape, reach: float) -> Shape:
    """Fill inlets and straits narrower than twice `reach` degrees."""
    wider = shapely.buffer(shape, reach, join_style="mitre", mitre_limit=2)
    return shapely.union(shape, shapely.buffer(wider, -reach, join_style="mitre", mitre_limit=2))


def generalise(shape: Shape, tolerance: float) -> Shape:
    """Draw a shape for a scale at which `tolerance` degrees are hardly visible; no island is lost."""
    parts = shapely.get_parts(close_creeks(shape, tolerance))
    return shapely.union_all(shapely.simplify(parts, tolerance / 2, preserve_topology=True))


def draw_near_and_far(shape: Shape, outer: Box, inner: Box, near: float, far: float) -> Shape:
    """Draw what lies in the outer box: with tolerance `near` (degrees) in the inner box, else with `far`."""
    inside = shapely.box(*inner)
    around = shapely.difference(shapely.box(*outer), inside)
    return shapely.union(
        shapely.intersection(generalise(shape, near), inside),
        shapely.intersection(generalise(shape, far), around),
    )


def list_polygons(shape: Shape, min_area: float = 0.0) -> list[Polygon]:
    """Return the polygons, each with its outer ring first; none smaller than `min_area` square degrees."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    kept = sorted((part for part in parts if part.area >= min_area), key=lambda part: -part.area)
    return [
        [
            _open(ring)
            for ring in (part.exterior, *part.interiors)
            if shapely.area(shapely.Polygon(ring)) >= min_area
        ]
        for part in kept
    ]


def _open(ring: shapely.LinearRing) -> Ring:
    return [(x, y) for x, y, *_ in ring.coords[:-1]]


def _reach(end: tuple[float, float], india: Shape, edge: Shape) -> list[tuple[float, float]]:
    """Return the place on the coast to which a line goes on from its end; none if it ends far inland."""
    point = shapely.Point(end)
    if not shapely.dwithin(point, edge, LINE_REACH) or not shapely.contains(india, point):
        return []
    found = shapely.shortest_line(point, edge).coords[-1]
    return [(found[0], found[1])]
