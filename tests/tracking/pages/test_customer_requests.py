"""A customer request on an unlocked page becomes an incident; a locked page accepts none."""

import re

import pytest

from tests.events import at, make_event
from tests.tracking.pages.request_page import PAGE, list_offered, read_page, send_request, unlock_page
from tests.tracking.stories import record_timeline
from tracking.domain.events import format_time
from tracking.models import Incident, Shipment
from tracking.ports import ports
from tracking.services.operations.incident_changes import resolve_incident, say_change
from tracking.services.operations.incidents import update_incidents
from tracking.services.requests.bodies import Resolution

pytestmark = pytest.mark.usefixtures("plain_static")


@pytest.fixture
def page(client, api, world, hubs, time_machine):
    """A client with the unlocked page of parcel 123, out for delivery; the clock is at minute 10."""
    return unlock_page(client, api, world, time_machine)


def test_a_request_becomes_an_incident_without_numbers_or_addresses(page):
    answer = send_request(
        page, kind="other_day", day="2026-11-23", words="Ring 9845012345 or asha@example.com"
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#asked")
    incident = Incident.objects.get()
    assert (incident.code, incident.severity, incident.shipment_id, incident.why) == (
        "customer_request",
        "medium",
        "123",
        "Another day requested: Mon 23 Nov. Ring ••• or •••",
    )
    text = read_page(page)
    assert (
        '<p class="said" id="asked" tabindex="-1" role="status">Request sent, awaiting a reply: '
        "Another day: Mon 23 Nov (“Ring ••• or •••”)." in text
    )
    # What is asked already is not offered again.
    assert list_offered(text) == ["note", "neighbour", "address"]


@pytest.mark.parametrize(
    ("language", "confirmation"),
    [("hi", "किसी और दिन: सोमवार, 23 नवंबर"), ("ta", "வேறு நாள்: திங்கள், நவம்பர் 23")],
)
def test_the_day_that_was_asked_for_is_confirmed_in_the_language_of_the_page(page, language, confirmation):
    send_request(page, kind="other_day", day="2026-11-23")
    page.cookies["lang"] = language
    assert confirmation in read_page(page)


def test_the_same_request_is_open_only_once_beside_another_one(page):
    for kind in ("note", "note", "address"):
        send_request(page, kind=kind, words="Ring twice")
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
    assert "of 5 stars" not in read_page(page)
    send_request(page, rating="1")
    assert Shipment.objects.get().rating is None
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    places = [send_request(page, rating=rating)["Location"] for rating in ("4", "9", "good")]
    assert places == [f"{PAGE}#rated", f"{PAGE}#private", f"{PAGE}#private"]
    assert (Shipment.objects.get().rating, Incident.objects.count()) == (4, 0)
    assert "Thank you. You gave 4 of 5 stars." in read_page(page)
    assert read_page(page).count('class="lit"') == 4


@pytest.mark.parametrize("kind", ["free_delivery", "not_me", ""])
def test_a_request_that_the_page_does_not_offer_is_ignored(page, kind):
    send_request(page, kind=kind)
    assert Incident.objects.count() == 0


def test_a_locked_page_accepts_and_offers_no_request(page):
    page.cookies.clear()
    page.cookies["lang"] = "en"
    assert send_request(page, kind="note", rating="1").status_code == 302
    assert (Incident.objects.count(), Shipment.objects.get().rating) == (0, None)
    assert (list_offered(read_page(page)), "Show details" in read_page(page)) == ([], True)


def test_more_than_five_requests_are_limited(page):
    answers = [send_request(page, kind="note", words=f"Floor {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert answers[5]["Retry-After"] == "900"
    text = answers[5].content.decode()
    assert (
        '<p class="wrong" role="alert" tabindex="-1" autofocus>You have sent 5 requests in 15 minutes.'
        in text
    )


def test_a_page_whose_recipient_has_changed_accepts_no_request(page, api):
    assert api.patch("/api/v1/shipments/123", {"recipient": {"name": "Ravi Kumar"}}).status_code == 200
    assert send_request(page, kind="note").status_code == 302
    assert Incident.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "other_day"}, "Choose one of these days."),
        ({"kind": "other_day", "day": "2026-11-22"}, "Choose one of these days."),
        ({"kind": "other_day", "day": "tomorrow"}, "Choose one of these days."),
        ({"kind": "note", "words": "  "}, "Write a short note first."),
        ({"kind": "neighbour"}, "Write the neighbour&#x27;s name and flat."),
    ],
)
def test_a_request_with_a_mistake_is_shown_again_with_the_error_at_its_field(page, fields, error):
    answer = send_request(page, **fields)
    text, kind = answer.content.decode(), fields["kind"]
    assert (answer.status_code, answer["Cache-Control"]) == (422, "private, no-store")
    form = text[text.index(f'value="{kind}"') : text.index("</form>", text.index(f'value="{kind}"'))]
    assert f'<p class="wrong" id="{kind}-error" role="alert">{error}</p>' in form
    assert (f'aria-describedby="{kind}-error' in form, form.count("autofocus")) == (True, 1)
    assert Incident.objects.count() == 0


def test_a_neighbour_is_asked_for_by_name(page):
    assert send_request(page, kind="neighbour", words="Meera, flat 12")["Location"] == f"{PAGE}#asked"
    assert Incident.objects.get().why == "Asked to leave it with a neighbour: Meera, flat 12"


def test_after_an_attempt_at_an_incomplete_address_the_address_comes_first(page, world):
    assert list_offered(read_page(page)) == ["other_day", "note", "neighbour", "address"]
    failed = make_event(5, "e5", status="attempt_failed", substatus="address_incomplete")
    record_timeline(world.store, failed)
    assert list_offered(read_page(page)) == ["address", "other_day", "note", "neighbour"]
    assert "What would help?" in read_page(page)


@pytest.mark.parametrize("status", ["lost", "returning"])
def test_a_card_without_requests_says_why_and_who_helps(page, world, status):
    record_timeline(world.store, make_event(5, "e5", status=status))
    text = read_page(page)
    assert list_offered(text) == []
    card = text[text.index('id="private"') : text.index("</section>", text.index('id="private"'))]
    assert "This delivery can no longer be changed" in card
    assert "For a refund or a new delivery, contact the sender." in card


def test_recipients_may_call_where_somebody_answers(page, settings):
    assert "Call us" not in read_page(page)
    settings.SUPPORT_PHONE = "+918012345678"
    assert '<a class="button second" href="tel:+918012345678">Call us</a>' in read_page(page)


def withdraw(client, kind):
    return send_request(client, withdraw=kind)


def test_a_withdrawn_request_is_resolved_said_and_offered_again(page, world):
    send_request(page, kind="other_day", day="2026-11-23")
    send_request(page, kind="note", words="Ring twice")
    button = 'name="withdraw" value="other_day" aria-label="Withdraw: Another day: Mon 23 Nov">'
    assert button in read_page(page)
    # The answer to the first try may be lost on its way: the browser sends it again.
    answers = [withdraw(page, "other_day") for _ in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"{PAGE}#withdrawn")
    ] * 2
    incident = Incident.objects.get(subject="123/other_day")
    assert (incident.resolved_at, incident.resolved_by, incident.resolution_code, incident.version) == (
        at(10),
        "recipient",
        "withdrawn",
        2,
    )
    assert Incident.objects.get(subject="123/note").resolved_at is None
    text = read_page(page)
    assert (
        'id="withdrawn" tabindex="-1" role="status">Request withdrawn: Another day: Mon 23 Nov.</p>' in text
    )
    assert re.findall(r'name="withdraw" value="(\w+)"', text) == ["note"]
    assert list_offered(text) == ["other_day", "neighbour", "address"]


def test_a_request_that_is_sent_again_after_its_withdrawal_is_open_once_more(page, time_machine):
    send_request(page, kind="note", words="Ring")
    withdraw(page, "note")
    time_machine.move_to(at(11), tick=False)
    send_request(page, kind="note", words="Knock")
    text = read_page(page)
    assert ("Your note (“Knock”)" in text, "Request withdrawn" in text) == (True, False)
    assert [row.resolution_code for row in Incident.objects.order_by("pk")] == ["withdrawn", ""]


def test_a_withdrawal_is_said_for_a_quarter_of_an_hour(page, time_machine):
    send_request(page, kind="note", words="Ring")
    withdraw(page, "note")
    time_machine.move_to(at(24), tick=False)
    assert "Request withdrawn: Your note (“Ring”)." in read_page(page)
    time_machine.move_to(at(25), tick=False)
    assert "Request withdrawn" not in read_page(page)


def test_a_request_that_an_operator_has_acted_on_cannot_be_withdrawn(page):
    send_request(page, kind="note", words="Ring")
    resolution = Resolution(resolution_code="other")
    resolve_incident(ports().live, Incident.objects.get(), resolution, "staff_0", at(10))
    answer = withdraw(page, "note")
    assert (answer.status_code, Incident.objects.get().resolution_code) == (409, "other")
    assert (
        '<p class="wrong" role="alert" tabindex="-1" autofocus>It is too late to withdraw this request: '
        "the delivery team has already acted on it.</p>"
    ) in answer.content.decode()


def test_a_request_cannot_be_withdrawn_after_the_driver_has_delivered(page, world):
    send_request(page, kind="neighbour", words="Meera, flat 12")
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    answer = withdraw(page, "neighbour")
    assert (answer.status_code, Incident.objects.get().resolved_at) == (409, None)
    text = answer.content.decode()
    assert "It is too late to withdraw this request: the parcel has been delivered." in text


@pytest.mark.parametrize("kind", ["note", "free_delivery"])
def test_a_request_that_was_never_sent_cannot_be_withdrawn(page, kind):
    assert (withdraw(page, kind).status_code, Incident.objects.count()) == ({"note": 409}.get(kind, 302), 0)


def test_a_locked_page_withdraws_nothing(page):
    send_request(page, kind="note", words="Ring")
    page.cookies.clear()
    assert withdraw(page, "note").status_code == 302
    assert Incident.objects.get().resolved_at is None


def test_consoles_show_at_once_and_in_words_that_a_request_was_withdrawn(page, world):
    send_request(page, kind="note", words="Ring")
    withdraw(page, "note")
    resolved = [row["resolved_at"] for frame in world.live.fleet for row in frame["incidents"]]
    assert resolved == [None, format_time(at(10))]
    assert say_change(Incident.objects.get()) == "recipient withdrew it at 12:40:00."
