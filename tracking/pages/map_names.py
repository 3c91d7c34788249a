"""Names on the customer's map: the way's ends, its towns, and the nearby towns and states that fit."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tracking.map_geometry import Box, Point
from tracking.pages.basemap import Frame, read_basemap
from tracking.pages.curve import walk

# A phone of 320 px shows the map from 176 to 464 px, one of 390 px from 141 to 499.
SMALL_PHONE, PHONE = (176.0, 464.0), (141.0, 499.0)
NAMES_FILE = Path(__file__).with_name("map_names.csv")
STATE, END, PASSED = 0, -1, -2
# Pixels per degree from which names of a rank are shown; 1 is a metro, 5 a district of a city.
SHOWN_FROM = {STATE: 0, 1: 0, 2: 40, 3: 110, 4: 280, 5: 600}
# States are placed after the big cities, because a state's name has more possible places.
AFTER = {STATE: 2.5}
# Width of a letter: states are in spaced capitals, ends are bold.
LETTER_PX = {STATE: 7.8, END: 7.4, PASSED: 6.4}
TOWN_LETTER_PX = 6.0
MAX_NAMES = 22
# Half the size of the parcel's dot with its halo.
DOT_PX = 17
# How far from its mark the name of a town on the way begins; farther where the parcel's dot lies between.
BESIDE_MARK_PX = (12, 24)
BESIDE_PX = 110


@dataclass(frozen=True)
class Name:
    """Name on the map, in pixels: the anchor point of its text, and the dot it belongs to.

    `is_outer` marks a name that a small phone would cut off, `is_twin` that of an end beside the other end of
    the same name: its dot is drawn without it.
    """

    text: str
    rank: int
    x: float
    y: float
    anchor: str
    dot: Point
    is_outer: bool = False
    is_twin: bool = False

    @property
    def is_state(self) -> bool:
        """True if it names a state, which has no dot."""
        return self.rank == STATE

    @property
    def box(self) -> Box:
        """Box that the text occupies, with a small padding: left, top, right, bottom."""
        width = len(self.text) * LETTER_PX.get(self.rank, TOWN_LETTER_PX)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return left - 3, self.y - 11, left + width + 3, self.y + 4


def name_ends(origin: str, destination: str, start: Point, end: Point) -> tuple[Name, Name]:
    """Place the names of the lane's ends away from the lane: the upper one above, the lower one below."""
    level = abs(start[1] - end[1]) < 26
    is_short = level and abs(start[0] - end[0]) < 80
    ways = ("end", "start") if start[0] < end[0] else ("start", "end")
    is_twin = is_short and origin == destination
    anchors = ways if is_short and not is_twin else ("middle", "middle")
    return (
        _name_end(origin, start, anchors[0], is_above=level or start[1] <= end[1]),
        replace(
            _name_end(destination, end, anchors[1], is_above=level or end[1] < start[1]), is_twin=is_twin
        ),
    )


def name_towns(towns: Sequence[tuple[str, Point]], taken: Sequence[Box]) -> tuple[Name, ...]:
    """Place the names of the towns on the way, the last one first; a crowded town has none."""
    named: list[Name] = []
    for text, at in reversed(towns):
        free = [
            name
            for name in _put_around(text, at)
            if not any(_touch(name.box, box) for box in [*taken, *(other.box for other in named)])
            and not _is_cut(name.box, SMALL_PHONE)
        ]
        if free:
            named.append(free[0])
    return tuple(named)


def find_names(frame: Frame, px: float, borders: list[list[Point]]) -> tuple[Name, ...]:
    """Find the names that the window has room for at this scale, in order of preference.

    A state has many candidate places; those that a border crosses are left out.
    """
    crossed = [point for line in borders for point in walk(line)]
    return tuple(
        name
        for name in _find_candidates(frame, px)
        if not (name.is_state and any(_is_in(name.box, point) for point in crossed))
    )


def choose_names(candidates: Iterable[Name], taken: Sequence[Box], shown: Sequence[Name]) -> tuple[Name, ...]:
    """Choose names that overlap neither `taken` boxes nor each other, the first ones first.

    A name that is among `shown` is not shown twice.
    """
    boxes = list(taken)
    texts = {name.text for name in shown}
    chosen: list[Name] = []
    for name in candidates:
        if len(chosen) == MAX_NAMES:
            break
        if name.text not in texts and not any(_touch(name.box, box) for box in boxes):
            chosen.append(name)
            texts.add(name.text)
            boxes += [name.box, around(name.dot, 4, 4)]
    return tuple(chosen)


def take_way(walked: Sequence[Point], names: Sequence[Name], dot: Point, foot: Box) -> list[Box]:
    """Return the boxes that names must leave free: the way, dot, names of the ends, bottom of the map."""
    return [
        *(name.box for name in names),
        around(dot, DOT_PX, DOT_PX),
        *(around(point, 8, 7) for point in walked),
        foot,
    ]


def _name_end(text: str, dot: Point, anchor: str, *, is_above: bool) -> Name:
    shift = {"end": 4, "start": -4, "middle": 0}[anchor]
    return Name(text, END, dot[0] + shift, dot[1] + (-12 if is_above else 21), anchor, dot)


def _put_around(text: str, dot: Point) -> list[Name]:
    """Return the places of a passed town's name: beside, above and below its mark, and at its corners."""
    x, y = dot
    return [
        name
        for far in BESIDE_MARK_PX
        for name in (
            Name(text, PASSED, x + far, y + 4, "start", dot),
            Name(text, PASSED, x - far, y + 4, "end", dot),
            Name(text, PASSED, x, y + 1 - far, "middle", dot),
            Name(text, PASSED, x, y + 7 + far, "middle", dot),
            Name(text, PASSED, x + far - 3, y + 3 + far, "start", dot),
            Name(text, PASSED, x - far + 3, y + 4 - far, "end", dot),
            Name(text, PASSED, x + far - 3, y + 4 - far, "start", dot),
            Name(text, PASSED, x - far + 3, y + 3 + far, "end", dot),
        )
    ]


def _find_candidates(frame: Frame, px: float) -> Iterator[Name]:
    """Yield every name in the window at this scale, on each side of its dot, in order of preference."""
    basemap, centre = read_basemap(), (frame.width / 2, frame.height / 2)
    placed = [
        (AFTER.get(rank, rank), rank, text, frame.place(basemap.project(lat, lon)))
        for rank, text, lat, lon in _read_names()
        if px >= SHOWN_FROM[rank]
    ]

    def by_preference(row: tuple[float, int, str, Point]) -> tuple[float, float]:
        """Order by rank, then by distance to the centre; a state's name is best `BESIDE_PX` away from it."""
        preference, rank, _, dot = row
        return preference, abs(math.dist(dot, centre) - BESIDE_PX * (rank == STATE))

    for _, rank, text, dot in sorted(placed, key=by_preference):
        for name in _put_beside(text, rank, dot):
            left, top, right, bottom = name.box
            is_whole = left > 4 and right < frame.width - 4 and top > 2 and bottom < frame.height - 2
            if is_whole and not _is_cut(name.box, PHONE):
                yield replace(name, is_outer=_is_cut(name.box, SMALL_PHONE))


def _put_beside(text: str, rank: int, dot: Point) -> list[Name]:
    x, y = dot
    if rank == STATE:
        return [Name(text, rank, x, y, "middle", dot)]
    return [Name(text, rank, x + 6, y + 3.5, "start", dot), Name(text, rank, x - 6, y + 3.5, "end", dot)]


@cache
def _read_names() -> tuple[tuple[int, str, float, float], ...]:
    """Read rank, name, latitude and longitude of each row of `map_names.csv`."""
    with NAMES_FILE.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        return tuple((int(row["rank"]), row["en"], float(row["lat"]), float(row["lon"])) for row in rows)


def _is_cut(box: Box, window: tuple[float, float]) -> bool:
    """Return whether an edge of the window cuts the box; the box is widened by 8 px, a dot's width."""
    return any(box[0] - 8 < edge < box[2] + 8 for edge in window)


def around(point: Point, dx: float, dy: float) -> Box:
    """Return the box that reaches so far from a point on each side."""
    return point[0] - dx, point[1] - dy, point[0] + dx, point[1] + dy


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _is_in(box: Box, point: Point) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]
