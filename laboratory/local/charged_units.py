"""Capacity units of the emulator's requests, as AWS charges them: by the rows before and after each write.

The emulator answers `ReturnConsumedCapacity` with a flat unit for a statement of PartiQL, which the product
uses most. So its storage is watched instead, with its own sizes of rows and of entries in indexes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

from ministack.services import dynamodb as storage

TRANSACTION = "TransactWriteItems"
# A row of a transaction costs twice as much; its entries in indexes do not.
TRANSACTION_FACTOR = 2
READ_UNIT_BYTES = 4096
# An eventually consistent read costs half a unit.
CONSISTENT_HALVES, EVENTUAL_HALVES = 2, 1

Row = dict[str, Any]


class _Account(NamedTuple):
    """Counter that a request is charged to, its name there, and the factor of its rows."""

    units: Counter[str]
    call: str
    factor: int


_account: ContextVar[_Account | None] = ContextVar("account", default=None)


def charge_writes(units: Counter[str], call: str, operation: str) -> None:
    """Charge all rows that this task writes from now on to a call: `<call>`, and `<call>/<index>`.

    A write that fails its condition is left out, although AWS charges it.
    """
    factor = TRANSACTION_FACTOR if operation == TRANSACTION else 1
    _account.set(_Account(units, call, factor))


def watch_storage() -> None:
    """Let each write of the emulator's storage be charged; call it once, before the emulator starts."""
    storage._set_item = _watch(storage._set_item)  # noqa: SLF001 - there is no public place to watch
    storage._remove_item = _watch(storage._remove_item)  # noqa: SLF001 - as above


def _watch(write: Callable[..., Row | None]) -> Callable[..., Row | None]:
    def write_and_charge(table: Row, partition: str, sort: str, *item: Row) -> Row | None:
        old = write(table, partition, sort, *item)
        account = _account.get()
        if account is not None:
            _charge(account, table, old or {}, item[0] if item else {})
        return old

    return write_and_charge


def _charge(account: _Account, table: Row, old: Row, new: Row) -> None:
    size = max(_measure(old), _measure(new))
    account.units[account.call] += account.factor * int(storage._capacity_kb(size))  # noqa: SLF001 - as above
    for index in table.get("GlobalSecondaryIndexes") or []:
        units = int(storage._index_write_units(table, index, old, new))  # noqa: SLF001 - as above
        if units:
            account.units[f"{account.call}/{index['IndexName']}"] += units


def count_read_halves(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> int:
    """Return the halves of read request units of an answered request; 0 if it reads no row.

    A row that is not there costs as much as a small one. What a projection leaves out is not counted.
    """
    if operation == "GetItem":
        return _halves([answer.get("Item", {})], request)
    if operation == "Query":
        return _round_up(sum(map(_measure, answer.get("Items", [])))) * _a_unit(request)
    if operation != "BatchGetItem":
        return 0
    halves = 0
    for table, wanted in request["RequestItems"].items():
        found = answer.get("Responses", {}).get(table, [])
        missing: list[Row] = [{}] * (len(wanted["Keys"]) - len(found))
        halves += _halves([*found, *missing], wanted)
    return halves


def _halves(rows: Iterable[Row], request: Mapping[str, Any]) -> int:
    return sum(_round_up(_measure(row)) for row in rows) * _a_unit(request)


def _a_unit(request: Mapping[str, Any]) -> int:
    return CONSISTENT_HALVES if request.get("ConsistentRead") else EVENTUAL_HALVES


def _measure(row: Row) -> int:
    return int(storage._item_size_bytes(row))  # noqa: SLF001 - as above


def _round_up(size: int) -> int:
    return max(1, -(-size // READ_UNIT_BYTES))
