"""Our JSON codec of AWS calls and botocore's give the same results for every frequent operation."""

import itertools
import json
import time
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer
from django.conf import settings
from django.test import override_settings

from tests.events import at, make_event, make_fix
from tests.workers.changes import make_change
from tests.workers.records import NOON, make_record
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.hot_json import PLAIN_ANSWERS, PLAIN_REQUESTS, FastParserFactory
from tracking.adapters.stream import KinesisEventStream
from tracking.domain.vehicles import VehicleManifest
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.kinesis import KinesisStream
from workers.adapters.quarantine import DynamoQuarantine
from workers.line.record import record_events
from workers.ports import Refusal

SERVICES = ("dynamodb", "kinesis", "events")
numbers = itertools.count()


class Recording:
    """Requests and responses of the clients, recorded while the adapters use them."""

    def __init__(self) -> None:
        self.answers: list[tuple[Any, dict[str, Any]]] = []
        self.requests: list[tuple[Any, dict[str, Any], bytes]] = []

    def listen(self, client: Any) -> None:
        client.meta.events.register_first("provide-client-params", self._keep_params)
        client.meta.events.register_last("before-call", self._keep_request)
        client.meta.events.register("before-parse", self._keep_answer)

    def _keep_params(self, params, context, **_):
        context["as_given"] = params

    def _keep_request(self, model, params, context, **_):
        self.requests.append((model, context["as_given"], params["body"]))

    def _keep_answer(self, operation_model, response_dict, **_):
        self.answers.append((operation_model.output_shape, response_dict))


@pytest.fixture(scope="module")
def recording(local_aws) -> Recording:
    recorded = Recording()
    # The lean client has no events of botocore's pipeline to record; it uses the same parser and encoder.
    with override_settings(AWS_HOT_CLIENT="boto3"):
        build_client.cache_clear()
        clients = [build_client(service, hot=True) for service in SERVICES]
        for client in clients:
            recorded.listen(client)
        use_every_hot_operation()
    build_client.cache_clear()
    return recorded


def use_every_hot_operation() -> None:
    names = settings.AWS_NAMES
    store, shipment_id = DynamoShipmentStore(names["tracking_table"]), f"parser-{time.time_ns()}"
    events = [
        make_event(0, shipment_id=shipment_id, status="created"),
        make_event(1, shipment_id=shipment_id, lat=12.97, lon=77.59, note="at the “gate” — ok"),
    ]
    stale = record_events(store, {}, events[:1], NOON).states
    record_events(store, stale, events, NOON)
    record_events(store, {}, [make_event(2, shipment_id=shipment_id, status="in_transit")], NOON)
    store.read_states([shipment_id, "nobody"])
    DynamoShipmentStore(names["tracking_table"]).read_states([shipment_id, "nobody"])
    store.read_state(shipment_id)
    store.read_timeline(shipment_id)
    vehicles = DynamoVehicleStore(names["tracking_table"])
    vehicles.record_fixes([make_fix(1, shipment_id, lat=12.9, lon=77.5)])
    vehicles.keep_manifest(
        VehicleManifest(vehicle_id=shipment_id, manifest_id="m", version=1, starts_at=at(0))
    )
    store.clear_pending(store.read_pending(at(100_000_000)))
    DynamoQuarantine(names["leases_table"], shipment_id).put(
        [Refusal(make_record(next(numbers), b"\xff\x00raw"), "undecodable")]
    )
    touch_rows_with_bytes(names["leases_table"], shipment_id)
    EventBridgeBus(names["bus"]).publish([make_change(next(numbers))])
    KinesisEventStream(names["stream"]).put([(shipment_id, b"\x00\xffbytes"), (shipment_id, b"{}")])
    stream = KinesisStream(names["stream"])
    for shard in stream.list_shards():
        read_whole(stream, shard.shard_id)


def read_whole(stream: KinesisStream, shard_id: str) -> None:
    """Read a shard to its end, behind what tests before have put."""
    cursor: str | None = stream.open_shard(shard_id, "")
    while cursor:
        read = stream.read(shard_id, cursor, 1000)
        cursor = read.next_cursor if read.records else None


def touch_rows_with_bytes(table: str, stream_name: str) -> None:
    """Read and change rows with binary values, like those of the quarantine."""
    dynamodb = build_client("dynamodb", hot=True)
    rows = dynamodb.query(
        TableName=table,
        KeyConditionExpression="#stream = :partition",
        ExpressionAttributeNames={"#stream": "stream"},
        ExpressionAttributeValues={":partition": {"S": f"quarantine:{stream_name}:{NOON:%Y-%m-%d}"}},
    )["Items"]
    (key,) = [{name: row[name] for name in ("stream", "entry")} for row in rows]
    dynamodb.get_item(TableName=table, Key=key)
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET seen = :seen",
        ExpressionAttributeValues={":seen": {"B": b"\x00\xff"}},
        ReturnValues="ALL_NEW",
    )


def test_every_hot_operation_was_used(recording):
    used = {model.name for model, _, _ in recording.requests}
    assert {name for names in PLAIN_REQUESTS.values() for name in names} - used == set()
    assert {"GetRecordsOutput", *PLAIN_ANSWERS} - {shape.name for shape, _ in recording.answers} == set()


def test_both_parsers_give_the_same_result_for_every_recorded_response(recording):
    ours, theirs = FastParserFactory().create_parser("json"), ResponseParserFactory().create_parser("json")
    read = [(ours.parse(answer, shape), theirs.parse(answer, shape)) for shape, answer in recording.answers]
    assert [(one, other) for one, other in read if one != other] == []
    assert any(
        record["Data"] == b"\x00\xffbytes"
        for one, _ in read
        for record in one.get("Records", [])
        if "Data" in record
    )


def test_both_encoders_send_the_same_request(recording):
    serializer = create_serializer("json", include_validation=False)
    for model, given, body in recording.requests:
        written = serializer.serialize_to_request(given, model)["body"]
        assert json.loads(body) == json.loads(written), model.name


# What the emulator never says: the shapes as the service's documentation gives them.
RECORD = {
    "SequenceNumber": "49650000000000000000000000000000000000000000000000000001",
    "ApproximateArrivalTimestamp": 1795594585.123,
    "Data": "eyJhIjoxfQ==",
    "PartitionKey": "1",
}
ITEM = {
    "a": {"S": "x"},
    "n": {"N": "1.5"},
    "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}]}}},
}
CHILD = {
    "ShardId": "shardId-000000000001",
    "ParentShards": ["shardId-000000000000"],
    "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
}
FLAT = {"a": {"S": "x"}, "n": {"N": "1.5"}, "b": {"BOOL": False}, "none": {"NULL": True}}
KEYS = {"t": {"Keys": [{"a": {"S": "x"}}]}}
# Flat rows, and all that keeps a row or a response from being flat.
BATCHES: list[dict[str, Any]] = [
    {"Responses": {}},
    {"Responses": {"t": [FLAT, FLAT]}},
    {"Responses": {"t": [FLAT]}, "UnprocessedKeys": {}},
    {"Responses": {"t": [FLAT]}, "UnprocessedKeys": KEYS},
    {"Responses": {"t": [FLAT]}, "UnprocessedKeys": None},
    {"Responses": {"t": [FLAT]}, "ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 0.5}]},
    {"Responses": {"t": [FLAT, FLAT | {"raw": {"B": "AP8="}}]}},
    {"Responses": {"t": [FLAT | {"m": {"M": {"raw": {"B": "AP8="}}}}]}},
    {"Responses": {"t": [FLAT | {"set": {"SS": ["x"]}}]}},
    {"Responses": {"t": [FLAT | {"gone": None}]}},
    {"Responses": {"t": [FLAT | {"gone": {"S": None}}]}},
    {"Responses": {"t": [ITEM]}},
]
ANSWERS: list[tuple[str, str, int, dict[str, Any]]] = [
    (
        "kinesis",
        "GetRecords",
        200,
        {"Records": [RECORD | {"EncryptionType": "KMS"}], "MillisBehindLatest": 5},
    ),
    ("kinesis", "GetRecords", 200, {"Records": [], "NextShardIterator": None, "MillisBehindLatest": 0}),
    ("kinesis", "GetRecords", 200, {"Records": [RECORD], "ChildShards": [CHILD], "MillisBehindLatest": 0}),
    (
        "kinesis",
        "GetRecords",
        200,
        {"Records": [RECORD | {"ApproximateArrivalTimestamp": "2026-11-25T08:00:00Z"}]},
    ),
    ("kinesis", "GetRecords", 400, {"__type": "ExpiredIteratorException", "message": "old"}),
    ("dynamodb", "GetItem", 200, {"Item": ITEM}),
    ("dynamodb", "GetItem", 200, {"Item": ITEM | {"raw": {"B": "AP8="}, "set": {"BS": ["AP8="]}}}),
    *[("dynamodb", "BatchGetItem", 200, rows) for rows in BATCHES],
    ("dynamodb", "GetItem", 200, {"Item": None}),
    (
        "dynamodb",
        "BatchGetItem",
        200,
        {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {"t": {"Keys": [ITEM]}}},
    ),
    (
        "dynamodb",
        "BatchExecuteStatement",
        200,
        {
            "Responses": [
                {"TableName": "t"},
                {"Error": {"Code": "DuplicateItem", "Message": "null", "Item": ITEM}},
            ]
        },
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        400,
        {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "cancelled",
            "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": ITEM}, {"Code": "None"}],
        },
    ),
    ("dynamodb", "Query", 200, {"Items": [ITEM], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": ITEM}),
    ("dynamodb", "Query", 500, {"__type": "InternalServerError", "message": "later"}),
    (
        "events",
        "PutEvents",
        200,
        {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "InternalFailure"}]},
    ),
]


@pytest.mark.parametrize(("service", "operation", "status", "body"), ANSWERS)
def test_both_parsers_give_the_same_result_for_responses_that_only_aws_sends(
    service, operation, status, body
):
    shape = build_client(service, hot=True).meta.service_model.operation_model(operation).output_shape
    answer = {
        "status_code": status,
        "headers": HeadersDict({"x-amzn-RequestId": "ABC", "X-Amz-Crc32": "1"}),
        "body": json.dumps(body).encode(),
        "context": {},
    }
    parsers = [factory().create_parser("json") for factory in (FastParserFactory, ResponseParserFactory)]
    ours, theirs = (parser.parse(answer, shape) for parser in parsers)
    assert ours == theirs


def test_a_response_that_is_not_json_raises_the_error_of_botocore():
    shape = build_client("dynamodb", hot=True).meta.service_model.operation_model("GetItem").output_shape
    answer = {"status_code": 200, "headers": HeadersDict({}), "body": b"{broken", "context": {}}
    parsers = [factory().create_parser("json") for factory in (FastParserFactory, ResponseParserFactory)]
    ours, theirs = (parser.parse(answer, shape) for parser in parsers)
    assert ours == theirs


def test_the_setting_leaves_everything_to_botocore():
    def parser_of(client: Any) -> type:
        return type(client._endpoint._response_parser_factory.create_parser("json"))

    kinds = []
    for on in (True, False):
        with override_settings(AWS_HOT_PARSER=on):
            client = build_client.__wrapped__("dynamodb", hot=True)
            kinds.append(parser_of(client).__module__)
    assert kinds == ["tracking.adapters.hot_json", "botocore.parsers"]
