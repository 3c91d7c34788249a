"""Explanations in plain words: each trigger has its rule."""

from notifications.domain import Trigger
from notifications.texts.preferences import RULES


def test_each_trigger_has_a_rule_of_its_own():
    assert set(RULES) == {f"rule.{trigger}" for trigger in Trigger}
    assert len(set(RULES.values())) == len(RULES)
