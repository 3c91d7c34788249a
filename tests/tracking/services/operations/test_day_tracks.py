"""Track of a day: of a vehicle with the events of its parcels, of a shipment with its rides; the scope."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.events import at, make_event, make_fix
from tests.tracking.stories import record_timeline
from tracking.domain.indian_time import date_in_india
from tracking.domain.position import DROPPING_FLAGS
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations import day_tracks
from tracking.services.operations.day_tracks import DayTrack, Mark, Point, read_shipment_day, read_vehicle_day
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import EVERYTHING, Scope

pytestmark = pytest.mark.django_db
DAY = date_in_india(at(0))
HERE, THERE = {"lat": 12.9, "lon": 77.5}, {"lat": 13.0, "lon": 77.6}


@pytest.fixture
def van(world, partner) -> Vehicle:
    """A vehicle of a partner with positions at minutes 0, 10 and 20, and one on the next day."""
    row = Vehicle.objects.create(vehicle_id="KA01", partner=partner)
    world.vehicles.keep_registration("KA01", Registration(Owner("prt_acme")))
    fixes = [make_fix(minute, "KA01", partner_id="prt_acme", **HERE) for minute in (0, 10, 1440 * 2)]
    fixes.append(make_fix(20, "KA01", partner_id="prt_acme", speed_kmh=30.0, **THERE))
    dropped = make_fix(15, "KA01", partner_id="prt_acme", fix_flags=(min(DROPPING_FLAGS),), **THERE)
    world.vehicles.record_fixes([*fixes, dropped])
    return row


def ride(van, shipment_id, since=0, until=None) -> None:
    """Store a manifest with the shipment, from minute to minute."""
    times = {"starts_at": at(since), "closed_at": at(until) if until is not None else None}
    run = Manifest.objects.create(manifest_id=f"man_{shipment_id}", vehicle=van, **times)
    Stop.objects.create(
        manifest=run, shipment_id=shipment_id, sequence=1, open=True if until is None else None
    )


def test_the_day_of_a_vehicle_has_its_positions_and_the_events_of_its_parcels(world, van):
    ride(van, "123")
    own = {"vehicle_id": "KA01"}
    record_timeline(
        world.store,
        make_event(1, status="picked_up", **own),
        make_event(2, **own, **HERE),
        make_event(3, status="in_transit", vehicle_id="KA02"),
        make_event(12, status="out_for_delivery", **own),
    )
    marks = [Mark(at(1), "picked_up", "123"), Mark(at(12), "out_for_delivery", "123")]
    points = [Point(at(0), 12.9, 77.5), Point(at(10), 12.9, 77.5), Point(at(20), 13.0, 77.6, 30.0)]
    assert read_vehicle_day(ports(), EVERYTHING, "KA01", DAY) == DayTrack("vehicle", points, marks)
    assert read_vehicle_day(ports(), EVERYTHING, "KA01", DAY - timedelta(days=3)) == DayTrack(
        "vehicle", [], []
    )


def test_the_day_of_a_shipment_has_its_own_positions_and_those_of_its_rides(world, van):
    ride(van, "123", since=5, until=15)
    record_timeline(
        world.store, make_event(1, status="picked_up", **THERE), make_event(2, status="in_transit")
    )
    track = read_shipment_day(ports(), EVERYTHING, "123", DAY)
    points = [Point(at(1), 13.0, 77.6), Point(at(10), 12.9, 77.5)]
    assert track == DayTrack(
        "shipment", points, [Mark(at(1), "picked_up", "123"), Mark(at(2), "in_transit", "123")]
    )


def test_a_vehicle_that_only_carries_a_visible_shipment_has_no_track_in_the_scope(
    van, partner, other_partner
):
    ride(van, "123")
    Shipment.objects.create(shipment_id="123", partner=other_partner)
    theirs, ours = (Scope(partners=frozenset([row.pk])) for row in (other_partner, partner))
    with pytest.raises(UnknownError):
        read_vehicle_day(ports(), theirs, "KA01", DAY)
    assert len(read_vehicle_day(ports(), ours, "KA01", DAY).points) == 3
    assert len(read_shipment_day(ports(), theirs, "123", DAY).points) == 3
    with pytest.raises(UnknownError):
        read_shipment_day(ports(), ours, "123", DAY)


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 11, 27, 1000])
def test_a_long_day_is_thinned_evenly_with_its_ends(world, monkeypatch, count):
    monkeypatch.setattr(day_tracks, "MAX_POINTS", 10)
    world.vehicles.record_fixes([make_fix(minute, "V", **HERE) for minute in range(count)])
    start = read_vehicle_day(ports(), EVERYTHING, "V", DAY).points
    assert len(start) <= 11
    # The tests' day has 14 hours left.
    last = min(count - 1, max(minute for minute in range(count) if date_in_india(at(minute)) == DAY))
    assert (start[0].at, start[-1].at) == (at(0), at(last))
    gaps = {later.at - earlier.at for earlier, later in pairwise(start[:-1])}
    assert len(gaps) <= 1
