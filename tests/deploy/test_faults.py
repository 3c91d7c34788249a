"""List of faults of a game day: it names only existing alarms, runbooks, acts and resources."""

import pytest

from deploy.faults import FAULTS, Made, choose
from deploy.game_acts import ACTS
from tests.deploy.templates import TEMPLATES
from tests.deploy.test_observe_template import RUNBOOKS, list_alarms


def test_each_fault_names_alarms_that_exist_and_a_page_that_exists():
    pages = {page.stem for page in RUNBOOKS.glob("*.md")}
    known = list_alarms(TEMPLATES).keys()
    unknown = [
        (fault.name, name)
        for fault in FAULTS
        for made in (fault.local, fault.account)
        if not isinstance(made, str)
        for name in (made.alarms | made.tolerated) - known
    ]
    assert (unknown, {fault.runbook for fault in FAULTS} - pages) == ([], set())


def test_each_fault_has_an_act_in_an_account_or_a_reason_why_there_is_none():
    assert {fault.name for fault in FAULTS if not isinstance(fault.account, str)} == ACTS.keys()


def test_each_act_needs_resources_that_the_templates_have():
    needed = {each for act in ACTS.values() for each in act.needs}
    assert [
        (template, name) for template, name in needed if name not in TEMPLATES[template]["Resources"]
    ] == []


def test_faults_are_chosen_by_name_in_the_order_of_the_list():
    assert [fault.name for fault in choose("valkey-lost,rule-broken")] == ["rule-broken", "valkey-lost"]
    assert choose("") == FAULTS
    with pytest.raises(ValueError, match=r"There is no fault moon. There are: worker-killed, workers-killed"):
        choose("moon,valkey-lost")


@pytest.mark.parametrize(
    ("alarms", "raised", "is_met"),
    [
        (["a", "b"], ["b", "c"], True),
        (["a"], ["c"], False),
        (["a"], ["tolerated"], False),
        ([], [], True),
        ([], ["tolerated"], True),
        ([], ["tolerated", "c"], False),
    ],
)
def test_one_expected_alarm_is_enough_and_where_none_is_only_tolerated_ones_may_go_on(alarms, raised, is_met):
    assert Made("somehow", frozenset(alarms), frozenset({"tolerated"})).is_met_by(raised) is is_met
