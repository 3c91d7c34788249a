"""Checks against the clock: each lateness, stall and expiry gives one event, which the fold confirms."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.events import at, make_event, make_fix
from tests.tracking.domain.journeys import LANE, PEENYA, VELLORE
from tests.workers.records import decode_record
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.events import Booking, Window
from tracking.domain.legs import LegProfile
from tracking.eta.lanes import Level, class_key, global_key, lane_key
from tracking.models import Shipment
from tracking.ports import ports, wire
from tracking.services.prediction.promise_checks import check_promises, expire_silent_shipments
from workers.line.decode import decode
from workers.line.enrich import enrich
from workers.line.gather import Gathered
from workers.line.record import record_events
from workers.ports import StreamRecord

pytestmark = pytest.mark.django_db
RUN = LegProfile("BLR-PNY", "MAA-GDY", "any", "d", 260.0)


class NoPlaces:
    def locate(self, points):
        return [None for _ in points]

    def locate_pincode(self, pincode):
        return None


@pytest.fixture
def lanes(world):
    """Lanes with enough legs for a trusted lateness risk."""
    lanes = MemoryLaneStatisticsStore()
    known = Level(mean_log=math.log(1.9), count=40)
    lanes.put(dict.fromkeys((global_key("d"), class_key(RUN), lane_key(RUN)), known))
    wire(replace(ports(), lanes=lanes))
    return lanes


def booked(world, promised: float, *scans) -> None:
    """Shipment 123, promised at a minute, in both stores, with these scans after its booking."""
    window = Window(from_=at(0), to=at(promised))
    Shipment.objects.create(shipment_id="123", promised_from=window.from_, promised_to=window.to)
    first = make_event(
        -5, status="created", source="api", partner_id="p", booking=Booking(promised=window, lane=LANE)
    )
    take(world, [first, *scans], MemoryLaneStatisticsStore())


def take(world, scans, lanes) -> list:
    """Scans through enrich and record; the changes they make."""
    states = world.store.read_states(["123"])
    keys = [global_key("d"), class_key(RUN), lane_key(RUN)]
    book = {key: known.statistic for key, known in lanes.read(keys).items()}
    recorded = record_events(
        world.store, states, enrich(Gathered(scans, states, statistics=book), NoPlaces()).events, at(5000)
    )
    return [change for first in recorded.changes for change in (first, *first.also)]


def take_stream(world, lanes, arrived) -> list:
    """Take the events that the clock has put on the stream through the line; return the changes."""
    records = [
        StreamRecord(raw, arrived, "1/shard", f"{number:064d}", str(number))
        for number, (_, raw) in enumerate(world.stream.records)
    ]
    world.stream.records.clear()
    scans, refusals, _ = decode(records)
    assert refusals == []
    return take(world, scans, lanes)


def departed(minute: float = 0):
    return make_event(
        minute, status="in_transit", substatus="departed_origin", lat=PEENYA.lat, lon=PEENYA.lon
    )


def test_a_promise_that_passes_without_reports_gives_one_clock_event(world):
    booked(world, 300)
    assert check_promises(ports(), at(299)) == 0
    assert check_promises(ports(), at(306)) == 1
    (change,) = take_stream(world, MemoryLaneStatisticsStore(), at(306))
    assert (change.type, change.reason_code, change.cause, change.episode, change.why) == (
        "delayed",
        "promise_passed",
        "clock",
        1,
        "no attempt was made by the promised time",
    )
    assert (check_promises(ports(), at(311)), world.store.read_state("123").delay.phase) == (
        0,
        "late_certain",
    )


def test_a_clock_event_names_phase_and_episode_and_does_not_update_the_shipment(world):
    booked(world, 300)
    check_promises(ports(), at(306))
    record = decode_record(world.stream.records[0][1])
    assert record == {
        "shipment_id": "123",
        "event_id": "delay-late_certain-1",
        "clock_kind": "delay",
        "timestamp": "2026-11-22T12:06:00.000Z",
        "source": "system",
        "actor": "clock",
    } | {name: record[name] for name in ("device_seq", "livemode") if name in record}
    take_stream(world, MemoryLaneStatisticsStore(), at(306))
    assert world.store.read_state("123").updated_at == at(-5)


def test_without_reports_lateness_becomes_likely_before_the_promise_has_passed(world, lanes):
    booked(world, 440, departed())
    notified_at = next(minute for minute in range(20, 360, 5) if check_promises(ports(), at(minute)))
    assert 300 < notified_at < 360
    (change,) = take_stream(world, lanes, at(notified_at))
    assert (change.type, world.store.read_state("123").delay.phase) == ("delayed", "late_likely")


def test_a_promise_that_has_passed_is_judged_without_reading_lane_statistics(world):
    class NoLanes(MemoryLaneStatisticsStore):
        def read(self, keys):
            raise AssertionError(sorted(keys))

    booked(world, 355, departed())
    wire(replace(ports(), lanes=NoLanes()))
    with pytest.raises(AssertionError, match="lane#"):
        check_promises(ports(), at(355))
    assert check_promises(ports(), at(356)) == 1


def test_after_a_recent_report_a_likely_lateness_is_left_to_the_next_scan(world, lanes):
    booked(world, 440, departed(), make_event(345, lat=13.0, lon=79.0))
    assert check_promises(ports(), at(350)) == 0


@pytest.mark.parametrize("status", ["attempt_failed", "delivered", "available_for_pickup"])
def test_a_shipment_that_was_delivered_or_attempted_is_not_checked(world, status):
    booked(world, 600, departed(), make_event(500, status=status))
    assert check_promises(ports(), at(700)) == 0


def test_a_shipment_without_reports_stalls_once_until_the_next_report(world):
    booked(world, 1200, departed())
    assert check_promises(ports(), at(359)) == 0
    assert check_promises(ports(), at(361)) == 1
    (change,) = take_stream(world, MemoryLaneStatisticsStore(), at(361))
    assert (change.type, change.reason_code, change.why, change.cause) == (
        "stalled",
        "no_scan",
        "no scan",
        "clock",
    )
    assert check_promises(ports(), at(366)) == 0
    take(world, [make_event(400, lat=13.0, lon=78.0)], MemoryLaneStatisticsStore())
    assert check_promises(ports(), at(405)) == 0
    assert check_promises(ports(), at(765)) == 1


def test_at_a_hub_a_shipment_stalls_after_a_day(world):
    scan = make_event(0, status="in_transit", substatus="arrived_destination_hub")
    booked(world, 2800, scan)
    assert [check_promises(ports(), at(60 * hours)) for hours in (7, 23.9, 24.1)] == [0, 0, 1]


@pytest.mark.parametrize(("status", "stalls"), [("created", 0), ("picked_up", 1)])
def test_a_shipment_without_reports_stalls_only_once_it_is_picked_up(world, status, stalls):
    booked(world, 2400, make_event(0, status=status, substatus=None))
    assert check_promises(ports(), at(1000)) == stalls


def stand(world, minutes, **fields) -> None:
    fixes = [
        make_fix(minute, "KA-1", lat=VELLORE[0], lon=VELLORE[1], partner_id="p", **fields)
        for minute in minutes
    ]
    world.vehicles.record_fixes(fixes)


def test_a_shipment_on_a_vehicle_that_stands_outside_of_hubs_stalls(world):
    joined = make_event(0.5, source="manifest", vehicle_id="KA-1")
    booked(world, 1200, departed(), joined)
    stand(world, range(100, 161, 5))
    assert check_promises(ports(), at(161)) == 1
    (change,) = take_stream(world, MemoryLaneStatisticsStore(), at(161))
    assert (change.type, change.reason_code, change.why) == (
        "stalled",
        "vehicle_stands",
        "vehicle stands",
    )


def test_a_shipment_on_a_moving_vehicle_does_not_stall(world):
    joined = make_event(0.5, source="manifest", vehicle_id="KA-1")
    booked(world, 1200, departed(), joined)
    stand(world, range(100, 131, 5))
    world.vehicles.record_fixes([make_fix(150, "KA-1", lat=12.95, lon=79.3, partner_id="p")])
    assert check_promises(ports(), at(161)) == 0


def test_a_shipment_due_later_or_due_long_ago_is_not_checked(world):
    booked(world, 1200, departed())
    Shipment.objects.update(promised_to=at(600) + timedelta(hours=30))
    assert check_promises(ports(), at(600)) == 0
    Shipment.objects.update(promised_to=at(600) - timedelta(days=8))
    assert check_promises(ports(), at(600)) == 0


DAYS = 24 * 60


def unmoved_since(minute: float) -> None:
    Shipment.objects.update(status="in_transit", status_at=at(minute))


def test_a_shipment_expires_once_after_thirty_days_without_a_scan_and_the_next_scan_reopens_it(world):
    booked(world, 1200, departed())
    unmoved_since(0)
    assert [
        expire_silent_shipments(ports(), at(minute)) for minute in (30 * DAYS - 121, 30 * DAYS - 120)
    ] == [0, 1]
    (change,) = [
        change
        for change in take_stream(world, MemoryLaneStatisticsStore(), at(30 * DAYS - 119))
        if change.type == "status_changed"
    ]
    assert (change.after.status, change.cause, change.reason_code, change.why) == (
        "expired",
        "clock",
        "no_scan_for_30_days",
        "no scan for thirty days",
    )
    state = world.store.read_state("123")
    assert (state.status, state.updated_at) == ("expired", at(0))
    assert expire_silent_shipments(ports(), at(30 * DAYS)) == 0
    take(world, [make_event(31 * DAYS, status="in_transit")], MemoryLaneStatisticsStore())
    assert world.store.read_state("123").status == "in_transit"


def test_a_shipment_with_recent_reports_or_an_end_status_does_not_expire(world):
    booked(world, 1200, departed(), make_event(DAYS, lat=13.0, lon=79.0))
    unmoved_since(0)
    assert expire_silent_shipments(ports(), at(30 * DAYS)) == 0
    take(world, [make_event(2 * DAYS, status="delivered")], MemoryLaneStatisticsStore())
    assert expire_silent_shipments(ports(), at(40 * DAYS)) == 0


@pytest.mark.parametrize(("substatus", "stalls"), [("arrived_hub", 0), ("departed_origin", 1)])
def test_a_parcel_that_rests_until_the_agreed_day_is_not_stalled(world, substatus, stalls):
    hours = Window(from_=at(6000), to=at(6600))
    agreed = make_event(10, source="manual", booking=Booking(promised=hours, deliver_from=hours.from_))
    arrived = make_event(0, status="in_transit", substatus=substatus, lat=PEENYA.lat, lon=PEENYA.lon)
    booked(world, 6600, arrived, agreed)
    Shipment.objects.update(promised_to=hours.to)
    assert check_promises(ports(), at(5300)) == stalls
