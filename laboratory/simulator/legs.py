"""Lists the legs of a run, for learning and scoring arrival windows without any records."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from laboratory.simulator.fleet import FleetOptions, build_fleet, make_run_tag, run_fleet
from laboratory.simulator.reports import Truth, format_time
from laboratory.simulator.traffic import DAY_S
from laboratory.simulator.trucks import Truck
from laboratory.simulator.world import World

COLUMNS = (
    "leg_id",
    "origin",
    "destination",
    "planned_minutes",
    "distance_km",
    "vehicle_class",
    "departed_at",
    "arrived_at",
)
# The records are not used, so there are as few as possible; trucks drive the same without parcels.
RECORDS_A_SECOND = 1e-6


def draw_legs(
    world: World, fleet_options: FleetOptions, started_at: float, days: float
) -> Iterator[dict[str, Any]]:
    """Yield the legs that end in the first `days`, by time of arrival; `started_at` is epoch seconds."""
    silent = replace(fleet_options, rate=RECORDS_A_SECOND, payload="vehicle", faults=frozenset())
    empty = replace(world, parameters=replace(world.parameters, parcels=(0.0, 0.0), parcels_mean=0.0))
    fleet = build_fleet(empty, silent, make_run_tag(started_at), started_at)
    trucks = [vehicle for vehicle in fleet if isinstance(vehicle, Truck)]
    for step in takewhile(lambda step: step.at <= days * DAY_S, run_fleet(trucks)):
        if isinstance(step, Truth) and step.kind == "leg" and step.fields["departed_s"] >= 0:
            yield {
                **{name: step.fields[name] for name in COLUMNS[:6]},
                "departed_at": format_time(started_at + step.fields["departed_s"]),
                "arrived_at": format_time(started_at + step.fields["arrived_s"]),
            }


def write_legs(path: Path, legs: Iterable[dict[str, Any]]) -> int:
    """Write legs as CSV; return their number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        count = 0
        for leg in legs:
            writer.writerow(leg)
            count += 1
    return count
