"""A report of recovery tells what was lost in every round, and a side that never goes on with its reason."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from jsonschema import Draft202012Validator

from laboratory.bench.hanging import VARIABLE, hang_for, left_to_hang
from laboratory.bench.measure import Rounds
from laboratory.bench.plan import Options, Quantity, Sample
from laboratory.bench.report import SCHEMA, make_report
from laboratory.bench.strikes import BY_FLAG, DEPLOY, FREEZE, KILL, STALL, Strike
from laboratory.bench.suites.recovery import NAMES, OURS, PEER, make_plan, measure_once, prepare
from laboratory.bench.takeover import count_repeats
from laboratory.local.errors import LocalError
from tests.distribution import heavy


def make_sample(lost: int = 0, void_reason: str | None = None) -> Sample:
    beside = {"lost": lost, "replayed": 3, "done twice": 0}
    records = {name: Quantity(value, "records") for name, value in beside.items()}
    return Sample(5.0, counts={"put": 900}, beside=records, void_reason=void_reason)


def report(rounds_: list[dict[str, Sample]], strike: Strike = KILL) -> dict:
    def nothing(_strike: Strike, _name: str, _number: int) -> Sample:
        raise AssertionError("these rounds are made by hand")

    rounds = Rounds()
    rounds.good = rounds_
    plan = make_plan(strike, nothing, {"emulator_calls_per_s": {"empty GetRecords": 80.0}}, {})
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


def test_each_strike_has_a_limit_of_its_own():
    ids = {strike: report([usual()], strike)["targets"][0] for strike in BY_FLAG.values()}
    assert [(ids[strike]["id"], ids[strike]["met"]) for strike in (DEPLOY, FREEZE, STALL)] == [
        ("recovery.deploy", False),
        ("recovery.freeze", True),
        ("recovery.stall", True),
    ]


@pytest.mark.parametrize("flags", [{"stop", "stall"}, {"hold"}])
def test_what_no_reader_can_suffer_is_refused_before_anything_starts(flags, tmp_path):
    with (
        pytest.raises(LocalError, match="takes one of --term, --stop, --stall"),
        prepare(Options(tmp_path, wanted=frozenset(flags))),
    ):
        pass


def test_a_process_hangs_only_if_it_was_told_of_the_file_and_until_its_time_is_over(tmp_path, monkeypatch):
    file = tmp_path / "hang"
    with time_machine.travel(1_800_000_000, tick=False) as moment:
        hang_for(file, 34.0)
        assert left_to_hang() == 0.0
        monkeypatch.setenv(VARIABLE, str(file))
        assert left_to_hang() == 34.0
        moment.shift(33.0)
        assert left_to_hang() == 1.0
        moment.shift(2.0)
        assert left_to_hang() == 0.0


@heavy
@pytest.mark.slow
def test_a_reader_that_is_killed_loses_nothing_and_its_report_can_be_read(tmp_path):
    """One row of the real thing: emulator, Redis, two workers, kill -9."""
    sample = measure_once(tmp_path, tmp_path / "no peers here", KILL, OURS, 0)
    assert sample.void_reason is None
    assert sample.counts["put"] > 0
    assert {name: sample.beside[name].value for name in ("lost", "done twice")} == {
        "lost": 0,
        "done twice": 0,
    }
    rows = {row["name"]: row["samples"] for row in report([usual() | {OURS: sample}])["rows"]}
    assert rows["ours: lost"] == [0]


def test_repeats_are_counted_from_whole_lines_of_all_processes(tmp_path):
    (tmp_path / "shards-0.log").write_text('{"record_repeats":5}\nnothing\n{"record_repeats":')
    (tmp_path / "shards-1.log").write_text('{"record_repeats":6}\n')
    assert count_repeats(tmp_path) == 11
