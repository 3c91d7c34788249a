"""Changed rules: read from JSON or plain values, and laid over the rules in force."""

from datetime import time, timedelta

import pytest

from notifications.decisions import RULES
from notifications.domain import Trigger
from notifications.quiet_hours import QuietHours
from notifications.rule_changes import (
    RuleChange,
    RuleError,
    apply_rule_change,
    convert_rule_change,
    read_rule_change,
)
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS

DECLARED = {"sms": SMS, "email": EMAIL}


def test_a_change_replaces_only_what_it_names():
    change = read_rule_change(
        '{"sends": {"sms": ["delivered"]}, "skips": {"sms": ["delayed"]}, "late_limits": {"delayed": 60},'
        ' "quiet_hours": "22:00-07:30", "budgets": {"sms": 2}}'
    )
    rules = apply_rule_change(change, DECLARED)
    assert rules.triggers == {
        "sms": SMS.triggers - {Trigger.DELAYED} | {Trigger.DELIVERED},
        "email": EMAIL.triggers,
    }
    assert rules.late_limits == {**RULES.late_limits, Trigger.DELAYED: timedelta(hours=1)}
    assert (rules.quiet_hours, rules.shipment_limits) == (QuietHours(time(22), time(7, 30)), {"sms": 2})
    assert (rules.urgent, rules.cap_triggers) == (RULES.urgent, RULES.cap_triggers)


def test_no_change_decides_like_the_rules_in_force():
    rules = apply_rule_change(RuleChange(), DECLARED)
    assert (rules.late_limits, rules.quiet_hours) == (RULES.late_limits, RULES.quiet_hours)
    assert rules.triggers == {"sms": SMS.triggers, "email": EMAIL.triggers}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "truncated"),
        ('{"sends": {"sms": ["gone"]}}', "gone"),
        ('{"sendz": {}}', "sendz"),
        ('{"budgets": {"sms": "many"}}', "int"),
        ('{"budgets": {"sms": -1}}', ">= 0"),
        ('{"late_limits": {"delayed": 99999999999999}}', "<= 1000000"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused(text, said):
    with pytest.raises(RuleError, match=said):
        read_rule_change(text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"budgets": {"pigeon": 1}}, "unknown transport: pigeon; known: email, sms"),
        ({"quiet_hours": "at night"}, "quiet hours are written as 21:00-08:00, not 'at night'"),
        ({"quiet_hours": "22:00Z-07:00"}, "quiet hours have no time zone"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(fields, said):
    with pytest.raises(RuleError, match=said):
        apply_rule_change(convert_rule_change(fields), DECLARED)
