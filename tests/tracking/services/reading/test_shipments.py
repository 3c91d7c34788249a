"""Reading: a link finds its shipment, and expires two weeks after its end."""

from datetime import timedelta

import pytest

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.reading.shipments import find_by_token, has_link_ended, read_current_state
from tracking.tokens import hash_token, make_token


def test_a_shipment_is_read_by_its_id(world):
    _, state = record_timeline(world.store, make_event(0, status="in_transit"))
    assert read_current_state(ports(), "123") == state
    assert [
        read_current_state(ports(), shipment_id) for shipment_id in ("124", "", "a b", "1" * 65, "~state")
    ] == [None] * 5


@pytest.mark.django_db
def test_a_token_finds_its_booking_and_no_other_text_does():
    token = make_token("123", 0)
    booking = Shipment.objects.create(shipment_id="123", token_sha256=hash_token(token))
    assert find_by_token(token) == booking
    assert [find_by_token(text) for text in (make_token("123", 1), "123", "")] == [None] * 3


def test_a_link_ends_fourteen_days_after_the_end(world):
    _, moving = record_timeline(world.store, make_event(0, status="in_transit"))
    _, ended = record_timeline(world.store, make_event(5, status="delivered"))
    last = at(5) + timedelta(days=14)
    assert [has_link_ended(ended, last), has_link_ended(ended, last + timedelta(seconds=1))] == [False, True]
    assert not has_link_ended(moving, last + timedelta(days=30))
