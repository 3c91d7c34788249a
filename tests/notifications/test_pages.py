"""Outbox page: what was sent, what was suppressed, and who may see it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.urls import reverse

from notifications.domain import Trigger
from notifications.models import Delivery, OutboxMessage
from notifications.reasons import REASONS
from tests.notifications.stories import MAIL, PHONE
from tests.staff import make_staff
from tests.tracking.pages.visible_text import find_codes
from tracking.models import StaffAction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
PAGE = "/ops/outbox/"
HTMX = {"HX-Request": "true"}


def add_message(**fields: object) -> OutboxMessage:
    """A copy of an SMS about shipment 123."""
    defaults = {
        "change_id": "chg_1",
        "recipient_id": "rcp_one",
        "transport": "sms",
        "shipment_id": "123",
        "trigger": "delivered",
        "address": PHONE,
        "body": "Your parcel was delivered on Tue 24 Nov, 11:24 am. https://track.example/t/abc",
        "language": "en",
    }
    return OutboxMessage.objects.create(**defaults | fields)


def add_suppression(**fields: object) -> Delivery:
    """A decision to send nothing about shipment 123."""
    defaults = {
        "change_id": "chg_1",
        "recipient_id": "rcp_one",
        "transport": "email",
        "shipment_id": "123",
        "trigger": "delivered",
        "outcome": "suppressed",
        "reason": "no_consent",
    }
    return Delivery.objects.create(**defaults | fields)


@pytest.fixture
def staff(client):
    client.force_login(make_staff())
    return client


def read(client, headers: dict[str, str] | None = None, **query: str) -> str:
    answer = client.get(PAGE, query, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@override_settings(NOTIFICATIONS_OUTBOX=False)
def test_where_the_outbox_is_off_the_page_does_not_exist_even_for_staff(staff, client):
    assert staff.get(PAGE).status_code == 404


@override_settings(NOTIFICATIONS_OUTBOX=False)
def test_where_the_outbox_is_off_a_stranger_is_not_asked_to_sign_in(client):
    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize("user", [None, "somebody"])
def test_everybody_but_staff_is_redirected_to_sign_in(client, user):
    if user:
        client.force_login(User.objects.create_user(user))
    answer = client.get(PAGE)
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("ops:login"))


def test_an_sms_shows_its_text_its_length_and_a_masked_number(staff):
    add_message()
    page = read(staff)
    assert "Your parcel was delivered on Tue 24 Nov, 11:24 am." in page
    assert "GSM-7 · 78 septets · 1 segment<" in page
    assert "SMS to +91 ••• ••• 10" in page
    assert "chg_1" in page
    assert PHONE not in page


def test_an_email_shows_subject_and_text_and_a_masked_address(staff):
    add_message(transport="email", address=MAIL, subject="Delivered: 123", body="Line one.\n\nLine two.\n")
    page = read(staff)
    assert "<h2>Delivered: 123</h2>" in page
    assert "E-mail to a•••@example.com" in page
    assert MAIL not in page


def test_the_totals_count_the_messages_of_each_transport(staff):
    add_message()
    add_message(change_id="chg_2")
    page = read(staff)
    assert "<div><dt>SMS</dt><dd>2</dd></div> <div><dt>E-mails</dt><dd>0</dd></div>" in page


def test_a_message_of_a_transport_that_is_not_wired_any_more_shows_its_name_and_no_address(staff):
    add_message(transport="telex", address=MAIL)
    add_suppression(transport="telex", reason="refused")
    page = read(staff)
    assert "telex to •••<" in page
    assert "<dt>telex</dt><dd>1</dd>" in page
    assert "telex · Delivered" in page
    assert MAIL not in page


def test_the_newest_message_comes_first(staff):
    add_message(body="the older one")
    add_message(body="the newer one", change_id="chg_2")
    page = read(staff)
    assert page.index("the newer one") < page.index("the older one")


def test_a_message_sent_twice_says_so_on_both_copies(staff):
    add_message()
    assert "Sent 2 times" not in read(staff)
    add_message()
    assert read(staff).count("Sent 2 times") == 2


@pytest.mark.parametrize(
    ("fields", "reason", "state"),
    [
        ({}, "No consent", "not sent"),
        ({"reason": "late_event"}, "Too late to be useful", "not sent"),
        ({"outcome": "failed", "reason": "opted_out"}, "Recipient opted out", "failed"),
        ({"outcome": "claimed", "reason": "unreachable"}, "Provider not reachable, trying again", "waiting"),
    ],
)
def test_a_suppression_shows_its_reason_in_words_and_never_its_code(staff, fields, reason, state):
    delivery = add_suppression(**fields)
    page = read(staff)
    assert f"<b>{reason}</b>" in page
    assert f"</svg>{state}</span>" in page
    assert delivery.reason not in page


def test_no_reason_and_no_trigger_is_shown_as_a_code(staff):
    for number, reason in enumerate(REASONS):
        add_suppression(reason=reason, change_id=f"chg_{number}")
    for number, trigger in enumerate(Trigger):
        add_suppression(trigger=trigger, change_id=f"chg_t{number}")
        add_message(trigger=trigger)
    assert find_codes(read(staff)) == []


@pytest.mark.parametrize("outcome", ["sent", "claimed"])
def test_what_was_sent_or_is_being_sent_is_not_listed_as_suppressed(staff, outcome):
    add_suppression(outcome=outcome, reason="")
    assert "Nothing was held back." in read(staff)


def test_the_page_can_be_filtered_by_shipment(staff):
    add_message()
    add_message(shipment_id="999", body="about another parcel")
    add_suppression()
    add_suppression(shipment_id="999", change_id="chg_9", reason="late_event")
    page = read(staff, shipment="99")
    assert "about another parcel" in page
    assert "Too late to be useful" in page
    assert "was delivered on" not in page
    assert "No consent" not in page


def test_an_empty_outbox_says_so(staff):
    assert "Nothing has been sent yet." in read(staff)
    assert "Nothing was sent for a shipment that starts with “<b>”." not in read(staff, shipment="<b>")


def test_to_open_the_outbox_is_in_the_audit_log_and_its_polls_are_not(staff):
    read(staff)
    read(staff, headers=HTMX)
    read(staff, shipment="123")
    kept = list(StaffAction.objects.order_by("pk").values_list("verb", "subject"))
    assert kept == [("read_outbox", "messages of all shipments"), ("read_outbox", "messages of 123")]


def test_the_feed_asks_again_and_gets_204_while_nothing_is_new(staff):
    add_message()
    asks = re.search(r'hx-get="([^"]+seen=[^"]+)"', read(staff)).group(1).replace("&amp;", "&")
    assert staff.get(asks, headers=HTMX).status_code == 204
    add_message(change_id="chg_2", body="something new")
    feed = staff.get(asks, headers=HTMX).content.decode()
    assert "something new" in feed
    assert "<html" not in feed


def test_going_back_in_the_browser_loads_the_whole_page(staff):
    assert "<html" in read(staff, HTMX | {"HX-History-Restore-Request": "true"})


def test_the_page_obeys_the_content_policy_and_is_not_cached(staff):
    add_message()
    add_suppression()
    page = staff.get(PAGE)
    assert "no-store" in page["Cache-Control"]
    assert "script-src 'self'" in page["Content-Security-Policy"]
    feed = staff.get(PAGE, headers=HTMX).content.decode()
    assert re.findall(r"style=|<script|\son\w+=|hx-on|hx-vals|js:", feed) == []


MAIL_HTML = "<!doctype html><html><body><p>Your parcel was delivered.</p></body></html>"


def test_an_email_with_html_is_shown_in_a_sandboxed_frame(staff):
    message = add_message(transport="email", address=MAIL, subject="Delivered: 123", html=MAIL_HTML)
    page = read(staff)
    assert f'src="/ops/outbox/{message.pk}/html"' in page
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "frame-src 'self'" in staff.get(PAGE)["Content-Security-Policy"]


def test_the_frame_has_the_html_as_sent_and_a_policy_that_allows_nothing_but_its_styles(staff):
    message = add_message(transport="email", address=MAIL, subject="Delivered: 123", html=MAIL_HTML)
    answer = staff.get(f"{PAGE}{message.pk}/html")
    policy = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
    assert (answer.content.decode(), answer["X-Frame-Options"]) == (MAIL_HTML, "SAMEORIGIN")
    assert policy == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    }


def test_a_message_without_html_has_no_frame(staff):
    message = add_message()
    assert "<iframe" not in read(staff)
    assert staff.get(f"{PAGE}{message.pk}/html").status_code == 404


def test_the_html_of_an_email_needs_a_login_and_an_outbox(client, staff, settings):
    message = add_message(html=MAIL_HTML)
    client.logout()
    assert client.get(f"{PAGE}{message.pk}/html").status_code == 302
    settings.NOTIFICATIONS_OUTBOX = False
    assert client.get(f"{PAGE}{message.pk}/html").status_code == 404
