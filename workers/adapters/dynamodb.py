"""The lease table on DynamoDB: every write conditional, every name aliased (many are reserved words)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, as_our_error, build_client
from tracking.adapters.statements import insert_statement, run_statements
from workers.ports import Lease

# A group's partition also holds the workers' own rows, which nobody leases.
_WORKER_ROWS = "worker#"
# Ours still, and the checkpoint does not step back: what renewal and release both ask.
_STILL_OURS = "#owner_id = :owner_id AND #epoch = :epoch AND #checkpoint <= :checkpoint"
_PROGRESS = (
    "#checkpoint = :checkpoint, #checkpoint_sequence = :checkpoint_sequence, #behind_ms = :behind_ms,"
    " #checkpoint_arrived_at = :checkpoint_arrived_at, #renewed_at = :renewed_at"
)


def _read_clock() -> datetime:
    return datetime.now(UTC)


class DynamoLeases:
    """`LeaseTable` on table `leases`; safe to use from many threads."""

    def __init__(self, table_name: str, now: Callable[[], datetime] = _read_clock) -> None:
        """Make no call yet; `now` stamps writes for people to read and decides nothing."""
        self._table_name = table_name
        self._now = now

    @cached_property
    def _dynamodb(self) -> Any:
        return build_client("dynamodb", hot=True)

    def read_leases(self, group: str) -> list[Lease]:
        """All leases of a group, by entry (strongly consistent); the workers' own rows are left out."""
        leases: list[Lease] = []
        start: dict[str, Any] = {}
        while True:
            page = self._read_page(group, start)
            leases += [_to_lease(row) for row in page["Items"] if not _is_worker(row)]
            if not page.get("LastEvaluatedKey"):
                return leases
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def add_missing(self, group: str, entries: Sequence[str]) -> None:
        """Put a free lease for each entry that has none; those that have one stay as they are."""
        rows = [_make_free_row(group, entry) for entry in entries]
        run_statements(self._dynamodb, [insert_statement(self._table_name, row) for row in rows])

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """The lease in the new owner's name, if nobody has touched it since `seen`; else None."""
        row = self._update(
            seen,
            "SET #owner_id = :owner_id, #epoch = :next_epoch, #heartbeat = :next_heartbeat,"
            " #renewed_at = :renewed_at, #owner_changes = #owner_changes + :one",
            "#epoch = :epoch AND #heartbeat = :heartbeat AND #phase = :open",
            {
                ":owner_id": {"S": owner_id},
                ":epoch": _number(seen.epoch),
                ":next_epoch": _number(seen.epoch + 1),
                ":heartbeat": _number(seen.heartbeat),
                ":next_heartbeat": _number(seen.heartbeat + 1),
                ":renewed_at": _moment(self._now()),
                ":one": _number(1),
                ":open": {"S": "open"},
            },
        )
        return _to_lease(row) if row else None

    def renew(self, lease: Lease) -> Lease | None:
        """The lease with one more heartbeat and its checkpoint kept; None when it is no longer ours.

        Values are set, not added: a renewal that timed out and landed may be sent again.
        """
        beat = lease._replace(heartbeat=lease.heartbeat + 1, renewed_at=self._now())
        values = _progress_of(beat) | {":heartbeat": _number(beat.heartbeat)}
        row = self._update(beat, f"SET #heartbeat = :heartbeat, {_PROGRESS}", _STILL_OURS, values)
        return beat if row else None

    def release(self, lease: Lease) -> None:
        """Keep the checkpoint and give the lease up, if it is still ours; else nothing."""
        left = lease._replace(renewed_at=self._now())
        self._update(left, f"SET {_PROGRESS} REMOVE #owner_id", _STILL_OURS, _progress_of(left))

    def _read_page(self, group: str, start: dict[str, Any]) -> dict[str, Any]:
        try:
            page: dict[str, Any] = self._dynamodb.query(
                TableName=self._table_name,
                KeyConditionExpression="#stream = :stream",
                ExpressionAttributeNames={"#stream": "stream"},
                ExpressionAttributeValues={":stream": {"S": group}},
                ConsistentRead=True,
                **start,
            )
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        return page

    def _update(
        self, lease: Lease, change: str, condition: str, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The row after the change, or None when the condition did not hold."""
        names = re.findall(r"#(\w+)", change + condition)
        try:
            answer: dict[str, Any] = self._dynamodb.update_item(
                TableName=self._table_name,
                Key={"stream": {"S": lease.group}, "entry": {"S": lease.entry}},
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in names},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return None
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        row: dict[str, Any] = answer["Attributes"]
        return row


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _moment(value: datetime | None) -> dict[str, str]:
    return {"S": value.isoformat() if value else ""}


def _make_free_row(group: str, entry: str) -> dict[str, Any]:
    return {
        "stream": {"S": group},
        "entry": {"S": entry},
        "phase": {"S": "open"},
        "epoch": _number(0),
        "heartbeat": _number(0),
        "owner_changes": _number(0),
        "checkpoint": {"S": ""},
        "checkpoint_sequence": {"S": ""},
        "behind_ms": _number(0),
    }


def _progress_of(lease: Lease) -> dict[str, Any]:
    return {
        ":owner_id": {"S": lease.owner_id or ""},
        ":epoch": _number(lease.epoch),
        ":checkpoint": {"S": lease.checkpoint},
        ":checkpoint_sequence": {"S": lease.checkpoint_sequence},
        ":checkpoint_arrived_at": _moment(lease.checkpoint_arrived_at),
        ":behind_ms": _number(lease.behind_ms),
        ":renewed_at": _moment(lease.renewed_at),
    }


def _is_worker(row: dict[str, Any]) -> bool:
    return bool(row["entry"]["S"].startswith(_WORKER_ROWS))


def _to_lease(row: dict[str, Any]) -> Lease:
    text = {name: value["S"] for name, value in row.items() if "S" in value}
    count = {name: int(value["N"]) for name, value in row.items() if "N" in value}
    return Lease(
        group=text["stream"],
        entry=text["entry"],
        owner_id=text.get("owner_id"),
        epoch=count["epoch"],
        heartbeat=count["heartbeat"],
        checkpoint=text.get("checkpoint", ""),
        checkpoint_sequence=text.get("checkpoint_sequence", ""),
        behind_ms=count.get("behind_ms", 0),
        owner_changes=count.get("owner_changes", 0),
        checkpoint_arrived_at=_to_moment(text.get("checkpoint_arrived_at")),
        renewed_at=_to_moment(text.get("renewed_at")),
    )


def _to_moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
