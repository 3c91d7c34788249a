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
    batches = _cut(statements)
    return [answer for batch in batches for answer in run_alone(run_batch(client, _as_it_is, batch))]


def run_at_once(client: Any, build: Callable[[T], Statement], sources: Sequence[T]) -> list[Answer]:
    """Run the statements built of these sources as `run_statements` does, but several batches at once.

    Their binary values must be small.
    """
    works = (run_batch(client, build, batch) for batch in split_batches(sources))
    return [answer for answers in run_interleaved(works) for answer in answers]


def split_batches(sources: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the sources in the batches that `run_batch` takes."""
    return (sources[start : start + BATCH] for start in range(0, len(sources), BATCH))


def run_batch(client: Any, build: Callable[[T], Statement], sources: Sequence[T]) -> Work[list[Answer]]:
    """Run the statements of at most `BATCH` sources by one call, and throttled ones again.

    The result has an answer for each source, in order. A statement is built when it is sent, each time, and
    released then: built beforehand or kept until the response, it would have left the processor's cache.
    """
    answers: dict[int, Answer] = {}

    def run_waiting() -> Work[list[Answer]]:
        waiting = [index for index in range(len(sources)) if index not in answers]
        responses = yield from _call(client, build, [sources[index] for index in waiting])
        for index, response in zip(waiting, responses, strict=True):
            answer = _read_answer(response)
            if answer is not None:
                answers[index] = answer
        if len(answers) < len(sources):
            raise TransientError(f"{len(sources) - len(answers)} of {len(sources)} statements were throttled")
        return [answers[index] for index in range(len(sources))]

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


def _as_it_is(statement: Statement) -> Statement:
    return statement


def _call(client: Any, build: Callable[[T], Statement], sources: Sequence[T]) -> Work[list[dict[str, Any]]]:
    try:
        # No name is given to the requests, which would keep them until the response.
        answer = yield begin_call(
            client,
            "batch_execute_statement",
            Statements=[_write_request(build(source)) for source in sources],
        )
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
    return list(answer["Responses"])


def _write_request(statement: Statement) -> dict[str, Any]:
    request = {"Statement": statement.text, "Parameters": statement.parameters}
    if statement.wants_old:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


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
