"""Simulation of lease takeover: how soon shards are held again, and what the lease table carries."""

import math
from typing import NamedTuple

from laboratory.scaling.simulated_fleet import SimulatedFleet

STARTED_BY_S, TAKEN_BY_S, BALANCED_BY_S = 60.0, 60.0, 300.0
# Counts of a fleet at rest are taken over this time.
REST_S = 5.0
# Processes for each that the shards need.
SPARE = 1.2


class Takeover(NamedTuple):
    """Result of one simulated fleet; times in seconds of simulated time."""

    shards: int
    processes: int
    killed: int
    shards_lost: int
    all_held_after_s: float
    taken_median_s: float
    taken_last_s: float
    refused_takes: int
    rows_read_a_s: float
    reads_a_s: float
    rows_written_a_s: float


def count_processes(shards: int, slots: int) -> int:
    """Return how many processes a stream gets: those that its shards need, and a fifth more."""
    return max(3, math.ceil(math.ceil(shards / slots) * SPARE))


def simulate_takeover(shards: int, slots: int, killed_share: float, seed: int = 1) -> Takeover:
    """Start a fleet, count its calls at rest, kill a share of it, and wait until all shards are held again.

    Raises `RuntimeError` if a shard stays without an owner, which would be a fault of the protocol.
    """
    fleet = SimulatedFleet(shards, slots, seed)
    processes = count_processes(shards, slots)
    fleet.add(processes, 0.0)
    _reach(fleet, shards, STARTED_BY_S)
    all_held_after_s = fleet.clock.now
    before = fleet.table.counts.copy()
    fleet.pass_until(lambda: False, fleet.clock.now + REST_S)
    at_rest = fleet.table.counts - before
    # Those that survive must have a slot for every shard.
    killed = max(1, min(round(processes * killed_share), processes - math.ceil(shards / slots)))
    lost, killed_at, before = fleet.kill(killed), fleet.clock.now, fleet.table.counts.copy()
    waiting = {lease.entry: lease.epoch for lease in lost}
    taken: list[float] = []

    def are_all_taken() -> bool:
        if fleet.table.counts["taken"] - before["taken"] > len(taken):
            rows = fleet.table.find(list(waiting))
            for lease in rows:
                if lease.epoch > waiting[lease.entry]:
                    del waiting[lease.entry]
                    taken.append(fleet.clock.now - killed_at)
        return not waiting

    if not fleet.pass_until(are_all_taken, killed_at + TAKEN_BY_S):
        raise RuntimeError(f"{len(waiting)} of {len(lost)} shards have no owner after {TAKEN_BY_S:.0f} s")
    taken.sort()
    return Takeover(
        shards,
        processes,
        killed,
        len(lost),
        all_held_after_s,
        taken[len(taken) // 2] if taken else 0.0,
        taken[-1] if taken else 0.0,
        (fleet.table.counts - before)["taken by another before"],
        at_rest["rows read"] / REST_S,
        at_rest["reads"] / REST_S,
        at_rest["rows written"] / REST_S,
    )


def simulate_balance(shards: int, slots: int, added: int, seed: int = 1) -> float | None:
    """Return the seconds until processes that are added hold their floor share by handovers alone.

    None if they never do: a process that holds no more than its share, which is rounded up, keeps it.
    """
    fleet = SimulatedFleet(shards, slots, seed)
    fleet.add(math.ceil(shards / slots), 0.0)
    _reach(fleet, shards, STARTED_BY_S)
    began_at = fleet.clock.now
    newcomers = [process.name for process in fleet.add(added, began_at)]
    share = shards // len(fleet.processes)

    def is_balanced() -> bool:
        held = fleet.count_held()
        return all(held[name] >= share for name in newcomers)

    is_reached = fleet.pass_until(is_balanced, began_at + BALANCED_BY_S)
    return fleet.clock.now - began_at if is_reached else None


def _reach(fleet: SimulatedFleet, shards: int, at_latest: float) -> None:
    """Pass time until every shard is held. Raises `RuntimeError` if that takes too long."""
    if not fleet.pass_until(lambda: fleet.table.counts["taken"] >= shards, at_latest):
        raise RuntimeError(f"not every shard is held after {at_latest:.0f} s")
