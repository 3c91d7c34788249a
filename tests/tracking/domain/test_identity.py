"""Identity: ids that never change, for what is stored under them; times as devices write them."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from tests.events import at
from tracking.domain.errors import PermanentError
from tracking.domain.identity import (
    cut_to_milliseconds,
    make_sort_key,
    name_event,
    parse_timestamp,
    short_hash,
)
from tracking.domain.payload import ScanPayload

CONTENT = {
    "shipment_id": "1",
    "lat": 12.971599,
    "lon": 77.594566,
    "status": "in_transit",
    "substatus": "arrived_hub",
}


def test_a_hash_is_base32_of_sha256_cut_to_26_characters_and_keeps_its_parts_apart():
    assert short_hash("a", 1) == "qopbdjbb2nyl4kg3k366m7u2vx"
    assert short_hash("ab", "c") != short_hash("a", "bc")


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        (1_795_330_800, datetime(2026, 11, 22, 7, 0, tzinfo=UTC)),
        (1_795_330_800.1239, datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
        (1_795_330_800_123, datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
        (100_000_000_000, datetime(5138, 11, 16, 9, 46, 40, tzinfo=UTC)),
        (100_000_000_001, datetime(1973, 3, 3, 9, 46, 40, 1_000, tzinfo=UTC)),
        ("2026-11-22T12:30:00.123999+05:30", datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-11-22t07:00:00.123z", datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-11-22T06:59:60Z", datetime(2026, 11, 22, 6, 59, 59, tzinfo=UTC)),
        ("1795330800", datetime(2026, 11, 22, 7, 0, tzinfo=UTC)),
        (" 1795330800.123\n", datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
        ("1795330800123", datetime(2026, 11, 22, 7, 0, 0, 123_000, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_seconds_milliseconds_or_text_and_cut_to_milliseconds(sent, moment):
    assert parse_timestamp(sent) == moment


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("yesterday", "not a time: 'yesterday'"),
        ("", "not a time: ''"),
        # A day, and a day with a time: no epoch numbers.
        ("20261122", "a time without a zone: '20261122'"),
        ("202611220700", "not a time: '202611220700'"),
        (1e300, "not a time: 1e+300"),
        (float("nan"), "not a time: nan"),
        ("2026-11-22T07:00:00", "a time without a zone: '2026-11-22T07:00:00'"),
        ("0001-01-01T00:00:00+05:30", "not a time: '0001-01-01T00:00:00+05:30'"),
    ],
)
def test_what_is_no_instant_is_refused(sent, says):
    with pytest.raises(PermanentError, match="^" + says.replace("+", r"\+") + "$"):
        parse_timestamp(sent)


def test_what_is_below_a_millisecond_is_cut_off_and_never_rounded_up():
    moment = at(0) + timedelta(microseconds=999_999)
    assert cut_to_milliseconds(moment) == at(0) + timedelta(milliseconds=999)


NOON = at(0)


def name(sent_at=NOON, **fields) -> str:
    return name_event(ScanPayload(**CONTENT | fields), sent_at, "1/shard/1")


def test_an_event_is_named_by_what_it_says_of_itself_first():
    names = [
        name(event_id="own", device_id="D1", device_seq=7),
        name(device_id="D1", device_seq=7),
        name(None, device_id="D1", device_seq=7),
        name(device_id="D1"),
        name(),
        name(None),
    ]
    assert names == [
        "own",
        "d_" + short_hash("D1", 7),
        "d_" + short_hash("D1", 7, "1", "", "in_transit", "arrived_hub", "12.97160", "77.59457", "device"),
        name(),
        "h_"
        + short_hash(
            "1", "2026-11-22T07:00:00.000Z", "in_transit", "arrived_hub", "12.97160", "77.59457", "device"
        ),
        "k_" + short_hash("1/shard/1"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"shipment_id": "2"},
        {"status": "delivered"},
        {"substatus": "departed_hub"},
        {"lat": 12.97161},
        {"lon": 77.59459},
        {"lat": None},
        {"source": "api"},
        {"sent_at": at(1)},
    ],
)
def test_reports_that_differ_in_content_are_different_events(other):
    assert name(**other) != name()


def test_reports_that_differ_below_a_metre_are_one_event_and_without_a_shipment_the_vehicle_names_it():
    assert name(lat=12.971601) == name()
    vehicle = msgspec.structs.replace(ScanPayload(**CONTENT), shipment_id=None, vehicle_id="1")
    assert name_event(vehicle, at(0), "1/shard/1") == name()


def test_a_sort_key_is_time_and_id():
    assert make_sort_key(at(0), "e1") == "2026-11-22T07:00:00.000Z#e1"


@given(st.text(max_size=60))
def test_a_short_hash_is_the_beginning_of_the_lower_case_base32_of_the_hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    assert short_hash(text) == base64.b32encode(digest).decode().lower()[:26]
