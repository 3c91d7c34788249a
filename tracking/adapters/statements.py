"""PartiQL statements in batches of 25: one call for many conditional writes, answered one by one."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from tracking.adapters.aws import AWS_ERRORS, as_our_error, is_transient, try_again
from tracking.adapters.items import Item
from tracking.adapters.side_by_side import side_by_side
from tracking.domain.errors import PermanentError, TransientError

BATCH = 25
# A request may hold 16 MB as sent; bytes grow by a third on the way, and smaller calls fail more cheaply.
BYTES_A_CALL = 4 * 1024 * 1024
CONDITION_FAILED = "ConditionalCheckFailed"
DUPLICATE = "DuplicateItem"


class Statement(NamedTuple):
    """One PartiQL write; `wants_old` asks for the old item when its condition fails."""

    text: str
    parameters: list[dict[str, Any]]
    wants_old: bool = False


class Answer(NamedTuple):
    """What became of a statement: `error` is empty, `ConditionalCheckFailed` or `DuplicateItem`."""

    error: str = ""
    old: Item | None = None


def run_statements(client: Any, statements: Sequence[Statement], *, at_once: bool = False) -> list[Answer]:
    """Run writes in batches, one after the other or all at once; what was throttled is tried again.

    A key may appear once per call of this function. Raises `TransientError` when some would not go through,
    `PermanentError` for an answer that no retry can heal.
    """
    batches, run = list(_cut(statements)), partial(_run_batch, client)
    answered = side_by_side(run, batches) if at_once else map(run, batches)
    return [answer for batch in answered for answer in batch]


def insert_statement(table: str, item: Item, *, wants_old: bool = False) -> Statement:
    """An INSERT: unlike a batch write it keeps the first version of a row, and says `DuplicateItem`."""
    return Statement(_write_insert(table, tuple(item)), list(item.values()), wants_old)


@lru_cache(256)
def _write_insert(table: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{values}}}'


def _cut(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """The statements in batches that one call may carry."""
    batch: list[Statement] = []
    size = 0
    for statement in statements:
        own_size = _size_of(statement)
        if batch and (len(batch) == BATCH or size + own_size > BYTES_A_CALL):
            yield batch
            batch, size = [], 0
        batch.append(statement)
        size += own_size
    if batch:
        yield batch


def _size_of(statement: Statement) -> int:
    """Roughly: only bytes can be large, since a report is small by contract."""
    return sum(len(parameter["B"]) for parameter in statement.parameters if "B" in parameter)


def _run_batch(client: Any, batch: Sequence[Statement]) -> list[Answer]:
    answers: dict[int, Answer] = {}

    def run_waiting() -> list[Answer]:
        waiting = [index for index in range(len(batch)) if index not in answers]
        for index, response in zip(waiting, _call(client, [batch[i] for i in waiting]), strict=True):
            answer = _read_answer(response)
            if answer is not None:
                answers[index] = answer
        if len(answers) < len(batch):
            raise TransientError(f"{len(batch) - len(answers)} of {len(batch)} statements were throttled")
        return [answers[index] for index in range(len(batch))]

    return try_again(run_waiting)


def _call(client: Any, statements: Sequence[Statement]) -> list[dict[str, Any]]:
    try:
        responses = client.batch_execute_statement(
            Statements=[
                {
                    "Statement": statement.text,
                    "Parameters": statement.parameters,
                    **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if statement.wants_old else {}),
                }
                for statement in statements
            ]
        )["Responses"]
    except AWS_ERRORS as error:
        raise as_our_error(error) from error
    return list(responses)


def _read_answer(response: dict[str, Any]) -> Answer | None:
    """The answer, or None for a statement to try again: the call itself says 200 whatever happened inside."""
    error = response.get("Error")
    if error is None:
        return Answer()
    code = error.get("Code", "")
    if code in (CONDITION_FAILED, DUPLICATE):
        return Answer(code, error.get("Item") or None)
    if is_transient(code):
        return None
    raise PermanentError(f"statement refused: {code}: {error.get('Message', '')}")
