"""Needs of a load of so many times the case study, by service, and what it costs."""

import math
from typing import NamedTuple

import msgspec

from laboratory.cost.case import Case
from laboratory.cost.cases import make_counted_case
from laboratory.cost.report import CostModel
from laboratory.scaling.takeover import count_processes
from workers.leases.policies import CHECK_EVERY_S, RENEW_EVERY_S

FACTORS = (1, 10, 100, 1_000)
SLOTS = 4
# Of a shard, and of a partition of a table: what one key can take in a second.
SHARD_EVENTS, PARTITION_WRITES, PARTITION_READS, READ_UNIT_BYTES = 1_000.0, 1_000.0, 3_000.0, 4_096.0
# Twice the shards that evenly spread keys need.
SHARD_ROOM = 2.0
# A row of a lease, and of a process, in the table; a test measures the first.
LEASE_ROW_BYTES = 600.0
# Targets that a change matches on average: topic, read model, webhooks, and one of the other queues.
TARGETS_A_CHANGE = 4.0
BUS_TARGETS_A_S = 1_100.0
SOCKETS_A_TASK = 2_000.0
# Seconds of work of a change in one queue, and queues, as the scaling of the template assumes.
QUEUE_WORK_S, QUEUES = 0.02, 3.0
DAY_S = 86_400.0
MOST_ACU = 128.0


class Needs(NamedTuple):
    """Needs of a load at its burst; counts a second where nothing else is said."""

    factor: int
    events_a_month: float
    burst: float
    shards: int
    table_writes: float
    table_partitions: int
    processes: int
    lease_reads: float
    lease_writes: float
    streams: int
    changes: float
    bus_targets: float
    buses: int
    sms_a_s: float
    web_tasks: int
    database_acu: float
    usd: float


def work_out_needs(model: CostModel, factor: int) -> Needs:
    """Return what the case study needs, so many times as large."""
    base = make_counted_case(model.counted)
    burst = base.burst_per_s * factor
    shards = math.ceil(burst / SHARD_EVENTS * SHARD_ROOM)
    processes = count_processes(shards, SLOTS)
    writes = burst * base.event_write_units
    targets = burst * base.change_share * TARGETS_A_CHANGE
    case = grow(base, factor, shards, processes)
    return Needs(
        factor,
        case.events,
        burst,
        shards,
        writes,
        math.ceil(writes / PARTITION_WRITES),
        processes,
        count_lease_reads(shards),
        count_lease_writes(shards),
        math.ceil(shards / find_largest_stream()),
        burst * base.change_share,
        targets,
        math.ceil(targets / BUS_TARGETS_A_S),
        case.peak_events_per_day / case.events_per_shipment * 0.3 / DAY_S,
        max(2, math.ceil(case.open_pages / SOCKETS_A_TASK)),
        case.acu,
        model.total(case),
    )


def grow(base: Case, factor: int, shards: int, processes: int) -> Case:
    """Return the case with all volumes multiplied, and tasks for them; database and Valkey grow alike."""
    queue_work = base.peak_events_per_day * factor / DAY_S * base.change_share * QUEUES * QUEUE_WORK_S
    return msgspec.structs.replace(
        base,
        events_per_day=base.events_per_day * factor,
        peak_events_per_day=base.peak_events_per_day * factor,
        vehicles=base.vehicles * factor,
        open_pages=base.open_pages * factor,
        burst_per_s=base.burst_per_s * factor,
        shards=float(shards),
        shards_tasks=float(processes),
        queues_tasks=max(base.queues_tasks, math.ceil(queue_work * 2 / base.queues_vcpu)),
        acu=base.acu * factor,
        valkey_nodes=base.valkey_nodes * factor,
    )


def count_lease_reads(shards: int) -> float:
    """Return the read units a second of one group: each process reads all its rows at each check."""
    processes = count_processes(shards, SLOTS)
    rows_bytes = (shards + processes) * LEASE_ROW_BYTES
    return processes / CHECK_EVERY_S * math.ceil(rows_bytes / READ_UNIT_BYTES)


def count_lease_writes(shards: int) -> float:
    """Return the rows of one group that are written in a second."""
    return (shards + count_processes(shards, SLOTS)) / RENEW_EVERY_S


def find_largest_stream() -> int:
    """Return how many shards a stream may have until its leases are too much for one partition."""
    shards = 1
    while (
        count_lease_reads(shards + 1) <= PARTITION_READS
        and count_lease_writes(shards + 1) <= PARTITION_WRITES
    ):
        shards += 1
    return shards
