"""Simulations of `docs/scaling.md`: which are run, and how their results are kept."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.cost.case import Case
from laboratory.scaling.autoscaling import BurstSimulation, Service
from laboratory.scaling.takeover import simulate_balance, simulate_takeover

KEPT = settings.BASE_DIR / "docs" / "measured" / "scaling.json"
# Slots of a process: by default, as compute.yaml sets them, and as a process of many quiet shards could have.
SLOTS, TASK_SLOTS, MANY_SLOTS = 4, 10, 16
# Events a second of a task: one core over what an event costs it (docs/performance.md, bench product), at the
# rate of a burst, and on a slower machine at 1,000 a second, where fewer events are read together.
BURST_TASK_RATE, TASK_RATE = 1e6 / Case().event_cpu_us, 1e6 / 473
QUIET_RATE, BURST_RATE = 100.0, 500.0
STEP_SHARE = 0.2
SMALL = 10


class Dying(NamedTuple):
    """Fleet for so many shards, a share of which is killed at once."""

    shards: int
    share: float


DYING = tuple(Dying(shards, share) for shards in (SMALL, 100, 1_000) for share in (0.1, 1 / 3))
# Shards, and the processes that are added to as many as the shards just need.
GROWING = ((12, 3), (40, 3), (40, 10), (100, 25))
BURSTS = (
    Service(SMALL, TASK_SLOTS, 2, BURST_TASK_RATE),
    Service(SMALL, TASK_SLOTS, 2, TASK_RATE),
    Service(100, MANY_SLOTS, 7, TASK_RATE),
    Service(100, MANY_SLOTS, 7, TASK_RATE, STEP_SHARE),
    Service(1_000, MANY_SLOTS, 63, TASK_RATE),
    Service(1_000, MANY_SLOTS, 63, TASK_RATE, STEP_SHARE),
)


def run_simulations(most_shards: int) -> dict[str, Any]:
    """Return the results of all simulations with at most so many shards."""
    return {
        "takeover": [run_dying(one) for one in DYING if one.shards <= most_shards],
        "balance": [run_growing(*one) for one in GROWING if one[0] <= most_shards],
        "burst": [run_burst(service) for service in BURSTS if service.shards <= most_shards],
    }


def run_dying(dying: Dying) -> dict[str, Any]:
    """Return what a fleet did whose share was killed."""
    return _round(simulate_takeover(dying.shards, SLOTS, dying.share)._asdict() | {"share": dying.share})


def run_growing(shards: int, added: int) -> dict[str, Any]:
    """Return after how many seconds added processes hold their part; None if they never do."""
    return _round(
        {"shards": shards, "added": added, "balanced_after_s": simulate_balance(shards, SLOTS, added)}
    )


def run_burst(service: Service) -> dict[str, Any]:
    """Return what a burst to five times the events did."""
    burst = BurstSimulation(service).run(service.shards * QUIET_RATE, service.shards * BURST_RATE)
    return _round(service._asdict() | burst._asdict())


def read_kept() -> dict[str, Any]:
    """Return the kept results."""
    return dict(json.loads(KEPT.read_text()))


def keep(results: dict[str, Any], file: Path) -> None:
    """Write results to a file."""
    file.write_text(json.dumps(results, indent=1) + "\n")


def _round(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in row.items()}
