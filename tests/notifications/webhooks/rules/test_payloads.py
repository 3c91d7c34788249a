"""Bodies of webhooks."""

import json

from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.rules.payloads import MAX_BYTES, choose_body, make_thin, name_message
from tests.notifications.stories import make_change

CHANGE = make_change("delivered", change_id="chg_5x7k")


def test_the_id_of_a_message_is_the_hash_of_its_change():
    assert name_message("chg_5x7k") == "msg_5x7k"


def test_a_thin_body_has_the_ids_and_no_facts():
    assert json.loads(choose_body(CHANGE, '{"type":"shipment.status_changed"}', thin=True)) == {
        "type": "shipment.status_changed",
        "timestamp": "2026-11-24T05:54:00.000Z",
        "data": {"change_id": "chg_5x7k", "shipment_id": "123", "state_version": 5, "livemode": True},
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(0, 4 * MAX_BYTES))
def test_a_full_body_is_sent_byte_by_byte_unless_it_is_too_long(text, padding):
    full = text + "x" * padding
    encoded = full.encode()
    expected = encoded if len(encoded) <= MAX_BYTES else make_thin(CHANGE)
    assert choose_body(CHANGE, full, thin=False) == expected


def test_the_limit_counts_bytes_and_not_characters():
    assert choose_body(CHANGE, "x" * MAX_BYTES, thin=False) == b"x" * MAX_BYTES
    assert choose_body(CHANGE, "x" * (MAX_BYTES + 1), thin=False) == make_thin(CHANGE)
    assert choose_body(CHANGE, "त" * (MAX_BYTES // 2), thin=False) == make_thin(CHANGE)
