"""A game day passes only if each fault raised the right alarms, and nothing was broken."""

import json

import pytest

from deploy.faults import FAULTS, Fault, Made
from tests.chaos.game_day import Outcome, judge, list_faults
from tests.chaos.game_faults import ACTS
from tests.chaos.game_table import merge, write_table
from tests.house.sources import ROOT

DOCUMENT, REPORT = ROOT / "docs" / "game-day.md", ROOT / "docs" / "bench" / "game-day.json"


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
        "fault": "fault",
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


RUN = {"started_at": "2026-11-30T03:43:05+00:00", "commit": "74f145ab", "dirty": False, "database": "sqlite"}
RUN |= {"machine": {"cpu": "a processor", "cores": 2}, "rate": 10.0}


def make_row(name: str, outcome: Outcome) -> dict:
    return judge(make_fault("dead-letters")._replace(name=name), outcome)


def test_a_newer_row_of_a_fault_replaces_the_older_one_and_others_are_kept():
    late, good = Outcome({}, 3, [], 70, 0), Outcome({"dead-letters": 141}, 3, [], 70, 0)
    kept = merge({}, RUN | {"faults": [make_row("rule-broken", late), make_row("worker-killed", good)]})
    merged = merge(kept, RUN | {"commit": "b", "faults": [make_row("rule-broken", good)], "passed": True})
    rows = [(row["fault"], row["passed"], row["run"]["commit"]) for row in merged["faults"]]
    assert rows == [("worker-killed", True, "74f145ab"), ("rule-broken", True, "b")]
    assert (kept["passed"], merged["passed"]) == (False, True)


def test_the_table_says_of_each_fault_which_alarms_went_on_and_what_was_broken():
    rows = [
        make_row("poison-message", Outcome({"dead-letters": 141, "queue-age": 75}, 3, [], 70, 0)),
        make_row("database-lost", Outcome({}, 116, ["I1: gone", "I2: twice"], 9, 1)),
    ]
    place = "".join(
        f"<!-- game-day {name} -->\nold\n<!-- end game-day {name} -->\n" for name in ("faults", "list")
    )
    written = write_table(place, merge({}, RUN | {"faults": rows, "passed": False}))
    run = "2026-11-30, `74f145ab`, sqlite"
    assert written.splitlines()[2:8] == [
        "Measured on a processor, 2 cores, at 10 reports a second.",
        "",
        (
            "| fault | alarms that went on, after s | all done after its end, s | public reads, failed"
            " | lost, twice or out of order | run |"
        ),
        "|---|---|---|---|---|---|",
        f"| poison-message | queue-age 75, dead-letters 141 | 3 | 70, 0 | 0 | {run} |",
        f"| database-lost | none | 116 | 9, 1 | I1: gone; I2: twice | {run} |",
    ]


def test_the_document_has_the_kept_results_and_the_list_of_faults():
    document = DOCUMENT.read_text()
    assert write_table(document, json.loads(REPORT.read_text())) == document
