"""Notifying: one message for a change that comes twice, none lost, nothing personal in a log."""

import logging
from datetime import timedelta

import pytest
import structlog
from django.utils import timezone

from notifications.address_hashes import hash_addresses
from notifications.models import Delivery, MessageCode
from notifications.ports import Message, ports
from notifications.preference_links import open_link
from notifications.services import notify
from tests.notifications.stories import MAIL, NOON, PHONE, book, count_sent, make_change, make_delay, outcomes
from tracking.domain.changes import split_change
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.status import Direction
from tracking.models import Manifest, Stop, Vehicle
from tracking.tokens import customer_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_recipient_is_notified_by_every_transport_that_offers_the_trigger(transports):
    booking = book()
    notify(ports(), make_change("out_for_delivery"))
    link = customer_link("123", booking.token_n)
    token = open_link("123", hash_addresses({"phone": PHONE, "email": MAIL}))
    code = MessageCode.objects.get(delivery__transport="sms").code
    assert transports["sms"].sent == [
        Message(
            change_id="chg_out_for_delivery",
            shipment_id="123",
            partner_id="prt_1",
            trigger="out_for_delivery",
            status="out_for_delivery",
            livemode=True,
            recipient_id=transports["email"].sent[0].recipient_id,
            address=PHONE,
            subject="",
            body=f"Your parcel went out for delivery on Tue 24 Nov, 11:24 am. {link} #{code}",
            language="en",
            text="out_for_delivery",
            code=code,
            preferences_link=f"http://127.0.0.1:8000/preferences/{token}",
            stop_link=f"http://127.0.0.1:8000/preferences/{token}/stop/sms",
            why_link=f"http://127.0.0.1:8000/preferences/{token}/why/{Delivery.objects.earliest('id').pk}",
        )
    ]
    assert [message.address for message in transports["email"].sent] == [MAIL]
    assert outcomes() == [("out_for_delivery", "sms", "sent", ""), ("out_for_delivery", "email", "sent", "")]


def test_a_delivery_keeps_the_providers_id_and_the_time_it_was_sent(transports):
    book()
    notify(ports(), make_change("picked_up"))
    delivery = Delivery.objects.get()
    assert (delivery.provider_id, delivery.attempts, delivery.finished_at) == (
        "email-1",
        1,
        timezone.now(),
    )


def test_the_recipients_id_is_stable_and_is_no_address(transports):
    book()
    notify(ports(), make_change("created"))
    notify(ports(), make_change("delivered"))
    ids = set(Delivery.objects.values_list("recipient_id", flat=True))
    assert len(ids) == 1
    assert ids.pop().startswith("rcp_")


@pytest.mark.parametrize("failure", [TransientError("sns: Throttling"), RuntimeError("a fault of ours")])
def test_a_fault_of_one_transport_stops_no_other_one(transports, failure):
    book()
    transports["sms"].failure = failure
    with pytest.raises(type(failure)):
        notify(ports(), make_change("attempt_failed"))
    assert count_sent(transports) == [0, 1]


def test_the_same_change_twice_is_one_message(transports):
    book()
    for _ in range(2):
        notify(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [1, 1]
    assert Delivery.objects.count() == 2


def test_of_two_changes_with_the_same_fact_the_second_is_suppressed(transports):
    book()
    notify(ports(), make_change("out_for_delivery"))
    notify(ports(), make_change("out_for_delivery", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]
    assert outcomes()[2:] == [
        ("out_for_delivery", "sms", "suppressed", "not_first"),
        ("out_for_delivery", "email", "suppressed", "not_first"),
    ]


def test_a_suppressed_fact_can_be_sent_by_a_later_change(transports):
    book()
    notify(ports(), make_change("out_for_delivery", occurred_at=NOON - timedelta(hours=1)))
    notify(ports(), make_change("out_for_delivery", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]
    assert [outcome for _, _, outcome, _ in outcomes()] == ["suppressed", "suppressed", "sent", "sent"]


def test_each_episode_of_a_delay_is_sent_once(transports):
    book()
    for episode in (1, 1, 2):
        notify(ports(), make_delay(episode))
    assert count_sent(transports) == [2, 2]


def test_changes_that_were_recorded_together_are_notified_of_one_by_one_as_the_bus_delivers_them(transports):
    book()
    for change in split_change(make_change("out_for_delivery", also=(make_delay(),))):
        notify(ports(), change)
    assert [message.trigger for message in transports["sms"].sent] == ["out_for_delivery", "delayed"]


def test_a_change_that_is_no_trigger_leaves_no_row(transports):
    book()
    notify(ports(), make_change("in_transit"))
    notify(ports(), make_delay(direction=Direction.RETURN))
    assert outcomes() == []


def test_a_shipment_that_was_never_booked_has_no_recipient_to_notify(transports):
    notify(ports(), make_change("out_for_delivery"))
    book(partner=None)
    notify(ports(), make_change("out_for_delivery"))
    assert outcomes() == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"consents": {"sms": False, "email": False}}, "no_consent"),
        ({"consents": {}}, "no_consent"),
        ({"livemode": False}, "test_mode"),
        ({"recipient_phone": "", "recipient_email": ""}, "invalid_address"),
    ],
)
def test_a_suppression_is_kept_with_its_reason(transports, fields, reason):
    book(**fields)
    notify(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [0, 0]
    assert outcomes() == [
        ("out_for_delivery", "sms", "suppressed", reason),
        ("out_for_delivery", "email", "suppressed", reason),
    ]


def test_no_sms_is_sent_to_a_landline(transports):
    book(recipient_phone="+918023456789")
    notify(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", "sms", "suppressed", "not_mobile"),
        ("out_for_delivery", "email", "sent", ""),
    ]


def test_an_optional_trigger_is_not_sent_until_it_is_chosen(transports):
    book()
    notify(ports(), make_change("delivered"))
    assert outcomes() == [
        ("delivered", "sms", "suppressed", "transport_disabled"),
        ("delivered", "email", "sent", ""),
    ]


def test_a_change_that_happened_too_long_ago_is_suppressed(transports):
    book()
    notify(ports(), make_change("out_for_delivery", occurred_at=NOON - timedelta(minutes=15)))
    assert {reason for *_, reason in outcomes()} == {"late_event"}


def test_a_permanent_refusal_is_kept_and_the_change_is_done(transports):
    book()
    transports["sms"].failure = PermanentError("opted_out")
    for _ in range(2):
        notify(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", "sms", "failed", "opted_out"),
        ("out_for_delivery", "email", "sent", ""),
    ]
    assert count_sent(transports) == [0, 1]


def test_a_fact_that_the_provider_refused_can_be_sent_by_a_later_change(transports):
    book()
    transports["sms"].failure = PermanentError("invalid_address")
    notify(ports(), make_change("attempt_failed"))
    transports["sms"].failure = None
    notify(ports(), make_change("attempt_failed", change_id="chg_again"))
    assert count_sent(transports) == [1, 1]


def test_an_unreachable_provider_leaves_the_change_to_be_retried_and_does_not_stop_the_other(transports):
    book()
    transports["sms"].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        notify(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", "sms", "claimed", "unreachable"),
        ("out_for_delivery", "email", "sent", ""),
    ]
    transports["sms"].failure = None
    notify(ports(), make_change("out_for_delivery"))
    assert count_sent(transports) == [1, 1]
    assert outcomes()[0] == ("out_for_delivery", "sms", "sent", "")
    assert Delivery.objects.get(transport="sms").attempts == 2


def test_a_message_that_could_not_be_sent_in_time_is_suppressed(transports, clock):
    book()
    transports["sms"].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        notify(ports(), make_change("out_for_delivery"))
    clock.shift(timedelta(minutes=15))
    notify(ports(), make_change("out_for_delivery"))
    assert outcomes()[0] == ("out_for_delivery", "sms", "suppressed", "late_event")
    assert Delivery.objects.get(transport="sms").fact is None


@pytest.fixture
def logged(monkeypatch):
    """Capture the log lines of every level."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG), cache_logger_on_first_use=False
    )
    monkeypatch.setattr("notifications.services.log", structlog.get_logger())
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(**before)


def test_every_outcome_is_logged_as_a_delivery(transports, logged):
    book(consents={"sms": True})
    notify(ports(), make_change("out_for_delivery"))
    about = {"change_id": "chg_out_for_delivery", "shipment_id": "123", "trigger": "out_for_delivery"}
    about |= {"event": "deliver", "log_level": "info"}
    assert logged == [
        about | {"transport": "sms", "outcome": "sent", "reason": ""},
        about | {"transport": "email", "outcome": "suppressed", "reason": "no_consent"},
    ]


def test_no_log_line_holds_anything_personal(transports, logged, capsys):
    booking = book()
    transports["email"].failure = PermanentError("refused")
    notify(ports(), make_change("out_for_delivery"))
    transports["sms"].failure = TransientError("sns: Throttled")
    with pytest.raises(TransientError):
        notify(ports(), make_change("attempt_failed"))
    printed = capsys.readouterr()
    everything = f"{logged} {printed.out} {printed.err}"
    assert "deliver_failed" in everything
    token = customer_link("123", booking.token_n)[-22:]
    personal = [PHONE, PHONE[3:], MAIL, "Asha", "Church Street", token]
    assert [value for value in personal if value in everything] == []


def test_recipients_of_a_parcel_aboard_a_shadow_vehicle_hear_nothing_until_it_is_in_the_pilot(transports):
    booked = book()
    vehicle = Vehicle.objects.create(vehicle_id="KA-01", partner=booked.partner, cohort="shadow")
    manifest = Manifest.objects.create(manifest_id="m1", vehicle=vehicle, starts_at=NOON)
    Stop.objects.create(manifest=manifest, shipment_id=booked.shipment_id, sequence=1)
    notify(ports(), make_change("out_for_delivery"))
    assert outcomes() == [
        ("out_for_delivery", "sms", "suppressed", "shadow"),
        ("out_for_delivery", "email", "suppressed", "shadow"),
    ]
    Vehicle.objects.update(cohort="pilot")
    notify(ports(), make_change("attempt_failed"))
    assert count_sent(transports) == [1, 1]
