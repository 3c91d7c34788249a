"""Storms of reports: one message for each fact, and a reason for every silence."""

import json
import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.models import Delivery
from notifications.ports import ports
from notifications.services import notify
from tests.notifications.stories import NOON, book
from tests.tracking.domain.journeys import LANE
from tests.workers.world import PLACES, World
from tracking.domain.changes import split_change
from tracking.domain.events import Booking, format_time
from tracking.domain.geofence import make_geofence
from tracking.domain.payload import ScanPayload
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.durations import DurationStatistics, tour_key
from tracking.services.recording.stream_records import make_record
from workers.places.fences import GeofenceIndex

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CROSSINGS, DUPLICATES = 100, 50
PIN = "600032"
DOOR = PLACES.locate_pincode(PIN)
# On both sides of the edge of a recipient's geofence.
INSIDE_M, OUTSIDE_M, DEGREES_PER_M = 75, 112, 1 / 111_200


class ShortTours:
    """Lane statistics by which tours from the last hub take ten minutes."""

    def read(self, keys):
        tours = DurationStatistics(mean_log=math.log(10), count=40, low_offset=-0.5, high_offset=0.5)
        return {tour_key("MAA-GDY"): tours}


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


def cross(number, subject):
    """Return a report that jitters over the edge of the recipient's geofence, 80 m around its middle."""
    north_m = INSIDE_M if number % 2 == 0 else OUTSIDE_M
    moment = NOON + timedelta(seconds=2 * number - 600)
    place = {"lat": DOOR[0] + north_m * DEGREES_PER_M, "lon": DOOR[1], "accuracy_m": 5, "speed_kmh": 4}
    return {**subject, **place, "timestamp": format_time(moment)}


@pytest.mark.parametrize("subject", [{"shipment_id": "123"}, {"vehicle_id": "van-1"}])
def test_positions_that_jitter_over_a_geofence_are_one_message_that_the_van_is_near(transports, subject):
    book()
    world = World()
    door = make_geofence("door", "recipient", *DOOR)
    world.workers = replace(world.workers, fences=GeofenceIndex(lambda: [door]), lanes=ShortTours())
    early = format_time(NOON - timedelta(seconds=700))
    booking = Booking(lane=LANE, destination_pin=PIN)
    booked = ScanPayload(shipment_id="123", status="created", booking=booking, source="api", timestamp=early)
    aboard = ScanPayload(shipment_id="123", vehicle_id="van-1", source="manifest", timestamp=early)
    world.tracking.vehicles.keep_manifest(
        VehicleManifest(
            vehicle_id="van-1",
            manifest_id="m1",
            version=1,
            starts_at=NOON - timedelta(hours=1),
            shipment_ids=("123",),
        )
    )
    world.stream.put([make_record(booked), make_record(aboard)])
    send(
        world,
        [report(-390, substatus="loaded"), *(cross(number, subject) for number in range(2 * CROSSINGS))],
    )
    process_all(world)
    deliver(world.bus.published)
    near = [change for change in world.bus.published if change.after.substatus == "arriving"]
    assert [change.type for change in near if change.type == "milestone_reached"] == ["milestone_reached"]
    assert count_rows() == {
        ("created", "email", "sent", ""): 1,
        ("out_for_delivery", "sms", "sent", ""): 1,
        ("out_for_delivery", "email", "sent", ""): 1,
        ("arriving", "email", "sent", ""): 1,
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
