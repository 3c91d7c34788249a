"""Deletion in the emulator's queues: what a call names goes, and newer messages are not looked at."""

import asyncio

import pytest
from ministack.services import sqs

from laboratory.local.emulator_queues import delete_among_oldest

QUEUE = {"QueueUrl": "http://localhost:4566/000000000000/parcels"}


class NeverRead(dict):
    """Message that must not be looked at."""

    def __getitem__(self, name):
        raise AssertionError(name)

    get = __getitem__


def call(action, **data):
    return asyncio.run(sqs._dispatch(action, QUEUE | data, ""))


@pytest.fixture
def handles(monkeypatch):
    """Make a queue with five messages, of which four are received; return their receipt handles."""
    monkeypatch.setattr(sqs, "_HANDLERS", dict(sqs._HANDLERS))
    delete_among_oldest()
    call("CreateQueue", QueueName="parcels")
    for number in range(5):
        call("SendMessage", MessageBody=str(number))
    received = call("ReceiveMessage", MaxNumberOfMessages=4)["Messages"]
    sqs._get_q(QUEUE["QueueUrl"])["messages"][4] = NeverRead(body="4")
    yield [message["ReceiptHandle"] for message in received]
    call("DeleteQueue")


def list_left() -> list[str]:
    return [dict.get(message, "body") for message in sqs._get_q(QUEUE["QueueUrl"])["messages"]]


def test_a_deleted_message_goes_and_newer_ones_are_not_looked_at(handles):
    assert call("DeleteMessage", ReceiptHandle=handles[1]) == {}
    assert list_left() == ["0", "2", "3", "4"]
    entries = [{"Id": name, "ReceiptHandle": handle} for name, handle in zip("ba", handles[2:], strict=False)]
    assert call("DeleteMessageBatch", Entries=[entries[1], entries[0]]) == {
        "Successful": [{"Id": "a"}, {"Id": "b"}],
        "Failed": [],
    }
    assert list_left() == ["0", "4"]


def test_a_call_that_is_refused_deletes_nothing(handles):
    twice = [{"Id": "a", "ReceiptHandle": handle} for handle in handles]
    for action, data in (
        ("DeleteMessage", {"ReceiptHandle": ""}),
        ("DeleteMessageBatch", {"Entries": twice}),
    ):
        with pytest.raises(sqs._Err):
            call(action, **data)
    assert list_left() == ["0", "1", "2", "3", "4"]


def test_a_handle_that_is_not_known_is_refused_beside_one_that_is(handles):
    sqs._get_q(QUEUE["QueueUrl"])["messages"].pop()
    named = {"a": handles[0], "b": "gone"}
    entries = [{"Id": name, "ReceiptHandle": handle} for name, handle in named.items()]
    answer = call("DeleteMessageBatch", Entries=entries)
    assert (answer["Successful"], [one["Id"] for one in answer["Failed"]]) == ([{"Id": "a"}], ["b"])
    assert list_left() == ["1", "2", "3"]
    with pytest.raises(sqs._Err):
        call("DeleteMessage", ReceiptHandle="gone")
