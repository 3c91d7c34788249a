"""Random legs for tests from an invented network: each lane has its own travel-time ratio, some legs fail.

The figures follow line-haul in India: travel takes about twice the free-flow time, lanes differ more than the
legs of one lane, some legs are slow and a few break down.
"""

import csv
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

START = datetime(2026, 9, 7, 0, 30, tzinfo=UTC)
LONG_HAUL = 200


class DrawnLane(NamedTuple):
    """Lane of the network; `log_ratio` is the log of its usual ratio of actual to free-flow time."""

    origin: str
    destination: str
    vehicle_class: str
    base_min: float
    distance_km: float
    log_ratio: float


def draw_lanes(rng: Random, count: int) -> list[DrawnLane]:
    """Draw lanes between hubs, most of them short; each hub has its own travel-time ratio."""
    hubs = [f"HUB{n:03d}" for n in range(max(count // 4, 8))]
    into = {hub: rng.gauss(0, 0.18) for hub in hubs}
    lanes = {}
    while len(lanes) < count:
        origin, destination = rng.sample(hubs, 2)
        base_min = round(min(math.exp(rng.gauss(math.log(60), 1.3)), 2200)) or 1
        lanes[origin, destination] = DrawnLane(
            origin,
            destination,
            "feeder" if base_min < 120 else "truck",
            float(max(base_min, 8)),
            round(max(base_min, 8) * 1.05, 1),
            _draw_log_ratio(rng, base_min) + into[destination] * (0.4 if base_min >= LONG_HAUL else 1.0),
        )
    return list(lanes.values())


def _draw_log_ratio(rng: Random, base_min: float) -> float:
    """Draw the log ratio of a lane; short lanes vary more, because docks and queues weigh more in them."""
    around = rng.gauss(0, 1)
    if base_min >= LONG_HAUL:
        return math.log(1.9) + around * (0.10 if around < 0 else 0.14)
    return math.log(2.0) + around * (0.28 if around < 0 else 0.48)


def draw_ratio(rng: Random, lane: DrawnLane) -> float:
    """Draw actual over base minutes of one leg; on a long haul a disruption weighs less."""
    chance, weight = rng.random(), 0.4 if lane.base_min >= LONG_HAUL else 1.0
    if chance < 0.85:
        around = rng.gauss(0, 0.11)
    elif chance < 0.97:
        around = rng.gauss(0.3, 0.3)
    else:
        around = math.log(rng.uniform(3, 10))
    return math.exp(lane.log_ratio + around * weight)


def draw_legs(seed: int, count: int, *, lanes: int = 600, days: int = 20) -> list[dict[str, str]]:
    """Draw rows of a file of legs in order of departure; few lanes have many legs, most have few."""
    rng = Random(seed)
    network = draw_lanes(rng, lanes)
    weights = [1 / (place + 3) ** 0.7 for place in range(len(network))]
    rows = []
    for _ in range(count):
        lane = rng.choices(network, weights)[0]
        departed_at = START + timedelta(seconds=rng.randrange(days * 86_400))
        minutes = lane.base_min * draw_ratio(rng, lane)
        rows.append(_row(lane, departed_at, departed_at + timedelta(minutes=minutes)))
    rows.sort(key=lambda row: row["departed_at"])
    return [{"leg_id": f"L{number:05d}"} | row for number, row in enumerate(rows)]


def _row(lane: DrawnLane, departed_at: datetime, arrived_at: datetime) -> dict[str, str]:
    return {
        "origin": lane.origin,
        "destination": lane.destination,
        "planned_minutes": f"{lane.base_min:g}",
        "distance_km": f"{lane.distance_km:g}",
        "vehicle_class": lane.vehicle_class,
        "departed_at": departed_at.isoformat(timespec="seconds"),
        "arrived_at": arrived_at.isoformat(timespec="seconds"),
    }


def draw_checkpoints(seed: int, legs: list[dict[str, str]]) -> list[dict[str, str]]:
    """Draw moments on the way, evenly spaced after the time at the dock."""
    rng = Random(seed)
    rows = []
    for leg in legs:
        departed_at = datetime.fromisoformat(leg["departed_at"])
        whole = datetime.fromisoformat(leg["arrived_at"]) - departed_at
        base, dock = float(leg["planned_minutes"]), rng.uniform(0.0, 0.1)
        for share in sorted(rng.uniform(0.02, 0.95) for _ in range(3)):
            passed = dock + (1 - dock) * share
            left = base * (1 - share)
            rows.append(
                {
                    "leg_id": leg["leg_id"],
                    "at": (departed_at + whole * passed).isoformat(timespec="seconds"),
                    "remaining_planned_minutes": f"{left:.2f}",
                }
            )
    return rows


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write the rows as a CSV file with the first row's columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
