"""Tolerance: records of a wrong form whose meaning is certain are read, and a bad side value is left out."""

import json

import pytest
from msgspec.structs import replace

from tests.workers.line.test_decode import POSITION, make_record, read
from tests.workers.world import World
from tracking.domain.identity import short_hash
from workers.line.decode import decode

LONG = "x" * 1000


@pytest.mark.parametrize(
    ("field", "read_values", "unread_values"),
    [
        ("vehicle_id", [0, "x" * 64], [-1, "x" * 65, "a b", True, 1.5, "9.84501E+11"]),
        ("device_id", [0, "x" * 64], [-1, "x" * 65, "a b", True, 1.5, "9.84501E+11"]),
        ("device_seq", [0, 2**53], [-1, 2**53 + 1, 1.5, "seven", True, [7]]),
        ("speed_kmh", [0, 300], [-1, 301, "fast", True]),
        ("heading", [0, 360], [-1, 361, "north"]),
        ("accuracy_m", [0, 10_000], [-1, 65535, {}]),
        ("substatus", ["signed"], [LONG, 7, ["signed"]]),
        ("reason_code", ["signed"], [LONG, 7]),
        ("event_id", ["x" * 64], ["x" * 65, "a b", "a.b", 1.5]),
        ("note", ["x" * 200], ["x" * 201, 7, {"text": "x"}]),
        ("traceparent", ["0" * 55], ["0" * 56, 7]),
        ("hub_id", ["BLR-PNY", "h" * 64], ["h" * 65, "a b", 7]),
        ("status", ["delivered"], [{}, ["delivered"], True]),
    ],
)
def test_a_field_is_read_up_to_its_limits_and_left_out_beyond_them(field, read_values, unread_values):
    report = {"shipment_id": "1", "status": "delivered", "timestamp": "2026-11-22T07:00:00Z"}
    for value in read_values:
        assert read(**report | {field: value}).ignored_fields == ()
    for value in unread_values:
        scan = read(**report | {field: value})
        expected = read(**{name: sent for name, sent in report.items() if name != field})
        assert scan == replace(expected, ignored_fields=(field,))


def test_a_scan_with_a_status_is_kept_without_its_impossible_position():
    for position in ({"lat": 91, "lon": 5}, {"lat": 12.9}, {"lon": 77.5}, {"lat": "north", "lon": "east"}):
        scan = read(shipment_id="1", status="delivered", **position)
        assert scan == replace(read(shipment_id="1", status="delivered"), ignored_fields=("lat", "lon"))


def test_fields_that_are_left_out_are_stored_with_the_event_and_counted(capsys):
    world = World()
    sent = {"shipment_id": "1", "status": "delivered", "heading": -1, "device_id": "9.84501E+11"}
    world.process([make_record(json.dumps(sent).encode())] * 2)
    (event,) = world.tracking.store.read_timeline("1")
    assert event.ignored_fields == ("heading", "device_id")
    counted = [line for line in capsys.readouterr().out.splitlines() if "decode_ignored_fields" in line]
    assert [json.loads(line)["field"] for line in counted] == ["device_id", "heading"]
    assert [json.loads(line)["decode_ignored_fields"] for line in counted] == [2, 2]


FIELDS = (
    "vehicle_id device_id device_seq lat lon status substatus reason_code timestamp event_id speed_kmh"
    " heading accuracy_m note traceparent source partner_id livemode actor booking tour retracts clock_kind"
).split()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("missing", [None, ""])
def test_null_and_an_empty_text_are_missing_values(field, missing):
    assert read(shipment_id="1", **{field: missing}) == read(shipment_id="1")


def test_a_vehicle_may_send_an_empty_shipment_and_a_number_may_be_no_number():
    fix = {"vehicle_id": "v1", "lat": 12.9, "lon": 77.5}
    assert read(**fix, shipment_id=" \0") == read(**fix)
    raw = b'{"shipment_id": "1", "speed_kmh": NaN, "heading": -Infinity}'
    assert decode([make_record(raw)]).scans == [read(shipment_id="1")]


EXACT = {
    "shipment_id": "17",
    "device_id": "9",
    "device_seq": 3,
    "lat": 12.9716,
    "lon": 77.5946,
    "speed_kmh": 31.5,
    "timestamp": 1795330800,
    "status": "out_for_delivery",
}


@pytest.mark.parametrize(
    "spelled",
    [
        {"lat": "12.9716", "lon": " 77.5946 ", "speed_kmh": "31.5", "device_seq": "3"},
        {"lat": "1.29716e1", "device_seq": 3.0, "shipment_id": 17.0, "device_id": " 9\0"},
        {"timestamp": "1795330800"},
        {"timestamp": "1795330800000"},
        {"timestamp": "2026-11-22t07:00:00z"},
        {"timestamp": " 2026-11-22T07:00:00.000Z\n"},
        {"status": "OutForDelivery"},
        {"status": "Out For Delivery"},
        {"source": "gps"},
        {"source": 7},
        {"source": None, "device_id": 9},
    ],
)
def test_a_report_whose_meaning_is_certain_is_read_whatever_its_form(spelled):
    assert read(**EXACT | spelled) == read(**EXACT)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw + b"\0\0\0",
        lambda raw: b" \r\n" + raw + b"\r\n\0 ",
        lambda raw: raw + b"\n\n",
    ],
)
def test_padding_and_a_byte_order_mark_around_a_record_are_cut_off(wrap):
    raw = json.dumps(EXACT).encode()
    for sent in (raw, b"[" + raw + b"]"):
        wrapped, plain = (decode([make_record(each)]) for each in (wrap(sent), sent))
        assert (wrapped.scans, wrapped.refusals) == (plain.scans, plain.refusals)


def test_several_reports_one_a_line_are_read_one_by_one():
    raw = b'{"shipment_id": "a"}\r\n{"shipment_id": "b"\n\n{"shipment_id": "c"}\n\0\0'
    decoded = decode([make_record(raw)])
    assert [(scan.shipment_id, scan.event_id) for scan in decoded.scans] == [
        (name, "k_" + short_hash(f"1763700000/shardId-000000000000/{POSITION}/{index:03d}"))
        for name, index in (("a", 0), ("c", 2))
    ]
    assert [
        (refusal.reason, refusal.record.stream_position, refusal.record.raw) for refusal in decoded.refusals
    ] == [("undecodable", f"{POSITION}/001", b'{"shipment_id": "b"')]


def test_more_than_a_hundred_lines_are_too_large_and_a_printed_object_is_one_report():
    many = decode([make_record(b'{"shipment_id": "1"}\n' * 101)])
    assert ([refusal.reason for refusal in many.refusals], many.scans) == (["too_large"], [])
    printed = json.dumps(EXACT | {"lat": "12.9716"}, indent=2).encode()
    assert decode([make_record(printed)]).scans == [read(**EXACT)]


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\ude00", b"\xf0\x9f\x98", b"\xe9"])
def test_half_an_emoji_in_a_note_is_replaced(half):
    raw = b'{"shipment_id": "1", "note": "ok ' + half + b'"}'
    (scan,) = decode([make_record(raw)]).scans
    assert scan.note == "ok \ufffd"


@pytest.mark.parametrize(
    "own",
    [
        {"booking": "BK-991"},
        {"tour": 12},
        {"partner_id": 17},
        {"actor": LONG},
        {"retracts": ""},
        {"livemode": None},
        {"livemode": "no", "clock_kind": 5, "supersedes": {}, "correction_reason": 9},
    ],
)
def test_fields_of_our_own_roles_are_not_looked_at_in_a_report_of_a_device(own):
    assert read(shipment_id="1", status="delivered", **own) == read(shipment_id="1", status="delivered")


def test_an_unknown_status_of_a_wrong_form_is_kept_as_reported():
    assert read(shipment_id="1", status=5).reported_status == "5"
    assert read(shipment_id="1", status="x" * 65).reported_status == "x" * 64
    assert read(shipment_id="1", status="half \ud83d").reported_status == "half \ufffd"


@pytest.mark.parametrize(("lat", "lon"), [(94.912, 27.4728), (92.79, 26.63), (92.72, 11.62)])
def test_a_position_is_kept_for_cleaning_if_it_is_in_india_once_its_axes_are_exchanged(lat, lon):
    scan = read(shipment_id="1", lat=lat, lon=lon)
    assert (scan.lat, scan.lon, scan.ignored_fields) == (lat, lon, ())


def test_a_record_that_claims_to_be_ours_without_our_code_is_read_as_a_devices():
    claims = {"source": "api", "partner_id": "prt_1", "livemode": False, "booking": {}, "retracts": "x"}
    unsigned = json.dumps(EXACT | claims).encode()
    assert decode([make_record(unsigned)]).scans == [read(**EXACT)]
    mistyped = json.dumps(EXACT | claims | {"booking": "B-1", "retracts": ""}).encode()
    assert decode([make_record(mistyped)]).scans == [read(**EXACT)]
