"""Answers the stub's requests by service and operation, for one run at a time."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from laboratory.bench.stub.faults import Faults
from laboratory.bench.stub.ledger import Ledger
from laboratory.bench.stub.states import StateTemplate
from laboratory.bench.stub.stream import CREATED_AT, Stream, make_iterator
from laboratory.bench.stub.tables import ClientFault, Tables
from laboratory.local.write_units import count_write_units

GET_RECORDS_LIMIT = 10_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Reply:
    """Status and body of an answer, sent after `delay_s`; if it `resets`, the connection is aborted."""

    __slots__ = ("body", "delay_s", "resets", "status")

    def __init__(self, status: int, body: bytes, delay_s: float = 0.0, *, resets: bool = False) -> None:
        self.status, self.body, self.delay_s, self.resets = status, body, delay_s, resets


class Run:
    """State of one run: its stream, its ledger and its faults, as described by the bench's `task`."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        self.ledger = Ledger()
        self.stream = Stream(task)
        chance = random.Random(f"faults {task['seed']} {task['run']}")  # noqa: S311 - repeatable chance
        self._faults = Faults(chance, on=bool(task.get("faults")))
        self._tables = Tables(self.ledger, self._faults, StateTemplate(datetime.now(UTC)))
        self._slow = bool(task.get("latency"))

    def answer(self, target: str, body: bytes) -> Reply:
        """Return the answer to a request; `target` is `<service>.<operation>`."""
        operation = target.rpartition(".")[2]
        self.ledger.calls[operation] += 1
        delay_s = self._faults.draw_latency_s() if self._slow else 0.0
        fault = self._faults.draw_call_fault()
        if fault is not None:
            self.ledger.faults[fault] += 1
            return _make_fault(fault, delay_s)
        answer = self._stream_answer(operation) or self._tables.find_operation(operation)
        if answer is None:
            return Reply(400, _encode({"__type": "UnknownOperationException", "message": target}))
        request = _decode(body)
        self.ledger.write_units += count_write_units(operation, request)
        body_or_fault = answer(request)
        if isinstance(body_or_fault, ClientFault):
            return Reply(
                400,
                _encode({"__type": body_or_fault.code, "message": body_or_fault.code} | body_or_fault.more),
                delay_s,
            )
        return Reply(
            200, body_or_fault if isinstance(body_or_fault, bytes) else _encode(body_or_fault), delay_s
        )

    def describe(self) -> dict[str, int]:
        """Return the counts of calls, faults, sent records and effects."""
        good = [record for record in self.stream.sent if record.shipment_id is not None]
        return self.ledger.count() | {
            "sent": len(self.stream.sent),
            "sent readable": len(good),
            "sent shipments": len({record.shipment_id for record in good}),
            "sent with a change": sum(record.changes for record in good),
        }

    def _stream_answer(self, operation: str) -> Callable[[dict[str, Any]], Any] | None:
        return {
            "ListShards": lambda _request: self.stream.list_shards(),
            "DescribeStreamSummary": self._summarise,
            "DescribeStream": self._summarise,
            "GetShardIterator": lambda request: {"ShardIterator": make_iterator(request, self.stream.shards)},
            "GetRecords": self._get_records,
            "PutEvents": self._put_events,
        }.get(operation)

    def _get_records(self, request: dict[str, Any]) -> bytes:
        return self.stream.read(request["ShardIterator"], request.get("Limit", GET_RECORDS_LIMIT))

    def _summarise(self, request: dict[str, Any]) -> dict[str, Any]:
        summary = {
            "StreamName": request["StreamName"],
            "StreamARN": f"arn:aws:kinesis:ap-south-1:000000000000:stream/{request['StreamName']}",
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": "PROVISIONED"},
            "RetentionPeriodHours": 168,
            "StreamCreationTimestamp": CREATED_AT,
            "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
            "OpenShardCount": len(self.stream.shards),
        }
        description = summary | self.stream.list_shards() | {"HasMoreShards": False}
        return {"StreamDescriptionSummary": summary, "StreamDescription": description}

    def _put_events(self, request: dict[str, Any]) -> dict[str, Any]:
        results: list[dict[str, str]] = []
        for entry in request["Entries"]:
            if self._faults.refuses_entry():
                results.append({"ErrorCode": "InternalFailure", "ErrorMessage": "For a test"})
            else:
                self.ledger.published[_decode(entry["Detail"])["change_id"]] += 1
                results.append({"EventId": str(uuid.uuid4())})
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}


def _make_fault(fault: str, delay_s: float) -> Reply:
    if fault == "throttle":
        body = {"__type": "ProvisionedThroughputExceededException", "message": "Rate exceeded, for a test"}
        return Reply(400, _encode(body), delay_s)
    if fault == "error":
        return Reply(500, _encode({"__type": "InternalFailure", "message": "For a test"}), delay_s)
    return Reply(0, b"", delay_s, resets=True)
