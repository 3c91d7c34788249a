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

LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
# The longest possible link: the longest address of the site, and a token of 22 characters.
LONGEST_LINK = "https://".ljust(MAX_PUBLIC_URL, "w") + "/t/" + "_" * 22
# Wednesday 25 November 2026, 10:59 pm in India: day, hour and minutes have two digits.
LATE_EVENING = NOON + timedelta(days=1, hours=11, minutes=35)
# A window over midnight, which needs both days.
LONGEST_ETA = make_eta(36 * 60 + 1, 36 * 60 + 45)


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
    assert body == (
        "Your parcel is delayed. Now expected Wed 25 Nov, 11:15 pm to Thu 26 Nov, 12:15 am. " + LONGEST_LINK
    )
    late = render_message(plan_notification(Trigger.ON_HOLD, SMS, occurred_at=LATE_EVENING), LINK).body
    assert "Wed 25 Nov, 10:59 pm" in late


def test_every_trigger_has_a_text():
    assert set(PAST) == set(Trigger)
    assert set(AHEAD) <= set(Trigger)


@pytest.mark.parametrize(
    ("trigger", "transport"),
    [*product(Trigger, WIRED)],
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


def test_a_window_that_has_passed_is_not_stated():
    body = render_message(plan_notification(Trigger.DELAYED, SMS, eta=make_eta(-90, -30)), LINK).body
    assert body == f"Your parcel is delayed, as of Tue 24 Nov, 11:24 am. {LINK}"


def test_a_window_is_widened_to_quarters_of_an_hour_and_never_narrowed():
    body = render_message(plan_notification(Trigger.DELAYED, SMS, eta=make_eta(6, 96)), LINK).body
    assert body == f"Your parcel is delayed. Now expected Tue 24 Nov, 11:30 am to 1 pm. {LINK}"
