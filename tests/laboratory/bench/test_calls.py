"""AWS calls that a thousand pings may cost, counted by the stub."""

import pytest
import redis

from laboratory.bench.runner import BenchRunner, MeasuredProgram

pytestmark = pytest.mark.slow


def test_a_thousand_pings_cost_one_read_and_batches_of_twenty_five(tmp_path):
    with BenchRunner(tmp_path, seed=1) as runner:
        pings = MeasuredProgram("pings", "laboratory.bench.line", 1000, task={"changes": 0})
        # First other shipments on the same vehicles: the manifests of vehicles are cached for a minute.
        runner.run(pings)
        sample = runner.run(pings)
        calls = {name: count for name, count in sample.counts.items() if name.startswith("calls ")}
        with redis.Redis.from_url(f"{runner.redis_url}/0") as broker:
            tasks = broker.dbsize()
    assert sample.void_reason is None
    assert calls["calls GetRecords"] == 1
    assert calls["calls BatchGetItem"] == 10
    assert calls["calls BatchExecuteStatement, INSERT"] <= 40 + calls.get("calls (rows in other tables)", 0)
    assert calls["calls BatchExecuteStatement, UPDATE"] <= 40
    assert {"calls PutItem", "calls UpdateItem", "calls GetItem", "calls TransactWriteItems"} & set(
        calls
    ) == set()
    # Of each ping: one unit for its row, and one for the state of its shipment.
    assert sample.counts["write units"] == 2_000
    assert tasks == 0
