"""Estimates how accurately a truck's remaining time can be predicted in the simulated world at best."""

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from laboratory.simulator.fleet import FleetOptions, build_fleet
from laboratory.simulator.nation import load_nation
from laboratory.simulator.trucks import Truck
from tracking.domain.legs import FinishedLeg, LegProfile, QuarterPrediction
from tracking.eta.lanes import Statistic, predict_ratio
from tracking.eta.learning import learn
from tracking.eta.under_way import RestPrediction, add_prediction, adjust_to_pace
from tracking.eta.windows import predict_remaining

STARTED_AT = 1_788_719_400.0
TRUCKS, DRIVES = 30, 600
# The first drives are learned from; errors are measured on as many of the others.
LEARNED_DRIVES, SAMPLED_DRIVES = 300, 60
# Interval of the positions on the learned drives.
POSITION_EVERY_MIN = 5.0
NEAREST = 30
# Drives start at random times within ten days.
SPAN_S = 864_000.0


Statistics = dict[str, Statistic]


class Drives(NamedTuple):
    """Many drives on one road: the minutes of each, and its course as (seconds, kilometres)."""

    profile: LegProfile
    minutes: np.ndarray
    courses: list[tuple[np.ndarray, np.ndarray]]

    def find_km(self, at_s: float) -> np.ndarray:
        """Return the kilometres that each has driven after so many seconds."""
        return np.array([np.interp(at_s, moments, kms) for moments, kms in self.courses])


def main() -> None:
    """Print the errors of the product, of a rule without the pace, and of the best guess, as JSON."""
    chance = np.random.default_rng(7)
    roads = [draw_drives(truck, chance) for truck in find_trucks("line_haul")[:TRUCKS]]
    rule, ours, best = measure_under_way(roads, chance)
    departures = np.zeros(2)
    for drives in roads:
        departures += np.abs(drives.minutes - np.median(drives.minutes)).sum(), drives.minutes.sum()
    result = {
        "trucks": len(roads),
        "best_at_departure_wape_pct": round(100 * departures[0] / departures[1], 1),
        "without_pace_under_way_wape_pct": round(rule, 1),
        "ours_under_way_wape_pct": round(ours, 1),
        "best_under_way_wape_pct": round(best, 1),
        "ours_to_best": round(ours / best, 2),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def compare_classes() -> None:
    """Print the errors under way of trucks of two classes, with and without their classes, as JSON."""
    chance = np.random.default_rng(7)
    trucks = [truck for name in ("line_haul", "feeder") for truck in find_trucks(name)[: TRUCKS // 2]]
    roads = [draw_drives(truck, chance) for truck in trucks]
    without = [drives._replace(profile=drives.profile.of_all_classes) for drives in roads]
    _, ours, best = measure_under_way(roads, np.random.default_rng(11))
    result = {
        "trucks": len(roads),
        "with_classes_under_way_wape_pct": round(ours, 1),
        "without_classes_under_way_wape_pct": round(
            measure_under_way(without, np.random.default_rng(11))[1], 1
        ),
        "best_under_way_wape_pct": round(best, 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def find_trucks(vehicle_class: str) -> list[Truck]:
    """Return the trucks of a class in the national fleet."""
    fleet = build_fleet(load_nation(), FleetOptions(500, seed=7, mode="full"), "BOUND1", STARTED_AT)
    trucks = [vehicle for vehicle in fleet if isinstance(vehicle, Truck)]
    return [truck for truck in trucks if truck._lane.vehicle_class == vehicle_class]  # noqa: SLF001


def measure_under_way(roads: list[Drives], chance: np.random.Generator) -> tuple[float, float, float]:
    """Return the errors (WAPE in percent) of rule, product and best guess at random moments under way."""
    statistics: Statistics = {}
    for number in range(LEARNED_DRIVES):
        for drives in roads:
            statistics |= learn(statistics, [finish_drive(statistics, drives, number)])
    errors, whole = np.zeros(3), 0.0
    for drives in roads:
        for number in range(LEARNED_DRIVES, LEARNED_DRIVES + SAMPLED_DRIVES):
            part, left_min = measure_errors(statistics, drives, number, chance)
            errors, whole = errors + part, whole + left_min
    rule, ours, best = (100 * float(error) / whole for error in errors)
    return rule, ours, best


def draw_drives(truck: Truck, chance: np.random.Generator) -> Drives:
    """Drive the truck's first section many times, as the simulator would."""
    road, origin, destination = truck._roads[0], truck._hub(0), truck._hub(1)  # noqa: SLF001 - its own random source
    minutes, courses = [], []
    planned_min = truck._find_planned_minutes(road)  # noqa: SLF001
    for _ in range(DRIVES):
        truck.now = float(chance.uniform(0, SPAN_S))
        drive = truck._plan_drive(road, origin, destination, planned_min * 60)  # noqa: SLF001
        moments = np.asarray(drive._moments) - drive.begins  # noqa: SLF001
        courses.append((moments, np.asarray(drive._kms)))  # noqa: SLF001
        minutes.append((drive.ends - drive.begins) / 60)
    vehicle_class = truck._lane.vehicle_class  # noqa: SLF001
    profile = LegProfile(origin.hub_id, destination.hub_id, vehicle_class, "p", planned_min)
    return Drives(profile, np.array(minutes), courses)


def finish_drive(statistics: Statistics, drives: Drives, number: int) -> FinishedLeg:
    """Return a drive as a finished leg, with the product's predictions from its positions."""
    profile, takes = drives.profile, float(drives.minutes[number])
    departed_at = datetime.fromtimestamp(STARTED_AT, UTC)
    moments, kms = drives.courses[number]
    under_way: tuple[QuarterPrediction, ...] = ()
    for elapsed_min in np.arange(POSITION_EVERY_MIN, takes, POSITION_EVERY_MIN):
        done_share = float(np.interp(elapsed_min * 60, moments, kms) / kms[-1])
        rest = predict_rest(statistics, profile, done_share, float(elapsed_min))
        at = departed_at + timedelta(minutes=float(elapsed_min))
        span = predict_remaining(statistics, profile, rest.ratio, rest.remaining_min)
        under_way = add_prediction(under_way, profile, rest, at, span)
    ratio = predict_ratio(statistics, profile)
    return FinishedLeg(
        origin=profile.origin,
        destination=profile.destination,
        vehicle_class=profile.vehicle_class,
        base_from=profile.base_from,
        base_min=profile.base_min,
        departed_at=departed_at,
        arrived_at=departed_at + timedelta(minutes=takes),
        log_ratio=ratio.log_ratio,
        spread_key=ratio.spread_key,
        under_way=under_way,
    )


def predict_rest(
    statistics: Statistics, profile: LegProfile, done_share: float, elapsed_min: float
) -> RestPrediction:
    """Return the product's prediction of the rest of a drive."""
    ratio = predict_ratio(statistics, profile)
    return adjust_to_pace(statistics, profile, ratio, profile.base_min * (1 - done_share), elapsed_min)


def measure_errors(
    statistics: Statistics, drives: Drives, number: int, chance: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Return the errors of rule, product and best guess at a random moment, and the minutes left."""
    takes, profile = drives.minutes[number], drives.profile
    at_s = float(chance.uniform(0.05, 0.95)) * takes * 60
    km = drives.find_km(at_s)
    done_share = float(km[number] / drives.courses[number][1][-1])
    left_min = takes - at_s / 60
    by_rule = math.exp(np.log(drives.minutes).mean()) * (1 - done_share)
    rest = predict_rest(statistics, profile, done_share, at_s / 60)
    ours = predict_remaining(statistics, profile, rest.ratio, rest.remaining_min).p50
    # The best guess from a position: the median of drives that were nearest to it after the same time.
    others = np.flatnonzero(drives.minutes * 60 > at_s)
    others = others[others != number]
    if len(others) < NEAREST:
        return np.zeros(3), 0.0
    nearest = others[np.argsort(np.abs(km[others] - km[number]))[:NEAREST]]
    best = np.median(drives.minutes[nearest] - at_s / 60)
    return np.abs(np.array([by_rule, ours, best]) - left_min), left_min


if __name__ == "__main__":
    if sys.argv[1:] == ["--classes"]:
        compare_classes()
    elif sys.argv[1:]:
        sys.exit(f"bound_eta.py takes no arguments or --classes; got {json.dumps(sys.argv[1:])}")
    else:
        main()
