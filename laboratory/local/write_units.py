"""Write request units of a DynamoDB request, as AWS charges them: one for each started KB of a row."""

from typing import Any

UNIT_BYTES = 1024
# A row of a transaction costs twice as much.
TRANSACTION_FACTOR = 2
# A number takes a byte for two digits, and one for the rest.
DIGITS_A_BYTE = 2
# A map or a list takes three bytes, and one for each of its entries.
CONTAINER_BYTES = 3
WRITING_STATEMENTS = ("INSERT", "UPDATE", "DELETE")


def count_write_units(operation: str, request: dict[str, Any]) -> int:
    """Return the units of a request's rows in the table, without those of its indexes; 0 if it only reads.

    A statement or an update is taken to be as large as the values it contains. An update that leaves most of
    a row unchanged is charged for the whole row, so the result is a lower bound.
    """
    if operation in ("BatchExecuteStatement", "ExecuteStatement"):
        statements = request.get("Statements", [request])
        return sum(_round_up(_statement_bytes(one)) for one in statements if _writes(one))
    if operation == "TransactWriteItems":
        rows = [row for action in request["TransactItems"] for row in action.values()]
        return TRANSACTION_FACTOR * sum(_round_up(_row_bytes(row)) for row in rows)
    if operation == "BatchWriteItem":
        entries = [entry for table in request["RequestItems"].values() for entry in table]
        return sum(_round_up(_row_bytes(row)) for entry in entries for row in entry.values())
    return _round_up(_row_bytes(request)) if operation in ("PutItem", "UpdateItem", "DeleteItem") else 0


def _writes(statement: dict[str, Any]) -> bool:
    return str(statement.get("Statement", "")).lstrip().upper().startswith(WRITING_STATEMENTS)


def _statement_bytes(statement: dict[str, Any]) -> int:
    return sum(_value_bytes(value) for value in statement.get("Parameters", []))


def _row_bytes(row: dict[str, Any]) -> int:
    values = row.get("Item") or row.get("Key", {}) | row.get("ExpressionAttributeValues", {})
    return sum(len(name.encode()) + _value_bytes(value) for name, value in values.items())


def _value_bytes(value: dict[str, Any]) -> int:
    """Return the bytes of a value as the API writes it: `{"S": "text"}`."""
    ((kind, content),) = value.items()
    if kind == "N":
        return len(str(content)) // DIGITS_A_BYTE + 1
    if kind == "B":
        return len(content) * 3 // 4
    if kind == "M":
        return CONTAINER_BYTES + sum(
            len(name.encode()) + _value_bytes(one) + 1 for name, one in content.items()
        )
    if kind == "L":
        return CONTAINER_BYTES + sum(_value_bytes(one) + 1 for one in content)
    return len(content.encode()) if isinstance(content, str) else 1


def _round_up(size: int) -> int:
    return max(1, -(-size // UNIT_BYTES))
