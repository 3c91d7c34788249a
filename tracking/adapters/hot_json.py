"""JSON of the hot AWS clients by msgspec: answers by a parser of ours, requests by two hooks of botocore's.

botocore walks through every value of a request and of an answer and asks its model what it is. The few
operations of the hot path hold plain JSON, and bytes where the model says so; msgspec reads and writes that
ten times as fast. Everything else (errors, event streams, other operations) stays botocore's. Both ways in
are meant for it: the session's component registry and the client's events.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from botocore.model import OperationModel, Shape
from botocore.parsers import JSONParser, ResponseParserFactory

Answer = dict[str, Any]

# Operations whose requests are plain JSON: no time in them, and bytes are base64 as msgspec writes them.
PLAIN_REQUESTS = {
    "kinesis": ("GetRecords", "PutRecords"),
    "eventbridge": ("PutEvents",),
    "dynamodb": (
        "BatchExecuteStatement",
        "BatchGetItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ),
}
# Their answers, by the name of the output's shape. Those of DynamoDB are plain unless they hold bytes.
PLAIN_ANSWERS = frozenset(
    {
        "PutEventsResponse",
        "BatchExecuteStatementOutput",
        "BatchGetItemOutput",
        "GetItemOutput",
        "PutItemOutput",
        "QueryOutput",
        "TransactWriteItemsOutput",
        "UpdateItemOutput",
    }
)
_BYTES = (b'"B"', b'"BS"')
_BODY = "swiftlogix_body"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _Record(msgspec.Struct):
    """A record of GetRecords; `Data` arrives as base64."""

    SequenceNumber: str
    ApproximateArrivalTimestamp: float
    Data: bytes
    PartitionKey: str
    EncryptionType: str | None = None


class _Records(msgspec.Struct):
    """An answer of GetRecords; an absent iterator is the end of the shard, which names its children."""

    Records: list[_Record]
    NextShardIterator: str | None = None
    MillisBehindLatest: int | None = None
    ChildShards: list[dict[str, Any]] | None = None


_decode_records = msgspec.json.Decoder(_Records).decode


class FastParserFactory(ResponseParserFactory):  # type: ignore[misc]  # botocore comes without types
    """Gives the services that speak JSON our parser, and all others theirs."""

    def create_parser(self, protocol_name: str) -> Any:
        """A parser for the protocol."""
        if protocol_name == "json":
            return FastJsonParser(**self._defaults)
        return super().create_parser(protocol_name)


class FastJsonParser(JSONParser):  # type: ignore[misc]  # botocore comes without types
    """Reads a 2xx answer of a hot operation at once; hands everything else to botocore's parser."""

    def parse(self, response: dict[str, Any], shape: Shape | None) -> Answer:
        """The answer as botocore would give it; times are aware, in UTC."""
        read = _find_reader(response, shape)
        if read is None:
            return dict(super().parse(response, shape))
        try:
            answer = read(response["body"])
        except msgspec.MsgspecError:
            # A shape we did not forecast: slower, but never wrong.
            return dict(super().parse(response, shape))
        headers = {name.lower(): value for name, value in response["headers"].items()}
        metadata: Answer = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": headers}
        if "x-amzn-requestid" in headers:
            metadata["RequestId"] = headers["x-amzn-requestid"]
        answer["ResponseMetadata"] = metadata
        return answer


def write_bodies(client: Any) -> None:
    """Let msgspec write the bodies of the client's hot operations, in place of botocore's serializer."""
    service = client.meta.service_model.service_id.hyphenize()
    for operation in PLAIN_REQUESTS.get(service, ()):
        client.meta.events.register(f"provide-client-params.{service}.{operation}", _write_body)
        client.meta.events.register(f"before-call.{service}.{operation}", _use_body)


def _write_body(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Write the whole request, and leave the serializer nothing to walk through.

    Empty lists and maps stay: botocore asks them for the resources that an endpoint may hang on.
    """
    context[_BODY] = _encode(params)
    return {name: type(value)() for name, value in params.items() if isinstance(value, list | dict)}


def _use_body(model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:  # noqa: ARG001 - botocore hands it over by name
    """Put the body that was written into the request, before it is signed."""
    params["body"] = context.pop(_BODY)


def _find_reader(response: dict[str, Any], shape: Shape | None) -> Callable[[bytes], Answer] | None:
    if shape is None or not 200 <= response["status_code"] < 300 or not response["body"]:
        return None
    if shape.name == "GetRecordsOutput":
        return _read_records
    if shape.name in PLAIN_ANSWERS and _holds_bytes(response["body"]):
        return None
    return _read_plain if shape.name in PLAIN_ANSWERS else None


def _holds_bytes(body: bytes) -> bool:
    return any(mark in body for mark in _BYTES)


def _read_plain(body: bytes) -> Answer:
    # A null means absent to botocore, wherever it stands; nobody sends one, so it may take the long way.
    if b"null" in body:
        raise msgspec.DecodeError("a null in the answer")
    answer: Answer = _decode(body)
    return answer


def _read_records(body: bytes) -> Answer:
    read = _decode_records(body)
    answer: Answer = {"Records": [_as_dict(record) for record in read.Records]}
    for name in ("NextShardIterator", "MillisBehindLatest", "ChildShards"):
        value = getattr(read, name)
        if value is not None:
            answer[name] = value
    return answer


def _as_dict(record: _Record) -> Answer:
    entry = {
        "SequenceNumber": record.SequenceNumber,
        "ApproximateArrivalTimestamp": datetime.fromtimestamp(record.ApproximateArrivalTimestamp, UTC),
        "Data": record.Data,
        "PartitionKey": record.PartitionKey,
    }
    if record.EncryptionType is not None:
        entry["EncryptionType"] = record.EncryptionType
    return entry
