"""PartiQL statements in batches of 25: many conditional writes per call, each with a result of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from tracking.adapters.aws import AWS_ERRORS, is_transient, to_domain_error
from tracking.adapters.interleaved import Work, begin_call, retrying, run_alone, run_interleaved
from tracking.adapters.items import Item
from tracking.domain.errors import PermanentError, TransientError

BATCH = 25
# DynamoDB takes 16 MB per request. Base64 adds a third, and the retry of a smaller call costs less.
BYTES_PER_CALL = 4 * 1024 * 1024
CONDITION_FAILED = "ConditionalCheckFailed"
DUPLICATE = "DuplicateItem"

T = TypeVar("T")


class Statement(NamedTuple):
    """PartiQL write; with `wants_old` a failed condition returns the old item.

    `size` is the number of bytes of its binary values, the only ones that can be large.
    """

    text: str
    parameters: list[dict[str, Any]]
    wants_old: bool = False
    size: int = 0


class Answer(NamedTuple):
    """Result of a statement: `error` is empty, `ConditionalCheckFailed` or `DuplicateItem`."""

    error: str = ""
    old: Item | None = None


WRITTEN = Answer()


def run_statements(client: Any, statements: Iterable[Statement]) -> list[Answer]:
    """Run writes in batches, one after the other; throttled ones are retried.

    Return one result per statement, in order. A key may appear once per call of this function. Raises
    `TransientError` if some writes were throttled on all attempts, `PermanentError` if one was refused for
    good.
    """
    return [answer for batch in _cut(statements) for answer in run_alone(run_batch(client, batch))]


def run_at_once(client: Any, build: Callable[[T], Statement], sources: Sequence[T]) -> list[Answer]:
    """Run the statements built of these sources as `run_statements` does, but several batches at once.

    Each batch is built when it is sent. Built beforehand, the statements of a large batch would have left
    the processor's cache by then.
    """
    batches = _cut(map(build, sources))
    answered = run_interleaved(run_batch(client, batch) for batch in batches)
    return [answer for answers in answered for answer in answers]


def run_batch(client: Any, batch: Sequence[Statement]) -> Work[list[Answer]]:
    """Run at most `BATCH` statements by one call, and throttled ones again; return the results in order."""
    answers: dict[int, Answer] = {}

    def run_waiting() -> Work[list[Answer]]:
        waiting = [index for index in range(len(batch)) if index not in answers]
        responses = yield from _call(client, [batch[index] for index in waiting])
        for index, response in zip(waiting, responses, strict=True):
            answer = _read_answer(response)
            if answer is not None:
                answers[index] = answer
        if len(answers) < len(batch):
            raise TransientError(f"{len(batch) - len(answers)} of {len(batch)} statements were throttled")
        return [answers[index] for index in range(len(batch))]

    return retrying(run_waiting)


def insert_statement(table: str, item: Item, *, wants_old: bool = False) -> Statement:
    """Return an INSERT. Unlike a batch write it keeps an existing row, with the error `DuplicateItem`."""
    return Statement(_write_insert(table, tuple(item)), [*item.values()], wants_old)


def insert_bytes_statement(table: str, item: Item) -> Statement:
    """Return the INSERT of a row with binary values, which may be too large for one call with others."""
    size = sum([len(value["B"]) for value in item.values() if "B" in value])
    return insert_statement(table, item)._replace(size=size)


@lru_cache(256)
def _write_insert(table: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{values}}}'


def _cut(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """Yield the statements in batches that fit into one call."""
    batch: list[Statement] = []
    size = 0
    for statement in statements:
        if batch and (len(batch) == BATCH or size + statement.size > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(statement)
        size += statement.size
    if batch:
        yield batch


def _call(client: Any, statements: Sequence[Statement]) -> Work[list[dict[str, Any]]]:
    requests = [
        {
            "Statement": statement.text,
            "Parameters": statement.parameters,
            **({"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if statement.wants_old else {}),
        }
        for statement in statements
    ]
    try:
        answer = yield begin_call(client, "batch_execute_statement", Statements=requests)
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
    return list(answer["Responses"])


def _read_answer(response: dict[str, Any]) -> Answer | None:
    """Return the result, or None for a statement to retry; the call has status 200 in any case."""
    error = response.get("Error")
    if error is None:
        return WRITTEN
    code = error.get("Code", "")
    if code in (CONDITION_FAILED, DUPLICATE):
        return Answer(code, error.get("Item") or None)
    if is_transient(code):
        return None
    raise PermanentError(f"statement refused: {code}: {error.get('Message', '')}")
