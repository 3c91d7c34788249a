"""The map of the customer page: a lane from hub to hub on the outline of India, drawn by the server.

The window depends on the lane alone, so the browser only moves the parcel: `static/tracking/lane.js` is the
twin of `locate` and `split` and works with the numbers the drawing carries in its `data-` attributes.
"""

import csv
import math
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from tracking.basemap.geometry import Box, Point
from tracking.pages.basemap import Frame, cut_lines, draw_land, draw_lines, read_basemap

WIDTH, HEIGHT = 640, 230
# What a phone of 320 px surely shows of it; the ends of the lane stay inside, with room for their names.
CORE = (214.0, 116.0)
# Lifted by so many pixels: at the foot stand the scale and the word on how old the position is.
LIFT = 9
CORE_LEFT, CORE_RIGHT = 180, 460
# At most 10 px to a hundredth of a degree: a window of 35 km on a phone. Nearer there is nothing to see.
MAX_PX_PER_DEGREE = 1000.0
BEND = 0.09
# The neighbours' drawing stays up to this many degrees short of India's outline; a broad line fills the gap.
BORDER_GAP = 0.5
SAMPLES = 60
KM_PER_DEGREE = 111.2
SCALES_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
NAMES_FILE = Path(__file__).with_name("map_names.csv")
# Pixels per degree from which names of a rank (of map_names.csv) are shown.
SHOWN_FROM = {0: 0, 1: 0, 2: 40, 3: 110, 4: 280, 5: 600}
LETTER_PX = {0: 7.8}
MAX_NAMES = 22
GRID_DEGREES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
GRID_PX = 48


@dataclass(frozen=True)
class End:
    """A hub at the end of a lane: its short name, degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Name:
    """A name on the map: pixels, which side of its dot it stands on, whether it names a state; `is_outer` when a
    small phone would cut it off."""

    text: str
    x: float
    y: float
    anchor: str
    dot_x: float
    dot_y: float
    is_state: bool
    is_outer: bool = False


@dataclass(frozen=True)
class Backdrop:
    """All of the picture that does not move: land, borders, names, scale, the lane's curve in pixels."""

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
    """The picture with the parcel in it: what lies behind it, what lies ahead, where it is."""

    backdrop: Backdrop
    done: str
    rest: str
    dot: str
    percent: int


def draw_scene(origin: End, destination: End, lat: float, lon: float) -> Scene:
    """The lane with the parcel (degrees) at the point of the lane that is nearest to it."""
    backdrop = draw_backdrop(origin, destination)
    curve = (backdrop.start, backdrop.bend, backdrop.end)
    part = locate(curve, _place(backdrop, lat, lon))
    done, rest, (x, y) = split(curve, part)
    return Scene(backdrop, done, rest, f"{_number(x)} {_number(y)}", _percent(part))


@lru_cache(maxsize=500)
def draw_backdrop(origin: End, destination: End) -> Backdrop:
    """The picture of a lane without its parcel."""
    basemap = read_basemap()
    frame, px = _choose_frame(origin, destination)
    start, end = (frame.place(basemap.project(hub.lat, hub.lon)) for hub in (origin, destination))
    bend = _bend(start, end)
    ends = _name_ends(origin.name, destination.name, start, end)
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
        names=_choose_names(frame, px, borders, _take((start, bend, end), ends)),
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


def locate(curve: tuple[Point, Point, Point], point: Point) -> float:
    """How far along the curve (0 to 1) the point nearest to `point` lies."""
    best, nearest = 0.0, math.inf
    before = _on(curve, 0.0)
    for index in range(SAMPLES):
        after = _on(curve, (index + 1) / SAMPLES)
        part, distance = _nearest(before, after, point)
        if distance < nearest:
            best, nearest = (index + part) / SAMPLES, distance
        before = after
    return best


def split(curve: tuple[Point, Point, Point], part: float) -> tuple[str, str, Point]:
    """The curve before and after `part` as SVG paths (de Casteljau's cut), and the point between."""
    start, bend, end = curve
    left, right = _mix(start, bend, part), _mix(bend, end, part)
    middle = _mix(left, right, part)
    return _quadratic(start, left, middle), _quadratic(middle, right, end), middle


def _choose_frame(origin: End, destination: End) -> tuple[Frame, float]:
    """The window around a lane and its pixels per degree."""
    basemap = read_basemap()
    (ax, ay), (bx, by) = (basemap.project(hub.lat, hub.lon) for hub in (origin, destination))
    reach = max(abs(ax - bx) / CORE[0], abs(ay - by) / CORE[1], basemap.units_per_degree / MAX_PX_PER_DEGREE)
    frame = Frame(((ax + bx) / 2, (ay + by) / 2 + LIFT * reach), 1 / reach, WIDTH, HEIGHT)
    return frame, basemap.units_per_degree / reach


def _bend(start: Point, end: Point) -> Point:
    """The control point of a slight arc that bulges upwards."""
    (ax, ay), (bx, by) = start, end
    side = -1 if bx >= ax else 1
    return (ax + bx) / 2 - side * (by - ay) * BEND * 2, (ay + by) / 2 + side * (bx - ax) * BEND * 2


def _name_ends(origin: str, destination: str, start: Point, end: Point) -> tuple[Name, Name]:
    """The lane's ends are named away from the lane: the upper one above, the lower one below."""
    level = abs(start[1] - end[1]) < 26
    above = [level or start[1] <= end[1], level or end[1] < start[1]]
    close = level and abs(start[0] - end[0]) < 80
    sides = ("end", "start") if start[0] < end[0] else ("start", "end")
    named = []
    for text, (x, y), up, side in zip((origin, destination), (start, end), above, sides, strict=True):
        shift = {"end": 4, "start": -4}[side] if close else 0
        anchor = side if close else "middle"
        named.append(Name(text, x + shift, y - 12 if up else y + 21, anchor, x, y, is_state=False))
    return named[0], named[1]


@cache
def _read_names() -> tuple[tuple[int, str, float, float], ...]:
    """Rank (0 a state, 1 a metro ... 5 a quarter of a city), name, latitude, longitude."""
    with NAMES_FILE.open(newline="", encoding="utf-8") as lines:
        rows = [(int(r["rank"]), r["en"], float(r["lat"]), float(r["lon"])) for r in csv.DictReader(lines)]
    return tuple(rows)


def _choose_names(frame: Frame, px: float, borders: list[list[Point]], taken: list[Box]) -> tuple[Name, ...]:
    """Names that fit: none touches what is taken, nor another; better known ones choose first."""
    chosen: list[Name] = []
    crossed = [point for line in borders for point in _walk(line)]
    centre = (frame.width / 2, frame.height / 2)
    placed = [(rank, text, frame.place(read_basemap().project(*at))) for rank, text, *at in _read_names()]
    # Of the many places where a state may be named, the one nearest to the middle serves.
    for rank, text, (x, y) in sorted(placed, key=lambda row: (row[0] or 2.5, math.dist(row[2], centre))):
        is_named = rank == 0 and any(name.text == text for name in chosen)
        if px < SHOWN_FROM[rank] or len(chosen) >= MAX_NAMES or is_named:
            continue
        name = _fit(rank, text, x, y, taken)
        if name and not (rank == 0 and any(_is_in(_box_of(name, LETTER_PX[0]), at) for at in crossed)):
            box = _box_of(name, LETTER_PX.get(rank, 6.0))
            chosen.append(replace(name, is_outer=box[0] < CORE_LEFT or box[2] > CORE_RIGHT))
            taken = [*taken, box, _around((x, y), 4, 4)]
    return tuple(chosen)


def _draw_grid(frame: Frame, px: float) -> str:
    """Meridians and parallels at even degrees, so that an empty plain still reads as a map."""
    step = next((degrees for degrees in GRID_DEGREES if degrees * px >= GRID_PX), GRID_DEGREES[-1])
    basemap = read_basemap()
    counts = range(round(180 / step) + 1)
    across = (frame.place(basemap.project(0.0, count * step))[0] for count in counts)
    down = (frame.place(basemap.project(count * step, 0.0))[1] for count in counts if count * step < 80)
    meridians = "".join(f"M{_number(x)} 0V{frame.height}" for x in across if 0 < x < frame.width)
    return meridians + "".join(f"M0 {_number(y)}H{frame.width}" for y in down if 0 < y < frame.height)


def _take(curve: tuple[Point, Point, Point], ends: tuple[Name, Name]) -> list[Box]:
    """What names must leave free: the lane, its ends, the foot of the picture with scale and age."""
    lane = [_around(_on(curve, i / 12), 11, 8) for i in range(13)]
    return [
        *(_box_of(name, 7.4) for name in ends),
        *lane,
        (-40.0, HEIGHT - 32.0, WIDTH + 40.0, HEIGHT + 40.0),
    ]


def _walk(line: list[Point]) -> list[Point]:
    """Points along a line, at most 6 px apart."""
    walked = []
    for start, end in pairwise(line):
        steps = max(1, math.ceil(math.dist(start, end) / 6))
        walked += [_mix(start, end, step / steps) for step in range(steps)]
    return walked


def _is_in(box: Box, point: Point) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]


def _fit(rank: int, text: str, x: float, y: float, taken: list[Box]) -> Name | None:
    if rank == 0:
        tries = [Name(text, x, y, "middle", x, y, is_state=True)]
    else:
        tries = [
            Name(text, x + 6, y + 3.5, "start", x, y, is_state=False),
            Name(text, x - 6, y + 3.5, "end", x, y, is_state=False),
        ]
    for name in tries:
        box = _box_of(name, LETTER_PX.get(rank, 6.0))
        inside = box[0] > 4 and box[2] < WIDTH - 4 and box[1] > 2
        # A name half cut off by a narrow phone reads badly: it stands all inside its window, or all outside.
        whole = box[0] > CORE_LEFT - 28 or box[2] < CORE_LEFT - 44
        whole = whole and (box[2] < CORE_RIGHT + 28 or box[0] > CORE_RIGHT + 44)
        if inside and whole and not any(_touch(box, other) for other in taken):
            return name
    return None


def _box_of(name: Name, letter: float) -> Box:
    width = len(name.text) * letter
    left = {"start": name.x, "middle": name.x - width / 2, "end": name.x - width}[name.anchor]
    return left - 3, name.y - 11, left + width + 3, name.y + 4


def _around(point: Point, dx: float, dy: float) -> Box:
    return point[0] - dx, point[1] - dy, point[0] + dx, point[1] + dy


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _km_per_degree(origin: End, destination: End) -> float:
    """Kilometres in a degree of longitude at the lane's latitude."""
    return KM_PER_DEGREE * math.cos(math.radians((origin.lat + destination.lat) / 2))


def _place(backdrop: Backdrop, lat: float, lon: float) -> Point:
    """Where a position stands in the picture, in pixels."""
    northing = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))
    return (
        backdrop.origin_x + lon * backdrop.px_per_degree,
        backdrop.origin_y - northing * backdrop.px_per_degree,
    )


def _on(curve: tuple[Point, Point, Point], part: float) -> Point:
    start, bend, end = curve
    return _mix(_mix(start, bend, part), _mix(bend, end, part), part)


def _nearest(start: Point, end: Point, point: Point) -> tuple[float, float]:
    """How far along a straight step the nearest point lies, and its squared distance."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    part = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square if square else 0.0
    part = min(1.0, max(0.0, part))
    x, y = _mix(start, end, part)
    return part, (x - point[0]) ** 2 + (y - point[1]) ** 2


def _mix(one: Point, other: Point, part: float) -> Point:
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


def _quadratic(start: Point, bend: Point, end: Point) -> str:
    (ax, ay), (bx, by), (cx, cy) = ([_number(value) for value in point] for point in (start, bend, end))
    return f"M{ax} {ay}Q{bx} {by} {cx} {cy}"


def _number(value: float) -> str:
    """One decimal, half up, as the browser's twin writes it."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"


def _percent(part: float) -> int:
    return math.floor(part * 100 + 0.5)
