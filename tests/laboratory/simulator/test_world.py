"""World of the pilot: real places, close enough to each other."""

import re

import pytest

from laboratory.simulator.roads import build_highway, distance_km
from laboratory.simulator.world import load_world

pytestmark = pytest.mark.slow

WORLD = load_world()
SPOTS = [*WORLD.hubs.values(), *(spot for area in WORLD.areas.values() for spot in area)]
# Bengaluru and the towns around it: (south, north), (west, east) in degrees.
BOX = (12.2, 13.6), (76.5, 78.3)


def test_every_place_lies_in_the_pilot_area_and_has_a_pin_code():
    for spot in SPOTS:
        assert BOX[0][0] < spot.lat < BOX[0][1], spot
        assert BOX[1][0] < spot.lon < BOX[1][1], spot
        assert re.fullmatch(r"(56|57|63)\d{4}", spot.pin_code), spot


def test_every_locality_is_within_20_km_of_its_hub():
    for hub_id, area in WORLD.areas.items():
        for spot in area:
            assert distance_km(WORLD.hubs[hub_id].point, spot.point) < 20, spot


def test_every_delivery_hub_is_on_a_lane():
    assert all(WORLD.neighbours(hub_id) for hub_id in WORLD.areas)


@pytest.mark.parametrize("lane", WORLD.lanes, ids=lambda lane: "-".join(lane.ends))
def test_the_planned_speed_of_every_lane_is_plausible(lane):
    kilometres = sum(build_highway(section).length_km for section in lane.sections)
    assert 15 < kilometres / lane.planned_minutes * 60 < 50


def test_a_reversed_lane_is_the_same_road():
    lane = next(lane for lane in WORLD.lanes if len(lane.sections) > 2)
    forward = build_highway(lane.sections[0])
    backward = build_highway(lane.reverse().sections[-1])
    assert backward.length_km == pytest.approx(forward.length_km)
    for share in (0.1, 0.35, 0.8):
        a, b = forward.at(forward.length_km * share), backward.at(backward.length_km * (1 - share))
        assert distance_km((a.lat, a.lon), (b.lat, b.lon)) < 0.001
