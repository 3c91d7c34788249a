"""Vehicle classes in the line: legs teach the class of the vehicle that carries the parcel, and use it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.tracking.domain.journeys import CHENNAI, LANE, PEENYA, VELLORE
from tests.workers.records import NOON, encode_report, make_record
from tests.workers.world import World
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.events import Booking, Eta, Window
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import Owner, Registration, VehicleManifest
from tracking.eta.lanes import LaneStatistics
from tracking.services.prediction.learning import learn_from_changes
from tracking.services.recording.stream_records import make_record as make_signed_record
from workers.line.process import process
from workers.vehicle_checks import VehicleChecks

OWNER = Owner("prt_acme")
LEGS = 40
# Hours from Bengaluru to Chennai by the class of the vehicle.
HOURS = {"truck": 12.0, "feeder": 6.0}
CLASSES = {"truck-1": "truck", "feeder-1": "feeder", "new-1": "ten wheeler", "plain-1": "any"}
DEPARTURE = {"status": "in_transit", "substatus": "departed_origin", "lat": PEENYA.lat, "lon": PEENYA.lon}
ARRIVAL = {
    "status": "in_transit",
    "substatus": "arrived_destination_hub",
    "lat": CHENNAI.lat,
    "lon": CHENNAI.lon,
}


def measure_hours(eta: Eta | None) -> float:
    """Return the hours from the window's making to its middle."""
    assert eta is not None
    assert eta.as_of is not None
    return (eta.at - eta.as_of).total_seconds() / 3600


class CurrentLanes:
    """Lane statistics as the store has them now, of the keys that were asked for and no others."""

    def __init__(self, store: MemoryLaneStatisticsStore) -> None:
        self._store = store

    def read(self, keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return the statistics of these keys."""
        known = self._store.read(sorted({key for each in keys for key in each}))
        return {key: entry.statistic for key, entry in known.items()}


class LearningLine:
    """Line on memory adapters, with statistics that learn whenever a leg ends."""

    def __init__(self) -> None:
        self.world = World()
        self.tracking = self.world.tracking
        self.lanes = MemoryLaneStatisticsStore()
        # Hours predicted for parcels aboard vehicles that moved.
        self.aboard: list[float] = []
        checks = VehicleChecks(lambda _id, predicted, _at: self.aboard.append(measure_hours(predicted.eta)))
        self._workers = replace(self.world.workers, lanes=CurrentLanes(self.lanes), vehicle_checks=checks)
        self._numbers = count(1)
        for vehicle_id, vehicle_class in CLASSES.items():
            self.register(vehicle_id, vehicle_class)

    def register(self, vehicle_id: str, vehicle_class: str) -> None:
        """Register the vehicle, or change its class."""
        self.tracking.vehicles.keep_registration(vehicle_id, Registration(OWNER, vehicle_class))

    def report(self, shipment_id: str, at: datetime, **fields: Any) -> ShipmentState:
        """Take a report through the line and learn what it has finished; return the state of its shipment."""
        report = {"shipment_id": shipment_id, "timestamp": at.isoformat()} | fields
        self._process(encode_report(report), at)
        return self.read(shipment_id)

    def book(self, shipment_id: str, at: datetime) -> str:
        """Book a shipment on the lane; return its id."""
        booking = Booking(promised=Window(from_=at, to=at + timedelta(days=3)), lane=LANE)
        payload = ScanPayload(
            shipment_id=shipment_id,
            status="created",
            booking=booking,
            event_id=f"b-{shipment_id}",
            timestamp=at.isoformat(),
            source="api",
            partner_id=OWNER.partner_id,
        )
        self._process(make_signed_record(payload)[1], at)
        return shipment_id

    def move(self, vehicle_id: str, at: datetime) -> None:
        """Take a position of the vehicle alone through the line."""
        position = {"vehicle_id": vehicle_id, "lat": VELLORE[0], "lon": VELLORE[1]}
        self._process(encode_report(position | {"timestamp": at.isoformat()}), at)

    def read(self, shipment_id: str) -> ShipmentState:
        """Return the state of a shipment."""
        state = self.tracking.store.read_state(shipment_id)
        assert state is not None
        return state

    def drive(self, number: int, vehicle_id: str, hours: float) -> None:
        """Take a shipment from one end of the lane to the other."""
        departed_at = NOON + timedelta(days=number)
        shipment_id = self.book(f"{vehicle_id}-{number}", departed_at - timedelta(hours=1))
        self.report(shipment_id, departed_at, vehicle_id=vehicle_id, **DEPARTURE)
        self.report(shipment_id, departed_at + timedelta(hours=hours), vehicle_id=vehicle_id, **ARRIVAL)

    def _process(self, raw: bytes, at: datetime) -> None:
        published = len(self.world.bus.published)
        process([make_record(next(self._numbers), raw, arrived_at=at)], self.tracking, self._workers)
        learn_from_changes(self.lanes, self.world.bus.published[published:])


@pytest.fixture(scope="module")
def learned() -> LearningLine:
    """Line that has seen as many trucks as feeders on the lane, and one vehicle of a third class."""
    line = LearningLine()
    line.drive(0, "new-1", 12.0)
    for number in range(1, LEGS + 1):
        for vehicle_class, hours in HOURS.items():
            line.drive(number, f"{vehicle_class}-1", hours)
    return line


LATER = NOON + timedelta(days=LEGS + 10)


def depart(line: LearningLine, shipment_id: str, vehicle_id: str | None) -> ShipmentState:
    """Book a shipment and let it depart on a vehicle; return its state."""
    line.book(shipment_id, LATER - timedelta(hours=1))
    return line.report(shipment_id, LATER, vehicle_id=vehicle_id, **DEPARTURE)


def test_two_classes_on_one_lane_get_windows_of_their_own(learned):
    by_class = {name: measure_hours(depart(learned, f"two-{name}", f"{name}-1").eta) for name in HOURS}
    assert by_class == {"truck": pytest.approx(12.0, rel=0.12), "feeder": pytest.approx(6.0, rel=0.12)}


def test_before_the_departure_and_without_a_class_all_vehicles_count(learned):
    between = pytest.approx(8.5, rel=0.15)
    hours = [
        measure_hours(depart(learned, f"plain-{name}", name).eta) for name in ("plain-1", "unknown-1", None)
    ]
    assert hours == [between] * 3


def test_a_class_with_few_legs_is_predicted_nearly_as_all_vehicles_are(learned):
    few, none = (measure_hours(depart(learned, f"few-{name}", name).eta) for name in ("new-1", "plain-1"))
    assert none < few < none * 1.1


def test_a_leg_has_the_class_of_the_manifests_vehicle_if_its_departure_names_none(learned):
    shipment_id = learned.book("on-manifest", LATER - timedelta(hours=2))
    joined = {"source": "manifest", "partner_id": OWNER.partner_id, "vehicle_id": "truck-1"}
    learned.report(shipment_id, LATER - timedelta(hours=1), event_id="m-1", **joined)
    state = learned.report(shipment_id, LATER, **DEPARTURE)
    assert state.open_leg is not None
    assert (state.open_leg.vehicle_class, measure_hours(state.eta)) == (
        "truck",
        pytest.approx(12.0, rel=0.12),
    )


def take_half_way(line: LearningLine, name: str, edit: Callable[[], None]) -> tuple[str, float, float]:
    """Return class of the open leg and the hours predicted half-way, before and after an edit."""
    shipment_id = f"half-{name}"
    depart(line, shipment_id, "edited-1")
    position = {"lat": VELLORE[0], "lon": VELLORE[1], "vehicle_id": "edited-1"}
    before = measure_hours(line.report(shipment_id, LATER + timedelta(hours=4), **position).eta)
    edit()
    state = line.report(shipment_id, LATER + timedelta(hours=4, minutes=1), **position)
    assert state.open_leg is not None
    return state.open_leg.vehicle_class, before, measure_hours(state.eta)


def test_an_edit_of_the_class_reaches_the_next_window_of_a_leg_under_way(learned):
    learned.register("edited-1", "feeder")
    vehicle_class, before, after = take_half_way(
        learned, "edited", lambda: learned.register("edited-1", "truck")
    )
    assert vehicle_class == "truck"
    assert after > before * 1.4


def test_a_class_that_is_taken_away_counts_no_more(learned):
    learned.register("edited-1", "truck")
    vehicle_class, before, after = take_half_way(
        learned, "cleared", lambda: learned.register("edited-1", "any")
    )
    assert vehicle_class == "any"
    assert after < before * 0.9


def test_parcels_aboard_are_forecast_with_the_class_that_the_vehicle_has_now(learned):
    learned.register("edited-1", "feeder")
    shipment_id = "aboard"
    manifest = VehicleManifest(
        vehicle_id="edited-1",
        manifest_id="m-2",
        version=1,
        starts_at=LATER - timedelta(hours=1),
        shipment_ids=(shipment_id,),
    )
    learned.tracking.vehicles.keep_manifest(manifest)
    learned.book(shipment_id, LATER - timedelta(hours=2))
    joined = {"source": "manifest", "partner_id": OWNER.partner_id, "vehicle_id": "edited-1"}
    learned.report(shipment_id, LATER - timedelta(hours=1), event_id="m-2", **joined)
    learned.report(shipment_id, LATER, **DEPARTURE)
    learned.aboard.clear()
    for minutes, vehicle_class in ((240, "feeder"), (242, "truck")):
        learned.register("edited-1", vehicle_class)
        learned.move("edited-1", LATER + timedelta(minutes=minutes))
    before, after = learned.aboard
    assert after > before * 1.4
