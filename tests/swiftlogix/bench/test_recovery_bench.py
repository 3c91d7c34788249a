"""A report of recovery tells what was lost in every round, and a side that never goes on with its reason."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from swiftlogix.bench.measure import Rounds
from swiftlogix.bench.plan import Options, Quantity, Sample
from swiftlogix.bench.report import SCHEMA, make_report
from swiftlogix.bench.suites.recovery import DEPLOY, KILL, NAMES, OURS, PEER, Fault, make_plan, prepare
from swiftlogix.bench.takeover import count_repeats
from swiftlogix.local.errors import LocalError


def make_sample(lost: int = 0, void_reason: str | None = None) -> Sample:
    beside = {"lost": lost, "replayed": 3, "done twice": 0}
    records = {name: Quantity(value, "records") for name, value in beside.items()}
    return Sample(5.0, counts={"put": 900}, beside=records, void_reason=void_reason)


def report(rounds_: list[dict[str, Sample]], fault: Fault = KILL) -> dict:
    def nothing(_fault: Fault, _name: str, _number: int) -> Sample:
        raise AssertionError("these rounds are made by hand")

    rounds = Rounds()
    rounds.good = rounds_
    plan = make_plan(fault, nothing, {"emulator_calls_per_s": {"empty GetRecords": 80.0}}, {})
    options = Options(Path("nowhere"), rounds=len(rounds_))
    made = make_report(plan, options, rounds, datetime(2026, 11, 25, tzinfo=UTC), (0.5, 1.5))
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(json.dumps(made)))
    return made


def usual(**other: Sample) -> dict[str, Sample]:
    return {name: make_sample() for name in NAMES} | other


def test_a_record_lost_in_an_early_round_is_not_hidden_by_a_later_one():
    made = report([usual() | {OURS: make_sample(lost=1)}, usual()])
    rows = {row["name"]: row["samples"] for row in made["rows"]}
    assert [rows["ours: lost"], rows["ours: replayed"], rows["ours: done twice"]] == [[1, 0], [3, 3], [0, 0]]
    assert {target["id"]: target["met"] for target in made["targets"]} == {
        "recovery.takeover": True,
        "recovery.lost": False,
        "recovery.doubled": True,
    }


def test_a_peer_that_never_goes_on_makes_the_run_void_and_says_why():
    made = report([usual() | {PEER: Sample(100.0, void_reason="not both shards")}])
    assert made["void_reasons"] == ["async-kinesis, default: not both shards"]


def test_a_deploy_must_be_over_within_a_second():
    met = {target["id"]: target["met"] for target in report([usual()], DEPLOY)["targets"]}
    assert met == {"recovery.deploy": False, "recovery.lost": True, "recovery.doubled": True}


@pytest.mark.parametrize("flag", ["stop", "stall"])
def test_what_cannot_be_measured_is_refused_before_anything_starts(flag, tmp_path):
    with (
        pytest.raises(LocalError, match="bench recovery"),
        prepare(Options(tmp_path, wanted=frozenset({flag}))),
    ):
        pass


def test_repeats_are_counted_from_whole_lines_of_all_processes(tmp_path):
    (tmp_path / "shards-0.log").write_text('{"record_repeats":5}\nnothing\n{"record_repeats":')
    (tmp_path / "shards-1.log").write_text('{"record_repeats":6}\n')
    assert count_repeats(tmp_path) == 11
