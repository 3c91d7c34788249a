"""What a recipient asks for on an unlocked page reaches operators; a locked page takes nothing."""

import pytest
from django.urls import reverse

from tests.events import at, make_event
from tests.tracking.stories import BOOKING, tell
from tracking.models import Incident, Shipment
from tracking.services.operations.incidents import take_change
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
TOKEN = make_token("123", 0)
PAGE = f"/t/{TOKEN}"


@pytest.fixture
def page(client, api, world, hubs, time_machine):
    """The unlocked page of parcel 123, out for delivery; it is minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    tell(world.store, make_event(1, status="out_for_delivery"))
    assert client.post(reverse("unlock", args=[TOKEN]), {"secret": "560034"}).status_code == 302
    return client


def ask(client, **fields):
    return client.post(reverse("requests", args=[TOKEN]), fields)


def read_page(client):
    return client.get(PAGE).content.decode()


def test_a_wish_becomes_an_incident_without_numbers_or_addresses(page):
    answer = ask(page, kind="other_day", words="Friday. Ring 9845012345 or asha@example.com")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    incident = Incident.objects.get()
    assert (incident.code, incident.severity, incident.shipment_id, incident.why) == (
        "customer_request",
        "medium",
        "123",
        "Asks for another day: Friday. Ring ••• or •••",
    )
    assert "Passed on and not answered yet: Another day." in read_page(page)


def test_the_same_wish_waits_once_and_another_one_beside_it(page):
    for kind in ("note", "note", "address"):
        ask(page, kind=kind)
    assert sorted(Incident.objects.values_list("subject", flat=True)) == ["123/address", "123/note"]


def test_who_misses_a_delivered_parcel_disputes_the_delivery(page, world):
    changes, _ = tell(world.store, make_event(5, "e5", status="delivered"))
    ask(page, kind="not_me")
    # Told late, as a queue may: the delivery itself is no answer to who disputes it.
    for change in changes:
        take_change(change)
    incident = Incident.objects.get(code="delivery_disputed")
    assert (incident.severity, incident.resolved_at) == ("critical", None)
    assert "Passed on and not answered yet: It is not with me." in read_page(page)


def test_a_rating_stays_with_the_booking(page, world):
    assert "How was it?" not in read_page(page)
    tell(world.store, make_event(5, "e5", status="delivered"))
    for rating in ("4", "9", "good"):
        ask(page, rating=rating)
    assert (Shipment.objects.get().rating, Incident.objects.count()) == (4, 0)
    assert "You gave 4 of 5." in read_page(page)


def test_what_nobody_may_ask_for_is_not_passed_on(page):
    ask(page, kind="free_delivery")
    assert Incident.objects.count() == 0


def test_a_locked_page_takes_nothing_and_offers_nothing(page):
    page.cookies.clear()
    assert ask(page, kind="note", rating="1").status_code == 302
    assert (Incident.objects.count(), Shipment.objects.get().rating) == (0, None)
    assert "Ask for something" not in read_page(page)


def test_there_is_a_pause_after_five(page):
    assert [ask(page, kind="note").status_code for _ in range(6)] == [302] * 5 + [429]
