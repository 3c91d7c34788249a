"""Shipments and their timelines in DynamoDB: events first, then the state that has read them."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import msgspec

from tracking.adapters.arrivals import keep_first_arrivals
from tracking.adapters.aws import AWS_ERRORS, as_our_error, build_client, try_again
from tracking.adapters.items import (
    INDEX_KEYS,
    STATE_KEY,
    Item,
    event_item,
    event_key,
    from_attribute,
    read_event,
    read_state,
    state_item,
    state_key,
    to_attribute,
)
from tracking.adapters.reads import query_pages, read_items
from tracking.adapters.statements import Answer, Statement, insert_statement, run_statements
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.ports import Commit, Outcome

PENDING_PARTITIONS = tuple(str(number) for number in range(8))
PENDING_INDEX = "pending-index"
# A transaction takes 100 actions. Rows judged anew beyond that go before it: after a crash in between, the
# record that caused them is read again, and finds them judged already.
REWRITES_A_TRANSACTION = 30
# Calls of one commit go side by side; the threads are shared by all stints of the process.
SIDE_BY_SIDE = 8


class DynamoShipmentStore:
    """Shipments in the table `tracking`; the commit rule keeps every event and change exactly once."""

    def __init__(self, table: str) -> None:
        self._table = table

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="commit")

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """The current states, 100 a call."""
        items = self._read_items([state_key(shipment_id) for shipment_id in dict.fromkeys(shipment_ids)])
        states = [read_state(item) for item in items]
        return {state.shipment_id: state for state in states if not _is_over(state.expires_at)}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """The current state of one shipment: one GetItem."""
        key = state_key(shipment_id)
        answer = self._call("get_item", TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return None
        state = read_state(answer["Item"])
        return None if _is_over(state.expires_at) else state

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """All events that have not expired, oldest first."""
        pages = self._query(
            KeyConditionExpression="shipment_id = :id AND #timestamp < :state",
            ExpressionAttributeNames={"#timestamp": "timestamp"},
            ExpressionAttributeValues={":id": {"S": shipment_id}, ":state": {"S": STATE_KEY}},
            ConsistentRead=True,
        )
        events = [read_event(item) for page in pages for item in page]
        return [event for event in events if not _is_over(event.expires_at)]

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Rows without a change by INSERT, then states: pings by statement, transitions by transaction."""
        rows = [row for commit in commits for row in commit.events if row.change is None]
        run_statements(self._client, [insert_statement(self._table, event_item(row)) for row in rows])
        quiet = [commit for commit in commits if not _tells(commit)]
        outcomes = dict(zip(map(id, quiet), self._move_quietly(quiet), strict=True))
        telling = [commit for commit in commits if _tells(commit)]
        outcomes |= zip(map(id, telling), self._pool.map(self._tell_patiently, telling), strict=True)
        return [outcomes[id(commit)] for commit in commits]

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """The changes of these events that wait to be published, 100 rows a call."""
        keys = {(event.shipment_id or "", event.sort_key) for event in events}
        items = self._read_items([event_key(*key) for key in sorted(keys)])
        return [_change_of(item) for item in items if "pending" in item]

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Changes waiting since before `older_than`, by the sparse index, partition by partition."""
        before = msgspec.to_builtins(older_than)
        changes: list[Change] = []
        for partition in PENDING_PARTITIONS:
            pages = self._query(
                IndexName=PENDING_INDEX,
                KeyConditionExpression="pending = :partition AND pending_since < :before",
                ExpressionAttributeValues={":partition": {"S": partition}, ":before": {"S": before}},
            )
            changes += [_change_of(item) for page in pages for item in page]
        return sorted(changes, key=lambda change: change.recorded_at)

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Take the mark off these changes; a mark that is gone already is no error."""
        text = (
            f'UPDATE "{self._table}" REMOVE "pending" REMOVE "pending_since" '
            'WHERE "shipment_id" = ? AND "timestamp" = ? AND "change_id" = ?'
        )
        run_statements(
            self._client,
            [
                Statement(text, [{"S": shipment_id}, {"S": sort_key}, {"S": change_id}])
                for shipment_id, sort_key, change_id in dict.fromkeys(
                    (change.shipment_id, change.sort_key, change.change_id) for change in changes
                )
            ],
        )

    def keep_first_arrivals(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Put-if-absent of each report's arrival under `seen#<shipment_id>`; what was there before counts."""
        return keep_first_arrivals(self._client, self._table, scans)

    def _read_items(self, keys: Sequence[Item]) -> list[Item]:
        return read_items(self._client, self._table, keys)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**request)
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        return answer

    def _query(self, **request: Any) -> Iterator[list[Item]]:
        return query_pages(self._client, TableName=self._table, **request)

    def _update_state(self, commit: Commit) -> Statement:
        """The whole state set anew on its version; without a state before, an INSERT."""
        item = state_item(commit.after)
        if commit.before is None:
            return insert_statement(self._table, item)
        fields = {name: value for name, value in item.items() if name not in ("shipment_id", "timestamp")}
        sets = " ".join(f'SET "{name}" = ?' for name in fields)
        removes = "".join(f' REMOVE "{name}"' for name in INDEX_KEYS if name not in fields)
        text = (
            f'UPDATE "{self._table}" {sets}{removes} '
            f'WHERE "shipment_id" = ? AND "timestamp" = \'{STATE_KEY}\' AND "state_version" = ?'
        )
        version = {"N": str(commit.before.state_version)}
        return Statement(text, [*fields.values(), {"S": commit.shipment_id}, version], wants_old=True)

    def _move_quietly(self, commits: Sequence[Commit]) -> list[Outcome]:
        moving = [commit for commit in commits if commit.moved]
        answers = run_statements(self._client, [self._update_state(commit) for commit in moving])
        refused = {
            commit.shipment_id: self._lost(commit, answer)
            for commit, answer in zip(moving, answers, strict=True)
            if answer.error
        }
        return [refused.get(commit.shipment_id, Outcome(committed=True)) for commit in commits]

    def _lost(self, commit: Commit, answer: Answer) -> Outcome:
        current = read_state(answer.old) if answer.old else self.read_state(commit.shipment_id)
        return Outcome(committed=False, current=current)

    def _tell_patiently(self, commit: Commit) -> Outcome:
        return try_again(partial(self._move_and_tell, commit))

    def _move_and_tell(self, commit: Commit) -> Outcome:
        """One transaction: the state on its version, each row that tells unless it has, rows judged anew."""
        told = [self._tell(row) for row in commit.events if row.change is not None]
        self._rewrite(commit.rewrites[REWRITES_A_TRANSACTION:])
        judged = [self._judge(row) for row in commit.rewrites[:REWRITES_A_TRANSACTION]]
        try:
            self._client.transact_write_items(TransactItems=[self._put_state(commit), *told, *judged])
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons:
                return Outcome(committed=False, current=self.read_state(commit.shipment_id))
            raise TransientError(f"transaction cancelled: {reasons}") from error
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        return Outcome(committed=True)

    def _put_state(self, commit: Commit) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._table, "Item": state_item(commit.after)}
        if commit.before is None:
            put["ConditionExpression"] = "attribute_not_exists(shipment_id)"
        else:
            put["ConditionExpression"] = "state_version = :seen"
            put["ExpressionAttributeValues"] = {":seen": {"N": str(commit.before.state_version)}}
        return {"Put": put}

    def _tell(self, row: TrackingEvent) -> dict[str, Any]:
        # The row may be there as a plain ping whose state write was lost, so only a change stands in the way.
        return {
            "Put": {
                "TableName": self._table,
                "Item": event_item(row),
                "ConditionExpression": "attribute_not_exists(change_id)",
            }
        }

    def _judge(self, row: TrackingEvent) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": event_key(row.shipment_id or "", row.sort_key),
                "UpdateExpression": "SET applied = :applied, reject_reason = :reason",
                "ConditionExpression": "attribute_exists(shipment_id)",
                "ExpressionAttributeValues": {
                    ":applied": to_attribute(row.applied),
                    ":reason": to_attribute(row.reject_reason),
                },
            }
        }

    def _rewrite(self, rows: Sequence[TrackingEvent]) -> None:
        where = 'WHERE "shipment_id" = ? AND "timestamp" = ?'
        text = f'UPDATE "{self._table}" SET "applied" = ? SET "reject_reason" = ? {where}'
        run_statements(
            self._client,
            [
                Statement(
                    text,
                    [
                        to_attribute(row.applied),
                        to_attribute(row.reject_reason),
                        {"S": row.shipment_id or ""},
                        {"S": row.sort_key},
                    ],
                )
                for row in rows
            ],
        )


def _tells(commit: Commit) -> bool:
    """Whether the commit must be one transaction: a change to tell, or rows judged anew."""
    return commit.moved and (bool(commit.rewrites) or any(row.change is not None for row in commit.events))


def _change_of(item: Item) -> Change:
    return msgspec.convert(from_attribute(item["change"]), Change)


def _is_over(expires_at: int) -> bool:
    """Whether a row has outlived its time: deletion by TTL is lazy, so readers look themselves."""
    return 0 < expires_at < time.time()
