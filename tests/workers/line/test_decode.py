"""Decode: every record becomes a scan or a refusal with its reason, and nothing ever raises."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.workers.records import encode_report
from tracking.domain.events import Scan
from tracking.domain.identity import make_sort_key, short_hash
from tracking.domain.status import Status
from tracking.provenance import sign_record
from workers.line.decode import decode
from workers.ports import StreamRecord

ARRIVED = datetime(2026, 11, 22, 7, 8, 36, 123456, tzinfo=UTC)
POSITION = f"{7:064d}.000000"


def make_record(raw: bytes) -> StreamRecord:
    return StreamRecord(raw, ARRIVED, "1763700000/shardId-000000000000", POSITION, "7")


def read(**payload: Any) -> Scan:
    decoded = decode([make_record(encode_report(payload))])
    assert decoded.refusals == []
    return decoded.scans[0]


def reason_for(raw: bytes | dict[str, Any]) -> str:
    encoded = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    decoded = decode([make_record(encoded)])
    assert decoded.scans == []
    return decoded.refusals[0].reason


def test_the_given_payload_is_accepted_as_it_stands():
    event_id = "k_" + short_hash(f"1763700000/shardId-000000000000/{POSITION}")
    moment = ARRIVED.replace(microsecond=123000)
    assert read(shipment_id="123", lat=12.9716, lon=77.5946, status="in_transit") == Scan(
        event_id=event_id,
        sort_key=f"2026-11-22T07:08:36.123Z#{event_id}",
        occurred_at=moment,
        received_at=ARRIVED,
        shipment_id="123",
        lat=12.9716,
        lon=77.5946,
        status=Status.IN_TRANSIT,
        stream_source="1763700000/shardId-000000000000",
        stream_position=POSITION,
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "undecodable"),
        (b"not json", "undecodable"),
        (b"\xff\xfe\x00", "undecodable"),
        (b"null", "undecodable"),
        (b'"text"', "undecodable"),
        (b'{"shipment_id": "1"', "undecodable"),
        (b"[1, 2", "undecodable"),
        ({"shipment_id": "spaces are not allowed", "lat": 12, "lon": 77}, "undecodable"),
        ({"shipment_id": ["1"]}, "undecodable"),
        ({"shipment_id": True}, "undecodable"),
        ({"vehicle_id": ["v1"], "lat": 12, "lon": 77}, "undecodable"),
        ({"shipment_id": "1", "timestamp": "yesterday"}, "undecodable"),
        ({"shipment_id": "1", "timestamp": "2026-11-22T07:00:00"}, "undecodable"),
        ({"shipment_id": "1", "timestamp": ["2026-11-22T07:00:00Z"]}, "undecodable"),
        (encode_report({"shipment_id": "1", "source": "api", "booking": "B-1"}), "undecodable"),
        (sign_record(b'{"shipment_id": "1", "source": "api", "status": "\\ud83d"}'), "undecodable"),
        (b'{"shipment_id": "1", "meta": ' + b"[" * 1500 + b"]" * 1500 + b"}", "undecodable"),
        (b"[" * 5000, "undecodable"),
        (b"[{" * 5000, "undecodable"),
        ({"shipment_id": "9.84501E+11"}, "mangled_id"),
        ({"shipment_id": "1.5E11"}, "mangled_id"),
        (b'{"shipment_id": 9.84501e11}', "mangled_id"),
        (b'{"shipment_id": 1E400}', "mangled_id"),
        (b'{"shipment_id": -1.5e3}', "mangled_id"),
        ({"vehicle_id": "9.84501E+11", "lat": 12, "lon": 77}, "mangled_id"),
        ({}, "no_subject"),
        ({"lat": 12.9, "lon": 77.5, "status": "in_transit"}, "no_subject"),
        ({"vehicle_id": "v1"}, "no_subject"),
        ({"vehicle_id": "v1", "lat": 0, "lon": 0}, "no_subject"),
        ({"shipment_id": "1", "lat": 91, "lon": 77}, "bad_coordinates"),
        ({"shipment_id": "1", "lat": 12, "lon": -180.5}, "bad_coordinates"),
        ({"shipment_id": "1", "lat": 12}, "bad_coordinates"),
        ({"shipment_id": "1", "lat": "north", "lon": 77}, "bad_coordinates"),
        ({"vehicle_id": "v1", "status": "in_transit", "lat": 91, "lon": 5}, "bad_coordinates"),
        ({"shipment_id": "1", "timestamp": (ARRIVED + timedelta(seconds=301)).timestamp()}, "future"),
        ({"shipment_id": "1", "timestamp": (ARRIVED - timedelta(days=8)).isoformat()}, "too_old"),
        (b"x" * 1_000_000, "too_large"),
        (b"[" + b",".join([b"{}"] * 101) + b"]", "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(raw, reason):
    assert reason_for(raw) == reason


@pytest.mark.parametrize("field", ["shipment_id", "vehicle_id"])
def test_a_subject_is_read_up_to_its_limits_and_the_report_refused_beyond_them(field):
    position = {"lat": 12.9, "lon": 77.5}
    for sent in (0, 2**63 - 1, "x" * 64):
        assert getattr(read(**position, **{field: sent}), field) == str(sent)
    for sent in (-1, 2**63, "x" * 65):
        assert reason_for(position | {field: sent}) == "undecodable"


def test_an_accepted_report_is_not_too_old_a_moment_later():
    sent_at = (ARRIVED - timedelta(days=7, minutes=59)).isoformat()
    assert read(shipment_id="1", source="api", timestamp=sent_at).source == "api"
    assert reason_for({"shipment_id": "1", "timestamp": sent_at}) == "too_old"


def test_a_record_that_is_decoded_again_may_be_as_late_as_it_likes_and_as_early_as_now():
    early = make_record(
        json.dumps({"shipment_id": "1", "timestamp": (ARRIVED + timedelta(seconds=330)).timestamp()}).encode()
    )
    old = make_record(
        json.dumps({"shipment_id": "1", "timestamp": (ARRIVED - timedelta(days=6)).timestamp()}).encode()
    )
    assert [refusal.reason for refusal in decode([early]).refusals] == ["future"]
    assert len(decode([early, old], now=ARRIVED + timedelta(days=20)).scans) == 2


def test_a_device_that_counts_from_the_start_again_makes_another_event_and_a_repeat_none():
    def event_id(**fields: Any) -> str:
        return read(**{"shipment_id": "1", "device_id": "d9", "device_seq": 1} | fields).event_id

    assert event_id(status="picked_up") == event_id(status="picked_up")
    assert event_id(status="picked_up") != event_id(status="delivered")
    assert event_id(status="picked_up") != event_id(status="picked_up", shipment_id="2")


def test_a_record_holds_up_to_32_kib_and_up_to_a_hundred_reports():
    report = b'{"shipment_id": "1"}'
    full = report + b" " * (32 * 1024 - len(report))
    assert len(decode([make_record(full)]).scans) == 1
    assert reason_for(full + b" ") == "too_large"
    assert len(decode([make_record(b"[" + b",".join([report] * 100) + b"]")]).scans) == 100


@pytest.mark.parametrize(
    ("sent_at", "step", "reason"),
    [
        # Kept times are cut to milliseconds, and the limits apply to what is kept.
        ((ARRIVED + timedelta(minutes=5)).replace(microsecond=123_000), timedelta(milliseconds=1), "future"),
        ((ARRIVED - timedelta(days=7)).replace(microsecond=124_000), -timedelta(milliseconds=1), "too_old"),
    ],
    ids=["ahead", "behind"],
)
def test_a_report_may_be_five_minutes_ahead_of_its_arrival_and_seven_days_behind_it(sent_at, step, reason):
    assert read(shipment_id="1", timestamp=sent_at.isoformat()).occurred_at == sent_at
    assert reason_for({"shipment_id": "1", "timestamp": (sent_at + step).isoformat()}) == reason


def test_a_report_of_our_own_without_a_mode_is_live():
    scans = [read(shipment_id="1", source="api", **fields) for fields in ({}, {"livemode": False})]
    assert [(scan.source, scan.livemode) for scan in scans] == [("api", True), ("api", False)]


def test_a_bad_entry_of_an_array_is_refused_alone_and_the_others_are_read():
    raw = b'[{"shipment_id": "1"}, {"shipment_id": "2", "lat": 95, "lon": 5}, {"shipment_id": 3}]'
    decoded = decode([make_record(raw)])
    assert [scan.shipment_id for scan in decoded.scans] == ["1", "3"]
    assert [
        (refusal.reason, refusal.record.stream_position, refusal.record.raw) for refusal in decoded.refusals
    ] == [("bad_coordinates", f"{POSITION}/001", b'{"shipment_id": "2", "lat": 95, "lon": 5}')]


def test_good_records_among_bad_ones_keep_their_order():
    raws = [b'{"shipment_id": "a"}', b"?", b'{"shipment_id": "b"}', b"{}", b'{"shipment_id": "c"}']
    decoded = decode([make_record(raw) for raw in raws])
    assert [scan.shipment_id for scan in decoded.scans] == ["a", "b", "c"]
    assert [refusal.reason for refusal in decoded.refusals] == ["undecodable", "no_subject"]


def test_a_status_nobody_knows_is_kept_as_reported():
    scan = read(shipment_id="1", status="Teleported ")
    assert (scan.status, scan.reported_status) == (None, "teleported")


@pytest.mark.parametrize(
    ("word", "status"),
    [("ofd", Status.OUT_FOR_DELIVERY), ("In Transit", Status.IN_TRANSIT), ("RTO", Status.RETURNING)],
)
def test_other_words_for_a_status_are_understood(word, status):
    assert read(shipment_id="1", status=word).status is status


def test_a_substatus_of_another_status_is_left_out():
    scan = read(shipment_id="1", status="in_transit", substatus="signed")
    assert (scan.status, scan.substatus) == (Status.IN_TRANSIT, None)


def test_a_whole_number_as_id_is_read_as_its_text():
    assert read(shipment_id=42).shipment_id == "42"


def test_a_scan_on_null_island_counts_and_keeps_its_position_for_cleaning():
    scan = read(shipment_id="1", lat=0, lon=0, status="delivered")
    assert (scan.lat, scan.lon, scan.status) == (0, 0, Status.DELIVERED)


def test_a_clock_that_stamps_indian_time_as_utc_is_put_right_and_its_identity_kept():
    sent_at = ARRIVED.replace(microsecond=0) + timedelta(hours=5, minutes=31)
    scan = read(shipment_id="1", timestamp=sent_at.isoformat(), event_id="e1")
    assert (scan.occurred_at, scan.device_at, scan.fix_flags, scan.sort_key) == (
        sent_at - timedelta(hours=5, minutes=30),
        sent_at,
        ("skew_530",),
        make_sort_key(sent_at, "e1"),
    )


@pytest.mark.parametrize(
    "sent", ["2026-11-22T12:30:00+05:30", "2026-11-22T07:00:00Z", 1795330800, 1795330800000]
)
def test_times_with_a_zone_and_epochs_in_seconds_or_milliseconds_are_the_same_instant(sent):
    assert read(shipment_id="1", timestamp=sent).occurred_at == datetime(2026, 11, 22, 7, tzinfo=UTC)


def test_a_record_sent_again_gets_the_same_identity():
    payload = {"shipment_id": "1", "timestamp": "2026-11-22T07:00:00Z", "lat": 12.9, "lon": 77.5}
    first = read(**payload)
    again = decode(
        [make_record(json.dumps(payload).encode())._replace(stream_position="8", sequence="8")]
    ).scans[0]
    assert (first.sort_key, first.event_id) == (again.sort_key, again.event_id)


def test_a_device_that_counts_its_reports_is_known_by_its_count():
    scan = read(shipment_id="1", device_id="d9", device_seq=17, timestamp="2026-11-22T07:00:00Z")
    assert scan.event_id == "d_" + short_hash("d9", 17)


def test_phone_numbers_and_addresses_in_a_note_are_masked():
    scan = read(shipment_id="1", note="call 9876543210 or asha@example.com at gate 4")
    assert scan.note == "call ••• or ••• at gate 4"


def test_a_device_cannot_speak_for_us():
    scan = read(shipment_id="1", partner_id="prt_1", actor="ops", livemode=False)
    assert (scan.partner_id, scan.actor, scan.livemode) == (None, None, True)


def test_a_booking_of_ours_comes_through_whole():
    booking = {"promised": {"from": "2026-11-22T09:00:00Z", "to": "2026-11-22T12:00:00Z"}}
    scan = read(shipment_id="1", status="created", source="api", partner_id="prt_1", booking=booking)
    assert scan.booking is not None
    assert scan.booking.promised is not None
    assert (scan.source, scan.partner_id, scan.booking.promised.to) == (
        "api",
        "prt_1",
        datetime(2026, 11, 22, 12, tzinfo=UTC),
    )


def test_unknown_fields_of_old_firmware_are_ignored():
    assert read(shipment_id="1", battery=0.4).shipment_id == "1"


@pytest.mark.parametrize(
    ("fields", "is_untimed"),
    [
        ({"event_id": "mine-1"}, True),
        ({"event_id": "k_mine"}, True),
        ({"device_id": "d1", "device_seq": 4}, True),
        ({"device_id": "d1"}, False),
        ({}, False),
        ({"event_id": "mine-1", "timestamp": "2026-11-22T07:00:00Z"}, False),
    ],
)
def test_a_report_that_names_itself_without_a_time_takes_the_time_of_its_first_copy(fields, is_untimed):
    assert read(shipment_id="1", **fields).is_untimed is is_untimed


CLOCK_RECORD = {"shipment_id": "1", "event_id": "delay-late_likely-1", "timestamp": "2026-11-22T07:00:00Z"}


@pytest.mark.parametrize(
    ("fields", "clock_kind"),
    [
        ({"source": "system", "clock_kind": "delay"}, "delay"),
        # Written by a process of an older version.
        ({"source": "system"}, "delay"),
        ({"source": "api", "clock_kind": "delay"}, None),
        ({"source": "device", "clock_kind": "delay"}, None),
    ],
)
def test_the_kind_of_a_clock_event_is_taken_from_our_own_roles_alone(fields, clock_kind):
    assert read(**CLOCK_RECORD, **fields).clock_kind == clock_kind
