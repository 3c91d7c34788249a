"""Enrich: each scan gets its place, window and leg from what is known."""

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, PEENYA
from tests.waiting import PATIENCE_S
from tests.workers.world import World
from tracking.adapters.memory_lanes import MemoryLaneStatistics
from tracking.domain.events import Booking, Place, Scan, Window
from tracking.domain.fold import fold
from tracking.domain.lanes import Level, Run, lane_key
from tracking.domain.learning import learn
from tracking.domain.legs import FinishedLeg
from tracking.domain.shipment import ShipmentState
from tracking.services.recording import record_events
from workers.enrich import enrich
from workers.lanebook import CachedLaneBook

BATCH = 500
BOOKING = Booking(promised=Window(from_=at(0), to=at(900)), lane=LANE)


class StillPlaces:
    """Places that know one town, whatever they are asked."""

    def locate(self, points):
        return [Place(town="Vellore", state="Tamil Nadu") for _ in points]

    def locate_pincode(self, pincode):
        return None


def scan(minute: float, shipment_id: str = "123", **fields) -> Scan:
    event = make_event(minute, f"{shipment_id}-{minute}", shipment_id=shipment_id, **fields)
    return Scan(**{name: getattr(event, name) for name in Scan.__struct_fields__})


def departure(minute: float, shipment_id: str = "123") -> Scan:
    return scan(
        minute,
        shipment_id,
        status="in_transit",
        substatus="departed_origin",
        lat=PEENYA.lat,
        lon=PEENYA.lon,
        vehicle_id="KA-1",
    )


def test_scans_of_one_batch_are_judged_by_what_the_earlier_ones_have_made_of_it():
    batch = [
        scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1"),
        departure(0),
        scan(90, lat=12.98, lon=78.2),
    ]
    booked, departed, ping = enrich(batch, {}, StillPlaces())
    assert (booked.eta, departed.place.hub_id, departed.open_leg.destination) == (None, "BLR-PNY", "MAA-GDY")
    assert ping.eta.explanation.remaining_km == pytest.approx(219, abs=1)
    assert [note.quarter for note in ping.open_leg.under_way] == [1]


def expected_of(events):
    return [(event.eta, event.outlook, event.open_leg, event.place) for event in events]


def test_one_batch_and_one_by_one_expect_the_same():
    batch = [
        scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1"),
        departure(0),
        scan(90, lat=12.98, lon=78.2),
        scan(40, lat=13.0, lon=77.9),  # late
        scan(510, status="in_transit", substatus="arrived_destination_hub", lat=CHENNAI.lat, lon=CHENNAI.lon),
    ]
    one_by_one, known = [], []
    for one in batch:
        states = {"123": fold(ShipmentState(shipment_id="123"), known).state} if known else {}
        known += enrich([one], states, StillPlaces())
        one_by_one.append(known[-1])
    assert expected_of(enrich(batch, {}, StillPlaces())) == expected_of(one_by_one)


def test_a_late_scan_changes_no_window():
    state = fold(ShipmentState(shipment_id="123"), enrich([departure(10)], {}, StillPlaces())).state
    (late,) = enrich([scan(5, lat=12.9, lon=77.5)], {"123": state}, StillPlaces())
    assert (late.eta, late.outlook, late.open_leg) == (None, None, None)


def test_positions_of_vehicles_pass_with_their_place_and_nothing_else():
    fixes = [scan(n, lat=12.9, lon=77.5, vehicle_id="KA-1", status=None) for n in range(3)]
    fixes = [msgspec.structs.replace(fix, shipment_id=None) for fix in fixes]
    events = enrich(fixes, {}, StillPlaces())
    assert [(event.place.town, event.eta) for event in events] == [("Vellore", None)] * 3


def test_through_the_line_an_arrival_hands_its_leg_to_the_bus_once_however_often_it_is_read():
    world = World()
    store = world.tracking.store
    told = []
    batch = [
        scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1"),
        departure(0),
        scan(510, status="in_transit", substatus="arrived_destination_hub", lat=CHENNAI.lat, lon=CHENNAI.lon),
    ]
    for _ in range(2):
        states = store.read_states(["123"])
        recorded = record_events(store, states, enrich(batch, states, StillPlaces()), at(600))
        told += [change.finished_leg for change in recorded.changes if change.finished_leg]
        store.clear_pending(recorded.changes)
    assert [(leg.origin, leg.destination, leg.minutes) for leg in told] == [("BLR-PNY", "MAA-GDY", 510.0)]


def under_way(count: int) -> tuple[list[Scan], dict[str, ShipmentState]]:
    """A ping of each of many shipments, all on the way and far from their promise."""
    states = {}
    for number in range(count):
        shipment_id = f"S{number}"
        booked = scan(-5, shipment_id, status="created", source="api", booking=BOOKING, partner_id="p")
        begun = enrich([booked, departure(0, shipment_id)], {}, StillPlaces())
        states[shipment_id] = fold(ShipmentState(shipment_id=shipment_id), begun).state
    return [scan(90, f"S{n}", lat=12.98, lon=78.2, speed_kmh=50.0) for n in range(count)], states


class CountedLanes(MemoryLaneStatistics):
    """Lanes that count how often they are read."""

    reads = 0

    def read(self, keys):
        self.reads += 1
        return super().read(keys)


def learned_lanes() -> CountedLanes:
    lanes = CountedLanes()
    run = Run("BLR-PNY", "MAA-GDY", "any", "d", 260.0)
    leg = FinishedLeg(
        origin=run.origin,
        destination=run.destination,
        vehicle_class="any",
        basis="d",
        base_min=260.0,
        departed_at=at(-900),
        arrived_at=at(-400),
        mu=0.7,
        group="lane#q#d#3#0",
    )
    lanes.put(learn({}, [leg]) | {lane_key(run): Level(v=0.6, n=30)})
    return lanes


def test_a_batch_of_five_hundred_reads_what_it_does_not_know_in_one_call_and_what_it_knows_in_none(
    monkeypatch,
):
    monkeypatch.setattr("workers.lanebook.WAIT_S", PATIENCE_S)
    pings, states = under_way(BATCH)
    lanes = learned_lanes()
    book, places, reads = CachedLaneBook(lanes), StillPlaces(), []
    for _ in range(3):
        events = book.consult(lambda pages: enrich(pings, states, places, pages))
        assert all(event.eta is not None for event in events)
        reads.append(lanes.reads)
    # What is read first leads to more: levels below those that were known.
    assert reads == [1, 2, 2]
