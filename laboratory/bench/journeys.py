"""Journeys of booked shipments, from booking to delivery: capacity units that each kind of event takes."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from laboratory.bench.booked_fleet import BookedFleet, Record
from laboratory.bench.counted_product import Counted

BOOKING, CHANGE, OF_SHIPMENT, OF_VEHICLE, LOADING = (
    "booking",
    "change",
    "position of a shipment",
    "position of a vehicle",
    "stop of a manifest",
)
TABLE = "tracking"
# Names of the report's rows, by the fields of `Units`; the parts of a row are the kinds of events.
JOURNEYS = {
    "written": "journeys of booked shipments: write units",
    "indexed": "journeys of booked shipments: write units of indexes",
    "read": "journeys of booked shipments: read units",
}


class Step(NamedTuple):
    """Part of the journeys with events of one kind; `act` returns how many it has made."""

    kind: str
    act: Callable[[], int]


class Units(NamedTuple):
    """Units of table `tracking`: written to the table and to its indexes, and read."""

    written: float
    indexed: float
    read: float


class Journeys(NamedTuple):
    """Events by kind, and the units that each kind took in all; not `complete` if some were not recorded."""

    events: Counter[str]
    units: dict[str, Units]
    complete: bool


def list_steps(fleet: BookedFleet, put: Callable[[Iterator[Record]], int]) -> Iterator[Step]:
    """Yield the steps in order: scans at each hub, positions on the road, the tour of a van, delivery."""

    def scan(status: str) -> Step:
        return Step(CHANGE, lambda: put(fleet.scan(status)))

    yield Step(BOOKING, fleet.book)
    yield scan("picked_up.from_shipper")
    yield scan("in_transit.departed_origin")
    yield Step(OF_SHIPMENT, lambda: put(fleet.report_shipments()))
    yield scan("in_transit.arrived_destination_hub")
    yield Step(LOADING, fleet.load)
    yield scan("out_for_delivery.loaded")
    yield Step(OF_VEHICLE, lambda: put(fleet.report_vehicles()))
    yield scan("delivered.to_recipient")


def count_journeys(
    steps: Iterator[Step], count_calls: Callable[[], Counted], wait_until_taken: Callable[[], bool]
) -> Journeys:
    """Make the steps, each after what the one before has led to, and count what each takes."""
    events: Counter[str] = Counter()
    units: dict[str, Units] = {}
    complete = True
    for step in steps:
        before = count_calls()
        events[step.kind] += step.act()
        complete &= wait_until_taken()
        taken = charge(count_calls() - before)
        units[step.kind] = Units(*map(sum, zip(units.get(step.kind, Units(0, 0, 0)), taken, strict=True)))
    return Journeys(events, units, complete)


def charge(made: Counted) -> Units:
    """Return the units of table `tracking` among all that was counted."""
    return Units(
        sum(number for name, number in made.units.items() if name.endswith(f" {TABLE}")),
        sum(number for name, number in made.units.items() if f" {TABLE}/" in name),
        sum(number for name, number in made.reads.items() if name.endswith(f" {TABLE}")) / 2,
    )
