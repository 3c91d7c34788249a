"""Shipments and their timelines in DynamoDB: events first, then the state that has read them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import msgspec

from tracking.adapters.aws import AWS_ERRORS, as_our_error, build_client, try_again
from tracking.adapters.first_receipts import keep_first_receipts
from tracking.adapters.items import (
    STATE_KEY,
    Item,
    event_item,
    event_key,
    from_attribute,
    read_event,
    read_state,
    state_key,
)
from tracking.adapters.reads import query_pages, read_items
from tracking.adapters.side_by_side import side_by_side
from tracking.adapters.state_cache import StateCache
from tracking.adapters.statements import (
    CONDITION_FAILED,
    Answer,
    Statement,
    insert_statement,
    run_statements,
)
from tracking.adapters.writes import Action, clear_marks, judge, judge_apart, move_state, put_state, tell
from tracking.domain.compatibility import complete_change
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.ports import Commit, Outcome

PENDING_PARTITIONS = tuple(str(number) for number in range(8))
PENDING_INDEX = "pending-index"
STATUS_INDEX = "status-index"
STATUS_SHARDS = tuple(f"{status}#{number}" for status in Status for number in PENDING_PARTITIONS)
# A transaction takes 100 actions. Rows judged anew beyond that go before it: after a crash in between, the
# record that caused them is read again, and finds them judged already.
REWRITES_A_TRANSACTION = 30


class DynamoShipmentStore:
    """Shipments in the table `tracking`; the commit rule keeps every event and change exactly once."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._cache = StateCache()

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """The states as this process knows them; those it does not know are read, 100 a call."""
        known = self._cache.find(shipment_ids)
        unknown = [shipment_id for shipment_id in dict.fromkeys(shipment_ids) if shipment_id not in known]
        items = self._read_items([state_key(shipment_id) for shipment_id in unknown])
        read = {state.shipment_id: state for state in map(read_state, items)}
        self._cache.keep(read.values())
        return {key: state for key, state in (known | read).items() if not _is_over(state.expires_at)}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """The current state of one shipment: one GetItem."""
        key = state_key(shipment_id)
        answer = self._call("get_item", TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return None
        state = read_state(answer["Item"])
        return None if _is_over(state.expires_at) else state

    def read_current(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """The current states, 100 a call, whatever this process has seen."""
        items = self._read_items([state_key(shipment_id) for shipment_id in dict.fromkeys(shipment_ids)])
        states = (read_state(item) for item in items)
        return {state.shipment_id: state for state in states if not _is_over(state.expires_at)}

    def read_shipment_ids(self) -> Iterator[str]:
        """The ids of all shipments, by the index of their status: a query for each of its partitions."""
        for shard in STATUS_SHARDS:
            pages = self._query(
                IndexName=STATUS_INDEX,
                KeyConditionExpression="status_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": shard}},
                ProjectionExpression="shipment_id",
            )
            yield from (item["shipment_id"]["S"] for page in pages for item in page)

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
        self._run(insert_statement(self._table, event_item(row)) for row in rows)
        quiet = [commit for commit in commits if not _tells(commit)]
        telling = [commit for commit in commits if _tells(commit)]
        outcomes = dict(zip(map(id, quiet), self._move_quietly(quiet), strict=True))
        outcomes |= zip(map(id, telling), side_by_side(self._move_and_tell, telling), strict=True)
        done = [outcomes[id(commit)] for commit in commits]
        self._remember(commits, done)
        return done

    def _remember(self, commits: Sequence[Commit], outcomes: Sequence[Outcome]) -> None:
        for commit, outcome in zip(commits, outcomes, strict=True):
            if outcome.committed and commit.moved:
                self._cache.keep([commit.after])
            elif outcome.current is not None:
                self._cache.keep([outcome.current])
            elif not outcome.committed:
                self._cache.forget(commit.shipment_id)

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
        self._run(clear_marks(self._table, changes))

    def keep_first_receipts(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Put-if-absent of each report's arrival under `seen#<shipment_id>`; what was there before counts."""
        return keep_first_receipts(self._client, self._table, scans)

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

    def _move_quietly(self, commits: Sequence[Commit]) -> list[Outcome]:
        moving = [commit for commit in commits if commit.moved]
        answers = self._run(move_state(self._table, commit) for commit in moving)
        refused = {
            commit.shipment_id: Outcome(committed=False, current=self._read_refusal(commit, answer.old))
            for commit, answer in zip(moving, answers, strict=True)
            if answer.error
        }
        return [refused.get(commit.shipment_id, Outcome(committed=True)) for commit in commits]

    def _read_refusal(self, commit: Commit, old: Item | None) -> ShipmentState | None:
        """The state that stood in the way: as the refusal brought it, else as it is now."""
        return read_state(old) if old else self.read_state(commit.shipment_id)

    def _move_and_tell(self, commit: Commit) -> Outcome:
        """One transaction: the state on its version, each row that tells unless it has, rows judged anew."""
        told = [tell(self._table, row) for row in commit.events if row.change is not None]
        # Not side by side: this runs in the pool already, and would wait for itself.
        run_statements(self._client, list(judge_apart(self._table, commit.rewrites[REWRITES_A_TRANSACTION:])))
        judged = [judge(self._table, row) for row in commit.rewrites[:REWRITES_A_TRANSACTION]]
        actions = [put_state(self._table, commit), *told, *judged]
        return try_again(partial(self._transact, commit, actions))

    def _transact(self, commit: Commit, actions: Sequence[Action]) -> Outcome:
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = error.response.get("CancellationReasons", [])
            codes = [reason.get("Code", "None") for reason in reasons]
            if CONDITION_FAILED not in codes:
                raise TransientError(f"transaction cancelled: {codes}") from error
            return Outcome(committed=False, current=self._read_refusal(commit, reasons[0].get("Item")))
        except AWS_ERRORS as error:
            raise as_our_error(error) from error
        return Outcome(committed=True)

    def _run(self, statements: Iterable[Statement]) -> list[Answer]:
        return run_statements(self._client, list(statements), at_once=True)


def _tells(commit: Commit) -> bool:
    """Whether the commit must be one transaction: a change to tell, or rows judged anew."""
    return commit.moved and (bool(commit.rewrites) or any(row.change is not None for row in commit.events))


def _change_of(item: Item) -> Change:
    return complete_change(msgspec.convert(from_attribute(item["change"]), Change))


def _is_over(expires_at: int) -> bool:
    """Whether a row has outlived its time: deletion by TTL is lazy, so readers look themselves."""
    return 0 < expires_at < time.time()
