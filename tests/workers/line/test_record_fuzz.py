"""Fuzzing of the line: whatever bytes a sender puts on the stream are recorded or quarantined with a reason.

A record is made of fields of a report with right, misspelled and absurd values, and then cut, padded, nested
or flipped; or it is any bytes. Nothing raises, so nothing halts a shard. At night that is more than a million
records, in parts, since hypothesis keeps the examples of a test in memory.
"""

import io
import json
from contextlib import redirect_stdout
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.properties import examples
from tests.workers.records import NOON, make_record
from tests.workers.world import World
from tracking.adapters.hot_json import encode_request
from tracking.adapters.items import event_item, fix_item, read_event
from tracking.domain.events import Scan
from tracking.domain.status import Status
from workers.line.decode import decode
from workers.skewed_clocks import SkewedClocks

REASONS = {"undecodable", "no_subject", "bad_coordinates", "mangled_id", "future", "too_old", "too_large"}
AGES_S = (-700_000, -86_400, 0, 250, 400, 12_600, 19_800)
SENT_AT = tuple(NOON + timedelta(seconds=seconds) for seconds in AGES_S)
RIGHT: dict[str, tuple[Any, ...]] = {
    "shipment_id": ("p1", "p2", 7, 7.0),
    "vehicle_id": ("v1", 8, None),
    "device_id": ("d1", "d2", 9),
    "device_seq": (0, 1, 2, "3", None),
    "lat": (12.9716, 12.9717, "13.05", 77.5946, 27.4, 0),
    "lon": (77.5946, 77.5947, "77.60", 12.9716, 94.9, 0),
    "status": (*Status, "OFD", "OutForDelivery", "RTO Delivered", "delayed", "teleported"),
    "substatus": ("signed", "not_home", "arrived_hub", ""),
    "reason_code": ("not_home", "weather"),
    "timestamp": (
        *(moment.isoformat() for moment in SENT_AT),
        *(moment.isoformat().lower().replace("+00:00", "z") for moment in SENT_AT),
        *(moment.timestamp() for moment in SENT_AT),
        *(str(int(moment.timestamp() * 1000)) for moment in SENT_AT),
    ),
    "event_id": ("e1", "e2", 5),
    "speed_kmh": (0, 31.5, "60"),
    "heading": (0, 360),
    "accuracy_m": (3, 600, 10_000),
    "note": ("call 98450 12345", "a@b.in", "ok \ud83d"),
    "traceparent": ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",),
    "source": ("device", "api", "manifest", "manual", "system", "gps"),
    "partner_id": ("prt_1", "prt_2"),
    "livemode": (True, False),
    "actor": ("geofence", "key_1"),
    "booking": ({}, {"destination_pin": "560034", "planned_minutes": 90}),
    "tour": ({"stops_ahead": 2},),
    "retracts": ("e1",),
    "supersedes": ("e2",),
    "correction_reason": ("did_not_occur",),
    "clock_kind": ("delay", "eta", "arriving", "expired", "no_scan"),
    "hub_id": ("BLR-PNY", "NOWHERE", 7),
}
WRONG = (
    *(0, -1, -0.0, 1e-320, 1e308, 2**31, 2**53 + 1, 2**63, 10**50, 65535, 91, -181, float("nan")),
    *("", "\0", "a b", "x" * 99, "x" * 250, "\ud83d", "9.84501E+11", "1.5E11", "v#1", "null"),
    *("0001-01-01T00:00:00+05:30", "9999-12-31T23:59:60-14:00", "2026-11-22T12:00:00", "20261122"),
    *(None, True, [], {}, [1], {"promised": {"from": 1}}, {"deep": [[[]]]}),
)
right_pairs = st.sampled_from([(name, value) for name, values in RIGHT.items() for value in values])
wrong_pairs = st.tuples(st.sampled_from((*RIGHT, "battery")), st.sampled_from(WRONG))
DEPTHS = (3, 900, 990, 1_000, 1_500, 9_000)
CHANGES = ("cut", "pad", "mark", "nest", "flip")


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    report = dict(draw(st.lists(right_pairs, max_size=8)))
    if draw(st.booleans()):
        report["shipment_id"] = "p1"
    return report | dict(draw(st.lists(wrong_pairs, max_size=2)))


@st.composite
def records(draw: st.DrawFn) -> bytes:
    match draw(st.sampled_from(("one", "one", "one", "one", "printed", "array", "lines", "bytes", "text"))):
        case "one":
            text = json.dumps(draw(reports()))
        case "printed":
            text = json.dumps(draw(reports()), indent=1, ensure_ascii=False)
        case "array":
            text = json.dumps(draw(st.lists(reports(), max_size=3)))
        case "lines":
            text = "\n".join(map(json.dumps, draw(st.lists(reports(), max_size=3))))
        case "bytes":
            return draw(st.binary(max_size=60))
        case _:
            text = draw(st.text(max_size=30))
    raw = text.encode("utf-8", "surrogatepass")
    return _change(draw, raw) if draw(st.integers(0, 3)) == 0 else raw


def _change(draw: st.DrawFn, raw: bytes) -> bytes:
    at = draw(st.integers(0, len(raw)))
    match draw(st.sampled_from(CHANGES)):
        case "cut":
            return raw[:at]
        case "pad":
            return raw + b"\0\0 \r\n"
        case "mark":
            return b"\xef\xbb\xbf" + raw
        case "nest":
            depth = draw(st.sampled_from(DEPTHS))
            return b'{"shipment_id": "p1", "meta": ' + b"[" * depth + b"]" * depth + b"}"
        case _:
            return raw[:at] + draw(st.binary(min_size=1, max_size=3)) + raw[at + 1 :]


def list_recorded(world: World, scans: list[Scan]) -> set[tuple[str, str]]:
    """List subject and event id of everything that is stored about the subjects of these scans.

    Each row is written as the table takes it, and what is read of an event is what was written.
    """
    store, vehicles = world.tracking.store, world.tracking.vehicles
    found = set()
    for shipment_id in {scan.shipment_id for scan in scans if scan.shipment_id is not None}:
        for event in store.read_timeline(shipment_id):
            stored = event_item(event)
            assert event_item(read_event(stored)) == stored
            found.add((shipment_id, event.event_id))
    for vehicle_id in {scan.vehicle_id for scan in scans if scan.shipment_id is None and scan.vehicle_id}:
        for fix in vehicles.read_fixes(vehicle_id, None, "", "~", 1_000):
            assert encode_request(fix_item(fix))
            found.add((vehicle_id, fix.event_id))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("part", range(examples(1, 100)))
@settings(max_examples=examples(300, 10_000))
@given(raws=st.lists(records(), min_size=1, max_size=3))
def test_every_record_is_recorded_or_quarantined_with_a_reason(part, raws):
    world, clocks = World(), SkewedClocks()
    given_records = [make_record(number, raw) for number, raw in enumerate(raws, start=1)]
    decoded = [decode([record], clocks) for record in given_records]
    assert all(one.scans or one.refusals for one in decoded)
    with redirect_stdout(io.StringIO()), capture_logs():
        for record in given_records:
            world.process([record])
    scans = [scan for one in decoded for scan in one.scans]
    expected = {(scan.shipment_id or scan.vehicle_id, scan.event_id) for scan in scans}
    assert expected <= list_recorded(world, scans)
    refused = [refusal.reason for one in decoded for refusal in one.refusals]
    kept = [refusal.reason for refusal in world.workers.quarantine.read_day(NOON.date())]
    assert sorted(kept) == sorted(refused)
    assert set(kept) <= REASONS
