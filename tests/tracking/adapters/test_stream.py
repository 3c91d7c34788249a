"""Puts on the stream when Kinesis refuses records: three retries, then an error for each record."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tracking.adapters import stream as module
from tracking.adapters.stream import KinesisEventStream


class Kinesis:
    """Stub of the client that answers each `PutRecords` with given error codes per record, or an error."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.calls = []

    def put_records(self, StreamName, Records):  # noqa: N803 - as AWS names them
        self.calls.append([record["Data"] for record in Records])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Records": [{"ErrorCode": code} if code else {"SequenceNumber": "1"} for code in answer]}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(module, "MAX_PAUSES_S", (0.0, 0.0, 0.0))


def put(kinesis, *data):
    stream = KinesisEventStream("scans")
    stream.__dict__["_client"] = kinesis
    return stream.put([("key", entry) for entry in data])


THROTTLED = "ProvisionedThroughputExceededException"


def test_only_refused_records_are_put_again():
    kinesis = Kinesis([None, THROTTLED, THROTTLED], [THROTTLED, None], [None])
    assert put(kinesis, b"1", b"2", b"3") == [None, None, None]
    assert kinesis.calls == [[b"1", b"2", b"3"], [b"2", b"3"], [b"2"]]


def test_after_three_retries_each_refused_record_has_its_error():
    kinesis = Kinesis([None, THROTTLED], [THROTTLED], [THROTTLED], ["InternalFailure"])
    assert put(kinesis, b"1", b"2") == [None, "InternalFailure"]
    assert len(kinesis.calls) == 4


def test_a_call_that_fails_as_a_whole_is_retried():
    lost = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    kinesis = Kinesis(lost, [None, None])
    assert put(kinesis, b"1", b"2") == [None, None]


def test_a_call_that_fails_for_good_is_not_retried():
    missing = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "PutRecords")
    kinesis = Kinesis(missing)
    assert put(kinesis, b"1", b"2") == ["PutRecords: ResourceNotFoundException: no"] * 2


def test_more_than_500_records_go_in_several_calls():
    kinesis = Kinesis([None] * 500, [None])
    assert put(kinesis, *[b"x"] * 501) == [None] * 501
    assert [len(call) for call in kinesis.calls] == [500, 1]
