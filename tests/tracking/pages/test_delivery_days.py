"""Days that a customer may ask for are working days of the hub that delivers."""

from datetime import date, timedelta

import pytest

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import ETA, NOW, make_state
from tracking.answer import public_answer
from tracking.domain.indian_time import write_day
from tracking.models import Hub, Shipment
from tracking.pages.delivery_days import OfferedDay, list_delivery_days
from tracking.services.operations.delivery_days import read_day_in_english

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
WORDS = ["Tue 24 Nov", "Wed 25 Nov", "Thu 26 Nov", "Fri 27 Nov", "Sat 28 Nov", "Sun 29 Nov", "Mon 30 Nov"]
DAYS = [OfferedDay(f"2026-11-{day}", text) for day, text in enumerate(WORDS, 24)]


def list_days(now=NOW, **fields):
    state = make_state("in_transit", **fields)
    book(state)
    booking = Shipment.objects.select_related("destination_hub").get(shipment_id=state.shipment_id)
    return list_delivery_days(booking, public_answer(state), now)


def test_the_next_six_days_are_offered_from_tomorrow_on():
    assert list_days() == DAYS[1:]


def test_the_day_on_which_the_parcel_is_expected_anyway_is_not_offered():
    # On the Monday before, the window lies on Tuesday.
    assert list_days(NOW - timedelta(days=1), eta=ETA)[:2] == DAYS[1:3]


def test_days_on_which_the_hub_does_not_deliver_are_left_out():
    book(make_state("in_transit", shipment_id="SLX-OTHER"))
    Hub.objects.update(working_days="123456")
    assert [day.text for day in list_days()] == [*WORDS[1:5], "Mon 30 Nov", "Tue 1 Dec"]


def test_a_day_is_named_in_english_for_staff():
    assert [write_day(date.fromisoformat(day.iso)) for day in DAYS] == WORDS


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("Thu 26 Nov. Ring twice", (date(2026, 11, 26), "Ring twice")),
        ("Tue 24 Nov", (date(2026, 11, 24), "")),
        ("Sun 1 Nov", (None, "Sun 1 Nov")),
        ("Ring twice", (None, "Ring twice")),
    ],
)
def test_a_day_and_the_other_words_are_read_again(words, read):
    assert read_day_in_english(words, NOW) == read
