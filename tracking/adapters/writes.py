"""Writes of a commit: PartiQL statements for plain commits, transaction actions for those with a change."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from tracking.adapters.items import (
    INDEX_KEYS,
    STATE_KEY,
    Item,
    event_item,
    event_key,
    to_attribute,
)
from tracking.adapters.statements import Statement, insert_statement
from tracking.domain.events import TrackingEvent
from tracking.ports import Commit

Action = dict[str, Any]

# Attributes of the primary key: the shipment and the sort key.
KEY_LENGTH = 2
# A transaction takes 100 actions and 4 MB. A commit that has more than this many changes, or rows with a new
# verdict, is a transaction of its own.
COMMITS_PER_GROUP = 10
CHANGES_PER_GROUPED_COMMIT = 9


def build_state_update(table: str, commit: Commit, item: Item) -> Statement:
    """Return the update of a state to the row `item`, on its version; an INSERT if there was no state."""
    if commit.before is None:
        return insert_statement(table, item, wants_old=True)
    # A row begins with its key, which an update names in its condition.
    names, values = [*item][KEY_LENGTH:], [*item.values()][KEY_LENGTH:]
    version = {"N": str(commit.before.state_version)}
    text = _write_update(table, tuple(names))
    return Statement(text, [*values, {"S": commit.shipment_id}, version], wants_old=True)


def build_state_put(table: str, commit: Commit, item: Item) -> Action:
    """Return the same as an action of a transaction; a refusal returns the state that caused it."""
    put: Action = {
        "TableName": table,
        "Item": item,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if commit.before is None:
        put["ConditionExpression"] = "attribute_not_exists(shipment_id)"
    else:
        put["ConditionExpression"] = "state_version = :seen"
        put["ExpressionAttributeValues"] = {":seen": {"N": str(commit.before.state_version)}}
    return {"Put": put}


def build_change_put(table: str, row: TrackingEvent) -> Action:
    """Return the put of a row with its change, unless the stored row has a change.

    The row may exist without a change, if the write of its state was lost.
    """
    return {
        "Put": {
            "TableName": table,
            "Item": event_item(row),
            "ConditionExpression": "attribute_not_exists(change_id)",
        }
    }


def build_actions(table: str, commit: Commit, item: Item) -> list[Action]:
    """Return the actions of a commit: its state, whose row is `item`, and its rows with a change."""
    changes = [build_change_put(table, row) for row in commit.events if row.change is not None]
    return [build_state_put(table, commit, item), *changes]


def group_commits(commits: Iterable[Commit]) -> list[list[Commit]]:
    """Return the commits in groups, each to be tried as one transaction; a large commit is a group alone."""
    alone: list[Commit] = []
    small: list[Commit] = []
    for commit in commits:
        (small if _is_small(commit) else alone).append(commit)
    starts = range(0, len(small), COMMITS_PER_GROUP)
    return [*([commit] for commit in alone), *(small[start : start + COMMITS_PER_GROUP] for start in starts)]


def _is_small(commit: Commit) -> bool:
    changes = sum(row.change is not None for row in commit.events)
    return not commit.rewrites and changes <= CHANGES_PER_GROUPED_COMMIT


def build_verdict_update(table: str, row: TrackingEvent) -> Action:
    """Return the action that sets `applied` and `reject_reason` of an existing row."""
    return {
        "Update": {
            "TableName": table,
            "Key": event_key(row.shipment_id or "", row.sort_key),
            "UpdateExpression": "SET applied = :applied, reject_reason = :reason",
            "ConditionExpression": "attribute_exists(shipment_id)",
            "ExpressionAttributeValues": {
                ":applied": to_attribute(row.applied),
                ":reason": to_attribute(row.reject_reason),
            },
        }
    }


def build_verdict_updates(table: str, rows: Iterable[TrackingEvent]) -> Iterator[Statement]:
    """Yield the same as statements, for more rows than fit into a transaction."""
    where = 'WHERE "shipment_id" = ? AND "timestamp" = ?'
    text = f'UPDATE "{table}" SET "applied" = ? SET "reject_reason" = ? {where}'
    for row in rows:
        verdict = [to_attribute(row.applied), to_attribute(row.reject_reason)]
        yield Statement(text, [*verdict, {"S": row.shipment_id or ""}, {"S": row.sort_key}])


def build_pending_removal(table: str, key: tuple[str, str, str]) -> Statement:
    """Return the removal of the pending mark from a row: its shipment, sort key and change id."""
    text = (
        f'UPDATE "{table}" REMOVE "pending" REMOVE "pending_since" '
        'WHERE "shipment_id" = ? AND "timestamp" = ? AND "change_id" = ?'
    )
    return Statement(text, [{"S": part} for part in key])


@lru_cache(64)
def _write_update(table: str, names: tuple[str, ...]) -> str:
    """Return an UPDATE that sets these attributes and removes index keys that are not among them."""
    sets = " ".join(f'SET "{name}" = ?' for name in names)
    removes = "".join(f' REMOVE "{name}"' for name in INDEX_KEYS if name not in names)
    where = f'WHERE "shipment_id" = ? AND "timestamp" = \'{STATE_KEY}\' AND "state_version" = ?'
    return f'UPDATE "{table}" {sets}{removes} {where}'
