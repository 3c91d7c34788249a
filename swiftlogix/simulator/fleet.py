"""The fleet: so many vehicles of each kind, and all they do in one stream in order of time."""

from collections.abc import Iterator
from heapq import merge

from swiftlogix.simulator.chance import open_chance
from swiftlogix.simulator.parcels import Yards
from swiftlogix.simulator.reports import Step
from swiftlogix.simulator.trucks import Truck
from swiftlogix.simulator.vans import Van
from swiftlogix.simulator.vehicles import Stage, Vehicle
from swiftlogix.simulator.world import World

# The pilot's mix of 50 vehicles; other sizes keep its proportions.
PILOT_MIX = {"line_haul": 6, "feeder": 9, "last_mile": 35}
TAG_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def share_out(vehicles: int) -> dict[str, int]:
    """How many vehicles of each kind a fleet of a size has; what rounding leaves drives the last mile."""
    whole = sum(PILOT_MIX.values())
    mix = {kind: vehicles * count // whole for kind, count in PILOT_MIX.items()}
    mix["last_mile"] += vehicles - sum(mix.values())
    return mix


def make_run_tag(started_at: float) -> str:
    """Six characters that name a run by its start in epoch seconds, so that no two runs share an id."""
    number, tag = int(started_at), ""
    for _ in range(6):
        number, digit = divmod(number, len(TAG_DIGITS))
        tag = TAG_DIGITS[digit] + tag
    return tag


def build_fleet(world: World, vehicles: int, rate: float, seed: int, run_tag: str) -> list[Vehicle]:
    """A fleet whose pings make up `rate` events a second in all.

    Each vehicle has a source of chance of its own: the same arguments always give the same fleet.
    """
    stage = Stage(world, Yards(), run_tag, vehicles / rate)
    mix = share_out(vehicles)
    fleet: list[Vehicle] = []
    for kind, mark in (("line_haul", "LH"), ("feeder", "FD")):
        lanes = world.lanes_of(kind)
        for index in range(mix[kind]):
            lane = lanes[index % len(lanes)]
            # Of the vehicles on one lane, every other one comes the opposite way.
            lane = lane.reverse() if (index // len(lanes) + index) % 2 else lane
            number = len(fleet) + 1
            fleet.append(Truck(f"{mark}-{index + 1:02d}", number, open_chance(seed, number), stage, lane))
    hubs = [world.hubs[hub_id] for hub_id in world.areas]
    for index in range(mix["last_mile"]):
        number = len(fleet) + 1
        fleet.append(Van(number, open_chance(seed, number), stage, hubs[index % len(hubs)]))
    return fleet


def run_fleet(fleet: list[Vehicle]) -> Iterator[Step]:
    """All steps of all vehicles in order of time, without an end."""
    return merge(*(vehicle.steps() for vehicle in fleet), key=lambda step: step.at)
