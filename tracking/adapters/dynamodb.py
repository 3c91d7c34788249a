"""Shipment store on DynamoDB: events are written first, then the state made from them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from itertools import chain
from typing import Any

import msgspec
import structlog

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.adapters.first_arrivals import keep_first_arrivals
from tracking.adapters.interleaved import Work, begin_call, retrying, run_alone, run_interleaved
from tracking.adapters.items import (
    STATE_KEY,
    Item,
    event_item,
    event_key,
    read_change,
    read_event,
    read_state,
    state_item,
    state_key,
)
from tracking.adapters.reads import query_pages, read_items, read_rows
from tracking.adapters.state_cache import CachedState, StateCache
from tracking.adapters.statements import (
    CONDITION_FAILED,
    insert_statement,
    run_at_once,
    run_batch,
    run_statements,
    split_batches,
)
from tracking.adapters.writes import (
    Action,
    build_actions,
    build_pending_removal,
    build_state_update,
    build_verdict_update,
    build_verdict_updates,
    group_commits,
)
from tracking.domain.errors import TransientError
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.ports import Commit, Outcome

PENDING_PARTITIONS = tuple(str(number) for number in range(8))
PENDING_INDEX = "pending-index"
STATUS_INDEX = "status-index"
STATUS_SHARDS = tuple(f"{status}#{number}" for status in Status for number in PENDING_PARTITIONS)
# A transaction takes 100 actions. Further rows with a new verdict are written before it. After a crash in
# between, the record that caused them is read again and finds their verdicts up to date.
REWRITES_PER_TRANSACTION = 30
COMMITTED = Outcome(committed=True)
# By shipment id.
Outcomes = dict[str, Outcome]

log = structlog.get_logger()


class StateRows:
    """Rows of the states that a batch writes, each built when it is sent.

    `cached` are the entries of the cache for them, by shipment id.
    """

    def __init__(self) -> None:
        self.cached: dict[str, CachedState] = {}

    def build(self, commit: Commit) -> Item:
        """Return the row of the state that a commit makes."""
        state = commit.after
        item = state_item(state)
        self.cached[state.shipment_id] = CachedState(
            state.shipment_id, state.state_version, item["state"]["B"]
        )
        return item


class DynamoShipmentStore:
    """`ShipmentStore` on the table `tracking`."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._cache = StateCache()

    @cached_property
    def _client(self) -> Any:
        return build_client("dynamodb", hot=True)

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return states from the cache; those that are not cached are read, 100 per call."""
        known = self._cache.find(shipment_ids)
        missing = [shipment_id for shipment_id in dict.fromkeys(shipment_ids) if shipment_id not in known]
        read = {state.shipment_id: state for state in self._read_states(missing)}
        return {key: state for key, state in (known | read).items() if not _is_expired(state.expires_at)}

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """Return the current state of one shipment, by one GetItem."""
        return run_alone(self._read_one(shipment_id))

    def _read_one(self, shipment_id: str) -> Work[ShipmentState | None]:
        key = state_key(shipment_id)
        try:
            answer = yield begin_call(
                self._client, "get_item", TableName=self._table, Key=key, ConsistentRead=True
            )
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        if "Item" not in answer:
            return None
        state = read_state(answer["Item"])
        return None if _is_expired(state.expires_at) else state

    def read_current(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return the current states, 100 per call, without the cache; a single one by GetItem, for less."""
        if len(shipment_ids) == 1:
            state = run_alone(retrying(partial(self._read_one, shipment_ids[0])))
            return {} if state is None else {state.shipment_id: state}
        states = self._read_states(list(dict.fromkeys(shipment_ids)))
        return {state.shipment_id: state for state in states if not _is_expired(state.expires_at)}

    def read_shipment_ids(self) -> Iterator[str]:
        """Yield the ids of all shipments, by one query for each partition of the status index."""
        for shard in STATUS_SHARDS:
            pages = self._query(
                IndexName=STATUS_INDEX,
                KeyConditionExpression="status_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": shard}},
                ProjectionExpression="shipment_id",
            )
            yield from (item["shipment_id"]["S"] for page in pages for item in page)

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """Return all events that have not expired, oldest first."""
        pages = self._query(
            KeyConditionExpression="shipment_id = :id AND #timestamp < :state",
            ExpressionAttributeNames={"#timestamp": "timestamp"},
            ExpressionAttributeValues={":id": {"S": shipment_id}, ":state": {"S": STATE_KEY}},
            ConsistentRead=True,
        )
        events = [read_event(item) for page in pages for item in page]
        return [event for event in events if not _is_expired(event.expires_at)]

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Write rows without a change first, then each state.

        A state is written alone by a statement, or in one transaction with its rows that have a change or a
        new verdict. Several shipments may share a transaction; the outcome of each is its own.
        """
        rows = [row for commit in commits for row in commit.events if row.change is None]
        run_at_once(self._client, lambda row: insert_statement(self._table, event_item(row)), rows)
        rows_of_states = StateRows()
        outcomes = self._commit_states([commit for commit in commits if commit.moved], rows_of_states)
        done = [outcomes[commit.shipment_id] if commit.moved else COMMITTED for commit in commits]
        self._update_cache(commits, done, rows_of_states)
        return done

    def _update_cache(self, commits: Sequence[Commit], outcomes: Sequence[Outcome], rows: StateRows) -> None:
        newest = []
        for commit, outcome in zip(commits, outcomes, strict=True):
            if not outcome.committed:
                self._cache.forget(commit.shipment_id)
            elif commit.moved:
                newest.append(rows.cached[commit.shipment_id])
        self._cache.keep(newest)

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """Return the changes of these events that are not published yet, 100 rows per call."""
        return self._read_unpublished({(event.shipment_id, event.sort_key) for event in events})

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Return changes pending since before `older_than`: a query per partition of the index, then rows."""
        before = msgspec.to_builtins(older_than)
        keys: set[tuple[str, str]] = set()
        for partition in PENDING_PARTITIONS:
            pages = self._query(
                IndexName=PENDING_INDEX,
                KeyConditionExpression="pending = :partition AND pending_since < :before",
                ExpressionAttributeValues={":partition": {"S": partition}, ":before": {"S": before}},
            )
            keys |= {(item["shipment_id"]["S"], item["timestamp"]["S"]) for page in pages for item in page}
        return sorted(self._read_unpublished(keys), key=lambda change: change.recorded_at)

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Remove the pending mark of these changes; a mark that is gone already is not an error."""
        keys = list(
            dict.fromkeys((change.shipment_id, change.sort_key, change.change_id) for change in changes)
        )
        run_at_once(self._client, partial(build_pending_removal, self._table), keys)

    def keep_first_arrivals(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Return when each report first arrived; times are stored under `seen#<shipment_id>`, if absent."""
        return keep_first_arrivals(self._client, self._table, scans)

    def _read_states(self, shipment_ids: Sequence[str]) -> list[ShipmentState]:
        return read_rows(self._client, self._table, [state_key(key) for key in shipment_ids], read_state)

    def _read_unpublished(self, keys: Iterable[tuple[str, str]]) -> list[Change]:
        items = read_items(self._client, self._table, [event_key(*key) for key in sorted(keys)])
        return [read_change(item) for item in items if "pending" in item]

    def _query(self, **request: Any) -> Iterator[list[Item]]:
        return query_pages(self._client, TableName=self._table, **request)

    def _commit_states(self, moving: Sequence[Commit], rows: StateRows) -> Outcomes:
        """Write the states of commits with what belongs into their transactions; return all outcomes.

        All calls are under way together. Commits of a group that failed are then written alone.
        """
        plain: list[Commit] = []
        transactional: list[Commit] = []
        for commit in moving:
            (transactional if _needs_transaction(commit) else plain).append(commit)
        works = chain(
            (self._try_group(group, rows) for group in group_commits(transactional)),
            (self._write_plain(batch, rows) for batch in split_batches(plain)),
        )
        outcomes = dict(chain.from_iterable(known.items() for known in run_interleaved(works)))
        failed = [commit for commit in moving if commit.shipment_id not in outcomes]
        alone = run_interleaved(self._commit_transaction(commit, rows) for commit in failed)
        return outcomes | {commit.shipment_id: each for commit, each in zip(failed, alone, strict=True)}

    def _write_plain(self, batch: Sequence[Commit], rows: StateRows) -> Work[Outcomes]:
        """Write the states of commits without a transaction, by one call; return their outcomes."""
        answers = yield from run_batch(
            self._client, lambda commit: build_state_update(self._table, commit, rows.build(commit)), batch
        )
        outcomes = dict.fromkeys([commit.shipment_id for commit in batch], COMMITTED)
        for commit, answer in zip(batch, answers, strict=True):
            if answer.error:
                outcomes[commit.shipment_id] = yield from self._refuse(commit, answer.old)
        return outcomes

    def _refuse(self, commit: Commit, old: Item | None) -> Work[Outcome]:
        """Return the outcome of a refused commit, with the state that caused it: `old`, else read now."""
        current = read_state(old) if old else (yield from self._read_one(commit.shipment_id))
        return Outcome(committed=False, current=current)

    def _try_group(self, group: Sequence[Commit], rows: StateRows) -> Work[Outcomes]:
        """Write a group of commits in one attempt; return their outcomes, or none if it may have failed.

        A commit that is its own group is written alone. If the outcome is unknown and the group was in fact
        written, each commit alone is refused with the state that it made, as after any timeout.
        """
        if len(group) == 1:
            return {group[0].shipment_id: (yield from self._commit_transaction(group[0], rows))}
        try:
            yield begin_call(
                self._client,
                "transact_write_items",
                TransactItems=[
                    action
                    for commit in group
                    for action in build_actions(self._table, commit, rows.build(commit))
                ],
            )
        except AWS_ERRORS as error:
            log.info("group_commit", outcome="split", commits=len(group), reason=type(error).__name__)
            return {}
        return dict.fromkeys([commit.shipment_id for commit in group], COMMITTED)

    def _commit_transaction(self, commit: Commit, rows: StateRows) -> Work[Outcome]:
        """Write one transaction: the state on its version, rows with a change, and new verdicts."""
        inside, before = (
            commit.rewrites[:REWRITES_PER_TRANSACTION],
            commit.rewrites[REWRITES_PER_TRANSACTION:],
        )
        run_statements(self._client, build_verdict_updates(self._table, before))
        verdicts = [build_verdict_update(self._table, row) for row in inside]
        actions = [*build_actions(self._table, commit, rows.build(commit)), *verdicts]
        return (yield from retrying(partial(self._transact, commit, actions)))

    def _transact(self, commit: Commit, actions: Sequence[Action]) -> Work[Outcome]:
        try:
            yield begin_call(self._client, "transact_write_items", TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = error.response.get("CancellationReasons", [])
            codes = [reason.get("Code", "None") for reason in reasons]
            if CONDITION_FAILED not in codes:
                raise TransientError(f"transaction cancelled: {codes}") from error
            return (yield from self._refuse(commit, reasons[0].get("Item")))
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return COMMITTED


def _needs_transaction(commit: Commit) -> bool:
    """Return whether the commit must be one transaction: it has a change, or rows with a new verdict."""
    return bool(commit.rewrites or [row for row in commit.events if row.change is not None])


def _is_expired(expires_at: int) -> bool:
    """Return whether a row has expired. DynamoDB deletes expired rows late, so readers check."""
    return 0 < expires_at < time.time()
