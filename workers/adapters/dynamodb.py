"""Lease table on DynamoDB. Every attribute name is aliased, since many are reserved words."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.adapters.items import Item
from tracking.adapters.statements import Answer, Statement, insert_statement, run_statements
from workers.adapters.lease_rows import lease_item, progress_of, read_rows, to_lease, worker_item
from workers.leases.ports import Lease, LeaseGroup, Renewal, Worker

# Condition of a renewal and of a release: we are still the owner, and the checkpoint does not step back.
_STILL_OWNED = "#owner_id = :owner_id AND #epoch = :epoch AND #checkpoint <= :checkpoint"


def _read_clock() -> datetime:
    return datetime.now(UTC)


class DynamoLeases:
    """`LeaseTable` on the table `leases`. Safe to use from many threads."""

    def __init__(self, table_name: str, now: Callable[[], datetime] = _read_clock) -> None:
        """`now` gives the time of writes, which is shown to people. No call is made yet."""
        self._table_name = table_name
        self._now = now

    @cached_property
    def _dynamodb(self) -> Any:
        # A client of its own, so that renewals do not wait for a connection behind throttled commits.
        return build_client("dynamodb", hot=True, purpose="leases")

    def read_group(self, group: str) -> LeaseGroup:
        """Return all leases and workers of a group (strongly consistent read)."""
        rows: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = self._read_page(group, start)
            rows += page["Items"]
            if not page.get("LastEvaluatedKey"):
                return read_rows(rows)
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Insert each of these leases, unless a row with its group and entry exists."""
        rows = [lease_item(lease) for lease in leases]
        run_statements(self._dynamodb, [insert_statement(self._table_name, row) for row in rows])

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """Make `owner_id` the owner; return the lease, or None if it is not open or not as in `seen`."""
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
                ":renewed_at": {"S": self._now().isoformat()},
                ":one": _number(1),
                ":open": {"S": "open"},
            },
        )
        return to_lease(row) if row else None

    def renew_all(self, leases: Sequence[Lease], worker: Worker | None = None) -> list[Renewal]:
        """Store these leases and the row of `worker`, 25 per call; return one result per lease."""
        now = self._now()
        statements = [self._renewal(lease._replace(renewed_at=now)) for lease in leases]
        if worker is not None:
            statements.append(self._worker_update(worker))
        answers = run_statements(self._dynamodb, statements)
        if worker is not None and answers.pop().error:
            run_statements(self._dynamodb, [insert_statement(self._table_name, worker_item(worker))])
        return [_read_renewal(answer) for answer in answers]

    def release(self, lease: Lease) -> Lease | None:
        """Store checkpoint and phase, remove the owner; return the free lease, or None if it was not ours."""
        released = lease._replace(renewed_at=self._now())
        ends = {"phase": {"S": str(lease.phase)}, "halt_reason": {"S": lease.halt_reason}}
        if lease.expires_at is not None:
            ends["expires_at"] = _number(lease.expires_at)
        # The heartbeat is left out: a renewal in flight may have incremented it.
        written = {name: value for name, value in progress_of(released).items() if name != "heartbeat"} | ends
        sets = ", ".join(f"#{name} = :{name}" for name in written)
        values = {f":{name}": value for name, value in written.items()}
        owner = {":owner_id": {"S": lease.owner_id or ""}, ":epoch": _number(lease.epoch)}
        row = self._update(released, f"SET {sets} REMOVE #owner_id", _STILL_OWNED, values | owner)
        return to_lease(row) if row else None

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; return False if it is not halted."""
        values = {":open": {"S": "open"}, ":halted": {"S": "halted"}}
        row = self._update(lease, "SET #phase = :open REMOVE #halt_reason", "#phase = :halted", values)
        return row is not None

    def _renewal(self, lease: Lease) -> Statement:
        written = progress_of(lease)
        text = (
            f'UPDATE "{self._table_name}" {_set_all(written)} WHERE "stream" = ? AND "entry" = ?'
            ' AND "owner_id" = ? AND "epoch" = ? AND "checkpoint" <= ?'
        )
        condition = [{"S": lease.owner_id or ""}, _number(lease.epoch), {"S": lease.checkpoint}]
        parameters = [*written.values(), {"S": lease.group}, {"S": lease.entry}, *condition]
        return Statement(text, parameters, wants_old=True)

    def _worker_update(self, worker: Worker) -> Statement:
        item = worker_item(worker)
        key = [item.pop("stream"), item.pop("entry")]
        text = f'UPDATE "{self._table_name}" {_set_all(item)} WHERE "stream" = ? AND "entry" = ?'
        return Statement(text, [*item.values(), *key])

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
            raise to_domain_error(error) from error
        return page

    def _update(self, lease: Lease, change: str, condition: str, values: Item) -> Item | None:
        """Return the row after the change, or None if the condition did not hold."""
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
            raise to_domain_error(error) from error
        row: Item = answer["Attributes"]
        return row


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _set_all(item: Item) -> str:
    return " ".join(f'SET "{name}" = ?' for name in item)


def _read_renewal(answer: Answer) -> Renewal:
    if not answer.error:
        return "renewed"
    return "lost" if answer.old else "gone"
