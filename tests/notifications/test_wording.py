"""Notification texts: fact, time, link; always within the limit of their transport, and nothing personal."""

from datetime import timedelta
from itertools import product

import pytest

from notifications.domain import Trigger
from notifications.ports import ports
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from notifications.wording import AHEAD, MAX_PUBLIC_URL, PAST, RenderedMessage, render_message
from tests.notifications.stories import NOON, make_eta, plan_notification
from tracking.eta.shown_arrival import find_shown

LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
# The longest possible link: the longest address of the site, and a token of 22 characters.
LONGEST_LINK = "https://".ljust(MAX_PUBLIC_URL, "w") + "/t/" + "_" * 22
# Wednesday 25 November 2026, 10:59 pm in India: day, hour and minutes have two digits.
LATE_EVENING = NOON + timedelta(days=1, hours=11, minutes=35)
# A window of the next day whose times have two digits of hours and of minutes.
LONGEST_ETA = make_eta(22 * 60 + 55, 23 * 60 + 15)


WIRED = [transport.declaration for transport in ports().transports.values()]


@pytest.mark.parametrize(
    ("transport", "trigger", "eta"),
    [*product(WIRED, Trigger, [None, LONGEST_ETA])],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_message_keeps_to_the_limit_of_its_transport_with_the_longest_values(transport, trigger, eta):
    planned = plan_notification(trigger, transport, occurred_at=LATE_EVENING, eta=eta)
    body = render_message(planned, LONGEST_LINK).body
    limit = transport.limit
    assert limit is None or limit.measure(body).segments <= limit.max_segments


@pytest.mark.parametrize(("trigger", "eta"), [*product(Trigger, [None, LONGEST_ETA])])
def test_every_sms_is_in_the_alphabet_with_the_most_characters(trigger, eta):
    planned = plan_notification(trigger, SMS, occurred_at=LATE_EVENING, eta=eta)
    assert SMS.limit.measure(render_message(planned, LONGEST_LINK).body).encoding == "GSM-7"


def test_the_longest_values_are_the_longest():
    body = render_message(plan_notification(Trigger.DELAYED, SMS, eta=LONGEST_ETA), LONGEST_LINK).body
    assert body == ("Your parcel is delayed. Now expected Wed 25 Nov, 10:15 am to 11:15 am. " + LONGEST_LINK)
    late = render_message(plan_notification(Trigger.ON_HOLD, SMS, occurred_at=LATE_EVENING), LINK).body
    assert "Wed 25 Nov, 10:59 pm" in late


def test_every_trigger_has_a_text():
    assert set(PAST) | set(AHEAD) == set(Trigger)


@pytest.mark.parametrize(
    ("trigger", "transport"),
    [*product(PAST, WIRED)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_message_states_the_fact_then_the_time_with_its_weekday_then_the_link(trigger, transport):
    body = render_message(plan_notification(trigger, transport), LINK).body
    fact = PAST[trigger].split("{at}")[0]
    assert body.startswith(fact)
    assert 0 < body.index("Tue 24 Nov, 11:24 am") < body.index(LINK)
    assert body.count("http") == 1


def test_an_sms_is_the_fact_and_the_link_without_a_subject():
    assert render_message(plan_notification(Trigger.DELIVERED, SMS), LINK) == RenderedMessage(
        "", f"Your parcel was delivered on Tue 24 Nov, 11:24 am. {LINK}"
    )


def test_an_email_has_a_subject_with_the_shipment_and_plain_text():
    planned = plan_notification(Trigger.OUT_FOR_DELIVERY, EMAIL, eta=make_eta(36, 127))
    assert render_message(planned, LINK) == RenderedMessage(
        "Out for delivery: 123",
        "Your parcel is out for delivery. Expected Tue 24 Nov, 12 pm to 1:45 pm.\n\n"
        f"Follow it here: {LINK}\n\n"
        "Shipment 123. Times are Indian time (IST).\n",
    )


def test_braces_in_a_value_are_left_as_they_are():
    planned = plan_notification(Trigger.DELIVERED, EMAIL, shipment_id="{link}")
    assert render_message(planned, "https://track.example/t/{fact}") == RenderedMessage(
        "Delivered: {link}",
        "Your parcel was delivered on Tue 24 Nov, 11:24 am.\n\n"
        "Follow it here: https://track.example/t/{fact}\n\n"
        "Shipment {link}. Times are Indian time (IST).\n",
    )


@pytest.mark.parametrize("trigger", Trigger)
def test_the_longest_subject_is_accepted_by_sns(trigger):
    subject = render_message(plan_notification(trigger, EMAIL, shipment_id="x" * 64), LINK).subject
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_an_email_has_the_window_that_the_page_shows():
    shown = find_shown(make_eta(36, 127))
    assert (shown.from_, shown.to) == (NOON + timedelta(minutes=36), NOON + timedelta(minutes=141))


@pytest.mark.parametrize(
    ("eta", "window"),
    [
        (make_eta(6, 96), "Tue 24 Nov, 11:30 am to 1 pm"),
        (make_eta(-10, 60), "Tue 24 Nov, by 12:30 pm"),
        (make_eta(60, 60), "Tue 24 Nov, 12:15 pm to 1:15 pm"),
        # At night nobody opens: the next morning.
        (make_eta(12 * 60, 14 * 60), "Wed 25 Nov, 8 am to 9 pm"),
        (make_eta(24 * 60, 48 * 60), "by Thu 26 Nov"),
        # A window that has passed, and none at all: the rest of the delivery hours.
        (make_eta(-90, -45), "Tue 24 Nov, by 9 pm"),
        (None, "Tue 24 Nov, by 9 pm"),
    ],
)
def test_a_delay_always_has_a_time_within_delivery_hours(eta, window):
    body = render_message(plan_notification(Trigger.DELAYED, SMS, eta=eta), LINK).body
    assert body == f"Your parcel is delayed. Now expected {window}. {LINK}"
