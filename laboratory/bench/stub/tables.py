"""DynamoDB of the stub: reads answer a full state, conditional writes are evaluated by the ledger."""

import re
from base64 import b64decode
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from laboratory.bench.stub.faults import Faults
from laboratory.bench.stub.ledger import STATE_KEY, Ledger, StreamPlace
from laboratory.bench.stub.states import StateTemplate
from tracking.adapters.packed import unpack

OTHER_TABLES = "(rows in other tables)"
FAILED = "ConditionalCheckFailed"
# A statement names a state's version twice: the value to set, and the value in the condition.
_CONDITION_NAMES = {"state_version": "seen state_version"}
_INSERTED = re.compile(r"'(\w+)': \?")
_ASSIGNED = re.compile(r'"(\w+)" = (?:\?|\'([^\']*)\')')
_PLACE = re.compile(rb'"stream_source":"([^"]+)","stream_position":"([^"]+)"')
_TABLE = re.compile(r'(?:INTO|UPDATE) "([^"]+)"')

Request = dict[str, Any]


class ClientFault(NamedTuple):
    """Answer of status 400: the error's type and further fields of the body."""

    code: str
    more: dict[str, Any]


class Tables:
    """Table of shipments, and other tables whose rows are only counted and not kept."""

    def __init__(self, ledger: Ledger, faults: Faults, states: StateTemplate) -> None:
        self._ledger = ledger
        self._faults = faults
        self._states = states

    def find_operation(self, operation: str) -> Callable[[Request], Any] | None:
        """Return the function that answers the operation: with bytes, plain data or a `ClientFault`."""
        return {
            "BatchGetItem": self._batch_get,
            "GetItem": self._get,
            "Query": lambda _request: {"Items": [], "Count": 0, "ScannedCount": 0},
            "BatchExecuteStatement": self._run_statements,
            "TransactWriteItems": self._transact,
            "PutItem": self._put,
            "UpdateItem": self._update,
        }.get(operation)

    def _batch_get(self, request: Request) -> bytes:
        ((table, wanted),) = request["RequestItems"].items()
        late = [key for key in wanted["Keys"] if self._faults.throttles_statement()]
        found = [self._find_row(key) for key in wanted["Keys"] if key not in late]
        items = ",".join(item for item in found if item)
        left = {table: {"Keys": late, "ConsistentRead": True}} if late else {}
        rest = msgspec.json.encode(left).decode()
        return f'{{"Responses":{{"{table}":[{items}]}},"UnprocessedKeys":{rest}}}'.encode()

    def _get(self, request: Request) -> bytes:
        item = self._find_row(request["Key"])
        return f'{{"Item":{item}}}'.encode() if item else b"{}"

    def _find_row(self, key: dict[str, Any]) -> str | None:
        shipment_id, sort_key = key["shipment_id"]["S"], key["timestamp"]["S"]
        if "#" in shipment_id:
            # Vehicles and other kinds of rows in this table have no items here.
            return None
        if sort_key == STATE_KEY:
            return self._render_state(shipment_id)
        if (shipment_id, sort_key) in self._ledger.rows:
            return msgspec.json.encode(key).decode()
        return None

    def _run_statements(self, request: Request) -> bytes:
        verb = request["Statements"][0]["Statement"].partition(" ")[0]
        self._ledger.calls[f"BatchExecuteStatement, {verb}"] += 1
        answers = [self._run_statement(statement) for statement in request["Statements"]]
        return f'{{"Responses":[{",".join(answers)}]}}'.encode()

    def _run_statement(self, statement: Request) -> str:
        if self._faults.throttles_statement():
            return '{"Error":{"Code":"ThrottlingError","Message":"Throttled for a test"}}'
        shape = _read_statement(statement["Statement"])
        given = dict(zip(shape.names, statement["Parameters"], strict=True))
        if "shipment_id" not in given:
            self._ledger.calls[OTHER_TABLES] += 1
            return f'{{"TableName":"{shape.table}"}}'
        shipment_id = given["shipment_id"]["S"]
        sort_key = given["timestamp"]["S"] if "timestamp" in given else shape.sort_key
        if shape.inserts:
            return self._answer_insert(shape.table, shipment_id, sort_key)
        if "seen state_version" not in given:
            return f'{{"TableName":"{shape.table}"}}'
        seen, place = int(given["seen state_version"]["N"]), _read_place(given)
        return self._answer_move(shape.table, shipment_id, seen, place)

    def _render_state(self, shipment_id: str) -> str:
        ledger = self._ledger
        return self._states.render(shipment_id, ledger.version(shipment_id), ledger.find_place(shipment_id))

    def _answer_insert(self, table: str, shipment_id: str, sort_key: str) -> str:
        if self._ledger.insert(shipment_id, sort_key):
            return f'{{"TableName":"{table}"}}'
        return '{"Error":{"Code":"DuplicateItem","Message":"Duplicate primary key exists in table"}}'

    def _answer_move(self, table: str, shipment_id: str, seen: int, place: StreamPlace | None) -> str:
        if self._faults.fails_condition():
            self._ledger.faults["failed conditions"] += 1
            self._ledger.pretend_another_writer(shipment_id)
        if self._ledger.move(shipment_id, seen, place):
            return f'{{"TableName":"{table}"}}'
        old = self._render_state(shipment_id)
        return f'{{"Error":{{"Code":"{FAILED}","Message":"The conditional request failed","Item":{old}}}}}'

    def _transact(self, request: Request) -> Any:
        """Check all conditions, then apply all writes, or none."""
        actions = [next(iter(item.values())) for item in request["TransactItems"]]
        for action in actions:
            if _keys(action)[1] == STATE_KEY and self._faults.fails_condition():
                self._ledger.faults["failed conditions"] += 1
                self._ledger.pretend_another_writer(_keys(action)[0])
        refused = [not self._condition_holds(action) for action in actions]
        if any(refused):
            reasons = [
                self._explain(action) if no else {"Code": "None"}
                for action, no in zip(actions, refused, strict=True)
            ]
            return ClientFault("TransactionCanceledException", {"CancellationReasons": reasons})
        for action in actions:
            self._apply(action)
        return {}

    def _explain(self, action: Request) -> dict[str, Any]:
        reason: dict[str, Any] = {"Code": FAILED, "Message": "The conditional request failed"}
        shipment_id, sort_key = _keys(action)
        if sort_key == STATE_KEY and action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
            reason["Item"] = msgspec.json.decode(self._render_state(shipment_id))
        return reason

    def _condition_holds(self, action: Request) -> bool:
        shipment_id, sort_key = _keys(action)
        if sort_key == STATE_KEY:
            seen = _seen_version(action)
            return seen is None or seen == self._ledger.version(shipment_id)
        return "change_id" not in action.get("ConditionExpression", "") or self._ledger.may_record_change(
            shipment_id, sort_key
        )

    def _apply(self, action: Request) -> None:
        shipment_id, sort_key = _keys(action)
        if not shipment_id:
            self._ledger.calls[OTHER_TABLES] += 1
        elif sort_key == STATE_KEY:
            self._ledger.move(shipment_id, _seen_version(action), _read_place(action.get("Item", {})))
        elif "change_id" in action.get("ConditionExpression", ""):
            self._ledger.record_change(shipment_id, sort_key, "recorded")
        else:
            self._ledger.insert(shipment_id, sort_key)

    def _put(self, request: Request) -> Any:
        if not self._condition_holds(request):
            return ClientFault(f"{FAILED}Exception", {})
        self._apply(request)
        return {}

    def _update(self, request: Request) -> Any:
        return self._put(request)


class _Shape(NamedTuple):
    """Statement without its values."""

    table: str
    inserts: bool
    names: tuple[str, ...]
    sort_key: str


@lru_cache(4096)
def _read_statement(text: str) -> _Shape:
    """Parse a statement into the names of its parameters.

    The version in the condition is named `seen state_version`.
    """
    found = _TABLE.search(text)
    table = found[1] if found else ""
    if text.startswith("INSERT"):
        return _Shape(table, inserts=True, names=tuple(_INSERTED.findall(text)), sort_key="")
    sets, _, where = text.partition(" WHERE ")
    conditions = _ASSIGNED.findall(where)
    names = [name for name, literal in _ASSIGNED.findall(sets) if not literal]
    names += [_CONDITION_NAMES.get(name, name) for name, literal in conditions if not literal]
    fixed = next((literal for name, literal in conditions if name == "timestamp"), "")
    return _Shape(table, inserts=False, names=tuple(names), sort_key=fixed)


def _keys(action: Request) -> tuple[str, str]:
    key = action.get("Key") or action["Item"]
    if "shipment_id" not in key:
        return "", ""
    return key["shipment_id"]["S"], key["timestamp"]["S"]


def _read_place(item: dict[str, Any]) -> StreamPlace | None:
    """Return the place in the stream that a written state holds; None if it holds none."""
    found = _PLACE.search(unpack(b64decode(item["state"]["B"]))) if "state" in item else None
    return StreamPlace(*[part.decode() for part in found.groups()]) if found else None


def _seen_version(action: Request) -> int | None:
    """Return the state version that the action's condition requires, or None."""
    if "state_version" not in action.get("ConditionExpression", ""):
        return None
    value = action.get("ExpressionAttributeValues", {}).get(":seen")
    return int(value["N"]) if value else None
