"""Conversion of leases and workers to rows of the table `leases`, and back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracking.adapters.items import Item, from_attribute, to_attribute
from workers.leases.ports import Lease, LeaseGroup, Phase, Worker

WORKER_ROWS = "worker#"
# Attributes that a renewal and a release write. The others are set when a row is added or taken.
PROGRESS = (
    "heartbeat",
    "checkpoint",
    "checkpoint_sequence",
    "checkpoint_arrived_at",
    "caught_up_at",
    "behind_ms",
    "renewed_at",
)
_MOMENTS = ("checkpoint_arrived_at", "caught_up_at", "renewed_at")
_ALWAYS = ("epoch", "heartbeat", "checkpoint", "checkpoint_sequence", "behind_ms", "owner_changes", "phase")


def lease_item(lease: Lease) -> Item:
    """Return the row of a lease. Empty values are left out, except for attributes that conditions need."""
    values = lease._asdict()
    values["stream"] = values.pop("group")
    values["parent_ids"] = list(lease.parent_ids)
    kept = {name: value for name, value in values.items() if name in _ALWAYS or value}
    return {name: _to_attribute(value) for name, value in kept.items()}


def progress_of(lease: Lease) -> Item:
    """Return the attributes that a renewal writes; an unknown time is an empty string."""
    return {name: _to_attribute(getattr(lease, name)) for name in PROGRESS}


def worker_item(worker: Worker) -> Item:
    """Return the row of a worker."""
    values = worker._asdict()
    values["stream"] = values.pop("group")
    values["entry"] = WORKER_ROWS + values.pop("worker_id")
    return {name: _to_attribute(value) for name, value in values.items()}


def read_rows(rows: Iterable[Item]) -> LeaseGroup:
    """Return the leases and workers in the rows of one group."""
    group = LeaseGroup([], [])
    for row in rows:
        if row["entry"]["S"].startswith(WORKER_ROWS):
            group.workers.append(_to_worker(row))
        else:
            group.leases.append(to_lease(row))
    return group


def to_lease(row: Item) -> Lease:
    """Return the lease in a row; unknown attributes are ignored."""
    values = _read(row, Lease._fields)
    for name in _MOMENTS:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    values["phase"] = Phase(values["phase"])
    values["parent_ids"] = tuple(values.get("parent_ids", ()))
    return Lease(**values)


def _to_worker(row: Item) -> Worker:
    values = _read(row, Worker._fields)
    return Worker(worker_id=row["entry"]["S"].removeprefix(WORKER_ROWS), **values)


def _read(row: Item, fields: Iterable[str]) -> dict[str, Any]:
    values = {name: from_attribute(row[name]) for name in fields if name in row}
    return values | {"group": row["stream"]["S"]}


def _to_attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, datetime) or value is None:
        return {"S": value.isoformat() if value else ""}
    return to_attribute(value)
