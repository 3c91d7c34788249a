"""Committed maps: what lies in India, which islands they have, and how exact their coast is."""

import gzip
import json
from itertools import accumulate, pairwise

import pytest

from tracking.map_geometry import contains, signed_area
from tracking.pages.basemap import FILE, read_basemap

SHAPES_FILE = FILE.with_name("india-basemap.json")
SHAPES = json.loads(SHAPES_FILE.read_text())
LARGEST_KB = 90


def read_line(steps):
    """Return the points of a line that is kept as steps, in degrees."""
    east, north = accumulate(steps[::2]), accumulate(steps[1::2])
    return [(x / SHAPES["units"], y / SHAPES["units"]) for x, y in zip(east, north, strict=True)]


def read_lines(name):
    return [read_line(steps) for steps in SHAPES["layers"][name]["steps"]]


INDIA = [read_line(ring)[:-1] for polygon in SHAPES["layers"]["india"]["steps"] for ring in polygon]

# Latitude and longitude.
INSIDE = {
    "Muzaffarabad": (34.37, 73.47),
    "Mirpur": (33.15, 73.75),
    "Gilgit": (35.92, 74.31),
    "Skardu": (35.30, 75.63),
    "Hunza": (36.32, 74.66),
    "Siachen": (35.42, 77.11),
    "Shaksgam": (36.0, 76.6),
    "Aksai Chin": (35.2, 79.2),
    "Demchok": (32.70, 79.45),
    "Tawang": (27.58, 91.86),
    "Anini": (28.80, 95.90),
    "Walong": (28.13, 97.02),
    "Mumbai": (19.076, 72.877),
    "Kochi": (10.0, 76.35),
    "Bhuj": (23.25, 69.67),
    "Gosaba": (22.16, 88.81),
}
OUTSIDE = {
    "Lahore": (31.55, 74.34),
    "Kathmandu": (27.71, 85.32),
    "Thimphu": (27.47, 89.64),
    "Dhaka": (23.81, 90.41),
    "Colombo": (6.93, 79.86),
    "Kashgar": (39.47, 75.99),
    "Lhasa": (29.65, 91.14),
    "Mandalay": (21.97, 96.08),
    "the Gulf of Khambhat": (21.3, 72.3),
    "the Gulf of Kutch": (22.7, 69.5),
    "the sea off Mumbai": (19.0, 72.6),
    "the sea off the Sundarbans": (21.3, 88.9),
}


@pytest.mark.parametrize("level", range(6))
def test_every_level_of_the_customers_map_has_india_inside_its_outline(level):
    basemap = read_basemap()
    rings = [list(ring) for ring in basemap.levels[level].india]
    found = {name: contains(rings, basemap.project(*place)) for name, place in {**INSIDE, **OUTSIDE}.items()}
    # The coarsest level rounds places at the edge off.
    near_the_edge = {"Demchok", "Walong", "Kochi", "Mumbai", "Gosaba"} if level == 0 else set()
    wrong = {name for name in found if found[name] != (name in INSIDE)} - near_the_edge
    assert wrong == set()


def test_the_consoles_map_has_india_inside_its_outline():
    found = {name: contains(INDIA, (lon, lat)) for name, (lat, lon) in {**INSIDE, **OUTSIDE}.items()}
    assert {name for name in found if found[name] != (name in INSIDE)} == set()


def test_the_consoles_map_is_small_on_the_wire():
    assert len(gzip.compress(SHAPES_FILE.read_bytes())) < LARGEST_KB * 1024


def count_in(rings, west, south, east, north):
    return sum(all(west < x < east and south < y < north for x, y in ring) for ring in rings)


def test_the_islands_are_kept():
    lakshadweep, andaman = count_in(INDIA, 71, 8, 74.5, 13), count_in(INDIA, 91.5, 6, 95, 15)
    assert (lakshadweep >= 10, andaman >= 19) == (True, True)


def test_no_border_of_neighbours_lies_in_india():
    inside = [
        (start, end)
        for line in read_lines("borders")
        for start, end in pairwise(line)
        if contains(INDIA, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    ]
    assert inside == []


def test_no_step_of_the_coast_is_long_and_straight():
    """A coast of straight lines is the mark of a shape that was simplified too far."""
    mainland = max(INDIA, key=lambda ring: abs(signed_area(ring)))
    coast = [
        (start, end)
        for start, end in pairwise([*mainland, mainland[0]])
        if start[1] < 20 and end[1] < 20 and start[0] < 86
    ]
    assert max(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in coast) < 0.5


def test_lines_between_states_end_on_land():
    lines = read_lines("states")
    at_sea = [point for line in lines for point in line[1:-1] if not contains(INDIA, point)]
    assert len(at_sea) <= len(lines)


def test_a_near_view_takes_a_finer_level_than_a_view_of_the_country():
    basemap = read_basemap()
    assert [basemap.choose_level(px).tolerance for px in (14, 20, 50, 100, 300, 1000)] == [
        level.tolerance for level in basemap.levels
    ]
