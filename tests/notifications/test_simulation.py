"""Simulation of a day: equal to what was decided under the rules in force, and different under others."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from notifications.consent_models import ConsentEntry, PreferenceLink
from notifications.decisions import RULES
from notifications.domain import Trigger
from notifications.models import Delivery
from notifications.ports import ports
from notifications.rule_changes import apply_rule_change, convert_rule_change
from notifications.services import notify, release_due
from notifications.simulation import Outcome, compare, count_sent, list_shipments, simulate
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import NOON, book, change_for, make_change, make_delay, make_state
from tracking.domain.delay import Delay
from tracking.domain.events import Change
from tracking.models import FeedEntry, Partner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
EVENING = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


def make_day() -> list[Change]:
    """Return a day of shipment 123: a delay that is repeated, a failed attempt, and a delay at night."""
    return [
        make_delay(),
        make_delay(change_id="chg_again"),
        make_change("out_for_delivery", occurred_at=NOON - timedelta(hours=1), recorded_at=NOON),
        make_change("attempt_failed"),
        make_delay(2, occurred_at=EVENING),
    ]


def decide_for_real(clock) -> Counter:
    """Notify of each change at the time at which it was recorded, release what waits, count the rows."""
    for change in make_day():
        clock.move_to(change.recorded_at)
        notify(ports(), change)
    clock.move_to(MORNING)
    late = make_state("in_transit", delay=Delay(is_reported=True, episode=2))
    release_due(ports(), lambda _: late, MORNING)
    return Counter(Delivery.objects.values_list("transport", "trigger", "outcome", "reason"))


def as_row(outcome: Outcome) -> tuple[str, str, str, str]:
    done = {"send": "sent", "suppress": "suppressed"}[outcome.action]
    # The row of a message that was sent does not keep why it waited.
    return outcome.transport, outcome.trigger, done, outcome.reason if done == "suppressed" else ""


def test_under_the_rules_in_force_a_simulation_counts_what_was_decided(transports, clock):
    book()
    simulated = simulate(ports(), make_day(), RULES)
    stored = [rows.objects.count() for rows in (Delivery, ConsentEntry, PreferenceLink)]
    assert (stored, transports["sms"].sent) == ([0, 0, 0], [])
    rows = Counter()
    for outcome, count in simulated.items():
        rows[as_row(outcome)] += count
    assert rows == decide_for_real(clock)


@pytest.mark.parametrize(
    ("fields", "outcome", "counts"),
    [
        (
            {"skips": {"sms": ["delayed"]}},
            Outcome("sms", "delayed", "suppress", "transport_disabled"),
            (0, 3),
        ),
        (
            {"late_limits": {"out_for_delivery": 90}},
            Outcome("sms", "out_for_delivery", "send", ""),
            (0, 1),
        ),
        ({"budgets": {"sms": 1}}, Outcome("sms", "attempt_failed", "suppress", "budget"), (0, 1)),
    ],
)
def test_a_changed_rule_is_compared_with_the_rules_in_force(transports, fields, outcome, counts):
    book()
    rules = apply_rule_change(convert_rule_change(fields), {"sms": SMS, "email": EMAIL})
    before, after = (simulate(ports(), make_day(), each) for each in (RULES, rules))
    assert [row for row in compare(before, after) if row[0] == outcome] == [(outcome, *counts)]


def test_with_other_quiet_hours_nothing_waits(transports):
    book()
    rules = apply_rule_change(convert_rule_change({"quiet_hours": "00:00-00:00"}), {"sms": SMS})
    outcomes = simulate(
        ports(), [make_delay(occurred_at=EVENING), make_change("delivered", occurred_at=EVENING)], rules
    )
    assert outcomes[Outcome("sms", "delayed", "send", "")] == 1
    held = simulate(
        ports(), [make_delay(occurred_at=EVENING), make_change("delivered", occurred_at=EVENING)], RULES
    )
    assert held[Outcome("sms", "delayed", "suppress", "superseded")] == 1


def test_messages_are_counted_by_transport(transports):
    book()
    assert count_sent(simulate(ports(), make_day(), RULES)) == {"sms": 3, "email": 3}


def test_the_day_of_a_shipment_is_read_from_the_feed_and_its_timeline():
    partner = Partner.objects.create(partner_id="prt_1", name="Kaveri Books")
    for number, (shipment_id, created_at) in enumerate(
        [
            ("123", NOON),
            ("123", NOON),
            ("124", NOON - timedelta(hours=12)),
            ("125", EVENING + timedelta(hours=2)),
        ]
    ):
        FeedEntry.objects.create(
            partner=partner,
            livemode=True,
            number=number,
            change_id=f"chg_{number}",
            type="created",
            shipment_id=shipment_id,
            body="{}",
            created_at=created_at,
        )
    assert list_shipments(NOON.date()) == ["123"]


def test_every_trigger_can_be_simulated(transports):
    book()
    for trigger in set(Trigger) - {Trigger.PICKUP_REMINDER}:
        assert simulate(ports(), [change_for(trigger)], RULES)
