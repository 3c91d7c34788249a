"""The rules: what triggers a message, and when we keep silent."""

from datetime import timedelta
from itertools import product

import pytest

from notifications.domain import (
    EMAIL,
    REASON_TEXT,
    RULES,
    SEND,
    SMS,
    Decision,
    Telling,
    Trigger,
    decide,
    mask_address,
    read_trigger,
)
from tests.notifications.stories import (
    MAIL,
    NOON,
    PHONE,
    change_for,
    make_change,
    make_delay,
    make_recipient,
    make_telling,
)
from tracking.domain.actions import find_action_required
from tracking.domain.events import CHANGE_TYPES
from tracking.domain.status import SUBSTATUSES, Direction, Status

# The table of the contract: by SMS, by e-mail, and for how many minutes.
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
CONSENTS = [frozenset(), frozenset({SMS}), frozenset({EMAIL}), frozenset({SMS, EMAIL})]


def silent(reason: str) -> Decision:
    return Decision(sends=False, reason=reason)


@pytest.mark.parametrize("trigger", Trigger)
def test_each_trigger_is_read_from_the_change_that_gives_it(trigger):
    assert read_trigger(change_for(trigger)) is trigger


@pytest.mark.parametrize("status", [Status.IN_TRANSIT, Status.LOST, Status.CANCELLED, Status.EXPIRED])
def test_a_status_outside_the_table_triggers_nothing(status):
    assert read_trigger(make_change(status.value)) is None


@pytest.mark.parametrize("kind", sorted(set(CHANGE_TYPES) - {"created", "status_changed", "delayed"}))
def test_changes_that_are_no_news_to_a_recipient_trigger_nothing(kind):
    assert read_trigger(make_change("out_for_delivery", type=kind)) is None


@pytest.mark.parametrize("status", [Status.ON_HOLD, Status.EXCEPTION])
def test_a_hold_is_told_only_when_its_recipient_can_end_it(status):
    told = {code for code in SUBSTATUSES[status] if read_trigger(make_change(status.value, substatus=code))}
    assert told == {code for code in SUBSTATUSES[status] if find_action_required(status, code) == "recipient"}
    assert read_trigger(make_change(status.value)) is None


@pytest.mark.parametrize("trigger", Trigger)
def test_on_the_way_back_only_the_way_back_is_told(trigger):
    told = read_trigger(change_for(trigger, direction=Direction.RETURN))
    assert told is (trigger if trigger in (Trigger.RETURNING, Trigger.RETURNED) else None)


@pytest.mark.parametrize(("trigger", "transport", "consents"), [*product(Trigger, (SMS, EMAIL), CONSENTS)])
def test_every_trigger_by_every_transport_with_every_consent(trigger, transport, consents):
    cell = TABLE[trigger][(SMS, EMAIL).index(transport)]
    if cell != "yes":
        expected = silent("transport_disabled")
    elif transport not in consents:
        expected = silent("no_consent")
    else:
        expected = SEND
    telling = Telling(change_for(trigger), trigger, make_recipient(consents=consents), transport)
    assert decide(telling, NOON) == expected
    assert RULES[trigger].offers(transport) == (cell != "-")


@pytest.mark.parametrize("trigger", Trigger)
def test_news_is_told_up_to_its_late_limit_and_not_a_moment_after(trigger):
    telling = make_telling(trigger, EMAIL)
    limit = NOON + timedelta(minutes=TABLE[trigger][2])
    assert decide(telling, limit) == SEND
    assert decide(telling, limit + timedelta(seconds=1)) == silent("late_event")


@pytest.mark.parametrize("transport", [SMS, EMAIL])
def test_a_test_booking_tells_nobody(transport):
    live, test = change_for(Trigger.DELAYED), change_for(Trigger.DELAYED, livemode=False)
    by_change = Telling(test, Trigger.DELAYED, make_recipient(), transport)
    by_booking = Telling(live, Trigger.DELAYED, make_recipient(livemode=False), transport)
    assert [decide(by_change, NOON), decide(by_booking, NOON)] == [silent("test_mode")] * 2


@pytest.mark.parametrize(
    ("transport", "address"),
    [(SMS, ""), (SMS, "9876543210"), (SMS, "+91 98765"), (SMS, "+0123456789"), (EMAIL, ""), (EMAIL, "asha")],
)
def test_an_address_that_cannot_work_is_not_tried(transport, address):
    recipient = make_recipient(addresses={transport: address})
    telling = Telling(change_for(Trigger.DELAYED), Trigger.DELAYED, recipient, transport)
    assert decide(telling, NOON) == silent("invalid_address")


def test_a_fact_is_the_same_whichever_change_brings_it_and_another_in_the_next_episode():
    first = make_telling(Trigger.DELAYED, SMS)
    again = make_telling(Trigger.DELAYED, SMS, change_id="chg_other", event_id="other")
    later = make_telling(Trigger.DELAYED, SMS, episode=2)
    assert first.fact == again.fact == "123|forward|delayed|1|rcp_one|sms"
    assert later.fact != first.fact


def test_the_longest_fact_fits_its_column():
    change = make_delay(shipment_id="x" * 64, episode=9999, direction=Direction.FORWARD)
    recipient = make_recipient(recipient_id="rcp_" + "x" * 26)
    telling = Telling(change, Trigger.AVAILABLE_FOR_PICKUP, recipient, EMAIL)
    assert len(telling.fact) <= 200


def test_every_reason_has_words_for_ops():
    reasons = {"test_mode", "transport_disabled", "late_event", "no_consent", "invalid_address", "not_first"}
    assert reasons <= set(REASON_TEXT)


def test_a_masked_address_tells_two_recipients_apart_and_no_more():
    assert mask_address(PHONE) == "+91 ••• ••• 10"
    assert mask_address(MAIL) == "a•••@example.com"
