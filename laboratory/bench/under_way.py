"""What enrich is fed: scans of parcels on their way between cities, and all that is known before them."""

import itertools
from collections.abc import Iterator, Sequence
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

T = TypeVar("T")
AT = datetime(2026, 9, 7, 10, tzinfo=UTC)
BOOKED_AT, DEPARTED_AT = AT - timedelta(hours=3), AT - timedelta(hours=2)
PROMISED = Window(from_=AT, to=AT + timedelta(hours=40))
BATCH = 500
LEGS_A_LANE = 8
# One hub amid each city, and a PIN code of the same city for the parcels that go there.
HUBS = tuple(
    HubPoint(hub_id=f"HUB-{number}", name=f"Hub {number}", lat=lat, lon=lon)
    for number, (lat, lon) in enumerate(CITIES)
)
PINCODES = ("560001", "400001", "110001", "600001", "500001")


class UnderWay(NamedTuple):
    """Scans to enrich, in batches, the states of their shipments, what lanes have taught, and the fences."""

    batches: list[Sequence[Scan]]
    states: dict[str, ShipmentState]
    lanes: LaneStatisticsCache
    fences: GeofenceIndex


def make_under_way(count: int, seed: int, places: OfflinePlaces) -> UnderWay:
    """A scan of each of about `count` shipments, two hours under way; what nobody can read is left out."""
    records = [
        StreamRecord(sent.raw, AT, "0/shard", f"{number:064d}.000000", str(number))
        for number, sent in enumerate(make_records("enrich", count, seed, AT))
    ]
    scans = decode(records).scans
    batches = cut(scans, BATCH)
    states = dict(itertools.chain.from_iterable(_depart(batch, places) for batch in batches))
    return UnderWay(batches, states, _teach_lanes(), GeofenceIndex(_draw_fences))


def cut(whole: Sequence[T], size: int) -> list[Sequence[T]]:
    """Pieces of that size, the last one of what is left."""
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _depart(scans: Sequence[Scan], places: OfflinePlaces) -> Iterator[tuple[str, ShipmentState]]:
    """The state of each scan's shipment once it was booked and has left its first hub."""
    before = [earlier for scan in scans for earlier in (_book(scan), _leave(scan))]
    for booked, left in cut(enrich(Gathered(before, {}), places).events, 2):
        shipment_id = booked.shipment_id or ""
        yield shipment_id, fold(ShipmentState(shipment_id=shipment_id), [booked, left]).state


def _book(scan: Scan) -> Scan:
    city = _find_city(scan)
    there = (city + 1) % len(HUBS)
    booking = Booking(
        promised=PROMISED,
        lane=Lane(origin=HUBS[city], destination=HUBS[there]),
        destination_pin=PINCODES[there],
    )
    told = {"status": "created", "source": "api", "booking": booking, "lat": None, "lon": None}
    return _tell_before(scan, "booked", BOOKED_AT, told)


def _leave(scan: Scan) -> Scan:
    hub = HUBS[_find_city(scan)]
    told = {"status": "in_transit", "substatus": "departed_origin", "lat": hub.lat, "lon": hub.lon}
    return _tell_before(scan, "left", DEPARTED_AT, told)


def _tell_before(scan: Scan, name: str, moment: datetime, told: dict[str, object]) -> Scan:
    """Another scan of the same shipment, by the same device, at an earlier moment."""
    event_id = f"{name}-{scan.shipment_id}"
    known = {
        "event_id": event_id,
        "sort_key": make_sort_key(moment, event_id),
        "occurred_at": moment,
        "received_at": moment,
    }
    return msgspec.convert(msgspec.structs.asdict(scan) | known | told, Scan)


def _find_city(scan: Scan) -> int:
    lat, lon = scan.lat or 0.0, scan.lon or 0.0
    return min(range(len(HUBS)), key=lambda city: distance_km(lat, lon, HUBS[city].lat, HUBS[city].lon))


def _teach_lanes() -> LaneStatisticsCache:
    """A book that has learned some legs on each lane."""
    statistics: LaneStatistics = {}
    for number, hub in enumerate(HUBS):
        there = HUBS[(number + 1) % len(HUBS)]
        for day in range(LEGS_A_LANE):
            statistics = {**statistics, **learn(statistics, [_drive(statistics, hub, there, day)])}
    lanes = MemoryLaneStatisticsStore()
    lanes.put(dict(statistics))
    return LaneStatisticsCache(lanes)


def _drive(book: LaneStatistics, hub: HubPoint, there: HubPoint, day: int) -> FinishedLeg:
    """A leg as it is learned from; every day it takes a little longer."""
    base_min = free_flow_minutes(distance_km(hub.lat, hub.lon, there.lat, there.lon))
    pace = predict_ratio(book, LegProfile(hub.hub_id, there.hub_id, ANY_CLASS, "d", base_min))
    departed_at = AT - timedelta(days=20 - day)
    return FinishedLeg(
        origin=hub.hub_id,
        destination=there.hub_id,
        vehicle_class=ANY_CLASS,
        basis="d",
        base_min=base_min,
        departed_at=departed_at,
        arrived_at=departed_at + timedelta(minutes=base_min * (1.7 + day / 20)),
        mu=pace.mu,
        group=pace.group,
    )


def _draw_fences() -> list[Geofence]:
    return [make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name) for hub in HUBS]
