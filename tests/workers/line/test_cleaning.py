"""Cleaning a batch: each track on its own, and arrivals that no scanner has told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.events import HubPoint, Lane, Scan
from tracking.domain.geofence import make_geofence
from tracking.domain.identity import make_sort_key
from tracking.domain.shipment import JourneyStep, ShipmentState
from tracking.domain.status import Direction, Status
from workers.line.cleaning import clean_scans
from workers.line.gather import Gathered
from workers.places.fences import GeofenceIndex

NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
HUB = HubPoint(hub_id="BLR", name="Bengaluru hub", lat=12.9716, lon=77.5946)
FAR = HubPoint(hub_id="MAA", name="Chennai hub", lat=13.0827, lon=80.2707)
NO_HUBS = GeofenceIndex(list)
METRE = 1 / 111_195


def make_scan(seconds: float, metres: float = 0.0, shipment_id: str | None = "s1", **fields) -> Scan:
    moment = NOON + timedelta(seconds=seconds)
    event_id = f"e{seconds}-{shipment_id}"
    return Scan(
        event_id=event_id,
        sort_key=make_sort_key(moment, event_id),
        occurred_at=moment,
        received_at=moment + timedelta(seconds=1),
        shipment_id=shipment_id,
        lat=HUB.lat + metres * METRE,
        lon=HUB.lon,
        **({"accuracy_m": 10.0, "speed_kmh": 5.0} | fields),
    )


def make_state(status: Status = Status.IN_TRANSIT, **fields) -> dict[str, ShipmentState]:
    lane = Lane(origin=FAR, destination=HUB)
    return {"s1": ShipmentState(shipment_id="s1", status=status, lane=lane, partner_id="prt_1", **fields)}


def clean(gathered: Gathered, fences) -> list[Scan]:
    return [each.scan for each in clean_scans(gathered, fences)]


def reported(cleaned: list[Scan]) -> list[tuple[str | None, datetime]]:
    return [(scan.substatus, scan.occurred_at) for scan in cleaned if scan.source == "system"]


STAY = [make_scan(30 * count, 40) for count in range(8)]
LEAVING = [make_scan(270, 900, speed_kmh=40.0), make_scan(300, 1_400, speed_kmh=40.0)]
ARRIVAL = ("arrived_hub", NOON)


def test_a_stay_at_the_end_of_the_lane_becomes_a_scan_of_the_system():
    cleaned = clean(Gathered(STAY, make_state()), NO_HUBS)
    assert reported(cleaned) == [ARRIVAL]
    (system,) = (scan for scan in cleaned if scan.source == "system")
    assert (system.actor, system.status, system.lat, system.lon, system.partner_id) == (
        "geofence",
        Status.IN_TRANSIT,
        HUB.lat,
        HUB.lon,
        "prt_1",
    )
    # It stands behind the scan that brought it to light, so that order of reading is kept.
    assert cleaned.index(system) == 1 + 180 // 30


def test_an_arrival_is_the_same_event_whenever_it_is_found():
    found = [scan for scan in clean(Gathered(STAY, make_state()), NO_HUBS) if scan.source == "system"]
    again = [scan for scan in clean(Gathered(STAY[:7], make_state()), NO_HUBS) if scan.source == "system"]
    assert [scan.sort_key for scan in found] == [scan.sort_key for scan in again]


def test_a_departure_is_reported_of_a_hub_that_is_not_on_the_lane():
    transit = GeofenceIndex(lambda: [make_geofence("HSR", "hub", HUB.lat + 5_000 * METRE, HUB.lon)])
    scans = [make_scan(30 * count, 5_000) for count in range(8)]
    left = [make_scan(270, 6_500, speed_kmh=40.0), make_scan(300, 7_000, speed_kmh=40.0)]
    assert reported(clean(Gathered([*scans, *left], make_state()), transit)) == [
        ARRIVAL,
        ("departed_hub", NOON + timedelta(seconds=270)),
    ]


def test_the_memory_of_a_track_goes_on_in_the_next_batch():
    state, found = make_state(), []
    for scan in [*STAY, *LEAVING]:
        cleaned = clean(Gathered([scan], state), NO_HUBS)
        state = make_state(fix_memory=cleaned[0].fix_memory)
        found += reported(cleaned)
    assert found == [ARRIVAL, ("departed_hub", NOON + timedelta(seconds=270))]
    assert reported(clean(Gathered([*STAY, *LEAVING], make_state()), NO_HUBS)) == found


def test_a_parcel_that_is_not_under_way_arrives_nowhere():
    for status in (Status.CREATED, Status.OUT_FOR_DELIVERY, Status.DELIVERED, Status.ON_HOLD):
        assert reported(clean(Gathered(STAY, make_state(status)), NO_HUBS)) == []
    assert reported(clean(Gathered(STAY, make_state(direction=Direction.RETURN)), NO_HUBS)) == []
    assert (
        reported(
            clean(Gathered(STAY, {}), GeofenceIndex(lambda: [make_geofence("B", "hub", HUB.lat, HUB.lon)]))
        )
        == []
    )


def test_a_real_scan_of_the_same_fact_within_half_an_hour_wins():
    scanned = JourneyStep(
        occurred_at=NOON - timedelta(minutes=29),
        event_id="x",
        status=Status.IN_TRANSIT,
        substatus="arrived_destination_hub",
    )
    assert reported(clean(Gathered(STAY, make_state(journey=(scanned,))), NO_HUBS)) == []
    real = make_scan(100, 40, status=Status.IN_TRANSIT, substatus="arrived_hub")
    assert reported(clean(Gathered([*STAY, real], make_state()), NO_HUBS)) == []


@pytest.mark.parametrize("side", [-1, 1], ids=["before", "after"])
def test_a_scan_of_the_same_fact_exactly_half_an_hour_away_wins_and_one_a_second_further_does_not(side):
    def arrivals(seconds: float) -> list[tuple[str | None, datetime]]:
        step = JourneyStep(
            occurred_at=NOON + side * timedelta(seconds=seconds),
            event_id="x",
            status=Status.IN_TRANSIT,
            substatus="arrived_hub",
        )
        return reported(clean(Gathered(STAY, make_state(journey=(step,))), NO_HUBS))

    assert (arrivals(1800), arrivals(1801)) == ([], [ARRIVAL])


def test_a_jump_away_from_the_hubs_is_marked_until_a_second_fix_agrees():
    scans = [make_scan(0, 90_000), *STAY[1:]]
    cleaned = clean(Gathered(scans, {}), NO_HUBS)
    assert [scan.fix_flags for scan in cleaned] == [(), ("jump",), ("rebased",), (), (), (), (), ()]


def test_a_scan_inside_the_geofence_of_a_hub_counts_whatever_the_jump():
    inside, outside, vague = make_scan(30, 250), make_scan(30, 350), make_scan(30, 250, accuracy_m=400.0)
    flags = {}
    for name, scan in {"inside": inside, "outside": outside, "vague": vague, "swapped": swap(inside)}.items():
        (_, second) = clean(Gathered([make_scan(0, 1_740_000), scan], make_state()), NO_HUBS)
        flags[name] = second.fix_flags
    assert flags == {
        "inside": ("rebased",),
        "outside": ("jump",),
        "vague": ("jump",),
        "swapped": ("swapped", "rebased"),
    }


def test_a_scan_at_a_hub_after_an_air_leg_starts_the_track_there():
    flown = [make_scan(0, 1_740_000), *(make_scan(9_000 + 30 * count, 40) for count in range(8))]
    cleaned = clean(Gathered(flown, make_state()), NO_HUBS)
    assert [scan.fix_flags for scan in cleaned if scan.source != "system"] == [(), ("rebased",), *[()] * 7]
    assert reported(cleaned) == [("arrived_hub", NOON + timedelta(seconds=9_000))]


def test_exchanged_axes_are_put_right_on_the_scan():
    sent = make_scan(0)
    (cleaned,) = clean(Gathered([swap(sent)], {}), NO_HUBS)
    assert (cleaned.lat, cleaned.lon, cleaned.fix_flags) == (sent.lat, sent.lon, ("swapped",))


def swap(scan: Scan) -> Scan:
    from msgspec.structs import replace

    return replace(scan, lat=scan.lon, lon=scan.lat)


def test_parcels_on_one_vehicle_have_tracks_of_their_own():
    scans = [make_scan(0, 0, "s1"), make_scan(1, 90_000, "s2"), make_scan(30, 100, "s1")]
    assert [scan.fix_flags for scan in clean(Gathered(scans, {}), NO_HUBS)] == [(), (), ()]


def test_a_scan_without_a_position_passes_as_it_is():
    scan = make_scan(0, status=Status.DELIVERED)
    from msgspec.structs import replace

    plain = replace(scan, lat=None, lon=None)
    assert clean(Gathered([plain], make_state()), NO_HUBS) == [plain]


@given(st.randoms(use_true_random=False))
def test_the_order_of_a_batch_does_not_matter(chance):
    scans = [*STAY, *LEAVING, *(make_scan(10 * count, 40, "s2") for count in range(5))]
    shuffled = chance.sample(scans, len(scans))
    in_order = {scan.sort_key: scan for scan in clean(Gathered(scans, make_state()), NO_HUBS)}
    assert {scan.sort_key: scan for scan in clean(Gathered(shuffled, make_state()), NO_HUBS)} == in_order


positions = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.tuples(
    st.floats(12.96, 12.98), st.floats(77.58, 77.61)
)


@given(st.lists(st.tuples(st.integers(-5_000, 5_000), positions, st.text(max_size=9)), max_size=8))
def test_no_batch_raises_and_no_scan_is_lost(sent):
    scans = [
        make_scan(seconds, 0, f"s{number % 2}", accuracy_m=None, speed_kmh=None)
        for number, (seconds, _, _) in enumerate(sent)
    ]
    from msgspec.structs import replace

    scans = [
        replace(scan, lat=place[0], lon=place[1]) for scan, (_, place, _) in zip(scans, sent, strict=True)
    ]
    states = {"s1": ShipmentState(shipment_id="s1", fix_memory=sent[0][2] if sent else "")}
    cleaned = clean(Gathered(scans, states), NO_HUBS)
    assert [scan.sort_key for scan in cleaned if scan.source != "system"] == [scan.sort_key for scan in scans]
