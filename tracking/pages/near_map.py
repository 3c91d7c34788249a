"""Map of the last mile: the door's area inside rings of 1, 2 and 5 km, and the vehicle's position.

No streets are drawn, because the basemap has none.
"""

import math
from typing import NamedTuple

from tracking.eta.recipient_view import VanNearby
from tracking.pages.curve import write_number
from tracking.pages.lane_map import KM_PER_DEGREE
from tracking.pages.texts import render_text

# Centre of the picture of 640 by 230 px, raised: a vehicle at the lower edge is above the caption.
CENTRE = (320.0, 98.0)
RINGS_KM = (1, 2, 5)
# Radius of the smallest ring around the vehicle; a vehicle outside all rings is drawn at EDGE_PX.
RING_PX, EDGE_PX = 74.0, 80.0
# A vehicle at the door is drawn beside it. The centre is only the middle of the area, so no distance is told.
BESIDE_PX = 20.0
# A smaller ring has no room for its label beside the door.
LABELLED_FROM_PX = 24.0


class Ring(NamedTuple):
    """Ring around the door: radius in km and in px, y of its label, `label` is `visible` or `hidden`."""

    km: int
    radius: str
    label_y: str
    label: str


class NearScene(NamedTuple):
    """Picture in pixels, its caption, and its text description for screen readers."""

    rings: tuple[Ring, ...]
    dot: str
    way: str
    caption: str
    description: str


def draw_near(near: VanNearby) -> NearScene:
    """Draw the rings around the door's area and the vehicle in them: at the door, close beside it."""
    beside_km = BESIDE_PX / RING_PX * RINGS_KM[0]
    east, north = (beside_km, 0.0) if near.is_at_door else _step(near)
    km = math.hypot(east, north)
    scale = RING_PX / next((ring for ring in RINGS_KM if km <= ring), RINGS_KM[-1])
    # A distant vehicle is drawn at the edge, in its true direction; the caption has the distance.
    shrink = min(1.0, EDGE_PX / (km * scale)) if km else 1.0
    x, y = CENTRE[0] + east * scale * shrink, CENTRE[1] - north * scale * shrink
    caption = format_near(near)
    return NearScene(
        rings=tuple(_ring(ring, scale) for ring in RINGS_KM),
        dot=f"{write_number(x)} {write_number(y)}",
        way=f"M{write_number(x)} {write_number(y)}L{write_number(CENTRE[0])} {write_number(CENTRE[1])}",
        caption=caption,
        description=caption if near.is_at_door else render_text("near.description", near=caption),
    )


def format_near(near: VanNearby) -> str:
    """Format as `4 stops before you · 2.3 km`; at the door as `At your door`."""
    if near.is_at_door:
        return render_text("near.door")
    stops = near.stops_ahead
    count = render_text(f"near.stops.{stops}" if stops < 2 else "near.stops", n=stops)
    return render_text("near.text", stops=count, distance=_format_distance(math.hypot(*_step(near))))


def _format_distance(km: float) -> str:
    """Format in steps of 100 m, the accuracy of the position."""
    hundreds = max(1, math.floor(km * 10 + 0.5))
    if hundreds < 10:
        return render_text("near.metres", n=hundreds * 100)
    return render_text("near.km", n=f"{hundreds / 10:.1f}")


def _step(near: VanNearby) -> tuple[float, float]:
    """Return the offset from the door to the vehicle: kilometres east, kilometres north."""
    east = (near.lon - near.pin_lon) * KM_PER_DEGREE * math.cos(math.radians(near.pin_lat))
    return east, (near.lat - near.pin_lat) * KM_PER_DEGREE


def _ring(km: int, scale: float) -> Ring:
    px = km * scale
    label = "visible" if px >= LABELLED_FROM_PX else "hidden"
    return Ring(km, write_number(px), write_number(CENTRE[1] - px + 4), label)
