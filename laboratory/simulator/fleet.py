"""The fleet: so many vehicles of each kind, and all they do in one stream in order of time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from heapq import merge

from laboratory.simulator.parcels import Yards
from laboratory.simulator.reports import Step
from laboratory.simulator.traffic import DAY_S, Calendar, Traffic
from laboratory.simulator.trucks import Truck
from laboratory.simulator.underway import begin_under_way
from laboratory.simulator.vans import Van
from laboratory.simulator.vehicles import Stage, Vehicle
from laboratory.simulator.world import World

# The mix of vehicles of each mode; other sizes keep its proportions.
MIXES = {
    "pilot": {"line_haul": 6, "feeder": 9, "last_mile": 35},
    "full": {"line_haul": 60, "feeder": 90, "last_mile": 350},
}
TAG_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Orders:
    """What a fleet is to be like; `rate` is records a second in all, None: as devices ping.

    `hour` is the local hour at the start, None: that of the clock. `payload` is `parcel` or `vehicle` for
    all, None: as each class does.
    """

    vehicles: int = 50
    rate: float | None = None
    seed: int = 1
    mode: str = "pilot"
    payload: str | None = None
    hour: float | None = None
    faults: Collection[str] = frozenset()


def share_out(vehicles: int, mode: str = "pilot") -> dict[str, int]:
    """How many vehicles of each kind a fleet of a size has; what rounding leaves drives the last mile."""
    whole = sum(MIXES[mode].values())
    mix = {kind: vehicles * count // whole for kind, count in MIXES[mode].items()}
    mix["last_mile"] += vehicles - sum(mix.values())
    return mix


def make_run_tag(started_at: float) -> str:
    """Six characters that name a run by its start in epoch seconds, so that no two runs share an id."""
    number, tag = int(started_at), ""
    for _ in range(6):
        number, digit = divmod(number, len(TAG_DIGITS))
        tag = TAG_DIGITS[digit] + tag
    return tag


def build_fleet(world: World, orders: Orders, run_tag: str, started_at: float) -> list[Vehicle]:
    """A fleet that has been on its way since the midnight before last; the same arguments, the same fleet."""
    calendar = _set_calendar(world, orders, started_at)
    stage = Stage(
        world=world,
        yards=Yards(),
        traffic=Traffic(world, calendar, orders.seed),
        run_tag=run_tag,
        seed=orders.seed,
        faults=orders.faults,
        record_every_s=orders.vehicles / orders.rate if orders.rate else None,
        payload=orders.payload,
    )
    begins = max(calendar.midnight(0.0) - DAY_S, -world.parameters.warm_up_h * 3600)
    mix = share_out(orders.vehicles, orders.mode)
    fleet: list[Vehicle] = []
    for kind, mark in (("line_haul", "LH"), ("feeder", "FD")):
        lanes = world.lanes_of(kind)
        for index in range(mix[kind]):
            lane = lanes[index % len(lanes)]
            # Of the vehicles on one lane, every other one comes the opposite way.
            lane = lane.reverse() if (index // len(lanes) + index) % 2 else lane
            fleet.append(Truck(f"{mark}-{index + 1:02d}", len(fleet) + 1, begins, stage, lane))
    hubs = [world.hubs[hub_id] for hub_id in world.areas]
    fleet += [
        Van(len(fleet) + 1 + index, begins, stage, hubs[index % len(hubs)])
        for index in range(mix["last_mile"])
    ]
    return fleet


def run_fleet(fleet: list[Vehicle]) -> Iterator[Step]:
    """All steps of all vehicles from second 0 on in order of time, without an end."""
    return begin_under_way(merge(*(vehicle.steps() for vehicle in fleet), key=lambda step: step.at))


def _set_calendar(world: World, orders: Orders, started_at: float) -> Calendar:
    calendar = Calendar(started_at, world.parameters)
    if orders.hour is None:
        return calendar
    shift_s = (orders.hour - calendar.hour(0.0)) % 24 * 3600
    return Calendar(started_at, world.parameters, shift_s)
