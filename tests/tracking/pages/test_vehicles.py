"""Vehicles of the console: red means that action is needed now."""

from datetime import timedelta

import pytest

from tests.events import at
from tracking.domain.events import format_time
from tracking.domain.status import END_STATUSES
from tracking.pages.vehicles import list_vehicles, make_row
from tracking.services.operations.incident_kinds import KINDS

NOW = at(60)


def make_vehicle(vehicle_id, **fields):
    known = {"shipment_id": "s-1", "status": "in_transit", "speed_kmh": 40.0, "is_delayed": False}
    known |= {"aboard": None, "worst_parcel": None}
    return known | {"vehicle_id": vehicle_id, "occurred_at": format_time(at(59))} | fields


def make_incident(code, vehicle_id="KA-1", snoozed_until=None):
    return {
        "code": code,
        "severity": str(KINDS[code].severity),
        "vehicle_id": vehicle_id,
        "snoozed_until": snoozed_until and format_time(snoozed_until),
    }


def find_states(vehicles, incidents):
    return {row.vehicle_id: row.state for row in list_vehicles(vehicles, incidents, NOW)}


@pytest.mark.parametrize("code", KINDS)
def test_only_critical_and_high_incidents_of_the_vehicle_itself_make_it_red(code):
    red = {"attempt_doubtful", "suspected_fake_attempt", "delivery_disputed", "feed_silent"}
    red |= {"webhook_disabled", "exception", "unrouted", "vehicle_silent", "vehicle_stands"}
    expected = "incident" if code in red else "on_time"
    assert find_states([make_vehicle("KA-1")], [make_incident(code)]) == {"KA-1": expected}


def test_a_van_with_failed_attempts_and_a_truck_with_a_late_parcel_need_no_action():
    vehicles = [make_vehicle("van", status="attempt_failed"), make_vehicle("truck", is_delayed=True)]
    incidents = [make_incident("attempt_failed", "van"), make_incident("delayed", "truck")]
    assert find_states(vehicles, incidents) == {"van": "failed", "truck": "late"}


def test_a_vehicle_whose_parcel_was_not_delivered_is_not_on_time_even_if_it_stands():
    fields = {"status": "attempt_failed", "is_delayed": True, "speed_kmh": 0.0}
    assert find_states([make_vehicle("van", **fields)], []) == {"van": "failed"}
    assert find_states([make_vehicle("van", **fields)], [make_incident("exception", "van")]) == {
        "van": "incident"
    }


@pytest.mark.parametrize("status", [None, *sorted(END_STATUSES)])
@pytest.mark.parametrize("is_delayed", [False, True])
@pytest.mark.parametrize(("speed_kmh", "state"), [(40.0, "moving"), (None, "moving"), (0.0, "parked")])
def test_a_vehicle_without_an_open_parcel_is_neither_on_time_nor_late(status, is_delayed, speed_kmh, state):
    vehicle = make_vehicle("van", status=status, is_delayed=is_delayed, speed_kmh=speed_kmh)
    assert find_states([vehicle], []) == {"van": state}


@pytest.mark.parametrize(
    ("aboard", "own", "state"),
    [
        ("late", None, "late"),
        ("exception", "attempt_failed", "exception"),
        ("failed", "in_transit", "failed"),
        ("on_time", None, "on_time"),
        ("on_time", "delivered", "on_time"),
        ("on_time", "attempt_failed", "failed"),
    ],
)
def test_the_worst_parcel_aboard_gives_the_state_of_its_vehicle(aboard, own, state):
    assert find_states([make_vehicle("van", aboard=aboard, status=own)], []) == {"van": state}


@pytest.mark.parametrize(
    ("aboard", "own", "carried"),
    [
        (None, None, (None, None, 0)),
        (None, "in_transit", ("s-1", "in_transit", 0)),
        ("late", None, ("s-2", "out_for_delivery", 3)),
        ("late", "in_transit", ("s-2", "out_for_delivery", 3)),
        ("on_time", "in_transit", ("s-2", "out_for_delivery", 3)),
        ("on_time", "delivered", ("s-2", "out_for_delivery", 3)),
        ("late", "exception", ("s-1", "exception", 4)),
    ],
)
def test_a_vehicle_carries_the_worst_parcel_of_its_run_unless_the_one_last_scanned_is_worse(
    aboard, own, carried
):
    parcel = {"shipment_id": "s-2", "status": "out_for_delivery", "more": 3} if aboard else None
    named = {"shipment_id": own and "s-1", "status": own}
    row = make_row(make_vehicle("van", aboard=aboard, worst_parcel=parcel, **named), troubled=False, now=NOW)
    assert row.carried == carried


@pytest.mark.parametrize(("minutes", "state"), [(1, "on_time"), (0, "incident"), (-1, "incident")])
def test_a_snoozed_incident_makes_no_vehicle_red_until_its_snooze_ends(minutes, state):
    snoozed_until = NOW + timedelta(minutes=minutes)
    incident = make_incident("exception", snoozed_until=snoozed_until)
    assert find_states([make_vehicle("KA-1")], [incident]) == {"KA-1": state}
