"""Storms of reports: one message for each fact, and a reason for every silence."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from notifications.models import Delivery
from notifications.ports import ports
from notifications.services import notify
from tests.notifications.stories import NOON, book
from tests.workers.world import World
from tracking.domain.changes import split_change
from tracking.domain.events import format_time

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CROSSINGS, DUPLICATES = 100, 50


def report(second, **fields):
    return {
        "shipment_id": "123",
        "timestamp": format_time(NOON + timedelta(seconds=second - 299)),
        "status": "out_for_delivery",
        **fields,
    }


# The same status again and again, each a report of its own; then a geofence that is crossed to and fro.
STORM = [report(second) for second in range(DUPLICATES)] + [
    report(second, substatus=code)
    for second, code in enumerate(["arriving", "next_stop"] * CROSSINGS, start=DUPLICATES)
]


def send(world, reports):
    world.stream.put([("123", json.dumps(each).encode()) for each in reports])


def process_all(world):
    """Take every record of the stream through the line, from its beginning."""
    shard_id = world.stream.list_shards()[0].shard_id
    cursor = world.stream.open_shard(shard_id, at="")
    while records := (read := world.stream.read(shard_id, cursor, limit=100)).records:
        world.process(records)
        cursor = read.next_cursor


def deliver(changes):
    for change in changes:
        for single in split_change(change):
            notify(ports(), single)


@pytest.fixture
def storm(transports):
    """Return the world after the storm, and the changes that it has published."""
    book()
    world = World()
    send(world, STORM)
    process_all(world)
    changes = list(world.bus.published)
    deliver(changes)
    return world, changes


def count_rows():
    rows = Delivery.objects.values_list("trigger", "transport", "outcome", "reason")
    return Counter(rows)


def test_a_hundred_crossings_and_fifty_duplicates_are_one_message_each_and_the_rest_is_explained(
    storm, transports
):
    assert Counter(message.trigger for message in transports["email"].sent) == {
        "out_for_delivery": 1,
        "arriving": 1,
    }
    assert [message.trigger for message in transports["sms"].sent] == ["out_for_delivery"]
    assert count_rows() == {
        ("out_for_delivery", "sms", "sent", ""): 1,
        ("out_for_delivery", "email", "sent", ""): 1,
        ("arriving", "email", "sent", ""): 1,
        ("arriving", "email", "suppressed", "not_first"): CROSSINGS - 1,
    }


def test_the_whole_stream_replayed_twice_sends_nothing_more(storm, transports):
    world, changes = storm
    sent = [len(transports[name].sent) for name in ("sms", "email")]
    for _ in range(2):
        process_all(world)
        deliver(world.bus.published)
        deliver(changes)
    assert [len(transports[name].sent) for name in ("sms", "email")] == sent == [1, 2]
    assert all(row.repeats >= 2 for row in Delivery.objects.all())
