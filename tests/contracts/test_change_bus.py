"""Contract of the port `ChangeBus`, for memory and for EventBridge of the local AWS."""

import itertools
import json
import time
from abc import ABC, abstractmethod

import msgspec
import pytest

from tests.workers.changes import make_change
from tracking.adapters.aws import build_client
from tracking.domain.events import Change
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.memory import MemoryBus
from workers.ports import ChangeBus

numbers = itertools.count()


class Listener(ABC):
    """A bus, and the changes that its listener has received."""

    bus: ChangeBus

    @abstractmethod
    def read(self) -> list[Change]: ...


class MemoryListener(Listener):
    def __init__(self) -> None:
        self.bus = MemoryBus()

    def read(self) -> list[Change]:
        return self.bus.published


class QueueListener(Listener):
    """A separate bus with one rule that sends every entry of the product to one queue."""

    def __init__(self) -> None:
        name = f"contract-{next(numbers)}-{time.time_ns()}"
        self.bus = EventBridgeBus(name)
        self.sqs = build_client("sqs")
        self.url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]
        events = build_client("events")
        events.create_event_bus(Name=name)
        pattern = {"source": ["swiftlogix.tracking"], "detail-type": [{"prefix": "shipment."}]}
        events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}])

    def read_envelopes(self) -> list[dict]:
        envelopes = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            envelopes += [json.loads(message["Body"]) for message in messages]
        return envelopes

    def read(self) -> list[Change]:
        return [msgspec.convert(envelope["detail"], Change) for envelope in self.read_envelopes()]


@pytest.fixture(params=["memory", "local aws"])
def listener(request) -> Listener:
    if request.param == "memory":
        return MemoryListener()
    request.getfixturevalue("local_aws")
    return QueueListener()


def by_id(changes: list[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.change_id)


def test_a_published_change_arrives_unchanged_and_is_returned_as_accepted(listener):
    change = make_change(1, partner_id="prt_1", livemode=False, late=True, cause="correction", episode=2)
    assert listener.bus.publish([change]) == [change]
    assert listener.read() == [change]


def test_publishing_nothing_delivers_nothing(listener):
    assert listener.bus.publish([]) == []
    assert listener.read() == []


def test_more_changes_than_one_call_takes_are_all_delivered(listener):
    changes = [make_change(number) for number in range(10, 47)]
    assert listener.bus.publish(changes) == changes
    assert by_id(listener.read()) == changes


def test_a_change_carried_in_another_one_is_delivered_separately(listener):
    delayed, slipped = make_change(2, type="delayed"), make_change(3, type="eta_changed")
    change = make_change(1, also=(delayed, slipped))
    assert listener.bus.publish([change]) == [change]
    assert by_id(listener.read()) == [make_change(1), delayed, slipped]


def test_publishing_a_change_again_delivers_it_again(listener):
    change = make_change(1)
    listener.bus.publish([change])
    listener.bus.publish([change])
    assert listener.read() == [change, change]


def test_an_entry_has_a_source_and_the_type_of_its_change(local_aws):
    listener = QueueListener()
    listener.bus.publish([make_change(1, type="milestone_reached")])
    (envelope,) = listener.read_envelopes()
    assert (envelope["source"], envelope["detail-type"]) == (
        "swiftlogix.tracking",
        "shipment.milestone_reached",
    )
    assert envelope["detail"]["before"] == {"status": "created"}
