"""Routing of changes to queues: one table, checked against the rules in the emulator."""

import json
from datetime import UTC, datetime
from itertools import product

import msgspec
import pytest
from django.conf import settings

from tracking.adapters.aws import build_client
from tracking.domain.bus_rules import find_takers_of_event
from tracking.domain.events import CHANGE_TYPES, Change, Facts
from tracking.domain.status import Status

EVERY = {"changes", "readmodel", "webhooks"}
# Queues of a change of status, by the status it leads to.
BY_STATUS = {
    Status.UNKNOWN: EVERY,
    Status.EXPIRED: EVERY,
    Status.CREATED: EVERY,
    Status.PICKED_UP: EVERY | {"notify"},
    Status.IN_TRANSIT: EVERY,
    Status.ON_HOLD: EVERY | {"notify", "ops"},
    Status.EXCEPTION: EVERY | {"notify", "ops"},
    Status.OUT_FOR_DELIVERY: EVERY | {"notify"},
    Status.ATTEMPT_FAILED: EVERY | {"notify", "ops"},
    Status.AVAILABLE_FOR_PICKUP: EVERY | {"notify"},
    Status.RETURNING: EVERY | {"notify"},
    Status.LOST: EVERY | {"ops"},
    Status.DELIVERED: EVERY | {"notify", "ops"},
    Status.RETURNED: EVERY | {"notify", "ops"},
    Status.CANCELLED: EVERY | {"ops"},
}
# Queues of every other type of change, independent of the status.
BY_TYPE = {
    "created": EVERY | {"notify"},
    "milestone_reached": EVERY,
    "delayed": EVERY | {"notify", "ops"},
    "delay_cleared": EVERY | {"ops"},
    "eta_changed": EVERY,
    "attempt_doubted": EVERY | {"ops"},
    "corrected": EVERY | {"ops"},
    "event_rejected": EVERY | {"ops"},
    "stalled": EVERY | {"ops"},
}
# A change away from one of these statuses ends an incident.
TROUBLE = (Status.ON_HOLD, Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.LOST)
# Lanes learn from every change that ends a leg.
FINISHED = {"finished_leg": {"origin": "BLR-PNY", "destination": "BLR-KRM", "base_min": 20.0}}
NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def a_change(kind: str = "status_changed", *, before: str = "unknown", after: str, **facts: str) -> dict:
    change = Change(
        change_id="chg_1",
        type=kind,
        shipment_id="SLX1",
        event_id="e_1",
        sort_key="2026-11-22T06:30:00.000Z#e_1",
        before=Facts(status=Status(before)),
        after=Facts(status=Status(after), **facts),
        why="out for delivery reported by device",
        occurred_at=NOON,
        received_at=NOON,
        recorded_at=NOON,
        state_version=3,
    )
    return msgspec.to_builtins(change)


def envelope(detail: dict, **different: str) -> dict:
    kind = different.pop("detail_type", f"shipment.{detail['type']}")
    source = different.pop("source", "swiftlogix.tracking")
    return {
        "id": "1",
        "version": "0",
        "account": "000000000000",
        "region": settings.AWS_REGION,
        "time": "2026-11-22T06:30:00Z",
        "resources": [],
        "source": source,
        "detail-type": kind,
        "detail": detail,
    }


@pytest.fixture(scope="module")
def patterns(local_aws) -> dict[str, str]:
    """Return each rule's pattern as the emulator has it, by the rule's short name."""
    rules = build_client("events").list_rules(EventBusName=settings.AWS_NAMES["bus"])["Rules"]
    return {rule["Name"].removeprefix("swiftlogix-local-"): rule["EventPattern"] for rule in rules}


@pytest.fixture
def takers(patterns):
    """Return a function that lists the rules that match an event; those of the code must be the same."""
    events = build_client("events")

    def find_rules(event: dict) -> set[str]:
        text = json.dumps(event)
        taken = {
            name
            for name, pattern in patterns.items()
            if events.test_event_pattern(EventPattern=pattern, Event=text)["Result"]
        }
        assert {rule.name for rule in find_takers_of_event(event)} == taken
        return taken

    return find_rules


def test_the_table_contains_every_type_and_status():
    assert set(BY_STATUS) == set(Status)
    assert {*BY_TYPE, "status_changed"} == set(CHANGE_TYPES)


def test_each_change_of_status_goes_to_the_queues_of_the_table(takers):
    found = {status: takers(envelope(a_change(after=status))) for status in Status}
    assert found == BY_STATUS


def test_each_other_change_goes_to_the_queues_of_the_table_in_every_status(takers):
    cells = list(product(BY_TYPE, Status))
    found = {(kind, status): takers(envelope(a_change(kind, after=status))) for kind, status in cells}
    assert found == {(kind, status): BY_TYPE[kind] for kind, status in cells}


@pytest.mark.parametrize("status", TROUBLE)
def test_a_change_away_from_trouble_goes_to_ops(takers, status):
    change = a_change(before=status, after="in_transit")
    assert takers(envelope(change)) == EVERY | {"ops"}


def test_a_parcel_about_to_arrive_goes_to_notify(takers):
    arriving = a_change(
        "milestone_reached", before="out_for_delivery", after="out_for_delivery", substatus="arriving"
    )
    at_hub = a_change("milestone_reached", before="in_transit", after="in_transit", substatus="arrived_hub")
    assert takers(envelope(arriving)) == EVERY | {"notify"}
    assert takers(envelope(at_hub)) == EVERY


@pytest.mark.parametrize("kind", ["milestone_reached", "status_changed"])
def test_a_change_that_finishes_a_leg_goes_to_learning_too(takers, kind):
    change = a_change(kind, before="in_transit", after="in_transit", substatus="arrived_hub")
    assert takers(envelope(change | FINISHED)) - takers(envelope(change)) == {"learning"}


def test_an_unknown_change_goes_to_unrouted(takers):
    change = a_change(after="in_transit")
    assert "unrouted" in takers(envelope(change, detail_type="shipment.teleported"))
    assert "unrouted" in takers(envelope(change, source="swiftlogix.elsewhere"))
    assert "unrouted" in takers(envelope(change | {"after": {"status": "Out-For-Delivery"}}))
    assert "unrouted" in takers(envelope(change | {"after": {"leg": "return"}}))


@pytest.mark.parametrize(
    ("queue", "sent"),
    [
        ("readmodel", envelope(a_change(after="in_transit"))),
        ("notify", envelope(a_change(after="out_for_delivery"))),
        ("ops", envelope(a_change("delayed", after="in_transit"))),
        ("learning", envelope(a_change(after="delivered") | FINISHED)),
        ("unrouted", envelope(a_change(after="in_transit"), detail_type="shipment.teleported")),
    ],
)
def test_a_change_put_on_the_bus_arrives_complete_in_its_queue(local_aws, queue, sent):
    sqs = build_client("sqs")
    url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"][queue])["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    build_client("events").put_events(
        Entries=[
            {
                "EventBusName": settings.AWS_NAMES["bus"],
                "Source": sent["source"],
                "DetailType": sent["detail-type"],
                "Detail": json.dumps(sent["detail"]),
            }
        ]
    )
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    received = json.loads(message["Body"])
    assert (received["source"], received["detail-type"], received["detail"]) == (
        sent["source"],
        sent["detail-type"],
        sent["detail"],
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_feedback_published_to_its_topic_arrives_in_its_queue_as_published(local_aws):
    sqs, sns, name = build_client("sqs"), build_client("sns"), settings.AWS_NAMES["topics"]["mailfeedback"]
    url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"]["mailfeedback"])["QueueUrl"]
    (topic,) = [
        found["TopicArn"] for found in sns.list_topics()["Topics"] if found["TopicArn"].endswith(name)
    ]
    sent = json.dumps({"notificationType": "Complaint"})
    sns.publish(TopicArn=topic, Message=sent)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert message["Body"] == sent
