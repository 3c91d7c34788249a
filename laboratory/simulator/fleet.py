"""Builds a fleet of vehicles of each class, and merges all they do in order of time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from heapq import merge

from laboratory.simulator.agreed_days import AgreedDays
from laboratory.simulator.parcels import Yards
from laboratory.simulator.reports import Step
from laboratory.simulator.traffic import DAY_S, Calendar, Traffic
from laboratory.simulator.trucks import Truck
from laboratory.simulator.vans import Van
from laboratory.simulator.vehicles import FleetContext, Vehicle
from laboratory.simulator.warm_start import start_in_progress
from laboratory.simulator.world import World

# The mix of vehicles of each mode; other sizes keep its proportions.
MIXES = {
    "pilot": {"line_haul": 6, "feeder": 9, "last_mile": 35},
    "full": {"line_haul": 60, "feeder": 90, "last_mile": 350},
}
TAG_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class FleetOptions:
    """Options of a fleet; `rate` is records a second in total, None for the devices' own intervals.

    `hour` is the local hour at the start, None for that of the clock. `payload` is `parcel`, `turn` or
    `vehicle` for all vehicles, None for the default of each class.
    """

    vehicles: int = 50
    rate: float | None = None
    seed: int = 1
    mode: str = "pilot"
    payload: str | None = None
    hour: float | None = None
    faults: Collection[str] = frozenset()


def count_by_class(vehicles: int, mode: str = "pilot") -> dict[str, int]:
    """Return the number of vehicles of each class; those left over by rounding drive the last mile."""
    total = sum(MIXES[mode].values())
    mix = {kind: vehicles * count // total for kind, count in MIXES[mode].items()}
    mix["last_mile"] += vehicles - sum(mix.values())
    return mix


def make_run_tag(started_at: float) -> str:
    """Encode a run's start (epoch seconds) as six characters, which make its ids unique."""
    number, tag = int(started_at), ""
    for _ in range(6):
        number, digit = divmod(number, len(TAG_DIGITS))
        tag = TAG_DIGITS[digit] + tag
    return tag


def build_fleet(
    world: World,
    fleet_options: FleetOptions,
    run_tag: str,
    started_at: float,
    agreed_days: AgreedDays | None = None,
) -> list[Vehicle]:
    """Build a fleet; the same arguments give the same fleet.

    Its vehicles begin at the midnight before last, or `warm_up_h` before the start if that is later.
    """
    calendar = _make_calendar(world, fleet_options, started_at)
    context = FleetContext(
        world=world,
        yards=Yards(),
        traffic=Traffic(world, calendar, fleet_options.seed),
        run_tag=run_tag,
        seed=fleet_options.seed,
        faults=fleet_options.faults,
        record_every_s=fleet_options.vehicles / fleet_options.rate if fleet_options.rate else None,
        payload=fleet_options.payload,
        agreed_days=agreed_days or AgreedDays(),
    )
    begins = max(calendar.midnight(0.0) - DAY_S, -world.parameters.warm_up_h * 3600)
    mix = count_by_class(fleet_options.vehicles, fleet_options.mode)
    fleet: list[Vehicle] = []
    for kind, mark in (("line_haul", "LH"), ("feeder", "FD")):
        lanes = world.lanes_of(kind)
        for index in range(mix[kind]):
            lane = lanes[index % len(lanes)]
            # Every other vehicle on a lane starts in the opposite direction.
            lane = lane.reverse() if (index // len(lanes) + index) % 2 else lane
            fleet.append(Truck(f"{mark}-{index + 1:02d}", len(fleet) + 1, begins, context, lane))
    hubs = [world.hubs[hub_id] for hub_id in world.areas]
    fleet += [
        Van(len(fleet) + 1 + index, begins, context, hubs[index % len(hubs)])
        for index in range(mix["last_mile"])
    ]
    return fleet


def run_fleet(fleet: list[Vehicle]) -> Iterator[Step]:
    """Yield all steps of all vehicles from second 0 on in order of time, without end."""
    return start_in_progress(merge_steps(fleet))


def merge_steps(fleet: list[Vehicle]) -> Iterator[Step]:
    """Yield all steps of all vehicles in order of time, those before second 0 too."""
    return merge(*(vehicle.steps() for vehicle in fleet), key=lambda step: step.at)


def _make_calendar(world: World, fleet_options: FleetOptions, started_at: float) -> Calendar:
    calendar = Calendar(started_at, world.parameters)
    if fleet_options.hour is None:
        return calendar
    shift_s = (fleet_options.hour - calendar.hour(0.0)) % 24 * 3600
    return Calendar(started_at, world.parameters, shift_s)
