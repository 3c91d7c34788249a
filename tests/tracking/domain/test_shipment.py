"""A shipment's state: what its hash covers, which events it knows already, and what it remembers of them."""

import hashlib
import json
from base64 import b64encode

import msgspec
import pytest
from hypothesis import given

from tests.events import at, make_event
from tests.tracking.domain.timelines import timelines
from tracking.domain.delay import Delay
from tracking.domain.fold import fold
from tracking.domain.shipment import (
    JourneyStep,
    ShipmentState,
    Snapshot,
    hash_state,
    is_repeat,
    remember_events,
    write_canonical,
)
from tracking.domain.status import Status

UNHASHED = (
    "state_version hash_before_join stream_source stream_position recent_ids fix_memory expires_at withdrawn"
    " base first_estimate"
).split()
NOTHING = ShipmentState(shipment_id="123")
MOVED = ShipmentState(
    shipment_id="123",
    status=Status.IN_TRANSIT,
    status_at=at(1),
    reached={"in_transit": at(1)},
    delay=Delay(minutes=5, above=2, below=1, evaluated_at=at(1), notified_count=1),
    journey=(JourneyStep(occurred_at=at(1), event_id="e1", status=Status.IN_TRANSIT, late=True),),
)


def test_the_canonical_answer_is_sorted_json_without_what_two_stores_may_differ_in():
    assert json.loads(write_canonical(MOVED)) == {
        "shipment_id": "123",
        "status": "in_transit",
        "status_at": "2026-11-22T07:01:00Z",
        "reached": {"in_transit": "2026-11-22T07:01:00Z"},
        "delay": {"minutes": 5, "told": 1},
        "journey": [
            {"occurred_at": "2026-11-22T07:01:00Z", "event_id": "e1", "status": "in_transit"},
        ],
    }
    assert list(json.loads(write_canonical(MOVED))) == sorted(json.loads(write_canonical(MOVED)))
    assert write_canonical(NOTHING) == b'{"shipment_id":"123"}'


def test_the_hash_is_that_of_the_canonical_answer():
    assert hash_state(NOTHING) == hashlib.sha256(b'{"shipment_id":"123"}').hexdigest()
    assert hash_state(msgspec.structs.replace(MOVED, hash_before_join="x")) == "x"


@pytest.mark.parametrize(
    "kept",
    [
        {"state_version": 3},
        {"stream_source": "1/s"},
        {"stream_position": "7"},
        {"recent_ids": ("a",)},
        {"fix_memory": "m"},
        {"expires_at": 9},
        {"withdrawn": {"e1": "retracted:c1"}},
        {"snapshot": Snapshot(state=NOTHING, recorded_at=at(0), expires_at=9)},
        {"delay": msgspec.structs.replace(MOVED.delay, above=0, below=3, evaluated_at=None)},
    ],
)
def test_how_and_when_we_heard_of_things_is_no_part_of_the_hash(kept):
    assert hash_state(msgspec.structs.replace(MOVED, **kept)) == hash_state(MOVED)


@pytest.mark.parametrize(
    "values", [{"status": Status.ON_HOLD}, {"is_stalled": True}, {"attempts": 1}, {"livemode": False}]
)
def test_what_is_answered_is_part_of_the_hash(values):
    assert hash_state(msgspec.structs.replace(MOVED, **values)) != hash_state(MOVED)


READ = msgspec.structs.replace(NOTHING, stream_source="1/s", stream_position="7")


@pytest.mark.parametrize(
    ("source", "position", "is_known"),
    [
        ("1/s", "6", True),
        ("1/s", "7", True),
        ("1/s", "8", False),
        ("2/s", "6", False),
        ("", "", False),
    ],
)
def test_an_event_read_up_to_the_position_of_its_shard_is_a_repeat(source, position, is_known):
    event = make_event(1, stream_source=source, stream_position=position)
    assert is_repeat(READ, event) is is_known
    assert not is_repeat(NOTHING, make_event(1))


def test_the_last_sixteen_events_are_known_again_by_time_and_id():
    events = [make_event(minute, f"e{minute}") for minute in range(18)]
    state = remember_events(remember_events(NOTHING, events[:3]), events[3:])
    hashes = [hashlib.sha256(event.sort_key.encode()).digest() for event in events[2:]]
    assert state.recent_ids == tuple(b64encode(each[:6]).decode() for each in hashes)
    assert [is_repeat(state, event) for event in events] == [False, False] + [True] * 16
    assert not is_repeat(state, make_event(17.5, "e17"))


def test_the_newest_memory_of_the_track_and_the_latest_expiry_are_kept():
    events = [
        make_event(3, fix_memory="m3", expires_at=30),
        make_event(1, fix_memory="m1", expires_at=50),
        make_event(4, expires_at=40),
    ]
    state = remember_events(NOTHING, events)
    assert (state.fix_memory, state.expires_at) == ("m3", 50)
    later = remember_events(msgspec.structs.replace(NOTHING, fix_memory="m0", expires_at=90), events[2:])
    assert (later.fix_memory, later.expires_at) == ("m0", 90)


def test_records_are_passed_up_to_the_newest_of_them():
    events = [make_event(1, stream_source="1/s", stream_position=position) for position in ("8", "9", "7")]
    kept = remember_events(READ, events)
    assert remember_events(READ, events, events) == msgspec.structs.replace(kept, stream_position="9")
    assert remember_events(READ, events, [make_event(1)]) == kept
    assert (kept.stream_source, kept.stream_position) == ("1/s", "7")


def test_a_state_is_delayed_as_its_delay_is_and_gives_the_facts_that_changes_compare():
    late = msgspec.structs.replace(MOVED, delay=Delay(phase="late_likely"), substatus="arrived_hub")
    assert (NOTHING.is_delayed, late.is_delayed) == (False, True)
    assert msgspec.to_builtins(late.facts) == {
        "status": "in_transit",
        "substatus": "arrived_hub",
        "is_delayed": True,
    }


def test_an_empty_part_is_left_out_whatever_made_it():
    moved = msgspec.structs.replace(NOTHING, delay=Delay(above=1), reached={})
    assert write_canonical(moved) == write_canonical(NOTHING)


@given(timelines(max_size=12))
def test_the_canonical_json_is_that_of_the_plain_values(events):
    state = fold(ShipmentState(shipment_id="123"), events).state
    fields = {name: value for name, value in msgspec.to_builtins(state).items() if name not in UNHASHED}
    for counter in ("above", "below", "evaluated_at"):
        fields.get("delay", {}).pop(counter, None)
    for step in fields.get("journey", ()):
        step.pop("late", None)
    plain = {name: value for name, value in fields.items() if value != {}}
    assert write_canonical(state) == msgspec.json.encode(plain, order="sorted")


@given(timelines(max_size=12))
def test_a_state_that_was_stored_and_read_has_the_hash_that_it_was_folded_with(events):
    state = fold(ShipmentState(shipment_id="123"), events).state
    stored = msgspec.json.decode(msgspec.json.encode(state), type=ShipmentState)
    assert hash_state(stored) == hash_state(state)
