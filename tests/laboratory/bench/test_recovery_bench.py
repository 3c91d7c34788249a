"""Bench recovery: lost records of every round are reported, and a side that never resumes voids the run."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from jsonschema import Draft202012Validator

from laboratory.bench.handled_records import count_repeats
from laboratory.bench.hang_switch import HANG_FILE_VARIABLE, hang_for, read_remaining_hang_s
from laboratory.bench.plan import Options, Quantity, Sample
from laboratory.bench.reader_faults import BY_FLAG, DEPLOY, FREEZE, HANG, KILL, ReaderFault
from laboratory.bench.report import SCHEMA, make_report
from laboratory.bench.rounds import Rounds
from laboratory.bench.suites.recovery import NAMES, OURS, PEER, make_plan, measure_once, prepare
from laboratory.local.errors import LocalError
from tests.distribution import heavy
from tests.long_runs import only_in_long_runs


def make_sample(lost: int = 0, void_reason: str | None = None) -> Sample:
    beside = {"lost": lost, "replayed": 3, "done twice": 0}
    records = {name: Quantity(value, "records") for name, value in beside.items()}
    return Sample(5.0, counts={"put": 900}, beside=records, void_reason=void_reason)


def report(rounds_: list[dict[str, Sample]], fault: ReaderFault = KILL) -> dict:
    def never_measured(_fault: ReaderFault, _name: str, _number: int) -> Sample:
        raise AssertionError("this test makes its samples itself")

    rounds = Rounds()
    rounds.good = rounds_
    plan = make_plan(fault, never_measured, {"emulator_calls_per_s": {"empty GetRecords": 80.0}}, {})
    options = Options(Path("nowhere"), rounds=len(rounds_))
    result = make_report(plan, options, rounds, datetime(2026, 11, 25, tzinfo=UTC), (0.5, 1.5))
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(json.dumps(result)))
    return result


def make_round(**other: Sample) -> dict[str, Sample]:
    return {name: make_sample() for name in NAMES} | other


def test_a_record_lost_in_an_early_round_is_not_hidden_by_a_later_one():
    result = report([make_round() | {OURS: make_sample(lost=1)}, make_round()])
    rows = {row["name"]: row["samples"] for row in result["rows"]}
    assert [rows["ours: lost"], rows["ours: replayed"], rows["ours: done twice"]] == [[1, 0], [3, 3], [0, 0]]
    assert {target["id"]: target["met"] for target in result["targets"]} == {
        "recovery.takeover": True,
        "recovery.lost": False,
        "recovery.doubled": True,
    }


def test_a_peer_that_never_resumes_voids_the_run_with_a_reason():
    result = report([make_round() | {PEER: Sample(100.0, void_reason="not both shards")}])
    assert result["void_reasons"] == ["async-kinesis, default: not both shards"]


def test_a_deploy_may_stop_a_shard_for_at_most_a_second():
    met = {target["id"]: target["met"] for target in report([make_round()], DEPLOY)["targets"]}
    assert met == {"recovery.deploy": False, "recovery.lost": True, "recovery.doubled": True}


def test_each_fault_has_a_limit_of_its_own():
    ids = {fault: report([make_round()], fault)["targets"][0] for fault in BY_FLAG.values()}
    assert [(ids[fault]["id"], ids[fault]["met"]) for fault in (DEPLOY, FREEZE, HANG)] == [
        ("recovery.deploy", False),
        ("recovery.freeze", True),
        ("recovery.stall", True),
    ]


@pytest.mark.parametrize("flags", [{"stop", "stall"}, {"hold"}])
def test_unknown_or_several_faults_are_refused_before_anything_starts(flags, tmp_path):
    with (
        pytest.raises(LocalError, match="takes one of --term, --stop, --stall"),
        prepare(Options(tmp_path, wanted=frozenset(flags))),
    ):
        pass


def test_a_process_hangs_only_if_its_environment_names_the_file_and_only_for_the_given_time(
    tmp_path, monkeypatch
):
    file = tmp_path / "hang"
    with time_machine.travel(1_800_000_000, tick=False) as moment:
        hang_for(file, 34.0)
        assert read_remaining_hang_s() == 0.0
        monkeypatch.setenv(HANG_FILE_VARIABLE, str(file))
        assert read_remaining_hang_s() == 34.0
        moment.shift(33.0)
        assert read_remaining_hang_s() == 1.0
        moment.shift(2.0)
        assert read_remaining_hang_s() == 0.0


@heavy
@pytest.mark.slow
@only_in_long_runs
def test_a_killed_reader_loses_nothing_and_its_sample_fits_the_report(tmp_path):
    """Measures one real row: emulator, Redis, two workers, kill -9."""
    sample = measure_once(tmp_path, tmp_path / "no peers here", KILL, OURS, 0)
    assert sample.void_reason is None
    assert sample.counts["put"] > 0
    assert {name: sample.beside[name].value for name in ("lost", "done twice")} == {
        "lost": 0,
        "done twice": 0,
    }
    rows = {row["name"]: row["samples"] for row in report([make_round() | {OURS: sample}])["rows"]}
    assert rows["ours: lost"] == [0]


def test_repeats_are_summed_over_the_complete_log_lines_of_all_processes(tmp_path):
    (tmp_path / "shards-0.log").write_text('{"record_repeats":5}\nnothing\n{"record_repeats":')
    (tmp_path / "shards-1.log").write_text('{"record_repeats":6}\n')
    assert count_repeats(tmp_path) == 11
