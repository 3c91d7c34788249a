"""Map of the customer page: the way from hub to hub on the outline of India, drawn by the server as SVG.

The window depends on the way alone, so that land, borders and grid are drawn once per way and cached.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tracking.map_geometry import Point
from tracking.pages.basemap import Frame, cut_lines, draw_land, draw_lines, read_basemap
from tracking.pages.curve import draw_steps, join_smoothly, walk_steps, write_number
from tracking.pages.map_names import (
    Name,
    choose_names,
    find_names,
    name_ends,
    name_towns,
    take_way,
)

WIDTH, HEIGHT = 640, 230
# Size of the area that a 320 px phone always shows with room for names; the whole way lies in it.
CORE = (214.0, 116.0)
# The way is raised by so many pixels, because scale and age of the position are shown at the bottom.
LIFT = 9
FOOT = (-40.0, HEIGHT - 32.0, WIDTH + 40.0, HEIGHT + 40.0)
# A parcel at most this far outside the area of its way does not change the window.
SLACK = 16.0
# At most 10 px per 0.01 degree: a window of 35 km on a phone. The basemap has no detail below that.
MAX_PX_PER_DEGREE = 1000.0
KM_PER_DEGREE = 111.2
SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
GRID_DEGREES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
GRID_PX = 48


@dataclass(frozen=True)
class Stop:
    """Hub or town of a journey: its short name and its position in degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Backdrop:
    """Map without the journey: land, borders, grid, names that may be shown, and its scale."""

    frame: Frame
    neighbours: str
    india: str
    states: str
    grid: str
    candidates: tuple[Name, ...]
    scale_km: int
    scale_px: int


@dataclass(frozen=True)
class Scene:
    """Map with the parcel on it: SVG paths of the done and remaining way, the parcel's dot, percent done."""

    backdrop: Backdrop
    names: tuple[Name, ...]
    ends: tuple[Name, Name]
    towns: tuple[Name, ...]
    done: str
    rest: str
    dot: str
    percent: int


@lru_cache(maxsize=500)
def draw_scene(origin: Stop, destination: Stop, towns: tuple[Stop, ...], lat: float, lon: float) -> Scene:
    """Draw the way through the passed towns (in their order), with the parcel where it is (degrees)."""
    parcel = Stop("", lat, lon)
    backdrop = _choose_backdrop((origin, destination, *towns), parcel)
    start, end, dot, *passed = (
        _place(backdrop.frame, stop) for stop in (origin, destination, parcel, *towns)
    )
    steps = join_smoothly([start, *passed, dot, end])
    ends = name_ends(origin.name, destination.name, start, end)
    taken = take_way(walk_steps(steps), ends, dot, FOOT)
    named = name_towns([(town.name, at) for town, at in zip(towns, passed, strict=True)], taken)
    return Scene(
        backdrop=backdrop,
        names=choose_names(backdrop.candidates, [*taken, *(name.box for name in named)], [*ends, *named]),
        ends=ends,
        towns=named,
        done=draw_steps(steps[:-1]),
        rest=draw_steps(steps[-1:]),
        dot=f"{write_number(dot[0])} {write_number(dot[1])}",
        percent=_measure_percent([origin, *towns, parcel, destination]),
    )


def _choose_backdrop(stops: tuple[Stop, ...], parcel: Stop) -> Backdrop:
    """Return the map of a way; one that also shows the parcel, if that is far from the way."""
    backdrop = draw_backdrop(stops)
    x, y = _place(backdrop.frame, parcel)
    outside = max(
        abs(x - WIDTH / 2) - CORE[0] / 2,
        abs(y - HEIGHT / 2 + LIFT) - CORE[1] / 2,
    )
    return backdrop if outside <= SLACK else draw_backdrop((*stops, parcel))


@lru_cache(maxsize=500)
def draw_backdrop(stops: tuple[Stop, ...]) -> Backdrop:
    """Draw the map that shows these stops."""
    basemap = read_basemap()
    frame, px = _choose_frame(stops)
    level = basemap.choose_level(px)
    borders = cut_lines(level.states, frame)
    px_per_km = px / _km_per_degree(stops)
    km = max((scale for scale in SCALES_KM if scale * px_per_km <= 64), default=1)
    return Backdrop(
        frame=frame,
        neighbours=draw_land(level.neighbours, frame),
        india=draw_land(level.india, frame),
        states=draw_lines(borders),
        grid=_draw_grid(frame, px),
        candidates=find_names(frame, px, borders),
        scale_km=km,
        scale_px=round(km * px_per_km),
    )


def _choose_frame(stops: Sequence[Stop]) -> tuple[Frame, float]:
    """Return the window around a way and its pixels per degree."""
    basemap = read_basemap()
    xs, ys = zip(*(basemap.project(stop.lat, stop.lon) for stop in stops), strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    reach = max(width / CORE[0], height / CORE[1], basemap.units_per_degree / MAX_PX_PER_DEGREE)
    centre = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2 + LIFT * reach)
    return Frame(centre, 1 / reach, WIDTH, HEIGHT), basemap.units_per_degree / reach


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


def _place(frame: Frame, stop: Stop) -> Point:
    """Return where a stop is in the window, in pixels."""
    return frame.place(read_basemap().project(stop.lat, stop.lon))


def _km_per_degree(stops: Sequence[Stop]) -> float:
    """Return the kilometres in a degree of longitude at the latitude of these stops."""
    return KM_PER_DEGREE * math.cos(math.radians(sum(stop.lat for stop in stops) / len(stops)))


def _measure_percent(way: Sequence[Stop]) -> int:
    """Return how many percent of a way's length are before its last stop but one."""
    lengths = [measure_km(one, other) for one, other in pairwise(way)]
    return math.floor(sum(lengths[:-1]) / (sum(lengths) or 1.0) * 100 + 0.5)


def measure_km(one: Stop, other: Stop) -> float:
    """Return the distance of two stops on the ground."""
    return math.hypot(
        (one.lon - other.lon) * _km_per_degree((one, other)), (one.lat - other.lat) * KM_PER_DEGREE
    )
