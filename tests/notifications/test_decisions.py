"""Decisions: whether a message is sent, deferred or not sent, by trigger, transport and circumstance."""

from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest

from notifications.decisions import RULES, SEND, Action, Circumstances, Decision, Rules, decide, is_true
from notifications.domain import Cost, PlannedNotification, Trigger
from notifications.quiet_hours import QuietHours
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import (
    NOON,
    change_for,
    make_delay,
    make_recipient,
    make_state,
    plan_notification,
)
from tracking.domain.delay import Delay
from tracking.domain.status import Direction

# What the contract says of each trigger: by SMS, by e-mail, for how many minutes, and if also at night.
TABLE = {
    "created": ("-", "yes", 15, ""),
    "picked_up": ("-", "yes", 15, ""),
    "out_for_delivery": ("yes", "yes", 15, "urgent"),
    "arriving": ("-", "yes", 15, "urgent"),
    "delayed": ("yes", "yes", 15, ""),
    "attempt_failed": ("yes", "yes", 360, "urgent"),
    "available_for_pickup": ("yes", "yes", 360, ""),
    "pickup_reminder": ("yes", "yes", 360, ""),
    "delivered": ("if chosen", "yes", 360, ""),
    "on_hold": ("yes", "yes", 15, ""),
    "exception": ("yes", "yes", 15, ""),
    "returning": ("-", "yes", 360, ""),
    "returned": ("-", "yes", 360, ""),
}
CONSENTS = [frozenset(), frozenset({"sms"}), frozenset({"email"}), frozenset({"sms", "email"})]
USUAL = Circumstances()
# Ten in the evening and eight in the morning in India.
NIGHT = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
DELAYED_SMS = plan_notification(Trigger.DELAYED, SMS)


def suppressed(reason: str) -> Decision:
    return Decision(Action.SUPPRESS, reason)


def decide_at(now, planned=DELAYED_SMS, rules=RULES, **seen):
    """Decide about news that is as old as `now`."""
    fresh = planned._replace(change=change_for(planned.trigger, occurred_at=now))
    return decide(fresh, Circumstances(**seen), now, rules)


@pytest.mark.parametrize(
    ("trigger", "transport", "consents"),
    [*product(Trigger, (SMS, EMAIL), CONSENTS)],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_trigger_by_every_transport_with_every_consent(trigger, transport, consents):
    cell = TABLE[trigger][(SMS, EMAIL).index(transport)]
    if transport.name not in consents:
        expected = suppressed("no_consent")
    elif cell != "yes":
        expected = suppressed("transport_disabled")
    else:
        expected = SEND
    recipient = make_recipient(consents=consents)
    planned = PlannedNotification(change_for(trigger), trigger, recipient, transport)
    assert decide(planned, USUAL, NOON) == expected
    assert transport.offers(trigger) == (cell != "-")


@pytest.mark.parametrize("trigger", Trigger)
def test_a_trigger_is_sent_up_to_its_late_limit_and_not_a_moment_after(trigger):
    planned = plan_notification(trigger, EMAIL)
    limit = NOON + timedelta(minutes=TABLE[trigger][2])
    assert decide(planned, USUAL, limit) == SEND
    assert decide(planned, USUAL, limit + timedelta(seconds=1)) == suppressed("late_event")


@pytest.mark.parametrize("transport", [SMS, EMAIL], ids=lambda transport: transport.name)
def test_for_a_test_booking_nothing_is_sent(transport):
    live, test = change_for(Trigger.DELAYED), change_for(Trigger.DELAYED, livemode=False)
    by_change = PlannedNotification(test, Trigger.DELAYED, make_recipient(), transport)
    by_booking = PlannedNotification(live, Trigger.DELAYED, make_recipient(livemode=False), transport)
    decided = [decide(planned, USUAL, NOON) for planned in (by_change, by_booking)]
    assert decided == [suppressed("test_mode")] * 2


def test_about_a_parcel_aboard_a_vehicle_that_only_runs_beside_the_old_system_nothing_is_sent():
    assert decide_at(NOON, is_shadowed=True) == suppressed("shadow")
    assert decide_at(NOON) == SEND


@pytest.mark.parametrize(
    ("transport", "address"),
    [(SMS, ""), (SMS, "9876543210"), (SMS, "+91 98765"), (SMS, "+0123456789"), (EMAIL, ""), (EMAIL, "asha")],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_address_that_cannot_work_is_not_tried(transport, address):
    recipient = make_recipient(addresses={transport.name: address})
    planned = PlannedNotification(change_for(Trigger.DELAYED), Trigger.DELAYED, recipient, transport)
    assert decide(planned, USUAL, NOON) == suppressed("invalid_address")


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("transport", [SMS, EMAIL], ids=lambda transport: transport.name)
def test_at_night_a_loud_transport_waits_for_the_morning_unless_it_is_urgent(trigger, transport):
    *cells, _, urgency = TABLE[trigger]
    decision = decide_at(NIGHT, plan_notification(trigger, transport))
    if cells[(SMS, EMAIL).index(transport)] != "yes":
        assert decision == suppressed("transport_disabled")
    elif transport is SMS and not urgency:
        assert decision == Decision(Action.DEFER, "quiet_hours", MORNING)
    else:
        assert decision == SEND


def test_the_recipients_own_quiet_hours_replace_the_usual_ones():
    lunch = QuietHours(time(11), time(14))
    never = QuietHours(time(8), time(8))
    until = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    assert decide_at(NOON, quiet_hours=lunch) == Decision(Action.DEFER, "quiet_hours", until)
    assert decide_at(NIGHT, quiet_hours=never) == decide_at(NIGHT, quiet_hours=lunch) == SEND


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({("", ""): False}, "opted_out"),
        ({("sms", ""): False}, "opted_out"),
        ({("sms", "delayed"): False}, "opted_out"),
        ({("sms", ""): True, ("sms", "delayed"): False}, "opted_out"),
        ({("email", ""): False, ("sms", "delivered"): False}, ""),
        ({("", ""): True, ("sms", ""): True}, ""),
    ],
)
def test_a_choice_of_the_recipient_is_kept_to(choices, expected):
    assert decide_at(NOON, choices=choices).reason == expected


def test_what_the_recipient_has_chosen_is_as_good_as_a_consent_of_the_booking():
    planned = plan_notification(Trigger.DELAYED, SMS)._replace(recipient=make_recipient(consents=frozenset()))
    assert decide_at(NOON, planned) == suppressed("no_consent")
    assert decide_at(NOON, planned, choices={("sms", ""): True}) == SEND


def test_an_optional_trigger_is_sent_once_the_recipient_has_chosen_it():
    planned = plan_notification(Trigger.DELIVERED, SMS)
    assert decide_at(NOON, planned) == suppressed("transport_disabled")
    assert decide_at(NOON, planned, choices={("sms", "delivered"): True}) == SEND


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ({"is_decided": True}, "duplicate"),
        ({"was_sent": True}, "not_first"),
        ({"has_template": False}, "no_dlt_template"),
        ({"sent_about_shipment": 4}, ""),
        ({"sent_about_shipment": 5}, "budget"),
        ({"sent_to_address": 29}, ""),
        ({"sent_to_address": 30}, "rate_limited"),
        ({"cost": Cost(segments=1, used=79, limit=100)}, ""),
        ({"cost": Cost(segments=2, used=78, limit=100)}, ""),
        ({"cost": Cost(segments=2, used=79, limit=100)}, "spend_cap"),
        ({"cost": Cost(segments=1, used=80, limit=100)}, "spend_cap"),
        ({"cost": Cost(segments=2, used=1_000_000)}, ""),
        ({"state": make_state("delivered")}, "superseded"),
    ],
    ids=str,
)
def test_each_circumstance_suppresses_for_its_reason(seen, reason):
    assert decide_at(NOON, **seen) == (suppressed(reason) if reason else SEND)


def test_near_the_monthly_cap_only_what_needs_the_recipient_at_the_door_is_sent():
    sent = [
        trigger
        for trigger in SMS.triggers
        if decide_at(NOON, plan_notification(trigger, SMS), cost=Cost(2, 98, 100)) == SEND
    ]
    assert sorted(sent) == ["attempt_failed", "out_for_delivery"]
    attempt = plan_notification(Trigger.ATTEMPT_FAILED, SMS)
    assert decide_at(NOON, attempt, cost=Cost(2, 99, 100)) == suppressed("spend_cap")


def test_the_budget_of_a_shipment_holds_for_sms_alone():
    planned = plan_notification(Trigger.DELAYED, EMAIL)
    assert decide_at(NOON, planned, sent_about_shipment=100) == SEND


def test_a_text_that_does_not_exist_in_the_language_is_not_sent():
    spoken = plan_notification(Trigger.DELAYED, SMS)._replace(recipient=make_recipient(language="ml"))
    assert decide_at(NOON, spoken) == suppressed("no_template_language")


def test_a_deferred_notification_is_sent_while_it_is_true_and_for_six_hours_after_its_time():
    late = make_state("in_transit", delay=Delay(is_reported=True, episode=1))
    released = Circumstances(deferred_until=MORNING, state=late)
    limit = MORNING + timedelta(hours=6)
    assert decide(DELAYED_SMS, released, MORNING) == decide(DELAYED_SMS, released, limit) == SEND
    assert decide(DELAYED_SMS, released, limit + timedelta(seconds=1)) == suppressed("late_event")


@pytest.mark.parametrize(
    ("trigger", "state", "expected"),
    [
        ("delayed", make_state("in_transit", delay=Delay(is_reported=True, episode=1)), True),
        ("delayed", make_state("in_transit", delay=Delay(episode=1)), False),
        ("delayed", make_state("in_transit", delay=Delay(is_reported=True, episode=2)), False),
        ("delayed", make_state("delivered", delay=Delay(is_reported=True, episode=1)), False),
        ("available_for_pickup", make_state("available_for_pickup"), True),
        ("available_for_pickup", make_state("delivered"), False),
        ("available_for_pickup", make_state("available_for_pickup", direction=Direction.RETURN), False),
        ("pickup_reminder", make_state("available_for_pickup"), True),
        ("pickup_reminder", make_state("delivered"), False),
        ("arriving", make_state("out_for_delivery", substatus="arriving"), True),
        ("arriving", make_state("out_for_delivery", substatus="next_stop"), False),
        ("on_hold", make_state("on_hold", substatus="payment_due"), True),
        ("on_hold", make_state("on_hold", substatus="weather"), False),
    ],
)
def test_a_newer_state_makes_some_news_untrue(trigger, state, expected):
    assert is_true(plan_notification(Trigger(trigger), SMS), state) is expected


def test_changed_rules_decide_otherwise():
    short = Rules(late_limits={Trigger.DELAYED: timedelta(minutes=1)})
    few = Rules(shipment_limits={"sms": 1})
    none = Rules(triggers={"sms": frozenset()})
    loud = Rules(urgent=frozenset({Trigger.DELAYED}))
    two_minutes_ago = DELAYED_SMS._replace(change=make_delay(occurred_at=NOON - timedelta(minutes=2)))
    assert decide(two_minutes_ago, USUAL, NOON, short) == suppressed("late_event")
    assert decide_at(NOON, rules=few, sent_about_shipment=1) == suppressed("budget")
    assert decide_at(NOON, rules=none) == suppressed("transport_disabled")
    assert decide_at(NIGHT, rules=loud) == SEND
