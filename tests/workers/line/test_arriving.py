"""Arriving: a parcel's own report shows it near its stop, and one event on the stream says so."""

import json
import math
from dataclasses import replace

import pytest

from tests.events import at
from tests.tracking.domain.journeys import LANE
from tests.workers.records import decode_record
from tests.workers.world import PLACES, World
from tracking.domain.errors import TransientError
from tracking.domain.events import Booking, format_time
from tracking.domain.payload import ScanPayload
from tracking.eta.durations import DurationStatistics, tour_key
from tracking.services.recording.stream_records import make_record
from workers.adapters.memory_stream import MemoryStream
from workers.line.arriving import AFTER_REPORT, put_arriving
from workers.line.decode import decode
from workers.line.process import record_scans
from workers.line.record import Recorded

PIN = "600032"
LAT, LON = PLACES.locate_pincode(PIN)
# Forty tours of half an hour from the last hub.
TOURS = DurationStatistics(mean_log=math.log(30), count=40, low_offset=-0.5, high_offset=0.5)
# Kilometres of a degree of latitude.
KM = 1 / 111.2


def report(minute, km=None, **fields):
    """Return a report so many kilometres north of the PIN code's point, or without a position."""
    place = {} if km is None else {"lat": LAT + km * KM, "lon": LON}
    named = {"shipment_id": "123", "timestamp": format_time(at(minute))}
    return ("123", json.dumps(named | place | fields).encode())


class Lanes:
    def read(self, keys):
        return {tour_key("MAA-GDY"): TOURS}


LOADED = report(0, 9, status="out_for_delivery", substatus="loaded")


@pytest.fixture
def world():
    """Return a world in which shipment 123 is booked to the PIN code."""
    made = World(stream=MemoryStream(now=lambda: at(200)))
    booked = ScanPayload(
        shipment_id="123",
        status="created",
        source="api",
        partner_id="prt_1",
        timestamp=format_time(at(-60)),
        booking=Booking(lane=LANE, destination_pin=PIN),
    )
    made.workers = replace(made.workers, lanes=Lanes())
    made.stream.put([make_record(booked)])
    return made


def take(world, *records):
    """Take one record after the other through the line, with what it puts there; return what it has put."""
    shard_id = world.stream.list_shards()[0].shard_id
    cursor, put = world.stream.open_shard(shard_id, at=""), []
    for record in records:
        world.stream.put([record])
        while found := (read := world.stream.read(shard_id, cursor, limit=1)).records:
            put += [decode_record(each.raw) for each in found if b'"actor":"ride"' in each.raw]
            world.process(found)
            cursor = read.next_cursor
    return put


def test_a_report_near_the_stop_puts_one_event_and_the_next_reports_none(world):
    put = take(world, LOADED, report(30, 1.0), report(31, 0.9), report(32, 0.8))
    moment = at(30) + AFTER_REPORT
    assert [(each["clock_kind"], each["event_id"], each["timestamp"]) for each in put] == [
        ("arriving", f"arriving-0-{at(30):%Y%m%dT%H%M%S}", format_time(moment))
    ]
    state = world.tracking.store.read_state("123")
    assert (state.substatus, state.position.lat) == ("arriving", pytest.approx(LAT + 0.8 * KM, abs=1e-5))
    milestones = [change for change in world.bus.published if change.type == "milestone_reached"]
    assert [(change.reason_code, change.cause, change.occurred_at) for change in milestones] == [
        ("vehicle_near", "clock", moment)
    ]


def test_a_second_attempt_arrives_again(world):
    again = report(100, 9, status="out_for_delivery", substatus="loaded")
    put = take(world, LOADED, report(30, 1), report(35, status="attempt_failed"), again, report(130, 1))
    assert [each["event_id"].rpartition("-")[0] for each in put] == ["arriving-0", "arriving-1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"km": 9},
        {},
        {"km": 1, "accuracy_m": 900},
        {"km": 1, "status": "in_transit"},
        {"km": 1, "status": "delivered"},
    ],
)
def test_a_report_far_away_without_a_good_position_or_not_on_a_tour_puts_no_event(world, fields):
    assert take(world, LOADED, report(30, **fields)) == []


class AwayStream:
    def put(self, records):
        raise TransientError("away")


def test_a_stream_that_is_away_costs_no_event(world):
    take(world, LOADED)
    world.stream.put([report(30, 1)])
    shard_id = world.stream.list_shards()[0].shard_id
    records = world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=10).records
    recorded = record_scans(decode(records[-1:]).scans, world.tracking, world.workers)
    away = replace(world.tracking, stream=AwayStream())
    assert (put_arriving(recorded, away), put_arriving(recorded, world.tracking)) == (0, 1)
    assert put_arriving(Recorded([], {}, [], 0), away) == 0
