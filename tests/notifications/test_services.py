"""Telling: once, whatever comes twice; nothing lost, nothing personal in a log."""

import logging
from datetime import timedelta

import pytest
import structlog
from django.utils import timezone

from notifications.domain import EMAIL, SMS
from notifications.models import Delivery
from notifications.ports import Message, ports
from notifications.services import tell
from tests.notifications.stories import MAIL, NOON, PHONE, book, count_sent, make_change, make_delay, outcomes
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.status import Leg
from tracking.tokens import customer_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_recipient_is_told_by_every_transport_the_table_names(transports):
    booking = book()
    tell(ports(), make_change("out_for_delivery"))
    link = customer_link("123", booking.token_n)
    assert transports[SMS].sent == [
        Message(
            change_id="chg_out_for_delivery",
            shipment_id="123",
            partner_id="prt_1",
            trigger="out_for_delivery",
            status="out_for_delivery",
            livemode=True,
            recipient_id=transports[EMAIL].sent[0].recipient_id,
            address=PHONE,
            subject="",
            body=f"Your parcel went out for delivery on Tue 24 Nov, 11:24 am. {link}",
            language="en",
        )
    ]
    assert [message.address for message in transports[EMAIL].sent] == [MAIL]
    assert outcomes() == [("out_for_delivery", SMS, "sent", ""), ("out_for_delivery", EMAIL, "sent", "")]


def test_a_delivery_keeps_who_took_it_and_when(transports):
    book()
    tell(ports(), make_change("picked_up"))
    delivery = Delivery.objects.get()
    assert (delivery.provider_id, delivery.attempts, delivery.finished_at) == (
        "email-1",
        1,
        timezone.now(),
    )


def test_the_recipients_id_is_stable_and_is_no_address(transports):
    book()
    tell(ports(), make_change("created"))
    tell(ports(), make_change("delivered"))
    ids = set(Delivery.objects.values_list("recipient_id", flat=True))
    assert len(ids) == 1
    assert ids.pop().startswith("rcp_")


def test_the_same_change_twice_is_one_message(transports):
    book()
    for _ in range(2):
        tell(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [1, 1]
    assert Delivery.objects.count() == 2


def test_two_changes_with_the_same_fact_are_one_message_and_the_second_says_why(transports):
    book()
    tell(ports(), make_change("out_for_delivery"))
    tell(ports(), make_change("out_for_delivery", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]
    assert outcomes()[2:] == [
        ("out_for_delivery", SMS, "suppressed", "not_first"),
        ("out_for_delivery", EMAIL, "suppressed", "not_first"),
    ]


def test_a_fact_that_was_not_told_may_be_told_by_a_later_change(transports):
    book()
    tell(ports(), make_change("out_for_delivery", occurred_at=NOON - timedelta(hours=1)))
    tell(ports(), make_change("out_for_delivery", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]
    assert [outcome for _, _, outcome, _ in outcomes()] == ["suppressed", "suppressed", "sent", "sent"]


def test_each_episode_of_a_delay_is_told_once(transports):
    book()
    for episode in (1, 1, 2):
        tell(ports(), make_delay(episode))
    assert count_sent(transports) == [2, 2]


def test_what_a_change_carries_in_also_is_told_too(transports):
    book()
    tell(ports(), make_change("out_for_delivery", also=(make_delay(),)))
    assert [message.trigger for message in transports[SMS].sent] == ["out_for_delivery", "delayed"]


def test_a_change_that_is_told_to_nobody_leaves_no_row(transports):
    book()
    tell(ports(), make_change("in_transit"))
    tell(ports(), make_delay(leg=Leg.RETURN))
    assert outcomes() == []


def test_a_shipment_nobody_booked_has_nobody_to_tell(transports):
    tell(ports(), make_change("out_for_delivery"))
    book(partner=None)
    tell(ports(), make_change("out_for_delivery"))
    assert outcomes() == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"consent_sms": False, "consent_email": False}, "no_consent"),
        ({"livemode": False}, "test_mode"),
        ({"recipient_phone": "", "recipient_email": ""}, "invalid_address"),
    ],
)
def test_a_decision_to_keep_silent_is_kept_with_its_reason(transports, fields, reason):
    book(**fields)
    tell(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [0, 0]
    assert outcomes() == [
        ("out_for_delivery", SMS, "suppressed", reason),
        ("out_for_delivery", EMAIL, "suppressed", reason),
    ]


def test_a_delivery_by_sms_waits_until_it_is_chosen(transports):
    book()
    tell(ports(), make_change("delivered"))
    assert outcomes() == [
        ("delivered", SMS, "suppressed", "transport_disabled"),
        ("delivered", EMAIL, "sent", ""),
    ]


def test_what_happened_too_long_ago_is_not_told(transports):
    book()
    tell(ports(), make_change("out_for_delivery", occurred_at=NOON - timedelta(minutes=15)))
    assert {reason for *_, reason in outcomes()} == {"late_event"}


def test_a_refusal_for_good_is_kept_and_the_change_is_done(transports):
    book()
    transports[SMS].failure = PermanentError("opted_out")
    for _ in range(2):
        tell(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", SMS, "failed", "opted_out"),
        ("out_for_delivery", EMAIL, "sent", ""),
    ]
    assert count_sent(transports) == [0, 1]


def test_a_fact_the_provider_refused_may_be_told_by_a_later_change(transports):
    book()
    transports[SMS].failure = PermanentError("invalid_address")
    tell(ports(), make_change("attempt_failed"))
    transports[SMS].failure = None
    tell(ports(), make_change("attempt_failed", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]


def test_a_provider_out_of_reach_leaves_the_change_to_come_again_and_does_not_silence_the_other(transports):
    book()
    transports[SMS].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        tell(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", SMS, "claimed", "unreachable"),
        ("out_for_delivery", EMAIL, "sent", ""),
    ]
    transports[SMS].failure = None
    tell(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [1, 1]
    assert outcomes()[0] == ("out_for_delivery", SMS, "sent", "")
    assert Delivery.objects.get(transport=SMS).attempts == 2


def test_what_could_not_be_sent_in_time_is_given_up_with_the_reason(transports, clock):
    book()
    transports[SMS].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        tell(ports(), make_change("out_for_delivery"))
    clock.shift(timedelta(minutes=15))
    tell(ports(), make_change("out_for_delivery"))
    assert outcomes()[0] == ("out_for_delivery", SMS, "suppressed", "late_event")
    assert Delivery.objects.get(transport=SMS).fact is None


@pytest.fixture
def logged(monkeypatch):
    """What is logged, of every level."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG), cache_logger_on_first_use=False
    )
    monkeypatch.setattr("notifications.services.log", structlog.get_logger())
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(**before)


def test_every_outcome_is_logged_by_the_verb_of_its_step(transports, logged):
    book(consent_email=False)
    tell(ports(), make_change("out_for_delivery"))
    about = {"change_id": "chg_out_for_delivery", "shipment_id": "123", "trigger": "out_for_delivery"}
    about |= {"event": "deliver", "log_level": "info"}
    assert logged == [
        about | {"transport": SMS, "outcome": "sent", "reason": ""},
        about | {"transport": EMAIL, "outcome": "suppressed", "reason": "no_consent"},
    ]


def test_no_log_line_holds_anything_personal(transports, logged, capsys):
    booking = book()
    transports[EMAIL].failure = PermanentError("refused")
    tell(ports(), make_change("out_for_delivery"))
    transports[SMS].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        tell(ports(), make_change("attempt_failed"))
    printed = capsys.readouterr()
    everything = f"{logged} {printed.out} {printed.err}"
    assert "deliver_failed" in everything
    token = customer_link("123", booking.token_n)[-22:]
    planted = [PHONE, PHONE[3:], MAIL, "Asha", "Church Street", token]
    assert [words for words in planted if words in everything] == []
