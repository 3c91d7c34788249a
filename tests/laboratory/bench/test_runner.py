"""Runs of the pipeline against the stub, as the benches do them: every event is recorded once.

A long run takes both clients, the floor also without TLS, and more events with faults.
"""

import pytest

from laboratory.bench.delays import P50, P99
from laboratory.bench.runner import BenchRunner, MeasuredProgram
from tests.long_runs import LONG, only_in_long_runs

pytestmark = pytest.mark.slow

LINE = "laboratory.bench.line"


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    with BenchRunner(tmp_path_factory.mktemp("runner"), seed=1) as running:
        yield running


def test_a_run_counts_every_event_once_and_splits_its_cost_by_step(runner):
    sample = runner.run(MeasuredProgram("plain", LINE, events=500))
    assert sample.void_reason is None
    assert set(sample.phases) == {"read", "decode", "gather", "enrich", "record", "publish", "push"}
    assert 0 < sum(sample.phases.values()) <= sample.value


@pytest.mark.parametrize("client", ["lean", "boto3"] if LONG else ["lean"])
def test_with_faults_and_tls_every_event_is_still_recorded_once(runner, client):
    faulted = MeasuredProgram(
        f"faulted, {client}",
        LINE,
        events=2000 if LONG else 800,
        tls=True,
        environment={"AWS_HOT_CLIENT": client},
        task={"faults": True, "shards": 2},
    )
    sample = runner.run(faulted)
    assert sample.void_reason is None
    assert sum(count for name, count in sample.counts.items() if name.startswith("fault")) > 0


@pytest.mark.parametrize("tls", [False, True] if LONG else [True])
def test_the_floor_has_the_same_effects_as_the_line(runner, tls):
    name = "floor, TLS" if tls else "floor"
    sample = runner.run(MeasuredProgram(name, "laboratory.bench.floor", events=500, tls=tls))
    assert sample.void_reason is None


def test_a_run_with_a_rate_measures_delays(runner):
    paced = {"rate": 100, "shards": 3, "idle": 1}
    sample = runner.run(MeasuredProgram("paced", LINE, events=100, runs_in_process_of="plain", task=paced))
    assert sample.void_reason is None
    assert 0 < sample.beside[P50].value <= sample.beside[P99].value
    assert {sample.beside[P50].unit, sample.beside[P99].unit} == {"ms"}


@only_in_long_runs
def test_two_processes_share_the_shards_and_record_every_event_once(runner):
    shared = MeasuredProgram("shared", LINE, events=500, task={"shards": 10})
    sample = runner.run_together(shared, processes=2)
    assert sample.void_reason is None
    assert {name: each.unit for name, each in sample.beside.items()} == {
        "CPU": "CPU us/event",
        "cores used": "cores",
    }
    assert 0 < sample.beside["cores used"].value < 2.1


@only_in_long_runs
@pytest.mark.parametrize("processes", [1, 2])
def test_processes_with_half_a_core_each_use_one_core_at_most(runner, processes):
    shared = MeasuredProgram(f"{processes} halves", LINE, events=500, task={"shards": 10})
    sample = runner.run_together(shared, processes, on_halves=True)
    assert sample.void_reason is None
    assert 0 < sample.beside["cores used"].value < 1.05
