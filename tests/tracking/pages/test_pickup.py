"""A parcel that waits at its hub: address, hours, last day, and the way there."""

from datetime import time

import pytest

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import MYSURU, NOW, make_state
from tracking.answer import public_answer
from tracking.models import Hub, Shipment
from tracking.pages.pickup import Pickup, describe_pickup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]
WAY = "https://www.google.com/maps/dir/?api=1&destination=12.341,76.621"


def describe(status="available_for_pickup", place=MYSURU, **hub):
    state = make_state(status, place=place)
    book(state)
    Hub.objects.filter(hub_id="MYS-HUB").update(**hub)
    booking = Shipment.objects.select_related("destination_hub").get()
    return describe_pickup(booking, public_answer(state))


def test_a_parcel_waits_at_its_hub_with_address_hours_and_last_day():
    described = describe(address="14 Ring Road", pin_code="570001", working_days="123456", pickup_days=5)
    assert described == Pickup(
        name="Mysuru Hub",
        address="14 Ring Road, Mysuru 570001",
        hours="8\u00a0am to 9\u00a0pm, Mon to Sat",
        until="Sun 29 Nov",
        directions=WAY,
    )


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        ({}, "8\u00a0am to 9\u00a0pm, every day"),
        ({"opens_at": time(9, 30), "closes_at": time(18)}, "9:30\u00a0am to 6\u00a0pm, every day"),
        ({"working_days": "67"}, "8\u00a0am to 9\u00a0pm, Sat and Sun"),
        ({"working_days": "135"}, "8\u00a0am to 9\u00a0pm, Mon, Wed, Fri"),
        ({"working_days": "2"}, "8\u00a0am to 9\u00a0pm, Tue"),
    ],
)
def test_the_hours_are_those_of_the_hub(fields, hours):
    assert describe(**fields).hours == hours


def test_a_parcel_that_waits_elsewhere_or_does_not_wait_has_no_pickup_at_the_hub():
    assert describe(place="Locker 12, Devaraja Market") is None
    Shipment.objects.all().delete()
    assert describe("out_for_delivery") is None


def test_the_page_shows_the_pickup_and_leads_there(client, time_machine):
    time_machine.move_to(NOW, tick=False)
    page = client.get(f"/t/{book(make_state('available_for_pickup', place=MYSURU))}").content.decode()
    assert '<section class="card inner" data-part="pickup">' in page
    assert f'href="{WAY.replace("&", "&amp;")}" rel="noreferrer">Get directions</a>' in page
