"""Rows put where there are none, 25 a call: INSERT keeps the first version, a batch write would not."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, as_our_error, is_transient
from tracking.domain.errors import PermanentError, TransientError

Row = Mapping[str, Mapping[str, Any]]

STATEMENTS_PER_CALL = 25
# A request to DynamoDB may hold 16 MB as sent; bytes grow by a third on the way.
BYTES_PER_CALL = 4 * 1024 * 1024
# Rounds for the statements that were throttled; the pauses between them add up to at most 0.35 s.
ROUNDS = 4
FIRST_PAUSE_S = 0.05


def insert_missing(dynamodb: Any, table_name: str, rows: Sequence[Row]) -> None:
    """Put each row unless its key is taken; the row that is there stays as it is.

    No key may come twice. Raises `TransientError` when some row could not be put after a few rounds
    (putting all of them again is safe), `PermanentError` when a row or the table is wrong.
    """
    for batch in _cut(rows):
        _insert_batch(dynamodb, table_name, batch)


def _insert_batch(dynamodb: Any, table_name: str, batch: Sequence[Row]) -> None:
    waiting = list(batch)
    for number in range(ROUNDS):
        if number:
            spread = random.uniform(0.5, 1)  # noqa: S311 - it spreads retries and guards nothing.
            time.sleep(spread * FIRST_PAUSE_S * 2 ** (number - 1))
        waiting = _try_batch(dynamodb, table_name, waiting)
        if not waiting:
            return
    raise TransientError(f"{table_name}: {len(waiting)} rows throttled in {ROUNDS} rounds")


def _try_batch(dynamodb: Any, table_name: str, batch: Sequence[Row]) -> list[Row]:
    """Those rows of the batch that were throttled. A call answers 200 even if all its statements failed."""
    try:
        answer = dynamodb.batch_execute_statement(Statements=[_make_insert(table_name, row) for row in batch])
    except AWS_ERRORS as error:
        raise as_our_error(error) from error
    return [
        row
        for row, response in zip(batch, answer["Responses"], strict=True)
        if _must_repeat(response.get("Error"), table_name)
    ]


def _must_repeat(error: Mapping[str, str] | None, table_name: str) -> bool:
    code = error.get("Code", "Unknown") if error else "DuplicateItem"
    if code == "DuplicateItem":
        return False
    if is_transient(code):
        return True
    raise PermanentError(f"{table_name}: {code}: {error.get('Message', '') if error else ''}")


def _make_insert(table_name: str, row: Row) -> dict[str, Any]:
    fields = ", ".join(f"'{name}': ?" for name in row)
    return {"Statement": f'INSERT INTO "{table_name}" VALUE {{{fields}}}', "Parameters": list(row.values())}


def _cut(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in batches that one call may carry."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        row_size = _size_of(row)
        if batch and (len(batch) == STATEMENTS_PER_CALL or size + row_size > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row_size
    if batch:
        yield batch


def _size_of(row: Row) -> int:
    return sum(len(value) for attribute in row.values() for value in attribute.values())
