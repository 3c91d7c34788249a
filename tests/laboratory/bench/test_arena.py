"""The line against the stub, as the benches run it: everything recorded once, with faults and with TLS."""

import pytest

from laboratory.bench.arena import Arena, Contestant
from laboratory.bench.delays import HALF, NEARLY_ALL

pytestmark = pytest.mark.slow

LINE = "laboratory.bench.line"


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    with Arena(tmp_path_factory.mktemp("arena"), seed=1) as started:
        yield started


def test_a_run_counts_every_event_once_and_shares_its_cost_out_by_verb(arena):
    sample = arena.run(Contestant("plain", LINE, events=500))
    assert sample.void_reason is None
    assert set(sample.phases) == {"read", "decode", "enrich", "record", "publish", "push"}
    assert 0 < sum(sample.phases.values()) <= sample.value


def test_with_faults_and_tls_every_event_is_still_recorded_once(arena):
    sample = arena.run(Contestant("faulted", LINE, events=2000, tls=True, task={"faults": True, "shards": 2}))
    assert sample.void_reason is None
    assert sum(count for name, count in sample.counts.items() if name.startswith("fault")) > 0


def test_records_that_come_one_by_one_tell_how_long_they_were_on_their_way(arena):
    paced = {"rate": 100, "shards": 3, "idle": 1}
    sample = arena.run(Contestant("paced", LINE, events=100, guest_of="plain", task=paced))
    assert sample.void_reason is None
    assert 0 < sample.beside[HALF].value <= sample.beside[NEARLY_ALL].value
    assert {sample.beside[HALF].unit, sample.beside[NEARLY_ALL].unit} == {"ms"}
