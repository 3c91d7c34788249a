"""Pages with place names credit the source of the names, as the licences require."""

import pytest
from django.contrib.auth.models import User

from tests.events import make_event
from tests.tracking.pages.bookings import book
from tests.tracking.stories import record_timeline

OWNERS = ("India Post (GODL-India)", "GeoNames")


def find_missing(page: str) -> list[str]:
    return [owner for owner in OWNERS if owner not in page]


@pytest.mark.django_db
def test_the_customers_page_credits_the_places_even_without_a_map(world, client, plain_static):
    record_timeline(world.store, make_event(1, "e1", status="created"))
    token = book(None, shipment_id="123")
    page = client.get(f"/t/{token}").content.decode()
    assert find_missing(page) == []
    assert "CC BY 4.0" in page


@pytest.mark.django_db
def test_the_consoles_map_credits_the_places(world, client, plain_static):
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    assert find_missing(client.get("/ops/").content.decode()) == []
