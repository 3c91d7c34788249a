"""Values of notifications: which changes are triggers, and what a fact is."""

import pytest

from notifications.domain import LATE_LIMITS, PlannedNotification, Trigger, read_trigger
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import (
    MAIL,
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


@pytest.mark.parametrize("trigger", [one for one in Trigger if one is not Trigger.PICKUP_REMINDER])
def test_each_trigger_is_read_from_its_change(trigger):
    assert read_trigger(change_for(trigger)) is trigger


@pytest.mark.parametrize("status", [Status.IN_TRANSIT, Status.LOST, Status.CANCELLED, Status.EXPIRED])
def test_a_status_outside_the_table_is_no_trigger(status):
    assert read_trigger(make_change(status.value)) is None


def test_a_reminder_has_no_change_of_its_own():
    assert read_trigger(change_for(Trigger.PICKUP_REMINDER)) is Trigger.AVAILABLE_FOR_PICKUP


def test_a_milestone_is_a_trigger_only_in_the_last_metres():
    reached = [
        make_change("out_for_delivery", type="milestone_reached", substatus=code)
        for code in ("arriving", "arrived", "arrived_hub")
    ]
    assert [read_trigger(change) for change in reached] == [Trigger.ARRIVING, None, None]


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


def test_every_trigger_has_a_late_limit():
    assert set(LATE_LIMITS) == set(Trigger)


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


def test_a_masked_address_distinguishes_two_recipients_and_no_more():
    assert SMS.address.mask(PHONE) == "+91 ••• ••• 10"
    assert EMAIL.address.mask(MAIL) == "a•••@example.com"
