"""Skewed clocks: a device that was seen to stamp Indian time as UTC is corrected for what it kept, too."""

from datetime import datetime, timedelta

from tests.events import at
from tests.workers.records import encode_report, make_record
from workers.line.decode import decode
from workers.skewed_clocks import DEVICES_KEPT, SkewedClocks

OFFSET = timedelta(hours=5, minutes=30)
HOUR = timedelta(hours=1)


def report(clocks: SkewedClocks, true_at: datetime, arrived_at: datetime, offset=OFFSET, **fields):
    """Decode a report that was made at `true_at`, with the clock ahead by `offset`."""
    payload = {"shipment_id": "1", "device_id": "d1", "timestamp": (true_at + offset).isoformat()} | fields
    return decode([make_record(1, encode_report(payload), arrived_at=arrived_at)], clocks)


def times_of(decoded) -> list[tuple[datetime, tuple[str, ...]]]:
    return [(scan.occurred_at, scan.fix_flags) for scan in decoded.scans]


def test_reports_that_a_skewed_device_kept_get_their_true_time():
    clocks = SkewedClocks()
    assert times_of(report(clocks, at(0), at(0))) == [(at(0), ("skew_530",))]
    for age in (HOUR, 2 * HOUR, 5 * HOUR, 6 * HOUR, timedelta(days=6)):
        kept = report(clocks, at(60) - age, at(60))
        assert times_of(kept) == [(at(60) - age, ("skew_530",))]
        assert kept.scans[0].device_at == at(60) - age + OFFSET


def test_a_device_that_nobody_has_seen_skewed_is_believed_or_refused():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0), device_id="another")
    assert [refusal.reason for refusal in report(clocks, at(0), at(120)).refusals] == ["future"]
    assert times_of(report(clocks, at(0), at(600))) == [(at(0) + OFFSET, ())]


def test_a_vehicle_without_a_device_is_known_by_its_own_id_and_a_parcel_alone_by_none():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0), device_id=None, vehicle_id="v1")
    kept = report(clocks, at(0), at(120), device_id=None, vehicle_id="v1")
    assert times_of(kept) == [(at(0), ("skew_530",))]
    report(clocks, at(0), at(0), device_id=None)
    assert report(clocks, at(0), at(120), device_id=None).scans == []


def test_what_our_own_roles_report_of_a_skewed_device_is_left_as_it_is():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0))
    assert times_of(report(clocks, at(0), at(120), timedelta(0), source="api")) == [(at(0), ())]


def test_a_clock_that_was_set_right_is_forgotten_after_ten_minutes_of_right_times():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0))
    for minute in (10, 20, 21):
        assert times_of(report(clocks, at(minute), at(minute), timedelta(0))) == [(at(minute), ())]
    assert times_of(report(clocks, at(22), at(90), timedelta(0))) == [(at(22), ())]


def test_a_buffer_that_looks_right_for_a_moment_does_not_set_the_clock_right():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0))
    # Sent 5 h 30 min late, so that its time is that of its arrival; the rest of the buffer follows.
    report(clocks, at(400) - OFFSET, at(400))
    report(clocks, at(401) - OFFSET, at(401))
    assert times_of(report(clocks, at(401) - HOUR, at(401))) == [(at(401) - HOUR, ("skew_530",))]


def test_a_skew_is_remembered_for_seven_days():
    clocks = SkewedClocks()
    report(clocks, at(0), at(0))
    week = 7 * 24 * 60
    assert len(report(clocks, at(week) - HOUR, at(week)).scans) == 1
    assert report(clocks, at(week + 1) - HOUR, at(week + 1)).scans == []


def test_the_memory_is_bounded_and_drops_the_device_seen_longest_ago():
    clocks = SkewedClocks()
    for number in range(DEVICES_KEPT + 1):
        clocks.correct(f"d{number}", at(0) + OFFSET, at(0))
    assert clocks.correct("d0", at(60), at(0)) == at(60)
    assert clocks.correct("d1", at(60), at(0)) == at(60) - OFFSET
