"""False attempts of the simulated vans: a share of all, reported from far away, and only on request."""

import pytest

from laboratory.simulator.parcels import FALSE_ATTEMPT
from laboratory.simulator.roads import distance_km
from tests.laboratory.simulator.drives import PLAIN, bookings_of, drive, reports_of, truths_of

pytestmark = pytest.mark.slow

HOUR = 3600.0


@pytest.fixture(scope="module")
def steps():
    options = {"world": PLAIN, "payload": "vehicle", "rate": None, "hour": 8.0}
    return drive(8 * HOUR, 5, faults=frozenset({FALSE_ATTEMPT}), **options)


def test_about_one_attempt_in_twenty_is_false_and_none_of_them_delivers(steps):
    attempts = truths_of(steps, "attempt")
    false = [attempt for attempt in attempts if attempt.fields["false"]]
    assert 0.02 < len(false) / len(attempts) < 0.08
    assert not any(attempt.fields["delivered"] for attempt in false)


def test_the_van_has_not_been_near_the_door_for_an_hour(steps):
    doors = {booking.parcel.shipment_id: booking.parcel.stop.point for booking in bookings_of(steps)}
    pings = [report for report in reports_of(steps) if report.truth]
    for attempt in truths_of(steps, "attempt"):
        fields = attempt.fields
        before = [
            ping.truth
            for ping in pings
            if ping.fields["vehicle_id"] == fields["vehicle_id"] and attempt.at - HOUR < ping.at <= attempt.at
        ]
        nearest = min(distance_km(point, doors[fields["shipment_id"]]) for point in before)
        assert nearest > 0.45 if fields["false"] else nearest < 0.45


def test_without_the_fault_every_attempt_is_made_at_the_door():
    steps = drive(2 * HOUR, 5, world=PLAIN, payload="vehicle", rate=None, hour=9.0)
    attempts = truths_of(steps, "attempt")
    assert len(attempts) > 30
    assert not any(attempt.fields["false"] for attempt in attempts)


def test_a_booking_has_the_door_to_within_a_hundred_metres(steps):
    for booking in bookings_of(steps):
        point, stop = booking.parcel.recipient["point"], booking.parcel.stop.point
        assert 0 < distance_km((point["lat"], point["lon"]), stop) < 0.1
