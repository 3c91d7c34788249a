"""Makes the input of bench enrich: scans of parcels between cities, with their states and lane statistics."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from laboratory.bench.inputs import CITIES, make_records
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import Booking, HubPoint, Lane, Scan, Window
from tracking.domain.fold import fold
from tracking.domain.geofence import Geofence, make_geofence
from tracking.domain.identity import make_sort_key
from tracking.domain.legs import ANY_CLASS, FinishedLeg, LegProfile
from tracking.domain.shipment import ShipmentState
from tracking.eta.lanes import LaneStatistics, predict_ratio
from tracking.eta.learning import learn
from workers.lane_cache import LaneStatisticsCache
from workers.line.decode import decode
from workers.line.enrich import enrich
from workers.line.gather import Gathered
from workers.places.fences import GeofenceIndex
from workers.places.index import OfflinePlaces
from workers.ports import StreamRecord

Entry = TypeVar("Entry")
AT = datetime(2026, 9, 7, 10, tzinfo=UTC)
BOOKED_AT, DEPARTED_AT = AT - timedelta(hours=3), AT - timedelta(hours=2)
PROMISED = Window(from_=AT, to=AT + timedelta(hours=40))
BATCH = 500
LEGS_A_LANE = 8
CLASSES = ("truck", "feeder", ANY_CLASS)
# One hub in the middle of each city, and a PIN code of the same city as destination.
HUBS = tuple(
    HubPoint(hub_id=f"HUB-{number}", name=f"Hub {number}", lat=lat, lon=lon)
    for number, (lat, lon) in enumerate(CITIES)
)
PINCODES = ("560001", "400001", "110001", "600001", "500001")


class EnrichInputs(NamedTuple):
    """Scans to enrich in batches, the states of their shipments by id, lane statistics and geofences.

    `vehicle_classes` are those of the vehicles by id; a third of them have none.
    """

    batches: list[Sequence[Scan]]
    states: dict[str, ShipmentState]
    lanes: LaneStatisticsCache
    fences: GeofenceIndex
    vehicle_classes: dict[str, str]


def make_enrich_inputs(count: int, seed: int, places: OfflinePlaces) -> EnrichInputs:
    """Make one scan for each of about `count` shipments that departed two hours ago.

    Records that cannot be decoded are left out.
    """
    records = [
        StreamRecord(sent.raw, AT, "0/shard", f"{number:064d}.000000", str(number))
        for number, sent in enumerate(make_records("enrich", count, seed, AT))
    ]
    scans = decode(records).scans
    batches = split_batches(scans, BATCH)
    vehicle_ids = sorted({scan.vehicle_id for scan in scans if scan.vehicle_id})
    classes = dict(zip(vehicle_ids, itertools.cycle(CLASSES), strict=False))
    states = dict(
        itertools.chain.from_iterable(_make_departed_states(batch, places, classes) for batch in batches)
    )
    return EnrichInputs(batches, states, _learn_lanes(), GeofenceIndex(_make_fences), classes)


def split_batches(whole: Sequence[Entry], size: int) -> list[Sequence[Entry]]:
    """Split a sequence into batches of `size`; the last one may be shorter."""
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _make_departed_states(
    scans: Sequence[Scan], places: OfflinePlaces, classes: Mapping[str, str]
) -> Iterator[tuple[str, ShipmentState]]:
    """Yield (shipment id, state) for each scan: booked, and departed from its first hub."""
    before = [earlier for scan in scans for earlier in (_make_booking(scan), _make_departure(scan))]
    gathered = Gathered(before, {}, vehicle_classes=classes)
    for booked, left in split_batches(enrich(gathered, places).events, 2):
        shipment_id = booked.shipment_id or ""
        yield shipment_id, fold(ShipmentState(shipment_id=shipment_id), [booked, left]).state


def _make_booking(scan: Scan) -> Scan:
    city = _find_nearest_city(scan)
    destination = (city + 1) % len(HUBS)
    booking = Booking(
        promised=PROMISED,
        lane=Lane(origin=HUBS[city], destination=HUBS[destination]),
        destination_pin=PINCODES[destination],
    )
    fields = {"status": "created", "source": "api", "booking": booking, "lat": None, "lon": None}
    return _make_earlier_scan(scan, "booked", BOOKED_AT, fields)


def _make_departure(scan: Scan) -> Scan:
    hub = HUBS[_find_nearest_city(scan)]
    fields = {"status": "in_transit", "substatus": "departed_origin", "lat": hub.lat, "lon": hub.lon}
    return _make_earlier_scan(scan, "left", DEPARTED_AT, fields)


def _make_earlier_scan(scan: Scan, name: str, at: datetime, fields: dict[str, object]) -> Scan:
    """Make another scan of the same shipment by the same device, at an earlier time."""
    event_id = f"{name}-{scan.shipment_id}"
    identity = {
        "event_id": event_id,
        "sort_key": make_sort_key(at, event_id),
        "occurred_at": at,
        "received_at": at,
    }
    return msgspec.convert(msgspec.structs.asdict(scan) | identity | fields, Scan)


def _find_nearest_city(scan: Scan) -> int:
    lat, lon = scan.lat or 0.0, scan.lon or 0.0
    return min(range(len(HUBS)), key=lambda city: distance_km(lat, lon, HUBS[city].lat, HUBS[city].lon))


def _learn_lanes() -> LaneStatisticsCache:
    """Return lane statistics that have learned `LEGS_A_LANE` legs on each lane, in turn of each class."""
    statistics: LaneStatistics = {}
    for number, hub in enumerate(HUBS):
        destination = HUBS[(number + 1) % len(HUBS)]
        for day in range(LEGS_A_LANE):
            statistics = {
                **statistics,
                **learn(statistics, [_make_finished_leg(statistics, hub, destination, day)]),
            }
    lanes = MemoryLaneStatisticsStore()
    lanes.put(dict(statistics))
    return LaneStatisticsCache(lanes)


def _make_finished_leg(
    statistics: LaneStatistics, hub: HubPoint, destination: HubPoint, day: int
) -> FinishedLeg:
    """Make a finished leg to learn from; it takes a little longer every day."""
    base_min = free_flow_minutes(distance_km(hub.lat, hub.lon, destination.lat, destination.lon))
    vehicle_class = CLASSES[day % len(CLASSES)]
    predicted = predict_ratio(
        statistics, LegProfile(hub.hub_id, destination.hub_id, vehicle_class, "d", base_min)
    )
    departed_at = AT - timedelta(days=20 - day)
    return FinishedLeg(
        origin=hub.hub_id,
        destination=destination.hub_id,
        vehicle_class=vehicle_class,
        base_from="d",
        base_min=base_min,
        departed_at=departed_at,
        arrived_at=departed_at + timedelta(minutes=base_min * (1.7 + day / 20)),
        log_ratio=predicted.log_ratio,
        spread_key=predicted.spread_key,
    )


def _make_fences() -> list[Geofence]:
    return [make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name) for hub in HUBS]
