"""Legs as scans report them: which event opens one, which ends it, and what may teach."""

import msgspec
import pytest

from tests.events import at
from tests.tracking.domain.journeys import CHENNAI, PEENYA, VELLORE, Journey
from tracking.domain.changes import find_changes
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import HubPoint
from tracking.domain.fold import Step
from tracking.domain.legs import RECIPIENT, FinishedLeg

VELLORE_HUB = HubPoint(hub_id="VLR-1", name="Vellore hub", lat=VELLORE[0], lon=VELLORE[1])


def finished(journey: Journey, cause="event"):
    """Return the finished leg that lanes learn from the newest event of a journey."""
    step = Step(journey.before, journey.state, journey.events[-1], journey.verdict, cause)
    changes = find_changes(step, at(9000), 5)
    return changes[0].finished_leg if changes else None


@pytest.fixture
def under_way() -> Journey:
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA, vehicle_id="KA-1")
    return journey


def test_an_arrival_at_the_next_hub_teaches_the_lane(under_way):
    opened = under_way.state.open_leg
    under_way.scan(510, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    leg = finished(under_way)
    assert (leg.low_offset, leg.high_offset) == (opened.low_offset, opened.high_offset) == (-0.45, 0.6)
    assert (leg.origin, leg.destination, leg.minutes, leg.log_ratio, leg.spread_key, leg.vehicle_id) == (
        "BLR-PNY",
        "MAA-GDY",
        510,
        opened.log_ratio,
        opened.spread_key,
        "KA-1",
    )


def test_an_arrival_elsewhere_teaches_that_lane_with_its_own_base_and_no_error(under_way):
    under_way.scan(300, "in_transit", substatus="arrived_hub", hub=VELLORE_HUB)
    leg = finished(under_way)
    km = distance_km(PEENYA.lat, PEENYA.lon, *VELLORE)
    assert (leg.destination, leg.base_from, leg.spread_key) == ("VLR-1", "d", "")
    assert (leg.low_offset, leg.high_offset) == (None, None)
    assert leg.base_min == pytest.approx(free_flow_minutes(km))


def test_a_delivery_with_no_hub_between_teaches_the_lane(under_way):
    under_way.scan(600, "delivered", lat=13.01, lon=80.21)
    assert finished(under_way).destination == "MAA-GDY"


@pytest.mark.parametrize("status", ["delivered", "attempt_failed"])
def test_any_try_at_the_door_teaches_how_long_tours_take(status):
    journey = Journey(pin="600032")
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    journey.scan(60, "out_for_delivery", substatus="loaded", hub=CHENNAI)
    journey.scan(65, "out_for_delivery", substatus="arriving")
    journey.scan(150, status, lat=13.02, lon=80.22)
    leg = finished(journey)
    assert (leg.origin, leg.destination, leg.minutes, leg.dwelt_min) == ("MAA-GDY", RECIPIENT, 90, 60)


@pytest.mark.parametrize("status", ["delivered", "attempt_failed"])
def test_only_a_delivery_is_compared_with_the_first_window(status):
    journey = Journey(pin="600032")
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    first = journey.state.first_estimate
    journey.scan(60, "out_for_delivery", substatus="loaded", hub=CHENNAI)
    journey.scan(150, status, lat=13.02, lon=80.22)
    expected = first if status == "delivered" else None
    assert (finished(journey).first_estimate, first.as_of) == (expected, at(0))


def test_a_second_departure_drops_the_leg_that_was_open(under_way):
    under_way.scan(90, "in_transit", substatus="departed_origin", hub=PEENYA)
    assert (finished(under_way), under_way.state.open_leg.departed_at) == (None, at(90))


def test_a_cancelled_parcel_teaches_nothing():
    journey = Journey()
    journey.scan(0, "picked_up", hub=PEENYA)
    journey.scan(5, "in_transit", substatus="departed_origin", hub=PEENYA)
    journey.scan(60, "on_hold", substatus="strike")
    journey.scan(300, "cancelled")
    assert (finished(journey), journey.state.open_leg) == (None, None)


def test_a_skewed_clock_teaches_nothing(under_way):
    flags = ("skew_530",)
    under_way.scan(510, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI, fix_flags=flags)
    assert finished(under_way) is None


def test_a_correction_teaches_nothing(under_way):
    under_way.scan(510, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    assert finished(under_way, cause="correction") is None


def test_a_step_that_is_refused_neither_opens_nor_ends_a_leg(under_way):
    under_way.scan(600, "delivered", lat=13.01, lon=80.21)
    event = under_way.scan(700, "in_transit", substatus="departed_hub", hub=CHENNAI)
    assert (under_way.verdict.applied, event.open_leg, under_way.state.open_leg) == (False, None, None)


def test_a_note_of_another_leg_does_not_bring_it_back(under_way):
    other = msgspec.structs.replace(under_way.state.open_leg, departed_at=at(-90))
    event = msgspec.structs.replace(under_way.events[-1], event_id="x", substatus=None, open_leg=other)
    assert under_way.apply(event)
    assert under_way.state.open_leg.departed_at == at(0)


def test_the_way_back_runs_to_where_the_parcel_came_from():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    journey.scan(60, "returning", substatus="rto_initiated", hub=CHENNAI)
    journey.scan(90, "in_transit", substatus="departed_hub", hub=CHENNAI)
    leg = journey.state.open_leg
    assert (leg.origin, leg.destination, journey.events[-1].eta) == ("MAA-GDY", "BLR-PNY", None)


def to_last_hub(**booking) -> Journey:
    journey = Journey(pin="600032", **booking)
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    return journey


def test_a_first_attempt_at_the_door_teaches_what_the_promise_was_worth():
    journey = to_last_hub(promised=300)
    journey.scan(60, "out_for_delivery", substatus="loaded", hub=CHENNAI)
    journey.scan(150, "attempt_failed", lat=13.02, lon=80.22)
    leg = finished(journey)
    assert (leg.booked_at, leg.promised_at, leg.is_collected) == (at(-5), at(300), False)


def test_a_second_attempt_teaches_nothing_about_the_promise():
    journey = to_last_hub(promised=300)
    for minute, status in ((60, "attempt_failed"), (200, "delivered")):
        journey.scan(minute - 10, "out_for_delivery", substatus="loaded", hub=CHENNAI)
        journey.scan(minute, status, lat=13.02, lon=80.22)
    leg = finished(journey)
    assert (leg.destination, leg.booked_at, leg.promised_at) == (RECIPIENT, None, None)


def test_a_parcel_that_may_be_collected_teaches_what_its_promise_was_worth():
    journey = to_last_hub(promised=300)
    journey.scan(20, "available_for_pickup")
    assert finished(journey) == FinishedLeg(
        origin="MAA-GDY",
        destination=RECIPIENT,
        vehicle_class="any",
        base_from="d",
        base_min=0.0,
        departed_at=at(0),
        arrived_at=at(20),
        shipment_id="123",
        booked_at=at(-5),
        promised_at=at(300),
        is_collected=True,
    )


def test_a_parcel_that_is_collected_after_an_attempt_teaches_nothing():
    journey = to_last_hub(promised=300)
    journey.scan(50, "out_for_delivery", substatus="loaded", hub=CHENNAI)
    journey.scan(60, "attempt_failed", lat=13.02, lon=80.22)
    journey.scan(90, "in_transit", substatus="arrived_hub", hub=CHENNAI)
    journey.scan(120, "available_for_pickup")
    assert finished(journey) is None
