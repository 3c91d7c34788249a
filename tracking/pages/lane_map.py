"""Map of the customer page: a lane from hub to hub on the outline of India, drawn by the server as SVG.

The window depends only on the lane, so everything except the parcel is drawn once per lane and cached.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tracking.map_geometry import Point
from tracking.pages.basemap import Frame, cut_lines, draw_land, draw_lines, read_basemap
from tracking.pages.curve import locate, split, write_number
from tracking.pages.map_names import Name, choose_names, name_ends, take_lane

WIDTH, HEIGHT = 640, 230
# Half size of the area that a 320 px phone always shows; the lane's ends stay inside, with room for names.
CORE = (214.0, 116.0)
# The lane is raised by so many pixels, because scale and age of the position are shown at the bottom.
LIFT = 9
FOOT = (-40.0, HEIGHT - 32.0, WIDTH + 40.0, HEIGHT + 40.0)
# At most 10 px per 0.01 degree: a window of 35 km on a phone. The basemap has no detail below that.
MAX_PX_PER_DEGREE = 1000.0
BEND = 0.09
# The neighbours' outlines end up to this many degrees before India's; a broad border line fills the gap.
BORDER_GAP = 0.5
KM_PER_DEGREE = 111.2
SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
GRID_DEGREES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
GRID_PX = 48


@dataclass(frozen=True)
class End:
    """Hub at an end of a lane: its short name and its position in degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Backdrop:
    """Static part of the map: land, borders, names, scale, and the lane's curve in pixels."""

    neighbours: str
    land_border: str
    border_width: float
    india: str
    states: str
    grid: str
    names: tuple[Name, ...]
    start: Point
    bend: Point
    end: Point
    ends: tuple[Name, Name]
    px_per_degree: float
    origin_x: float
    origin_y: float
    scale_km: int
    scale_px: int


@dataclass(frozen=True)
class Scene:
    """Map with the parcel on it: SVG paths of the done and remaining part, the parcel's dot, percent done."""

    backdrop: Backdrop
    done: str
    rest: str
    dot: str
    percent: int


def draw_scene(origin: End, destination: End, lat: float, lon: float) -> Scene:
    """Draw the lane with the parcel (degrees) at the nearest point of the lane."""
    backdrop = draw_backdrop(origin, destination)
    curve = (backdrop.start, backdrop.bend, backdrop.end)
    part = locate(curve, _place(backdrop, lat, lon))
    done, rest, (x, y) = split(curve, part)
    return Scene(backdrop, done, rest, f"{write_number(x)} {write_number(y)}", _percent(part))


@lru_cache(maxsize=500)
def draw_backdrop(origin: End, destination: End) -> Backdrop:
    """Draw the map of a lane without its parcel."""
    basemap = read_basemap()
    frame, px = _choose_frame(origin, destination)
    start, end = (frame.place(basemap.project(hub.lat, hub.lon)) for hub in (origin, destination))
    bend = _bend(start, end)
    ends = name_ends(origin.name, destination.name, start, end)
    km = max((s for s in SCALES_KM if s * px / _km_per_degree(origin, destination) <= 64), default=1)
    zero = frame.place(basemap.project(0.0, 0.0))
    borders = cut_lines(basemap.states, frame)
    return Backdrop(
        neighbours=draw_land(basemap.neighbours, frame),
        land_border=draw_lines(cut_lines(basemap.land_border, frame)),
        border_width=round(px * BORDER_GAP, 1),
        india=draw_land(basemap.india, frame),
        states=draw_lines(borders),
        grid=_draw_grid(frame, px),
        names=choose_names(frame, px, borders, take_lane((start, bend, end), ends, FOOT)),
        start=start,
        bend=bend,
        end=end,
        ends=ends,
        px_per_degree=px,
        origin_x=zero[0],
        origin_y=zero[1],
        scale_km=km,
        scale_px=round(km * px / _km_per_degree(origin, destination)),
    )


def _choose_frame(origin: End, destination: End) -> tuple[Frame, float]:
    """Return the window around a lane and its pixels per degree."""
    basemap = read_basemap()
    (ax, ay), (bx, by) = (basemap.project(hub.lat, hub.lon) for hub in (origin, destination))
    reach = max(abs(ax - bx) / CORE[0], abs(ay - by) / CORE[1], basemap.units_per_degree / MAX_PX_PER_DEGREE)
    frame = Frame(((ax + bx) / 2, (ay + by) / 2 + LIFT * reach), 1 / reach, WIDTH, HEIGHT)
    return frame, basemap.units_per_degree / reach


def _bend(start: Point, end: Point) -> Point:
    """Return the control point of a slight arc that bends upwards."""
    (ax, ay), (bx, by) = start, end
    side = -1 if bx >= ax else 1
    return (ax + bx) / 2 - side * (by - ay) * BEND * 2, (ay + by) / 2 + side * (bx - ax) * BEND * 2


def _draw_grid(frame: Frame, px: float) -> str:
    """Draw meridians and parallels at a round step, so that an area without borders still reads as a map."""
    step = next((degrees for degrees in GRID_DEGREES if degrees * px >= GRID_PX), GRID_DEGREES[-1])
    basemap = read_basemap()
    across = [frame.place(basemap.project(0.0, lon))[0] for lon in _steps(step, 30, 130)]
    down = [frame.place(basemap.project(lat, 0.0))[1] for lat in _steps(step, -20, 60)]
    meridians = "".join(f"M{write_number(x)} 0V{frame.height}" for x in across if 0 < x < frame.width)
    return meridians + "".join(f"M0 {write_number(y)}H{frame.width}" for y in down if 0 < y < frame.height)


def _steps(step: float, first: int, last: int) -> Iterator[float]:
    return (first + count * step for count in range(round((last - first) / step) + 1))


def _km_per_degree(origin: End, destination: End) -> float:
    """Return the kilometres in a degree of longitude at the lane's latitude."""
    return KM_PER_DEGREE * math.cos(math.radians((origin.lat + destination.lat) / 2))


def _place(backdrop: Backdrop, lat: float, lon: float) -> Point:
    """Convert latitude and longitude (degrees) to pixels of the map."""
    northing = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))
    return (
        backdrop.origin_x + lon * backdrop.px_per_degree,
        backdrop.origin_y - northing * backdrop.px_per_degree,
    )


def _percent(part: float) -> int:
    return math.floor(part * 100 + 0.5)
