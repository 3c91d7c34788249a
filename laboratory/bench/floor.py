"""Floor of `bench worker`: the calls of the line over raw sockets, with as little as possible around them.

It makes the calls that the line makes and has the same effects, but it does not sign, retry, find a place,
forecast, fold or push: an event row holds the record as it came, and a state is written back as it was read.
"""

import os
import socket
import ssl
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from laboratory.bench.task_server import CpuMeter, serve_tasks

TABLE, STREAM, BUS = "swiftlogix-local-tracking", "swiftlogix-local-scans", "swiftlogix-local-bus"
READ_LIMIT, KEYS, STATEMENTS, GROUP, ENTRIES = 2000, 100, 25, 10, 10
INSERT = """INSERT INTO "swiftlogix-local-tracking" VALUE {'shipment_id': ?, 'timestamp': ?, 'raw': ?}"""
UPDATE = (
    'UPDATE "swiftlogix-local-tracking" SET "state" = ? SET "state_version" = ? '
    'WHERE "shipment_id" = ? AND "timestamp" = \'~state\' AND "state_version" = ?'
)
HEAD_END = b"\r\n\r\n"


class _Scan(msgspec.Struct):
    shipment_id: str
    timestamp: str
    status: str | None = None


class _Record(msgspec.Struct):
    Data: bytes


class _Records(msgspec.Struct):
    Records: list[_Record]
    NextShardIterator: str | None = None


class Known(NamedTuple):
    """Scan, its record, and the row of its shipment's state."""

    scan: _Scan
    raw: bytes
    row: dict[str, Any]


class RawConnection:
    """One connection to the simulated AWS."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        connected = socket.create_connection((parts.hostname, parts.port or 0))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
            connected = context.wrap_socket(connected, server_hostname=parts.hostname)
        self._socket = connected

    def call(self, operation: str, request: Any) -> bytes:
        """Return the body of the response."""
        body = msgspec.json.encode(request)
        head = f"POST / HTTP/1.1\r\nX-Amz-Target: x.{operation}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        received = b""
        while HEAD_END not in received:
            received += self._socket.recv(65536)
        lines, _, content = received.partition(HEAD_END)
        size = int(lines.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        parts, length = [content], len(content)
        while length < size:
            parts.append(self._socket.recv(262144))
            length += len(parts[-1])
        return b"".join(parts)


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Read the shards to their end and write every batch that was read."""
    connection = RawConnection(os.environ["AWS_ENDPOINT_URL"])
    read = msgspec.json.Decoder(_Records).decode
    listed = msgspec.json.decode(connection.call("ListShards", {"StreamName": STREAM}))
    cursors = {
        shard["ShardId"]: msgspec.json.decode(
            connection.call(
                "GetShardIterator",
                {"StreamName": STREAM, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"},
            )
        )["ShardIterator"]
        for shard in listed["Shards"]
    }
    done = 0
    with meter:
        while done < task["events"]:
            for shard_id, cursor in cursors.items():
                request = {"ShardIterator": cursor, "Limit": READ_LIMIT}
                answer = read(connection.call("GetRecords", request))
                _write(connection, [record.Data for record in answer.Records])
                cursors[shard_id] = answer.NextShardIterator or ""
                done += len(answer.Records)
    meter.counts["events"] = done


def _write(connection: RawConnection, raws: Sequence[bytes]) -> None:
    known = _read_states(connection, raws)
    plain = [one for one in known if one.scan.status is None]
    for batch in _cut([_insert(one) for one in plain], STATEMENTS):
        connection.call("BatchExecuteStatement", {"Statements": batch})
    for batch in _cut([_update(one) for one in plain], STATEMENTS):
        connection.call("BatchExecuteStatement", {"Statements": batch})
    changes = [one for one in known if one.scan.status is not None]
    for group in _cut(changes, GROUP):
        actions = [action for one in group for action in _make_transaction(one)]
        connection.call("TransactWriteItems", {"TransactItems": actions})
    for batch in _cut([_make_entry(one) for one in changes], ENTRIES):
        connection.call("PutEvents", {"Entries": batch})


def _read_states(connection: RawConnection, raws: Sequence[bytes]) -> list[Known]:
    decode = msgspec.json.Decoder(_Scan).decode
    scans: dict[str, tuple[_Scan, bytes]] = {}
    for raw in raws:
        try:
            scan = decode(raw)
        except msgspec.DecodeError:
            continue
        scans[scan.shipment_id] = (scan, raw)
    known = []
    for batch in _cut(list(scans), KEYS):
        keys = [{"shipment_id": {"S": key}, "timestamp": {"S": "~state"}} for key in batch]
        answer = connection.call(
            "BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}
        )
        rows = msgspec.json.decode(answer)["Responses"][TABLE]
        known += [Known(*scans[row["shipment_id"]["S"]], row) for row in rows]
    return known


def _insert(one: Known) -> dict[str, Any]:
    values = [one.row["shipment_id"], {"S": one.scan.timestamp}, {"S": one.raw.decode()}]
    return {"Statement": INSERT, "Parameters": values}


def _update(one: Known) -> dict[str, Any]:
    seen, row = one.row["state_version"], one.row
    values = [row["state"], {"N": str(int(seen["N"]) + 1)}, row["shipment_id"], seen]
    return {"Statement": UPDATE, "Parameters": values}


def _make_transaction(one: Known) -> list[dict[str, Any]]:
    seen = one.row["state_version"]
    state = one.row | {"state_version": {"N": str(int(seen["N"]) + 1)}}
    event = {"shipment_id": one.row["shipment_id"], "timestamp": {"S": one.scan.timestamp}}
    return [
        {
            "Put": {
                "TableName": TABLE,
                "Item": state,
                "ConditionExpression": "state_version = :seen",
                "ExpressionAttributeValues": {":seen": seen},
            }
        },
        {
            "Put": {
                "TableName": TABLE,
                "Item": event | {"raw": {"S": one.raw.decode()}},
                "ConditionExpression": "attribute_not_exists(change_id)",
            }
        },
    ]


def _make_entry(one: Known) -> dict[str, Any]:
    detail = msgspec.json.encode({"change_id": one.scan.shipment_id, "after": one.row["state"]["B"]})
    return {"EventBusName": BUS, "Source": "bench", "DetailType": "changed", "Detail": detail.decode()}


def _cut(entries: list[Any], size: int) -> list[list[Any]]:
    return [entries[start : start + size] for start in range(0, len(entries), size)]


if __name__ == "__main__":
    serve_tasks(run_task)
