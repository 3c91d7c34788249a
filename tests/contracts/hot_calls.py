"""Frequent calls of AWS, each with a request and the body of a response as its documentation gives it."""

from typing import Any, NamedTuple

ITEM = {"shipment_id": {"S": "123"}, "note": {"S": "“quoted” \\ ü"}, "n": {"N": "1.5"}}
RECORD = {
    "SequenceNumber": "1",
    "ApproximateArrivalTimestamp": 1795594585.123,
    "Data": "AP8=",
    "PartitionKey": "1",
}


class Call(NamedTuple):
    """Call of a service, and the body of its response."""

    service: str
    operation: str
    request: dict[str, Any]
    answer: Any


CALLS = [
    Call(
        "dynamodb",
        "batch_execute_statement",
        {"Statements": [{"Statement": "UPDATE t", "Parameters": [{"S": "x"}]}]},
        {"Responses": [{"Error": {"Code": "ConditionalCheckFailed", "Item": ITEM, "Message": "failed"}}]},
    ),
    Call(
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {"t": {"Keys": [ITEM]}}},
        {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {"t": {"Keys": [ITEM]}}},
    ),
    Call("dynamodb", "get_item", {"TableName": "t", "Key": ITEM, "ConsistentRead": True}, {"Item": ITEM}),
    Call(
        "dynamodb",
        "query",
        {"TableName": "t", "KeyConditionExpression": "a = :a"},
        {"Items": [ITEM], "Count": 1, "LastEvaluatedKey": ITEM},
    ),
    Call("dynamodb", "put_item", {"TableName": "t", "Item": {"raw": {"B": b"\x00\xff"}}}, {}),
    Call(
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}]},
        {},
    ),
    Call(
        "dynamodb",
        "update_item",
        {"TableName": "t", "Key": ITEM},
        {"Attributes": {"raw": {"B": "AP8="}}},
    ),
    Call(
        "kinesis",
        "get_records",
        {"ShardIterator": "i", "Limit": 5},
        {"Records": [RECORD], "NextShardIterator": "next", "MillisBehindLatest": 5},
    ),
    Call(
        "kinesis",
        "put_records",
        {"StreamName": "s", "Records": [{"PartitionKey": "k", "Data": b"\x00\xff"}]},
        {"FailedRecordCount": 1, "Records": [{"ErrorCode": "InternalFailure", "ErrorMessage": "m"}]},
    ),
    Call(
        "events",
        "put_events",
        {"Entries": [{"Source": "s", "Detail": "{}"}]},
        {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
    ),
]
