"""A customer request on an unlocked page becomes an incident; a locked page accepts none."""

import pytest
from django.urls import reverse

from tests.events import at, make_event
from tests.tracking.stories import BOOKING, record_timeline
from tracking.models import Incident, Shipment
from tracking.ports import ports
from tracking.services.operations.incidents import update_incidents
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
TOKEN = make_token("123", 0)
PAGE = f"/t/{TOKEN}"


@pytest.fixture
def page(client, api, world, hubs, time_machine):
    """A client with the unlocked page of parcel 123, out for delivery; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    client.cookies["lang"] = "en"
    record_timeline(world.store, make_event(1, status="out_for_delivery"))
    assert client.post(reverse("unlock", args=[TOKEN]), {"secret": "2345"}).status_code == 302
    return client


def send_request(client, **fields):
    return client.post(reverse("requests", args=[TOKEN]), fields)


def read_page(client):
    return client.get(PAGE).content.decode()


def test_a_request_becomes_an_incident_without_numbers_or_addresses(page):
    answer = send_request(page, kind="other_day", words="Friday. Ring 9845012345 or asha@example.com")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    incident = Incident.objects.get()
    assert (incident.code, incident.severity, incident.shipment_id, incident.why) == (
        "customer_request",
        "medium",
        "123",
        "Another day requested: Friday. Ring ••• or •••",
    )
    assert "Request sent, awaiting a reply: Another day." in read_page(page)


def test_the_same_request_is_open_only_once_beside_another_one(page):
    for kind in ("note", "note", "address"):
        send_request(page, kind=kind)
    assert sorted(Incident.objects.values_list("subject", flat=True)) == ["123/address", "123/note"]


def test_a_report_of_a_missing_delivered_parcel_is_a_dispute(page, world):
    changes, _ = record_timeline(world.store, make_event(5, "e5", status="delivered"))
    send_request(page, kind="not_me")
    # A queue may deliver the change late: the delivery itself must not resolve the dispute.
    for change in changes:
        update_incidents(ports(), change)
    incident = Incident.objects.get(code="delivery_disputed")
    assert (incident.severity, incident.resolved_at) == ("critical", None)
    assert "Request sent, awaiting a reply: I have not received it." in read_page(page)


def test_a_rating_is_stored_with_the_booking(page, world):
    assert "How was the delivery?" not in read_page(page)
    send_request(page, rating="1")
    assert Shipment.objects.get().rating is None
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    for rating in ("4", "9", "good"):
        send_request(page, rating=rating)
    assert (Shipment.objects.get().rating, Incident.objects.count()) == (4, 0)
    assert "You rated it 4 out of 5." in read_page(page)


@pytest.mark.parametrize("kind", ["free_delivery", "not_me", ""])
def test_a_request_that_the_page_does_not_offer_is_ignored(page, kind):
    send_request(page, kind=kind)
    assert Incident.objects.count() == 0


def test_a_locked_page_accepts_and_offers_no_request(page):
    page.cookies.clear()
    assert send_request(page, kind="note", rating="1").status_code == 302
    assert (Incident.objects.count(), Shipment.objects.get().rating) == (0, None)
    assert "Request a change" not in read_page(page)


def test_more_than_five_requests_are_limited(page):
    answers = [send_request(page, kind="note") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert answers[5]["Retry-After"] == "900"
    assert "Please wait 15 minutes." in answers[5].content.decode()


def test_a_page_whose_recipient_has_changed_accepts_no_request(page, api):
    assert api.patch("/api/v1/shipments/123", {"recipient": {"name": "Ravi Kumar"}}).status_code == 200
    assert send_request(page, kind="note").status_code == 302
    assert Incident.objects.count() == 0
