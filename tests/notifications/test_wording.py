"""Notification texts: fact, time, link, in the language of the recipient."""

from datetime import timedelta
from itertools import product

import pytest

from notifications.domain import Trigger
from notifications.ports import ports
from notifications.texts.messages import PAST
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from notifications.wording import RenderedMessage, headline, render_message
from tests.notifications.stories import NOON, make_eta, plan_notification
from tracking.eta.shown_arrival import find_shown

LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
CODE = "K7M2Q9XB"
WIRED = [transport.declaration for transport in ports().transports.values()]


def render(planned, link=LINK, language="en"):
    return render_message(planned, link, language, CODE, planned.change.occurred_at)


@pytest.mark.parametrize(
    ("trigger", "transport"),
    [*product([trigger for trigger in Trigger if trigger in PAST], WIRED)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_message_states_the_fact_then_the_time_with_its_weekday_then_the_link(trigger, transport):
    body = render(plan_notification(trigger, transport)).body
    fact = PAST[trigger].split("{at}")[0]
    assert body.startswith(fact)
    assert 0 < body.index("Tue 24 Nov, 11:24 am") < body.index(LINK)
    assert body.count("http") == 1


def test_an_sms_is_the_fact_and_the_link_without_a_subject():
    assert render(plan_notification(Trigger.DELIVERED, SMS)) == RenderedMessage(
        "", f"Your parcel was delivered on Tue 24 Nov, 11:24 am. {LINK} #K7M2Q9XB"
    )


def test_an_email_has_a_subject_with_the_shipment_and_plain_text():
    planned = plan_notification(Trigger.OUT_FOR_DELIVERY, EMAIL, eta=make_eta(36, 127))
    assert render(planned) == RenderedMessage(
        "Out for delivery: 123",
        "Your parcel is out for delivery. Expected Tue 24 Nov, 12 pm to 1:45 pm.\n\n"
        f"Follow it here: {LINK}\n\n"
        "Shipment 123. Message number K7M2Q9XB. Times are Indian time (IST).\n",
    )


def test_a_message_that_is_sent_after_its_window_has_begun_states_the_end_alone():
    planned = plan_notification(Trigger.OUT_FOR_DELIVERY, SMS, eta=make_eta(36, 127))
    begun = NOON + timedelta(minutes=60)
    bodies = [render_message(planned, LINK, "en", CODE, now).body for now in (NOON, begun)]
    assert bodies == [
        f"Your parcel is out for delivery. Expected Tue 24 Nov, {when}. {LINK} #{CODE}"
        for when in ("12 pm to 1:45 pm", "by 1:45 pm")
    ]


def test_braces_in_a_value_are_left_as_they_are():
    planned = plan_notification(Trigger.DELIVERED, EMAIL, shipment_id="{link}")
    assert render(planned, "https://track.example/t/{fact}") == RenderedMessage(
        "Delivered: {link}",
        "Your parcel was delivered on Tue 24 Nov, 11:24 am.\n\n"
        "Follow it here: https://track.example/t/{fact}\n\n"
        "Shipment {link}. Message number K7M2Q9XB. Times are Indian time (IST).\n",
    )


@pytest.mark.parametrize("trigger", Trigger)
def test_the_longest_subject_is_accepted_by_sns(trigger):
    subject = render(plan_notification(trigger, EMAIL, shipment_id="x" * 64)).subject
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
    body = render(plan_notification(Trigger.DELAYED, SMS, eta=eta)).body
    assert body == f"Your parcel is delayed. Now expected {window}. {LINK} #K7M2Q9XB"


IN_HINDI = (
    "आपका पार्सल डिलीवरी के लिए निकल गया है। इसके मंगलवार 24 नवंबर को दोपहर 12 बजे से 1:45 बजे के बीच "
    f"पहुँचने की उम्मीद है।\n\nयहाँ देखें: {LINK}\n\n"
    "शिपमेंट 123। संदेश संख्या K7M2Q9XB। सभी समय भारतीय समय (IST) में हैं।\n"
)
IN_TAMIL = (
    "உங்கள் பார்சல் டெலிவரிக்குப் புறப்பட்டுவிட்டது. செவ்வாய், நவம்பர் 24, பிற்பகல் 12 மணி முதல் "
    f"1:45 மணிக்குள் வந்து சேரும் என எதிர்பார்க்கிறோம்.\n\nஇங்கே பார்க்கலாம்: {LINK}\n\n"
    "ஷிப்மென்ட் 123. செய்தி எண் K7M2Q9XB. எல்லா நேரங்களும் இந்திய நேரம் (IST).\n"
)


@pytest.mark.parametrize(("language", "body"), [("hi", IN_HINDI), ("ta", IN_TAMIL)])
def test_an_email_is_in_the_language_that_is_asked_for(language, body):
    planned = plan_notification(Trigger.OUT_FOR_DELIVERY, EMAIL, eta=make_eta(36, 127))
    assert render(planned, language=language).body == body


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("hi", "आपके पार्सल की डिलीवरी नहीं हो सकी: मंगल 24 नव॰, 11:24 am"),
        ("ta", "பார்சலை டெலிவரி செய்ய முடியவில்லை: செவ். 24 நவ., 11:24 am"),
    ],
)
def test_an_sms_has_the_short_text_of_its_language(language, body):
    planned = plan_notification(Trigger.ATTEMPT_FAILED, SMS)
    assert render(planned, language=language).body == f"{body} {LINK} #K7M2Q9XB"


def test_triggers_that_are_no_status_have_headlines_of_their_own():
    assert [headline("arriving"), headline("pickup_reminder"), headline("delayed", "hi")] == [
        "Almost there",
        "Waiting for pickup",
        "देरी हो रही है",
    ]
