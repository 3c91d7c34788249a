"""Journeys of booked shipments, from booking to delivery: capacity units that each kind of event takes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from laboratory.bench.booked_fleet import DESTINATION, ORIGIN, BookedFleet
from laboratory.bench.stored_tables import StoredTables, stored_tables
from laboratory.event_units import BOOKING, CHANGE, LOADING, NEWS, OF_SHIPMENT, OF_VEHICLE, Units
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.ports import TrackingPorts
from tracking.services.prediction.learning import learn_from_changes
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.line.process import process
from workers.places.index import OfflinePlaces
from workers.ports import WorkerPorts

TABLE = "tracking"
# Parts of the road at which shipments report, and of its length beyond its end at which vans do.
ON_THE_ROAD, ON_THE_TOUR = (0.25, 0.5, 0.75), tuple(number * 0.015 for number in range(1, 13))
READ_AT_ONCE = 1_000


class Journeys(NamedTuple):
    """Events by kind, and the units that all events of a kind took."""

    events: Counter[str]
    units: Mapping[str, Units]


class Line:
    """Line, publisher and listener of `learning` in this process, over the emulator's storage."""

    def __init__(self) -> None:
        self._stream = MemoryStream()
        self.tracking = TrackingPorts(
            DynamoShipmentStore(TABLE),
            self._stream,
            MemoryLivePush(),
            DynamoVehicleStore(TABLE),
            lanes=DynamoLaneStatisticsStore(TABLE),
        )
        self._bus = MemoryBus()
        self._workers = WorkerPorts(
            stream=self._stream,
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=self._bus,
            queues=MemoryQueues([]),
            places=OfflinePlaces(),
        )
        (shard,) = self._stream.list_shards()
        self._shard_id, self._cursor = shard.shard_id, self._stream.open_shard(shard.shard_id, "")

    def process_next(self) -> int:
        """Process what is on the stream now, and learn from its changes; return the number of records.

        What the product itself puts on the stream meanwhile is left for the next time.
        """
        read = self._stream.read(self._shard_id, self._cursor, READ_AT_ONCE)
        self._cursor = read.next_cursor or self._cursor
        if read.records:
            process(read.records, self.tracking, self._workers)
        learn_from_changes(self.tracking.lanes, self._bus.published)
        self._bus.published.clear()
        return len(read.records)


def count_journeys(shipments: int, table: dict[str, Any]) -> Journeys:
    """Let so many shipments travel, and count the units of each step.

    `table` are the arguments of `create_table`. The database is the process's own.
    """
    events: Counter[str] = Counter()
    units: dict[str, Units] = {}
    with stored_tables(table | {"TableName": TABLE}) as stored:
        line = Line()
        for kind, act in _list_steps(BookedFleet(line.tracking, shipments)):
            stored.forget()
            events[kind] += act()
            line.process_next()
            units[kind] = _add(units.get(kind), stored)
            stored.forget()
            # What the product concludes from positions of vans, and puts on the stream as events of parcels.
            while news := line.process_next():
                events[NEWS] += news
                units[NEWS] = _add(units.get(NEWS), stored)
                stored.forget()
    return Journeys(events, units)


def _list_steps(fleet: BookedFleet) -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield the steps in order: scans at each hub, positions on the road, the tour of a van, delivery."""
    yield BOOKING, fleet.book
    yield CHANGE, partial(fleet.scan, "picked_up.from_shipper", ORIGIN)
    yield CHANGE, partial(fleet.scan, "in_transit.departed_origin", ORIGIN)
    for part in ON_THE_ROAD:
        yield OF_SHIPMENT, partial(fleet.report_shipments, part)
    yield CHANGE, partial(fleet.scan, "in_transit.arrived_destination_hub", DESTINATION)
    yield LOADING, fleet.load
    yield CHANGE, partial(fleet.scan, "out_for_delivery.loaded", DESTINATION)
    for part in ON_THE_TOUR:
        yield OF_VEHICLE, partial(fleet.report_vehicles, part)
    yield CHANGE, partial(fleet.scan, "delivered.to_recipient", DESTINATION)


def _add(before: Units | None, stored: StoredTables) -> Units:
    """Return the units before with those counted since."""
    written, indexed, read = before or Units(0, 0, 0)
    of_indexes = sum(number for name, number in stored.units.items() if "/" in name)
    of_table = stored.units.total() - of_indexes
    return Units(written + of_table, indexed + of_indexes, read + stored.reads.total() / 2)
