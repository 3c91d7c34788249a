"""Distances against known ones, and driving times by the table of free-flow speeds."""

import math

import pytest

from tracking.domain.distance import distance_km, free_flow_minutes

A_DEGREE_KM = 2 * math.pi * 6371.0088 / 360


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ((0.0, 0.0), (0.0, 1.0), A_DEGREE_KM),
        ((12.0, 77.0), (13.0, 77.0), A_DEGREE_KM),
        ((60.0, 10.0), (60.0, 11.0), 55.5970),
        ((28.6139, 77.2090), (19.0760, 72.8777), 1148.0965),  # Delhi to Mumbai
        ((12.9, 77.5), (12.9, 77.5), 0.0),
    ],
)
def test_a_distance_is_that_of_the_great_circle_both_ways(here, there, km):
    assert [distance_km(*here, *there), distance_km(*there, *here)] == pytest.approx([km, km], abs=1e-3)


def test_points_on_opposite_sides_are_half_the_globe_apart_though_rounding_goes_past_it():
    # For these two the sine of half the angle comes out above one.
    here, there = (-57.32545622377299, -54.2794940585333), (57.32545622421259, 125.72050594102419)
    assert distance_km(*here, *there) == pytest.approx(180 * A_DEGREE_KM)


@pytest.mark.parametrize(
    ("km", "kmh"),
    [
        (1, 65),
        (24.999, 65),
        (25, 69),
        (59.999, 69),
        (60, 78),
        (199.999, 78),
        (200, 81),
        (3000, 81),
    ],
)
def test_the_empty_road_is_a_fifth_longer_than_the_straight_line_and_faster_the_longer_it_is(km, kmh):
    assert free_flow_minutes(km) == pytest.approx(km * 1.2 / kmh * 60)
