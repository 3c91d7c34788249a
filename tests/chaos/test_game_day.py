"""A game day passes only if each fault raised the right alarms, and nothing was broken."""

import pytest

from tests.chaos.game_day import Outcome, judge
from tests.chaos.game_faults import FAULTS, Fault
from tests.chaos.game_table import write_table
from tests.deploy.templates import TEMPLATES
from tests.deploy.test_observe_template import list_alarms
from tests.house.sources import ROOT

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


def test_the_table_says_of_each_fault_which_alarms_went_on_and_what_was_broken():
    faults = [
        judge(make_fault("dead-letters"), Outcome({"dead-letters": 141, "queue-age": 75}, 3, [])),
        judge(make_fault(), Outcome({}, 116, ["I1: gone", "I2: twice"])),
    ]
    report = {
        "started_at": "2026-11-30T03:43:05+00:00",
        "commit": "74f145ab",
        "dirty": False,
        "machine": {"cpu": "a processor", "cores": 2},
        "rate": 10.0,
        "records": 9_000,
        "took_s": 900,
        "faults": faults,
    }
    place = "<!-- game-day faults -->\nold\n<!-- end game-day faults -->"
    written = write_table(place, report)
    assert written.splitlines()[2:-2] == [
        (
            "Measured 2026-11-30 at commit `74f145ab` on a processor, 2 cores: "
            "9000 records at 10 a second in 15 minutes."
        ),
        "",
        "| fault | alarms that went on, after s | all done after its end, s | lost, twice or out of order |",
        "|---|---|---|---|",
        "| a fault | queue-age 75, dead-letters 141 | 3 | 0 |",
        "| a fault | none | 116 | I1: gone; I2: twice |",
    ]
    assert write_table(DOCUMENT.read_text(), report) != DOCUMENT.read_text()
