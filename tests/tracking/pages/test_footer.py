"""Footers of the customer's pages say what is true of each page."""

import pytest

from tests.tracking.pages.bookings import book
from tests.tracking.pages.examples import NOW, make_state
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "plain_static")]
NOTHING = "This page shows no names, phone numbers or street addresses."
LOCKED = "stay hidden until the page is unlocked."
UNLOCKED = "Only this browser shows these details, for one day."


def read_footer(client, path):
    page = client.get(path).content.decode()
    footer = page[page.index("<footer") :]
    return [text in footer for text in (NOTHING, LOCKED, UNLOCKED)]


def test_a_locked_an_unlocked_and_an_empty_page_have_each_their_own_footer(client, time_machine):
    time_machine.move_to(NOW, tick=False)
    path = f"/t/{book(make_state('in_transit'), contact=Contact('Asha Raghavan', '+919845012345'))}"
    assert read_footer(client, "/") == [True, False, False]
    # It keeps a typed phone number.
    assert read_footer(client, "/track/") == [False, False, False]
    assert read_footer(client, path) == [False, True, False]
    assert client.post(f"{path}/unlock", {"secret": "2345"}).status_code == 302
    assert read_footer(client, path) == [False, False, True]


def test_a_page_that_cannot_be_unlocked_promises_nothing(client):
    assert read_footer(client, f"/t/{book(make_state('in_transit'))}") == [False, False, False]
