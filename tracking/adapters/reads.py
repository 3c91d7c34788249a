"""Reads of many DynamoDB rows: by key, 100 per call, and by query, page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tracking.adapters.aws import AWS_ERRORS, to_domain_error
from tracking.adapters.interleaved import Work, begin_call, retrying, run_interleaved
from tracking.adapters.items import Item

KEYS_PER_READ = 100

T = TypeVar("T")


def read_items(client: Any, table: str, keys: Sequence[Item]) -> list[Item]:
    """Return the rows with these primary keys that exist, in any order (strongly consistent)."""
    return read_rows(client, table, keys, lambda item: item)


def read_rows(client: Any, table: str, keys: Sequence[Item], convert: Callable[[Item], T]) -> list[T]:
    """Return the same rows, each converted where it was read, while it is in the processor's cache."""

    def read(page: Sequence[Item]) -> Work[list[T]]:
        items = yield from _read_page(client, table, page)
        return [convert(item) for item in items]

    pages = [keys[start : start + KEYS_PER_READ] for start in range(0, len(keys), KEYS_PER_READ)]
    return [row for rows in run_interleaved(map(read, pages)) for row in rows]


def _read_page(client: Any, table: str, keys: Sequence[Item]) -> Work[list[Item]]:
    items: list[Item] = []
    wanted: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}

    def read_wanted() -> Work[dict[str, Any]]:
        try:
            answer: dict[str, Any] = yield begin_call(client, "batch_get_item", RequestItems=wanted)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return answer

    while wanted:
        answer = yield from retrying(read_wanted)
        items += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys") or {}
    return items


def query_pages(client: Any, **request: Any) -> Iterator[list[Item]]:
    """Yield the rows of a query, a page at a time."""
    start: dict[str, Any] = {}
    while True:
        answer = _call(client.query, **request, **start)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _call(operation: Callable[..., Any], **request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = operation(**request)
    except AWS_ERRORS as error:
        raise to_domain_error(error) from error
    return answer
