"""Load of a vehicle: its stops, and "no parcel aboard" only when that is known."""

import pytest

from tests.events import at
from tests.staff import make_staff
from tracking.models import Incident, Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import close_incident, open_incident
from tracking.services.reading.vehicle_loads import list_vehicle_incidents, list_worst_parcels, read_load
from tracking.services.requests.roles import EVERYTHING, Role
from tracking.services.requests.staff_accounts import find_scope

PARCELS = {"a": "out_for_delivery", "b": "delivered", "c": "in_transit", "d": "in_transit"}


@pytest.fixture
def run(world, partner, other_partner, hubs) -> Manifest:
    """A run of KA-1 with the stops a, b, c; c is of another partner, and d is on no run."""
    for name, status in PARCELS.items():
        owner = other_partner if name == "c" else partner
        Shipment.objects.create(shipment_id=name, partner=owner, status=status, origin_hub=hubs[0])
    vehicle = Vehicle.objects.create(vehicle_id="KA-1", partner=partner)
    manifest = Manifest.objects.create(manifest_id="m", vehicle=vehicle, starts_at=at(0))
    for number, name in enumerate("bac", start=1):
        Stop.objects.create(manifest=manifest, shipment_id=name, sequence=10 * number)
    return manifest


def set_status(status, *names):
    Shipment.objects.filter(shipment_id__in=names).update(status=status)


def show(load):
    stops = [(stop.number, stop.shipment.shipment_id, stop.is_done) for stop in load.stops]
    last = load.last_scan.shipment_id if load.last_scan else None
    return stops, load.hidden, last, load.is_empty, load.is_unknown


def test_the_stops_are_in_their_order_with_those_that_are_done_last(run):
    load = read_load(EVERYTHING, "KA-1", "a", at(1))
    assert load.manifest == run
    assert show(load) == ([(2, "a", False), (3, "c", False), (1, "b", True)], 0, None, False, False)
    assert [stop.shipment.shipment_id for stop in load.left] == ["a", "c"]


def test_nothing_is_aboard_only_when_every_stop_is_done_and_no_other_parcel_was_scanned(run):
    set_status("delivered", "a", "c")
    assert show(read_load(EVERYTHING, "KA-1", "b", at(1)))[2:] == (None, True, False)
    assert show(read_load(EVERYTHING, "KA-1", "d", at(1)))[2:] == ("d", False, False)
    set_status("delivered", "d")
    assert show(read_load(EVERYTHING, "KA-1", "d", at(1)))[2:] == (None, True, False)


def test_stops_outside_of_the_scope_are_counted_and_nothing_is_said_about_them(run, partner):
    scope = find_scope(make_staff(Role.VIEWER, "a", partners=[partner]))
    set_status("delivered", "a")
    load = read_load(scope, "KA-1", None, at(1))
    assert show(load) == ([(1, "b", True), (2, "a", True)], 1, None, False, False)


@pytest.mark.parametrize(
    ("vehicle_id", "moment"),
    [("KA-2", at(1)), ("KA-1", at(-1)), ("KA-1", at(60))],
    ids=["none", "early", "over"],
)
def test_without_a_run_under_way_it_is_unknown_what_is_aboard(run, vehicle_id, moment):
    run.ends_at = at(60)
    run.save()
    assert show(read_load(EVERYTHING, vehicle_id, None, moment)) == ([], 0, None, False, True)
    assert show(read_load(EVERYTHING, vehicle_id, "d", moment)) == ([], 0, "d", False, False)


def test_incidents_of_the_vehicle_and_of_the_parcels_aboard_are_listed_oldest_first(run):
    live = ports().live
    open_incident(live, "vehicle_silent", "KA-1", "not heard", at(5), vehicle_id="KA-1")
    for minute, name in enumerate(PARCELS):
        open_incident(live, "exception", name, "damaged", at(minute), shipment_id=name)
    load = read_load(EVERYTHING, "KA-1", "a", at(6))
    Incident.objects.filter(shipment_id="c").update(snoozed_until=at(6))
    assert "c" not in {row.shipment_id for row in list_vehicle_incidents(EVERYTHING, "KA-1", load, at(5))}
    found = list_vehicle_incidents(EVERYTHING, "KA-1", load, at(6))
    assert [(row.code, row.subject) for row in found] == [
        ("exception", "a"),
        ("exception", "c"),
        ("vehicle_silent", "KA-1"),
    ]


def find_worst(last=None, scope=EVERYTHING):
    worst = list_worst_parcels(scope, read_load(scope, "KA-1", last, at(6)))
    return [(one.shipment.shipment_id, one.mark, one.incident and one.incident.why) for one in worst]


def test_the_worst_parcels_are_named_with_their_newest_reason_even_if_it_is_resolved(run, partner):
    live = ports().live
    assert find_worst("d") == []
    Shipment.objects.update(is_delayed=True)
    for minute, why in ((1, "first"), (3, "second")):
        open_incident(live, "delayed", "a", why, at(minute), shipment_id="a")
        close_incident(live, "delayed", "a", at(minute + 1))
    open_incident(live, "exception", "c", "another reason", at(1), shipment_id="c")
    assert find_worst("d") == [("a", "late", "second"), ("c", "late", None), ("d", "late", None)]
    set_status("attempt_failed", "d")
    assert find_worst("d") == [("d", "failed", None)]
    ours = find_scope(make_staff(Role.VIEWER, "a", partners=[partner]))
    assert find_worst(None, ours) == [("a", "late", "second")]
