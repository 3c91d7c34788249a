"""Estimates how accurately a truck's remaining time can be predicted in the simulated world at best."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from laboratory.simulator.fleet import FleetOptions, build_fleet
from laboratory.simulator.nation import load_nation
from laboratory.simulator.trucks import Truck

STARTED_AT = 1_788_719_400.0
TRUCKS, DRIVES, SAMPLED_DRIVES = 30, 600, 60
NEAREST = 30
# Drives start at random times within ten days.
SPAN_S = 864_000.0


class Drives(NamedTuple):
    """Many drives on one road: the minutes of each, and its course as (seconds, kilometres)."""

    minutes: np.ndarray
    courses: list[tuple[np.ndarray, np.ndarray]]

    def find_km(self, at_s: float) -> np.ndarray:
        """Return the kilometres that each has driven after so many seconds."""
        return np.array([np.interp(at_s, moments, kms) for moments, kms in self.courses])


def main() -> None:
    """Print the errors of a rule that knows the lane's mean, and of the best possible guess, as JSON."""
    chance = np.random.default_rng(7)
    fleet = build_fleet(load_nation(), FleetOptions(500, seed=7, mode="full"), "BOUND1", STARTED_AT)
    trucks = [vehicle for vehicle in fleet if isinstance(vehicle, Truck)][:TRUCKS]
    errors, whole, departures = np.zeros(2), 0.0, np.zeros(2)
    for truck in trucks:
        drives = draw_drives(truck, chance)
        median = np.median(drives.minutes)
        departures += np.abs(drives.minutes - median).sum(), drives.minutes.sum()
        for number in range(SAMPLED_DRIVES):
            part, left_min = measure_errors(drives, number, chance)
            errors, whole = errors + part, whole + left_min
    result = {
        "trucks": len(trucks),
        "best_at_departure_wape_pct": round(100 * departures[0] / departures[1], 1),
        "rule_under_way_wape_pct": round(100 * errors[0] / whole, 1),
        "best_under_way_wape_pct": round(100 * errors[1] / whole, 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def draw_drives(truck: Truck, chance: np.random.Generator) -> Drives:
    """Drive the truck's first section many times, as the simulator would."""
    road, origin, destination = truck._roads[0], truck._hub(0), truck._hub(1)  # noqa: SLF001 - its own random source
    minutes, courses = [], []
    for _ in range(DRIVES):
        truck.now = float(chance.uniform(0, SPAN_S))
        drive = truck._plan_drive(road, origin, destination, truck._find_planned_minutes(road) * 60)  # noqa: SLF001
        moments = np.asarray(drive._moments) - drive.begins  # noqa: SLF001
        courses.append((moments, np.asarray(drive._kms)))  # noqa: SLF001
        minutes.append((drive.ends - drive.begins) / 60)
    return Drives(np.array(minutes), courses)


def measure_errors(drives: Drives, number: int, chance: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return the errors of rule and best guess at a random moment of a drive, and the minutes left."""
    takes = drives.minutes[number]
    at_s = float(chance.uniform(0.05, 0.95)) * takes * 60
    km = drives.find_km(at_s)
    length = drives.courses[number][1][-1]
    left_min = takes - at_s / 60
    by_rule = np.exp(np.log(drives.minutes).mean()) * (length - km[number]) / length
    # The best guess from a position: the median of drives that were nearest to it after the same time.
    others = np.flatnonzero(drives.minutes * 60 > at_s)
    others = others[others != number]
    if len(others) < NEAREST:
        return np.zeros(2), 0.0
    nearest = others[np.argsort(np.abs(km[others] - km[number]))[:NEAREST]]
    best = np.median(drives.minutes[nearest] - at_s / 60)
    return np.abs(np.array([by_rule, best]) - left_min), left_min


if __name__ == "__main__":
    main()
