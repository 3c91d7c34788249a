"""Parts of the customer page: the age is that of the newest thing on it."""

from datetime import timedelta

import pytest

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import NOW, make_position, make_state
from tracking.answer import public_answer
from tracking.domain.events import format_time
from tracking.eta.recipient_view import VanNearby
from tracking.models import Shipment
from tracking.pages.parts import parts_context

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


def test_the_age_is_that_of_the_newest_scan_or_of_the_position_that_the_page_shows():
    state = make_state("out_for_delivery", hours_ago=0.5, position=make_position(12))
    book(state)
    booking = Shipment.objects.get()
    near = VanNearby(12.3, 76.6, ago(1), stops_ahead=2, pin_lat=12.3, pin_lon=76.6)
    hidden = make_state("available_for_pickup", hours_ago=0.5, position=make_position(12))
    shown = [
        parts_context(booking, public_answer(each), seen, NOW)["updated_at"]
        for each, seen in ((state, None), (state, near), (hidden, None))
    ]
    assert shown == [format_time(ago(minutes)) for minutes in (12, 1, 30)]
