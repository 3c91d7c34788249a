"""The lease table on DynamoDB: every write conditional, every name aliased (many are reserved words)."""

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

# Ours still, and the checkpoint does not step back: what renewal and release both ask.
_STILL_OURS = "#owner_id = :owner_id AND #epoch = :epoch AND #checkpoint <= :checkpoint"


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
        # A client of its own: renewals must not wait for a connection behind commits that are throttled.
        return build_client("dynamodb", hot=True, purpose="leases")

    def read_group(self, group: str) -> LeaseGroup:
        """All leases and workers of a group (strongly consistent)."""
        rows: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = self._read_page(group, start)
            rows += page["Items"]
            if not page.get("LastEvaluatedKey"):
                return read_rows(rows)
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def add_missing(self, leases: Sequence[Lease]) -> None:
        """Put each of these leases, as it is given, where there is none of its group and entry."""
        rows = [lease_item(lease) for lease in leases]
        run_statements(self._dynamodb, [insert_statement(self._table_name, row) for row in rows])

    def take(self, seen: Lease, owner_id: str) -> Lease | None:
        """The lease in the new owner's name, if it is open and untouched since `seen`; else None."""
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
        """Keep these leases and the worker's own row, 25 statements a call; per lease what became of it."""
        now = self._now()
        statements = [self._renewal(lease._replace(renewed_at=now)) for lease in leases]
        if worker is not None:
            statements.append(self._worker_update(worker))
        answers = run_statements(self._dynamodb, statements)
        if worker is not None and answers.pop().error:
            run_statements(self._dynamodb, [insert_statement(self._table_name, worker_item(worker))])
        return [_read_renewal(answer) for answer in answers]

    def release(self, lease: Lease) -> Lease | None:
        """Keep checkpoint and phase and give the lease up: the free lease; None when it was not ours."""
        left = lease._replace(renewed_at=self._now())
        ends = {"phase": {"S": str(lease.phase)}, "halt_reason": {"S": lease.halt_reason}}
        if lease.expires_at is not None:
            ends["expires_at"] = _number(lease.expires_at)
        # Not the heartbeat: a renewal on its way may have moved it on.
        written = {name: value for name, value in progress_of(left).items() if name != "heartbeat"} | ends
        sets = ", ".join(f"#{name} = :{name}" for name in written)
        values = {f":{name}": value for name, value in written.items()}
        ours = {":owner_id": {"S": lease.owner_id or ""}, ":epoch": _number(lease.epoch)}
        row = self._update(left, f"SET {sets} REMOVE #owner_id", _STILL_OURS, values | ours)
        return to_lease(row) if row else None

    def resume(self, lease: Lease) -> bool:
        """Open a halted lease again; False when it is not halted."""
        values = {":open": {"S": "open"}, ":halted": {"S": "halted"}}
        row = self._update(lease, "SET #phase = :open REMOVE #halt_reason", "#phase = :halted", values)
        return row is not None

    def _renewal(self, lease: Lease) -> Statement:
        written = progress_of(lease)
        text = (
            f'UPDATE "{self._table_name}" {_set_all(written)} WHERE "stream" = ? AND "entry" = ?'
            ' AND "owner_id" = ? AND "epoch" = ? AND "checkpoint" <= ?'
        )
        asked = [{"S": lease.owner_id or ""}, _number(lease.epoch), {"S": lease.checkpoint}]
        parameters = [*written.values(), {"S": lease.group}, {"S": lease.entry}, *asked]
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
