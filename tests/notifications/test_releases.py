"""Deferred notifications: released when they are due, decided anew, and none lost by a crash."""

from datetime import UTC, datetime, time, timedelta

import pytest
import structlog

from notifications.address_hashes import hash_address
from notifications.consent_models import Preference
from notifications.consents import Statement, Way, read_choices, record_statements
from notifications.models import Delivery
from notifications.ports import ports
from notifications.services import notify, release_due
from tests.notifications.stories import (
    NOON,
    PHONE,
    book,
    count_sent,
    make_change,
    make_delay,
    make_eta,
    make_state,
    outcomes,
)
from tracking.domain.delay import Delay
from tracking.domain.errors import PermanentError, TransientError
from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, keep_contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
# Ten in the evening in India, and eight on the next morning.
EVENING = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
LATE = make_state("in_transit", delay=Delay(is_reported=True, episode=1))
WAITING = make_state("available_for_pickup")


@pytest.fixture
def deferred(transports, clock):
    """Defer the SMS of a delay until the morning; return the transports."""
    book()
    clock.move_to(EVENING)
    notify(ports(), make_delay(occurred_at=EVENING))
    assert outcomes() == [("delayed", "sms", "deferred", "quiet_hours"), ("delayed", "email", "sent", "")]
    return transports


def release(clock, moment, state=LATE):
    clock.move_to(moment)
    return release_due(ports(), lambda _: state, moment)


def test_what_was_deferred_is_sent_once_when_it_is_due(deferred, clock):
    assert release(clock, MORNING - timedelta(seconds=1)) == 0
    assert [release(clock, MORNING + timedelta(seconds=n)) for n in (0, 30)] == [1, 0]
    assert count_sent(deferred) == [1, 1]
    assert deferred["sms"].sent[0].change_id == "chg_late_1"
    assert outcomes()[0] == ("delayed", "sms", "sent", "")


def test_the_same_change_while_it_is_deferred_changes_nothing(deferred, clock):
    before = Delivery.objects.get(transport="sms")
    notify(ports(), make_delay(occurred_at=EVENING))
    again = Delivery.objects.get(transport="sms")
    assert (again.outcome, again.due_at, again.repeats) == ("deferred", before.due_at, before.repeats + 1)


def test_of_two_deferred_messages_of_one_fact_one_is_sent(deferred, clock):
    notify(ports(), make_delay(occurred_at=EVENING, change_id="chg_again"))
    assert release(clock, MORNING) == 2
    assert [row[2:] for row in outcomes() if row[1] == "sms"] == [("sent", ""), ("suppressed", "not_first")]


def test_an_opt_out_at_night_holds_in_the_morning(deferred, clock):
    said = [Statement("sms", is_allowed=False)]
    record_statements([hash_address(PHONE)], said, Way.ONE_CLICK, EVENING)
    release(clock, MORNING)
    assert outcomes()[0] == ("delayed", "sms", "suppressed", "opted_out")


def test_a_process_that_dies_after_it_has_claimed_the_row_loses_no_message(deferred, clock):
    Delivery.objects.filter(transport="sms").update(outcome="claimed", reason="", claimed_at=MORNING)
    assert release(clock, MORNING + timedelta(seconds=60)) == 0
    assert release(clock, MORNING + timedelta(seconds=61)) == 1
    assert count_sent(deferred) == [1, 1]


def test_a_provider_that_cannot_be_reached_is_tried_again_by_the_next_sweep(deferred, clock):
    deferred["sms"].failure = TransientError("sns: Throttled")
    release(clock, MORNING)
    assert outcomes()[0] == ("delayed", "sms", "claimed", "unreachable")
    deferred["sms"].failure = None
    release(clock, MORNING + timedelta(seconds=30))
    assert (outcomes()[0], count_sent(deferred)) == (("delayed", "sms", "sent", ""), [1, 1])


def test_a_message_that_is_refused_in_the_morning_is_done(deferred, clock):
    deferred["sms"].failure = PermanentError("refused")
    release(clock, MORNING)
    assert outcomes()[0] == ("delayed", "sms", "failed", "refused")
    assert release(clock, MORNING + timedelta(hours=1)) == 0


def test_a_store_that_cannot_be_reached_leaves_the_row_for_the_next_sweep(deferred, clock):
    def fail(_shipment_id):
        raise TransientError("dynamodb: ThrottlingException")

    clock.move_to(MORNING)
    assert release_due(ports(), fail, MORNING) == 1
    assert release(clock, MORNING + timedelta(seconds=30)) == 1
    assert count_sent(deferred) == [1, 1]


def test_a_row_that_cannot_be_read_does_not_stop_the_others(deferred, clock):
    Delivery.objects.create(
        change_id="chg_broken",
        recipient_id="rcp_one",
        transport="sms",
        shipment_id="123",
        trigger="delayed",
        outcome="deferred",
        due_at=EVENING,
        change="{",
    )
    assert release(clock, MORNING) == 2
    assert count_sent(deferred) == [1, 1]


def test_a_row_that_can_never_be_read_is_given_up_once_it_would_be_too_late(deferred, clock):
    Delivery.objects.filter(transport="sms").update(change="{")
    assert [release(clock, MORNING + timedelta(hours=hours)) for hours in (0, 6, 7, 8)] == [1, 1, 1, 0]
    assert (outcomes()[0], count_sent(deferred)) == (("delayed", "sms", "failed", "unreadable"), [0, 1])


def test_the_log_of_a_row_that_cannot_be_sent_quotes_no_address(deferred, clock):
    deferred["sms"].failure = ValueError(f"cannot send to {PHONE}")
    with structlog.testing.capture_logs() as lines:
        release(clock, MORNING)
    assert [(line["outcome"], line.get("error")) for line in lines] == [("not released", "ValueError")]


def test_the_change_that_comes_again_while_its_message_is_released_does_not_suppress_it(deferred, clock):
    deferred["sms"].failure = TransientError("sns: Throttled")
    release(clock, MORNING)
    deferred["sms"].failure = None
    notify(ports(), make_delay(occurred_at=EVENING))
    release(clock, MORNING + timedelta(seconds=30))
    assert (outcomes()[0], count_sent(deferred)) == (("delayed", "sms", "sent", ""), [1, 1])


def test_a_window_that_is_over_when_quiet_hours_end_is_not_sent(transports, clock):
    book()
    Preference.objects.create(address_hash=hash_address(PHONE), quiet_from=time(11), quiet_until=time(20))
    notify(ports(), make_delay(eta=make_eta(30, 120)))
    due_at = Delivery.objects.get(transport="sms").due_at
    release(clock, due_at)
    assert (due_at - NOON, outcomes()[0]) == (
        timedelta(hours=8, minutes=36),
        ("delayed", "sms", "suppressed", "superseded"),
    )


def test_a_provider_that_refuses_a_later_recipient_opts_out_that_one(deferred, clock):
    booking, number = Shipment.objects.get(), "+919876500000"
    keep_contact(booking, Contact(phone=number))
    booking.save()
    deferred["sms"].failure = PermanentError("opted_out")
    release(clock, MORNING)
    assert [address for address in (PHONE, number) if read_choices([hash_address(address)])] == [number]
    assert Delivery.objects.get(transport="sms").address_hash == hash_address(number)


def test_a_message_whose_shipment_is_no_longer_booked_is_not_sent(deferred, clock):
    Shipment.objects.update(partner=None)
    release(clock, MORNING)
    assert outcomes()[0] == ("delayed", "sms", "suppressed", "no_consent")


def test_a_sweep_that_comes_too_late_sends_nothing(deferred, clock):
    release(clock, MORNING + timedelta(hours=6, seconds=1))
    assert outcomes()[0] == ("delayed", "sms", "suppressed", "late_event")


def test_a_parcel_that_waits_for_pickup_is_mentioned_once_more_after_a_day(transports, clock):
    book()
    for _ in range(2):
        notify(ports(), make_change("available_for_pickup"))
    assert release(clock, NOON + timedelta(hours=24, seconds=-1), WAITING) == 0
    assert release(clock, NOON + timedelta(hours=24), WAITING) == 2
    assert release(clock, NOON + timedelta(hours=48), WAITING) == 0
    sent = [message.trigger for message in transports["sms"].sent]
    assert (sent, count_sent(transports)) == (["available_for_pickup", "pickup_reminder"], [2, 2])


def test_a_parcel_that_was_picked_up_is_not_mentioned_again(transports, clock):
    book()
    notify(ports(), make_change("available_for_pickup"))
    release(clock, NOON + timedelta(hours=24), make_state("delivered"))
    assert [row[2:] for row in outcomes() if row[0] == "pickup_reminder"] == [
        ("suppressed", "superseded")
    ] * 2


def test_a_reminder_that_falls_into_the_night_waits_for_the_morning(transports, clock):
    book()
    clock.move_to(EVENING)
    notify(ports(), make_change("available_for_pickup", occurred_at=EVENING))
    release(clock, MORNING, WAITING)
    release(clock, EVENING + timedelta(hours=24), WAITING)
    reminder = Delivery.objects.get(transport="sms", trigger="pickup_reminder")
    assert (reminder.outcome, reminder.reason, reminder.due_at) == (
        "deferred",
        "quiet_hours",
        MORNING + timedelta(days=1),
    )
    release(clock, MORNING + timedelta(days=1), WAITING)
    assert [message.trigger for message in transports["sms"].sent] == [
        "available_for_pickup",
        "pickup_reminder",
    ]
