"""AWS calls of the product while nothing happens, as counted in a run, and what they come to in a month."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.cost.case import HOURS, Case
from laboratory.event_units import UNIT_ROWS, Units
from workers.leases.policies import RENEW_EVERY_S

COUNTED = settings.BASE_DIR / "docs" / "bench" / "calls.json"
COUNTED_UNITS = settings.BASE_DIR / "docs" / "bench" / "units.json"
STANDING_STILL, WORKING = "standing still", "a thousand events"
ROWS = "rows, records and messages named"
UNITS = "write request units of DynamoDB, without indexes"
MONTH_S = HOURS * 3600
# Events of the run whose calls are counted.
WORKING_EVENTS = 1_000.0
# What a call is charged by. Reads of shards and questions about the stream cost nothing beside the shards.
# The record that the canary puts each minute costs less than a cent a month.
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
    "Kinesis PutRecords": "free",
}


class CountedError(Exception):
    """A report of counted calls that cannot be used; the message says why."""


class Counted(NamedTuple):
    """Runs of the benches: of `calls`, calls a second while nothing happens and calls of 1,000 events.

    Of `units`, the units of one event of each kind.
    """

    idle: Mapping[str, float]
    working: Mapping[str, float]
    idle_units: float
    units: Mapping[str, Units]
    shards: float
    measured_at: str


class IdleUse(NamedTuple):
    """Charged pieces of a month in which nothing happens."""

    write_units: float
    read_units: float
    queue_requests: float


def read_counted(path: Path | None = None, units_path: Path | None = None) -> Counted:
    """Return the counters of two runs, by default of the kept ones. Raises `CountedError`."""
    rows, report = _read_rows(path or COUNTED, "calls")
    units, _ = _read_rows(units_path or COUNTED_UNITS, "units")
    try:
        return Counted(
            idle=rows[STANDING_STILL]["phases"],
            working=rows[WORKING]["phases"],
            idle_units=_count_written_rows(rows) if (idle := _median(rows, UNITS)) is None else idle,
            units=_divide(units),
            shards=float(report["config"]["shards"]),
            measured_at=str(report["started_at"])[:10],
        )
    except (KeyError, TypeError) as error:
        raise CountedError(f"A report of `manage.py bench` lacks {error}") from error


def _read_rows(path: Path, bench: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rows of a bench's report by name, and the report. Raises `CountedError`."""
    try:
        report = json.loads(path.read_text())
        return {row["name"]: row for row in report["rows"] if report["bench"] == bench}, report
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CountedError(f"{path.name} is not a report of `manage.py bench {bench}`: {error!r}") from error


def find_charge(call: str) -> str:
    """Return what a counted call is charged by. Raises `CountedError` for a call the model does not know."""
    _role, service, operation, *_ = call.split()
    charge = CHARGED.get(f"{service} {operation}") or CHARGED.get(service)
    if charge is None:
        raise CountedError(f"The model does not know what {service} {operation} costs.")
    return charge


def scale_idle(counted: Counted, case: Case) -> IdleUse:
    """Return the idle use of a month for the shards and tasks of a case.

    The run had one process of each role. Each task looks at all leases, and renews its own.
    """
    tasks = {"shards": case.shards_tasks, "queues": case.queues_tasks, "web": case.web_tasks, "beat": 1.0}
    reads = polls = 0.0
    for call, rate in counted.idle.items():
        charge, role = find_charge(call), call.split()[0]
        if charge == "read_units":
            reads += rate * tasks[role]
        elif charge == "queue_requests":
            polls += rate
    # Each renewal of a task writes the leases that it holds, and its own row.
    renewed = ((case.shards + case.shards_tasks) - (counted.shards + 1.0)) / RENEW_EVERY_S
    writes = max(0.0, counted.idle_units + renewed)
    return IdleUse(writes * MONTH_S, reads * MONTH_S, polls * MONTH_S)


def count_queue_requests(counted: Counted) -> float:
    """Return the SQS requests of the run's events, without those of standing still."""
    return sum(number for call, number in counted.working.items() if find_charge(call) == "queue_requests")


def _count_written_rows(rows: Mapping[str, Mapping[str, Any]]) -> float:
    """Return the rows a second that are written while nothing happens, of a run that has not counted units.

    Only writes name more than one row a call then, and a row of a lease is smaller than a unit.
    """
    calls = rows[STANDING_STILL]["phases"]
    writing = sum(rate for call, rate in calls.items() if find_charge(call) == "write_units")
    named = _median(rows, ROWS)
    return writing if named is None else named - sum(calls.values()) + writing


def _divide(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Units]:
    """Return the units of one event of each kind."""
    events = rows[UNIT_ROWS["written"]]["counts"]
    of_kind = {
        kind: [rows[UNIT_ROWS[name]]["phases"][kind] / number for name in Units._fields]
        for kind, number in events.items()
    }
    return {kind: Units(*units) for kind, units in of_kind.items()}


def _median(rows: Mapping[str, Mapping[str, Any]], what: str) -> float | None:
    row = rows.get(f"{STANDING_STILL}: {what}")
    return None if row is None else float(row["median"])
