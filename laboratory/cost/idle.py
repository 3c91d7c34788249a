"""AWS calls of the product while nothing happens, as counted in a run, and what they come to in a month."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from laboratory.cost.case import HOURS, Case

COUNTED = settings.BASE_DIR / "docs" / "bench" / "calls.json"
STANDING_STILL, WORKING = "standing still", "a thousand events"
UNITS = "write request units of DynamoDB, without indexes"
MONTH_S = HOURS * 3600
# Events of the run whose calls are counted.
WORKING_EVENTS = 1_000.0
# What a call is charged by. Reads of shards and questions about the stream cost nothing beside the shards.
CHARGED = {
    "AmazonSQS": "queue_requests",
    "DynamoDB Query": "read_units",
    "DynamoDB GetItem": "read_units",
    "DynamoDB BatchGetItem": "read_units",
    "DynamoDB BatchExecuteStatement": "write_units",
    "DynamoDB UpdateItem": "write_units",
    "DynamoDB TransactWriteItems": "write_units",
    "AWSEvents PutEvents": "published",
    "Kinesis GetRecords": "free",
    "Kinesis DescribeStreamSummary": "free",
    "Kinesis ListShards": "free",
}


class CountedError(Exception):
    """A report of counted calls that cannot be used; the message says why."""


class Counted(NamedTuple):
    """A run of the bench `calls`: calls a second while nothing happens, calls of 1,000 events, units."""

    idle: Mapping[str, float]
    working: Mapping[str, float]
    idle_units: float | None
    working_units: float | None
    shards: float
    measured_at: str


class IdleUse(NamedTuple):
    """Charged pieces of a month in which nothing happens."""

    write_units: float
    read_units: float
    queue_requests: float


def read_counted(path: Path | None = None) -> Counted:
    """Return the counters of a run, by default of the kept one. Raises `CountedError`."""
    path = path or COUNTED
    try:
        report = json.loads(path.read_text())
        rows = {row["name"]: row for row in report["rows"]}
        return Counted(
            idle=rows[STANDING_STILL]["phases"],
            working=rows[WORKING]["phases"],
            idle_units=_median(rows, STANDING_STILL),
            working_units=_median(rows, WORKING),
            shards=float(report["config"]["shards"]),
            measured_at=str(report["started_at"])[:10],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CountedError(f"{path.name} is not a report of `manage.py bench calls`: {error!r}") from error


def find_charge(call: str) -> str:
    """Return what a counted call is charged by. Raises `CountedError` for a call the model does not know."""
    _role, service, operation, *_ = call.split()
    charge = CHARGED.get(f"{service} {operation}") or CHARGED.get(service)
    if charge is None:
        raise CountedError(f"The model does not know what {service} {operation} costs.")
    return charge


def scale_idle(counted: Counted, case: Case) -> IdleUse:
    """Return the idle use of a month for the shards and tasks of a case.

    The run had one process of each role. Each task looks at the leases on its own. One task renews a
    lease, so renewals grow with the shards.
    """
    tasks = {"shards": case.shards_tasks, "queues": case.queues_tasks, "web": case.web_tasks, "beat": 1.0}
    reads = polls = 0.0
    for call, rate in counted.idle.items():
        charge, role = find_charge(call), call.split()[0]
        if charge == "read_units":
            reads += rate * tasks[role]
        elif charge == "queue_requests":
            polls += rate
    writes = (counted.idle_units or 0.0) * max(1.0, case.shards / counted.shards)
    return IdleUse(writes * MONTH_S, reads * MONTH_S, polls * MONTH_S)


def count_queue_requests(counted: Counted) -> float:
    """Return the SQS requests of the run's events, without those of standing still."""
    return sum(number for call, number in counted.working.items() if find_charge(call) == "queue_requests")


def _median(rows: Mapping[str, Mapping[str, float]], name: str) -> float | None:
    row = rows.get(f"{name}: {UNITS}")
    return None if row is None else float(row["median"])
