"""A game day passes only if each fault raised the right alarms, and nothing was broken."""

import pytest

from deploy.faults import FAULTS, Fault, Made
from tests.chaos.game_day import Outcome, judge, list_faults
from tests.chaos.game_faults import ACTS
from tests.chaos.game_table import write_table
from tests.house.sources import ROOT

DOCUMENT = ROOT / "docs" / "game-day.md"


def make_fault(*alarms: str) -> Fault:
    made = Made("somehow", frozenset(alarms))
    return Fault("fault", "a fault", made, made, "nothing", "none", "dead-letters")


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
    assert judge(make_fault(*alarms), Outcome(raised, 12, broken, 60, 2)) == {
        "fault": "a fault",
        "expected": alarms,
        "raised": raised,
        "restored_s": 12,
        "reads": 60,
        "failed_reads": 2,
        "broken": broken,
        "passed": passed,
    }


def test_each_fault_can_be_made_on_one_machine_and_the_loss_of_the_database_needs_postgresql():
    assert [fault.name for fault in FAULTS] == [
        fault.name for fault in list_faults(FAULTS, has_postgres=True)
    ]
    without = {fault.name for fault in list_faults(FAULTS, has_postgres=False)}
    assert ACTS.keys() - without == {"database-lost"}


def test_the_table_says_of_each_fault_which_alarms_went_on_and_what_was_broken():
    faults = [
        judge(make_fault("dead-letters"), Outcome({"dead-letters": 141, "queue-age": 75}, 3, [], 70, 0)),
        judge(make_fault(), Outcome({}, 116, ["I1: gone", "I2: twice"], 9, 1)),
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
        (
            "| fault | alarms that went on, after s | all done after its end, s | public reads, failed"
            " | lost, twice or out of order |"
        ),
        "|---|---|---|---|---|",
        "| a fault | queue-age 75, dead-letters 141 | 3 | 70, 0 | 0 |",
        "| a fault | none | 116 | 9, 1 | I1: gone; I2: twice |",
    ]
    assert write_table(DOCUMENT.read_text(), report) != DOCUMENT.read_text()
