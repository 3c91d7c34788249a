"""Notification rules: which changes are triggers, and when a notification is sent or suppressed."""

from datetime import timedelta
from itertools import product

import pytest

from notifications.domain import (
    LATE_LIMITS,
    REASON_TEXT,
    SEND,
    Decision,
    PlannedNotification,
    Trigger,
    decide,
    read_trigger,
)
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import (
    MAIL,
    NOON,
    PHONE,
    change_for,
    make_change,
    make_delay,
    make_recipient,
    plan_notification,
)
from tracking.domain.actions import find_action_required
from tracking.domain.events import CHANGE_TYPES
from tracking.domain.status import SUBSTATUSES, Direction, Status

# What the contract says of each trigger: by SMS, by e-mail, and for how many minutes.
TABLE = {
    "created": ("-", "yes", 15),
    "picked_up": ("-", "yes", 15),
    "out_for_delivery": ("yes", "yes", 15),
    "delayed": ("yes", "yes", 15),
    "attempt_failed": ("yes", "yes", 360),
    "available_for_pickup": ("yes", "yes", 360),
    "delivered": ("if chosen", "yes", 360),
    "on_hold": ("yes", "yes", 15),
    "exception": ("yes", "yes", 15),
    "returning": ("-", "yes", 360),
    "returned": ("-", "yes", 360),
}
CONSENTS = [frozenset(), frozenset({"sms"}), frozenset({"email"}), frozenset({"sms", "email"})]


def suppressed(reason: str) -> Decision:
    return Decision(sends=False, reason=reason)


@pytest.mark.parametrize("trigger", Trigger)
def test_each_trigger_is_read_from_its_change(trigger):
    assert read_trigger(change_for(trigger)) is trigger


@pytest.mark.parametrize("status", [Status.IN_TRANSIT, Status.LOST, Status.CANCELLED, Status.EXPIRED])
def test_a_status_outside_the_table_is_no_trigger(status):
    assert read_trigger(make_change(status.value)) is None


@pytest.mark.parametrize("kind", sorted(set(CHANGE_TYPES) - {"created", "status_changed", "delayed"}))
def test_changes_of_other_types_are_no_trigger(kind):
    assert read_trigger(make_change("out_for_delivery", type=kind)) is None


@pytest.mark.parametrize("status", [Status.ON_HOLD, Status.EXCEPTION])
def test_a_hold_is_a_trigger_only_when_its_recipient_can_end_it(status):
    codes = {code for code in SUBSTATUSES[status] if read_trigger(make_change(status.value, substatus=code))}
    assert codes == {
        code for code in SUBSTATUSES[status] if find_action_required(status, code) == "recipient"
    }
    assert read_trigger(make_change(status.value)) is None


@pytest.mark.parametrize("trigger", Trigger)
def test_on_the_return_leg_only_the_return_is_a_trigger(trigger):
    read = read_trigger(change_for(trigger, direction=Direction.RETURN))
    assert read is (trigger if trigger in (Trigger.RETURNING, Trigger.RETURNED) else None)


@pytest.mark.parametrize(
    ("trigger", "transport", "consents"),
    [*product(Trigger, (SMS, EMAIL), CONSENTS)],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_trigger_by_every_transport_with_every_consent(trigger, transport, consents):
    cell = TABLE[trigger][(SMS, EMAIL).index(transport)]
    if cell != "yes":
        expected = suppressed("transport_disabled")
    elif transport.name not in consents:
        expected = suppressed("no_consent")
    else:
        expected = SEND
    recipient = make_recipient(consents=consents)
    assert decide(PlannedNotification(change_for(trigger), trigger, recipient, transport), NOON) == expected
    assert transport.offers(trigger) == (cell != "-")


@pytest.mark.parametrize("trigger", Trigger)
def test_a_trigger_is_sent_up_to_its_late_limit_and_not_a_moment_after(trigger):
    planned = plan_notification(trigger, EMAIL)
    limit = NOON + timedelta(minutes=TABLE[trigger][2])
    assert decide(planned, limit) == SEND
    assert decide(planned, limit + timedelta(seconds=1)) == suppressed("late_event")


def test_every_trigger_has_a_late_limit():
    assert set(LATE_LIMITS) == set(Trigger)


@pytest.mark.parametrize("transport", [SMS, EMAIL], ids=lambda transport: transport.name)
def test_for_a_test_booking_nothing_is_sent(transport):
    live, test = change_for(Trigger.DELAYED), change_for(Trigger.DELAYED, livemode=False)
    by_change = PlannedNotification(test, Trigger.DELAYED, make_recipient(), transport)
    by_booking = PlannedNotification(live, Trigger.DELAYED, make_recipient(livemode=False), transport)
    assert [decide(by_change, NOON), decide(by_booking, NOON)] == [suppressed("test_mode")] * 2


@pytest.mark.parametrize(
    ("transport", "address"),
    [(SMS, ""), (SMS, "9876543210"), (SMS, "+91 98765"), (SMS, "+0123456789"), (EMAIL, ""), (EMAIL, "asha")],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_address_that_cannot_work_is_not_tried(transport, address):
    recipient = make_recipient(addresses={transport.name: address})
    planned = PlannedNotification(change_for(Trigger.DELAYED), Trigger.DELAYED, recipient, transport)
    assert decide(planned, NOON) == suppressed("invalid_address")


def test_a_fact_is_the_same_whichever_change_brings_it_and_another_in_the_next_episode():
    first = plan_notification(Trigger.DELAYED, SMS)
    again = plan_notification(Trigger.DELAYED, SMS, change_id="chg_other", event_id="other")
    later = plan_notification(Trigger.DELAYED, SMS, episode=2)
    assert first.fact == again.fact == "123|forward|delayed|1|rcp_one|sms"
    assert later.fact == "123|forward|delayed|2|rcp_one|sms"


def test_the_longest_fact_fits_its_column():
    change = make_delay(shipment_id="x" * 64, episode=9999, direction=Direction.FORWARD)
    recipient = make_recipient(recipient_id="rcp_" + "x" * 26)
    planned = PlannedNotification(change, Trigger.AVAILABLE_FOR_PICKUP, recipient, EMAIL)
    assert len(planned.fact) <= 200


def test_every_reason_has_a_text_for_staff():
    reasons = {"test_mode", "transport_disabled", "late_event", "no_consent", "invalid_address", "not_first"}
    assert reasons <= set(REASON_TEXT)


def test_a_masked_address_distinguishes_two_recipients_and_no_more():
    assert SMS.address.mask(PHONE) == "+91 ••• ••• 10"
    assert EMAIL.address.mask(MAIL) == "a•••@example.com"
