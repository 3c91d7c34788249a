"""JSON of frequent AWS calls by msgspec: a parser for responses, and two botocore event hooks for requests.

botocore looks up each value of a request and of a response in its service model. The few operations on the
path of an event hold plain JSON, and bytes at known places; msgspec encodes and decodes them ten times as
fast. All other operations, errors and event streams are left to botocore. Both extension points are public:
the component registry of the session and the events of the client.
"""

import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from botocore.model import OperationModel, Shape
from botocore.parsers import JSONParser, ResponseParserFactory

Answer = dict[str, Any]

# Operations whose requests are plain JSON: they hold no times, and bytes as base64, as msgspec writes them.
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
# Output shapes of their responses. Those of DynamoDB are plain but for bytes.
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
# botocore takes null for absent. Services do not send it, and our rows hold no sets of bytes.
_LEFT_TO_BOTOCORE = (b"null", b'"BS"')
_BYTES = b'"B"'
_BODY = "swiftlogix_body"

encode_request = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _Record(msgspec.Struct):
    """Record of GetRecords; `Data` arrives as base64."""

    SequenceNumber: str
    ApproximateArrivalTimestamp: float
    Data: bytes
    PartitionKey: str
    EncryptionType: str | None = None


class _Records(msgspec.Struct):
    """Response of GetRecords. Without an iterator the shard has ended, and its children are named."""

    Records: list[_Record]
    NextShardIterator: str | None = None
    MillisBehindLatest: int | None = None
    ChildShards: list[dict[str, Any]] | None = None


_decode_records = msgspec.json.Decoder(_Records).decode


class _FlatRows(msgspec.Struct, forbid_unknown_fields=True):
    """Response of BatchGetItem whose rows hold neither maps nor lists nor sets, as those of states."""

    Responses: dict[str, list[dict[str, dict[Literal["S", "N", "BOOL", "NULL", "B"], str | bool]]]]
    UnprocessedKeys: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


_decode_flat_rows = msgspec.json.Decoder(_FlatRows).decode


class FastParserFactory(ResponseParserFactory):  # type: ignore[misc]  # botocore comes without types
    """Factory that creates a `FastJsonParser` for JSON services, and botocore's parser for all others."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser for the protocol."""
        if protocol_name == "json":
            return FastJsonParser(**self._defaults)
        return super().create_parser(protocol_name)


class FastJsonParser(JSONParser):  # type: ignore[misc]  # botocore comes without types
    """Parser of 2xx responses of frequent operations; leaves all others to botocore's parser."""

    def parse(self, response: dict[str, Any], shape: Shape | None) -> Answer:
        """Return the response as botocore would; times are aware, in UTC."""
        read = _find_reader(response, shape)
        if read is None:
            return dict(super().parse(response, shape))
        try:
            answer = read(response["body"])
        except (msgspec.MsgspecError, binascii.Error):
            # An unexpected shape: botocore's parser is slower, and right.
            return dict(super().parse(response, shape))
        headers = {name.lower(): value for name, value in response["headers"].items()}
        metadata: Answer = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": headers}
        if "x-amzn-requestid" in headers:
            metadata["RequestId"] = headers["x-amzn-requestid"]
        answer["ResponseMetadata"] = metadata
        return answer


def write_bodies(client: Any) -> None:
    """Encode the request bodies of the client's frequent operations with msgspec."""
    service = client.meta.service_model.service_id.hyphenize()
    for operation in PLAIN_REQUESTS.get(service, ()):
        client.meta.events.register(f"provide-client-params.{service}.{operation}", _write_body)
        client.meta.events.register(f"before-call.{service}.{operation}", _use_body)


def read_plain(body: bytes) -> Answer:
    """Return a response, its bytes decoded. Raises a `MsgspecError` for what is left to botocore."""
    if any(mark in body for mark in _LEFT_TO_BOTOCORE):
        raise msgspec.DecodeError("a null or a set of bytes in the answer")
    answer: Answer = _decode(body)
    if _BYTES in body:
        _decode_bytes(answer)
    return answer


def _write_body(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Encode the whole request, and return empty parameters for the serializer.

    Empty lists and maps stay, since botocore looks in them for resources that determine the endpoint.
    """
    context[_BODY] = encode_request(params)
    return {name: type(value)() for name, value in params.items() if isinstance(value, list | dict)}


def _use_body(model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:  # noqa: ARG001 - botocore passes it by name
    """Put the encoded body into the request, before it is signed."""
    params["body"] = context.pop(_BODY)


def _find_reader(response: dict[str, Any], shape: Shape | None) -> Callable[[bytes], Answer] | None:
    if shape is None or not 200 <= response["status_code"] < 300 or not response["body"]:
        return None
    if shape.name == "GetRecordsOutput":
        return _read_records
    if shape.name == "BatchGetItemOutput":
        return _read_rows
    return read_plain if shape.name in PLAIN_ANSWERS else None


def _read_rows(body: bytes) -> Answer:
    """Return rows; flat ones are decoded without a search for what is left to botocore, and to any depth."""
    try:
        flat = _decode_flat_rows(body)
    except msgspec.ValidationError:
        return read_plain(body)
    if flat.UnprocessedKeys:
        return read_plain(body)
    for rows in flat.Responses.values():
        _decode_flat_bytes(rows)
    return {"Responses": flat.Responses} | (
        {} if flat.UnprocessedKeys is msgspec.UNSET else {"UnprocessedKeys": {}}
    )


def _decode_bytes(value: Any) -> None:
    """Decode the base64 of all values `{"B": text}` inside, in place."""
    if isinstance(value, list):
        for entry in value:
            _decode_bytes(entry)
    elif isinstance(value, dict):
        # No other dict has a text named "B": what is in a row or a map is a dict itself.
        if isinstance(value.get("B"), str):
            value["B"] = binascii.a2b_base64(value["B"])
        else:
            for entry in value.values():
                _decode_bytes(entry)


def _decode_flat_bytes(rows: Any) -> None:
    """Do the same as `_decode_bytes`, in less time, for rows without maps and lists."""
    for row in rows:
        for value in row.values():
            if "B" in value:
                value["B"] = binascii.a2b_base64(value["B"])


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
