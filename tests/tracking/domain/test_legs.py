"""Legs: what may teach, what a leg is called, and what is kept of it when it ends."""

from datetime import timedelta

import msgspec
import pytest

from tests.events import at
from tracking.domain.legs import (
    RECIPIENT,
    FinishedLeg,
    OpenLeg,
    QuarterPrediction,
    find_fault,
    finish_leg,
    normalize_class,
)
from tracking.eta.lanes import LegProfile

NOTE = QuarterPrediction(quarter=1, at=at(60), base_min=180.0, log_ratio=0.5)
OPEN = OpenLeg(
    origin="BLR",
    destination="MAA",
    departed_at=at(0.5),
    base_min=240.0,
    base_from="p",
    vehicle_class="truck",
    vehicle_id="KA-01",
    log_ratio=0.7,
    spread_key="lane#q#p#3#0",
    km=290.0,
    under_way=(NOTE,),
    dwelt_min=30.0,
    stops_ahead=4,
)
ENDED = FinishedLeg(
    origin="BLR",
    destination="MAA",
    vehicle_class="truck",
    base_from="p",
    base_min=240.0,
    departed_at=at(0.5),
    arrived_at=at(480.5),
    log_ratio=0.7,
    spread_key="lane#q#p#3#0",
    under_way=(NOTE,),
    vehicle_id="KA-01",
    shipment_id="123",
    dwelt_min=30.0,
    stops_ahead=4,
)
WEEK = 7 * 24 * 60


def test_a_leg_that_ends_where_it_was_to_end_keeps_all_that_was_said_of_it():
    assert finish_leg(OPEN, at(480.5), "123") == ENDED


def test_a_leg_that_ends_elsewhere_keeps_its_time_and_nothing_of_what_was_predicted():
    assert finish_leg(OPEN, at(480.5), "123", elsewhere=("VLR", 150.0)) == msgspec.structs.replace(
        ENDED, destination="VLR", base_min=150.0, base_from="d", spread_key="", under_way=()
    )


@pytest.mark.parametrize("leg", [OPEN, ENDED])
def test_a_leg_is_predicted_from_its_lane_its_class_and_its_base(leg):
    assert leg.profile == LegProfile("BLR", "MAA", "truck", "p", 240.0)


@pytest.mark.parametrize(
    ("lasted", "fault"),
    [
        (timedelta(microseconds=-1), "arrived_before_departed"),
        (timedelta(0), "under_3_min"),
        (timedelta(minutes=3) - timedelta(microseconds=1), "under_3_min"),
        (timedelta(minutes=3), None),
        (timedelta(days=7), None),
        (timedelta(days=7, microseconds=1), "over_7_days"),
    ],
)
def test_a_leg_teaches_from_three_minutes_to_seven_days(lasted, fault):
    assert find_fault(at(0), at(0) + lasted) == fault


@pytest.mark.parametrize(
    ("destination", "minutes", "fault"),
    [
        ("MAA", 2, "under_3_min"),
        (RECIPIENT, 2, None),
        (RECIPIENT, -1, "arrived_before_departed"),
        (RECIPIENT, WEEK + 1, "over_7_days"),
    ],
)
def test_a_door_may_be_round_the_corner_and_a_hub_may_not(destination, minutes, fault):
    leg = msgspec.structs.replace(ENDED, destination=destination, departed_at=at(0), arrived_at=at(minutes))
    assert (leg.is_last_mile, leg.fault) == (destination == RECIPIENT, fault)


def test_the_duration_of_a_leg_is_given_in_minutes():
    assert ENDED.minutes == 480.0


@pytest.mark.parametrize(
    ("fields", "whose"),
    [
        ({}, "KA-01"),
        ({"vehicle_id": None}, "123"),
        ({"vehicle_id": None, "shipment_id": None}, ""),
        ({"destination": RECIPIENT}, "123"),
        ({"destination": RECIPIENT, "shipment_id": None}, ""),
    ],
)
def test_a_leg_is_named_by_its_minute_and_its_vehicle_or_to_a_door_by_its_shipment(fields, whose):
    assert msgspec.structs.replace(ENDED, **fields).sort_key == f"leg#2026-11-22T07:00:00.000Z#{whose}"


@pytest.mark.parametrize(
    ("base_min", "bucket"),
    [(0, 0), (24.9, 0), (25, 1), (59.9, 1), (60, 2), (199.9, 2), (200, 3), (5000, 3)],
)
def test_a_leg_is_in_one_of_four_buckets_by_its_base_minutes(base_min, bucket):
    assert LegProfile("BLR", "MAA", "truck", "p", base_min).bucket == bucket


@pytest.mark.parametrize(
    ("text", "vehicle_class"),
    [("Truck", "truck"), (" line  HAUL ", "line haul"), ("", "any"), ("   ", "any"), ("Any", "any")],
)
def test_a_class_is_known_by_its_words_in_lower_case(text, vehicle_class):
    assert normalize_class(text) == vehicle_class
