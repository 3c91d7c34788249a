"""A game day passes only if each fault raised the right alarms, and nothing was broken."""

import json

import pytest

from tests.chaos.game_day import Outcome, judge
from tests.chaos.game_faults import FAULTS, Fault
from tests.chaos.game_table import write_table
from tests.deploy.templates import TEMPLATES
from tests.deploy.test_observe_template import list_alarms
from tests.house.sources import ROOT

REPORT = ROOT / "docs" / "bench" / "game-day.json"
DOCUMENT = ROOT / "docs" / "game-day.md"


def make_fault(*alarms: str) -> Fault:
    return Fault("a fault", frozenset(alarms), begin=lambda _: None, end=lambda _: None)


@pytest.mark.parametrize(
    ("alarms", "raised", "broken", "passed"),
    [
        (["dead-letters", "queue-age"], {"queue-age": 75, "no-events": 90}, [], True),
        (["dead-letters"], {"queue-age": 75}, [], False),
        (["dead-letters"], {}, [], False),
        (["dead-letters"], {"dead-letters": 75}, ["I1: gone"], False),
        ([], {}, [], True),
        ([], {"queue-age": 75}, [], False),
    ],
)
def test_a_fault_passes_if_it_raised_an_expected_alarm_and_broke_nothing(alarms, raised, broken, passed):
    assert judge(make_fault(*alarms), Outcome(raised, 12, broken)) == {
        "fault": "a fault",
        "expected": alarms,
        "raised": raised,
        "restored_s": 12,
        "broken": broken,
        "passed": passed,
    }


def test_each_fault_expects_alarms_that_exist():
    expected = set().union(*(fault.alarms for fault in FAULTS))
    assert expected - list_alarms(TEMPLATES).keys() == set()


def test_the_kept_report_has_passed_and_its_table_is_in_the_document():
    report = json.loads(REPORT.read_text())
    assert [row["fault"] for row in report["faults"]] == [fault.name for fault in FAULTS]
    assert report["passed"] is True
    assert write_table(DOCUMENT.read_text(), report) == DOCUMENT.read_text()
