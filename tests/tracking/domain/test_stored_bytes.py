"""Stored bytes: what older versions wrote is read, hashed and written back without a difference."""

import re
from pathlib import Path

import msgspec

from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import ShipmentState, hash_state, write_canonical

FIXTURES = Path(__file__).parents[2] / "fixtures"
# Every field is set to something other than its default.
STORED_STATE = (FIXTURES / "full_state.json").read_bytes().strip()
STORED_EVENT = (FIXTURES / "full_event.json").read_bytes().strip()
# Hash of that state as it was stored before any field was renamed in the code.
STATE_HASH = "d1a8c5a60643380ba530c610ad355bb70407842bf4642362f69094367d2d0f85"


def test_the_hash_of_a_state_stored_by_an_older_version_is_still_the_same():
    state = msgspec.json.decode(STORED_STATE, type=ShipmentState)
    assert hash_state(state) == STATE_HASH
    canonical = msgspec.json.decode(write_canonical(state))
    assert canonical["delay"] == {
        "phase": "late_likely",
        "minutes": 47,
        "cause": "promise",
        "since": "2026-11-22T08:10:00Z",
        "p_late": 0.8123,
        "p_at_dispatch": 0.41,
        "told": 2,
        "told_at": "2026-11-22T08:10:00Z",
        "is_told": True,
        "episode": 2,
        "reported": True,
    }


def test_a_stored_state_is_written_back_byte_for_byte_but_for_its_hash():
    written = msgspec.json.encode(msgspec.json.decode(STORED_STATE, type=ShipmentState))
    assert written == re.sub(rb'"state_hash":"0+",', b"", STORED_STATE)


def test_a_stored_event_with_its_changes_is_written_back_byte_for_byte():
    assert msgspec.json.encode(msgspec.json.decode(STORED_EVENT, type=TrackingEvent)) == STORED_EVENT
