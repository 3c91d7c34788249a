"""Enrich: each scan gets its place, window and leg from what is known."""

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, PEENYA
from tests.workers.world import World
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Booking, Place, Scan, VehicleFix, Window
from tracking.domain.fold import fold
from tracking.domain.legs import FinishedLeg, LegProfile
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.eta.lanes import Level, lane_key
from tracking.eta.learning import learn
from workers.lane_cache import LaneStatisticsCache
from workers.line.enrich import enrich
from workers.line.gather import Gathered, read_statistics
from workers.line.record import record_events
from workers.ports import NoGeofences

BATCH = 50
BOOKING = Booking(promised=Window(from_=at(0), to=at(900)), lane=LANE)


class StillPlaces:
    """Places that know one town."""

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
    booked, departed, ping = enrich(Gathered(batch, {}), StillPlaces()).events
    assert (booked.eta, departed.place.hub_id, departed.open_leg.destination) == (None, "BLR-PNY", "MAA-GDY")
    assert ping.eta.explanation.remaining_km == pytest.approx(219, abs=1)
    assert [note.quarter for note in ping.open_leg.under_way] == [1]


def test_evidence_of_an_attempt_in_the_past_gets_no_forecast():
    found = AttemptEvidence(
        event_id="a1",
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(10),
        verdict="insufficient",
        computed_at=at(20),
    )
    batch = [
        scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1"),
        departure(0),
        scan(20, source="system", clock_kind="evidence", evidence=found),
    ]
    evidence = enrich(Gathered(batch, {}), StillPlaces()).events[-1]
    assert (evidence.evidence, expected_of([evidence])) == (found, [(None, None, None, None)])


def expected_of(events):
    return [(event.eta, event.lateness_risk, event.open_leg, event.place) for event in events]


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
        known += enrich(Gathered([one], states), StillPlaces()).events
        one_by_one.append(known[-1])
    assert expected_of(enrich(Gathered(batch, {}), StillPlaces()).events) == expected_of(one_by_one)


def test_a_late_scan_changes_no_window():
    state = fold(
        ShipmentState(shipment_id="123"), enrich(Gathered([departure(10)], {}), StillPlaces()).events
    ).state
    (late,) = enrich(Gathered([scan(5, lat=12.9, lon=77.5)], {"123": state}), StillPlaces()).events
    assert (late.eta, late.lateness_risk, late.open_leg) == (None, None, None)


def test_positions_of_vehicles_pass_with_their_place_and_nothing_else():
    fixes = [scan(n, lat=12.9, lon=77.5, vehicle_id="KA-1", status=None) for n in range(3)]
    fixes = [msgspec.structs.replace(fix, shipment_id=None) for fix in fixes]
    enriched = enrich(Gathered(fixes, {}), StillPlaces())
    assert (enriched.events, enriched.crossings) == ([], [])
    assert [(type(fix), fix.place.town) for fix in enriched.fixes] == [(VehicleFix, "Vellore")] * 3


def test_through_the_line_an_arrival_hands_its_leg_to_the_bus_once_however_often_it_is_read():
    world = World()
    store = world.tracking.store
    legs = []
    batch = [
        scan(-5, status="created", source="api", booking=BOOKING, partner_id="prt_1"),
        departure(0),
        scan(510, status="in_transit", substatus="arrived_destination_hub", lat=CHENNAI.lat, lon=CHENNAI.lon),
    ]
    for _ in range(2):
        states = store.read_states(["123"])
        recorded = record_events(
            store, states, enrich(Gathered(batch, states), StillPlaces()).events, at(600)
        )
        legs += [change.finished_leg for change in recorded.changes if change.finished_leg]
        store.clear_pending(recorded.changes)
    assert [(leg.origin, leg.destination, leg.minutes) for leg in legs] == [("BLR-PNY", "MAA-GDY", 510.0)]


def under_way(count: int) -> tuple[list[Scan], dict[str, ShipmentState]]:
    """A ping of each of many shipments, all on the way and far from their promise."""
    states = {}
    for number in range(count):
        shipment_id = f"S{number}"
        booked = scan(-5, shipment_id, status="created", source="api", booking=BOOKING, partner_id="p")
        begun = enrich(Gathered([booked, departure(0, shipment_id)], {}), StillPlaces()).events
        states[shipment_id] = fold(ShipmentState(shipment_id=shipment_id), begun).state
    return [scan(90, f"S{n}", lat=12.98, lon=78.2, speed_kmh=50.0) for n in range(count)], states


def learned_lanes() -> LaneStatisticsCache:
    lanes = MemoryLaneStatisticsStore()
    run = LegProfile("BLR-PNY", "MAA-GDY", "any", "d", 260.0)
    leg = FinishedLeg(
        origin=run.origin,
        destination=run.destination,
        vehicle_class="any",
        base_from="d",
        base_min=260.0,
        departed_at=at(-900),
        arrived_at=at(-400),
        log_ratio=0.7,
        spread_key="lane#q#d#3#0",
    )
    lanes.put(learn({}, [leg]) | {lane_key(run): Level(mean_log=0.6, count=30)})
    return LaneStatisticsCache(lanes)


def test_every_scan_under_way_gets_a_window_from_what_its_lane_has_taught():
    pings, states = under_way(BATCH)
    statistics = read_statistics(learned_lanes(), pings, states, NoGeofences())
    events = enrich(Gathered(pings, states, statistics=statistics), StillPlaces()).events
    assert {event.eta.explanation.level for event in events} == {"lane"}
    assert {event.eta.explanation.count for event in events} == {30}
