"""Reading many rows: by key, a hundred a call, and by query, page after page."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, as_our_error, try_again
from tracking.adapters.items import Item
from tracking.adapters.side_by_side import side_by_side

KEYS_A_READ = 100


def read_items(client: Any, table: str, keys: Sequence[Item]) -> list[Item]:
    """The rows with these primary keys that there are, in no order; strongly consistent."""
    pages = [keys[start : start + KEYS_A_READ] for start in range(0, len(keys), KEYS_A_READ)]
    return [item for page in side_by_side(partial(_read_page, client, table), pages) for item in page]


def _read_page(client: Any, table: str, keys: Sequence[Item]) -> list[Item]:
    items: list[Item] = []
    wanted: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
    while wanted:
        answer = try_again(partial(_call, client.batch_get_item, RequestItems=wanted))
        items += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys") or {}
    return items


def query_pages(client: Any, **request: Any) -> Iterator[list[Item]]:
    """The rows of a query, a page at a time, until there are no more or nobody asks."""
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
        raise as_our_error(error) from error
    return answer
