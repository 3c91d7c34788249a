"""Fake of AWS behind the product's own clients: stores rows and bus entries exactly as they are sent.

It is attached to an event of botocore, answers as DynamoDB and EventBridge do, and implements the part of
their languages that the product's adapters use.
"""

import io
import json
import re
from collections.abc import Iterable
from typing import Any

from botocore.awsrequest import AWSResponse

Item = dict[str, Any]
Answer = dict[str, Any]
# Primary keys of the tables.
KEYS = (("shipment_id", "timestamp"), ("stream", "entry"))
_NOT_THERE_OR_OLDER = re.compile(r"attribute_not_exists\((\w+)\) OR \1 < (:\w+)")
_EQUAL = re.compile(r"(\w+) = (:\w+)")


class _Raw(io.BytesIO):
    """Response body as urllib3 returns it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


class RefusedError(Exception):
    """Raised to answer with an AWS error of this code."""


class Wire:
    """Fake server: stores `rows` by primary key and `entries` of the bus, and answers the calls."""

    def __init__(self, rows: Iterable[Item] = ()) -> None:
        self.rows: dict[tuple[str, str], Item] = {_key_of(row): row for row in rows}
        self.entries: list[dict[str, str]] = []
        self.bus_is_up = True

    def attach(self, client: Any) -> None:
        """Answer this client's calls instead of AWS."""
        client.meta.events.register("before-send", self._answer)

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        try:
            answer, status = getattr(self, operation)(json.loads(request.body)), 200
        except RefusedError as error:
            answer, status = {"__type": f"x#{error}", "message": "refused"}, 400
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, status, headers, _Raw(json.dumps(answer).encode()))

    # --- EventBridge -------------------------------------------------------------------------------

    def PutEvents(self, body: Answer) -> Answer:  # noqa: N802 - named as AWS names it, here and below
        if not self.bus_is_up:
            raise RefusedError("ThrottlingException")
        self.entries += body["Entries"]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in body["Entries"]]}

    # --- DynamoDB: writes --------------------------------------------------------------------------

    def BatchExecuteStatement(self, body: Answer) -> Answer:  # noqa: N802
        return {"Responses": [self._run(one["Statement"], one["Parameters"]) for one in body["Statements"]]}

    def TransactWriteItems(self, body: Answer) -> Answer:  # noqa: N802
        for action in body["TransactItems"]:
            ((kind, write),) = action.items()
            # There is one writer at a time, so the conditions always hold.
            if kind == "Put":
                self._put(write["Item"])
            else:
                self._update(write)
        return {}

    def PutItem(self, body: Answer) -> Answer:  # noqa: N802
        self._check(body, self.rows.get(_key_of(body["Item"]), {}))
        self._put(body["Item"])
        return {}

    def UpdateItem(self, body: Answer) -> Answer:  # noqa: N802
        self._check(body, self.rows.get(_key_of(body["Key"]), {}))
        row = self._update(body)
        return {"Attributes": row} if body.get("ReturnValues") == "ALL_NEW" else {}

    def DeleteItem(self, body: Answer) -> Answer:  # noqa: N802
        self._check(body, self.rows.get(_key_of(body["Key"]), {}))
        self.rows.pop(_key_of(body["Key"]), None)
        return {}

    def _run(self, text: str, values: list[Any]) -> Answer:
        """Execute one PartiQL statement: an INSERT, or an UPDATE of one row."""
        if text.startswith("INSERT"):
            row = dict(zip(re.findall(r"'(\w+)': \?", text), values, strict=True))
            if _key_of(row) in self.rows:
                return {"Error": {"Code": "DuplicateItem"}}
            self._put(row)
            return {}
        changes, _, where = text.partition(" WHERE ")
        sets = re.findall(r'SET "(\w+)" = \?', changes)
        rest = iter(values[len(sets) :])
        named = {
            name: next(rest) if value == "?" else {"S": value[1:-1]}
            for name, value in re.findall(r'"(\w+)" = (\?|\'[^\']*\')', where)
        }
        row = self.rows[_key_of(named)]
        row |= zip(sets, values, strict=False)
        for name in re.findall(r'REMOVE "(\w+)"', changes):
            row.pop(name, None)
        return {}

    def _put(self, row: Item) -> None:
        self.rows[_key_of(row)] = row

    def _update(self, write: Answer) -> Item:
        row = self.rows.setdefault(_key_of(write["Key"]), dict(write["Key"]))
        values = write["ExpressionAttributeValues"]
        sets, _, adds = write["UpdateExpression"].partition(" ADD ")
        row |= {name: values[value] for name, value in re.findall(r"#?(\w+) = (:\w+)", sets)}
        for name, value in re.findall(r"(\w+) (:\w+)", adds):
            row[name] = {"N": str(int(row.get(name, {"N": "0"})["N"]) + int(values[value]["N"]))}
        return row

    def _check(self, write: Answer, row: Item) -> None:
        text, values = write.get("ConditionExpression", ""), write.get("ExpressionAttributeValues", {})
        holds = True
        if match := _NOT_THERE_OR_OLDER.fullmatch(text):
            holds = match[1] not in row or row[match[1]]["S"] < values[match[2]]["S"]
        elif match := _EQUAL.fullmatch(text):
            holds = row.get(match[1]) == values[match[2]]
        if not holds:
            raise RefusedError("ConditionalCheckFailedException")

    # --- DynamoDB: reads ---------------------------------------------------------------------------

    def GetItem(self, body: Answer) -> Answer:  # noqa: N802
        row = self.rows.get(_key_of(body["Key"]))
        return {} if row is None else {"Item": row}

    def BatchGetItem(self, body: Answer) -> Answer:  # noqa: N802
        ((table, wanted),) = body["RequestItems"].items()
        found = [self.rows[_key_of(key)] for key in wanted["Keys"] if _key_of(key) in self.rows]
        return {"Responses": {table: found}}

    def Query(self, body: Answer) -> Answer:  # noqa: N802
        names, values = body.get("ExpressionAttributeNames", {}), body["ExpressionAttributeValues"]
        tests = []
        for name, sign, low, high in re.findall(
            r"(#?\w+) (=|<|BETWEEN) (:\w+)(?: AND (:\w+))?", body["KeyConditionExpression"]
        ):
            tests.append((names.get(name, name), sign, values[low], values.get(high)))
        found = [row for _, row in sorted(self.rows.items()) if all(_holds(row, *test) for test in tests)]
        return {"Items": found, "Count": len(found)}


def _holds(row: Item, name: str, sign: str, low: Any, high: Any) -> bool:
    if name not in row:
        return False
    value = row[name]["S"]
    if sign == "BETWEEN":
        return low["S"] <= value <= high["S"]
    return value == low["S"] if sign == "=" else value < low["S"]


def _key_of(row: Item) -> tuple[str, str]:
    first, second = next(key for key in KEYS if key[0] in row and key[1] in row)
    return row[first]["S"], row[second]["S"]
