"""Contract of the port `ChangeBus`, in memory and on EventBridge of the local AWS."""

import itertools
import json
import time
from abc import ABC, abstractmethod

import msgspec
import pytest

from tests.contracts.backends import MEMORY
from tests.workers.changes import make_change
from tracking.adapters.aws import build_client
from tracking.domain.events import Change
from workers.adapters.eventbridge import EventBridgeBus
from workers.adapters.memory import MemoryBus
from workers.ports import ChangeBus

numbers = itertools.count()


class WatchedBus(ABC):
    """Bus, with the changes that its listener has received."""

    bus: ChangeBus

    @abstractmethod
    def read(self) -> list[Change]: ...


class WatchedMemoryBus(WatchedBus):
    def __init__(self) -> None:
        self.bus = MemoryBus()

    def read(self) -> list[Change]:
        return self.bus.published


class WatchedEventBridgeBus(WatchedBus):
    """Create a bus with one rule that sends all our entries to one queue."""

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


@pytest.fixture
def watched(backend) -> WatchedBus:
    if backend == MEMORY:
        return WatchedMemoryBus()
    return WatchedEventBridgeBus()


def by_id(changes: list[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.change_id)


def test_a_published_change_is_on_the_bus_and_returned_as_taken(watched):
    change = make_change(1, partner_id="prt_1", livemode=False, late=True, cause="correction", episode=2)
    assert watched.bus.publish([change]) == [change]
    assert watched.read() == [change]


def test_publishing_no_change_puts_nothing_on_the_bus(watched):
    assert watched.bus.publish([]) == []
    assert watched.read() == []


def test_many_changes_are_published_in_several_calls(watched):
    changes = [make_change(number) for number in range(10, 47)]
    assert watched.bus.publish(changes) == changes
    assert by_id(watched.read()) == changes


def test_changes_in_the_also_of_a_change_are_published_one_by_one(watched):
    delayed, slipped = make_change(2, type="delayed"), make_change(3, type="eta_changed")
    change = make_change(1, also=(delayed, slipped))
    assert watched.bus.publish([change]) == [change]
    assert by_id(watched.read()) == [make_change(1), delayed, slipped]


def test_publishing_a_change_again_puts_it_on_the_bus_again(watched):
    change = make_change(1)
    watched.bus.publish([change])
    watched.bus.publish([change])
    assert watched.read() == [change, change]


def test_an_entry_has_the_source_and_the_type_of_its_change(local_aws):
    watched = WatchedEventBridgeBus()
    watched.bus.publish([make_change(1, type="milestone_reached")])
    (envelope,) = watched.read_envelopes()
    assert (envelope["source"], envelope["detail-type"]) == (
        "swiftlogix.tracking",
        "shipment.milestone_reached",
    )
    assert envelope["detail"]["before"] == {"status": "created"}
