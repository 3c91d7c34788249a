"""Worst parcel aboard each vehicle: by runs under way, within the scope, read once for all consoles."""

from datetime import timedelta

import pytest

from tests.tracking.services.reading.staff_world import NOW, describe_vehicle, make_world
from tracking.models import Manifest, Shipment, Stop
from tracking.ports import ports
from tracking.services.operations.vehicle_list import read_loads
from tracking.services.reading.parcels_aboard import (
    WorstAboard,
    add_aboard,
    judge_parcel,
    read_vehicles,
    read_worst_parcels,
)
from tracking.services.requests.roles import EVERYTHING, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_world(partner, other_partner, hubs)
    rows = [describe_vehicle(one, None) for one in ("van-mixed", "van-ours")]
    world.live.push_fleet({"vehicles": rows, "changes": []})


def load(shipment_id, **fields) -> None:
    """Put a parcel with these fields on the run of `van-mixed`."""
    Shipment.objects.update_or_create(shipment_id=shipment_id, defaults=fields)
    Stop.objects.create(manifest=Manifest.objects.get(), shipment_id=shipment_id, sequence=5)


def find_mark(scope=EVERYTHING):
    worst = find_worst_parcel(scope)
    return worst and worst.mark


def find_worst_parcel(scope=EVERYTHING):
    read_worst_parcels.cache.clear()
    return read_worst_parcels(ports(), scope).get("van-mixed")


@pytest.mark.parametrize(
    ("status", "is_delayed", "mark"),
    [
        (None, True, None),
        ("delivered", True, None),
        ("out_for_delivery", False, "on_time"),
        ("out_for_delivery", True, "late"),
        ("attempt_failed", True, "failed"),
        ("exception", True, "exception"),
    ],
)
def test_a_parcel_has_one_mark(status, is_delayed, mark):
    assert judge_parcel(status, is_delayed) == mark


def test_the_worst_parcel_on_the_run_is_the_mark_of_the_vehicle():
    assert find_mark() == "on_time"
    load("p-late", status="out_for_delivery", is_delayed=True)
    load("p-ended", status="delivered", is_delayed=True)
    assert find_mark() == "late"
    load("p-failed", status="attempt_failed")
    assert find_mark() == "failed"
    load("p-broken", status="exception")
    assert find_mark() == "exception"


def test_the_list_of_vehicles_and_the_fleet_count_the_same_parcels(world):
    for shipment_id, status in (("p-1", "out_for_delivery"), ("p-2", "attempt_failed"), ("p-3", "delivered")):
        load(shipment_id, status=status)
    Stop.objects.create(manifest=Manifest.objects.get(), shipment_id="never booked", sequence=9)
    named = 1 + find_worst_parcel().more
    assert (named, read_loads(EVERYTHING, ["van-mixed"], NOW)["van-mixed"].parcels) == (3, 3)
    Manifest.objects.update(starts_at=NOW + timedelta(hours=1))
    assert (find_worst_parcel(), read_loads(EVERYTHING, ["van-mixed"], NOW)["van-mixed"].parcels) == (None, 0)


@pytest.mark.parametrize(
    "fields",
    [{"starts_at": NOW + timedelta(hours=1)}, {"ends_at": NOW}, {"closed_at": NOW}],
    ids=["not begun", "over", "closed"],
)
def test_parcels_are_aboard_only_while_the_run_goes_on(fields):
    Manifest.objects.update(**fields)
    assert find_mark() is None


def test_a_parcel_outside_of_the_scope_gives_no_mark(partner, other_partner):
    load("theirs-pny", status="exception")
    assert find_mark(Scope(partners=frozenset([other_partner.pk]))) == "exception"
    assert find_mark(Scope(partners=frozenset([partner.pk]))) == "on_time"


def test_the_worst_parcel_is_named_with_the_number_of_the_others_aboard():
    for name, status in (("p-2", "attempt_failed"), ("p-1", "attempt_failed"), ("p-3", "delivered")):
        load(name, status=status)
    assert find_worst_parcel() == WorstAboard("failed", "p-1", "attempt_failed", 2)


def test_the_marks_are_read_once_for_all_consoles_and_frames(django_assert_num_queries):
    rows = read_vehicles(ports(), EVERYTHING)
    parcel = {"shipment_id": "ours-krm", "status": "out_for_delivery", "more": 0}
    assert [(row["vehicle_id"], row["aboard"], row["worst_parcel"]) for row in rows] == [
        ("van-mixed", "on_time", parcel),
        ("van-ours", None, None),
    ]
    with django_assert_num_queries(0):
        assert add_aboard(ports(), EVERYTHING, rows) == rows
