"""Pages that name places say whose data the names come from, as the licences ask."""

import pytest
from django.contrib.auth.models import User

from tests.events import make_event
from tests.tracking.pages.bookings import book
from tests.tracking.stories import tell

OWNERS = ("India Post (GODL-India)", "GeoNames")


def find_missing(page: str) -> list[str]:
    return [owner for owner in OWNERS if owner not in page]


@pytest.mark.django_db
def test_the_customers_page_credits_the_places_also_where_it_shows_no_map(world, client, plain_static):
    tell(world.store, make_event(1, "e1", status="created"))
    token = book(None, shipment_id="123")
    page = client.get(f"/t/{token}").content.decode()
    assert find_missing(page) == []
    assert "CC BY 4.0" in page


@pytest.mark.django_db
def test_the_consoles_map_credits_the_places(world, client, plain_static):
    client.force_login(User.objects.create(username="staff", is_staff=True))
    assert find_missing(client.get("/ops/").content.decode()) == []
