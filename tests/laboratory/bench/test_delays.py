"""Delays of the benches count from the scheduled arrival of a record."""

import time

from laboratory.bench.delays import P50, P99, Delays


def record(number: int) -> bytes:
    return b'{"shipment_id": "b1-2-%07d", "lat": 12.9}' % number


def test_a_delay_counts_from_the_scheduled_arrival_of_its_record():
    delays = Delays({"rate": 10, "begins_at": time.time() - 20.0})
    delays.record_done([record(number) for number in range(100)])
    summary = delays.summarize()
    # Record 0 was scheduled 20 s ago, record 99 about 10 s ago.
    assert 15_000 <= summary[P50][0] <= 15_500
    assert 19_500 <= summary[P99][0] <= 20_500
    assert [summary[P50][1], summary[P99][1]] == ["ms", "ms"]


def test_a_run_without_a_rate_and_an_unreadable_record_have_no_delay():
    at_once, paced = Delays({}), Delays({"rate": 10, "begins_at": 0.0})
    at_once.record_done([record(1)])
    paced.record_done([b'{"shipment_'])
    assert [at_once.summarize(), paced.summarize()] == [{}, {}]
